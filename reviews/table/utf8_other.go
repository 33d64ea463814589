//go:build !amd64

package table

// isUTF8 is utf8.Valid by the fastest way there is.
func isUTF8(b []byte) bool { return validUTF8(b) }
