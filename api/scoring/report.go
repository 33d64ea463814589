package scoring

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/phrases"
	"reviewlens/reviews/stats"
	"reviewlens/reviews/table"
	"reviewlens/reviews/text"
	reviewtext "reviewlens/reviews/text"
)

// What a report shows of what it counted; what the page shows, too.
const (
	reportProducts = 20
	reportDrivers  = 8 // of each sentiment
	reportText     = 1000
	reportCell     = 200
)

// TextsFile makes texts a file of one column, so that they can be read as any other.
func TextsFile(texts []string) *File {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
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

// Report counts what the rows say and names what drives it, once Score has returned. It reads the
// file again, twice where there are drivers to show.
func (t *Table) Report(ctx context.Context) (*wire.Report, error) {
	f, c := t.file, t.file.Columns
	var sums stats.Summary
	var products reviews.Products
	drivers := phrases.NewDrivers()
	var found table.Findings
	err := t.facts(ctx, &products, func(r table.Record, text []byte, facts reviews.Facts) error {
		result := t.at(r.Index)
		if r.Err != nil {
			result.Err = r.Err.Error()
		}
		found.AddFacts(&f.Reading, r)
		sums.Add(result, facts)
		drivers.Add(r.Index, text, result.Sentiment)
		return nil
	}, found.AddLeftOut)
	if err != nil {
		return nil, err
	}
	if sums.Rows != len(t.rows) {
		return nil, t.changedFile(sums.Rows)
	}
	report := &wire.Report{
		Model:   t.engine.Model().Manifest.ID,
		Reading: f.Told(&found), Columns: f.columns(),
		Rows: sums.Rows, Scored: sums.Scored, Positive: sums.Positive, Negative: sums.Negative,
		Unsure: sums.Unsure, Unread: sums.Unread,
		Empty: sums.Empty, Failed: sums.Failed, Cut: sums.Cut,
		Share:     wire.Interval(sums.Total().Share()),
		Histogram: sums.Histogram[:], Against: sums.Against,
		Stars: []wire.Sum{}, Periods: []wire.Period{}, Products: []wire.Product{},
		Drivers: []wire.Driver{},
	}
	report.NoWords, report.Languages = Languages(sums)
	for i, r := range t.rows {
		if int(r.same) != i {
			report.Repeated++
		}
	}
	if c.Stars >= 0 {
		for _, count := range sums.Stars {
			report.Stars = append(report.Stars, sum(count))
		}
	}
	unit, periods := sums.Trend()
	report.Unit = unit
	for _, p := range periods {
		report.Periods = append(report.Periods,
			wire.Period{From: p.From.Format(time.DateOnly), Sum: sum(p.Count)})
	}
	if c, ok := sums.Change(); ok {
		report.Change = &wire.Change{From: c.From.Format(time.DateOnly),
			Before: wire.Interval(c.Before), After: wire.Interval(c.After),
			Delta: wire.Interval(c.Delta)}
	}
	report.Products, report.ProductCount = most(&sums, products.Names)
	if report.Changes, err = t.changes(ctx, &sums, products.Names); err != nil {
		return nil, err
	}
	report.Drivers, err = t.examples(ctx, drivers.Top(reportDrivers))
	return report, err
}

// Row is a row without its text: what it says of itself, and its score.
type Row struct {
	Record      int // from 1
	ID, Product string
	Stars       float64     // 0 for none
	Day         reviews.Day // 0 for none
	reviews.Score
}

// Each gives every row in the file's order, once Score has returned. It reads the file again.
func (t *Table) Each(ctx context.Context, do func(Row) error) error {
	f, c := t.file, t.file.Columns
	rows := 0
	err := f.Each(ctx, "{text}", func(r table.Record, _ []byte) error {
		if rows++; rows > len(t.rows) {
			return t.changedFile(rows)
		}
		row := Row{Record: rows, Score: t.at(r.Index).Score}
		show := func(column int) string {
			return reviews.Clip(reviewtext.Clean(table.Cell(r.Fields, column)), reportCell)
		}
		row.ID, row.Product = show(c.ID), show(c.Product)
		row.Stars, _ = f.Scale.Parse(table.Cell(r.Fields, c.Stars))
		row.Day, _ = f.Dates.Parse(table.Cell(r.Fields, c.Date))
		return do(row)
	})
	if err == nil && rows != len(t.rows) {
		err = t.changedFile(rows)
	}
	return err
}

func sum(c stats.Count) wire.Sum {
	return wire.Sum{
		Rows: c.Rows, Positive: c.Positive, Negative: c.Negative, Unsure: c.Unsure,
		Unread: c.Unread,
		Mean:   c.Mean(), Share: wire.Interval(c.Share()),
	}
}

// Languages says why rows are unread.
func Languages(s stats.Summary) (noWords int, found []wire.Language) {
	noWords, counted := text.Reasons(s.Reasons)
	found = []wire.Language{}
	for _, c := range counted {
		found = append(found, wire.Language(c))
	}
	return noWords, found
}

// most are the products with the most reviews, and how many there are in all.
func most(sums *stats.Summary, names []string) (shown []wire.Product, all int) {
	shown = []wire.Product{}
	numbers, all := sums.MostReviewed(reportProducts)
	for _, n := range numbers {
		shown = append(shown, wire.Product{Name: names[n-1], Sum: sum(sums.Products[n-1])})
	}
	return shown, all
}

// examples reads the rows that show the drivers.
func (t *Table) examples(ctx context.Context, drivers []phrases.Driver) ([]wire.Driver, error) {
	var rows []int
	for _, d := range drivers {
		rows = append(rows, d.Rows...)
	}
	shown, err := t.shown(ctx, rows)
	if err != nil {
		return nil, err
	}
	out := []wire.Driver{}
	for _, d := range drivers {
		driver := wire.Driver{
			Phrase: d.Phrase, Sentiment: d.Sentiment.String(), Reviews: d.Reviews,
			Share: wire.Interval(d.Share), Rows: []wire.Row{},
		}
		for _, i := range d.Rows {
			driver.Rows = append(driver.Rows, shown[i])
		}
		out = append(out, driver)
	}
	return out, nil
}

type errStop struct{}

func (errStop) Error() string { return "enough rows" }

// row is a record as a report shows it.
func (t *Table) row(r table.Record) wire.Row {
	c, result := t.file.Columns, t.at(r.Index)
	show := func(column, n int) string {
		return reviews.Clip(reviewtext.Clean(table.Cell(r.Fields, column)), n)
	}
	return wire.Row{
		Row: r.Index + 1, Title: show(c.Title, reportCell), Stars: show(c.Stars, reportCell),
		Text: reviews.Clip(reviewtext.Clean(c.Body(r.Fields)), reportText),
		Date: show(c.Date, reportCell), Product: show(c.Product, reportCell),
		ID:        show(c.ID, reportCell),
		Sentiment: result.Sentiment.String(), Positive: result.Positive,
	}
}

// name is what a report calls a column.
func (f *File) name(i int) string {
	switch {
	case i < 0:
		return ""
	case i < len(f.Names) && strings.TrimSpace(f.Names[i]) != "":
		return reviews.Clip([]byte(strings.ToValidUTF8(f.Names[i], "\uFFFD")), reportCell)
	}
	return strconv.Itoa(i + 1)
}
