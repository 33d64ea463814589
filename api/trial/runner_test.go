package trial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/api/engines"
	"reviewlens/api/model"
	"reviewlens/api/model/store"
	"reviewlens/api/model/store/storetest"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
)

// fake scores a text by its second token: p returns the probability for text n.
type fake struct {
	w     *world
	model *model.Model
	graph string
}

func (e *fake) Model() *model.Model { return e.model }

func (e *fake) Windows(dst [][]int32, _ []byte) ([][]int32, bool, error) {
	return dst, false, nil
}

func (*fake) Aspects(_ context.Context, texts [][][]int32) ([][]aspects.Span, error) {
	return make([][]aspects.Span, len(texts)), nil
}

func (e *fake) Score(ctx context.Context, texts [][][]int32) (scores []reviews.Score, err error) {
	return e.scores(ctx, texts, true)
}

func (e *fake) scores(ctx context.Context, texts [][][]int32, stars bool) ([]reviews.Score, error) {
	var scores []reviews.Score
	for _, text := range texts {
		took := time.Duration(len(text)) * 10 * time.Millisecond
		if e.graph == "b" {
			took = time.Duration(float64(took) * max(1, e.w.slower))
		}
		if e.w.hold != nil && e.graph == "a" && stars {
			<-e.w.hold
		}
		time.Sleep(took)
		if e.graph == "b" && e.w.fails.Load() {
			return nil, errors.New("no memory")
		}
		p := e.w.p(e.graph, text[0][1])
		scores = append(scores, reviews.Score{Positive: p,
			Sentiment: reviews.Rule{Unsure: [2]float64{0.4, 0.6}}.Name(p)})
		if math.IsNaN(p) { // as infer.Engine
			scores[len(scores)-1] = reviews.Score{}
		}
	}
	return scores, ctx.Err()
}

func (e *fake) ScoreWhenIdle(ctx context.Context, text [][]int32, before func() error) (
	s reviews.Score, took time.Duration, err error) {
	start := time.Now()
	for range text {
		if err := before(); err != nil {
			return s, 0, err
		}
		if e.graph == "b" {
			e.w.read.Add(1)
			if e.w.busy.Load() > 0 {
				e.w.t.Error("the challenger reads while a request is scored")
			}
		}
	}
	scores, err := e.scores(ctx, [][][]int32{text}, false)
	if err != nil {
		return s, 0, err
	}
	return scores[0], time.Since(start), nil
}

func (e *fake) Close() error { return nil }

// world is a store with the models a, which is current, and b, and servers of it.
type world struct {
	t       *testing.T
	place   storetest.Memory
	store   *store.Store
	a, b    string
	log     strings.Builder
	logging sync.Mutex

	p        func(graph string, text int32) float64
	slower   float64
	readOnly atomic.Bool // servers may not write to the store
	fails    atomic.Bool
	golden   atomic.Bool   // b does not reproduce its scores
	hold     chan struct{} // requests of a wait for it
	read     atomic.Int64  // windows that b has scored unseen
	busy     atomic.Int64
	servers  []*server
}

type server struct {
	*Runner
	set *engines.Set
}

func (w *world) Write(p []byte) (int, error) {
	w.logging.Lock()
	defer w.logging.Unlock()
	return w.log.Write(p)
}

func (w *world) logged() string {
	w.logging.Lock()
	defer w.logging.Unlock()
	return w.log.String()
}

// serverPlace is the world's place as servers have it.
type serverPlace struct {
	store.Place
	w *world
}

func (p serverPlace) Replace(ctx context.Context, name string, data []byte, version string) error {
	if p.w.readOnly.Load() {
		return fs.ErrPermission
	}
	return p.Place.Replace(ctx, name, data, version)
}

// bubble runs a test in which time advances as soon as all goroutines block.
func bubble(t *testing.T, test func(t *testing.T, w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, p: func(string, int32) float64 { return 0.9 }}
		w.store = store.New(&w.place, nil)
		w.a, w.b = storetest.Publish(t, w.store, "a"), storetest.Publish(t, w.store, "b")
		storetest.Activate(t, w.store, w.a)
		test(t, w)
		for _, s := range w.servers {
			s.Close()
			s.set.Close()
		}
	})
}

func (w *world) serve(t *testing.T, frozen bool) *server {
	log := slog.New(slog.NewTextHandler(w, nil))
	set := engines.Start(engines.Options{Store: store.New(serverPlace{&w.place, w}, nil), Log: log,
		Open: func(_ context.Context, m *model.Model) (engines.Engine, error) {
			e := &fake{w: w, model: m, graph: strings.Clone(string(m.ONNX))}
			if e.graph == "b" && w.golden.Load() {
				return nil, errors.New("self-test: golden text scores 0.1, want 0.9")
			}
			return e, nil
		}})
	if err := set.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	synctest.Wait() // until the challenger is open
	s := &server{Start(Options{Host: set, Log: log, Frozen: frozen}), set}
	w.servers = append(w.servers, s)
	return s
}

