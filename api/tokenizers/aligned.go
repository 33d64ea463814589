package tokenizers

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// aligned is text in the course of the steps; source has, for each of its bytes, the range of the
// original from which the byte comes.
type aligned struct {
	text   string
	source [][2]int
}

// align returns the text of the original from byte start on. Invalid UTF-8 becomes U+FFFD, as in
// Python.
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
func (a aligned) offsets(from,
	to int) [2]int {
	return [2]int{a.source[from][0], a.source[to-1][1]}
}

// builder assembles an aligned text.
type builder struct {
	text   strings.Builder
	source [][2]int
}

// add appends text that replaces all of old.
func (b *builder) add(text string, old aligned) {
	b.text.WriteString(text)
	if text == old.text {
		b.source = append(b.source, old.source...)
	} else if text != "" {
		b.source = append(b.source,
			slices.Repeat([][2]int{old.offsets(0, len(old.text))}, len(text))...)
	}
}

func (b *builder) done() []aligned { return []aligned{{b.text.String(), b.source}} }

// step is a normalizer, which returns one text, or a pre-tokenizer, which may return many.
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

// prepend inserts a text before another; it is aligned with the first character.
func prepend(with string) step {
	return func(a aligned) ([]aligned, error) {
		_, size := utf8.DecodeRuneInString(a.text)
		first := a.offsets(0, size)
		return []aligned{{with + a.text,
			append(slices.Repeat([][2]int{first}, len(with)), a.source...)}}, nil
	}
}

// replace replaces matches of old by with.
func replace(old *regexp.Regexp, with string) step {
	return func(a aligned) ([]aligned, error) {
		var out builder
		from := 0
		for _, m := range old.FindAllStringIndex(a.text, -1) {
			if m[0] < m[1] {
				out.add(a.text[from:m[0]], a.slice(from, m[0]))
				out.add(with, a.slice(m[0], m[1]))
				from = m[1]
			}
		}
		out.add(a.text[from:], a.slice(from, len(a.text)))
		return out.done(), nil
	}
}

// compose applies NFC or another normalization form: characters that are composed or decomposed
// together share one range.
func compose(form norm.Form) step {
	return func(a aligned) ([]aligned, error) {
		var out builder
		for a.text != "" {
			n := form.NextBoundaryInString(a.text, true)
			out.add(form.String(a.text[:n]), a.slice(0, n))
			a = a.slice(n, len(a.text))
		}
		return out.done(), nil
	}
}

// eachRune maps each character to a string.
func eachRune(become func(rune) string) step {
	return func(a aligned) ([]aligned, error) {
		var out builder
		for i, r := range a.text {
			out.add(become(r), a.slice(i, i+utf8.RuneLen(r)))
		}
		return out.done(), nil
	}
}

// lowercase lower-cases a character by itself: there is no final sigma.
func lowercase(r rune) string {
	if r == 'İ' {
		return "i\u0307"
	}
	return string(unicode.ToLower(r))
}

// withoutMark removes combining marks of all kinds.
func withoutMark(r rune) string {
	if unicode.Is(unicode.M, r) {
		return ""
	}
	return string(r)
}

// strip removes white space at the ends.
func strip(left, right bool) step {
	return func(a aligned) ([]aligned, error) {
		from, to := 0, len(a.text)
		if left {
			from = leading(a.text, unicode.IsSpace)
		}
		if right {
			to = max(from, len(strings.TrimRightFunc(a.text, unicode.IsSpace)))
		}
		return []aligned{a.slice(from, to)}, nil
	}
}

// words splits at white space and drops it.
func words(a aligned) (parts []aligned, err error) {
	for a.text != "" {
		if n := leading(a.text, unicode.IsSpace); n > 0 {
			a = a.slice(n, len(a.text))
			continue
		}
		n := leading(a.text, func(r rune) bool { return !unicode.IsSpace(r) })
		parts = append(parts, a.slice(0, n))
		a = a.slice(n, len(a.text))
	}
	return parts, nil
}

// whitespace splits as \w+|[^\w\s]+ does, and drops white space.
func whitespace(a aligned) (parts []aligned, err error) {
	word := func(r rune) bool {
		return unicode.In(r, unicode.L, unicode.Nl, unicode.Other_Alphabetic, unicode.M, unicode.Nd,
			unicode.Pc, unicode.Join_Control)
	}
	other := func(r rune) bool { return !word(r) && !unicode.IsSpace(r) }
	cut, _ := words(a)
	for _, a := range cut {
		for a.text != "" {
			n := max(leading(a.text, word), leading(a.text, other))
			parts = append(parts, a.slice(0, n))
			a = a.slice(n, len(a.text))
		}
	}
	return parts, nil
}

// metaspace replaces spaces by mark, prepends one according to scheme, and splits before each.
func metaspace(mark, scheme string, split bool) step {
	spaces := replace(regexp.MustCompile(" "), mark)
	return func(a aligned) ([]aligned, error) {
		parts, _ := spaces(a)
		a = parts[0]
		if !strings.HasPrefix(a.text, mark) &&
			(scheme == "always" || scheme == "first" && a.source[0][0] == 0) {
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

// byteLevel maps each byte to a printable character, after splitting into words as GPT-2 does.
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

// gpt2Word returns the length in bytes of the first match, which always exists, of
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
	other := func(r rune) bool {
		return !unicode.IsSpace(r) && !unicode.IsLetter(r) && !unicode.Is(unicode.N, r)
	}
	for _, is := range []func(rune) bool{unicode.IsLetter,
		func(r rune) bool { return unicode.Is(unicode.N, r) }, other} {
		if n := leading(s[space:], is); n > 0 {
			return space + n
		}
	}
	n := leading(s, unicode.IsSpace)
	if _, last := utf8.DecodeLastRuneInString(s[:n]); n < len(s) && last < n {
		return n - last // the last space belongs to the following word
	}
	return n
}

// leading returns the number of bytes of s before the first character for which is returns false.
func leading(s string, is func(rune) bool) int {
	if n := strings.IndexFunc(s, func(r rune) bool { return !is(r) }); n >= 0 {
		return n
	}
	return len(s)
}

// byteChar returns GPT-2's character for a byte: itself if it is printable, or one from U+0100 on.
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
