package worker

import (
	"bytes"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"reviewlens/api/wire"
	"reviewlens/app/message"
	"reviewlens/reviews"
	"reviewlens/reviews/bitset"
	"reviewlens/reviews/findings"
	"reviewlens/reviews/phrases"
	"reviewlens/reviews/stats"
	"reviewlens/reviews/table"
	"reviewlens/reviews/text"
	"reviewlens/reviews/topics"
)

// view holds the numbers of the rows that the page shows, 4 bytes each, and, if there are filters,
// a bit for each row of the file. It grows while the file is searched; f.mu guards it.
type view struct {
	id      int
	filters []message.Filter
	rows    list[int32]
	in      bitset.Set // the same rows as a set; nil without filters

	shown *aggregate // of these rows; nil until they are found, and without filters
	done  bool       // with phrases and changes
	// the run's aggregate, and its number of rows, when these were counted
	of     *aggregate
	scored int
	topics *topics.Result // the run's, when those of shown were sent
}

// viewRows returns the rows that the page shows; nil for all. f.mu is held.
func (f *file) viewRows() bitset.Set {
	if f.view == nil {
		return nil
	}
	return f.view.in
}

// atOnce is the number of rows checked, sorted or counted under one lock.
const atOnce = 2048

// selectRows finds the rows of v, sends them as they are found, and sorts them. What is known of a
// row without its text is checked first; the file is read again only for filters on its text.
func (w *Worker) selectRows(ctx context.Context, f *file, v message.View) {
	f.mu.Lock()
	if !f.surveyed {
		f.mu.Unlock()
		return
	}
	f.mu.Unlock()
	err := w.groupFor(ctx, f, v.Filters)
	f.mu.Lock()
	passes, filterErr := f.predicate(v.Filters)
	within := f.textPredicate(v.Filters)
	n := f.rows.len()
	f.mu.Unlock()
	if err != nil {
		w.send(ctx, message.Event{Name: message.EventProblem, Problem: changed(f.name, err)})
		return
	}
	if err = filterErr; err != nil {
		w.send(ctx, message.Event{Name: message.EventProblem,
			Problem: &message.Problem{About: message.AboutFile, Detail: err.Error(),
				WayOut: "Take the filter away."}})
		return
	}
	s := &search{w: w, f: f, found: &view{id: v.ID, filters: v.Filters}, progress: newPacer()}
	f.mu.Lock()
	if ctx.Err() != nil { // already replaced: the later view's rows must stay
		f.mu.Unlock()
		return
	}
	before := f.view
	f.view = s.found
	if len(v.Filters) > 0 {
		s.found.in = bitset.New(n)
	}
	if slices.ContainsFunc(v.Filters, isOnce) {
		s.seen = bitset.New(f.texts.len())
	}
	f.mu.Unlock()
	if within == nil {
		err = s.scanRows(ctx, n, passes)
	} else {
		err = s.scanFile(ctx, n, passes, within)
	}
	if err == nil && v.Sort != message.ByRow {
		err = s.sort(ctx, v.Sort, v.Down)
	}
	switch {
	case ctx.Err() != nil: // a later view has replaced it
	case err != nil:
		w.send(ctx, message.Event{Name: message.EventProblem, Problem: changed(f.name, err)})
	default:
		s.sendSelection(ctx, 1, true)
		w.filtered(ctx, f, s.found, before)
	}
}

// search is one search of the file.
type search struct {
	w        *Worker
	f        *file
	found    *view
	sum      stats.Count
	progress pacer
	seen     bitset.Set // texts, if each counts once
}

// add adds row i to the view. f.mu is held.
func (s *search) add(i int) {
	if text := s.f.rows.at(i).text; s.seen != nil && text >= 0 && !s.seen.Add(int(text)) {
		return
	}
	s.found.rows.add(int32(i))
	if s.found.in != nil {
		s.found.in.Add(i)
	}
	if s.f.engine != nil {
		s.sum.Add(s.f.result(i))
	}
}

// scanRows checks the stored data of each row.
func (s *search) scanRows(ctx context.Context, n int, passes func(int) bool) error {
	for from := 0; from < n; from += atOnce {
		s.f.mu.Lock()
		for i := from; i < min(from+atOnce, n); i++ {
			if passes(i) {
				s.add(i)
			}
		}
		s.f.mu.Unlock()
		if err := s.w.yield(ctx); err != nil {
			return err
		}
	}
	return nil
}

// scanFile reads the file for rows whose fields pass too.
func (s *search) scanFile(ctx context.Context, n int, passes func(int) bool,
	within func([][]byte) bool) error {
	s.f.mu.Lock()
	d := s.f.dialect
	s.f.mu.Unlock()
	size := s.f.source.Size()
	for record, err := range s.w.records(ctx, s.f, d) {
		if err != nil {
			return err
		}
		if record.Index >= n {
			break
		}
		s.f.mu.Lock()
		if passes(record.Index) && within(record.Fields) {
			s.add(record.Index)
		}
		s.f.mu.Unlock()
		if s.progress.due() {
			s.sendSelection(ctx, float64(record.Offset)/float64(max(size, 1)), false)
		}
	}
	return nil
}

