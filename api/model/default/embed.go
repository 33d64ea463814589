// Package defaultmodel embeds the default model folder, byte for byte as written by `make model`.
// Package model verifies it before use; nothing else should read ONNX.
//
// It imports only embed: the browser's worker uses Manifest and Vocab, and the linker omits the
// megabytes of ONNX from a binary that does not refer to it.
package defaultmodel

import _ "embed"

//go:embed manifest.json
var Manifest string

//go:embed vocab.txt
var Vocab string

// ONNX is a slice because the runtime reads it in place: a string would have to be copied. It must
// not be modified.
//
//go:embed model.onnx
var ONNX []byte

// Aspects is the graph of the aspect model, which lacks parts of ONNX.
//
//go:embed aspects.onnx
var Aspects []byte

// Files returns the files of the folder without its manifest, by name.
func Files() map[string][]byte {
	return map[string][]byte{"model.onnx": ONNX, "aspects.onnx": Aspects, "vocab.txt": []byte(Vocab)}
}
