// Package findings builds figures from the counts of scored rows: counts with intervals, the trend,
// products, phrases and changes. The page's worker, the server, the command line and jobs all use
// it, so a new figure is added here once, and all display limits are here.
//
// It reads no file. The caller reads the reviews to quote, in functions that are given row numbers,
// counted from 0.
package findings

import (
	"slices"
	"time"

	"reviewlens/reviews/changes"
	"reviewlens/reviews/figures"
	"reviewlens/reviews/phrases"
	"reviewlens/reviews/stats"
	"reviewlens/reviews/text"
)

// Display limits.
const (
	MaxProducts = 20 // those with the most reviews
	Phrases     = 8  // per sentiment
)

// Of returns the figures of a summary, without Repeated, Drivers and Changes. names are the product
// names, by number from 1.
func Of(s *stats.Summary, names []string) figures.Figures {
	out := figures.Figures{
		Scored: s.Scored, Positive: s.Positive, Negative: s.Negative, Unsure: s.Unsure,
		Unread: s.Unread, Empty: s.Empty, Failed: s.Failed, Cut: s.Cut,
		Share:     figures.Interval(s.Total().Share()),
		Histogram: slices.Clone(s.Histogram[:]), MeanStars: s.MeanStars(), Against: s.Against,
		Stars: []figures.Sum{}, Periods: []figures.Period{}, Products: []figures.Product{},
		Drivers: []figures.Driver{},
	}
	out.NoWords, out.Languages = Languages(s.Reasons)
	for _, c := range s.Stars {
		out.Stars = append(out.Stars, Sum(c))
	}
	out.Ratings, out.NPS = ratings(s)
	out.Predicted = predicted(s.Predicted)
	unit, periods := s.Trend()
	out.Unit = unit
	for _, p := range periods {
		out.Periods = append(out.Periods,
			figures.Period{From: p.From.Format(time.DateOnly), Sum: Sum(p.Count)})
	}
	if c, ok := s.Change(); ok {
		out.Change = &figures.Change{From: c.From.Format(time.DateOnly),
			Before: figures.Interval(c.Before), After: figures.Interval(c.After),
			Delta: figures.Interval(c.Delta)}
	}
	most, all := s.MostReviewed(MaxProducts)
	out.ProductCount = all
	for _, n := range most {
		out.Products = append(out.Products,
			figures.Product{Name: names[n-1], Sum: Sum(s.Products[n-1])})
	}
	return out
}

// ratings returns nil without any, and for a scale of five, which Stars covers; for 0 to 10 it
// returns the net promoter score instead.
func ratings(s *stats.Summary) (*figures.Ratings, *figures.NPS) {
	r, best := s.Ratings, s.Scale.Best()
	switch {
	case r.Rows == 0, best == 5 && !s.Scale.Grades:
		return nil, nil
	case s.Scale.NPS && best == 10:
		n := r.NPS()
		return nil, &figures.NPS{Promoters: n.Promoters, Passives: n.Passives,
			Detractors: n.Detractors, Score: 100 * n.Score, Low: 100 * n.Low, High: 100 * n.High}
	}
	return &figures.Ratings{Scale: s.Scale.String(), Rows: r.Rows, Mean: s.Scale.Of(r.Mean()),
		Stars: r.Mean(), Best: best}, nil
}

// predicted returns nil if the model does not predict stars, or was not asked to.
func predicted(p stats.Predicted) *figures.Predicted {
	if p.Rows == 0 {
		return nil
	}
	out := &figures.Predicted{Rows: p.Rows, Mean: p.Mean(), Neutral: p.Neutral, Mixed: p.Mixed}
	if d, ok := p.MeanDifference(); ok {
		out.Difference = &d
	}
	return out
}

// Sum converts a count, with its mean and its share.
func Sum(c stats.Count) figures.Sum {
	return figures.Sum{
		Rows: c.Rows, Positive: c.Positive, Negative: c.Negative, Unsure: c.Unsure,
		Unread: c.Unread, Mean: c.Mean(), Share: figures.Interval(c.Share()),
	}
}

// Languages returns why rows are unread, from counts by reason.
func Languages(reasons map[uint8]int) (noWords int, found []figures.Language) {
	noWords, counted := text.Reasons(reasons)
	found = []figures.Language{}
	for _, c := range counted {
		found = append(found, figures.Language(c))
	}
	return noWords, found
}

// Drivers returns the phrases that drive a sentiment. quote reads some of the rows that have one,
// with up to phrases.MaxTextBytes bytes of their texts, which are cut here, around the phrase.
func Drivers(found []phrases.Driver, quote func(rows []int) []figures.Row) []figures.Driver {
	out := []figures.Driver{}
	for _, d := range found {
		rows := quote(d.Rows)
		out = append(out, figures.Driver{
			Phrase: named(d.Phrase, rows), Sentiment: d.Sentiment.String(), Reviews: d.Reviews,
			Share: figures.Interval(d.Share), Rows: around(d.Phrase, rows),
		})
	}
	return out
}

// around cuts the texts of rows to a quote around a phrase; a text without it (the title may have
// it) is shown from its beginning.
func around(phrase string, rows []figures.Row) []figures.Row {
	p := phrases.NewPhrase(phrase)
	for i := range rows {
		text := rows[i].Text
		from, to := p.Place([]byte(text))
		before, match, after := quoted.At(text, from, to)
		rows[i].Text = before + match + after
	}
	return rows
}

// named returns the most frequent form of a phrase in the rows, the first of equals. Drivers.Top
// returns the form in the text that was scored first, which differs from run to run.
func named(phrase string, rows []figures.Row) string {
	p := phrases.NewPhrase(phrase)
	most, counts := 0, map[string]int{}
	var forms []string
	for _, r := range rows {
		for _, part := range []string{r.Text, r.Title} {
			if form := p.Form([]byte(part)); form != "" {
				forms = append(forms, form)
				counts[form]++
				most = max(most, counts[form])
				break
			}
		}
	}
	for _, form := range forms {
		if counts[form] == most {
			return form
		}
	}
	return phrase
}

// Changes returns the changes of the share of negative reviews. shifts are, for the first of them,
// the complaints that came or went with each; quote reads some of the rows that have one of those
// of a change, as for Drivers.
func Changes(found []changes.Change, names []string, shifts [][]phrases.Shift,
	quote func(change int, rows []int) []figures.Row) []figures.ChangePoint {
	out := []figures.ChangePoint{}
	for i, c := range found {
		point := figures.ChangePoint{
			From: c.From.Format(time.DateOnly), Before: figures.Interval(c.Before),
			After: figures.Interval(c.After), Reviews: c.Reviews, Phrases: []figures.Growth{},
		}
		if !c.Until.IsZero() {
			point.Until = c.Until.Format(time.DateOnly)
		}
		if c.Product > 0 && c.Product <= len(names) {
			point.Product = names[c.Product-1]
		}
		if i < len(shifts) {
			for _, s := range shifts[i] {
				point.Phrases = append(point.Phrases, figures.Growth{
					Phrase: s.Phrase, Before: figures.Interval(s.A), After: figures.Interval(s.B),
					Reviews: s.Reviews, Rows: around(s.Phrase, quote(i, s.Rows)),
				})
			}
		}
		out = append(out, point)
	}
	return out
}
