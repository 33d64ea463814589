package topics

import "iter"

// part returns a counter of the texts of some rows, given in the order of the file; a text has the
// values of the first of its rows. It shares the forms and mentions of c, and is read-only.
func (c *Counter) part(rows iter.Seq[Text]) *Counter {
	p := &Counter{forms: c.forms, numbers: c.numbers, mentions: c.mentions, level: c.level}
	if len(c.slots) == 0 {
		return p
	}
	taken := make([]bool, len(c.texts))
	for r := range rows {
		n := c.slots[c.slot(r.Fingerprint)]
		if n == 0 || taken[n-1] {
			continue
		}
		taken[n-1] = true
		t := c.texts[n-1]
		t.row, t.day, t.product = uint32(max(r.Row, 0)), r.Day, uint16(r.Product)
		p.texts = append(p.texts, t)
	}
	return p
}
