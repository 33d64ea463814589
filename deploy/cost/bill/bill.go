package bill

import (
	"fmt"
	"math"
)

// Workload is a month of use.
type Workload struct {
	Reviews float64
	Tokens  float64 // mean per review
	Memory  int     // MB, of the function
	Arch    string  // arm64 or x86_64
	Alone   bool    // each review is a request; else they are batched as by the page
}

// What a month consists of in addition to its tokens.
const (
	perVCPU = 1769  // MB of memory that a function has for each processor
	perRun  = 1000. // reviews per file: for each, the page is opened and the run kept
	// of a first visit, Brotli: web/dist without the runtime for scoring on the device
	pageMB      = 3.8
	pageFiles   = 12.
	pageCalls   = 4.   // requests to the API at the start of the page
	runKB       = 20.  // size of a kept run: figures and phrases
	runLists    = 3.   // requests for the list of runs
	logBytes    = 1900 // per request: our metrics, Lambda's START, END, REPORT, the gateway's line
	frameBytes  = 5.   // of an answer, per text
	answerBytes = 700. // headers of an answer

	// The rules by which app/worker/run.go forms requests.
	slice        = 0.7 // seconds
	fewestTokens = 1000.
	mostTokens   = 16000.
	mostTexts    = 256.

	// Independent of use.
	alarms = 13. // metrics in alarms; the band of an anomaly counts as two more
	// distinct names and dimensions that api/lambda/emf.go writes for the page's routes, one model
	// and the canary
	metrics  = 57.
	checks   = Hours * 12
	golden   = 1228. // tokens that a check scores
	storedGB = 0.3   // page, three zips of the function, models
	Hours    = 730.
)

// Line is an item of a bill.
type Line struct {
	Name string
	USD  float64
}

// Bill is the bill of a month.
type Bill struct {
	Lines []Line // costs that grow with use
	Fixed []Line // costs without any use

	Requests   float64 // scoring requests
	PerRequest float64 // reviews in each
	Millis     float64 // per request
	GBSeconds  float64
	VCPU       float64
}

// Sum returns the total of lines.
func Sum(lines []Line) (usd float64) {
	for _, l := range lines {
		usd += l.USD
	}
	return usd
}

// PerMillion returns the cost of a million reviews, without the fixed costs.
func (b Bill) PerMillion(w Workload) float64 { return Sum(b.Lines) / w.Reviews * 1e6 }

// Check returns an error if a workload is invalid.
func (w Workload) Check() error {
	switch {
	case !(w.Reviews > 0) || math.IsInf(w.Reviews, 0):
		return fmt.Errorf("%v reviews a month; give a number above 0", w.Reviews)
	case !(w.Tokens >= 1) || w.Tokens > mostTokens:
		return fmt.Errorf("%v tokens a review; give 1 to %v", w.Tokens, mostTokens)
	case w.Memory < 512 || w.Memory > 10240:
		return fmt.Errorf("%d MB; the template takes 512 to 10240", w.Memory)
	case w.Arch != "arm64" && w.Arch != "x86_64":
		return fmt.Errorf("architecture %q; there are arm64 and x86_64", w.Arch)
	}
	return nil
}

