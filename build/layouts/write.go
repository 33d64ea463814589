package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// forms are the file formats of a table.
var forms = []string{"table", "jsonl", "json", "pretty", "wrapped", "nested", "commas", "xlsx",
	"second-sheet", "ods", "html", "zip", "gzip"}

func isJSON(form string) bool {
	return slices.Contains([]string{"jsonl", "json", "pretty", "wrapped", "nested", "commas"}, form)
}

// structures are the kinds of content around the rows of a table.
var structures = []string{"plain", "preamble", "title-rows", "sep", "second-header", "qualtrics",
	"repeated-header", "totals", "footnote", "no-header", "blank-lines", "index-column",
	"trailing-delimiter", "nulls", "stray-quotes", "concatenated", "late-dates"}

// tableData is the content of a file: columns, and the cells of each row.
type tableData struct {
	columns []Column
	cells   [][]string
	second  string
}

// lines returns the records of a structure; a nil one is an empty line.
func (t *tableData) lines(structure string) (lines [][]string) {
	width := len(t.columns)
	header := make([]string, width)
	for i, c := range t.columns {
		header[i] = c.Name
	}
	padded := func(cells ...string) []string {
		return append(cells, make([]string, max(0, width-len(cells)))...)
	}
	lines = append([][]string{header}, t.cells...)
	half := 1 + len(t.cells)/2
	switch structure {
	case "preamble":
		lines = append([][]string{{"Customer feedback export"}, {"Store: Hearth & Home"},
			{"Period: 2023-01-01 to 2024-06-30"}, nil}, lines...)
	case "title-rows":
		lines = append([][]string{padded("Reviews, second quarter"), padded()}, lines...)
	case "second-header":
		lines = slices.Insert(lines, 1, t.secondHeader())
	case "qualtrics":
		lines = slices.Insert(lines, 1, t.questions(), t.importIDs())
	case "repeated-header":
		lines = slices.Insert(lines, half, header)
	case "concatenated":
		again := slices.Clone(header)
		again[0] = "\ufeff" + again[0]
		lines = slices.Insert(lines, half, again)
	case "totals":
		lines = append(lines, t.totals())
	case "footnote":
		lines = append(lines, nil, []string{"Exported by Hearth Analytics on 2024-07-01"})
	case "no-header":
		lines = lines[1:]
	case "blank-lines":
		lines = slices.Insert(lines, half, nil, nil)
	case "trailing-delimiter":
		for i := range lines {
			lines[i] = append(slices.Clone(lines[i]), "")
		}
	}
	return lines
}

func (t *tableData) secondHeader() []string {
	words := strings.Split(t.second, "/")
	second := make([]string, len(t.columns))
	for i, c := range t.columns {
		switch c.Kind {
		case "stars", "nps":
			second[i] = words[0]
		case "text", "pros", "cons":
			second[i] = words[len(words)-1]
		}
	}
	return second
}

func (t *tableData) questions() []string {
	second := make([]string, len(t.columns))
	for i, c := range t.columns {
		switch second[i] = strings.Join(words(c.Name), " "); c.Kind {
		case "stars", "nps":
			second[i] = "How satisfied were you with your new kettle?"
		case "text":
			second[i] = "What is the main reason for your answer? Please tell us in your own words."
		}
	}
	return second
}

func (t *tableData) importIDs() []string {
	third := make([]string, len(t.columns))
	for i, c := range t.columns {
		third[i] = fmt.Sprintf(`{"ImportId":"%s"}`, strings.Join(lower(words(c.Name)), ""))
	}
	return third
}

func (t *tableData) totals() []string {
	total := make([]string, len(t.columns))
	total[0] = "Total"
	for i, c := range t.columns {
		switch {
		case i == 0:
		case c.Kind == "stars":
			total[i] = "3.4"
		case c.Kind == "text":
			total[i] = strconv.Itoa(len(t.cells)) + " reviews"
		}
	}
	return total
}

// text formats lines in a dialect.
func (d Dialect) text(lines [][]string) string {
	var b strings.Builder
	for _, cells := range lines {
		for i, cell := range cells {
			if i > 0 {
				b.WriteString(d.Delimiter)
			}
			b.WriteString(d.cell(cell))
		}
		b.WriteString(d.End)
	}
	return b.String()
}

