package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reviewlens/api/infer/infertest"
	"reviewlens/api/model"
	defaultmodel "reviewlens/api/model/default"
	"reviewlens/api/model/s3"
	"reviewlens/api/model/store"
	"reviewlens/api/trial"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// bucketOfModels creates an empty bucket and returns the environment of a function whose models are
// there.
func bucketOfModels(t *testing.T) (env []string) {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("models"); err != nil {
		t.Fatal(err)
	}
	bucket := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(bucket.Close)
	// A separate folder serves as the function's /tmp.
	env = []string{"REVIEWLENS_MODEL=s3://models/here", "TMPDIR=" + t.TempDir(),
		"AWS_ENDPOINT_URL=" + bucket.URL, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=test",
		"AWS_SECRET_ACCESS_KEY=test", "AWS_CONFIG_FILE=" + os.DevNull}
	for _, e := range env[2:] {
		name, value, _ := strings.Cut(e, "=")
		t.Setenv(name, value)
	}
	return env
}

// publish makes the default model the current one of that bucket.
func publish(t *testing.T) (models *store.Store, id string) {
	t.Helper()
	place, err := s3.Open(t.Context(), "s3://models/here", "")
	if err != nil {
		t.Fatal(err)
	}
	models = store.New(place, nil)
	folder := store.New(store.Folder(filepath.Join("..", "..", "model", "default")), nil)
	if id, _, err = models.Publish(t.Context(), folder); err != nil {
		t.Fatal(err)
	}
	if _, err := models.Activate(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	return models, id
}

// A function whose models are in a bucket serves the current one, and ends if there is none.
func TestModelOfABucket(t *testing.T) {
	library := infertest.Library(t)
	env := bucketOfModels(t)

	b := start(t, task(t, library), env...)
	select {
	case err := <-b.exited:
		if err == nil || !strings.Contains(b.stderr.String(), "s3://models/here has no "+
			"current model") {
			t.Errorf("without a model it ends with %v, %s", err, b.stderr)
		}
	case <-b.Ready():
		t.Error("it takes events without a model")
	}

	_, id := publish(t)
	b = start(t, task(t, library), env...)
	r := b.do(t, score("Great kettle!"), time.Minute)
	if got := read(t, r); got.Status != http.StatusOK || !strings.Contains(got.Body, id) ||
		!strings.Contains(b.stderr.String(), `"store":"s3://models/here"`) {
		t.Errorf("answered %+v\n%s", got, b.stderr)
	}
}

// A function scores the sample of a trial before an invocation ends, and reports it in its metrics;
// its counts are in the bucket when it ends. Its responses come from the current model.
func TestTrialOfABucket(t *testing.T) {
	library := infertest.Library(t)
	env := bucketOfModels(t)
	models, current := publish(t)
	challenger := publishAgain(t, models)
	shadow := 0.2
	change := store.TrialChange{Shadow: &shadow}
	if _, err := models.Try(t.Context(), challenger, change); err != nil {
		t.Fatal(err)
	}

	b := start(t, task(t, library), env...)
	read := func() (n int) {
		for line := range strings.SplitSeq(b.stdout.String(), "\n") {
			var m struct{ TrialRead int }
			if json.Unmarshal([]byte(line), &m) == nil {
				n += m.TrialRead
			}
		}
		return n
	}
	for i := 0; read() < 5; i++ { // bounded by go test's timeout
		var texts []string
		for j := range 20 {
			texts = append(texts, fmt.Sprintf("Kettle number %d is lovely.", 20*i+j))
		}
		answer := readAnswer(t, b.do(t, score(texts...), time.Minute))
		if !strings.Contains(answer, current) || strings.Contains(answer, challenger) {
			t.Fatalf("answered %s", answer)
		}
	}
	if err := b.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := <-b.exited; err != nil {
		t.Fatalf("it ends with %v\n%s", err, b.stderr)
	}
	outcome, err := trial.Read(t.Context(), models)
	if err != nil || outcome.Figures.Pairs < 5 || outcome.Figures.Changed.Share != 0 {
		t.Errorf("the bucket has %+v, %v; want %d pairs", outcome, err, read())
	}
}

func readAnswer(t *testing.T, r *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// publishAgain publishes the embedded model under another ID.
func publishAgain(t *testing.T, to *store.Store) (id string) {
	t.Helper()
	var m map[string]any
	d := json.NewDecoder(strings.NewReader(defaultmodel.Manifest))
	d.UseNumber()
	err := d.Decode(&m)
	m["accuracy"] = "another"
	data, _ := json.Marshal(m)
	if err == nil {
		m["id"], err = model.ID(data)
	}
	if err != nil {
		t.Fatal(err)
	}
	data, _ = json.Marshal(m)
	dir := t.TempDir()
	files := defaultmodel.Files()
	files["manifest.json"] = data
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	id, _, err = to.Publish(t.Context(), store.New(store.Folder(dir), nil))
	if err != nil {
		t.Fatal(err)
	}
	return id
}
