package aspects

import "testing"

func TestCell(t *testing.T) {
	for want, found := range map[string][]Mention{
		"": nil,
		"bass:negative; comfort:positive": {{Term: "Bass", Polarity: Negative},
			{Term: "comfy", Aspect: "comfort"}},
		"4 3 ratio:neutral": {{Term: `4:3 "ratio"`, Polarity: Neutral},
			{Term: "4;3 Ratio", Polarity: Neutral}},
		"comfort:mixed": {{Term: "comfortable", Aspect: "comfort"},
			{Term: "hurts", Aspect: "comfort", Polarity: Negative}},
		"lid:negative": {{Term: "lid", Polarity: Neutral},
			{Term: "Lid", Polarity: Negative}, {Term: "X200", Context: Other}},
	} {
		if got := Cell(found); got != want {
			t.Errorf("Cell(%+v) = %q, want %q", found, got, want)
		}
	}
}
