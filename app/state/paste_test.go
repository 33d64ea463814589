package state

import "testing"

func TestLooksLikeTable(t *testing.T) {
	for text, want := range map[string]bool{
		"stars\treview\n5\tFine":                  true,
		"stars,review\n5,Fine\n1,\"Bad, really\"": true,
		"a;b\n1;2\n": true,
		"Fine.":      false,
		"Quick, quiet, cheap.\nI like it, and so does my sister.":       false,
		"Pros, cons\nIt is quick.\nIt is quiet.\nIt leaks.":             false,
		"It boils fast.\n\nIt is quiet, easy to clean, and looks good.": false,
		"": false,
	} {
		if got := LooksLikeTable(text); got != want {
			t.Errorf("LooksLikeTable(%q) = %v", text, got)
		}
	}
}
