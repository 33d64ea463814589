package scoring

import (
	"context"
	"errors"
	"io"

	"reviewlens/api/wire"
	"reviewlens/reviews/table"
	"reviewlens/reviews/text"
	"reviewlens/tokenizer/batch"
)

// File is a table of reviews that can be read repeatedly.
type File struct {
	Name   string // in a report on several files
	Source io.ReaderAt
	table.Reading

	texts bool // made by TextsFile
}

// Open opens a file that can be scored, with table.Open, which detects what asked does not set. A
// mistake in the file or in a name is a *table.Error; with asked.Strict, doubts are errors.
func Open(ctx context.Context, source io.ReaderAt, options table.Options) (*File, error) {
	size, err := table.SizeOf(source)
	if err != nil {
		return nil, err
	}
	reading, err := table.Open(ctx, source, size, options)
	if err == nil {
		err = reading.Check()
	}
	if err != nil {
		return nil, err
	}
	f := &File{Source: source, Reading: *reading}
	if options.Strict {
		if err := f.RequireCertain(ctx); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// all returns a reader of the source from its start. Once ctx is done, the next read (of some 256
// KB) fails with ctx's error, however long the records are.
func (f *File) all(ctx context.Context) io.Reader {
	return table.NewContextReader(ctx, io.NewSectionReader(f.Source, 0, 1<<62))
}

// Each reads the file from its start and calls do for every row, not for skipped records. text is
// joined by the model's template, cleaned, and valid during the call only. Each returns ctx's error
// when ctx is done.
func (f *File) Each(ctx context.Context, join string,
	do func(r table.Record, text []byte) error) error {
	return f.each(ctx, join, do, ignored)
}

// each is like Each, but also calls leftOut with the reason for every skipped record.
func (f *File) each(ctx context.Context, join string,
	do func(r table.Record, text []byte) error, leftOut func(reason string)) error {
	r := table.NewReader(f.all(ctx), f.Dialect)
	var joined []byte
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		record, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if record.LeftOut != "" {
			leftOut(record.LeftOut)
			continue
		}
		joined = f.Columns.Join(joined[:0], join, record.Fields)
		if err := do(record, text.Clean(joined)); err != nil {
			return err
		}
	}
}

// Work is the size of a scoring task; equal texts count once.
type Work struct {
	Bytes        int64 // of the file
	Rows, Tokens int
}

// Measure reads and tokenizes the file, which takes a hundredth of the time of scoring.
func (f *File) Measure(ctx context.Context, e Engine) (work Work, err error) {
	seen := map[batch.Fingerprint]bool{}
	err = f.Each(ctx, e.Model().Manifest.Join, func(r table.Record, text []byte) error {
		work.Rows++
		work.Bytes = r.Offset + r.Bytes + 2 // a line end
		windows, _, err := e.Windows(nil, text)
		if _, bad := errors.AsType[*wire.Error](err); err != nil && !bad {
			return err
		}
		if fingerprint := batch.FingerprintOf(windows); !seen[fingerprint] {
			seen[fingerprint] = true
			work.Tokens += batch.Tokens(windows)
		}
		return nil
	})
	return work, err
}

// Type returns the media type of the output of Annotate.
func (f *File) Type() string {
	d := f.Dialect
	charset := d.Encoding
	if charset == "" {
		charset = table.UTF8
	}
	switch {
	case d.Keys != nil:
		return wire.TypeJSONLines
	case d.Delimiter == '\t':
		return "text/tab-separated-values; charset=" + charset
	}
	return wire.TypeCSV + "; charset=" + charset
}

// CheckGuard refuses to escape formulas in JSON lines, which Annotate leaves as they are.
func (f *File) CheckGuard(escapeFormulas bool) error {
	if escapeFormulas && f.Dialect.Keys != nil {
		return &wire.Error{Code: wire.BadParameter, Detail: "guard is for tables that " +
			"spreadsheets run formulas of; JSON lines are none."}
	}
	return nil
}

// IsDocument reports whether a source of size bytes is a JSON document or a drawn table, which
// table.WriteDocument converts to JSON lines.
func IsDocument(source io.ReaderAt, size int64) (bool, error) {
	sample := make([]byte, min(size, table.SniffBytes))
	n, err := source.ReadAt(sample, 0)
	if err != nil && err != io.EOF {
		return false, err
	}
	form := table.DetectForm("", sample[:n])
	return form == table.JSONDocument || form == table.DrawnTable, nil
}

// BadFile turns a mistake in a file into an error for the sender.
func BadFile(err error) error {
	if e, ok := errors.AsType[*table.Error](err); ok {
		return &wire.Error{Code: wire.BadFile, Detail: e.Detail}
	}
	return err
}
