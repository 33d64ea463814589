package infer_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"reviewlens/api/infer"
	"reviewlens/api/infer/infertest"
	"reviewlens/api/model"
	"reviewlens/api/wire"
	"reviewlens/reviews/aspects"
)

// tagged has the spans that Python finds in a text (build/model/random_aspects.py).
type tagged struct {
	Text  string
	Spans []struct {
		Window, First, Tokens int
		Polarity              string
		Probability           float64
	}
}

func openAspects(t *testing.T) (*infer.Engine, *model.Model, []tagged) {
	raw, err := os.ReadFile("testdata/aspects/spans.json")
	if err != nil {
		t.Fatal(err)
	}
	var want []tagged
	if err := json.Unmarshal(raw, &want); err != nil || len(want) < 5 {
		t.Fatalf("spans.json: %v, %d texts", err, len(want))
	}
	e := infertest.Open(t, "testdata/aspects")
	return e, e.Model(), want
}

func cut(t *testing.T, e *infer.Engine, texts ...string) (windows [][][]int32) {
	t.Helper()
	for _, text := range texts {
		w, _, err := e.Windows(nil, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		windows = append(windows, w)
	}
	return windows
}

// The spans are those that Python finds, alone and in a batch; uncertain ones are dropped.
func TestAspects(t *testing.T) {
	e, m, want := openAspects(t)
	texts := []string{"", want[0].Text}
	for _, w := range want {
		texts = append(texts, w.Text)
	}
	windows := cut(t, e, texts...)
	before, err := e.Score(t.Context(), windows)
	if err != nil {
		t.Fatal(err)
	}
	found, err := e.Aspects(t.Context(), windows)
	if err != nil {
		t.Fatal(err)
	}
	after, err := e.Score(t.Context(), windows)
	if err != nil || !slices.Equal(before, after) {
		t.Errorf("scores with the aspect model are %v, %v, without %v", after, err, before)
	}
	if len(found[0]) > 0 || !reflect.DeepEqual(found[1], found[2]) {
		t.Errorf("no text has %v, equal texts %v and %v", found[0], found[1], found[2])
	}
	further := 0
	for i, w := range want {
		got := found[i+2]
		alone, err := e.Aspects(t.Context(), windows[i+2:i+3])
		if err != nil || !reflect.DeepEqual(alone[0], got) {
			t.Errorf("%.40q alone: %v, %v, in company %v", w.Text, alone, err, got)
		}
		for _, s := range w.Spans {
			if s.Probability < m.Aspects.Certain {
				continue
			}
			if len(got) == 0 || got[0].Window != s.Window || got[0].First != s.First ||
				got[0].Tokens != s.Tokens || got[0].Polarity.String() != s.Polarity ||
				math.Abs(float64(got[0].Probability)-s.Probability) > 1e-4 {
				t.Fatalf("%.40q: %+v, Python finds %+v", w.Text, got, s)
			}
			got = got[1:]
			further += s.Window
		}
		if len(got) > 0 {
			t.Errorf("%.40q: %+v is not found by Python", w.Text, got)
		}
	}
	if further == 0 {
		t.Error("no span is in a second window")
	}
}

// The aspect model is opened by the first caller, and only once.
func TestAspectsAtOnce(t *testing.T) {
	e, _, want := openAspects(t)
	windows := cut(t, e, want[len(want)-1].Text, want[2].Text)
	var calls sync.WaitGroup
	results := make([][][]aspects.Span, 8)
	for i := range results {
		calls.Go(func() {
			var err error
			if results[i], err = e.Aspects(t.Context(), windows); err != nil {
				t.Error(err)
			}
			if _, err := e.Score(t.Context(), windows); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	for _, r := range results[1:] {
		if !reflect.DeepEqual(r, results[0]) {
			t.Errorf("%v, and %v", r, results[0])
		}
	}
}

func TestAspectsRefuse(t *testing.T) {
	plain := infertest.Open(t, "testdata/stars")
	_, err := plain.Aspects(t.Context(), nil)
	if e, ok := errors.AsType[*wire.Error](err); !ok || e.Code != wire.BadParameter ||
		!strings.Contains(e.Detail, "has no aspect model") {
		t.Errorf("Aspects of a model without = %v", err)
	}
	for name, c := range map[string]struct {
		spoil func(m *model.Model)
		want  string
	}{
		"other spans": {func(m *model.Model) {
			for i := range m.Aspects.Golden {
				m.Aspects.Golden[i].Spans = nil
			}
		}, "self-test: golden text"},
		"other probabilities": {func(m *model.Model) {
			m.Aspects.Temperature = 5
		}, "self-test: golden text"},
		"a golden text of two windows": {func(m *model.Model) {
			m.Aspects.Golden = []wire.GoldenMentions{{Text: strings.Repeat("good ", 40)}}
		}, "it has 2 windows, want one"},
		"no graph": {func(m *model.Model) { m.Aspects.File = []byte("graph") }, "not an ONNX file"},
		"another graph": {func(m *model.Model) { m.Aspects.File = m.ONNX },
			"want one of floats, tags"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := model.Open("testdata/aspects")
			if err != nil {
				t.Fatal(err)
			}
			c.spoil(m)
			e := infertest.Start(t, m)
			for range 2 { // the second time from memory
				_, err := e.Aspects(t.Context(), cut(t, e, "a good lid"))
				if err == nil || !strings.Contains(err.Error(), c.want) ||
					!strings.Contains(err.Error(), "aspects.onnx") {
					t.Errorf("Aspects = %v, want %q", err, c.want)
				}
			}
			if _, err := e.Score(t.Context(), cut(t, e, "a good lid")); err != nil {
				t.Errorf("Score after that = %v", err)
			}
		})
	}
}

// A model whose graph was released, as those of a store are, keeps what the aspect model shares.
func TestAspectsAfterRelease(t *testing.T) {
	e, m, want := openAspects(t)
	clear := m.ONNX
	m.ReleaseONNX()
	for i := range clear {
		clear[i] = 0
	}
	if _, err := e.Aspects(t.Context(), cut(t, e, want[0].Text)); err != nil {
		t.Error(err)
	}
}
