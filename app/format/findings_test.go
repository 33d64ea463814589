package format

import (
	"strings"
	"testing"

	"reviewlens/api/wire"
	"reviewlens/app/message"
)

func TestCompared(t *testing.T) {
	rest := &wire.Sum{Rows: 1200, Share: wire.Interval{Share: 0.5}}
	for want, by := range map[string]wire.Interval{
		"Less positive than the other 1,200 reviews, of which 50% are positive: by 12 points " +
			"(95% interval −18 to −6).": {Share: -0.12, Low: -0.18, High: -0.06},
		"More positive than the other 1,200 reviews, of which 50% are positive: by 12 points " +
			"(95% interval 6 to 18).": {Share: 0.12, Low: 0.06, High: 0.18},
		"Not different beyond chance from the other 1,200 reviews, of which 50% are positive: by " +
			"2 points (95% interval −4 to 8).": {Share: 0.02, Low: -0.04, High: 0.08},
	} {
		if got := Compared(&message.Selection{Done: true, Rest: rest, Delta: &by}); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	if got := Compared(&message.Selection{Done: true}); got != "" {
		t.Errorf("with nothing to compare: %s", got)
	}
}

func TestDiffers(t *testing.T) {
	names := [2]string{"until 5 Jan", "since 6 Jan"}
	c := func(low, share, high float64) *message.Comparison {
		return &message.Comparison{A: wire.Sum{Rows: 9, Share: wire.Interval{Share: 0.5}},
			B:     wire.Sum{Rows: 9, Share: wire.Interval{Share: 0.5 + share}},
			Delta: wire.Interval{Share: share, Low: low, High: high}}
	}
	for want, c := range map[string]*message.Comparison{
		"More positive, by 12 points (95% interval 4 to 18 points): 62% positive since 6 Jan, " +
			"50% until 5 Jan.": c(0.04, 0.12, 0.18),
		"Less positive, by 12 points (95% interval −18 to −4 points): 38% positive since 6 Jan, " +
			"50% until 5 Jan.": c(-0.18, -0.12, -0.04),
		"No difference that the numbers can show: 52% positive since 6 Jan, 50% until 5 Jan (95% " +
			"interval −4 to 9 points).": c(-0.04, 0.02, 0.09),
		"More positive, by 9.4 points (95% interval 4 to 15 points): 60% positive since 6 Jan, " +
			"50% until 5 Jan.": {A: wire.Sum{Rows: 9, Share: wire.Interval{Share: 0.502}},
			B:     wire.Sum{Rows: 9, Share: wire.Interval{Share: 0.596}},
			Delta: wire.Interval{Share: 0.094, Low: 0.04, High: 0.15}},
		"There is no scored review until 5 Jan.": {B: wire.Sum{Rows: 3}},
	} {
		if got := Differs(c, names); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestOtherModels(t *testing.T) {
	for want, models := range map[string][]string{
		"Different models have scored these reviews (aaa, bbb): a part of a difference may be " +
			"theirs.": {"bbb", "aaa", "", "bbb"},
		"": {"", "aaa"}, // one is not known
	} {
		if got := OtherModels(models); got != want {
			t.Errorf("of %q: %q, want %q", models, got, want)
		}
	}
}

func TestCorrectionWords(t *testing.T) {
	for want, got := range map[string]string{
		"": Marked(nil),
		"Row 7: marked negative; Z takes it back.": Marked(
			&message.Correction{Row: 7, Sentiment: "negative", Reviews: 1, Kept: true}),
		"2 reviews with the words of row 7: marked unsure; Z takes it back.": Marked(
			&message.Correction{Row: 7, Sentiment: "unsure", Reviews: 2, Kept: true}),
		"Row 7: your mark is gone.": Marked(&message.Correction{Row: 7, Reviews: 1}),
		"1,018 reviews corrected by you. All numbers here are the model's. ": CorrectedNote(
			&message.Corrected{Reviews: 1018}, false),
		"1 review corrected by you. All numbers here are the model's; with your corrections 64% " +
			"would be positive (between 61% and 67%). ": CorrectedNote(
			&message.Corrected{Reviews: 1,
				Share: &wire.Interval{Share: 0.64, Low: 0.61, High: 0.67}}, false),
		"1,018 reviews of the whole file corrected by you. All numbers here are the " +
			"model's. ": CorrectedNote(&message.Corrected{Reviews: 1018,
			Share: &wire.Interval{Share: 0.64}}, true),
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
