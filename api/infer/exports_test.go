package infer_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"reviewlens/api/infer/infertest"
)

// Exports of Hugging Face get the scores of Python's onnxruntime. testdata/bert is small and has
// token types and reversed labels, the two others have tokenizers that are not BERT's (BPE,
// Unigram); `make test-exports` puts DistilBERT-base, fp32 and int8, into build/work/exports.
func TestExportsOfHuggingFace(t *testing.T) {
	large, _ := filepath.Glob("../../build/work/exports/*/tokenizer_config.json") // written last
	for _, file := range append(large, "testdata/bert/tokenizer_config.json", "testdata/roberta/tokenizer_config.json", "testdata/xlmr/tokenizer_config.json") {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join(dir, "scores.json"))
			if err != nil {
				t.Fatal(err)
			}
			var want []struct {
				Text     string
				Positive float64
			}
			if err := json.Unmarshal(raw, &want); err != nil || len(want) == 0 {
				t.Fatalf("scores.json: %v, %d texts", err, len(want))
			}
			e := infertest.Open(t, dir)
			least, most := 1.0, 0.0
			for _, w := range want {
				if got := score(t, e, w.Text)[0]; !(math.Abs(got-w.Positive) <= 1e-3) { // other CPU
					t.Errorf("%.40q scores %.6f, Python gives %.6f", w.Text, got, w.Positive)
				}
				least, most = min(least, w.Positive), max(most, w.Positive)
			}
			if most-least < 0.02 {
				t.Errorf("all scores are between %v and %v: they would not show a mistake", least, most)
			}
		})
	}
}
