package report

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"time"

	"reviewlens/build/goldentest"
	"reviewlens/reviews/figures"
)

func example() figures.Report {
	share := func(s, l, h float64) figures.Interval {
		return figures.Interval{Share: s, Low: l, High: h}
	}
	sum := func(p, u, n int, i figures.Interval) figures.Sum {
		return figures.Sum{Rows: p + u + n, Positive: p, Unsure: u, Negative: n, Share: i}
	}
	r := figures.Report{Model: "aaaaaaaaaaaa",
		Rows: 1204,
		Figures: figures.Figures{Scored: 1200, Positive: 800, Negative: 380, Unsure: 20, Empty: 3,
			Failed: 1, Repeated: 12, Share: share(0.667, 0.64, 0.69), Histogram: make([]int, 20),
			Unit: "month", Against: 9, ProductCount: 30}}
	r.Histogram[0], r.Histogram[19] = 380, 800
	r.Reading = &figures.Reading{
		Sentence: `Reviews from "<b>pros</b>" and "cons", dates from "date", month first.`,
		Doubts: []figures.Doubt{{Detail: "that the month comes first " +
			"is a guess", Parameter: "dayfirst"}},
		Findings: []string{
			`3 of 1,204 dates were not understood, the first in row 9: "<i>soon</i>"`},
	}
	r.Stars = []figures.Sum{sum(2, 1, 150, share(0.01, 0, 0.04)), {},
		sum(40, 9, 60, share(0.37, 0.28, 0.46)), sum(200, 5, 60, share(0.75, 0.69, 0.8)),
		sum(558, 5, 110, share(0.83, 0.8, 0.86))}
	r.Periods = []figures.Period{{From: "2024-03-01", Sum: sum(10, 1, 9, share(0.5, 0.3, 0.7))},
		{From: "2024-04-01"}, {From: "2024-05-01", Sum: sum(30, 0, 10, share(0.75, 0.6, 0.86))}}
	r.Change = &figures.Change{From: "2024-04-11", Before: share(0.5, 0.3, 0.7),
		After: share(0.75, 0.6, 0.86), Delta: share(0.25, 0.02, 0.45)}
	r.Products = []figures.Product{{Name: "Kettle & <Co>",
		Sum: sum(20, 1, 9, share(0.67, 0.49, 0.81))}}
	row := figures.Row{Row: 1012, Title: "<script>alert(1)</script>",
		Text: `The "lid hinge" broke & </style><img src=x onerror=alert(1)>`, Stars: "1",
		Date: "2024-05-03"}
	r.Drivers = []figures.Driver{{Phrase: "lid hinge", Sentiment: "negative", Reviews: 31,
		Share: share(0.97, 0.84, 0.99), Rows: []figures.Row{row}},
		{Phrase: "quick", Sentiment: "positive", Reviews: 90, Share: share(0.9, 0.82, 0.95)}}
	r.Topics = &figures.Topics{Reviews: 1188, Spoken: 640, OneIn: 2,
		Unused: []string{"<u>lamp</u>"},
		List: []figures.Topic{
			{Name: "lid <hinge>", Mentions: 90, Reviews: 80, Positive: 10, Negative: 60, Neutral: 4,
				Mixed: 6, Share: share(0.825, 0.73, 0.89), Stand: "complained", Impact: 2.34,
				Changes: []figures.ChangePoint{{From: "2024-05-01", Product: "Kettle & <Co>",
					Before: share(0.01, 0, 0.02), After: share(0.2, 0.1, 0.3)},
					{From: "2024-06-01", Before: share(0.2, 0.1, 0.3), After: share(0.02, 0, 0.1)}},
				Quotes: []figures.Quote{{Row: row, Start: 9, End: 14, Polarity: "negative"},
					{Row: figures.Row{Row: 7, Text: "Très bon hinge"}, Start: 9, End: 14},
					{Row: figures.Row{Row: 8, Text: "out of range"}, Start: 9, End: 99}}},
			{Name: "taste", Reviews: 40, Positive: 40, Share: share(0, 0, 0.09), Stand: "praised"},
			{Name: "colour", Pinned: true},
			{Name: "Acme", Proper: true, Reviews: 12},
		}}
	return r
}

