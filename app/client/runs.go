package client

import (
	"context"
	"encoding/json"
	"fmt"

	"reviewlens/api/wire"
)

// The IDs of runs and the cursors of their lists consist of letters, digits, -, _ and dots, so they
// need no escaping in an address.

// Runs returns a page of the runs that are kept on the server, the newest first; cursor is "" for
// the first page.
func (c *Client) Runs(ctx context.Context, cursor string) (wire.Runs, error) {
	var runs wire.Runs
	err := c.json(ctx, "/v1/runs?cursor="+cursor, &runs)
	return runs, err
}

// Run returns a run that is kept on the server.
func (c *Client) Run(ctx context.Context, id string) (wire.Run, error) {
	var run wire.Run
	err := c.json(ctx, "/v1/runs/"+id, &run)
	return run, err
}

// PutRun stores a run on the server.
func (c *Client) PutRun(ctx context.Context, run wire.Run) error {
	return c.write(ctx, "PUT", run.ID, run)
}

// RenameRun renames a run that is kept on the server.
func (c *Client) RenameRun(ctx context.Context, id, name string) error {
	return c.write(ctx, "PATCH", id, wire.Rename{Name: name})
}

// DeleteRun deletes a run from the server.
func (c *Client) DeleteRun(ctx context.Context, id string) error {
	_, err := c.do(ctx, Request{Method: "DELETE", Path: "/v1/runs/" + id})
	return err
}

// DeleteRuns deletes all runs from the server.
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
