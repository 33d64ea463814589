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
	d := NewDrivers() // every phrase that was counted is found in the text it was counted in
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
