package scoring

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"reviewlens/api/model"
	"reviewlens/api/trace"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	"reviewlens/reviews/stats"
	"reviewlens/reviews/table"
	reviewtext "reviewlens/reviews/text"
	"reviewlens/reviews/topics"
	"reviewlens/tokenizer/batch"
)

// Texts are sent to the engine in chunks, so that all streams are busy while the next chunk is
// read. Two chunks suffice for two streams; the third covers a chunk that ends in one long text.
const (
	chunkTexts  = 256
	chunkTokens = 16 << 10
	chunks      = 3
)

// row is the state of one row, in 12 bytes because files have millions of rows.
type row struct {
	firstRow int32 // first row with equal tokens, or the row itself
	positive float32
	windows  uint16
	unread   reviewtext.UnreadReason // of its own text: different letters may have equal tokens
	flags    uint8
}

func (r *row) sentiment() reviews.Sentiment { return reviews.Sentiment(r.flags >> sentimentShift) }

func (r *row) setScore(positive float32, s reviews.Sentiment) {
	r.positive = positive
	r.flags |= final | uint8(s)<<sentimentShift
}

const (
	cut   = 1 << iota // scored in its first windows only
	final             // it has a score, or will never get one
	lost              // could not be scored (Assembly.MarkFailed)

	sentimentShift = iota // of the sentiment of a first row, in the bits above
)

// Table scores the rows of one or more files, equal texts once. Score must be called once; Annotate
// may run concurrently with it.
type Table struct {
	engine  Engine
	files   []*File
	starts  []int // index of each file's first row, complete once Score has returned
	maxRows int
	done    func(rows int)
	predict bool // stars

	findTopics bool
	scheme     topics.Scheme
	lexicon    *aspects.Lexicon

	chunk    chunk
	repaired Notes
	found    []table.Findings // of each file
	first    map[batch.Fingerprint]int32
	free     chan struct{} // one token per chunk in the engine
	busy     sync.WaitGroup

	mu       sync.Mutex // guards the following fields
	changed  sync.Cond
	rows     []row
	stars    []reviews.PackedStars // of first rows; as long as rows, or nil without PredictStars
	spans    rowSpans              // likewise, with FindTopics
	unscored Notes
	distinct int  // len(first)
	whole    bool // all rows are present
	err      error
}

// chunk is a batch of texts to be scored and their rows.
type chunk struct {
	texts   [][][]int32
	truth   []reviews.Sentiment // derived from the stars of each text
	unread  []bool              // each text
	rows    []int32
	tokens  int
	started time.Time // when its first row was added
}

// Note is a remark on a row. Index is counted from 0, Line from 1.
type Note struct {
	File        string // name of the file, in a table of several
	Index, Line int    // in the file
	What        string
}

// Notes counts rows of one kind and describes the first of them: all rows of a file may be of that
// kind, and a note takes ten times the memory of a row.
type Notes struct {
	Rows  int
	First []Note // at most maxNotes
}

const maxNotes = 100

func (n *Notes) add(f *File, r table.Record, what string) {
	n.Add(Note{f.Name, r.Index, r.Line, what})
}

// Add counts one more row.
func (n *Notes) Add(note Note) {
	if n.Rows++; n.Rows <= maxNotes {
		n.First = append(n.First, note)
	}
}

// NewTable returns a Table for at most maxRows rows (0: no limit). done, if not nil, is called with
// the number of newly finished rows.
func NewTable(e Engine, f *File, maxRows int, done func(rows int)) *Table {
	return NewTableOf(e, []*File{f}, maxRows, done)
}

// NewTableOf is like NewTable, for the rows of several files in order: a report on them equals that
// of one file with all their rows. Annotate and Convert need a table of one file.
func NewTableOf(e Engine, files []*File, maxRows int, done func(rows int)) *Table {
	if done == nil {
		done = func(int) {}
	}
	t := &Table{
		engine: e, files: files, maxRows: maxRows, done: done,
		first: make(map[batch.Fingerprint]int32), free: make(chan struct{}, chunks),
	}
	t.changed.L = &t.mu
	return t
}

