package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"reviewlens/api/trace"
	"reviewlens/api/trial"
)

// units lists those that CloudWatch knows.
var units = strings.Fields("Seconds Microseconds Milliseconds Bytes Kilobytes Megabytes " +
	"Gigabytes Terabytes Bits Kilobits Megabits Gigabits Terabits " +
	"Percent Count Bytes/Second Kilobytes/Second Megabytes/Second Gigabytes/Second " +
	"Terabytes/Second Bits/Second Kilobits/Second Megabits/Second " +
	"Gigabits/Second Terabits/Second Count/Second None")

// checkEMF checks a line against the rules of CloudWatch's "Specification: Embedded metric format":
// it silently drops a line that breaks one.
func checkEMF(t *testing.T, line []byte) map[string]any {
	t.Helper()
	if len(line) > 256<<10 || bytes.Count(line, []byte("\n")) != 1 || line[len(line)-1] != '\n' {
		t.Fatalf("%d bytes in %d lines, want one line of at most 256 KB", len(line),
			bytes.Count(line, []byte("\n")))
	}
	var root map[string]any
	if err := json.Unmarshal(line, &root); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	only := func(m map[string]any, names ...string) {
		for name := range m {
			if !slices.Contains(names, name) {
				t.Errorf("member %q is not of the format", name)
			}
		}
	}
	meta, ok := root["_aws"].(map[string]any)
	if !ok {
		t.Fatalf("there is no _aws in %s", line)
	}
	only(meta, "Timestamp", "CloudWatchMetrics")
	if at, ok := meta["Timestamp"].(float64); !ok || at != float64(int64(at)) || at < 1e12 ||
		at > 1e14 {
		t.Errorf("Timestamp is %v, want milliseconds since 1970", meta["Timestamp"])
	}
	directives, _ := meta["CloudWatchMetrics"].([]any)
	if len(directives) == 0 {
		t.Fatal("CloudWatchMetrics is empty")
	}
	for _, d := range directives {
		directive := d.(map[string]any)
		only(directive, "Namespace", "Dimensions", "Metrics")
		if ns, _ := directive["Namespace"].(string); ns == "" || len(ns) > 255 ||
			strings.HasPrefix(ns, "AWS/") {
			t.Errorf("Namespace is %q", ns)
		}
		for _, set := range directive["Dimensions"].([]any) {
			keys := set.([]any)
			if len(keys) > 30 {
				t.Errorf("a set has %d dimensions, of 30", len(keys))
			}
			for _, key := range keys {
				if value, ok := root[key.(string)].(string); !ok || value == "" ||
					len(value) > 1024 || len(key.(string)) > 250 {
					t.Errorf("dimension %v has the value %v, want a string of 1 to 1,024", key,
						root[key.(string)])
				}
			}
		}
		metrics := directive["Metrics"].([]any)
		if len(metrics) == 0 || len(metrics) > 100 {
			t.Errorf("%d metrics, of 1 to 100", len(metrics))
		}
		seen := map[string]bool{}
		for _, m := range metrics {
			metric := m.(map[string]any)
			only(metric, "Name", "Unit", "StorageResolution")
			name, _ := metric["Name"].(string)
			if unit, _ := metric["Unit"].(string); !slices.Contains(units, unit) {
				t.Errorf("%s has the unit %q", name, unit)
			}
			if _, ok := root[name].(float64); !ok || name == "" || len(name) > 1024 || seen[name] {
				t.Errorf("metric %q (again: %v) has the value %v, want a number", name, seen[name],
					root[name])
			}
			seen[name] = true
		}
	}
	return root
}

