package tokenizers

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// aligned is text on its way through the steps, with the range of the original that each of its bytes comes from.
type aligned struct {
	text   string
	source [][2]int
}

// align makes the text of the original from byte start on. What is not UTF-8 becomes U+FFFD, as in Python.
func align(original string, start int) aligned {
	var text strings.Builder
	source := make([][2]int, 0, len(original))
	for i := 0; i < len(original); {
		r, size := utf8.DecodeRuneInString(original[i:])
		if r == utf8.RuneError && size == 1 {
			for i+size < len(original) && !utf8.FullRuneInString(original[i:i+size+1]) {
				size++
			}
		}
		n, _ := text.WriteRune(r)
		source = append(source, slices.Repeat([][2]int{{start + i, start + i + size}}, n)...)
		i += size
	}
	return aligned{text.String(), source}
}

func (a aligned) slice(from, to int) aligned { return aligned{a.text[from:to], a.source[from:to]} }

// offsets returns the range of the original that a[from:to] comes from.
func (a aligned) offsets(from, to int) [2]int { return [2]int{a.source[from][0], a.source[to-1][1]} }

// step is a normalizer, which gives one text for one, or a pre-tokenizer, which may give many.
type step func(aligned) ([]aligned, error)

func chain(steps ...step) step {
	return func(a aligned) ([]aligned, error) {
		parts := []aligned{a}
		for _, s := range steps {
			var next []aligned
			for _, part := range parts {
				if part.text == "" {
					continue
				}
				more, err := s(part)
				if err != nil {
					return nil, err
				}
				next = append(next, more...)
			}
			parts = next
		}
		return parts, nil
	}
}

// prepend puts a text before another; it stands for what the first character stands for.
func prepend(with string) step {
	return func(a aligned) ([]aligned, error) {
		_, size := utf8.DecodeRuneInString(a.text)
		first := a.offsets(0, size)
		return []aligned{{with + a.text, append(slices.Repeat([][2]int{first}, len(with)), a.source...)}}, nil
	}
}

// replace puts with where old stands.
func replace(old *regexp.Regexp, with string) step {
	return func(a aligned) ([]aligned, error) {
		var out aligned
		var text strings.Builder
		from := 0
		for _, m := range old.FindAllStringIndex(a.text, -1) {
			if m[0] == m[1] {
				continue
			}
			text.WriteString(a.text[from:m[0]])
			out.source = append(out.source, a.source[from:m[0]]...)
			text.WriteString(with)
			out.source = append(out.source, slices.Repeat([][2]int{a.offsets(m[0], m[1])}, len(with))...)
			from = m[1]
		}
		text.WriteString(a.text[from:])
		out.text, out.source = text.String(), append(out.source, a.source[from:]...)
		return []aligned{out}, nil
	}
}

// compose is NFC and its like: what is composed or taken apart together has one range.
func compose(form norm.Form) step {
	return func(a aligned) ([]aligned, error) {
		var out aligned
		var text strings.Builder
		for a.text != "" {
			n := form.NextBoundaryInString(a.text, true)
			s := form.String(a.text[:n])
			text.WriteString(s)
			if s == a.text[:n] {
				out.source = append(out.source, a.source[:n]...)
			} else {
				out.source = append(out.source, slices.Repeat([][2]int{a.offsets(0, n)}, len(s))...)
			}
			a = a.slice(n, len(a.text))
		}
		out.text = text.String()
		return []aligned{out}, nil
	}
}

// lowercase lower-cases each character by itself: there is no final sigma.
func lowercase(a aligned) ([]aligned, error) {
	var out aligned
	var text strings.Builder
	for i, r := range a.text {
		lower := string(unicode.ToLower(r))
		if r == 'İ' {
			lower = "i\u0307"
		}
		text.WriteString(lower)
		out.source = append(out.source, slices.Repeat([][2]int{a.source[i]}, len(lower))...)
	}
	out.text = text.String()
	return []aligned{out}, nil
}

