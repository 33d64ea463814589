// Package compare scores the same reviews with two models and reports what would change if one
// replaced the other: which reviews get another label, which model agrees more often with the
// stars, and how the two differ in calibration and cost.
//
// Equal texts count once, since copies of a review add no information about a model. One and two
// stars count as negative, four and five as positive, three as neither. Reviews that neither model
// can read, in another language or without words, are omitted. Reviews that people corrected
// (Corrections) are counted separately: they are mistakes of the model that was in use.
package compare

import (
	"context"
	"fmt"
	"time"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/figures"
	"reviewlens/reviews/paired"
	"reviewlens/reviews/report"
	"reviewlens/reviews/table"
)

// Report is the result of a comparison, and the JSON of "reviewlens models compare -format json".
type Report struct {
	File    string         `json:"file"`
	Reading string         `json:"reading"`         // how the file was read, in a sentence
	Rows    int            `json:"rows"`            // of the file
	Texts   int            `json:"texts"`           // distinct, scored by both models
	Failed  int            `json:"failed"`          // distinct texts that a model could not score
	Unread  int            `json:"unread"`          // distinct texts that neither can read
	Unmet   int            `json:"unmet,omitempty"` // corrections of texts not in the file
	A       Model          `json:"a"`
	B       Model          `json:"b"`
	Figures figures.Paired `json:"figures"`
	Verdict string         `json:"verdict"` // on the difference in accuracy: report.Verdict
	Counts  paired.Counts  `json:"counts"`
	Changed []Change       `json:"changed"` // the reviews with the largest change in probability
}

// Model is one of the two models compared.
type Model struct {
	Name    string  `json:"name"` // as requested
	ID      string  `json:"id"`
	Kind    string  `json:"kind"`
	Bytes   int64   `json:"bytes"`   // of its files
	Seconds float64 `json:"seconds"` // of scoring, both models in sequence
	Speed   float64 `json:"speed"`   // distinct reviews per second
}

// Change is a review that the models classify differently.
type Change struct {
	wire.Row           // its Sentiment and Positive are those of A
	SentimentB string  `json:"sentimentB"`
	PositiveB  float64 `json:"positiveB"`
}

// Side is one of the models to compare.
type Side struct {
	Name   string
	Engine scoring.Engine
}

// Files compares a and b on the reviews of a file and on corrections, which may be nil. It
// calls done, if not nil, with the number of further rows that a model has finished.
func Files(ctx context.Context, name string, f *scoring.File, a, b Side, corrections Corrections,
	done func(rows int)) (*Report, error) {
	if a.Engine.Model().Manifest.ID == b.Engine.Model().Manifest.ID {
		return nil, fmt.Errorf("%s and %s are the same model, %s", a.Name, b.Name,
			a.Engine.Model().Manifest.ID)
	}
	r := &Report{File: name, Reading: f.Sentence()}
	var tables [2]*scoring.Table
	var models [2]Model
	for i, side := range []Side{a, b} {
		start := time.Now()
		tables[i] = scoring.NewTable(side.Engine, f, 0, done)
		if err := tables[i].Score(ctx); err != nil {
			return nil, fmt.Errorf("model %s: %w", side.Engine.Model().Manifest.ID, err)
		}
		took := time.Since(start).Seconds()
		m := side.Engine.Model().Manifest
		out := Model{Name: side.Name, ID: m.ID, Kind: m.Kind, Seconds: took}
		for _, file := range m.Files {
			out.Bytes += file.Bytes
		}
		models[i] = out
	}
	r.A, r.B = models[0], models[1]
	if err := r.pairs(ctx, f, tables[0], tables[1], corrections); err != nil {
		return nil, err
	}
	if r.A.Seconds > 0 && r.B.Seconds > 0 {
		scored := float64(r.Texts + r.Unread)
		r.A.Speed, r.B.Speed = scored/r.A.Seconds, scored/r.B.Seconds
	}
	r.Figures = r.Counts.Compare()
	r.Verdict = report.Verdict(r.Figures)
	return r, nil
}

// pairs reads the file again and pairs the scores of both tables.
func (r *Report) pairs(ctx context.Context, f *scoring.File, a, b *scoring.Table,
	corrections Corrections) error {
	r.Rows = a.Rows()
	if b.Rows() != r.Rows {
		return fmt.Errorf("%s has changed: %d rows, then %d", r.File, r.Rows, b.Rows())
	}
	rows, met := 0, 0
	var most paired.Moved[Change]
	err := f.Each(ctx, "{text}", func(record table.Record, _ []byte) error {
		if rows++; rows > r.Rows {
			return fmt.Errorf("%s has changed: it had %d rows", r.File, r.Rows)
		}
		of, first := a.Result(record.Index)
		by, _ := b.Result(record.Index)
		if first != record.Index || of.Windows == 0 && of.Err == "" {
			return nil // a copy, or no text
		}
		corrected := corrections.of(table.Cell(record.Fields, f.Columns.Title),
			f.Columns.Body(record.Fields))
		if corrected != reviews.None {
			met++
		}
		if of.Sentiment == reviews.None || by.Sentiment == reviews.None {
			r.Failed++
			return nil
		}
		if of.Unread != 0 && by.Unread != 0 { // counted as unsure, whatever the models return
			r.Unread++
			return nil
		}
		r.Texts++
		stars, _ := f.Scale.Parse(table.Cell(record.Fields, f.Columns.Stars))
		pair := paired.Pair{A: of.Score, B: by.Score, Truth: reviews.StarsTruth(stars),
			Corrected: corrected}
		if of.Unread != 0 || by.Unread != 0 {
			pair.Truth = reviews.None
		}
		r.Counts.Add(pair)
		most.Add(record.Index, pair, func() Change {
			return Change{Row: a.ReportRow(record), SentimentB: by.Sentiment.String(),
				PositiveB: by.Positive}
		})
		return nil
	})
	if err == nil && rows != r.Rows {
		err = fmt.Errorf("%s has changed: it had %d rows, now %d", r.File, r.Rows, rows)
	}
	r.Changed = most.Values()
	if err == nil && len(corrections) > 0 && met == 0 {
		err = fmt.Errorf("no correction is of a review of %s: their file is another one's, or "+
			"text and title are read from other columns", r.File)
	}
	r.Unmet = len(corrections) - met
	return err
}
