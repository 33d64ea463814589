package text

import (
	"testing"
)

func TestJoin(t *testing.T) {
	for _, tt := range []struct{ template, title, text, want string }{
		{"{title}. {text}", "Great", "It works", "Great. It works"},
		{"{title}. {text}", "  Great ", "\n It works ", "Great. It works"},
		{"{title}. {text}", "", "It works", "It works"},
		{"{title}. {text}", "Great", " ", "Great"},
		{"{title}. {text}", "", "", ""},
		{"<{title}|{text}>", "a", "b", "<a|b>"},
		{"{text}", "a", "b", "b"},
		{"", "a", "b", "b"},
	} {
		if got := string(Join([]byte("x"), tt.template, []byte(tt.title),
			[]byte(tt.text))); got != "x"+tt.want {
			t.Errorf("Join(%q, %q, %q) = %q, want %q", tt.template, tt.title, tt.text,
				got[1:], tt.want)
		}
	}
}

func TestJoinParts(t *testing.T) {
	for _, tt := range []struct{ title, first, second, want string }{
		{"", "Friendly staff", "The shower was cold", "Friendly staff.\nThe shower was cold"},
		{"", "Friendly staff!", "cold shower.", "Friendly staff!\ncold shower."},
		{"", `They said "no."`, "cold", "They said \"no.\"\ncold"},
		{"", "親切でした。", "高い", "親切でした。\n高い"},
		{"", "Friendly staff", "No Negative", "Friendly staff"},
		{"", "N/A", " Noise \n", "Noise"},
		{"", "Nothing.", "-", ""},
		{"Stay", "Friendly staff", "Noise", "Stay. Friendly staff.\nNoise"},
		{"Stay", "None", "Nothing", "Stay"},
	} {
		got := string(Join([]byte("x"), "{title}. {text}", []byte(tt.title),
			[]byte(tt.first), []byte(tt.second)))
		if got != "x"+tt.want {
			t.Errorf("Join(%q, %q, %q) = %q, want %q",
				tt.title, tt.first, tt.second, got[1:], tt.want)
		}
	}
}
