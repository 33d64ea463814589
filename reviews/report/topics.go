package report

import (
	"math"
	"strconv"

	"reviewlens/reviews/excerpt"
	"reviewlens/reviews/figures"
)

// Display limits of topics.
const (
	topicRows     = 20 // in the table
	topicsQuoted  = 8
	topicQuotes   = 3
	topicNames    = 12
	topicSuffices = 0.05 // points of impact that are worth displaying
)

// topics holds the topics of reviews as the report displays them.
type topics struct {
	figures.Topics
	Rows   []topicRow
	Names  string // of brands and other products, with their reviews
	Quoted []topicRow
}

type topicRow struct {
	figures.Topic
	Split   []part
	Impact  string // "+1.8"; "" for none
	Note    string // warning that it may be misread
	Changes []topicChange
	Quotes  []quote
}

// topicChange is a change as a sentence; ▲ if fewer complain since, ▼ if more do.
type topicChange struct{ Sign, Kind, Text string }

func newTopics(r figures.Report) *topics {
	if r.Topics == nil {
		return nil
	}
	out := &topics{Topics: *r.Topics}
	named := 0
	for _, t := range r.Topics.List {
		if t.Proper && !t.Pinned {
			if named++; named > topicNames {
				continue
			}
			if out.Names != "" {
				out.Names += ", "
			}
			out.Names += t.Name + " " + Number(t.Reviews)
			continue
		}
		if len(out.Rows) == topicRows {
			continue
		}
		row := topicRow{Topic: t, Split: topicSplit(t), Impact: Impact(t.Impact),
			Note: Contrary(t)}
		for _, c := range t.Changes {
			change := topicChange{"▼", "negative", TopicChange(r.Unit, c)}
			if c.After.Share < c.Before.Share {
				change.Sign, change.Kind = "▲", "positive"
			}
			row.Changes = append(row.Changes, change)
		}
		if len(out.Quoted) < topicsQuoted {
			for _, q := range t.Quotes[:min(len(t.Quotes), topicQuotes)] {
				quoted := quote{Row: q.Row}
				quoted.Before, quoted.Match, quoted.After = excerpt.Short.Runes(q.Text,
					q.Start, q.End)
				row.Quotes = append(row.Quotes, quoted)
			}
		}
		out.Rows = append(out.Rows, row)
		if len(out.Quoted) < topicsQuoted && len(row.Quotes)+len(row.Changes) > 0 {
			out.Quoted = append(out.Quoted, row)
		}
	}
	return out
}

// topicSplit divides the reviews of a topic: those that complain, even if they also praise it, as
// in the share of the topic; those that do neither; those that only praise it.
func topicSplit(t figures.Topic) []part {
	return split(sentiments, t.Negative+t.Mixed, t.Neutral, t.Positive)
}

// Impact formats an impact in points: "+1.8"; "" if it rounds to zero.
func Impact(points float64) string {
	if points < topicSuffices || math.IsNaN(points) {
		return ""
	}
	return "+" + strconv.FormatFloat(points, 'f', 1, 64)
}

// TopicChange returns when complaints about a topic became more or less frequent.
func TopicChange(unit string, c figures.ChangePoint) string {
	what := "all reviews"
	if c.Product != "" {
		what = "the reviews of " + c.Product
	}
	complain := " complain"
	if c.Until != "" {
		complain = " complained"
	}
	return lasted(unit, c) + ", " + Percent(c.After.Share) + " of " + what + complain +
		" about it (" + Percent(c.Before.Share) + " before)."
}
