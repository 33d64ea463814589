package stepfunctions

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"reviewlens/api/jobs"
	"reviewlens/api/model"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// fake scores a text by a hash of it; it calls break first, if that is set.
type fake struct {
	model  *model.Model
	broken func(texts int) error
}

func (e *fake) Model() *model.Model { return e.model }

func (e *fake) Windows(dst [][]int32, text []byte) ([][]int32, bool, error) {
	return e.model.Cut(dst, text)
}

// Aspects returns the second token of every text.
func (e *fake) Aspects(ctx context.Context, texts [][][]int32) ([][]aspects.Span, error) {
	found := make([][]aspects.Span, len(texts))
	for i, windows := range texts {
		if len(windows) > 0 && len(windows[0]) > 3 {
			found[i] = []aspects.Span{{First: 2, Tokens: 1, Probability: 0.9,
				Polarity: aspects.Polarity(windows[0][1] % 3)}}
		}
	}
	return found, ctx.Err()
}

func (e *fake) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	if e.broken != nil {
		if err := e.broken(len(texts)); err != nil {
			return nil, err
		}
	}
	scores := make([]reviews.Score, len(texts))
	for i, windows := range texts {
		h := fnv.New32()
		fmt.Fprint(h, windows)
		scores[i].Positive = float64(h.Sum32()%10_000) / 10_000
		scores[i].Sentiment = e.model.Rule.Name(scores[i].Positive)
	}
	return scores, ctx.Err()
}

var defaultModel = sync.OnceValues(model.Default)

func newFake(t testing.TB) *fake {
	t.Helper()
	m, err := defaultModel()
	if err != nil {
		t.Fatal(err)
	}
	return &fake{model: m}
}

// cloud simulates S3 and Step Functions in this process. It runs an execution as
// deploy/cloud/jobs.yaml does, with three attempts per step.
type cloud struct {
	t       *testing.T
	service *Service
	steps   *Steps
	server  *httptest.Server
	// called before S3; true if it has responded
	broken  atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]
	hold    chan struct{} // if set, executions wait for it after their plan
	deaf    bool          // events are lost
	batched bool          // ranges come in pairs, as with ItemBatcher
	running sync.WaitGroup
	pass    http.HandlerFunc // S3

	mu         sync.Mutex
	executions map[string]string // name to status
	starts     int
}

const machine = "arn:aws:states:eu-central-1:123456789012:stateMachine:reviewlens-test-jobs"

func newCloud(t *testing.T, models scoring.Models) *cloud {
	t.Helper()
	c := &cloud{t: t, executions: map[string]string{}}
	backend := s3mem.New()
	if err := backend.CreateBucket("jobs"); err != nil {
		t.Fatal(err)
	}
	files := gofakes3.New(backend).Server()
	c.pass = files.ServeHTTP
	c.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if target := r.Header.Get("X-Amz-Target"); target != "" {
			c.states(w, r, target)
			return
		}
		if f := c.broken.Load(); f != nil && (*f)(w, r) {
			return
		}
		rec := &noted{ResponseWriter: w}
		files.ServeHTTP(rec, r)
		if !c.deaf && r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/input") &&
			(rec.status == 0 || rec.status/100 == 2) {
			c.tell(strings.TrimPrefix(r.URL.Path, "/jobs/"))
		}
	}))
	t.Cleanup(c.server.Close)
	t.Cleanup(c.server.CloseClientConnections)
	t.Cleanup(c.running.Wait)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": c.server.URL, "AWS_ACCESS_KEY_ID": "test",
		"AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-central-1",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		t.Setenv(name, value)
	}
	var err error
	if c.service, err = Open(t.Context(), "jobs", machine); err == nil {
		c.steps, err = OpenSteps(t.Context(), machine, models, slog.New(slog.DiscardHandler))
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// noted records the status.
type noted struct {
	http.ResponseWriter
	status int
}

func (n *noted) WriteHeader(status int) {
	if n.status != 0 { // gofakes3 writes some twice
		return
	}
	n.status = status
	n.ResponseWriter.WriteHeader(status)
}

func (n *noted) Write(p []byte) (int, error) {
	if n.status == 0 {
		n.status = 200
	}
	return n.ResponseWriter.Write(p)
}

// tell sends S3's event of an object. It does so twice, which may happen.
func (c *cloud) tell(key string) {
	event := fmt.Sprintf(
		`{"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "jobs"}, "object": {"key": %q, "size": 1}}}]}`, key)
	for range 2 {
		if _, err := c.steps.Invoke(context.Background(), []byte(event)); err != nil {
			c.t.Error(err)
		}
	}
}

// states responds to requests to Step Functions.
func (c *cloud) states(w http.ResponseWriter, r *http.Request, target string) {
	var in struct{ Name, Input, ExecutionArn, StateMachineArn string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		c.t.Error(err)
	}
	const executions = "arn:aws:states:eu-central-1:123456789012:execution:reviewlens-test-jobs:"
	id := in.Name + strings.TrimPrefix(in.ExecutionArn, executions)
	c.mu.Lock()
	defer c.mu.Unlock()
	status, there := c.executions[id]
	refuse := func(kind string) {
		w.WriteHeader(400)
		fmt.Fprintf(w, `{"__type": "com.amazonaws.states.v20161123#%s", "message": "no"}`, kind)
	}
	switch strings.TrimPrefix(target, "AWSStepFunctions.") {
	case "StartExecution":
		if there {
			refuse("ExecutionAlreadyExists")
			return
		}
		if in.StateMachineArn != machine {
			refuse("StateMachineDoesNotExist")
			return
		}
		c.executions[id] = "RUNNING"
		c.starts++
		c.running.Go(func() { c.execute(id, in.Input) })
		fmt.Fprintf(w, `{"executionArn": %q, "startDate": 1}`, executions+id)
	case "DescribeExecution":
		if !there {
			refuse("ExecutionDoesNotExist")
			return
		}
		fmt.Fprintf(w, `{"executionArn": %q, "stateMachineArn": %q, "status": %q, "startDate": 1}`,
			in.ExecutionArn, machine, status)
	case "StopExecution":
		c.executions[id] = "ABORTED"
		io.WriteString(w, `{"stopDate": 1}`)
	default:
		c.t.Errorf("Step Functions was asked %s", target)
	}
}

func (c *cloud) started() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.starts
}

