// Command layouts measures how well the product reads the files that people have.
//
// platforms/*.txt describe the exports of platforms and tools: the source of the description, the
// columns and their contents. From each description the program generates some twenty files of
// synthetic reviews: as the platform writes it, and with another dialect, encoding, order of
// columns, header, structure or form. Each file comes with the reading that a person would give it
// (Want). The product reads the file through one function (read, seam.go), and its result is
// compared with that by role and by kind of file.
//
//	go run ./build/layouts            accuracy by role and by kind
//	go run ./build/layouts -wrong text  and a line for each file whose text is wrong
//	go run ./build/layouts -o folder  write the files and their wanted readings there instead
//
// The same seed gives the same files. Half of the variations, and half of the names for renamed
// columns, are marked held: tune a reader on the others, and report both.
//
// # Adding a layout
//
//	layout Name of the platform
//	source https://where.the/columns/are/documented
//	columns id = id | Review Text = text | Stars = stars 5 | Created = date 2006-01-02
//
// Optional lines before columns: "language de", "dialect semicolon all", "encoding cp1252", "form
// jsonl", "structure no-header"; see Layout. Long lists of columns take several such lines. The
// kinds of columns are in cells.go, the phrases of texts in languages.txt, other names of columns
// in names.txt. "public code" as a source means that the header is found in public repositories by
// a search for the quoted words; "unverified, from memory" that nobody has looked.
package main

import (
	"bufio"
	"embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed platforms/*.txt
var platforms embed.FS

// Layout describes how one platform or tool writes its reviews.
type Layout struct {
	Name, Source string
	Family       string // the file that describes it
	Language     string // of its texts and headers; "en" by default
	Dialect      Dialect
	Encoding     string // one of encodings; "utf-8" by default
	Form         string // one of forms; "table" by default
	Structure    string // one of structures; "plain" by default
	Second       string // cells of a second header row, for choice questions and for others
	Columns      []Column
}

// Column is a column of a layout: its name and the contents of its cells.
type Column struct {
	Name string
	Kind string // its first word is a key of kinds
	Args string // the rest
}

// loadLayouts reads all descriptions, in the order of files and lines.
func loadLayouts() ([]Layout, error) {
	files, err := platforms.ReadDir("platforms")
	if err != nil {
		return nil, err
	}
	var layouts []Layout
	for _, f := range files {
		data, err := platforms.ReadFile("platforms/" + f.Name())
		if err != nil {
			return nil, err
		}
		family := strings.TrimSuffix(f.Name(), ".txt")
		some, err := parseLayouts(family, string(data))
		if err != nil {
			return nil, fmt.Errorf("platforms/%s:%w", f.Name(), err)
		}
		layouts = append(layouts, some...)
	}
	return layouts, nil
}

func parseLayouts(family, text string) (layouts []Layout, err error) {
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 1<<16)
	var l *Layout
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, _ := strings.Cut(line, " ")
		if key == "layout" {
			layouts = append(layouts, Layout{Name: value, Family: family, Language: "en",
				Dialect: Dialect{Delimiter: ",", Quote: "minimal", End: "\n"}, Encoding: "utf-8",
				Form: "table", Structure: "plain"})
			l = &layouts[len(layouts)-1]
			continue
		}
		if l == nil {
			return nil, fmt.Errorf("%d: %q before the first layout", n, key)
		}
		if err := l.set(key, value); err != nil {
			return nil, fmt.Errorf("%d: %w", n, err)
		}
	}
	for _, l := range layouts {
		if l.Source == "" || len(l.Columns) == 0 {
			return nil, fmt.Errorf(" layout %q lacks its source or its columns", l.Name)
		}
	}
	return layouts, lines.Err()
}

func (l *Layout) set(key, value string) (err error) {
	oneOf := func(known []string) error {
		if !slices.Contains(known, value) {
			return fmt.Errorf("%s is %q; want one of %s", key, value, strings.Join(known, ", "))
		}
		return nil
	}
	switch key {
	case "source":
		l.Source = value
	case "language":
		l.Language, err = value, oneOf(languages)
	case "encoding":
		l.Encoding, err = value, oneOf(encodingNames())
	case "form":
		if l.Form = value; value == "tsv" {
			l.Form, l.Dialect.Delimiter = "table", "\t"
			return nil
		}
		err = oneOf(forms)
	case "dialect":
		l.Dialect, err = parseDialect(value)
	case "structure":
		value, l.Second, _ = strings.Cut(value, " ")
		l.Structure, err = value, oneOf(structures)
	case "columns":
		for _, part := range strings.Split(value, " | ") {
			name, kind, ok := strings.Cut(part, "= ")
			if !ok {
				return fmt.Errorf("column %q; want name = kind", part)
			}
			c := Column{Name: strings.TrimSpace(name)}
			c.Kind, c.Args, _ = strings.Cut(strings.TrimSpace(kind), " ")
			if kinds[c.Kind] == nil {
				return fmt.Errorf("column %q has kind %q, which is none of cells.go",
					c.Name, c.Kind)
			}
			l.Columns = append(l.Columns, c)
		}
	default:
		err = fmt.Errorf("%q is no line of a layout", key)
	}
	return err
}

// Dialect is the format of a table.
type Dialect struct {
	Delimiter string
	Quote     string // minimal, all, none (quotes are text), backslash (\" inside quotes)
	End       string // of lines
}

func parseDialect(s string) (Dialect, error) {
	d := Dialect{Quote: "minimal", End: "\n"}
	for i, word := range strings.Fields(s) {
		switch {
		case i == 0 && delimiters[word] != "":
			d.Delimiter = delimiters[word]
		case i > 0 && slices.Contains([]string{"minimal", "all", "none", "backslash"}, word):
			d.Quote = word
		case i > 0 && word == "crlf":
			d.End = "\r\n"
		case i > 0 && word == "cr":
			d.End = "\r"
		default:
			return d, fmt.Errorf("dialect %q has the word %q", s, word)
		}
	}
	return d, nil
}

var delimiters = map[string]string{"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}

func (d Dialect) String() string {
	name := ""
	for word, delimiter := range delimiters {
		if delimiter == d.Delimiter {
			name = word
		}
	}
	name += " " + d.Quote
	switch d.End {
	case "\r\n":
		name += " crlf"
	case "\r":
		name += " cr"
	}
	return name
}
