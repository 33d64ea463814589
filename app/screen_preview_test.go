package app

import (
	"slices"
	"testing"

	"reviewlens/app/message"
)

// Of a wide file, each column with a role is shown, in the order of the file.
func TestColumnsShown(t *testing.T) {
	p := &message.Preview{Header: make([]string, 40),
		Columns: message.Columns{Text: 37, Title: -1, Stars: 31, Date: 5, Product: 20}}
	want := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 20, 31, 37}
	if got := columnsShown(p); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	p.Header = p.Header[:3]
	p.Columns = message.Columns{Text: 2, Title: -1, Stars: -1, Date: -1, Product: -1}
	if got := columnsShown(p); !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("%v of a narrow file", got)
	}
}
