package reviews

import (
	"fmt"
	"strings"
	"testing"
)

func TestProducts(t *testing.T) {
	var p Products
	for _, tt := range []struct {
		cell string
		want uint16
	}{{"kettle", 1}, {"", 0}, {" \t", 0}, {" kettle ", 1}, {"Kettle", 2}, {strings.Repeat("ä", 150), 3}} {
		if got := p.Number([]byte(tt.cell)); got != tt.want {
			t.Errorf("Number(%q) = %d, want %d", tt.cell, got, tt.want)
		}
	}
	if want := strings.Repeat("ä", 100) + "…"; p.Names[2] != want {
		t.Errorf("a long name is kept as %q", p.Names[2])
	}
	for i := range MaxProducts + 5 {
		p.Number(fmt.Appendf(nil, "number %d", i))
	}
	if n := p.Number([]byte("one more")); int(n) != len(p.Names) || n != MaxProducts+1 ||
		p.Names[n-1] != "All others" {
		t.Errorf("beyond the last, number %d of %d is %q", n, len(p.Names), p.Names[n-1])
	}
}

// Long names are distinguished by all of their bytes, and the memory for them is bounded.
func TestLongProducts(t *testing.T) {
	var p Products
	cell := []byte(strings.Repeat("k", 100_000))
	for i := range 1000 {
		copy(cell[len(cell)-8:], fmt.Sprintf("%08d", i))
		for range 2 {
			if n := p.Number(cell); int(n) != i+1 {
				t.Fatalf("the cell that ends with %d is number %d", i, n)
			}
		}
	}
	kept := cap(p.key)
	for i, name := range p.Names {
		kept += len(name)
		if len(name) > MaxProductBytes+len("…") {
			t.Fatalf("the name of %d has %d bytes", i+1, len(name))
		}
	}
	for key := range p.numbers {
		kept += len(key)
	}
	if most := 500 * len(p.Names); kept > most {
		t.Errorf("%d products take %d bytes, want at most %d", len(p.Names), kept, most)
	}
}