// texts returns n texts numbered from from, of one window each, with stars by which even ones are
// positive.
func texts(ctx context.Context, from, n int) (context.Context, [][][]int32) {
	var all [][][]int32
	var truth []reviews.Sentiment
	for i := range n {
		window := make([]int32, 80)
		window[1] = int32(from + i)
		all = append(all, [][]int32{window})
		truth = append(truth, []reviews.Sentiment{reviews.Positive, reviews.Negative}[(from+i)%2])
	}
	return scoring.WithTruth(ctx, truth), all
}

// ask scores texts in a context, and returns the model that did.
func (s *server) ask(t *testing.T, ctx context.Context, id string, from, n int) string {
	t.Helper()
	e, release, err := s.Acquire(ctx, id)
	if err != nil {
		t.Fatalf("Acquire(%q) = %v", id, err)
	}
	defer release()
	ctx, all := texts(ctx, from, n)
	if _, err := e.Score(ctx, all); err != nil {
		t.Fatalf("Score = %v", err)
	}
	return e.Model().Manifest.ID
}

func (w *world) counts(t *testing.T) Counts {
	t.Helper()
	trial, err := w.store.Trial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c, err := readCounts(t.Context(), w.store, trial.ID)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) state(t *testing.T) (store.TrialState, *store.Trial, store.Pointer) {
	t.Helper()
	p, err := w.store.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	trial, err := w.store.Trial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return trial.State(p, time.Now()), trial, p
}

// 100,000 requests of 1,000 owners, while servers restart and the share goes 0-10-50-0: each owner
// has one model for each share, those who had the challenger at 10% have it at 50%, the shares are
// within the band of chance, and runs that name a model get it.
func TestOwnersStick(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.p = func(string, int32) float64 { return 0.9 }
		const owners = 1000
		random := rand.New(rand.NewPCG(1, 2))
		requests, switched, refused := 0, 0, 0
		had := make(map[int]bool)
		for _, share := range []float64{0, 0.1, 0.5, 0} {
			storetest.Try(t, w.store, w.b, share, 0.05)
			storetest.FixTrial(t, &w.place)
			models := make(map[int]string)
			for range 5 { // restarts
				s := w.serve(t, true)
				for range 5000 {
					owner := random.IntN(owners)
					ctx := scoring.WithOwner(t.Context(), fmt.Sprint(owner))
					if owner%2 == 0 {
						ctx = scoring.WithRun(t.Context(), fmt.Sprint(owner)) // or an anonymous run
					}
					e, release, err := s.Acquire(ctx, "")
					if err != nil {
						t.Fatal(err)
					}
					id := e.Model().Manifest.ID
					release()
					requests++
					if before, ok := models[owner]; ok && before != id {
						switched++
					}
					models[owner] = id
					pinned, release, err := s.Acquire(ctx, w.b)
					if err != nil || pinned.Model().Manifest.ID != w.b {
						refused++
						continue
					}
					release()
				}
			}
			given := 0
			for owner, id := range models {
				if id == w.b {
					given++
				} else if had[owner] && share > 0 {
					switched++
				}
				had[owner] = id == w.b
			}
			band := 3.29 * (float64(len(models)) * share * (1 - share))
			if away := float64(given) - share*float64(len(models)); away*away > band*3.29 {
				t.Errorf("share %v: %d of %d owners have the challenger", share, given, len(models))
			}
			t.Logf("share %.0f%%: %d of %d owners have the challenger", 100*share, given,
				len(models))
		}
		t.Logf("%d requests, %d of them by another model than the owner's before; %d pinned runs "+
			"refused", requests, switched, refused)
		if switched > 0 || refused > 0 {
			t.Errorf("%d switched, %d refused", switched, refused)
		}
	})
}

