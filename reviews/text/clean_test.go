package text

import (
	"bytes"
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
		{"(Translated by Google) Great coffee.\n\n(Original)\nToller Kaffee.", "Great coffee."},
		{"Toller Kaffee.\n\n(Translated by Google)\nGreat &amp; strong.", "Great & strong."},
		{"Toller Kaffee. (Translated by Google)", "Toller Kaffee. (Translated by Google)"},
	} {
		if got := string(Clean([]byte(tt.text))); got != tt.want {
			t.Errorf("Clean(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestCleanTraced(t *testing.T) {
	// want is the source of a word of the clean text
	for _, tt := range []struct{ text, word, want string }{
		{"The bass is weak", "bass", "bass"},
		{"The bass<br />is weak", "bass", "bass"},
		{"The <b>bass</b> is weak", "bass", "bass"},
		{"The space<br>bar is weak", "space bar", "space<br>bar"},
		{"The caf&eacute; is &quot;nice&quot;", "café", "caf&eacute;"},
		{"The caf&eacute; is &quot;nice&quot;", "nice", "nice"},
		{"&amp;lt;b&amp;gt; <i>x</i> fish &amp;amp; chips, peas", "fish & chips",
			"fish &amp;amp; chips"},
		{"&amp;lt;b&amp;gt; <i>x</i> fish &amp;amp; chips, peas", "peas", "peas"},
		{"The media could not be loaded. The <b>bass</b> is weak", "bass", "bass"},
		{"(Translated by Google) The bass is weak\n\n(Original)\nDer Bass", "bass is", "bass is"},
		{"__label__1 The bass is weak", "bass", "bass"},
		{"a < b & c <3 bass", "bass", "bass"},
		{"(Translated by Google) The <b>bass</b> (Original) Der Bass", "bass", "bass"},
	} {
		got, trace := CleanTraced([]byte(tt.text))
		i := bytes.Index(got, []byte(tt.word))
		if i < 0 {
			t.Fatalf("%q has no %q", got, tt.word)
		}
		from, to := trace.At(i), trace.At(i+len(tt.word))
		if from > to || to > len(tt.text) || tt.text[from:to] != tt.want {
			t.Errorf("%q: %q comes from %d to %d, want %q", tt.text, tt.word, from, to, tt.want)
		}
	}
}

// FuzzCleanTraced checks that the trace never runs backwards or out of the text, and that a letter
// comes from a letter where there is no reference.
func FuzzCleanTraced(f *testing.F) {
	f.Add([]byte("The <b>caf&eacute;</b> &amp;amp; <3 bass"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, trace := CleanTraced(text)
		if want := Clean(text); !bytes.Equal(got, want) {
			t.Fatalf("CleanTraced(%q) = %q, Clean gives %q", text, got, want)
		}
		last := 0
		for i := range len(got) + 1 {
			at := trace.At(i)
			if at < last || at > len(text) {
				t.Fatalf("%q: byte %d of %q comes from %d, the one before from %d", text, i, got,
					at, last)
			}
			if last = at; i < len(got) && 'a' <= got[i] && got[i] <= 'z' && text[at] != got[i] &&
				bytes.IndexByte(text, '&') < 0 {
				t.Fatalf("%q: %q comes from %q", text, got[i], text[at])
			}
		}
	})
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
