package engines_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
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

// fakes opens engines that do nothing, and records how they are used.
type fakes struct {
	t      *testing.T
	mu     sync.Mutex
	refuse map[string]error // by graph
	takes  time.Duration    // to open
	opens  map[string]int   // attempts, by graph
	open   []*fake
}

type fake struct {
	owner *fakes
	model *model.Model
	graph string
	users int // requests between Acquire and release
	gone  bool
}

func (f *fakes) Open(ctx context.Context, m *model.Model) (engines.Engine, error) {
	graph := string(m.ONNX)
	f.mu.Lock()
	f.opens[graph]++
	err, takes := f.refuse[graph], f.takes
	f.mu.Unlock()
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	e := &fake{owner: f, model: m, graph: strings.Clone(graph)}
	f.open = append(f.open, e)
	return e, nil
}

func (f *fakes) set(graph string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refuse[graph] = err
}

func (f *fakes) attempts(graph string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.opens[graph]
}

func (e *fake) Model() *model.Model { return e.model }

func (e *fake) Windows(dst [][]int32, text []byte) ([][]int32, bool, error) { return dst, false, nil }

func (e *fake) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	e.use(1)
	defer e.use(-1)
	time.Sleep(7 * time.Millisecond)
	return nil, ctx.Err()
}

func (*fake) Aspects(_ context.Context, texts [][][]int32) ([][]aspects.Span, error) {
	return make([][]aspects.Span, len(texts)), nil
}

func (e *fake) use(n int) {
	e.owner.mu.Lock()
	defer e.owner.mu.Unlock()
	if e.gone {
		e.owner.t.Errorf("%s is used after it was closed", e.graph)
	}
	e.users += n
}

func (e *fake) Close() error {
	e.owner.mu.Lock()
	defer e.owner.mu.Unlock()
	if e.gone || e.users > 0 {
		e.owner.t.Errorf("%s is closed: before %v, with %d requests", e.graph, e.gone, e.users)
	}
	e.gone = true
	e.owner.open = slices.DeleteFunc(e.owner.open, func(o *fake) bool { return o == e })
	return nil
}

// world is a store and the engines opened from it.
type world struct {
	*fakes
	place storetest.Memory
	store *store.Store
	log   strings.Builder
}

// bubble runs a test in which time advances as soon as all goroutines block.
func bubble(t *testing.T, test func(t *testing.T, w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{fakes: &fakes{t: t, refuse: make(map[string]error), opens: make(map[string]int)}}
		w.store = store.New(&w.place, nil)
		test(t, w)
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.open) > 0 {
			t.Errorf("%d engines were never closed", len(w.open))
		}
	})
}

func (w *world) start(t *testing.T) *engines.Set {
	s := engines.Start(engines.Options{Store: store.New(&w.place, nil), Open: w.Open, Log: slog.New(slog.NewTextHandler(&w.log, nil))})
	s.Ready(t.Context())
	return s
}

// id acquires and releases a model, and returns its ID or the error's code.
func id(t *testing.T, s *engines.Set, ask string) string {
	t.Helper()
	e, release, err := s.Acquire(t.Context(), ask)
	if err != nil {
		w, ok := errors.AsType[*wire.Error](err)
		if !ok {
			t.Fatalf("Acquire(%q) = %v, want a *wire.Error", ask, err)
		}
		return string(w.Code)
	}
	defer release()
	return e.Model().Manifest.ID
}

func TestPointerIsFollowed(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := storetest.Publish(t, w.store, "a"), storetest.Publish(t, w.store, "b")
		storetest.Activate(t, w.store, a)
		s := w.start(t)
		defer s.Close()
		if got := id(t, s, ""); got != a || !slices.Equal(s.IDs(), []string{a, b}) {
			t.Errorf("current is %s of %v, want %s", got, s.IDs(), a)
		}
		storetest.Activate(t, w.store, b)
		time.Sleep(engines.Interval + time.Second)
		if got := id(t, s, ""); got != b || s.IDs()[0] != b {
			t.Errorf("current is %s of %v, want %s", got, s.IDs(), b)
		}
		if got := id(t, s, a); got != a {
			t.Errorf("Acquire of the one before = %s", got)
		}
		time.Sleep(4 * engines.Interval)
		if st := s.Status(); !slices.Equal(st.Open, []string{b}) || st.Current != b || st.Err != nil {
			t.Errorf("a long time later: %+v, want %s alone", st, b)
		}
		if _, err := w.store.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(engines.Interval + time.Second)
		if got := id(t, s, ""); got != a {
			t.Errorf("after the rollback, current is %s, want %s", got, a)
		}
		if got := id(t, s, "nonsense"); got != string(wire.UnknownModel) {
			t.Errorf("Acquire(nonsense) = %s", got)
		}
	})
}

