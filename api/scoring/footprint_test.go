package scoring

import (
	"context"
	"fmt"
	"hash/maphash"
	"io"
	"runtime"
	"strings"
	"testing"

	"reviewlens/api/model"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
)

// hashing is an engine whose token IDs are made of a text's hash, so that a million rows are quick.
type hashing struct {
	*fake
	seed maphash.Seed
}

func (e hashing) Windows(dst [][]int32, text []byte) ([][]int32, bool, error) {
	if len(text) == 0 {
		return nil, false, nil
	}
	sum := maphash.Bytes(e.seed, text)
	return append(dst, []int32{int32(sum), int32(sum >> 32)}), false, nil
}

func (e hashing) Score(_ context.Context, texts [][][]int32) ([]reviews.Score, error) {
	return make([]reviews.Score, len(texts)), nil
}

// hashedTags finds two aspects in each text.
type hashedTags struct{ hashing }

func (e hashedTags) Aspects(_ context.Context, texts [][][]int32) ([][]aspects.Span, error) {
	found := make([][]aspects.Span, len(texts))
	for i := range found {
		found[i] = []aspects.Span{{First: 1, Tokens: 1}, {First: 2, Tokens: 1}}
	}
	return found, nil
}

// The spans of rows are counted, too, and so is what topics take: a fingerprint of each row.
func TestFootprintOfTopics(t *testing.T) {
	const rows = 1 << 17
	var file strings.Builder
	file.WriteString("review\n")
	for i := range rows {
		fmt.Fprintf(&file, "bass %d\n", i)
	}
	f, err := Open(t.Context(), strings.NewReader(file.String()), "1", "-")
	if err != nil {
		t.Fatal(err)
	}
	e := newFake(t)
	m := *e.model
	m.Aspects = &model.Aspects{}
	before := heap()
	tab := NewTable(hashedTags{hashing{&fake{model: &m}, maphash.MakeSeed()}}, f, 0, nil)
	if err := tab.Ask(Asked{Topics: true}); err != nil {
		t.Fatal(err)
	}
	if err := tab.Score(t.Context()); err != nil {
		t.Fatal(err)
	}
	fingerprints := tab.fingerprints()
	if retained := heap() - before; retained > tab.Bytes()+tableMemory {
		t.Errorf("%d rows retain %d bytes, more than the %d estimated", rows, retained, tab.Bytes())
	}
	runtime.KeepAlive(fingerprints)
	if spans := tab.spans.bytes(); spans < rows*(5+2*spanBytes) || spans > 2*rows*(5+2*spanBytes) {
		t.Errorf("the spans of %d rows take %d bytes", rows, spans)
	}
}

// What a Table retains of each row is below what Footprint says, whatever the rows are: without a
// text, equal, distinct, or no records at all.
func TestFootprint(t *testing.T) {
	const rows = 1 << 18
	numbers := &strings.Builder{}
	for i := range rows {
		for n := i + rows; n > 0; n >>= 4 {
			numbers.WriteByte("0123456789abcdef"[n&15])
		}
		numbers.WriteByte('\n')
	}
	for _, tt := range []struct{ name, file string }{
		{"empty", "id,review\n1,good one here\n" + strings.Repeat(",\n", rows)},
		{"equal", "review\n" + strings.Repeat("a\n", rows)},
		{"distinct", "review\n" + numbers.String()},
		{"no objects", strings.Repeat("{\"review\":\"good one here\"}\n", 3000) +
			strings.Repeat("[\n", rows)},
		{"mended", "id,review\n1,good one here\n" + strings.Repeat("x,y,z\n", rows)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Open(t.Context(), strings.NewReader(tt.file), "1", "-")
			if err != nil {
				t.Fatal(err)
			}
			before := heap()
			tab := NewTable(hashing{newFake(t), maphash.MakeSeed()}, f, 0, nil)
			if err := tab.Score(t.Context()); err != nil {
				t.Fatal(err)
			}
			retained := heap() - before
			n := tab.Summary().Rows
			t.Logf("%d rows retain %d bytes each, estimated %d; %d", n, retained/int64(n),
				tab.Bytes()/int64(n), len(tab.first))
			if n < rows || retained > tab.Bytes()+tableMemory {
				t.Errorf("%d rows retain %d bytes, more than the %d estimated", n, retained,
					tab.Bytes())
			}
			known := Footprint(int64(len(tt.file)), n, 0, 2)
			unknown := Footprint(int64(len(tt.file)), -1, 0, 2)
			if retained > known || known > unknown {
				t.Errorf("%d bytes retained, %d estimated by rows, %d without: want them in "+
					"this order", retained, known, unknown)
			}
			if got := Footprint(int64(len(tt.file)), -1, 10, 2); got >= unknown {
				t.Errorf("a limit of 10 rows does not matter: %d", got)
			}
			// the table is alive until here
			if err := tab.Annotate(t.Context(), io.Discard, false); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
