package store

import (
	"testing"

	"reviewlens/api/wire"
)

// A challenger may predict more than the current model, but not less: its owners send the same
// requests as the others.
func TestDiffer(t *testing.T) {
	plain := wire.Manifest{ID: "a"}
	stars, topics, title := plain, plain, plain
	stars.Stars, topics.Aspects, title.Join = &wire.Stars{}, &wire.Aspects{}, "{title}. {text}"
	for _, tt := range []struct {
		name string
		a, b wire.Manifest
		want string
	}{
		{"equal", plain, plain, ""},
		{"stars in both", stars, stars, ""},
		{"stars in the challenger", plain, stars, ""},
		{"topics in the challenger", plain, topics, ""},
		{"no stars", stars, topics, "lacks stars, which the current model a predicts, " +
			"so that it would refuse requests for them"},
		{"no topics", topics, stars, "lacks topics, which the current model a finds, " +
			"so that it would refuse requests for them"},
		{"the way to join", plain, title, "has another way to join title and text than the " +
			"current model a, so that a trial could not give both the same"},
	} {
		if got := differ(&tt.a, &tt.b); got != tt.want {
			t.Errorf("%s: differ = %q, want %q", tt.name, got, tt.want)
		}
	}
}
