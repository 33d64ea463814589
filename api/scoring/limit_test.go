package scoring

import (
	"errors"
	"strings"
	"testing"
)

func TestLimitWriter(t *testing.T) {
	var b strings.Builder
	full := errors.New("full")
	w := LimitWriter(&b, 5, full)
	for _, tt := range []struct {
		in   string
		n    int
		want error
	}{{"abc", 3, nil}, {"de", 2, nil}, {"", 0, nil}, {"f", 0, full}, {"", 0, full}} {
		if n, err := w.Write([]byte(tt.in)); n != tt.n || err != tt.want {
			t.Errorf("%q: %d, %v; want %d, %v", tt.in, n, err, tt.n, tt.want)
		}
	}
	if b.String() != "abcde" {
		t.Errorf("written: %q", b.String())
	}
}
