package table

import "testing"

// The rival of a sheet is one with the same columns rather than one that also looks like reviews.
func TestSheetsRival(t *testing.T) {
	var s Sheets
	s.Add("Summary", []byte("Product,Comment\nKettle,It sells very well\nLamp,It is sold out\n"+
		"Mug,It does not sell\n"), true)
	s.Add("Jan", []byte("Review,Rating\nI love it so much,5\nIt broke at once,1\nSo so,3\n"+
		"It is fine,4\n"), true)
	s.Add("Feb", []byte("Review,Rating\nIt broke after a day,1\n"), true)
	if s.Best != "Jan" || s.Rival != "Feb" || len(s.Others) != 2 {
		t.Errorf("the best is %q, its rival %q, others %q", s.Best, s.Rival, s.Others)
	}
}