// Enable enables the extras of a request. It must be called before Score. The error, a *wire.Error,
// is that of a model without support.
func (t *Table) Enable(extras Extras) error {
	if err := t.PredictStars(extras.Stars); err != nil {
		return err
	}
	return t.FindTopics(extras.Topics, topics.Scheme{})
}

// PredictStars enables predicted stars, which take 2 more bytes per row. It must be called before
// Score. The error, a *wire.Error, is that of RequireStars.
func (t *Table) PredictStars(enable bool) error {
	if t.predict = enable; !enable {
		return nil
	}
	return RequireStars(t.engine)
}

// Score reads the file and returns when all rows are scored. It holds at most three chunks of token
// IDs in the engine, and the one being filled.
func (t *Table) Score(ctx context.Context) error {
	err := t.read(ctx)
	t.busy.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil {
		t.err = err
	}
	t.whole = true
	t.changed.Broadcast()
	return t.err
}

// read sends the texts of all files to the engine. It converts a panic to an error: some callers
// run Score in a goroutine, where a panic would end the server.
func (t *Table) read(ctx context.Context) (err error) {
	defer RecoverTo(&err)
	t.found = make([]table.Findings, len(t.files))
	join := t.engine.Model().Manifest.Join
	for i, f := range t.files {
		t.starts = append(t.starts, len(t.rows)) // only add appends
		if err := f.each(ctx, join, func(r table.Record, text []byte) error {
			return t.add(ctx, i, r, text)
		}, t.found[i].AddLeftOut); err != nil {
			return err
		}
	}
	if len(t.chunk.texts) > 0 {
		return t.send(ctx)
	}
	return nil
}

// add adds the next row, of file number of. It waits while the engine is busy.
func (t *Table) add(ctx context.Context, of int, r table.Record, text []byte) error {
	f := t.files[of]
	index := int32(len(t.rows))
	if t.maxRows > 0 && int(index) == t.maxRows {
		return &wire.Error{Code: wire.TooManyTexts,
			Detail: fmt.Sprintf("The file has more than %d rows. Cut it in parts.", t.maxRows)}
	}
	windows, long, err := t.engine.Windows(nil, text)
	bad, isBad := errors.AsType[*wire.Error](err)
	if err != nil && !isBad {
		return err
	}
	now := row{firstRow: index, windows: uint16(len(windows))}
	if long {
		now.flags = cut
	}
	without := withoutScore(r, bad, windows)
	if without == "" {
		now.unread = Unread(t.engine, text)
		now.firstRow = t.enqueue(index, windows, f, r, now.unread != reviewtext.Readable)
	}
	t.found[of].AddFacts(&f.Reading, r)
	if r.Repaired != "" {
		t.repaired.add(f, r, r.Repaired)
	}
	if err := t.addRow(now, f, r, without); err != nil {
		return err
	}
	if now.firstRow != index || without != "" {
		t.done(1)
	}
	if len(t.chunk.texts) >= chunkTexts || t.chunk.tokens >= chunkTokens {
		return t.send(ctx)
	}
	return nil
}

// withoutScore returns why a row gets no score, or "" if it gets one. bad is the error in its text,
// or nil.
func withoutScore(r table.Record, bad *wire.Error, windows [][]int32) string {
	switch {
	case r.Err != nil:
		return r.Err.Error()
	case bad != nil:
		return bad.Detail
	case len(windows) == 0:
		return "no text"
	}
	return ""
}

// enqueue adds the text of a row to the chunk unless an earlier row has equal tokens. It returns
// the first row with these tokens.
func (t *Table) enqueue(index int32, windows [][]int32, f *File, r table.Record,
	unread bool) (first int32) {
	fingerprint := batch.FingerprintOf(windows)
	if first, ok := t.first[fingerprint]; ok {
		return first
	}
	t.first[fingerprint] = index
	c := &t.chunk
	if len(c.texts) == 0 {
		c.started = time.Now()
	}
	c.texts = append(c.texts, windows)
	stars, _ := f.Scale.Parse(table.Cell(r.Fields, f.Columns.Stars))
	c.truth = append(c.truth, reviews.StarsTruth(stars))
	c.unread = append(c.unread, unread)
	c.rows = append(c.rows, index)
	c.tokens += batch.Tokens(windows)
	return index
}

