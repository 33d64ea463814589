package journal_test

import (
	"errors"
	"slices"
	"testing"

	"reviewlens/app/journal"
	"reviewlens/app/journal/journaltest"
)

func scores(from, n int) (s []journal.Score) {
	for i := range n {
		s = append(s, journal.Score{Number: int32(from + i), Check: uint32(i) * 0x9E3779B9,
			Positive: float32(i) / 7, Windows: uint16(i), Cut: i%3 == 0})
	}
	return s
}

// write stores a run of four records, and returns the scores acknowledged before the end.
func write(folder journal.Folder) (kept []journal.Score) {
	l, err := journal.Reserve(folder, "a")
	if err != nil || l.Begin(journal.Head{File: "r.csv", Texts: 60}) != nil {
		return nil
	}
	for i := range 3 {
		s := scores(20*i, 20)
		if l.Append(s) == nil {
			kept = append(kept, s...)
		}
	}
	return kept
}

func load(t *testing.T, folder journal.Folder) (*journal.Log, []journal.Score, error) {
	t.Helper()
	var got []journal.Score
	l, err := journal.Open(folder, "a", func(s journal.Score) { got = append(got, s) }, nil,
		nil)
	return l, got, err
}

// A process that ends after any byte leaves what it had acknowledged, and the next continues from
// there.
func TestKilledAtEveryByte(t *testing.T) {
	whole := &journaltest.Folder{}
	if kept := write(whole); len(kept) != 60 {
		t.Fatalf("%d scores kept", len(kept))
	}
	for kill := int64(1); kill <= whole.Written(); kill++ {
		folder := &journaltest.Folder{Kill: kill}
		kept := write(folder)
		after := folder.After()
		l, got, err := load(t, after)
		if errors.Is(err, journal.ErrNone) && len(kept) == 0 {
			if runs, err := journal.Runs(after); err != nil || len(runs) != 0 ||
				after.Data("a.run") != nil {
				t.Fatalf("killed at %d: runs = %v, %v; what was never begun should be gone",
					kill, runs, err)
			}
			continue
		}
		// The last record may be complete without having been acknowledged.
		if err != nil || len(got) < len(kept) || len(got) > len(kept)+20 ||
			!slices.Equal(got, scores3()[:len(got)]) {
			t.Fatalf("killed at %d: got %d of %d scores (%v)", kill, len(got), len(kept), err)
		}
		more := scores(1000, 5)
		if err := errors.Join(l.Append(more), l.Close()); err != nil {
			t.Fatal(err)
		}
		if _, again, err := load(t, after); err != nil ||
			!slices.Equal(again, append(got, more...)) {
			t.Fatalf("killed at %d: after going on there are %d scores, want %d (%v)", kill,
				len(again), len(got)+5, err)
		}
	}
}

func scores3() []journal.Score {
	return append(append(scores(0, 20), scores(20, 20)...), scores(40, 20)...)
}

// A damaged byte loses the record it is in and those after it, and never gives a wrong score.
func TestDamage(t *testing.T) {
	whole := &journaltest.Folder{}
	write(whole)
	for at := range whole.Data("a.run") {
		folder := whole.After()
		folder.Data("a.run")[at] ^= 0x10
		if _, got, err := load(t, folder); err == nil &&
			(len(got) == 60 || !slices.Equal(got, scores3()[:len(got)])) || err != nil &&
			!errors.Is(err, journal.ErrNone) {
			t.Fatalf("byte %d: %d scores, %v", at, len(got), err)
		}
	}
}

func TestOverQuotaTheLogIsAsBefore(t *testing.T) {
	folder := &journaltest.Folder{Quota: 700}
	kept := write(folder)
	if len(kept) != 20 {
		t.Fatalf("%d scores fit, want 20", len(kept))
	}
	if _, got, err := load(t, folder.After()); err != nil || !slices.Equal(got, kept) {
		t.Errorf("%d scores, %v", len(got), err)
	}
}

