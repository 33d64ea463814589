package findings

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"reviewlens/reviews"
	"reviewlens/reviews/changes"
	"reviewlens/reviews/excerpt"
	"reviewlens/reviews/figures"
	"reviewlens/reviews/phrases"
	"reviewlens/reviews/stats"
)

// For no rows, lists are empty, not null, and the share's interval is the widest.
func TestOfNothing(t *testing.T) {
	out := Of(&stats.Summary{}, nil)
	text, err := json.Marshal(out)
	if err != nil || strings.Contains(string(text), "null") {
		t.Errorf("figures of nothing are %s (%v)", text, err)
	}
	if out.Share != (figures.Interval{Low: 0, High: 1}) || len(out.Stars) != 5 ||
		out.Change != nil {
		t.Errorf("figures of nothing are %+v", out)
	}
}

func TestOf(t *testing.T) {
	var s stats.Summary
	day := reviews.DayOf(2024, time.February, 28)
	add := func(sentiment reviews.Sentiment, positive float64, facts reviews.Facts) {
		s.Add(reviews.Result{Score: reviews.Score{Sentiment: sentiment, Positive: positive}}, facts)
	}
	add(reviews.Positive, 0.9, reviews.Facts{Stars: 5, Day: day, Product: 2})
	add(reviews.Negative, 0.1, reviews.Facts{Stars: 5, Day: day + 2, Product: 2})
	add(reviews.Negative, 0.2, reviews.Facts{Stars: 0.5, Day: day + 2, Product: 1})
	out := Of(&s, []string{"pan", "kettle"})
	if out.Scored != 3 || out.Positive != 1 || out.Negative != 2 || out.Against != 1 {
		t.Errorf("counts are %+v", out)
	}
	if out.ProductCount != 2 || len(out.Products) != 2 || out.Products[0].Name != "kettle" ||
		out.Products[0].Rows != 2 || out.Products[0].Mean != 0.5 {
		t.Errorf("products are %+v", out.Products)
	}
	if out.Unit != "day" || len(out.Periods) != 3 || out.Periods[2].From != "2024-03-01" ||
		out.Periods[2].Rows != 2 {
		t.Errorf("by %s: %+v", out.Unit, out.Periods)
	}
	if five := out.Stars[4]; five.Rows != 2 || five.Share.Share != 0.5 || five.Share.Low >= 0.5 {
		t.Errorf("five stars: %+v", five)
	}
	if out.MeanStars != 3.5 {
		t.Errorf("the mean of the stars is %v, want 3.5", out.MeanStars)
	}
	s.Histogram[0] = 99
	if out.Histogram[0] == 99 {
		t.Error("figures change with what is counted after them")
	}
}

// Phrases are quoted from the reviews that the caller reads; changes after the first ones have
// none.
func TestPhrases(t *testing.T) {
	quote := func(rows []int) (out []figures.Row) {
		for _, i := range rows {
			out = append(out, figures.Row{Row: i + 1})
		}
		return out
	}
	drivers := Drivers([]phrases.Driver{{Phrase: "lid", Sentiment: reviews.Negative, Reviews: 7,
		Rows: []int{3, 5}}}, quote)
	if len(drivers) != 1 || drivers[0].Sentiment != "negative" || drivers[0].Rows[1].Row != 6 {
		t.Errorf("drivers are %+v", drivers)
	}
	quotes := func([]int) []figures.Row {
		return []figures.Row{{Row: 1, Title: "Broke", Text: "Good"}, {Row: 9, Text: "It breaks"}}
	}
	for phrase, want := range map[string]string{"break": "breaks", "broken": "broken"} {
		d := Drivers([]phrases.Driver{{Phrase: phrase}}, quotes)
		if d[0].Phrase != want {
			t.Errorf("%q is named %q, want %q", phrase, d[0].Phrase, want)
		}
	}
	long := []figures.Row{{Row: 1, Text: strings.Repeat("é lid. Snapped ", 2900) +
		"the lid snaps " + strings.Repeat("soon é ", 5000)}, {Row: 2, Text: "the lid snapped"},
		{Row: 3, Title: "lid snapped", Text: strings.Repeat("soon é ", 5000)}}
	read := func([]int) []figures.Row { return slices.Clone(long) }
	around := func(what, phrase string, rows []figures.Row) {
		t.Helper()
		for i, row := range rows {
			if len(row.Text) > 1300 {
				t.Errorf("%s: row %d is quoted with %d bytes", what, i+1, len(row.Text))
			}
		}
		if _, match, _ := excerpt.Short.Phrase(rows[0].Text, phrase); match != "lid snaps" ||
			!strings.Contains(rows[0].Text, "lid snaps") ||
			rows[1].Text != "the lid snapped" || !strings.HasPrefix(rows[2].Text, "soon é") {
			t.Errorf("%s: %q is quoted as %+v", what, phrase, rows)
		}
	}
	d := Drivers([]phrases.Driver{{Phrase: "lid snapped"}}, read)[0]
	if d.Phrase != "lid snapped" {
		t.Errorf("the form of most rows that are quoted is %q", d.Phrase)
	}
	around("a driver", d.Phrase, d.Rows)
	from := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	g := Changes([]changes.Change{{From: from}}, nil, [][]phrases.Shift{{{Phrase: "lid snapped"}}},
		func(int, []int) []figures.Row { return read(nil) })[0].Phrases[0]
	around("a change", g.Phrase, g.Rows)
	points := Changes([]changes.Change{{From: from, Product: 2}, {From: from},
		{From: from, Product: 9}},
		[]string{"pan", "kettle"}, [][]phrases.Shift{{{Phrase: "melts", Rows: []int{8}}}},
		func(change int, rows []int) []figures.Row {
			if change != 0 {
				t.Errorf("rows are read for change %d, which has no phrases", change)
			}
			return quote(rows)
		})
	if len(points) != 3 || points[0].Product != "kettle" || points[1].Product != "" ||
		points[2].Product != "" || points[0].From != "2024-03-01" {
		t.Fatalf("changes are %+v", points)
	}
	if p := points[0].Phrases; len(p) != 1 || p[0].Phrase != "melts" || p[0].Rows[0].Row != 9 {
		t.Errorf("phrases are %+v", p)
	}
	if p := points[1].Phrases; p == nil || len(p) != 0 {
		t.Errorf("phrases of the second change are %+v", p)
	}
}
