package worker

import (
	"context"
	"io"

	"reviewlens/app/message"
	"reviewlens/reviews"
	"reviewlens/reviews/table"
)

// show sends row i in full.
func (w *Worker) show(ctx context.Context, f *file, i int) {
	f.mu.Lock()
	known := i >= 0 && i < f.rows.len()
	d, columns, model := f.dialect, f.columns, f.engine
	f.mu.Unlock()
	if !known {
		return
	}
	header, err := table.NewReader(io.NewSectionReader(f.source, 0, f.source.Size()), d).Header()
	var out message.Whole
	if err == nil {
		err = f.readOn(i, 1, func(i int, fields [][]byte) {
			out.Row = f.show(i, fields, message.MaxWhole)
			out.Spoken = f.shownMentions(i, fields, out.Row)
			f.mu.Lock()
			if c := f.corrections[f.rows.at(i).text]; c != nil {
				out.Same = c.rows
			}
			out.Previous, out.Next = f.beside(i)
			f.mu.Unlock()
			out.More = len(fields) > message.MaxColumns ||
				len(columns.Body(fields)) > message.MaxWhole
			names := columnNames(header, min(len(fields), message.MaxColumns))
			for at, value := range fields[:min(len(fields), message.MaxColumns)] {
				if columns.IsText(at) || at == columns.Title {
					continue
				}
				out.Fields = append(out.Fields,
					message.Field{Name: names[at], Column: at,
						Value: reviews.Clip(value, message.MaxField)})
			}
		})
	}
	if err != nil {
		w.send(ctx, message.Event{Name: message.EventProblem, Problem: changed(f.name, err)})
		return
	}
	w.send(ctx, message.Event{Name: message.EventWhole, Whole: &out})
	if out.Row.Sentiment != "" {
		w.explain(ctx, model, message.Explained{Row: i + 1}, out.Row.Text, out.Row.Title,
			out.Row.Scored)
	}
}

// beside returns the rows before and after row i in the page's list, from 1; 0 for none. f.mu is
// held.
func (f *file) beside(i int) (previous, next int) {
	n := f.rows.len()
	at := func(place int) int { return place }
	place := i
	if v := f.view; v != nil {
		n, place = v.rows.len(), 0
		at = func(place int) int { return int(*v.rows.at(place)) }
		for place < n && at(place) != i {
			place++
		}
	}
	if place > 0 && place < n {
		previous = at(place-1) + 1
	}
	if place < n-1 {
		next = at(place+1) + 1
	}
	return previous, next
}
