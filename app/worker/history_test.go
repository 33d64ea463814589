package worker

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/api/wire"
	"reviewlens/app/client"
	"reviewlens/app/journal/journaltest"
	"reviewlens/app/message"
)

// shelf is a server that keeps runs for holders of its key, two per page.
type shelf struct {
	runs map[string]wire.Run
	key  string
	gone bool
}

func (s *shelf) answer(r client.Request) *client.Response {
	reply := func(status int, v any) *client.Response {
		body, _ := json.Marshal(v)
		return &client.Response{Status: status, Body: body}
	}
	id := strings.TrimPrefix(r.Path, "/v1/runs/")
	_, known := s.runs[id]
	switch {
	case r.Path == "/v1/config":
		return reply(200, wire.Config{History: true, Auth: "key",
			Limits: wire.Limits{Bytes: 1 << 20, Texts: 100, Tokens: 5000}})
	case !strings.HasPrefix(r.Path, "/v1/runs"):
		return nil
	case s.gone:
		return reply(503, (&wire.Error{Code: wire.NotReady, Detail: "It is being looked after."}).
			Problem(503))
	case r.Key != s.key:
		// in a gateway's format
		return &client.Response{Status: 401, Body: []byte(`{"message":"Unauthorized"}`)}
	case r.Path == "/v1/runs" && r.Method == "DELETE":
		s.runs = map[string]wire.Run{}
		return reply(204, nil)
	case strings.HasPrefix(r.Path, "/v1/runs?"):
		var all []wire.RunSummary
		for _, run := range s.runs {
			all = append(all, run.RunSummary)
		}
		slices.SortStableFunc(all,
			func(a, b wire.RunSummary) int {
				return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID))
			})
		from := 0
		fmt.Sscan(strings.TrimPrefix(r.Path, "/v1/runs?cursor="), &from)
		page := wire.Runs{Runs: all[min(from, len(all)):min(from+2, len(all))]}
		if from+2 < len(all) {
			page.Next = fmt.Sprint(from + 2)
		}
		return reply(200, page)
	case r.Method == "PUT":
		var run wire.Run
		if err := json.Unmarshal(r.Body, &run); err != nil {
			return reply(400, nil)
		}
		s.runs[id] = run
		return reply(204, nil)
	case !known:
		return reply(404, (&wire.Error{Code: wire.NotFound, Detail: "There is no run."}).
			Problem(404))
	case r.Method == "GET":
		return reply(200, s.runs[id])
	case r.Method == "PATCH":
		var to wire.Rename
		json.Unmarshal(r.Body, &to)
		run := s.runs[id]
		run.Name = to.Name
		s.runs[id] = run
		return reply(204, nil)
	case r.Method == "DELETE":
		delete(s.runs, id)
		return reply(204, nil)
	}
	return nil
}

// past executes a command and waits for the list that follows.
func (p *page) past(t *testing.T, c message.Command) message.PastRuns {
	t.Helper()
	p.w.Do(c, nil)
	return *p.wait(t, "list",
		func(e message.Event) bool { return e.Name == message.EventPast && !e.Past.Looking }).Past
}

// lines returns a list as names, each with where it is kept.
func lines(h message.PastRuns) (out []string) {
	for _, r := range h.Runs {
		where := ""
		if r.Here {
			where += " here"
		}
		if r.There {
			where += " there"
		}
		out = append(out, r.Name+where)
	}
	return out
}

func TestHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		s := &shelf{runs: map[string]wire.Run{}}
		for i, name := range []string{"old", "older", "oldest"} { // of another device
			s.runs[name] = wire.Run{RunSummary: wire.RunSummary{ID: name, Name: name,
				Created: time.Date(1999, 1, 3-i, 0, 0, 0, 0, time.UTC), Rows: 4, Positive: 3,
				Negative: 1}}
		}
		p := newPageOn(t, &server{model: "aaaaaaaaaaaa", runs: s.answer}, folder)
		expect := func(what string, h message.PastRuns, want ...string) {
			t.Helper()
			if got := lines(h); !slices.Equal(got, want) || h.Problem != nil {
				t.Fatalf("%s: %q, want %q (%+v)", what, got, want, h.Problem)
			}
		}
		expect("at first", p.past(t, message.Command{Name: message.Past}), "old there",
			"older there", "oldest there")

		p.open(t, "May.csv", many(300))
		end := p.start(t)
		synctest.Wait()
		h := p.past(t, message.Command{Name: message.Past})
		expect("a run has ended", h, "May.csv here", "old there", "older there", "oldest there")
		id := h.Runs[0].ID
		if r := h.Runs[0]; r.Rows != 300 || r.Positive != end.Summary.Positive ||
			r.Share != end.Summary.Share || r.Model != "aaaaaaaaaaaa" || id != end.Run {
			t.Errorf("it is listed as %+v", r)
		}
		kept := string(folder.Data(id + ".past"))
		if strings.Contains(kept, "zebra") || !strings.Contains(kept, "good kettle") {
			t.Errorf("what is kept is not the phrases alone: %s", kept)
		}
		if len(s.runs) != 3 {
			t.Fatal("the server was given a run that nobody told it to keep")
		}

		h = p.past(t, message.Command{Name: message.RenameRun, Run: id, Text: "Spring"})
		expect("renamed", h, "Spring here", "old there", "older there", "oldest there")
		h = p.past(t, message.Command{Name: message.UploadRun, Run: id})
		expect("uploaded", h, "Spring here there", "old there", "older there", "oldest there")
		if strings.Contains(string(s.runs[id].Figures), "zebra") {
			t.Error("the server was given text of reviews")
		}
		h = p.past(t, message.Command{Name: message.RenameRun, Run: id, Text: "May"})
		if expect("renamed", h, "May here there", "old there", "older there",
			"oldest there"); s.runs[id].Name != "May" {
			t.Error("the server has the old name")
		}

		p.w.Do(message.Command{Name: message.OpenRun, Run: id}, nil)
		if r := p.wait(t, "the run", named(message.EventRun)).Run; r.Name != "May" || !r.Here ||
			r.Summary.Scored != 300 || len(r.Summary.Drivers) != 2 ||
			r.Summary.Drivers[0].Rows != nil {
			t.Errorf("opened = %+v", r)
		}
		p.w.Do(message.Command{Name: message.OpenRun, Run: "old"}, nil)
		if r := p.wait(t, "the run", named(message.EventRun)).Run; r.Here || !r.There ||
			r.Summary.Positive != 3 {
			t.Errorf("opened from the server = %+v", r)
		}
		for _, none := range []string{"none", "../model", ""} {
			p.w.Do(message.Command{Name: message.OpenRun, Run: none}, nil)
			if e := p.wait(t, "no run", named(message.EventProblem)); e.Problem.About !=
				message.AboutPast || !strings.Contains(e.Problem.Detail, "no such run") {
				t.Errorf("open %q: %+v", none, e.Problem)
			}
		}

		h = p.past(t, message.Command{Name: message.DeleteRun, Run: id})
		if expect("deleted", h, "old there", "older there", "oldest there"); h.Deleted != "May" ||
			s.runs[id].ID != "" || strings.Contains(string(folder.Data(id+".past")), "kettle") {
			t.Errorf("deleted %q; the server has %+v", h.Deleted, s.runs[id])
		}
		// a second click on the same button takes nothing from Undo
		h = p.past(t, message.Command{Name: message.DeleteRun, Run: id})
		if expect("deleted twice", h, "old there", "older there",
			"oldest there"); h.Deleted != "May" {
			t.Errorf("deleted twice: %q", h.Deleted)
		}
		h = p.past(t, message.Command{Name: message.RestoreRun})
		if expect("restored", h, "May here there", "old there", "older there",
			"oldest there"); h.Deleted != "" || s.runs[id].Name != "May" {
			t.Errorf("restored: %q, %+v", h.Deleted, s.runs[id])
		}
		h = p.past(t, message.Command{Name: message.DeleteRun, Run: "older"})
		expect("one of the server deleted", h, "May here there", "old there", "oldest there")
		h = p.past(t, message.Command{Name: message.RestoreRun})
		expect("and restored", h, "May here there", "old there", "older there", "oldest there")

		// What the server had stays listed while it is asked again.
		p.w.Do(message.Command{Name: message.Past}, nil)
		h = *p.wait(t, "the runs", named(message.EventPast)).Past
		expect("asking again", h, "May here there", "old there", "older there", "oldest there")
		p.wait(t, "all runs",
			func(e message.Event) bool { return e.Name == message.EventPast && !e.Past.Looking })

		// The server does not answer, or requires authentication: the device's runs are listed.
		s.gone = true
		h = p.past(t, message.Command{Name: message.Past})
		if got := lines(h); !slices.Equal(got, []string{"May here"}) ||
			h.Problem == nil || h.Locked {
			t.Errorf("without the server: %q, %+v", got, h)
		}
		h = p.past(t, message.Command{Name: message.DeleteRun, Run: id})
		if got := lines(h); !slices.Equal(got, []string{"May here"}) {
			t.Errorf("deleted here though it stays on the server: %q", got)
		}
		s.gone, s.key = false, "secret"
		h = p.past(t, message.Command{Name: message.Past})
		if got := lines(h); !slices.Equal(got, []string{"May here"}) || h.Problem != nil ||
			!h.Locked {
			t.Errorf("without a key: %q, %+v", got, h)
		}
		p.w.Do(message.Command{Name: message.Key, Key: "secret"}, nil)
		h = p.past(t, message.Command{Name: message.Past})
		expect("with the key", h, "May here there", "old there", "older there", "oldest there")
		if h = p.past(t, message.Command{Name: message.DeleteRun}); len(h.Runs) > 0 ||
			len(s.runs) > 0 {
			t.Errorf("all deleted: %q, on the server %v", lines(h), s.runs)
		}
	})
}

