// Package jobclient is a client of the jobs API: it sends a file to a server, waits for its scores
// and fetches them. A problem in a response is returned as a *wire.Error. Transient failures, such
// as a broken connection or a busy server, are retried until nothing has succeeded for two minutes,
// the longest time for which a server may neither take nor send a byte.
package jobclient

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"reviewlens/api/wire"
)

// Client is a client of one server. It is safe for concurrent use.
type Client struct {
	server   *url.URL
	key      string // "" for none
	patience time.Duration
}

// maxAnswer bounds all responses but the result.
const maxAnswer = 4 << 20

// New returns a client of the server at an address such as https://host; key is its API key, "" for
// none.
func New(server, key string) (*Client, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" ||
		u.RawQuery != "" || u.User != nil {
		return nil, fmt.Errorf("%q is no address of a server; want http://host:port or "+
			"https://host",
			server)
	}
	return &Client{server: u, key: key, patience: 2 * time.Minute}, nil
}

// Config returns the server's configuration. It is not retried, so that a wrong address is reported
// at once, and so is one that redirects to another: a file that is posted there would not arrive.
func (c *Client) Config(ctx context.Context) (config wire.Config, err error) {
	var unreachable error
	err = c.retry(ctx, func() (bool, error) {
		err := c.config(ctx, &config)
		if _, ok := errors.AsType[net.Error](err); ok {
			unreachable = err
			return false, nil
		}
		return false, err
	})
	if err = cmp.Or(err, unreachable); err == nil && config.Auth == "" {
		err = fmt.Errorf("%s is not a Reviewlens server", c.server)
	}
	return config, err
}

func (c *Client) config(ctx context.Context, config *wire.Config) error {
	const path = "v1/config"
	r, err := c.request(ctx, "GET", path, nil)
	if err != nil {
		return err
	}
	response, err := c.do(r)
	if err != nil {
		return err
	}
	if err := decode(response, config); err != nil {
		return err
	}
	if at := response.Request.URL; at.Scheme != r.URL.Scheme || at.Host != r.URL.Host {
		return fmt.Errorf("%s redirects to %s; give that address", c.server,
			strings.TrimSuffix(at.String(), "/"+path))
	}
	return nil
}

// Models returns the IDs of the models, the current one first.
func (c *Client) Models(ctx context.Context) ([]string, error) {
	var m wire.Models
	err := c.retry(ctx, func() (bool, error) { return false, c.call(ctx, "GET", "v1/models", &m) })
	return m.Models, err
}

// Upload is a file to send.
type Upload struct {
	ContentType string
	Query       url.Values
	Key         string // the Idempotency-Key, which makes a retry safe
	Size        int64
	Body        func() io.Reader // returns the file from its start
	Apart       bool             // upload to the address that the job returns
}

// Create creates a job; again reports whether it existed already. A file with Apart set must be
// uploaded by Put.
func (c *Client) Create(ctx context.Context, u Upload) (job wire.Job, again bool, err error) {
	err = c.retry(ctx, func() (bool, error) {
		var body io.Reader
		query := maps.Clone(u.Query)
		if u.Apart {
			query.Set("bytes", strconv.FormatInt(u.Size, 10))
		} else {
			body = u.Body()
		}
		r, err := c.request(ctx, "POST", "v1/jobs", body)
		if err != nil {
			return false, err
		}
		r.URL.RawQuery = query.Encode()
		r.Header.Set("Content-Type", u.ContentType)
		if u.Key != "" {
			r.Header.Set("Idempotency-Key", u.Key)
		}
		r.Header.Set("Reviewlens-Run", u.Key) // assigns trials to callers who are not signed in
		if body != nil {
			r.ContentLength = u.Size
			r.Header.Set("Expect", "100-continue") // the server can refuse before the file is sent
		}
		response, err := c.do(r)
		if err != nil {
			return false, err
		}
		again = response.Header.Get("Idempotency-Replayed") == "true"
		return false, decode(response, &job)
	})
	if err == nil && job.ID == "" {
		err = fmt.Errorf("%s made no job of it", c.server)
	}
	return job, again, err
}

