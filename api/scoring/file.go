package scoring

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/table"
	"reviewlens/reviews/text"
	"reviewlens/tokenizer/batch"
)

// File is a table of reviews that can be read from its start again and again.
type File struct {
	Source     io.ReaderAt
	Dialect    table.Dialect
	Names      []string      // of the columns; "" where there is no header
	Columns    table.Columns // -1 for none
	Dates      reviews.Dates // as Columns.Date writes them
	Confidence table.Confidence
}

// Open guesses how a file is written and where its text is. column and title name (or number, from 1) the columns
// instead; title "-" is none. A mistake in the file or in a name is a *table.Error.
func Open(ctx context.Context, source io.ReaderAt, column, title string) (*File, error) {
	return OpenColumns(ctx, source, wire.Columns{Text: column, Title: title})
}

// OpenColumns is Open with every role named: "" is guessed, "-" is none. A column that is named for one role is not
// guessed to have another.
func OpenColumns(ctx context.Context, source io.ReaderAt, asked wire.Columns) (*File, error) {
	sample := make([]byte, table.SniffBytes)
	n, err := source.ReadAt(sample, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	f := &File{Source: source}
	if f.Dialect, err = table.Sniff(sample[:n], err == io.EOF); err != nil {
		return nil, err
	}
	if size, ok := sizeOf(source); ok {
		if f.Dialect, err = table.Tail(ctx, source, size, f.Dialect); err != nil {
			return nil, err
		}
	}
	header, rows, err := f.head(ctx)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, &table.Error{Detail: "there is a header but no row below it"}
	}
	guess := table.GuessColumns(header, rows)
	f.Columns = guess
	f.Confidence = table.MeasureConfidence(guess, header, rows)
	if f.Names = header; header == nil {
		f.Names = slices.Repeat([]string{""}, len(rows[0]))
	}
	if err := f.choose(asked); err != nil {
		return nil, err
	}
	c := f.Columns
	dates := make([]string, len(rows))
	for i, row := range rows {
		if c.Date >= 0 && c.Date < len(row) {
			dates[i] = row[c.Date]
		}
	}
	f.Dates = reviews.GuessDates(dates)
	return f, nil
}

// sizeOf is how large a file, an object or a section of one is.
func sizeOf(source io.ReaderAt) (size int64, ok bool) {
	switch s := source.(type) {
	case interface{ Size() int64 }:
		return s.Size(), true
	case interface{ Stat() (fs.FileInfo, error) }:
		if info, err := s.Stat(); err == nil {
			return info.Size(), true
		}
	}
	return 0, false
}

// choose puts the columns that are named in the place of the guessed ones.
func (f *File) choose(asked wire.Columns) error {
	c := &f.Columns
	if asked.Text != "" {
		f.Confidence.Text = 1
	}
	roles := []struct {
		name   string
		column *int
	}{{asked.Text, &c.Text}, {asked.Title, &c.Title}, {asked.Stars, &c.Stars}, {asked.Date, &c.Date}, {asked.Product, &c.Product}, {asked.ID, &c.ID}}
	named := map[int]bool{}
	for i, role := range roles {
		switch {
		case role.name == "":
			continue
		case role.name == "-" && i > 0: // without a text there is nothing to score
			*role.column = -1
			continue
		}
		var err error
		if *role.column, err = find(role.name, f.Names); err != nil {
			return err
		}
		named[*role.column] = true
	}
	switch {
	case c.Text < 0:
		return &table.Error{Detail: "no column looks like review text; name one as column; " + list(f.Names)}
	case asked.Text == "" && named[c.Text]:
		return &table.Error{Detail: fmt.Sprintf("%s looks like the review text, but was named as something else; name the text as column; %s", columnName(f.Names, c.Text), list(f.Names))}
	}
	for _, role := range roles[1:] {
		if *role.column == c.Text || role.name == "" && (named[*role.column] || *role.column == c.Title && role.column != &c.Title) {
			*role.column = -1
		}
	}
	return nil
}

// Doubts says which guesses should be checked.
func (f *File) Doubts() (doubts []string) {
	const enough = 0.6
	if f.Dialect.Keys == nil && f.Confidence.Table < enough {
		doubts = append(doubts, "rows differ in their number of columns; the delimiter or a quote may have been misread")
	}
	if len(f.Names) > 1 && f.Confidence.Text < enough {
		doubts = append(doubts, fmt.Sprintf("that %s holds the reviews is a guess; name the column if it is another; %s", columnName(f.Names, f.Columns.Text), list(f.Names)))
	}
	return doubts
}

