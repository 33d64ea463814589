package text

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Clean returns a text as the model reads it, which was trained on texts without markup: character
// references (&#34;, &amp;), even of text that was escaped twice, become characters, and the tags
// that shops leave in reviews become spaces. Text that scrapers leave around a review ("The media
// could not be loaded.", "Read more") is removed, and so is the original next to Google's
// translation. The result is a subslice of text if there is no markup, else a new slice. Files keep
// their bytes.
func Clean(text []byte) []byte { return clean(text, nil) }

// CleanTraced is Clean that also maps the bytes of the result to those of text.
func CleanTraced(text []byte) ([]byte, *Trace) {
	t := &Trace{}
	return clean(text, t), t
}

func clean(text []byte, t *Trace) []byte {
	whole := text
	text = trimScraped(text)
	t.pass()
	if len(text) > 0 {
		t.copied(0, cap(whole)-cap(text)) // text is a part of whole
	} else {
		t.copied(0, 0)
	}
	for range 2 {
		if bytes.IndexByte(text, '&') < 0 {
			break
		}
		t.pass()
		text = unescape(text, t)
	}
	if bytes.IndexByte(text, '<') < 0 {
		return text
	}
	t.pass()
	return untag(text, t)
}

// Trace maps a clean text back to its original. Its recording methods may be called on nil.
type Trace struct{ passes [][]run }

// run is a mapping: the bytes from to on came from the bytes from from on, up to the next run.
type run struct{ to, from int }

func (t *Trace) pass() {
	if t != nil {
		t.passes = append(t.passes, nil)
	}
}

func (t *Trace) copied(to, from int) {
	if t != nil {
		last := &t.passes[len(t.passes)-1]
		*last = append(*last, run{to, from})
	}
}

// At returns the byte of the original at which the character at byte i of the clean text begins.
// For a mention's end it returns the end: anything removed after it is not part of it.
func (t *Trace) At(i int) int {
	for _, runs := range slices.Backward(t.passes) {
		next, same := slices.BinarySearchFunc(runs, i, func(r run, i int) int {
			return cmp.Compare(r.to, i)
		})
		if same {
			i = runs[next].from
			continue
		}
		r := runs[next-1]
		if i += r.from - r.to; next < len(runs) {
			i = min(i, runs[next].from)
		}
	}
	return i
}

// entities maps the HTML 4 entities that occur in reviews; others are kept as they are.
var entities = map[string]string{
	"amp": "&", "lt": "<", "gt": ">", "quot": `"`, "apos": "'", "nbsp": "\u00a0", "lsquo": "‘",
	"rsquo": "’", "sbquo": "‚", "ldquo": "“", "rdquo": "”", "bdquo": "„", "laquo": "«",
	"raquo": "»", "ndash": "–", "mdash": "—", "hellip": "…", "bull": "•", "middot": "·", "deg": "°",
	"frac12": "½", "frac14": "¼", "frac34": "¾", "times": "×", "pound": "£", "euro": "€",
	"yen": "¥", "cent": "¢", "copy": "©", "reg": "®", "trade": "™", "agrave": "à", "aacute": "á",
	"acirc": "â", "auml": "ä", "aring": "å", "ccedil": "ç", "egrave": "è", "eacute": "é",
	"ecirc": "ê", "euml": "ë", "iacute": "í", "icirc": "î", "iuml": "ï", "ntilde": "ñ",
	"oacute": "ó", "ocirc": "ô", "ouml": "ö", "oslash": "ø", "uacute": "ú", "ucirc": "û",
	"uuml": "ü", "szlig": "ß", "aelig": "æ", "oelig": "œ", "iexcl": "¡", "iquest": "¿",
	"hearts": "♥", "shy": "\u00ad",
}

func unescape(text []byte, t *Trace) []byte {
	out, size := make([]byte, 0, len(text)), len(text)
	for {
		t.copied(len(out), size-len(text))
		i := bytes.IndexByte(text, '&')
		if i < 0 {
			return append(out, text...)
		}
		out, text = append(out, text[:i]...), text[i:]
		t.copied(len(out), size-len(text))
		const longest = 10 // &#x10FFFF;
		end := bytes.IndexByte(text[:min(len(text), longest)], ';')
		if end < 0 {
			out, text = append(out, '&'), text[1:]
			continue
		}
		name := string(text[1:end])
		if s, ok := entities[name]; ok {
			out = append(out, s...)
		} else if r, ok := numbered(name); ok {
			out = utf8.AppendRune(out, r)
		} else {
			end = 0 // not a reference: the ampersand is literal
			out = append(out, '&')
		}
		text = text[end+1:]
	}
}

// numbered parses #34 and #x22. As in browsers, 128 to 159 are Windows-1252.
func numbered(name string) (rune, bool) {
	digits, ok := strings.CutPrefix(name, "#")
	base := 10
	if hex, isHex := strings.CutPrefix(strings.ToLower(digits), "x"); isHex {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	switch {
	case !ok || err != nil || n < ' ' && n != '\t' && n != '\n' && n != '\r' || n > utf8.MaxRune ||
		!utf8.ValidRune(rune(n)):
		return 0, false
	case 0x80 <= n && n < 0xa0:
		return charmap.Windows1252.DecodeByte(byte(n)), true
	}
	return rune(n), true
}

// tags lists the tags that become spaces; other text in angle brackets is intentional.
var tags = []string{"br", "p", "b", "i", "span", "div", "a"}

func untag(text []byte, t *Trace) []byte {
	out, size := make([]byte, 0, len(text)), len(text)
	for {
		t.copied(len(out), size-len(text))
		i := bytes.IndexByte(text, '<')
		if i < 0 {
			return append(out, text...)
		}
		out, text = append(out, text[:i]...), text[i:]
		t.copied(len(out), size-len(text))
		if end := tagEnd(text); end > 0 {
			out, text = append(out, ' '), text[end:]
		} else {
			out, text = append(out, '<'), text[1:]
		}
	}
}

// tagEnd returns the end of the tag that text begins with, 0 if that is not one of tags.
func tagEnd(text []byte) int {
	i := 1
	if i < len(text) && text[i] == '/' {
		i++
	}
	from := i
	for i < len(text) && i-from < 5 && 'a' <= text[i]|0x20 && text[i]|0x20 <= 'z' {
		i++
	}
	name := strings.ToLower(string(text[from:i]))
	if i == len(text) || bytes.IndexByte([]byte(" \t\r\n/>"), text[i]) < 0 {
		return 0
	}
	for _, tag := range tags {
		if name == tag {
			if end := bytes.IndexByte(text[i:min(len(text), i+500)], '>'); end >= 0 {
				return i + end + 1
			}
		}
	}
	return 0
}
