package stepfunctions

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"reviewlens/api/jobs"
	"reviewlens/api/objects"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews/table"
)

// A range ends after rangeRows records, or before the record that would exceed rangeBytes, so that
// scoring a range takes seconds whatever the length of its texts.
const (
	rangeRows  = 500
	rangeBytes = 512 << 10
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// plan reads the file once with a Reader, so that ranges begin at record boundaries, and writes
// ranges.json and plan.json.
func (w *work) plan() error {
	e, release, err := w.Models.Acquire(w.ctx, w.record.Model)
	if err != nil {
		return err
	}
	defer release()
	if err := (scoring.Extras{Topics: w.record.Topics}).Check(e); err != nil {
		return err
	}
	input, err := w.input("")
	if err != nil {
		return err
	}
	defer input.Close()
	if input.Size() > FileBytes { // not uploaded to an address signed by Service
		return jobs.TooLarge(input.Size(), FileBytes)
	}
	lines, decoded, err := w.rewriteDocument(input)
	if err != nil {
		return scoring.BadFile(err)
	}
	if lines != "" {
		input.Close()
		if input, err = w.input(lines); err != nil {
			return err
		}
		defer input.Close()
	}
	file, err := scoring.Open(w.ctx, input, w.record.Options.AfterDecoding(decoded))
	if err != nil {
		return scoring.BadFile(err)
	}
	p := plan{Model: e.Model().Manifest.ID, Bytes: input.Size(), Dialect: file.Dialect,
		Columns: file.Columns, Scale: file.Scale, Input: lines, Decoded: decoded,
		Reading: file.Describe(nil)}
	if file.Dialect.Keys == nil { // each line is a separate object, independent of the others
		p.Width = len(file.Names)
	}
	limit := maxRows(w.MemoryMB)
	ranges, err := cut(w.ctx, file, e.Model().Manifest.Join, input.Size(), rangeRows, limit)
	if errors.Is(err, errRows) {
		return tooManyRowsError(limit)
	}
	if err != nil {
		return scoring.BadFile(err)
	}
	for _, r := range ranges {
		p.Rows += r.Rows
	}
	if p.Head, err = head(input, file.Dialect, ranges); err != nil {
		return err
	}
	p.Ranges = len(ranges)
	if err := w.putJSON("ranges.json", ranges); err != nil {
		return err
	}
	return w.putJSON("plan.json", p)
}

// rewriteDocument writes the records of a JSON document as JSON lines. It returns the name of that
// file, "" for any other input, and whether the records were decoded.
func (w *work) rewriteDocument(input *objects.Reader) (name string, decoded bool, err error) {
	is, err := scoring.IsDocument(input, input.Size())
	if err != nil || !is {
		return "", false, err
	}
	out := objects.NewWriter(w.ctx, &w.bucket.Bucket, w.folder+linesName, wire.TypeJSONLines)
	records, err := table.WriteDocument(w.ctx,
		scoring.LimitWriter(out, FileBytes, jobs.LargeRecordsError(FileBytes)), input, input.Size(),
		w.record.Options.Encoding)
	if err != nil {
		return "", false, errors.Join(err, out.Abort())
	}
	if err := out.Close(); err != nil {
		return "", false, err
	}
	return linesName, records.Decoded, w.written(w.folder + linesName)
}

// linesName is the file of a job that holds the records of a JSON document.
const linesName = "lines"

// head returns the part of a file before its first row, which lets the Reader of a later range
// recognize a repeated header; nil without a header, or if the first row is beyond the bytes that a
// Reader examines.
func head(source io.ReaderAt, d table.Dialect, ranges []chunk) ([]byte, error) {
	if !d.Header || d.Keys != nil || len(ranges) == 0 || ranges[0].From > table.SniffBytes {
		return nil, nil
	}
	b := make([]byte, ranges[0].From)
	if n, err := source.ReadAt(b, 0); err != nil && (err != io.EOF || n < len(b)) {
		return nil, err
	}
	return b, nil
}

// maxRows returns the number of rows that the last step can assemble in a function of memoryMB; 0
// is at least RowsMB.
func maxRows(memoryMB int) int {
	if memoryMB <= 0 || memoryMB >= RowsMB {
		return Rows
	}
	return Rows / RowsMB * memoryMB
}

// errRows is the error of cut for a file with more rows than the limit.
var errRows = errors.New("too many rows")

// tooManyRowsError refuses a file with more than limit rows.
func tooManyRowsError(limit int) error {
	detail := fmt.Sprintf("The file has more than %d rows. Cut it in parts, or put it into a "+
		"bucket and score it there with make bulk.", limit)
	if limit < Rows {
		detail += fmt.Sprintf(" A deployment with Memory=%d takes %d rows.", RowsMB, Rows)
	}
	return &wire.Error{Code: wire.TooManyTexts, Detail: detail}
}

// cut returns the ranges of a file, each of at most most rows. It returns errRows for more than
// limit rows.
func cut(ctx context.Context, file *scoring.File, join string, size int64,
	most, limit int) (ranges []chunk, err error) {
	rows := 0
	err = file.Each(ctx, join, func(r table.Record, text []byte) error {
		if rows++; rows > limit {
			return errRows
		}
		n := len(ranges)
		if n == 0 || ranges[n-1].Rows == most || r.Offset+r.Bytes-ranges[n-1].From > rangeBytes {
			if n > 0 {
				ranges[n-1].To = r.Offset
			}
			ranges = append(ranges, chunk{N: n, From: r.Offset})
			n++
		}
		ranges[n-1].Rows++
		ranges[n-1].Sum = addText(ranges[n-1].Sum, text)
		return nil
	})
	if len(ranges) > 0 {
		ranges[len(ranges)-1].To = size
		if until := file.Dialect.Until; until > 0 {
			ranges[len(ranges)-1].To = min(size, until)
		}
	}
	return ranges, err
}

// addText extends the checksum of a sequence of texts.
func addText(sum uint32, text []byte) uint32 {
	// a byte that does not occur in UTF-8
	return crc32.Update(crc32.Update(sum, castagnoli, text), castagnoli, []byte{0xff})
}
