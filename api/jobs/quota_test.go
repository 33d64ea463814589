package jobs

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

// The space of a deleted job counts against its owner until its result is no longer being read.
func TestDeletedResultsCountWhileTheyAreRead(t *testing.T) {
	l := open(t, t.TempDir(), nil)
	defer l.Close()
	l.Start(scoring.SingleModel(newFake(t, nil)))
	body := "review\ngood\n"
	j := create(t, l, "me", body)
	until(t, l, "me", j.ID, wire.Finished)
	held := l.bytes.Load()
	l.bounds.OwnerBytes = held + 100
	part, err := l.Open(t.Context(), "me", j.ID, Annotated)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Delete(t.Context(), "me", j.ID); err != nil {
		t.Fatal(err)
	}
	if got := l.bytes.Load(); got != held || l.owned["me"] != held {
		t.Errorf("%d bytes count while the result is read, %d of them the owner's; want %d", got,
			l.owned["me"], held)
	}
	large := Request{Body: strings.NewReader("review\n" + strings.Repeat("good\n", 60))}
	if _, _, err := l.Create(t.Context(), "me", large); code(err) != wire.StorageFull {
		t.Errorf("a job beyond the owner's bytes: %v", err)
	}
	if text, err := io.ReadAll(part); err != nil || !strings.Contains(string(text), "positive") {
		t.Errorf("the deleted result reads %q, %v", text, err)
	}
	part.Close()
	part.Close()
	if got := l.bytes.Load(); got != 0 || len(l.owned) != 0 {
		t.Errorf("%d bytes and %v count when nobody reads", got, l.owned)
	}
	large.Body = strings.NewReader("review\n" + strings.Repeat("good\n", 60))
	if _, _, err := l.Create(t.Context(), "me", large); err != nil {
		t.Errorf("the same job then: %v", err)
	}
	if _, _, err := l.Create(t.Context(), "you",
		Request{Body: strings.NewReader(body)}); err != nil {
		t.Errorf("another owner's: %v", err)
	}
}

// Whatever happened to the files of a job, no truncated result is returned as complete, and no file
// counts for less than its size.
func TestDamagedJobs(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, nil)
	l.Start(scoring.SingleModel(newFake(t, nil)))
	make := func() string {
		j := create(t, l, "me", file)
		until(t, l, "me", j.ID, wire.Finished)
		return j.ID
	}
	cutWhileRunning := make()
	if err := os.Truncate(filepath.Join(dir, cutWhileRunning, string(Annotated)), 5); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Open(t.Context(), "me", cutWhileRunning, Annotated); err == nil {
		t.Error("a result that was cut is given")
	}
	edit := func(id, old, new string) {
		name := filepath.Join(dir, id, recordName)
		text, err := os.ReadFile(name)
		if err != nil || !strings.Contains(string(text), old) {
			t.Fatalf("%s: %v", text, err)
		}
		if err := os.WriteFile(name, []byte(strings.Replace(string(text), old, new, 1)),
			0o600); err != nil {
			t.Fatal(err)
		}
	}
	whole, negative, weird, noReport := make(), make(), make(), make()
	size := l.bytes.Load() / 5
	l.Close()
	edit(negative, `"inputBytes":`, `"inputBytes":-1`)
	edit(weird, `"state":"finished"`, `"state":"weird"`)
	if err := os.Remove(filepath.Join(dir, noReport, string(Report))); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir, nil)
	defer l.Close()
	if got := read(t, l, "me", whole, Annotated); got != annotated {
		t.Errorf("the whole result is %q", got)
	}
	for _, id := range []string{cutWhileRunning, noReport} {
		j, err := l.Get(t.Context(), "me", id)
		if err != nil || j.State != wire.Failed || j.Error == nil ||
			!strings.Contains(j.Error.Detail, "damaged") {
			t.Errorf("a damaged job is %+v, %v", j, err)
		}
	}
	if _, err := l.Get(t.Context(), "me", weird); code(err) != wire.NotFound {
		t.Errorf("a job of a weird state: %v", err)
	}
	if j, err := l.Get(t.Context(), "me", negative); err != nil || j.State != wire.Finished {
		t.Errorf("a finished job with a wrong length of its input is %+v, %v", j, err)
	}
	if got := l.bytes.Load(); got < 4*size || len(l.damaged) != 1 || l.damaged[0].bytes == 0 {
		t.Errorf("%d bytes count, of damaged ones %+v; a job has %d", got, l.damaged, size)
	}
	for _, id := range []string{whole, negative, cutWhileRunning, noReport} {
		if err := l.Delete(t.Context(), "me", id); err != nil {
			t.Error(err)
		}
	}
	l.damaged[0].since = time.Now().Add(-Defaults.Age - time.Hour)
	l.sweep()
	if got := l.bytes.Load(); got != 0 || len(folders(t, dir)) != 0 {
		t.Errorf("%d bytes and %v are left", got, folders(t, dir))
	}
}

