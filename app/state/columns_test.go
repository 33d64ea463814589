package state

import (
	"slices"
	"testing"

	"reviewlens/app/message"
)

func TestRoles(t *testing.T) {
	c := message.Columns{Text: 2, Title: 1, Stars: -1, Date: -1, Product: 0}
	// the title becomes the text: a role has one column, a column one role
	c = SetRole(c, 1, "text")
	if !c.Equal(message.Columns{Text: 1, Title: -1, Stars: -1, Date: -1, Product: 0}) {
		t.Errorf("columns = %+v", c)
	}
	if c = SetRole(c, 0, ""); Role(c, 0) != "" || Role(c, 1) != "text" || Role(c, 2) != "" {
		t.Errorf("columns = %+v", c)
	}
}

// The columns in use lead until the file is read with other columns.
func TestLeading(t *testing.T) {
	s := State{}
	for _, tt := range []struct {
		header  []string
		columns message.Columns
		want    []int
	}{
		{[]string{"when", "user", "note"},
			message.Columns{Text: 2, Title: -1, Stars: -1, Date: 0, Product: -1, ID: -1},
			[]int{2, 0}},
		{[]string{"when", "user", "note"},
			message.Columns{Text: 2, Title: 1, Stars: -1, Date: -1, Product: -1, ID: -1},
			[]int{2, 0}},
		{[]string{"when;user;note"},
			message.Columns{Text: 0, Title: -1, Stars: -1, Date: -1, Product: 4, ID: -1}, []int{0}},
	} {
		s.takePreview(&message.Preview{Header: tt.header, Columns: tt.columns})
		if !slices.Equal(s.Leading, tt.want) {
			t.Errorf("of %v, %v lead, want %v", tt.header, s.Leading, tt.want)
		}
	}
}

// A second text is a role of its own, and becomes the text if there is no other.
func TestSecondText(t *testing.T) {
	c := message.Columns{Text: 2, Title: -1, Stars: -1, Date: -1, Product: -1, ID: -1}
	c = SetRole(c, 0, "second")
	if c.Text != 2 || c.Second != 1 || Role(c, 0) != "second" || Role(c, 2) != "text" {
		t.Errorf("columns = %+v", c)
	}
	if c := SetRole(c, 0, ""); c.Second != 0 || c.Text != 2 {
		t.Errorf("dropped: %+v", c)
	}
	if c := SetRole(c, 0, "title"); c.Second != 0 || c.Title != 0 {
		t.Errorf("a title: %+v", c)
	}
	if c := SetRole(c, 2, ""); c.Text != 0 || c.Second != 0 {
		t.Errorf("the first dropped: %+v", c)
	}
	if c := SetRole(c, 2, "second"); c.Text != 0 || c.Second != 3 {
		t.Errorf("turned round: %+v", c)
	}
}
