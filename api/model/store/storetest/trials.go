package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"reviewlens/api/model/store"
	"reviewlens/api/wire"
)

// Try starts or changes a trial.
func Try(t testing.TB, s *store.Store, id string, share, shadow float64) *store.Trial {
	t.Helper()
	trial, err := s.Try(t.Context(), id, store.TrialChange{Share: &share, Shadow: &shadow})
	if err != nil {
		t.Fatalf("Try(%s) = %v", id, err)
	}
	return trial
}

// trialID is the ID set by FixTrial.
const trialID = "0123456789ab"

// FixTrial gives the trial of a place an ID that is the same in each run of a test, which fixes the
// owners that get the challenger.
func FixTrial(t testing.TB, p store.Place) {
	t.Helper()
	trial, err := store.New(p, nil).Trial(t.Context())
	if err != nil || trial == nil {
		t.Fatalf("Trial = %+v, %v", trial, err)
	}
	trial.ID = trialID
	data, err := json.Marshal(trial)
	if err != nil {
		t.Fatal(err)
	}
	Put(t, p, store.TrialName, data)
}

// testTrials tests a Store's handling of trial.json in any Place.
func testTrials(t *testing.T, empty newPlace) {
	runAll(t, empty, []subtest{
		{"a share that rises keeps the trial", testRisingShare},
		{"promoted, rolled back, stopped", testTrialEnds},
		{"mistakes change nothing", testTrialMistakes},
		{"a store without a pointer, a folder of one model", testTrialWithoutModels},
		{"of two operators one wins", testConcurrentTry},
		{"a trial that is none", testWrongTrial},
		{"counts are replaced by their version", testTrialCounts},
		{"other ways to read a text", testOtherTokenizer},
		{"a challenger that predicts less", testLacksStars},
	})
}

// trialStore is a store of three models, of which a is current.
type trialStore struct {
	*store.Store
	place   store.Place
	a, b, c string // IDs
}

func newTrialStore(t *testing.T, empty newPlace) *trialStore {
	t.Helper()
	p := empty(t)
	s := store.New(p, nil)
	a, b, c := Publish(t, s, "a"), Publish(t, s, "b"), Publish(t, s, "c")
	Activate(t, s, a)
	return &trialStore{s, p, a, b, c}
}

// state returns the state of the trial, which must exist.
func (s *trialStore) state(t *testing.T) store.TrialState {
	t.Helper()
	p, err := s.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	trial, err := s.Trial(t.Context())
	if err != nil || trial == nil {
		t.Fatalf("Trial = %+v, %v", trial, err)
	}
	return trial.State(p, time.Now())
}

func testRisingShare(t *testing.T, empty newPlace) {
	s := newTrialStore(t, empty)
	if trial, err := s.Trial(t.Context()); trial != nil || err != nil {
		t.Errorf("Trial of a store without one = %+v, %v", trial, err)
	}
	first, err := s.Try(t.Context(), s.b, store.TrialChange{})
	if err != nil || first.Share != 0 || first.Shadow != 0.05 || first.Pointer.ID != s.a ||
		first.Until.Sub(first.Since) != 7*24*time.Hour {
		t.Fatalf("Try = %+v, %v; want nobody to see it for a week", first, err)
	}
	next := Try(t, s.Store, s.b, 0.1, 0.05)
	if next.ID != first.ID || next.Step != 1 || !next.Since.Equal(first.Since) {
		t.Errorf("Try again = %+v, want the same trial as %+v", next, first)
	}
	if kept, err := s.Trial(t.Context()); err != nil || *kept != *next {
		t.Errorf("Trial = %+v, %v, want %+v", kept, err, next)
	}
	if got := s.state(t); got != store.TrialRunning {
		t.Errorf("state = %s", got)
	}
}

