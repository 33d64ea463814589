package reviews

import (
	"bytes"
	"sync"
	"unicode/utf8"
)

// wordTable maps words to numbers: 1 to those in list before its first ";", and so on. "|" or a
// line break separates words. If bits is set, the numbers are bits, and a word may be in several
// parts.
type wordTable struct {
	list  string
	bits  bool
	once  sync.Once
	words map[string]uint16
}

// of returns the number of a word, 0 if it is not in the table.
func (t *wordTable) of(word []byte) uint16 {
	t.once.Do(t.parse)
	return t.words[string(word)]
}

func (t *wordTable) parse() {
	t.words = map[string]uint16{}
	number, from := uint16(1), 0
	for i := 0; i <= len(t.list); i++ {
		end := byte(';')
		if i < len(t.list) {
			end = t.list[i]
		}
		if end != '|' && end != '\n' && end != ';' {
			continue
		}
		if word := t.list[from:i]; word != "" {
			t.words[word] |= number
		}
		from = i + 1
		switch {
		case end != ';':
		case t.bits:
			number <<= 1
		default:
			number++
		}
	}
}

// asciiDigits returns b with the digits of other scripts, such as ４, ٤ and ४, replaced by ASCII.
func asciiDigits(b []byte) []byte {
	if IsASCII(b) || !bytes.ContainsFunc(b, isOtherDigit) {
		return b
	}
	return bytes.Map(func(r rune) rune {
		if n := digitOf(r); n >= 0 {
			return '0' + n
		}
		return r
	}, b)
}

// IsASCII reports whether s has ASCII characters only.
func IsASCII[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isOtherDigit(r rune) bool { return digitOf(r) >= 0 }

// digitOf returns the value of a digit beyond ASCII, -1 for another character.
func digitOf(r rune) rune {
	if r < utf8.RuneSelf {
		return -1
	}
	for _, zero := range "٠۰०০๐０" {
		if r >= zero && r <= zero+9 {
			return r - zero
		}
	}
	return -1
}
