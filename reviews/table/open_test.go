package table

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

// A day above 12 that comes late decides the order of dates, and a ten the scale, in a file that is
// read whole and in one that is sampled.
func TestOpenJudgesTheWholeFile(t *testing.T) {
	for _, filler := range []int{10, 2000} {
		var b bytes.Buffer
		b.WriteString("date,rating,review\n")
		for i := range 3000 {
			day, rating := 1+i/250, 1+i%5
			if i > 2500 {
				day, rating = 14, 10
			}
			fmt.Fprintf(&b, "%02d/03/2024,%d,\"A kettle,\nnumber %d %s\"\n", day, rating, i,
				strings.Repeat("x", filler))
		}
		source := &countedSource{Reader: bytes.NewReader(b.Bytes())}
		r, err := Open(t.Context(), source, source.Size(), Asked{})
		if err != nil {
			t.Fatal(err)
		}
		if !r.Dates.DayFirst || !r.DateEvidence.Sure() || r.Scale.Best() != 10 {
			t.Errorf("%d bytes: %+v, %+v, best %v", b.Len(), r.Dates, r.DateEvidence,
				r.Scale.Best())
		}
		if most := int64(3 << 20); source.read > most {
			t.Errorf("%d of %d bytes read, want at most %d", source.read, b.Len(), most)
		}
		want := `Reviews from "review", stars from "rating" (1 to 10), dates from "date", day first.`
		if got := r.Sentence(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		asked, err := Open(t.Context(), source, source.Size(),
			Asked{StarsOf: 20, Order: MonthFirst})
		if err != nil || asked.Scale.Best() != 20 || asked.Dates.DayFirst {
			t.Errorf("asked: %+v, %v", asked, err)
		}
	}
}

type countedSource struct {
	*bytes.Reader
	read int64
}

func (c *countedSource) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.Reader.ReadAt(p, off)
	c.read += int64(n)
	return n, err
}

func TestFindings(t *testing.T) {
	file := "date,rating,review\nsoon,05-May,Works\n2024-01-02,5,NULL\n2024-01-03,,Works\n,04-May,Works\n"
	r, err := Open(t.Context(), strings.NewReader(file), int64(len(file)), Asked{Stars: "rating"})
	if err != nil {
		t.Fatal(err)
	}
	var f Findings
	if err := each(NewReader(strings.NewReader(file), r.Dialect),
		func(rec Record) { f.AddFacts(r, rec) }); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`2 of 3 ratings were not understood, the first in row 1: "05-May"`,
		`1 of 3 dates were not understood, the first in row 1: "soon"`,
	}
	if got := f.Doubts(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestSizeOf(t *testing.T) {
	for _, size := range []int{0, 1, 2, 3, 1000, 1 << 16} {
		source := struct{ io.ReaderAt }{bytes.NewReader(make([]byte, size))}
		if got, err := SizeOf(source); got != int64(size) || err != nil {
			t.Errorf("SizeOf = %d, %v, want %d", got, err, size)
		}
	}
}

func TestSentenceSaysWhatIsLeftOut(t *testing.T) {
	file := "Export of June\nMade today\nid,rating,review\n" +
		strings.Repeat("7,5,It works as it should\n8,1,It broke on the second day\n", 4) +
		"Total,3.0,\n"
	r, err := Open(t.Context(), strings.NewReader(file), int64(len(file)), Asked{})
	if err != nil {
		t.Fatal(err)
	}
	want := `Reviews from "review", stars from "rating" (1 to 5); ` +
		"left out: the 2 lines above the table, what is below the table."
	if got := r.Sentence(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
