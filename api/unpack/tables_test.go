package unpack

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// taken returns the table in a file as CSV, and the notes on it.
func taken(t *testing.T, name, sheet string, data []byte) (csv string, notes []string, err error) {
	t.Helper()
	inside, err := Open(t.Context(), name, bytes.NewReader(data), int64(len(data)), sheet, "")
	if err != nil {
		return "", nil, err
	}
	if inside == nil {
		return string(data), nil, nil
	}
	defer inside.Close()
	out, err := io.ReadAll(io.NewSectionReader(inside, 0, inside.Size))
	return string(out), inside.Notes, err
}

// A tar archive is refused with a way out, uncompressed and in gzip.
func TestTarIsRefused(t *testing.T) {
	var plain, packed bytes.Buffer
	w := tar.NewWriter(&plain)
	if err := errors.Join(w.WriteHeader(&tar.Header{Name: "reviews.csv", Size: 9}),
		second(io.WriteString(w, "review\na\n")), w.Close()); err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(&packed)
	if err := errors.Join(second(z.Write(plain.Bytes())), z.Close()); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"reviews.tar": plain.Bytes(),
		"reviews.tar.gz": packed.Bytes(), "reviews.tgz": packed.Bytes()} {
		if csv, _, err := taken(t, name, "", data); err == nil ||
			!strings.Contains(err.Error(), "Unpack it and take the table inside") {
			t.Errorf("%s: %q, %v", name, csv, err)
		}
	}
}

func second(_ int, err error) error { return err }

