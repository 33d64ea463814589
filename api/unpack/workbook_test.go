package unpack

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// book returns a workbook whose named parts are replaced, or added.
func book(t *testing.T, parts map[string]io.Reader) *bytes.Reader {
	t.Helper()
	f := excelize.NewFile()
	f.SetSheetRow("Sheet1", "A1", &[]any{"review", "stars"})
	f.SetSheetRow("Sheet1", "A2", &[]any{"good one", 5})
	whole, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(whole.Bytes()), int64(whole.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, part := range z.File {
		if parts[part.Name] == nil {
			if err := w.Copy(part); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, content := range parts {
		p, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(p, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(out.Bytes())
}

// repeated returns a reader of begin, block n times, and end.
func repeated(begin, block string, n int, end string) io.Reader {
	const at = 1000
	many := strings.Repeat(block, at)
	readers := []io.Reader{strings.NewReader(begin)}
	for range n / at {
		readers = append(readers, strings.NewReader(many))
	}
	return io.MultiReader(append(readers, strings.NewReader(end))...)
}

const (
	sheet      = "xl/worksheets/sheet1.xml"
	shared     = "xl/sharedStrings.xml"
	sheetBegin = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`
	sheetEnd   = `</sheetData></worksheet>`
	cellsAt    = `<row><c r="%" t="inlineStr"><is><t>good one</t></is></c></row>`
)

// A small workbook that would take much memory or time is refused, with the reason.
func TestWorkbookIsBounded(t *testing.T) {
	for name, tt := range map[string]struct {
		parts map[string]io.Reader
		want  string
	}{
		"far column": {map[string]io.Reader{sheet: repeated(sheetBegin,
			strings.Replace(cellsAt, "%", "XFD1", 1), 1000, sheetEnd)},
			"16384 columns; a table can have 10000"},
		"empty cells": {map[string]io.Reader{sheet: repeated(sheetBegin,
			strings.Replace(cellsAt, "%", "MZZ1", 1), 3000, sheetEnd)}, "empty cells beside"},
		"large cell": {map[string]io.Reader{sheet: repeated(sheetBegin+`<row><c t="inlineStr"><is><t>`, "good one ", 5_000_000, `</t></is></c></row>`+sheetEnd)}, "a cell has more than"},
		"large string": {map[string]io.Reader{shared: repeated(`<sst><si>`, "<r><t>x</t></r>",
			1_000_000, `</si></sst>`)}, "a cell has more than"},
		"strings": {map[string]io.Reader{shared: repeated(`<sst>`, "<si/>", 5_000_000,
			`</sst>`)}, "different texts"},
		"styles": {map[string]io.Reader{"xl/styles.xml": repeated(`<styleSheet>`, "<xf/>",
			4_000_000, `</styleSheet>`)}, "xl/styles.xml has 20"},
		"pictures": {map[string]io.Reader{"xl/media/1.png": repeated("", "picture ", 17_000_000,
			"")}, "remove pictures"},
	} {
		t.Run(name, func(t *testing.T) {
			r := book(t, tt.parts)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := writeSheet(t.Context(), io.Discard, r, r.Size(), "", new(Table))
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want one with %q", err, tt.want)
			}
			if took := after.TotalAlloc - before.TotalAlloc; took > 3<<30 {
				t.Errorf("%d bytes of memory for %d of file", took, r.Size())
			}
		})
	}
}

func TestWorkbook(t *testing.T) {
	for name, parts := range map[string]map[string]io.Reader{
		"as excelize writes it": nil,
		"with name spaces": {sheet: strings.NewReader(`<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>` +
			`<x:row><x:c t="inlineStr"><x:is><x:t>review</x:t></x:is></x:c><x:c t="inlineStr"><x:is><x:t>stars</x:t></x:is></x:c></x:row>` +
			`<x:row><x:c t="inlineStr"><x:is><x:t>good one</x:t></x:is></x:c><x:c><x:v>5</x:v></x:c></x:row></x:sheetData></x:worksheet>`)},
		"with much behind the cells": {sheet: repeated(sheetBegin+`<row><c t="inlineStr"><is><t>review</t></is></c><c t="inlineStr"><is><t>stars</t></is></c></row>`+
			`<row><c t="inlineStr"><is><t>good one</t></is></c><c><v>5</v></c></row></sheetData><mergeCells>`, `<mergeCell ref="A1:B2"/>`, 100_000, `</mergeCells></worksheet>`)},
	} {
		t.Run(name, func(t *testing.T) {
			r := book(t, parts)
			var out strings.Builder
			if err := writeSheet(t.Context(), &out, r, r.Size(), "", new(Table)); err != nil ||
				out.String() != "review,stars\ngood one,5\n" {
				t.Errorf("%q, %v", &out, err)
			}
		})
	}
}

func TestWorkbookHearsTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := book(t, nil)
	if err := writeSheet(ctx, io.Discard, r, r.Size(), "", new(Table)); !errors.Is(err,
		context.Canceled) {
		t.Errorf("checking: %v", err)
	}
	if _, err := openFrame(ctx, stuck{}); !errors.Is(err, context.Canceled) {
		t.Errorf("opening: %v", err)
	}
}

// A workbook is read as excelize reads it directly, though excelize never has more than a few rows.
func TestWorkbookAsExcelizeReadsIt(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	style := func(s excelize.Style) int {
		id, err := f.NewStyle(&s)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	percent, date, text := style(excelize.Style{NumFmt: 10}), style(excelize.Style{NumFmt: 14}),
		style(excelize.Style{NumFmt: 49})
	long := strings.Repeat("so good ", 40)
	for i := range 3000 {
		at := i + 1
		if i > 1000 {
			at += 5 // rows without cells
		}
		cell := func(column string) string { return fmt.Sprintf("%s%d", column, at) }
		f.SetCellValue("Sheet1", cell("A"), fmt.Sprintf("%s<b> & \"%d\"\n", long, i%700))
		f.SetCellValue("Sheet1", cell("C"), float64(i)/7)
		f.SetCellStyle("Sheet1", cell("C"), cell("C"), percent)
		f.SetCellValue("Sheet1", cell("D"), time.Date(2024, 1, 1+i%500, 0, 0, 0, 0, time.UTC))
		f.SetCellStyle("Sheet1", cell("D"), cell("D"), date)
		f.SetCellValue("Sheet1", cell("E"), i%2 == 0)
		f.SetCellFormula("Sheet1", cell("F"), "1+1")
		f.SetCellRichText("Sheet1", cell("G"), []excelize.RichTextRun{{Text: " one "},
			{Text: "two", Font: &excelize.Font{Bold: true}}})
		f.SetCellValue("Sheet1", cell("H"), "_x0041_ literally")
		f.SetCellStyle("Sheet1", cell("H"), cell("H"), text)
		f.SetCellStr("Sheet1", cell("I"), "größer 🙂")
	}
	whole, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	alone, err := excelize.OpenReader(bytes.NewReader(whole.Bytes()),
		excelize.Options{ShortDatePattern: "yyyy-mm-dd"})
	if err != nil {
		t.Fatal(err)
	}
	defer alone.Close()
	want, err := alone.GetRows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	b, err := openWorkbook(t.Context(), bytes.NewReader(whole.Bytes()), int64(whole.Len()))
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	n := 0
	err = b.rows(t.Context(), "Sheet1", func(cells []string) (bool, error) {
		if n >= len(want) || !slices.Equal(cells, want[n]) {
			t.Errorf("row %d is %q", n+1, cells)
		}
		n++
		return !t.Failed(), nil
	})
	if err != nil || n != len(want) {
		t.Errorf("%d rows, want %d; %v", n, len(want), err)
	}
}

// Unusual markup in a sheet is read as specified by XML.
func TestOddSheets(t *testing.T) {
	const strings1 = `<?xml version="1.0"?><sst><si><t>review</t></si>` +
		`<si><r><t>go</t></r><r><t>od &amp; </t></r><rPh><t>no</t></rPh></si></sst>`
	for name, tt := range map[string]struct{ sheet, want string }{
		"comments and sections": {sheetBegin + `<!-- <row> --><row><c t='s'><v><![CDATA[1]]></v></c>` +
			`<c t="str" r="B1"><v><![CDATA[</row>]]></v></c></row>` + sheetEnd, "good & ,</row>\n"},
		"a tag with > in a value": {sheetBegin + `<row spans="a>b"><c x="'>" t="s"><v> 0 </v></c>` +
			`</row>` + sheetEnd, "review\n"},
		"empty elements": {sheetBegin + `<row/><row><c t="s"/><c t="s"><v/></c><c t="s"><v></v>` +
			`</c><c t="s"><v>1</v></c></row>` + sheetEnd, "\n,,,good & \n"},
		"a string that is not there": {sheetBegin + `<row><c t="s"><v>7</v></c><c><v>1</v></c></row>` +
			sheetEnd, ",1\n"},
		"no end of the sheet": {sheetBegin + `<row><c t="s"><v>0</v></c></row>`, "review\n"},
		"another encoding": {"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" + sheetBegin +
			"<row><c t=\"str\"><v>gr\xfcn</v></c></row>" + sheetEnd, "grün\n"},
		"no end of a row": {sheetBegin + `<row r="3"><c t="s"><v>0</v></c>`,
			"behind row 3 of the sheet: unexpected EOF"},
		"no index": {sheetBegin + `<row><c t="s"><v>x</v></c></row>` + sheetEnd,
			`row 1 of the sheet: "x" is no number of a shared string`},
		"too many rows": {sheetBegin + `<row r="1048577"/>` + sheetEnd, "it can have 1048576"},
		"no XML": {sheetBegin + `<row><c><v>1</x></c></row>` + sheetEnd,
			"between row 1 and row 1 the sheet is no XML"},
		"no entity": {sheetBegin + `<row><c t="str"><v>a &b; c</v></c></row>` + sheetEnd,
			"between row 1 and row 1 the sheet is no XML"},
	} {
		t.Run(name, func(t *testing.T) {
			r := book(t, map[string]io.Reader{sheet: strings.NewReader(tt.sheet),
				shared: strings.NewReader(strings1)})
			var out strings.Builder
			err := writeSheet(t.Context(), &out, r, r.Size(), "", new(Table))
			if err == nil && out.String() == tt.want || err != nil && strings.Contains(err.Error(),
				tt.want) {
				return
			}
			t.Errorf("%q, %v; want %q", &out, err, tt.want)
		})
	}
}

// No text of a workbook is in a named file, which a killed process would leave behind.
func TestWorkbookLeavesNoNames(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("deletes no open file")
	}
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	row := `<row><c t="s"><v>0</v></c><c t="inlineStr"><is><t>good one</t></is></c></row>`
	r := book(t, map[string]io.Reader{sheet: repeated(sheetBegin, row, 50_000, sheetEnd),
		shared: repeated("<sst>", "<si><t>a private review</t></si>", 50_000, "</sst>")})
	looked := 0
	err := writeSheet(t.Context(), writerFunc(func(p []byte) (int, error) {
		looked++
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			t.Errorf("while rows are written there is %v, %v", entries, err)
		}
		return len(p), nil
	}), r, r.Size(), "", new(Table))
	if err != nil || looked == 0 {
		t.Errorf("looked %d times; %v", looked, err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// A tag or a comment costs no more than its size.
func TestMarkupIsLinear(t *testing.T) {
	for name, data := range map[string]string{
		"> in a value": `<c r="` + strings.Repeat(">", maxElement/2) + `">`,
		"a comment":    "<!--" + strings.Repeat("->", 4*maxElement) + "--><c>",
	} {
		source := strings.NewReader(data)
		m := markup{r: bufio.NewReaderSize(source, 64)}
		if err := m.next(); err != nil || m.tag[len(m.tag)-1] != '>' || source.Len() > 0 {
			t.Errorf("%s: %v, %d bytes left", name, err, source.Len())
		}
	}
}

// stuck is a source that never returns data.
type stuck struct{}

func (stuck) Read([]byte) (int, error) { select {} }

// A cell that holds a date is that day, whatever order its format shows.
func TestDatesOfWorkbook(t *testing.T) {
	f := excelize.NewFile()
	f.SetSheetRow("Sheet1", "A1", &[]any{"review", "date", "time", "price"})
	for i, code := range []string{
		"dd/mm/yyyy", `[$-407]d\. mmmm yyyy;@`, "m/d/yy h:mm", `"day" d/m/yy`,
	} {
		style := func(code string) int {
			style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
			if err != nil {
				t.Fatal(err)
			}
			return style
		}
		row := i + 2
		cell := func(column int) string {
			name, _ := excelize.CoordinatesToCellName(column, row)
			return name
		}
		f.SetCellValue("Sheet1", cell(1), "Works well")
		f.SetCellValue("Sheet1", cell(2), 45355.5) // 4 March 2024, noon
		f.SetCellStyle("Sheet1", cell(2), cell(2), style(code))
		f.SetCellValue("Sheet1", cell(3), 0.5)
		f.SetCellStyle("Sheet1", cell(3), cell(3), style("h:mm"))
		f.SetCellValue("Sheet1", cell(4), 45355)
		f.SetCellStyle("Sheet1", cell(4), cell(4), style(`[Red]0.00" paid"`))
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	r := bytes.NewReader(b.Bytes())
	out, err := Open(context.Background(), "a.xlsx", r, r.Size(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	got, err := io.ReadAll(io.NewSectionReader(out, 0, out.Size))
	want := "review,date,time,price\n" +
		"Works well,2024-03-04,12:00,45355\n" +
		"Works well,2024-03-04,12:00,45355\n" +
		"Works well,2024-03-04 12:00:00,12:00,45355\n" +
		"Works well,2024-03-04,12:00,45355\n"
	if err != nil || string(got) != want {
		t.Errorf("%v, %s\nwant %s", err, got, want)
	}
}

// A number is read as it is stored, whatever its format shows, unless it is a code with zeros in
// front, a time or a percentage.
func TestNumbersOfWorkbook(t *testing.T) {
	f := excelize.NewFile()
	for i, tt := range []struct {
		code  string
		value any
		want  string
	}{
		{"General", 1234567890123456, "1234567890123456"},
		{"0", 1234567890123457, "1234567890123457"},
		{"0", 4.5, "4.5"}, {`0" stars"`, 3.5, "3.5"}, {"#,##0", 1234.5, "1234.5"},
		{"# ?/?", 2.25, "2.25"}, {"[Red]-0;0", 1.5, "1.5"}, {"0.0E+00", 12345, "12345"},
		{"00000", 123, "00123"}, {"0%", 0.85, "85%"}, {"h:mm", 0.5, "12:00"},
		{"@", "1.0", "1.0"},
	} {
		style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &tt.code})
		if err != nil {
			t.Fatal(err)
		}
		cell := fmt.Sprintf("B%d", i+1)
		err = errors.Join(f.SetCellValue("Sheet1", fmt.Sprintf("A%d", i+1), tt.want),
			f.SetCellValue("Sheet1", cell, tt.value),
			f.SetCellStyle("Sheet1", cell, cell, style))
		if err != nil {
			t.Fatal(err)
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := taken(t, "a.xlsx", "", b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(got) {
		if want, read, _ := strings.Cut(strings.TrimSpace(line), ","); read != want {
			t.Errorf("%s is read as %s", want, read)
		}
	}
	if n := strings.Count(got, "\n"); n != 12 {
		t.Errorf("%d rows, want 12", n)
	}
}

// Whatever a sheet is, the input of excelize ends, is no larger than necessary, and has only rows
// and cells.
func FuzzSheet(f *testing.F) {
	f.Add([]byte(sheetBegin + `<x:row r="3" spans='a>b'><c r="A3" t='s'><v>1</v></c>` +
		`<c><f>1+1</f><v><![CDATA[2]]></v></c></x:row><!-- --><row/>` + sheetEnd))
	f.Add([]byte(`<row><c t="s"><is><t>a</t></is><v/></c><row></row></sheetData>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		in := sheetReader{markup: markup{r: bufio.NewReader(bytes.NewReader(data))},
			strings: new(stringTable)}
		total, rows := 0, 0
		for base, more := 0, true; more; base = in.row {
			var err error
			more, err = in.fill(t.Context(), base)
			out := in.out.Bytes()
			if total += len(out); len(out) < len(sheetStart) || in.row < base {
				t.Fatalf("after %d rows %d bytes, %v", base, len(out), err)
			}
			rows += bytes.Count(out, []byte("<row "))
			if err != nil {
				break
			}
		}
		if most := 200 + 12*len(data); total > most || rows > len(data)/4+1 {
			t.Errorf("%d bytes become %d, with %d rows", len(data), total, rows)
		}
	})
}

// A formula that was never calculated is doubted, for its cell is read as empty. An empty text is a
// result.
func TestFormulaWithoutResult(t *testing.T) {
	const begin = sheetBegin + `<row r="1"><c t="inlineStr"><is><t>review</t></is></c></row>` +
		`<row r="2"><c t="inlineStr"><is><t>It is fine.</t></is></c>`
	for cell, want := range map[string]string{
		`<c><f>1+1</f><v></v></c>`:              "a cell in row 2 of the sheet has",
		`<c><f>1+1</f></c><c><f>2</f><v/></c>`:  "2 cells, the first in row 2",
		`<c><f t="shared" si="0"/></c>`:         "a cell in row 2 of the sheet has",
		`<c><f>1+1</f><v>2</v></c>`:             "",
		`<c t="str"><f>""</f><v></v></c>`:       "",
		`<c t="e"><f>1/0</f><v>#DIV/0!</v></c>`: "",
		`<c><v></v></c>`:                        "",
	} {
		r, got := book(t, map[string]io.Reader{
			sheet: strings.NewReader(begin + cell + "</row>" + sheetEnd)}), new(Table)
		if err := writeSheet(t.Context(), io.Discard, r, r.Size(), "", got); err != nil {
			t.Fatal(err)
		}
		doubts := ""
		for _, doubt := range got.Doubts {
			doubts += doubt.Detail
		}
		if !strings.Contains(doubts, want) || (doubts == "") != (want == "") {
			t.Errorf("%s: %q, want %q", cell, doubts, want)
		}
	}
}

// A hidden sheet is not chosen, whatever it holds, but is read if it is named.
func TestHiddenSheet(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	if _, err := f.NewSheet("Old"); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][3]string{{"Sheet1", "A1", "note"}, {"Sheet1", "A2", "It is fine."},
		{"Old", "A1", "review"}, {"Old", "B1", "stars"}, {"Old", "A2", "It is so good."},
		{"Old", "B2", "5"}} {
		if err := f.SetCellValue(c[0], c[1], c[2]); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.SetSheetVisible("Old", false); err != nil {
		t.Fatal(err)
	}
	data, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	for named, want := range map[string]string{"": "note\nIt is fine.\n",
		"Old": "review,stars\nIt is so good.,5\n"} {
		var out strings.Builder
		r, got := bytes.NewReader(data.Bytes()), new(Table)
		err := writeSheet(t.Context(), &out, r, r.Size(), named, got)
		if err != nil || out.String() != want || (len(got.Notes) == 0) != (named != "") {
			t.Errorf("%q: %q, %v, %q", named, &out, err, got.Notes)
		}
	}
}