// addRow appends a row; without a score it is final. It returns the engine's error for an earlier
// chunk, if any.
func (t *Table) addRow(now row, f *File, r table.Record, without string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if without != "" {
		now.flags |= final
		t.unscored.add(f, r, without)
	}
	t.rows = append(t.rows, now)
	if t.predict {
		t.stars = append(t.stars, 0)
	}
	if t.findTopics {
		t.spans.addRow()
	}
	t.distinct = len(t.first)
	return t.err
}

// send passes the chunk to the engine.
func (t *Table) send(ctx context.Context) error {
	c := t.chunk
	t.chunk = chunk{}
	trace.From(ctx).Add(trace.Span{Phase: trace.Tokenize, Begin: c.started, End: time.Now(),
		Texts: len(c.texts), Tokens: c.tokens})
	select {
	case t.free <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	t.busy.Go(func() {
		defer func() { <-t.free }()
		ctx := WithUnread(WithTruth(ctx, c.truth), func(i int) bool { return c.unread[i] })
		scores, spans, err := t.run(ctx, c.texts)
		t.mu.Lock()
		defer t.mu.Unlock()
		defer t.changed.Broadcast()
		if err != nil {
			if t.err == nil {
				t.err = err
			}
			return
		}
		for i, s := range scores {
			t.rows[c.rows[i]].setScore(float32(s.Positive), s.Sentiment)
			if t.predict {
				t.stars[c.rows[i]] = s.Pack()
			}
			if t.findTopics {
				t.spans.set(c.rows[i], spans[i])
			}
		}
		t.done(len(scores))
	})
	return nil
}

// run converts a panic to an error: in this goroutine it would end the server.
func (t *Table) run(ctx context.Context, texts [][][]int32) (scores []reviews.Score,
	spans [][]aspects.Span, err error) {
	defer RecoverTo(&err)
	return ScoreAll(ctx, t.engine, texts, t.findTopics)
}

// result waits for the result of a row and returns it. The error is Score's, or io.EOF after the
// last row.
func (t *Table) result(index int) (reviews.Result, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		switch {
		case t.err != nil:
			return reviews.Result{}, t.err
		case index < len(t.rows) && t.rows[t.rows[index].firstRow].flags&final != 0:
			return t.at(index), nil
		case t.whole:
			return reviews.Result{}, io.EOF
		}
		t.changed.Wait()
	}
}

func (t *Table) at(index int) reviews.Result {
	r := t.rows[index]
	s := t.rows[r.firstRow]
	result := reviews.Result{
		Score:   reviews.Score{Positive: float64(s.positive), Sentiment: s.sentiment()},
		Windows: int(r.windows), Cut: r.flags&cut != 0,
	}
	if t.predict {
		result.Stars, result.Mixed, _ = t.stars[r.firstRow].Unpack()
	}
	if result.Sentiment != reviews.None && r.unread != reviewtext.Readable {
		result.Sentiment, result.Unread = reviews.Unsure, uint8(r.unread)
	}
	if r.flags&lost != 0 {
		result.Err = "its score could not be had"
	}
	return result
}

// Summary returns the counts over all rows. Score must have returned.
func (t *Table) Summary() (s stats.Summary) {
	for i := range t.rows {
		s.Add(t.at(i), reviews.Facts{})
	}
	return s
}

// Unscored describes the rows without a score. Score must have returned.
func (t *Table) Unscored() Notes { return t.unscored }

// Findings returns the values of each file that were not understood. Score must have returned.
func (t *Table) Findings() []table.Findings { return t.found }

// Files returns the files of the table.
func (t *Table) Files() []*File { return t.files }

// each reads all files and calls do with every row and its file; the index of a row includes the
// rows of earlier files. leftOut is called with the reason for every skipped record.
func (t *Table) each(ctx context.Context, join string,
	do func(f *File, r table.Record, text []byte) error,
	leftOut func(f *File, reason string)) error {
	for i, f := range t.files {
		first, end := t.starts[i], t.end(i)
		rows := 0
		err := f.each(ctx, join, func(r table.Record, text []byte) error {
			if rows++; first+rows > end {
				return t.changedFile(first + rows)
			}
			r.Index += first
			return do(f, r, text)
		}, func(reason string) { leftOut(f, reason) })
		if err != nil {
			return err
		}
		if first+rows != end {
			return t.changedFile(first + rows)
		}
	}
	return nil
}

