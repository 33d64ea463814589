package table

import (
	"bytes"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"reviewlens/reviews"
)

// maxWork is the maximum number of times that a reader may examine each byte.
const maxWork = 20

// worked reads a file that arrives in pieces and returns the number of bytes examined, except those
// of records that were found at once.
func worked(t testing.TB, in []byte, d Dialect) int64 {
	t.Helper()
	r := NewReader(&pieces{in, 50_000}, d)
	for {
		if _, err := r.Read(); err != nil { // the end, or a header of too many columns
			break
		}
	}
	n := r.s.work
	if r.inner != nil {
		n += r.inner.work
	}
	return n
}

// pieces is a source whose reads return at most size bytes.
type pieces struct {
	rest []byte
	size int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.size)], p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

var dialects = []Dialect{
	{Delimiter: ',', Quoted: true},
	{Delimiter: '\t'},
	{Delimiter: ':', Quoted: true, Header: true},
	{Quoted: true},
	{Encoding: Windows1252, Delimiter: ';', Quoted: true},
	{Encoding: UTF16LE, Delimiter: ',', Quoted: true},
	{Delimiter: ',', Quoted: true, DoubleEncoded: true},
	{Delimiter: '"', Quoted: true},
	{Delimiter: ',', Quoted: true, Backslash: true, Width: 2},
	{Delimiter: ',', Quoted: true, Quote: 'a', Spaced: true, Width: 4},
	{Delimiter: ',', Quoted: true, Surplus: 1, Width: 2},
}

// nasty are files, given by their beginning, a repeated block and their end, that make a reader
// look far ahead in vain.
var nasty = []struct{ name, begin, block, end string }{
	{"quotes that open and never close, on one line", "id,review\n1,good one\n2,\"a,", `"a,`, "\n3,good one\n"},
	{"with empty quotes between", "h,h\n\"a,", `"",`, "\n"},
	{"with empty quotes and open ones", "h,h\n\"a,", `"","b,`, "\n"},
	{"with spaces", "h,h\n\"a,", `"b" x,`, "\n"},
	{"with many quotes", "h,h\n\"a,", `"""""",`, "\n"},
	{"one in every line", "h,h\n", "\"a,1\n", ""},
	{"two in every line", "h,h\n", "\"a,\"b\n", ""},
	{"one in every line, closed at the end", "h,h\n", "\"a,1\n", "\"z\",1\n"},
	{"one in every line, closed beyond the end", "h,h\n", "\"a,1\n", "\"z\"x,1\n"},
	{"in order between the first and the last quote", "h,h\n\"z,\"a\n", "b\",\"c\n", "d\"x\n"},
	{"in order, but closed in the end", "h,h\n\"z,\"a\n", "b\",\"c\n", "d\",\"x\"y\"\n"},
	{"one at the beginning, and no other", "h,h\n\"a,1\n", "some text,1\n", ""},
	{"line ends in one quote", "h,h\n\"", "a,1\n", "\",2\n"},
	{"quotes that are not doubled", "h,h\n", "\"a \"b\" c\",1\n", ""},
	{"rows that quotes join to too many fields", "0", "b\",b,\"\"c\n", "d\",\"x\"y\"\n"},
	{"rows that quotes join in order", "h,h,h,h\n", "x,a\",\"b,c\n", ""},
	{"rows that quotes join, closed in the end", "h,h,h,h\n", "x,a\",\"b,c\n", "x,a\",b,c\n"},
	{"pairs of rows that quotes join", "h,h,h,h\n", "x,\"a,b,c\nx,b\",\"b\",c\nx,b,c,d\n", ""},
	{"rows that a quote joins, of which each looks like one", "0", ",\"\"c\n", "d\"\ny\"\"\"x,"},
	{"lost delimiters", "h,h\n", "x\"a\"\"b\",c,d\n", ""},
	{"backslashes", "h,h\n\"", `\\\\\"`, "\n"},
	{"only quotes", "", `"`, ""},
	{"only delimiters", "h,h\n", ",", "\n1,2\n"},
	{"only CR", "h,h\n", "\r", "\n1,2\n"},
	{"quotes and CR", "h,h\n", "\"\r", "\n1,2\n"},
	{"a long row", "h,h\n1,", "x", "\n1,2\n"},
	{"an object of many members", "{", `"a":1,`, "\"b\":2}\n"},
}

func TestReaderWorkIsLinear(t *testing.T) {
	for _, tt := range nasty {
		for _, n := range []int{1 << 12, 1 << 18} {
			in := []byte(tt.begin + strings.Repeat(tt.block, n/len(tt.block)) + tt.end)
			for _, d := range dialects {
				if got, most := worked(t, in, d), int64(maxWork*len(in)); got > most {
					t.Errorf("%s: %d bytes read as %+v were looked at %.1f times each, want %d at most", tt.name, len(in), d, float64(got)/float64(len(in)), maxWork)
				}
			}
		}
	}
}

