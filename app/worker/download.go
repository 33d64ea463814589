package worker

import (
	"context"
	"io"
	"path"
	"strings"

	"reviewlens/app/message"
	"reviewlens/reviews"
)

// list answers Rows.
func (w *Worker) list(f *file, from, to int) {
	f.mu.Lock()
	n := f.rows.len()
	f.mu.Unlock()
	from = max(0, min(from, n))
	to = max(from, min(to, n, from+message.MaxRows))
	out := &message.RowRange{From: from, Rows: []message.Row{}}
	for i := from; i < to; i++ {
		row, err := f.read(i)
		if err != nil {
			w.send(context.Background(), message.Event{Name: message.Failed, Problem: changed(f.name, err)})
			return
		}
		out.Rows = append(out.Rows, row)
		w.breathe(context.Background())
	}
	w.send(context.Background(), message.Event{Name: message.Listed, Rows: out})
}

// download writes the file with its results, exactly as `reviewlens score` writes it.
func (w *Worker) download(f *file) {
	f.mu.Lock()
	d, n := f.dialect, f.rows.len()
	whole := f.tally != nil && f.tally.sums.Rows == n
	f.mu.Unlock()
	sink := w.NewSink()
	source := io.NewSectionReader(f.source, 0, f.source.Size())
	err := reviews.Annotate(sink, source, d, false, func(i int) reviews.Result {
		w.breathe(context.Background())
		f.mu.Lock()
		defer f.mu.Unlock()
		if i >= f.rows.len() {
			return reviews.Result{Err: "the file has grown since it was scored"}
		}
		return f.result(i)
	})
	if err == nil {
		err = sink.Done(scoredName(f.name, whole))
	}
	if err != nil {
		w.send(context.Background(), message.Event{Name: message.Failed, Problem: changed(f.name, err)})
	}
}

// scoredName is "reviews-scored.csv" for "reviews.csv"; a file that is not scored to its end says so.
func scoredName(name string, whole bool) string {
	ext := path.Ext(name)
	base := strings.TrimSuffix(name, ext)
	if ext == "" || ext == ".txt" {
		ext = ".csv"
	}
	if !whole {
		return base + "-partly-scored" + ext
	}
	return base + "-scored" + ext
}
