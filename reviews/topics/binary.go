package topics

import (
	"encoding/binary"
	"errors"
	"fmt"

	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
)

// stateVersion is the first byte of a written state.
const stateVersion = 1

// AppendBinary appends the state, from which UnmarshalBinary makes an equal counter:
//
//	version  byte, 1
//	level    byte, of sampling
//	forms    uvarint; each: uvarint and bytes of the term, uvarint and bytes of the aspect
//	texts    uvarint, by fingerprint; each: fingerprint 8 bytes (little-endian), row, day, product
//	         (uvarints), sentiment byte, mentions byte; each of these: form, start, size (uvarints),
//	         polarity byte, context byte
//
// Forms are numbered by their first use in the texts. The error is nil.
func (c *Counter) AppendBinary(b []byte) ([]byte, error) {
	texts := c.sorted()
	numbers := make([]uint32, len(c.forms)) // written number of each form, plus one
	var order []uint32
	for _, t := range texts {
		for _, m := range c.of(t) {
			if numbers[m.form] == 0 {
				order = append(order, m.form)
				numbers[m.form] = uint32(len(order))
			}
		}
	}
	b = append(b, stateVersion, byte(c.level))
	b = binary.AppendUvarint(b, uint64(len(order)))
	for _, n := range order {
		for _, s := range [2]string{c.forms[n].term, c.forms[n].aspect} {
			b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(texts)))
	for _, t := range texts {
		b = binary.LittleEndian.AppendUint64(b, t.fingerprint)
		b = binary.AppendUvarint(b, uint64(t.row))
		b = binary.AppendUvarint(b, uint64(t.day))
		b = binary.AppendUvarint(b, uint64(t.product))
		b = append(b, byte(t.sentiment), t.mentions)
		for _, m := range c.of(t) {
			b = binary.AppendUvarint(b, uint64(numbers[m.form]-1))
			b = binary.AppendUvarint(b, uint64(m.start))
			b = binary.AppendUvarint(b, uint64(m.size))
			b = append(b, byte(m.polarity), byte(m.context))
		}
	}
	return b, nil
}

// of returns the mentions of a text.
func (c *Counter) of(t text) []mention { return c.mentions[t.first:][:t.mentions] }

// UnmarshalBinary replaces the counter with the written one. It uses no more memory than a few
// times that of data, for any data. After an error the counter is empty.
func (c *Counter) UnmarshalBinary(data []byte) (err error) {
	r := reader{data: data}
	*c = Counter{limits: c.limits}
	defer func() {
		if err != nil {
			*c = Counter{limits: c.limits}
			err = fmt.Errorf("topics: state of %d bytes: %w at byte %d", len(data), err, r.at)
		}
	}()
	if v := r.byte(); v != stateVersion && r.err == nil {
		return fmt.Errorf("version %d is not %d, the one that is read here", v, stateVersion)
	}
	c.level = r.number(mostLevels, "level")
	forms := r.number(roomTerms/termCost, "number of terms")
	for i := range forms {
		f := form{r.string(), r.string()}
		if r.err != nil {
			return r.err
		}
		if f.term == "" || c.number(f) != uint32(i) {
			return errors.New("a term is empty or repeated")
		}
	}
	last := uint64(0)
	for i := range r.number(roomTexts, "number of texts") {
		t := text{fingerprint: r.fingerprint(), row: uint32(r.number(1<<32-1, "row")),
			day: reviews.Day(r.number(1<<16-1, "day")), product: uint16(r.number(1<<16-1,
				"product")),
			sentiment: reviews.Sentiment(r.byte()), mentions: r.byte(),
			first: uint32(len(c.mentions))}
		switch {
		case r.err != nil:
			return r.err
		case i > 0 && t.fingerprint <= last, levelOf(t.fingerprint) < c.level:
			return errors.New("a text is out of order")
		case t.sentiment == reviews.None || t.sentiment > reviews.Unsure,
			t.mentions > mostMentions:
			return errors.New("a text has a sentiment or mentions that there are not")
		}
		last = t.fingerprint
		for range t.mentions {
			m := mention{form: uint32(r.number(forms-1, "term")),
				start: uint32(r.number(mostTextBytes, "start")),
				size:  uint16(r.number(1<<16-1, "size")), polarity: aspects.Polarity(r.byte()),
				context: aspects.Context(r.byte())}
			if r.err != nil {
				return r.err
			}
			if m.polarity > aspects.Neutral {
				return errors.New("a mention has a polarity that there is not")
			}
			c.mentions = append(c.mentions, m)
		}
		c.texts = append(c.texts, t)
	}
	switch {
	case r.err != nil:
		return r.err
	case len(r.data) > 0:
		return errors.New("there is more behind the last text")
	}
	size := 1 << 10
	for size < 2*(len(c.texts)+1) {
		size *= 2
	}
	c.index(size)
	if c.full() {
		c.makeRoom()
	}
	return nil
}

// reader reads a state; the first error is kept.
type reader struct {
	data []byte // the rest
	at   int    // position of its first byte in the whole
	err  error
}

var errShort = errors.New("it ends too early")

func (r *reader) take(n int) []byte {
	if r.err == nil && n > len(r.data) {
		r.err = errShort
	}
	if r.err != nil {
		return nil
	}
	b := r.data[:n]
	r.data, r.at = r.data[n:], r.at+n
	return b
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) fingerprint() uint64 {
	if b := r.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// number reads a uvarint of at most most.
func (r *reader) number(most int, what string) int {
	if r.err != nil {
		return 0
	}
	v, n := binary.Uvarint(r.data)
	switch {
	case n <= 0:
		r.err = errShort
		return 0
	case most < 0 || v > uint64(most):
		r.err = fmt.Errorf("the %s %d is above %d", what, v, max(most, 0))
		return 0
	}
	r.take(n)
	return int(v)
}

func (r *reader) string() string { return string(r.take(r.number(longestTerm, "size of a term"))) }
