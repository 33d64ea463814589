package main

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"reviewlens/api/model"
	"reviewlens/reviews"

	ort "github.com/yalue/onnxruntime_go"
)

// loop is a bare ONNX Runtime loop: it runs precomputed batches of token IDs at full speed.
type loop struct {
	model    *model.Model
	texts    [][][]int32
	threads  int
	size     int // windows per batch; 1 is never padded
	sessions []*ort.DynamicAdvancedSession
	batches  [][]int // indices of windows of similar length
	windows  [][]int32
}

func newLoop(m *model.Model, texts [][][]int32, streams, threads, size int) (*loop, error) {
	l := &loop{model: m, texts: texts, threads: threads, size: size}
	for _, t := range texts {
		l.windows = append(l.windows, t...)
	}
	order := make([]int, len(l.windows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order,
		func(a, b int) int { return len(l.windows[b]) - len(l.windows[a]) })
	l.batches = slices.Collect(slices.Chunk(order, size))
	for range streams {
		o, err := ort.NewSessionOptions()
		if err != nil {
			return nil, err
		}
		if err := errors.Join(o.SetIntraOpNumThreads(threads),
			o.SetInterOpNumThreads(1)); err != nil {
			return nil, err
		}
		s, err := ort.NewDynamicAdvancedSessionWithONNXData(m.ONNX,
			[]string{"input_ids", "attention_mask"}, []string{"logits"}, o)
		if err != nil {
			return nil, err
		}
		l.sessions = append(l.sessions, s)
	}
	return l, nil
}

func (l *loop) name() string {
	how := "one window a Run"
	if l.size > 1 {
		how = fmt.Sprintf("padded batches of %d, sorted by length", l.size)
	}
	return fmt.Sprintf("bare loop: %s, %d streams of %d threads", how, len(l.sessions), l.threads)
}

func (l *loop) close() {
	for _, s := range l.sessions {
		s.Destroy()
	}
}

// score runs every batch once and combines windows as the product does.
func (l *loop) score() ([]float64, error) {
	logits := make([][2]float32, len(l.windows))
	var next atomic.Int64
	failures := make([]error, len(l.sessions))
	var streams sync.WaitGroup
	for k, s := range l.sessions {
		streams.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(l.batches) || failures[k] != nil {
					return
				}
				windows := make([][]int32, len(l.batches[i]))
				for j, at := range l.batches[i] {
					windows[j] = l.windows[at]
				}
				var found [][2]float32
				found, failures[k] = l.logits(s, windows)
				for j, f := range found {
					logits[l.batches[i][j]] = f
				}
			}
		})
	}
	streams.Wait()
	var scores []float64
	for _, t := range l.texts {
		scores = append(scores, reviews.Decide(l.model.Rule, logits[:len(t)]).Positive)
		logits = logits[len(t):]
	}
	return scores, errors.Join(failures...)
}

// logits does one Run, padded to the longest window.
func (l *loop) logits(s *ort.DynamicAdvancedSession, windows [][]int32) ([][2]float32, error) {
	n, width := len(windows), 0
	for _, w := range windows {
		width = max(width, len(w))
	}
	ids, mask := make([]int32, n*width), make([]int32, n*width)
	for i, w := range windows {
		copy(ids[i*width:], w)
		for j := range w {
			mask[i*width+j] = 1
		}
	}
	shape := ort.NewShape(int64(n), int64(width))
	a, err := ort.NewTensor(shape, ids)
	if err != nil {
		return nil, err
	}
	defer a.Destroy()
	b, err := ort.NewTensor(shape, mask)
	if err != nil {
		return nil, err
	}
	defer b.Destroy()
	out, err := ort.NewEmptyTensor[float32](ort.NewShape(int64(n), 2))
	if err != nil {
		return nil, err
	}
	defer out.Destroy()
	if err := s.Run([]ort.Value{a, b}, []ort.Value{out}); err != nil {
		return nil, err
	}
	var found [][2]float32
	for pair := range slices.Chunk(out.GetData(), 2) {
		found = append(found, [2]float32(pair))
	}
	return found, nil
}
