package scoring

import (
	"bytes"
	"context"
	"encoding/json"

	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	"reviewlens/reviews/findings"
	"reviewlens/reviews/phrases"
	"reviewlens/reviews/reading"
	"reviewlens/reviews/stats"
	"reviewlens/reviews/table"
	reviewtext "reviewlens/reviews/text"
)

// Maximum lengths in bytes of the text and of a cell of a shown row; longer ones are cut.
const (
	reportText = 1000
	reportCell = 200
)

// TextsFile returns a file with one column that holds texts, so that they can be read as any other.
func TextsFile(texts []string) *File {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // <, > and & would take six bytes each, of the limit of a record
	for _, text := range texts {
		e.Encode(struct { // strings always encode
			Text string `json:"text"`
		}{text})
	}
	return &File{texts: true,
		Source: bytes.NewReader(b.Bytes()), Reading: table.Reading{
			Dialect: table.Dialect{Keys: []string{"text"}}, Names: []string{"text"},
			Columns:    table.Columns{Text: 0, Title: -1, Stars: -1, Date: -1, Product: -1, ID: -1},
			Confidence: table.Confidence{Table: 1, Text: 1},
		},
	}
}

// scale returns the scale of the ratings; if files have different ones, the scale of five.
func (t *Table) scale() reviews.Scale {
	first := t.files[0].Scale
	for _, f := range t.files[1:] {
		scale := f.Scale
		scale.Words, scale.Numbered = first.Words, first.Numbered // already converted to stars
		if scale != first {
			return reviews.Scale{}
		}
	}
	return first
}

// Report aggregates the rows and finds what drives their sentiments. Score must have returned. It
// reads the file again, and more often if there are changes, topics or drivers to show.
func (t *Table) Report(ctx context.Context) (*wire.Report, error) {
	sums := stats.Summary{Scale: t.scale()}
	var products reviews.Products
	drivers := phrases.NewDrivers()
	found := map[*File]*table.Findings{}
	for _, f := range t.files {
		found[f] = &table.Findings{}
	}
	err := t.each(ctx, t.engine.Model().Manifest.Join,
		func(f *File, r table.Record, text []byte) error {
			result := t.at(r.Index)
			if r.Err != nil {
				result.Err = r.Err.Error()
			}
			found[f].AddFacts(&f.Reading, r)
			sums.Add(result, factsOf(f, r, &products))
			drivers.Add(r.Index, text, result.Sentiment)
			return nil
		}, func(f *File, reason string) { found[f].AddLeftOut(reason) })
	if err != nil {
		return nil, err
	}
	report := &wire.Report{
		Model: t.engine.Model().Manifest.ID,
		Rows:  sums.Rows, Figures: findings.Of(&sums, products.Names),
	}
	starred := false
	for i, f := range t.files {
		starred = starred || f.Columns.Stars >= 0
		columns, described := reading.Columns(&f.Reading), f.Describe(found[f])
		if i == 0 {
			report.Columns, report.Reading = columns, described
		}
		if len(t.files) > 1 {
			report.Reading = nil
			report.Files = append(report.Files,
				wire.ReportFile{Name: f.Name, Rows: t.end(i) - t.starts[i], Reading: described})
		}
	}
	if t.predict && report.Predicted == nil { // without any row
		report.Predicted = &wire.Predicted{}
	}
	for i, r := range t.rows {
		if int(r.firstRow) != i {
			report.Repeated++
		}
	}
	if !starred {
		report.Stars = []wire.Sum{}
	}
	if report.Changes, err = t.changes(ctx, &sums, products.Names); err != nil {
		return nil, err
	}
	if t.findTopics {
		if report.Topics, err = t.topics(ctx, &sums, products.Names); err != nil {
			return nil, err
		}
	}
	report.Drivers, err = t.drivers(ctx, drivers.Top(findings.Phrases))
	return report, err
}

// Row is a row without its text: its other facts and its score.
type Row struct {
	Record      int // from 1
	ID, Product string
	Stars       float64     // 0 for none
	Day         reviews.Day // 0 for none
	Topics      string      // its topics as in the file's cell; "" if not asked for
	reviews.Score
}

// Each calls do with every row in file order. Score must have returned. It reads the file again.
func (t *Table) Each(ctx context.Context, do func(Row) error) error {
	return t.each(ctx, t.engine.Model().Manifest.Join, func(f *File, r table.Record,
		text []byte) error {
		c := f.Columns
		row := Row{Record: t.number(r.Index), Score: t.at(r.Index).Score}
		show := func(column int) string {
			return reviews.Clip(reviewtext.Clean(table.Cell(r.Fields, column)), reportCell)
		}
		row.ID, row.Product = show(c.ID), show(c.Product)
		row.Stars, _ = f.Scale.Parse(table.Cell(r.Fields, c.Stars))
		row.Day, _ = f.Dates.Parse(table.Cell(r.Fields, c.Date))
		if t.findTopics && row.Sentiment != reviews.None {
			row.Topics = aspects.Cell(t.mentions(r.Index, text))
		}
		return do(row)
	}, ignoredOf)
}

// drivers reads the rows that are quoted for the drivers of sentiments.
func (t *Table) drivers(ctx context.Context, found []phrases.Driver) ([]wire.Driver, error) {
	var rows []int
	for _, d := range found {
		rows = append(rows, d.Rows...)
	}
	shown, err := t.readRows(ctx, rows)
	if err != nil {
		return nil, err
	}
	return findings.Drivers(found, shown.rows), nil
}

type errStop struct{}

func (errStop) Error() string { return "enough rows" }

// row returns a record as a report shows it, with at most longest bytes of its text.
func (t *Table) row(f *File, r table.Record, longest int) wire.Row {
	c, result := f.Columns, t.at(r.Index)
	show := func(column, n int) string {
		return reviews.Clip(reviewtext.Clean(table.Cell(r.Fields, column)), n)
	}
	row := wire.Row{
		File: f.Name, Row: t.number(r.Index), Title: show(c.Title, reportCell), Stars: show(c.Stars,
			reportCell),
		Text: reviews.Clip(reviewtext.Clean(c.Body(r.Fields)), longest),
		Date: show(c.Date, reportCell), Product: show(c.Product, reportCell),
		ID:        show(c.ID, reportCell),
		Sentiment: result.Sentiment.String(), Positive: result.Positive,
	}
	if result.Stars != 0 {
		row.PredictedStars = &result.Stars
	}
	return row
}
