// Package library finds the native library for benches, which run in the root of the repository.
package library

import (
	"errors"
	"path/filepath"

	"reviewlens/api/infer"
)

// Find returns the path of the library that `make build` put into bin/.
func Find() (string, error) {
	found, _ := filepath.Glob("bin/libonnxruntime*" + infer.Version + "*")
	if len(found) == 0 {
		return "", errors.New("bin/ has no ONNX Runtime; run `make build` first")
	}
	return filepath.Abs(found[0])
}
