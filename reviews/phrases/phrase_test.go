package phrases

import (
	"fmt"
	"testing"

	"reviewlens/reviews"
)

func TestPhrase(t *testing.T) {
	for _, tt := range []struct {
		phrase, text string
		want         bool
	}{
		{"lid hinge", "The LID hinge snapped.", true},
		{"lid hinge", "The lid, hinge and all.", false}, // punctuation breaks a phrase
		{"lid", "It slid off.", false},
		{"doesn't work", "It doesn’t work", true},
		{"", "anything", false},
	} {
		if got := NewPhrase(tt.phrase).In([]byte(tt.text)); got != tt.want {
			t.Errorf("%q in %q = %v", tt.phrase, tt.text, got)
		}
	}
	for _, tt := range [][3]string{
		{"space bar", "Both SPACE bars stick; the space bar of the old one did not.", "space bars"},
		{"doesn't work", "It doesn’t work", "doesn't work"},
		{"lid hinge", "The lid, hinge and all.", ""},
	} {
		if got := NewPhrase(tt[0]).Form([]byte(tt[1])); got != tt[2] {
			t.Errorf("%q in %q: %q, want %q", tt[0], tt[1], got, tt[2])
		}
	}
	if !Same("space bar", "space bars") || Same("space bar", "bar space") {
		t.Error("forms of a phrase are told apart, or other phrases are not")
	}
	d := NewDrivers() // every counted phrase is found in the text it was counted in
	text := "Don't buy: the hinge of the lid broke, and the lid itself - twice."
	for i := range minReviews {
		d.Add(i, fmt.Appendf(nil, "%s (%d)", text, i), reviews.Negative)
	}
	d.flush()
	phrases := 0
	for p := range d.all() {
		phrases++
		if !NewPhrase(p.text).In([]byte(text)) {
			t.Errorf("%q is not found", p.text)
		}
	}
	if phrases < 9 {
		t.Errorf("%d phrases", phrases)
	}
}
