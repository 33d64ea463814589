package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"maps"
	"math"
	"path"
	"slices"
	"strings"

	"reviewlens/api/wire"
	"reviewlens/app/journal"
	"reviewlens/app/message"
	"reviewlens/reviews"
	"reviewlens/reviews/stats"
	"reviewlens/reviews/table"
)

// correction is the sentiment that a reader gave a text instead of its score. Like the score, it
// belongs to the text: rows is the number of rows with it, row is the first.
type correction struct {
	to    reviews.Sentiment
	row   int
	rows  int
	check uint32            // of the text's bytes
	sent  reviews.Sentiment // as last sent to the server; None if never
}

// entry returns the correction of the text with a number as a kept run stores it.
func (c *correction) entry(number int32) journal.Correction {
	return journal.Correction{Number: number, Check: c.check, Sentiment: uint8(c.to),
		Sent: uint8(c.sent)}
}

// logCorrection logs the current correction of the text with a number, which may be none any more.
// f.mu is held.
func (f *file) logCorrection(number int32, check uint32) bool {
	entry := journal.Correction{Number: number, Check: check}
	if c := f.corrections[number]; c != nil {
		entry.Sentiment, entry.Sent = uint8(c.to), uint8(c.sent)
	}
	return f.log != nil && f.log.Correct(entry) == nil
}

// correct sets the reader's sentiment for row i; "" removes it, and so does the sentiment of the
// score. It returns the remaining work: to notify the page, and to log it. Reviews without a score
// are not corrected.
func (w *Worker) correct(f *file, i int, sentiment string) (rest func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i < 0 || i >= f.rows.len() || f.engine == nil || f.result(i).Sentiment == reviews.None {
		return func() {}
	}
	number, to := f.rows.at(i).text, reviews.ParseSentiment(sentiment)
	if to == f.result(i).Sentiment {
		to = reviews.None
	}
	c, known := f.corrections[number]
	switch {
	case to == reviews.None && !known:
		return func() {}
	case to == reviews.None:
		delete(f.corrections, number)
	case known:
		c.to = to
	default:
		if f.corrections == nil {
			f.corrections = map[int32]*correction{}
		}
		c = &correction{to: to, row: i}
		f.corrections[number] = c
	}
	return func() { w.corrected(f, i, number, c) }
}

// corrected logs the current correction of a text and sends it to the page.
func (w *Worker) corrected(f *file, i int, number int32, c *correction) {
	ctx := context.Background()
	f.mu.Lock()
	columns, template := f.columns, f.template()
	f.mu.Unlock()
	check := uint32(0)
	err := f.readOn(i, 1, func(_ int, fields [][]byte) {
		check = journal.Check(join(nil, template, columns, fields))
	})
	if err != nil {
		w.send(ctx, message.Event{Name: message.EventProblem, Problem: changed(f.name, err)})
		return
	}
	rows, first := 0, i
	for from, n := 0, f.rows.len(); from < n; from += atOnce {
		f.mu.Lock()
		for at := from; at < min(from+atOnce, n); at++ {
			if f.rows.at(at).text == number {
				rows++
				first = min(first, at)
			}
		}
		f.mu.Unlock()
		w.yield(ctx)
	}
	f.mu.Lock()
	c.row, c.rows, c.check = first, rows, check
	out := message.Correction{Row: i + 1, Reviews: rows, Corrected: f.correctedSum()}
	if now := f.corrections[number]; now != nil { // it may have been corrected again meanwhile
		out.Sentiment = now.to.String()
	}
	out.Kept = f.logCorrection(number, check)
	f.mu.Unlock()
	w.send(ctx, message.Event{Name: message.EventCorrection, Correction: &out})
}

// correctedSum returns the totals of the corrections, nil if there are none. f.mu is held.
func (f *file) correctedSum() *message.Corrected {
	if len(f.corrections) == 0 {
		return nil
	}
	out := &message.Corrected{}
	more, read := 0, 0
	if f.aggregate != nil {
		total := f.aggregate.sums.Total()
		read = total.Read()
	}
	for _, c := range f.corrections {
		out.Reviews += c.rows
		out.Texts++
		if c.sent == c.to {
			out.Sent++
		}
		if c.to == reviews.Positive {
			more += c.rows
		}
		if f.result(c.row).Sentiment == reviews.Positive {
			more -= c.rows
		}
		if f.result(c.row).Unread != 0 {
			read += c.rows
		}
	}
	if t := f.aggregate; t != nil && t.sums.Rows == f.rows.len() {
		share := wire.Interval(stats.Wilson(t.sums.Positive+more, read))
		out.Share = &share
	}
	return out
}

// relogCorrections writes all corrections to a log that was begun anew. f.mu is held.
func (f *file) relogCorrections() {
	if f.log == nil {
		return
	}
	for number, c := range f.corrections {
		if f.log.Correct(c.entry(number)) != nil {
			f.giveUpLog()
			return
		}
	}
}

// allCorrections returns the corrections known to f, for the next reading of the same file: of its
// own texts, and of those of previous readings.
func (f *file) allCorrections() map[int32]journal.Correction {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := map[int32]journal.Correction{}
	maps.Copy(all, f.savedCorrections)
	for number, c := range f.corrections {
		all[number] = c.entry(number)
	}
	return all
}

// savedCorrection returns the correction of a text from a kept run or a previous reading, nil for
// none. row is the first with the text.
func (f *file) savedCorrection(number int32, row int, joined []byte) *correction {
	c, ok := f.savedCorrections[number]
	if !ok || c.Check != journal.Check(joined) || c.Sentiment == 0 ||
		c.Sentiment > uint8(reviews.Unsure) {
		return nil
	}
	return &correction{to: reviews.Sentiment(c.Sentiment), row: row, check: c.Check,
		sent: reviews.Sentiment(c.Sent)}
}

// saveCorrections writes one line per corrected text, in the order of the file.
func (w *Worker) saveCorrections(f *file) {
	f.mu.Lock()
	var all []*correction
	for _, c := range f.corrections {
		all = append(all, c)
	}
	columns, model := f.columns, f.model
	f.mu.Unlock()
	slices.SortStableFunc(all, func(a, b *correction) int { return cmp.Compare(a.row, b.row) })
	sink := w.NewSink()
	err := w.writeCorrections(sink, f, all, columns, model)
	if err == nil {
		err = sink.Done(strings.TrimSuffix(f.name, path.Ext(f.name)) + "-corrections.jsonl")
	}
	if err != nil {
		w.send(context.Background(),
			message.Event{Name: message.EventProblem, Problem: changed(f.name, err)})
	}
}

func (w *Worker) writeCorrections(to io.Writer, f *file, all []*correction, columns table.Columns,
	model string) error {
	lines := json.NewEncoder(to)
	lines.SetEscapeHTML(false)
	for _, c := range all {
		f.mu.Lock()
		r, sentiment, row := f.result(c.row), c.to.String(), c.row
		f.mu.Unlock()
		line := reviews.Correction{Sentiment: sentiment, Scored: r.Sentiment.String(),
			Positive: math.Round(1e4*r.Positive) / 1e4, Model: model, File: f.name, Row: row + 1}
		err := f.readOn(row, 1, func(_ int, fields [][]byte) {
			line.Title = string(table.Cell(fields, columns.Title))
			line.Text = string(columns.Body(fields))
		})
		if err == nil {
			err = lines.Encode(line)
		}
		if err != nil {
			return err
		}
		w.yield(context.Background())
	}
	return nil
}
