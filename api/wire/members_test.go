package wire

import "testing"

func TestRepeatedMember(t *testing.T) {
	for _, tt := range []struct {
		body, exact, folded string
	}{
		{`{"a": 1, "b": [1, {"a": 2}], "c": {"a": "a"}}`, "", ""},
		{`{"a": 1, "A": 2}`, "", "A"},
		{`{"a": "x\"", "b": 1, "a" : 2}`, "a", "a"},
		{`{"a": 1, "\u0061": 2}`, "a", "a"},
		{`[{"a": 1}, {"a": 2}]`, "", ""},
		{`[{"a": {"b": 1, "b": 1}}]`, "b", "b"},
		{`["a", "a"]`, "", ""},
		{`{"a:": "a", "b": "a:", "a": ":"}`, "", ""},
		{`"a"`, "", ""},
		{``, "", ""},
	} {
		if got := RepeatedMember([]byte(tt.body), false); got != tt.exact {
			t.Errorf("%s: %q, want %q", tt.body, got, tt.exact)
		}
		if got := RepeatedMember([]byte(tt.body), true); got != tt.folded {
			t.Errorf("%s, folded: %q, want %q", tt.body, got, tt.folded)
		}
	}
}
