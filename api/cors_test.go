package api

import (
	"log/slog"
	"strings"
	"testing"

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
	h := New(Options{Models: scoring.Only(engineOf(t, plain)), Log: slog.New(slog.DiscardHandler), Keys: keys, Origins: origins})
	for origin, allowed := range map[string]bool{
		"https://shop.example": true, "http://localhost:3000": true, "": false, "null": false,
		"https://shop.example.evil": false, "http://shop.example": false, "https://other.example": false,
	} {
		w := with(h, "OPTIONS", "/v1/score", "", "Origin", origin, "Access-Control-Request-Method", "POST")
		if got := w.Header().Get("Access-Control-Allow-Origin"); (got == origin && got != "") != allowed || (w.Code == 204) != allowed || w.Header().Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("the question of %q answers %d %v", origin, w.Code, w.Header())
		}
		w = with(h, "POST", "/v1/score", `{"texts": ["good"]}`, "Origin", origin, "X-Api-Key", strings.Repeat("k", minKey), "Content-Type", wire.TypeJSON)
		if got := w.Header().Get("Access-Control-Allow-Origin"); (got == origin && got != "") != allowed || (w.Code == 200) != (allowed || origin == "") || w.Header().Get("Vary") != "Origin" {
			t.Errorf("a request of %q answers %d %v", origin, w.Code, w.Header())
		}
	}
	for _, list := range []string{"", "*", "shop.example", "https://shop.example/", "ftp://shop.example"} {
		if _, err := ParseOrigins(list); err == nil {
			t.Errorf("ParseOrigins(%q) takes it", list)
		}
	}
}
