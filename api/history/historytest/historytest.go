// Package historytest is the conformance suite of history.Store, one subtest per property.
package historytest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"reviewlens/api/history"

	"github.com/google/go-cmp/cmp"
)

// Run tests each property on a separate store, which open returns empty.
func Run(t *testing.T, open func(testing.TB) history.Store) {
	for _, promise := range []struct {
		name string
		test func(*testing.T, history.Store)
	}{
		{"a run comes back as it was put", comesBack},
		{"an absent run is ErrNotFound", absent},
		{"Put twice keeps the last", twice},
		{"List is newest first, page by page", pages},
		{"equally old runs are each listed once", ties},
		{"pages stand still while runs come and go", comeAndGo},
		{"a cursor of nobody's is ErrCursor", cursors},
		{"Rename changes the name alone", rename},
		{"Delete forgets one, DeleteAll all", forget},
		{"users do not see each other", users},
		{"what is wrong with a run is ErrInvalid", invalid},
		{"a user's runs are bounded", quota},
		{"a user's runs are bounded, put at the same time", crowd},
		{"it is safe for concurrent use", concurrent},
		{"a done context ends a call", done},
	} {
		t.Run(promise.name, func(t *testing.T) {
			s := open(t)
			defer func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}()
			promise.test(t, s)
		})
	}
}

// at returns a run that was created the given number of seconds after a fixed time.
func at(id string, second int) history.Run {
	return history.Run{
		RunSummary: history.Summary{
			ID: id, Name: "run " + id, Created: time.Date(2026, 5, 1, 0, 0, second, 0, time.UTC), Model: "0123456789ab",
			Rows: 10, Positive: 6, Negative: 3, Unsure: 1, Trend: []float64{0.5, 0.75},
		},
		Figures: json.RawMessage(`{"drivers": [{"phrase": "stopped working", "reviews": 7}]}`),
	}
}

func put(t *testing.T, s history.Store, user string, runs ...history.Run) {
	t.Helper()
	for _, r := range runs {
		if err := s.Put(t.Context(), user, r); err != nil {
			t.Fatalf("Put(%s) = %v", r.ID, err)
		}
	}
}

func get(t *testing.T, s history.Store, user, id string) history.Run {
	t.Helper()
	r, err := s.Get(t.Context(), user, id)
	if err != nil {
		t.Fatalf("Get(%s) = %v", id, err)
	}
	return r
}

// ids lists the IDs of all pages.
func ids(t *testing.T, s history.Store, user string, limit int) (all []string) {
	t.Helper()
	for cursor, pages := "", 0; ; pages++ {
		list, next, err := s.List(t.Context(), user, cursor, limit)
		if err != nil || pages > 100 {
			t.Fatalf("List(%q) = %v, page %d", cursor, err, pages)
		}
		for _, r := range list {
			all = append(all, r.ID)
		}
		if next == "" {
			return all
		}
		if len(list) != limit {
			t.Fatalf("a page of %d runs is followed by another, want %d", len(list), limit)
		}
		cursor = next
	}
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s differs (-want +got):\n%s", what, d)
	}
}

func comesBack(t *testing.T, s history.Store) {
	want := at("a", 1)
	want.Name = "Mai – «größer» \U0001F600"
	put(t, s, "u", want)
	same(t, "the run", get(t, s, "u", "a"), want)

	zone := at("b", 2)
	zone.Created = time.Date(2026, 5, 1, 3, 0, 2, 123_456_789, time.FixedZone("", 3*3600))
	zone.Figures, zone.Trend = nil, nil
	put(t, s, "u", zone)
	got := get(t, s, "u", "b")
	if !got.Created.Equal(time.Date(2026, 5, 1, 0, 0, 2, 123_000_000, time.UTC)) || len(got.Figures) != 0 || len(got.Trend) != 0 {
		t.Errorf("Get = %+v", got)
	}
}

