package infer

import (
	"encoding/binary"
	"fmt"
	"slices"
	"syscall"

	"reviewlens/api/model"

	ort "github.com/yalue/onnxruntime_go"
)

// weights is an initializer of the graph that a session does not copy: it is removed from the graph
// and becomes an input of each Run. So the sessions of a model and of its aspect model, and of
// other models of the same base, read the same bytes.
type weights struct {
	name  string
	shape ort.Shape
	data  []uint8
}

// Fields of a TensorProto, and an element type.
const (
	tensorDims = 1
	tensorType = 2
	tensorName = 8
	tensorRaw  = 9
	typeUint8  = 2
)

// sharedWeights returns the initializers that a model's graph and its aspect model share, if they
// are matrices of bytes: the quantized word embeddings, a third of the graph.
func sharedWeights(m *model.Model) (shared []weights) {
	if m.Aspects == nil {
		return nil
	}
	for _, part := range m.Aspects.Shared() {
		initializers, err := fields(part, graphInitializer)
		if err != nil {
			return nil // opening the aspect model fails and reports why
		}
		for _, tensor := range initializers {
			if w, ok := readWeights(tensor); ok {
				shared = append(shared, w)
			}
		}
	}
	return shared
}

func readWeights(tensor []byte) (w weights, ok bool) {
	kind := uint64(0)
	err := walk(tensor, func(number, varint uint64, payload []byte) {
		switch {
		case number == tensorDims && payload == nil:
			w.shape = append(w.shape, int64(varint))
		case number == tensorType:
			kind = varint
		case number == tensorName:
			w.name = string(payload)
		case number == tensorRaw:
			w.data = payload
		}
	})
	return w, err == nil && kind == typeUint8 && len(w.shape) == 2 && w.shape[0] > 0 &&
		w.shape[1] > 0 && int64(len(w.data))/w.shape[1] == w.shape[0] &&
		int64(len(w.data))%w.shape[1] == 0
}

// extractShared returns a graph whose shared weights are inputs, in memory outside the Go heap, and
// a function that frees it.
func extractShared(onnx []byte, shared []weights) (graph []byte, free func(), err error) {
	size := len(onnx)
	for _, w := range shared {
		size -= len(w.data)
	}
	memory, err := syscall.Mmap(-1, 0, size+1<<20, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		return nil, nil, fmt.Errorf("%d bytes of memory: %w", size, err)
	}
	free = func() { syscall.Munmap(memory) } // fails only for memory that is not mapped
	if graph, err = appendWithout(memory[:0], onnx, shared); err != nil {
		free()
		return nil, nil, err
	}
	return graph, free, nil
}

// appendWithout appends the graph to dst without the shared weights. Each field of the graph
// becomes a separate "graph" field, which protobuf readers merge.
func appendWithout(dst, onnx []byte, shared []weights) ([]byte, error) {
	left := slices.Clone(shared)
	var broken error
	err := walk(onnx, func(number, varint uint64, payload []byte) {
		if payload == nil {
			dst = binary.AppendUvarint(binary.AppendUvarint(dst, number<<3), varint)
			return
		}
		if number != modelGraph {
			dst = appendField(dst, number, payload)
			return
		}
		err := walk(payload, func(number, _ uint64, field []byte) {
			if number == graphInitializer {
				is := func(w weights) bool { return w.named(field) }
				if i := slices.IndexFunc(left, is); i >= 0 {
					left = slices.Delete(left, i, i+1)
					return
				}
			}
			head := binary.AppendUvarint([]byte{byte(number<<3 | 2)}, uint64(len(field)))
			dst = appendField(dst, modelGraph, head, field)
		})
		if err != nil {
			broken = err
		}
	})
	if err != nil || broken != nil {
		return nil, errNotONNX
	}
	if len(left) > 0 {
		return nil, fmt.Errorf("the graph has no initializer %s", left[0].name)
	}
	for _, w := range shared {
		dst = appendField(dst, modelGraph, appendField(nil, graphInput, w.port()))
	}
	return dst, nil
}

// named reports whether the initializer has the name of w.
func (w weights) named(tensor []byte) bool {
	names, err := fields(tensor, tensorName)
	return err == nil && len(names) == 1 && string(names[0]) == w.name
}

// port returns the ValueInfoProto of the input for w.
func (w weights) port() []byte {
	var shape []byte
	for _, n := range w.shape {
		shape = appendField(shape, 1, binary.AppendUvarint([]byte{1 << 3}, uint64(n)))
	}
	tensor := appendField([]byte{1 << 3, typeUint8}, 2, shape)
	return appendField(appendField(nil, 1, []byte(w.name)), 2, appendField(nil, 1, tensor))
}

// appendField appends a length-delimited field; its payload is the concatenation of parts.
func appendField(dst []byte, number uint64, parts ...[]byte) []byte {
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	dst = binary.AppendUvarint(binary.AppendUvarint(dst, number<<3|2), uint64(size))
	for _, part := range parts {
		dst = append(dst, part...)
	}
	return dst
}
