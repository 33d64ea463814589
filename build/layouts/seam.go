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

// read is the only function that calls the product, and returns its reading of a file. It does what
// "reviewlens report" does before it scores.
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
	c := f.Columns
	r := Reading{Names: f.Names, Title: c.Title, Stars: c.Stars, Date: c.Date,
		Product:  c.Product,
		DayFirst: f.Dates.DayFirst, Doubts: notes}
	for _, doubt := range f.Doubts() {
		r.Doubts = append(r.Doubts, doubt.Detail)
	}
	switch {
	case c.Stars < 0:
	case f.Scale.NPS:
		r.Scale = NPS
	default:
		r.Scale = int(f.Scale.Best())
	}
	r.Text = []int{c.Text}
	if c.Second > 0 {
		r.Text = append(r.Text, c.Second-1)
	}
	if f.Dialect.Header {
		r.HeaderRows = max(1, f.Dialect.HeaderRows)
	}
	lines := f.Dialect
	lines.Preamble, lines.Until, lines.Header = 0, 0, false
	above := table.NewReader(bytes.NewReader(data), lines)
	for {
		record, err := above.Read()
		if err != nil || record.Line > f.Dialect.Preamble {
			break
		}
		if len(bytes.Join(record.Fields, nil)) > 0 {
			r.LeftOut++
		}
	}
	reader := table.NewReader(bytes.NewReader(data), f.Dialect)
	var found table.Findings
	unread := map[uint8]int{} // texts that the model cannot read, by text.UnreadReason
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			r.Doubts = append(r.Doubts, found.Doubts()...)
			noWords, languages := findings.Languages(unread)
			n := noWords
			for _, l := range languages {
				n += l.Rows
			}
			if n > 0 {
				r.Doubts = append(r.Doubts, report.Apart(n, noWords, languages))
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
