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
		if got := string(Join([]byte("x"), tt.template, []byte(tt.title), []byte(tt.text))); got != "x"+tt.want {
			t.Errorf("Join(%q, %q, %q) = %q, want %q", tt.template, tt.title, tt.text, got[1:], tt.want)
		}
	}
}
