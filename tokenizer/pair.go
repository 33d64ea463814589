package tokenizer

import "slices"

// EncodePair is Encode for one text or, if pair is not nil, for two: with special, [CLS] text [SEP]
// or [CLS] text [SEP] pair [SEP], as in the reference; without it the pieces alone. Offsets are
// within the text of a piece, as given by Types. Those of [CLS] and [SEP] are 0, 0.
func (t *Tokenizer) EncodePair(text, pair []byte, special bool) Encoding {
	var e Encoding
	if special {
		e.addSpecial(t.cls, 0)
	}
	e.add(t.Encode(text), 0)
	if special {
		e.addSpecial(t.sep, 0)
	}
	if pair == nil {
		return e
	}
	e.add(t.Encode(pair), 1)
	if special {
		e.addSpecial(t.sep, 1)
	}
	return e
}

func (e *Encoding) add(other Encoding, typ int8) {
	e.IDs = append(e.IDs, other.IDs...)
	e.Offsets = append(e.Offsets, other.Offsets...)
	e.Types = append(e.Types, slices.Repeat([]int8{typ}, len(other.IDs))...)
}

func (e *Encoding) addSpecial(id int32, typ int8) {
	e.add(Encoding{IDs: []int32{id}, Offsets: [][2]int{{}}}, typ)
}
