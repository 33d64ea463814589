package unpack

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"reviewlens/reviews/table"
)

// ragged lists sheets in which few rows have all columns, and the expected CSV. "-" is a row
// without cells.
var ragged = []struct{ name, rows, want string }{
	{"replies that few have",
		"Review|Reply;Fine and quick.;Broke.|Sorry!;Good.;|Thanks;Well made.",
		"Review,Reply;Fine and quick.,;Broke.,Sorry!;Good.,;,Thanks;Well made.,"},
	{"titles above the table", "Reviews;Shop|Hearth;-;id|review|stars|reply;1|Good.;2|Bad.|1",
		"Reviews;Shop,Hearth;;id,review,stars,reply;1,Good.,,;2,Bad.,1,"},
	{"another table below", "id|review|stars|reply;1|Good.|5;-;Stores;shop|city;A|Rome;B",
		"id,review,stars,reply;1,Good.,5,;;Stores,,,;shop,city;A,Rome;B,"},
	{"a note right of the table", "review|stars;Good.|5;Bad.|1|ask her;Fine.|4;Well made.",
		"review,stars;Good.,5;Bad.,1,ask her;Fine.,4;Well made.,"},
	{"an empty row within", "review|stars|reply;Good.|5|Thanks;-;Bad.;Fine.|4",
		"review,stars,reply;Good.,5,Thanks;;Bad.,,;Fine.,4,"},
}

// Rows have as many fields as the header of their table, whatever cells a program omits.
func TestRaggedRows(t *testing.T) {
	for _, tt := range ragged {
		book := excelize.NewFile()
		var xml strings.Builder
		for i, row := range strings.Split(tt.rows, ";") {
			xml.WriteString("<table:table-row>")
			for j, cell := range strings.Split(row, "|") {
				if cell == "" || cell == "-" {
					xml.WriteString("<table:table-cell/>")
					continue
				}
				at, _ := excelize.CoordinatesToCellName(j+1, i+1)
				if err := book.SetCellStr("Sheet1", at, cell); err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&xml, `<table:table-cell><text:p>%s</text:p></table:table-cell>`, cell)
			}
			xml.WriteString("</table:table-row>")
		}
		data, err := book.WriteToBuffer()
		if err != nil {
			t.Fatal(err)
		}
		want := strings.ReplaceAll(tt.want, ";", "\n") + "\n"
		for name, file := range map[string][]byte{"a.xlsx": data.Bytes(),
			"a.ods": sheets(t, "Sheet1", xml.String())} {
			if got, _, err := taken(t, name, "", file); err != nil || got != want {
				t.Errorf("%s, %s: %v\n%q, want\n%q", tt.name, name, err, got, want)
			}
		}
	}
}

// A sheet whose replies are mostly empty is a table without doubts.
func TestSheetOfFewReplies(t *testing.T) {
	book := excelize.NewFile()
	for i := range 60 {
		row := []string{fmt.Sprintf("The pan number %d is as good as the one before it.", i)}
		switch {
		case i == 0:
			row = []string{"Review", "Reply"}
		case i%9 == 0:
			row = append(row, "Thank you for your kind words.")
		}
		if err := book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	data, err := book.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := taken(t, "a.xlsx", "", data.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	source := strings.NewReader(got)
	r, err := table.Open(t.Context(), source, source.Size(), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Dialect.Delimiter != ',' || !r.Dialect.Header || len(r.Doubts()) > 0 {
		t.Errorf("%+v, %v", r.Dialect, r.Doubts())
	}
}

// Padding is bounded, and rows beyond the bound are written unchanged.
func TestPaddingIsBounded(t *testing.T) {
	var out strings.Builder
	w := newRowWriter(&out)
	wide := make([]string, table.MaxColumns)
	wide[0], wide[len(wide)-1] = "a", "b"
	if err := w.write(wide); err != nil {
		t.Fatal(err)
	}
	const rows = 3000
	for range rows {
		if err := w.write([]string{"good"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.flush(); err != nil || out.Len() > 11<<20 {
		t.Errorf("%d bytes, %v", out.Len(), err)
	}
	r := csv.NewReader(strings.NewReader(out.String()))
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	if err != nil || len(all) != rows+1 || len(all[1]) != len(wide) || len(all[rows]) != 1 {
		t.Errorf("%d rows, %v", len(all), err)
	}
}

// A column whose cells have the same mark in each row is not split at it.
func TestMarksInCells(t *testing.T) {
	for _, mark := range []string{",", ";", " | ", "\t", "^", "~"} {
		var out strings.Builder
		w := newRowWriter(&out)
		var want []string
		for _, cell := range []string{"Review", "Great sound" + mark + "poor battery",
			"Nice colour" + mark + "it scratches", "Solid" + mark + "loud",
			"\"Fine\"" + mark + " so far"} {
			if err := w.write([]string{cell}); err != nil {
				t.Fatal(err)
			}
			want = append(want, cell)
		}
		if err := w.flush(); err != nil {
			t.Fatal(err)
		}
		d, err := table.Sniff([]byte(out.String()), true)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		r := table.NewReader(strings.NewReader(out.String()), d)
		names, err := r.Header()
		got = append(got, names...)
		for err == nil {
			var record table.Record
			if record, err = r.Read(); err == nil {
				for _, field := range record.Fields {
					got = append(got, string(field))
				}
			}
		}
		if err != io.EOF || !slices.Equal(got, want) {
			t.Errorf("%q: read as %q, %v; want %q", mark, got, err, want)
		}
	}
}
