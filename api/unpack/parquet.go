package unpack

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"reviewlens/reviews/table"
)

// Bounds of a Parquet file. One page of each column is in memory, packed and unpacked.
const (
	maxFooter     = 64 << 20
	maxPage       = 64 << 20
	firstHeader   = 256 << 10 // bytes of each page read first
	maxPageHeader = 64 << 20
	maxLeaves     = 10_000 // columns
	parquetRows   = 64     // rows read at a time
)

// writeParquet writes the rows of a Parquet file as CSV. A column within a group has a dotted name;
// one that repeats within a row becomes a JSON array of text. If each row has a list of reviews of
// several columns, such as those of a product, each review becomes a row.
func writeParquet(ctx context.Context, w io.Writer, r io.ReaderAt, size int64) (err error) {
	defer func() {
		// parquet-go panics if the file's metadata is inconsistent
		if p := recover(); p != nil {
			err = damaged("%v", p)
		}
	}()
	f, columns, err := openParquet(ctx, r, size)
	if err != nil {
		return err
	}
	out := recordWriter{newCSVWriter(w)}
	cells := make([]string, len(columns))
	for i, c := range columns {
		cells[i] = c.name
	}
	if err := out.write(cells); err != nil {
		return err
	}
	var rows int64
	for i, group := range f.RowGroups() {
		if group.NumRows() == 0 { // an empty group may have no pages
			continue
		}
		n, err := writeRowGroup(ctx, out, group, columns, cells)
		if err == nil && n != group.NumRows() {
			err = damaged("row group %d has %d rows and says %d", i+1, n, group.NumRows())
		}
		if err != nil {
			return err
		}
		rows += n
	}
	if rows != f.NumRows() {
		return damaged("it has %d rows and says %d", rows, f.NumRows())
	}
	return out.flush()
}

// openParquet opens a file whose pages and metadata fit in memory.
func openParquet(ctx context.Context, r io.ReaderAt, size int64) (*parquet.File, []parquetColumn,
	error) {
	if err := checkFooter(r, size); err != nil {
		return nil, nil, err
	}
	f, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, nil, damaged("%w", err)
	}
	columns, err := parquetColumns(f.Schema())
	if err == nil {
		formatFloat16s(columns, f.Metadata().Schema)
		err = checkPages(ctx, r, f.Metadata())
	}
	return f, columns, err
}

// OpenParquet opens the Parquet file r, of size bytes, whose table Open returned, to read its typed
// rows. It returns nil for another form of file, or if a row of r is several of the table.
func OpenParquet(ctx context.Context, r io.ReaderAt, size int64) (_ *parquet.File, err error) {
	defer func() {
		// parquet-go panics if the file's metadata is inconsistent
		if p := recover(); p != nil {
			err = damaged("%v", p)
		}
	}()
	sample, err := sampleOf(io.NewSectionReader(r, 0, size))
	if err != nil || table.DetectForm("", sample) != table.Parquet {
		return nil, err
	}
	f, columns, err := openParquet(ctx, r, size)
	if err != nil {
		return nil, err
	}
	for _, c := range columns {
		if c.expanded {
			return nil, nil
		}
	}
	return f, nil
}

// recordWriter is a csvWriter that writes a single empty cell as "", since an empty line would not
// be a record.
type recordWriter struct{ csvWriter }

func (w recordWriter) write(cells []string) error {
	if len(cells) != 1 || cells[0] != "" {
		return w.csvWriter.write(cells)
	}
	_, err := w.out.WriteString("\"\"\n")
	return err
}

func writeRowGroup(
	ctx context.Context, out recordWriter, group parquet.RowGroup, columns []parquetColumn,
	cells []string,
) (written int64, err error) {
	rows := group.Rows()
	defer func() { err = errors.Join(err, rows.Close()) }()
	buffer := make([]parquet.Row, parquetRows)
	for {
		if err := ctx.Err(); err != nil {
			return written, err
		}
		n, err := rows.ReadRows(buffer)
		for _, row := range buffer[:n] {
			if err := writeParquetRow(out, row, columns, cells); err != nil {
				return written, err
			}
		}
		written += int64(n)
		if errors.Is(err, io.EOF) {
			return written, nil
		}
		if err != nil {
			return written, damaged("%w", err)
		}
	}
}

