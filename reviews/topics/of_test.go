package topics

import (
	"slices"
	"testing"

	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
)

// Of gives every mention of a topic of the list, those of one topic several times, and nothing of a
// text that is not counted.
func TestOf(t *testing.T) {
	var c Counter
	none := c.Topics(Scheme{}, Options{})
	for range none.Of(1) {
		t.Error("a counter of nothing has a mention")
	}
	const pattern = "the [bass-] is weak, my old [bass+] was better, their [bass-] and a [lid=]"
	var texts []Text
	for row := range 4 {
		text, mentions, _ := review(row, reviews.Negative, pattern[:len(pattern)-8*(row%2)])
		text.Fingerprint += uint64(row)
		c.Add(text, mentions)
		texts = append(texts, text)
	}
	r := c.Topics(Scheme{}, Options{})
	if got := named(r.Topics); !slices.Equal(got, []string{"bass"}) {
		t.Fatalf("topics = %q", got)
	}
	var got []Mention
	for topic, m := range r.Of(texts[2].Fingerprint) {
		if topic != 0 {
			t.Errorf("%+v is of topic %d", m, topic)
		}
		got = append(got, m)
	}
	want := []Mention{{2, 4, 8, aspects.Negative}, {2, 48, 52, aspects.Negative}}
	if !slices.Equal(got, want) {
		t.Errorf("mentions = %+v, want %+v", got, want)
	}
	for range r.Of(texts[3].Fingerprint + 9) {
		t.Error("a text that was never counted has a mention")
	}
}
