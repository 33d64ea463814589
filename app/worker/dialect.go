package worker

import (
	"reviewlens/app/message"
	"reviewlens/reviews/table"
)

// shape returns the dialect of f for the page and the journal. f.mu is held.
func (f *file) shape() message.Dialect { return shapeOf(f.dialect) }

// shapeOf is the inverse of dialectOf.
func shapeOf(d table.Dialect) message.Dialect {
	quote := ""
	if d.Quote != 0 {
		quote = string(rune(d.Quote))
	}
	return message.Dialect{Encoding: d.Encoding, Delimiter: delimiter(d), Quoted: d.Quoted,
		Header: d.Header, BOM: d.BOM, DoubleEncoded: d.DoubleEncoded, Keys: d.Keys,
		Preamble: d.Preamble, HeaderRows: d.HeaderRows, NamesRow: d.NamesRow, Until: d.Until,
		Quote: quote, Backslash: d.Backslash, Spaced: d.Spaced, Width: d.Width, Surplus: d.Surplus,
		Tables: d.Tables, RowNames: d.RowNames}
}

// dialectOf returns the dialect described by that of the page or the journal.
func dialectOf(d message.Dialect) table.Dialect {
	out := table.Dialect{Encoding: d.Encoding, BOM: d.BOM, Quoted: d.Quoted, Header: d.Header,
		DoubleEncoded: d.DoubleEncoded, Keys: d.Keys, Preamble: d.Preamble,
		HeaderRows: d.HeaderRows, NamesRow: d.NamesRow, Until: d.Until, Backslash: d.Backslash,
		Spaced: d.Spaced, Width: d.Width, Surplus: d.Surplus, Tables: d.Tables,
		RowNames: d.RowNames}
	if d.Quote != "" {
		out.Quote = d.Quote[0]
	}
	if d.Delimiter != "" {
		out.Delimiter = d.Delimiter[0]
	}
	return out
}
