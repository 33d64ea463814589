package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"reviewlens/reviews"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// byTurns returns a score, none, and another score, repeatedly.
func byTurns(index int) reviews.Result {
	switch index % 3 {
	case 0:
		return reviews.Result{Score: reviews.Score{Positive: 0.97318, Sentiment: reviews.Positive}, Windows: 1}
	case 1:
		return reviews.Result{}
	}
	return reviews.Result{Score: reviews.Score{Positive: 0.00004, Sentiment: reviews.Negative}, Windows: 12}
}

func annotate(t testing.TB, in string, d Dialect) string {
	t.Helper()
	var out strings.Builder
	if err := Annotate(&out, strings.NewReader(in), d, Output{}, byTurns); err != nil {
		t.Fatalf("Annotate(%q) = %v", in, err)
	}
	return out.String()
}

var annotations = []struct{ name, in, want string }{
	{"plain", "id,text\n1,a\n2,b\n3,c\n", "id,text,sentiment,positive,windows\n1,a,positive,0.9732,1\n2,b,,,\n3,c,negative,0.0000,12\n"},
	{"no final newline", "id,text\n1,a", "id,text,sentiment,positive,windows\n1,a,positive,0.9732,1"},
	{"CRLF and CR stay", "id,text\r\n1,a\r2,b\n", "id,text,sentiment,positive,windows\r\n1,a,positive,0.9732,1\r2,b,,,\n"},
	{"quoting stays", "\"id\",\"text\"\n1,\"a\nb \"\"c\"\"\" \n", "\"id\",\"text\",sentiment,positive,windows\n1,\"a\nb \"\"c\"\"\" ,positive,0.9732,1\n"},
	{"empty lines stay", "\nid,text\n\n1,a\n\n\n2,b\n\n", "\nid,text,sentiment,positive,windows\n\n1,a,positive,0.9732,1\n\n\n2,b,,,\n\n"},
	{"a name is taken", "text,positive\na,1\n", "text,positive,sentiment_2,positive_2,windows_2\na,1,positive,0.9732,1\n"},
	{"twice", "windows_2,sentiment\na,1\n", "windows_2,sentiment,sentiment_3,positive_3,windows_3\na,1,positive,0.9732,1\n"},
	{"fewer fields", "a,b,c\n1\n", "a,b,c,sentiment,positive,windows\n1,,,positive,0.9732,1\n"},
	{"more fields", "a,b\n1,2,3\n", "a,b,sentiment,positive,windows\n1,2,positive,0.9732,1,3\n"},
	{"more fields, quoted", "a,b\n1,\"2\",\"3\n\",\n",
		"a,b,sentiment,positive,windows\n1,\"2\",positive,0.9732,1,\"3\n\",\n"},
	{"more fields, repaired", "a,b\n1,\"x\"y,3\n",
		"a,b,sentiment,positive,windows\n1,\"\"\"x\"\"y\",positive,0.9732,1,3\n"},
	{"a torn quote", "a,b\n1,\"x\n2,y\n", "a,b,sentiment,positive,windows\n1,\"\"\"x\",positive,0.9732,1\n2,y,,,\n"},
	{"a stray quote", "a,b\n1,\"x \"y\" z\"\n", "a,b,sentiment,positive,windows\n1,\"x \"\"y\"\" z\",positive,0.9732,1\n"},
	{"invalid UTF-8 stays", "a,b\n1,\xff\xfe\n", "a,b,sentiment,positive,windows\n1,\xff\xfe,positive,0.9732,1\n"},
	{"a header and no rows", "a,b\n", "a,b,sentiment,positive,windows\n"},
}

func TestAnnotate(t *testing.T) {
	d := Dialect{Encoding: UTF8, Delimiter: ',', Quoted: true, Header: true}
	for _, tt := range annotations {
		if got := annotate(t, tt.in, d); got != tt.want {
			t.Errorf("%s:\n%q, want\n%q", tt.name, got, tt.want)
		}
	}
	if got := annotate(t, "", d); got != "" {
		t.Errorf("of nothing comes %q", got)
	}
	d.BOM = true
	if got := annotate(t, "\ufeff"+annotations[0].in, d); got != "\ufeff"+annotations[0].want {
		t.Errorf("BOM: %q", got)
	}
	in := "\ufeff\ufeff" + annotations[0].in
	if got := annotate(t, in, d); got != "\ufeff\ufeff"+annotations[0].want {
		t.Errorf("two BOMs: %q", got)
	}
}