func absent(t *testing.T, s history.Store) {
	if _, err := s.Get(t.Context(), "u", "a"); !errors.Is(err, history.ErrNotFound) {
		t.Errorf("Get = %v, want ErrNotFound", err)
	}
	if err := s.Rename(t.Context(), "u", "a", "b"); !errors.Is(err, history.ErrNotFound) {
		t.Errorf("Rename = %v, want ErrNotFound", err)
	}
	if err := s.Delete(t.Context(), "u", "a"); err != nil {
		t.Errorf("Delete = %v, want nothing", err)
	}
	if got := ids(t, s, "u", 10); got != nil {
		t.Errorf("List = %q, want none", got)
	}
}

func twice(t *testing.T, s history.Store) {
	put(t, s, "u", at("a", 1), at("b", 2))
	last := at("a", 3)
	last.Name, last.Positive, last.Figures = "another", 2, json.RawMessage(`{}`)
	put(t, s, "u", last)
	same(t, "the run", get(t, s, "u", "a"), last)
	same(t, "the list", ids(t, s, "u", 10), []string{"a", "b"})
}

func pages(t *testing.T, s history.Store) {
	var want []string
	for i := range 25 { // inserted out of order
		second := i * 7 % 25
		put(t, s, "u", at(fmt.Sprintf("r%02d", second), second))
	}
	for i := 24; i >= 0; i-- {
		want = append(want, fmt.Sprintf("r%02d", i))
	}
	for _, limit := range []int{1, 5, 24, 25, history.MaxList} {
		same(t, fmt.Sprintf("the list by %d", limit), ids(t, s, "u", limit), want)
	}
	list, _, err := s.List(t.Context(), "u", "", 1)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the summary", list[0], at("r24", 24).RunSummary)
}

func ties(t *testing.T, s history.Store) {
	put(t, s, "u", at("b", 1), at("c", 1), at("a", 1), at("new", 2))
	same(t, "the list", ids(t, s, "u", 1), []string{"new", "a", "b", "c"})
}

func comeAndGo(t *testing.T, s history.Store) {
	put(t, s, "u", at("a", 1), at("b", 2), at("c", 3), at("d", 4))
	list, next, err := s.List(t.Context(), "u", "", 2)
	if err != nil || len(list) != 2 || next == "" {
		t.Fatalf("List = %v, %q, %v", list, next, err)
	}
	put(t, s, "u", at("e", 5))
	if err := s.Delete(t.Context(), "u", "c"); err != nil { // the last of the first page
		t.Fatal(err)
	}
	list, next, err = s.List(t.Context(), "u", next, 2)
	if err != nil || next != "" || len(list) != 2 || list[0].ID != "b" || list[1].ID != "a" {
		t.Errorf("the second page = %v, %q, %v, want b and a", list, next, err)
	}
}

func cursors(t *testing.T, s history.Store) {
	put(t, s, "u", at("a", 1))
	for _, cursor := range []string{"x", ".", "a.b", "MQ", "MQ.", ".a", "LTE.a", "MQ.' OR 1=1", strings.Repeat("M", 5000) + ".a"} {
		if _, _, err := s.List(t.Context(), "u", cursor, 10); !errors.Is(err, history.ErrCursor) {
			t.Errorf("List(%.20q) = %v, want ErrCursor", cursor, err)
		}
	}
}

func rename(t *testing.T, s history.Store) {
	put(t, s, "u", at("a", 1), at("b", 2))
	if err := s.Rename(t.Context(), "u", "a", "Spring sale"); err != nil {
		t.Fatal(err)
	}
	want := at("a", 1)
	want.Name = "Spring sale"
	same(t, "the run", get(t, s, "u", "a"), want)
	same(t, "the other run", get(t, s, "u", "b"), at("b", 2))
	list, _, err := s.List(t.Context(), "u", "", 10)
	if err != nil || len(list) != 2 || list[1].Name != "Spring sale" {
		t.Errorf("List = %+v, %v", list, err)
	}
	for _, name := range []string{"", strings.Repeat("ä", history.MaxName+1), "\xff"} {
		if err := s.Rename(t.Context(), "u", "a", name); !errors.Is(err, history.ErrInvalid) {
			t.Errorf("Rename to %.10q = %v, want ErrInvalid", name, err)
		}
	}
}

