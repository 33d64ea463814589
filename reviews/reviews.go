// Package reviews reads the files that people keep reviews in, and says what scored rows say.
//
// In goes a file: comma, semicolon, tab or pipe between fields, one text a line, JSON lines, or CSV whose records were
// written as fields of CSV again; UTF-8, UTF-16,
// Windows-1252 or GBK; with or without a header. Sniff guesses how it is written and GuessColumns which
// column is what, both from a bounded sample, and each guess can be overruled. Reader streams records in
// constant memory and never fails on content: what is malformed is repaired and said (Record.Repaired),
// and only a record over MaxRecord bytes has no fields (Record.Err) but keeps its place. Any split of the
// input into reads gives the same records.
//
// Out go scores: Decide turns a model's logits into a named probability, Summary counts, and Annotate
// writes the file again with three columns more, every other byte as it was.
//
// The format is RFC 4180 as it is met: lines end in LF, CRLF or CR; a field that begins with a quote goes
// on to the next quote that is followed by a delimiter, a line end or the end of the file, so that a
// quote someone forgot to double is read as a quote; a quote that never closes is read as a quote and
// its record ends with its line. Empty lines are no records (as in encoding/csv and pandas).
//
// The package is pure: it runs in the browser's worker and in the server alike.
package reviews