func (s *search) sendSelection(ctx context.Context, looked float64, done bool) {
	s.f.mu.Lock()
	out := message.Selection{ID: s.found.id, Rows: s.found.rows.len(), Done: done, Looked: looked,
		Sum: findings.Sum(s.sum)}
	if t := s.f.aggregate; done && t != nil {
		if rest := t.sums.Total().Sub(s.sum); rest.Read() > 0 && s.sum.Read() > 0 {
			others, by := findings.Sum(rest),
				wire.Interval(stats.Difference(s.sum.Share(), rest.Share()))
			others.Mean = 0 // sums of probabilities are not stored for all
			out.Rest, out.Delta = &others, &by
		}
	}
	s.f.mu.Unlock()
	s.w.send(ctx, message.Event{Name: message.EventSelection, Selection: &out})
}

// sort puts the found rows in order by counting: each key is a number below 2^32, and rows of equal
// keys stay in the order of the file. A comparison sort of millions could not be interrupted by a
// command.
func (s *search) sort(ctx context.Context, by string, down bool) error {
	type keyed struct {
		key uint32
		row int32
	}
	const none = math.MaxUint32 // last, either way
	s.f.mu.Lock()
	n := s.found.rows.len()
	s.f.mu.Unlock()
	rows, next := make([]keyed, n), make([]keyed, n)
	most := uint32(0)
	for from := 0; from < n; from += atOnce {
		s.f.mu.Lock()
		for at := from; at < min(from+atOnce, n); at++ {
			i := *s.found.rows.at(at)
			key, ok := s.f.key(int(i), by)
			switch {
			case !ok:
				key = none
			case down:
				key = none - 1 - key
			}
			rows[at] = keyed{key, i}
			most = max(most, key)
		}
		s.f.mu.Unlock()
		if err := s.w.yield(ctx); err != nil {
			return err
		}
	}
	for shift := 0; shift < 32 && most>>shift > 0; shift += 16 {
		starts := make([]int32, 1<<16+1)
		for _, r := range rows {
			starts[int(uint16(r.key>>shift))+1]++
		}
		for i := 1; i < len(starts); i++ {
			starts[i] += starts[i-1]
		}
		for at, r := range rows {
			to := &starts[uint16(r.key>>shift)]
			next[*to] = r
			*to++
			if at%atOnce == 0 {
				if err := s.w.yield(ctx); err != nil {
					return err
				}
			}
		}
		rows, next = next, rows
	}
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	for at, r := range rows {
		*s.found.rows.at(at) = r.row
	}
	return nil
}

// key returns the sort key of row i; false if it has none. f.mu is held.
func (f *file) key(i int, by string) (uint32, bool) {
	r := f.rows.at(i)
	switch by {
	case message.ByPositive:
		if r.text < 0 || f.texts.at(int(r.text)).state < scored ||
			f.engine != nil && f.result(i).Unread != 0 {
			return 0, false
		}
		return uint32(float64(f.texts.at(int(r.text)).positive) * (1 << 20)), true
	case message.ByStars:
		return uint32(r.stars), r.stars > 0
	case message.ByDate:
		return uint32(r.day), r.day > 0
	case message.ByText:
		return uint32(r.text), r.text >= 0
	}
	return uint32(i), true
}

// predicate returns a function that reports whether a row passes the filters that need no text.
// f.mu must be held by predicate's caller and by the function's.
func (f *file) predicate(filters []message.Filter) (func(i int) bool, error) {
	var all []func(i int) bool
	for _, filter := range filters {
		one, err := f.predicateOf(filter)
		if err != nil {
			return nil, err
		}
		if one != nil {
			all = append(all, one)
		}
	}
	return func(i int) bool {
		for _, one := range all {
			if !one(i) {
				return false
			}
		}
		return true
	}, nil
}