func (d Dialect) cell(s string) string {
	switch {
	case d.Quote == "none":
		return s
	case d.Quote == "backslash":
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
	case d.Quote == "all" || strings.ContainsAny(s, "\"\r\n"+d.Delimiter):
		return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return s
}

// write returns the bytes of a table, or false if the encoding lacks a character.
func (t *tableData) write(v variation) (data []byte, ok bool) {
	switch {
	case isJSON(v.form):
		return findEncoding(v.encoding).encode(t.json(v.form))
	case v.form == "xlsx" || v.form == "second-sheet":
		return t.workbook(v), true
	case v.form == "ods":
		return ods(t.lines(v.structure)), true
	case v.form == "html":
		return []byte(htmlTable(t.lines(v.structure))), true
	}
	text := v.dialect.text(t.lines(v.structure))
	if v.structure == "sep" {
		text = "sep=" + v.dialect.Delimiter + v.dialect.End + text
	}
	if data, ok = findEncoding(v.encoding).encode(text); !ok {
		return nil, false
	}
	var b bytes.Buffer
	switch v.form {
	case "zip":
		z := zip.NewWriter(&b)
		w, _ := z.Create("reviews.csv") // writing to memory does not fail
		w.Write(data)
		z.Close()
		return b.Bytes(), true
	case "gzip":
		z := gzip.NewWriter(&b)
		z.Write(data)
		z.Close()
		return b.Bytes(), true
	}
	return data, true
}

// json returns the rows as objects.
func (t *tableData) json(form string) string {
	objects := make([]string, len(t.cells))
	for n, cells := range t.cells {
		objects[n] = object(t.columns, cells, form == "nested", "")
		if form == "pretty" {
			var b bytes.Buffer
			// invalid JSON shows up in the reading
			json.Indent(&b, []byte(objects[n]), "  ", "  ")
			objects[n] = b.String()
		}
	}
	switch form {
	case "json":
		return "[" + strings.Join(objects, ", ") + "]"
	case "pretty":
		return "[\n  " + strings.Join(objects, ",\n  ") + "\n]\n"
	case "wrapped":
		const start = `{"page": 1, "per_page": 100, "next": null, "reviews": [`
		return start + strings.Join(objects, ",") + "]}"
	case "commas":
		return strings.Join(objects, ",\n")
	}
	return strings.Join(objects, "\n") + "\n"
}

// object returns the columns whose names begin with prefix; with nested, dots in names make
// objects.
func object(columns []Column, cells []string, nested bool, prefix string) string {
	var members []string
	done := map[string]bool{}
	for i, c := range columns {
		name, ok := strings.CutPrefix(c.Name, prefix)
		if !ok {
			continue
		}
		key, value := name, ""
		if head, _, dotted := strings.Cut(name, "."); nested && dotted {
			key, value = head, object(columns, cells, true, prefix+head+".")
		} else {
			value = jsonValue(c, cells[i])
		}
		if !done[key] {
			members = append(members, quoteJSON(key)+": "+value)
		}
		done[key] = true
	}
	return "{" + strings.Join(members, ", ") + "}"
}

// jsonValue returns a number, a boolean or JSON if the column holds those, else a string.
func jsonValue(c Column, cell string) string {
	switch {
	case cell == "":
		return "null"
	case slices.Contains([]string{"bool", "pair", "json", "id", "num", "num9", "index"}, c.Kind):
		return cell
	case slices.Contains([]string{"stars", "date", "altdate"}, c.Kind):
		if _, err := strconv.ParseFloat(cell, 64); err == nil {
			return cell
		}
	}
	return quoteJSON(cell)
}

func quoteJSON(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(s) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}

// workbook writes numbers and ISO dates as such, as exports do.
func (t *tableData) workbook(v variation) []byte {
	book := excelize.NewFile()
	defer book.Close()
	sheet := "Sheet1"
	if v.form == "second-sheet" {
		book.SetCellValue(sheet, "A1", "Customer feedback")
		book.SetCellValue(sheet, "A2", "Exported for Hearth & Home, see the second sheet")
		sheet = "Reviews"
		book.NewSheet(sheet)
	}
	for n, cells := range t.lines(v.structure) {
		for i, cell := range cells {
			if cell == "" {
				continue
			}
			at, _ := excelize.CoordinatesToCellName(i+1, n+1)
			var value any = cell
			if i < len(t.columns) {
				value = typed(t.columns[i], cell)
			}
			book.SetCellValue(sheet, at, value)
		}
	}
	b, err := book.WriteToBuffer()
	if err != nil {
		panic(err) // writing to memory does not fail
	}
	return b.Bytes()
}

func typed(c Column, cell string) any {
	switch c.Kind {
	case "date", "altdate", "otherdate":
		if day, err := time.Parse("2006-01-02", cell); err == nil {
			return day
		}
	case "stars", "nps", "subrating", "id", "num", "index":
		if v, err := strconv.ParseFloat(cell, 64); err == nil {
			return v
		}
	}
	return cell
}

// ods writes an OpenDocument spreadsheet of strings.
func ods(lines [][]string) []byte {
	var content strings.Builder
	content.WriteString(`<?xml version="1.0" encoding="UTF-8"?><office:document-content` +
		` xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"` +
		` xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"` +
		` xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">` +
		`<office:body><office:spreadsheet><table:table table:name="Sheet1">`)
	for _, cells := range lines {
		content.WriteString("<table:table-row>")
		for _, cell := range cells {
			content.WriteString(`<table:table-cell office:value-type="string"><text:p>`)
			xml.EscapeText(&content, []byte(cell))
			content.WriteString("</text:p></table:table-cell>")
		}
		content.WriteString("</table:table-row>")
	}
	content.WriteString(
		"</table:table></office:spreadsheet></office:body></office:document-content>")
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	// First and stored, so that it can be recognized.
	w, _ := z.CreateHeader(&zip.FileHeader{Name: "mimetype", Method: zip.Store})
	w.Write([]byte("application/vnd.oasis.opendocument.spreadsheet"))
	w, _ = z.Create("content.xml")
	w.Write([]byte(content.String()))
	z.Close()
	return b.Bytes()
}

// htmlTable returns an HTML table, which many "Excel" exports of web programs are.
func htmlTable(lines [][]string) string {
	var b strings.Builder
	b.WriteString("<html><head><meta charset=\"utf-8\"></head><body><table border=\"1\">\n")
	for _, cells := range lines {
		b.WriteString("<tr>")
		for _, cell := range cells {
			b.WriteString("<td>" + html.EscapeString(cell) + "</td>")
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table></body></html>\n")
	return b.String()
}