// Lambda returns the cost of a workload in the stacks of deploy/cloud.
func Lambda(p Prices, m Measured, w Workload) Bill {
	b := Bill{VCPU: float64(w.Memory) / perVCPU, PerRequest: 1}
	each, _ := m.Millis(b.VCPU)
	if w.Alone { // one window runs on one processor, regardless of their number
		each, _ = m.Millis(min(1, b.VCPU))
	} else {
		tokens := min(mostTokens, max(fewestTokens, slice*1000/each*1000))
		b.PerRequest = min(mostTexts, max(1, tokens/w.Tokens))
	}
	b.Requests = w.Reviews / b.PerRequest
	b.Millis = m.empty(b.VCPU) + each*w.Tokens*b.PerRequest/1000
	gb := float64(w.Memory) / 1024
	// each request is rounded up to a millisecond
	b.GBSeconds = b.Requests * gb * math.Ceil(b.Millis) / 1000
	visits := w.Reviews / perRun
	if w.Alone { // a program calls, without the page
		visits = 0
	}
	calls := visits * pageCalls
	b.GBSeconds += calls * gb * math.Ceil(m.empty(b.VCPU)) / 1000
	requests := b.Requests + calls
	out := (requests*answerBytes + w.Reviews*frameBytes) / 1e9
	if w.Alone {
		out = requests * answerBytes / 1e9
	}
	edge := []Line{{"transfer, API to programs", p.of("transfer-out", out)}}
	if !w.Alone { // through CloudFront, transfer to which is free
		edge = []Line{
			{"CloudFront, requests", p.of("cloudfront-https", requests+visits*pageFiles)},
			{"CloudFront, transfer", p.of("cloudfront-out", out+visits*pageMB/1000)},
			{"S3, page", p.of("s3-get", visits*pageFiles)},
		}
	}
	b.Lines = append([]Line{
		{"Lambda, GB-seconds", p.of("lambda-"+w.Arch, b.GBSeconds)},
		{"Lambda, requests", p.of("lambda-requests", requests)},
		{"HTTP API", p.of("http-api", requests)},
	}, edge...)
	b.Lines = append(b.Lines,
		Line{"DynamoDB, runs",
			p.of("dynamodb-write", visits*runKB) + p.of("dynamodb-read", visits*runLists*runKB/4)},
		Line{"CloudWatch, logs", p.of("logs", requests*logBytes/1e9)},
	)
	checked := checks * gb * math.Ceil(m.empty(b.VCPU)+each*golden/1000) / 1000
	b.Fixed = []Line{
		{"CloudWatch, metrics", p.of("metric", metrics)},
		{"Lambda, canary", p.of("lambda-"+w.Arch, checked) + p.of("lambda-requests", checks)},
		{"CloudWatch, alarms and dashboard", p.of("alarm", alarms) + p.of("dashboard", 1)},
		{"KMS and S3, models and code", p.of("kms-key", 1) + p.of("s3-stored", storedGB)},
	}
	return b
}

// Comprehend returns the price of the same reviews with Amazon Comprehend. Amazon's page has the
// tiers but shows its prices to browsers only; the page that prices.json names has copied them.
func Comprehend(p Prices, m Measured, w Workload) float64 {
	return p.of("comprehend", w.Reviews*m.units(w.Tokens, 100, 3))
}

// Google returns the price with Cloud Natural Language.
func Google(p Prices, m Measured, w Workload) float64 {
	return p.of("google-language", w.Reviews*m.units(w.Tokens, 1000, 1))
}

// units returns the mean number of units of size characters in a text, rounded up per text.
func (m Measured) units(tokens, size, least float64) float64 {
	sum := 0.
	for _, c := range m.Chars {
		sum += max(least, math.Ceil(float64(c)*tokens/m.Tokens/size))
	}
	return sum / float64(len(m.Chars))
}

// Always returns how many machines of two processors that run all month are needed, and their cost.
// Half of their time is used, since reviews do not come evenly.
func Always(p Prices, m Measured, w Workload, name string) (machines, usd float64) {
	machines = math.Max(1, math.Ceil(w.Reviews/capacity(m, w)))
	return machines, p.of(name, machines*Hours)
}

// capacity returns how many reviews a machine of two processors scores in a month that is half
// idle.
func capacity(m Measured, w Workload) float64 {
	each, _ := m.Millis(2)
	return Hours * 3600 * 1000 / (each * w.Tokens / 1000) / 2
}

// BreakEven returns the number of reviews per month from which on the machines cost less than
// Lambda; +Inf if they never do.
func BreakEven(p Prices, m Measured, w Workload, name string) float64 {
	one := p.of(name, Hours)
	w.Reviews = 1e6
	each := Lambda(p, m, w).PerMillion(w) / 1e6
	if one/capacity(m, w) >= each { // even at full capacity of the machines
		return math.Inf(1)
	}
	// From n machines on their steps are below the line.
	for n := 1.; n < 1e6; n++ {
		if from := n * one / each; from <= n*capacity(m, w) {
			return from
		}
	}
	return math.Inf(1)
}

// Dearer returns the price of a second on x86-64 divided by that on arm64.
func Dearer(p Prices) float64 { return p.of("lambda-x86_64", 1) / p.of("lambda-arm64", 1) }
