package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"reviewlens/api/model"
	"reviewlens/build/bench/library"
	"reviewlens/reviews"
	"reviewlens/reviews/text"

	ort "github.com/yalue/onnxruntime_go"
)

// answer measures the ceiling: only ONNX Runtime, on tensors that are made before the clock starts.
func answer(in io.Reader, out io.Writer) error {
	native, err := library.Find()
	if err != nil {
		return err
	}
	ort.SetSharedLibraryPath(native)
	if err := ort.InitializeEnvironment(ort.WithLogLevelError()); err != nil {
		return err
	}
	defer ort.DestroyEnvironment()
	texts, err := readTexts()
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	var l *loop
	for lines.Scan() {
		var t turn
		if err := json.Unmarshal(lines.Bytes(), &t); err != nil {
			return err
		}
		if l == nil || l.turn.File != t.File || l.turn.Threads != t.Threads {
			if l != nil {
				l.session.Destroy()
			}
			if l, err = newLoop(t); err != nil {
				return err
			}
		}
		r, err := l.score(t, texts[t.From:t.From+t.Count])
		if err != nil {
			return err
		}
		line, err := json.Marshal(r)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s\n", line)
	}
	return lines.Err()
}

type loop struct {
	turn    turn
	model   *model.Model
	session *ort.DynamicAdvancedSession
}

func newLoop(t turn) (*loop, error) {
	m, err := model.Open(filepath.Join(folder, t.File))
	if err != nil {
		return nil, err
	}
	o, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	defer o.Destroy()
	if err := errors.Join(o.SetIntraOpNumThreads(t.Threads),
		o.SetInterOpNumThreads(1)); err != nil {
		return nil, err
	}
	s, err := ort.NewDynamicAdvancedSessionWithONNXData(m.ONNX,
		[]string{"input_ids", "attention_mask"}, []string{"logits"}, o)
	return &loop{t, m, s}, err
}

// ready is a batch, padded to its longest window.
type ready struct {
	windows []int
	in, out []ort.Value
	logits  *ort.Tensor[float32]
}

func destroy(batches []*ready) {
	for _, b := range batches {
		for _, v := range slices.Concat(b.in, b.out) {
			v.Destroy()
		}
	}
}

func (l *loop) score(t turn, texts []review) (r result, err error) {
	var windows [][]int32
	counts := make([]int, len(texts))
	for i, text := range texts {
		before := len(windows)
		windows, _ = l.windows(windows, text.Text)
		counts[i] = len(windows) - before
	}
	order := make([]int, len(windows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(windows[b]) - len(windows[a]) })
	var batches []*ready
	defer func() { destroy(batches) }()
	for some := range slices.Chunk(order, t.Batch) {
		b, err := prepareBatch(windows, some)
		if err != nil {
			return r, err
		}
		batches = append(batches, b)
	}
	if err := l.pass(batches[:min(len(batches), 4)], t.Streams); err != nil {
		return r, err
	}
	start := time.Now()
	for range t.Passes {
		if err := l.pass(batches, t.Streams); err != nil {
			return r, err
		}
	}
	r.Seconds = time.Since(start).Seconds()
	logits := make([][2]float32, len(windows))
	for _, b := range batches {
		for j, at := range b.windows {
			logits[at] = [2]float32(b.logits.GetData()[2*j:])
		}
	}
	for _, n := range counts {
		r.Positive = append(r.Positive, reviews.Decide(l.model.Rule, logits[:n]).Positive)
		logits = logits[n:]
	}
	return r, nil
}

func (l *loop) windows(dst [][]int32, sample string) ([][]int32, bool) {
	k := l.model.Tokenizer
	return l.model.Windows.Windows(dst, k.Append(nil, text.Clean([]byte(sample))), k.CLS(), k.SEP())
}

func prepareBatch(windows [][]int32, some []int) (*ready, error) {
	n, width := len(some), 0
	for _, i := range some {
		width = max(width, len(windows[i]))
	}
	ids, mask := make([]int32, n*width), make([]int32, n*width)
	for row, i := range some {
		copy(ids[row*width:], windows[i])
		for j := range windows[i] {
			mask[row*width+j] = 1
		}
	}
	shape := ort.NewShape(int64(n), int64(width))
	a, err := ort.NewTensor(shape, ids)
	if err != nil {
		return nil, err
	}
	b, err := ort.NewTensor(shape, mask)
	if err != nil {
		return nil, err
	}
	logits, err := ort.NewEmptyTensor[float32](ort.NewShape(int64(n), 2))
	return &ready{some, []ort.Value{a, b}, []ort.Value{logits}, logits}, err
}

// pass runs every batch once; each free stream takes the next.
func (l *loop) pass(batches []*ready, streams int) error {
	var next atomic.Int64
	errs := make([]error, streams)
	var running sync.WaitGroup
	for s := range streams {
		running.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(batches) && errs[s] == nil; i = next.Add(1) - 1 {
				errs[s] = l.session.Run(batches[i].in, batches[i].out)
			}
		})
	}
	running.Wait()
	return errors.Join(errs...)
}

// latency runs single with bare Runs in this process, on one thread and on all.
func latency(out io.Writer, s *server, native string, texts []review) error {
	ort.SetSharedLibraryPath(native)
	if err := ort.InitializeEnvironment(ort.WithLogLevelError()); err != nil {
		return err
	}
	defer ort.DestroyEnvironment()
	var loops []*loop
	for _, n := range []int{1, threads} {
		l, err := newLoop(turn{File: "served", Threads: n})
		if err != nil {
			return err
		}
		defer l.session.Destroy()
		loops = append(loops, l)
	}
	return single(out, s, loops, texts)
}
