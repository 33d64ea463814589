package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// sentenceEnds lists the marks that end sentences.
const sentenceEnds = ".!?…。！？।"

// Sentences splits a text after the marks that end sentences and after lines. The concatenated
// parts equal the text: the white space after a sentence belongs to it. A mark inside a word or
// before a small letter does not end a sentence ("1.5", "e.g. this").
func Sentences(text string) (out []string) {
	from := 0
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		i += size
		if r == '\n' {
			i += len(text[i:]) - len(strings.TrimLeftFunc(text[i:], unicode.IsSpace))
			out, from = append(out, text[from:i]), i
			continue
		}
		if !strings.ContainsRune(sentenceEnds, r) {
			continue
		}
		wide := r >= 0x3000 // no space follows
		rest := strings.TrimLeft(text[i:], ".!?…。！？\"'”’»)]")
		trimmed := strings.TrimLeftFunc(rest, unicode.IsSpace)
		next, _ := utf8.DecodeRuneInString(trimmed)
		if trimmed != "" && (len(rest) == len(trimmed) && !wide || r == '.' &&
			unicode.IsLower(next)) {
			i = len(text) - len(rest)
			continue
		}
		i = len(text) - len(trimmed)
		out, from = append(out, text[from:i]), i
	}
	if from < len(text) {
		out = append(out, text[from:])
	}
	return out
}
