package app

import (
	"strings"
	"testing"

	goapp "github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/message"
)

func TestCorrectionWords(t *testing.T) {
	for want, got := range map[string]string{
		"": Marked(nil),
		"Row 7: marked negative; Z takes it back.": Marked(
			&message.Correction{Row: 7, Sentiment: "negative", Reviews: 1, Kept: true}),
		"2 reviews with the words of row 7: marked unsure; Z takes it back.": Marked(
			&message.Correction{Row: 7, Sentiment: "unsure", Reviews: 2, Kept: true}),
		"Row 7: your mark is gone.": Marked(&message.Correction{Row: 7, Reviews: 1}),
		"1,018 reviews corrected by you. All numbers here are the model's. ": CorrectedNote(
			&message.Corrected{Reviews: 1018}),
		"1 review corrected by you. All numbers here are the model's; with your corrections 64% " +
			"would be positive (between 61% and 67%). ": CorrectedNote(
			&message.Corrected{Reviews: 1,
				Share: &wire.Interval{Share: 0.64, Low: 0.61, High: 0.67}}),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if m := Marked(&message.Correction{Row: 7, Sentiment: "unsure", Reviews: 1}); !strings.Contains(
		m, "before you close the tab") {
		t.Errorf("a mark that is not kept: %q", m)
	}
}

// What the worker kept is shown in the detail view and in the summary, whichever of the two is
// open.
func TestCorrection(t *testing.T) {
	s := State{Screen: ScreenResults, Preview: &message.Preview{},
		Progress: &message.Progress{State: message.Finished,
			Summary: message.Summary{Scored: 2, Positive: 2}},
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
