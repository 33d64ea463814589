package worker

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"reviewlens/app/message"
)

// look requests a view and reads its rows, in ranges as the page does.
func (p *page) look(t *testing.T, v message.View) (message.Selection, []message.Row) {
	t.Helper()
	p.w.Do(message.Command{Name: message.Select, View: &v}, nil)
	found := *p.wait(t, "selection", func(e message.Event) bool {
		return e.Name == message.EventSelection && e.Selection.ID == v.ID && e.Selection.Done
	}).Selection
	var rows []message.Row
	for len(rows) < found.Rows {
		p.w.Do(message.Command{Name: message.Rows, View: &v, From: len(rows),
			To: len(rows) + message.MaxRows}, nil)
		part := p.wait(t, "rows", named(message.EventRows)).Rows
		if part.View != v.ID || part.From != len(rows) || len(part.Rows) == 0 ||
			len(part.Rows) > message.MaxRows {
			t.Fatalf("rows from %d = %+v", len(rows), part)
		}
		rows = append(rows, part.Rows...)
	}
	return found, rows
}

// having returns a view of the reviews that have words.
func having(words string) message.View {
	return message.View{Filters: []message.Filter{{By: message.Words, Value: words}}}
}

func TestViews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		var b strings.Builder
		b.WriteString("date,product,stars,colour,review\n")
		words := []string{"good lid", "bad hinge", "odd, good hinge", "bad, old lid hinge"}
		for i := range 400 {
			fmt.Fprintf(&b, "2024-03-%02d,P%d,%d,%s,\"It has a %s; number %d.\"\n", 1+i%28, i%3,
				i%5+1, []string{"red", "blue"}[i%2], words[i%4], i/8)
		}
		b.WriteString(",,,,\n")
		p.open(t, "r.csv", b.String())
		p.start(t)
		number := 0
		for _, tt := range []struct {
			name string
			view message.View
			want func(i int) bool // row of the file, from 0
		}{
			{"all", message.View{}, func(int) bool { return true }},
			{"negative", message.View{
				Filters: []message.Filter{{By: message.Sentiment, Value: "negative"}}},
				func(i int) bool { return i < 400 && i%2 == 1 }},
			{"five stars", message.View{Filters: []message.Filter{{By: message.Stars, Low: 5}}},
				func(i int) bool { return i < 400 && i%5 == 4 }},
			{"a bin", message.View{
				Filters: []message.Filter{{By: message.Probability, Low: 0.95, High: 1}}},
				func(i int) bool { return i < 400 && i%2 == 0 }},
			{"days", message.View{
				Filters: []message.Filter{{By: message.Days, From: "2024-03-03",
					To: "2024-03-05"}}},
				func(i int) bool { return i < 400 && (i%28 == 2 || i%28 == 3) }},
			{"days since one before all that a row can have", message.View{
				Filters: []message.Filter{{By: message.Days, From: "1950-01-01",
					To: "2024-03-05"}}},
				func(i int) bool { return i < 400 && i%28 <= 3 }},
			{"days until such a one", message.View{
				Filters: []message.Filter{{By: message.Days, To: "1950-01-01"}}},
				func(int) bool { return false }},
			{"days until one after them", message.View{
				Filters: []message.Filter{{By: message.Days, To: "2525-01-01"}}},
				func(i int) bool { return i < 400 }},
			{"a product and a sentiment",
				message.View{Filters: []message.Filter{{By: message.OfProduct, Value: "P1"},
					{By: message.Sentiment, Value: "positive"}}},
				func(i int) bool { return i < 400 && i%3 == 1 && i%2 == 0 }},
			{"no product of that name",
				message.View{Filters: []message.Filter{{By: message.OfProduct, Value: "P9"}}},
				func(int) bool { return false }},
			{"a phrase", message.View{
				Filters: []message.Filter{{By: message.Phrase, Value: "lid hinge"}}},
				func(i int) bool { return i < 400 && i%4 == 3 }},
			{"a cell", message.View{
				Filters: []message.Filter{{By: message.Cell, Column: 3, Value: "blue"}}},
				func(i int) bool { return i < 400 && i%2 == 1 }},
			{"words", having("HINGE good"),
				func(i int) bool { return i < 400 && i%4 == 2 }},
			{"words in quotes", having(`"good hinge"`),
				func(i int) bool { return i < 400 && i%4 == 2 }},
			{"against", message.View{Filters: []message.Filter{{By: message.AgainstIt}}},
				func(i int) bool {
					return i < 400 && (i%2 == 1 && i%5 >= 3 || i%2 == 0 && i%5 <= 1)
				}},
			{"repeats", message.View{Filters: []message.Filter{{By: message.Repeats}}},
				func(i int) bool { return i < 400 }},
			{"troubled", message.View{Filters: []message.Filter{{By: message.Troubled}}},
				func(i int) bool { return i == 400 }},
		} {
			number++
			tt.view.ID = number
			found, rows := p.look(t, tt.view)
			var want, got []int
			positive := 0
			for i := range 401 {
				if tt.want(i) {
					want = append(want, i+1)
					if i < 400 && i%2 == 0 {
						positive++
					}
				}
			}
			for _, r := range rows {
				got = append(got, r.Row)
			}
			if !slices.Equal(got, want) || found.Rows != len(want) ||
				found.Sum.Positive != positive {
				t.Errorf("%s: %d rows %v, %d positive, want %d and %d", tt.name, found.Rows, got,
					found.Sum.Positive, len(want), positive)
			}
		}
		found, _ := p.look(t,
			message.View{ID: 100, Filters: []message.Filter{{By: message.Days, To: "2024-03-15"}}})
		if found.Rest == nil || found.Rest.Rows != 400-found.Sum.Rows ||
			found.Rest.Positive != 200-found.Sum.Positive ||
			found.Delta.Share != found.Sum.Share.Share-found.Rest.Share.Share ||
			found.Delta.Low > found.Delta.Share || found.Delta.High < found.Delta.Share {
			t.Errorf("compared with the rest: %+v by %+v", found.Rest, found.Delta)
		}
		number = 100
		for _, sort := range []string{message.ByPositive, message.ByStars, message.ByDate,
			message.ByText} {
			for _, down := range []bool{false, true} {
				number++
				_, rows := p.look(t, message.View{ID: number, Sort: sort, Down: down})
				f := p.w.opened()
				f.mu.Lock()
				ordered := slices.IsSortedFunc(rows[:400], func(a, b message.Row) int {
					x, _ := f.key(a.Row-1, sort)
					y, _ := f.key(b.Row-1, sort)
					if x == y {
						return a.Row - b.Row
					}
					if (x < y) != down {
						return -1
					}
					return 1
				})
				f.mu.Unlock()
				if !ordered || rows[400].Row != 401 {
					t.Errorf("sorted by %s, down %v: last is row %d", sort, down, rows[400].Row)
				}
			}
		}
	})
}