// A model that fails never serves, the previous one continues to serve, and retries become rarer.
func TestBrokenModelNeverServes(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(t *testing.T, w *world, b string)
	}{
		{"golden scores differ", func(t *testing.T, w *world, b string) { w.set("b", errors.New("golden text 0 scores 0.1, want 0.9")) }},
		{"wrong bytes", func(t *testing.T, w *world, b string) { storetest.Put(t, &w.place, b+"/model.onnx", []byte("x")) }},
		{"file is missing", func(t *testing.T, w *world, b string) {
			w.place.Fail(func(_ context.Context, name string) error {
				if name == b+"/model.onnx" {
					return fs.ErrNotExist
				}
				return nil
			})
		}},
		{"store fails", func(t *testing.T, w *world, b string) {
			w.place.Fail(func(_ context.Context, name string) error {
				if strings.HasPrefix(name, b) {
					return errors.New("503")
				}
				return nil
			})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				a, b := storetest.Publish(t, w.store, "a"), storetest.Publish(t, w.store, "b")
				storetest.Activate(t, w.store, a)
				s := w.start(t)
				defer s.Close()
				storetest.Activate(t, w.store, b)
				tt.spoil(t, w, b)
				for range 60 {
					time.Sleep(engines.Interval)
					if got := id(t, s, ""); got != a {
						t.Fatalf("current is %s, want %s", got, a)
					}
				}
				if n := w.attempts("b"); n > 8 {
					t.Errorf("tried %d times in half an hour", n)
				}
				if st := s.Status(); st.Current != a || st.Wanted != b || st.Err == nil || !s.Stale() {
					t.Errorf("Status = %+v, want %s wanted and why it does not serve", st, b)
				}
				if n := strings.Count(w.log.String(), "model not usable"); n != 1 {
					t.Errorf("logged %d times, want once:\n%s", n, w.log.String())
				}
				if got := id(t, s, b); got != string(wire.NotReady) {
					t.Errorf("Acquire of the broken one = %s", got)
				}
			})
		})
	}
}

func TestRepairedModelServes(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := storetest.Publish(t, w.store, "a"), storetest.Publish(t, w.store, "b")
		storetest.Activate(t, w.store, a)
		storetest.Activate(t, w.store, b)
		w.set("b", errors.New("not yet"))
		s := w.start(t) // starts with a broken pointer: with the previous model
		defer s.Close()
		if got := id(t, s, ""); got != a {
			t.Errorf("current is %s, want the one before, %s", got, a)
		}
		w.set("b", nil)
		time.Sleep(3 * engines.Interval)
		if st := s.Status(); st.Current != b || st.Err != nil || s.Stale() {
			t.Errorf("Status = %+v, want %s", st, b)
		}
	})
}

func TestStartWithNothing(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.place.Fail(func(context.Context, string) error { return errors.New("secret-bucket is down") })
		s := w.start(t)
		defer s.Close()
		if err := s.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "is down") {
			t.Errorf("Ready = %v", err)
		}
		_, _, err := s.Acquire(t.Context(), "")
		if e, ok := errors.AsType[*wire.Error](err); !ok || e.Code != wire.NotReady || strings.Contains(e.Detail, "secret") || len(s.IDs()) > 0 {
			t.Errorf("Acquire = %v; IDs = %v", err, s.IDs())
		}
		time.Sleep(time.Hour)
		w.place.Fail(nil)
		a := storetest.Publish(t, w.store, "a")
		storetest.Activate(t, w.store, a)
		time.Sleep(engines.Interval + time.Second)
		if got := id(t, s, ""); got != a {
			t.Errorf("current is %s, want %s", got, a)
		}
	})
}

func TestPointerToNoModel(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a := storetest.Publish(t, w.store, "a")
		storetest.Activate(t, w.store, a)
		s := w.start(t)
		defer s.Close()
		storetest.Put(t, &w.place, store.PointerName, []byte(`{"id": "0123456789ab"}`))
		time.Sleep(3 * engines.Interval)
		if st := s.Status(); st.Current != a || st.Err == nil {
			t.Errorf("Status = %+v", st)
		}
	})
}

func TestFolderIsReplaced(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		put := func(graph string) (id string) {
			files, id := storetest.Files(t, graph)
			for name, content := range files {
				storetest.Put(t, &w.place, name, content)
			}
			return id
		}
		a := put("a")
		s := w.start(t)
		defer s.Close()
		if got := id(t, s, ""); got != a {
			t.Errorf("current is %s, want %s", got, a)
		}
		b := put("b")
		time.Sleep(engines.Interval + time.Second)
		if got := id(t, s, ""); got != b || !slices.Equal(s.IDs(), []string{b}) {
			t.Errorf("current is %s of %v, want %s", got, s.IDs(), b)
		}
	})
}

