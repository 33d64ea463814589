package journal_test

import (
	"errors"
	"slices"
	"testing"

	"reviewlens/app/journal"
	"reviewlens/app/journal/journaltest"
)

// Mentions are stored among the scores. After a kill at any byte, those of a text come back all or
// not at all, and no score is lost because of them.
func TestMentions(t *testing.T) {
	mentions := func(from, n int) (out []journal.Mention) {
		for i := range n {
			for k := range 1 + i%3 {
				out = append(out, journal.Mention{Number: int32(from + i), Check: uint32(i),
					Start: uint32(70_000 * k), Size: uint8(i % 256), Polarity: uint8(k),
					Probability: uint8(255 - i)})
			}
		}
		return out
	}
	keep := func(folder journal.Folder) error {
		l, err := journal.Reserve(folder, "a")
		if err != nil {
			return err
		}
		err = l.Begin(journal.Head{File: "r.csv", Texts: 60, Topics: true})
		for i := range 2 {
			if err == nil {
				err = errors.Join(l.Append(scores(20*i, 20)), l.Mention(mentions(20*i, 20)))
			}
		}
		return errors.Join(err, l.Mention(nil), l.Append(scores(40, 20)))
	}
	load := func(folder journal.Folder) (l *journal.Log, s []journal.Score,
		m []journal.Mention, err error) {
		l, err = journal.Open(folder, "a", func(one journal.Score) { s = append(s, one) }, nil,
			func(one journal.Mention) { m = append(m, one) })
		return l, s, m, err
	}
	all := append(mentions(0, 20), mentions(20, 20)...)
	whole := &journaltest.Folder{}
	if err := keep(whole); err != nil {
		t.Fatal(err)
	}
	l, s, m, err := load(whole.After())
	if err != nil || !l.Head.Topics || !slices.Equal(s, scores3()) || !slices.Equal(m, all) {
		t.Errorf("got %d scores and %d mentions, %v", len(s), len(m), err)
	}
	for kill := int64(1); kill <= whole.Written(); kill++ {
		folder := &journaltest.Folder{Kill: kill}
		keep(folder)
		_, s, m, err := load(folder.After())
		if err != nil {
			continue // it was never begun
		}
		if !slices.Equal(s, scores3()[:len(s)]) || !slices.Equal(m, all[:len(m)]) ||
			len(m)%(len(all)/2) != 0 {
			t.Fatalf("killed at %d: %d scores and %d mentions", kill, len(s), len(m))
		}
	}
	if err := l.Mention(make([]journal.Mention, 1<<17)); err == nil {
		t.Error("more mentions than a record takes are kept")
	}
}
