package api

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// The log lines and responses caused by an unauthenticated request are bounded, however long its
// method and path are.
func TestLogLinesAreBounded(t *testing.T) {
	h, _, logged := newHandler(t, nil)
	for _, test := range []struct{ method, path string }{
		{"GET", "/v1/" + strings.Repeat("a", 60_000)},
		{"GET", "/v1/models/" + strings.Repeat("%01", 20_000) + "/tokenizer"},
		{"POST", "/" + strings.Repeat("%22", 20_000)},
		{"DELETE", "/v1/models/" + strings.Repeat("a", 60_000) + "/tokenizer"},
		{strings.Repeat("BREW", 15_000), "/v1/score"},
	} {
		logged.Reset()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(test.method, test.path, nil))
		if w.Code < 400 || w.Body.Len() > 2000 || logged.Len() > 2000 || logged.Len() == 0 {
			t.Errorf("%.20s %.40s: %d with %d bytes, logged %d bytes", test.method, test.path,
				w.Code, w.Body.Len(), logged.Len())
		}
	}
	logged.Reset()
	do(h, "GET", "/v1/models/x/tokenizer", "", nil)
	if !strings.Contains(logged.String(),
		`"route":"GET /v1/models/{id}/tokenizer","path":"/v1/models/x/tokenizer"`) {
		t.Errorf("logged %s", logged)
	}
}
