package findings

import (
	"strings"
	"time"
	"unicode/utf8"

	"reviewlens/reviews/excerpt"
	"reviewlens/reviews/figures"
	"reviewlens/reviews/topics"
)

// Topics returns the topics of reviews. names are the product names, by number from 1. quote reads
// a row and the text that its mentions are in; the row's own text is not used. A row that cannot be
// read (false) is not quoted. Result.Quoted returns the rows it will be called with.
func Topics(r topics.Result, names []string,
	quote func(row int) (figures.Row, string, bool)) *figures.Topics {
	out := &figures.Topics{Reviews: r.Reviews, Spoken: r.Spoken, Others: r.Others,
		Negative: r.Negative, Unexplained: r.Unexplained, Unused: r.Unused,
		List: []figures.Topic{}, Suggestions: []figures.Suggestion{}}
	if r.OneIn > 1 {
		out.OneIn = r.OneIn
	}
	for _, t := range r.Topics {
		topic := figures.Topic{
			Name: t.Name, Forms: append([]string{}, t.Forms...), Mentions: t.Mentions,
			Reviews: t.Reviews, Positive: t.Positive, Negative: t.Negative, Neutral: t.Neutral,
			Mixed: t.Mixed, PraiseInNegative: t.PraiseInNegative,
			ComplaintsInPositive: t.ComplaintsInPositive, Share: figures.Interval(t.Share),
			Stand:  t.Stand.String(),
			Impact: t.Impact, Implied: t.Implied, Proper: t.Proper, Pinned: t.Pinned,
			Periods: []figures.TopicPeriod{}, Quotes: []figures.Quote{},
		}
		for _, p := range t.Periods {
			topic.Periods = append(topic.Periods, figures.TopicPeriod{
				From: p.From.Format(time.DateOnly), Reviews: p.Reviews, Negative: p.Negative})
		}
		if len(t.Changes) > 0 {
			topic.Changes = Changes(t.Changes, names, nil,
				func(int, []int) []figures.Row { return nil })
		}
		for _, m := range t.Quotes {
			if row, text, ok := quote(m.Row); ok {
				topic.Quotes = append(topic.Quotes, newQuote(row, text, m))
			}
		}
		out.List = append(out.List, topic)
	}
	for _, s := range r.Suggestions {
		out.Suggestions = append(out.Suggestions, figures.Suggestion(s))
	}
	return out
}

// quoted is the size of an excerpt for a quote.
var quoted = excerpt.Size{Before: 400, After: 600}

// newQuote quotes a text around a mention, or from its beginning if the text does not contain it.
func newQuote(row figures.Row, text string, m topics.Mention) figures.Quote {
	start, end := m.Start, m.End
	if start < 0 || start > end || end > len(text) {
		start, end = 0, 0
	}
	before, mention, after := quoted.At(text, boundary(text, start), boundary(text, end))
	for _, part := range []*string{&before, &mention, &after} {
		*part = strings.ToValidUTF8(*part, "\uFFFD")
	}
	q := figures.Quote{Row: row, Polarity: m.Polarity.String()}
	q.Text = before + mention + after
	q.Start = utf8.RuneCountInString(before)
	q.End = q.Start + utf8.RuneCountInString(mention)
	return q
}

// boundary returns the beginning of the character at this byte.
func boundary(text string, at int) int {
	for at > 0 && at < len(text) && !utf8.RuneStart(text[at]) {
		at--
	}
	return at
}