func FuzzReaderWork(f *testing.F) {
	for i, tt := range nasty {
		f.Add([]byte(tt.begin), []byte(tt.block), []byte(tt.end), uint8(i))
	}
	f.Fuzz(func(t *testing.T, begin, block, end []byte, which uint8) {
		if len(begin)+len(block)+len(end) > 1<<12 || len(block) == 0 {
			return
		}
		in := append(append(begin, bytes.Repeat(block, 1<<16/len(block))...), end...)
		d := dialects[int(which)%len(dialects)]
		if got := worked(t, in, d); got > int64(maxWork*len(in)) {
			t.Errorf("%d bytes read as %+v were looked at %.1f times each, want %d at most", len(in), d, float64(got)/float64(len(in)), maxWork)
		}
	})
}

// A row with too many fields is an error in its place, a header with too many one of the file.
func TestReaderTooManyFields(t *testing.T) {
	for name, tt := range map[string]struct {
		before string
		fields string
	}{
		"plain":  {"a,b\n", strings.Repeat("x,", MaxColumns)},
		"quoted": {"a,b\n", strings.Repeat(`"x",`, MaxColumns)},
		"stray":  {"a,b\n", strings.Repeat(`"x"y",`, MaxColumns)},
		"torn":   {"a,b\n", `"x"` + strings.Repeat(`,"x`, MaxColumns)},
		"empty":  {"a,b\n", strings.Repeat(",", 2<<20)},
		"first":  {"", strings.Repeat(",", 2<<20)},
	} {
		t.Run(name, func(t *testing.T) {
			rows, records := read(t, strings.NewReader(tt.before+tt.fields+"\n1,2\n3,4\n"), comma)
			at := strings.Count(tt.before, "\n")
			if len(rows) != at+3 {
				t.Fatalf("%d records, want %d", len(rows), at+3)
			}
			if e := records[at].Err; e == nil || !strings.Contains(e.Detail, "fields; a row can have 10,000") {
				t.Errorf("the error of the row is %v", e)
			}
			if row := rows[at+2]; len(row) != 2 || row[0] != "3" || records[at+2].Repaired != "" {
				t.Errorf("a row behind it is %q, %+v", row, records[at+2])
			}
			d := comma
			d.Header = true
			_, err := NewReader(strings.NewReader(tt.fields+"\n1,2\n"), d).Header()
			if e, ok := err.(*Error); !ok || !strings.Contains(e.Detail, "columns; a table can have 10,000") {
				t.Errorf("as a header: %v", err)
			}
			var out bytes.Buffer
			err = Annotate(&out, strings.NewReader(tt.before+tt.fields+"\n1,2\n"),
				comma, Output{}, func(int) reviews.Result { return reviews.Result{} })
			if want := tt.before; err != nil || !strings.HasSuffix(out.String(), "\n1,2,,,\n") || out.Len() > len(tt.fields)+40 {
				t.Errorf("annotated: %v, %d bytes from %d", err, out.Len(), len(want)+len(tt.fields))
			}
		})
	}
	within, records := read(t, strings.NewReader("a\n"+strings.Repeat(",", MaxColumns-1)+"\n"), comma)
	if len(within[1]) != MaxColumns || records[1].Err != nil {
		t.Errorf("%d fields, %+v; want %d, no error", len(within[1]), records[1], MaxColumns)
	}
}

// The guesses read a sample some twenty times, with readers whose work is bounded above, and use
// memory linear in its size.
func TestSniffMemoryIsLinear(t *testing.T) {
	const most = 200 // times the sample
	for _, tt := range nasty {
		in := []byte(tt.begin + strings.Repeat(tt.block, SniffBytes/len(tt.block)) + tt.end)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if d, err := Sniff(in, true); err == nil {
			rows, _ := read(t, bytes.NewReader(in), d)
			GuessColumns(nil, rows[:min(len(rows), 100)])
		}
		runtime.ReadMemStats(&after)
		t.Logf("%s: %d times", tt.name, (after.TotalAlloc-before.TotalAlloc)/uint64(len(in)))
		if got := after.TotalAlloc - before.TotalAlloc; got > uint64(most*len(in)) {
			t.Errorf("%s: %d bytes of memory for %d of file", tt.name, got, len(in))
		}
	}
}

// Column names are normalized once each, not once for each name that they are compared with.
func TestGuessColumnsOfManyNames(t *testing.T) {
	header := make([]string, MaxColumns)
	for i := range header {
		header[i] = "Column No. " + strconv.Itoa(i)
	}
	header[MaxColumns-1] = "Review"
	if n := testing.AllocsPerRun(1, func() {
		if c, _ := GuessColumns(header, nil); c.Text != MaxColumns-1 {
			t.Errorf("the text is column %d", c.Text)
		}
	}); n > 10*MaxColumns {
		t.Errorf("%g allocations for %d columns", n, MaxColumns)
	}
}

// A file that is too wide fails as a whole, rather than being read as lines of text.
func TestSniffTooManyColumns(t *testing.T) {
	for _, in := range []string{
		"review" + strings.Repeat(",a", 2*MaxColumns) + "\nx y z w" + strings.Repeat(",b", 2*MaxColumns) + "\n",
		strings.Repeat("\t", 300_000),
	} {
		sample := in[:min(len(in), SniffBytes)]
		d, err := Sniff([]byte(sample), len(sample) == len(in))
		if err != nil {
			t.Fatal(err)
		}
		_, err = NewReader(strings.NewReader(in), d).Header()
		if e, ok := err.(*Error); !ok || !strings.Contains(e.Detail, "a table can have 10,000") {
			t.Errorf("%+v: %v", d, err)
		}
	}
}