func testTrialEnds(t *testing.T, empty newPlace) {
	s := newTrialStore(t, empty)
	first := Try(t, s.Store, s.b, 0.1, 0)
	if _, err := s.Promote(t.Context(), "0123456789ab"); err == nil {
		t.Error("another trial's ID promotes")
	}
	if p, err := s.Promote(t.Context(), first.ID); err != nil || p.ID != s.b || p.Previous != s.a {
		t.Fatalf("Promote = %+v, %v", p, err)
	}
	if got := s.state(t); got != store.TrialPromoted {
		t.Errorf("state = %s", got)
	}
	_, err := s.Promote(t.Context(), "")
	if !errorContains(err, "is over: the model is current now") {
		t.Errorf("Promote again = %v", err)
	}
	Activate(t, s.Store, s.c)
	if got := s.state(t); got != store.TrialReplaced {
		t.Errorf("state once another is current = %s", got)
	}
	second := Try(t, s.Store, s.b, 0.1, 0)
	if second.ID == first.ID {
		t.Error("a trial after the end of another has its ID")
	}
	stopped, err := s.StopTrial(t.Context(), "", store.Ending{})
	if err != nil || stopped.Ended == nil || stopped.Ended.Why == "" {
		t.Fatalf("StopTrial = %+v, %v", stopped, err)
	}
	if got := s.state(t); got != store.TrialStopped {
		t.Errorf("state = %s", got)
	}
	_, err = s.StopTrial(t.Context(), "", store.Ending{})
	over, ok := errors.AsType[*store.NotRunning](err)
	if !ok || over.State != store.TrialStopped {
		t.Errorf("StopTrial again = %v", err)
	}
}

func testTrialMistakes(t *testing.T, empty newPlace) {
	s := newTrialStore(t, empty)
	running := Try(t, s.Store, s.b, 0.1, 0.05)
	for _, tt := range []struct {
		name, id string
		change   store.TrialChange
		want     string
	}{
		{"unknown", "0123456789ab", store.TrialChange{},
			"has no model 0123456789ab, or only a part"},
		{"no id", "../../x", store.TrialChange{}, "is not a model's id"},
		{"current", s.a, store.TrialChange{}, "is the current model"},
		{"another trial", s.c, store.TrialChange{}, "a trial of " + s.b + " runs; stop it"},
		{"half", s.b, store.TrialChange{Share: new(0.51)},
			"the share is 51%; a trial gives the challenger 0% to 50%"},
		{"negative", s.b, store.TrialChange{Share: new(-0.1)}, "the share is -10%"},
		{"shadow", s.b, store.TrialChange{Shadow: new(0.3)}, "the shadow is 30%"},
		{"nothing", s.b, store.TrialChange{Share: new(0.0), Shadow: new(0.0)},
			"nothing would be tried"},
		{"past", s.b, store.TrialChange{For: new(-2 * time.Hour)},
			"would end in the past, 2h0m0s ago"},
		{"long", s.b, store.TrialChange{For: new(9999 * time.Hour)}, "would last 9999h0m0s"},
	} {
		if _, err := s.Try(t.Context(), tt.id, tt.change); !errorContains(err, tt.want) {
			t.Errorf("%s: Try = %v, want %q", tt.name, err, tt.want)
		}
		if kept, err := s.Trial(t.Context()); err != nil || *kept != *running {
			t.Fatalf("%s: the trial is now %+v, %v", tt.name, kept, err)
		}
	}
	Put(t, s.place, s.c+"/model.onnx", []byte("x"))
	if _, err := s.StopTrial(t.Context(), running.ID, store.Ending{}); err != nil {
		t.Fatal(err)
	}
	_, err := s.Try(t.Context(), s.c, store.TrialChange{})
	if !errorContains(err, "model.onnx has 1 bytes, want 1") &&
		!errorContains(err, "model.onnx has SHA-256") {
		t.Errorf("Try of a damaged model = %v", err)
	}
}

func testTrialWithoutModels(t *testing.T, empty newPlace) {
	p := empty(t)
	s := store.New(p, nil)
	b := Publish(t, s, "b")
	_, err := s.Try(t.Context(), b, store.TrialChange{})
	if !errorContains(err, "no current model to try") {
		t.Errorf("Try = %v", err)
	}
	one := empty(t)
	files, id := Files(t, "a")
	for name, content := range files {
		Put(t, one, name, content)
	}
	_, err = store.New(one, nil).Try(t.Context(), id, store.TrialChange{})
	if !errorContains(err, "one model's folder") {
		t.Errorf("Try in a model's folder = %v", err)
	}
}

