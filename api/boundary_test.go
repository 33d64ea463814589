package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"reviewlens/api/history/memory"
	"reviewlens/api/scoring"
)

// A page whose name was rebound to this machine reaches no route of a server without keys.
func TestHosts(t *testing.T) {
	plain, _, _ := newHandler(t, nil)
	named, err := ParseHosts("Reviews.Example.com, box")
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Models: scoring.SingleModel(engineOf(t, plain)), History: memory.New(),
		Hosts: append(Hosts{"localhost"}, named...),
		Site:  fstest.MapFS{"index.html": {Data: []byte("page")}},
	}
	h := New(o)
	paths := []string{"/", "/nowhere.js", "/compat/hf", "/compat/tei/info", "/compat/comprehend/"}
	for _, r := range allRoutes(h) {
		paths = append(paths, strings.ReplaceAll(r.path, "{id}", "x"))
	}
	for host, own := range map[string]bool{
		"localhost": true, "localhost:8000": true, "LOCALHOST.:80": true, "127.0.0.1": true,
		"127.0.0.1:8000": true, "[::1]:8000": true, "[::1]": true, "192.168.7.9:8000": true,
		"[fe80::1%25eth0]:8000": true, "": true, "reviews.example.com": true,
		"reviews.example.com.:443": true, "BOX:8000": true, "evil.example": false,
		"evil.example:8000": false, "localhost.evil.example": false,
		"reviews.example.com.evil": false, "127.0.0.1.nip.io:8000": false,
		"evil.example:127.0.0.1": false, "x.localhost": false, "[evil.example]": false,
	} {
		for _, path := range paths {
			for _, method := range []string{"GET", "POST", "DELETE", "OPTIONS"} {
				r := httptest.NewRequest(method, path, nil)
				r.Host = host
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				refused := strings.Contains(w.Body.String(), "start it with -host")
				if refused == own ||
					refused && w.Code != statusAt(path, http.StatusMisdirectedRequest) {
					t.Errorf("%s %s of host %q answers %d %s", method, path, host, w.Code, w.Body)
				}
			}
		}
	}
	o.Hosts = nil
	r := httptest.NewRequest("GET", "/healthz", nil)
	r.Host = "anything.example"
	w := httptest.NewRecorder()
	if New(o).ServeHTTP(w, r); w.Code != 200 {
		t.Errorf("a handler without names answers %d %s", w.Code, w.Body)
	}
}

func TestParseHosts(t *testing.T) {
	for _, list := range []string{"", "*", "https://x.example", "x.example:8000", "x.example,",
		"*.x.example", "x..example", "bücher.example"} {
		if hosts, err := ParseHosts(list); err == nil {
			t.Errorf("ParseHosts(%q) = %q, want an error", list, hosts)
		}
	}
}

// statusAt returns the status of a refusal at a path: AWS has one for all of them.
func statusAt(path string, status int) int {
	if strings.HasPrefix(path, "/compat/comprehend") {
		return http.StatusBadRequest
	}
	return status
}

// A browser sends the requests of pages of any origin and only hides the response. Therefore such
// requests are refused, whatever their type; programs and the server's own page are not affected.
func TestForeignPages(t *testing.T) {
	plain, _, _ := newHandler(t, nil)
	o := Options{Models: scoring.SingleModel(engineOf(t, plain)), History: memory.New(),
		Origins: []string{"https://shop.example"}}
	h := New(o)
	o.AnyOrigin = true
	gateway := New(o)
	run :=
		`{"name": "r", "created": "2024-01-01T00:00:00Z", "model": "m", "rows": 0, "positive": 0, "negative": 0, "unsure": 0}`
	for _, from := range []struct {
		origin, site string
		allowed      bool
	}{
		{"", "", true}, // curl, an SDK
		{"http://localhost:8000", "", true},
		{"http://localhost:8000", "same-origin", true},
		{"", "none", true}, // somebody typed it
		{"https://shop.example", "cross-site", true},
		{"https://shop.example", "", true},
		{"https://evil.example", "cross-site", false},
		{"https://evil.example", "", false},
		{"http://localhost:3000", "same-site", false},
		{"http://localhost:3000", "", false},
		{"null", "cross-site", false},
		{"null", "", false},
	} {
		for _, to := range []struct{ method, path, contentType, body string }{
			{"POST", "/v1/score", "text/plain", "good kettle"},
			{"POST", "/v1/score", "application/x-www-form-urlencoded", "review\ngood\n"},
			{"POST", "/v1/report", "", "review\ngood\n"},
			{"POST", "/v1/jobs", "", "review\ngood\n"},
			{"POST", "/compat/hf", "text/plain", `{"inputs": "good"}`},
			{"POST", "/compat/tei/predict", "text/plain", `{"inputs": "good"}`},
			{"POST", "/compat/comprehend", "text/plain", `{"Text": "good", "LanguageCode": "en"}`},
			{"PUT", "/v1/runs/r", "application/json", run},
			{"DELETE", "/v1/runs", "", ""},
			{"DELETE", "/v1/jobs/x", "", ""},
		} {
			ask := func(h http.Handler) *httptest.ResponseRecorder {
				r := httptest.NewRequest(to.method, to.path, strings.NewReader(to.body))
				r.Host = "localhost:8000"
				for name, value := range map[string]string{"Origin": from.origin,
					"Sec-Fetch-Site": from.site, "Content-Type": to.contentType} {
					if value != "" {
						r.Header.Set(name, value)
					}
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				return w
			}
			w := ask(h)
			refused := strings.Contains(w.Body.String(), "start the server with -cors")
			if refused == from.allowed ||
				refused && w.Code != statusAt(to.path, http.StatusForbidden) {
				t.Errorf("%s %s from %+v answers %d %s", to.method, to.path, from, w.Code, w.Body)
			}
			if w := ask(gateway); w.Code == http.StatusForbidden {
				t.Errorf("%s %s from %+v behind a gateway answers %d %s", to.method, to.path, from,
					w.Code, w.Body)
			}
		}
	}
}