// columnName is a column's name, or its number where it has none.
func columnName(names []string, i int) string {
	if i < len(names) && strings.TrimSpace(names[i]) != "" {
		return strconv.Quote(names[i])
	}
	return "column " + strconv.Itoa(i+1)
}

// all reads the source from its start, until ctx is done: what reads it, however long its records are, then fails with
// ctx's error at the next read, of some 256 KB.
func (f *File) all(ctx context.Context) io.Reader {
	return &contextReader{ctx, io.NewSectionReader(f.Source, 0, 1<<62)}
}

type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r *contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// Columns are guessed from the first rows, as many as there are in the first bytes. The page takes as many.
const (
	headRows  = 100
	headBytes = 4 << 20
)

// head reads the header, nil if there is none, and the rows by which columns are guessed.
func (f *File) head(ctx context.Context) (header []string, rows [][]string, err error) {
	r := table.NewReader(f.all(ctx), f.Dialect)
	if f.Dialect.Header {
		if header, err = r.Header(); err != nil {
			return nil, nil, err
		}
	}
	for end := int64(0); len(rows) < headRows && end < headBytes; {
		record, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		if record.LeftOut != "" {
			continue
		}
		row := make([]string, len(record.Fields))
		for i, f := range record.Fields {
			row[i] = string(f)
		}
		rows = append(rows, row)
		end = record.Offset + record.Bytes
	}
	return header, rows, nil
}

// find gives the index of the column of that name, or else of that number.
func find(name string, names []string) (int, error) {
	if i := slices.Index(names, name); i >= 0 {
		return i, nil
	}
	if i := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(strings.TrimSpace(n), name) }); i >= 0 {
		return i, nil
	}
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(names) {
		return n - 1, nil
	}
	return 0, &table.Error{Detail: fmt.Sprintf("no column %q; %s", name, list(names))}
}

func list(names []string) string {
	shown := make([]string, len(names))
	for i, n := range names {
		if shown[i] = strings.TrimSpace(n); shown[i] == "" {
			shown[i] = strconv.Itoa(i + 1)
		}
	}
	if len(shown) > 30 {
		shown = append(shown[:30], fmt.Sprintf("and %d more", len(names)-30))
	}
	return "columns are " + strings.Join(shown, ", ")
}

// Each reads the file from its start and gives every row (no record that is left out) and its text, joined by the model's template, cleaned, and
// valid during the call. It ends with ctx's error when ctx is done.
func (f *File) Each(ctx context.Context, join string, do func(r table.Record, text []byte) error) error {
	r := table.NewReader(f.all(ctx), f.Dialect)
	var joined []byte
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		record, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if record.LeftOut != "" {
			continue
		}
		joined = text.Join(joined[:0], join, cell(record.Fields, f.Columns.Title), cell(record.Fields, f.Columns.Text))
		if err := do(record, text.Clean(joined)); err != nil {
			return err
		}
	}
}

// Work is what a file takes to be scored, equal texts once.
type Work struct {
	Bytes        int64 // of the file
	Rows, Tokens int
}

// Measure reads the file and tokenizes it, which takes a hundredth of the time that scoring does.
func (f *File) Measure(ctx context.Context, e Engine) (work Work, err error) {
	seen := map[batch.Fingerprint]bool{}
	err = f.Each(ctx, e.Model().Manifest.Join, func(r table.Record, text []byte) error {
		work.Rows++
		work.Bytes = r.Offset + r.Bytes + 2 // a line end
		windows, _, err := e.Windows(nil, text)
		if _, bad := errors.AsType[*wire.Error](err); err != nil && !bad {
			return err
		}
		if fingerprint := batch.FingerprintOf(windows); !seen[fingerprint] {
			seen[fingerprint] = true
			for _, w := range windows {
				work.Tokens += len(w)
			}
		}
		return nil
	})
	return work, err
}

// Type is the media type of what Annotate writes.
func (f *File) Type() string {
	d := f.Dialect
	charset := d.Encoding
	if charset == "" {
		charset = table.UTF8
	}
	switch {
	case d.Keys != nil:
		return wire.TypeJSONLines
	case d.Delimiter == '\t':
		return "text/tab-separated-values; charset=" + charset
	}
	return wire.TypeCSV + "; charset=" + charset
}
