package worker

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"reviewlens/api/wire"
	"reviewlens/app/message"

	"github.com/google/go-cmp/cmp"
)

// filtered requests a view and waits for all figures of its rows.
func (p *page) filtered(t *testing.T, v message.View) message.Summary {
	t.Helper()
	p.w.Do(message.Command{Name: message.Select, View: &v}, nil)
	return *p.wait(t, "what the rows say", func(e message.Event) bool {
		return e.Name == message.EventFiltered && e.Filtered.ID == v.ID && e.Filtered.Done
	}).Filtered.Summary
}

// numbered returns a summary as it is sent, with other numbers for its rows.
func numbered(t *testing.T, s message.Summary, row func(int) int) any {
	t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var all any
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	var number func(v any)
	number = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				number(one)
			}
		case map[string]any:
			if n, ok := v["row"].(float64); ok {
				v["row"] = row(int(n))
			}
			for _, one := range v {
				number(one)
			}
		}
	}
	number(all)
	return all
}

// The figures of a view equal those of a file with only its rows: figures, lists, phrases, changes
// and topics.
func TestFilteredIsAFileOfItsRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		whole := kettles()
		records, err := csv.NewReader(strings.NewReader(whole)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		rows := records[1:]
		const date, product, stars, text = 1, 2, 3, 5
		// all runs a file and returns its figures
		all := func(content string) message.Summary {
			p := newPage(t, &server{model: "aaaaaaaaaaaa", topics: true})
			p.open(t, "kettles.csv", content)
			found, end := p.find(t)
			synctest.Wait()
			for len(p.events) > 0 {
				if e := <-p.events; e.Name == message.EventProgress { // with changes
					end = e.Progress
				}
			}
			end.Summary.Topics = found
			p.w.Do(message.Command{Name: message.Close}, nil)
			return end.Summary
		}
		p := newPage(t, &server{model: "aaaaaaaaaaaa", topics: true})
		p.open(t, "kettles.csv", whole)
		p.find(t)
		synctest.Wait()
		id := 0
		for _, tt := range []struct {
			name    string
			filters []message.Filter
			want    func(row []string) bool
		}{
			{"a product", []message.Filter{{By: message.OfProduct, Value: "Kettle B"}},
				func(row []string) bool { return row[product] == "Kettle B" }},
			{"days", []message.Filter{{By: message.Days, From: "2024-03-01", To: "2024-06-01"}},
				func(row []string) bool {
					return row[date] >= "2024-03-01" && row[date] < "2024-06-01"
				}},
			{"stars of a product", []message.Filter{{By: message.OfProduct, Value: "Kettle B"},
				{By: message.Stars, Low: 1}},
				func(row []string) bool { return row[product] == "Kettle B" && row[stars] == "1" }},
			{"a sentiment", []message.Filter{{By: message.Sentiment, Value: "negative"}},
				func(row []string) bool { return strings.Contains(row[text], "bad") }},
			{"a cell", []message.Filter{{By: message.Cell, Column: product, Value: "Kettle A"}},
				func(row []string) bool { return row[product] == "Kettle A" }},
			{"a phrase", []message.Filter{{By: message.Phrase, Value: "lid broke"}},
				func(row []string) bool { return strings.Contains(row[text], "lid broke") }},
			{"words", []message.Filter{{By: message.Words, Value: `"the lid" BAD`}},
				func(row []string) bool { return strings.Contains(row[text], "the lid") }},
			{"a language", []message.Filter{{By: message.SetApart, Value: "German"}},
				func(row []string) bool { return strings.Contains(row[text], "Wasser") }},
			{"a topic", []message.Filter{{By: message.OfTopic, Value: "kettle",
				Polarity: "negative"}},
				func(row []string) bool { return strings.Contains(row[text], "bad kettle") }},
			{"each text once", []message.Filter{{By: message.Once},
				{By: message.OfProduct, Value: "Kettle B"}}, nil},
		} {
			var b strings.Builder
			w := csv.NewWriter(&b)
			w.Write(records[0])
			var kept []int
			met := map[string]bool{}
			for i, row := range rows {
				want := tt.want != nil && tt.want(row)
				if tt.want == nil && row[product] == "Kettle B" && (row[text] == "" ||
					!met[row[text]]) {
					want, met[row[text]] = true, true
				}
				if want {
					w.Write(row)
					kept = append(kept, i+1)
				}
			}
			w.Flush()
			id++
			if len(kept) == 0 {
				t.Fatalf("%s: no rows", tt.name)
			}
			view, file := p.filtered(t, message.View{ID: id, Filters: tt.filters}), all(b.String())
			for i, d := range view.Drivers { // the rows of a phrase depend on the answers' order
				if len(d.Rows) != len(file.Drivers[i].Rows) || slices.ContainsFunc(d.Rows,
					func(r wire.Row) bool {
						return !slices.Contains(kept, r.Row) || !strings.Contains(r.Text, "kettle")
					}) {
					t.Errorf("%s: %q is shown by %+v", tt.name, d.Phrase, d.Rows)
				}
				view.Drivers[i].Rows, file.Drivers[i].Rows = nil, nil
			}
			got := numbered(t, view, func(n int) int { return n })
			want := numbered(t, file, func(n int) int { return kept[n-1] })
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s, %d rows: a file of these says otherwise (-) than the view (+):\n%s",
					tt.name, len(kept), d)
			}
		}
	})
}