// writeParquetRow writes a row, or one for each element of the list whose columns are expanded.
func writeParquetRow(
	out recordWriter, row parquet.Row, columns []parquetColumn, cells []string,
) error {
	type list struct {
		column int
		values []parquet.Value
	}
	var lists []list
	for column, values := range row.Range {
		if columns[column].expanded {
			lists = append(lists, list{column, values})
			continue
		}
		cells[column] = columns[column].text(values)
	}
	if len(lists) == 0 {
		return out.write(cells)
	}
	for first := true; ; first = false {
		more, empty := false, true
		for i := range lists {
			l := &lists[i]
			end := min(1, len(l.values))
			for end < len(l.values) && l.values[end].RepetitionLevel() > 1 {
				end++
			}
			cells[l.column] = columns[l.column].text(l.values[:end])
			empty = empty && cells[l.column] == ""
			l.values = l.values[end:]
			more = more || len(l.values) > 0
		}
		if first && !more && empty {
			return nil // an empty list
		}
		if err := out.write(cells); err != nil || !more {
			return err
		}
	}
}

// expandReviews marks the columns of the first list of reviews that has several columns, unless
// there is a text outside the list: then each row is about that text.
func expandReviews(columns []parquetColumn) {
	for _, c := range columns {
		if c.list == "" {
			continue
		}
		var inside, beside []string
		for _, other := range columns {
			if other.list == c.list {
				inside = append(inside, other.name)
			} else {
				beside = append(beside, other.name)
			}
		}
		within, _ := table.GuessColumns(inside, nil)
		outer, _ := table.GuessColumns(beside, nil)
		if len(inside) < 2 || within.Text < 0 || outer.Text >= 0 {
			continue
		}
		for i := range columns {
			columns[i].expanded = columns[i].list == c.list
		}
		return
	}
}

// outerList returns the path of the outermost repeated node on path, "" if there is none.
func outerList(node parquet.Node, path []string) string {
	for i, name := range path {
		fields := node.Fields()
		at := slices.IndexFunc(fields, func(f parquet.Field) bool { return f.Name() == name })
		if at < 0 {
			return ""
		}
		if node = fields[at]; node.Repeated() {
			return strings.Join(path[:i+1], "\x00")
		}
	}
	return ""
}

// listGroups lists names that writers give to the groups of a list, and people never use.
var listGroups = []string{"list", "element", "array", "bag", "array_element"}

// parquetColumn is a column of values: a leaf of the schema.
type parquetColumn struct {
	name    string
	repeats bool // within a row, or within an element of an expanded list
	format  func(parquet.Value) string

	list     string // path of the enclosing list; "" if there is none
	expanded bool   // to a row for each element of the list
}

func parquetColumns(schema *parquet.Schema) ([]parquetColumn, error) {
	paths := schema.Columns()
	if len(paths) > maxLeaves {
		return nil, refuse("The Parquet file has %d columns; %d can be read.", len(paths),
			maxLeaves)
	}
	var columns []parquetColumn
	var deep []bool // within nested lists
	for _, path := range paths {
		leaf, ok := schema.Lookup(path...)
		if !ok {
			return nil, damaged("it has no column %q, which its schema names", path)
		}
		format := parquetFormat(leaf.Node.Type())
		c := parquetColumn{repeats: leaf.MaxRepetitionLevel > 0, format: format}
		if c.repeats {
			c.list = outerList(schema, path)
			path = slices.DeleteFunc(slices.Clone(path), func(name string) bool {
				return slices.Contains(listGroups, name)
			})
		}
		c.name = strings.Join(path, ".")
		columns = append(columns, c)
		deep = append(deep, leaf.MaxRepetitionLevel > 1)
	}
	expandReviews(columns)
	for i := range columns {
		c := &columns[i]
		c.repeats = c.repeats && (!c.expanded || deep[i])
	}
	return columns, nil
}

// text returns the cell for a row's values of the column.
func (c *parquetColumn) text(values []parquet.Value) string {
	if !c.repeats {
		if len(values) == 0 || values[0].IsNull() {
			return ""
		}
		return c.format(values[0])
	}
	var all []string
	for _, v := range values {
		if !v.IsNull() {
			all = append(all, c.format(v))
		}
	}
	if all == nil {
		return ""
	}
	data, _ := json.Marshal(all) // strings always marshal
	return string(data)
}

