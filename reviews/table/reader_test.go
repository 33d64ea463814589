package table

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"reviewlens/reviews"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

var comma = Dialect{Encoding: UTF8, Delimiter: ',', Quoted: true}

// read returns all records, each field as a string, and their repairs.
func read(t testing.TB, r io.Reader, d Dialect) (rows [][]string, records []Record) {
	t.Helper()
	reader := NewReader(r, d)
	for {
		rec, err := reader.Read()
		if err == io.EOF {
			return rows, records
		}
		if err != nil {
			t.Fatalf("Read: %v", err)
		}
		var row []string
		for _, f := range rec.Fields {
			row = append(row, string(f))
		}
		rec.Fields = nil
		rows, records = append(rows, row), append(records, rec)
	}
}

var tables = []struct {
	name     string
	in       string
	want     [][]string
	repaired int // records
}{
	{"empty", "", nil, 0},
	{"one field", "a", [][]string{{"a"}}, 0},
	{"no final newline", "a,b\nc,d", [][]string{{"a", "b"}, {"c", "d"}}, 0},
	{"CRLF", "a,b\r\nc,d\r\n", [][]string{{"a", "b"}, {"c", "d"}}, 0},
	{"bare CR", "a,b\rc,d\r", [][]string{{"a", "b"}, {"c", "d"}}, 0},
	{"mixed line ends", "a\nb\r\nc\rd", [][]string{{"a"}, {"b"}, {"c"}, {"d"}}, 0},
	{"empty lines are no records", "\n\r\na\n\n\nb\n\n", [][]string{{"a"}, {"b"}}, 0},
	{"quoted empty field is a record", "\"\"\n", [][]string{{""}}, 0},
	{"empty fields", ",,\n", [][]string{{"", "", ""}}, 0},
	{"quoted", `"a,b",c`, [][]string{{"a,b", "c"}}, 0},
	{"newlines in quotes", "\"a\nb\r\nc\rd\",e\n", [][]string{{"a\nb\r\nc\rd", "e"}}, 0},
	{"doubled quotes", `"she said ""no""",1`, [][]string{{`she said "no"`, "1"}}, 0},
	{"only quotes", `"""",""""""`, [][]string{{`"`, `""`}}, 0},
	{"quote inside an unquoted field", `5" pipe,1`, [][]string{{`5" pipe`, "1"}}, 0},
	{"quote not doubled", `"a "nice" one",1`, [][]string{{`a "nice" one`, "1"}}, 1},
	{"spaces before the delimiter", `"a" ,"b"  ` + "\nc,d", [][]string{{"a", "b"}, {"c", "d"}}, 0},
	{"quote never closed", "a,b\n\"c,d\ne,f\n", [][]string{{"a", "b"}, {`"c`, "d"}, {"e", "f"}}, 1},
	{"quote closed by a later record", "a,b\n\"c,d\n\"e\",f\ng,h\n", [][]string{{"a", "b"}, {`"c`, "d"}, {"e", "f"}, {"g", "h"}}, 1},
	{"fewer fields", "a,b,c\nd\n", [][]string{{"a", "b", "c"}, {"d"}}, 1},
	{"more fields", "a,b\nc,d,e\n", [][]string{{"a", "b"}, {"c", "d", "e"}}, 1},
	{"trailing delimiter", "a,b,\nc,d,\n", [][]string{{"a", "b", ""}, {"c", "d", ""}}, 0},
	{"invalid UTF-8", "a\xff,b\xc3\n", [][]string{{"a\ufffd", "b\ufffd"}}, 1},
	{"NUL", "a\x00b,c\n", [][]string{{"a\x00b", "c"}}, 0},
	{"last field quoted, no newline", `a,"b"`, [][]string{{"a", "b"}}, 0},
	{"quote at the very end", `a,"`, [][]string{{"a", `"`}}, 1},
	{"space before the quote", `a, "b"`, [][]string{{"a", ` "b"`}}, 0},
}

