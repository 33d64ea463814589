package app

import (
	"strconv"
	"strings"
	"testing"

	goapp "github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/message"
	"reviewlens/app/state"
)

// Each screen is rendered in each of its states: empty, working, failed, done; the content of a
// file is shown as text.
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
	since := all
	since.Changes = []wire.ChangePoint{{From: "2024-04-01", Reviews: 9,
		Before: wire.Interval{Share: 0.2}, After: wire.Interval{Share: 0.6}}}
	withTopics := why
	withTopics.Unit = "month"
	withTopics.Topics = &wire.Topics{Reviews: 640, Spoken: 412, List: []wire.Topic{
		{Name: "<i>space bar</i>", Forms: []string{"space bar", "spacebar"}, Reviews: 190,
			Negative: 160, Mixed: 7, Positive: 12, Neutral: 11, Impact: 4.14,
			Share: wire.Interval{Share: 0.88, Low: 0.83, High: 0.92},
			Periods: []wire.TopicPeriod{{From: "2024-03-01", Reviews: 4, Negative: 3},
				{From: "2024-04-01"}},
			Changes: []wire.ChangePoint{{From: "2024-03-01", Reviews: 40,
				After: wire.Interval{Share: 0.4}, Before: wire.Interval{Share: 0.1}}},
			Quotes: []wire.Quote{{Row: wire.Row{Row: 7, Text: "the <b>bar</b> sticks"}, Start: 4,
				End: 14, Polarity: "negative"}}},
		{Name: "comfort", Reviews: 30, Positive: 30, Implied: true, Pinned: true}},
		Suggestions: []wire.Suggestion{{Topics: [2]string{"<i>space bar</i>", "comfort"}}}}
	none := why
	none.Topics = &wire.Topics{Reviews: 3}
	progress := func(state string) *message.Progress {
		return &message.Progress{State: state, Rows: 4, Done: 3, Rate: 10, SecondsLeft: 1,
			Summary: sum}
	}
	for name, tt := range map[string]struct {
		state state.State
		want  string
	}{
		"say":     {state.State{}, "Paste a review or drop a file"},
		"judging": {state.State{Text: "x", ScoringText: true}, "Reading…"},
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
		"lines": {state.State{Text: "Fine.\nIt is quiet."}, "Score each line as a review"},
		"lines that may be a table": {state.State{Text: "Good sound, nice case\nWeak, though"},
			"Open it as a table"},
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
		"moving to the server": {state.State{Moving: true, Where: message.OnDevice},
			"Asking the server for its model…"},
		"moving to the device": {state.State{Moving: true, Private: true},
			"Getting the model ready on this device…"},
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
		"job, finished but for a row": {state.State{Screen: state.ScreenJob, JobKey: "k",
			Jobs: []state.Job{{Key: "k", Name: "r.csv",
				Job: &wire.Job{State: wire.Finished, Rows: 4,
					Failed: []wire.Span{{First: 2, Last: 2}}}, Report: &all}}},
			"· row 2 could not be scored"},
		"job, what is new": {state.State{Screen: state.ScreenJob, JobKey: "k",
			Jobs: []state.Job{{Key: "k", Name: "r.csv",
				Job: &wire.Job{State: wire.Finished, Rows: 4}, Report: &since}}}, "What is new?"},
		"what is new in a run": {state.State{Screen: state.ScreenRun,
			PastRun: &message.PastRun{Summary: &since}}, "What is new?"},
		"model that is used": {state.State{Screen: state.ScreenHistory, Private: true,
			Kept: &message.KeptRuns{Used: 9, Model: true}, Past: &message.PastRuns{}},
			"It can be removed once"},
		"job, a download that failed": {state.State{Screen: state.ScreenJob, JobKey: "k",
			Jobs: []state.Job{{Key: "k", Name: "r.csv", Trouble: "It broke.",
				Job: &wire.Job{State: wire.Finished, Rows: 4}, Report: &all}}},
			"Try it again."},
		"job, a deletion that failed": {state.State{Screen: state.ScreenJob, JobKey: "k",
			Jobs: []state.Job{{Key: "k", Name: "r.csv", Trouble: "It broke.",
				Job: &wire.Job{State: wire.Running, Rows: 4, Done: 3}}}},
			"3 of 4 rows scored."},
		"job, finished and then refused": {state.State{Screen: state.ScreenJob, JobKey: "k",
			Jobs: []state.Job{{Key: "k", Name: "r.csv", Problem: "It broke.",
				Job: &wire.Job{State: wire.Finished, Rows: 4}, Report: &all}}},
			"Reload the page to ask again."},
		"job, not sent whole": {state.State{Screen: state.ScreenJob, JobKey: "k",
			Jobs: []state.Job{{Key: "k", Name: "r.csv",
				Job: &wire.Job{State: wire.Waiting, Upload: &wire.Upload{}}}}},
			"If another tab is sending it, keep that one open."},
		"job, locked": {state.State{Screen: state.ScreenJob, JobKey: "k",
			Past: &message.PastRuns{}, Jobs: []state.Job{{Key: "k", Name: "r.csv", Status: 401}}},
			"API key, kept in this tab only"},
		"no job": {state.State{Screen: state.ScreenJob, JobKey: "k"}, "not known on this device"},
		"jobs": {state.State{
			Jobs: []state.Job{{Key: "k", Name: "r.csv", Job: &wire.Job{State: wire.Waiting}}}},
			"waits for its turn"},
		"jobs, not sent whole": {state.State{
			Jobs: []state.Job{{Key: "k", Name: "r.csv",
				Job: &wire.Job{State: wire.Waiting, Upload: &wire.Upload{}}}}},
			" · not sent whole"},
		"jobs, locked": {state.State{SignIn: &wire.SignIn{Authorize: "https://id.example/in"},
			Jobs: []state.Job{{Key: "k", Name: "r.csv", Status: 401}}}, "Sign in at id.example"},
		"no rows": {state.State{Screen: state.ScreenCheck, File: "r.csv", Preview: preview,
			Count: &message.Count{Done: true}}, "This file has a header but no rows."},
		"read in another way": {state.State{Screen: state.ScreenResults, File: "r.csv",
			Preview: preview}, "counting rows…"},
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
		"finished and kept": {state.State{Screen: state.ScreenResults, File: "r.csv",
			Preview: preview, Progress: &message.Progress{State: message.Finished, Run: "r",
				Summary: sum}}, "Its numbers stay"},
		"no drivers": {state.State{Screen: state.ScreenResults, File: "r.csv", Preview: preview,
			Progress: progress(message.Finished)}, "No phrase stands out: there are too few"},
		"drivers": {state.State{Screen: state.ScreenResults, File: "r.csv", Preview: preview,
			Progress: &message.Progress{State: message.Finished, Summary: why}},
			"12 reviews, 90% negative (60% to 98%)"},
		"topics": {state.State{Screen: state.ScreenResults, File: "r.csv", Preview: preview,
			Progress: &message.Progress{State: message.Finished, Summary: withTopics}},
			"412 of 640 reviews speak of at least one of these."},
		"a topic": {state.State{Screen: state.ScreenResults, File: "r.csv", Preview: preview,
			Topic:    "<i>space bar</i>",
			Progress: &message.Progress{State: message.Finished, Summary: withTopics}},
			"Written as: space bar, spacebar."},
		"a topic's change": {state.State{Screen: state.ScreenResults, File: "r.csv",
			Preview: preview, Topic: "<i>space bar</i>",
			Progress: &message.Progress{State: message.Finished, Summary: withTopics}},
			"40% of all reviews complain about it (10% before)"},
		"renaming": {state.State{Screen: state.ScreenResults, File: "r.csv", Preview: preview,
			Topic: "comfort", TopicForm: state.FormRename,
			Progress: &message.Progress{State: message.Finished, Summary: withTopics}},
			"Name of the topic"},
		"merging": {state.State{Screen: state.ScreenResults, File: "r.csv", Preview: preview,
			Topic: "comfort", TopicForm: state.FormMerge,
			Progress: &message.Progress{State: message.Finished, Summary: withTopics}},
			"Make it part of"},
		"splitting": {state.State{Screen: state.ScreenResults, File: "r.csv", Preview: preview,
			Topic: "comfort", TopicForm: state.FormSplit,
			Progress: &message.Progress{State: message.Finished, Summary: withTopics}},
			"Make a topic of"},
		"one change": {state.State{Screen: state.ScreenResults, File: "r.csv", Preview: preview,
			TopicSteps: []state.TopicStep{{Done: "“<i>x</i>” is hidden."}},
			Progress:   &message.Progress{State: message.Finished, Summary: withTopics}},
			"is hidden."},
		"no topics": {state.State{Screen: state.ScreenResults, File: "r.csv", Preview: preview,
			Progress: &message.Progress{State: message.Finished, Summary: none}},
			"No topic stands out"},
		"topics of a run": {state.State{Screen: state.ScreenRun,
			PastRun: &message.PastRun{Summary: &withTopics}}, "83% to 92%"},
		"without topics": {state.State{Screen: state.ScreenResults, File: "r.csv",
			Preview: preview, HasTopics: true,
			Progress: &message.Progress{State: message.Finished, Summary: why}},
			"Topics were not looked for."},
		"some without topics": {state.State{Screen: state.ScreenResults, File: "r.csv",
			Preview: preview, HasTopics: true, Progress: &message.Progress{
				State: message.Finished, Summary: withTopics, MissedTopics: 7}},
			"In 7 texts topics were not looked for"},
		"finished is told": {state.State{Screen: state.ScreenResults, File: "r.csv",
			Preview: preview, Progress: progress(message.Finished)}, "Done: 4 rows."},
		"the server has gone": {state.State{Screen: state.ScreenResults, File: "r.csv",
			Preview: preview, Where: message.OnDevice, Progress: progress(message.Running)},
			"Ask the server again"},
		"a model without topics": {state.State{Screen: state.ScreenResults, File: "r.csv",
			Preview: preview, Model: "m",
			Progress: &message.Progress{State: message.Finished, Summary: why}},
			"This server&#39;s model finds no topics"},
		"topics before the start": {state.State{Screen: state.ScreenCheck, File: "r.csv",
			Preview: preview, Model: "m", HasTopics: true,
			Count: &message.Count{Done: true, Rows: 4, Distinct: 2, Seconds: 20}},
			"Score 4 reviews, about 35 s"},
		"a review with topics": {state.State{Screen: state.ScreenResults, File: "r.csv",
			Preview: preview, Row: 2, Progress: progress(message.Finished),
			Whole: &message.Whole{Row: message.Row{Row: 2, Title: "Bass",
				Text: "The <b>bass</b> is weak."},
				Spoken: []message.TopicMention{{From: 0, To: 4, Title: true, Polarity: "neutral",
					Topic: "bass"}, {From: 4, To: 15, Polarity: "negative", Topic: "bass"}}}},
			"bass, negative: show the reviews that say so"},
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
		"runs of two models": {state.State{Screen: state.ScreenHistory,
			Past: &message.PastRuns{Runs: []message.PastRun{
				{RunSummary: wire.RunSummary{ID: "2", Name: "may.csv", Model: "bbbb"}},
				{RunSummary: wire.RunSummary{ID: "1", Name: "june.csv", Model: "aaaa"}}}}},
			"Different models have scored these reviews (aaaa, bbbb)"},
		"a damaged run": {state.State{Screen: state.ScreenHistory,
			Past: &message.PastRuns{Runs: []message.PastRun{{RunSummary: wire.RunSummary{
				ID: "1", Name: "may.csv", Unreadable: true}, There: true}}}},
			"damaged on the server, so its numbers cannot be shown"},
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

// Each screen that is not of the open file links back to it: to its results as they were left, with
// their filters.
func TestWayBackToTheFile(t *testing.T) {
	open := state.State{File: "r.csv", Preview: &message.Preview{File: "r.csv"}}
	scored := open
	scored.Progress = &message.Progress{State: message.Finished, Run: "a"}
	scored.View.Filters = []message.Filter{state.StarFilter(1)}
	for _, screen := range []state.Screen{state.ScreenHome, state.ScreenHistory, state.ScreenRun,
		state.ScreenJob} {
		for _, tt := range []struct {
			state state.State
			want  string
		}{{open, "/#check"}, {scored, "/#results?stars=1"}} {
			tt.state.Screen = screen
			html := goapp.HTMLString((&App{state: tt.state}).header())
			if !strings.Contains(html, `id="open-file"`) ||
				!strings.Contains(html, `href="`+tt.want+`"`) {
				t.Errorf("%q does not lead to %s: %s", screen, tt.want, html)
			}
		}
	}
}

// The encoding of a rewritten file, such as a workbook's sheet, cannot be chosen.
func TestEncodingIsOffered(t *testing.T) {
	for _, anew := range []bool{false, true} {
		html := goapp.HTMLString(&App{state: state.State{Screen: state.ScreenCheck, File: "r.csv",
			Preview: &message.Preview{File: "r.csv", UTF8: anew,
				Dialect: message.Dialect{Encoding: "utf-8", Delimiter: ","}}}})
		if offered := strings.Contains(html, `id="encoding"`); offered == anew ||
			!strings.Contains(html, `id="delimiter"`) {
			t.Errorf("written anew: %v, offered: %v", anew, offered)
		}
	}
}

// Links to reviews are omitted if there are none, as in the history.
func TestNoWayToReviews(t *testing.T) {
	sum := message.Summary{Figures: wire.Figures{Scored: 3, Unread: 2, Histogram: make([]int, 20)}}
	results := state.State{Screen: state.ScreenResults, File: "r.csv",
		Progress: &message.Progress{State: message.Finished, Summary: sum}}
	run := state.State{Screen: state.ScreenRun, PastRun: &message.PastRun{Summary: &sum}}
	if html := goapp.HTMLString(&App{state: results}); !strings.Contains(html, "See them") {
		t.Error("the results do not lead to what was set apart")
	}
	if html := goapp.HTMLString(&App{state: run}); strings.Contains(html, "See them") {
		t.Error("a run of the history leads to reviews that were not kept")
	}
}

// Topics are rendered again, with the name that they are saved under, when the state of the run
// changes; not with each score.
func TestTopicsAreNamedAtTheEnd(t *testing.T) {
	a := &App{}
	topics := &wire.Topics{List: []wire.Topic{{Name: "lid"}}}
	of := func(state string, done int) any {
		a.state.Progress = &message.Progress{State: state, Rows: 9, Done: done}
		a.state.Progress.Summary.Topics = topics
		return a.topicsOf()
	}
	if of(message.Running, 3) != of(message.Running, 4) {
		t.Error("they are drawn with each score")
	}
	for _, state := range []string{message.Paused, message.Cancelled, message.Finished} {
		if of(message.Running, 9) == of(state, 9) {
			t.Errorf("%s: they are not drawn again", state)
		}
	}
	if of(message.Paused, 4) == of(message.Paused, 5) {
		t.Error("while paused, the last scores are not told")
	}
}

// A section is rendered again whenever its contents have changed: the outcome of sending
// corrections to the server, and whether its model finds topics.
func TestSectionsAreDrawnAgain(t *testing.T) {
	sum := message.Summary{Figures: wire.Figures{Scored: 3, Histogram: make([]int, 20)},
		Corrected: &message.Corrected{Reviews: 2, Texts: 2}}
	a := &App{state: state.State{Screen: state.ScreenResults, File: "r.csv",
		Preview:  &message.Preview{File: "r.csv"},
		Progress: &message.Progress{State: message.Finished, Rows: 3, Done: 3, Summary: sum}}}
	// drawn returns the sections that contain the ID, and their dependencies
	drawn := func(id string) (of []any) {
		for i, ui := range a.resultSections() {
			m, ok := ui.(*memo)
			if ok && strings.Contains(goapp.HTMLString(a.sections[i].draw()), `id="`+id+`"`) {
				of = append(of, m.Of)
			}
		}
		return of
	}
	ready := &message.Ready{Where: message.OnServer, Corrections: true}
	for _, tt := range []struct {
		what  string
		event message.Event
		shows string // from then on
	}{
		{"the server counts them", message.Event{Name: message.EventReady, Ready: ready}, "tell"},
		{"it cannot be told", message.Event{Name: message.EventProblem,
			Problem: &message.Problem{About: message.AboutCorrections, Detail: "It is away."}},
			"tell-trouble"},
		{"its model finds topics", message.Event{Name: message.EventReady,
			Ready: &message.Ready{Where: message.OnServer, Topics: true}}, "topics-later"},
	} {
		before := a.resultSections()
		a.state.Apply(tt.event)
		if len(drawn(tt.shows)) != 1 {
			t.Fatalf("%s: %d sections say so", tt.what, len(drawn(tt.shows)))
		}
		for _, ui := range before {
			if ui.(*memo).Of == drawn(tt.shows)[0] {
				t.Errorf("%s: what says so is not drawn again", tt.what)
			}
		}
	}
}

// The copied summary of the results is the shown one, not the next one with other filters.
func TestSummaryIsCopiedAsShown(t *testing.T) {
	sum := message.Summary{Figures: wire.Figures{Scored: 3, Positive: 2, Negative: 1,
		Share: wire.Interval{Share: 0.667, Low: 0.2, High: 0.94}, Histogram: make([]int, 20)}}
	a := &App{state: state.State{Screen: state.ScreenResults, File: "r.csv",
		Progress: &message.Progress{State: message.Finished, Rows: 3, Done: 3, Summary: sum}}}
	shown := goapp.HTMLString(a.summaryCard())
	a.state.Filter(state.StarFilter(1))
	a.state.BeginView()
	for line := range strings.Lines(a.summary) {
		if !strings.Contains(shown, strings.TrimSpace(line)) {
			t.Errorf("%q is copied, and shown is %s", line, shown)
		}
	}
	if a.summary == "" {
		t.Error("nothing is copied")
	}
}

// Two runs whose names differ after a dot are not saved under one name.
func TestBase(t *testing.T) {
	for name, want := range map[string]string{"": "reviews", "r.csv": "r", "a.b.tsv": "a.b",
		"r": "r", "Keyboard v2.5": "Keyboard v2.5", "2. quarter": "2. quarter",
		"r.csv: Why?": "r.csv: Why?"} {
		if got := base(name); got != want {
			t.Errorf("base(%q) = %q, want %q", name, got, want)
		}
	}
}

// A screen reader reads what a count comes to, not each number on the way.
func TestCountsAreNotReadAloud(t *testing.T) {
	check := func(id string, s state.State, counts bool) {
		t.Helper()
		html := goapp.HTMLString(&App{state: s})
		_, after, _ := strings.Cut(html, `id="`+id+`"`)
		before := html[:len(html)-len(after)]
		tag := before[strings.LastIndex(before, "<"):] + after[:strings.Index(after, ">")]
		if !strings.Contains(tag, `aria-live="`+live(counts)+`"`) {
			t.Errorf("%s, counting: %v, is %s", id, counts, tag)
		}
	}
	for _, counts := range []bool{true, false} {
		check("understood", state.State{Screen: state.ScreenCheck, File: "r.csv",
			Preview: &message.Preview{}, Count: &message.Count{Rows: 4, Done: !counts}}, counts)
		fetch := &message.Fetch{Have: 1, All: 2}
		if !counts {
			fetch = nil
		}
		check("leaves", state.State{Moving: true, Private: true, Fetch: fetch}, counts)
		check("selected", state.State{Screen: state.ScreenResults, File: "r.csv",
			View: message.View{ID: 1, Filters: []message.Filter{state.StarFilter(1)}},
			Progress: &message.Progress{Summary: message.Summary{
				Figures: wire.Figures{Scored: 3, Histogram: make([]int, 20)}}},
			Selection: &message.Selection{ID: 1, Rows: 2, Done: !counts}}, counts)
		job := wire.Job{State: wire.Running}
		if counts {
			job.Rows, job.Done = 9, 3
		}
		check("job-text", state.State{Screen: state.ScreenJob, JobKey: "k",
			Jobs: []state.Job{{Key: "k", Name: "r.csv", Job: &job}}}, counts)
	}
}

// A file can be uploaded while nothing keeps it here; else the missing condition is shown.
func TestCanLeave(t *testing.T) {
	a := &App{file: goapp.Undefined(), state: state.State{Screen: state.ScreenCheck, File: "r.csv",
		Preview: &message.Preview{File: "r.csv"}, JobLimits: &wire.JobLimits{Bytes: 9, Hours: 168},
		Where: message.OnServer}}
	if html := goapp.HTMLString(a.offerJob()); !strings.Contains(html, "7 days later") ||
		strings.Contains(html, "Topics are not") {
		t.Errorf("it is offered so: %s", html)
	}
	a.state.HasTopics = true
	html := goapp.HTMLString(a.offerJob())
	if !strings.Contains(html, "Topics are not looked for") {
		t.Errorf("with topics, it is offered so: %s", html)
	}
	if a.state.Moving = true; a.canSubmit() {
		t.Error("it can be left while scoring moves to the device")
	}
	a.state.Moving = false
	if a.state.Private = true; a.canSubmit() {
		t.Error("it can be left while nothing is to be sent")
	}
	a.state.Private = false
	if a.state.Count = (&message.Count{Done: true}); a.canSubmit() {
		t.Error("it can be left without a review in it")
	}
	if a.state.Count.Rows = 2; !a.canSubmit() {
		t.Error("it cannot be left with reviews in it")
	}
}

// Topics beyond the first are listed once a reader requests them; for a run of the history at once.
func TestAllTopics(t *testing.T) {
	var found wire.Topics
	for i := range firstTopics + 1 {
		found.List = append(found.List, wire.Topic{Name: "topic " + strconv.Itoa(i+1)})
	}
	sum := message.Summary{Figures: wire.Figures{Scored: 3, Topics: &found,
		Histogram: make([]int, 20)}}
	results := state.State{Screen: state.ScreenResults, File: "r.csv",
		Progress: &message.Progress{State: message.Finished, Summary: sum}}
	before := results
	before.AllTopics = true
	for name, tt := range map[string]struct {
		state       state.State
		last, offer bool
	}{
		"results": {results, false, true},
		"asked":   {before, true, false},
		"a run": {state.State{Screen: state.ScreenRun, PastRun: &message.PastRun{Summary: &sum}},
			true, false},
	} {
		html := goapp.HTMLString(&App{state: tt.state})
		if last := strings.Contains(html, "topic 13"); last != tt.last {
			t.Errorf("%s: the last topic is listed: %v", name, last)
		}
		if offer := strings.Contains(html, "Show all 13 topics"); offer != tt.offer {
			t.Errorf("%s: all are offered: %v", name, offer)
		}
	}
}

// That no single word decides is said only if the words were tried.
func TestWordsThatCount(t *testing.T) {
	for of, want := range map[string]string{"": "", "text": "No single word decides: ",
		"sentence": "No single word decides in the sentence that leans most."} {
		html := goapp.HTMLString(explained(&message.Explained{Done: true, Of: of,
			Sentences: []message.Sentence{{Text: "Bad."}}}, nil))
		if !strings.Contains(html, want) || strings.Contains(html, "single word") != (want != "") {
			t.Errorf("of %q:\n%s", of, html)
		}
	}
}

// Mentions of topics are marked across sentences and words that count, and no byte is lost.
func TestMentionsAreMarked(t *testing.T) {
	x := &message.Explained{Done: true, Sentences: []message.Sentence{
		{Text: "The space ", Marks: []message.Mark{{From: 0, To: 6, Effect: -0.2}}},
		{Text: "bar sticks."}}, Rest: " Yes."}
	mentions := []message.TopicMention{{From: 4, To: 13, Polarity: "negative"},
		{From: 8, To: 10, Polarity: "positive"}, {From: 22, To: 99, Polarity: "neutral"}}
	html := goapp.HTMLString(goapp.Div().Body(tinted(x, mentions)...))
	text := ""
	for _, part := range strings.Split(html, "<")[1:] {
		_, after, _ := strings.Cut(part, ">")
		if !strings.HasPrefix(after, " (") {
			text += strings.Trim(after, "\n")
		}
	}
	if strings.Join(strings.Fields(text), "") != "Thespacebarsticks.Yes." {
		t.Errorf("the text has become %q of\n%s", text, html)
	}
	if n := strings.Count(html, "spoken negative"); n != 2 {
		t.Errorf("%d parts are marked negative, want one in each sentence:\n%s", n, html)
	}
	if strings.Contains(html, "spoken positive") || !strings.Contains(html, "spoken neutral") {
		t.Errorf("a mark inside another is drawn, or that of the rest is not:\n%s", html)
	}
}

// Results say which parts of them stay on this device, and which do not.
func TestStorageIsStated(t *testing.T) {
	const stay, gone = "Its numbers stay ", "could not be kept in the history"
	for name, tt := range map[string]struct {
		p       message.Progress
		has, no string
	}{
		"kept": {message.Progress{State: message.Finished, Run: "a"}, stay, "room"},
		"nothing": {message.Progress{State: message.Running, Unkept: true},
			"goes with this page", stay},
		"a part": {message.Progress{State: message.Running, Run: "a", Unkept: true},
			"was no room", stay},
		"the rest": {message.Progress{State: message.Finished, Run: "a", Unlisted: true}, gone,
			stay},
		"both": {message.Progress{State: message.Finished, Run: "a", Unkept: true}, stay,
			gone},
	} {
		tt.p.Rows, tt.p.Done = 4, 3
		tt.p.Summary = message.Summary{Figures: wire.Figures{Scored: 3,
			Histogram: make([]int, 20)}}
		html := goapp.HTMLString(&App{state: state.State{Screen: state.ScreenResults,
			File: "r.csv", Progress: &tt.p}})
		if !strings.Contains(html, tt.has) || strings.Contains(html, tt.no) {
			t.Errorf("%s: %q should be said and %q not:\n%s", name, tt.has, tt.no, html)
		}
	}
}
