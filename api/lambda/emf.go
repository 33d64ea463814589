package lambda

import (
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"time"

	"reviewlens/api/trace"
	"reviewlens/api/trial"
)

// namespace is the CloudWatch namespace of the metrics.
const namespace = "Reviewlens"

// metric is a metric's name and unit, as the embedded metric format declares them.
type metric struct {
	Name string
	Unit string
}

// Metrics writes one line of JSON per invocation in CloudWatch's embedded metric format: Lambda
// turns its log into metrics, without an API call. A line has counts, times, the model's ID and a
// mean; never a text or a token ID. Routes are the router's few patterns, never a path requested by
// a client.
type Metrics struct {
	Out      io.Writer
	Log      *slog.Logger
	Function string // AWS_LAMBDA_FUNCTION_NAME, a dimension
	// AWS_LAMBDA_FUNCTION_VERSION, a dimension of the metrics that a rollout watches
	// (deploy/rollout.py)
	Version string
	Init    time.Duration // from the start of the process until it accepts events
}

// Done writes the line of an invocation.
func (m *Metrics) Done(i Invocation) {
	e := m.entry()
	e.line["Status"], e.line["RequestId"] = i.Status, i.RequestID
	e.put("Request", "Milliseconds", millis(i.Took))
	e.put("ColdStart", "Count", count(i.First))
	e.put("Refused", "Count", count(i.Status >= 400 && i.Status < 500))
	e.put("Failed", "Count", count(i.Status >= 500))
	e.put("Answer", "Bytes", i.Bytes)
	if i.First {
		e.put("Init", "Milliseconds", millis(m.Init))
	}
	dimensions := [][]string{{"Function"}}
	if route, _ := i.Trace.Answer(); route != "" {
		e.line["Route"] = route
		dimensions = append(dimensions, []string{"Function", "Route"})
	}
	if s := i.Trace.Scores(); s.Model != "" {
		e.line["Model"] = s.Model
		dimensions = append(dimensions, []string{"Function", "Model"})
		e.put("Tokenize", "Milliseconds", millis(i.Trace.Total(trace.Tokenize)))
		e.put("Queue", "Milliseconds", millis(i.Trace.Total(trace.Queue)))
		e.put("Run", "Milliseconds", millis(i.Trace.Total(trace.Run)))
		e.put("Reviews", "Count", s.Texts)
		e.put("Tokens", "Count", s.Tokens)
		if s.Texts > 0 {
			e.put("MeanPositive", "None", s.Positive/float64(s.Texts))
			e.put("MeanConfidence", "None", s.Confidence/float64(s.Texts))
		}
	}
	if root := xrayRoot(i); root != "" {
		e.line["XRayTraceId"] = root
	}
	m.write(e, i.Begun, dimensions)
}

// versioned lists the metrics that also have the version as a dimension. Each costs as much as
// another metric.
var versioned = []metric{{"Request", "Milliseconds"}, {"Failed", "Count"}}

// Checked writes the line of a check. Its requests count in no other metric, since no client sent
// them.
func (m *Metrics) Checked(c Canary) {
	e := m.entry()
	e.line["Model"] = c.Model
	e.put("CanaryFailed", "Count", count(c.Error != ""))
	e.put("Canary", "Milliseconds", millis(c.Took))
	e.put("CanaryApart", "None", c.Apart)
	m.write(e, c.Begun, [][]string{{"Function"}})
}

// Step is the outcome of a step of a large file, as stepfunctions.StepResult.
type Step struct {
	Step   string
	Begun  time.Time
	Took   time.Duration
	Scored int
	Lost   int
	Failed bool
}

// Step writes the line of a step.
func (m *Metrics) Step(s Step) {
	e := m.entry()
	e.line["Step"] = s.Step
	e.put("StepTime", "Milliseconds", millis(s.Took))
	e.put("StepFailed", "Count", count(s.Failed))
	e.put("RowsScored", "Count", s.Scored)
	e.put("RowsLost", "Count", s.Lost)
	m.write(e, s.Begun, [][]string{{"Function", "Step"}})
}

// Trial writes the line of the work done for a trial after an invocation, if any: without a trial
// these metrics do not exist and cost nothing.
func (m *Metrics) Trial(start time.Time, s trial.Settled) {
	if s == (trial.Settled{Challenger: s.Challenger}) {
		return
	}
	e := m.entry()
	e.line["Challenger"] = s.Challenger
	e.put("TrialRead", "Count", s.Pairs)
	e.put("TrialChanged", "Count", s.Changed)
	e.put("TrialDropped", "Count", s.Dropped)
	e.put("TrialFailed", "Count", s.Failed)
	e.put("TrialTime", "Milliseconds", s.Millis)
	if s.Pairs > 0 {
		e.put("TrialShift", "None", s.Shift/float64(s.Pairs))
	}
	e.put("TrialStopped", "Count", count(s.Stopped))
	e.put("TrialPromoted", "Count", count(s.Promoted))
	m.write(e, start, [][]string{{"Function"}})
}

// entry is a line under construction.
type entry struct {
	line    map[string]any
	defined []metric
}

func (m *Metrics) entry() *entry { return &entry{line: map[string]any{"Function": m.Function}} }

func (e *entry) put(name, unit string, value any) {
	e.defined = append(e.defined, metric{name, unit})
	e.line[name] = value
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func (m *Metrics) write(e *entry, start time.Time, dimensions [][]string) {
	directives := []any{map[string]any{"Namespace": namespace, "Dimensions": dimensions,
		"Metrics": e.defined}}
	if _, request := e.line["Request"]; request && m.Version != "" && m.Version != "$LATEST" {
		e.line["Version"] = m.Version
		directives = append(directives,
			map[string]any{"Namespace": namespace,
				"Dimensions": [][]string{{"Function", "Version"}}, "Metrics": versioned})
	}
	e.line["_aws"] = map[string]any{"Timestamp": start.UnixMilli(), "CloudWatchMetrics": directives}
	line, err := json.Marshal(e.line)
	if err == nil {
		// one write, so that lines of concurrent invocations are not interleaved
		_, err = m.Out.Write(append(line, '\n'))
	}
	if err != nil {
		m.Log.Warn("metrics not written", "err", err)
	}
}

// xrayRoot returns the ID of the invocation's X-Ray trace.
func xrayRoot(i Invocation) string {
	header, _ := i.Context.Value("x-amzn-trace-id").(string) // set by aws-lambda-go
	for part := range strings.SplitSeq(header, ";") {
		if root, ok := strings.CutPrefix(strings.TrimSpace(part), "Root="); ok && len(root) <= 64 {
			return root
		}
	}
	return ""
}
