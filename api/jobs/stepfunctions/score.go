package stepfunctions

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"reviewlens/api/scoring"
	"reviewlens/reviews/table"
)

// score scores a range and writes its part. It first verifies that the range by itself has the same
// texts as within the file; otherwise it fails, so that no row gets another row's score.
func (w *work) score(r chunk) error {
	var p plan
	if _, err := w.bucket.getJSON(w.ctx, w.folder+"plan.json", &p); err != nil {
		return err
	}
	e, release, err := w.Models.Acquire(w.ctx, p.Model)
	if err != nil {
		return err
	}
	defer release()
	body, _, err := w.bucket.get(w.ctx, w.folder+cmp.Or(p.Input, "input"), r.From, r.To)
	if err != nil {
		return err
	}
	file := chunkFile(p, r.N, body)
	if err := same(w.ctx, file, e.Model().Manifest.Join, r); err != nil {
		return err
	}
	table := scoring.NewTable(e, file, 0, nil)
	if err := table.Enable(scoring.Extras{Topics: w.record.Topics}); err != nil {
		return err
	}
	if err := table.Score(w.ctx); err != nil {
		return err
	}
	key := fmt.Sprintf("%sparts/%06d-%d", w.folder, r.N, r.Rows)
	if err := w.bucket.put(w.ctx, key, "", table.AppendRows(nil)); err != nil {
		return err
	}
	return w.written(key)
}

// same returns an error if a range by itself has other texts than within the file.
func same(ctx context.Context, file *scoring.File, join string, r chunk) error {
	rows, sum := 0, uint32(0)
	err := file.Each(ctx, join, func(_ table.Record, text []byte) error {
		rows++
		sum = addText(sum, text)
		return nil
	})
	if err == nil && (rows != r.Rows || sum != r.Sum) {
		err = fmt.Errorf("range %d by itself has %d rows with the sum %08x, in the file it has %d with %08x", r.N, rows, sum, r.Rows, r.Sum)
	}
	return err
}

// chunkFile returns range n as a file, preceded by the head of the whole file. If the plan has no
// head, a header with as many fields as the file's first record precedes it, so that records are
// repaired as within the file; nothing precedes the first record itself.
func chunkFile(p plan, n int, body []byte) *scoring.File {
	if p.Head != nil {
		d := p.Dialect
		d.Until = 0 // no range extends beyond it
		return &scoring.File{Source: bytes.NewReader(slices.Concat(p.Head, body)),
			Reading: table.Reading{Dialect: d, Columns: p.Columns, Scale: p.Scale}}
	}
	d := p.Dialect.Rows()
	if n == 0 && !p.Dialect.Header {
		p.Width = 0
	}
	d.Header, d.HeaderRows, d.NamesRow = p.Width > 0, 0, 0
	return &scoring.File{Source: bytes.NewReader(append(header(d, p.Width), body...)),
		Reading: table.Reading{Dialect: d, Columns: p.Columns, Scale: p.Scale}}
}

// header returns a line of width fields, written in the dialect d.
func header(d table.Dialect, width int) []byte {
	if width == 0 {
		return nil
	}
	line := "x" + strings.Repeat(string(rune(d.Delimiter)), width-1)
	if d.DoubleEncoded {
		line = `"` + line + `"`
	}
	line += "\n"
	var out []byte
	for i := range len(line) {
		switch d.Encoding {
		case table.UTF16LE:
			out = append(out, line[i], 0)
		case table.UTF16BE:
			out = append(out, 0, line[i])
		default:
			out = append(out, line[i])
		}
	}
	return out
}
