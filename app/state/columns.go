package state

import "reviewlens/app/message"

// Groupable are the columns that the reviews can be grouped by. Dates have a chart of their own.
func (s *State) Groupable() (out []int) {
	if s.Preview == nil {
		return nil
	}
	for _, i := range s.Preview.Groups {
		c := s.Preview.Columns
		text := i == c.Text || i == c.Second-1 || i == c.Title
		if !text && i != c.Date && i < len(s.Preview.Header) {
			out = append(out, i)
		}
	}
	return out
}

// SetRole gives column a role ("text", "second", "title", "stars", "date", "product", "id"; ""
// takes it away) and returns the columns as they then are. A role has one column at most; a second
// text without a first is the text.
func SetRole(c message.Columns, column int, role string) message.Columns {
	before := c
	for name, at := range map[string]*int{"text": &c.Text, "title": &c.Title, "stars": &c.Stars,
		"date": &c.Date, "product": &c.Product, "id": &c.ID} {
		if *at == column {
			*at = -1
		}
		if name == role {
			*at = column
		}
	}
	if c.Second == column+1 {
		c.Second = 0
	}
	if role == "second" {
		c.Second = column + 1
	}
	if c.Text < 0 && c.Second > 0 {
		c.Text, c.Second = c.Second-1, 0
		if role == "second" && before.Second > 0 { // the two change places
			c.Text, c.Second = before.Second-1, column+1
		}
	}
	return c
}

// Role is the role of column.
func Role(c message.Columns, column int) string {
	switch column {
	case c.Text:
		return "text"
	case c.Second - 1:
		return "second"
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
	return ""
}
