package topics

import (
	"reflect"
	"testing"

	"reviewlens/reviews"
)

// Of returns the counted mentions, of a text alone and of one among others.
func TestOf(t *testing.T) {
	var c Counter
	if got := c.Of(1); got != nil {
		t.Errorf("a counter of nothing has %+v", got)
	}
	for row, pattern := range []string{"the [bass-] is weak, my old [phone+] was better",
		"a [comfy>comfort+] grip", "it is [bad]"[:5]} {
		text, mentions, _ := review(row, reviews.Negative, pattern)
		c.Add(text, mentions)
		for i := range mentions {
			mentions[i].Probability = 0
		}
		if got := c.Of(text.Fingerprint); !reflect.DeepEqual(got, mentions) {
			t.Errorf("of %q: %+v, want %+v", pattern, got, mentions)
		}
		if got := c.Of(text.Fingerprint + 1); got != nil {
			t.Errorf("a text that was never counted has %+v", got)
		}
	}
}
