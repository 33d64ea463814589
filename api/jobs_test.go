package api

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"reviewlens/api/jobs"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

// newJobs returns a handler that keeps jobs in a temporary folder.
func newJobs(t *testing.T, keys Keys) *Handler {
	t.Helper()
	plain, _, _ := newHandler(t, nil)
	quiet := slog.New(slog.DiscardHandler)
	kept, err := jobs.OpenLocal(t.TempDir(), jobs.Defaults, quiet)
	if err != nil {
		t.Fatal(err)
	}
	h := New(Options{Models: scoring.SingleModel(engineOf(t, plain)), Log: quiet, Keys: keys,
		Jobs: kept,
		File: 1 << 20})
	kept.Start(h.Models())
	t.Cleanup(func() {
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// with sends a request with headers, given as names and values.
func with(h http.Handler, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// Follow a client from the upload to the result and the deletion of a job.
func TestJobRoutes(t *testing.T) {
	key := strings.Repeat("k", minKey)
	keys, _ := ParseKeys(key + "," + strings.Repeat("l", minKey))
	h := newJobs(t, keys)
	const file = "id,review\n1,good lid\n2,\n"
	ask := func(method, path, body string, headers ...string) *httptest.ResponseRecorder {
		return with(h, method, path, body, append([]string{"X-Api-Key", key}, headers...)...)
	}
	w := ask("POST", "/v1/jobs", file, "Content-Type", wire.TypeCSV, "Idempotency-Key", "one")
	var job wire.Job
	if err := json.Unmarshal(w.Body.Bytes(), &job); err != nil || w.Code != 202 ||
		w.Header().Get("Location") != "/v1/jobs/"+job.ID {
		t.Fatalf("answered %d %v %s", w.Code, w.Header(), w.Body)
	}
	at := w.Header().Get("Location")
	if w := ask("POST", "/v1/jobs", file, "Idempotency-Key", "one"); w.Code != 202 ||
		w.Header().Get("Location") != at || w.Header().Get("Idempotency-Replayed") != "true" {
		t.Errorf("the same again answers %d %v", w.Code, w.Header())
	}
	if w := ask("POST", "/v1/jobs", file+"3,x\n", "Idempotency-Key", "one"); w.Code != 422 {
		t.Errorf("another file with the key answers %d %s", w.Code, w.Body)
	}
	for job.State != wire.Finished {
		if err := json.Unmarshal(ask("GET", at, "").Body.Bytes(), &job); err != nil ||
			job.State == wire.Failed {
			t.Fatalf("the job is %+v, %v", job, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	const want = "id,review,sentiment,positive,windows\n1,good lid,positive,0.0220,1\n2,,,,\n"
	w = ask("GET", at+"/result", "")
	if w.Code != 200 || w.Body.String() != want ||
		w.Header().Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("the result is %d %v %s", w.Code, w.Header(), w.Body)
	}
	if w := ask("GET", at+"/result", "", "Range", "bytes=10-"); w.Code != 206 ||
		w.Body.String() != want[10:] {
		t.Errorf("the rest of it is %d %s", w.Code, w.Body)
	}
	var report wire.Report
	if err := json.Unmarshal(ask("GET", at+"/report", "").Body.Bytes(), &report); err != nil ||
		report.Rows != 2 || report.Positive != 1 {
		t.Errorf("the report is %+v, %v", report, err)
	}
	for _, path := range []string{at, at + "/result", at + "/report"} {
		w := with(h, "GET", path, "", "X-Api-Key", strings.Repeat("l", minKey))
		if e, _ := wire.DecodeProblem(w.Body.Bytes()); w.Code != 404 || e == nil ||
			e.Code != wire.NotFound {
			t.Errorf("%s answers another key %d %s", path, w.Code, w.Body)
		}
		if w := with(h, "GET", path, ""); w.Code != 401 {
			t.Errorf("%s answers nobody %d", path, w.Code)
		}
	}
	list := func(h *Handler, key string) (int, wire.Jobs) {
		w := with(h, "GET", "/v1/jobs", "", "X-Api-Key", key)
		var answer wire.Jobs
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		return w.Code, answer
	}
	if code, got := list(h, key); code != 200 || len(got.Jobs) != 1 || got.Jobs[0].ID != job.ID {
		t.Errorf("the list answers %d %+v", code, got)
	}
	if code, got := list(h, strings.Repeat("l", minKey)); code != 200 || got.Jobs == nil ||
		len(got.Jobs) != 0 {
		t.Errorf("another key's list answers %d %+v", code, got)
	}
	if code, _ := list(newJobs(t, nil), ""); code != 404 {
		t.Errorf("the list of a server without keys answers %d", code)
	}
	if w := ask("DELETE", at, ""); w.Code != 204 || w.Body.Len() > 0 {
		t.Errorf("DELETE answers %d %s", w.Code, w.Body)
	}
	if w := ask("GET", at, ""); w.Code != 404 {
		t.Errorf("a deleted job answers %d", w.Code)
	}
	if w := ask("PUT", at, ""); w.Code != 405 || w.Header().Get("Allow") != "GET, DELETE" {
		t.Errorf("PUT answers %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

func TestJobRefusals(t *testing.T) {
	h := newJobs(t, nil)
	for _, tt := range []struct {
		name, query, body string
		headers           []string
		want              wire.Code
	}{
		{"JSON without texts", "", `{"texts": []}`, nil, wire.BadFile},
		{"nothing", "", "", nil, wire.UnsupportedType},
		{"no table", "", "\x89PNG\n\n", nil, wire.BadFile},
		{"no such column", "?column=txet", "review\ngood\n", nil, wire.BadFile},
		{"a guard that is none", "?guard=x", "review\ngood\n", nil, wire.BadParameter},
		{"a guard of JSON lines", "?guard=1", "{\"review\": \"good\"}\n", nil, wire.BadParameter},
		{"a size of a file that is not here", "?bytes=9", "", nil, wire.BadParameter},
		{"no such model", "?model=x", "review\ngood\n", nil, wire.UnknownModel},
		{"a key that is none", "", "review\ngood\n",
			[]string{"Idempotency-Key", strings.Repeat("k", 256)}, wire.BadParameter},
		{"too large", "", "review\n" + strings.Repeat("good\n", 1<<19), nil, wire.BodyTooLarge},
	} {
		limited := h
		if tt.want == wire.BodyTooLarge {
			bounds := jobs.Defaults
			bounds.FileBytes = 1 << 20
			kept, err := jobs.OpenLocal(t.TempDir(), bounds, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			defer kept.Close()
			limited = New(Options{Models: h.models, Log: slog.New(slog.DiscardHandler), Jobs: kept})
		}
		w := with(limited, "POST", "/v1/jobs"+tt.query, tt.body, tt.headers...)
		if e, _ := wire.DecodeProblem(w.Body.Bytes()); e == nil || e.Code != tt.want ||
			w.Code != status[tt.want] {
			t.Errorf("%s answers %d %.200s, want %s", tt.name, w.Code, w.Body, tt.want)
		}
	}
	without, _, _ := newHandler(t, nil)
	if w := with(without, "POST", "/v1/jobs", "review\ngood\n"); w.Code != 404 ||
		!strings.Contains(w.Body.String(), "/v1/score") {
		t.Errorf("a server without jobs answers %d %s", w.Code, w.Body)
	}
}

// An interrupted upload leaves nothing, and is the client's fault.
func TestJobUploadBreaksOff(t *testing.T) {
	h := newJobs(t, nil)
	r := httptest.NewRequest("POST", "/v1/jobs",
		io.MultiReader(strings.NewReader("review\ngood\n"), brokenReader{}))
	r.Header.Set("Content-Type", wire.TypeCSV)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if e, _ := wire.DecodeProblem(w.Body.Bytes()); e == nil || e.Code != wire.BadBody {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// away is a jobs.Service that keeps files elsewhere, as in a cloud.
type away struct {
	jobs.Service
	request jobs.Request
}

func (a *away) Limits() wire.JobLimits {
	return wire.JobLimits{Bytes: 1000, Jobs: 1, Hours: 1, Upload: true}
}

func (a *away) Create(_ context.Context, _ string, r jobs.Request) (wire.Job, bool, error) {
	a.request = r
	return wire.Job{ID: "one", State: wire.Waiting,
		Upload: &wire.Upload{URL: "https://elsewhere/in",
			Headers: map[string]string{"If-None-Match": "*"}}}, false, nil
}

func (a *away) Open(context.Context, string, string, jobs.Part) (*jobs.Result, error) {
	return &jobs.Result{URL: "https://elsewhere/out", Model: "0123456789ab"}, nil
}

// If files are kept elsewhere, they are uploaded to and downloaded from there.
func TestJobsElsewhere(t *testing.T) {
	plain, _, _ := newHandler(t, nil)
	a := &away{}
	h := New(Options{Models: plain.models, Log: slog.New(slog.DiscardHandler), Jobs: a})
	w := with(h, "POST", "/v1/jobs?bytes=999&column=review", "", "Idempotency-Key", "k")
	var job wire.Job
	if err := json.Unmarshal(w.Body.Bytes(), &job); err != nil || w.Code != 202 ||
		job.Upload == nil || job.Upload.URL != "https://elsewhere/in" ||
		job.Upload.Headers["If-None-Match"] != "*" {
		t.Errorf("POST answers %d %s", w.Code, w.Body)
	}
	if a.request.Bytes != 999 || a.request.Options.Text != "review" || a.request.Key != "k" {
		t.Errorf("asked for %+v", a.request)
	}
	for _, part := range []string{"result", "report"} {
		w := with(h, "GET", "/v1/jobs/one/"+part, "")
		if w.Code != 307 || w.Header().Get("Location") != "https://elsewhere/out" ||
			w.Header().Get("Reviewlens-Model") != "0123456789ab" || w.Header().
			Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s answers %d %v", part, w.Code, w.Header())
		}
	}
	for query, want := range map[string]wire.Code{"?bytes=0": wire.BadParameter,
		"?bytes=x": wire.BadParameter, "?bytes=-1": wire.BadParameter, "?bytes=1001": wire.BodyTooLarge, "": wire.UnsupportedType} {
		w := with(h, "POST", "/v1/jobs"+query, "")
		if e, _ := wire.DecodeProblem(w.Body.Bytes()); e == nil || e.Code != want {
			t.Errorf("%s answers %d %s, want %s", query, w.Code, w.Body, want)
		}
	}
	var config wire.Config
	if err := json.Unmarshal(with(h, "GET", "/v1/config", "").Body.Bytes(), &config); err != nil ||
		!config.Jobs.Upload {
		t.Errorf("config %+v, %v", config.Jobs, err)
	}
}
