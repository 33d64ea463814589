package batch

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestWindows(t *testing.T) {
	const cls, sep = 101, 102
	settings := Settings{Size: 6, Max: 3} // 4 pieces a window
	w := func(pieces ...int32) []int32 { return append(append([]int32{cls}, pieces...), sep) }
	tests := []struct {
		name   string
		pieces int // 0, 1, 2 ...
		want   [][]int32
		cut    bool
	}{
		{"nothing", 0, nil, false},
		{"one piece", 1, [][]int32{w(0)}, false},
		{"exactly one window", 4, [][]int32{w(0, 1, 2, 3)}, false},
		{"one more", 5, [][]int32{w(0, 1), w(2, 3, 4)}, false},
		{"exactly two", 8, [][]int32{w(0, 1, 2, 3), w(4, 5, 6, 7)}, false},
		{"one more than two", 9, [][]int32{w(0, 1, 2), w(3, 4, 5), w(6, 7, 8)}, false},
		{"exactly three", 12, [][]int32{w(0, 1, 2, 3), w(4, 5, 6, 7), w(8, 9, 10, 11)}, false},
		{"cut", 13, [][]int32{w(0, 1, 2, 3), w(4, 5, 6, 7), w(8, 9, 10, 11)}, true},
		{"cut far", 1000, [][]int32{w(0, 1, 2, 3), w(4, 5, 6, 7), w(8, 9, 10, 11)}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			pieces := make([]int32, test.pieces)
			for i := range pieces {
				pieces[i] = int32(i)
			}
			before := [][]int32{w(7)}
			got, cut := settings.Windows(before, pieces, cls, sep)
			if !reflect.DeepEqual(got[0], w(7)) ||
				!slices.EqualFunc(got[1:], test.want, slices.Equal) || cut != test.cut {
				t.Errorf("Windows of %d pieces = %v, %v, want %v, %v", test.pieces, got[1:], cut,
					test.want, test.cut)
			}
			for i, n := range settings.Lengths(test.pieces) {
				if i >= len(test.want) || n != len(test.want[i]) {
					t.Errorf("%d pieces: Lengths = %v", test.pieces, settings.Lengths(test.pieces))
				}
			}
			if n := len(settings.Lengths(test.pieces)); n != len(test.want) {
				t.Errorf("Lengths of %d pieces are %d, want %d", test.pieces, n, len(test.want))
			}
			// a caller that appends to one window must not write over the next
			for i := range got[1:] {
				_ = append(got[1+i], -1)
			}
			if !slices.EqualFunc(got[1:], test.want, slices.Equal) {
				t.Errorf("windows share memory behind their ends: %v", got[1:])
			}
		})
	}
}

// FuzzWindows checks that the concatenated windows are the pieces; there are as few as possible, of
// even length.
func FuzzWindows(f *testing.F) {
	f.Add(uint16(600), uint8(128), uint8(32))
	f.Fuzz(func(t *testing.T, n uint16, size, most uint8) {
		s := Settings{int(size), int(most)}
		if s.Check() != nil {
			return
		}
		pieces := make([]int32, n)
		for i := range pieces {
			pieces[i] = int32(i)
		}
		windows, cut := s.Windows(nil, pieces, -1, -2)
		var joined []int32
		longest, shortest := 0, s.Size
		for i, w := range windows {
			if len(w) > s.Size || w[0] != -1 || w[len(w)-1] != -2 {
				t.Fatalf("%v: window %d is %v", s, i, w)
			}
			joined = append(joined, w[1:len(w)-1]...)
			longest, shortest = max(longest, len(w)), min(shortest, len(w))
		}
		if !slices.Equal(joined, pieces[:len(joined)]) || cut != (len(joined) < len(pieces)) ||
			cut && len(windows) != s.Max {
			t.Fatalf("%v: %d pieces come back as %d, cut %v, in %d windows", s, n, len(joined), cut,
				len(windows))
		}
		if n > 0 && (longest-shortest > 1 || (len(windows)-1)*(s.Size-2) >= len(joined)) {
			t.Fatalf("%v: %d pieces in %d windows of %d to %d", s, n, len(windows),
				shortest, longest)
		}
	})
}

func TestCheck(t *testing.T) {
	for _, test := range []struct {
		settings Settings
		want     string
	}{
		{Settings{128, 32}, ""},
		{Settings{3, 1}, ""},
		{Settings{512, 1}, ""},
		{Settings{2, 1}, "window size 2; want 3"},
		{Settings{1 << 16, 1}, "window size 65536"},
		{Settings{128, 0}, "at most 0 windows"},
	} {
		err := test.settings.Check()
		if test.want == "" && err != nil || test.want != "" &&
			(err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%v.Check() = %v, want %q", test.settings, err, test.want)
		}
	}
}

func TestPrint(t *testing.T) {
	// Fixed: the browser and the server, and runs kept from yesterday, must agree.
	if got, want := FingerprintOf([][]int32{{101, 2307, 102}}), (Fingerprint{0xcd6c78e5a6611db2,
		0x867789d5aea368b7}); got != want {
		t.Errorf("Print = %#x, want %#x", got, want)
	}
	texts := [][][]int32{
		nil, {{}}, {{}, {}}, {{0}}, {{0, 0}}, {{0}, {0}}, {{0, 0}, {}}, {{}, {0, 0}}, {{1, 2}},
		{{2, 1}}, {{1}, {2}}, {{-1}}, {{1 << 30}},
	}
	for i := range int32(50000) {
		texts = append(texts, [][]int32{{101, i, 102}}, [][]int32{{101, i, 7, 102}},
			[][]int32{{101, 7, i, 102}, {i}})
	}
	seen := map[uint64]int{}
	for i, text := range texts {
		for half, h := range FingerprintOf(text) {
			if j, ok := seen[h]; ok && !slices.EqualFunc(texts[j], text, slices.Equal) {
				t.Fatalf("half %d of the fingerprints of %v and %v is the same", half,
					texts[j], text)
			}
			seen[h] = i
		}
	}
}
