package main

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// variation is the difference of a file from what the platform writes.
type variation struct {
	changed   []string // axes, in the order of axes
	language  string
	dialect   Dialect
	encoding  string
	form      string
	structure string
	header    string // "as is", "renamed", "localized", or one of styleNames
	order     string // "as is" or "shuffled"
	columns   string // "as is" or "more"
}

// axes are what variations change; the accuracy is reported for each value of each.
var axes = []string{"dialect", "encoding", "order", "header", "columns", "structure", "form"}

// plan is the number of files of a layout that change only one axis; combined is the number of
// those that change three at once.
var plan = map[string]int{
	"dialect": 3, "encoding": 3, "order": 1, "header": 5, "columns": 1, "structure": 3, "form": 2,
}

const combined = 2

// File is a file with the reading that a person would give it.
type File struct {
	Name    string
	Layout  string
	Kinds   map[string]string // the value of each axis, and "family"
	Plain   bool              // as the platform writes it
	Changed string            // the axes that differ from that, "+" between them
	Held    bool              // not for tuning
	Data    []byte
	Want    Want
}

// generate generates the files of all layouts, in a fixed order. The same seed gives the same
// files.
func generate(layouts []Layout, seed uint64, do func(File)) {
	generateSome(layouts, seed, 1, do)
}

// generateSome generates one of every so many files, spread over layouts and variations.
func generateSome(layouts []Layout, seed uint64, every int, do func(File)) {
	all := 0
	for _, l := range layouts {
		n := 0
		next := func(changed ...string) {
			if all++; all%every != 0 {
				n++
				return
			}
			h := fnv.New64a()
			fmt.Fprint(h, l.Name, n)
			r := rand.New(rand.NewPCG(seed, h.Sum64()))
			held := isHeld(fmt.Sprint(l.Name, n))
			if f, ok := makeFile(l, r, n, held, changed); ok {
				do(f)
			}
			n++
		}
		next()
		for _, axis := range axes {
			for range plan[axis] {
				next(axis)
			}
		}
		for i := range combined {
			start := (len(l.Name) + 3*i) % len(axes)
			next(axes[start], axes[(start+2)%len(axes)], axes[(start+3)%len(axes)])
		}
	}
}

// makeFile returns false if no encoding has the file's characters, which is rare.
func makeFile(l Layout, r *rand.Rand, n int, held bool, changed []string) (File, bool) {
	v := variation{changed: changed, language: l.Language, dialect: l.Dialect, encoding: l.Encoding,
		form:      l.Form,
		structure: l.Structure, header: "as is", order: "as is", columns: "as is"}
	for _, axis := range axes {
		if slices.Contains(changed, axis) {
			v.change(axis, l, n, r)
		}
	}
	if isJSON(v.form) || v.form == "html" || v.form == "ods" { // JSON and XML are Unicode
		if !strings.HasPrefix(v.encoding, "utf-8") {
			v.encoding = "utf-8"
		}
	}
	t := &tableData{columns: slices.Clone(l.Columns), second: l.Second}
	if v.structure == "second-header" && t.second == "" {
		t.second = "Response/Open-Ended Response"
	}
	v.shape(t, r, held)
	rows := inventRows(v, r)
	w := &writer{Rand: r, phrases: phrasesOf[v.language], emoji: findEncoding(v.encoding).
		isUnicode(),
		lines: v.dialect.Quote != "none" && v.form != "html"}
	t.fill(w, v, rows)
	data, ok := t.write(v)
	if !ok { // a star, or a name in another alphabet needs Unicode
		v.encoding = "utf-8"
		if data, ok = t.write(v); !ok {
			return File{}, false
		}
	}
	f := File{Layout: l.Name, Plain: len(changed) == 0, Changed: strings.Join(changed, "+"),
		Held: held,
		Data: data, Want: want(t, v.structure, rows)}
	f.Name = fmt.Sprintf("%s %02d %s.%s", l.Name, n, strings.Join(changed, "+"), extension(v))
	f.Kinds = map[string]string{"family": l.Family, "dialect": v.dialect.String(),
		"encoding": v.encoding, "order": v.order,
		"header": v.header, "columns": v.columns, "structure": v.structure, "form": v.form}
	if isJSON(v.form) || strings.HasPrefix(extension(v), "xls") || v.form == "ods" {
		f.Kinds["dialect"] = "none"
	}
	return f, true
}

func extension(v variation) string {
	switch {
	case v.form == "jsonl" || v.form == "nested" || v.form == "commas":
		return "jsonl"
	case isJSON(v.form):
		return "json"
	case v.form == "xlsx" || v.form == "second-sheet":
		return "xlsx"
	case v.form == "html":
		return "xls"
	case v.form == "ods" || v.form == "zip":
		return v.form
	case v.form == "gzip":
		return "csv.gz"
	case v.dialect.Delimiter == "\t":
		return "tsv"
	}
	return "csv"
}

