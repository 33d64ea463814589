package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/api/engines"
	"reviewlens/api/jobs"
	"reviewlens/api/model"
	"reviewlens/api/model/store"
	"reviewlens/api/model/store/storetest"
	"reviewlens/api/trial"
	"reviewlens/api/wire"
	"reviewlens/tokenizer/batch"
)

// closing is a fakeEngine for a store.
type closing struct{ *fakeEngine }

func (closing) Close() error { return nil }

// During a trial each key has one model, on every route and in jobs; a request that names a model
// gets it; and operators with a key see the trial.
func TestTrial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var place storetest.Memory
		models := store.New(&place, nil)
		a, b := storetest.Publish(t, models, "a"), storetest.Publish(t, models, "b")
		storetest.Activate(t, models, a)
		storetest.Try(t, models, b, 0.5, 0.2)
		storetest.FixTrial(t, &place)
		quiet := slog.New(slog.DiscardHandler)
		set := engines.Start(engines.Options{Store: models, Log: quiet,
			Open: func(_ context.Context, m *model.Model) (engines.Engine, error) {
				return closing{&fakeEngine{model: m}}, nil
			}})
		defer set.Close()
		set.Ready(t.Context())
		synctest.Wait()
		runner := trial.Start(trial.Options{Host: set, Log: quiet})
		defer runner.Close()
		kept, err := jobs.OpenLocal(t.TempDir(), jobs.Defaults, quiet)
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for i := range 20 {
			list = append(list, fmt.Sprintf("key-%024d", i))
		}
		keys, err := ParseKeys(strings.Join(list, ","))
		if err != nil {
			t.Fatal(err)
		}
		h := New(Options{Models: runner, Log: quiet, Keys: keys, Jobs: kept})
		kept.Start(h.Models())
		defer kept.Close()
		ask := func(key, method, path, contentType, body string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(method, path, strings.NewReader(body))
			r.Header.Set("Content-Type", contentType)
			if key != "" {
				r.Header.Set("Authorization", "Bearer "+key)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			return w
		}
		given := make(map[string]int)
		for _, key := range list {
			var m wire.Manifest
			w := ask(key, "GET", "/v1/model", "", "")
			if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil {
				t.Fatalf("/v1/model = %d %s", w.Code, w.Body)
			}
			given[m.ID]++
			vary := strings.Join(w.Header().Values("Vary"), ",")
			if !strings.Contains(vary, "Authorization") {
				t.Errorf("Vary = %q, of a manifest that depends on the key", vary)
			}
			var scored wire.ScoreResponse
			w = ask(key, "POST", "/v1/score", wire.TypeJSON, `{"texts": ["good"]}`)
			if json.Unmarshal(w.Body.Bytes(), &scored); scored.Model != m.ID {
				t.Errorf("texts are scored by %s, the manifest is that of %s", w.Body, m.ID)
			}
			w = ask(key, "POST", "/v1/score", wire.TypeCSV, "id,review\n1,good goodness\n")
			if got := w.Header().Get("Reviewlens-Model"); got != m.ID {
				t.Errorf("a file is scored by %s, the manifest is that of %s", got, m.ID)
			}
			w = ask(key, "POST", "/v1/jobs", wire.TypeCSV, "id,review\n1,good goodness\n")
			var job wire.Job
			json.Unmarshal(w.Body.Bytes(), &job)
			time.Sleep(time.Second)
			w = ask(key, "GET", "/v1/jobs/"+job.ID, "", "")
			json.Unmarshal(w.Body.Bytes(), &job)
			if job.State != wire.Finished || job.Model != m.ID {
				t.Errorf("a job is %s, the manifest is that of %s", w.Body, m.ID)
			}
			for _, id := range []string{a, b} { // a run that began with either model
				request := batch.Request{Model: id, Texts: [][][]int32{{{2, 4, 3}}}}
				w := ask(key, "POST", "/v1/score", wire.TypeFrame, string(frame(t, request)))
				scores, err := batch.DecodeScores(w.Body.Bytes())
				if err != nil || scores.Model != id {
					t.Errorf("a frame for %s = %d %+v, %v", id, w.Code, scores, err)
				}
			}
		}
		request := batch.Request{Model: a, Texts: [][][]int32{{{2, 4, 3}}, {{2, 4, 4, 3}}}}
		for _, tt := range []struct {
			names, contentType, body string
			code                     int
			want                     string
		}{
			{"negative,unsure", wire.TypeFrame, string(frame(t, request)), 200, `{"counted":2}`},
			{"negative,unsure", wire.TypeFrame, string(frame(t, request)), 200, `{"counted":0}`},
			{"negative", wire.TypeFrame, string(frame(t, request)), 400, "1 names for 2 texts"},
			{"negative,good", wire.TypeFrame, string(frame(t, request)), 400,
				"is has \\\"good\\\""},
			{"negative", wire.TypeJSON, `{"texts": ["good"]}`, 415, "token IDs"},
			{"negative", wire.TypeFrame, "RVL", 400, "frame"},
		} {
			w := ask(list[0], "POST", "/v1/corrections?is="+tt.names, tt.contentType, tt.body)
			if w.Code != tt.code || !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("corrections %s = %d %s, want %d and %s", tt.names, w.Code, w.Body,
					tt.code, tt.want)
			}
		}
		if w := ask("", "POST", "/v1/corrections?is=negative", wire.TypeFrame, ""); w.Code != 401 {
			t.Errorf("corrections without a key = %d", w.Code)
		}
		var config wire.Config
		w := ask("", "GET", "/v1/config", "", "")
		if json.Unmarshal(w.Body.Bytes(), &config); !config.Corrections ||
			len(config.Models) != 2 || config.Models[0] != a {
			t.Errorf("config = %s", w.Body)
		}
		for _, id := range []string{a, b} {
			w := ask("", "GET", "/v1/models/"+id, "", "")
			var m wire.Manifest
			if json.Unmarshal(w.Body.Bytes(), &m); m.ID != id || w.Header().Get("Cache-Control") !=
				immutable {
				t.Errorf("manifest of %s = %d %s", id, w.Code, w.Body)
			}
		}
		if w := ask("", "GET", "/v1/models/0123456789ab", "", ""); w.Code != 409 {
			t.Errorf("manifest of no model = %d %s", w.Code, w.Body)
		}
		if given[a] < 3 || given[b] < 3 {
			t.Errorf("of 20 keys %v", given)
		}
		var nobody wire.Manifest
		w = ask("", "GET", "/v1/model", "", "")
		if json.Unmarshal(w.Body.Bytes(), &nobody); nobody.ID != a {
			t.Errorf("who shows no key gets %s", nobody.ID)
		}
		if w := ask("not-a-key-of-this-server-at-all", "GET", "/v1/model", "", ""); w.Code != 200 {
			t.Errorf("a wrong key gets %d from a public route", w.Code)
		}
		if w := ask("", "GET", "/v1/trials", "", ""); w.Code != 401 {
			t.Errorf("/v1/trials without a key = %d", w.Code)
		}
		time.Sleep(2 * time.Minute)
		w = ask(list[0], "GET", "/v1/trials", "", "")
		var out Trials
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || len(out.Trials) != 1 ||
			out.Trials[0].Challenger != b || out.Trials[0].Requests[1] == 0 ||
			out.Trials[0].Split.Seen[1] != given[b] || out.Trials[0].Corrected != [2]int{2, 0} {
			t.Errorf("/v1/trials = %d %s", w.Code, w.Body)
		}
		if bytes.Contains(w.Body.Bytes(), []byte("good")) {
			t.Errorf("/v1/trials quotes a text: %s", w.Body)
		}
		w = ask(list[0], "GET", "/metrics", "", "")
		want := fmt.Sprintf(`reviewlens_trial_ready{challenger="%s"} 1`, b)
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("/metrics lacks %s", want)
		}
		if _, err := models.StopTrial(t.Context(), "", store.Ending{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(engines.Interval + time.Second)
		w = ask(list[0], "GET", "/v1/trials", "", "")
		if strings.TrimSpace(w.Body.String()) != `{"trials":[]}` {
			t.Errorf("/v1/trials after the trial = %s", w.Body)
		}
	})
}

// A run's name that is too long is refused on every route: truncated, it could equal another run's.
func TestRunNameTooLong(t *testing.T) {
	h, _, _ := newHandler(t, nil)
	for _, path := range []string{"/v1/model", "/v1/config"} {
		for n, want := range map[int]int{maxRunName: 200, maxRunName + 1: 400} {
			r := httptest.NewRequest("GET", path, nil)
			r.Header.Set(runHeader, strings.Repeat("0", n))
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != want || want == 400 &&
				!strings.Contains(w.Body.String(), "Reviewlens-Run has 65 characters") {
				t.Errorf("%s, %d characters: %d %s", path, n, w.Code, w.Body)
			}
		}
	}
}
