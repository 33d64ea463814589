package app

import (
	"strings"
	"testing"

	goapp "github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/message"
	"reviewlens/app/state"
)

// The files of a queue are listed with their results, and with how to continue.
func TestQueueIsListed(t *testing.T) {
	q := &state.Queue{Files: []state.Queued{
		{Name: "a.csv", Stage: state.Scored, Run: "ra",
			Summary: &message.Summary{
				Figures: wire.Figures{Scored: 3,
					Share: wire.Interval{Share: 0.667, Low: 0.2, High: 0.9}}}},
		{Name: "torn.csv", Stage: state.Failed, Detail: "It is torn"},
		{Name: "away.csv", Stage: state.Failed, Detail: "The server has gone", Run: "raway"},
		{Name: "c.csv", Stage: state.Scored, Run: "rc",
			Summary: &message.Summary{Figures: wire.Figures{Scored: 3}}},
	}, At: 3}
	s := state.State{Queue: q, Screen: state.ScreenResults, Progress: &message.Progress{
		State:   message.Finished,
		Summary: message.Summary{Figures: wire.Figures{Scored: 3, Histogram: make([]int, 20)}}}}
	html := goapp.HTMLString(&App{state: s})
	for _, want := range []string{"2 of 4 files scored", "3 reviews, 67% positive (20% to 90%)",
		"Go on: away.csv", "Open: torn.csv"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// From a file at which a queue is held, a link leads back to the results of those before.
func TestWayBackFromAHeldQueue(t *testing.T) {
	preview := &message.Preview{File: "b.csv", Columns: message.Columns{Text: 0, Title: -1,
		Stars: -1, Date: -1, Product: -1}, Header: []string{"review"}, Width: 1}
	for name, tt := range map[string]struct {
		first state.Queued
		going bool
		want  bool
	}{
		"one is scored":            {state.Queued{Stage: state.Scored, Run: "ra"}, false, true},
		"one is kept nowhere":      {state.Queued{Stage: state.Scored}, false, false},
		"one failed":               {state.Queued{Stage: state.Failed, Run: "ra"}, false, false},
		"the next is being opened": {state.Queued{Stage: state.Scored, Run: "ra"}, true, false},
	} {
		q := &state.Queue{Files: []state.Queued{tt.first, {Name: "b.csv", Stage: state.Waiting}},
			At: 1, Running: tt.going}
		html := goapp.HTMLString(&App{state: state.State{Queue: q, Screen: state.ScreenCheck,
			File: "b.csv", Preview: preview}})
		if strings.Contains(html, `id="to-scored"`) != tt.want {
			t.Errorf("%s: it is offered: %v", name, !tt.want)
		}
	}
}
