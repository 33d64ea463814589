package infer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"reviewlens/api/model"
	"reviewlens/api/wire"
	"reviewlens/reviews/aspects"
	"reviewlens/tokenizer/batch"

	ort "github.com/yalue/onnxruntime_go"
)

// maxSpans bounds the spans of a text: their count in a response is a byte (tokenizer/batch).
const maxSpans = 255

// tagger is the session of the aspect model.
type tagger struct {
	mu      sync.Mutex
	tried   bool
	err     error // of the attempt to open it
	session *ort.DynamicAdvancedSession
}

// Aspects returns the spans of texts, each given by its windows, in text order and none below the
// manifest's certainty, at most maxSpans per text. Equal texts are run once and share a slice. The
// first call opens the aspect model and tests it on the golden texts; if that fails, every call
// returns the error. For a model without an aspect model the error is a *wire.Error.
func (e *Engine) Aspects(ctx context.Context, texts [][][]int32) ([][]aspects.Span, error) {
	if err := e.model.RequireAspects(); err != nil {
		return nil, err
	}
	if err := e.openTagger(ctx); err != nil {
		return nil, err
	}
	return e.spans(ctx, texts, e.model.Aspects.Certain)
}

// spans returns the spans of texts whose probability is at least certain.
func (e *Engine) spans(ctx context.Context, texts [][][]int32,
	certain float64) ([][]aspects.Span, error) {
	windows, same := distinct(texts)
	results, err := e.scheduler.run(ctx, windows, true)
	if err != nil {
		return nil, err
	}
	found := make([][]aspects.Span, len(texts))
	for i, text := range texts {
		if same[i] != i {
			found[i] = found[same[i]]
			continue
		}
		for w, r := range results[:len(text)] {
			for _, span := range r.spans {
				if float64(span.Probability) >= certain && len(found[i]) < maxSpans {
					span.Window = w
					found[i] = append(found[i], span)
				}
			}
		}
		results = results[len(text):]
	}
	return found, nil
}

// openTagger opens the aspect model, once. It is not cancelled with ctx, since later callers need
// the result too.
func (e *Engine) openTagger(ctx context.Context) error {
	e.tagger.mu.Lock()
	defer e.tagger.mu.Unlock()
	if e.tagger.tried {
		return e.tagger.err
	}
	e.tagger.tried = true
	defer trim()
	err := e.buildTagger()
	if err == nil {
		err = e.testTagger(context.WithoutCancel(ctx))
	}
	if err != nil {
		err = fmt.Errorf("aspect model %s: %w", e.model.Manifest.Aspects.File,
			errors.Join(err, e.closeTagger()))
	}
	e.tagger.err = err
	return err
}

// closeTagger frees what buildTagger allocates. No stream may be running it.
func (e *Engine) closeTagger() (err error) {
	for _, s := range e.streams {
		if s.tags != nil {
			err = errors.Join(err, s.tags.destroy())
		}
		s.tags = nil
	}
	if e.tagger.session != nil {
		err = errors.Join(err, e.tagger.session.Destroy())
	}
	e.tagger.session = nil
	return err
}

// buildTagger allocates what closeTagger frees.
func (e *Engine) buildTagger() error {
	a, dtype := e.model.Aspects, e.model.Manifest.Inputs.DType
	graph := a.Graph()
	inputs, outputs, err := ports(graph)
	if err != nil {
		return err
	}
	names, err := inputNames(inputs, dtype)
	if err != nil {
		return err
	}
	if !slices.Equal(outputs, []port{{tagsOutput, 1}}) {
		return fmt.Errorf("the graph has outputs %v, want one of floats, %s", outputs, tagsOutput)
	}
	e.tagger.session, err = newSession(graph, names, e.shared, []string{tagsOutput})
	if err != nil {
		return err
	}
	// A stream reads its tags only in a run for tags, and there is none yet.
	for _, s := range e.streams {
		s.tags = newTagStream(e.tagger.session, a, names, e.shared, dtype,
			e.model.Windows.Size)
	}
	return nil
}

// testTagger runs the golden texts of the aspect model, shortest first, until they add up to the
// tokens of a window, as selfTest does.
func (e *Engine) testTagger(ctx context.Context) error {
	golden := slices.SortedStableFunc(slices.Values(e.model.Aspects.Golden),
		func(a, b wire.GoldenMentions) int { return cmp.Compare(len(a.Text), len(b.Text)) })
	var texts [][][]int32
	tokens := 0
	for _, g := range golden {
		windows, _, err := e.Windows(nil, []byte(g.Text))
		if err == nil && len(windows) != 1 {
			err = fmt.Errorf("it has %d windows, want one", len(windows))
		}
		if err != nil {
			return fmt.Errorf("self-test: golden text %q: %w", g.Text, err)
		}
		if tokens += batch.Tokens(windows); len(texts) > 0 && tokens > e.model.Windows.Size {
			break
		}
		texts = append(texts, windows)
	}
	found, err := e.spans(ctx, texts, 0)
	if err != nil {
		return fmt.Errorf("self-test: %w", err)
	}
	return compareSpans(golden[:len(texts)], found, e.model.Aspects.Certain)
}

