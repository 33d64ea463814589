package bill

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"reviewlens/api/lambda"
	"reviewlens/api/lambda/lambdatest"
	"reviewlens/api/trace"
)

// The assumptions of bill.go about the page.
func TestRequestsAreCutAsThePageDoes(t *testing.T) {
	for _, tt := range []struct {
		file, pattern string
		want          float64
	}{
		{"run.go", `slice\s+= (\d+) \* time.Millisecond`, slice * 1000},
		{"run.go", `maxTokens\s+= (\d+)`, mostTokens},
		{"run.go", `maxTexts\s+= (\d+)`, mostTexts},
		{"scorer/congestion.go", `MinTokens\s+= (\d+)`, fewestTokens},
	} {
		source := read(t, "../../../app/worker/"+tt.file)
		found := regexp.MustCompile(tt.pattern).FindStringSubmatch(source)
		if found == nil || found[1] != strconv.Itoa(int(tt.want+0.5)) {
			t.Errorf("app/worker/%s says %q, the bill %v", tt.file, found, tt.want)
		}
	}
}

// Its assumptions about the templates.
func TestAlarms(t *testing.T) {
	template := read(t, "../../cloud/monitoring.yaml")
	// An alarm on a band learns from the metric and draws two lines.
	have := strings.Count(template, "AWS::CloudWatch::Alarm") +
		2*strings.Count(template, "ANOMALY_DETECTION_BAND")
	if have != alarms {
		t.Errorf("the template has %d metrics in alarms, the bill %v", have, alarms)
	}
}

// Its assumptions about the function's log: a line per event, from which CloudWatch makes metrics,
// one for each name and set of dimensions.
func TestMetricsAndLogs(t *testing.T) {
	var out bytes.Buffer
	m := &lambda.Metrics{Out: &out, Log: slog.New(slog.DiscardHandler),
		Function: "reviewlens-prod-api-Function-0123456789AB", Init: time.Second}
	f := &lambda.Function{Done: m.Done, Checked: m.Checked, Log: slog.New(slog.DiscardHandler),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			tr := trace.From(r.Context())
			tr.Served(r.Method+" "+r.URL.Path, 200)
			if r.Method == "POST" {
				tr.Scored(trace.Scores{Model: "0123456789ab", Texts: 31, Tokens: 4900,
					Positive: 20})
			}
			io.WriteString(w, "ok")
		})}
	seen := map[string]bool{}
	longest := 0
	for _, target := range []string{"POST /v1/score", "GET /v1/config", "GET /v1/model",
		"GET /v1/models/0123456789ab/tokenizer", "canary"} {
		event := []byte(`{"canary": true}`)
		if method, path, request := strings.Cut(target, " "); request {
			var err error
			if event, err = lambdatest.Event(httptest.NewRequest(method, path, nil)); err != nil {
				t.Fatal(err)
			}
		}
		out.Reset()
		if _, err := f.Invoke(context.Background(), event); err != nil {
			t.Fatal(err)
		}
		longest = max(longest, out.Len())
		var line map[string]any
		if err := json.Unmarshal(out.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		for _, d := range line["_aws"].(map[string]any)["CloudWatchMetrics"].([]any) {
			directive := d.(map[string]any)
			for _, set := range directive["Dimensions"].([]any) {
				key := ""
				for _, dimension := range set.([]any) {
					key += line[dimension.(string)].(string) + "|"
				}
				for _, metric := range directive["Metrics"].([]any) {
					seen[key+metric.(map[string]any)["Name"].(string)] = true
				}
			}
		}
	}
	if len(seen) != metrics {
		t.Errorf("the page's routes and the canary write %d metrics, the bill has %v",
			len(seen), metrics)
	}
	const theirs = 700 // Lambda's START, END and REPORT, and the gateway's line
	if have := longest + theirs; have > logBytes || have < logBytes/2 {
		t.Errorf("a request logs about %d bytes, the bill has %d", have, logBytes)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