// change sets another value of an axis.
func (v *variation) change(axis string, l Layout, n int, r *rand.Rand) {
	other := func(from []string, not string) string {
		from = slices.DeleteFunc(slices.Clone(from), func(s string) bool { return s == not })
		return from[r.IntN(len(from))]
	}
	switch axis {
	case "dialect":
		dialects := []string{"comma minimal", "semicolon minimal", "tab minimal", "pipe minimal",
			"comma all crlf", "comma backslash", "tab none", "pipe none", "semicolon all",
			"comma minimal cr", "comma minimal crlf", "semicolon minimal crlf"}
		v.dialect, _ = parseDialect(other(dialects, v.dialect.String()))
		v.form = "table"
	case "encoding":
		e := encodings[1+(n+len(l.Name))%(len(encodings)-1)]
		if v.encoding = e.name; e.languages != nil && !slices.Contains(e.languages, v.language) {
			v.language = e.languages[r.IntN(len(e.languages))]
		}
		v.form = "table"
	case "order":
		v.order = "shuffled"
	case "columns":
		v.columns = "more"
	case "header":
		switch n % 3 {
		case 0:
			v.header = "renamed"
		case 1:
			v.header, v.language = "localized", other(languages[1:], "")
			if !findEncoding(v.encoding).isUnicode() {
				v.encoding = "utf-8"
			}
		default:
			v.header = styleNames[r.IntN(len(styleNames))]
		}
	case "structure":
		ambiguous := slices.ContainsFunc(l.Columns, func(c Column) bool {
			return c.Kind == "date" && isAmbiguous(c.Args)
		})
		from := slices.DeleteFunc(slices.Clone(structures), func(s string) bool {
			return s == "qualtrics" || s == "plain" || s == "late-dates" && !ambiguous ||
				s == "no-header" && l.Structure != "no-header" && len(l.Columns) > 8
		})
		v.structure = other(from, v.structure)
		if v.structure == "stray-quotes" {
			v.dialect.Delimiter, v.dialect.Quote = "\t", "none"
		}
		textOnly := []string{"sep", "blank-lines", "trailing-delimiter", "stray-quotes",
			"concatenated"}
		if v.form != "xlsx" || slices.Contains(textOnly, v.structure) {
			v.form = "table"
		}
	case "form":
		v.form = other(forms, v.form)
		if isJSON(v.form) {
			v.structure = "plain"
		}
	}
}

// shape changes a table's columns.
func (v *variation) shape(t *tableData, r *rand.Rand, held bool) {
	if v.columns == "more" {
		more := []Column{{"Response", "reply", ""}, {"response_id", "num9", ""},
			{"IP Address", "ip", ""},
			{"helpful_votes", "num", ""}, {"App Version", "version", ""}, {"Link", "url", ""},
			{"Product description", "description", ""},
			{"Updated at", "otherdate", "2006-01-02 15:04:05"},
			{"Customer question", "question", ""}, {"Quantity", "small", ""},
			{"Store reply text", "reply", ""}, {"Phone", "phone", ""}}
		for _, i := range r.Perm(len(more))[:4] {
			t.columns = slices.Insert(t.columns, r.IntN(len(t.columns)+1), more[i])
		}
	}
	if v.order == "shuffled" {
		r.Shuffle(len(t.columns), func(i, j int) {
			t.columns[i], t.columns[j] = t.columns[j], t.columns[i]
		})
	}
	if v.structure == "index-column" {
		t.columns = slices.Insert(t.columns, 0, Column{"", "index", ""})
	}
	taken := map[string]bool{}
	for _, c := range t.columns {
		taken[c.Name] = true
	}
	set := func(c *Column, name string) {
		if name != "" && !taken[name] {
			taken[name], c.Name = true, name
		}
	}
	for i := range t.columns {
		c := &t.columns[i]
		if c.Kind == "language" {
			c.Args = v.language
		}
		role := c.Kind
		if role == "productid" {
			role = "product"
		}
		switch style := styles[v.header]; {
		case v.header == "renamed":
			set(c, rename(r, role, "en", held))
		case v.header == "localized":
			set(c, rename(r, role, v.language, held))
		case style != nil:
			set(c, style(c.Name))
		}
		if isJSON(v.form) && c.Name == "" {
			c.Name = fmt.Sprint("column", i)
		}
	}
	dotted := func(c Column) bool { return strings.Contains(c.Name, ".") }
	if v.form == "nested" && !slices.ContainsFunc(t.columns, dotted) {
		for i := range t.columns {
			switch c := &t.columns[i]; c.Kind {
			case "text", "title", "stars", "pros", "cons":
				c.Name = "review." + c.Name
			case "person", "email":
				c.Name = "user." + c.Name
			}
		}
	}
}

// inventRows generates 12 to 40 reviews in chronological order, or 160 whose order of day and month
// is clear only late.
func inventRows(v variation, r *rand.Rand) []row {
	n := 12 + r.IntN(29)
	if v.structure == "late-dates" {
		n = 160
	}
	rows := make([]row, n)
	day := time.Date(2023, 1, 3, 9, 30, 0, 0, time.UTC)
	for i := range rows {
		rows[i] = row{index: i, day: day,
			stars: []float64{5, 5, 5, 5, 4, 4, 3, 2, 1, 1}[r.IntN(10)]}
		day = day.AddDate(0, 0, 1+r.IntN(25)).Add(time.Duration(r.IntN(400)) * time.Minute)
		if v.structure == "late-dates" {
			day = time.Date(2024, 3+time.Month(i/20), 1+i%12+i/120*i%16, 10, 0, 0, 0, time.UTC)
		}
	}
	return rows
}

// fill generates the cells.
func (t *tableData) fill(w *writer, v variation, rows []row) {
	t.cells = make([][]string, len(rows))
	for n, r := range rows {
		cells := make([]string, len(t.columns))
		for i, c := range t.columns {
			cells[i] = kinds[c.Kind](w, r, c.Args)
			if v.structure == "nulls" && c.Kind == "text" && w.IntN(4) == 0 {
				cells[i] = nulls[w.IntN(len(nulls))]
			}
			isText := c.Kind == "text" || c.Kind == "title"
			if v.structure == "stray-quotes" && isText && w.IntN(6) == 0 {
				cells[i] = `"` + cells[i]
			}
			if v.dialect.Quote == "none" {
				cells[i] = strings.NewReplacer("\n", " ", v.dialect.Delimiter, " ").
					Replace(cells[i])
			}
		}
		t.cells[n] = cells
	}
}
