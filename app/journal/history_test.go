package journal_test

import (
	"errors"
	"fmt"
	"testing"

	"reviewlens/app/journal"
	"reviewlens/app/journal/journaltest"
)

func past(id, name string) journal.Past {
	return journal.Past{ID: id, Summary: fmt.Appendf(nil, `{"name":%q}`, name),
		Figures: []byte(`{"scored":3}`)}
}

func TestPast(t *testing.T) {
	folder := &journaltest.Folder{}
	write(folder) // a running run next to them
	if _, err := journal.OpenPast(folder, "x"); !errors.Is(err, journal.ErrNone) ||
		folder.Data("x.past") != nil {
		t.Errorf("what is not kept: %v, and leaves %q", err, folder.Data("x.past"))
	}
	for _, p := range []journal.Past{past("b", "May"), past("c", "June"), past("b", "May again")} {
		if err := journal.KeepPast(folder, p); err != nil {
			t.Fatal(err)
		}
	}
	if err := journal.RenamePast(folder, "c", past("c", "Summer").Summary); err != nil {
		t.Fatal(err)
	}
	list, err := journal.PastRuns(folder)
	if err != nil || len(list) != 2 || string(list[0].Summary) != `{"name":"Summer"}` ||
		string(list[1].Summary) != `{"name":"May again"}` {
		t.Fatalf("list = %s, %v", list, err)
	}
	if p, err := journal.OpenPast(folder, "c"); err != nil || string(p.Figures) != `{"scored":3}` ||
		string(p.Summary) != `{"name":"Summer"}` {
		t.Errorf("c = %s, %v", p, err)
	}
	if runs, err := journal.Runs(folder.After()); err != nil || len(runs) != 1 {
		t.Errorf("runs that go on = %v, %v", runs, err)
	}
	if err := journal.RemovePast(folder, "c"); err != nil {
		t.Fatal(err)
	}
	if list, err := journal.PastRuns(folder); err != nil || len(list) != 1 {
		t.Errorf("one removed: %s, %v", list, err)
	}
	// The mark of a run that is kept, here a, stays until the run is removed or stored again.
	for range 2 {
		if err := journal.KeepPast(folder, past("a", "May")); err != nil {
			t.Fatal(err)
		}
		if p, err := journal.OpenPast(folder, "a"); err != nil || p.Figures == nil {
			t.Errorf("kept: %s, %v", p, err)
		}
		if err := journal.RemovePast(folder, "a"); err != nil {
			t.Fatal(err)
		}
		if _, err := journal.OpenPast(folder, "a"); !errors.Is(err, journal.ErrRemoved) ||
			!errors.Is(err, journal.ErrNone) {
			t.Errorf("removed: %v", err)
		}
		if list, err := journal.PastRuns(folder); err != nil || len(list) != 1 {
			t.Errorf("a mark is listed: %s, %v", list, err)
		}
	}
	after := folder.After()
	if err := after.Remove("a.run"); err != nil { // and the process ends
		t.Fatal(err)
	}
	if list, err := journal.PastRuns(after); err != nil || len(list) != 1 ||
		after.Data("a.past") != nil {
		t.Errorf("the mark of a run that is gone: %s, %v", list, err)
	}
	after = folder.After()
	if err := journal.Remove(after, "a"); err != nil || after.Data("a.past") != nil {
		t.Errorf("the run and its mark: %v, %q", err, after.Data("a.past"))
	}
	if err := journal.RenamePast(folder, "none", past("none", "x").Summary); !errors.Is(err,
		journal.ErrNone) {
		t.Errorf("a name for nothing: %v", err)
	}
	if _, err := journal.OpenPast(folder, "none"); !errors.Is(err, journal.ErrNone) ||
		folder.Data("none.past") != nil {
		t.Errorf("it left a file: %v", err)
	}
}

// A rename interrupted by the end of the process leaves the new name or the old, and the figures.
func TestPastKilledAtEveryByte(t *testing.T) {
	whole := &journaltest.Folder{}
	journal.KeepPast(whole, past("a", "May"))
	kept := whole.Written()
	journal.RenamePast(whole, "a", past("a", "June").Summary)
	for kill := int64(1); kill <= whole.Written(); kill++ {
		folder := &journaltest.Folder{Kill: kill}
		first := journal.KeepPast(folder, past("a", "May")) == nil
		second := first && journal.RenamePast(folder, "a", past("a", "June").Summary) == nil
		after := folder.After()
		p, err := journal.OpenPast(after, "a")
		name := string(p.Summary)
		switch {
		case !first && kill < kept && !errors.Is(err, journal.ErrNone),
			first && (err != nil || string(p.Figures) != `{"scored":3}` ||
				name != `{"name":"May"}` && name != `{"name":"June"}`),
			second && name != `{"name":"June"}`:
			t.Fatalf("killed at %d: %s, %v; kept %v, renamed %v", kill, p, err, first, second)
		}
		if err == nil { // and it can be renamed again
			if err := journal.RenamePast(after, "a", past("a", "July").Summary); err != nil {
				t.Fatalf("killed at %d: %v", kill, err)
			}
			if p, err := journal.OpenPast(after, "a"); err != nil ||
				string(p.Summary) != `{"name":"July"}` {
				t.Fatalf("killed at %d: renamed again: %s, %v", kill, p.Summary, err)
			}
		}
	}
}

// A removal cut short by the end of the process leaves the run, or removes it for good.
func TestPastRemovedAtEveryByte(t *testing.T) {
	whole := &journaltest.Folder{}
	write(whole)
	journal.KeepPast(whole, past("a", "May"))
	kept := whole.Written()
	journal.RemovePast(whole, "a")
	for kill := kept; kill <= whole.Written(); kill++ {
		folder := &journaltest.Folder{Kill: kill}
		write(folder)
		journal.KeepPast(folder, past("a", "May"))
		done := journal.RemovePast(folder, "a") == nil
		_, err := journal.OpenPast(folder.After(), "a")
		if err != nil && !errors.Is(err, journal.ErrNone) ||
			(done || kill == whole.Written()) && !errors.Is(err, journal.ErrRemoved) {
			t.Errorf("killed at %d of %d: %v; removed %v", kill, whole.Written(), err, done)
		}
	}
}
