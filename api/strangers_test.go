package api

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"reviewlens/api/engines"
	"reviewlens/api/model"
	"reviewlens/api/model/store"
	"reviewlens/api/model/store/storetest"
)

// A client without an accepted key can read only models in use and cannot open others; one with a
// key opens a model, and then others can read it. A server without keys opens it for everyone.
func TestStrangersOpenNoModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var place storetest.Memory
		models := store.New(&place, nil)
		a, b := storetest.Publish(t, models, "a"), storetest.Publish(t, models, "b")
		c := storetest.Publish(t, models, "c")
		storetest.Activate(t, models, a)
		var opened []string
		quiet := slog.New(slog.DiscardHandler)
		set := engines.Start(engines.Options{Store: models, Log: quiet,
			Open: func(_ context.Context, m *model.Model) (engines.Engine, error) {
				opened = append(opened, m.Manifest.ID)
				return closing{&fakeEngine{model: m}}, nil
			}})
		defer set.Close()
		set.Ready(t.Context())
		synctest.Wait()
		key := strings.Repeat("k", minKey)
		keys, err := ParseKeys(key)
		if err != nil {
			t.Fatal(err)
		}
		locked := New(Options{Models: set, Log: quiet, Keys: keys})
		free := New(Options{Models: set, Log: quiet})
		for _, tt := range []struct {
			h    *Handler
			id   string
			key  string
			code int
		}{
			{locked, a, "", 200}, {locked, b, "", 401}, {locked, b, key + "x", 401},
			{locked, "0123456789ab", "", 409}, {locked, b, key, 200}, {locked, b, "", 200},
			{locked, c, "", 401}, {free, c, "", 200},
		} {
			for _, part := range []string{"", "/tokenizer"} {
				path := "/v1/models/" + tt.id + part
				w := with(tt.h, "GET", path, "", "X-Api-Key", tt.key)
				asks := w.Header().Get("WWW-Authenticate") != ""
				if w.Code != tt.code || asks != (tt.code == 401) {
					t.Errorf("GET %s with key %q = %d %s, %v; want %d", path, tt.key, w.Code,
						w.Body, w.Header(), tt.code)
				}
			}
		}
		if !slices.Equal(opened, []string{a, b, c}) {
			t.Errorf("opened are %v, want %v", opened, []string{a, b, c})
		}
	})
}
