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
// `reviewlens score -topics`: the rows that the page shows. only describes these rows in words.
func (w *Worker) download(f *file, topics bool, only string) {
	f.mu.Lock()
	d, n, in := f.dialect, f.rows.len(), f.viewRows()
	whole := f.aggregate != nil && f.aggregate.sums.Rows == n
	f.mu.Unlock()
	sink := w.NewSink()
	source := io.NewSectionReader(f.source, 0, f.source.Size())
	o := table.Output{Topics: topics}
	if in != nil {
		o.Only = func(i int) bool {
			w.yield(context.Background())
			return i < n && in.Has(i)
		}
	}
	var err error
	if d.Keys != nil {
		d.Keys, err = table.Taken(yielding{io.NewSectionReader(source, 0, source.Size()), w}, d)
	}
	if err == nil {
		err = table.Annotate(sink, source, d, o, func(i int) reviews.Result {
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
	}
	if err == nil {
		err = sink.Done(scoredName(f.name, whole, only))
	}
	if err != nil {
		w.send(context.Background(),
			message.Event{Name: message.EventProblem, Problem: changed(f.name, err)})
	}
}

// yielding is a reader that lets other work run on every read.
type yielding struct {
	io.Reader
	w *Worker
}

func (y yielding) Read(p []byte) (int, error) {
	y.w.yield(context.Background())
	return y.Reader.Read(p)
}

// scoredName returns "reviews-scored.csv" for "reviews.csv". The name of a file that is not scored
// to its end says so, and that of some rows names them: "reviews-scored (1 star).csv".
func scoredName(name string, whole bool, only string) string {
	ext := path.Ext(name)
	base := strings.TrimSuffix(name, ext)
	if ext == "" || ext == ".txt" {
		ext = ".csv"
	}
	if only != "" {
		ext = " (" + only + ")" + ext
	}
	if !whole {
		return base + "-partly-scored" + ext
	}
	return base + "-scored" + ext
}
