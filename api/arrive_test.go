package api

import (
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

// drip is a body that brings a byte a second, and no end.
type drip struct{}

func (drip) Read(p []byte) (int, error) {
	time.Sleep(time.Second)
	return copy(p, "a"), nil
}

// Many more bodies than are scored at a time drip in: they keep nobody from being served, and are refused in the end.
func TestSlowBodiesKeepNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plain, _, _ := newHandler(t, nil)
		h := New(Options{Log: slog.New(slog.DiscardHandler), Models: scoring.Only(engineOf(t, plain)), File: 1 << 20})
		var group sync.WaitGroup
		for i := range 3 * maxRequests {
			group.Go(func() {
				path := []string{"/v1/score", "/v1/report", "/compat/hf"}[i%3]
				contentType := []string{wire.TypeJSON, wire.TypeCSV, wire.TypePlain, wire.TypeFrame}[i%4]
				begun := time.Now()
				w := do(h, "POST", path, contentType, io.MultiReader(strings.NewReader("review\n"), drip{}))
				if took := time.Since(begun); w.Code != 400 || !strings.Contains(w.Body.String(), "too slowly") || took > 2*slowAfter {
					t.Errorf("%s, %s: answered %d %s after %v", path, contentType, w.Code, w.Body, took)
				}
			})
		}
		time.Sleep(3 * time.Second)
		if w := do(h, "POST", "/v1/score", wire.TypeJSON, strings.NewReader(`{"texts": ["good"]}`)); w.Code != 200 {
			t.Errorf("beside them, another is answered %d %s", w.Code, w.Body)
		}
		group.Wait()
		if len(h.slots) != 0 || len(h.arrivals.places) != 0 || h.arrivals.bytes.Load() != 0 {
			t.Errorf("%d are scored, %d arrive with %d bytes when all are gone", len(h.slots), len(h.arrivals.places), h.arrivals.bytes.Load())
		}
	})
}

// Bodies on their way hold a bounded amount of memory together, whatever length they promise.
func TestArrivingBodiesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plain, _, _ := newHandler(t, nil)
		h := New(Options{Log: slog.New(slog.DiscardHandler), Models: scoring.Only(engineOf(t, plain)), File: 1 << 20})
		h.arrivals.bytes.Store(arrivingBytes - 100)
		if w := do(h, "POST", "/v1/score", wire.TypeJSON, strings.NewReader(`{"texts": ["good"]}`)); w.Code != 200 {
			t.Errorf("what fits is answered %d %s", w.Code, w.Body)
		}
		w := do(h, "POST", "/v1/score", wire.TypeJSON, strings.NewReader(`{"texts": ["`+strings.Repeat("good ", 100)+`"]}`))
		if w.Code != 429 || w.Header().Get("Retry-After") == "" || h.arrivals.bytes.Load() != arrivingBytes-100 {
			t.Errorf("what does not fit is answered %d %s", w.Code, w.Body)
		}
	})
}
