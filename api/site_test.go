package api

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"reviewlens/api/wire"
)

// An unknown address leads people to the page and returns an error to programs.
func TestSiteUnknownAddress(t *testing.T) {
	s := newSite(fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}})
	for accept, want := range map[string]int{
		"": 404, "*/*": 404, "application/json": 404,
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": 200,
	} {
		r := httptest.NewRequest("GET", "/history/12", nil)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("with Accept %q an unknown address answers %d, want %d", accept, w.Code, want)
		}
	}
}

// A method that a file does not take is another error than an address without a file.
func TestSiteMethods(t *testing.T) {
	s := newSite(fstest.MapFS{"index.html": {}, "icon.png": {}})
	for _, tt := range []struct {
		path, accept string
		want         int
	}{
		{"/", "", 405}, {"/icon.png", "", 405}, {"/missing.png", "", 404}, {"/v2/score", "", 404},
		{"/missing.png", "text/html", 404}, {"/history/12", "text/html", 405}, // the page
	} {
		for _, method := range []string{"POST", "DELETE"} {
			r := httptest.NewRequest(method, tt.path, nil)
			r.Header.Set("Accept", tt.accept)
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code != tt.want || (w.Header().Get("Allow") != "") != (tt.want == 405) {
				t.Errorf("%s %s, Accept %q, answers %d %v, want %d", method, tt.path, tt.accept,
					w.Code, w.Header(), tt.want)
			}
		}
	}
}

func TestSite(t *testing.T) {
	s := secure(policy, newSite(fstest.MapFS{
		"index.html":            {Data: []byte("<!doctype html>")},
		"index.html.br":         {Data: []byte("(index)")},
		"web/app.wasm":          {Data: []byte("wasm, plain")},
		"web/app.wasm.br":       {Data: []byte("(wasm)")},
		"chart-4F2K7QXA.js":     {Data: []byte("chart")},
		"app.0123456789ab.css":  {Data: []byte("css")},
		"manifest.webmanifest":  {Data: []byte("{}")},
		"icon-192.png":          {Data: []byte("png")},
		"data.unknownextension": {Data: []byte("??")},
	}))
	for _, tt := range []struct {
		path, accept              string
		status                    int
		contentType, coding, body string
		forever                   bool
	}{
		{"/", "", 200, "text/html; charset=utf-8", "", "<!doctype html>", false},
		{"/", "gzip, deflate, br, zstd", 200, "text/html; charset=utf-8", "br", "(index)", false},
		{"/index.html", "br;q=1.0", 200, "text/html; charset=utf-8", "br", "(index)", false},
		{"/health", "br", 404, "application/problem+json", "", "", false},
		{"/web/app.wasm", "gzip, BR", 200, "application/wasm", "br", "(wasm)", false},
		{"/web/app.wasm", "gzip, br; q=0", 200, "application/wasm", "", "wasm, plain", false},
		{"/web/app.wasm", "brotli", 200, "application/wasm", "", "wasm, plain", false},
		{"/web/app.wasm.br", "br", 404, "application/problem+json", "", "", false},
		{"/chart-4F2K7QXA.js", "br", 200, "text/javascript; charset=utf-8", "", "chart", true},
		{"/app.0123456789ab.css", "", 200, "text/css; charset=utf-8", "", "css", true},
		{"/manifest.webmanifest", "", 200, "application/manifest+json", "", "{}", false},
		{"/icon-192.png", "", 200, "image/png", "", "png", false},
		{"/data.unknownextension", "", 200, "application/octet-stream", "", "??", false},
		{"/../api.go", "", 404, "application/problem+json", "", "", false},
		{"/missing.js", "br", 404, "application/problem+json", "", "", false},
	} {
		get := func(method string, header ...string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(method, tt.path, nil)
			r.Header.Set("Accept-Encoding", tt.accept)
			for i := 0; i < len(header); i += 2 {
				r.Header.Set(header[i], header[i+1])
			}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			return w
		}
		w := get("GET")
		h := w.Header()
		if w.Code != tt.status || h.Get("Content-Type") != tt.contentType ||
			h.Get("Content-Encoding") != tt.coding || tt.status == 200 &&
			w.Body.String() != tt.body {
			t.Errorf("%s (%s) answers %d %v %s", tt.path, tt.accept, w.Code, h, w.Body)
		}
		if h.Get("Content-Security-Policy") == "" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s answers without security headers: %v", tt.path, h)
		}
		if h.Get("Cross-Origin-Opener-Policy") != "same-origin" ||
			h.Get("Cross-Origin-Embedder-Policy") != "require-corp" {
			t.Errorf("%s answers with %v: the page is not isolated by these", tt.path, h)
		}
		if tt.status != 200 {
			continue
		}
		if forever := strings.Contains(h.Get("Cache-Control"), "immutable"); forever != tt.forever {
			t.Errorf("%s answers Cache-Control %q", tt.path, h.Get("Cache-Control"))
		}
		if head := get("HEAD"); head.Code != 200 || head.Body.Len() != 0 ||
			head.Header().Get("Content-Length") != h.Get("Content-Length") {
			t.Errorf("HEAD %s answers %d %v", tt.path, head.Code, head.Header())
		}
		if again := get("GET", "If-None-Match",
			h.Get("ETag")); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("%s with its ETag answers %d", tt.path, again.Code)
		}
		if part := get("GET", "Range", "bytes=1-1"); part.Code == http.StatusPartialContent &&
			part.Body.String() != tt.body[1:2] {
			t.Errorf("byte 1 of %s are %q", tt.path, part.Body)
		}
	}
}

// A condition that does not hold is answered by a problem of its own length and coding.
func TestSiteConditions(t *testing.T) {
	server := httptest.NewServer(newSite(fstest.MapFS{
		"index.html":    {Data: []byte("<!doctype html>")},
		"index.html.br": {Data: []byte("(index)")},
	}))
	defer server.Close()
	for _, coding := range []string{"identity", "br"} {
		for _, tt := range []struct {
			name, value string
			code        int
		}{
			{"Range", "bytes=99999999-", 416},
			{"Range", "lines=1-2", 416},
			{"If-Match", `"another"`, 412},
		} {
			r, err := http.NewRequest("GET", server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept-Encoding", coding)
			r.Header.Set(tt.name, tt.value)
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			e, _ := wire.DecodeProblem(body)
			if err != nil || response.StatusCode != tt.code || e == nil ||
				response.Header.Get("Content-Encoding") != "" ||
				response.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s %s (%s): %s %v %s, %v", tt.name, tt.value, coding, response.Status,
					response.Header, body, err)
			}
		}
	}
}

func TestSiteTagsDifferByCoding(t *testing.T) {
	s := newSite(fstest.MapFS{"a.js": {Data: []byte("plain")}, "a.js.br": {Data: []byte("(br)")}})
	tags := make(map[string]bool)
	for _, accept := range []string{"", "br"} {
		r := httptest.NewRequest("GET", "/a.js", nil)
		r.Header.Set("Accept-Encoding", accept)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		tags[w.Header().Get("ETag")] = true
		if w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("Vary is %q", w.Header().Get("Vary"))
		}
	}
	if len(tags) != 2 {
		t.Errorf("both codings have the ETag %v: a cache would mix them", tags)
	}
}
