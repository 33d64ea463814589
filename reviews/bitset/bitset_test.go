package bitset

import "testing"

func TestSet(t *testing.T) {
	for _, n := range []int{1, 64, 65, 200} {
		s := New(n)
		for i := range n {
			if s.Has(i) || !s.Add(i) || s.Add(i) || !s.Has(i) {
				t.Errorf("of %d, %d is not new once", n, i)
			}
			if i+1 < n && s.Has(i+1) {
				t.Errorf("of %d, adding %d adds %d", n, i, i+1)
			}
		}
	}
	if !Set(nil).Has(7) {
		t.Error("the nil set lacks 7")
	}
}
