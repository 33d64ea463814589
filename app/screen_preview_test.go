package app

import (
	"slices"
	"testing"

	"reviewlens/app/message"
)

// The columns in use lead, and each column with a role is shown, also of a wide file.
func TestColumnsShown(t *testing.T) {
	p := &message.Preview{Header: make([]string, 40),
		Columns: message.Columns{Text: 37, Title: -1, Stars: 31, Date: 5, Product: 20, ID: -1}}
	want := []int{37, 31, 5, 0, 1, 2, 3, 4, 6, 7, 8, 20}
	if got := columnsShown(p, []int{37, 31, 5}); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	p.Header = p.Header[:3]
	p.Columns = message.Columns{Text: 1, Title: -1, Stars: -1, Date: -1, Product: -1, ID: -1}
	if got := columnsShown(p, []int{2}); !slices.Equal(got, []int{2, 0, 1}) {
		t.Errorf("%v of a narrow file", got)
	}
}
