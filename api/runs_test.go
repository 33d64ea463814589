package api

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"reviewlens/api/history"
	"reviewlens/api/history/memory"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

const oneRun = `{"name": "May", "created": "2026-05-01T10:00:00Z", "model": "0123456789ab", "rows": 3, "positive": 2, "negative": 1, "unsure": 0, "figures": {"stars": [1, 2]}}`

func TestRuns(t *testing.T) {
	plain, _, logged := newHandler(t, nil)
	first, second := strings.Repeat("k", minKey), strings.Repeat("l", minKey)
	keys, err := ParseKeys(first + "," + second)
	if err != nil {
		t.Fatal(err)
	}
	h := New(Options{Models: scoring.SingleModel(engineOf(t, plain)),
		Log: slog.New(slog.NewJSONHandler(logged, nil)), Keys: keys, History: memory.New()})
	ask := func(key, method, path, body string) (int, string) {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+key)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	for _, step := range []struct {
		name, key, method, path, body string
		status                        int
		want                          string // in the answer
	}{
		{"nobody asks", "", "GET", "/v1/runs", "", 401, "wants an API key"},
		{"nothing is there", first, "GET", "/v1/runs", "", 200, `{"runs":[]}`},
		{"a run is kept", first, "PUT", "/v1/runs/a-1", oneRun, 204, ""},
		{"and again", first, "PUT", "/v1/runs/a-1", oneRun, 204, ""},
		{"and comes back", first, "GET", "/v1/runs/a-1", "", 200, `"figures":{"stars":[1,2]}`},
		{"another is kept", first, "PUT", "/v1/runs/b",
			strings.Replace(oneRun, "05-01", "06-01", 1), 204, ""},
		{"the newest is first", first, "GET", "/v1/runs?limit=1", "", 200, `{"runs":[{"id":"b",`},
		{"and a cursor leads on", first, "GET", "/v1/runs?limit=1", "", 200, `"next":"`},
		{"it gets another name", first, "PATCH", "/v1/runs/a-1", `{"name": "Spring"}`, 204, ""},
		{"and has it", first, "GET", "/v1/runs/a-1", "", 200, `"name":"Spring"`},
		{"another key sees nothing", second, "GET", "/v1/runs", "", 200, `{"runs":[]}`},
		{"nor finds it", second, "GET", "/v1/runs/a-1", "", 404, `There is no run \"a-1\"`},
		{"nor deletes it", second, "DELETE", "/v1/runs", "", 204, ""},
		{"it is forgotten", first, "DELETE", "/v1/runs/a-1", "", 204, ""},
		{"and gone", first, "GET", "/v1/runs/a-1", "", 404, "not-found"},
		{"and cannot be renamed", first, "PATCH", "/v1/runs/a-1", `{"name": "x"}`, 404,
			"not-found"},
		{"the other is still there", first, "GET", "/v1/runs/b", "", 200, `"id":"b"`},
		{"all are forgotten", first, "DELETE", "/v1/runs", "", 204, ""},
		{"and gone", first, "GET", "/v1/runs", "", 200, `{"runs":[]}`},

		{"no JSON", first, "PUT", "/v1/runs/a", `{"name"`, 400, "at byte 7"},
		{"a string for a count", first, "PUT", "/v1/runs/a", `{"name":"May","rows":"many"}`, 400,
			`at byte 27: \"rows\" should be a whole number in range, not a string`},
		{"a fraction for a count", first, "PUT", "/v1/runs/a", `{"name":"May","rows":1.5}`, 400,
			`\"rows\" should be a whole number in range, not the number 1.5`},
		{"a list of runs", first, "PUT", "/v1/runs/a", "[" + oneRun + "]", 400,
			"it should be an object, not an array"},
		{"a text beside the figures", first, "PUT", "/v1/runs/a",
			strings.Replace(oneRun, `"name"`, `"text": "secret", "name"`, 1), 400,
			`unknown field \"text\"`},
		{"a name twice", first, "PUT", "/v1/runs/a",
			strings.Replace(oneRun, `"name"`, `"Name": "other", "name"`, 1), 400,
			`\"name\" is there twice`},
		{"more than an object", first, "PUT", "/v1/runs/a", oneRun + "{}", 400,
			"Something follows"},
		{"counts that do not add up", first, "PUT", "/v1/runs/a",
			strings.Replace(oneRun, `"rows": 3`, `"rows": 2`, 1), 400, "do not add up"},
		{"no share", first, "PUT", "/v1/runs/a",
			strings.Replace(oneRun, `"rows"`, `"trend": [0.5, null], "rows"`, 1), 400,
			"trend[1] is null"},
		{"a string for a share", first, "PUT", "/v1/runs/a",
			strings.Replace(oneRun, `"rows"`, `"trend": ["x"], "rows"`, 1), 400,
			`\"trend\" should be a number, not a string`},
		{"a trend is kept", second, "PUT", "/v1/runs/t",
			strings.Replace(oneRun, `"rows"`, `"trend": [0.5, 0], "rows"`, 1), 204, ""},
		{"and comes back", second, "GET", "/v1/runs/t", "", 200, `"trend":[0.5,0]`},
		{"another encoding", first, "PUT", "/v1/runs/a",
			strings.Replace(oneRun, "[1, 2]", "\"\xff\"", 1), 400, "0xff"},
		{"a name in another", first, "PATCH", "/v1/runs/b", "{\"name\": \"M\xe4rz\"}", 400, "0xe4"},
		{"two ids", first, "PUT", "/v1/runs/a",
			strings.Replace(oneRun, `"name"`, `"id": "b", "name"`, 1), 400, "the address says"},
		{"an odd id", first, "PUT", "/v1/runs/a%2Fb", oneRun, 400, "1 to 64 letters"},
		{"a run too large", first, "PUT", "/v1/runs/a",
			strings.Replace(oneRun, `[1, 2]`, `"`+strings.Repeat("x", maxRun)+`"`, 1), 413,
			"body-too-large"},
		{"no name", first, "PATCH", "/v1/runs/a", `{}`, 400, "1 to 200 characters"},
		{"no limit", first, "GET", "/v1/runs?limit=0", "", 400, "from 1 to 100"},
		{"no cursor", first, "GET", "/v1/runs?cursor=x", "", 400, "an earlier answer"},
		{"no method", first, "POST", "/v1/runs", "", 405, "it takes"},
	} {
		if status, got := ask(step.key, step.method, step.path, step.body); status != step.status ||
			!strings.Contains(got, step.want) {
			t.Errorf("%s: %s %s answers %d %s, want %d and %q", step.name, step.method, step.path,
				status, got, step.status, step.want)
		}
	}
	if strings.Contains(logged.String(), "May") || strings.Contains(logged.String(), first) {
		t.Errorf("the log has names or keys: %s", logged)
	}
}

