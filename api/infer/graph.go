package infer

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A graph's inputs are read from the file itself, because the binding can list their names only by
// building a second session (0.1 s). An .onnx file is a protobuf ModelProto; its graph (7) holds
// inputs (11) and outputs (12), each a ValueInfoProto: name (1), type (2) -> tensor (1) -> element
// type (1).

// port is an input or output of the graph. dtype is ONNX's element type: 1 float, 6 int32, 7 int64.
type port struct {
	name  string
	dtype int
}

// Fields of a ModelProto and of a GraphProto.
const (
	modelGraph       = 7
	graphInitializer = 5
	graphInput       = 11
	graphOutput      = 12
)

var errNotONNX = errors.New("not an ONNX file")

// ports returns the inputs and outputs of a graph, perhaps of several fields (model.Aspects).
func ports(onnx []byte) (inputs, outputs []port, err error) {
	parts, err := fields(onnx, modelGraph)
	if err != nil || len(parts) == 0 {
		return nil, nil, errNotONNX
	}
	for number, to := range map[uint64]*[]port{graphInput: &inputs, graphOutput: &outputs} {
		for _, part := range parts {
			infos, err := fields(part, number)
			if err != nil {
				return nil, nil, errNotONNX
			}
			for _, info := range infos {
				p, err := readPort(info)
				if err != nil {
					return nil, nil, fmt.Errorf("%w: %w", errNotONNX, err)
				}
				*to = append(*to, p)
			}
		}
	}
	return inputs, outputs, nil
}

func readPort(info []byte) (p port, err error) {
	names, err := fields(info, 1)
	if err != nil || len(names) != 1 {
		return p, errors.New("an input or output without a name")
	}
	p.name = string(names[0])
	types, err := fields(info, 2)
	if err != nil || len(types) != 1 {
		return p, fmt.Errorf("%s has no type", p.name)
	}
	tensors, err := fields(types[0], 1)
	if err != nil || len(tensors) != 1 {
		return p, fmt.Errorf("%s is not a tensor", p.name)
	}
	err = walk(tensors[0], func(number, varint uint64, _ []byte) {
		if number == 1 {
			p.dtype = int(varint)
		}
	})
	return p, err
}

// fields returns the payloads of all length-delimited fields with the number.
func fields(message []byte, number uint64) (payloads [][]byte, err error) {
	err = walk(message, func(n, _ uint64, payload []byte) {
		if n == number && payload != nil {
			payloads = append(payloads, payload)
		}
	})
	return payloads, err
}

// walk calls visit for each field of a protobuf message, with its number and its varint or payload.
func walk(message []byte, visit func(number, varint uint64, payload []byte)) error {
	broken := errors.New("broken protobuf")
	for len(message) > 0 {
		key, n := binary.Uvarint(message)
		if n <= 0 {
			return broken
		}
		message = message[n:]
		switch key & 7 {
		case 0:
			value, n := binary.Uvarint(message)
			if n <= 0 {
				return broken
			}
			visit(key>>3, value, nil)
			message = message[n:]
		case 1, 5: // 8 or 4 bytes
			size := 8
			if key&7 == 5 {
				size = 4
			}
			if len(message) < size {
				return broken
			}
			message = message[size:]
		case 2:
			size, n := binary.Uvarint(message)
			if n <= 0 || size > uint64(len(message)-n) {
				return broken
			}
			end := n + int(size)
			visit(key>>3, 0, message[n:end:end])
			message = message[end:]
		default:
			return broken
		}
	}
	return nil
}
