package table

import "slices"

// Choice is a text that a file can be analysed by: one of its columns, or several that are read as
// one text.
type Choice struct {
	Label   string // the column's name, or what the columns are together
	Columns Columns
}

// Choices are the texts that a file can be analysed by, where it has several, as surveys with
// several open questions have: each column of free text, in the order of the file; praise and
// complaint together, where there are both; and all together. They are those of the first rows. The
// text that is read is one of them. Other roles stay as they are.
func (r *Reading) Choices() (choices []Choice) {
	g := newGuesser(r.Header, r.Head)
	texts := r.freeTexts(g.facts)
	if len(texts) < 2 {
		return nil
	}
	var sets [][]int
	for i := range texts {
		sets = append(sets, texts[i:i+1])
	}
	if p, _, ok := findPair(r.Header, g.facts, len(g.rows)); ok &&
		slices.Contains(texts, p.first) && slices.Contains(texts, p.second) {
		sets = append(sets, []int{p.first, p.second})
	}
	for _, set := range append(sets, r.Columns.Texts(), texts) {
		if len(set) > 0 && !chosen(choices, set) {
			choices = append(choices, r.choice(set, len(set) == len(texts)))
		}
	}
	return choices
}

// chosen reports whether columns are one of the choices.
func chosen(choices []Choice, columns []int) bool {
	for i := range choices {
		if slices.Equal(choices[i].Columns.Texts(), columns) {
			return true
		}
	}
	return false
}

// choice returns the choice of columns, which may be all of the texts.
func (r *Reading) choice(columns []int, all bool) Choice {
	c := Choice{Columns: r.Columns}
	c.Columns.SetTexts(columns)
	if all && len(columns) > 2 {
		c.Label = "all " + group(len(columns)) + " together"
		return c
	}
	for n, i := range columns {
		if n > 0 {
			c.Label += " + "
		}
		c.Label += r.label(i)
	}
	return c
}

// freeTexts are the columns that are read as the text, and those that people filled with words of
// their own beside it: not what they chose from a list, not what was said to them, not what an
// export adds.
func (r *Reading) freeTexts(facts []profile) (texts []int) {
	c := &r.Columns
	for i := range facts {
		f := &facts[i]
		if c.IsText(i) || i != c.Title && i != c.Stars && i != c.Date && i != c.Product &&
			i != c.ID && f.isFreeText() {
			texts = append(texts, i)
		}
	}
	return texts
}

// isFreeText reports whether cells are texts of several words each that hardly repeat, under a name
// that says nothing against it.
func (f *profile) isFreeText() bool {
	const fewest = 3 // cells
	return f.filled >= fewest && f.isText() && f.perCell() >= 3 && 2*f.distinct > f.filled &&
		!f.asks() && f.answers*2 < f.filled && !f.name.translated &&
		(f.name.text >= 0 || f.name.polarity != 0)
}
