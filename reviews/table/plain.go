package table

import (
	"bufio"
	"io"
)

// WritePlain writes the file r, written in d, as RFC 4180 has it: UTF-8 without a BOM, commas
// between fields, quotes only where a field needs them, CRLF after each record, the header first
// where there is one. A record has the fields that it has in the file, be they more or fewer than
// the header's; what is malformed is repaired as Reader repairs it. JSON lines have a column for
// each of d.Keys, which should be those of all lines (Keys).
//
// Several header rows become one, of names that are joined with a blank; but identifiers of
// questions, as Qualtrics writes them, are left out. What is no row of the table (Record.LeftOut)
// is not written. A record that is an error (Record.Err) is left out and given to skipped, if that
// is not nil.
func WritePlain(w io.Writer, r io.Reader, d Dialect, skipped func(*Error)) error {
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
		if record.Err != nil {
			if skipped != nil {
				skipped(record.Err)
			}
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

// endPlain ends a record. One empty field is written as such: an empty line would be no record.
func endPlain(line []byte) []byte {
	if len(line) == 0 {
		line = append(line, `""`...)
	}
	return append(line, "\r\n"...)
}
