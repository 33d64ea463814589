package api

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"

	"reviewlens/api/wire"
)

// description is the service as OpenAPI 3.1 has it, written by hand; tests hold it to the routes
// and to the types of package wire, and `make test-api` to what is answered.
//
//go:embed openapi.json
var description []byte

var descriptionTag = func() string {
	sum := sha256.Sum256(description)
	return hex.EncodeToString(sum[:8])
}()

func openapi(w http.ResponseWriter, r *http.Request) {
	serve(w, r, wire.TypeJSON, descriptionTag, "no-cache", description)
}
