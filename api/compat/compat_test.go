package compat_test

import (
	"encoding/json"
	"math"
	"testing"

	"reviewlens/api/compat"
	"reviewlens/api/compat/compattest"
)

// Any probability has finite scores, and the softmax of the logits is the probability.
func TestLabels(t *testing.T) {
	_, engine := compattest.Host(t, false)
	for _, p := range []float64{0, 1e-300, 1e-9, 0.2, 0.5, 0.7, 1 - 1e-9, 1} {
		byName := map[compat.Transform]map[string]float64{}
		for _, transform := range []compat.Transform{compat.Softmax, compat.Sigmoid, compat.None} {
			labels := compat.Labels(engine.Model(), p, transform)
			if _, err := json.Marshal(labels); err != nil || labels[0].Score < labels[1].Score {
				t.Errorf("%v by %s is %v: %v", p, transform, labels, err)
			}
			byName[transform] = map[string]float64{labels[0].Label: labels[0].Score,
				labels[1].Label: labels[1].Score}
		}
		logits := byName[compat.None]
		softmax := 1 / (1 + math.Exp(logits["NEGATIVE"]-logits["POSITIVE"]))
		if math.Abs(softmax-p) > 1e-12 || byName[compat.Softmax]["POSITIVE"] != p {
			t.Errorf("%v has logits %v, whose softmax is %v; scores %v", p, logits, softmax,
				byName[compat.Softmax])
		}
	}
}

// A model exported with the positive label first has the same scores of its labels.
func TestLabelsInAnyOrder(t *testing.T) {
	_, engine := compattest.Host(t, false)
	plain := engine.Model()
	turned := *plain
	turned.Manifest.Labels = []string{"positive", "negative"}
	for _, p := range []float64{0.2, 0.7} {
		for _, transform := range []compat.Transform{compat.Softmax, compat.Sigmoid, compat.None} {
			want := compattest.Show(compat.Labels(plain, p, transform))
			if got := compattest.Show(compat.Labels(&turned, p, transform)); got != want {
				t.Errorf("%v by %s is %s, want %s", p, transform, got, want)
			}
		}
	}
}
