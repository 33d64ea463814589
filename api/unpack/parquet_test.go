package unpack

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/format"

	"reviewlens/reviews/table"
)

type parquetReview struct {
	ID      int64     `parquet:"id"`
	Text    *string   `parquet:"text,optional"`
	Stars   float32   `parquet:"stars"`
	Price   int64     `parquet:"price,decimal(2:10)"`
	Day     int32     `parquet:"day,date"`
	At      time.Time `parquet:"at,timestamp(microsecond)"`
	Helpful bool      `parquet:"helpful"`
	Raw     []byte    `parquet:"raw"`
	Product struct {
		Name string `parquet:"name"`
	} `parquet:"product"`
	Tags []string `parquet:"tags,list"`
}

func parquetFile(t *testing.T, rows []parquetReview, options ...parquet.WriterOption) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[parquetReview](&b, options...)
	for _, row := range rows {
		if _, err := w.Write([]parquetReview{row}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func opened(t *testing.T, name string, data []byte) ([][]string, error) {
	t.Helper()
	out, err := Open(t.Context(), name, bytes.NewReader(data), int64(len(data)), "", "")
	if err != nil {
		return nil, err
	}
	defer out.Close()
	if _, err := out.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return records, nil
}

func TestParquet(t *testing.T) {
	text := "It leaks,\nand \"nobody\" answers."
	var first, second parquetReview
	first = parquetReview{ID: 7, Text: &text, Stars: 1.5, Price: -1999, Day: 20000,
		At: time.Date(2024, 5, 1, 12, 30, 0, 250_000_000, time.UTC), Helpful: true,
		Raw: []byte{0xff, 1}, Tags: []string{"a", "b"}}
	first.Product.Name = "Kettle"
	second = parquetReview{ID: -1, Stars: 1234567, Price: 5, Raw: []byte("plain"),
		At: time.Unix(0, 0)}
	want := [][]string{
		{"id", "text", "stars", "price", "day", "at", "helpful", "raw", "product.name", "tags"},
		{"7", text, "1.5", "-19.99", "2024-10-04", "2024-05-01T12:30:00.25Z", "true", "ff01",
			"Kettle", `["a","b"]`},
		{"-1", "", "1234567", "0.05", "1970-01-01", "1970-01-01T00:00:00Z", "false", "plain", "",
			""},
	}
	for name, codec := range map[string]compress.Codec{
		"plain": &parquet.Uncompressed, "snappy": &parquet.Snappy, "gzip": &parquet.Gzip,
		"zstd": &parquet.Zstd, "brotli": &parquet.Brotli, "lz4": &parquet.Lz4Raw,
	} {
		t.Run(name, func(t *testing.T) {
			data := parquetFile(t, []parquetReview{first, second}, parquet.Compression(codec))
			got, err := opened(t, "reviews.parquet", data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("row groups", func(t *testing.T) {
		var rows []parquetReview
		for i := range 1000 {
			rows = append(rows, parquetReview{ID: int64(i), Tags: make([]string, i%3)})
		}
		got, err := opened(t, "x", parquetFile(t, rows, parquet.MaxRowsPerRowGroup(300)))
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 1001 {
			t.Fatalf("%d records, want 1001", len(got))
		}
		for i, record := range got[1:] {
			if record[0] != fmt.Sprint(i) {
				t.Fatalf("record %d has the id %s", i, record[0])
			}
		}
	})
}

// A row remains a record if its only column is null: an empty line would not be one.
func TestParquetOfOneColumn(t *testing.T) {
	type review struct {
		Text *string `parquet:"text,optional"`
	}
	text := "It works."
	var b bytes.Buffer
	w := parquet.NewGenericWriter[review](&b)
	if _, err := w.Write([]review{{}, {&text}, {}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := opened(t, "x.parquet", b.Bytes())
	if d := cmp.Diff([][]string{{"text"}, {""}, {text}, {""}}, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
}

func TestDecimal(t *testing.T) {
	for _, c := range []struct {
		v     parquet.Value
		scale int
		want  string
	}{
		{parquet.ValueOf(int32(5)), 0, "5"},
		{parquet.ValueOf(int64(-5)), 2, "-0.05"},
		{parquet.ValueOf(int64(12345)), 2, "123.45"},
		{parquet.ValueOf([]byte{0xff, 0xfe}), 1, "-0.2"},
		{parquet.ValueOf([]byte{1, 0}), 2, "2.56"},
		{parquet.ValueOf([]byte{}), 2, "0.00"},
	} {
		if got := decimal(c.v, c.scale); got != c.want {
			t.Errorf("decimal(%v, %d) = %q, want %q", c.v, c.scale, got, c.want)
		}
	}
}

// A damaged file is an error, never a panic, a hang or silently a table.
func TestParquetDamaged(t *testing.T) {
	text := strings.Repeat("It works. ", 50)
	rows := make([]parquetReview, 200)
	for i := range rows {
		rows[i] = parquetReview{ID: int64(i), Text: &text}
	}
	whole := parquetFile(t, rows)
	want, err := opened(t, "x.parquet", whole)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{4, 11, 40, len(whole) / 2, len(whole) - 1} {
		if _, err := opened(t, "x.parquet", whole[:n]); err == nil {
			t.Errorf("%d of %d bytes are read without an error", n, len(whole))
		}
	}
	encrypted := append(bytes.Clone(whole[:len(whole)-4]), "PARE"...)
	_, err = opened(t, "x", encrypted)
	if err == nil || !strings.Contains(err.Error(), "encrypted") {
		t.Errorf("an encrypted file: %v", err)
	}
	for at := 4; at < len(whole); at += 61 {
		other := bytes.Clone(whole)
		other[at] ^= 0x55
		got, err := opened(t, "x.parquet", other)
		if err == nil && len(got) != len(want) {
			t.Errorf("byte %d changed: %d records, no error, want %d", at, len(got), len(want))
		}
	}
}

func TestParquetIsGivenUp(t *testing.T) {
	data := parquetFile(t, make([]parquetReview, 500))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Open(ctx, "x.parquet", bytes.NewReader(data), int64(len(data)), "", "")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Open = %v, want that it was given up", err)
	}
}

// A page that claims to be huge is refused before memory is allocated for it.
func TestParquetPageTooLarge(t *testing.T) {
	text := strings.Repeat("x", maxPage+1)
	data := parquetFile(t, []parquetReview{{Text: &text}}, parquet.Compression(&parquet.Zstd),
		parquet.DataPageStatistics(false))
	_, err := opened(t, "x.parquet", data)
	if _, refused := errors.AsType[*table.Error](err); !refused {
		t.Errorf("a page of %d bytes: %v", maxPage+1, err)
	}
}

// A page that unpacks to more than its header claims is refused before it is unpacked; pages of
// real writers are not.
func TestParquetPageUnpacked(t *testing.T) {
	text := strings.Repeat("x", maxUnpackedPage+2)
	small := "It works."
	for name, codec := range map[string]compress.Codec{"snappy": &parquet.Snappy,
		"gzip": &parquet.Gzip, "zstd": &parquet.Zstd, "lz4": &parquet.Lz4Raw} {
		packed, err := codec.Encode(nil, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		kind := codec.CompressionCodec()
		if n := unpacksTo(kind, packed); n <= maxUnpackedPage {
			t.Errorf("%s: %d bytes of %d", name, n, len(text))
		}
		for _, most := range []int{0, 1, 100, 1 << 20, maxPage} {
			fits, err := codec.Encode(nil, []byte(text[:most]))
			if err != nil {
				t.Fatal(err)
			}
			if n := unpacksTo(kind, fits); n < 0 || n > maxUnpackedPage {
				t.Errorf("%s: %d bytes of %d", name, n, most)
			}
		}
		// the same in a file whose header claims that the page is small
		data := parquetFile(t, []parquetReview{{Text: &small}}, parquet.Compression(codec),
			parquet.DataPageStatistics(false))
		m := fileOf(t, data).Metadata()
		var header format.PageHeader
		var length int64
		var headers pageHeaders
		chunk := &m.RowGroups[0].Columns[0].MetaData
		if header, length, err = headers.read(bytes.NewReader(data),
			chunk.DataPageOffset); err != nil {
			t.Fatal(err)
		}
		if err := headers.checkUnpacked(bytes.NewReader(data), chunk.DataPageOffset+length, chunk,
			&header); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		header.CompressedPageSize = int32(len(packed))
		header.DataPageHeaderV2.Valid = false
		err = headers.checkUnpacked(bytes.NewReader(packed), 0, chunk, &header)
		if _, refused := errors.AsType[*table.Error](err); !refused {
			t.Errorf("%s: a page that becomes %d bytes: %v", name, len(text), err)
		}
	}
	for _, damaged := range []string{"", "\x28\xb5\x2f\xfd", "\x28\xb5\x2f\xfd\x00\x58\x01\x02\x03",
		"\x50\x2a\x4d\x18\xff\xff\xff\xff\x00", strings.Repeat("\xff", 20)} {
		zstdBound([]byte(damaged))
	}
}

// A damaged block of LZ4 is refused: its reader would allocate ever more memory.
func TestParquetDamagedLZ4(t *testing.T) {
	whole, err := parquet.Lz4Raw.Encode(nil, []byte(strings.Repeat("It works. ", 100)))
	if err != nil {
		t.Fatal(err)
	}
	if n := lz4Size(whole); n != 1000 {
		t.Errorf("%d bytes, want 1000", n)
	}
	for _, block := range []string{"\xf0", "\x20a", "\x10a\x00\x00", "\x10a\x02\x00", "\x1fa\x01"} {
		if n := lz4Size([]byte(block)); n >= 0 {
			t.Errorf("%q becomes %d bytes", block, n)
		}
	}
	text := strings.Repeat("It works. ", 100)
	data := parquetFile(t, []parquetReview{{Text: &text}}, parquet.Compression(&parquet.Lz4Raw),
		parquet.DataPageStatistics(false))
	if got, err := opened(t, "x.parquet", data); err != nil || len(got) != 2 {
		t.Errorf("a whole file: %v, %v", got, err)
	}
}

func fileOf(t *testing.T, data []byte) *parquet.File {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A page's header may hold values of the page, so it is long if they are.
func TestParquetLongPageHeader(t *testing.T) {
	text := strings.Repeat("It works. ", 200_000)
	data := parquetFile(t, []parquetReview{{Text: &text}, {}}, parquet.DataPageStatistics(true))
	got, err := opened(t, "x.parquet", data)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || got[1][1] != text {
		t.Errorf("%d records, the text has %d bytes, want %d", len(got), len(got[1][1]), len(text))
	}
}

type parquetProduct struct {
	Product string `parquet:"product"`
	Reviews []struct {
		Text  string   `parquet:"text"`
		Stars *int32   `parquet:"stars,optional"`
		Tags  []string `parquet:"tags,list"`
	} `parquet:"reviews,list"`
}

// A list of reviews in each row becomes a row for each of them.
func TestParquetListOfReviews(t *testing.T) {
	rows := make([]parquetProduct, 3)
	for i := range rows {
		rows[i].Product = fmt.Sprint("P", i)
	}
	five := int32(5)
	rows[0].Reviews = append(rows[0].Reviews, make([]struct {
		Text  string   `parquet:"text"`
		Stars *int32   `parquet:"stars,optional"`
		Tags  []string `parquet:"tags,list"`
	}, 2)...)
	rows[0].Reviews[0].Text, rows[0].Reviews[0].Stars = "Good", &five
	rows[0].Reviews[1].Text, rows[0].Reviews[1].Tags = "Bad", []string{"a", "b"}
	rows[2].Reviews = rows[0].Reviews[:1]
	var b bytes.Buffer
	w := parquet.NewGenericWriter[parquetProduct](&b)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := opened(t, "reviews.parquet", b.Bytes())
	if diff := cmp.Diff([][]string{
		{"product", "reviews.text", "reviews.stars", "reviews.tags"},
		{"P0", "Good", "5", ""}, {"P0", "Bad", "", `["a","b"]`}, {"P2", "Good", "5", ""},
	}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// A file without rows has its header; its reader reports that there are none.
func TestParquetWithoutRows(t *testing.T) {
	data, err := os.ReadFile("testdata/no_rows.parquet")
	if err != nil {
		t.Fatal(err)
	}
	got, err := opened(t, "reviews.parquet", data)
	if err != nil || len(got) != 1 {
		t.Errorf("%q, %v, want a header", got, err)
	}
}