// The challenger scores the sample of the texts, equal ones once, the same ones on every server,
// and the counts of servers add up; requests in an engine have priority.
func TestShadowAddsUp(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.p = func(graph string, text int32) float64 {
			if graph == "b" && text%10 == 0 || graph == "a" && text%10 == 4 {
				return 0.3 // wrong, since even texts are positive
			}
			return []float64{0.9, 0.1}[text%2]
		}
		storetest.Try(t, w.store, w.b, 0, 0.2)
		s, o := w.serve(t, false), w.serve(t, false)
		for i := range 100 {
			s.ask(t, t.Context(), "", 20*i, 20)
			time.Sleep(time.Minute) // the queue is empty, the counts are written
		}
		for i := range 100 {
			s.ask(t, t.Context(), "", 20*i, 20) // copies
		}
		time.Sleep(time.Minute)
		c := w.counts(t)
		f := c.Pairs.Compare()
		if c.Pairs.Pairs < 300 || c.Pairs.Pairs > 500 || c.Dropped > 0 || c.Failed > 0 {
			t.Errorf("of 2,000 texts 20%% should be read: %+v", c)
		}
		if c.Pairs.Judged != c.Pairs.Pairs ||
			f.A.Accuracy.Share > 0.95 || f.A.Accuracy.Share < 0.8 ||
			f.B.Accuracy.Share > 0.95 || f.B.Accuracy.Share < 0.8 || f.ToSide[0] == 0 {
			t.Errorf("figures = %+v", f)
		}
		if c.Timed == 0 || c.Millis[0] != 10*float64(c.Timed) || c.Millis[1] != c.Millis[0] {
			t.Errorf("%d timed, %v ms", c.Timed, c.Millis)
		}
		if c.Requests != [2]int{200, 0} || !c.Units.none() {
			t.Errorf("requests = %v, units %v", c.Requests, c.Units.none())
		}
		for i := range 100 {
			o.ask(t, t.Context(), "", 20*i, 20) // the same texts on another server
			time.Sleep(time.Minute)
		}
		if both := w.counts(t); both.Pairs.Pairs != 2*c.Pairs.Pairs ||
			both.Pairs.Names[2][0] != 2*c.Pairs.Names[2][0] {
			t.Errorf("two servers counted %+v, one %+v", both.Pairs, c.Pairs)
		}
		report, err := Read(t.Context(), w.store)
		if err != nil || report.Figures.Pairs != 2*c.Pairs.Pairs ||
			report.State != store.TrialRunning {
			t.Errorf("Read = %+v, %v", report, err)
		}
		var text strings.Builder
		err = report.WriteText(&text)
		if err != nil || !strings.Contains(text.String(), "shadow      20%") {
			t.Errorf("WriteText = %v\n%s", err, &text)
		}
	})
}

// A challenger that returns no number for a text has failed on it, and is stopped.
func TestNoNumberIsAFailure(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.p = func(graph string, text int32) float64 {
			if graph == "b" && text%10 == 0 {
				return math.NaN()
			}
			return 0.9
		}
		storetest.Try(t, w.store, w.b, 0, 0.2)
		s := w.serve(t, false)
		for i := range 20 {
			s.ask(t, t.Context(), "", 20*i, 20)
			time.Sleep(time.Minute)
		}
		state, trial, _ := w.state(t)
		if state != store.TrialStopped || !strings.Contains(fmt.Sprint(trial.Ended), "failed on") {
			t.Errorf("the trial is %v: %+v, %+v", state, trial.Ended, w.counts(t))
		}
		e, release, err := s.set.Acquire(t.Context(), w.b)
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		o := s.observe(e, engines.Trial{Trial: *trial}, "") // and so has a request
		s.trial, s.ended = trial.ID, ""
		if _, err := o.Score(texts(t.Context(), 0, 20)); err != nil || s.local.Errors[1] != 1 {
			t.Errorf("errors of requests: %v, %v", s.local.Errors, err)
		}
	})
}

// A text that the model cannot read is unsure, so it is no evidence about the challenger.
func TestUnreadIsNotCompared(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		storetest.Try(t, w.store, w.b, 0, 0.2)
		s := w.serve(t, false)
		ctx := scoring.WithUnread(t.Context(), func(i int) bool { return i%2 == 1 })
		s.ask(t, ctx, "", 0, 100)
		time.Sleep(2 * time.Minute)
		c := w.counts(t)
		// odd ones are negative
		if p := c.Pairs; p.Pairs == 0 || p.Right[1][1] != p.Pairs || c.Dropped > 0 {
			t.Errorf("counts = %+v", c)
		}
	})
}

