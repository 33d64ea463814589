package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"reviewlens/api"
	"reviewlens/api/infer/infertest"
	"reviewlens/api/lambda/lambdatest"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/tokenizer/batch"
	"reviewlens/web"

	"github.com/google/go-cmp/cmp"
)

// TestMain lets the test binary act as the bootstrap: its environment selects the real main.
func TestMain(m *testing.M) {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// bootstrap is a running function.
type bootstrap struct {
	*lambdatest.Runtime
	cmd    *exec.Cmd
	exited chan error
	stdout *lines
	stderr *lines
}

// lines is a buffer that a process writes and a test reads.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// task creates a folder with the layout of the zip: bootstrap and native library.
func task(t *testing.T, library string) string {
	t.Helper()
	dir := t.TempDir()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "bootstrap"), data, 0o755),
		os.Symlink(library, filepath.Join(dir, filepath.Base(library)))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// start runs the bootstrap in a folder against its own Runtime API, with only the environment that
// Lambda sets.
func start(t *testing.T, dir string, env ...string) *bootstrap {
	t.Helper()
	runtime, err := lambdatest.Start()
	if err != nil {
		t.Fatal(err)
	}
	b := &bootstrap{Runtime: runtime, cmd: exec.Command(filepath.Join(dir, "bootstrap")),
		exited: make(chan error, 1), stdout: new(lines), stderr: new(lines)}
	b.cmd.Env = append([]string{"AWS_LAMBDA_RUNTIME_API=" + runtime.Addr(),
		"AWS_LAMBDA_FUNCTION_NAME=reviews", "LAMBDA_TASK_ROOT=" + dir}, env...)
	b.cmd.Stdout, b.cmd.Stderr = b.stdout, b.stderr
	if err := b.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { b.exited <- b.cmd.Wait() }()
	t.Cleanup(func() {
		b.cmd.Process.Kill()
		runtime.Close()
	})
	return b
}