// Corrections are stored among the scores; incomplete or damaged ones lose no score before them.
func TestCorrections(t *testing.T) {
	corrections := []journal.Correction{{Number: 3, Check: 0xfffffff1, Sentiment: 2},
		{Number: 9, Check: 1, Sentiment: 1}, {Number: 3, Check: 0xfffffff1},
		{Number: 40, Check: 7, Sentiment: 3}}
	both := append(scores(0, 20), scores(20, 20)...)
	keep := func(folder journal.Folder) error {
		l, err := journal.Reserve(folder, "a")
		if err != nil {
			return err
		}
		err = errors.Join(l.Begin(journal.Head{File: "r.csv", Texts: 40}), l.Append(scores(0, 20)))
		for _, c := range corrections {
			err = errors.Join(err, l.Correct(c))
		}
		return errors.Join(err, l.Append(scores(20, 20)), l.Close())
	}
	whole := &journaltest.Folder{}
	if err := keep(whole); err != nil {
		t.Fatal(err)
	}
	load := func(folder journal.Folder) (s []journal.Score, c []journal.Correction,
		l *journal.Log) {
		l, _ = journal.Open(folder, "a", func(one journal.Score) { s = append(s, one) },
			func(one journal.Correction) { c = append(c, one) }, nil)
		return s, c, l
	}
	s, c, l := load(whole.After())
	if !slices.Equal(s, both) || !slices.Equal(c, corrections) {
		t.Errorf("got %d scores and %v", len(s), c)
	}
	if err := errors.Join(l.Close(), l.Close()); err != nil || l.Correct(corrections[0]) == nil {
		t.Errorf("a closed log takes a correction (%v)", err)
	}
	if runs, err := journal.Runs(whole.After()); err != nil || len(runs) != 1 ||
		runs[0].Scored != 40 || runs[0].Corrected != 2 {
		t.Errorf("runs = %+v, %v; one of three corrected texts was taken back", runs, err)
	}
	for at := range whole.Data("a.run") {
		folder := whole.After()
		folder.Data("a.run")[at] ^= 0x08
		s, c, _ := load(folder)
		if len(s) > 40 || len(c) > 4 || len(s) == 40 && len(c) == 4 ||
			!slices.Equal(s, both[:len(s)]) || !slices.Equal(c, corrections[:len(c)]) {
			t.Fatalf("byte %d: %d scores, %v", at, len(s), c)
		}
	}
}

// The correction as sent to the server is stored before the correction: a program that accepts only
// sentiments 1 to 3 still reads the correction.
func TestToldOfCorrections(t *testing.T) {
	folder := &journaltest.Folder{}
	l, err := journal.Reserve(folder, "a")
	corrected := journal.Correction{Number: 3, Check: 5, Sentiment: 2, Sent: 1}
	if err != nil || errors.Join(l.Begin(journal.Head{File: "r.csv", Texts: 40}),
		l.Correct(corrected), l.Close()) != nil {
		t.Fatal(err)
	}
	var got []journal.Correction
	if _, err := journal.Open(folder, "a", nil, func(c journal.Correction) { got = append(got, c) },
		nil); err != nil {
		t.Fatal(err)
	}
	if plain := (journal.Correction{Number: 3, Check: 5, Sentiment: 2}); !slices.Equal(got,
		[]journal.Correction{corrected, plain}) {
		t.Errorf("%+v, want %+v, then %+v", got, corrected, plain)
	}
	if runs, err := journal.Runs(folder.After()); err != nil || runs[0].Corrected != 1 {
		t.Errorf("runs = %+v, %v", runs, err)
	}
}

func TestRuns(t *testing.T) {
	folder := &journaltest.Folder{}
	write(folder) // still open, as in another tab
	if runs, err := journal.Runs(folder); err != nil || len(runs) != 0 {
		t.Errorf("runs = %v, %v", runs, err)
	}
	next := folder.After()
	if f, err := next.Open("z.file"); err != nil || f.Close() != nil { // a copy whose log is gone
		t.Fatal(err)
	}
	runs, err := journal.Runs(next)
	if err != nil || len(runs) != 1 || runs[0].File != "r.csv" || runs[0].Scored != 60 ||
		runs[0].Texts != 60 {
		t.Errorf("runs = %+v, %v", runs, err)
	}
	if names, _ := next.List(); !slices.Equal(names, []string{"a.run"}) {
		t.Errorf("left: %v", names)
	}
	if err := journal.Remove(next, "a"); err != nil {
		t.Fatal(err)
	}
	if names, _ := next.List(); len(names) != 0 {
		t.Errorf("left: %v", names)
	}
}