// While requests are always in an engine, the challenger scores nothing, and the omitted texts are
// counted.
func TestShadowYields(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		storetest.Try(t, w.store, w.b, 0, 0.2)
		s := w.serve(t, false)
		w.hold = make(chan struct{})
		var requests sync.WaitGroup
		w.busy.Add(1)
		requests.Go(func() { s.ask(t, t.Context(), "", 0, 1) }) // not done until hold is closed
		synctest.Wait()
		e := w.direct(s)
		for i := range 50 { // others come and go meanwhile
			ctx, all := texts(t.Context(), 100+20*i, 20)
			s.gate.enter()
			score := reviews.Score{Positive: 0.9, Sentiment: reviews.Positive}
			s.scored(ctx, e, all, slices.Repeat([]reviews.Score{score}, 20), nil)
			s.gate.leave()
			time.Sleep(time.Second)
		}
		time.Sleep(2 * time.Minute)
		if n := w.read.Load(); n > 0 {
			t.Errorf("%d windows were read", n)
		}
		_, c, _ := s.Local()
		if c.Pairs.Pairs > 0 || c.Dropped < 100 {
			t.Errorf("counts = %+v, want some 200 dropped", c)
		}
		w.busy.Add(-1)
		close(w.hold)
		requests.Wait()
		before := w.read.Load()
		s.ask(t, t.Context(), "", 5000, 50)
		time.Sleep(time.Minute)
		if w.read.Load() == before {
			t.Error("nothing is read once there is time")
		}
	})
}

// direct returns an engine of the current model as requests get it.
func (w *world) direct(s *server) *observed {
	e, release, err := s.Acquire(w.t.Context(), "")
	if err != nil {
		w.t.Fatal(err)
	}
	release()
	return e.(*observed)
}

// At most the share of the tokens is scored, whatever the sample is: here all texts belong to it.
func TestShadowKeepsToItsShare(t *testing.T) {
	var s shadow
	s.reset()
	random := rand.New(rand.NewPCG(1, 2))
	tokens, read := 0, 0
	for i := range 100_000 {
		n := 3 + random.IntN(200)
		tokens += n
		s.earn(0.05 * float64(n))
		s.offer(task{text: [][]int32{make([]int32, n)}, tokens: n})
		if i%10 == 0 {
			for {
				t, ok := s.next()
				if !ok {
					break
				}
				read += t.tokens
			}
		}
	}
	t.Logf("of %d tokens the challenger is given %d, %.2f%%", tokens, read,
		100*float64(read)/float64(tokens))
	most := 0.05*float64(tokens) + maxTokens
	if float64(read) > most || float64(read) < 0.045*float64(tokens) {
		t.Errorf("read %d tokens of %d, want 5%%", read, tokens)
	}
}

// In a process that is frozen between requests, Settle scores for a bounded time, and drops the
// rest.
func TestSettle(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		storetest.Try(t, w.store, w.b, 0, 0.2)
		s := w.serve(t, true)
		s.ask(t, t.Context(), "", 0, 200) // some 40 of the sample, 10 ms each
		start := time.Now()
		did := s.Settle(t.Context())
		if took := time.Since(start); took > SettleTime+20*time.Millisecond || did.Pairs < 10 ||
			did.Dropped < 5 || did.Challenger != w.b || did.Millis != 10*float64(did.Pairs) {
			t.Errorf("Settle took %v and did %+v", took, did)
		}
		if did := s.Settle(t.Context()); did.Pairs+did.Dropped > 0 {
			t.Errorf("the next Settle did %+v", did)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // no time is left
		s.ask(t, t.Context(), "", 1000, 100)
		if did := s.Settle(ctx); did.Pairs > 0 || did.Dropped == 0 {
			t.Errorf("Settle without time did %+v", did)
		}
		if c := w.counts(t); c.Pairs.Pairs > 0 {
			t.Errorf("counts are written at once: %+v", c)
		}
		time.Sleep(time.Minute)
		s.Settle(t.Context())
		if c := w.counts(t); c.Pairs.Pairs != 0 && c.Pairs.Pairs < 10 || c.Pairs.Pairs == 0 {
			t.Errorf("counts after a minute: %+v", c)
		}
	})
}

// Servers add concurrently to the same few objects; some writes take effect without a response,
// some fail without one, and some are retried and find themselves: the sums are right.
func TestCountsAddUp(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		const servers, rounds = 20, 10
		flaky := &flakyPlace{Place: &w.place, random: rand.New(rand.NewPCG(5, 6))}
		s := store.New(flaky, nil)
		var work sync.WaitGroup
		var added atomic.Int64
		for range servers {
			work.Go(func() {
				for range rounds {
					var c Counts
					c.Pairs.Pairs, c.Requests[1] = 1, 2
					for e := newEntry("0123456789ab", c); e.add(t.Context(), s) != nil; {
						time.Sleep(time.Second)
					}
					added.Add(1)
				}
			})
		}
		work.Wait()
		c, err := readCounts(t.Context(), w.store, "0123456789ab")
		if err != nil || c.Pairs.Pairs != int(added.Load()) || c.Requests[1] != 2*c.Pairs.Pairs ||
			c.Pairs.Pairs != servers*rounds {
			t.Errorf("counts = %+v, %v, want %d", c, err, added.Load())
		}
	})
}

