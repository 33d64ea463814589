package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"reviewlens/api"
	"reviewlens/api/infer/infertest"
	"reviewlens/api/scoring"
	"reviewlens/web"
)

// The real handler passes.
func TestSmoke(t *testing.T) {
	e := infertest.Engine(t)
	handler := api.New(api.Options{Models: scoring.SingleModel(e), Site: web.Site(),
		Log: slog.New(slog.DiscardHandler)})
	server := httptest.NewServer(handler)
	defer server.Close()
	if err := smoke(t.Context(), server.URL, time.Millisecond); err != nil {
		t.Error(err)
	}

	// One that answers a path differently does not.
	for _, tt := range []struct{ path, body, want string }{
		{"/readyz", "", "not ready"},
		{"/", "hello", "no HTML"},
		{"/v1/model", `{}`, "no golden texts"},
		{"/v1/model", `{"golden": [{"text": "Lovely.", "positive": 0.01}]}`, "want "},
		{"/v1/score", `{"results": []}`, "0 scores"},
		{"/v1/score", `<html>`, "invalid character"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == tt.path && tt.body == "": // it is called until the time is over
				cancel()
				w.WriteHeader(503)
			case r.URL.Path == tt.path:
				io.WriteString(w, tt.body)
			default:
				handler.ServeHTTP(w, r)
			}
		}))
		if err := smoke(ctx, other.URL, time.Millisecond); err == nil ||
			!strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s answers %q: %v, want %q", tt.path, tt.body, err, tt.want)
		}
		cancel()
		other.Close()
	}
}

// An address that can never answer is not waited for.
func TestNoAddress(t *testing.T) {
	for _, site := range []string{"", "example.com", "localhost:8000", "ftp://x", "https:/x"} {
		err := smoke(t.Context(), site, time.Hour)
		if err == nil || !strings.Contains(err.Error(), "is no address") {
			t.Errorf("smoke(%q) = %v", site, err)
		}
	}
}

func TestGoldenScoresOfAnotherModel(t *testing.T) {
	e := infertest.Engine(t)
	handler := api.New(api.Options{Models: scoring.SingleModel(e), Site: web.Site(),
		Log: slog.New(slog.DiscardHandler)})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/model" {
			io.WriteString(w, `{"id": "`+e.Model().Manifest.ID+
				`", "golden": [{"text": "It broke at once.", "positive": 0.99}]}`)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	defer server.Close()
	if err := smoke(t.Context(), server.URL, time.Millisecond); err == nil ||
		!strings.Contains(err.Error(), "golden text 1 scores ") {
		t.Error(err)
	}
}
