package api

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"

	"reviewlens/api/wire"
)

// description is the OpenAPI 3.1 description of the service, written by hand. Tests compare it with
// the routes and the types of package wire, and `make test-api` with responses.
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