// predicateOf returns the predicate of one filter, nil if it needs the text.
func (f *file) predicateOf(filter message.Filter) (func(i int) bool, error) {
	result := func(i int) reviews.Result {
		if f.engine == nil {
			return reviews.Result{}
		}
		return f.result(i)
	}
	switch filter.By {
	case message.Sentiment:
		return func(i int) bool {
			r := result(i)
			return r.Unread == 0 && r.Sentiment.String() == filter.Value
		}, nil
	case message.Probability:
		return func(i int) bool {
			r := result(i)
			return r.Sentiment != reviews.None && r.Unread == 0 && r.Positive >= filter.Low &&
				(r.Positive < filter.High || filter.High >= 1)
		}, nil
	case message.Stars:
		return func(i int) bool { return f.rows.at(i).facts().Star() == int(filter.Low) }, nil
	case message.Days:
		return f.dayPredicate(filter)
	case message.OfProduct:
		number := uint16(slices.Index(f.products, filter.Value) + 1)
		return func(i int) bool { return number > 0 && f.rows.at(i).product == number }, nil
	case message.OfOthers:
		return f.ofOtherProducts(), nil
	case message.Cell:
		if pass, known := f.grouped(filter.Column, filter.Value, false); known {
			return pass, nil
		}
	case message.OtherCells:
		if pass, known := f.grouped(filter.Column, "", true); known {
			return pass, nil
		}
		return nil, &table.Error{Detail: "The reviews are not grouped by the column of the " +
			"filter any more."}
	case message.AgainstIt:
		return func(i int) bool {
			return reviews.Against(result(i).Sentiment,
				f.rows.at(i).facts().Stars)
		}, nil
	case message.Troubled:
		return func(i int) bool {
			r := result(i)
			return r.Err != "" || r.Sentiment == reviews.None || r.Cut
		}, nil
	case message.SetApart:
		return func(i int) bool {
			u := result(i).Unread
			return u != 0 && (filter.Value == "" ||
				strings.TrimPrefix(text.UnreadReason(u).String(), "language: ") == filter.Value)
		}, nil
	case message.IsCorrected:
		return func(i int) bool { return f.corrections[f.rows.at(i).text] != nil }, nil
	case message.OfTopic:
		return f.mentionsTopic(filter.Value, filter.Polarity), nil
	case message.Repeats:
		return f.repeats(), nil
	}
	return nil, nil
}

// dayPredicate returns the predicate of a filter by days.
func (f *file) dayPredicate(filter message.Filter) (func(i int) bool, error) {
	from, to := reviews.Day(1), reviews.Day(math.MaxUint16)
	for _, end := range []struct {
		text string
		day  *reviews.Day
	}{{filter.From, &from}, {filter.To, &to}} {
		if end.text == "" {
			continue
		}
		t, err := time.Parse(time.DateOnly, end.text)
		if err != nil {
			return nil, &table.Error{Detail: "The filter's day " + end.text + " is none."}
		}
		// a day before or after all that a row can have is an end, too
		*end.day = reviews.Day(min(max(t.Unix()/86400+1, 1), math.MaxUint16))
	}
	return func(i int) bool {
		d := f.rows.at(i).day
		return d >= from && (d < to || filter.To == "")
	}, nil
}

// ofOtherProducts returns the predicate of rows whose product is not one of the named ones.
func (f *file) ofOtherProducts() func(i int) bool {
	named := map[uint16]bool{0: true}
	if f.aggregate != nil {
		most, _ := f.aggregate.sums.MostReviewed(findings.MaxProducts)
		for _, number := range most {
			named[uint16(number)] = true
		}
	}
	return func(i int) bool { return !named[f.rows.at(i).product] }
}

// repeats returns the predicate of rows whose text another row has.
func (f *file) repeats() func(i int) bool {
	seen := make([]uint8, f.texts.len()) // rows of a text, two at most
	for i := range f.rows.len() {
		if t := f.rows.at(i).text; t >= 0 && seen[t] < 2 {
			seen[t]++
		}
	}
	return func(i int) bool { t := f.rows.at(i).text; return t >= 0 && seen[t] == 2 }
}

// textPredicate returns a predicate for the filters that need the text of a record: words, phrases,
// and cells of a column that is not grouped. It is nil if there are none. f.mu is held.
func (f *file) textPredicate(filters []message.Filter) func(fields [][]byte) bool {
	c, template := f.columns, f.template()
	var all []func(fields [][]byte, joined []byte) bool
	for _, filter := range filters {
		switch filter.By {
		case message.Words:
			for _, word := range terms(filter.Value) {
				all = append(all, func(_ [][]byte, joined []byte) bool {
					return bytes.Contains(joined, word)
				})
			}
		case message.Phrase:
			phrase := phrases.NewPhrase(filter.Value)
			all = append(all, func(_ [][]byte, joined []byte) bool { return phrase.In(joined) })
		case message.Cell:
			if _, known := f.grouped(filter.Column, filter.Value, false); known {
				continue
			}
			all = append(all, func(fields [][]byte, _ []byte) bool {
				return reviews.Clip(bytes.TrimSpace(table.Cell(fields, filter.Column)),
					reviews.MaxProductBytes) == filter.Value
			})
		}
	}
	if len(all) == 0 {
		return nil
	}
	var joined []byte
	return func(fields [][]byte) bool {
		joined = join(joined[:0], template, c, fields)
		lower := bytes.ToLower(joined)
		for _, one := range all {
			if !one(fields, lower) {
				return false
			}
		}
		return true
	}
}

// terms splits a search into terms, in lower case: single words, and quoted phrases verbatim.
func terms(search string) (out [][]byte) {
	for i, part := range strings.Split(strings.ToLower(search), `"`) {
		if i%2 == 1 {
			if part != "" {
				out = append(out, []byte(part))
			}
			continue
		}
		for _, word := range strings.Fields(part) {
			out = append(out, []byte(word))
		}
	}
	return out
}