func testConcurrentTry(t *testing.T, empty newPlace) {
	s := newTrialStore(t, empty)
	var won, lost atomic.Int32
	var operators sync.WaitGroup
	for i := range 8 {
		operators.Go(func() {
			_, err := store.New(s.place, nil).Try(t.Context(), []string{s.b, s.c}[i%2],
				store.TrialChange{})
			switch {
			case err == nil:
				won.Add(1)
			case errors.Is(err, store.ErrChanged),
				strings.Contains(err.Error(), "stop it before"):
				lost.Add(1)
			default:
				t.Errorf("Try = %v", err)
			}
		})
	}
	operators.Wait()
	if won.Load() < 1 || won.Load()+lost.Load() != 8 || s.state(t) != store.TrialRunning {
		t.Errorf("%d won, %d lost, the trial is %s", won.Load(), lost.Load(), s.state(t))
	}
}

func testWrongTrial(t *testing.T, empty newPlace) {
	const id = `"0123456789ab"`
	for content, want := range map[string]string{
		`null`:          "it is empty; delete it to end the trial",
		`{"schema": 2}`: "schema is 2, and this program knows 1; use a newer program",
		`{}`:            "schema is 0, want 1; delete it to end the trial",
		`{"schema": 1, "id": ` + id + `, "model": "../x"}`: `"../x"`,
		`{"schema": 1, "id": ` + id + `, "model": ` + id + `, "pointer": {"id": ` + id +
			`}, "share": 0.9}`: "share and shadow are 0.9",
		`{`: "unexpected end of JSON input; delete it to end the trial",
	} {
		s := newTrialStore(t, empty)
		Put(t, s.place, store.TrialName, []byte(content))
		trial, err := s.Trial(t.Context())
		if !errorContains(err, want) {
			t.Errorf("Trial of %s = %+v, %v, want %q", content, trial, err, want)
		}
		if _, err := s.Try(t.Context(), s.b, store.TrialChange{}); err == nil {
			t.Errorf("Try over %s works", content)
		}
	}
}

func testTrialCounts(t *testing.T, empty newPlace) {
	s := newTrialStore(t, empty)
	const trial = "0123456789ab"
	data, version, err := s.TrialCounts(t.Context(), trial, 3)
	if data != nil || version != "" || err != nil {
		t.Fatalf("TrialCounts of none = %q, %q, %v", data, version, err)
	}
	for i := range 3 { // longer than a pointer may be
		want := strings.Repeat(fmt.Sprint(i), 20<<10)
		err := s.ReplaceTrialCounts(t.Context(), trial, 3, []byte(want), version)
		if err != nil {
			t.Fatal(err)
		}
		err = s.ReplaceTrialCounts(t.Context(), trial, 3, nil, version)
		if !errors.Is(err, store.ErrChanged) {
			t.Errorf("ReplaceTrialCounts of an old version = %v", err)
		}
		data, version, err = s.TrialCounts(t.Context(), trial, 3)
		if string(data) != want || err != nil {
			t.Fatalf("TrialCounts = %.20q, %v", data, err)
		}
	}
}

func testLacksStars(t *testing.T, empty newPlace) {
	s := newTrialStore(t, empty)
	files, stars := filesOf(t, "stars", vocab, func(m *wire.Manifest, _ map[string][]byte) {
		m.Stars = &wire.Stars{Temperature: 1, Bias: make([]float64, 5)}
	})
	for name, content := range files {
		Put(t, s.place, stars+"/"+name, content)
	}
	Try(t, s.Store, stars, 0, 0.05) // it predicts more
	Activate(t, s.Store, stars)
	_, err := s.Try(t.Context(), s.a, store.TrialChange{})
	if !errorContains(err, s.a+" lacks stars, which the current model "+stars+" predicts") {
		t.Errorf("Try of one without stars = %v", err)
	}
}

func testOtherTokenizer(t *testing.T, empty newPlace) {
	s := newTrialStore(t, empty)
	other := variant(t, s.place, "other")
	_, err := s.Try(t.Context(), other, store.TrialChange{})
	if !errorContains(err, other+" has another tokenizer than the current model") {
		t.Errorf("Try of another tokenizer = %v", err)
	}
	files, reads := filesOf(t, "emoji", vocab, func(m *wire.Manifest, _ map[string][]byte) {
		m.Tokenizer.Emoji = wire.EmojiNames
	})
	for name, content := range files {
		Put(t, s.place, reads+"/"+name, content)
	}
	_, err = s.Try(t.Context(), reads, store.TrialChange{})
	if !errorContains(err, reads+" has another tokenizer than the current model") {
		t.Errorf("Try of one that reads emoji = %v", err)
	}
	Try(t, s.Store, s.b, 0, 0.05)
}