// A view that is replaced sends nothing more, and none of its rows.
func TestViewReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		p.open(t, "r.csv", many(1000))
		p.w.Do(message.Command{Name: message.Select, View: &message.View{ID: 1,
			Filters: having("kettle").Filters}}, nil)
		_, rows := p.look(t, message.View{ID: 2, Filters: having(`"zebra 996"`).Filters})
		if len(rows) != 2 { // nothing is scored yet: views are of the file
			t.Errorf("%d rows", len(rows))
		}
		p.w.Do(message.Command{Name: message.Rows, View: &message.View{ID: 1}, To: 10}, nil)
		synctest.Wait()
		for len(p.events) > 0 {
			if e := <-p.events; e.Rows != nil || e.Selection != nil {
				t.Errorf("told of a replaced view: %+v", e)
			}
		}
	})
}

func TestShow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		long := strings.Repeat("good ", 1000)
		p.open(t, "r.csv", "who,,review\nAnn,x,bad one here\nBob,y,"+long+"\n")
		p.w.Do(message.Command{Name: message.Show, Row: 2}, nil)
		got := p.wait(t, "the review", named(message.EventWhole)).Whole
		if got.Row.Row != 2 || got.Row.Text != long || got.More || !slices.Equal(got.Fields,
			[]message.Field{{Name: "who", Value: "Bob"},
				{Name: "Column 2", Value: "y", Column: 1}}) {
			t.Errorf("row %d, %d bytes, fields %+v", got.Row.Row, len(got.Row.Text), got.Fields)
		}
	})
}

// A title and a text are joined as the model requires, for phrases as for scores.
func TestViewJoinsAsTheModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa", join: "{title} {text}"})
		p.open(t, "r.csv", "title,review\nA good lid,hinge and lid are fine\n"+
			"A bad one,broke at once\n")
		p.start(t)
		found, _ := p.look(t, message.View{ID: 1,
			Filters: []message.Filter{{By: message.Phrase, Value: "lid hinge"}}})
		if found.Rows != 1 {
			t.Errorf("%d rows have the phrase over the end of the title, want 1", found.Rows)
		}
	})
}
