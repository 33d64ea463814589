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

// Rows are the results of a Table's rows in a binary form for storage. The file begins with "RVP1"
// and the 12 characters of the model's ID. A row is 24 bytes, little-endian: the fingerprint of its
// windows (2 u64, 0 without a text), the probability (f32), the number of windows (u16), the
// sentiment (u8), and a byte that holds in bit 0 whether the text was cut and from bit 1 on why it
// is unread (text.UnreadReason). The file ends with the CRC-32C of everything before it.
//
// With FindTopics the file begins with "RVP2", and each row is followed by its number of spans (u8;
// 0 for a text equal to that of an earlier row) and 6 bytes for each span (aspects.Packed): first
// (u16), window, tokens, polarity, probability (u8).
const (
	rowsMagic = "RVP1"
	spanMagic = "RVP2"
	spanBytes = 6
	rowsHead  = len(rowsMagic) + 12
	rowBytes  = 24
)

// AppendRows appends the encoded rows to dst. Score must have returned.
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
		s.Sentiment = t.rows[r.firstRow].sentiment()
		fingerprint := fingerprints[r.firstRow]
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

// DropFingerprints frees the fingerprints of texts, two thirds of a Table's memory. Rows can still
// be read afterwards, but not appended or reported on. Score must have returned.
func (t *Table) DropFingerprints() { t.first = nil }

// fingerprints returns the fingerprint of each row that is the first of equal texts, else zeros.
func (t *Table) fingerprints() []batch.Fingerprint {
	out := make([]batch.Fingerprint, len(t.rows))
	for fingerprint, row := range t.first {
		out[row] = fingerprint
	}
	return out
}

// Assembly builds one Table from the rows of several that scored the parts of a file elsewhere. Add
// and MarkFailed must be called in the order of the file.
type Assembly struct{ t *Table }

// NewAssembly returns an empty Assembly. It uses the engine's model only and scores nothing.
func NewAssembly(e Engine, f *File) *Assembly {
	t := NewTable(e, f, 0, nil)
	t.starts = []int{0}
	return &Assembly{t}
}

// FindTopics calls Table.FindTopics. The added rows must have been scored with topics as well.
func (a *Assembly) FindTopics(enable bool, own topics.Scheme) error {
	return a.t.FindTopics(enable, own)
}

// Add adds rows encoded by AppendRows and returns their number. A text equal to an earlier one gets
// the earlier score.
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
			firstRow: index, windows: binary.LittleEndian.Uint16(b[20:]),
			unread: text.UnreadReason(b[23] >> 1), flags: b[23] & cut,
		}
		now.setScore(math.Float32frombits(binary.LittleEndian.Uint32(b[16:])),
			reviews.Sentiment(b[22]))
		if fingerprint := (batch.Fingerprint{binary.LittleEndian.Uint64(b),
			binary.LittleEndian.Uint64(b[8:])}); fingerprint != (batch.Fingerprint{}) {
			if first, ok := t.first[fingerprint]; ok {
				now.firstRow = first
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

// MarkFailed adds rows that could not be scored.
func (a *Assembly) MarkFailed(rows int) {
	for range rows {
		a.t.rows = append(a.t.rows, row{firstRow: int32(len(a.t.rows)), flags: final | lost})
		a.t.spans.addRow()
	}
}

// Table returns the Table in its state after Score.
func (a *Assembly) Table() *Table {
	a.t.whole = true
	return a.t
}
