// Package infer runs a model: it turns windows of token IDs into one score per text.
//
// Each window is one Run of batch size 1, unpadded, on a single-threaded stream; there is one
// stream per core. Windows are never batched: the int8 graph quantizes activations with one scale
// for everything in a Run, so a text's probability would depend on the rest of its batch: by up to
// 0.45, which changes the sentiment of 1.6% of the texts. It is also the fastest way (build/bench
// measures both): there is no padding and no barrier between threads, activations stay in the
// cache, and each window exits the graph as early as its score is clear.
//
// An Engine is safe for concurrent use. It interleaves the windows of concurrent requests
// (scheduler), a cancelled request costs nothing beyond the windows in flight, and equal texts of a
// request are run once. Token IDs must be in the vocabulary, and windows must not exceed the
// manifest's size: callers validate them (tokenizer/batch). An error is always internal, never the
// client's mistake, except that of Aspects for a model without an aspect model.
//
// The aspect model of a folder has a separate session, opened on first use, which shares the
// streams and their rules: scores do not depend on it.
//
// All sessions of the process share one arena for activations, and those of models with equal word
// embeddings share these (weights).
package infer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"

	"reviewlens/api/model"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/tokenizer/batch"

	ort "github.com/yalue/onnxruntime_go"
)

// Engine is a model that is ready to score.
type Engine struct {
	model     *model.Model
	session   *ort.DynamicAdvancedSession
	shared    []weights
	streams   []*stream
	scheduler *scheduler
	speed     float64 // tokens per second in the self-test
	phases    []Phase
	tagger    tagger
}

// Phase is a part of Open and its duration.
type Phase struct {
	Name string
	Took time.Duration
}

// Phases returns the parts of Open and their durations, in order.
func (e *Engine) Phases() []Phase { return e.phases }

// phase runs a part of Open and records its duration.
func (e *Engine) phase(name string, do func() error) error {
	start := time.Now()
	err := do()
	e.phases = append(e.phases, Phase{name, time.Since(start)})
	return err
}

// Options configures Open. The zero value is right for most callers.
type Options struct {
	Library string // path of the native library; "" searches for it (FindLibrary)
	Streams int    // 0: one per usable CPU (GOMAXPROCS, which honours affinity and cgroup limits)
}