// Put uploads the file of a job. After a failure it fetches the job again: the file may have
// arrived, and the job has a fresh address.
func (c *Client) Put(ctx context.Context, job wire.Job, u Upload) error {
	return c.retry(ctx, func() (bool, error) {
		to := job.Upload
		if to == nil {
			return false, nil
		}
		r, err := http.NewRequestWithContext(ctx, "PUT", to.URL, u.Body())
		if err != nil {
			return false, err
		}
		r.ContentLength = u.Size
		for name, value := range to.Headers {
			r.Header.Set(name, value)
		}
		response, err := c.send(r) // without the API key, which is not for that host
		if err == nil {
			response.Body.Close()
			// the file exists
			if response.StatusCode/100 == 2 ||
				response.StatusCode == http.StatusPreconditionFailed {
				return false, nil
			}
			err = &unexpectedResponse{server: r.URL.Host, text: response.Status,
				status: response.StatusCode}
		}
		var now wire.Job
		if c.call(ctx, "GET", "v1/jobs/"+url.PathEscape(job.ID), &now) == nil {
			job.Upload = now.Upload
			if time.Now().After(to.Expires) && job.Upload != nil && job.Upload.URL != to.URL {
				return false, &retryableError{withoutQuery(err)} // refused for its age
			}
		}
		return false, withoutQuery(err)
	})
}

// withoutQuery removes the query from an error's URL, since its signature grants access to anyone
// who reads it.
func withoutQuery(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		e.URL, _, _ = strings.Cut(e.URL, "?")
	}
	return err
}

// Job returns the state of a job.
func (c *Client) Job(ctx context.Context, id string) (job wire.Job, err error) {
	err = c.retry(ctx, func() (bool, error) {
		return false, c.call(ctx, "GET", "v1/jobs/"+url.PathEscape(id), &job)
	})
	return job, err
}

// Report returns the report on a finished job.
func (c *Client) Report(ctx context.Context, id string) (r wire.Report, err error) {
	err = c.retry(ctx, func() (bool, error) {
		return false, c.call(ctx, "GET", "v1/jobs/"+url.PathEscape(id)+"/report", &r)
	})
	return r, err
}

// Delete deletes a job and stops it if it is running.
func (c *Client) Delete(ctx context.Context, id string) error {
	lost := false // a response: its request may have deleted the job
	return c.retry(ctx, func() (bool, error) {
		err := c.call(ctx, "DELETE", "v1/jobs/"+url.PathEscape(id), nil)
		e, answered := errors.AsType[*wire.Error](err)
		if answered && e.Code == wire.NotFound && lost {
			return false, nil
		}
		lost = lost || !answered
		return false, err
	})
}

// Result downloads a finished job's result to w. An interrupted download is resumed.
func (c *Client) Result(ctx context.Context, id string, w io.Writer) error {
	at, tag := int64(0), ""
	return c.retry(ctx, func() (progress bool, err error) {
		r, err := c.request(ctx, "GET", "v1/jobs/"+url.PathEscape(id)+"/result", nil)
		if err != nil {
			return false, err
		}
		r.Header.Set("Accept-Encoding", "identity") // ranges count the bytes of the file
		if at > 0 {
			// from the last byte on: a range behind the end would be refused
			r.Header.Set("Range", fmt.Sprintf("bytes=%d-", at-1))
			r.Header.Set("If-Range", tag)
		}
		response, err := c.do(r)
		if err != nil {
			return false, err
		}
		defer response.Body.Close()
		skip := int64(0)
		switch {
		case at == 0:
			tag = response.Header.Get("ETag")
		case response.Header.Get("ETag") != tag:
			return false, fmt.Errorf("the result changed while it was fetched")
		case response.StatusCode != http.StatusPartialContent: // the complete file, not the range
			skip = at
		case !strings.HasPrefix(response.Header.Get("Content-Range"),
			fmt.Sprintf("bytes %d-", at-1)):
			return false, fmt.Errorf("asked for bytes from %d on, the server sends %q", at-1,
				response.Header.Get("Content-Range"))
		default:
			skip = 1
		}
		if _, err := io.CopyN(io.Discard, response.Body, skip); err != nil {
			return false, &retryableError{err}
		}
		out := &errWriter{w: w}
		n, err := io.Copy(out, response.Body)
		at += n
		if err != nil && out.err == nil {
			err = &retryableError{err}
		}
		return n > 0, err
	})
}

