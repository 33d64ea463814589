package app

import (
	"strings"
	"testing"

	goapp "github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/message"
)

// The files of a queue are listed with what came of them, and with the way on.
func TestQueueIsListed(t *testing.T) {
	q := &Queue{Files: []Queued{
		{Name: "a.csv", Stage: scored, Run: "ra", Summary: &message.Summary{Scored: 3,
			Share: wire.Interval{Share: 0.667, Low: 0.2, High: 0.9}}},
		{Name: "torn.csv", Stage: failed, Detail: "It is torn"},
		{Name: "away.csv", Stage: failed, Detail: "The server has gone", Run: "raway"},
		{Name: "c.csv", Stage: scored, Run: "rc", Summary: &message.Summary{Scored: 3}},
	}, At: 3}
	s := State{Queue: q, Screen: ScreenResults, Progress: &message.Progress{
		State:   message.Finished,
		Summary: message.Summary{Scored: 3, Histogram: make([]int, 20)}}}
	html := goapp.HTMLString(&App{state: s})
	for _, want := range []string{"2 of 4 files scored", "3 reviews, 67% positive (20% to 90%)",
		"Go on: away.csv", "Open: torn.csv"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
