//go:build !amd64

package table

// isUTF8 is utf8.Valid in the fastest available implementation.
func isUTF8(b []byte) bool { return validUTF8(b) }
