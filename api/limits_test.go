package api

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/api/admission"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
)

// splitEngine scores texts that begin with "good" as positive, all others as negative.
type splitEngine struct{ scoring.Engine }

func (e *splitEngine) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	good, _, _ := e.Windows(nil, []byte("good"))
	scores := make([]reviews.Score, len(texts))
	for i, windows := range texts {
		switch {
		case len(windows) == 0:
		case windows[0][1] == good[0][1]:
			scores[i] = reviews.Score{Positive: 1, Sentiment: reviews.Positive}
		default:
			scores[i] = reviews.Score{Positive: 0, Sentiment: reviews.Negative}
		}
	}
	return scores, nil
}

// slowEngine has streams that take some time for each window, like the real engine.
type slowEngine struct {
	scoring.Engine
	streams chan struct{}
	window  time.Duration
}

func (e *slowEngine) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	for _, windows := range texts {
		for range windows {
			select {
			case e.streams <- struct{}{}:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			time.Sleep(e.window)
			<-e.streams
		}
	}
	return e.Engine.Score(ctx, texts)
}

// At ten times the maximum load, accepted requests are as fast as at the maximum load, and the
// others get a time to retry. Time is that of the bubble: the figures do not depend on the machine.
func TestOverload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plain, _, _ := newHandler(t, nil)
		const window = 5 * time.Millisecond
		h := New(Options{Log: slog.New(slog.DiscardHandler),
			Models: scoring.SingleModel(&slowEngine{engineOf(t, plain), make(chan struct{}, 2),
				window})})
		do(h, "GET", "/v1/config", "", nil) // measures the speed
		load := func(clients int) (p99 time.Duration, served, refused int) {
			var mu sync.Mutex
			var times []time.Duration
			var group sync.WaitGroup
			for range clients {
				group.Go(func() {
					for range 20 {
						started := time.Now()
						w := do(h, "POST", "/v1/score", wire.TypeJSON,
							strings.NewReader(`{"texts": ["one", "two", "three"]}`))
						took := time.Since(started)
						mu.Lock()
						switch {
						case w.Code == 200:
							times = append(times, took)
						case w.Code == 429 && w.Header().Get("Retry-After") != "":
							refused++
						default:
							t.Errorf("answered %d %s", w.Code, w.Body)
						}
						mu.Unlock()
						if w.Code == 429 {
							time.Sleep(100 * time.Millisecond) // less than Retry-After
						}
					}
				})
			}
			group.Wait()
			slices.Sort(times)
			return times[len(times)*99/100], len(times), refused
		}
		p99, served, refused := load(maxRequests)
		if refused > 0 {
			t.Errorf("%d of %d are refused at the load that fits", refused, served+refused)
		}
		before := runtime.NumGoroutine()
		var most atomic.Int64
		ctx, stop := context.WithCancel(t.Context())
		var sampler sync.WaitGroup
		sampler.Go(func() {
			for ctx.Err() == nil {
				most.Store(max(most.Load(), int64(h.admission.Usage().Running)))
				time.Sleep(time.Millisecond)
			}
		})
		p99Over, servedOver, refusedOver := load(10 * maxRequests)
		stop()
		sampler.Wait()
		synctest.Wait()
		t.Logf("fits: p99 %v, %d served; tenfold: p99 %v, %d served, %d refused", p99, served,
			p99Over, servedOver, refusedOver)
		if limit := p99 * 3 / 2; p99Over > limit || refusedOver == 0 || servedOver < maxRequests {
			t.Errorf("p99 is %v with %d served and %d refused; want at most %v", p99Over,
				servedOver, refusedOver, limit)
		}
		if most.Load() > maxRequests || h.admission.Usage() != (admission.Usage{}) {
			t.Errorf("%d requests had a place, %+v is still taken", most.Load(),
				h.admission.Usage())
		}
		const others = 2 // of this process, which start and end
		if after := runtime.NumGoroutine(); after > before+others {
			t.Errorf("%d goroutines are left, %d were", after, before)
		}
	})
}

// A refused client gets a Retry-After that grows with the queue.
func TestRetryAfterTellsTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plain, _, _ := newHandler(t, nil)
		h := New(Options{Log: slog.New(slog.DiscardHandler),
			Models: scoring.SingleModel(
				&slowEngine{engineOf(t, plain), make(chan struct{}, 2), 10 * time.Millisecond})})
		do(h, "GET", "/v1/config", "", nil)
		wait := func(texts int) time.Duration {
			ctx, cancel := context.WithCancel(t.Context())
			var group sync.WaitGroup
			for range 10 {
				group.Go(func() {
					defer func() { recover() }() // the handler aborts when the client is gone
					r := httptest.NewRequestWithContext(ctx, "POST", "/v1/score",
						strings.NewReader(strings.Repeat("one two three\n", texts)))
					r.Header.Set("Content-Type", wire.TypePlain)
					h.ServeHTTP(httptest.NewRecorder(), r)
				})
			}
			synctest.Wait()
			got := h.throughput.Wait()
			cancel()
			group.Wait()
			return got
		}
		if few, many := wait(1), wait(500); few != time.Second || many < 5*time.Second ||
			many > 2*time.Minute {
			t.Errorf("Retry-After is %v with little before the engine and %v with much", few, many)
		}
		if windows, tokens := h.throughput.Pending(); windows != 0 || tokens != 0 {
			t.Errorf("%d tokens of %d windows are still pending", tokens, windows)
		}
	})
}

