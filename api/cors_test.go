package api

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

func TestCORS(t *testing.T) {
	plain, _, _ := newHandler(t, nil)
	keys, _ := ParseKeys(strings.Repeat("k", minKey))
	origins, err := ParseOrigins("https://shop.example, http://localhost:3000")
	if err != nil {
		t.Fatal(err)
	}
	h := New(Options{Models: scoring.SingleModel(engineOf(t, plain)),
		Log:  slog.New(slog.DiscardHandler),
		Keys: keys, Origins: origins,
		Site: fstest.MapFS{"index.html": {Data: []byte("page")},
			"index.html.br": {Data: []byte("br")}}})
	for origin, allowed := range map[string]bool{
		"https://shop.example": true, "http://localhost:3000": true, "": false, "null": false,
		"https://shop.example.evil": false, "http://shop.example": false,
		"https://other.example": false,
	} {
		w := with(h, "OPTIONS", "/v1/score", "", "Origin", origin,
			"Access-Control-Request-Method", "POST")
		if got := w.Header().Get("Access-Control-Allow-Origin"); (got == origin &&
			got != "") != allowed || (w.Code == 204) != allowed || w.Header().
			Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("the question of %q answers %d %v", origin, w.Code, w.Header())
		}
		allow := w.Header().Get("Access-Control-Allow-Headers")
		if strings.Contains(allow, "If-None-Match") != allowed {
			t.Errorf("%q may send %q", origin, allow)
		}
		w = with(h, "POST", "/v1/score", `{"texts": ["good"]}`, "Origin", origin, "X-Api-Key",
			strings.Repeat("k", minKey), "Content-Type", wire.TypeJSON)
		if got := w.Header().Get("Access-Control-Allow-Origin"); (got == origin &&
			got != "") != allowed || (w.Code == 200) != (allowed || origin == "") || w.Header().
			Get("Vary") != "Origin" {
			t.Errorf("a request of %q answers %d %v", origin, w.Code, w.Header())
		}
	}
	// the page's files, too, differ by the origin that may read them
	vary := with(h, "GET", "/", "", "Origin", "https://shop.example").Header().Values("Vary")
	if !slices.Equal(vary, []string{"Origin", "Accept-Encoding"}) {
		t.Errorf("the page's Vary is %q", vary)
	}
	for _, list := range []string{"", "*", "shop.example", "https://shop.example/",
		"ftp://shop.example", "https://*.shop.example", "https://shop.example:443",
		"http://shop.example:80", "https://shop.example:", "https://shop.example:0",
		"https://shop.example:65536", "https://shop.example:080", "https://bücher.example",
		"https://user@shop.example",
		"http://127.1", "http://0x7f.0.0.1", "http://[0::1]:3000", "https://shop..example", "https://shop%2eexample"} {
		if _, err := ParseOrigins(list); err == nil {
			t.Errorf("ParseOrigins(%q) takes it", list)
		}
	}
	list :=
		"https://Shop.example:8443,http://127.0.0.1:3000,http://[::1]:3000,https://xn--bcher-kva.example,https://shop.example.,http://localhost"
	origins, err = ParseOrigins(list)
	if want := strings.Split(strings.ToLower(list), ","); err != nil ||
		!slices.Equal(origins, want) {
		t.Errorf("ParseOrigins(%q) = %q, %v", list, origins, err)
	}
}