// A run that continues after it had ended, say for rows that failed, keeps its place and its name.
func TestHistoryRunResumes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		p.open(t, "r.csv", many(60))
		id := p.start(t).Run
		synctest.Wait()
		p.past(t, message.Command{Name: message.RenameRun, Run: id, Text: "mine"})
		p.start(t)
		synctest.Wait()
		if got := lines(p.past(t, message.Command{Name: message.Past})); !slices.Equal(got,
			[]string{"mine here"}) {
			t.Errorf("list = %q", got)
		}
	})
}

// A deleted result of a run whose file is open, or is opened again, stays deleted until Undo.
func TestHistoryStaysDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		p := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, folder)
		p.open(t, "r.csv", many(60))
		id := p.start(t).Run
		synctest.Wait()
		list := func(c message.Command, want ...string) {
			t.Helper()
			if got := lines(p.past(t, c)); !slices.Equal(got, want) {
				t.Errorf("after %s %q: %q, want %q", c.Name, c.Run, got, want)
			}
		}
		list(message.Command{Name: message.DeleteRun, Run: id})
		if got := p.past(t, message.Command{Name: message.Past}).Removed; got != id {
			t.Errorf("%q is said to be deleted, want %q", got, id)
		}
		if !p.start(t).Deleted { // like a page that was reloaded
			t.Error("the page says that its numbers stay")
		}
		synctest.Wait()
		list(message.Command{Name: message.Past})
		list(message.Command{Name: message.RestoreRun}, "r.csv here")
		if got := p.past(t, message.Command{Name: message.Past}).Removed; got != "" {
			t.Errorf("%q is said to be deleted still", got)
		}
		if p.start(t).Deleted {
			t.Error("the page does not say that its numbers stay")
		}
		synctest.Wait()
		list(message.Command{Name: message.DeleteRun})
		p.start(t)
		synctest.Wait()
		list(message.Command{Name: message.Past})
		p.w.Do(message.Command{Name: message.Close}, nil)
		synctest.Wait()
		if names, _ := folder.List(); slices.ContainsFunc(names,
			func(name string) bool { return strings.HasPrefix(name, id) }) {
			t.Errorf("something of the run is left: %q", names)
		}
	})
}

func TestSparkline(t *testing.T) {
	period := func(rows, positive int) wire.Period {
		return wire.Period{Sum: wire.Sum{Rows: rows, Positive: positive}}
	}
	if got := sparkline([]wire.Period{period(4, 1), period(0, 0), period(2, 2)}); !slices.Equal(got,
		[]float64{0.25, 1}) {
		t.Errorf("a short one = %v", got)
	}
	long := slices.Repeat([]wire.Period{period(1, 1), period(3, 0)}, 60)
	if got := sparkline(long); len(got) != trendPoints || got[0] != 0.25 || got[59] != 0.25 {
		t.Errorf("a long one = %v", got)
	}
	if got := sparkline(nil); got != nil {
		t.Errorf("none = %v", got)
	}
}