func TestReader(t *testing.T) {
	for _, test := range tables {
		t.Run(test.name, func(t *testing.T) {
			rows, records := read(t, strings.NewReader(test.in), comma)
			if diff := cmp.Diff(test.want, rows); diff != "" {
				t.Errorf("records of %q (-want +got):\n%s", test.in, diff)
			}
			repaired := 0
			for _, rec := range records {
				if rec.Repaired != "" {
					repaired++
				}
			}
			if repaired != test.repaired {
				t.Errorf("%d records said to be repaired, want %d: %+v", repaired, test.repaired, records)
			}
		})
	}
}

// However the source splits its reads, the records are the same.
func TestReaderAtEverySplit(t *testing.T) {
	for _, test := range tables {
		want, facts := read(t, strings.NewReader(test.in), comma)
		for at := range len(test.in) + 1 {
			rows, records := read(t, io.MultiReader(strings.NewReader(test.in[:at]), strings.NewReader(test.in[at:])), comma)
			if !slices.EqualFunc(rows, want, slices.Equal) || !cmp.Equal(records, facts) {
				t.Fatalf("%s: split at %d gives %q %+v, want %q %+v", test.name, at, rows, records, want, facts)
			}
		}
		rows, records := read(t, iotest.DataErrReader(iotest.OneByteReader(strings.NewReader(test.in))), comma)
		if !slices.EqualFunc(rows, want, slices.Equal) || !cmp.Equal(records, facts) {
			t.Fatalf("%s: byte by byte gives %q, want %q", test.name, rows, want)
		}
	}
}

func TestReaderFacts(t *testing.T) {
	in := "\ufeffid,text\n1,a\n\n2,\"b\nc\"\r\n3,d\n"
	_, records := read(t, strings.NewReader(in), Dialect{BOM: true, Delimiter: ',', Quoted: true, Header: true})
	want := []Record{{Index: 0, Line: 2, Offset: 11, Bytes: 3}, {Index: 1, Line: 4, Offset: 16, Bytes: 7}, {Index: 2, Line: 6, Offset: 25, Bytes: 3}}
	if diff := cmp.Diff(want, records); diff != "" {
		t.Error(diff)
	}
}

func TestTwoByteOrderMarks(t *testing.T) {
	for _, in := range []string{"\ufeff\ufeffreview,stars\nGood,5\nBad,1\n",
		wide("\ufeffreview,stars\nGood,5\n")} {
		r, err := Open(t.Context(), strings.NewReader(in), int64(len(in)), Options{})
		if err != nil || !slices.Equal(r.Header, []string{"review", "stars"}) {
			t.Errorf("%q: %q, %v", in, r.Header, err)
		}
	}
}

// The fields are the same in each encoding, and Offset and Bytes locate the record.
func TestReaderEncodings(t *testing.T) {
	const in = "名字,text\n1,\"très bien, naïve\n\"\"x\"\"\"\n2,好😀 product\r\n3,ü\n"
	encode := map[string]func(string) string{
		UTF8: func(s string) string { return s },
		UTF16LE: func(s string) string {
			return must(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String(s))
		},
		UTF16BE: func(s string) string {
			return must(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().String(s))
		},
		GBK: func(s string) string { return must(simplifiedchinese.GB18030.NewEncoder().String(s)) },
	}
	for name, enc := range encode {
		t.Run(name, func(t *testing.T) {
			d := Dialect{Encoding: name, Delimiter: ',', Quoted: true, Header: true}
			data := enc(in)
			want, records := read(t, iotest.HalfReader(strings.NewReader(data)), d)
			if diff := cmp.Diff([][]string{{"1", "très bien, naïve\n\"x\""}, {"2", "好😀 product"}, {"3", "ü"}}, want); diff != "" {
				t.Fatal(diff)
			}
			d.Header = false
			for i, rec := range records {
				again, _ := read(t, strings.NewReader(data[rec.Offset:rec.Offset+rec.Bytes]), d)
				if len(again) != 1 || !slices.Equal(again[0], want[i]) {
					t.Errorf("record %d read again by itself: %q, want %q", i, again, want[i])
				}
			}
		})
	}
	rows, _ := read(t, strings.NewReader("caf\xe9,\x80 5\n"), Dialect{Encoding: Windows1252, Delimiter: ',', Quoted: true})
	if diff := cmp.Diff([][]string{{"café", "€ 5"}}, rows); diff != "" {
		t.Error(diff)
	}
}