// A filter that passes nothing says so; a new order alone recounts nothing; downloads have the rows
// of the view, and name them; groups and comparisons follow; the history has all rows.
func TestFiltersMoveEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		p.open(t, "kettles.csv", kettles())
		run := p.start(t).Run
		synctest.Wait()
		of := func(product string) []message.Filter {
			return []message.Filter{{By: message.OfProduct, Value: product}}
		}
		none := p.filtered(t, message.View{ID: 1, Filters: of("Kettle C")})
		if none.Scored != 0 || len(none.Drivers) != 0 {
			t.Errorf("of no row: %+v", none)
		}
		b := p.filtered(t, message.View{ID: 2, Filters: of("Kettle B")})
		f := p.w.opened()
		before := f.view.shown
		sorted := p.filtered(t, message.View{ID: 3, Filters: of("Kettle B"), Sort: message.ByStars})
		if f.view.shown != before || cmp.Diff(b, sorted) != "" || b.Scored != 288 {
			t.Errorf("in another order: %+v, want %+v", sorted, b)
		}

		g := p.group(t, 3)
		n := g.Empty.Rows + g.Others.Rows
		for _, v := range g.Values {
			n += v.Rows
		}
		if n != 288 {
			t.Errorf("groups have %d rows, want 288", n)
		}
		year := func(from, to string) []message.Filter {
			return []message.Filter{{By: message.Days, From: from, To: to}}
		}
		c := p.compare(t, message.CompareRequest{ID: 1, A: year("", "2025-01-01"),
			B: year("2025-01-01", "")})
		if c.A.Rows+c.B.Rows != 288 || c.B.Negative <= c.A.Negative {
			t.Errorf("compared %d with %d rows", c.A.Rows, c.B.Rows)
		}

		p.w.Do(message.Command{Name: message.Download, Only: "Kettle B"}, nil)
		e := p.wait(t, "download", named(message.EventDownload))
		saved := strings.Split(strings.TrimSpace(p.file.String()), "\n")
		if e.File != "kettles-scored (Kettle B).csv" || len(saved) != 301 ||
			slices.ContainsFunc(saved[1:], func(line string) bool {
				return !strings.Contains(line, "Kettle B")
			}) {
			t.Errorf("%s has %d lines", e.File, len(saved))
		}
		kept, err := p.w.runOf(t.Context(), run)
		if err != nil || kept.Summary.Scored != 588 {
			t.Errorf("the history has %+v, %v", kept.Summary, err)
		}

		p.look(t, message.View{ID: 4})
		p.group(t, 3)
		if _, content := p.download(t); strings.Count(content, "\n") != 601 {
			t.Errorf("%d lines without filters", strings.Count(content, "\n"))
		}
	})
}

// While scores arrive, a view counts the known ones, and reads the file only at the end.
func TestFilteredWhileScoring(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa", delay: 1e9})
		p.open(t, "r.csv", many(3000))
		p.w.Do(message.Command{Name: message.Start}, nil)
		p.wait(t, "progress", func(e message.Event) bool {
			return e.Name == message.EventProgress && e.Progress.Done > 100
		})
		v := message.View{ID: 1, Filters: []message.Filter{{By: message.Stars, Low: 5}}}
		p.w.Do(message.Command{Name: message.Select, View: &v}, nil)
		e := p.wait(t, "what is known", named(message.EventFiltered)).Filtered
		s := e.Summary
		if e.Done || s.Scored == 0 || s.Scored >= 600 || s.Failed != 0 || len(s.Problems) != 0 ||
			s.Stars[4].Rows != s.Scored || len(s.Drivers) != 0 {
			t.Errorf("while scoring: %+v", e)
		}
		p.wait(t, "the end", func(e message.Event) bool {
			return e.Name == message.EventProgress && e.Progress.State == message.Finished
		})
		v.ID = 2
		if s := p.filtered(t, v); s.Scored != 600 || len(s.Drivers) == 0 {
			t.Errorf("at the end: %+v", s)
		}
	})
}

// The rows adjacent to the one shown in full are those of the list.
func TestShowBeside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		p.open(t, "r.csv", many(10))
		p.start(t)
		beside := func(row int) string {
			p.w.Do(message.Command{Name: message.Show, Row: row}, nil)
			w := p.wait(t, "the review", named(message.EventWhole)).Whole
			return fmt.Sprint(w.Previous, w.Next)
		}
		if got := beside(1) + ", " + beside(5) + ", " + beside(10); got != "0 2, 4 6, 9 0" {
			t.Errorf("beside rows of the file: %s", got)
		}
		p.look(t, message.View{ID: 1, Sort: message.ByStars, Down: true}) // 5 10, 4 9, 3 8 ...
		if got := beside(5) + ", " + beside(10) + ", " + beside(6); got != "0 10, 5 4, 1 0" {
			t.Errorf("beside rows of the list: %s", got)
		}
		p.filtered(t, message.View{ID: 2, Filters: []message.Filter{{By: message.Stars, Low: 5}}})
		if got := beside(5) + ", " + beside(6); got != "0 10, 0 0" {
			t.Errorf("beside rows of a view: %s", got)
		}
	})
}
