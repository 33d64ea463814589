package paired

import (
	"math/rand/v2"
	"slices"
	"testing"

	"reviewlens/reviews"
)

func TestMoved(t *testing.T) {
	pair := func(a, b float64) Pair {
		return Pair{A: reviews.Score{Positive: a}, B: reviews.Score{Positive: b}}
	}
	// two rows have the same move, one up and one down
	var rows []int
	for i := range 100 {
		rows = append(rows, i)
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(rows), func(i, j int) {
		rows[i], rows[j] = rows[j], rows[i]
	})
	var m Moved[int]
	made := 0
	for _, row := range rows {
		by := float64(row/2) / 100
		p := pair(0.5, 0.5+by)
		if row%2 > 0 {
			p = pair(0.5+by, 0.5)
		}
		m.Add(row, p, func() int { made++; return row })
	}
	var want []int
	for i := 98; len(want) < MaxMoved; i -= 2 {
		want = append(want, i, i+1)
	}
	if got := m.Values(); !slices.Equal(got, want) {
		t.Errorf("Moved = %v, want %v", got, want)
	}
	if made == len(rows) {
		t.Error("all texts were made")
	}
	m = Moved[int]{}
	m.Add(0, pair(0.5, 0.5), func() int { return 0 })
	if got := m.Values(); got == nil || len(got) > 0 {
		t.Errorf("without a move: %v", got)
	}
}