// flakyPlace loses the responses of some writes, and some writes.
type flakyPlace struct {
	store.Place
	mu     sync.Mutex
	random *rand.Rand
}

func (p *flakyPlace) Replace(ctx context.Context, name string, data []byte, version string) error {
	p.mu.Lock()
	x := p.random.IntN(10)
	p.mu.Unlock()
	if x == 0 {
		return errors.New("no connection")
	}
	err := p.Place.Replace(ctx, name, data, version)
	switch {
	case x == 1 && err == nil:
		return errors.New("no answer")
	case x == 2 && err == nil: // lost as well, and the store's client retries the write
		return p.Place.Replace(ctx, name, data, version)
	}
	return err
}

// A trial ends by its rule, for each of the reasons, and all servers react.
func TestStopsItself(t *testing.T) {
	right := func(text int32) float64 { return []float64{0.9, 0.1}[text%2] }
	for _, tt := range []struct {
		name  string
		spoil func(w *world)
		want  string
	}{
		{"worse", func(w *world) {
			w.p = func(graph string, text int32) float64 {
				if graph == "b" && text%11 == 0 {
					return 1 - right(text)
				}
				return right(text)
			}
		}, "agrees with the stars less often"},
		{"golden", func(w *world) { w.golden.Store(true) }, "cannot be used: "},
		{"fails", func(w *world) { w.fails.Store(true) }, "The challenger failed on "},
		{"slow", func(w *world) { w.slower = 2.5 }, "takes 2.5 times as long"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.p = func(_ string, text int32) float64 { return right(text) }
				storetest.Try(t, w.store, w.b, 0, 0.2)
				tt.spoil(w)
				s, o := w.serve(t, false), w.serve(t, false)
				hours := 0
				for ; hours < 200; hours++ {
					s.ask(t, t.Context(), "", 100*hours, 100)
					time.Sleep(2 * time.Minute)
					if state, _, _ := w.state(t); state != store.TrialRunning {
						break
					}
				}
				state, trial, p := w.state(t)
				if state != store.TrialStopped || !trial.Ended.Self ||
					!strings.Contains(trial.Ended.Why, tt.want) || p.ID != w.a {
					t.Fatalf("after %d requests the trial is %s, %+v", hours, state, trial.Ended)
				}
				time.Sleep(engines.Interval + time.Second)
				before := w.read.Load()
				s.ask(t, t.Context(), "", 500_000, 200)
				o.ask(t, t.Context(), "", 500_000, 200)
				time.Sleep(time.Minute)
				if w.read.Load() != before {
					t.Error("the challenger reads on")
				}
				if n := strings.Count(w.logged(), "trial: stopped"); n != 1 {
					t.Errorf("logged %d times:\n%s", n, w.logged())
				}
			})
		})
	}
}

// A server that may not write to the store does not assign a broken challenger either.
func TestStopsWithoutTheStore(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		storetest.Try(t, w.store, w.b, 0.5, 0.2)
		w.golden.Store(true)
		w.readOnly.Store(true)
		s := w.serve(t, false)
		for i := range 60 {
			owner := scoring.WithOwner(t.Context(), fmt.Sprint(i))
			if got := s.ask(t, owner, "", 100*i, 1); got != w.a {
				t.Fatalf("%s answers", got)
			}
			time.Sleep(10 * time.Second)
		}
		if n := strings.Count(w.logged(), "trial: stopped"); n != 1 {
			t.Errorf("logged %d times:\n%s", n, w.logged())
		}
		if report, err := s.Report(t.Context()); report != nil || err != nil {
			t.Errorf("Report = %+v, %v", report, err)
		}
	})
}

// A failure to write is logged once, however often the counts of others are read meanwhile.
func TestFailureIsLoggedOnce(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		storetest.Try(t, w.store, w.b, 0.5, 0)
		w.readOnly.Store(true)
		s := w.serve(t, false)
		for i := range 60 {
			s.ask(t, scoring.WithOwner(t.Context(), fmt.Sprint(i)), "", 0, 1)
			time.Sleep(10 * time.Second)
		}
		if n := strings.Count(w.logged(), "counts not written"); n != 1 {
			t.Errorf("logged %d times:\n%s", n, w.logged())
		}
	})
}

