// Package defaultmodel holds the model folder that ships inside the programs, byte for byte as
// `make model` wrote it. Package model proves it before use; nothing else should read ONNX.
//
// It imports only embed: the browser's worker takes Manifest and Vocab from here, and the linker leaves
// the megabytes of ONNX out of a binary that does not name it.
package defaultmodel

import _ "embed"

//go:embed manifest.json
var Manifest string

//go:embed vocab.txt
var Vocab string

// ONNX is a slice because the runtime reads it in place: a string would have to be copied. Nobody writes to it.
//
//go:embed model.onnx
var ONNX []byte
