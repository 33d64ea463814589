package infer_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"reviewlens/api/infer"
	"reviewlens/api/infer/infertest"
	"reviewlens/api/model"
)

// A graph with a second output returns Python's stars, alone and in a batch
// (build/model/random_stars.py).
func TestStars(t *testing.T) {
	library := infertest.Library(t)
	raw, err := os.ReadFile("testdata/stars/scores.json")
	if err != nil {
		t.Fatal(err)
	}
	var want []struct {
		Text            string
		Positive, Stars float64
		Mixed           bool
	}
	if err := json.Unmarshal(raw, &want); err != nil || len(want) < 5 {
		t.Fatalf("scores.json: %v, %d texts", err, len(want))
	}
	e := infertest.Open(t, "testdata/stars")
	m := e.Model()
	var texts [][][]int32
	for _, w := range want {
		windows, _, err := e.Windows(nil, []byte(w.Text))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, windows)
	}
	scores, err := e.Score(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	mixed := 0
	for i, w := range want {
		s := scores[i]
		if math.Abs(s.Positive-w.Positive) > 1e-4 || math.Abs(s.Stars-w.Stars) > 1e-3 ||
			s.Mixed != w.Mixed {
			t.Errorf("%.40q: %+v, Python gives %+v", w.Text, s, w)
		}
		if s.Mixed {
			mixed++
		}
		alone, err := e.Score(t.Context(), texts[i:i+1])
		if err != nil || alone[0] != s {
			t.Errorf("%.40q alone: %+v, %v, in company %+v", w.Text, alone, err, s)
		}
	}
	if mixed == 0 {
		t.Error("no text is mixed")
	}

	// The manifest decides: without stars there, the graph has one output too many, and vice versa
	// one too few.
	without := *m
	without.Stars = nil
	if e, err := infer.Open(t.Context(), &without, infer.Options{Library: library}); err == nil {
		e.Close()
		t.Error("a graph with stars was taken by a manifest without")
	}
	export, err := model.Open("testdata/bert")
	if err != nil {
		t.Fatal(err)
	}
	export.Stars = m.Stars
	if e, err := infer.Open(t.Context(), export, infer.Options{Library: library}); err == nil {
		e.Close()
		t.Error("a graph without stars was taken by a manifest with them")
	}
}
