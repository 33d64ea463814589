package pack_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"reviewlens/api/model"
	"reviewlens/api/model/modeltest"
	"reviewlens/api/pack"
	"reviewlens/api/scoring"
	"reviewlens/api/unpack"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	"reviewlens/reviews/table"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// engine scores a text by its length, and finds "price" in it.
type engine struct {
	model *model.Model
	price int32 // the ID of the word's piece
	err   error
}

func newEngine(t *testing.T) *engine {
	t.Helper()
	m := modeltest.Plain(t)
	m.Stars, m.Aspects = &reviews.StarRule{Temperature: 1}, &model.Aspects{}
	return &engine{model: m, price: m.Tokenizer.Append(nil, []byte("price"))[0]}
}

func (e *engine) Model() *model.Model { return e.model }

func (e *engine) Windows(dst [][]int32, text []byte) ([][]int32, bool, error) {
	return e.model.Cut(dst, text)
}

func (e *engine) Score(_ context.Context, texts [][][]int32) ([]reviews.Score, error) {
	if e.err != nil {
		return nil, e.err
	}
	scores := make([]reviews.Score, len(texts))
	for i, windows := range texts {
		if len(windows) == 0 {
			continue
		}
		n := float64(len(windows[0]))
		scores[i] = reviews.Score{Positive: 1 / (1 + n), Stars: 1 + 4/n}
		scores[i].Sentiment = e.model.Rule.Name(scores[i].Positive)
	}
	return scores, nil
}

func (e *engine) Aspects(_ context.Context, texts [][][]int32) ([][]aspects.Span, error) {
	found := make([][]aspects.Span, len(texts))
	for i, windows := range texts {
		for w, window := range windows {
			if at := slices.Index(window, e.price); at >= 0 {
				found[i] = append(found[i], aspects.Span{Window: w, First: at, Tokens: 1,
					Polarity: aspects.Positive, Probability: 0.9})
			}
		}
	}
	return found, nil
}

// everything requests all outputs of a table.
var everything = scoring.Extras{Stars: true, Topics: true}

