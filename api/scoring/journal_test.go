package scoring

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reviewlens/reviews"
)

// ruled names scores by the model's rule.
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

// journaled scores texts through a journal and returns how many the engine scored.
func journaled(t *testing.T, file string, model string,
	texts ...string) (scores []reviews.Score, calls int) {
	t.Helper()
	e := &ruled{newFake(t)}
	if model != "" {
		m := *e.model
		m.Manifest.ID = model
		e.model = &m
	}
	return scoredThrough(t, file, e, texts), e.texts
}

// scoredThrough scores texts with an engine through a journal.
func scoredThrough(t *testing.T, file string, e Engine, texts []string) (scores []reviews.Score) {
	t.Helper()
	j, err := OpenJournal(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Resume(e); err != nil {
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
	if _, err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return scores
}

func TestJournal(t *testing.T) {
	file := filepath.Join(t.TempDir(), "journal")
	first, calls := journaled(t, file, "", "good", "bad kettle", "")
	if calls != 3 {
		t.Errorf("the engine is asked %d texts, want 3", calls)
	}
	again, calls := journaled(t, file, "", "bad kettle", "good", "new one here")
	if calls != 1 || again[0] != first[1] || again[1] != first[0] {
		t.Errorf("the second run asks %d texts and gives %v, want 1 and the scores %v", calls,
			again, first)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 ||
		info.Size() != int64(journalHead+3*journalScore) {
		t.Errorf("the file has mode %v and %d bytes, %v", info.Mode(), info.Size(), err)
	}
	if _, calls := journaled(t, file, "ffffffffffff", "good"); calls != 1 {
		t.Errorf("another model is asked %d texts, want 1", calls)
	}
	if _, calls := journaled(t, file, "", "bad kettle"); calls != 1 {
		t.Errorf("after another model the engine is asked %d texts, want 1", calls)
	}
}

// Truncated anywhere, or with any byte damaged, the file yields right scores or none.
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
		got, calls := journaled(t, file, "", texts...)
		if d := cmp.Diff(want, got); d != "" || calls != len(texts)-known {
			t.Errorf("%s: the engine is asked %d texts, want %d; scores %s", name, calls,
				len(texts)-known, d)
		}
		if after, err := os.ReadFile(file); err != nil || len(after) != len(whole) {
			t.Errorf("%s: the file has %d bytes afterwards, want %d (%v)", name, len(after),
				len(whole), err)
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
	for _, text := range []string{strings.Repeat("Not a journal. ", 9), "fifteen bytes!!", "abc",
		"R", "RVJ", "RVK1"} {
		file := filepath.Join(t.TempDir(), "thesis.txt")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		ours := strings.HasPrefix(journalMagic, text) // a crash may have left such a prefix
		j, err := OpenJournal(file)
		if ours != (err == nil) || !ours && !strings.Contains(err.Error(), "is no journal") {
			t.Errorf("OpenJournal of a file with %q = %v", text, err)
		}
		if got, _ := os.ReadFile(file); string(got) != text {
			t.Errorf("the file with %q was changed to %q", text, got)
		}
		if err == nil {
			j.Remove()
		}
	}
}

func TestJournalFollowsNoLink(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"short": "abc", "empty": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, target := range []string{"short", "empty", "nowhere", "."} {
		link := filepath.Join(dir, "to "+target)
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenJournal(link); err == nil || !strings.Contains(err.Error(), "no journal") {
			t.Errorf("OpenJournal of a link to %s = %v", target, err)
		}
		if got, err := os.Readlink(link); err != nil || got != target {
			t.Errorf("the link to %s is one to %q, %v", target, got, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("what a link led to was made")
	}
}

// Only one Journal at a time has the file; a file that is removed while another waits is not used.
func TestJournalIsLocked(t *testing.T) {
	file := filepath.Join(t.TempDir(), "journal")
	j, err := OpenJournal(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Resume(newFake(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenJournal(file); !errors.Is(err, ErrJournalInUse) {
		t.Errorf("OpenJournal of a file that is in use = %v", err)
	}
	if kept, err := j.Close(); kept || err != nil {
		t.Errorf("Close of a journal without scores = %v, %v", kept, err)
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file without scores stays: %v", err)
	}

	old, err := openJournal(file) // as in a run that waits for the lock while the file is removed
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if current, err := lockJournal(old, file); current || err != nil {
		t.Errorf("lockJournal of a file that was removed = %v, %v", current, err)
	}
	if j, err = OpenJournal(file); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(file), j.Remove()); err != nil {
		t.Errorf("Remove of a file that is gone: %v", err)
	}
}
