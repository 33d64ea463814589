package text

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Join appends to dst the joined text of a title and a body, by the manifest's template, such as
// "{title}. {text}": the text between the two is used only if both are present. The body may be in
// several parts, see Body. Spaces around a title are dropped, and so are null words (IsNull). A
// template without both names gives the body.
func Join(dst []byte, template string, title []byte, parts ...[]byte) []byte {
	title = trimNull(bytes.TrimSpace(title))
	before, rest, ok := strings.Cut(template, "{title}")
	joint, after, found := strings.Cut(rest, "{text}")
	if !ok || !found || len(title) == 0 {
		return Body(dst, parts...)
	}
	start := len(dst)
	dst = append(append(append(dst, before...), title...), joint...)
	body := len(dst)
	if dst = Body(dst, parts...); len(dst) == body {
		return append(dst[:start], title...)
	}
	return append(dst, after...)
}

// Body appends the parts of a text, such as pros and cons, in order. Each part begins a line, and
// the previous one is given a full stop if it has no mark at its end, so that no sentence continues
// from one part into the next. Spaces around a part are dropped, and so are null words (IsNull) and
// text that scrapers leave around reviews; a part of nothing else is skipped.
func Body(dst []byte, parts ...[]byte) []byte {
	start := len(dst)
	for _, part := range parts {
		part = trimNull(trimScraped(bytes.TrimSpace(part)))
		if len(part) == 0 {
			continue
		}
		if len(dst) > start {
			if !endsSentence(dst[start:]) {
				dst = append(dst, '.')
			}
			dst = append(dst, '\n')
		}
		dst = append(dst, part...)
	}
	return dst
}

// Alone returns the cleaned form of a text outside a file, the same as for a cell with that text.
func Alone(text []byte) []byte { return Clean(Body(nil, text)) }

// endsSentence reports whether a text ends with a sentence-ending mark, possibly in quotes.
func endsSentence(text []byte) bool {
	text = bytes.TrimRight(text, "\"'”’»)]")
	last, _ := utf8.DecodeLastRune(text)
	return strings.ContainsRune(sentenceEnds, last)
}
func trimNull(cell []byte) []byte {
	if IsNull(cell) {
		return nil
	}
	return cell
}

// scrapedBefore and scrapedAfter are texts that shops' pages show around a review and scrapers take
// for a part of it: the placeholder of a video that needs a script, and a link to the rest.
var (
	scrapedBefore = [...]string{"The media could not be loaded.",
		"Die Medien konnten nicht geladen werden.", "Medien konnten nicht geladen werden.",
		"Le contenu multimédia n'a pas pu être chargé.", "Impossible de charger le média.",
		"No se ha podido cargar el contenido multimedia.",
		"Impossibile caricare il contenuto multimediale.", "メディアを読み込めませんでした。"}
	scrapedAfter = [...]string{"Read more", "Read less", "Show more", "See more", "Mehr lesen",
		"Weiterlesen", "Lire la suite", "Leer más", "Leggi di più", "Ler mais", "Lees meer",
		"もっと読む", "阅读更多", "続きを読む"}
)

// labelMark begins the labels before each text in fastText's training format.
const labelMark = "__label__"

// translated returns the English of a text with Google's translation, in either order: "(Translated
// by Google) Great. (Original) Super.".
func translated(text []byte) []byte {
	_, english, found := bytes.Cut(text, []byte("(Translated by Google)"))
	english, _, _ = bytes.Cut(english, []byte("(Original)"))
	if english = bytes.TrimSpace(english); !found || len(english) == 0 {
		return text
	}
	return english
}

// trimScraped removes text that scrapers leave before and after a review without spaces around it,
// and the original of one that Google translated.
func trimScraped(text []byte) []byte {
	text = translated(text)
	for len(text) > 0 && text[0] == '_' && bytes.HasPrefix(text, []byte(labelMark)) {
		_, rest, _ := bytes.Cut(text, []byte(" "))
		text = bytes.TrimSpace(rest)
	}
	for _, s := range scrapedBefore {
		if len(text) >= len(s) && text[0] == s[0] && string(text[:len(s)]) == s {
			text = bytes.TrimSpace(text[len(s):])
			break
		}
	}
	for _, s := range scrapedAfter {
		n := len(text) - len(s)
		if n >= 0 && string(text[n:]) == s &&
			(n == 0 || strings.IndexByte(" \n\t.!?\xa6", text[n-1]) >= 0) {
			text = bytes.TrimRight(bytes.TrimSpace(text[:n]), " \n\t…")
			break
		}
	}
	return text
}
