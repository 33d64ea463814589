package worker

import (
	"cmp"
	"context"
	"slices"

	"reviewlens/api/wire"
	"reviewlens/app/message"
	"reviewlens/reviews"
	"reviewlens/reviews/findings"
	"reviewlens/reviews/stats"
	"reviewlens/reviews/table"
)

// groups holds the rows of the file by their value in one column: a byte a row, the number of the
// value, 0 for an empty cell and otherValue for any value beyond the most frequent.
type groups struct {
	column int
	names  []string // by number less one
	others int      // values beyond
	of     list[uint8]
}

const otherValue = message.MaxValues + 1

// group sends the figures of the rows by their value in a column, from now on.
func (w *Worker) group(ctx context.Context, f *file, column int) {
	f.mu.Lock()
	ready := f.surveyed
	f.mu.Unlock()
	if !ready {
		return
	}
	if err := w.groupBy(ctx, f, column); err != nil {
		w.send(ctx, message.Event{Name: message.EventProblem, Problem: changed(f.name, err)})
		return
	}
	w.sendGroups(ctx, f)
}

// groupBy groups the rows by a column; it reads the file unless the values are known.
func (w *Worker) groupBy(ctx context.Context, f *file, column int) error {
	g, err := w.groupsOf(ctx, f, column)
	if err == nil {
		f.mu.Lock()
		f.groups = g
		f.mu.Unlock()
	}
	return err
}

// groupFor reads the values of the columns that filters on other values need. It does not change
// what the rows are grouped by.
func (w *Worker) groupFor(ctx context.Context, f *file, filters []message.Filter) error {
	for _, filter := range filters {
		if filter.By != message.OtherCells {
			continue
		}
		g, err := w.groupsOf(ctx, f, filter.Column)
		if err != nil {
			return err
		}
		f.mu.Lock()
		if f.others == nil {
			f.others = map[int]*groups{}
		}
		f.others[filter.Column] = g
		f.mu.Unlock()
	}
	return nil
}

// groupsOf returns the rows by their value in a column.
func (w *Worker) groupsOf(ctx context.Context, f *file, column int) (*groups, error) {
	f.mu.Lock()
	g := f.groupsOf(column)
	f.mu.Unlock()
	if g != nil {
		return g, nil
	}
	return w.values(ctx, f, column)
}

// groupsOf returns the rows by their value in a column, nil if not known. f.mu is held.
func (f *file) groupsOf(column int) *groups {
	if f.groups != nil && f.groups.column == column {
		return f.groups
	}
	return f.others[column]
}

// sendGroups sends the figures of the rows that the page shows by their value in the grouping
// column, if there is one.
func (w *Worker) sendGroups(ctx context.Context, f *file) {
	f.mu.Lock()
	g, in := f.groups, f.viewRows()
	f.mu.Unlock()
	if g == nil {
		return
	}
	var sums [otherValue + 1]stats.Count
	for from, n := 0, g.of.len(); from < n; from += atOnce {
		f.mu.Lock()
		for i := from; f.engine != nil && i < min(from+atOnce, n); i++ {
			if in.Has(i) {
				sums[*g.of.at(i)].Add(f.result(i))
			}
		}
		f.mu.Unlock()
		if w.yield(ctx) != nil {
			return
		}
	}
	out := message.Groups{Column: g.column, Done: true, Looked: 1, Values: []wire.Product{},
		Empty: findings.Sum(sums[0]), Others: findings.Sum(sums[otherValue]), OtherValues: g.others}
	for i, name := range g.names {
		out.Values = append(out.Values, wire.Product{Name: name, Sum: findings.Sum(sums[i+1])})
	}
	w.send(ctx, message.Event{Name: message.EventGroups, Groups: &out})
}

// values reads the values of the column. Meanwhile a row takes two bytes.
func (w *Worker) values(ctx context.Context, f *file, column int) (*groups, error) {
	f.mu.Lock()
	d, n := f.dialect, f.rows.len()
	f.mu.Unlock()
	var (
		all      reviews.Products
		of       list[uint16]
		rows     []int // by number
		progress = newPacer()
		size     = f.source.Size()
	)
	for record, err := range w.records(ctx, f, d) {
		if err != nil {
			return nil, err
		}
		if record.Index >= n {
			break
		}
		number := all.Number(table.Cell(record.Fields, column))
		for int(number) >= len(rows) {
			rows = append(rows, 0)
		}
		rows[number]++
		of.add(number)
		if progress.due() {
			w.send(ctx, message.Event{Name: message.EventGroups,
				Groups: &message.Groups{Column: column,
					Looked: float64(record.Offset) / float64(max(size, 1))}})
		}
	}
	g := &groups{column: column}
	var most []uint16
	for number := 1; number < len(rows); number++ {
		most = append(most, uint16(number))
	}
	slices.SortStableFunc(most, func(a, b uint16) int { return cmp.Compare(rows[b], rows[a]) })
	to := make([]uint8, len(rows))
	for i, number := range most {
		to[number] = otherValue
		if i < message.MaxValues && int(number) <= reviews.MaxProducts {
			to[number] = uint8(len(g.names) + 1)
			g.names = append(g.names, all.Names[number-1])
		}
	}
	g.others = len(most) - len(g.names)
	for i := range of.len() {
		g.of.add(to[*of.at(i)])
		if i%atOnce == 0 {
			if err := w.yield(ctx); err != nil {
				return nil, err
			}
		}
	}
	return g, nil
}

// grouped returns a predicate that reports whether row i has a value of a column, if that is known
// without the file: "" or a named value; others selects the further ones. f.mu is held by the
// callers of grouped and of the predicate.
func (f *file) grouped(column int, value string, others bool) (func(i int) bool, bool) {
	g := f.groupsOf(column)
	if g == nil {
		return nil, false
	}
	number := uint8(slices.Index(g.names, value) + 1)
	switch {
	case others:
		number = otherValue
	case number == 0 && value != "":
		return nil, false // it may be one of the others
	}
	return func(i int) bool { return i < g.of.len() && *g.of.at(i) == number }, true
}

// groupable returns the columns whose values repeat in a sample of rows, which makes them worth
// grouping by.
func groupable(rows [][]string) (out []int) {
	const longest = 60 // bytes, on average
	for column := range message.MaxColumns {
		cells, bytes, distinct := 0, 0, map[string]bool{}
		for _, row := range rows {
			if column < len(row) && row[column] != "" {
				cells++
				bytes += len(row[column])
				distinct[row[column]] = true
			}
		}
		if n := len(distinct); n > 0 && n < cells && 5*n <= 4*cells && bytes <= longest*cells {
			out = append(out, column)
		}
	}
	return out
}
