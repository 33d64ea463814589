package scoring

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reviewlens/reviews"
)

// ruled gives scores the name that the model's rule gives them.
type ruled struct{ *fake }

func (e *ruled) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	scores, err := e.fake.Score(ctx, texts)
	for i := range scores {
		if len(texts[i]) > 0 {
			scores[i].Sentiment = e.model.Rule.Name(scores[i].Positive)
		}
	}
	return scores, err
}

// journaled scores texts through a journal and tells what the engine itself was asked.
func journaled(t *testing.T, file string, model string, texts ...string) (scores []reviews.Score, asked int) {
	t.Helper()
	e := &ruled{newFake(t)}
	if model != "" {
		m := *e.model
		m.Manifest.ID = model
		e.model = &m
	}
	j, err := OpenJournal(e, file)
	if err != nil {
		t.Fatal(err)
	}
	var windows [][][]int32
	for _, text := range texts {
		w, _, _ := e.Windows(nil, []byte(text))
		windows = append(windows, w)
	}
	if scores, err = j.Score(t.Context(), windows); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return scores, e.texts
}

func TestJournal(t *testing.T) {
	file := filepath.Join(t.TempDir(), "journal")
	first, asked := journaled(t, file, "", "good", "bad kettle", "")
	if asked != 3 {
		t.Errorf("the engine is asked %d texts, want 3", asked)
	}
	again, asked := journaled(t, file, "", "bad kettle", "good", "new one here")
	if asked != 1 || again[0] != first[1] || again[1] != first[0] {
		t.Errorf("the second run asks %d texts and gives %v, want 1 and the scores %v", asked, again, first)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != int64(journalHead+3*journalScore) {
		t.Errorf("the file has mode %v and %d bytes, %v", info.Mode(), info.Size(), err)
	}
	if _, asked := journaled(t, file, "ffffffffffff", "good"); asked != 1 {
		t.Errorf("another model is asked %d texts, want 1", asked)
	}
	if _, asked := journaled(t, file, "", "bad kettle"); asked != 1 {
		t.Errorf("after another model the engine is asked %d texts, want 1", asked)
	}
}

// Cut anywhere, or with any byte damaged, the file gives right scores or none.
func TestJournalTornAnywhere(t *testing.T) {
	dir := t.TempDir()
	texts := []string{"good", "bad kettle", "three words here", "and four words here"}
	want, _ := journaled(t, dir+"/whole", "", texts...)
	whole, err := os.ReadFile(dir + "/whole")
	if err != nil {
		t.Fatal(err)
	}
	try := func(name string, data []byte, known int) {
		t.Helper()
		file := filepath.Join(dir, "torn")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		got, asked := journaled(t, file, "", texts...)
		if d := cmp.Diff(want, got); d != "" || asked != len(texts)-known {
			t.Errorf("%s: the engine is asked %d texts, want %d; scores %s", name, asked, len(texts)-known, d)
		}
		if after, err := os.ReadFile(file); err != nil || len(after) != len(whole) {
			t.Errorf("%s: the file has %d bytes afterwards, want %d (%v)", name, len(after), len(whole), err)
		}
	}
	for size := range len(whole) {
		try("cut", whole[:size], max(0, size-journalHead)/journalScore)
	}
	for at := journalHead; at < len(whole); at++ {
		damaged := append([]byte(nil), whole...)
		damaged[at] ^= 0x10
		try("damaged", damaged, (at-journalHead)/journalScore)
	}
}

func TestJournalLeavesOtherFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "thesis.txt")
	text := strings.Repeat("Not a journal. ", 9)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenJournal(newFake(t), file); err == nil || !strings.Contains(err.Error(), "is no journal") {
		t.Errorf("OpenJournal = %v", err)
	}
	if got, _ := os.ReadFile(file); string(got) != text {
		t.Error("the file was changed")
	}
}
