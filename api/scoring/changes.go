package scoring

import (
	"context"
	"slices"

	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/bitset"
	"reviewlens/reviews/changes"
	"reviewlens/reviews/findings"
	"reviewlens/reviews/phrases"
	"reviewlens/reviews/stats"
	"reviewlens/reviews/table"
)

// changeQuotes is the number of reviews that are quoted for a phrase of a change.
const changeQuotes = 3

// changes finds when the share of negative reviews changed, and which phrases came with it. It
// reads the file once more, and again where something changed.
func (t *Table) changes(ctx context.Context, sums *stats.Summary,
	names []string) ([]wire.ChangePoint, error) {
	_, periods := sums.Trend()
	out := []wire.ChangePoint{}
	if len(periods) < 2 {
		return out, nil
	}
	named, _ := sums.MostReviewed(findings.MaxProducts)
	counter := changes.NewCounter(periods, named)
	var products reviews.Products
	if err := t.eachFacts(ctx, &products, func(r table.Record, _ []byte, f reviews.Facts) error {
		counter.Add(t.at(r.Index), f)
		return nil
	}); err != nil {
		return nil, err
	}
	found := counter.Changes()
	if len(found) == 0 {
		return out, nil
	}
	shifts, err := t.shifts(ctx, found[:min(len(found), changes.Explained)])
	if err != nil {
		return nil, err
	}
	var quoted []int
	for _, of := range shifts {
		for _, s := range of {
			quoted = append(quoted, s.Rows[:min(len(s.Rows), changeQuotes)]...)
		}
	}
	shown, err := t.readRows(ctx, quoted)
	if err != nil {
		return nil, err
	}
	return findings.Changes(found, names, shifts, func(_ int, rows []int) []wire.Row {
		return shown.rows(rows[:min(len(rows), changeQuotes)])
	}), nil
}

// shifts returns, for each change, the complaints that became more frequent with it or, if it is
// one for the better, less frequent.
func (t *Table) shifts(ctx context.Context, found []changes.Change) ([][]phrases.Shift, error) {
	compared := make([]*phrases.Comparison, len(found))
	met := make([][2]bitset.Set, len(found)) // first rows of equal text, by group
	for i := range compared {
		compared[i] = phrases.NewComparison()
		met[i] = [2]bitset.Set{bitset.New(len(t.rows)), bitset.New(len(t.rows))}
	}
	var products reviews.Products
	err := t.eachFacts(ctx, &products, func(r table.Record, text []byte, f reviews.Facts) error {
		for i, c := range found {
			since, concerned := c.Side(f)
			if !concerned {
				continue
			}
			side := 0
			if since {
				side = 1
			}
			words := text
			if !met[i][side].Add(int(t.rows[r.Index].firstRow)) {
				words = nil
			}
			compared[i].Add(r.Index, t.at(r.Index), since, words)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := make([][]phrases.Shift, len(found))
	for i, c := range found {
		out[i] = compared[i].Complaints(changes.Phrases, c.Worse())
	}
	return out, nil
}

// ignored and ignoredOf discard the reasons for skipped records, where these are counted elsewhere.
func ignored(string) {}

func ignoredOf(*File, string) {}

// eachFacts reads the files and calls do with each row, its text and its other facts.
func (t *Table) eachFacts(ctx context.Context, products *reviews.Products,
	do func(r table.Record, text []byte, f reviews.Facts) error) error {
	return t.each(ctx, t.engine.Model().Manifest.Join,
		func(f *File, r table.Record, text []byte) error {
			return do(r, text, factsOf(f, r, products))
		}, ignoredOf)
}

// factsOf returns the facts of a row of f: product, stars and day.
func factsOf(f *File, r table.Record, products *reviews.Products) (facts reviews.Facts) {
	c := f.Columns
	facts.Product = int(products.Number(table.Cell(r.Fields, c.Product)))
	facts.Stars, _ = f.Scale.Parse(table.Cell(r.Fields, c.Stars))
	facts.Day, _ = f.Dates.Parse(table.Cell(r.Fields, c.Date))
	return facts
}

// quotes maps indices to rows as a report shows them. A row may be quoted for several phrases, so
// its text is cut only when it is quoted for one of them.
type quotes map[int]wire.Row

// rows returns the rows of some indices.
func (q quotes) rows(indices []int) []wire.Row {
	out := make([]wire.Row, len(indices))
	for i, index := range indices {
		out[i] = q[index]
	}
	return out
}

// readRows reads rows as a report shows them; texts have the length that is searched for phrases.
func (t *Table) readRows(ctx context.Context, rows []int) (quotes, error) {
	shown := quotes{}
	rows = slices.Sorted(slices.Values(rows))
	return shown, t.visit(ctx, slices.Compact(rows), func(f *File, r table.Record, _ []byte) {
		shown[r.Index] = t.row(f, r, phrases.MaxTextBytes)
	})
}

// visit reads the rows of the given indices, which must be sorted. It stops after the last of them.
func (t *Table) visit(ctx context.Context, rows []int,
	do func(f *File, r table.Record, text []byte)) error {
	if len(rows) == 0 {
		return nil
	}
	err := t.each(ctx, t.engine.Model().Manifest.Join,
		func(f *File, r table.Record, text []byte) error {
			if r.Index != rows[0] {
				return nil
			}
			do(f, r, text)
			if rows = rows[1:]; len(rows) == 0 {
				return errStop{}
			}
			return nil
		}, ignoredOf)
	if err == (errStop{}) {
		return nil
	}
	return err
}
