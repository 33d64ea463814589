package app

import (
	"strings"
	"testing"

	goapp "github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/message"
	"reviewlens/app/state"
)

// A correction kept by the worker is shown in the detail view and in the summary, whichever is
// open.
func TestCorrection(t *testing.T) {
	s := state.State{Screen: state.ScreenResults, Preview: &message.Preview{},
		Progress: &message.Progress{State: message.Finished,
			Summary: message.Summary{Figures: wire.Figures{Scored: 2, Positive: 2}}},
		Row: 2, Whole: &message.Whole{
			Row: message.Row{Row: 2, Scored: message.Scored{Sentiment: "positive", Positive: 0.9}}}}
	before := s
	s.Apply(message.Event{Name: message.EventCorrection,
		Correction: &message.Correction{Row: 2, Sentiment: "negative", Reviews: 3,
			Corrected: &message.Corrected{Reviews: 3}}})
	html := goapp.HTMLString(&App{state: s})
	for _, want := range []string{"You marked it negative, and with it 2 other reviews of the " +
		"same words", "3 reviews corrected by you"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if before.Whole.Row.Corrected != "" || before.Progress.Summary.Corrected != nil {
		t.Error("a state that was drawn before has changed")
	}
	s.Apply(message.Event{Name: message.EventCorrection,
		Correction: &message.Correction{Row: 2, Reviews: 3}})
	if html := goapp.HTMLString(&App{state: s}); strings.Contains(html, "corrected by you") ||
		strings.Contains(html, "You marked") {
		t.Error("a correction that was taken back is still shown")
	}
}