// end returns the index after the last row of a file.
func (t *Table) end(file int) int {
	if file+1 < len(t.starts) {
		return t.starts[file+1]
	}
	return len(t.rows)
}

// number returns the number of a row in its file, from 1.
func (t *Table) number(index int) int {
	at := 0
	for at+1 < len(t.starts) && t.starts[at+1] <= index {
		at++
	}
	return index - t.starts[at] + 1
}

// Repaired describes the rows that were malformed and repaired. Score must have returned.
func (t *Table) Repaired() Notes { return t.repaired }

// Annotate writes the file with the results added (table.Annotate), each row as soon as it is
// scored.
func (t *Table) Annotate(ctx context.Context, w io.Writer, escapeFormulas bool) error {
	d := t.files[0].Dialect
	if d.Keys != nil {
		var err error
		if d.Keys, err = table.Taken(t.files[0].all(ctx), d); err != nil {
			return err
		}
	}
	return t.write(ctx, w, func(w io.Writer, result func(int) reviews.Result) error {
		return table.Annotate(w, t.files[0].all(ctx), d, t.output(escapeFormulas), result)
	})
}

// Convert is like Annotate, but writes the other format (table.Convert).
func (t *Table) Convert(ctx context.Context, w io.Writer, escapeFormulas bool) error {
	d, err := t.withKeys(ctx)
	if err != nil {
		return err
	}
	return t.write(ctx, w, func(w io.Writer, result func(int) reviews.Result) error {
		return table.Convert(w, t.files[0].all(ctx), d,
			t.output(escapeFormulas), result)
	})
}

// withKeys returns the file's dialect with the keys of all lines, not only of those in the sample.
func (t *Table) withKeys(ctx context.Context) (d table.Dialect, err error) {
	if d = t.files[0].Dialect; d.Keys != nil {
		d.Keys, err = table.Keys(t.files[0].all(ctx), d)
	}
	return d, err
}

func (t *Table) output(escapeFormulas bool) table.Output {
	return table.Output{EscapeFormulas: escapeFormulas, Stars: t.predict, Topics: t.findTopics}
}

// Output returns the options of the columns that Records adds.
func (t *Table) Output() table.Output { return t.output(false) }

// Model returns the model that scores.
func (t *Table) Model() *model.Model { return t.engine.Model() }

// Records is like Annotate, for a writer with a row format of its own (table.Rows).
func (t *Table) Records(ctx context.Context, begin func(names, added []string, records int) error,
	row func(cells [][]byte, r reviews.Result) error) error {
	d, err := t.withKeys(ctx)
	if err != nil {
		return err
	}
	return t.write(ctx, io.Discard, func(_ io.Writer, result func(int) reviews.Result) error {
		open := func() io.Reader { return t.files[0].all(ctx) }
		return table.Rows(open, d, t.Output(), begin, row, result)
	})
}

func (t *Table) write(ctx context.Context, w io.Writer,
	write func(w io.Writer, result func(index int) reviews.Result) error) error {
	out := &checked{Writer: w, ctx: ctx}
	read := 0 // number of results
	result := func(index int) reviews.Result {
		read = max(read, index+1)
		r, err := t.result(index)
		if err != nil && err != io.EOF && out.err == nil {
			out.err = err
		}
		return r
	}
	stop := func() error { return nil }
	if t.findTopics {
		result, stop = t.withTopics(ctx, result)
	}
	err := write(out, result)
	err = errors.Join(err, stop())
	if err := errors.Join(ctx.Err(), out.err); err != nil {
		return err
	}
	if _, end := t.result(read); err == nil && (end != io.EOF || read != len(t.rows)) {
		err = t.changedFile(read)
	}
	return err
}

func (t *Table) changedFile(rows int) error {
	return fmt.Errorf("the file changed while it was read: it has %d rows now, it had %d", rows,
		len(t.rows))
}

// checked is a writer that stops writing after the first error.
type checked struct {
	io.Writer
	ctx context.Context
	err error
}

func (c *checked) Write(p []byte) (int, error) {
	if err := errors.Join(c.ctx.Err(), c.err); err != nil {
		return 0, err
	}
	return c.Writer.Write(p)
}