func forget(t *testing.T, s history.Store) {
	put(t, s, "u", at("a", 1), at("b", 2), at("c", 3))
	put(t, s, "v", at("a", 1))
	if err := s.Delete(t.Context(), "u", "b"); err != nil {
		t.Fatal(err)
	}
	same(t, "the list", ids(t, s, "u", 10), []string{"c", "a"})
	if err := s.DeleteAll(t.Context(), "u"); err != nil {
		t.Fatal(err)
	}
	if got := ids(t, s, "u", 10); got != nil {
		t.Errorf("List = %q after DeleteAll", got)
	}
	same(t, "another user's list", ids(t, s, "v", 10), []string{"a"})
}

func users(t *testing.T, s history.Store) {
	theirs := at("a", 1)
	theirs.Name = "theirs"
	put(t, s, "u", at("a", 1))
	put(t, s, "u/", theirs)
	put(t, s, "", at("b", 1))
	same(t, "the run", get(t, s, "u", "a"), at("a", 1))
	if err := s.Rename(t.Context(), "", "a", "x"); !errors.Is(err, history.ErrNotFound) {
		t.Errorf("Rename of another's = %v, want ErrNotFound", err)
	}
	if err := s.Delete(t.Context(), "", "a"); err != nil {
		t.Error(err)
	}
	if err := s.DeleteAll(t.Context(), "U"); err != nil {
		t.Error(err)
	}
	same(t, "u's list", ids(t, s, "u", 10), []string{"a"})
	same(t, "u/'s run", get(t, s, "u/", "a"), theirs)
}

func invalid(t *testing.T, s history.Store) {
	edit := func(f func(*history.Run)) history.Run { r := at("a", 1); f(&r); return r }
	for name, r := range map[string]history.Run{
		"no id":           edit(func(r *history.Run) { r.ID = "" }),
		"id with a slash": edit(func(r *history.Run) { r.ID = "a/b" }),
		"long id":         edit(func(r *history.Run) { r.ID = strings.Repeat("a", 65) }),
		"unreadable":      edit(func(r *history.Run) { r.Unreadable = true }),
		"no name":         edit(func(r *history.Run) { r.Name = "" }),
		"long name":       edit(func(r *history.Run) { r.Name = strings.Repeat("a", history.MaxName+1) }),
		"no time":         edit(func(r *history.Run) { r.Created = time.Time{} }),
		"a time that is before 1970 in UTC": edit(func(r *history.Run) {
			r.Created = time.Date(1970, 1, 1, 0, 0, 0, 0, time.FixedZone("", 14*3600))
		}),
		"a time that is after 9999 in UTC": edit(func(r *history.Run) {
			r.Created = time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -12*3600))
		}),
		"counts above rows":      edit(func(r *history.Run) { r.Positive = 11 }),
		"sum too large":          edit(func(r *history.Run) { r.Positive, r.Negative, r.Unsure = 1<<62, 1<<62, 1<<62 }),
		"negative count":         edit(func(r *history.Run) { r.Unsure = -1 }),
		"share above one":        edit(func(r *history.Run) { r.Trend = []float64{1.5} }),
		"long trend":             edit(func(r *history.Run) { r.Trend = make([]float64, history.MaxTrend+1) }),
		"figures no JSON":        edit(func(r *history.Run) { r.Figures = json.RawMessage(`{"a"`) }),
		"figures a list far off": edit(func(r *history.Run) { r.Figures = json.RawMessage(strings.Repeat(" ", 99) + "[]") }),
		"figures a list":         edit(func(r *history.Run) { r.Figures = json.RawMessage(` []`) }),
		"figures too long": edit(func(r *history.Run) {
			r.Figures = json.RawMessage(`{"a": "` + strings.Repeat("a", history.MaxBytes) + `"}`)
		}),
	} {
		if err := s.Put(t.Context(), "u", r); !errors.Is(err, history.ErrInvalid) {
			t.Errorf("%s: Put = %v, want ErrInvalid", name, err)
		}
	}
	if got := ids(t, s, "u", 10); got != nil {
		t.Errorf("List = %q, want none", got)
	}
	large := edit(func(r *history.Run) {
		r.Figures = json.RawMessage(`{"a": "` + strings.Repeat("a", history.MaxBytes-20) + `"}`)
	})
	put(t, s, "u", large)
	same(t, "a run of nearly MaxBytes", get(t, s, "u", "a"), large)
}