// A server that may not write to the store judges by the counts that it could not write, and stops
// a challenger that fails for its owners; the report has those counts as well.
func TestStopsByUnwrittenCounts(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		storetest.Try(t, w.store, w.b, 0.5, 0)
		storetest.FixTrial(t, &w.place)
		w.readOnly.Store(true)
		s := w.serve(t, false)
		for i := range 40 {
			s.ask(t, scoring.WithOwner(t.Context(), fmt.Sprint(i)), "", 0, 1)
			time.Sleep(10 * time.Second)
		}
		report, err := s.Report(t.Context())
		if err != nil || report == nil || report.Requests[0]+report.Requests[1] < 30 {
			t.Fatalf("Report = %+v, %v, want most of 40 requests", report, err)
		}
		w.fails.Store(true)
		late := 0
		for i := range 60 {
			ctx := scoring.WithOwner(t.Context(), fmt.Sprint(i))
			e, release, err := s.Acquire(ctx, "")
			if err != nil {
				t.Fatal(err)
			}
			ctx, all := texts(ctx, 0, 1)
			if _, err := e.Score(ctx, all); err != nil && i >= 30 {
				late++
			}
			release()
			time.Sleep(10 * time.Second)
		}
		if late > 0 {
			t.Errorf("after five minutes the challenger fails for %d owners", late)
		}
		if !strings.Contains(w.logged(), "The challenger failed in ") {
			t.Errorf("logged:\n%s", w.logged())
		}
		if state, _, _ := w.state(t); state != store.TrialRunning {
			t.Errorf("in the store the trial is %s", state)
		}
	})
}

// An entry whose write took effect without a response is not added to the counts a second time.
func TestUnwrittenCountsOnce(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		trial := storetest.Try(t, w.store, w.b, 0, 0.2)
		s := w.serve(t, false)
		var entered, waiting Counts
		entered.Requests[0], waiting.Requests[0] = 1, 10
		for _, written := range []bool{false, true} {
			s.trial, s.delta, s.entry = trial.ID, waiting, newEntry(trial.ID, entered)
			if written {
				if err := s.entry.add(t.Context(), w.store); err != nil {
					t.Fatal(err)
				}
			}
			all, writes, err := readWrites(t.Context(), w.store, trial.ID)
			if err != nil {
				t.Fatal(err)
			}
			s.addUnwritten(&all, trial.ID, writes)
			if all.Requests[0] != 11 {
				t.Errorf("written %v: %d requests, want 11", written, all.Requests[0])
			}
		}
		s.delta, s.entry = Counts{}, nil
	})
}

// A stop that cannot be written is written once the store recovers; in the meantime the process
// assigns the challenger to nobody.
func TestStopIsWrittenLater(t *testing.T) {
	for _, frozen := range []bool{false, true} {
		bubble(t, func(t *testing.T, w *world) {
			storetest.Try(t, w.store, w.b, 0.5, 0.2)
			w.golden.Store(true)
			w.readOnly.Store(true)
			s := w.serve(t, frozen)
			stopped := 0
			pass := func(rounds int) {
				for i := range rounds {
					owner := scoring.WithOwner(t.Context(), fmt.Sprint(i))
					if got := s.ask(t, owner, "", 100*i, 1); got != w.a {
						t.Fatalf("frozen %v: %s answers", frozen, got)
					}
					time.Sleep(10 * time.Second)
					if s.Settle(t.Context()).Stopped {
						stopped++
					}
				}
			}
			pass(60)
			if state, _, _ := w.state(t); state != store.TrialRunning || stopped > 0 {
				t.Fatalf("frozen %v: of a store that may not be written to the trial is %s, "+
					"and is stopped %d times", frozen, state, stopped)
			}
			w.readOnly.Store(false)
			pass(20)
			state, trial, _ := w.state(t)
			if state != store.TrialStopped || !trial.Ended.Self ||
				!strings.Contains(trial.Ended.Why, "cannot be used") || stopped != 1 {
				t.Errorf("frozen %v: the trial is %s, %+v, and is stopped %d times", frozen, state,
					trial.Ended, stopped)
			}
			if n := strings.Count(w.logged(), "trial: stopped"); n != 2 { // here, then for all
				t.Errorf("frozen %v: logged %d times:\n%s", frozen, n, w.logged())
			}
		})
	}
}

// The challenger does not read texts that are marked as parts of others.
func TestPartsAreNotSampled(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		storetest.Try(t, w.store, w.b, 0, 0.2)
		s := w.serve(t, false)
		s.ask(t, scoring.WithParts(t.Context()), "", 0, 100)
		time.Sleep(2 * time.Minute)
		if c := w.counts(t); c.Requests[0] != 1 || c.Pairs.Pairs+c.Dropped+c.Failed > 0 {
			t.Errorf("counts = %+v", c)
		}
	})
}

