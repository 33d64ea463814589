package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"time"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

// Canary is the result of a check of the golden texts.
type Canary struct {
	Begun time.Time     `json:"begun"`
	Took  time.Duration `json:"-"`
	Model string        `json:"model,omitempty"`
	Texts int           `json:"texts"` // golden texts scored
	Apart float64       `json:"apart"` // largest difference of a score
	Error string        `json:"error,omitempty"`
}

// isCanary recognises the event of the schedule: {"canary": true}. No HTTP event has that member.
func isCanary(payload []byte) bool {
	if len(payload) > 256 {
		return false
	}
	var e struct{ Canary bool }
	return json.Unmarshal(payload, &e) == nil && e.Canary
}

// canary scores the golden texts of the current model through the handler, as a client would, and
// reports the largest difference. A failed check is not an error of the invocation: it has its own
// alarm.
func (f *Function) canary(ctx context.Context) ([]byte, error) {
	c := Canary{Begun: time.Now()}
	err := f.check(scoring.WithSelfCheck(ctx), &c)
	c.Took = time.Since(c.Begun)
	if err != nil {
		c.Error = err.Error()
		f.Log.Error("canary", "model", c.Model, "err", err)
	}
	if f.Checked != nil {
		f.Checked(c)
	}
	return json.Marshal(c)
}

func (f *Function) check(ctx context.Context, c *Canary) error {
	var manifest struct {
		ID     string
		Golden []wire.Golden
	}
	if err := f.call(ctx, "GET", "/v1/model", nil, &manifest); err != nil {
		return err
	}
	c.Model, c.Texts = manifest.ID, len(manifest.Golden)
	if c.Texts == 0 {
		return errors.New("the model has no golden texts")
	}
	var question wire.ScoreRequest
	for _, g := range manifest.Golden {
		question.Texts = append(question.Texts, g.Text)
	}
	body, err := json.Marshal(question)
	if err != nil {
		return err
	}
	var scores wire.ScoreResponse
	if err := f.call(ctx, "POST", "/v1/score?model="+
		url.QueryEscape(manifest.ID), body, &scores); err != nil {
		return err
	}
	if len(scores.Results) != c.Texts {
		return fmt.Errorf("%d golden texts got %d scores", c.Texts, len(scores.Results))
	}
	for i, r := range scores.Results {
		if r.Positive == nil {
			return fmt.Errorf("golden text %d has no score", i+1)
		}
		c.Apart = max(c.Apart, math.Abs(*r.Positive-manifest.Golden[i].Positive))
	}
	if !(c.Apart <= wire.GoldenTolerance) {
		return fmt.Errorf("a golden text is %.4f from its score, at most %g is usual", c.Apart,
			wire.GoldenTolerance)
	}
	return nil
}

// call sends the handler a request and decodes its response.
func (f *Function) call(ctx context.Context, method, target string, body []byte, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, "https://canary"+target,
		bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.RequestURI = target
	if body != nil {
		r.Header.Set("Content-Type", wire.TypeJSON)
	}
	w := newWriter()
	f.serve(w, r)
	if _, err := w.finish(r); err != nil {
		return err
	}
	if w.status != http.StatusOK {
		return fmt.Errorf("%s %s is answered with %d", method, r.URL.Path, w.status)
	}
	if err := json.Unmarshal(w.body.Bytes(), into); err != nil {
		return fmt.Errorf("%s %s: %w", method, r.URL.Path, err)
	}
	return nil
}