// quota fills a user's quota of 5 runs and of 20,000 bytes. Other users are not affected, and
// replacing a run frees its space.
func quota(t *testing.T, s history.Store) {
	limited, ok := s.(interface{ SetQuota(history.Quota) })
	if !ok {
		t.Fatal("the store has no SetQuota")
	}
	limited.SetQuota(history.Quota{Runs: 5, Bytes: 20_000})
	sized := func(id string, bytes int) history.Run {
		r := at(id, 1)
		r.Figures = json.RawMessage(`{"a": "` + strings.Repeat("a", bytes-9) + `"}`)
		return r
	}
	refused := func(what, user string, r history.Run) {
		t.Helper()
		if err := s.Put(t.Context(), user, r); !errors.Is(err, history.ErrQuota) {
			t.Errorf("%s: Put = %v, want ErrQuota", what, err)
		}
	}
	for i := range 5 {
		put(t, s, "u", at(fmt.Sprint(i), i))
	}
	refused("the sixth run", "u", at("more", 1))
	put(t, s, "u", at("3", 9)) // it exists already
	put(t, s, "v", at("a", 1))
	if err := s.Delete(t.Context(), "u", "0"); err != nil {
		t.Fatal(err)
	}
	put(t, s, "u", at("more", 1))

	put(t, s, "w", sized("a", 9_000), sized("b", 8_000))
	refused("a run beyond the bytes", "w", sized("c", 2_000))
	put(t, s, "w", sized("a", 1_000))
	put(t, s, "w", sized("c", 2_000))
	refused("a run that replaces a smaller one", "w", sized("c", 12_000))
	same(t, "the list", ids(t, s, "w", 10), []string{"a", "b", "c"})
	same(t, "the run that was not replaced", get(t, s, "w", "c"), sized("c", 2_000))
}

// crowd concurrently puts more runs than the quota has space for.
func crowd(t *testing.T, s history.Store) {
	s.(interface{ SetQuota(history.Quota) }).SetQuota(history.Quota{Runs: 10, Bytes: 1 << 20})
	var busy sync.WaitGroup
	var stored atomic.Int32
	for worker := range 6 {
		busy.Go(func() {
			for i := range 4 {
				err := s.Put(t.Context(), "u", at(fmt.Sprintf("w%d-%d", worker, i), i))
				if err == nil {
					stored.Add(1)
				} else if !errors.Is(err, history.ErrQuota) {
					t.Errorf("Put = %v", err)
				}
			}
		})
	}
	busy.Wait()
	if got := ids(t, s, "u", 50); len(got) != 10 || stored.Load() != 10 {
		t.Errorf("List has %d runs of %d that were put, want 10", len(got), stored.Load())
	}
}

func concurrent(t *testing.T, s history.Store) {
	var busy sync.WaitGroup
	for worker := range 8 {
		busy.Go(func() {
			for i := range 10 {
				r := at(fmt.Sprintf("w%d-%d", worker, i), i)
				if err := s.Put(t.Context(), "u", r); err != nil {
					t.Errorf("Put = %v", err)
				}
				if _, _, err := s.List(t.Context(), "u", "", 5); err != nil {
					t.Errorf("List = %v", err)
				}
				if _, err := s.Get(t.Context(), "u", r.ID); err != nil {
					t.Errorf("Get = %v", err)
				}
			}
		})
	}
	busy.Wait()
	if got := ids(t, s, "u", 50); len(got) != 80 {
		t.Errorf("List has %d runs, want 80", len(got))
	}
}

func done(t *testing.T, s history.Store) {
	put(t, s, "u", at("a", 1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Put(ctx, "u", at("b", 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("Put = %v, want context.Canceled", err)
	}
	if _, err := s.Get(ctx, "u", "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("Get = %v, want context.Canceled", err)
	}
	if _, _, err := s.List(ctx, "u", "", 1); !errors.Is(err, context.Canceled) {
		t.Errorf("List = %v, want context.Canceled", err)
	}
	same(t, "the list", ids(t, s, "u", 10), []string{"a"})
}