func TestWebPages(t *testing.T) {
	const begin, end = "<html><body><table>", "</table></body></html>"
	for _, tt := range []struct{ name, page, want string }{
		{"images", begin + `<tr><td>review<td>stars<td>photo<tr><td>It is fine<img alt=smile>` +
			`<td><img src=4.png alt="4 of &quot;5&quot;"><td><img src=a.png alt="">` +
			`<tr><td>bad<td><img alt="★"><img alt="★"/><td>none` + end,
			"review,stars,photo\nIt is fine,\"4 of \"\"5\"\"\",\nbad,★ ★,none\n"},
		{"labels of elements", begin + `<tr><td>review<td>stars<tr><td>It is fine` +
			`<td><span class=s aria-label="4 stars" title=x><img alt="4 stars"></span>` +
			`<tr><td>bad<td title="1 star"><tr><td title="a b">so so<td><div title="3 stars">` +
			`<tr><td>bad<td><i title=★></i><i title=★></i>` + end,
			"review,stars\nIt is fine,4 stars\nbad,1 star\nso so,3 stars\nbad,★ ★\n"},
		{"labels of buttons", begin + `<tr><td>review<td>stars<tr><td>It is fine` +
			`<button aria-label="Report it"></button><td>4<tr><td>` +
			`<button aria-label="Report it"><svg></svg></button><td><i title="1 star"></i>` + end,
			"review,stars\nIt is fine,4\n,1 star\n"},
		{"cells",
			begin +
				"<tr><th>id</th><th>review</th></tr><tr><td>1</td><td>Good &amp; quick,\n  " +
				"really</td></tr>" + end,
			"id,review\n1,\"Good & quick,\nreally\"\n"},
		{"elements that are not ended",
			begin + "<tr><td>id<td>review<tr><td>1<td>Good<p>Quick<br>Quiet",
			"id,review\n1,\"Good\nQuick\nQuiet\"\n"},
		{"cells that cover others",
			begin + "<tr><td>shop<td>review<td>stars<tr><td rowspan=2>A<td>Good<td>5" +
				"<tr><td>Bad<td>1<tr><td colspan=2>Sum<td>6" + end,
			"shop,review,stars\nA,Good,5\nA,Bad,1\nSum,,6\n"},
		{"the table of reviews",
			"<html><table><tr><td>Menu</td></tr></table><table><tr><td>review</td><td>stars</td></tr>" +
				"<tr><td>I love it, it is quick.</td><td>5</td></tr><tr><td>It broke after two " +
				"days.</td><td>1</td></tr></table></html>",
			"review,stars\n\"I love it, it is quick.\",5\nIt broke after two days.,1\n"},
		{"a table in a cell",
			begin + "<tr><td>review</td><td>x</td></tr><tr><td>I love it, it is quick." +
				"<table><tr><td>inner</td></tr></table></td><td>y</td></tr>" + end,
			"review,x\n\"I love it, it is quick.\",y\n"},
		{"scripts and styles",
			begin +
				"<tr><td>review<style>td{}</style></td></tr><tr><td>Good<script>x()</script></td></tr>" + end,
			"review\nGood\n"},
		{"another encoding",
			"<html><head><meta " +
				"charset=windows-1252></head><table><tr><td>review</td></tr><tr><td>Caf\xe9</td></tr></table></html>",
			"review\nCafé\n"},
	} {
		got, _, err := taken(t, "export.xls", "", []byte(tt.page))
		if err != nil || got != tt.want {
			t.Errorf("%s: %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
	for page, want := range map[string]string{
		"<html><body>Sign in to go on</body></html>": "web page saved as .xls",
		"<html><table></table></html>":               "web page saved as .xls",
		"<html><table><tr><td>" + strings.Repeat("a ", maxCell) +
			"</td></tr></table></html>": "a cell has more than",
		"<html><table><tr>" + strings.Repeat("<td rowspan=1000>"+strings.Repeat("x", 2000), 10) +
			strings.Repeat("<tr>", 1000) + "</table></html>": "most of it are cells that repeat",
		"<html><table>" + strings.Repeat("<tr><td rowspan=1000 colspan=1000>x", 60) +
			"</table></html>": "more than 10000 columns",
		"<html>" + strings.Repeat("<table>",
			60): "in one another",
	} {
		if _, _, err := taken(t, "export.xls", "", []byte(page)); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", page, err, want)
		}
	}
}

// A page is decoded as it declares, wherever the declaration is, or else by its content.
func TestEncodingsOfWebPages(t *testing.T) {
	style := "<style>" + strings.Repeat("td { color: black }\n", 1000) + "</style>"
	rows := func(cell string) string {
		return "<table><tr><td>review</td></tr><tr><td>" + cell + "</td></tr></table></html>"
	}
	var wide []byte
	for _, c := range []byte("<html>" + rows("Caf\xe9")) {
		wide = append(wide, c, 0)
	}
	for name, page := range map[string]string{
		"UTF-8 that names nothing": "<html>" + style + rows("Café"),
		"UTF-8 that is named late": "<html>" + style + "<meta charset='utf-8'>" + rows("Café"),
		"Windows-1252":             "<html>" + style + rows("Caf\xe9"),
		"another encoding, named late": "<html>" + style + "<META http-equiv=Content-Type " +
			"content=\"text/html; charset=macintosh\">" + rows("Caf\x8e"),
		"XML": "<?xml version='1.0' encoding='macintosh'?><html>" +
			rows("Caf\x8e"),
		"a mark":                    "\ufeff<html>" + style + rows("Café"),
		"a name that is wrong":      "<html><meta charset=utf-16>" + style + rows("Café"),
		"UTF-16 without a mark":     string(wide),
		"letters beyond the sample": "<html>" + strings.Repeat(style, 20) + rows("Café"),
		"Windows-1252 beyond it":    "<html>" + strings.Repeat(style, 20) + rows("Caf\xe9"),
		"Windows-1252 called UTF-8": "<html><meta charset=utf-8>" + style + rows("Caf\xe9"),
	} {
		if got, _, err := taken(t, "export.xls", "", []byte(page)); err != nil ||
			got != "review\nCafé\n" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// A spreadsheet in an archive is read rather than what describes it.
func TestSpreadsheetInArchive(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, part := range [][2]string{
		{"readme.txt", "These are the reviews of May.\nThey come from our shop.\n"},
		{"reviews.xls", "<html><table><tr><td>Review</td></tr><tr><td>Fine</td></tr></table>"},
	} {
		w, err := z.Create(part[0])
		if err == nil {
			_, err = io.WriteString(w, part[1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	got, notes, err := taken(t, "a.zip", "", b.Bytes())
	if err != nil || got != "Review\nFine\n" || len(notes) != 1 ||
		!strings.Contains(notes[0], `"readme.txt"`) {
		t.Errorf("%q, %q, %v", got, notes, err)
	}
}

// Which of two tables alike is read is a guess, unless it is named.
func TestTablesAlike(t *testing.T) {
	rows := func(name string) string {
		return "<table><tr><td>" + name + "</td></tr><tr><td>It works as it should.</td></tr>" +
			"<tr><td>It broke on the second day.</td></tr></table>"
	}
	for page, want := range map[string]int{
		rows("review") + rows("review"): 1, rows("review") + rows("order"): 1, rows("review"): 0,
		rows("review") + "<table><tr><td>id</td></tr><tr><td>1</td></tr></table>": 0,
	} {
		for sheet, want := range map[string]int{"": want, "1": 0} {
			data := []byte("<html>" + page + "</html>")
			r := bytes.NewReader(data)
			inside, err := Open(t.Context(), "a.xls", r, r.Size(), sheet, "")
			if err != nil {
				t.Fatal(err)
			}
			if len(inside.Doubts) != want {
				t.Errorf("%s, sheet %q: %+v, want %d doubts", page, sheet, inside.Doubts, want)
			}
			inside.Close()
		}
	}
}

// sheets writes an OpenDocument spreadsheet of sheets by name, in order, with the XML of their
// rows.
func sheets(t *testing.T, named ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateHeader(&zip.FileHeader{Name: "mimetype", Method: zip.Store})
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "application/vnd.oasis.opendocument.spreadsheet")
	if w, err = z.Create("content.xml"); err != nil {
		t.Fatal(err)
	}
	io.WriteString(w,
		`<?xml version="1.0"?><office:document-content><office:body><office:spreadsheet>`)
	for i := 0; i < len(named); i += 2 {
		fmt.Fprintf(w, `<table:table table:name="%s">%s</table:table>`, named[i], named[i+1])
	}
	io.WriteString(w, `</office:spreadsheet></office:body></office:document-content>`)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestOpenDocuments(t *testing.T) {
	cell := func(text string) string {
		return `<table:table-cell office:value-type="string"><text:p>` + text +
			`</text:p></table:table-cell>`
	}
	row := func(cells ...string) string {
		return "<table:table-row>" + strings.Join(cells, "") + "</table:table-row>"
	}
	const rest = `<table:table-cell table:number-columns-repeated="16000"/>`
	reviews := row(cell("review"), cell("date"), cell("stars"), rest) +
		row(
			`<table:table-cell office:value-type="string"><text:p>I love it,<text:s text:c="2"/>it is</text:p><text:p>quick.</text:p>`+
				`<office:annotation><text:p>a note</text:p></office:annotation></table:table-cell>`,
			`<table:table-cell office:value-type="date" office:date-value="2024-03-04"><text:p>04.03.24</text:p></table:table-cell>`,
			`<table:table-cell office:value-type="float" office:value="4.5"><text:p>4,5</text:p></table:table-cell>`, rest) +
		row(cell("It broke after two days."), `<table:table-cell/>`, cell("1")) +
		`<table:table-row table:number-rows-repeated="1000000">` + rest + `</table:table-row>`
	const want = "review,date,stars\n\"I love it,  it is\nquick.\",2024-03-04,4.5\nIt broke " +
		"after two days.,,1\n"
	data := sheets(t, "Read me", row(cell("Made for you"))+row(cell("Enjoy")), "Reviews", reviews)
	got, notes, err := taken(t, "export.ods", "", data)
	if got = strings.TrimRight(got, "\n") + "\n"; err != nil || got != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	if all := strings.Join(notes, " "); !strings.Contains(all,
		`Reviews from "Reviews"; not read: "Read me".`) {
		t.Errorf("notes = %q", notes)
	}
	got, _, err = taken(t, "export.ods", "read me", data)
	if want := "Made for you\nEnjoy\n"; err != nil || got != want {
		t.Errorf("the sheet that is named: %q, %v", got, err)
	}
	if _, _, err := taken(t, "export.ods", "Other", data); err == nil ||
		!strings.Contains(err.Error(), `no sheet "Other"`) {
		t.Errorf("a sheet that is not there: %v", err)
	}
	if _, _, err := taken(t, "export.ods", "", sheets(t, "Empty", "")); err == nil ||
		!strings.Contains(err.Error(), "holds no rows") {
		t.Errorf("no rows: %v", err)
	}
	many := row(strings.Replace(cell(strings.Repeat("a", 1000)), "<table:table-cell",
		`<table:table-cell table:number-columns-repeated="1000"`, 1))
	if _, _, err := taken(t, "export.ods", "",
		sheets(t, "Large", strings.Repeat(many, 30))); err == nil ||
		!strings.Contains(err.Error(), "repeat") {
		t.Errorf("cells that repeat: %v", err)
	}
}

// Equal consecutive rows, and equal cells, are stored once with their number, which is not silently
// truncated.
func TestRepeatsOfOpenDocuments(t *testing.T) {
	cells := func(repeat, text string) string {
		return `<table:table-cell table:number-columns-repeated="` + repeat + `"><text:p>` + text +
			`</text:p></table:table-cell>`
	}
	rows := func(repeat, cells string) string {
		return `<table:table-row table:number-rows-repeated="` + repeat + `">` + cells +
			"</table:table-row>"
	}
	head := rows("1", cells("1", "review"))
	for _, n := range []int{2, 1500} {
		data := sheets(t, "Reviews", head+rows(fmt.Sprint(n), cells("1", "Good")))
		got, _, err := taken(t, "export.ods", "", data)
		if want := "review\n" + strings.Repeat("Good\n", n); err != nil || got != want {
			t.Errorf("%d equal rows: %d bytes, %v, want %d", n, len(got), err, len(want))
		}
		data = sheets(t, "Reviews", head+rows("1", cells(fmt.Sprint(n), "x")))
		got, _, err = taken(t, "export.ods", "", data)
		if err != nil || strings.Count(got, "x") != n {
			t.Errorf("%d equal cells: %d bytes, %v", n, len(got), err)
		}
	}
	for want, rows := range map[string]string{
		"more than 10000 columns":          rows("1", cells("20000", "x")),
		"most of it are cells that repeat": rows("9000000", cells("1", "Good")),
		"more than 16777216 rows":          rows("99999999999999999999", cells("1", "Good")),
	} {
		_, _, err := taken(t, "export.ods", "", sheets(t, "Reviews", head+rows))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// What is held in memory of a document is bounded while it is unpacked.
func TestBombsInOpenDocuments(t *testing.T) {
	big := strings.Repeat("a ", 8<<20)
	for name, cell := range map[string]string{
		"a text":    "<text:p>" + big,
		"CDATA":     "<text:p><![CDATA[" + big + "]]>",
		"a comment": "<!--" + big + "-->",
		"spaces":    "<text:p>" + strings.Repeat(`<text:s text:c="1000"/>`, 32<<10),
	} {
		data := sheets(t, "Reviews", "<table:table-row><table:table-cell>"+cell+
			"</text:p></table:table-cell></table:table-row>")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err := taken(t, "export.ods", "", data)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), "a cell has more than") {
			t.Errorf("%s: %v", name, err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
			t.Errorf("%s: %d bytes were allocated", name, n)
		}
	}
}

// Reading a document stops when its context is done.
func TestTablesHearTheContext(t *testing.T) {
	page := []byte("<html><table>" + strings.Repeat("<tr><td>a</td></tr>", 100_000) +
		"</table></html>")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Open(ctx, "a.xls", bytes.NewReader(page), int64(len(page)), "", ""); err == nil {
		t.Error("it was read to its end")
	}
}

// Dates in the short form of a locale are written unambiguously.
func TestWorkbookDates(t *testing.T) {
	book := excelize.NewFile()
	defer book.Close()
	short, err := book.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	for cell, v := range map[string]any{"A1": "Date", "B1": "Review", "A2": 45355,
		"B2": "Great pan, would buy it again."} {
		if err := book.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.SetCellStyle("Sheet1", "A2", "A2", short); err != nil {
		t.Fatal(err)
	}
	data, err := book.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := taken(t, "a.xlsx", "", data.Bytes())
	if want := "Date,Review\n2024-03-04,\"Great pan, would buy it again.\"\n"; err != nil ||
		got != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}

// Dates in Excel's built-in formats are complete dates, also if a cell shows a part.
func TestBuiltInDates(t *testing.T) {
	book := excelize.NewFile()
	defer book.Close()
	want := ""
	for i, format := range []int{14, 15, 16, 17, 22, 27, 31, 58, 20, 2} {
		style, err := book.NewStyle(&excelize.Style{NumFmt: format})
		if err != nil {
			t.Fatal(err)
		}
		cell := fmt.Sprintf("A%d", i+1)
		if err := errors.Join(book.SetCellValue("Sheet1", cell, 45355.5),
			book.SetCellStyle("Sheet1", cell, cell, style)); err != nil {
			t.Fatal(err)
		}
		switch format {
		case 22:
			want += "2024-03-04 12:00\n"
		case 20:
			want += "12:00\n"
		case 2:
			want += "45355.5\n"
		default:
			want += "2024-03-04\n"
		}
	}
	data, err := book.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	if got, _, err := taken(t, "a.xlsx", "", data.Bytes()); err != nil || got != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}