func must(s string, err error) string {
	if err != nil {
		panic(err)
	}
	return s
}

func TestReaderOneFieldALine(t *testing.T) {
	rows, _ := read(t, strings.NewReader("Good, really; good\n\"Two\nlines\"\n"), Dialect{Quoted: true})
	if diff := cmp.Diff([][]string{{"Good, really; good"}, {"Two\nlines"}}, rows); diff != "" {
		t.Error(diff)
	}
}

func TestReaderLargeRecords(t *testing.T) {
	long := strings.Repeat("x", 10<<20)
	rows, records := read(t, strings.NewReader("a,b\n1,"+long+"\n2,c\n"), comma)
	if len(rows) != 3 || len(rows[1][1]) != len(long) || records[1].Err != nil {
		t.Errorf("a field of 10 MB: %d records", len(rows))
	}
	for name, field := range map[string]string{
		"unquoted": strings.Repeat("x", MaxRecord+5),
		"quoted":   `"` + strings.Repeat("x, ", MaxRecord/3+5) + `"`,
		"doubled":  `"` + strings.Repeat(`""x`, MaxRecord/3+5) + `"`,
	} {
		rows, records := read(t, strings.NewReader("a,b\n1,"+field+"\n2,c\n3,d\n"), comma)
		if len(rows) != 4 || records[1].Err == nil || !slices.Equal(rows[2], []string{"2", "c"}) || records[3].Line != 4 {
			t.Errorf("%s record over 16 MB: %d records, errors %+v", name, len(rows), records)
			continue
		}
		if want := "Row 2 (line 2) is larger than 16 MB."; records[1].Err.Detail != want {
			t.Errorf("%s: %q, want %q", name, records[1].Err.Detail, want)
		}
	}
	var b strings.Builder
	b.WriteString("a,b\n\"1,open\n")
	for i := 0; b.Len() < MaxRecord+1<<20; i++ {
		fmt.Fprintf(&b, "%d,some text\n", i)
	}
	rows, records = read(t, strings.NewReader(b.String()), comma)
	if len(rows) < 1000 || records[1].Repaired == "" || records[1].Err != nil {
		t.Errorf("an open quote in a file over 16 MB swallowed it: %d records", len(rows))
	}
}

// A quote in every line that never closes must not take time quadratic in the file's size.
func TestReaderOpenQuotesInEveryLine(t *testing.T) {
	const n = 200_000
	rows, records := read(t, strings.NewReader("a,b\n"+strings.Repeat("\"x,1\n", n)), comma)
	if len(rows) != n+1 || rows[n][0] != `"x` || records[n].Repaired == "" {
		t.Errorf("%d records, the last %q", len(rows), rows[len(rows)-1])
	}
}

func TestReaderSourceFails(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, in := range []string{"a,b\nc,", "a,b\nc,\"d\ne", "a,b\n\"c\nd\",\"e\nf\n"} {
		r := NewReader(io.MultiReader(strings.NewReader(in), iotest.ErrReader(broken)), comma)
		if _, err := r.Read(); err != nil {
			t.Fatal(err)
		}
		if rec, err := r.Read(); !errors.Is(err, broken) {
			t.Errorf("of %q, a record cut off by %v came out: %q, %v", in, broken, rec.Fields, err)
		}
	}
}

