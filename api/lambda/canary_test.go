package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"reviewlens/api/scoring"
	"time"
)

const canaryEvent = `{"canary": true}`

// golden returns a handler that serves a model of two golden texts and returns the given scores.
func golden(scores string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/model", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w,
			`{"id": "0123456789ab", "golden": [{"text": "Lovely.", "positive": 0.98}, {"text": "Broke at once.", "positive": 0.03}]}`)
	})
	mux.HandleFunc("POST /v1/score", func(w http.ResponseWriter, r *http.Request) {
		if !scoring.IsSelfCheck(r.Context()) { // as with REVIEWLENS_API_KEYS
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		body, _ := io.ReadAll(r.Body)
		if r.URL.Query().Get("model") != "0123456789ab" ||
			string(body) != `{"texts":["Lovely.","Broke at once."]}` ||
			r.Header.Get("Content-Type") != "application/json" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		io.WriteString(w, scores)
	})
	return mux
}

func TestCanary(t *testing.T) {
	for _, tt := range []struct {
		name    string
		handler http.Handler
		wrong   string // part of the expected error; "" for none
	}{
		{"as they should be",
			golden(`{"results": [{"positive": 0.98}, {"positive": 0.0312}]}`), ""},
		{"off", golden(`{"results": [{"positive": 0.98}, {"positive": 0.3}]}`),
			"0.2700 from its score"},
		{"no score", golden(`{"results": [{"positive": 0.98}, {"error": {}}]}`), "no score"},
		{"too few", golden(`{"results": [{"positive": 0.98}]}`), "got 1 scores"},
		{"no JSON", golden(`<html>`), "/v1/score"},
		{"refused", http.HandlerFunc(
			func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(503) }), "503"},
		{"no golden texts", http.HandlerFunc(
			func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{}`) }), "no golden"},
		{"panic", http.HandlerFunc(
			func(w http.ResponseWriter, r *http.Request) { panic("secret") }), "500"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log, metrics bytes.Buffer
			m := &Metrics{Out: &metrics, Log: slog.New(slog.DiscardHandler), Function: "reviews"}
			f := &Function{Handler: tt.handler, Log: slog.New(slog.NewTextHandler(&log, nil)),
				Checked: m.Checked, Done: func(Invocation) {
					t.Error("a check counts as a request")
				}}
			payload, err := f.Invoke(context.Background(), []byte(canaryEvent))
			if err != nil {
				t.Fatal(err)
			}
			var c Canary
			if err := json.Unmarshal(payload, &c); err != nil ||
				(tt.wrong == "") != (c.Error == "") || !strings.Contains(c.Error, tt.wrong) {
				t.Errorf("answered %s (%v), want %q", payload, err, tt.wrong)
			}
			line := checkEMF(t, metrics.Bytes())
			if failed := line["CanaryFailed"] == 1.; failed != (tt.wrong != "") {
				t.Errorf("CanaryFailed is %v", line["CanaryFailed"])
			}
			if output := log.String() + metrics.String() +
				string(payload); strings.Contains(output, "Lovely") {
				t.Errorf("a text is told: %s", output)
			}
		})
	}
}

// The check scores with the current model, within the invocation's time.
func TestCanaryEndsInTime(t *testing.T) {
	f := &Function{Log: slog.New(slog.DiscardHandler),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			panic(http.ErrAbortHandler)
		})}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	payload, err := f.Invoke(ctx, []byte(canaryEvent))
	if err != nil || !strings.Contains(string(payload), "504") {
		t.Errorf("%s, %v", payload, err)
	}
}

func TestWhatIsACanary(t *testing.T) {
	for event, want := range map[string]bool{canaryEvent: true, `{"canary": false}`: false,
		`{}`: false, `{"canary": 1}`: false, `null`: false, ``: false, `{"canary": true, "pad": "` +
			strings.Repeat("x", 300) + `"}`: false} {
		if got := isCanary([]byte(event)); got != want {
			t.Errorf("isCanary(%.40s) = %v", event, got)
		}
	}
}
