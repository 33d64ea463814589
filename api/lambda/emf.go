package lambda

import (
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"time"

	"reviewlens/api/trace"
)

// namespace is where CloudWatch shows the metrics.
const namespace = "Reviewlens"

// metric is a metric's name and unit, as the embedded metric format declares them.
type metric struct {
	Name string
	Unit string
}

// Metrics writes a line of JSON an invocation in CloudWatch's embedded metric format: Lambda's log becomes metrics, and
// nothing waits for a call. A line has counts, times, the model's id and a mean; never a text or a token ID. Routes are the router's few,
// never what a client asked for.
type Metrics struct {
	Out      io.Writer
	Log      *slog.Logger
	Function string        // AWS_LAMBDA_FUNCTION_NAME, a dimension
	Init     time.Duration // from the start of the process until it took events
}

// Done writes the line of an invocation.
func (m *Metrics) Done(i Invocation) { m.write(m.line(i)) }

// Checked writes the line of a check. Its requests are in no other metric: they are nobody's.
func (m *Metrics) Checked(c Canary) {
	var defined []metric
	line := map[string]any{"Function": m.Function, "Model": c.Model}
	put := func(name, unit string, value any) {
		defined = append(defined, metric{name, unit})
		line[name] = value
	}
	failed := 0
	if c.Error != "" {
		failed = 1
	}
	put("CanaryFailed", "Count", failed)
	put("Canary", "Milliseconds", float64(c.Took.Microseconds())/1000)
	put("CanaryApart", "None", c.Apart)
	line["_aws"] = map[string]any{
		"Timestamp":         c.Begun.UnixMilli(),
		"CloudWatchMetrics": []any{map[string]any{"Namespace": namespace, "Dimensions": [][]string{{"Function"}}, "Metrics": defined}},
	}
	data, err := json.Marshal(line)
	m.write(append(data, '\n'), err)
}

func (m *Metrics) write(line []byte, err error) {
	if err == nil {
		_, err = m.Out.Write(line) // one write, so that lines of concurrent invocations stay whole
	}
	if err != nil {
		m.Log.Warn("metrics not written", "err", err)
	}
}

func (m *Metrics) line(i Invocation) ([]byte, error) {
	millis := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	var defined []metric
	line := map[string]any{"Function": m.Function, "Status": i.Status, "RequestId": i.RequestID}
	put := func(name, unit string, value any) {
		defined = append(defined, metric{name, unit})
		line[name] = value
	}
	count := func(yes bool) int {
		if yes {
			return 1
		}
		return 0
	}
	put("Request", "Milliseconds", millis(i.Took))
	put("ColdStart", "Count", count(i.First))
	put("Refused", "Count", count(i.Status >= 400 && i.Status < 500))
	put("Failed", "Count", count(i.Status >= 500))
	put("Answer", "Bytes", i.Bytes)
	if i.First {
		put("Init", "Milliseconds", millis(m.Init))
	}
	dimensions := [][]string{{"Function"}}
	if route, _ := i.Trace.Answer(); route != "" {
		line["Route"] = route
		dimensions = append(dimensions, []string{"Function", "Route"})
	}
	if s := i.Trace.Scores(); s.Model != "" {
		line["Model"] = s.Model
		dimensions = append(dimensions, []string{"Function", "Model"})
		put("Tokenize", "Milliseconds", millis(i.Trace.Total(trace.Tokenize)))
		put("Queue", "Milliseconds", millis(i.Trace.Total(trace.Queue)))
		put("Run", "Milliseconds", millis(i.Trace.Total(trace.Run)))
		put("Reviews", "Count", s.Texts)
		put("Tokens", "Count", s.Tokens)
		if s.Texts > 0 {
			put("MeanPositive", "None", s.Positive/float64(s.Texts))
			put("MeanConfidence", "None", s.Confidence/float64(s.Texts))
		}
	}
	if root := xrayRoot(i); root != "" {
		line["XRayTraceId"] = root
	}
	line["_aws"] = map[string]any{
		"Timestamp":         i.Begun.UnixMilli(),
		"CloudWatchMetrics": []any{map[string]any{"Namespace": namespace, "Dimensions": dimensions, "Metrics": defined}},
	}
	data, err := json.Marshal(line)
	return append(data, '\n'), err
}

// xrayRoot is the id of the invocation's X-Ray trace.
func xrayRoot(i Invocation) string {
	header, _ := i.Context.Value("x-amzn-trace-id").(string) // aws-lambda-go puts it there
	for part := range strings.SplitSeq(header, ";") {
		if root, ok := strings.CutPrefix(strings.TrimSpace(part), "Root="); ok && len(root) <= 64 {
			return root
		}
	}
	return ""
}
