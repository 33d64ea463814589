package state

import "testing"

// What is certainly a table is opened as one; what may be one, or a review that begins with a short
// line, is left to the reader.
func TestLooksLikeTable(t *testing.T) {
	for text, want := range map[string]struct{ looks, may bool }{
		"stars\treview\n5\tFine":                           {true, true},
		"stars,review\n5,Fine\n1,\"Bad, really\"":          {true, true},
		"product,review\nKettle,It boils fast\nLamp,Dim":   {true, true},
		"Name;Text\nAnna;Gut, leise\nBert;\"Laut; teuer\"": {true, true},
		"a;b\n1;2\n":                                      {true, true},
		"stars | review\n5 | Fine, and quiet":             {true, true},
		"stars, review\n5, Fine\n1, Bad":                  {false, true},
		"Good sound, nice case\nBattery is weak, though":  {false, true},
		"Quick; quiet\nBut it leaks; so does my sister's": {false, true},
		"Fine.": {false, false},
		"Quick, quiet, cheap.\nI like it, and so does my sister.":       {false, false},
		"Pros, cons\nIt is quick.\nIt is quiet.\nIt leaks.":             {false, false},
		"It boils fast.\n\nIt is quiet, easy to clean, and looks good.": {false, false},
		"": {false, false},
	} {
		if got := LooksLikeTable(text); got != want.looks {
			t.Errorf("LooksLikeTable(%q) = %v", text, got)
		}
		if got := MayBeTable(text); got != want.may {
			t.Errorf("MayBeTable(%q) = %v", text, got)
		}
	}
}