// Open loads the native library, builds the session and verifies the model: the golden texts of the
// manifest must get their scores (selfTest, Compare). An Engine that Open returns has passed.
func Open(ctx context.Context, m *model.Model, o Options) (*Engine, error) {
	path, err := FindLibrary(o.Library)
	if err != nil {
		return nil, err
	}
	e := &Engine{model: m}
	if err := e.phase("library", func() error { return acquire(path) }); err != nil {
		return nil, err
	}
	if err := e.phase("session", func() error { defer trim(); return e.open(o) }); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	if err := e.phase("self-test", func() error { return e.selfTest(ctx) }); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// open allocates what Close frees.
func (e *Engine) open(o Options) error {
	m := e.model
	inputs, outputs, err := ports(m.ONNX)
	if err != nil {
		return err
	}
	dtype := m.Manifest.Inputs.DType
	if dtype == "" { // not in the manifest: a Hugging Face export
		dtype = typeOf(inputs)
	}
	names, err := inputNames(inputs, dtype)
	if err != nil {
		return err
	}
	logits, err := outputNames(outputs, m.Stars != nil)
	if err != nil {
		return err
	}
	e.shared = sharedWeights(m)
	if e.session, err = newSession(m.ONNX, names, e.shared, logits); err != nil {
		return err
	}
	if o.Streams == 0 {
		o.Streams = runtime.GOMAXPROCS(0)
	}
	var runners []runner
	for range o.Streams {
		st, err := newStream(e.session, names, e.shared, dtype, m.Windows.Size,
			slices.Index(m.Manifest.Labels, "positive"), m.Stars != nil)
		if err != nil {
			return err
		}
		e.streams = append(e.streams, st)
		runners = append(runners, st)
	}
	e.scheduler = &scheduler{idle: runners}
	return nil
}

// typeOf returns the type of the graph's first input.
func typeOf(inputs []port) string {
	if len(inputs) > 0 && inputs[0].dtype == 6 {
		return "int32"
	}
	return "int64"
}

// starsOutput is the name of the output with the logits of one to five stars.
const starsOutput = "stars"

// outputNames checks that the graph has the outputs that a stream reads, and returns their names in
// that order: the logits, and those of the stars.
func outputNames(outputs []port, stars bool) (names []string, err error) {
	for _, out := range outputs {
		if out.dtype == 1 && (!stars || out.name != starsOutput) {
			names = append(names, out.name)
		}
	}
	switch {
	case !stars && (len(outputs) != 1 || len(names) != 1):
		return nil, fmt.Errorf("the graph has outputs %v, want one of floats: the logits", outputs)
	case stars && (len(outputs) != 2 || len(names) != 1 ||
		!slices.Contains(outputs, port{starsOutput, 1})):
		return nil, fmt.Errorf("the graph has outputs %v, want two of floats: the logits, and %s, "+
			"since the manifest has stars", outputs, starsOutput)
	case stars:
		names = append(names, starsOutput)
	}
	return names, nil
}

// inputNames checks that a stream can fill every input of the graph.
func inputNames(inputs []port, dtype string) (names []string, err error) {
	want := map[string]int{"int32": 6, "int64": 7}[dtype]
	for _, in := range inputs {
		switch in.name {
		case "input_ids", "attention_mask", "token_type_ids":
		default:
			return nil, fmt.Errorf("the graph asks for %q; known are input_ids, attention_mask, token_type_ids", in.name)
		}
		if in.dtype != want {
			return nil, fmt.Errorf("the graph's %s has ONNX type %d, want that of %s", in.name, in.dtype, dtype)
		}
		names = append(names, in.name)
	}
	if !slices.Contains(names, "input_ids") {
		return nil, fmt.Errorf("the graph asks for %q, want input_ids among them", names)
	}
	return names, nil
}

// newSession builds a session. It leaves most of the runtime's options at their defaults: each of
// those that `make bench-options` changes (arena, memory pattern, denormals, packing) made a Run
// slower or had no effect. The layout optimizations are disabled: they are for images, change no
// score here, and searching for them takes a seventh of the time to build a session. The arena is
// the environment's (shareArena).
//
// A Run gets the named inputs, then the shared weights.
func newSession(onnx []byte, inputs []string, shared []weights, outputs []string) (
	s *ort.DynamicAdvancedSession, err error) {
	if len(shared) > 0 {
		lean, free, err := extractShared(onnx, shared)
		if err != nil {
			return nil, err
		}
		defer free() // a session copies what it needs
		onnx, inputs = lean, slices.Clone(inputs)
		for _, w := range shared {
			inputs = append(inputs, w.name)
		}
	}
	o, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.Destroy()) }()
	if err := errors.Join(o.SetIntraOpNumThreads(1), o.SetInterOpNumThreads(1),
		o.SetGraphOptimizationLevel(ort.GraphOptimizationLevelEnableExtended),
		o.AddSessionConfigEntry("session.use_env_allocators", "1")); err != nil {
		return nil, err
	}
	s, err = ort.NewDynamicAdvancedSessionWithONNXData(onnx, inputs, outputs, o)
	if err != nil {
		return nil, fmt.Errorf("build session: %w", err)
	}
	return s, nil
}

// Tolerances of golden scores. On the kind of CPU that the model was exported on, scores are equal.
// Other CPUs sum floats in another order, and if that moves an activation across the boundary
// between two of its 256 quantization steps, everything after it moves by a step: rare, and more
// likely the longer the text and the deeper the graph. With the last bit of its LayerNorms
// perturbed, half of 300 reviews move by at most 0.0002, nine of ten by 0.0038, the furthest by
// 0.063 (build/model/rounding.py). A wrong model is off on every text. The bound for every text is
// wire.GoldenTolerance.
const goldenTolerance = 0.01 // for three texts out of four

// Compare returns an error if the scores of golden texts are out of tolerance.
func Compare(golden []wire.Golden, scores []reviews.Score) error {
	off, worst := 0, 0
	away := func(i int) float64 { return math.Abs(scores[i].Positive - golden[i].Positive) }
	for i := range golden {
		if !(away(i) <= goldenTolerance) {
			off++
		}
		if !(away(i) <= away(worst)) {
			worst = i
		}
	}
	if 4*off > len(golden) || !(away(worst) <= wire.GoldenTolerance) {
		return fmt.Errorf("self-test: golden text %q scores %.6f, want %.6f, and %d of %d are off by more than %g: this machine or library does not reproduce the model's scores",
			golden[worst].Text, scores[worst].Positive, golden[worst].Positive, off, len(golden), goldenTolerance)
	}
	return nil
}

// AnyText is scored to test a model that has no golden texts.
const AnyText = "This is a review of a model that brought no texts of its own."