func TestAnnotateEncodings(t *testing.T) {
	for name, e := range map[string]interface {
		String(string) (string, error)
	}{
		UTF16LE: unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder(),
		UTF16BE: unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder(),
		GBK:     simplifiedchinese.GBK.NewEncoder(),
	} {
		const in, want = "编号,评论\n1,\"好, 很好\"\n", "编号,评论,sentiment,positive,windows\n1,\"好, 很好\",positive,0.9732,1\n"
		d := Dialect{Encoding: name, Delimiter: ',', Quoted: true, Header: true}
		if got := annotate(t, must(e.String(in)), d); got != must(e.String(want)) {
			t.Errorf("%s: %q, want %q", name, got, must(e.String(want)))
		}
	}
}

func TestAnnotateOneFieldALine(t *testing.T) {
	d := Dialect{Encoding: UTF8, Quoted: true}
	in, want := "Good, cheap\nplain\nsays \"no\"\n", "\"Good, cheap\",positive,0.9732,1\nplain,,,\n\"says \"\"no\"\"\",negative,0.0000,12\n"
	if got := annotate(t, in, d); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAnnotateRecordTooLarge(t *testing.T) {
	d := Dialect{Encoding: UTF8, Delimiter: ',', Quoted: true, Header: true}
	large := "1," + strings.Repeat("x", MaxRecord)
	got := annotate(t, "a,b\n"+large+"\n2,y\n", d)
	if want := "a,b,sentiment,positive,windows\n" + large + ",positive,0.9732,1\n2,y,,,\n"; got != want {
		t.Errorf("%d bytes that end in %q, want %d", len(got), got[max(0, len(got)-60):], len(want))
	}
}

func TestAnnotateErrors(t *testing.T) {
	d := Dialect{Encoding: UTF8, Delimiter: ',', Quoted: true, Header: true}
	broken := errors.New("disk full")
	err := Annotate(failing{broken}, strings.NewReader(strings.Repeat("a,b\n", 100_000)),
		d, Output{}, byTurns)
	if !errors.Is(err, broken) {
		t.Errorf("a writer that fails: %v", err)
	}
	if err := Annotate(io.Discard, iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("a,b\n1,2\n"))),
		d, Output{}, byTurns); !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("a reader that fails: %v", err)
	}
	var unreadable *Error
	if err := Annotate(io.Discard, strings.NewReader(strings.Repeat("x", MaxRecord+2)),
		d, Output{}, byTurns); !errors.As(err, &unreadable) {
		t.Errorf("a header that never ends: %v", err)
	}
}

type failing struct{ error }

func (f failing) Write([]byte) (int, error) { return 0, f.error }

