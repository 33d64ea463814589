package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"time"

	"reviewlens/api/model"
	defaultmodel "reviewlens/api/model/default"
	"reviewlens/api/model/s3"
	"reviewlens/api/model/store"
	"reviewlens/api/wire"
	"reviewlens/build/bench/library"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

const starts = 20

// phases are in their order: those that the process itself reports, and those observed from
// outside.
var phases = []string{"process: started, linked, its first line; asks for an event",
	"model: read or fetched, hashed; vocabulary, routes", "library: ONNX Runtime loaded",
	"session: graph parsed " +
		"and laid out", "self-test: golden texts", "init, in all", "first score", "init to first score"}

// cold starts a function of one processor, twenty times with the model inside and twenty times with
// it in a bucket.
func cold() (err error) {
	if err := build(); err != nil {
		return err
	}
	body, err := json.Marshal(wire.ScoreRequest{Texts: []string{"Works as it should."}})
	if err != nil {
		return err
	}
	e, err := event("POST", "/v1/score", wire.TypeJSON, string(body))
	if err != nil {
		return err
	}
	bucket, err := publish()
	if err != nil {
		return err
	}
	ways := []struct {
		name string
		env  []string
		took map[string][]float64
	}{{"model inside", nil, map[string][]float64{}}, {"model in S3", bucket,
		map[string][]float64{}}}
	for n := range starts + 1 { // the first fills the page cache
		for _, way := range ways {
			found, err := once(way.env, e)
			if err != nil {
				return fmt.Errorf("%s: %w", way.name, err)
			}
			for name, v := range found {
				if n > 0 {
					way.took[name] = append(way.took[name], v)
				}
			}
		}
	}
	fmt.Printf("%s, 1 of them; %d starts each, median (least to most) in ms\n\n| | %s | %s "+
		"|\n|---|---|---|\n", processor(), starts, ways[0].name, ways[1].name)
	for _, name := range phases {
		fmt.Printf("| %s |", name)
		for _, way := range ways {
			v := way.took[name]
			fmt.Printf(" %.0f (%.0f to %.0f) |", median(v), slices.Min(v), slices.Max(v))
		}
		fmt.Println()
	}
	return least()
}

// least prints the lower bound of the phases: the minimum time of the same work over as many
// rounds.
func least() error {
	empty := work + "/empty.go"
	if err := os.WriteFile(empty, []byte("package main\n\nfunc main() {}\n"), 0o666); err != nil {
		return err
	}
	if out, err := exec.Command("go", "build", "-ldflags", "-s -w", "-o", work+
		"/empty", empty).CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	native, err := library.Find()
	if err != nil {
		return err
	}
	ort, err := os.ReadFile(native)
	if err != nil {
		return err
	}
	fmt.Printf("\n| the least of %d | ms |\n|---|---|\n", starts)
	for _, floor := range []struct {
		name string
		do   func() error
	}{
		{"process: an empty Go program, to its end",
			func() error { return exec.Command(work + "/empty").Run() }},
		{fmt.Sprintf("model: SHA-256 of its %.0f MB", float64(len(defaultmodel.ONNX))/1e6),
			func() error { sha256.Sum256(defaultmodel.ONNX); return nil }},
		{fmt.Sprintf("library: SHA-256 of its %.0f MB", float64(len(ort))/1e6),
			func() error { sha256.Sum256(ort); return nil }},
	} {
		took := time.Hour
		for range starts {
			started := time.Now()
			if err := floor.do(); err != nil {
				return fmt.Errorf("%s: %w", floor.name, err)
			}
			took = min(took, time.Since(started))
		}
		fmt.Printf("| %s | %.1f |\n", floor.name, float64(took.Microseconds())/1000)
	}
	return nil
}

// once starts a function, has it score one review, and returns the time of each phase.
func once(env []string, e []byte) (took map[string]float64, err error) {
	// replaces /tmp, which is empty when a function starts
	tmp, err := os.MkdirTemp("", "reviewlens-cold-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	f, err := start("cold", 2, 1, append([]string{"TMPDIR=" + tmp}, env...)...)
	if err != nil {
		return nil, err
	}
	first, err := f.answer(e)
	if err := errors.Join(err, f.stop()); err != nil { // its log is complete once it has exited
		return nil, err
	}
	millis := map[string]float64{}
	for line := range bytes.Lines(f.stderr.Bytes()) {
		var entry map[string]any
		if json.Unmarshal(line, &entry) != nil {
			continue
		}
		for _, name := range []string{"library", "session", "self-test", "initMillis"} {
			if v, ok := entry[name].(float64); ok {
				millis[name] = v
			}
		}
	}
	if len(millis) != 4 {
		return nil, fmt.Errorf("the function tells %v of its start: %s", millis, f.stderr.Bytes())
	}
	init, score := 1000*f.init.Seconds(), 1000*first.Seconds()
	return map[string]float64{
		phases[0]: init - millis["initMillis"],
		phases[1]: millis["initMillis"] - millis["library"] - millis["session"] -
			millis["self-test"],
		phases[2]: millis["library"], phases[3]: millis["session"], phases[4]: millis["self-test"],
		phases[5]: init, phases[6]: score, phases[7]: init + score,
	}, nil
}

// publish stores the model in a bucket of this process, and returns the environment that points to
// it.
func publish() (env []string, err error) {
	backend := s3mem.New()
	if err := backend.CreateBucket("models"); err != nil {
		return nil, err
	}
	server := httptest.NewServer(gofakes3.New(backend).Server()) // ends with this process
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": server.URL,
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"} {
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
		env = append(env, name+"="+value)
	}
	folder := work + "/model"
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, err
	}
	files := defaultmodel.Files()
	files["manifest.json"] = []byte(defaultmodel.Manifest)
	for name, content := range files {
		if err := os.WriteFile(folder+"/"+name, content, 0o666); err != nil {
			return nil, err
		}
	}
	if _, err := model.Open(folder); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	const address = "s3://models/models"
	place, err := s3.Open(ctx, address, "")
	if err != nil {
		return nil, err
	}
	to := store.New(place, nil)
	id, _, err := to.Publish(ctx, store.New(store.Folder(folder), nil))
	if err == nil {
		_, err = to.Activate(ctx, id)
	}
	return append(env, "REVIEWLENS_MODEL="+address), err
}
