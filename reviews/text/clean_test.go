package text

import (
	"testing"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", ""},
		{"Nothing to do.", "Nothing to do."},
		{"it&#39;s &#34;fine&#34; &amp; cheap", `it's "fine" & cheap`},
		{"it&amp;#39;s escaped twice", "it's escaped twice"},
		{"&amp;amp;amp; thrice", "&amp; thrice"},
		{"&#x2019; &#8217; &#146; &rsquo;", "’ ’ ’ ’"},
		{"a&nbsp;b", "a\u00a0b"},
		{"AT&T; B&W & C; &nosuch; &;", "AT&T; B&W & C; &nosuch; &;"},
		{"&#0; &#55296; &#1114112; &#x; &#99999999999;",
			"&#0; &#55296; &#1114112; &#x; &#99999999999;"},
		{"ends with &", "ends with &"},
		{"ends with &am", "ends with &am"},
		{"one<br />two<br>three<BR/>four", "one two three four"},
		{`<p class="x">Good</p> <b>very</b>`, " Good   very "},
		{"&lt;br&gt;", " "},
		{"5 < 6 > 4, <3, <I mean it", "5 < 6 > 4, <3, <I mean it"},
		{"<blink>no</blink> <a", "<blink>no</blink> <a"},
		{"\xff&amp;\xff", "\xff&\xff"},
	} {
		if got := string(Clean([]byte(tt.text))); got != tt.want {
			t.Errorf("Clean(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestCleanLeavesItsInput(t *testing.T) {
	text := []byte("a &amp; <br> b")
	Clean(text)
	if string(text) != "a &amp; <br> b" {
		t.Errorf("Clean changed its input to %q", text)
	}
	plain := []byte("a b")
	if n := testing.AllocsPerRun(100, func() { Clean(plain) }); n != 0 {
		t.Errorf("Clean of a plain text allocates %v times", n)
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"&#34;&amp;<br>", "&&;<<>", "</p x>", "&#x1F600;"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got := Clean(text)
		if len(got) > len(text)*4 || utf8.Valid(text) && !utf8.Valid(got) {
			t.Errorf("Clean(%q) = %q", text, got)
		}
	})
}
