package main

import (
	"strings"
	"testing"

	"reviewlens/api/wire"
)

// A quote shows the place, and nothing in a review controls the terminal.
func TestQuote(t *testing.T) {
	long := strings.Repeat("before ", 20) + "the space bar" + strings.Repeat(" after", 20)
	at := strings.Index(long, "space")
	for _, c := range []struct {
		text       string
		start, end int
		want       string
	}{
		{"The bass is weak", 4, 8, "The [bass] is weak"},
		{"bass", 0, 4, "[bass]"},
		{"das Gehäuse ist gut", 4, 11, "das [Gehäuse] ist gut"},
		{"the\r\n\n  \x1b[31mbass\u202e is", 13, 17, "the [31m[bass] is"},
		{long, at, at + 9, "…" + long[at-quoteBefore:at] + "[space bar]" +
			long[at+9:at+9+quoteAfter] + "…"},
	} {
		q := wire.Quote{Start: c.start, End: c.end}
		q.Text = c.text
		if got := quote(q); got != c.want {
			t.Errorf("quote of %q is %q, want %q", c.text, got, c.want)
		}
	}
}

func TestParseTopics(t *testing.T) {
	for value, want := range map[string]wish{"": whereFound, "true": wanted, "1": wanted,
		"false": unwanted, "0": unwanted} {
		if got, err := parseTopics(value); err != nil || got.find != want {
			t.Errorf("parseTopics(%q) = %+v, %v", value, got, err)
		}
	}
	if _, err := parseTopics("no such file.json"); err == nil {
		t.Error("a scheme that is not there is taken")
	}
}
