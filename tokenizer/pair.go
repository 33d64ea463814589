package tokenizer

import (
	"fmt"
	"slices"
)

// Truncate selects which of two texts loses pieces, from its end, if both together are too long.
type Truncate string

const (
	LongestFirst Truncate = "longest_first" // the longer, until both are equal; then both
	OnlyFirst    Truncate = "only_first"
	OnlySecond   Truncate = "only_second"
)

// Options configures EncodePair.
type Options struct {
	// [CLS] text [SEP], or [CLS] text [SEP] pair [SEP]; without it the pieces alone
	Special   bool
	MaxTokens int      // [CLS] and [SEP] included; 0 is no limit
	Truncate  Truncate // default ("") LongestFirst
}

// EncodePair is Encode for one text or, if pair is not nil, for two, with the special tokens that
// the reference adds. Offsets are within the text of a piece, as given by Types. Those of [CLS] and
// [SEP] are 0, 0.
//
// It returns an error if the limit leaves no room for [CLS] and [SEP], or if truncating only one
// text by the excess pieces would leave nothing of it.
func (t *Tokenizer) EncodePair(text, pair []byte, o Options) (Encoding, error) {
	a, b := t.Encode(text), Encoding{}
	special := 2
	if pair != nil {
		b, special = t.Encode(pair), 3
	}
	if !o.Special {
		special = 0
	}
	if o.MaxTokens != 0 {
		if o.MaxTokens < special {
			return Encoding{}, fmt.Errorf("a limit of %d tokens leaves no room for [CLS] and "+
				"[SEP]; want %d or more", o.MaxTokens, special)
		}
		keepA, keepB, err := o.keep(len(a.IDs), len(b.IDs), o.MaxTokens-special, pair != nil)
		if err != nil {
			return Encoding{}, err
		}
		a.cut(keepA)
		b.cut(keepB)
	}
	var e Encoding
	if o.Special {
		e.addSpecial(t.cls, 0)
	}
	e.add(a, 0)
	if o.Special {
		e.addSpecial(t.sep, 0)
	}
	e.add(b, 1)
	if o.Special && pair != nil {
		e.addSpecial(t.sep, 1)
	}
	return e, nil
}

// keep returns how many of a and b pieces to keep, so that the sum does not exceed most.
func (o Options) keep(a, b, most int, pair bool) (keepA, keepB int, err error) {
	tooMany := a + b - most
	switch {
	case tooMany <= 0:
		return a, b, nil
	case most == 0:
		return 0, 0, nil
	}
	var first, second bool // text to truncate
	switch o.Truncate {
	case "", LongestFirst:
	case OnlyFirst:
		first = true
	case OnlySecond:
		second = true
	default:
		return 0, 0, fmt.Errorf("no way to truncate is called %q; there are %s, %s and %s",
			o.Truncate, LongestFirst, OnlyFirst, OnlySecond)
	}
	if first && tooMany >= a || second && tooMany >= b {
		return 0, 0, fmt.Errorf("%s would leave nothing of that text: together they are %d "+
			"tokens too long; use %s", o.Truncate, tooMany, LongestFirst)
	}
	short := min(a, b)
	switch long := max(short, most-short); {
	case first:
		return a - tooMany, b, nil
	case second:
		return a, b - tooMany, nil
	case !pair:
		return most, 0, nil
	case short+long > most && a > b: // the longer one gets the odd token
		return most - most/2, most / 2, nil
	case short+long > most:
		return most / 2, most - most/2, nil
	case a > b:
		return long, short, nil
	default:
		return short, long, nil
	}
}

func (e *Encoding) cut(n int) { e.IDs, e.Offsets = e.IDs[:n], e.Offsets[:n] }

func (e *Encoding) add(other Encoding, typ int8) {
	e.IDs = append(e.IDs, other.IDs...)
	e.Offsets = append(e.Offsets, other.Offsets...)
	e.Types = append(e.Types, slices.Repeat([]int8{typ}, len(other.IDs))...)
}

func (e *Encoding) addSpecial(id int32, typ int8) {
	e.add(Encoding{IDs: []int32{id}, Offsets: [][2]int{{}}}, typ)
}