// Paging ends, and a server without a history reports that.
func TestRunsPages(t *testing.T) {
	plain, _, _ := newHandler(t, nil)
	h := New(Options{Models: scoring.SingleModel(engineOf(t, plain)),
		Log:     slog.New(slog.DiscardHandler),
		History: memory.New()})
	for _, id := range []string{"a", "b", "c"} {
		if w := do(h, "PUT", "/v1/runs/"+
			id, wire.TypeJSON, strings.NewReader(oneRun)); w.Code != 204 {
			t.Fatalf("PUT answers %d %s", w.Code, w.Body)
		}
	}
	got, next := "", ""
	for range 4 {
		var page wire.Runs
		if err := json.Unmarshal(do(h, "GET", "/v1/runs?limit=2&cursor="+
			next, "", nil).Body.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Runs {
			got += r.ID
		}
		if next = page.Next; next == "" {
			break
		}
	}
	if got != "abc" {
		t.Errorf("the pages have %q, want abc", got)
	}
	if w := do(plain, "GET", "/v1/runs", "", nil); w.Code != 404 {
		t.Errorf("without a history GET answers %d %s", w.Code, w.Body)
	}
	for want, of := range map[string]*Handler{`"history":true`: h, `"history":false`: plain} {
		if w := do(of, "GET", "/v1/config", "", nil); !strings.Contains(w.Body.String(), want) {
			t.Errorf("config is %s, want %s", w.Body, want)
		}
	}
}

// A condition that cannot be checked is refused, and nothing changes.
func TestRunsRefuseConditions(t *testing.T) {
	plain, _, _ := newHandler(t, nil)
	h := New(Options{Models: scoring.SingleModel(engineOf(t, plain)),
		Log:     slog.New(slog.DiscardHandler),
		History: memory.New()})
	if w := do(h, "PUT", "/v1/runs/a", wire.TypeJSON, strings.NewReader(oneRun)); w.Code != 204 {
		t.Fatalf("PUT answers %d %s", w.Code, w.Body)
	}
	for _, header := range []string{"If-Match", "If-None-Match"} {
		for method, body := range map[string]string{"PATCH": `{"name": "June"}`, "DELETE": "",
			"PUT": strings.Replace(oneRun, "May", "June", 1)} {
			r := httptest.NewRequest(method, "/v1/runs/a", strings.NewReader(body))
			r.Header.Set("Content-Type", wire.TypeJSON)
			r.Header.Set(header, "*")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != 400 || !strings.Contains(w.Body.String(), header) {
				t.Errorf("%s with %s answers %d %s", method, header, w.Code, w.Body)
			}
		}
	}
	if w := do(h, "GET", "/v1/runs/a", "", nil); !strings.Contains(w.Body.String(), `"May"`) {
		t.Errorf("the run is now %s", w.Body)
	}
}

// An overloaded store is not an error: the client is advised to retry.
func TestRunsOfABusyStore(t *testing.T) {
	plain, _, _ := newHandler(t, nil)
	h := New(Options{Models: scoring.SingleModel(engineOf(t, plain)),
		Log:     slog.New(slog.DiscardHandler),
		History: busy{memory.New()}})
	w := do(h, "PUT", "/v1/runs/a", wire.TypeJSON, strings.NewReader(oneRun))
	if e, _ := wire.DecodeProblem(w.Body.Bytes()); w.Code != 429 || e.Code != wire.Overloaded ||
		w.Header().Get("Retry-After") == "" {
		t.Errorf("PUT answers %d %s %v", w.Code, w.Body, w.Header())
	}
}

type busy struct{ history.Store }

func (busy) Put(context.Context, string, history.Run) error {
	return fmt.Errorf("table: %w", history.ErrBusy)
}

// A damaged run is an error that says what to do; the others are listed.
func TestDamagedRun(t *testing.T) {
	plain, _, _ := newHandler(t, nil)
	h := New(Options{Models: scoring.SingleModel(engineOf(t, plain)),
		Log:     slog.New(slog.DiscardHandler),
		History: damaged{memory.New()}})
	w := do(h, "GET", "/v1/runs/a", "", nil)
	if e, _ := wire.DecodeProblem(w.Body.Bytes()); w.Code != 500 || e.Code != wire.Internal ||
		!strings.Contains(e.Detail, `The run "a" is damaged on the server and cannot be read. `+
			"Delete it") {
		t.Errorf("GET answers %d %s", w.Code, w.Body)
	}
	w = do(h, "PUT", "/v1/runs/a", wire.TypeJSON,
		strings.NewReader(strings.Replace(oneRun, "{", `{"unreadable": true, `, 1)))
	if w.Code != 400 || !strings.Contains(w.Body.String(), "could not be read") {
		t.Errorf("PUT answers %d %s", w.Code, w.Body)
	}
}

type damaged struct{ history.Store }

func (damaged) Get(context.Context, string, string) (history.Run, error) {
	return history.ParseRun([]byte("{"), nil, "a", "May")
}

// On a full disk no run can be deleted either, so the error must not advise that.
func TestRunsOnAFullDisk(t *testing.T) {
	plain, _, _ := newHandler(t, nil)
	h := New(Options{Models: scoring.SingleModel(engineOf(t, plain)),
		Log:     slog.New(slog.DiscardHandler),
		History: fullDisk{memory.New()}})
	for _, method := range []string{"PUT", "DELETE"} {
		w := do(h, method, "/v1/runs/a", wire.TypeJSON, strings.NewReader(oneRun))
		e, _ := wire.DecodeProblem(w.Body.Bytes())
		if w.Code != 507 || e.Code != wire.StorageFull ||
			!strings.Contains(e.Detail, "Try again once there is room on it") ||
			strings.Contains(e.Detail, "delete runs") {
			t.Errorf("%s answers %d %s", method, w.Code, w.Body)
		}
	}
}

type fullDisk struct{ history.Store }

func (fullDisk) Put(context.Context, string, history.Run) error {
	return fmt.Errorf("put: %w", history.ErrFull)
}

func (fullDisk) Delete(context.Context, string, string) error {
	return fmt.Errorf("delete: %w", history.ErrFull)
}
