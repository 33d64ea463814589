package state

import (
	"slices"

	"reviewlens/app/message"
)

// Groupable returns the columns that reviews can be grouped by. Stars and dates have charts and
// filters of their own.
func (s *State) Groupable() (out []int) {
	if s.Preview == nil {
		return nil
	}
	for _, i := range s.Preview.Groups {
		c := s.Preview.Columns
		text := slices.Contains(c.Texts(), i) || i == c.Title
		if !text && i != c.Stars && i != c.Date && i < len(s.Preview.Header) {
			out = append(out, i)
		}
	}
	return out
}

// SetRole gives column a role ("text", "second", "title", "stars", "date", "product", "id"; ""
// removes it) and returns the resulting columns. A role has one column at most; a second text
// without a first becomes the text. Further parts of a text are second texts, too.
func SetRole(c message.Columns, column int, role string) message.Columns {
	texts := c.Texts()
	for name, at := range map[string]*int{"title": &c.Title, "stars": &c.Stars,
		"date": &c.Date, "product": &c.Product, "id": &c.ID} {
		if *at == column {
			*at = -1
		}
		if name == role {
			*at = column
		}
	}
	two := len(texts) == 2 && !slices.Contains(texts, column)
	texts = slices.DeleteFunc(texts, func(i int) bool { return i == column })
	switch {
	case role == "text" && c.Text >= 0 && c.Text != column: // replaces it
		texts[0] = column
	case role == "text":
		texts = slices.Insert(texts, 0, column)
	case role == "second" && two: // replaces the second
		texts[1] = column
	case role == "second":
		texts = append(texts, column)
	}
	c.SetTexts(texts)
	return c
}

// Role returns the role of column.
func Role(c message.Columns, column int) string {
	switch column {
	case c.Text:
		return "text"
	case c.Title:
		return "title"
	case c.Stars:
		return "stars"
	case c.Date:
		return "date"
	case c.Product:
		return "product"
	case c.ID:
		return "id"
	}
	if slices.Contains(c.Texts(), column) {
		return "second"
	}
	return ""
}

// leading returns the columns of a preview with a role, that of the texts first.
func leading(p *message.Preview) (columns []int) {
	c := p.Columns
	for _, i := range append(c.Texts(), c.Title, c.Stars, c.Date, c.Product, c.ID) {
		if i >= 0 && i < len(p.Header) {
			columns = append(columns, i)
		}
	}
	return columns
}
