package tokenizer

import "unicode/utf8"

// word is a word under construction, from code points that may be changed.
type word struct {
	bytes    []byte // at least 4*maxRunes + padding long
	maxRunes int
	enough   int // number of pieces after which no more are needed
	size     int // number of bytes put
	runes    int // code points put, including those beyond maxRunes, whose bytes are not kept
	marks    int // start of the run of nonstarters at the end

	*ranges // set by Encode only
}

// count counts a code point.
func (w *word) count() {
	w.runes++
	if w.ranges != nil {
		w.sources = append(w.sources, w.source)
	}
}

// put appends a starter.
func (w *word) put(r rune) {
	w.count()
	if w.runes > w.maxRunes {
		return
	}
	if r < utf8.RuneSelf {
		w.bytes[w.size] = byte(r)
		w.size++
	} else {
		w.size += utf8.EncodeRune(w.bytes[w.size:], r)
	}
	w.marks = w.size
}

// putMark adds a nonstarter where canonical ordering puts it: before those at the end whose
// combining class is higher.
func (w *word) putMark(r rune) {
	w.count()
	if w.runes > w.maxRunes {
		return
	}
	rank, at := order(r), w.size
	for at > w.marks {
		before, size := utf8.DecodeLastRune(w.bytes[w.marks:at])
		if order(before) <= rank {
			break
		}
		at -= size
	}
	size := utf8.RuneLen(r)
	copy(w.bytes[at+size:], w.bytes[at:w.size])
	utf8.EncodeRune(w.bytes[at:], r)
	w.size += size
}

// words reads the words from i into w and appends their pieces, see appendWords.
func (t *Tokenizer) words(dst []int32, w *word, text []byte, i int) ([]int32, int) {
	for start := i; i < len(text) && len(dst) < w.enough; {
		if b := text[i]; b < utf8.RuneSelf {
			k := t.bytes[b]
			if k != kindSlow && (k != kindWord || w.runes == 0 && i > start) {
				break
			}
			w.at(i, 1)
			i++
			if k == kindWord {
				if t.lower && 'A' <= b && b <= 'Z' {
					b += 'a' - 'A'
				}
				w.put(rune(b))
			}
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		w.at(i, size)
		i += size
		if t.emoji != nil && r >= firstEmoji {
			if ids, ok := t.emoji.read(r); ok {
				dst = append(t.flush(dst, w), ids...)
				w.covers(len(ids))
				continue
			}
		}
		class, how := entry(r) // U+FFFD if invalid: removed
		second := rune(0)
		if t.accents.change != nil {
			r, second, how = t.accents.change(r, how)
			class, _ = entry(r)
		} else if !t.lower {
			how = self
		}
		if class == alone && t.join {
			class = letter
		}
		switch {
		case class == drop:
		case class == space:
			dst = t.flush(dst, w)
		case class == alone:
			dst = t.flush(dst, w)
			if how >= toText {
				r, _ = utf8.DecodeRuneInString(loweredText(how))
			}
			w.put(r)
			dst = t.flush(dst, w)
		case how == mark:
		case how == starter:
			w.marks = w.size
		case how == hangul:
			jamo, n := jamo(r)
			for _, r := range jamo[:n] {
				w.put(r)
			}
		case how >= toText:
			for _, r := range loweredText(how) {
				class, how := entry(r)
				dst = t.put(dst, w, r, class, how)
			}
		default:
			dst = t.put(dst, w, r, class, how)
			if second != 0 {
				w.put(second)
			}
		}
	}
	return t.flush(dst, w), i
}

// put adds to w a code point of the normalised text, which is a word of its own if it is
// punctuation.
func (t *Tokenizer) put(dst []int32, w *word, r rune, class class, how int) []int32 {
	switch {
	case class == punct:
		dst = t.flush(dst, w)
		w.put(r)
		return t.flush(dst, w)
	case how == ordered:
		w.putMark(r)
	default:
		w.put(r)
	}
	return dst
}

// flush appends the pieces of w, if it has any, and empties it.
func (t *Tokenizer) flush(dst []int32, w *word) []int32 {
	before := len(dst)
	switch {
	case w.runes > w.maxRunes:
		dst = append(dst, t.unk)
	case w.runes > 0:
		dst = t.split(dst, w.bytes, w.size)
	}
	if w.ranges != nil {
		t.flushRanges(w, dst[before:])
	}
	w.size, w.runes, w.marks = 0, 0, 0
	return dst
}

// appendPieces appends the pieces of a word of n bytes in two registers.
func (t *Tokenizer) appendPieces(dst []int32, low, high uint64, n int) []int32 {
	if n > t.maxRunes {
		return append(dst, t.unk)
	}
	var b [16 + padding]byte
	for i := range 8 {
		b[i], b[8+i] = byte(low>>(8*i)), byte(high>>(8*i))
	}
	return t.split(dst, b[:], n)
}

// split appends the pieces of the word b[:n], the longest first, or [UNK]. b is padded after the
// word.
func (t *Tokenizer) split(dst []int32, b []byte, n int) []int32 {
	pieces := len(dst)
	from := &t.starts
	for i := 0; i < n; {
		id, size := from.longest(b, i, n)
		if size == 0 {
			return append(dst[:pieces], t.unk)
		}
		dst = append(dst, id)
		i += size
		from = &t.inner
	}
	return dst
}