// A request that exceeds a host's bounds is refused before the model runs, with advice; one within
// them is served.
func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plain, _, _ := newHandler(t, nil)
		var calls atomic.Int64
		slow := &slowEngine{engineOf(t, plain), make(chan struct{}, 2), 10 * time.Millisecond}
		counting := &countingEngine{slow, &calls}
		h := New(Options{Log: slog.New(slog.DiscardHandler), Models: scoring.SingleModel(counting),
			File: 64 << 20, Budget: func(*http.Request) Budget {
				return Budget{Bytes: 100_000, Time: 2 * time.Second}
			}})
		do(h, "GET", "/v1/config", "", nil)
		calls.Store(0)
		rows := func(n int, words string) string {
			var b strings.Builder
			b.WriteString("review\n")
			for i := range n {
				fmt.Fprintf(&b, "good %d %s\n", i, words)
			}
			return b.String()
		}
		for _, tt := range []struct {
			name, path, contentType, body string
			want                          int
		}{
			{"a file that fits", "/v1/score", wire.TypeCSV, rows(50, ""), 200},
			{"a file that takes too long", "/v1/score", wire.TypeCSV, rows(1500, ""), 413},
			{"a file whose answer is too large", "/v1/score", wire.TypeCSV,
				rows(30, strings.Repeat("x", 4000)), 413},
			{"texts that fit", "/v1/score", wire.TypePlain, rows(50, ""), 200},
			{"texts that take too long", "/v1/score", wire.TypePlain, rows(1500, ""), 413},
			{"a report that takes too long", "/v1/report", wire.TypeCSV, rows(1500, ""), 413},
		} {
			calls.Store(0)
			w := do(h, "POST", tt.path, tt.contentType, strings.NewReader(tt.body))
			if w.Code != tt.want {
				t.Errorf("%s: answered %d %.200s", tt.name, w.Code, w.Body)
			}
			if w.Code == 413 {
				if e, _ := wire.DecodeProblem(w.Body.Bytes()); e == nil ||
					e.Code != wire.TooMuchWork || !strings.Contains(e.Detail, "/v1/jobs") ||
					calls.Load() != 0 {
					t.Errorf("%s: %s, and the model ran %d times", tt.name, w.Body, calls.Load())
				}
			}
		}
	})
}

type countingEngine struct {
	scoring.Engine
	calls *atomic.Int64
}

func (e *countingEngine) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	e.calls.Add(1)
	return e.Engine.Score(ctx, texts)
}

// Each key has its own texts per second: a client that exceeds its rate waits, others do not.
func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plain, _, _ := newHandler(t, nil)
		one, two := strings.Repeat("k", minKey), strings.Repeat("l", minKey)
		keys, _ := ParseKeys(one + "," + two)
		h := New(Options{Log: slog.New(slog.DiscardHandler),
			Models: scoring.SingleModel(engineOf(t, plain)), Keys: keys, Rate: 10})
		post := func(key, contentType, body string) *httptest.ResponseRecorder {
			r := httptest.NewRequest("POST", "/v1/score", strings.NewReader(body))
			r.Header.Set("Content-Type", contentType)
			r.Header.Set("X-Api-Key", key)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			return w
		}
		texts := strings.Repeat("one\n", 300)
		if w := post(one, wire.TypePlain, texts); w.Code != 200 {
			t.Fatalf("the first answers %d %s", w.Code, w.Body)
		}
		w := post(one, wire.TypePlain, "one\n")
		// 300 less 100 in advance, and one
		if e, _ := wire.DecodeProblem(w.Body.Bytes()); w.Code != 429 ||
			e.Code != wire.RateLimited || w.Header().Get("Retry-After") != "21" {
			t.Errorf("the second answers %d %s, Retry-After %s", w.Code, w.Body,
				w.Header().Get("Retry-After"))
		}
		if w := post(two, wire.TypePlain, "one\n"); w.Code != 200 {
			t.Errorf("another key's answers %d", w.Code)
		}
		time.Sleep(21 * time.Second)
		if w := post(one, wire.TypePlain, "one\n"); w.Code != 200 {
			t.Errorf("later it answers %d %s", w.Code, w.Body)
		}
		time.Sleep(time.Minute)
		started := time.Now()
		file := "review\n"
		for i := range 1000 {
			file += fmt.Sprintf("good %d\n", i)
		}
		if w := post(one, wire.TypeCSV, file); w.Code != 200 {
			t.Errorf("a file answers %d", w.Code)
		}
		// 1,000 less 100 in advance, at 10 a second
		if took := time.Since(started); took < 60*time.Second || took > 100*time.Second {
			t.Errorf("a file of 1,000 rows took %v", took)
		}
	})
}

// The page's estimate is the time for 1,000 tokens, at first of the self-test's texts, later of the
// work.
func TestConfig(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plain, m, _ := newHandler(t, nil)
		h := New(Options{Log: slog.New(slog.DiscardHandler),
			Models: scoring.SingleModel(&slowEngine{engineOf(t, plain), make(chan struct{}, 1),
				10 * time.Millisecond}), File: 1 << 30, Price: 0.01})
		var config wire.Config
		if err := json.Unmarshal(do(h, "GET", "/v1/config", "", nil).Body.Bytes(),
			&config); err != nil {
			t.Fatal(err)
		}
		limits := Limits
		limits.File = 1 << 30
		if config.Auth != "none" || config.Limits != limits || config.Cost == nil ||
			config.Cost.Price != 0.01 {
			t.Fatalf("config is %+v", config)
		}
		tokens, seconds := 0, 0.0
		for _, g := range m.Manifest.Golden {
			windows, _, _ := engineOf(t, plain).Windows(nil, []byte(g.Text))
			for _, w := range windows {
				tokens += len(w)
				seconds += 0.01
			}
		}
		want := 1000 * seconds / float64(tokens)
		if got := config.Cost.Seconds; got < want*0.99 || got > want*1.01 {
			t.Errorf("1,000 tokens are said to take %v s, want %v", got, want)
		}
	})
}
