package client

import (
	"context"
	"encoding/json"
	"fmt"

	"reviewlens/api/wire"
)

// The ids of runs and the cursors of their lists are letters, digits, -, _ and dots: they stand in
// an address as they are.

// Runs asks for a page of the runs that are kept on the server, the newest first; cursor is "" for
// the first.
func (c *Client) Runs(ctx context.Context, cursor string) (wire.Runs, error) {
	var runs wire.Runs
	err := c.json(ctx, "/v1/runs?cursor="+cursor, &runs)
	return runs, err
}

// Run asks for a run that is kept on the server.
func (c *Client) Run(ctx context.Context, id string) (wire.Run, error) {
	var run wire.Run
	err := c.json(ctx, "/v1/runs/"+id, &run)
	return run, err
}

// PutRun has the server keep a run.
func (c *Client) PutRun(ctx context.Context, run wire.Run) error {
	return c.write(ctx, "PUT", run.ID, run)
}

// RenameRun gives a run that is kept on the server another name.
func (c *Client) RenameRun(ctx context.Context, id, name string) error {
	return c.write(ctx, "PATCH", id, wire.Rename{Name: name})
}

// DeleteRun has the server forget a run.
func (c *Client) DeleteRun(ctx context.Context, id string) error {
	_, err := c.do(ctx, Request{Method: "DELETE", Path: "/v1/runs/" + id})
	return err
}

// DeleteRuns has the server forget all runs.
func (c *Client) DeleteRuns(ctx context.Context) error {
	_, err := c.do(ctx, Request{Method: "DELETE", Path: "/v1/runs"})
	return err
}

func (c *Client) write(ctx context.Context, method, id string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write run %s: %w", id, err)
	}
	_, err = c.do(ctx, Request{Method: method, Path: "/v1/runs/" + id, ContentType: wire.TypeJSON,
		Body: text})
	return err
}
