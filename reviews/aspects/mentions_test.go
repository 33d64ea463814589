package aspects

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// marked parses a text with spans in brackets, positive ones in round ones, and returns the text,
// the offsets of its pieces, which end at each | as well as at spaces and brackets, and the spans.
// Windows have two pieces each if cut is set, else there is one.
func marked(t *testing.T, s string, cut bool) (text []byte, offsets [][2]int, windows []int,
	spans []Span) {
	from, open := -1, -1
	end := func() {
		if from >= 0 {
			offsets = append(offsets, [2]int{from, len(text)})
		}
		from = -1
	}
	var pieces [][3]int // first, number and polarity of each span
	for _, r := range s {
		switch r {
		case '|':
			end()
		case '[', '{':
			end()
			open = len(offsets)
		case ']', '}':
			end()
			polarity := Negative
			if r == '}' {
				polarity = Positive
			}
			pieces = append(pieces, [3]int{open, len(offsets) - open, int(polarity)})
		case ' ', '\n':
			end()
			text = utf8.AppendRune(text, r)
		default:
			if from < 0 {
				from = len(text)
			}
			text = utf8.AppendRune(text, r)
		}
	}
	end()
	size := len(offsets)
	if cut {
		size = 2
	}
	for n := len(offsets); n > 0; n -= size {
		windows = append(windows, min(size, n)+2)
	}
	for _, p := range pieces {
		for i := p[0]; i < p[0]+p[1]; {
			n := min(size-i%size, p[0]+p[1]-i)
			spans = append(spans, Span{Window: i / size, First: i%size + 1, Tokens: n,
				Polarity: Polarity(p[2]), Probability: 0.5})
			i += n
		}
	}
	return text, offsets, windows, spans
}

func TestMentions(t *testing.T) {
	for _, c := range []struct {
		text string
		cut  bool
		want string
	}{
		{"The [bass] is weak, the {key|board} good.", false, "bass-; keyboard+"},
		{"The [bass] is weak, the {key|board} good.", true, "bass-; keyboard+"},
		{"The [space\n bar] sticks", false, "space bar-"},
		{"[space bar] sticks", true, "space bar-"},
		// a span across a window's border is two, a word is one
		{"a [space bar] sticks", true, "space-; bar-"},
		{"a {key|board} and", true, "keyboard+"},
		{"a {key|board tray} and", true, "keyboard tray+"},
		{"a {key}|board and", true, "keyboard+"},
		{"flash |dd|-|[wrt|] now", false, "dd-wrt-"},
		{"flash [dd]|-|{wrt}", false, "dd-; wrt+"},
		{"flash [dd|-|wrt]", false, "dd-wrt-"},
		{"the {wi}|-|fi|-|card|-", false, "wi-fi-card+"},
		{"the {cord}|--|thick", false, "cord+"},
		{"the {cord}|'s end", false, "cord+"},
		{"the [( cord ,] which", false, "cord-"},
		{"it is [!] and [$]", false, ""},
		{"das {Geh|äu}|se ist", false, "Gehäuse+"},
		{"{caf|e\u0301}|s", false, "cafe\u0301s+"},
		{"", false, ""},
	} {
		text, offsets, windows, spans := marked(t, c.text, c.cut)
		var got []string
		for _, m := range Mentions(nil, text, offsets, windows, spans) {
			sign := map[Polarity]string{Positive: "+", Negative: "-"}[m.Polarity]
			got = append(got, m.Term+sign)
			want := strings.Join(strings.Fields(string(text[m.Start:m.End])), " ")
			if m.Term != want {
				t.Errorf("%q: term %q of %q", c.text, m.Term, want)
			}
			if m.Probability != 0.5 {
				t.Errorf("%q: %+v", c.text, m)
			}
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

// Spans outside the text, as in a wrong answer, are not mentions.
func TestMentionsOfOthers(t *testing.T) {
	text, offsets, windows, _ := marked(t, "The bass is weak", true)
	for _, s := range []Span{{Window: 9, First: 1, Tokens: 1}, {First: 1, Tokens: 9},
		{First: 0, Tokens: 1}, {First: 1}, {Window: 1, First: 3, Tokens: 1}} {
		if got := Mentions(nil, text, offsets, windows, []Span{s}); len(got) > 0 {
			t.Errorf("%+v is %+v", s, got)
		}
	}
}

// FuzzMentions checks that mentions are in order within the text, and that each begins and ends
// with a letter or digit of whole characters.
func FuzzMentions(f *testing.F) {
	f.Add([]byte("The space-bar sticks, und das Gehäuse"), []byte{1, 1, 2, 2, 1, 3}, 3)
	f.Add([]byte("\xff\xfe-\u0301a"), []byte{1, 5}, 1)
	f.Fuzz(func(t *testing.T, text, at []byte, size int) {
		if size < 1 || size > 100 {
			return
		}
		var offsets [][2]int
		for i := 0; i < len(text); {
			_, n := utf8.DecodeRune(text[i:])
			offsets = append(offsets, [2]int{i, i + n})
			i += n
		}
		var windows []int
		for n := len(offsets); n > 0; n -= size {
			windows = append(windows, min(n, size)+2)
		}
		var spans []Span
		for next := 0; len(at) > 1; at = at[2:] {
			next += int(at[0])
			spans = append(spans, Span{Window: next / size, First: next%size + 1,
				Tokens: int(at[1])})
			next += int(at[1])
		}
		last := 0
		for _, m := range Mentions(nil, text, offsets, windows, spans) {
			if m.Start < last || m.End <= m.Start || m.End > len(text) || m.Term == "" {
				t.Fatalf("%+v in %q, after %d", m, text, last)
			}
			if got := bytes.ToValidUTF8(text[m.Start:m.End], nil); utf8.Valid(text) &&
				!utf8.Valid(text[m.Start:m.End]) || len(got) == 0 {
				t.Fatalf("%+v of %q is %q", m, text, text[m.Start:m.End])
			}
			last = m.End
		}
	})
}