func TestGolden(t *testing.T) {
	var out bytes.Buffer
	if err := Write(&out, About{Name: `Reviews <b>"2024"</b>.csv`,
		Made: time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)}, example()); err != nil {
		t.Fatal(err)
	}
	goldentest.Compare(t, "report.golden", out.Bytes())
}

// The contents of a file are text in the report; nothing in it loads or runs.
func TestStandsByItself(t *testing.T) {
	for name, r := range map[string]figures.Report{"whole": example(), "nothing": {},
		"one review": {Rows: 1,
			Figures: figures.Figures{Scored: 1, Positive: 1,
				Share: figures.Interval{Share: 1, Low: 0.2, High: 1}, Histogram: []int{0, 1}}}} {
		var out bytes.Buffer
		if err := Write(&out, About{Name: "</title><script>x</script>"}, r); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "ZgotmplZ") {
			t.Errorf("%s: the template refused a value", name)
		}
		d := xml.NewDecoder(&out)
		d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
		for {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			e, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			switch e.Name.Local {
			case "script", "img", "link", "iframe", "object", "b":
				t.Errorf("%s has a <%s>", name, e.Name.Local)
			}
			for _, a := range e.Attr {
				if a.Name.Local == "src" || a.Name.Local == "href" ||
					strings.HasPrefix(a.Name.Local, "on") {
					t.Errorf("%s: <%s %s=%q>", name, e.Name.Local, a.Name.Local, a.Value)
				}
			}
		}
	}
}

func TestChange(t *testing.T) {
	c := figures.ChangePoint{
		Product: "Kettle B", From: "2025-06-01", Reviews: 139,
		Before: figures.Interval{Share: 0.15}, After: figures.Interval{Share: 0.55},
	}
	lead, rest := Change("month", c)
	want := "Since Jun 2025, Kettle B: 55% of 139 reviews are negative (15% before)."
	if lead != want || rest != "" {
		t.Errorf("got %q, %q; want %q", lead, rest, want)
	}
	c.Until = "2025-09-01"
	c.Phrases = []figures.Growth{{Phrase: "lid", Reviews: [2]int{1, 9}}}
	lead, rest = Change("month", c)
	want = "From Jun 2025 until Sep 2025, Kettle B: 55% of 139 reviews were negative (15% before)."
	if lead != want || rest != "More complaints, before and then: lid 1 → 9." {
		t.Errorf("got %q, %q; want %q", lead, rest, want)
	}
	c = figures.ChangePoint{
		From: "2025-06-02", Reviews: 1, Before: figures.Interval{Share: 0.5},
		After: figures.Interval{Share: 0.1},
		Phrases: []figures.Growth{{Phrase: "lid", Reviews: [2]int{1, 0}},
			{Phrase: "cord", Reviews: [2]int{9, 2}}},
	}
	lead, rest = Change("year", c)
	want = "Since 2025, 10% of 1 review is negative (50% before)."
	wantRest := "Fewer complaints, before and since: lid 1 → 0, cord 9 → 2."
	if lead != want || rest != wantRest {
		t.Errorf("got %q, %q; want %q, %q", lead, rest, want, wantRest)
	}
}

func TestDate(t *testing.T) {
	for cell, want := range map[string]string{
		"1331424000": "11 Mar 2012", "1331424000000": "11 Mar 2012", "2012-03-11": "11 Mar 2012",
		"2012-03-11T09:30:00Z": "11 Mar 2012", "2012-03-11 09:30": "11 Mar 2012",
		"9-Mar-12": "9 Mar 2012", "09-Mar-12": "9 Mar 2012", "2012-03-110": "2012-03-110",
		"2012-03": "2012-03", "20120311": "20120311", "03 11, 2012": "03 11, 2012", "": "",
	} {
		if got := Date(cell); got != want {
			t.Errorf("Date(%q) = %q, want %q", cell, got, want)
		}
	}
}