// A header with fewer names than most rows have fields is padded like a row.
func TestAnnotatePadsShortHeader(t *testing.T) {
	d := Dialect{Encoding: UTF8, Delimiter: ',', Quoted: true, Header: true, Width: 3}
	in := "a,b\n1,2,\n3,4,5\n6,7\n8,9,10,11\n"
	want := "a,b,,sentiment,positive,windows\n1,2,,positive,0.9732,1\n3,4,5,,,\n" +
		"6,7,,negative,0.0000,12\n8,9,10,positive,0.9732,1,11\n"
	if got := annotate(t, in, d); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// firstWidth returns the number of fields of the first record of a file, 0 if it has none.
func firstWidth(t testing.TB, in []byte, d Dialect) int {
	t.Helper()
	d.Header = false
	reader := NewReader(bytes.NewReader(in), d)
	if _, err := reader.Read(); err != nil && err != io.EOF {
		t.Fatal(err)
	}
	return reader.fieldScanner().width
}

// splitAnnotated returns the fields of a record that Annotate wrote into a table of that width, and
// the new ones.
func splitAnnotated(row []string, width int) (fields, added []string) {
	at := max(0, min(width, len(row)-scoreColumns))
	end := min(at+scoreColumns, len(row))
	return slices.Concat(row[:at], row[end:]), row[at:end]
}

// For any file, reading the annotated one gives the same records, in the same order, with three
// more fields in the columns after the header's.
func FuzzAnnotate(f *testing.F) {
	for _, tt := range annotations {
		f.Add([]byte(tt.in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		d := Dialect{Encoding: UTF8, Delimiter: ',', Quoted: true, Header: true}
		before, facts := read(t, bytes.NewReader(in), d)
		width := firstWidth(t, in, d)
		after, _ := read(t, strings.NewReader(annotate(t, string(in), d)), d)
		if len(after) != len(before) {
			t.Fatalf("%q: %d records become %d: %q", in, len(before), len(after), annotate(t, string(in), d))
		}
		for i := range before {
			want := before[i]
			got, added := splitAnnotated(after[i], width)
			if len(added) < 3 || !slices.Equal(want, got[:min(len(want), len(got))]) {
				t.Fatalf("%q: record %d %q becomes %q (%+v)", in, i, want, after[i], facts[i])
			}
		}
	})
}

// With guard, no cell of the output begins like a formula, not even those of a record that is too
// large or too wide for the reader.
func TestAnnotateGuardsEveryCell(t *testing.T) {
	long := strings.Repeat("y", MaxRecord+5)
	for _, tt := range []struct {
		name, in, want string
		d              Dialect
	}{
		{"line feed", "a,b\n\"\n=1+1\",x\n", "\"'\n=1+1\",x", comma},
		{"full width", "a,b\n＝1+1,＋1\n－x,＠y\n", "'＝1+1,'＋1,unsure,0.5000,1\n'－x,'＠y", comma},
		{"full width in GBK", "a,b\n\xa3\xbd1+1,x\n", "'\xa3\xbd1+1,x", Dialect{Encoding: GBK, Delimiter: ',', Quoted: true}},
		{"large", "a,b,c\n=1+1,x,\"=2\"" + long + "\n", "'=1+1,x,\"'=2\"y", comma},
		{"large, quoted", "a,b,c\n\"" + long + "\",\"\r=2\",\"a \"\"b\"\",=1\"\n", ",\"'\r=2\",\"a \"\"b\"\",=1\"", comma},
		{"large, full width", "a,b\n" + long + ",＝2\n", ",'＝2", comma},
		{"large, empty cells", "a,b\n" + long + ",,\"\",=1\n", ",,\"\",'=1", comma},
		{"large, tabs", "a\tb\n" + long + "\t=2\t\t-3\n", "\t'=2\t\t'-3", Dialect{Delimiter: '\t'}},
		{"large, one text a line", "=" + long + ",=2\n", ",'=2", Dialect{}},
		{"quotes that are text", "a\tb\n\"=1\"\t\"\"-x\t\"-5\"\t\"+\n",
			"'\"=1\"\t'\"\"-x\tunsure\t0.5000\t1\t\"-5\"\t'\"+\n", Dialect{Delimiter: '\t'}},
		{"another quote", "a,b\n\"=1\",'\"=2\"',3\n", "\n'''\"=1\"','''\"=2\"',unsure,0.5000,1,3\n",
			Dialect{Delimiter: ',', Quoted: true, Quote: '\''}},
		{"large, quotes that are text", "a\tb\n" + long + "\t\"=2\"\t\"x\n", "\t'\"=2\"\t\"x",
			Dialect{Delimiter: '\t'}},
		{"wide", "a,b\n" + strings.Repeat("=1,", MaxColumns) + "\n", strings.Repeat("'=1,", MaxColumns), comma},
		{"wide, quoted", "a,b\n" + strings.Repeat(`"=1",`, MaxColumns) + "\n", strings.Repeat(`"'=1",`, MaxColumns), comma},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, size := range []int{1 << 20, 4093} {
				var out bytes.Buffer
				if err := Annotate(&out, &pieces{[]byte(tt.in), size},
					tt.d, Output{EscapeFormulas: true}, func(i int) reviews.Result {
						return reviews.Result{Score: reviews.Score{Positive: 0.5, Sentiment: reviews.Unsure}, Windows: 1}
					}); err != nil {
					t.Fatal(err)
				}
				if !bytes.Contains(out.Bytes(), []byte(tt.want)) {
					t.Errorf("%d bytes a read: %.40q is not in %.80q ... %.80q", size, tt.want, out.Bytes(), out.Bytes()[max(0, out.Len()-80):])
				}
			}
		})
	}
}