// parquetFormat returns the function that formats values of a type: dates and times as in ISO 8601,
// decimals with their point, bytes that are not text in hexadecimal.
func parquetFormat(t parquet.Type) func(parquet.Value) string {
	if logical := t.LogicalType(); logical != nil {
		switch l := logical.Value.(type) {
		case *format.DecimalType:
			return func(v parquet.Value) string { return decimal(v, int(l.Scale)) }
		case *format.DateType:
			return func(v parquet.Value) string {
				return time.Unix(int64(v.Int32())*24*60*60, 0).UTC().Format(time.DateOnly)
			}
		case *format.TimestampType:
			layout, unit := "2006-01-02T15:04:05.999999999", l.Unit.Value.Duration()
			if l.IsAdjustedToUTC {
				layout += "Z07:00"
			}
			perSecond := int64(time.Second / unit)
			return func(v parquet.Value) string {
				n := v.Int64()
				at := time.Unix(n/perSecond, n%perSecond*int64(unit))
				return at.UTC().Format(layout)
			}
		case *format.TimeType:
			unit := l.Unit.Value.Duration()
			return func(v parquet.Value) string {
				n := v.Int64()
				if v.Kind() == parquet.Int32 {
					n = int64(v.Int32())
				}
				at := time.Unix(0, 0).UTC().Add(time.Duration(n) * unit)
				return at.Format("15:04:05.999999999")
			}
		case *format.IntType:
			if !l.IsSigned {
				return func(v parquet.Value) string {
					if v.Kind() == parquet.Int32 {
						return strconv.FormatUint(uint64(v.Uint32()), 10)
					}
					return strconv.FormatUint(v.Uint64(), 10)
				}
			}
		case *format.UUIDType:
			return func(v parquet.Value) string {
				h := hex.EncodeToString(v.ByteArray())
				if len(h) != 32 {
					return h
				}
				return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
			}
		}
	}
	return plainValue
}

// formatFloat16s sets the format of columns of half-precision numbers, a logical type that
// parquet-go does not know. schema has the leaves in the order of columns.
func formatFloat16s(columns []parquetColumn, schema []format.SchemaElement) {
	leaf := 0
	for _, e := range schema {
		if !e.Type.Valid || leaf == len(columns) { // a group
			continue
		}
		if _, ok := e.LogicalType.Value.(*format.Float16Type); ok {
			columns[leaf].format = float16
		}
		leaf++
	}
}

// float16 formats an IEEE 754 number of two bytes, little-endian.
func float16(v parquet.Value) string {
	b := v.ByteArray()
	if len(b) != 2 {
		return plainValue(v)
	}
	bits := int(b[0]) | int(b[1])<<8
	exponent, fraction := bits>>10&0x1f, float64(bits&0x3ff)/(1<<10)
	var n float64
	switch {
	case exponent == 0x1f && fraction > 0:
		n = math.NaN()
	case exponent == 0x1f:
		n = math.Inf(1)
	case exponent == 0:
		n = math.Ldexp(fraction, -14)
	default:
		n = math.Ldexp(1+fraction, exponent-15)
	}
	if bits&0x8000 != 0 {
		n = -n
	}
	return float(n, 32)
}

// float formats a number of 32 or 64 bits. It has an exponent only if it is very large or small, so
// that a product or an ID that is a number, 1234567 for example, is not 1.234567e+06.
func float(n float64, bits int) string {
	verb := byte('f')
	if abs := math.Abs(n); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		verb = 'e'
	}
	return strconv.FormatFloat(n, verb, -1, bits)
}

// plainValue formats a value without a logical type.
func plainValue(v parquet.Value) string {
	switch v.Kind() {
	case parquet.Boolean:
		return strconv.FormatBool(v.Boolean())
	case parquet.Int32:
		return strconv.FormatInt(int64(v.Int32()), 10)
	case parquet.Int64:
		return strconv.FormatInt(v.Int64(), 10)
	case parquet.Int96: // a time of Impala and old Sparks: nanoseconds and a Julian day
		const epoch = 2440588
		t := v.Int96()
		nanoseconds := int64(t[1])<<32 | int64(t[0])
		at := time.Unix((int64(t[2])-epoch)*24*60*60, nanoseconds)
		return at.UTC().Format("2006-01-02T15:04:05.999999999")
	case parquet.Float:
		return float(float64(v.Float()), 32)
	case parquet.Double:
		return float(v.Double(), 64)
	}
	if b := v.ByteArray(); !utf8.Valid(b) {
		return hex.EncodeToString(b)
	}
	return string(v.ByteArray())
}

