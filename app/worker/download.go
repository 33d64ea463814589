package worker

import (
	"context"
	"io"
	"path"
	"strings"

	"reviewlens/app/message"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	"reviewlens/reviews/table"
)

// download writes the file with its results, exactly as `reviewlens score` writes it, or
// `reviewlens score -topics`.
func (w *Worker) download(f *file, topics bool) {
	f.mu.Lock()
	d, n := f.dialect, f.rows.len()
	whole := f.aggregate != nil && f.aggregate.sums.Rows == n
	f.mu.Unlock()
	sink := w.NewSink()
	source := io.NewSectionReader(f.source, 0, f.source.Size())
	err := table.AnnotateWith(sink, source, d, table.Output{Topics: topics}, func(
		i int) reviews.Result {
		w.yield(context.Background())
		f.mu.Lock()
		defer f.mu.Unlock()
		if i >= f.rows.len() {
			return reviews.Result{Err: "the file has grown since it was scored"}
		}
		result := f.result(i)
		if topics && result.Sentiment != reviews.None {
			result.Topics = aspects.Cell(f.mentions(i))
		}
		return result
	})
	if err == nil {
		err = sink.Done(scoredName(f.name, whole))
	}
	if err != nil {
		w.send(context.Background(),
			message.Event{Name: message.EventProblem, Problem: changed(f.name, err)})
	}
}

// scoredName is "reviews-scored.csv" for "reviews.csv"; a file that is not scored to its end says
// so.
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