// Lines above a table are not rows: the treatment of rows with too many fields does not apply.
func TestAnnotateGuardsLinesAbove(t *testing.T) {
	const above = "sep=;\n"
	const in = above + "id;stars;review\n1;5;Great; loved it\n2;4;Works well\n" +
		"3;1;Broke fast; bad seal; returned\n4;3;=Just okay\n5;5;Very good\n"
	d, err := Sniff([]byte(in), true)
	if err != nil || d.Surplus != 3 || d.Preamble != 1 {
		t.Fatalf("%+v, %v", d, err)
	}
	var out strings.Builder
	if err := Annotate(&out, strings.NewReader(in),
		d, Output{EscapeFormulas: true}, byTurns); err != nil {
		t.Fatal(err)
	}
	const want = above + "id;stars;review;sentiment;positive;windows\n" +
		"1;5;\"Great; loved it\";positive;0.9732;1\n2;4;Works well;;;\n" +
		"3;1;\"Broke fast; bad seal; returned\";negative;0.0000;12\n" +
		"4;3;'=Just okay;positive;0.9732;1\n5;5;Very good;;;\n"
	if out.String() != want {
		t.Errorf("%s, want %s", out.String(), want)
	}
	d.Surplus = d.Width + 1 // never guessed, but a dialect may come from outside
	const surplus = "1;5;Great;positive;0.9732;1; loved it\n"
	if got := annotate(t, in, d); !strings.Contains(got, surplus) {
		t.Errorf("a surplus beyond the columns: %s", got)
	}
}

// Where quotes are text, a rewritten record keeps them unchanged.
func TestAnnotateGuardsWithoutQuotes(t *testing.T) {
	for _, tt := range []struct {
		name, in, want string
		d              Dialect
	}{
		{"a quote in a text", "7\t- The 5\" screen broke\t\"2024\"",
			"7\t'- The 5\" screen broke\t\"2024\"",
			Dialect{Delimiter: '\t', Header: true}},
		{"backslashes", `7|=a\|b "c" ""d"" \\|x\ny`, `7|'=a\|b "c" ""d"" \\|x\ny`,
			Dialect{Delimiter: '|', Header: true, Backslash: true}},
		{"a surplus", "7|=a|b|2024", `7|"'=a|b"|2024`,
			Dialect{Delimiter: '|', Header: true, Width: 3, Surplus: 2}},
		{"lines of text", "=a \"b\"", "\"'=a \"\"b\"\"\"", Dialect{Header: true}},
	} {
		var out strings.Builder
		in := strings.Join([]string{"id", "review", "date"}, string(rune(tt.d.Delimiter))) + "\n"
		if tt.d.Delimiter == 0 {
			in = "review\n"
		}
		if err := Annotate(&out, strings.NewReader(in+tt.in),
			tt.d, Output{EscapeFormulas: true}, byTurns); err != nil {
			t.Fatal(err)
		}
		_, row, _ := strings.Cut(out.String(), "\n")
		if !strings.HasPrefix(row, tt.want) || strings.Count(row, "positive") != 1 {
			t.Errorf("%s: %s, want %s", tt.name, row, tt.want)
		}
	}
}

// Padding short rows does not make the output a hundred times the file.
func TestPaddingIsBounded(t *testing.T) {
	header := strings.Repeat("c,", MaxColumns-1) + "review\n"
	var members strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&members, `"m%d":1,`, i)
	}
	objects := "{" + members.String() + "\"review\":\"good\"}\n" + strings.Repeat("{\"review\":\"good\"}\n", 50_000)
	keys, err := Keys(strings.NewReader(objects), Dialect{Keys: []string{"review"}})
	if err != nil {
		t.Fatal(err)
	}
	table := Dialect{Delimiter: ',', Quoted: true, Header: true}
	short := header + strings.Repeat("x\n", 50_000)
	result := func(int) reviews.Result { return reviews.Result{} }
	for name, write := range map[string]func(w io.Writer) error{
		"annotated": func(w io.Writer) error {
			return Annotate(w, strings.NewReader(short),
				table, Output{}, result)
		},
		"table to objects": func(w io.Writer) error {
			return Convert(w, strings.NewReader(short),
				table, Output{}, result)
		},
		"objects to a table": func(w io.Writer) error {
			return Convert(w, strings.NewReader(objects), Dialect{Keys: keys}, Output{}, result)
		},
	} {
		var out counting
		err := write(&out)
		if e, ok := err.(*Error); !ok || !strings.Contains(e.Detail, "a hundred times the file") || out > 256<<20 {
			t.Errorf("%s: %d bytes, %v", name, out, err)
		}
	}
}

type counting int64

func (c *counting) Write(p []byte) (int, error) {
	*c += counting(len(p))
	return len(p), nil
}

