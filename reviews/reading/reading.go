// Package reading converts a table.Reading (how a file was understood) to the API's type, for the
// reports of server and page and for a response header.
package reading

import (
	"strconv"
	"strings"

	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/table"
)

const maxNameLength = 200 // in bytes, of a column

// Columns returns the names of the columns that are read.
func Columns(r *table.Reading) wire.Columns {
	c := r.Columns
	named := wire.Columns{
		Text: name(r, c.Text), Second: name(r, c.Second-1), Title: name(r, c.Title),
		Stars: name(r, c.Stars), Date: name(r, c.Date), Product: name(r, c.Product),
		ID: name(r, c.ID),
	}
	for _, i := range c.More {
		named.More = append(named.More, name(r, i))
	}
	return named
}

// name returns the name of a column in a report.
func name(r *table.Reading, i int) string {
	switch {
	case i < 0:
		return ""
	case i < len(r.Names) && strings.TrimSpace(r.Names[i]) != "":
		valid := strings.ToValidUTF8(r.Names[i], "\uFFFD")
		return reviews.Clip([]byte(valid), maxNameLength)
	}
	return strconv.Itoa(i + 1)
}

// Of returns how a file is read. found is what its rows contained that was not understood; nil if
// they were not read.
func Of(read *table.Reading, found *table.Findings) *wire.Reading {
	d := read.Dialect
	r := &wire.Reading{
		Sentence:  read.Sentence(),
		Columns:   Columns(read),
		DateOrder: read.DateOrder(), Encoding: d.Encoding, LinesAbove: d.Preamble,
		LeftOut: append([]string{}, read.LeftOut()...), Doubts: []wire.Doubt{},
		Findings:   []string{},
		Confidence: wire.Confidence(read.Confidence),
	}
	if read.Columns.Stars >= 0 {
		r.Scale = read.Scale.String()
	}
	if d.Keys == nil {
		if d.Delimiter != 0 {
			r.Delimiter = string(rune(d.Delimiter))
		}
		if d.Header {
			r.HeaderRows = max(1, d.HeaderRows)
		}
	}
	for _, doubt := range read.Doubts() {
		r.Doubts = append(r.Doubts, wire.Doubt{Detail: doubt.Detail, Parameter: doubt.Option})
	}
	if found != nil {
		r.Findings = append(r.Findings, found.All()...)
	}
	return r
}