// do sends a request through both ends of the gateway and the function.
func (b *bootstrap) do(t *testing.T, r *http.Request, timeout time.Duration) *http.Response {
	t.Helper()
	event, err := lambdatest.Event(r)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := b.Invoke(t.Context(), event, timeout)
	if err != nil {
		t.Fatalf("%v\n%s", err, b.stderr)
	}
	response, err := lambdatest.Answer(payload)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

type request struct {
	name, method, path, contentType string
	header                          map[string]string
	body                            string
}

func (q request) make(base string) *http.Request {
	r, err := http.NewRequest(q.method, base+q.path, strings.NewReader(q.body))
	if err != nil {
		panic(err)
	}
	if q.contentType != "" {
		r.Header.Set("Content-Type", q.contentType)
	}
	for name, value := range q.header {
		r.Header.Set(name, value)
	}
	r.Header.Set("X-Request-Id", "same")
	return r
}

// answer is the part of a response that must be the same for two hosts of one handler.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

// read omits what depends on the host: lengths, dates, and whether trailers were sent as headers.
func read(t *testing.T, r *http.Response) answer {
	t.Helper()
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	header := r.Header.Clone()
	for name, values := range r.Trailer {
		header[name] = values
	}
	for _, name := range []string{"Date", "Content-Length", "Trailer", "Connection"} {
		header.Del(name)
	}
	for name, values := range header {
		header[name] = []string{strings.Join(values, ", ")}
	}
	return answer{r.StatusCode, header, measured.ReplaceAllString(string(body), `"seconds":0`)}
}

// measured matches the measured speed in /v1/config.
var measured = regexp.MustCompile(`"seconds":[0-9.e-]+`)

// The local server over HTTP and the function behind a gateway give the same responses.
func TestSameAsTheLocalServer(t *testing.T) {
	library := infertest.Library(t)
	const key = "a-key-of-twenty-four-letters"
	keys, err := api.ParseKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	e := infertest.Engine(t)
	handler := api.New(api.Options{Models: scoring.SingleModel(e), Site: web.Site(), Keys: keys,
		Log: slog.New(slog.DiscardHandler)})
	server := httptest.NewServer(handler)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	b := start(t, task(t, library), "REVIEWLENS_API_KEYS="+key)

	windows, _, _ := e.Windows(nil, []byte("It leaks."))
	frame, err := batch.AppendRequest(nil,
		batch.Request{Model: e.Model().Manifest.ID, Texts: [][][]int32{windows}})
	if err != nil {
		t.Fatal(err)
	}
	id := e.Model().Manifest.ID
	with := map[string]string{"Authorization": "Bearer " + key}
	long, _ := json.Marshal(
		wire.ScoreRequest{Texts: strings.Split(strings.Repeat("Broke after a week.\n", 300), "\n")})
	for _, q := range []request{
		{"JSON", "POST", "/v1/score", "application/json", with,
			`{"texts": ["Great kettle!", "", "It <leaks> & \"drips\"."]}`},
		{"many texts", "POST", "/v1/score", "application/json", with, string(long)},
		{"frame", "POST", "/v1/score", wire.TypeFrame, with, string(frame)},
		{"lines", "POST", "/v1/score", "text/plain", with, "Great.\n\nAwful."},
		{"CSV", "POST", "/v1/score?column=review", "text/csv", with,
			"id,review\n1,\"Great, really\"\n2,\n3,\"two\nlines\"\n"},
		{"CSV in Windows-1252", "POST", "/v1/score", "text/csv", with,
			"id;review\r\n1;caf\xe9 was lovely and the staff was so kind\r\n2;tr\xe8s bien, rien " +
				"\xe0 dire de plus\r\n"},
		{"JSON lines", "POST", "/v1/score", "application/jsonl", with,
			"{\"review\": \"Fine.\"}\n{\"review\": \"Bad.\"}\n"},
		{"no such column", "POST", "/v1/score?column=txet", "text/csv", with,
			"id,review\n1,Great\n"},
		{"no key", "POST", "/v1/score", "application/json", nil, `{"texts": ["x"]}`},
		{"wrong key", "POST", "/v1/score", "application/json",
			map[string]string{"X-Api-Key": "wrong"}, `{"texts": ["x"]}`},
		{"broken JSON", "POST", "/v1/score", "application/json", with, `{"texts": [`},
		{"unknown type", "POST", "/v1/score", "image/png", with, "\x89PNG\xff"},
		{"wrong method", "GET", "/v1/score", "", with, ""},
		{"nothing there", "GET", "/v1/nothing", "", nil, ""},
		{"config", "GET", "/v1/config", "", nil, ""},
		{"model", "GET", "/v1/model", "", nil, ""},
		{"model, known", "GET", "/v1/model", "",
			map[string]string{"If-None-Match": `"` + id + `"`}, ""},
		{"models", "GET", "/v1/models", "", nil, ""},
		{"vocabulary, a range", "GET", "/v1/models/" + id + "/tokenizer", "",
			map[string]string{"Range": "bytes=0-99"}, ""},
		{"another model's", "GET", "/v1/models/000000000000/tokenizer", "", nil, ""},
		{"health", "GET", "/healthz", "", nil, ""},
		{"readiness", "GET", "/readyz", "", nil, ""},
		{"page", "GET", "/", "", nil, ""},
		{"page, head", "HEAD", "/", "", nil, ""},
		{"page, compressed", "GET", "/app.css", "", map[string]string{"Accept-Encoding": "br"}, ""},
	} {
		t.Run(q.name, func(t *testing.T) {
			local, err := client.Do(q.make(server.URL))
			if err != nil {
				t.Fatal(err)
			}
			want := read(t, local)
			if diff := cmp.Diff(want,
				read(t, b.do(t, q.make("https://api.example"), time.Minute))); diff != "" {
				t.Errorf("-local +lambda:\n%s", diff)
			}
		})
	}
	if strings.Contains(b.stderr.String()+b.stdout.String(), "kettle") {
		t.Error("the logs hold review text")
	}
	if !strings.Contains(b.stdout.String(), `"ColdStart":1`) ||
		!strings.Contains(b.stdout.String(), `"Tokens":`) {
		t.Errorf("metrics are missing from %.500s", b.stdout)
	}
}

func score(texts ...string) *http.Request {
	body, _ := json.Marshal(wire.ScoreRequest{Texts: texts})
	return request{method: "POST", path: "/v1/score", contentType: wire.TypeJSON,
		body: string(body)}.make("https://api.example")
}

// A failed event does not affect the next one, and work that exceeds the time is refused before it
// is scored.
func TestLife(t *testing.T) {
	b := start(t, task(t, infertest.Library(t)))
	select {
	case <-b.Ready():
	case err := <-b.exited:
		t.Fatalf("the bootstrap ended: %v\n%s", err, b.stderr)
	}
	good := func() {
		t.Helper()
		if r := b.do(t, score("Great kettle!"), time.Minute); r.StatusCode != 200 {
			t.Fatalf("a good event was answered %+v", read(t, r))
		}
	}
	good()
	var failure *lambdatest.Failure
	if _, err := b.Invoke(t.Context(), []byte(`{"Records": []}`), time.Minute); !errors.As(err,
		&failure) || !strings.Contains(failure.Body, "payload format 2.0") {
		t.Errorf("an event that is no request gave %v", err)
	}
	good()
	if payload, err := b.Invoke(t.Context(), []byte(`{"canary": true}`), time.Minute); err != nil ||
		!strings.Contains(string(payload), `"texts":`) ||
		strings.Contains(string(payload), `"error"`) {
		t.Errorf("the golden texts: %s, %v", payload, err)
	}

	// 2,500 long texts in 1.5 s, of which 0.5 s are reserved: no CPU can do that.
	var texts []string
	for i := range 2500 {
		texts = append(texts,
			fmt.Sprintf("%d %s", i, strings.Repeat("It broke on the first day. ", 14)))
	}
	started := time.Now()
	got := read(t, b.do(t, score(texts...), 1500*time.Millisecond))
	e, ok := wire.DecodeProblem([]byte(got.Body))
	early := ok && e.Code == wire.TooMuchWork && got.Status == 413
	// where even tokenizing takes longer: under the race detector
	late := ok && e.Code == wire.OutOfTime && got.Status == 504
	if !early && !late {
		t.Errorf("more than fits was answered %d %.300s after %v", got.Status, got.Body,
			time.Since(started))
	}
	good()

	b.cmd.Process.Signal(syscall.SIGTERM)
	if err := <-b.exited; err != nil {
		t.Errorf("SIGTERM ends the process with %v\n%s", err, b.stderr)
	}
}

func TestInitFails(t *testing.T) {
	dir := task(t, infertest.Library(t))
	for _, tt := range []struct{ name, env, want string }{
		{"no such model", "REVIEWLENS_MODEL=nowhere", "manifest.json: no such file"},
		{"short key", "REVIEWLENS_API_KEYS=short", "API key 1 has 5 characters"},
		{"bucket without a region", "REVIEWLENS_MODEL=s3://models", "no region"},
		{"no endpoint", "REVIEWLENS_ENGINE=reviews", "want sagemaker://NAME"},
		{"endpoint without a region", "REVIEWLENS_ENGINE=sagemaker://reviews", "no region"},
		{"jobs without a machine", "REVIEWLENS_JOBS=files", "want a bucket's name and the ARN"},
		{"a machine that is none", "REVIEWLENS_JOBS_MACHINE=arn:aws:lambda:x",
			"no ARN of a state machine"},
		{"history elsewhere", "REVIEWLENS_HISTORY=runs.db", "want dynamodb://table"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := start(t, dir, tt.env)
			select {
			case err := <-b.exited:
				if err == nil || !strings.Contains(b.stderr.String(), tt.want) {
					t.Errorf("ended with %v, %s; want %q", err, b.stderr, tt.want)
				}
			case <-b.Ready():
				t.Error("the function takes events")
			}
		})
	}
}