func TestManyModels(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		var ids []string
		for i := range 8 {
			ids = append(ids, storetest.Publish(t, w.store, fmt.Sprint("graph ", i)))
		}
		storetest.Activate(t, w.store, ids[0])
		s := w.start(t)
		defer s.Close()
		if got := s.IDs(); len(got) != 8 || got[0] != ids[0] {
			t.Errorf("IDs = %v", got)
		}
		for range 3 {
			for _, want := range ids {
				if got := id(t, s, want); got != want {
					t.Errorf("Acquire(%s) = %s", want, got)
				}
				if open := s.Status().Open; len(open) > 4 || !slices.Contains(open, ids[0]) {
					t.Errorf("open are %v, want the current one and at most 3 more", open)
				}
			}
		}
		var releases []func()
		for _, id := range ids[1:4] {
			_, release, err := s.Acquire(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			releases = append(releases, release)
		}
		if got := id(t, s, ids[5]); got != string(wire.Overloaded) {
			t.Errorf("Acquire of one more than fits = %s", got)
		}
		if got := id(t, s, ""); got != ids[0] {
			t.Errorf("current is %s", got)
		}
		releases[1]()
		releases[1]() // a second release has no effect
		if got := id(t, s, ids[5]); got != ids[5] {
			t.Errorf("Acquire with room = %s", got)
		}
		releases[0]()
		releases[2]()
	})
}

// A request that may open no model gets the open ones, the current one among them.
func TestOpenOnly(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := storetest.Publish(t, w.store, "a"), storetest.Publish(t, w.store, "b")
		storetest.Activate(t, w.store, a)
		s := w.start(t)
		defer s.Close()
		ctx := scoring.WithOpenOnly(t.Context())
		ask := func(id string) string {
			e, release, err := s.Acquire(ctx, id)
			if refusal, ok := errors.AsType[*wire.Error](err); ok {
				return string(refusal.Code)
			}
			if err != nil {
				t.Fatal(err)
			}
			defer release()
			return e.Model().Manifest.ID
		}
		for _, tt := range []struct{ id, want string }{
			{"", a}, {a, a}, {b, string(wire.Unauthorized)},
			{"0123456789ab", string(wire.UnknownModel)},
		} {
			if got := ask(tt.id); got != tt.want {
				t.Errorf("Acquire(%q) = %s, want %s", tt.id, got, tt.want)
			}
		}
		if n := w.attempts("b"); n != 0 {
			t.Errorf("the other was opened %d times", n)
		}
		id(t, s, b) // opens it
		if got := ask(b); got != b {
			t.Errorf("Acquire(%s) = %s once it is open", b, got)
		}
	})
}

func TestSlowModelIsWaitedForAWhile(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := storetest.Publish(t, w.store, "a"), storetest.Publish(t, w.store, "b")
		storetest.Activate(t, w.store, a)
		s := w.start(t)
		defer s.Close()
		w.mu.Lock()
		w.takes = 15 * time.Second
		w.mu.Unlock()
		start := time.Now()
		var requests sync.WaitGroup
		for range 5 {
			requests.Go(func() {
				if got := id(t, s, b); got != string(wire.NotReady) {
					t.Errorf("Acquire = %s, want not-ready", got)
				}
			})
		}
		requests.Wait()
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("waited %v", took)
		}
		if got := id(t, s, b); got != b || w.attempts("b") != 1 {
			t.Errorf("Acquire = %s after %d attempts to open", got, w.attempts("b"))
		}
	})
}

// Requests of every kind continue while the current model changes repeatedly; each gets a response,
// from an open engine. The race detector checks it.
func TestReloadUnderLoad(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.takes = 300 * time.Millisecond
		var ids []string
		for i := range 3 {
			ids = append(ids, storetest.Publish(t, w.store, fmt.Sprint("graph ", i)))
		}
		storetest.Activate(t, w.store, ids[0])
		s := w.start(t)
		ctx, stop := context.WithCancel(t.Context())
		var clients sync.WaitGroup
		var answered [4]int
		for c := range 4 {
			clients.Go(func() {
				for ctx.Err() == nil {
					ask := ""
					if c == 1 {
						ask = ids[0] // pinned
					}
					e, release, err := s.Acquire(t.Context(), ask)
					if err != nil {
						t.Errorf("client %d: %v", c, err)
						return
					}
					if _, err := e.Score(context.Background(), nil); err != nil {
						t.Errorf("client %d: %v", c, err)
					}
					release()
					answered[c]++
					time.Sleep(time.Duration(c*90+1) * time.Millisecond)
				}
			})
		}
		for i := range 20 {
			storetest.Activate(t, w.store, ids[(i+1)%3])
			time.Sleep(engines.Interval)
		}
		stop()
		clients.Wait()
		s.Close()
		if slices.Min(answered[:]) < 1000 || strings.Count(w.log.String(), "model is current") < 20 {
			t.Errorf("answered %v; log:\n%s", answered, w.log.String())
		}
	})
}

