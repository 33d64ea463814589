package table

import "slices"

// Choice is a text by which a file can be analysed: one of its columns, or several that are read as
// one text.
type Choice struct {
	Label   string // name of the column, or of the columns together
	Columns Columns
}

// Choices returns the texts by which a file can be analysed, if it has several, like surveys with
// several open questions: each column of free text, in the order of the file; praise and complaint
// together, if there are both; and all together. They are determined from the first rows, and
// include the current text. Other roles are unchanged.
func (r *Reading) Choices() (choices []Choice) {
	g := newGuesser(r.Header, r.Head)
	texts := r.freeTexts(g.profiles)
	if len(texts) < 2 {
		return nil
	}
	var sets [][]int
	for i := range texts {
		sets = append(sets, texts[i:i+1])
	}
	if p, _, ok := findPair(r.Header, g.profiles, len(g.rows)); ok &&
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

// chosen reports whether columns are already one of the choices.
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

// freeTexts returns the columns that are read as the text, and other columns that people filled in
// with their own words: not chosen from a list, said to them, or added by an export.
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

// isFreeText reports whether cells are texts of several words each that rarely repeat, under a name
// that does not contradict it.
func (f *profile) isFreeText() bool {
	const fewest = 3 // cells
	return f.filled >= fewest && f.isText() && f.perCell() >= 3 && 2*f.distinct > f.filled &&
		!f.asks() && f.answers*2 < f.filled && !f.name.translated &&
		(f.name.text >= 0 || f.name.polarity != 0)
}
