package format

import (
	"strings"
	"testing"

	"reviewlens/api/wire"
)

func TestTopicCounts(t *testing.T) {
	for want, topic := range map[string]wire.Topic{
		"1 review: 1 complains.": {Reviews: 1, Negative: 1},
		"1,190 reviews: 1,000 complain, 1 does both, 180 praise it, 9 do neither.": {Reviews: 1190,
			Negative: 1000, Mixed: 1, Positive: 180, Neutral: 9},
		"0 reviews.": {},
	} {
		if got := TopicCounts(&topic); got != want {
			t.Errorf("TopicCounts = %s, want %s", got, want)
		}
	}
}

func TestTopicChange(t *testing.T) {
	c := wire.ChangePoint{From: "2024-03-01", Before: wire.Interval{Share: 0.1},
		After: wire.Interval{Share: 0.4}}
	want := "Since Mar 2024, 40% of all reviews complain about it (10% before)."
	if got := TopicChange("month", c); got != want {
		t.Errorf("TopicChange = %s, want %s", got, want)
	}
	c.Product = "P1"
	want = strings.Replace(want, "all reviews", "the reviews of P1", 1)
	if got := TopicChange("month", c); got != want {
		t.Errorf("of a product: %s", got)
	}
	c.Until = "2024-05-01"
	want = "From Mar 2024 until May 2024, 40% of the reviews of P1 complained about it " +
		"(10% before)."
	if got := TopicChange("month", c); got != want {
		t.Errorf("until another: %s", got)
	}
}

func TestImpact(t *testing.T) {
	for points, want := range map[float64]string{4.14: "+4.1", 0.05: "+0.1", 0.04: "–", 0: "–"} {
		if got := Impact(points); got != want {
			t.Errorf("Impact(%v) = %s, want %s", points, got, want)
		}
	}
}