// The challenger of a trial stays open alongside the current model, and is closed after the trial.
func TestTrialIsFollowed(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := storetest.Publish(t, w.store, "a"), storetest.Publish(t, w.store, "b")
		storetest.Activate(t, w.store, a)
		s := w.start(t)
		defer s.Close()
		if trial, ok := s.Trial(); ok {
			t.Errorf("Trial = %+v before there is one", trial)
		}
		want := storetest.Try(t, w.store, b, 0.1, 0.05)
		time.Sleep(8 * engines.Interval)
		trial, ok := s.Trial()
		if st := s.Status(); !ok || !trial.Ready || trial.ID != want.ID ||
			len(st.Open) != 2 || st.Current != a {
			t.Errorf("Trial = %+v, %v; Status = %+v: want both open", trial, ok, st)
		}
		// If the trial cannot be read, the known one continues until its end.
		storetest.Put(t, &w.place, store.TrialName, []byte("{"))
		time.Sleep(2 * engines.Interval)
		if trial, ok := s.Trial(); !ok || trial.ID != want.ID ||
			strings.Count(w.log.String(), "trial not readable") != 1 {
			t.Errorf("Trial = %+v, %v; log:\n%s", trial, ok, w.log.String())
		}
		time.Sleep(7 * 24 * time.Hour)
		if trial, ok := s.Trial(); ok || len(s.Status().Open) != 1 {
			t.Errorf("Trial after its time = %+v; open are %v", trial, s.Status().Open)
		}
	})
}

// After a promotion, the challenger serves without being opened again, and runs that name the
// previous model continue.
func TestPromotedWithoutPause(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := storetest.Publish(t, w.store, "a"), storetest.Publish(t, w.store, "b")
		storetest.Activate(t, w.store, a)
		storetest.Try(t, w.store, b, 0, 0.05)
		s := w.start(t)
		defer s.Close()
		time.Sleep(engines.Interval)
		if _, err := w.store.Promote(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(engines.Interval + time.Second)
		if _, ok := s.Trial(); ok || id(t, s, "") != b || id(t, s, a) != a || w.attempts("b") != 1 {
			t.Errorf("trial %v, current %s, opened %d times", ok, id(t, s, ""), w.attempts("b"))
		}
	})
}

// A challenger that does not reproduce its golden scores is abandoned at once; one that cannot be
// fetched is retried some times first.
func TestBrokenChallenger(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(t *testing.T, w *world, b string)
		after time.Duration
	}{
		{"golden scores differ", func(t *testing.T, w *world, b string) {
			w.set("b", errors.New("golden"))
		}, 0},
		{"wrong bytes", func(t *testing.T, w *world, b string) {
			storetest.Put(t, &w.place, b+"/model.onnx", []byte("x"))
		}, 5 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				a, b := storetest.Publish(t, w.store, "a"), storetest.Publish(t, w.store, "b")
				storetest.Activate(t, w.store, a)
				storetest.Try(t, w.store, b, 0.5, 0.05)
				tt.spoil(t, w, b)
				s := w.start(t)
				defer s.Close()
				start := time.Now()
				for {
					synctest.Wait()
					trial, ok := s.Trial()
					if !ok || trial.Ready {
						t.Fatalf("Trial = %+v, %v", trial, ok)
					}
					if trial.Err != nil {
						break
					}
					time.Sleep(time.Second)
				}
				if took := time.Since(start); took > tt.after+time.Second || took < tt.after/2 {
					t.Errorf("given up after %v, want some %v", took, tt.after)
				}
				if got := id(t, s, ""); got != a {
					t.Errorf("current is %s", got)
				}
			})
		})
	}
}

// A cancelled request stops waiting for its model.
func TestAcquireEndsWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := storetest.Publish(t, w.store, "a"), storetest.Publish(t, w.store, "b")
		storetest.Activate(t, w.store, a)
		s := w.start(t)
		defer s.Close()
		w.mu.Lock()
		w.takes = 5 * time.Second
		w.mu.Unlock()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, _, err := s.Acquire(ctx, b)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("Acquire = %v after %v", err, time.Since(start))
		}
	})
}
