package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reviewlens/api/infer/infertest"
	"reviewlens/api/model/s3"
	"reviewlens/api/model/store"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// A function whose model lies in a bucket serves the one that is current there, and ends where none
// is.
func TestModelOfABucket(t *testing.T) {
	library := infertest.Library(t)
	backend := s3mem.New()
	if err := backend.CreateBucket("models"); err != nil {
		t.Fatal(err)
	}
	bucket := httptest.NewServer(gofakes3.New(backend).Server())
	defer bucket.Close()
	// A folder of its own is the function's /tmp.
	env := []string{"REVIEWLENS_MODEL=s3://models/here", "TMPDIR=" + t.TempDir(), "AWS_ENDPOINT_URL=" + bucket.URL, "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_CONFIG_FILE=" + os.DevNull}
	for _, e := range env[2:] {
		name, value, _ := strings.Cut(e, "=")
		t.Setenv(name, value)
	}

	b := start(t, task(t, library), env...)
	select {
	case err := <-b.exited:
		if err == nil || !strings.Contains(b.stderr.String(), "s3://models/here has no current model") {
			t.Errorf("without a model it ends with %v, %s", err, b.stderr)
		}
	case <-b.Ready():
		t.Error("it takes events without a model")
	}

	place, err := s3.Open(t.Context(), "s3://models/here", "")
	if err != nil {
		t.Fatal(err)
	}
	models := store.New(place, nil)
	id, _, err := models.Publish(t.Context(), store.New(store.Folder(filepath.Join("..", "..", "model", "default")), nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := models.Activate(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	b = start(t, task(t, library), env...)
	r := b.do(t, score("Great kettle!"), time.Minute)
	if got := read(t, r); got.Status != http.StatusOK || !strings.Contains(got.Body, id) || !strings.Contains(b.stderr.String(), `"store":"s3://models/here"`) {
		t.Errorf("answered %+v\n%s", got, b.stderr)
	}
}
