package app

import (
	"strings"
	"testing"

	goapp "github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/message"
	"reviewlens/app/state"
)

// The files of a queue are listed with what came of them, and with the way on.
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
