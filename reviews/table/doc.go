// Package table reads and writes the files in which people keep reviews.
//
// The input is a file: fields separated by comma, tab, semicolon, pipe, caret, tilde, 0x01, 0x1F or
// blanks, one text a line, JSON lines, or CSV whose records were encoded as fields of CSV again; in
// one of Encodings, with or without a header. Sniff guesses the Dialect and GuessColumns the role
// of each column, both from a bounded sample; each guess can be overridden.
//
// The output is records, or the file again. Reader streams records in constant memory and never
// fails on content: malformed records are repaired and reported (Record.Repaired), and only a
// record over MaxRecord bytes or MaxColumns fields has no fields (Record.Err) but keeps its place.
// Any split of the input into reads gives the same records. Annotate appends three columns to the
// file and keeps every other byte; Convert writes it in the other format. An Error is a mistake in
// the file, with a displayable message; any other error is that of the reader or the writer.
//
// The format is RFC 4180 as found in practice: lines end in LF, CRLF or CR; a field that begins
// with a quote ends at the next quote that is followed by a delimiter, a line end or the end of the
// file, so that a quote that should have been doubled is read as a quote; a quote that is never
// closed is read as a quote and its record ends with its line. Empty lines are not records (as in
// encoding/csv and pandas).
//
// It is one package because its three scanners and the reader above them must agree on every
// byte, and are tested against each other below the exported names.
package table
