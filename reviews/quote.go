//go:build !wasm

package reviews

import "bytes"

// indexQuote is the index of the first quote in b, or -1.
func indexQuote(b []byte) int { return bytes.IndexByte(b, '"') }