// A challenger that is not worse is ready after a day, and promoted if the operator requested that;
// requests continue without a pause.
func TestReadyAndPromoted(t *testing.T) {
	for _, auto := range []bool{false, true} {
		bubble(t, func(t *testing.T, w *world) {
			w.p = func(graph string, text int32) float64 {
				p := []float64{0.9, 0.1}[text%2]
				if graph == "a" && text%20 == 0 {
					p = 1 - p
				}
				return p
			}
			shadow, share, forever := 0.2, 0.5, 6*24*time.Hour
			_, err := w.store.Try(t.Context(), w.b, store.TrialChange{Share: &share,
				Shadow: &shadow, For: &forever, Auto: &auto})
			if err != nil {
				t.Fatal(err)
			}
			storetest.FixTrial(t, &w.place)
			s := w.serve(t, false)
			start := time.Now()
			ready := time.Duration(0)
			for i := 0; time.Since(start) < 48*time.Hour; i++ {
				s.ask(t, t.Context(), "", 200*i, 200)
				s.ask(t, scoring.WithOwner(t.Context(), fmt.Sprint(i)), "", 0, 1)
				time.Sleep(20 * time.Minute)
				if state, _, _ := w.state(t); state == store.TrialPromoted {
					ready = time.Since(start)
					break
				}
				report, err := s.Report(t.Context())
				if err != nil || report == nil {
					t.Fatalf("Report = %+v, %v", report, err)
				}
				if report.Ready && ready == 0 {
					ready = time.Since(start)
				}
				if report.Split.Off {
					t.Errorf("the split is off: %+v", report.Split)
				}
			}
			state, _, p := w.state(t)
			if ready < 24*time.Hour || ready > 26*time.Hour || auto != (p.ID == w.b) {
				t.Errorf("auto %v: ready after %v, the trial is %s, %s is current", auto, ready,
					state, p.ID)
			}
			if !auto {
				return
			}
			time.Sleep(engines.Interval + time.Second)
			if got := s.ask(t, t.Context(), "", 0, 1); got != w.b {
				t.Errorf("after the promotion %s answers", got)
			}
			if report, err := s.Report(t.Context()); report != nil || err != nil {
				t.Errorf("Report after it = %+v, %v", report, err)
			}
		})
	}
}

// A request whose engine panics, which the server survives, does not keep the challenger waiting.
func TestShadowAfterPanic(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		storetest.Try(t, w.store, w.b, 0, 0.2)
		s := w.serve(t, false)
		p := w.p
		w.p = func(string, int32) float64 { panic("engine") }
		func() {
			defer func() { recover() }()
			s.ask(t, t.Context(), "", 0, 1)
		}()
		w.p = p
		s.ask(t, t.Context(), "", 0, 200)
		time.Sleep(time.Minute)
		if w.read.Load() == 0 {
			t.Error("the challenger reads nothing after a panic")
		}
	})
}

// Counts that cannot be read are reported, and do not end the trial.
func TestDamagedCounts(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		trial := storetest.Try(t, w.store, w.b, 0, 0.2)
		s := w.serve(t, false)
		for i := range parts {
			name := fmt.Sprintf("trials/%s/%d.json", trial.ID, i)
			storetest.Put(t, &w.place, name, []byte(`{"schema": 9}`))
		}
		s.ask(t, t.Context(), "", 0, 200)
		time.Sleep(5 * time.Minute)
		if _, err := Read(t.Context(), w.store); err == nil ||
			!strings.Contains(err.Error(), "0.json: schema is 9, and this program knows 1") {
			t.Errorf("Read = %v", err)
		}
		if _, err := s.Report(t.Context()); err == nil {
			t.Error("Report of counts that cannot be read")
		}
		if state, _, _ := w.state(t); state != store.TrialRunning {
			t.Errorf("the trial is %s", state)
		}
		w.place.Fail(func(_ context.Context, name string) error {
			if strings.HasPrefix(name, "trials/") {
				return fs.ErrPermission
			}
			return nil
		})
		time.Sleep(5 * time.Minute)
		if got := s.ask(t, t.Context(), "", 0, 1); got != w.a {
			t.Errorf("%s answers", got)
		}
	})
}

