package main

import (
	"bytes"
	"context"
	"errors"
	"io"

	"reviewlens/api/scoring"
	"reviewlens/api/unpack"
	"reviewlens/reviews"
	"reviewlens/reviews/table"
	"reviewlens/reviews/text"
)

// read is the one place where the product is asked: what it understands of a file. It does what
// "reviewlens report" does before it scores; what the product cannot tell yet, several columns of
// text, say, or the scale of the stars, is what it takes for granted.
func read(name string, data []byte) Reading {
	ctx := context.Background()
	inside, err := unpack.Open(ctx, name, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return Reading{Refused: err.Error()}
	}
	var notes []string
	if inside != nil {
		notes = inside.Notes
		data, err = io.ReadAll(io.NewSectionReader(inside, 0, inside.Size))
		if err := errors.Join(err, inside.Close()); err != nil {
			return Reading{Refused: err.Error()}
		}
	}
	f, err := scoring.Open(ctx, bytes.NewReader(data), "", "")
	if err != nil {
		return Reading{Refused: err.Error()}
	}
	c := f.Columns
	r := Reading{Names: f.Names, Text: []int{c.Text}, Title: c.Title, Stars: c.Stars, Date: c.Date,
		Product: c.Product, Language: -1,
		DayFirst: f.Dates.DayFirst, Doubts: append(notes, f.Doubts()...)}
	if c.Stars >= 0 {
		r.Scale = 5
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
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return r
		}
		if err != nil {
			return Reading{Refused: err.Error()}
		}
		if record.LeftOut != "" {
			r.LeftOut++
			continue
		}
		cell := func(i int) []byte {
			if i < 0 || i >= len(record.Fields) {
				return nil
			}
			return record.Fields[i]
		}
		row := Row{Texts: []string{string(text.Clean(cell(c.Text)))}}
		row.Stars, _ = reviews.ParseStars(cell(c.Stars))
		if day, ok := f.Dates.Parse(cell(c.Date)); ok {
			row.Day = day.Time()
		}
		r.Rows = append(r.Rows, row)
	}
}