// wellFormed writes records as encoding/csv does, from few characters, so that all of them meet.
func wellFormed(rng *rand.Rand) (string, [][]string) {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.UseCRLF = rng.Intn(2) == 0
	var rows [][]string
	width := 1 + rng.Intn(4)
	for range rng.Intn(6) {
		row := make([]string, width)
		for i := range row {
			field, rare := make([]byte, rng.Intn(12)), 0
			if rng.Intn(6) == 0 { // long enough for steps of many bytes, whose specials are rare
				field, rare = make([]byte, rng.Intn(200)), rng.Intn(100)
			}
			for j := range field {
				field[j] = 'y'
				if rng.Intn(1+rare) == 0 {
					field[j] = "ab ,\"\n;x"[rng.Intn(8)]
				}
			}
			row[i] = string(field)
		}
		if width == 1 && row[0] == "" {
			row[0] = "x" // an empty line, which is no record
		}
		rows = append(rows, row)
		if err := w.Write(row); err != nil {
			panic(err)
		}
	}
	w.Flush()
	return b.String(), rows
}

// source returns a file with either end that an io.Reader may have: for one file in four io.EOF
// alone, after its last bytes, for the others io.EOF together with them. The reader then needs no
// second buffer (256 KB), which is most of the cost of a small file.
func source(i int, in string) io.Reader {
	if i%4 == 0 {
		return strings.NewReader(in)
	}
	return iotest.DataErrReader(strings.NewReader(in))
}

func TestReaderAgreesWithEncodingCSV(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	for i := range 100_000 {
		in, _ := wellFormed(rng)
		c := csv.NewReader(strings.NewReader(in)) // its own reading: it turns CRLF in a field into LF
		want, err := c.ReadAll()
		if err != nil {
			t.Fatalf("%q: %v", in, err)
		}
		got, records := read(t, source(i, in), comma)
		for _, row := range got {
			for i := range row {
				row[i] = strings.ReplaceAll(row[i], "\r\n", "\n")
			}
		}
		if !slices.EqualFunc(got, want, slices.Equal) {
			t.Fatalf("%q: %q, want %q", in, got, want)
		}
		for _, rec := range records {
			if rec.Repaired != "" {
				t.Fatalf("%q: well-formed, but repaired: %s", in, rec.Repaired)
			}
		}
	}
}

// Python's csv keeps line ends in fields unchanged, as this package does.
func TestReaderAgreesWithPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("needs python3, whose csv it asks")
	}
	rng := rand.New(rand.NewSource(2))
	files := make([]string, 100_000)
	var given bytes.Buffer
	for i := range files {
		files[i], _ = wellFormed(rng)
		line, _ := json.Marshal(files[i])
		given.Write(append(line, '\n'))
	}
	command := exec.Command(python, "-c", `
import csv, io, json, sys
for line in sys.stdin:
    rows = [row for row in csv.reader(io.StringIO(json.loads(line), newline="")) if row]
    print(json.dumps(rows))`)
	command.Stdin = &given
	answers, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for line := range bytes.Lines(answers) {
		var want [][]string
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatal(err)
		}
		if got, _ := read(t, source(i, files[i]), comma); !slices.EqualFunc(got, want, slices.Equal) {
			t.Fatalf("%q: %q, Python reads %q", files[i], got, want)
		}
		i++
	}
	if i != len(files) {
		t.Errorf("Python answered %d of %d", i, len(files))
	}
}