// Corrected texts are scored by both models and counted for all servers, each text once.
func TestCorrect(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.p = func(graph string, _ int32) float64 {
			return map[string]float64{"a": 0.9, "b": 0.1}[graph]
		}
		s := w.serve(t, false)
		_, all := texts(t.Context(), 0, 3)
		sentiments := []reviews.Sentiment{reviews.Negative, reviews.Positive, reviews.Unsure}
		if s.Corrections() {
			t.Error("corrections are wanted without a trial")
		}
		n, err := s.Correct(t.Context(), s, w.a, all, sentiments)
		if e, ok := errors.AsType[*wire.Error](err); !ok || e.Code != wire.NotFound || n != 0 {
			t.Errorf("without a trial: %d, %v", n, err)
		}
		storetest.Try(t, w.store, w.b, 0, 0.2)
		time.Sleep(2 * engines.Interval)
		if !s.Corrections() {
			t.Error("no corrections are wanted during a trial")
		}
		n, err = s.Correct(t.Context(), s, "0123456789ab", all, sentiments)
		if e, ok := errors.AsType[*wire.Error](err); !ok || e.Code != wire.UnknownModel || n != 0 {
			t.Errorf("of a third model: %d, %v", n, err)
		}
		if n, err := s.Correct(t.Context(), s, w.a, all, sentiments); n != 3 || err != nil {
			t.Errorf("Correct = %d, %v", n, err)
		}
		_, all = texts(t.Context(), 2, 2)
		if n, err := s.Correct(t.Context(), s, w.b, all, sentiments[:2]); n != 1 || err != nil {
			t.Errorf("one text again and another: %d, %v", n, err)
		}
		time.Sleep(2 * writeInterval)
		c := w.counts(t)
		// a agrees with "positive", b with "negative"
		if c.Corrected != [2]int{3, 1} || c.Pairs.Corrected != [2][2]int{{1, 1}, {2, 0}} ||
			c.Pairs.Judged != 0 {
			t.Errorf("counts = %+v", c)
		}
		r, err := s.Report(t.Context())
		if err != nil || r.Verdict != "undecided" || r.Figures.Corrected.B != 1 {
			t.Errorf("report = %+v, %v", r, err)
		}
	})
}

// Clients that leave while the counts are read for them do not keep the trial from being judged.
func TestReportOfAClientThatLeft(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		storetest.Try(t, w.store, w.b, 0, 0.2)
		w.place.Fail(func(ctx context.Context, _ string) error { return ctx.Err() })
		w.fails.Store(true)
		s := w.serve(t, false)
		gone, leave := context.WithCancel(t.Context())
		leave()
		for i := range 10 * 60 {
			if i%60 == 0 {
				s.ask(t, t.Context(), "", 100*i, 100)
			}
			s.Report(gone)
			time.Sleep(time.Second)
		}
		if state, _, _ := w.state(t); state != store.TrialStopped {
			t.Errorf("the trial is %s, and its challenger fails\n%s", state, w.logged())
		}
	})
}

// A server that has not noticed yet that the operator withdrew the promotion does not promote.
func TestWithdrawnPromotion(t *testing.T) {
	for _, auto := range []bool{true, false} {
		bubble(t, func(t *testing.T, w *world) {
			trial := storetest.Try(t, w.store, w.b, 0, 0.2)
			data, err := json.Marshal(part{Schema: partSchema, Counts: judged(3000, 60, 20)})
			if err != nil {
				t.Fatal(err)
			}
			storetest.Put(t, &w.place, fmt.Sprintf("trials/%s/0.json", trial.ID), data)
			s := w.serve(t, false)
			time.Sleep(readyAfter + time.Hour)
			if _, err := w.store.Try(t.Context(), w.b, store.TrialChange{Auto: &auto}); err != nil {
				t.Fatal(err)
			}
			seen, ok := s.running()
			if !ok || seen.Auto {
				t.Fatalf("the server has %+v, %v", seen, ok)
			}
			seen.Auto = true
			s.judge(t.Context(), seen)
			want := map[bool]store.TrialState{true: store.TrialPromoted, false: store.TrialRunning}
			if state, _, _ := w.state(t); state != want[auto] {
				t.Errorf("auto is %v, and the trial is %s", auto, state)
			}
		})
	}
}

// A model is released also after a panic of its engine, which the server survives.
func TestCorrectAfterPanic(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		storetest.Try(t, w.store, w.b, 0, 0.2)
		s := w.serve(t, false)
		w.p = func(string, int32) float64 { panic("engine") }
		held := &holding{Models: s}
		_, all := texts(t.Context(), 0, 1)
		func() {
			defer func() { recover() }()
			s.Correct(t.Context(), held, w.a, all, []reviews.Sentiment{reviews.Negative})
			t.Error("Correct did not reach the engine")
		}()
		if held.n != 0 {
			t.Errorf("%d models are held", held.n)
		}
	})
}

// holding counts the models that are held.
type holding struct {
	scoring.Models
	n int
}

func (h *holding) Acquire(ctx context.Context, id string) (scoring.Engine, func(), error) {
	e, release, err := h.Models.Acquire(ctx, id)
	h.n++
	return e, func() { h.n--; release() }, err
}