// Columns with equal names get distinct names in time linear in their number.
func TestConvertManyEqualNames(t *testing.T) {
	c := converter{added: freeNames(nil), taken: map[string]bool{"a": true, "a_3": true}}
	for range MaxColumns {
		c.name("a")
	}
	c.name("a_3")
	if first, third, last := string(c.keys[1]), string(c.keys[2]), string(c.keys[MaxColumns]); first != `"a_2"` || third != `"a_4"` || last != `"a_3"` {
		t.Errorf("named %s, %s, %s", first, third, last)
	}
	if n := c.next["a"]; n != MaxColumns+2 {
		t.Errorf("the next is %d", n)
	}
}

func TestAnnotateEscapesFormulas(t *testing.T) {
	in := "id,review\n=1+1,\"a, b\"\n-5.2,@SUM(A1)\n7,\"-no, \"\"never\"\"\"\n+3,-\n"
	want := "id,review,sentiment,positive,windows\n'=1+1,\"a, b\",,,\n-5.2,'@SUM(A1),,,\n7,\"'-no, \"\"never\"\"\",,,\n+3,'-,,,\n"
	var out bytes.Buffer
	if err := Annotate(&out, strings.NewReader(in),
		Dialect{Delimiter: ',', Quoted: true, Header: true}, Output{EscapeFormulas: true}, func(int) reviews.Result { return reviews.Result{} }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Only some rows are written: header, lines above it and empty lines stay, and a record that is too
// long to be read is selected like others.
func TestAnnotateOnly(t *testing.T) {
	long := strings.Repeat("x,", MaxColumns+1)
	lines := Dialect{Encoding: UTF8, Keys: []string{"a"}}
	csv := Dialect{Encoding: UTF8, Delimiter: ',', Quoted: true, Header: true}
	noted := csv
	noted.Preamble = 1
	for _, tt := range []struct {
		name string
		d    Dialect
		in   string
		only []int
		want string
	}{
		{"some", csv, "id,text\n1,a\n2,\"b\nb\"\n3,c", []int{0, 2},
			"id,text,sentiment,positive,windows\n1,a,positive,0.9732,1\n3,c,negative,0.0000,12"},
		{"none", csv, "id,text\n1,a\n2,b\n", nil, "id,text,sentiment,positive,windows\n"},
		{"notes", noted, "by Ann\nid,text\n1,a\n\n2,b\n", []int{1},
			"by Ann\nid,text,sentiment,positive,windows\n\n2,b,,,\n"},
		{"too long", csv, "id,text\n" + long + "\n2,b\n3,c\n", []int{2},
			"id,text,sentiment,positive,windows\n3,c,negative,0.0000,12\n"},
		{"JSON lines", lines, "{\"a\":1}\n{\"a\":2}\n", []int{1},
			"{\"a\":2,\"sentiment\":null,\"positive\":null,\"windows\":null}\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			var rows []int
			err := Annotate(&out, strings.NewReader(tt.in), tt.d, Output{
				Only: func(i int) bool {
					rows = append(rows, i)
					return slices.Contains(tt.only, i)
				},
			}, func(i int) reviews.Result {
				if !slices.Contains(tt.only, i) {
					t.Errorf("the result of row %d is asked for", i)
				}
				return byTurns(i)
			})
			if err != nil || out.String() != tt.want {
				t.Errorf("%q, %v; want %q", out.String(), err, tt.want)
			}
			if !slices.IsSorted(rows) || len(slices.Compact(rows)) != len(rows) {
				t.Errorf("asked about rows %v, want each once", rows)
			}
		})
	}
}

// Full-width formula signs are recognized in every encoding that has them, and nothing else is.
func TestBeginsFormulaAtFullWidth(t *testing.T) {
	for _, encoding := range []string{GBK, Big5, ShiftJIS, EUCJP, EUCKR, Windows1251} {
		decode, found := newDecoder(encoding), 0
		for first := 0x80; first <= 0xff; first++ {
			for second := 0x40; second <= 0xff; second++ {
				cell := []byte{byte(first), byte(second), '1'}
				text, _ := decode.append(nil, cell)
				want := slices.Contains([]string{"＝1", "＋1", "－1", "＠1"}, string(text))
				if want {
					found++
				}
				if got := beginsFormula(cell, encoding); got != want {
					t.Errorf("%s: beginsFormula(%x, %q) = %v", encoding, cell, text, got)
				}
			}
		}
		if found != 4 && encoding != Windows1251 {
			t.Errorf("%s: %d signs at full width, want 4", encoding, found)
		}
	}
}
