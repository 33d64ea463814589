package app

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	goapp "github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/message"
)

func TestLooksLikeTable(t *testing.T) {
	for text, want := range map[string]bool{
		"stars\treview\n5\tFine":                  true,
		"stars,review\n5,Fine\n1,\"Bad, really\"": true,
		"a;b\n1;2\n": true,
		"Fine.":      false,
		"Quick, quiet, cheap.\nI like it, and so does my sister.":       false,
		"Pros, cons\nIt is quick.\nIt is quiet.\nIt leaks.":             false,
		"It boils fast.\n\nIt is quiet, easy to clean, and looks good.": false,
		"": false,
	} {
		if got := LooksLikeTable(text); got != want {
			t.Errorf("LooksLikeTable(%q) = %v", text, got)
		}
	}
}

func TestRoles(t *testing.T) {
	c := message.Columns{Text: 2, Title: 1, Stars: -1, Date: -1, Product: 0}
	// the title becomes the text: a role has one column, a column one role
	c = SetRole(c, 1, "text")
	if c != (message.Columns{Text: 1, Title: -1, Stars: -1, Date: -1, Product: 0}) {
		t.Errorf("columns = %+v", c)
	}
	if c = SetRole(c, 0, ""); Role(c, 0) != "" || Role(c, 1) != "text" || Role(c, 2) != "" {
		t.Errorf("columns = %+v", c)
	}
}

// A second text is a role of its own, and the text where there is no other.
func TestSecondText(t *testing.T) {
	c := message.Columns{Text: 2, Title: -1, Stars: -1, Date: -1, Product: -1, ID: -1}
	c = SetRole(c, 0, "second")
	if c.Text != 2 || c.Second != 1 || Role(c, 0) != "second" || Role(c, 2) != "text" {
		t.Errorf("columns = %+v", c)
	}
	if c := SetRole(c, 0, ""); c.Second != 0 || c.Text != 2 {
		t.Errorf("dropped: %+v", c)
	}
	if c := SetRole(c, 0, "title"); c.Second != 0 || c.Title != 0 {
		t.Errorf("a title: %+v", c)
	}
	if c := SetRole(c, 2, ""); c.Text != 0 || c.Second != 0 {
		t.Errorf("the first dropped: %+v", c)
	}
	if c := SetRole(c, 2, "second"); c.Text != 0 || c.Second != 3 {
		t.Errorf("turned round: %+v", c)
	}
}

// A server reads a file with the columns that the page shows.
func TestJobQuery(t *testing.T) {
	p := message.Preview{Header: []string{"pros", "cons", "at"},
		Columns: message.Columns{Text: 1, Second: 1, Title: -1, Stars: -1, Date: 2, Product: -1}}
	if got := jobQuery(&p).Encode(); got != "column=2%2C1&date=3&product=-&stars=-&title=-" {
		t.Errorf("a table: %s", got)
	}
	p.Dialect.Keys = []string{"pros", "cons", "at"}
	if got := jobQuery(&p).Encode(); got != "column=cons%2Cpros&date=at&product=-&stars=-&title=-" {
		t.Errorf("JSON lines: %s", got)
	}
}