// open opens the table of a file, unpacking it if necessary; typed is as in pack.Write.
func open(t *testing.T, e scoring.Engine, data []byte, extras scoring.Extras) (*scoring.Table,
	*parquet.File) {
	t.Helper()
	var source io.ReaderAt = bytes.NewReader(data)
	typed, err := unpack.OpenParquet(t.Context(), source, int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if typed != nil {
		source = bytes.NewReader(unpacked(t, data))
	}
	size, err := table.SizeOf(source)
	if err != nil {
		t.Fatal(err)
	}
	// not scoring.Open, which refuses a file without rows
	reading, err := table.Open(t.Context(), source, size, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tab := scoring.NewTable(e, &scoring.File{Source: source, Reading: *reading}, 0, nil)
	if err := tab.Enable(extras); err != nil {
		t.Fatal(err)
	}
	return tab, typed
}

// unpacked returns a Parquet file as the product reads it: CSV.
func unpacked(t *testing.T, data []byte) []byte {
	t.Helper()
	r := bytes.NewReader(data)
	out, err := unpack.Open(t.Context(), "x.parquet", r, r.Size(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	plain, err := io.ReadAll(io.NewSectionReader(out, 0, out.Size))
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func records(t *testing.T, file []byte) [][]string {
	t.Helper()
	all, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func parquetFile(t *testing.T, data []byte) *parquet.File {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// written scores a file, writes it as Parquet, and compares the cells that the product's reader
// returns with those of the same table as CSV.
func written(t *testing.T, data []byte, extras scoring.Extras) []byte {
	t.Helper()
	tab, typed := open(t, newEngine(t), data, extras)
	if err := tab.Score(t.Context()); err != nil {
		t.Fatal(err)
	}
	var out, annotated bytes.Buffer
	if err := pack.Write(t.Context(), &out, tab, typed); err != nil {
		t.Fatal(err)
	}
	if err := tab.Annotate(t.Context(), &annotated, false); err != nil {
		t.Fatal(err)
	}
	want, got := records(t, annotated.Bytes()), records(t, unpacked(t, out.Bytes()))
	if len(got) != len(want) {
		t.Fatalf("%d records, want %d", len(got), len(want))
	}
	for i := range want {
		for column := range want[i] {
			if !sameCell(got[i][column], want[i][column]) {
				t.Fatalf("record %d, column %d: %.60q, want %.60q", i, column, got[i][column],
					want[i][column])
			}
		}
	}
	return out.Bytes()
}

// sameCell reports whether cells are equal, as text or as numbers.
func sameCell(a, b string) bool {
	if a == b {
		return true
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && x == y
}

// rowsOf reads all rows of a file; only the first columns of each, if not 0.
func rowsOf(t *testing.T, f *parquet.File, columns int) (all []string) {
	t.Helper()
	for _, group := range f.RowGroups() {
		rows := group.Rows()
		buffer := make([]parquet.Row, 10)
		for {
			n, err := rows.ReadRows(buffer)
			for _, row := range buffer[:n] {
				end := slices.IndexFunc(row, func(v parquet.Value) bool {
					return columns > 0 && v.Column() >= columns
				})
				if end >= 0 {
					row = row[:end]
				}
				all = append(all, fmt.Sprintf("%+v", row)) // with levels and columns
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func fieldsOf(s *parquet.Schema) (all []string) {
	for _, f := range s.Fields() {
		all = append(all, fieldOf("", f)...)
	}
	return all
}

func fieldOf(path string, f parquet.Field) (all []string) {
	path += f.Name()
	kind := map[bool]string{true: "optional "}[f.Optional()] +
		map[bool]string{true: "repeated "}[f.Repeated()]
	if f.Leaf() {
		return []string{path + " " + kind + f.Type().String()}
	}
	all = []string{path + " " + kind + "group"}
	for _, inside := range f.Fields() {
		all = append(all, fieldOf(path+".", inside)...)
	}
	return all
}

// Cells of a table are text and an empty one is null, as are the outputs of a row without a score.
func TestTable(t *testing.T) {
	file := "id,review,note\n007,Good price,\"two\nlines, \"\"quoted\"\"\"\n2,,x\n" +
		"3,It broke at once and nobody answers my letters.,\n4\n5,Good price,🔋 é\n" +
		"6,Das ist wirklich nicht gut und ich bin damit gar nicht zufrieden,\n"
	for name, tt := range map[string]struct {
		extras scoring.Extras
		want   []string
		nulls  int
	}{
		"scores": {scoring.Extras{}, []string{"sentiment optional STRING",
			"positive optional DOUBLE", "windows optional INT(32,true)"}, 5 + 2*3},
		"everything": {everything, []string{"sentiment optional STRING",
			"positive optional DOUBLE", "windows optional INT(32,true)",
			"stars optional DOUBLE", "name optional STRING", "topics optional STRING"},
			5 + 2*6 + 1}, // a row with a score and no topic
	} {
		t.Run(name, func(t *testing.T) {
			f := parquetFile(t, written(t, []byte(file), tt.extras))
			want := append([]string{"id optional STRING", "review optional STRING",
				"note optional STRING"}, tt.want...)
			if d := cmp.Diff(want, fieldsOf(f.Schema())); d != "" {
				t.Errorf("columns: -want +got %s", d)
			}
			model, _ := f.Lookup("reviewlens.model")
			if id := modeltest.Plain(t).Manifest.ID; model != id || f.NumRows() != 6 {
				t.Errorf("%d rows of the model %q, want 6 of %s", f.NumRows(), model, id)
			}
			nulls := 0
			for _, row := range rowsOf(t, f, 0) {
				nulls += strings.Count(row, "<null>")
			}
			if nulls != tt.nulls {
				t.Errorf("%d nulls, want %d", nulls, tt.nulls)
			}
		})
	}
}

// typed has a column of each type that the product reads.
type typed struct {
	Text     *string          `parquet:"review,optional"`
	ID       int64            `parquet:"id"`
	Small    int8             `parquet:"small"`
	Short    *int16           `parquet:"short,optional"`
	Plain    int32            `parquet:"plain"`
	Unsigned uint32           `parquet:"unsigned"`
	Large    *uint64          `parquet:"large,optional"`
	Single   float32          `parquet:"single"`
	Double   *float64         `parquet:"double,optional"`
	Helpful  *bool            `parquet:"helpful,optional"`
	Price    int64            `parquet:"price,decimal(2:10)"`
	Day      *int32           `parquet:"day,optional,date"`
	Hour     time.Duration    `parquet:"hour,time(microsecond)"`
	Millis   time.Time        `parquet:"millis,timestamp(millisecond)"`
	Micros   time.Time        `parquet:"micros,timestamp(microsecond)"`
	Nanos    time.Time        `parquet:"nanos,timestamp(nanosecond)"`
	Old      deprecated.Int96 `parquet:"old"`
	Key      [16]byte         `parquet:"key,uuid"`
	Fixed    [3]byte          `parquet:"fixed"`
	Raw      []byte           `parquet:"raw"`
	Kind     string           `parquet:"kind,enum"`
	Document []byte           `parquet:"document,json"`
	Word     string           `parquet:"word,dict"`
	Delta    int64            `parquet:"delta,delta"`
	Product  struct {
		Name  string   `parquet:"name"`
		Brand *string  `parquet:"brand,optional"`
		Parts []string `parquet:"parts,list"`
	} `parquet:"product"`
	Shop *struct {
		City string `parquet:"city"`
	} `parquet:"shop,optional"`
	Tags    []string         `parquet:"tags,list"`
	Bare    []int32          `parquet:"bare"`
	Numbers map[string]int32 `parquet:"numbers"`
}

func pointer[T any](v T) *T { return &v }

// typedRows returns rows with all values, with none, and in between.
func typedRows(n int) []typed {
	rows := make([]typed, n)
	for i := range rows {
		r := &rows[i]
		r.ID, r.Word, r.Delta = int64(i), fmt.Sprint("word", i%7), int64(i*i)
		r.Millis, r.Micros, r.Nanos = time.Unix(0, 0), time.Unix(1, 0), time.Unix(2, 0)
		r.Kind, r.Document = "RED", []byte("{}")
		if i%3 == 0 {
			continue
		}
		r.Text = pointer(fmt.Sprintf("The price of number %d,\nis \"fine\".", i))
		r.Small, r.Short, r.Plain = -5, pointer(int16(-300)), math.MinInt32
		r.Unsigned, r.Large = math.MaxUint32, pointer(uint64(math.MaxUint64))
		r.Single, r.Double = float32(i)/3, pointer(-1e300)
		r.Helpful, r.Price, r.Day = pointer(false), int64(-1999*i), pointer(int32(20000+i))
		r.Hour = 25 * time.Minute
		at := time.Date(2024, 5, 1+i, 12, 30, 0, 123456789, time.UTC)
		r.Millis, r.Micros, r.Nanos = at, at, at
		r.Old = deprecated.Int96{uint32(i), 2, 2440588}
		r.Key, r.Fixed, r.Raw = [16]byte{1, 2, 15: 3}, [3]byte{0, 255, 1}, []byte{0xff, 0, byte(i)}
		r.Product.Name, r.Product.Brand = "Kettle", pointer("")
		r.Product.Parts = []string{"lid", "", "base"}
		if i%3 == 1 {
			continue
		}
		r.Shop = &struct {
			City string `parquet:"city"`
		}{"Łódź"}
		r.Tags, r.Bare = []string{"a", "b"}, []int32{1, 2, 3}
		r.Numbers = map[string]int32{fmt.Sprint(i): 4}
	}
	return rows
}

func typedFile(t *testing.T, rows []typed, options ...parquet.WriterOption) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[typed](&b, options...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A Parquet file keeps types, structure, values and nulls of its columns, however it is written.
func TestTypedColumns(t *testing.T) {
	for name, options := range map[string][]parquet.WriterOption{
		"plain":      nil,
		"row groups": {parquet.MaxRowsPerRowGroup(7), parquet.Compression(&parquet.Snappy)},
		"pages":      {parquet.PageBufferSize(64), parquet.DataPageVersion(1)},
		"gzip":       {parquet.Compression(compress.Codec(&parquet.Gzip))},
	} {
		t.Run(name, func(t *testing.T) {
			in := typedFile(t, typedRows(100), options...)
			out := written(t, in, everything)
			from, to := parquetFile(t, in), parquetFile(t, out)
			fields := fieldsOf(from.Schema())
			if d := cmp.Diff(fields, fieldsOf(to.Schema())[:len(fields)]); d != "" {
				t.Errorf("columns: -in +out %s", d)
			}
			leaves := len(from.Schema().Columns())
			if d := cmp.Diff(rowsOf(t, from, 0), rowsOf(t, to, leaves)); d != "" {
				t.Errorf("rows: -in +out %s", d)
			}
		})
	}
}

// A row of a Parquet file keeps its place if it has only nulls.
func TestOnlyNulls(t *testing.T) {
	type review struct {
		Text *string `parquet:"review,optional"`
	}
	rows := []review{{}, {pointer("Good price, good lid.")}, {}, {pointer("")}, {pointer("Bad.")},
		{}}
	var b bytes.Buffer
	w := parquet.NewGenericWriter[review](&b)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f := parquetFile(t, written(t, b.Bytes(), scoring.Extras{}))
	if d := cmp.Diff(rowsOf(t, parquetFile(t, b.Bytes()), 0), rowsOf(t, f, 1)); d != "" {
		t.Errorf("rows: -in +out %s", d)
	}
}

// Row groups end after 100,000 rows and, if cells are long, after some 64 MB.
func TestRowGroups(t *testing.T) {
	many := []byte("id,review\n")
	for i := range 200_001 {
		many = append(many, strconv.Itoa(i)+",Good price\n"...)
	}
	long := []byte("id,review,page\n")
	page := strings.Repeat("A long page of \"\"reviews\"\", ", 500_000/28)
	for i := range 150 {
		long = append(long, strconv.Itoa(i)+",Good price,\""+page+"\"\n"...)
	}
	for name, tt := range map[string]struct {
		file []byte
		want []int64
	}{
		"rows":  {many, []int64{100_000, 100_000, 1}},
		"bytes": {long, []int64{145, 5}}, // of 464,282 bytes and some
	} {
		t.Run(name, func(t *testing.T) {
			var got []int64
			for _, group := range parquetFile(t, written(t, tt.file,
				scoring.Extras{})).RowGroups() {
				got = append(got, group.NumRows())
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("rows of row groups: -want +got %s", d)
			}
		})
	}
}

// A text of 500 KB, of which the model reads only the first windows, is written in full.
func TestLongText(t *testing.T) {
	long := strings.Repeat("The price is good, and it broke. 🔋\n", 500_000/37)
	rows := []typed{{Text: &long, Word: "typed"}, {Text: pointer("short")}}
	for name, data := range map[string][]byte{
		"cells": []byte("id,review\n1,\"" + long + "\"\n2,short\n"),
		"typed": typedFile(t, rows),
	} {
		t.Run(name, func(t *testing.T) {
			out := written(t, data, everything)
			all := records(t, unpacked(t, out))
			text := slices.Index(all[0], "review")
			if got := all[1][text]; got != long {
				t.Errorf("%d bytes, want %d", len(got), len(long))
			}
		})
	}
}

// A file without rows has its columns and the added ones.
func TestNoRows(t *testing.T) {
	for name, data := range map[string][]byte{
		"cells": []byte("id,review\n"),
		"typed": typedFile(t, nil),
	} {
		t.Run(name, func(t *testing.T) {
			f := parquetFile(t, written(t, data, everything))
			fields := fieldsOf(f.Schema())
			if f.NumRows() != 0 || !slices.Contains(fields, "positive optional DOUBLE") {
				t.Errorf("%d rows of %q", f.NumRows(), fields)
			}
		})
	}
}

var errFull = errors.New("no space left on device")

// full is a writer that accepts room bytes.
type full struct {
	bytes.Buffer
	room int
}

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.room {
		n, _ := f.Buffer.Write(p[:f.room])
		f.room = 0
		return n, errFull
	}
	f.room -= len(p)
	return f.Buffer.Write(p)
}

// An error of the writer is reported, wherever it happens, and the output until then is not a
// Parquet file.
func TestWriterFails(t *testing.T) {
	for name, data := range map[string][]byte{
		"cells": []byte("id,review\n1,Good price\n2,It broke\n"),
		"typed": typedFile(t, typedRows(50), parquet.MaxRowsPerRowGroup(20)),
	} {
		t.Run(name, func(t *testing.T) {
			whole := len(written(t, data, everything))
			tab, typed := open(t, newEngine(t), data, everything)
			if err := tab.Score(t.Context()); err != nil {
				t.Fatal(err)
			}
			for room := 0; room < whole; room += max(1, whole/97) {
				out := &full{room: room}
				err := pack.Write(t.Context(), out, tab, typed)
				if !errors.Is(err, errFull) {
					t.Fatalf("room for %d of %d bytes: %v", room, whole, err)
				}
				unfinished(t, out.Bytes())
			}
			var again bytes.Buffer
			err := pack.Write(t.Context(), &again, tab, typed)
			if err != nil || again.Len() != whole {
				t.Errorf("with room: %d bytes, %v, want %d", again.Len(), err, whole)
			}
		})
	}
}

func unfinished(t *testing.T, data []byte) {
	t.Helper()
	if _, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data))); err == nil {
		t.Errorf("the first %d bytes are a Parquet file", len(data))
	}
}

// An error in scoring, or in reading the file, stops the writing before a file is complete.
func TestStops(t *testing.T) {
	file := []byte("id,review\n1,Good price\n2,It broke\n")
	broken := errors.New("broken")
	t.Run("engine", func(t *testing.T) {
		e := newEngine(t)
		e.err = broken
		tab, _ := open(t, e, file, scoring.Extras{})
		if err := tab.Score(t.Context()); !errors.Is(err, broken) {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := pack.Write(t.Context(), &out, tab, nil); !errors.Is(err, broken) {
			t.Errorf("Write = %v, want the engine's error", err)
		}
		unfinished(t, out.Bytes())
	})
	t.Run("cancelled", func(t *testing.T) {
		tab, _ := open(t, newEngine(t), file, scoring.Extras{})
		if err := tab.Score(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var out bytes.Buffer
		if err := pack.Write(ctx, &out, tab, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("Write = %v, want that it was given up", err)
		}
		unfinished(t, out.Bytes())
	})
	t.Run("file", func(t *testing.T) {
		tab, _ := open(t, newEngine(t), file, scoring.Extras{})
		if err := tab.Score(t.Context()); err != nil {
			t.Fatal(err)
		}
		shorter := bytes.NewReader(file[:bytes.IndexByte(file, '2')])
		tab.Files()[0].Source = shorter
		var out bytes.Buffer
		if err := pack.Write(t.Context(), &out, tab, nil); err == nil {
			t.Error("a file that lost a row meanwhile is written without an error")
		}
		unfinished(t, out.Bytes())
	})
	t.Run("Parquet file", func(t *testing.T) {
		data := typedFile(t, typedRows(50), parquet.MaxRowsPerRowGroup(20))
		tab, typed := open(t, newEngine(t), data, scoring.Extras{})
		if err := tab.Score(t.Context()); err != nil {
			t.Fatal(err)
		}
		clear(data[len(data)/3 : len(data)/2]) // typed reads it, as it would read a file
		var out bytes.Buffer
		if err := pack.Write(t.Context(), &out, tab, typed); err == nil {
			t.Error("a file that was damaged meanwhile is written without an error")
		}
		unfinished(t, out.Bytes())
	})
	t.Run("Parquet file of other rows", func(t *testing.T) {
		tab, _ := open(t, newEngine(t), typedFile(t, typedRows(50)), scoring.Extras{})
		_, other := open(t, newEngine(t), typedFile(t, typedRows(49)), scoring.Extras{})
		if err := tab.Score(t.Context()); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := pack.Write(t.Context(), &out, tab, other); err == nil ||
			!strings.Contains(err.Error(), "49 rows") {
			t.Errorf("written with the types of another file: %v", err)
		}
		unfinished(t, out.Bytes())
	})
}

// float16 is a type that parquet-go does not know.
type float16 struct{ parquet.Type }

func (float16) LogicalType() *format.LogicalType {
	return &format.LogicalType{Value: &format.Float16Type{}}
}

// A column of a type that parquet-go does not know keeps it, and its cells are read as numbers.
func TestFloat16(t *testing.T) {
	schema := parquet.NewSchema("reviews", parquet.Group{"text": parquet.String(),
		"stars": parquet.Optional(parquet.Leaf(float16{parquet.FixedLenByteArrayType(2)}))})
	var b bytes.Buffer
	w := parquet.NewWriter(&b, schema)
	want := [][]string{{"stars", "text"}}
	for bits, number := range map[uint16]string{0x4500: "5", 0x3c00: "1", 0x4480: "4.5",
		0xc000: "-2", 0x2e66: "0.099975586", 0x7bff: "65504", 0x0001: "5.9604645e-08", 0: "0",
		0x7c00: "+Inf", 0x7e00: "NaN"} {
		row := parquet.Row{parquet.FixedLenByteArrayValue([]byte{byte(bits), byte(bits >> 8)}).
			Level(0, 1, 0), parquet.ByteArrayValue([]byte("Lovely kettle")).Level(0, 0, 1)}
		if _, err := w.WriteRows([]parquet.Row{row}); err != nil {
			t.Fatal(err)
		}
		want = append(want, []string{number, "Lovely kettle"})
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, records(t, unpacked(t, b.Bytes()))); diff != "" {
		t.Error(diff)
	}
	tab, typed := open(t, newEngine(t), b.Bytes(), scoring.Extras{})
	if err := tab.Score(t.Context()); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := pack.Write(t.Context(), &out, tab, typed); err != nil {
		t.Fatal(err)
	}
	e := parquetFile(t, out.Bytes()).Metadata().Schema[1]
	if _, ok := e.LogicalType.Value.(*format.Float16Type); !ok || e.Name != "stars" {
		t.Errorf("%s has the type %v, want FLOAT16", e.Name, e.LogicalType.Value)
	}
}
