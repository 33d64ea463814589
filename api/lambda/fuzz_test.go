package lambda

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"
)

// Any event is refused or answered, without a panic, and a handler that echoes its request returns
// exactly that.
func FuzzInvoke(f *testing.F) {
	recorded, err := filepath.Glob("testdata/*.json")
	if err != nil || len(recorded) == 0 {
		f.Fatalf("testdata holds no events (%v)", err)
	}
	for _, name := range recorded {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, event []byte) {
		var got []byte
		var head bool
		function := &Function{Log: slog.New(slog.DiscardHandler),
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got, _ = io.ReadAll(r.Body)
				head = r.Method == http.MethodHead
				if int64(len(got)) != r.ContentLength || r.URL.Path == "" || r.URL.Path[0] != '/' {
					t.Errorf("%d bytes at %q with a Content-Length of %d", len(got), r.URL.Path,
						r.ContentLength)
				}
				w.Header().Set("Content-Type", "text/plain")
				w.Write(got)
			})}
		payload, err := function.Invoke(context.Background(), event)
		if err != nil {
			return
		}
		var answer response
		if err := json.Unmarshal(payload, &answer); err != nil || answer.StatusCode != 200 {
			t.Fatalf("answered %s (%v)", payload, err)
		}
		if head {
			got = nil
		}
		if answer.IsBase64Encoded == utf8.Valid(got) || !answer.IsBase64Encoded &&
			answer.Body != string(got) {
			t.Errorf("%q came back as %s", got, payload)
		}
	})
}
