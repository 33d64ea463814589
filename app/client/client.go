// Package client requests a Reviewlens server's model and scores. The browser's worker uses it with
// fetch, native tests with net/http: the transport is the only part that differs.
//
// Every call is one attempt; nothing is retried or cached here. There are two kinds of error. A
// *wire.Error is a refusal by the server (a limit, another model) with a displayable message;
// retrying does not help. An *Unavailable is a lost connection, an overloaded or broken server, or
// an incomplete response: wait, then retry.
package client

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"reviewlens/api/wire"
	"reviewlens/tokenizer/batch"
)

// Request is an HTTP request of a Transport. Body is nil for GET.
type Request struct {
	Method, Path string
	ContentType  string
	Accept       string
	Key          string // "" for none; sent as "Authorization: Bearer KEY"
	Run          string // "" for none; sent as "Reviewlens-Run", by which a trial assigns models
	Body         []byte
}

// Response is a response with its whole body.
type Response struct {
	Status      int
	ContentType string
	RetryAfter  time.Duration // 0 if the server gave none
	Body        []byte
}

// Transport sends one request. It returns an error only if no response arrived, and stops at once,
// with ctx's error, when ctx ends.
type Transport func(ctx context.Context, r Request) (Response, error)

// Client calls one server. It is safe for concurrent use.
type Client struct {
	send Transport

	mu  sync.Mutex
	key string
	run string
}

// New returns a client that sends requests by t.
func New(t Transport) *Client { return &Client{send: t} }

// SetKey sets the API key of calls that begin from now on.
func (c *Client) SetKey(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.key = key
}

// SetRun sets the run that calls from now on belong to, for a server that does not authenticate
// clients (Request.Run).
func (c *Client) SetRun(run string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.run = run
}

// Unavailable means that there was no usable response; the same call may succeed later.
type Unavailable struct {
	Status     int           // 0: no response at all
	RetryAfter time.Duration // 0 if the server gave none
	Err        error
}

func (e *Unavailable) Error() string {
	switch {
	case e.Status == 0:
		return "no answer from the server: " + e.Err.Error()
	case e.Status < 300:
		return "its answer was not whole"
	}
	return fmt.Sprintf("the server answered %d", e.Status)
}

func (e *Unavailable) Unwrap() error { return e.Err }

// Key returns the API key of calls.
func (c *Client) Key() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.key
}

// Model returns the manifest of the server's current model.
func (c *Client) Model(ctx context.Context) (wire.Manifest, error) {
	var m wire.Manifest
	err := c.json(ctx, "/v1/model", &m)
	return m, err
}

// ModelOf returns the manifest of a model by its ID.
func (c *Client) ModelOf(ctx context.Context, id string) (wire.Manifest, error) {
	var m wire.Manifest
	err := c.json(ctx, "/v1/models/"+id, &m)
	return m, err
}

// Config returns the server's limits.
func (c *Client) Config(ctx context.Context) (wire.Config, error) {
	var config wire.Config
	err := c.json(ctx, "/v1/config", &config)
	return config, err
}

// Vocab returns the vocabulary of a model, one piece per line.
func (c *Client) Vocab(ctx context.Context, model string) ([]byte, error) {
	r, err := c.do(ctx, Request{Method: "GET", Path: "/v1/models/" + model + "/tokenizer"})
	return r.Body, err
}

// Score sends texts as a frame of token IDs and returns a score for each, in order.
func (c *Client) Score(ctx context.Context, r batch.Request) (batch.Scores, error) {
	frame, err := batch.AppendRequest(nil, r)
	if err != nil {
		return batch.Scores{}, fmt.Errorf("make a frame of %d texts: %w", len(r.Texts), err)
	}
	answer, err := c.do(ctx,
		Request{Method: "POST", Path: "/v1/score", ContentType: wire.TypeFrame,
			Accept: wire.TypeScores, Body: frame})
	if err != nil {
		return batch.Scores{}, err
	}
	scores, err := batch.DecodeScores(answer.Body)
	if err == nil && (len(scores.Positive) != len(r.Texts) || scores.Model != r.Model) {
		err = fmt.Errorf("asked model %s for %d scores, got %d of model %s", r.Model, len(r.Texts),
			len(scores.Positive), scores.Model)
	}
	if err != nil { // truncated on the way, or the page of a proxy
		return batch.Scores{},
			&Unavailable{Status: answer.Status, Err: fmt.Errorf("read the scores: %w", err)}
	}
	return scores, nil
}

// Correct sends a reader's sentiments, comma-separated, for texts that r's model has scored.
func (c *Client) Correct(ctx context.Context, r batch.Request, sentiment string) error {
	frame, err := batch.AppendRequest(nil, r)
	if err == nil {
		_, err = c.do(ctx, Request{Method: "POST", Path: "/v1/corrections?is=" + sentiment,
			ContentType: wire.TypeFrame, Accept: wire.TypeJSON, Body: frame})
	}
	return err
}

func (c *Client) json(ctx context.Context, path string, into any) error {
	r, err := c.do(ctx, Request{Method: "GET", Path: path, Accept: wire.TypeJSON})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(r.Body, into); err != nil {
		return &Unavailable{Status: r.Status, Err: fmt.Errorf("read %s: %w", path, err)}
	}
	return nil
}

// do sends r and converts every failure into one of the two kinds of error.
func (c *Client) do(ctx context.Context, r Request) (Response, error) {
	c.mu.Lock()
	r.Key, r.Run = c.key, c.run
	c.mu.Unlock()
	response, err := c.send(ctx, r)
	switch {
	case ctx.Err() != nil:
		return Response{}, ctx.Err()
	case err != nil:
		return Response{}, &Unavailable{Err: err}
	case response.Status >= 200 && response.Status < 300:
		return response, nil
	case response.Status >= 500 || response.Status == 429 || response.Status == 408:
		return Response{}, &Unavailable{Status: response.Status, RetryAfter: response.RetryAfter,
			Err: refusal(response)}
	}
	return Response{}, refusal(response)
}

// refusal parses a problem; anything else (a proxy's page, say) becomes one that gives the status.
// A gateway's authorizer answers 401 in a format of its own.
func refusal(r Response) *wire.Error {
	if e, ok := wire.DecodeProblem(r.Body); ok && e.Detail != "" {
		return e
	}
	if r.Status == 401 {
		return &wire.Error{Code: wire.Unauthorized, Detail: "The server requires authentication."}
	}
	return &wire.Error{Code: wire.Internal,
		Detail: fmt.Sprintf("The server answered %d without saying why.", r.Status)}
}