// whitespace cuts as \w+|[^\w\s]+ does, white space left out.
func whitespace(a aligned) (parts []aligned, err error) {
	word := func(r rune) bool {
		return unicode.In(r, unicode.L, unicode.Nl, unicode.Other_Alphabetic, unicode.M, unicode.Nd, unicode.Pc, unicode.Join_Control)
	}
	other := func(r rune) bool { return !word(r) && !unicode.IsSpace(r) }
	for a.text != "" {
		if n := leading(a.text, unicode.IsSpace); n > 0 {
			a = a.slice(n, len(a.text))
			continue
		}
		n := max(leading(a.text, word), leading(a.text, other))
		parts = append(parts, a.slice(0, n))
		a = a.slice(n, len(a.text))
	}
	return parts, nil
}

// metaspace writes spaces as mark, one more in front by scheme, and cuts before each.
func metaspace(mark, scheme string, split bool) step {
	spaces := replace(regexp.MustCompile(" "), mark)
	return func(a aligned) ([]aligned, error) {
		parts, _ := spaces(a)
		a = parts[0]
		if !strings.HasPrefix(a.text, mark) && (scheme == "always" || scheme == "first" && a.source[0][0] == 0) {
			parts, _ = prepend(mark)(a)
			a = parts[0]
		}
		if !split {
			return []aligned{a}, nil
		}
		parts = nil
		for a.text != "" {
			end := strings.Index(a.text[1:], mark) + 1
			if end == 0 {
				end = len(a.text)
			}
			parts = append(parts, a.slice(0, end))
			a = a.slice(end, len(a.text))
		}
		return parts, nil
	}
}

// byteLevel writes each byte as a character that can be seen, after GPT-2's cut into words.
func byteLevel(addSpace, split bool) step {
	return func(a aligned) ([]aligned, error) {
		if addSpace && !strings.HasPrefix(a.text, " ") {
			parts, _ := prepend(" ")(a)
			a = parts[0]
		}
		var parts []aligned
		for a.text != "" {
			end := len(a.text)
			if split {
				end = gpt2Word(a.text)
			}
			var text strings.Builder
			var source [][2]int
			for i := range end {
				c := byteChar(a.text[i])
				text.WriteString(c)
				source = append(source, slices.Repeat(a.source[i:i+1], len(c))...)
			}
			parts = append(parts, aligned{text.String(), source})
			a = a.slice(end, len(a.text))
		}
		return parts, nil
	}
}

// gpt2Word returns the bytes of the first match, which there always is, of
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
func gpt2Word(s string) int {
	for _, short := range []string{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"} {
		if strings.HasPrefix(s, short) {
			return len(short)
		}
	}
	space := 0
	if s[0] == ' ' {
		space = 1
	}
	other := func(r rune) bool { return !unicode.IsSpace(r) && !unicode.IsLetter(r) && !unicode.Is(unicode.N, r) }
	for _, is := range []func(rune) bool{unicode.IsLetter, func(r rune) bool { return unicode.Is(unicode.N, r) }, other} {
		if n := leading(s[space:], is); n > 0 {
			return space + n
		}
	}
	n := leading(s, unicode.IsSpace)
	if _, last := utf8.DecodeLastRuneInString(s[:n]); n < len(s) && last < n {
		return n - last // the last one goes with the word that follows
	}
	return n
}

// leading returns the bytes that s has before the first character that is not.
func leading(s string, is func(rune) bool) int {
	if n := strings.IndexFunc(s, func(r rune) bool { return !is(r) }); n >= 0 {
		return n
	}
	return len(s)
}

// byteChar returns GPT-2's character for a byte: itself where it can be seen, or one from U+0100 on.
func byteChar(b byte) string {
	r := rune(b)
	switch {
	case b <= ' ':
		r += 0x100
	case 0x7F <= b && b <= 0xA0:
		r += 0x121 - 0x7F
	case b == 0xAD:
		r = 0x143
	}
	return string(r)
}
