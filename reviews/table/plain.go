package table

import (
	"bufio"
	"io"
)

// WritePlain writes the file r, written in d, as RFC 4180: UTF-8 without a BOM, commas between
// fields, quotes only where necessary, CRLF after each record, the header first if there is one. A
// record keeps its number of fields, even if it is not that of the header; malformed records are
// repaired as by Reader. JSON lines have a column for each of d.Keys, which should be those of all
// lines (Keys).
//
// Several header rows become one, their names joined with a blank; identifiers of questions, as
// written by Qualtrics, are dropped. Records that are not rows of the table (Record.LeftOut) are
// not written. note is called, if it is not nil, with each record that was repaired, and with each
// that is omitted because it is invalid (Record.Err).
func WritePlain(w io.Writer, r io.Reader, d Dialect, note func(Record)) error {
	out := bufio.NewWriterSize(w, 64<<10)
	reader := NewReader(r, d)
	header, err := reader.Header()
	if err != nil {
		return err
	}
	var line []byte
	if header != nil {
		for i, name := range reader.joinedHeader(header) {
			line = appendPlain(line, i, []byte(name))
		}
		if _, err := out.Write(endPlain(line)); err != nil {
			return err
		}
	}
	for {
		record, err := reader.Read()
		if err == io.EOF {
			return out.Flush()
		}
		if err != nil {
			return err
		}
		if record.LeftOut != "" {
			continue
		}
		if note != nil && (record.Err != nil || record.Repaired != "") {
			note(record)
		}
		if record.Err != nil {
			continue
		}
		line = line[:0]
		for i, field := range record.Fields {
			line = appendPlain(line, i, field)
		}
		line = endPlain(line)
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
}

// appendPlain appends the i-th field of a record.
func appendPlain(line []byte, i int, field []byte) []byte {
	if i > 0 {
		line = append(line, ',')
	}
	return appendQuoted(line, field, ',')
}

// endPlain ends a record. A single empty field is quoted: an empty line would not be a record.
func endPlain(line []byte) []byte {
	if len(line) == 0 {
		line = append(line, `""`...)
	}
	return append(line, "\r\n"...)
}
