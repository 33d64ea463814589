package main

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"reviewlens/build/bench/synthetic"
)

// File is a polluted file, and the table that a person sees in it as RFC 4180.
type File struct {
	Class, Name string
	Data, Clean []byte
}

// style is the format of a table.
type style struct {
	delimiter string
	quote     string // "" for none
	escape    string // before a quote inside quotes; "" leaves it as it is
	end       string
	all       bool // every field is quoted
}

var rfc = style{delimiter: ",", quote: `"`, escape: `"`, end: "\n"}

func (s style) cell(c string) string {
	needed := s.all || strings.ContainsAny(c, s.quote+"\r\n") || strings.Contains(c, s.delimiter)
	if s.quote == "" || !needed {
		return c
	}
	return s.quote + strings.ReplaceAll(c, s.quote, s.escape+s.quote) + s.quote
}

func (s style) row(cells []string) string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = s.cell(c)
	}
	return strings.Join(out, s.delimiter) + s.end
}

func (s style) text(rows [][]string) string {
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(s.row(row))
	}
	return b.String()
}

// source returns a table of synthetic reviews, the same each time: a header and 40 rows.
func source() [][]string {
	products := []string{"Copper kettle", "Desk lamp, brass", "Travel charger", `Screen, 27"`,
		"Café stool"}
	rows := [][]string{{"date", "order", "rating", "product", "review", "helpful"}}
	for i, text := range synthetic.Texts(40) {
		text = strings.Join(strings.Fields(text)[:min(24, len(strings.Fields(text)))], " ")
		if i%7 == 3 {
			text = `They call it "premium", I do not. ` + text
		}
		rows = append(rows, []string{fmt.Sprintf("%02d/%02d/2024", 1+i%28, 1+i%12),
			fmt.Sprint("R-", 4000+i), fmt.Sprint(1 + i*3%5),
			products[i%len(products)], text, fmt.Sprint(i * 7 % 13)})
	}
	return rows
}

// polluter generates files of one table, each polluted in one way.
type polluter struct {
	rows  [][]string // the header first
	clean string     // the table as RFC 4180
	files []File
}

func (p *polluter) add(class, name, data, clean string) {
	p.files = append(p.files, File{class, class + " " + name, []byte(data), []byte(clean)})
}

// generate generates all files, in a fixed order.
func generate() []File {
	p := &polluter{rows: source()}
	p.clean = rfc.text(p.rows)
	p.add("source", "", p.clean, p.clean)
	p.lines()
	p.headers()
	p.surroundings()
	p.tables()
	p.delimiters()
	p.quotes()
	p.encodings()
	for _, n := range []int{1, 2, 7, 20, 40} {
		p.oneRow(n)
	}
	slices.SortFunc(p.files, func(a, b File) int { // maps are unordered
		return strings.Compare(a.Name, b.Name)
	})
	return p.files
}

// lines pollutes line ends, and varies the number of lines.
func (p *polluter) lines() {
	rows, clean := p.rows, p.clean
	for name, end := range map[string]string{"crlf": "\r\n", "cr": "\r"} {
		s := rfc
		s.end = end
		p.add("line ends", name, s.text(rows), clean)
	}
	mixed := strings.Replace(strings.Replace(clean, "\n", "\r\n", 9), "\r\n", "\n", 4)
	p.add("line ends", "mixed", mixed, clean)
	p.add("trailing line ends", "none", strings.TrimSuffix(clean, "\n"), clean)
	p.add("trailing line ends", "two", clean+"\n", clean)
	p.add("trailing line ends", "ctrl-z", clean+"\x1a", clean)
	p.add("few rows", "no bytes", "", "")
	p.add("few rows", "header only", rfc.row(rows[0]), rfc.row(rows[0]))
	p.add("few rows", "one row", rfc.text(rows[:2]), rfc.text(rows[:2]))
	gaps := rfc.text(rows[:9]) + "\n\n" + rfc.text(rows[9:20]) + "\n" + rfc.text(rows[20:])
	p.add("empty lines", "between rows", gaps, clean)
	p.add("empty lines", "first", "\n\n"+clean, clean)
}

// headers pollutes the header: there is none, or it has several rows.
func (p *polluter) headers() {
	header, body := p.rows[0], p.rows[1:]
	p.add("header", "none", rfc.text(body), rfc.text(body))
	for levels := 2; levels <= 3; levels++ {
		var repeated strings.Builder
		joined := make([]string, len(header))
		for i, name := range header {
			joined[i] = strings.TrimSuffix(strings.Repeat(name+" ", levels), " ")
		}
		for range levels {
			repeated.WriteString(rfc.row(header))
		}
		p.add("header", fmt.Sprint(levels, " rows, the same"), repeated.String()+rfc.text(body),
			rfc.row(joined)+rfc.text(body))
	}
	groups := []string{"Order", "Order", "Review", "Order", "Review", "Review"}
	joined := make([]string, len(header))
	for i := range header {
		joined[i] = groups[i] + " " + header[i]
	}
	p.add("header", "groups above names", rfc.row(groups)+p.clean, rfc.row(joined)+rfc.text(body))
}

