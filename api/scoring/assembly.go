package scoring

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"reviewlens/reviews"
	"reviewlens/reviews/text"
	"reviewlens/reviews/topics"
	"reviewlens/tokenizer/batch"
)

// Rows are what became of a Table's rows, in a form to be kept: the file begins with "RVP1" and the
// 12 characters of the model's id. A row is 24 bytes, little-endian: the fingerprint of its windows
// (2 u64, 0 without a text), the probability (f32), the number of windows (u16), the sentiment
// (u8), and a byte: whether the text was cut, and from bit 1 on why it is unread (text.Unread). The
// CRC-32C of all that ends it.
//
// With FindTopics it begins with "RVP2", and a row is followed by its number of spans (u8), 0 for a
// text that an earlier row has, and 6 bytes of each (aspects.Packed): first (u16), window, tokens,
// polarity, probability (u8).
const (
	rowsMagic = "RVP1"
	spanMagic = "RVP2"
	spanBytes = 6
	rowsHead  = len(rowsMagic) + 12
	rowBytes  = 24
)

// AppendRows appends the rows, once Score has returned.
func (t *Table) AppendRows(dst []byte) []byte {
	fingerprints := t.fingerprints()
	from := len(dst)
	magic := rowsMagic
	if t.findTopics {
		magic = spanMagic
	}
	dst = append(append(dst, magic...), t.engine.Model().Manifest.ID...)
	for i, r := range t.rows {
		s := t.at(i)
		s.Sentiment = t.rows[r.same].sentiment()
		fingerprint := fingerprints[r.same]
		dst = binary.LittleEndian.AppendUint64(dst, fingerprint[0])
		dst = binary.LittleEndian.AppendUint64(dst, fingerprint[1])
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(s.Positive)))
		dst = binary.LittleEndian.AppendUint16(dst, uint16(s.Windows))
		dst = append(dst, byte(s.Sentiment), r.flags&cut|uint8(r.unread)<<1)
		if t.findTopics {
			dst = t.spans.append(dst, int32(i))
		}
	}
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[from:], castagnoli))
}

// DropFingerprints frees the fingerprints of texts, which take two thirds of a Table's memory. Rows
// can still be read afterwards, but not appended or reported on. Score must have returned.
func (t *Table) DropFingerprints() { t.first = nil }

// fingerprints returns one of the tokens for each row that is the first of equal texts; no others.
func (t *Table) fingerprints() []batch.Fingerprint {
	out := make([]batch.Fingerprint, len(t.rows))
	for fingerprint, row := range t.first {
		out[row] = fingerprint
	}
	return out
}

// Assembly makes one Table of the rows of many, which scored a file's parts elsewhere: Add and
// MarkFailed are called in the file's order.
type Assembly struct{ t *Table }

// NewAssembly begins one. The engine is asked for its model, not for scores.
func NewAssembly(e Engine, f *File) *Assembly {
	t := NewTable(e, f, 0, nil)
	t.starts = []int{0}
	return &Assembly{t}
}

// FindTopics is Table's. The rows that are added must have been asked for topics as well.
func (a *Assembly) FindTopics(asked bool, own topics.Scheme) error {
	return a.t.FindTopics(asked, own)
}

// Add takes what AppendRows gave, and tells how many rows that are. A text that came before has the
// score of then.
func (a *Assembly) Add(part []byte) (rows int, err error) {
	end := len(part) - crc32.Size
	magic := rowsMagic
	if a.t.findTopics {
		magic = spanMagic
	}
	switch {
	case end < rowsHead || string(part[:len(magic)]) != magic:
		return 0, fmt.Errorf("these are no scored rows of the kind %s, or not all of them", magic)
	case crc32.Checksum(part[:end], castagnoli) != binary.LittleEndian.Uint32(part[end:]):
		return 0, errors.New("the scored rows are damaged: their checksum differs")
	case string(part[len(rowsMagic):rowsHead]) != a.t.engine.Model().Manifest.ID:
		return 0, fmt.Errorf("the rows have scores of model %s, not of %s",
			part[len(rowsMagic):rowsHead], a.t.engine.Model().Manifest.ID)
	}
	t := a.t
	for b := part[rowsHead:end]; len(b) > 0; b = b[rowBytes:] {
		if len(b) < rowBytes {
			return 0, errors.New("the last of the scored rows is not whole")
		}
		index := int32(len(t.rows))
		now := row{
			same: index, windows: binary.LittleEndian.Uint16(b[20:]),
			unread: text.Unread(b[23] >> 1), flags: b[23] & cut,
		}
		now.setScore(math.Float32frombits(binary.LittleEndian.Uint32(b[16:])),
			reviews.Sentiment(b[22]))
		if fingerprint := (batch.Fingerprint{binary.LittleEndian.Uint64(b),
			binary.LittleEndian.Uint64(b[8:])}); fingerprint != (batch.Fingerprint{}) {
			if first, ok := t.first[fingerprint]; ok {
				now.same = first
			} else {
				t.first[fingerprint] = index
			}
		}
		t.rows = append(t.rows, now)
		rows++
		if !t.findTopics {
			continue
		}
		var taken int
		if taken, err = t.spans.read(b[rowBytes:]); err != nil {
			return 0, err
		}
		b = b[taken:]
	}
	return rows, nil
}

// MarkFailed adds rows whose scores could not be had.
func (a *Assembly) MarkFailed(rows int) {
	for range rows {
		a.t.rows = append(a.t.rows, row{same: int32(len(a.t.rows)), flags: final | lost})
		a.t.spans.addRow()
	}
}

// Table is as after Score.
func (a *Assembly) Table() *Table {
	a.t.whole = true
	return a.t
}
