package reviews

import "testing"

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
	text := []byte("Don't buy: the hinge of the lid broke, and the lid itself - twice.")
	d.Add(0, text, Negative)
	for _, p := range d.phrases.all() {
		if phrase, _ := d.text(p.words); !NewPhrase(phrase).In(text) {
			t.Errorf("%q is not found", phrase)
		}
	}
}
