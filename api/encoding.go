package api

import (
	"fmt"
	"mime"
	"net/http"
	"strings"

	"reviewlens/api/wire"
)

// requireReadable refuses bodies whose headers declare a content coding or character set that the
// handlers do not decode: their bytes would be scored as if they were text. The encoding of a file
// is detected from its bytes, so its charset is best omitted.
func requireReadable(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			if err := checkEncoding(r.Header); err != nil {
				// the supported coding: RFC 9110, 12.5.3
				w.Header().Set("Accept-Encoding", "identity")
				fail(w, r, err)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func checkEncoding(header http.Header) error {
	for coding := range strings.SplitSeq(strings.Join(header.Values("Content-Encoding"), ","),
		",") {
		if coding = strings.TrimSpace(coding); coding != "" &&
			!strings.EqualFold(coding, "identity") {
			return &wire.Error{Code: wire.UnsupportedType,
				Detail: fmt.Sprintf("Content-Encoding is %s; bodies are read as they are. Unpack "+
					"it first.", quote(coding))}
		}
	}
	_, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return nil // the handler that parses the type reports it
	}
	switch charset := params["charset"]; strings.ToLower(charset) {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		return nil
	default:
		return &wire.Error{Code: wire.UnsupportedType,
			Detail: fmt.Sprintf("Content-Type says that charset is %s; texts are read as UTF-8. "+
				"Send a file without charset: its encoding is found.", quote(charset))}
	}
}