func TestMetrics(t *testing.T) {
	var out bytes.Buffer
	m := &Metrics{Out: &out, Log: slog.New(slog.DiscardHandler), Function: "reviews",
		Init: 250 * time.Millisecond}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", r.Header.Get("X-Request-Id"))
		tr := trace.From(r.Context())
		at := time.Unix(1, 0)
		tr.Add(trace.Span{Phase: trace.Tokenize, Begin: at, End: at.Add(2 * time.Millisecond)})
		tr.Add(trace.Span{Phase: trace.Queue, Begin: at, End: at.Add(time.Millisecond)})
		tr.Add(trace.Span{Phase: trace.Run, Begin: at, End: at.Add(30 * time.Millisecond)})
		if r.Method == "POST" {
			tr.Scored(trace.Scores{Model: "0123456789ab", Texts: 4, Tokens: 40, Positive: 3,
				Confidence: 3.5})
		}
		io.WriteString(w, "ok")
	})
	f := &Function{Handler: handler, Done: m.Done}
	//lint:ignore SA1029 the key that Lambda's library sets
	ctx := context.WithValue(context.Background(), "x-amzn-trace-id",
		"Root=1-67000000-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1")
	event := recorded(t, "httpapi.json")

	for _, tt := range []struct {
		name  string
		event []byte
		want  map[string]any // nil: must be absent
	}{
		{"first", event, map[string]any{"ColdStart": 1., "Init": 250., "Tokenize": 2., "Queue": 1.,
			"Run": 30., "Reviews": 4., "Tokens": 40., "MeanPositive": .75, "MeanConfidence": .875,
			"Model": "0123456789ab", "Function": "reviews", "Status": 200., "Failed": 0.,
			"Refused":     0.,
			"XRayTraceId": "1-67000000-0123456789abcdef01234567"}},
		{"second", event, map[string]any{"ColdStart": 0., "Init": nil, "Reviews": 4.}},
		{"nothing scored", recorded(t, "httpapi-stage.json"),
			map[string]any{"Reviews": nil, "MeanPositive": nil, "MeanConfidence": nil, "Model": nil,
				"RequestId": "mine"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out.Reset()
			invoke(t, f, ctx, tt.event)
			got := checkEMF(t, out.Bytes())
			for name, want := range tt.want {
				if got[name] != want {
					t.Errorf("%s is %v, want %v", name, got[name], want)
				}
			}
			if strings.Contains(out.String(), "kettle") ||
				strings.Contains(out.String(), "column") {
				t.Errorf("the line holds what a client sent: %s", out.String())
			}
		})
	}
}

// A published version has separate metrics, which a rollout watches; the latest deployment has
// none, nor has a check.
func TestMetricsOfAVersion(t *testing.T) {
	for version, want := range map[string]bool{"7": true, "$LATEST": false, "": false} {
		var out bytes.Buffer
		m := &Metrics{Out: &out, Log: slog.New(slog.DiscardHandler), Function: "reviews",
			Version: version}
		f := &Function{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}),
			Done: m.Done}
		invoke(t, f, t.Context(), recorded(t, "httpapi.json"))
		got := checkEMF(t, out.Bytes())
		directives := got["_aws"].(map[string]any)["CloudWatchMetrics"].([]any)
		if got["Version"] != nil != want || len(directives) == 2 != want {
			t.Errorf("version %q: %s", version, out.String())
		}
		out.Reset()
		m.Checked(Canary{Begun: time.Unix(1_700_000_000, 0)})
		if got := checkEMF(t, out.Bytes()); got["Version"] != nil {
			t.Errorf("a check of version %q counts for the version", version)
		}
	}
}

func TestMetricsOfAStep(t *testing.T) {
	var out bytes.Buffer
	m := &Metrics{Out: &out, Log: slog.New(slog.DiscardHandler), Function: "files"}
	m.Step(Step{Step: "finish", Begun: time.Unix(1_700_000_000, 0), Took: 1500 * time.Millisecond,
		Lost: 500, Failed: true})
	got := checkEMF(t, out.Bytes())
	for name, want := range map[string]any{"Function": "files", "Step": "finish", "StepTime": 1500.,
		"StepFailed": 1., "RowsScored": 0., "RowsLost": 500.} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
}

func TestMetricsOfATrial(t *testing.T) {
	var out bytes.Buffer
	m := &Metrics{Out: &out, Log: slog.New(slog.DiscardHandler), Function: "reviews"}
	at := time.Unix(1_700_000_000, 0)
	m.Trial(at, trial.Settled{})
	m.Trial(at, trial.Settled{Challenger: "0123456789ab"})
	if out.Len() > 0 {
		t.Errorf("of nothing it writes %s", out.String())
	}
	m.Trial(at, trial.Settled{Challenger: "0123456789ab", Pairs: 4, Changed: 1, Shift: -0.2,
		Millis: 40, Dropped: 3, Stopped: true})
	got := checkEMF(t, out.Bytes())
	for name, want := range map[string]any{"Function": "reviews", "Challenger": "0123456789ab",
		"TrialRead": 4., "TrialChanged": 1., "TrialShift": -0.05, "TrialTime": 40.,
		"TrialDropped": 3., "TrialFailed": 0., "TrialStopped": 1., "TrialPromoted": 0.} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
}