func (c *cloud) status(id string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.executions[id]
}

func (c *cloud) ends(id, status string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.executions[id] == "RUNNING" {
		c.executions[id] = status
	}
}

// try runs a task state with its retries.
func (c *cloud) try(in string) (st state, err error) {
	for tries := 0; tries < 3; {
		var data []byte
		data, err = c.steps.Invoke(context.Background(), []byte(in))
		tries++
		if err != nil {
			continue
		}
		var out outcome
		if err = json.Unmarshal(data, &out); err != nil || out.State != queued {
			return out.State, err
		}
		tries = 0
		time.Sleep(10 * time.Millisecond)
	}
	return "", err
}

// execute runs the state machine.
func (c *cloud) execute(id, input string) {
	var in struct{ Bucket, Job string }
	if err := json.Unmarshal([]byte(input), &in); err != nil {
		c.t.Error(err)
	}
	step := func(name, more string) string {
		return fmt.Sprintf(`{"step": %q, "bucket": %q, "job": %q%s}`, name, in.Bucket, in.Job, more)
	}
	st, err := c.try(step("plan", ""))
	if err != nil {
		c.ends(id, "FAILED")
		return
	}
	if st != done {
		c.ends(id, "SUCCEEDED")
		return
	}
	if c.hold != nil {
		<-c.hold
	}
	var ranges []json.RawMessage
	data, _, err := c.service.bucket.get(context.Background(), in.Job+"/ranges.json", 0, 0)
	if err == nil {
		err = json.Unmarshal(data, &ranges)
	}
	if err != nil && !errors.Is(err, errAbsent) {
		c.t.Error(err)
	}
	var items []string
	for _, r := range ranges {
		items = append(items, step("score", fmt.Sprintf(`, "range": %s`, r)))
	}
	if c.batched {
		var batches []string
		for i := 0; i < len(items); i += 2 {
			batches = append(batches,
				fmt.Sprintf(`{"Items": [%s]}`, strings.Join(items[i:min(i+2, len(items))], ", ")))
		}
		items = batches
	}
	var busy sync.WaitGroup
	for _, item := range items {
		busy.Go(func() { c.try(item) }) // permanent failures are visible to the last step
	}
	busy.Wait()
	if _, err := c.try(step("finish", "")); err != nil {
		c.ends(id, "FAILED")
		return
	}
	c.ends(id, "SUCCEEDED")
}

// submit creates a job and uploads its file.
func (c *cloud) submit(owner, file string, r jobs.Request) wire.Job {
	c.t.Helper()
	r.Bytes = int64(len(file))
	j, _, err := c.service.Create(c.t.Context(), owner, r)
	if err != nil {
		c.t.Fatal(err)
	}
	if j.State != wire.Waiting || j.Upload == nil {
		c.t.Fatalf("made %+v", j)
	}
	if status := c.put(j.Upload, file); status != 200 {
		c.t.Fatalf("the upload answers %d", status)
	}
	return j
}

func (c *cloud) put(to *wire.Upload, file string) int {
	c.t.Helper()
	r, err := http.NewRequest("PUT", to.URL, strings.NewReader(file))
	if err != nil {
		c.t.Fatal(err)
	}
	for name, value := range to.Headers {
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

func (c *cloud) until(owner, id string, want wire.JobState) wire.Job {
	c.t.Helper()
	for { // go test's own timeout is the bound
		j, err := c.service.Get(c.t.Context(), owner, id)
		if err != nil {
			c.t.Fatal(err)
		}
		if j.State == want {
			return j
		}
		if j.State == wire.Failed || j.State == wire.Finished {
			c.t.Fatalf("the job is %+v, error %+v", j, j.Error)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (c *cloud) read(owner, id string, part jobs.Part) (data []byte, contentType string) {
	c.t.Helper()
	r, err := c.service.Open(c.t.Context(), owner, id, part)
	if err != nil {
		c.t.Fatal(err)
	}
	response, err := http.Get(r.URL)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	data, err = io.ReadAll(response.Body)
	if err != nil || response.StatusCode != 200 {
		c.t.Fatalf("%s answers %d, %v", part, response.StatusCode, err)
	}
	return data, response.Header.Get("Content-Type")
}

// local scores a file as a local server does.
func local(t *testing.T, e scoring.Engine, file string,
	r jobs.Request) (annotated, report []byte, contentType string) {
	t.Helper()
	l, err := jobs.OpenLocal(t.TempDir(), jobs.Defaults, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	l.Start(scoring.SingleModel(e))
	r.Body = strings.NewReader(file)
	j, _, err := l.Create(t.Context(), "me", r)
	if err != nil {
		t.Fatal(err)
	}
	for j.State != wire.Finished {
		if j, err = l.Get(t.Context(), "me", j.ID); err != nil || j.State == wire.Failed {
			t.Fatalf("%+v %v", j, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	read := func(part jobs.Part) []byte {
		r, err := l.Open(t.Context(), "me", j.ID, part)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		var b bytes.Buffer
		if _, err := b.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		contentType = r.Type
		return b.Bytes()
	}
	report = read(jobs.Report)
	annotated = read(jobs.Annotated)
	return annotated, report, contentType
}