// For any bytes: no panic, records in order and disjoint, the same however they arrive, and
// Annotate gives each its cells.
func FuzzReader(f *testing.F) {
	for _, test := range tables {
		f.Add([]byte(test.in), uint8(0), true, uint8(0))
	}
	f.Add([]byte("a\tb\n\"c\td\n"), uint8(1), false, uint8(1))
	f.Fuzz(func(t *testing.T, in []byte, which uint8, quoted bool, encoding uint8) {
		delimiter := ",\t;|\x00"[which%5]
		if len(in) > 1<<16 || delimiter == '|' && encoding%5 == 4 { // a pipe may be half of a character of GBK
			return
		}
		d := Dialect{Encoding: []string{UTF8, UTF16LE, UTF16BE, Windows1252, GBK}[encoding%5], Delimiter: delimiter, Quoted: quoted}
		rows, records := read(t, bytes.NewReader(in), d)
		again, facts := read(t, iotest.OneByteReader(bytes.NewReader(in)), d)
		if !slices.EqualFunc(rows, again, slices.Equal) || !cmp.Equal(records, facts) {
			t.Fatalf("byte by byte: %q, want %q", again, rows)
		}
		end := int64(0)
		for _, rec := range records {
			if rec.Offset < end || rec.Offset+rec.Bytes > int64(len(in)+len(in)%2) { // UTF-16 may end in half a unit
				t.Fatalf("record %d at %d of %d bytes, after %d, in %d", rec.Index, rec.Offset, rec.Bytes, end, len(in))
			}
			end = rec.Offset + rec.Bytes
		}
		if d.Encoding != UTF8 && d.Encoding != Windows1252 {
			return
		}
		var out bytes.Buffer
		if err := Annotate(&out, bytes.NewReader(in), d, Output{}, func(int) reviews.Result {
			return reviews.Result{Score: reviews.Score{Positive: 0.5, Sentiment: reviews.Unsure}, Windows: 3}
		}); err != nil {
			t.Fatal(err)
		}
		width := firstWidth(t, in, d)
		if delimiter == 0 {
			d.Delimiter, d.Quoted = ',', true
		}
		annotated, _ := read(t, &out, d)
		if len(annotated) != len(rows) {
			t.Fatalf("%q: annotated has %d records, want %d: %q", in, len(annotated), len(rows), annotated)
		}
		for i, row := range annotated {
			fields, added := splitAnnotated(row, width)
			if !slices.Equal(added, []string{"unsure", "0.5000", "3"}) {
				t.Fatalf("%q: record %d annotated is %q", in, i, row)
			}
			if len(fields) == 0 || !slices.Equal(fields[:len(rows[i])], rows[i]) {
				t.Fatalf("%q: record %d was %q, is %q", in, i, rows[i], row)
			}
		}
	})
}

// benchmarkData returns the files of the benchmark: long quoted texts, short plain fields, texts
// full of quotes and line ends, and non-ASCII letters.
func benchmarkData() map[string][]byte {
	files := map[string][]byte{}
	for name, text := range map[string]func(*rand.Rand, int) string{
		"reviews": func(rng *rand.Rand, i int) string {
			text := strings.Repeat("It works, more or less as it should. ", 1+rng.Intn(20))
			if i%5 == 0 {
				text += `They call it "sturdy".`
			}
			return text
		},
		"plain": func(rng *rand.Rand, i int) string { return fmt.Sprint(rng.Intn(1e6)) },
		"quotes": func(rng *rand.Rand, i int) string {
			return strings.Repeat("She said \"no\"\nand left. ", 1+rng.Intn(9))
		},
		"accents": func(rng *rand.Rand, i int) string { return strings.Repeat("Très déçu, 很好. ", 1+rng.Intn(20)) },
	} {
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		rng := rand.New(rand.NewSource(2))
		for i := 0; b.Len() < 4<<20; i++ {
			w.Write([]string{fmt.Sprint(i), "B00" + fmt.Sprint(i%100), "5.0", "2026-01-02", text(rng, i)})
		}
		w.Flush()
		files[name] = b.Bytes()
	}
	return files
}

func BenchmarkReader(b *testing.B) {
	for name, data := range benchmarkData() {
		b.Run(name+"/reviews", func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				r := NewReader(bytes.NewReader(data), comma)
				for {
					if _, err := r.Read(); err != nil {
						break
					}
				}
			}
		})
		b.Run(name+"/encoding-csv", func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				r := csv.NewReader(bytes.NewReader(data))
				r.ReuseRecord = true
				for {
					if _, err := r.Read(); err != nil {
						break
					}
				}
			}
		})
	}
}
