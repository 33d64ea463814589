package format

import (
	"testing"

	"reviewlens/app/message"
)

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		Number(0): "0", Number(999): "999", Number(1018): "1,018", Number(-1234567): "-1,234,567",
		Plural(1, "row", "rows"): "1 row", Plural(2000, "row", "rows"): "2,000 rows",
		Points(-0.006): "−1", Points(0.004): "0.4", Points(-0.004): "−0.4", Points(0.315): "32",
		Percent(0): "0%", Percent(0.004): "under 1%", Percent(0.5): "50%",
		Percent(0.996): "over 99%", Percent(1): "100%",
		About(0.2): "about 1 s", About(7.4): "about 7 s", About(43): "about 45 s",
		About(600): "about 10 minutes", About(9000): "about 2.5 hours",
		Bytes(1): "1 byte", Bytes(517_000): "517 kB", Bytes(2_340_000): "2.3 MB",
		Bytes(1_000_000_000): "1.00 GB",
		Sure(message.Scored{Sentiment: "negative", Positive: 0.02}): "98% sure",
		Sure(message.Scored{Sentiment: "unsure", Positive: 0.5}): "could be either: " +
			"50% positive",
		Rating("1.0", 0): "1 star", Rating("4", 0): "4 stars", Rating("9", 10): "9 of 10",
		Rating("4 out of 5", 0): "4 out of 5", RatingShort("4.0", 0): "4 ★",
		RatingShort("9", 10): "9",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
