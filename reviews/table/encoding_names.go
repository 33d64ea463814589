package table

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"reviewlens/reviews"
)

// byNames returns the encoding in which the most non-ASCII words of the first line are column
// names, or guess if no other has more than it.
func byNames(sample []byte, guess string) string {
	line, _, _ := bytes.Cut(bytes.TrimLeft(sample, "\r\n"), []byte("\n"))
	line = line[:min(len(line), maxNameLength*10)]
	if reviews.IsASCII(line) || bytes.IndexByte([]byte("{["), line[0]) >= 0 { // a text, or JSON
		return guess
	}
	best := namesIn(line, guess)
	for _, name := range []string{Windows1250, ISO8859_2, Windows1252, Windows1254, Windows1251,
		KOI8U, IBM866, Windows1253, Windows1255, Windows1256, Windows874, ShiftJIS, GBK, Big5,
		EUCKR, EUCJP, Macintosh} {
		if n := namesIn(line, name); n > best {
			best, guess = n, name
		}
	}
	return guess
}

// namesIn counts the non-ASCII words of a line that are column names in an encoding; there are none
// if it lacks a byte of the line.
func namesIn(line []byte, encoding string) (n int) {
	d := newDecoder(encoding)
	decoded, bad := d.append(nil, line)
	if bad {
		return 0
	}
	for word := range wordsBeyondASCII(string(decoded)) {
		if namesColumn(word) {
			n++
		}
	}
	return n
}

// wordsBeyondASCII returns the words of a text that contain non-ASCII letters.
func wordsBeyondASCII(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for word := range strings.FieldsFuncSeq(s, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r)
		}) {
			if !reviews.IsASCII(word) && !yield(word) {
				return
			}
		}
	}
}

// namesColumn reports whether a non-ASCII word is known from column names. East Asian characters
// must match to the end of the word: after Latin ones they come from another encoding (Opini縊).
func namesColumn(word string) bool {
	if strings.ContainsFunc(word, isWide) {
		words := lexiconOf()
		for from := 0; from < len(word); {
			end := min(len(word), from+20)
			for end > from && words[word[from:end]] == 0 {
				end--
			}
			if end == from {
				return false
			}
			from = end
		}
		return utf8.RuneCountInString(word) > 1
	}
	for _, w := range nameWords(word) {
		for _, s := range senses(nil, w) {
			if s&unknown != 0 {
				return false
			}
		}
	}
	return utf8.RuneCountInString(word) > 1
}

// western are the letters that Windows-1252 is mostly used for, italian those of Italian and
// Catalan, which also appear in misread Czech; others hint at another encoding.
const (
	western = "éèêëàâáäåçñíîïóôöúùûüßœæøãõÉÈÊËÀÂÁÄÅÇÑÍÎÓÔÖÚÙÛÜŒÆØÃÕªº"
	italian = "ìòÌÒ"
)

// doubtEncoding returns the doubt that the encoding is a guess, with a word as evidence. It returns
// "" for UTF-8 and UTF-16, which are certain, if a non-ASCII column name is known, or if all
// letters are usual.
func (r *Reading) doubtEncoding() string {
	e := r.Dialect.Encoding
	switch {
	case r.options.Encoding != "", e == "", e == UTF8, e == UTF16LE, e == UTF16BE, e == UTF8Twice:
		return ""
	}
	usual := ""
	if e == Windows1252 {
		usual = western
		if r.looksItalian() {
			usual += italian
		}
	}
	if e == Windows1252 && r.crowded() {
		usual = ""
	}
	unusual := func(r rune) bool {
		return usual == "" || r >= utf8.RuneSelf && !strings.ContainsRune(usual, r)
	}
	shown := ""
	for i, row := range append([][]string{r.Header}, r.Head...) {
		for _, cell := range row {
			for word := range wordsBeyondASCII(cell) {
				if i == 0 && namesColumn(word) {
					return ""
				}
				if shown == "" && strings.ContainsFunc(word, unusual) {
					shown = word
				}
			}
		}
		if shown != "" {
			return fmt.Sprintf("that letters are written as %s is a guess: they read as %q", e,
				reviews.Clip([]byte(shown), 60))
		}
	}
	return ""
}

// crowded reports whether most non-ASCII characters of the first rows are next to another, as in a
// script of its own and hardly ever in languages that add accents to Latin letters.
func (r *Reading) crowded() bool {
	all, beside := 0, 0
	for _, row := range r.Head {
		for _, cell := range row {
			before := 0 // adjacent non-ASCII characters so far
			for _, c := range cell {
				if c < utf8.RuneSelf {
					before = 0
					continue
				}
				all++
				if before++; before == 2 {
					beside++
				}
				if before > 1 {
					beside++
				}
			}
		}
	}
	return all >= 10 && beside*10 >= all*7
}

// looksItalian reports whether the first rows have a letter or a word of Italian or Catalan that
// misread Czech rarely has: qualità, è.
func (r *Reading) looksItalian() bool {
	for _, row := range r.Head {
		for _, cell := range row {
			for word := range wordsBeyondASCII(cell) {
				if word == "è" || word == "È" || strings.ContainsAny(word, "àÀ") {
					return true
				}
			}
		}
	}
	return false
}
