package worker

import (
	"context"
	"io"

	"reviewlens/app/message"
	"reviewlens/reviews"
	"reviewlens/reviews/table"
	"reviewlens/reviews/text"
)

// list sends the requested rows: of the view with that id, or of the whole file for id 0. Requests
// for a view that has been replaced since are ignored.
func (w *Worker) list(f *file, id, from, to int) {
	ctx := context.Background()
	f.mu.Lock()
	v := f.view
	if id == 0 {
		v = nil
	}
	if v != nil && v.id != id {
		f.mu.Unlock()
		return
	}
	n := f.rows.len()
	if v != nil {
		n = v.rows.len()
	}
	from = max(0, min(from, n))
	to = max(from, min(to, n, from+message.MaxRows))
	numbers := make([]int, 0, to-from)
	for at := from; at < to; at++ {
		if v != nil {
			numbers = append(numbers, int(*v.rows.at(at)))
		} else {
			numbers = append(numbers, at)
		}
	}
	f.mu.Unlock()
	out := &message.RowRange{View: id, From: from, Rows: []message.Row{}}
	for len(numbers) > 0 { // rows that are adjacent in the file are read in one go
		run := 1
		for run < len(numbers) && numbers[run] == numbers[0]+run {
			run++
		}
		err := f.readOn(numbers[0], run, func(i int, fields [][]byte) {
			out.Rows = append(out.Rows, f.show(i, fields, message.MaxText))
		})
		if err != nil {
			w.send(ctx, message.Event{Name: message.EventProblem, Problem: changed(f.name, err)})
			return
		}
		numbers = numbers[run:]
		w.yield(ctx)
	}
	w.send(ctx, message.Event{Name: message.EventRows, Rows: out})
}

// read reads row i again from its offset in the file, with up to longest bytes of its text.
func (f *file) read(i, longest int) (row message.Row, err error) {
	row.Row = i + 1
	err = f.readOn(i, 1, func(i int, fields [][]byte) { row = f.show(i, fields, longest) })
	return row, err
}

// readOn reads n rows again, starting at row i. Fields are valid until take returns.
func (f *file) readOn(i, n int, take func(i int, fields [][]byte)) error {
	f.mu.Lock()
	reading := f.reading
	from, to := f.rows.at(i).offset(), f.source.Size()
	starts := make([]int64, n)
	for k := range starts {
		starts[k] = f.rows.at(i+k).offset() - from
	}
	if i+n < f.rows.len() {
		to = f.rows.at(i + n).offset()
	}
	f.mu.Unlock()
	r := reading.NewRowReader(io.NewSectionReader(f.source, from, to-from))
	for k := 0; k < n; {
		record, err := r.Read()
		if err != nil {
			return err
		}
		if record.Offset < starts[k] {
			continue // not a row: a header between two concatenated files
		}
		take(i+k, record.Fields)
		k++
	}
	return nil
}

// show returns row i as a screen shows it, with up to longest bytes of its text.
func (f *file) show(i int, fields [][]byte, longest int) message.Row {
	f.mu.Lock()
	c, scale := f.columns, f.reading.Scale
	out := message.Row{Row: i + 1}
	if f.engine != nil {
		r := f.result(i)
		out.Scored = message.Scored{
			Sentiment: r.Sentiment.String(), Positive: r.Positive, Windows: r.Windows, Cut: r.Cut,
			Unread: text.UnreadReason(r.Unread).String(), Stars: r.Stars, Mixed: r.Mixed,
		}
		out.Problem = r.Err
		if c := f.corrections[f.rows.at(i).text]; c != nil {
			out.Corrected = c.to.String()
		}
	}
	f.mu.Unlock()
	cell := func(column, n int) string {
		return reviews.Clip(text.Clean(table.Cell(fields, column)), n)
	}
	out.Text = reviews.Clip(text.Clean(c.Body(fields)), longest)
	out.Title = cell(c.Title, message.MaxCell)
	out.Date, out.Product = cell(c.Date, message.MaxCell), cell(c.Product, message.MaxCell)
	out.ID = cell(c.ID, message.MaxCell)
	if _, ok := scale.Parse(table.Cell(fields, c.Stars)); ok {
		out.Stars = cell(c.Stars, message.MaxCell)
	}
	return out
}
