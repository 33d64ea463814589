package format

import (
	"cmp"
	"strings"

	"reviewlens/api/wire"
	"reviewlens/reviews/report"
)

// Spoken says how many reviews speak of a topic, and how.
func Spoken(t *wire.Topic) string {
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

// TopicChange says in a sentence how the share of complaints about a topic changed.
func TopicChange(unit string, c wire.ChangePoint) string { return report.TopicChange(unit, c) }

// Impact is the impact of a topic in points: "+4.1"; "–" for none.
func Impact(points float64) string { return cmp.Or(report.Impact(points), "–") }

// contextRunes is how much of a long text is shown on either side of what is marked.
const contextRunes = 160

// Around is the marked part of a text, by its code points, with what stands around it; a long text
// is cut at words on both sides.
func Around(text string, start, end int) (before, marked, after string) {
	runes := []rune(text)
	start = max(0, min(start, len(runes)))
	end = max(start, min(end, len(runes)))
	before, marked, after = string(runes[:start]), string(runes[start:end]), string(runes[end:])
	if start > contextRunes {
		before = string(runes[start-contextRunes : start])
		before = "…" + before[strings.IndexByte(before, ' ')+1:]
	}
	if len(runes)-end > contextRunes {
		after = string(runes[end : end+contextRunes])
		if cut := strings.LastIndexByte(after, ' '); cut > 0 {
			after = after[:cut]
		}
		after += "…"
	}
	return before, marked, after
}