// A file waits for the memory that it needs, and releases it.
func TestJobsReserveMemory(t *testing.T) {
	l := open(t, t.TempDir(), nil)
	var sizes []Size
	held := 0
	l.Reserve = func(_ context.Context, size Size) (func(), error) {
		sizes = append(sizes, size)
		held++
		return func() { held-- }, nil
	}
	l.Start(scoring.SingleModel(newFake(t, nil)))
	j := create(t, l, "me", file)
	until(t, l, "me", j.ID, wire.Finished)
	l.Close()
	n := int64(len(file))
	if len(sizes) != 3 || sizes[0] != (Size{Bytes: n}) || sizes[1] != (Size{Bytes: n}) ||
		sizes[2] != (Size{Bytes: n, Rows: 4}) || held != 0 {
		t.Errorf("asked for %v, and %d are held", sizes, held)
	}
	refusing := open(t, t.TempDir(), nil)
	defer refusing.Close()
	refusing.Reserve = func(context.Context, Size) (func(), error) {
		return nil, &wire.Error{Code: wire.TooMuchWork}
	}
	if _, _, err := refusing.Create(t.Context(), "me",
		Request{Body: strings.NewReader(file)}); code(err) != wire.TooMuchWork ||
		refusing.bytes.Load() != 0 {
		t.Errorf("a file that does not fit: %v, %d bytes", err, refusing.bytes.Load())
	}
}

// A changed wall clock makes jobs neither old at once nor young for ever.
func TestClock(t *testing.T) {
	const week = 7 * 24 * time.Hour
	synctest.Test(t, func(t *testing.T) {
		off := time.Duration(0)
		wall := func() time.Time { return time.Now().Add(off) }
		created := time.Now()
		c := newClock(wall, time.Now())
		at := func(what string, want time.Duration) {
			t.Helper()
			c.tick()
			if got := c.age(created); got != want {
				t.Errorf("%s: the age is %v, want %v", what, got, want)
			}
		}
		time.Sleep(time.Hour)
		at("an hour later", time.Hour)
		off = 2 * week
		at("when the clock jumps ahead", time.Hour)
		time.Sleep(time.Hour / 2)
		at("half an hour later", time.Hour+time.Hour/2)
		off = 0
		at("when it is corrected", time.Hour+time.Hour/2)
		off = -10 * time.Minute
		at("when it is set back", time.Hour+20*time.Minute)
		off = week // the machine slept
		c.tick()
		time.Sleep(time.Hour + time.Second)
		c.tick()
		if got := c.age(created); got < week {
			t.Errorf("an hour after a week of sleep the age is %v", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		c := newClock(func() time.Time { return time.Now().Add(2 * week) }, time.Now())
		if c.trusted() {
			t.Error("a wall clock that is two weeks ahead at the start is believed")
		}
		time.Sleep(time.Hour + time.Second)
		if !c.trusted() {
			t.Error("it is not believed an hour later")
		}
		if c := newClock(time.Now, time.Now().Add(-time.Hour)); !c.trusted() {
			t.Error("after a short pause the wall clock is not believed")
		}
	})
}
