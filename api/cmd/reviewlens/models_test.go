package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"reviewlens/api/infer/infertest"
	"reviewlens/api/model"
	defaultmodel "reviewlens/api/model/default"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/rogpeppe/go-internal/testscript"
)

// A server whose bucket does not exist yet is alive and not ready, and serves the model as soon as
// there is one.
func TestServeWaitsForItsBucket(t *testing.T) {
	library := infertest.Library(t)
	var down atomic.Bool
	for name, value := range bucketEnv(t, func() bool { return down.Load() }) {
		t.Setenv(name, value)
	}
	dir := t.TempDir()
	id, err := writeVariant(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"publish", "s3://models/x", dir, "-ort", library},
		{"activate", "s3://models/x", id}} {
		if err := run(t.Context(), append([]string{"models"}, args...), nil, io.Discard,
			io.Discard); err != nil {
			t.Fatal(err)
		}
	}

	down.Store(true)
	ctx, stop := context.WithCancel(t.Context())
	out, stdout := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, []string{"serve", "-addr", "127.0.0.1:0", "-ort", library, "-model",
			"s3://models/x", "-cache", t.TempDir()}, nil, stdout, io.Discard)
		stdout.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "Reviewlens is at ")
	if err != nil || !ok {
		t.Fatalf("serve says %q, %v (%v)", line, err, <-done)
	}
	if alive, _ := get(t, url+"/healthz"); alive != http.StatusOK {
		t.Errorf("/healthz = %d", alive)
	}
	if ready, body := get(t, url+"/readyz"); ready != http.StatusServiceUnavailable ||
		!strings.Contains(body, "No model could be loaded") || strings.Contains(body, "s3") {
		t.Errorf("/readyz = %d %s", ready, body)
	}
	down.Store(false)
	for { // bounded by go test's timeout
		if ready, body := get(t, url+"/readyz"); ready == http.StatusOK &&
			strings.Contains(body, id) {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if status, body := get(t, url+"/v1/models"); status != http.StatusOK ||
		!strings.Contains(body, id) {
		t.Errorf("/v1/models = %d %s", status, body)
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("serve = %v", err)
	}
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(data)
}

// bucketEnv starts an in-process S3 with the bucket models, and returns the environment variables
// that locate it.
func bucketEnv(t *testing.T, down ...func() bool) map[string]string {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("models"); err != nil {
		t.Fatal(err)
	}
	s3 := gofakes3.New(backend).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(down) > 0 && down[0]() {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		s3.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return environmentOf(server.URL)
}

// environmentOf returns the environment for an S3 at an address.
func environmentOf(url string) map[string]string {
	return map[string]string{
		"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "test",
		"AWS_SECRET_ACCESS_KEY": "test", "AWS_CONFIG_FILE": os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	}
}

// variantScript writes a folder with a model of another ID, and the ID: variant FOLDER [lie].
func variantScript(ts *testscript.TestScript, neg bool, args []string) {
	dir := ts.MkAbs(args[0])
	id, err := writeVariant(dir, len(args) > 1)
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Join(dir, "id"), []byte(id), 0o666))
}

// writeVariant writes the embedded model with another manifest, and so another ID; one that lies
// promises a score that it does not give.
func writeVariant(dir string, lie bool) (id string, err error) {
	var m map[string]any
	d := json.NewDecoder(bytes.NewReader([]byte(defaultmodel.Manifest)))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		return "", err
	}
	golden := m["golden"].([]any)[:2]
	if lie {
		golden[0].(map[string]any)["positive"] = 0.5
	}
	m["golden"], m["accuracy"] = golden, filepath.Base(dir)
	data, err := json.Marshal(m)
	if err != nil {
		return "", err
	}
	if id, err = model.ID(data); err != nil {
		return "", err
	}
	m["id"] = id
	if data, err = json.Marshal(m); err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	files := defaultmodel.Files()
	files["manifest.json"] = data
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o666); err != nil {
			return "", err
		}
	}
	return id, nil
}

// Without a home, models are kept in the temporary folder, unless other users can write there.
func TestTemporaryFolder(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	dir, err := temporaryFolder()
	if err != nil || filepath.Dir(dir) != tmp {
		t.Fatalf("temporaryFolder = %q, %v", dir, err)
	}
	if again, err := temporaryFolder(); again != dir || err != nil {
		t.Errorf("the second temporaryFolder = %q, %v, want %q", again, err, dir)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if got, err := temporaryFolder(); err == nil {
		t.Errorf("temporaryFolder is %q, to which others may write", got)
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(t.TempDir(), dir); err != nil {
		t.Fatal(err)
	}
	if got, err := temporaryFolder(); err == nil {
		t.Errorf("temporaryFolder is %q, a link", got)
	}
}
