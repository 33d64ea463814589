package infer

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// tensor is a TensorProto of two rows.
func tensor(name string, dtype byte, raw string) []byte {
	head := []byte{tensorDims << 3, 2, tensorDims << 3, byte(len(raw) / 2), tensorType << 3, dtype}
	return slices.Concat(head, message(tensorName, []byte(name)), message(tensorRaw, []byte(raw)))
}

func TestReadWeights(t *testing.T) {
	if got, ok := readWeights(tensor("words", typeUint8, "abcdef")); !ok || got.name != "words" ||
		!slices.Equal(got.shape, []int64{2, 3}) || string(got.data) != "abcdef" {
		t.Errorf("readWeights = %+v, %t", got, ok)
	}
	for name, data := range map[string][]byte{
		"floats":     tensor("words", 1, "abcdef"),
		"a vector":   tensor("words", typeUint8, "abcdef")[2:],
		"no rows":    tensor("words", typeUint8, ""),
		"a row less": tensor("words", typeUint8, "abcde"),
		"no data":    tensor("words", typeUint8, "abcdef")[:13],
		"cut":        tensor("words", typeUint8, "abcdef")[:20],
	} {
		if got, ok := readWeights(data); ok {
			t.Errorf("%s: readWeights = %+v, want none", name, got)
		}
	}
}

func TestTakeOut(t *testing.T) {
	words, other := tensor("words", typeUint8, "abcdef"), tensor("other", typeUint8, "ghij")
	whole := slices.Concat(graphOf(message(1, []byte("node")), message(5, words), message(5, other),
		message(11, value("input_ids", 6))), message(8, []byte{2 << 3, 17}), // the opset
		message(7, message(12, value("logits", 1))))
	taken, _ := readWeights(words)
	got, free, err := extractShared(whole, []weights{taken})
	if err != nil {
		t.Fatal(err)
	}
	defer free()
	in, out, err := ports(got)
	if err != nil || !slices.Equal(in, []port{{"input_ids", 6}, {"words", typeUint8}}) ||
		!slices.Equal(out, []port{{"logits", 1}}) {
		t.Errorf("ports = %v, %v, %v", in, out, err)
	}
	graphs, _ := fields(got, modelGraph)
	graph := bytes.Join(graphs, nil)
	nodes, _ := fields(graph, 1)
	initializers, _ := fields(graph, graphInitializer)
	opsets, _ := fields(got, 8)
	if len(nodes) != 1 || len(opsets) != 1 || len(initializers) != 1 ||
		!bytes.Equal(initializers[0], other) || got[1] != 8 {
		t.Errorf("%d nodes, %d opsets, initializers %q", len(nodes), len(opsets), initializers)
	}
	taken.name = "none"
	if _, _, err := extractShared(whole, []weights{taken}); err == nil ||
		!strings.Contains(err.Error(), "no initializer none") {
		t.Errorf("takeOut of one that is not there = %v", err)
	}
	if _, _, err := extractShared(whole[:len(whole)-3], nil); err == nil {
		t.Error("takeOut of a graph that is cut: no error")
	}
}