// errWriter is a writer that records its error.
type errWriter struct {
	w   io.Writer
	err error
}

func (n *errWriter) Write(p []byte) (int, error) {
	written, err := n.w.Write(p)
	if err != nil {
		n.err = err
	}
	return written, err
}

// retryableError is an error that a retry may resolve, such as that of an interrupted response, and
// that does not look so by itself.
type retryableError struct{ error }

func (e *retryableError) Unwrap() error { return e.error }

// retry retries do until it succeeds, fails permanently, or has made no progress for c.patience.
func (c *Client) retry(ctx context.Context, do func() (progress bool, err error)) error {
	const most = 5 * time.Second
	last, wait := time.Now(), 100*time.Millisecond
	for {
		progress, err := do()
		if err == nil {
			return nil
		}
		if progress {
			last, wait = time.Now(), 100*time.Millisecond
		}
		pause, ok := retryAfter(err)
		pause = max(pause, wait)
		if !ok || ctx.Err() != nil || time.Since(last)+pause > c.patience {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
		wait = min(2*wait, most)
	}
}

// retryAfter reports whether a retry may help, and after what delay.
func retryAfter(err error) (after time.Duration, ok bool) {
	if e, ok := errors.AsType[*wire.Error](err); ok {
		return e.RetryAfter,
			e.Code.IsTemporary() || e.Code == wire.KeyInUse || e.Code == wire.OutOfTime
	}
	if _, ok := errors.AsType[*retryableError](err); ok {
		return 0, true
	}
	// 500 is S3's InternalError, to be retried
	if e, ok := errors.AsType[*unexpectedResponse](err); ok {
		return 0, e.status == http.StatusInternalServerError ||
			e.status == http.StatusBadGateway || e.status == http.StatusServiceUnavailable ||
			e.status == http.StatusGatewayTimeout
	}
	_, unreachable := errors.AsType[net.Error](err)
	return 0, unreachable || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// unexpectedResponse is a response that is neither success nor a problem, for example from a proxy.
type unexpectedResponse struct {
	server, text string
	status       int
}

func (a *unexpectedResponse) Error() string {
	return fmt.Sprintf("%s answers %s", a.server, a.text)
}

func (c *Client) request(ctx context.Context, method, path string, body io.Reader) (*http.Request,
	error) {
	r, err := http.NewRequestWithContext(ctx, method, c.server.JoinPath(path).String(), body)
	if err == nil && c.key != "" {
		r.Header.Set("Authorization", "Bearer "+c.key)
	}
	return r, err
}

// do sends a request and returns a successful response.
func (c *Client) do(r *http.Request) (*http.Response, error) {
	response, err := c.send(r)
	if err != nil || response.StatusCode/100 == 2 {
		return response, withoutQuery(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	e, ok := wire.DecodeProblem(body)
	if !ok {
		return nil, &unexpectedResponse{server: c.server.String(), text: response.Status,
			status: response.StatusCode}
	}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	return nil, e
}

// call sends a request and decodes the response into out, unless out is nil.
func (c *Client) call(ctx context.Context, method, path string, out any) error {
	r, err := c.request(ctx, method, path, nil)
	if err != nil {
		return err
	}
	response, err := c.do(r)
	if err != nil {
		return err
	}
	if out == nil {
		return response.Body.Close()
	}
	return decode(response, out)
}

func decode(response *http.Response, out any) error {
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return &retryableError{err}
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("%s did not answer as Reviewlens does: %w", response.Request.URL, err)
	}
	return nil
}

// HasKey reports whether the client sends an API key.
func (c *Client) HasKey() bool { return c.key != "" }

// Exposed reports whether the key is sent unencrypted to another host.
func (c *Client) Exposed() bool {
	host := c.server.Hostname()
	ip := net.ParseIP(host)
	return c.key != "" && c.server.Scheme == "http" && host != "localhost" &&
		(ip == nil || !ip.IsLoopback())
}
