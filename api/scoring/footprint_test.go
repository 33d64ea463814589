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
	"reviewlens/reviews/table"
)

// fixed is the memory of a Table without rows: buffers of a reader and a writer, and three chunks
// of token IDs.
const fixed = 2 << 20

// hashing is an engine that derives token IDs from a text's hash, so that a million rows are fast.
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

// hashedTags is an engine that finds two aspects in each text.
type hashedTags struct{ hashing }

func (e hashedTags) Aspects(_ context.Context, texts [][][]int32) ([][]aspects.Span, error) {
	found := make([][]aspects.Span, len(texts))
	for i := range found {
		found[i] = []aspects.Span{{First: 1, Tokens: 1}, {First: 2, Tokens: 1}}
	}
	return found, nil
}

// The spans of rows are counted, too, as is a fingerprint per row for topics.
func TestFootprintOfTopics(t *testing.T) {
	const rows = 1 << 17
	var file strings.Builder
	file.WriteString("review\n")
	for i := range rows {
		fmt.Fprintf(&file, "bass %d\n", i)
	}
	f, err := Open(t.Context(), strings.NewReader(file.String()),
		table.Options{Text: "1", Title: "-"})
	if err != nil {
		t.Fatal(err)
	}
	e := newFake(t)
	m := *e.model
	m.Aspects = &model.Aspects{}
	before := heap()
	tab := NewTable(hashedTags{hashing{&fake{model: &m}, maphash.MakeSeed()}}, f, 0, nil)
	if err := tab.Enable(Extras{Topics: true}); err != nil {
		t.Fatal(err)
	}
	if err := tab.Score(t.Context()); err != nil {
		t.Fatal(err)
	}
	fingerprints := tab.fingerprints()
	most := int64(rows*(RowMemory+2*(5+2*spanBytes)) + fixed) // a slice of spans may double
	if retained := heap() - before; retained > most {
		t.Errorf("%d rows retain %d bytes, more than the %d estimated", rows, retained, most)
	}
	runtime.KeepAlive(fingerprints)
}

// A Table retains less than RowMemory per row, whatever the rows are: without a text, equal,
// distinct, or malformed.
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
		{"repaired", "id,review\n1,good one here\n" + strings.Repeat("x,y,z\n", rows)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Open(t.Context(), strings.NewReader(tt.file),
				table.Options{Text: "1", Title: "-"})
			if err != nil {
				t.Fatal(err)
			}
			before := heap()
			tab := NewTable(hashing{newFake(t), maphash.MakeSeed()}, f, 0, nil)
			if err := tab.Score(t.Context()); err != nil {
				t.Fatal(err)
			}
			retained := heap() - before
			n := int64(tab.Summary().Rows)
			t.Logf("%d rows retain %d bytes each, of %d texts", n, retained/n, len(tab.first))
			if most := n*RowMemory + fixed; n < rows || retained > most {
				t.Errorf("%d rows retain %d bytes, more than the %d estimated", n, retained, most)
			}
			tab.DropFingerprints()
			retained = heap() - before
			if most := n*ScoredRowMemory + fixed; retained > most {
				t.Errorf("%d rows retain %d bytes without fingerprints, more than the %d "+
					"estimated", n, retained, most)
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