// With SnapStart the function loads its model, reports that it is ready for its snapshot, and
// requests no event. It requests AWS credentials after the restore, not before: those in the
// snapshot would have expired.
func TestSnapStart(t *testing.T) {
	library := infertest.Library(t)
	var restored, early, late atomic.Int32
	aws := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if restored.Load() == 0 {
			early.Add(1)
		}
		if r.URL.Path == "/credentials" {
			late.Add(1)
			fmt.Fprintf(w,
				`{"AccessKeyId": "FRESH", "SecretAccessKey": "s", "Token": "t", "Expiration": %q}`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
			return
		}
		if !strings.Contains(r.Header.Get("Authorization"), "Credential=FRESH/") {
			t.Errorf("asked with %q", r.Header.Get("Authorization"))
		}
		io.WriteString(w, `{"Items": [], "Count": 0}`)
	}))
	defer aws.Close()
	b := start(t, task(t, library), "AWS_LAMBDA_INITIALIZATION_TYPE=snap-start",
		"REVIEWLENS_HISTORY=dynamodb://runs", "AWS_REGION=eu-central-1",
		"AWS_ENDPOINT_URL="+aws.URL, "AWS_CONTAINER_CREDENTIALS_FULL_URI="+aws.URL+
			"/credentials", "AWS_CONTAINER_AUTHORIZATION_TOKEN=x", "HOME="+t.TempDir())
	select {
	case <-b.Frozen():
	case err := <-b.exited:
		t.Fatalf("%v\n%s", err, b.stderr)
	}
	select {
	case <-b.Ready():
		t.Error("it asks for events before it is restored")
	default:
	}
	// The output of the process may still be in transit.
	for end := time.Now().Add(30 * time.Second); time.Now().
		Before(end); time.Sleep(10 * time.Millisecond) {
		if strings.Contains(b.stderr.String(), "opened, milliseconds") {
			break
		}
	}
	if log := b.stderr.String(); strings.Contains(log, `"msg":"ready"`) ||
		!strings.Contains(log, "opened, milliseconds") {
		t.Errorf("the snapshot should have the model and no more:\n%s", log)
	}
	restored.Store(1)
	b.Restore()
	r, err := http.NewRequest("GET", "https://api.example/v1/runs", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.do(t, r, 20*time.Second); got.StatusCode != 200 {
		t.Errorf("the history answers %d\n%s", got.StatusCode, b.stderr)
	}
	if early.Load() > 0 || late.Load() == 0 {
		t.Errorf("AWS was asked %d times before the restore; for credentials %d times",
			early.Load(), late.Load())
	}
}

// A failure after a restore is reported to Lambda and ends the process. A model in a bucket is
// refused before the snapshot.
func TestSnapStartThatFails(t *testing.T) {
	dir := task(t, infertest.Library(t))
	b := start(t, dir, "AWS_LAMBDA_INITIALIZATION_TYPE=snap-start", "REVIEWLENS_HISTORY=nonsense")
	<-b.Frozen()
	b.Restore()
	if reason := <-b.Refused(); !strings.Contains(reason, "REVIEWLENS_HISTORY") {
		t.Errorf("told %s", reason)
	}
	if err := <-b.exited; err == nil {
		t.Error("the process goes on")
	}
	b = start(t, dir, "AWS_LAMBDA_INITIALIZATION_TYPE=snap-start",
		"REVIEWLENS_MODEL=s3://models/here")
	if err := <-b.exited; err == nil ||
		!strings.Contains(b.stderr.String(), "SnapStart takes a model that is inside") {
		t.Errorf("a model of a bucket: %v\n%s", err, b.stderr)
	}
}
