package journal_test

import (
	"bytes"
	"testing"

	"reviewlens/app/journal"
	"reviewlens/app/journal/journaltest"
)

// Stars come back after the scores that have them. After a kill at any byte, what comes back is
// scores, some with stars, and no stars without their score.
func TestStars(t *testing.T) {
	with := scores(0, 31) // records of stars have lengths unlike those of scores
	for i := range with {
		with[i].Windows = 1
		if i%2 == 0 {
			with[i].Stars = uint16(100 + i)
		}
	}
	keep := func(folder journal.Folder) {
		l, err := journal.Reserve(folder, "a")
		if err != nil || l.Begin(journal.Head{File: "r.csv", Texts: 60}) != nil {
			return
		}
		if l.Append(with[:7]) == nil {
			l.Append(with[7:])
		}
	}
	whole := &journaltest.Folder{}
	keep(whole)
	for kill := int64(1); kill <= whole.Written()+1; kill++ {
		folder := &journaltest.Folder{Kill: kill}
		keep(folder)
		_, got, err := load(t, folder.After())
		if err != nil {
			continue // it was never begun
		}
		known := map[int32]journal.Score{}
		starred := 0
		for _, s := range got {
			before, ok := known[s.Number]
			if s.Windows > 0 {
				s.Stars = with[s.Number].Stars
				if s != with[s.Number] {
					t.Fatalf("killed at %d: %+v, want %+v", kill, s, with[s.Number])
				}
				known[s.Number] = s
				continue
			}
			if starred++; !ok || before.Check != s.Check || s.Stars != with[s.Number].Stars {
				t.Fatalf("killed at %d: stars %+v of %+v", kill, s, before)
			}
		}
		if kill > whole.Written() && (len(known) != len(with) || starred != 16) {
			t.Errorf("whole: %d scores, %d with stars", len(known), starred)
		}
	}
	if runs, err := journal.Runs(whole.After()); err != nil || len(runs) != 1 ||
		runs[0].Scored != len(with) {
		t.Errorf("runs = %+v, %v, want %d texts scored", runs, err, len(with))
	}
	if !bytes.Contains(whole.Data("a.run"), []byte("STAR")) {
		t.Error("no record has stars")
	}
	plain := &journaltest.Folder{}
	write(plain)
	if bytes.Contains(plain.Data("a.run"), []byte("STAR")) {
		t.Error("a run without stars has a record of them")
	}
}