// The numbers that are taken away are those that are shown: message.Summary and wire.Report have
// the same names in JSON.
func TestReport(t *testing.T) {
	iv := wire.Interval{Share: 0.5, Low: 0.4, High: 0.6}
	sum := wire.Sum{Rows: 3, Positive: 1, Negative: 1, Unsure: 1, Mean: 0.5, Share: iv}
	row := message.Row{Row: 7, Title: "t", Text: "x", Stars: "5", Date: "d", Product: "p", ID: "i",
		Scored: message.Scored{Sentiment: "positive", Positive: 0.9}}
	s := State{Model: "m",
		Progress: &message.Progress{Done: 11,
			Summary: message.Summary{Scored: 10, Positive: 5, Negative: 4, Unsure: 1, Empty: 1,
				Failed: 2, Cut: 3, Repeated: 4,
				Share: iv, Histogram: []int{1, 2}, Stars: []wire.Sum{sum}, Against: 2, Unit: "day",
				Periods:  []wire.Period{{From: "2024-01-01", Sum: sum}},
				Change:   &wire.Change{From: "2024-01-01", Before: iv, After: iv, Delta: iv},
				Products: []wire.Product{{Name: "p", Sum: sum}}, ProductCount: 9,
				Drivers: []message.Driver{
					{Phrase: "lid", Sentiment: "negative", Reviews: 6, Share: iv,
						Rows: []message.Row{row}}}}},
		Preview: &message.Preview{Header: []string{"a", "b"},
			Columns: message.Columns{Text: 1, Title: -1, Stars: 0, Date: -1, Product: -1, ID: -1}}}
	got := Report(&s)
	want := wire.Report{Model: "m", Columns: wire.Columns{Text: "b", Stars: "a"}, Rows: 11,
		Scored: 10, Positive: 5, Negative: 4, Unsure: 1, Empty: 1, Failed: 2, Cut: 3, Repeated: 4,
		Share: iv, Histogram: []int{1, 2}, Stars: []wire.Sum{sum}, Against: 2, Unit: "day",
		Periods:  []wire.Period{{From: "2024-01-01", Sum: sum}},
		Change:   &wire.Change{From: "2024-01-01", Before: iv, After: iv, Delta: iv},
		Products: []wire.Product{{Name: "p", Sum: sum}}, ProductCount: 9,
		Drivers: []wire.Driver{{Phrase: "lid", Sentiment: "negative", Reviews: 6, Share: iv,
			Rows: []wire.Row{{Row: 7, Title: "t", Text: "x", Stars: "5", Date: "d", Product: "p",
				ID: "i", Sentiment: "positive", Positive: 0.9}}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFilters(t *testing.T) {
	sum := message.Summary{Histogram: make([]int, 20), Stars: make([]wire.Sum, 5), Unit: "month",
		Periods: []wire.Period{{From: "2024-03-01"}, {From: "2024-04-01"}}}
	var s State
	s.Filter(ChartFilters(sum, "stars", 4, "negative")...)
	s.Filter(ChartFilters(sum, "trend", 0, "")...)
	s.Filter(ChartFilters(sum, "histogram", 19, "")...) // takes the sentiment's place
	labels := func() (out []string) {
		for _, f := range s.View.Filters {
			out = append(out, FilterLabel(f))
		}
		return out
	}
	if got := strings.Join(labels(), "; "); got != "5 stars; Mar 2024; 95–100% positive" {
		t.Errorf("filters = %s", got)
	}
	if f := s.View.Filters[1]; f.From != "2024-03-01" || f.To != "2024-04-01" {
		t.Errorf("a month = %+v", f)
	}
	s.Unfilter(1)
	if got := strings.Join(labels(), "; "); got != "5 stars; 95–100% positive" {
		t.Errorf("one taken away = %s", got)
	}
	if s.Unfilter(-1); len(s.View.Filters) != 0 {
		t.Error("filters stay")
	}
	for _, index := range []int{-1, 2, 1000} {
		if f := ChartFilters(sum, "trend", index, ""); f != nil {
			t.Errorf("period %d = %+v", index, f)
		}
	}
}

// The worker does not answer for a view that was replaced: the table must ask again for the next.
func TestTableAsksForTheNextView(t *testing.T) {
	var asked []int
	table := &reviewTable{View: 1, Total: 9,
		Ask: func(view, from, to int) { asked = append(asked, view) }}
	table.need()
	table.need() // one range at a time
	table.View = 2
	table.need()
	if !slices.Equal(asked, []int{1, 2}) {
		t.Errorf("asked for rows of the views %v, want 1 and 2", asked)
	}
}

// What is drawn of a list covers what is in sight, wherever it is scrolled to and however long it
// is.
func TestSight(t *testing.T) {
	for _, n := range []int{0, 1, 9, 1000, 100_000, 5_000_000} {
		for _, at := range []float64{0, 0.3, 0.7, 1} {
			s := Sight{Box: 640, Row: 68}
			s.Top = at * max(0, s.Of(n).Height-s.Box)
			got := s.Of(n)
			drawn := got.Above + float64(got.To-got.From)*s.Row
			if got.From < 0 || got.To > n || got.To-got.From > 60 || got.Height > tallest ||
				got.Above > s.Top || drawn < min(s.Top+s.Box, got.Height)-1 ||
				drawn > got.Height+1 {
				t.Errorf("%d rows at %v: %+v, drawn to %v", n, at, got, drawn)
			}
			if at == 1 && got.To != n || at == 0 && got.From != 0 {
				t.Errorf("%d rows at %v: %+v leaves out an end", n, at, got)
			}
		}
	}
	s := Sight{Top: 680, Box: 640, Row: 68}
	for place, want := range map[int]float64{0: 0, 10: 680, 12: 680, 30: 31*68 - 640} {
		if got := s.Reach(place, 1000); got != want {
			t.Errorf("Reach(%d) = %v, want %v", place, got, want)
		}
	}
}

func TestVerdictOfAnOlderTextIsDropped(t *testing.T) {
	var s State
	s.SetText("first")
	old := s.TextID
	s.SetText("second")
	s.Apply(message.Event{Name: message.EventVerdict, Verdict: &message.Verdict{ID: old}})
	if s.Verdict != nil {
		t.Error("the verdict of the first text is shown for the second")
	}
	s.Apply(message.Event{Name: message.EventVerdict, Verdict: &message.Verdict{ID: s.TextID}})
	if s.Verdict == nil {
		t.Error("the verdict is not shown")
	}
	if s.SetText(" "); s.Verdict != nil || s.Judging {
		t.Error("an empty box has a verdict")
	}
}

// Each screen is drawn in each of its states: nothing yet, working, failed, done; what a file holds
// is shown as text.
func TestScreens(t *testing.T) {
	preview := &message.Preview{File: "r.csv", Bytes: 99,
		Dialect: message.Dialect{Encoding: "utf-8", Delimiter: ",", Quoted: true, Header: true},
		Columns: message.Columns{Text: 1, Title: -1, Stars: 0, Date: -1, Product: -1},
		Header:  []string{"stars", "<b>"}, Width: 2, Rows: [][]string{{"5", "<i>fine</i>"}, {}}}
	problem := &message.Problem{Detail: "It broke.", WayOut: "Mend it."}
	sum := message.Summary{Scored: 3, Positive: 2, Negative: 1,
		Share: wire.Interval{Share: 0.667, Low: 0.2, High: 0.94}, Histogram: make([]int, 20),
		Band:     [2]float64{0.4, 0.6},
		Stars:    []wire.Sum{{}, {}, {}, {}, {Rows: 3, Positive: 2, Negative: 1, Mean: 0.6}},
		Problems: []message.ProblemRow{{Row: 4, What: "No text."}}, Empty: 1,
		MostPositive: []message.Row{{Row: 1, Text: "<u>fine</u>", Stars: "5",
			Scored: message.Scored{Sentiment: "positive", Positive: 0.9, Windows: 1}}}}
	table := &message.Selection{ID: 1, Rows: 4, Done: true}
	why := sum
	why.Drivers = []message.Driver{{Phrase: "<i>hinge</i>", Sentiment: "negative", Reviews: 12,
		Share: wire.Interval{Share: 0.9, Low: 0.6, High: 0.98}, Rows: sum.MostPositive}}
	all := why
	all.Unit, all.Periods = "month",
		[]wire.Period{{From: "2024-03-01", Sum: wire.Sum{Rows: 2, Positive: 1}},
			{From: "2024-04-01"}}
	all.Change = &wire.Change{From: "2024-03-04", Before: wire.Interval{Share: 0.5},
		After: wire.Interval{Share: 0.8}, Delta: wire.Interval{Share: 0.3, Low: 0.1, High: 0.5}}
	all.Products, all.ProductCount = []wire.Product{{Name: "<i>kettle</i>", Sum: wire.Sum{Rows: 2}},
		{Name: "lamp"}}, 30
	all.Against, all.MostAgainst = 7, sum.MostPositive
	progress := func(state string) *message.Progress {
		return &message.Progress{State: state, Rows: 4, Done: 3, Rate: 10, SecondsLeft: 1,
			Summary: sum}
	}
	for name, tt := range map[string]struct {
		state State
		want  string
	}{
		"say":     {State{}, "Paste a review or drop a file"},
		"judging": {State{Text: "x", Judging: true}, "Reading…"},
		"verdict": {State{Text: "x",
			Verdict: &message.Verdict{Scored: message.Scored{Sentiment: "positive", Positive: 0.97,
				Windows: 3}}}, "97% sure"},
		"explained": {State{Text: "x",
			Verdict: &message.Verdict{Scored: message.Scored{Sentiment: "negative", Positive: 0.03,
				Windows: 1}}, Explained: &message.Explained{Done: true,
				Sentences: []message.Sentence{
					{Text: "It <b>broke</b>.",
						Marks:  []message.Mark{{From: 6, To: 11, Effect: -0.34}},
						Scored: message.Scored{Sentiment: "negative"}}},
				Words: []message.Word{{Text: "<i>broke</i>", Effect: -0.34}}, Language: "German"}},
			"makes it 34 points less positive"},
		"text problem": {State{TextProblem: problem}, "Mend it."},
		"opening":      {State{Screen: ScreenCheck, File: "r.csv"}, "Opening r.csv…"},
		"unreadable": {State{Screen: ScreenCheck, File: "r.csv", FileProblem: problem},
			"Choose another file"},
		"counting": {State{Screen: ScreenCheck, File: "r.csv", Preview: preview},
			"counting rows…"},
		"counted": {State{Screen: ScreenCheck, File: "r.csv", Preview: preview,
			Count: &message.Count{Done: true, Rows: 4, Empty: 1, Distinct: 2, Seconds: 3,
				Repaired: 1, Repairs: []message.Repair{{Row: 2, Line: 3, What: "torn"}}}},
			"Score 3 reviews, about 3 s"},
		"priced": {State{Screen: ScreenCheck, File: "r.csv", Preview: preview,
			Count: &message.Count{Done: true, Rows: 4, Distinct: 4, Seconds: 3, Tokens: 4251,
				Price: 1.234}}, "Score 4 reviews, about 3 s, $1.23"},
		"tokens": {State{Screen: ScreenCheck, File: "r.csv", Preview: preview,
			Count: &message.Count{Done: true, Rows: 4, Distinct: 4, Tokens: 4251}},
			"About 4,300 token IDs leave"},
		"job, sent": {State{Screen: ScreenJob, JobKey: "k",
			Jobs: []Job{{Key: "k", Name: "r.csv", Bytes: 4000, Sent: 1000}}},
			"Sending, 1 kB of 4 kB. Keep this page open"},
		"job, running": {State{Screen: ScreenJob, JobKey: "k",
			Jobs: []Job{{Key: "k", Name: "r.csv",
				Job: &wire.Job{State: wire.Running, Rows: 4, Done: 3}}}},
			"3 of 4 rows scored. This page can be closed"},
		"job, failed": {State{Screen: ScreenJob, JobKey: "k",
			Jobs: []Job{{Key: "k", Name: "r.csv",
				Job: &wire.Job{State: wire.Failed,
					Error: &wire.Problem{Detail: "The file is empty."}}}}}, "The file is empty."},
		"job, finished": {State{Screen: ScreenJob, JobKey: "k",
			Jobs: []Job{{Key: "k", Name: "r.csv",
				Job: &wire.Job{State: wire.Finished, Rows: 4,
					Failed: []wire.Span{{First: 2, Last: 3}}}, Report: &all}}},
			"rows 2 to 3 could not be scored"},
		"no job": {State{Screen: ScreenJob, JobKey: "k"}, "not known on this device"},
		"jobs": {State{
			Jobs: []Job{{Key: "k", Name: "r.csv", Job: &wire.Job{State: wire.Waiting}}}},
			"waits for its turn"},
		"no rows": {State{Screen: ScreenCheck, File: "r.csv", Preview: preview,
			Count: &message.Count{Done: true}}, "This file has a header but no rows."},
		"starting": {State{Screen: ScreenResults, File: "r.csv", Preview: preview,
			Progress: &message.Progress{State: message.Running, Rows: 4}}, "starting…"},
		"running": {State{Screen: ScreenResults, File: "r.csv", Preview: preview,
			Progress: progress(message.Running)}, "3 of 4"},
		"cancelled": {State{Screen: ScreenResults, File: "r.csv", Preview: preview,
			Progress: progress(message.Cancelled), Selection: table}, "Go on"},
		"broken": {State{Screen: ScreenResults, File: "r.csv", Preview: preview,
			Progress: progress(message.Broken), RunProblem: problem},
			"It broke. 3 of 4 rows are done."},
		"finished": {State{Screen: ScreenResults, File: "r.csv", Preview: preview,
			Progress: progress(message.Finished), Selection: table}, "1 row without text"},
		"no drivers": {State{Screen: ScreenResults, File: "r.csv", Preview: preview,
			Progress: progress(message.Finished)}, "No phrase stands out: there are too few"},
		"drivers": {State{Screen: ScreenResults, File: "r.csv", Preview: preview,
			Progress: &message.Progress{State: message.Finished, Summary: why}},
			"12 reviews, 90% negative (60% to 98%)"},
		"change": {State{Screen: ScreenResults, File: "r.csv", Preview: preview,
			Progress: &message.Progress{State: message.Finished, Summary: all}},
			"Yes, for the better: 50% positive before 4 Mar 2024, 80% since (95% interval 10 to " +
				"50 points)."},
		"products": {State{Screen: ScreenResults, File: "r.csv", Preview: preview,
			Progress: &message.Progress{State: message.Finished, Summary: all}},
			"The 2 of 30 products with the most reviews."},
		"against": {State{Screen: ScreenResults, File: "r.csv", Preview: preview,
			Progress: &message.Progress{State: message.Finished, Summary: all}},
			"7 reviews say the opposite of their stars"},
		"nothing scored": {State{Screen: ScreenResults, File: "r.csv", Preview: preview,
			Progress: &message.Progress{State: message.Finished}}, "No review has a score."},
	} {
		html := goapp.HTMLString(&App{state: tt.state})
		if !strings.Contains(html, tt.want) {
			t.Errorf("%s lacks %q", name, tt.want)
		}
		for _, tag := range []string{"><i>", "><u>", "><b>"} {
			if strings.Contains(html, tag) {
				t.Errorf("%s shows what the file holds as HTML: %s", name, tag)
			}
		}
	}
}
