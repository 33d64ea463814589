package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"reviewlens/api/model/store"
	"reviewlens/api/wire"
)

// A damaged model never serves: the program does not start with it in a folder, is not ready with
// it in a store, and keeps the model that it has.
func TestCorruptModel(t *testing.T) {
	long(t)
	all := corpus(t)
	damages := []struct {
		name, file, want string
		damage           func([]byte) []byte
	}{
		{"a flipped bit in the graph", "model.onnx", "SHA-256",
			func(b []byte) []byte { b[len(b)/2] ^= 1; return b }},
		{"a graph that ends early", "model.onnx", "bytes, want",
			func(b []byte) []byte { return b[:len(b)/2] }},
		{"another vocabulary", "vocab.txt", "SHA-256",
			func(b []byte) []byte { b[len(b)/2] ^= 1; return b }},
		{"an edited manifest", "manifest.json", "id", func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"temperature": `), []byte(`"temperature": 1`), 1)
		}},
		{"a manifest that ends early", "manifest.json", "",
			func(b []byte) []byte { return b[:len(b)/2] }},
		{"no graph", "model.onnx", "model.onnx", func([]byte) []byte { return nil }},
	}
	damaged := func(folder, file string, damage func([]byte) []byte) {
		t.Helper()
		name := filepath.Join(folder, file)
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		changed := damage(bytes.Clone(data))
		if bytes.Equal(changed, data) {
			t.Fatalf("%s is as it was: the test does nothing", file)
		}
		if changed != nil {
			if err := os.WriteFile(name, changed, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, d := range damages {
		folder := writeModel(t, 1)
		damaged(folder, d.file, d.damage)
		cmd := exec.Command(program(t), "score", "-model", folder, "-")
		cmd.Stdin = strings.NewReader(all.file(0, 2))
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), d.want) {
			t.Errorf("%s: score ends with %v: %s", d.name, err, out)
		}
		s := start(t, "-model", folder) // a store: the server waits for a valid model
		if s.ready() {
			t.Errorf("%s: the server is ready", d.name)
		}
		for _, contentType := range []string{wire.TypeJSON, wire.TypeCSV, wire.TypeFrame} {
			body := map[string]string{wire.TypeJSON: all.texts(0, 2), wire.TypeCSV: all.file(0, 2),
				wire.TypeFrame: all.frame(all.model.Manifest.ID, 0, 2)}[contentType]
			s.ask("POST", "/v1/score", contentType, body).refused(t, d.name, wire.NotReady)
		}
		if log := s.Log.String(); !strings.Contains(log, d.want) {
			t.Errorf("%s: the log does not say %q: %s", d.name, d.want, log)
		}
		s.stop()
	}
	saw(t, "a corrupt model ("+fmt.Sprint(len(damages))+" kinds)",
		"never ready, every request refused as not-ready (503), the log names the file")
}

// A store's current model changes back and forth under load, and to a damaged one: each answer is
// entirely of one model, and names it; a request that names a model gets that one, without a gap.
func TestModelChangesUnderLoad(t *testing.T) {
	long(t)
	all := corpus(t)
	place := t.TempDir()
	models := store.New(store.Folder(place), nil)
	second := publish(t, models, writeModel(t, 3))
	first := publish(t, models, writeModel(t, 1))
	broken := publish(t, models, writeModel(t, 2))
	if _, err := models.Activate(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	graph := filepath.Join(place, broken, "model.onnx")
	data, err := os.ReadFile(graph)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	os.Remove(graph)
	if err := os.WriteFile(graph, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, "-model", place)
	s.awaitReady(t)
	s.rest(t)

	// The scores of each review in each model, without load.
	const texts = 300
	right := map[string][]float64{}
	read := func(a answer) (id string, scores []float64) {
		var got wire.ScoreResponse
		if err := json.Unmarshal(a.body, &got); a.status != 200 || err != nil {
			t.Errorf("answered %d %.300s", a.status, a.body)
			return "", nil
		}
		for _, r := range got.Results {
			if r.Positive == nil {
				t.Errorf("no score: %.300s", a.body)
				return "", nil
			}
			scores = append(scores, *r.Positive)
		}
		return got.Model, scores
	}
	for _, id := range []string{first, second} {
		got, scores := read(
			s.ask("POST", "/v1/score?model="+id, wire.TypeJSON, all.texts(0, texts)))
		if got != id || len(scores) != texts {
			t.Fatalf("model %s answers as %s, %d scores", id, got, len(scores))
		}
		right[id] = scores
	}

	stop := make(chan struct{})
	var mu sync.Mutex
	answers := map[string]int{} // by client and by model
	var group sync.WaitGroup
	for k := range 6 {
		pinned := []string{"", first, second}[k%3]
		group.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				from := (k*31 + n*7) % (texts - 20)
				path := "/v1/score"
				if pinned != "" {
					path += "?model=" + pinned
				}
				a, err := s.send("POST", path, wire.TypeJSON,
					strings.NewReader(all.texts(from, from+10)))
				if err != nil {
					t.Error(err)
					return
				}
				id, scores := read(a)
				if pinned != "" && id != pinned {
					t.Errorf("who asked for %s got %s", pinned, id)
					return
				}
				for i, p := range scores {
					if d := p - right[id][from+i]; d > 1e-5 || d < -1e-5 {
						t.Errorf("text %d is %v by model %s, want %v", from+i, p, id,
							right[id][from+i])
						return
					}
				}
				mu.Lock()
				answers[pinned+">"+id]++
				mu.Unlock()
			}
		})
	}
	serves := func() string {
		var m wire.Manifest
		s.ask("GET", "/v1/model", "", "").json(t, &m)
		return m.ID
	}
	for _, next := range []string{second, first, broken} {
		if _, err := models.Activate(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		if next == broken {
			wait(t, "the damaged model to be noticed",
				func() bool { return strings.Contains(s.Log.String(), "model not usable") })
			if id := serves(); id != first {
				t.Errorf("with a damaged model current, %s serves", id)
			}
			continue
		}
		wait(t, next+" to serve",
			func() bool { time.Sleep(200 * time.Millisecond); return serves() == next })
	}
	close(stop)
	group.Wait()
	total := 0
	for _, n := range answers {
		total += n
	}
	if answers[">"+first] == 0 || answers[">"+second] == 0 {
		t.Errorf("answers are %v: want some of both models to who names none", answers)
	}
	if !t.Failed() {
		goroutines, memory := s.now()
		saw(t, "two changes of a store's model under load, and one to a damaged model",
			"%d answers, each wholly of the model that it names; pinned ones of theirs without a "+
				"gap; the damaged one never served; goroutines %d, then %d; memory %d MB, then %d",
			total, s.goroutines, goroutines, s.memory>>20, memory>>20)
	}
}
