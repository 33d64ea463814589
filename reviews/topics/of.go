package topics

import "reviewlens/reviews/aspects"

// Of returns the counted mentions of a text, by its fingerprint, without probabilities; nil for a
// text that is not counted.
func (c *Counter) Of(fingerprint uint64) (mentions []aspects.Mention) {
	if len(c.slots) == 0 {
		return nil
	}
	n := c.slots[c.slot(fingerprint)]
	if n == 0 {
		return nil
	}
	for _, m := range c.of(c.texts[n-1]) {
		f, start := c.forms[m.form], int(m.start)
		mentions = append(mentions, aspects.Mention{Start: start, End: start + int(m.size),
			Term: f.term, Aspect: f.aspect, Polarity: m.polarity, Context: m.context})
	}
	return mentions
}

// of returns the mentions of a text.
func (c *Counter) of(t text) []mention { return c.mentions[t.first:][:t.mentions] }
