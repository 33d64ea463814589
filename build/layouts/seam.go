package main

import (
	"bytes"
	"context"
	"errors"
	"io"

	"reviewlens/api/scoring"
	"reviewlens/api/unpack"
	"reviewlens/reviews/findings"
	"reviewlens/reviews/report"
	"reviewlens/reviews/table"
	"reviewlens/reviews/text"
)

// read returns the product's reading of a file, and only the functions of this file call the
// product. It does what "reviewlens report" does before it scores.
func read(name string, data []byte) Reading {
	ctx := context.Background()
	inside, err := unpack.Open(ctx, name, bytes.NewReader(data), int64(len(data)), "", "")
	if err != nil {
		return Reading{Refused: err.Error()}
	}
	var notes []string
	if inside != nil {
		notes = inside.Notes
		for _, doubt := range inside.Doubts {
			notes = append(notes, doubt.Detail)
		}
		data, err = io.ReadAll(io.NewSectionReader(inside, 0, inside.Size))
		if err := errors.Join(err, inside.Close()); err != nil {
			return Reading{Refused: err.Error()}
		}
	}
	f, err := scoring.Open(ctx, bytes.NewReader(data), table.Options{})
	if err != nil {
		return Reading{Refused: err.Error()}
	}
	r := readingOf(f)
	r.Doubts = notes
	for _, doubt := range f.Doubts() {
		r.Doubts = append(r.Doubts, doubt.Detail)
	}
	r.LeftOut = countAbove(data, f.Dialect)
	reader := table.NewReader(bytes.NewReader(data), f.Dialect)
	var found table.Findings
	unread := map[uint8]int{} // texts that the model cannot read, by text.UnreadReason
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			r.Doubts = append(r.Doubts, found.Doubts()...)
			if doubt := unreadDoubt(unread); doubt != "" {
				r.Doubts = append(r.Doubts, doubt)
			}
			return r
		}
		if err != nil {
			return Reading{Refused: err.Error()}
		}
		if record.LeftOut != "" {
			found.AddLeftOut(record.LeftOut)
			r.LeftOut++
			continue
		}
		var row Row
		for _, i := range r.Text {
			var part []byte
			if i < len(record.Fields) {
				part = text.Clean(text.Join(nil, "{text}", nil, record.Fields[i]))
			}
			row.Texts = append(row.Texts, string(part))
		}
		if review := joinText(row.Texts); review != "" {
			if u := text.Readability([]byte(review), nil); u != text.Readable {
				unread[uint8(u)]++
			}
		}
		stars, day := found.AddFacts(&f.Reading, record)
		if row.Stars = stars; day != 0 {
			row.Day = day.Time()
		}
		r.Rows = append(r.Rows, row)
	}
}

// readingOf returns the columns, the scale and the header of a file.
func readingOf(f *scoring.File) Reading {
	c := f.Columns
	r := Reading{Names: f.Names, Text: []int{c.Text}, Title: c.Title, Stars: c.Stars,
		Date: c.Date, Product: c.Product, DayFirst: f.Dates.DayFirst}
	if c.Second > 0 {
		r.Text = append(r.Text, c.Second-1)
	}
	switch {
	case c.Stars < 0:
	case f.Scale.NPS:
		r.Scale = NPS
	default:
		r.Scale = int(f.Scale.Best())
	}
	if f.Dialect.Header {
		r.HeaderRows = max(1, f.Dialect.HeaderRows)
	}
	return r
}

// countAbove returns the number of records above the table that are not empty.
func countAbove(data []byte, d table.Dialect) (n int) {
	lines := d
	lines.Preamble, lines.Until, lines.Header = 0, 0, false
	above := table.NewReader(bytes.NewReader(data), lines)
	for {
		record, err := above.Read()
		if err != nil || record.Line > d.Preamble {
			return n
		}
		if len(bytes.Join(record.Fields, nil)) > 0 {
			n++
		}
	}
}

// unreadDoubt returns the doubt about texts that the model cannot read, counted by
// text.UnreadReason; "" for none.
func unreadDoubt(unread map[uint8]int) string {
	noWords, languages := findings.Languages(unread)
	n := noWords
	for _, l := range languages {
		n += l.Rows
	}
	return report.Apart(n, noWords, languages)
}
