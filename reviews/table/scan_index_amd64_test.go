package table

import (
	"bytes"
	"fmt"
	"io"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"

	"reviewlens/reviews"
)

// sameIndexed compares reading in pieces with an index, of either kind, to reading at once without
// one.
func sameIndexed(t *testing.T, data []byte, d Dialect, size int) {
	t.Helper()
	if hasAVX512 {
		hasAVX512 = false
		sameIndexed(t, data, d, size)
		hasAVX512 = true
	}
	result := func(i int) reviews.Result {
		return reviews.Result{Score: reviews.Score{Positive: 0.5, Sentiment: reviews.Unsure}, Windows: i}
	}
	all := func(indexed bool, r io.Reader) (rows [][]string, records []Record) {
		defer func(can bool) { canIndex = can }(canIndex)
		canIndex = indexed
		reader := NewReader(r, d)
		if indexed {
			reader.s.index = new(index) // from the first byte on
		}
		for {
			rec, err := reader.Read()
			if err != nil {
				return rows, records
			}
			var row []string
			for _, f := range rec.Fields {
				row = append(row, string(f))
			}
			rec.Fields = nil
			rows, records = append(rows, row), append(records, rec)
		}
	}
	rows, records := all(false, bytes.NewReader(data))
	got, facts := all(true, &pieces{data, size})
	if !slices.EqualFunc(rows, got, slices.Equal) || !reflect.DeepEqual(records, facts) {
		t.Fatalf("%+v, %d bytes a read, %q:\nindexed %q %+v\nwant %q %+v", d, size, data, got, facts, rows, records)
	}
	var out [2]bytes.Buffer
	for i, indexed := range []bool{false, true} {
		can := canIndex
		canIndex = indexed
		err := Annotate(&out[i], &pieces{data, size}, d, Output{EscapeFormulas: true}, result)
		canIndex = can
		if err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(out[0].Bytes(), out[1].Bytes()) {
		t.Fatalf("%+v, %d bytes a read, %q: annotated with an index %q, want %q", d, size, data, &out[1], &out[0])
	}
}

// For any bytes, however they arrive, an index does not change the result.
func TestIndexChangesNothing(t *testing.T) {
	if !canIndex {
		t.Skip("needs a processor with AVX2")
	}
	rng := rand.New(rand.NewSource(3))
	parts := []string{"a", "good kettle", ",", ",", ":", ";", "\t", "\n", "\n", "\r\n", "\r", `"`, `""`, "\",", ",\"", "\"\n\"", "é", "\xff", " ", "x,\"y \"\"z\"\"\nw\",1\n", strings.Repeat("long ", 40), "a,b\n\"c,d\",e\n"}
	for i := range 1_000 {
		var b []byte
		few := parts[rng.Intn(len(parts)):] // so that some files lack what ends records or closes quotes
		for range rng.Intn(1 + rng.Intn(120)) {
			b = append(b, few[rng.Intn(len(few))]...)
		}
		sameIndexed(t, b, dialects[i%len(dialects)], 1+rng.Intn(1+rng.Intn(1000)))
	}
	for _, name := range []string{"reviews", "plain", "quotes", "accents"} {
		data := benchmarkData()[name]
		for _, d := range dialects[:5] {
			sameIndexed(t, data[:1<<20], d, 1<<20)
			sameIndexed(t, bytes.ReplaceAll(data[:1<<20], []byte("\n"), []byte("\r\n")), d, 10_000)
		}
		for range 30 { // something is out of order now and then
			b := slices.Clone(data[:100_000])
			for range rng.Intn(20) {
				b[rng.Intn(len(b))] = "\",\n\r\xff"[rng.Intn(5)]
			}
			sameIndexed(t, b, comma, 1+rng.Intn(1<<16))
		}
	}
	var wide bytes.Buffer // more fields than an index holds
	for i := range 50_000 {
		fmt.Fprintf(&wide, "%s,", strings.Repeat("x", i%3))
	}
	sameIndexed(t, append(bytes.Repeat([]byte(",,,\n"), 9_000), wide.Bytes()...), comma, 1<<20)
}

func FuzzIndexChangesNothing(f *testing.F) {
	if !canIndex {
		f.Skip("needs a processor with AVX2")
	}
	for i, test := range tables {
		f.Add([]byte(test.in), uint8(i), uint16(i))
	}
	f.Fuzz(func(t *testing.T, in []byte, which uint8, size uint16) {
		if len(in) > 1<<14 {
			return
		}
		d := dialects[int(which)%len(dialects)]
		sameIndexed(t, bytes.Repeat(in, 1+200/(1+len(in))), d, 1+int(size))
		sameIndexed(t, append(bytes.Repeat([]byte("x,\"y\"\n"), int(which)), in...), d, 1+int(size))
	})
}

func TestUndouble(t *testing.T) {
	if !hasAVX512 {
		t.Skip("needs a processor with AVX-512 VBMI2")
	}
	for n := range 300 {
		in := []byte(strings.Repeat("x", n%70) + strings.Repeat(`""`, n/7%40) + strings.Repeat(`y""`, n/3%30) + strings.Repeat("z", n))
		dst := make([]byte, len(in)+64)
		if len(in) == 0 {
			continue
		}
		if got, want := dst[:undoubleAVX512(&dst[0], &in[0], len(in))], appendUndoubled(nil, in); !bytes.Equal(got, want) {
			t.Fatalf("%q becomes %q, want %q", in, got, want)
		}
	}
}
