package main

import "testing"

func TestShellWord(t *testing.T) {
	for word, want := range map[string]string{
		"q7f-2_a.b":             "q7f-2_a.b",
		"https://host:8000/a":   "https://host:8000/a",
		"":                      "''",
		"a; rm -rf ~":           "'a; rm -rf ~'",
		"it's":                  `'it'\''s'`,
		"http://host/?a=1&b=$x": "'http://host/?a=1&b=$x'",
	} {
		if got := shellWord(word); got != want {
			t.Errorf("shellWord(%q) = %s, want %s", word, got, want)
		}
	}
}
