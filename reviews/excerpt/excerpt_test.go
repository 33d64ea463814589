package excerpt

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPhrase(t *testing.T) {
	many := strings.Repeat("word ", 100)
	for _, tt := range []struct{ name, text, phrase, want string }{
		{"short", "The Lid hinge broke.", "lid hinge", "The [Lid hinge] broke."},
		{"whole words", "Slides well, but the lid hinge and all", "lid hinge",
			"Slides well, but the [lid hinge] and all"},
		{"over punctuation", "A lid. Hinge? The lid, hinge: a lid-hinge", "lid hinge",
			"A lid. Hinge? The lid, hinge: a [lid-hinge]"},
		{"over punctuation only", "A lid. Hinge", "lid hinge", "[]A lid. Hinge"},
		{"a part of a word", "collide lido lid", "lid", "collide lido [lid]"},
		{"another form", "the Lids  hinges’ pin", "lid hinge", "the [Lids  hinges]’ pin"},
		{"in the title only", "It broke.", "lid hinge", "[]It broke."},
		{"no phrase", "It broke.", "", "[]It broke."},
		{"nothing", "", "lid", "[]"},
		{"in the middle", many + "the lid broke " + many, "lid",
			"… " + strings.Repeat("word ", 19) + "the [lid] broke " +
				strings.TrimSpace(strings.Repeat("word ", 26)) + " …"},
		{"long, without the phrase", many, "lid",
			"[]" + strings.TrimSpace(strings.Repeat("word ", 48)) + " …"},
		{"accents", "Très DÉJÀ vu", "déjà vu", "Très [DÉJÀ vu]"},
		{"no spaces", strings.Repeat("好", 100) + " lid " + strings.Repeat("好", 100), "lid",
			"… " + strings.Repeat("好", 33) + " [lid] " + strings.Repeat("好", 46) + " …"},
	} {
		before, match, after := Short.Phrase(tt.text, tt.phrase)
		if got := before + "[" + match + "]" + after; got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// An excerpt is valid text, contains the phrase, and adds nothing but ellipses.
func FuzzPhrase(f *testing.F) {
	f.Add("The lid hinge broke.", "lid hinge")
	f.Add(strings.Repeat("好", 200)+" a b", "a b")
	f.Fuzz(func(t *testing.T, text, phrase string) {
		if !utf8.ValidString(text) || !utf8.ValidString(phrase) {
			t.Skip()
		}
		before, match, after := Short.Phrase(text, phrase)
		if got := before + match + after; !utf8.ValidString(got) ||
			len(got) > len(match)+3*(Short.Before+Short.After) {
			t.Errorf("%q", got)
		}
		inner := strings.TrimPrefix(before, "… ") + match + strings.TrimSuffix(after, " …")
		if !strings.Contains(text, inner) {
			t.Errorf("%q is not in %q", inner, text)
		}
	})
}

func TestRunes(t *testing.T) {
	for _, tt := range []struct {
		text                 string
		start, end           int
		before, match, after string
	}{
		{"the bass is weak", 4, 8, "the ", "bass", " is weak"},
		{"größer – der Bass", 13, 17, "größer – der ", "Bass", ""},
		{"bass", 0, 4, "", "bass", ""},
		{"bass", -3, 99, "", "", "bass"}, // not a place in the text
		{"bass", 3, 1, "", "", "bass"},
		{"", 0, 0, "", "", ""},
	} {
		before, match, after := Short.Runes(tt.text, tt.start, tt.end)
		if before != tt.before || match != tt.match || after != tt.after {
			t.Errorf("Runes(%q, %d, %d) = %q, %q, %q", tt.text, tt.start, tt.end, before, match,
				after)
		}
	}
}

func TestBytesOf(t *testing.T) {
	for _, tt := range []struct{ start, end, from, to int }{
		{0, 2, 0, 3}, {1, 3, 1, 4}, {2, 9, 0, 0}, {-1, 2, 0, 0}, {2, 2, 0, 0},
	} {
		if from, to := bytesOf("aéb", tt.start, tt.end); from != tt.from || to != tt.to {
			t.Errorf("%d to %d: %d, %d; want %d, %d", tt.start, tt.end, from, to, tt.from, tt.to)
		}
	}
}
