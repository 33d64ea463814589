package report

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestExcerpt(t *testing.T) {
	many := strings.Repeat("word ", 100)
	for _, tt := range []struct{ name, text, phrase, want string }{
		{"short", "The Lid hinge broke.", "lid hinge", "The [Lid hinge] broke."},
		{"whole words", "Slides well, but the lid, hinge and all", "lid hinge",
			"Slides well, but the [lid, hinge] and all"},
		{"a part of a word", "collide lido lid", "lid", "collide lido [lid]"},
		{"another form", "the Lids’ hinges broke", "lid hinge", "the [Lids’ hinges] broke"},
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
		before, match, after := Excerpt(tt.text, tt.phrase)
		if got := before + "[" + match + "]" + after; got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// An excerpt is valid text, holds the phrase, and adds nothing but ellipses.
func FuzzExcerpt(f *testing.F) {
	f.Add("The lid hinge broke.", "lid hinge")
	f.Add(strings.Repeat("好", 200)+" a b", "a b")
	f.Fuzz(func(t *testing.T, text, phrase string) {
		if !utf8.ValidString(text) || !utf8.ValidString(phrase) {
			t.Skip()
		}
		before, match, after := Excerpt(text, phrase)
		if got := before + match + after; !utf8.ValidString(got) ||
			len(got) > len(match)+3*(quoteBefore+quoteAfter) {
			t.Errorf("%q", got)
		}
		inner := strings.TrimPrefix(before, "… ") + match + strings.TrimSuffix(after, " …")
		if !strings.Contains(text, inner) {
			t.Errorf("%q is not in %q", inner, text)
		}
	})
}
