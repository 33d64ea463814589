package infer

import (
	"errors"
	"fmt"

	ort "github.com/yalue/onnxruntime_go"
)

// stream runs one window at a time through the session that all streams share. Its tensors are
// views of three buffers. There is one set of tensors per window length, made on first use and
// kept, so that a Run allocates nothing on our side. For windows of up to 512 tokens that is 12 KB
// and at most 511 sets of a few hundred bytes.
type stream struct {
	session *ort.DynamicAdvancedSession
	inputs  [][]ort.Value // by window length; nil until needed
	tensors func(length int) ([]ort.Value, error)
	fill    func(window []int32)
	logits  *ort.Tensor[float32] // (1, 2)
	stars   *ort.Tensor[float32] // (1, 5), or nil
	swapped bool                 // the graph's first logit is the positive one
	outputs []ort.Value
	tags    *tagStream // nil until the tagger is open
}

// newStream returns a stream for windows of up to size IDs and a graph with the named inputs and
// the weights; positive is the index of the positive logit. With stars, the graph also has that
// output.
func newStream(session *ort.DynamicAdvancedSession, names []string, shared []weights, dtype string,
	size, positive int, stars bool) (*stream, error) {
	logits, err := ort.NewEmptyTensor[float32](ort.NewShape(1, 2))
	if err != nil {
		return nil, err
	}
	s := &stream{session: session, inputs: make([][]ort.Value, size+1), logits: logits, outputs: []ort.Value{logits}, swapped: positive == 0}
	if stars {
		if s.stars, err = ort.NewEmptyTensor[float32](ort.NewShape(1, 5)); err != nil {
			return nil, errors.Join(err, logits.Destroy())
		}
		s.outputs = append(s.outputs, s.stars)
	}
	if dtype == "int32" {
		s.tensors, s.fill = feed[int32](names, shared, size)
	} else {
		s.tensors, s.fill = feed[int64](names, shared, size)
	}
	return s, nil
}

// feed returns two functions that depend on the graph's integer type: one makes the input tensors
// for a length, the other writes a window into their shared buffer. The attention mask is all ones,
// since a window is never padded. The weights follow the named inputs.
func feed[T int32 | int64](names []string, shared []weights, size int) (
	func(length int) ([]ort.Value, error), func(window []int32)) {
	ids, ones, zeros := make([]T, size), make([]T, size), make([]T, size)
	for i := range ones {
		ones[i] = 1
	}
	buffers := map[string][]T{"input_ids": ids, "attention_mask": ones, "token_type_ids": zeros}
	tensors := func(length int) (values []ort.Value, err error) {
		for _, name := range names {
			t, err := ort.NewTensor(ort.NewShape(1, int64(length)), buffers[name])
			if err != nil {
				return nil, errors.Join(err, destroy(values))
			}
			values = append(values, t)
		}
		for _, w := range shared {
			t, err := ort.NewTensor(w.shape, w.data)
			if err != nil {
				return nil, errors.Join(err, destroy(values))
			}
			values = append(values, t)
		}
		return values, nil
	}
	fill := func(window []int32) {
		for i, id := range window {
			ids[i] = T(id)
		}
	}
	return tensors, fill
}

func (s *stream) run(window []int32, tags bool) (r result, err error) {
	if tags {
		r.spans, err = s.tags.run(window)
		return r, err
	}
	n := len(window)
	if n == 0 || n >= len(s.inputs) {
		return r, fmt.Errorf("window of %d IDs, want 1 to %d", n, len(s.inputs)-1)
	}
	if s.inputs[n] == nil {
		if s.inputs[n], err = s.tensors(n); err != nil {
			return r, err
		}
	}
	s.fill(window)
	if err := s.session.Run(s.inputs[n], s.outputs); err != nil {
		return r, err
	}
	r.logits = [2]float32(s.logits.GetData())
	if s.swapped {
		r.logits[0], r.logits[1] = r.logits[1], r.logits[0]
	}
	if s.stars != nil {
		r.stars = [5]float32(s.stars.GetData())
	}
	return r, nil
}

func (s *stream) destroy() error {
	err := destroy(s.outputs)
	for _, values := range s.inputs {
		err = errors.Join(err, destroy(values))
	}
	return err
}

func destroy(values []ort.Value) (err error) {
	for _, v := range values {
		err = errors.Join(err, v.Destroy())
	}
	return err
}