// surroundings adds lines above and below the table.
func (p *polluter) surroundings() {
	clean := p.clean
	padding := strings.Repeat(",", len(p.rows[0])-1) + "\n"
	p.add("preamble", "padded", "Reviews of May"+padding+padding+clean, clean)
	three := "Customer feedback export\nStore: Hearth & Home\nPeriod: 2024-01-01 to 2024-12-31\n\n"
	p.add("preamble", "three lines", three+clean, clean)
	p.add("preamble", "one line", "Exported by Hearth on 1 May 2024\n"+clean, clean)
	p.add("preamble", "with commas", "Export, of reviews, Hearth & Home\n\n"+clean, clean)
	p.add("preamble", "comments", "# Hearth & Home\n# all reviews, by date\n"+clean, clean)
	p.add("preamble", "sep=", "sep=,\n"+clean, clean)
	p.add("footnote", "after an empty line", clean+"\nExported by Hearth on 1 May 2024\n", clean)
	p.add("footnote", "padded", clean+padding+"40 rows"+padding, clean)
}

// tables adds a second table.
func (p *polluter) tables() {
	clean := p.clean
	others := [][]string{{"shop", "city", "opened"}, {"1", "Leeds", "2011"}, {"2", "Ghent", "2013"},
		{"3", "Turin", "2019"}}
	wider := [][]string{
		{"sku", "name", "price", "stock", "ordered", "supplier", "colour", "weight"}}
	for i := range 8 {
		wider = append(wider,
			[]string{fmt.Sprint("K", i), "Kettle", "19.99", fmt.Sprint(i * 3), "12",
				"Acme", "red", "1.2"})
	}
	p.add("several tables", "narrower", clean+"\n"+rfc.text(others), clean)
	p.add("several tables", "wider", clean+"\n"+rfc.text(wider), clean)
	asWide := [][]string{{"shop", "city", "opened", "staff", "size", "rent"},
		{"1", "Leeds", "2011", "4", "120", "900"}, {"2", "Ghent", "2013", "6", "140", "950"}}
	p.add("several tables", "as wide", clean+"\n"+rfc.text(asWide), clean)
}

func (p *polluter) delimiters() {
	for name, delimiter := range map[string]string{"semicolon": ";", "tab": "\t", "pipe": "|",
		"space": " ", "comma space": ", ", "caret": "^", "two colons": "::", "tilde": "~"} {
		s := rfc
		s.delimiter = delimiter
		p.add("delimiter", name, s.text(p.rows), p.clean)
	}
	p.add("delimiter", "trailing", strings.ReplaceAll(p.clean, "\n", ",\n"), p.clean)
}

// quotes pollutes quotes, and the escaping of quotes inside them.
func (p *polluter) quotes() {
	rows, clean := p.rows, p.clean
	single, none, all, backslash := rfc, rfc, rfc, rfc
	single.quote, single.escape = "'", "'"
	p.add("quotes", "single", single.text(rows), clean)
	all.all = true
	p.add("quotes", "all", all.text(rows), clean)
	none.quote, none.delimiter = "", "\t"
	p.add("quotes", "none, tabs", none.text(rows), clean)
	backslash.escape = `\`
	p.add("escape", "backslash", backslash.text(rows), clean)
	backslash.escape = ""
	p.add("escape", "none", backslash.text(rows), clean)
	var wrapped strings.Builder
	for _, row := range rows {
		wrapped.WriteString(all.cell(strings.TrimSuffix(rfc.row(row), "\n")) + "\n")
	}
	p.add("quotes", "around each record", wrapped.String(), clean)
}

func (p *polluter) encodings() {
	for name, e := range map[string]encoding.Encoding{
		"UTF-8 with a mark": unicode.UTF8BOM,
		"UTF-16 LE":         unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
		"UTF-16 BE":         unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
		"Windows-1252":      charmap.Windows1252,
		"Mac Roman":         charmap.Macintosh,
	} {
		encoded, err := e.NewEncoder().String(p.clean)
		if err != nil {
			panic(err) // the table has Latin letters only
		}
		p.add("encoding", name, encoded, p.clean)
	}
}

// oneRow pollutes only row n.
func (p *polluter) oneRow(n int) {
	rows, clean := p.rows, p.clean
	with := func(line string) string { return rfc.text(rows[:n]) + line + rfc.text(rows[n+1:]) }
	s := rfc
	s.delimiter = " "
	p.add("row: another delimiter", fmt.Sprint("space, row ", n), with(s.row(rows[n])), clean)
	s.delimiter = ";"
	p.add("row: another delimiter", fmt.Sprint("semicolon, row ", n), with(s.row(rows[n])), clean)
	for i := range rows[0] {
		at := fmt.Sprintf("row %d, %s", n, rows[0][i])
		more := slices.Insert(slices.Clone(rows[n]), i, "")
		p.add("row: one delimiter more", at, with(rfc.row(more)), clean)
		if i > 0 {
			less := slices.Clone(rows[n])
			less[i-1] += less[i]
			less = slices.Delete(less, i, i+1)
			p.add("row: one delimiter less", at, with(rfc.row(less)), clean)
		}
		stray := slices.Clone(rows[n])
		stray[i] = `"` + stray[i]
		var line []string
		for j, cell := range stray {
			if j == i {
				line = append(line, `"`+rfc.cell(rows[n][i]))
			} else {
				line = append(line, rfc.cell(cell))
			}
		}
		p.add("row: a stray quote", at, with(strings.Join(line, ",")+"\n"),
			rfc.text(rows[:n])+rfc.row(stray)+rfc.text(rows[n+1:]))
	}
}
