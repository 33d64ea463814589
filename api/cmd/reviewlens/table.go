package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"reviewlens/api/infer"
	"reviewlens/reviews"
	"reviewlens/tokenizer/batch"

	"github.com/schollz/progressbar/v3"
)

// Texts go to the engine in chunks, so that all streams have work while the next chunk is read: two chunks
// would do for two streams; the third covers a chunk that ends in one long text.
const (
	chunkTexts  = 256
	chunkTokens = 16 << 10
	chunks      = 3
)

// row is what is known of one row: 12 bytes, because files have millions.
type row struct {
	same      int32 // the first row of equal text, itself where it is that
	positive  float32
	windows   uint16
	sentiment reviews.Sentiment
	cut       bool
}

// table scores rows as they are added, equal texts once.
type table struct {
	engine *infer.Engine
	bar    *progressbar.ProgressBar
	chunk  chunk
	first  map[batch.Fingerprint]int32
	free   chan struct{} // a token for each chunk in the engine
	busy   sync.WaitGroup

	mu       sync.Mutex // of what follows; chunks write scores into rows while others are added
	rows     []row
	unscored []unscored
	err      error
}

// chunk is texts to be scored, and the rows they belong to.
type chunk struct {
	texts  [][][]int32
	rows   []int32
	tokens int
}

// unscored is a row without a score, and why.
type unscored struct {
	index, line int
	why         string
}

func newTable(e *infer.Engine, bar *progressbar.ProgressBar) *table {
	return &table{engine: e, bar: bar, first: make(map[batch.Fingerprint]int32), free: make(chan struct{}, chunks)}
}

// add takes the next row. It waits while the engine has enough to do.
func (t *table) add(ctx context.Context, r reviews.Record, text []byte) error {
	windows, cut := t.engine.Windows(nil, text)
	index := int32(len(t.rows))
	now := row{same: index, windows: uint16(len(windows)), cut: cut}
	switch {
	case r.Err != nil:
		t.unscored = append(t.unscored, unscored{r.Index, r.Line, r.Err.Error()})
	case len(windows) == 0:
		t.unscored = append(t.unscored, unscored{r.Index, r.Line, "no text"})
	default:
		print := batch.Print(windows)
		if first, ok := t.first[print]; ok {
			now.same = first
		} else {
			t.first[print] = index
			t.chunk.texts = append(t.chunk.texts, windows)
			t.chunk.rows = append(t.chunk.rows, index)
			for _, w := range windows {
				t.chunk.tokens += len(w)
			}
		}
	}
	t.mu.Lock()
	t.rows = append(t.rows, now)
	err := t.err
	t.mu.Unlock()
	if err != nil {
		return err
	}
	if now.same != index || len(windows) == 0 {
		t.bar.Add(1)
	}
	if len(t.chunk.texts) >= chunkTexts || t.chunk.tokens >= chunkTokens {
		return t.send(ctx)
	}
	return nil
}

// send hands the chunk to the engine.
func (t *table) send(ctx context.Context) error {
	c := t.chunk
	t.chunk = chunk{}
	select {
	case t.free <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	t.busy.Go(func() {
		defer func() { <-t.free }()
		scores, err := t.engine.Score(ctx, c.texts)
		t.mu.Lock()
		defer t.mu.Unlock()
		if err != nil {
			if t.err == nil {
				t.err = err
			}
			return
		}
		for i, s := range scores {
			t.rows[c.rows[i]].positive, t.rows[c.rows[i]].sentiment = float32(s.Positive), s.Sentiment
		}
		t.bar.Add(len(scores))
	})
	return nil
}

// wait sends what is left and returns when every score is there.
func (t *table) wait(ctx context.Context) error {
	var err error
	if len(t.chunk.texts) > 0 {
		err = t.send(ctx)
	}
	t.busy.Wait()
	return errors.Join(err, t.err)
}

// result is what is appended to a row, once wait has returned.
func (t *table) result(index int) reviews.Result {
	r := t.rows[index]
	s := t.rows[r.same]
	return reviews.Result{
		Score:   reviews.Score{Positive: float64(s.positive), Sentiment: s.sentiment},
		Windows: int(r.windows), Cut: r.cut,
	}
}

// maxListed bounds the list of rows without a score; a file of blank rows should not scroll for minutes.
const maxListed = 100

// report says what became of the rows. Rows without a score are an error of their own status: the output is
// whole, but whoever counts on a score in each row must know.
func (t *table) report(stderr io.Writer, in *input, took time.Duration) error {
	var count [4]int // by sentiment
	cut := 0
	for i := range t.rows {
		r := t.result(i)
		count[r.Sentiment]++
		if r.Cut {
			cut++
		}
	}
	scored := len(t.rows) - count[reviews.None]
	fmt.Fprintf(stderr, "%s: %d of %d rows scored in %.1f s: %d positive, %d negative, %d unsure\n", in.name, scored, len(t.rows), took.Seconds(),
		count[reviews.Positive], count[reviews.Negative], count[reviews.Unsure])
	if share := reviews.Wilson(count[reviews.Positive], scored); scored > 0 {
		fmt.Fprintf(stderr, "%.1f%% are positive (95%% interval %.1f%% to %.1f%%)\n", 100*share.Share, 100*share.Low, 100*share.High)
	}
	if cut > 0 {
		fmt.Fprintf(stderr, "%d rows are so long that only their first %d windows were scored\n", cut, t.engine.Model().Windows.Max)
	}
	for i, u := range t.unscored {
		if i == maxListed {
			fmt.Fprintf(stderr, "and %d more without a score\n", len(t.unscored)-maxListed)
			break
		}
		fmt.Fprintf(stderr, "row %d (line %d): %s\n", u.index+1, u.line, u.why)
	}
	if n := len(t.unscored); n > 0 {
		return &exit{3, fmt.Errorf("%d of %d rows have no score", n, len(t.rows))}
	}
	return nil
}

// annotate writes the file again, with the results.
func (in *input) annotate(ctx context.Context, w io.Writer, t *table) error {
	asked := 0
	err := reviews.Annotate(cancelled{ctx, w}, io.NewSectionReader(in.file, 0, 1<<62), in.dialect, in.guard, func(index int) reviews.Result {
		asked = max(asked, index+1)
		if index >= len(t.rows) {
			return reviews.Result{}
		}
		return t.result(index)
	})
	if err == nil && asked != len(t.rows) {
		err = fmt.Errorf("%s changed while it was read: it had %d rows, now %d", in.name, len(t.rows), asked)
	}
	return err
}

// cancelled refuses to write once ctx is done.
type cancelled struct {
	ctx context.Context
	io.Writer
}

func (c cancelled) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.Writer.Write(p)
}