// decimal formats a number that is stored as an integer, multiplied by 10 to the power of scale.
func decimal(v parquet.Value, scale int) string {
	n := new(big.Int)
	switch v.Kind() {
	case parquet.Int32:
		n.SetInt64(int64(v.Int32()))
	case parquet.Int64:
		n.SetInt64(v.Int64())
	default: // two's complement, big-endian
		b := v.ByteArray()
		n.SetBytes(b)
		if len(b) > 0 && b[0]&0x80 != 0 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(len(b))*8))
		}
	}
	digits := new(big.Int).Abs(n).String()
	if scale > 0 {
		digits = strings.Repeat("0", max(0, scale+1-len(digits))) + digits
		digits = digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	}
	if n.Sign() < 0 {
		return "-" + digits
	}
	return digits
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("the Parquet file is damaged: "+format, args...)
}

// checkFooter refuses a file whose metadata would not fit in memory, or that is encrypted.
func checkFooter(r io.ReaderAt, size int64) error {
	var tail [8]byte
	if size < 12 {
		return errors.New("the Parquet file is cut off")
	}
	if _, err := r.ReadAt(tail[:], size-8); err != nil {
		return err
	}
	switch string(tail[4:]) {
	case "PAR1":
	case "PARE":
		return refuse("The Parquet file is encrypted.")
	default:
		return errors.New("the Parquet file is cut off")
	}
	length := int64(tail[0]) | int64(tail[1])<<8 | int64(tail[2])<<16 | int64(tail[3])<<24
	if length > size-12 {
		return errors.New("the Parquet file is cut off")
	}
	if length > maxFooter {
		return refuse("The Parquet file describes itself in %d bytes; %d can be read.", length,
			maxFooter)
	}
	return nil
}

// checkPages refuses a file with a page that would not fit in memory: its reader allocates the size
// in a page's header before it reads the page.
func checkPages(ctx context.Context, r io.ReaderAt, m *format.FileMetaData) error {
	var headers pageHeaders
	for g := range m.RowGroups {
		if m.RowGroups[g].NumRows == 0 {
			continue
		}
		for i := range m.RowGroups[g].Columns {
			if err := ctx.Err(); err != nil {
				return err
			}
			chunk := &m.RowGroups[g].Columns[i].MetaData
			at := chunk.DataPageOffset
			if d := chunk.DictionaryPageOffset; d > 0 && d < at {
				at = d
			}
			for end := at + chunk.TotalCompressedSize; at < end; {
				header, length, err := headers.read(r, at)
				if err != nil {
					return err
				}
				unpacked, packed := header.UncompressedPageSize, header.CompressedPageSize
				if unpacked < 0 || packed < 0 {
					return damaged("the page at byte %d", at)
				}
				if max(unpacked, packed) > maxPage {
					return refuse("The Parquet file has a page of %d bytes in %q; %d can be read.",
						max(unpacked, packed), strings.Join(chunk.PathInSchema, "."), maxPage)
				}
				at += length
				if err := headers.checkUnpacked(r, at, chunk, &header); err != nil {
					return err
				}
				at += int64(packed)
			}
		}
	}
	return nil
}

// pageHeaders reads the headers of pages.
type pageHeaders struct{ buffer, page []byte }

// read reads the header of the page at byte at, and returns it and its length in bytes.
func (h *pageHeaders) read(r io.ReaderAt, at int64) (header format.PageHeader, length int64,
	err error) {
	var protocol thrift.CompactProtocol
	// Some writers put the minimum and the maximum of the page into the header, of any length.
	for size := firstHeader; ; size *= 16 {
		if len(h.buffer) < size {
			h.buffer = make([]byte, size)
		}
		n, err := r.ReadAt(h.buffer[:size], at)
		if err != nil && err != io.EOF {
			return header, 0, err
		}
		reader := protocol.NewReaderFromBytes(h.buffer[:n])
		header = format.PageHeader{}
		if err = thrift.NewDecoder(reader).Decode(&header); err == nil {
			return header, int64(reader.BytesRead()), nil
		}
		if n < size || size >= maxPageHeader {
			return header, 0, damaged("the page at byte %d: %w", at, err)
		}
	}
}
