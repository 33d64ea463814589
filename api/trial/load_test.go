package trial

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"reviewlens/api/engines"
	"reviewlens/api/infer"
	"reviewlens/api/infer/infertest"
	"reviewlens/api/model"
	defaultmodel "reviewlens/api/model/default"
	"reviewlens/api/model/store"
	"reviewlens/api/model/store/storetest"
	"reviewlens/api/scoring"
)

// The assertion in Runner.score is of a dynamic type: a renamed method would go unnoticed.
var _ idleScorer = (*infer.Engine)(nil)

// The cost of a shadow on this machine, with the real engine: the rate of busy clients, and the
// times of requests with pauses between, each with and without a trial in turn. Only counts can
// fail it: times are printed, since the machine may be busy.
func TestShadowUnderLoad(t *testing.T) {
	if os.Getenv("TRIAL_LOAD") == "" {
		t.Skip("takes a minute and measures times; TRIAL_LOAD=1 (make test-trials) runs it")
	}
	library := infertest.Library(t)
	s := store.New(store.Folder(t.TempDir()), nil)
	a, b := publish(t, s, "a"), publish(t, s, "b")
	storetest.Activate(t, s, a)
	storetest.Try(t, s, b, 0, 0.05)
	quiet := slog.New(slog.DiscardHandler)
	set := engines.Start(engines.Options{Store: s, Log: quiet,
		Open: func(ctx context.Context, m *model.Model) (engines.Engine, error) {
			return infer.Open(ctx, m, infer.Options{Library: library})
		}})
	defer set.Close()
	if err := set.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	for { // go test's own timeout is the bound
		if running, ok := set.Trial(); ok && running.Ready {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	r := Start(Options{Host: set, Log: quiet})
	defer r.Close()
	number := 0
	ask := func(models scoring.Models, from int) time.Duration {
		e, release, err := models.Acquire(t.Context(), "")
		if err != nil {
			t.Error(err)
			return 0
		}
		defer release()
		text := fmt.Sprintf("Review number %d: the kettle is quick, quiet and easy to clean, and "+
			"it looks good beside the toaster. I would buy it again.", from)
		start := time.Now()
		if _, err := scoring.Texts(t.Context(), e, []string{text}, 0); err != nil {
			t.Error(err)
		}
		return time.Since(start)
	}
	const texts, rounds = 400, 5
	rate := func(models scoring.Models) float64 {
		start := time.Now()
		var clients sync.WaitGroup
		for c := range 8 {
			clients.Go(func() {
				for i := range texts / 8 {
					ask(models, number+c*texts+i)
				}
			})
		}
		clients.Wait()
		number += 10 * texts
		return texts / time.Since(start).Seconds()
	}
	calm := func(models scoring.Models) (all []time.Duration) {
		for i := range texts / 2 {
			all = append(all, ask(models, number+i))
			time.Sleep(5 * time.Millisecond)
		}
		number += 10 * texts
		return all
	}
	rate(set) // warms up
	var rates [2][]float64
	var times [2][]time.Duration
	var lost []float64
	for range rounds {
		for i, models := range []scoring.Models{set, r} {
			rates[i] = append(rates[i], rate(models))
			times[i] = append(times[i], calm(models)...)
		}
		n := len(rates[0]) - 1
		lost = append(lost, 100*(1-rates[1][n]/rates[0][n]))
	}
	_, c, _ := r.Local()
	slices.Sort(lost)
	t.Logf("8 clients that always ask: %.1f texts/s without a trial, %.1f with a shadow of 5%%; "+
		"lost %.1f%% (median of %d rounds; %.1f to %.1f)", median(rates[0]), median(rates[1]),
		lost[rounds/2], rounds, lost[0], lost[rounds-1])
	for i, name := range []string{"without a trial", "with a shadow of 5%"} {
		slices.Sort(times[i])
		n := len(times[i])
		t.Logf("one client with pauses, %s: p50 %.1f ms, p99 %.1f ms", name,
			millis(times[i][n/2]), millis(times[i][n*99/100]))
	}
	total := texts*rounds + texts/2*rounds
	t.Logf("of %d texts the challenger read %d and dropped %d; %.2f and %.2f ms a text (%d timed)",
		total, c.Pairs.Pairs, c.Dropped, c.Millis[0]/float64(max(1, c.Timed)),
		c.Millis[1]/float64(max(1, c.Timed)), c.Timed)
	if c.Pairs.Pairs == 0 || c.Pairs.Pairs+c.Dropped > total/10 || c.Failed > 0 ||
		c.Pairs.ShiftSquares != 0 {
		t.Errorf("counts = %+v; want some 5%% of %d texts, without a difference", c, total)
	}
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// publish puts the embedded model into a store, under another ID.
func publish(t *testing.T, s *store.Store, name string) (id string) {
	t.Helper()
	var m map[string]any
	d := json.NewDecoder(bytes.NewReader([]byte(defaultmodel.Manifest)))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		t.Fatal(err)
	}
	m["accuracy"] = name
	data, err := json.Marshal(m)
	if err == nil {
		m["id"], err = model.ID(data)
	}
	if err == nil {
		data, err = json.Marshal(m)
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := defaultmodel.Files()
	files["manifest.json"] = data
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if id, _, err = s.Publish(t.Context(), store.New(store.Folder(dir), nil)); err != nil {
		t.Fatal(err)
	}
	return id
}
