package infer

import (
	"encoding/binary"
	"slices"
	"testing"
)

func message(number uint64, payload []byte) []byte {
	b := binary.AppendUvarint(nil, number<<3|2)
	return append(binary.AppendUvarint(b, uint64(len(payload))), payload...)
}

func value(name string, dtype byte) []byte {
	tensor := message(1, []byte{1 << 3, dtype})
	return append(message(1, []byte(name)), message(2, tensor)...)
}

func graphOf(fields ...[]byte) []byte {
	versions := []byte{1 << 3, 8, 9<<3 | 5, 0, 0, 0, 0, 10<<3 | 1, 0, 0, 0, 0, 0, 0, 0, 0} // varint, 4 and 8 bytes: skipped
	return append(versions, message(7, slices.Concat(fields...))...)
}

func TestPorts(t *testing.T) {
	in, out, err := ports(graphOf(
		message(1, []byte("node")), message(11, value("input_ids", 6)), message(12, value("logits", 1)), message(11, value("attention_mask", 7)),
	))
	if err != nil || !slices.Equal(in, []port{{"input_ids", 6}, {"attention_mask", 7}}) || !slices.Equal(out, []port{{"logits", 1}}) {
		t.Errorf("ports = %v, %v, %v", in, out, err)
	}
}

func TestPortsRefuse(t *testing.T) {
	whole := graphOf(message(11, value("input_ids", 6)))
	for name, data := range map[string][]byte{
		"empty":           nil,
		"text":            []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\n"),
		"cut":             whole[:len(whole)-3],
		"length overflow": {7<<3 | 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1},
		"no type":         graphOf(message(11, message(1, []byte("input_ids")))),
		"a sequence":      graphOf(message(11, append(message(1, []byte("x")), message(2, message(4, nil))...))),
	} {
		if in, out, err := ports(data); err == nil {
			t.Errorf("%s: ports = %v, %v, want an error", name, in, out)
		}
	}
}

func FuzzPorts(f *testing.F) {
	f.Add(graphOf(message(11, value("input_ids", 6)), message(12, value("logits", 1))))
	f.Fuzz(func(t *testing.T, data []byte) { ports(data) }) // must not panic
}

func TestInputNames(t *testing.T) {
	for _, tt := range []struct {
		name   string
		inputs []port
		dtype  string
		ok     bool
	}{
		{"ids alone", []port{{"input_ids", 6}}, "int32", true},
		{"BERT", []port{{"input_ids", 7}, {"attention_mask", 7}, {"token_type_ids", 7}}, "int64", true},
		{"other integers than the manifest says", []port{{"input_ids", 7}}, "int32", false},
		{"an input nobody can fill", []port{{"input_ids", 6}, {"pixel_values", 6}}, "int32", false},
		{"no ids", []port{{"attention_mask", 6}}, "int32", false},
		{"none", nil, "int32", false},
	} {
		if names, err := inputNames(tt.inputs, tt.dtype); (err == nil) != tt.ok {
			t.Errorf("%s: inputNames = %q, %v", tt.name, names, err)
		}
	}
}