// selfTest scores golden texts, shortest first, until they add up to the tokens of one window: all
// of them would triple the time to the first score, and a wrong model is already wrong on these. A
// model without golden texts (a Hugging Face export) must at least score one text.
func (e *Engine) selfTest(ctx context.Context) error {
	golden := slices.SortedStableFunc(slices.Values(e.model.Manifest.Golden), func(a, b wire.Golden) int { return len(a.Text) - len(b.Text) })
	if len(golden) == 0 {
		golden = []wire.Golden{{Text: AnyText}}
	}
	var texts [][][]int32
	tokens := 0
	for _, g := range golden {
		windows, _, err := e.Windows(nil, []byte(g.Text))
		if err != nil {
			return fmt.Errorf("self-test: golden text %q: %w", g.Text, err)
		}
		if tokens += batch.Tokens(windows); len(texts) > 0 && tokens > e.model.Windows.Size {
			break
		}
		texts = append(texts, windows)
		e.speed += float64(batch.Tokens(windows))
	}
	start := time.Now()
	scores, err := e.Score(ctx, texts)
	if err != nil {
		return fmt.Errorf("self-test: %w", err)
	}
	e.speed /= time.Since(start).Seconds()
	if len(e.model.Manifest.Golden) == 0 {
		if scores[0].Sentiment == reviews.None {
			return errors.New("self-test: the model's logits are not numbers")
		}
		return nil
	}
	return Compare(golden[:len(texts)], scores)
}

// Windows tokenizes a text and cuts it into windows (model.Cut).
func (e *Engine) Windows(dst [][]int32, text []byte) (windows [][]int32, cut bool, err error) {
	return e.model.Cut(dst, text)
}

// Score scores texts, each given by its windows. Equal texts are run once; a text without windows
// gets the zero Score, which has no sentiment.
func (e *Engine) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	windows, same := distinct(texts)
	results, err := e.scheduler.run(ctx, windows, false)
	if err != nil {
		return nil, err
	}
	scores := make([]reviews.Score, len(texts))
	for i, text := range texts {
		if same[i] != i {
			scores[i] = scores[same[i]]
		} else if len(text) > 0 {
			scores[i] = e.decide(results[:len(text)])
			results = results[len(text):]
		}
	}
	return scores, nil
}

// distinct returns the windows of the distinct texts, and for each text the index of the first text
// equal to it.
func distinct(texts [][][]int32) (windows [][]int32, same []int) {
	first := make(map[batch.Fingerprint]int, len(texts))
	same = make([]int, len(texts))
	for i, text := range texts {
		fingerprint := batch.FingerprintOf(text)
		at, ok := first[fingerprint]
		if !ok {
			at = i
			first[fingerprint] = i
			windows = append(windows, text...)
		}
		same[i] = at
	}
	return windows, same
}

// decide returns the score of a text from the results of its windows.
func (e *Engine) decide(results []result) reviews.Score {
	logits := make([][2]float32, len(results))
	for i, r := range results {
		logits[i] = r.logits
	}
	score := reviews.Decide(e.model.Rule, logits)
	if e.model.Stars != nil && score.Sentiment != reviews.None {
		stars := make([][5]float32, len(results))
		for i, r := range results {
			stars[i] = r.stars
		}
		score.Stars, score.Shares = e.model.Stars.Decide(stars)
		score.Mixed = e.model.Rule.Mixed(logits)
	}
	return score
}

// ScoreWhenIdle scores one text, one window at a time. It calls before ahead of each window;
// before returns when the window may run, or an error that ends the attempt. took is the time of
// the windows alone. So work of low priority delays other requests by one window at most.
func (e *Engine) ScoreWhenIdle(ctx context.Context, text [][]int32,
	before func() error) (s reviews.Score, took time.Duration, err error) {
	results := make([]result, 0, len(text))
	for _, window := range text {
		if err := before(); err != nil {
			return s, took, err
		}
		start := time.Now()
		one, err := e.scheduler.run(ctx, [][]int32{window}, false)
		if err != nil {
			return s, took, err
		}
		took += time.Since(start)
		results = append(results, one...)
	}
	if len(results) > 0 {
		s = e.decide(results)
	}
	return s, took, nil
}

// Model returns the model that the engine runs.
func (e *Engine) Model() *model.Model { return e.model }

// Streams returns the number of windows that run concurrently.
func (e *Engine) Streams() int { return len(e.streams) }

// Speed returns the tokens per second of the self-test, on all streams. As the first run, and of
// short texts, it is a lower bound rather than an estimate.
func (e *Engine) Speed() float64 { return e.speed }

// Close waits for the requests in flight, then frees native memory.
func (e *Engine) Close() (err error) {
	if e.scheduler != nil {
		e.scheduler.close()
	}
	e.tagger.mu.Lock() // waits for an opening in progress
	defer e.tagger.mu.Unlock()
	e.tagger.tried, e.tagger.err = true, errClosed
	err = e.closeTagger()
	for _, s := range e.streams {
		err = errors.Join(err, s.destroy())
	}
	if e.session != nil {
		err = errors.Join(err, e.session.Destroy())
	}
	return errors.Join(err, release())
}
