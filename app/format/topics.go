package format

import (
	"cmp"

	"reviewlens/api/wire"
	"reviewlens/reviews/report"
)

// TopicCounts returns how many reviews mention a topic, and with which sentiment.
func TopicCounts(t *wire.Topic) string {
	out := Plural(t.Reviews, "review", "reviews")
	sep := ": "
	for _, part := range []struct {
		n         int
		one, many string
	}{
		{t.Negative, "complains", "complain"}, {t.Mixed, "does both", "do both"},
		{t.Positive, "praises it", "praise it"}, {t.Neutral, "does neither", "do neither"},
	} {
		if part.n > 0 {
			out += sep + Plural(part.n, part.one, part.many)
			sep = ", "
		}
	}
	return out + "."
}

// TopicChange returns a sentence on how the share of complaints about a topic changed.
func TopicChange(unit string, c wire.ChangePoint) string { return report.TopicChange(unit, c) }

// Impact formats the impact of a topic in points: "+4.1"; "–" for none.
func Impact(points float64) string { return cmp.Or(report.Impact(points), "–") }
