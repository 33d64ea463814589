// Command smoke checks a deployment before it gets traffic: it is ready, serves the page with its
// headers, and scores the golden texts of its model as in the manifest.
//
//	go run ./deploy/smoke https://d1234.cloudfront.net
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"reviewlens/api/wire"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "smoke: say the address of a deployment")
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	if err := smoke(ctx, strings.TrimSuffix(os.Args[1], "/"), 3*time.Second); err != nil {
		fmt.Fprintln(os.Stderr, "smoke:", err)
		os.Exit(1)
	}
	fmt.Println("smoke: ready, with its page, its headers and its golden scores")
}

// smoke waits until the deployment is ready, which takes minutes for a new distribution, and checks
// the rest once.
func smoke(ctx context.Context, site string, pause time.Duration) error {
	parsed, err := url.Parse(site)
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return fmt.Errorf("%q is no address of a deployment, as https://example.com", site)
	}
	for {
		err := call(ctx, "GET", site+"/readyz", nil, nil, nil)
		if err == nil {
			break
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w", err)
		}
	}
	var page bytes.Buffer
	header := http.Header{}
	if err := call(ctx, "GET", site+"/", nil, &page, header); err != nil {
		return err
	}
	if !strings.Contains(strings.ToLower(page.String()), "<html") ||
		!strings.Contains(header.Get("Content-Security-Policy"), "default-src 'self'") {
		return errors.New("the page has no HTML, or not its Content-Security-Policy")
	}
	if header.Get("Cross-Origin-Opener-Policy") != "same-origin" ||
		header.Get("Cross-Origin-Embedder-Policy") != "require-corp" {
		return errors.New("the page is not isolated: a proxy took its Cross-Origin headers")
	}
	var manifest struct {
		ID     string
		Golden []wire.Golden
	}
	if err := call(ctx, "GET", site+"/v1/model", nil, &manifest, nil); err != nil {
		return err
	}
	if len(manifest.Golden) == 0 {
		return errors.New("its model has no golden texts")
	}
	var question wire.ScoreRequest
	for _, g := range manifest.Golden {
		question.Texts = append(question.Texts, g.Text)
	}
	var scores wire.ScoreResponse
	if err := call(ctx, "POST", site+"/v1/score", question, &scores, nil); err != nil {
		return err
	}
	if scores.Model != manifest.ID || len(scores.Results) != len(manifest.Golden) {
		return fmt.Errorf("%d texts got %d scores, by model %s; want %s", len(manifest.Golden),
			len(scores.Results), scores.Model, manifest.ID)
	}
	for i, r := range scores.Results {
		want := manifest.Golden[i].Positive
		if r.Positive == nil {
			return fmt.Errorf("golden text %d has no score; want %.4f", i+1, want)
		}
		if math.Abs(*r.Positive-want) > wire.GoldenTolerance {
			return fmt.Errorf("golden text %d scores %.4f; want %.4f within %g", i+1, *r.Positive,
				want, wire.GoldenTolerance)
		}
	}
	return nil
}

// call sends a request and expects status 200. It stores the answer in a *bytes.Buffer unchanged,
// in anything else as decoded JSON.
func call(ctx context.Context, method, address string, body, into any, header http.Header) error {
	var content io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(ctx, method, address, content)
	if err != nil {
		return err
	}
	if body != nil {
		r.Header.Set("Content-Type", wire.TypeJSON)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, 8<<20))
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s", method, address, answer.Status)
	}
	for name, values := range answer.Header {
		if header != nil {
			header[name] = values
		}
	}
	switch into := into.(type) {
	case nil:
		return nil
	case *bytes.Buffer:
		into.Write(data)
		return nil
	default:
		return json.Unmarshal(data, into)
	}
}
