package jobclient

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// silenceError is the error of a request during which no byte was sent or received for a time. It
// is a net.Error.
type silenceError struct {
	host string
	time time.Duration
}

func (e *silenceError) Error() string {
	return fmt.Sprintf("%s neither takes nor sends anything for %s", e.host, e.time)
}

func (*silenceError) Timeout() bool   { return true }
func (*silenceError) Temporary() bool { return true }

// send sends a request and returns the response. Both end with a silenceError once no byte has been
// sent or received for c.patience.
func (c *Client) send(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	silence := &silenceError{r.URL.Host, c.patience}
	w := &watch{ctx: ctx, cancel: cancel, patience: c.patience,
		timer: time.AfterFunc(c.patience, func() { cancel(silence) })}
	r = r.WithContext(ctx)
	if r.Body != nil {
		r.Body = &watchedBody{r.Body, w}
	}
	if body := r.GetBody; body != nil {
		r.GetBody = func() (io.ReadCloser, error) {
			b, err := body()
			return &watchedBody{b, w}, err
		}
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		err = w.explain(err)
		w.stop()
		return nil, err
	}
	w.timer.Reset(c.patience)
	response.Body = &watchedResponse{watchedBody{response.Body, w}}
	return response, nil
}

// watch ends a request after a time without a byte.
type watch struct {
	ctx      context.Context
	cancel   context.CancelCauseFunc
	patience time.Duration
	timer    *time.Timer
}

// explain returns the silence if it is the cause of err.
func (w *watch) explain(err error) error {
	if silence, ok := context.Cause(w.ctx).(*silenceError); ok && err != io.EOF {
		return silence
	}
	return err
}

func (w *watch) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// watchedBody is a body each read of which is a sign of life.
type watchedBody struct {
	io.ReadCloser
	watch *watch
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.watch.timer.Reset(b.watch.patience)
	}
	if err != nil {
		err = b.watch.explain(err)
	}
	return n, err
}

// watchedResponse is the body of a response, which ends the watch.
type watchedResponse struct{ watchedBody }

func (b *watchedResponse) Close() error {
	b.watch.stop()
	return b.ReadCloser.Close()
}
