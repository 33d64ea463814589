package topics

import (
	"iter"

	"reviewlens/reviews/aspects"
)

// Of are the mentions of a text, by its fingerprint, that are of a topic of the list, each with its
// index into Topics, in the order in which they were counted.
func (r *Result) Of(fingerprint uint64) iter.Seq2[int, Mention] {
	return func(yield func(int, Mention) bool) {
		c := r.counter
		if len(c.slots) == 0 {
			return
		}
		n := c.slots[c.slot(fingerprint)]
		if n == 0 {
			return
		}
		t := c.texts[n-1]
		for _, m := range c.of(t) {
			topic := int(r.groups[m.form])
			if topic >= 0 && m.context&aspects.Other == 0 && !yield(topic, mentionOf(t, &m)) {
				return
			}
		}
	}
}