// compareSpans returns an error if more than a quarter of the golden texts have wrong spans:
// missing or additional ones, or ones of another length, polarity or probability, by more than the
// tolerance of golden scores. Spans whose probability is within this tolerance of certain, or
// below, may be missing on either side.
func compareSpans(golden []wire.GoldenMentions, found [][]aspects.Span, certain float64) error {
	off, worst := 0, ""
	for i, g := range golden {
		if why := differ(g.Spans, found[i], certain); why != "" {
			if off++; off == 1 {
				worst = fmt.Sprintf("golden text %q: %s", g.Text, why)
			}
		}
	}
	if 4*off > len(golden) {
		return fmt.Errorf("self-test: %s; %d of %d golden texts have wrong spans: this machine or "+
			"library does not reproduce the model's tags", worst, off, len(golden))
	}
	return nil
}

// differ describes how the spans of a text differ, "" if they do not.
func differ(want []wire.GoldenSpan, got []aspects.Span, certain float64) string {
	near := func(p float64) bool { return p < certain+wire.GoldenMentionTolerance }
	for len(want) > 0 || len(got) > 0 {
		switch {
		case len(got) == 0 || len(want) > 0 && want[0].First < got[0].First:
			if w := want[0]; !near(w.Probability) {
				return fmt.Sprintf("no span begins with token %d, want one of %d tokens, %s, %.3f",
					w.First, w.Tokens, w.Polarity, w.Probability)
			}
			want = want[1:]
			continue
		case len(want) == 0 || got[0].First < want[0].First:
			if g := got[0]; !near(float64(g.Probability)) {
				return fmt.Sprintf("a span of %d tokens, %s, %.3f begins with token %d, want none",
					g.Tokens, g.Polarity, g.Probability, g.First)
			}
			got = got[1:]
			continue
		}
		w, g := want[0], got[0]
		if (w.Tokens != g.Tokens || w.Polarity != g.Polarity.String() ||
			!(math.Abs(w.Probability-float64(g.Probability)) <= wire.GoldenMentionTolerance)) &&
			!(near(w.Probability) && near(float64(g.Probability))) {
			return fmt.Sprintf("the span from token %d on has %d tokens, %s, %.3f, want %d, %s, "+
				"%.3f", w.First, g.Tokens, g.Polarity, g.Probability, w.Tokens, w.Polarity,
				w.Probability)
		}
		want, got = want[1:], got[1:]
	}
	return ""
}

// tagsOutput is the name of the aspect model's output, (1, T, aspects.Tags).
const tagsOutput = "tags"

// tagStream runs the aspect model for a stream. As in a stream, its tensors are kept, one set per
// window length, and are views of two buffers.
type tagStream struct {
	session *ort.DynamicAdvancedSession
	model   *model.Aspects
	inputs  [][]ort.Value // by window length; nil until needed
	outputs [][]ort.Value
	tensors func(length int) ([]ort.Value, error)
	fill    func(window []int32)
	logits  []float32
	starts  []bool
	spans   []aspects.Span
}

func newTagStream(session *ort.DynamicAdvancedSession, m *model.Aspects, names []string,
	shared []weights, dtype string, size int) *tagStream {
	s := &tagStream{session: session, model: m,
		inputs: make([][]ort.Value, size+1), outputs: make([][]ort.Value, size+1),
		logits: make([]float32, size*aspects.Tags), starts: make([]bool, size)}
	if dtype == "int32" {
		s.tensors, s.fill = feed[int32](names, shared, size)
	} else {
		s.tensors, s.fill = feed[int64](names, shared, size)
	}
	return s
}

func (s *tagStream) run(window []int32) (spans []aspects.Span, err error) {
	n := len(window)
	if n == 0 || n >= len(s.inputs) {
		return nil, fmt.Errorf("window of %d IDs, want 1 to %d", n, len(s.inputs)-1)
	}
	if s.outputs[n] == nil {
		if s.inputs[n] == nil {
			if s.inputs[n], err = s.tensors(n); err != nil {
				return nil, err
			}
		}
		out, err := ort.NewTensor(ort.NewShape(1, int64(n), aspects.Tags), s.logits)
		if err != nil {
			return nil, err
		}
		s.outputs[n] = []ort.Value{out}
	}
	s.fill(window)
	if err := s.session.Run(s.inputs[n], s.outputs[n]); err != nil {
		return nil, err
	}
	for i, id := range window {
		s.starts[i] = s.model.Starts[id]
	}
	s.spans = aspects.Decode(s.spans[:0], 0, s.logits[:n*aspects.Tags], s.starts[:n],
		s.model.Temperature)
	return slices.Clone(s.spans), nil
}

func (s *tagStream) destroy() (err error) {
	for n := range s.inputs {
		err = errors.Join(err, destroy(s.inputs[n]), destroy(s.outputs[n]))
	}
	return err
}
