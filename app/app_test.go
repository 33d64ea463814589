package app

import (
	"strings"
	"testing"

	goapp "github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/message"
	"reviewlens/app/state"
)

// Each screen is drawn in each of its states: nothing yet, working, failed, done; what a file holds
// is shown as text.
func TestScreens(t *testing.T) {
	preview := &message.Preview{File: "r.csv", Bytes: 99,
		Dialect: message.Dialect{Encoding: "utf-8", Delimiter: ",", Quoted: true, Header: true},
		Columns: message.Columns{Text: 1, Title: -1, Stars: 0, Date: -1, Product: -1},
		Header:  []string{"stars", "<b>"}, Width: 2, Rows: [][]string{{"5", "<i>fine</i>"}, {}}}
	problem := &message.Problem{Detail: "It broke.", WayOut: "Mend it."}
	sum := message.Summary{Band: [2]float64{0.4, 0.6},
		Problems: []message.ProblemRow{{Row: 4, What: "No text."}},
		MostPositive: []wire.Row{{Row: 1, Text: "<u>fine</u>", Stars: "5", Sentiment: "positive",
			Positive: 0.9}},
		Figures: wire.Figures{Scored: 3, Positive: 2, Negative: 1,
			Share: wire.Interval{Share: 0.667, Low: 0.2, High: 0.94}, Histogram: make([]int, 20),
			Stars: []wire.Sum{{}, {}, {}, {}, {Rows: 3, Positive: 2, Negative: 1, Mean: 0.6}},
			Empty: 1}}
	table := &message.Selection{ID: 1, Rows: 4, Done: true}
	why := sum
	why.Drivers = []wire.Driver{{Phrase: "<i>hinge</i>", Sentiment: "negative", Reviews: 12,
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
		state state.State
		want  string
	}{
		"say":     {state.State{}, "Paste a review or drop a file"},
		"judging": {state.State{Text: "x", Judging: true}, "Reading…"},
		"verdict": {state.State{Text: "x",
			Verdict: &message.Verdict{Scored: message.Scored{Sentiment: "positive", Positive: 0.97,
				Windows: 3}}}, "97% sure"},
		"explained": {state.State{Text: "x",
			Verdict: &message.Verdict{Scored: message.Scored{Sentiment: "negative", Positive: 0.03,
				Windows: 1}}, Explained: &message.Explained{Done: true,
				Sentences: []message.Sentence{
					{Text: "It <b>broke</b>.",
						Marks:  []message.Mark{{From: 6, To: 11, Effect: -0.34}},
						Scored: message.Scored{Sentiment: "negative"}}},
				Words: []message.Word{{Text: "<i>broke</i>", Effect: -0.34}}, Language: "German"}},
			"makes it 34 points less positive"},
		"text problem": {state.State{TextProblem: problem}, "Mend it."},
		"opening":      {state.State{Screen: state.ScreenCheck, File: "r.csv"}, "Opening r.csv…"},
		"unreadable": {state.State{Screen: state.ScreenCheck, File: "r.csv", FileProblem: problem},
			"Choose another file"},
		"counting": {state.State{Screen: state.ScreenCheck, File: "r.csv", Preview: preview},
			"counting rows…"},
		"counted": {state.State{Screen: state.ScreenCheck, File: "r.csv", Preview: preview,
			Count: &message.Count{Done: true, Rows: 4, Empty: 1, Distinct: 2, Seconds: 3,
				Repaired: 1, Repairs: []message.Repair{{Row: 2, Line: 3, What: "torn"}}}},
			"Score 3 reviews, about 3 s"},
		"priced": {state.State{Screen: state.ScreenCheck, File: "r.csv", Preview: preview,
			Count: &message.Count{Done: true, Rows: 4, Distinct: 4, Seconds: 3, Tokens: 4251,
				Price: 1.234}}, "Score 4 reviews, about 3 s, $1.23"},
		"tokens": {state.State{Screen: state.ScreenCheck, File: "r.csv", Preview: preview,
			Count: &message.Count{Done: true, Rows: 4, Distinct: 4, Tokens: 4251}},
			"are not kept there: about 4,300 tokens."},
		"job, sent": {state.State{Screen: state.ScreenJob, JobKey: "k",
			Jobs: []state.Job{{Key: "k", Name: "r.csv", Bytes: 4000, Sent: 1000}}},
			"Sending, 1 kB of 4 kB. Keep this page open"},
		"job, running": {state.State{Screen: state.ScreenJob, JobKey: "k",
			Jobs: []state.Job{{Key: "k", Name: "r.csv",
				Job: &wire.Job{State: wire.Running, Rows: 4, Done: 3}}}},
			"3 of 4 rows scored. This page can be closed"},
		"job, failed": {state.State{Screen: state.ScreenJob, JobKey: "k",
			Jobs: []state.Job{{Key: "k", Name: "r.csv",
				Job: &wire.Job{State: wire.Failed,
					Error: &wire.Problem{Detail: "The file is empty."}}}}}, "The file is empty."},
		"job, finished": {state.State{Screen: state.ScreenJob, JobKey: "k",
			Jobs: []state.Job{{Key: "k", Name: "r.csv",
				Job: &wire.Job{State: wire.Finished, Rows: 4,
					Failed: []wire.Span{{First: 2, Last: 3}}}, Report: &all}}},
			"rows 2 to 3 could not be scored"},
		"no job": {state.State{Screen: state.ScreenJob, JobKey: "k"}, "not known on this device"},
		"jobs": {state.State{
			Jobs: []state.Job{{Key: "k", Name: "r.csv", Job: &wire.Job{State: wire.Waiting}}}},
			"waits for its turn"},
		"no rows": {state.State{Screen: state.ScreenCheck, File: "r.csv", Preview: preview,
			Count: &message.Count{Done: true}}, "This file has a header but no rows."},
		"starting": {state.State{Screen: state.ScreenResults, File: "r.csv", Preview: preview,
			Progress: &message.Progress{State: message.Running, Rows: 4}}, "starting…"},
		"running": {state.State{Screen: state.ScreenResults, File: "r.csv", Preview: preview,
			Progress: progress(message.Running)}, "3 of 4"},
		"cancelled": {state.State{Screen: state.ScreenResults, File: "r.csv", Preview: preview,
			Progress: progress(message.Cancelled), Selection: table}, "Go on"},
		"broken": {state.State{Screen: state.ScreenResults, File: "r.csv", Preview: preview,
			Progress: progress(message.Broken), RunProblem: problem},
			"It broke. 3 of 4 rows are done."},
		"finished": {state.State{Screen: state.ScreenResults, File: "r.csv", Preview: preview,
			Progress: progress(message.Finished), Selection: table}, "1 row without text"},
		"no drivers": {state.State{Screen: state.ScreenResults, File: "r.csv", Preview: preview,
			Progress: progress(message.Finished)}, "No phrase stands out: there are too few"},
		"drivers": {state.State{Screen: state.ScreenResults, File: "r.csv", Preview: preview,
			Progress: &message.Progress{State: message.Finished, Summary: why}},
			"12 reviews, 90% negative (60% to 98%)"},
		"change": {state.State{Screen: state.ScreenResults, File: "r.csv", Preview: preview,
			Progress: &message.Progress{State: message.Finished, Summary: all}},
			"Yes, for the better: 50% positive before 4 Mar 2024, 80% since (95% interval 10 to " +
				"50 points)."},
		"products": {state.State{Screen: state.ScreenResults, File: "r.csv", Preview: preview,
			Progress: &message.Progress{State: message.Finished, Summary: all}},
			"The 2 of 30 products with the most reviews."},
		"against": {state.State{Screen: state.ScreenResults, File: "r.csv", Preview: preview,
			Progress: &message.Progress{State: message.Finished, Summary: all}},
			"7 reviews say the opposite of their stars"},
		"nothing scored": {state.State{Screen: state.ScreenResults, File: "r.csv", Preview: preview,
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
