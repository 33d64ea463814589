package worker

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/app/message"
)

func (p *page) group(t *testing.T, column int) message.Groups {
	t.Helper()
	p.w.Do(message.Command{Name: message.Group, Column: column}, nil)
	return *p.wait(t, "groups",
		func(e message.Event) bool { return e.Name == message.EventGroups && e.Groups.Done }).Groups
}

func (p *page) compare(t *testing.T, pair message.CompareRequest) message.Comparison {
	t.Helper()
	p.w.Do(message.Command{Name: message.Compare, Pair: &pair}, nil)
	return *p.wait(t, "comparison",
		func(e message.Event) bool {
			return e.Name == message.EventComparison && e.Comparison.Done
		}).Comparison
}

// The rows by any column, and the corresponding filters.
func TestGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		var b strings.Builder
		b.WriteString("id,country,shop,review\n")
		for i := range 900 {
			country := []string{"DE", "FR", " DE ", "", "IT", "DE"}[i%6]
			fmt.Fprintf(&b, "id-%d,%s,Shop %d,\"It is %s. Number %d.\"\n", i, country, i*i%60,
				[]string{"good", "bad"}[i%2], i)
		}
		preview, _ := p.open(t, "r.csv", b.String())
		if !slices.Equal(preview.Groups, []int{1, 2}) {
			t.Errorf("columns to group by = %v, want the country and the shop", preview.Groups)
		}
		p.start(t)
		g := p.group(t, 1)
		var got []string
		for _, v := range g.Values {
			got = append(got, fmt.Sprintf("%s %d %d", v.Name, v.Rows, v.Positive))
		}
		if want := []string{"DE 450 300", "FR 150 0", "IT 150 150"}; !slices.Equal(got, want) ||
			g.Empty.Rows != 150 || g.OtherValues != 0 || g.Others.Rows != 0 {
			t.Errorf("groups = %v, %+v; want %v", got, g, want)
		}
		id := 0
		rows := func(f message.Filter) int {
			id++
			found, _ := p.look(t, message.View{ID: id, Filters: []message.Filter{f}})
			id++
			p.look(t, message.View{ID: id}) // groups are of all rows again
			return found.Rows
		}
		if n := rows(message.Filter{By: message.Cell, Column: 1, Value: "DE"}); n != 450 {
			t.Errorf("DE has %d rows", n)
		}
		if n := rows(message.Filter{By: message.Cell, Column: 1}); n != 150 {
			t.Errorf("%d rows are without a country", n)
		}
		shops := p.group(t, 2) // more shops than are distinguished
		all := map[string]int{}
		for i := range 900 {
			all[fmt.Sprint("Shop ", i*i%60)]++
		}
		sum := 0
		for _, v := range shops.Values {
			sum += v.Rows
			if v.Rows != all[v.Name] {
				t.Errorf("%s has %d rows, want %d", v.Name, v.Rows, all[v.Name])
			}
		}
		if len(shops.Values)+shops.OtherValues != len(all) || sum+shops.Others.Rows != 900 {
			t.Errorf("%d values and %d others, %d rows of %d", len(shops.Values), shops.OtherValues,
				sum+shops.Others.Rows, len(all))
		}
		ids := p.group(t, 0)
		if len(ids.Values) != message.MaxValues || ids.OtherValues != 900-message.MaxValues ||
			ids.Others.Rows != 900-message.MaxValues {
			t.Errorf("%d values, %d others with %d rows", len(ids.Values), ids.OtherValues,
				ids.Others.Rows)
		}
		if n := rows(message.Filter{By: message.OtherCells, Column: 0}); n !=
			900-message.MaxValues {
			t.Errorf("other ids have %d rows", n)
		}
		// one of the others: the file is read for it
		if n := rows(message.Filter{By: message.Cell, Column: 0, Value: "id-899"}); n != 1 {
			t.Errorf("id-899 has %d rows", n)
		}
		// of another column
		if n := rows(message.Filter{By: message.Cell, Column: 1, Value: "FR"}); n != 150 {
			t.Errorf("FR has %d rows", n)
		}
		p.group(t, 1)
		// of a column that the rows are not grouped by
		if n := rows(message.Filter{By: message.OtherCells, Column: 0}); n !=
			900-message.MaxValues {
			t.Errorf("other ids have %d rows, once more", n)
		}
	})
}

// Under a filter on other values of one column, the rows are grouped by another, and compared.
func TestGroupsUnderOtherValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		var b strings.Builder
		b.WriteString("id,country,batch,review\n")
		for i := range 900 {
			fmt.Fprintf(&b, "id-%d,%s,batch %d,\"It is good. Number %d.\"\n", i,
				[]string{"DE", "FR"}[i%2], min(i, 450), i)
		}
		p.open(t, "r.csv", b.String())
		p.start(t)
		p.group(t, 1)
		v := message.View{ID: 1, Filters: []message.Filter{{By: message.OtherCells, Column: 0}}}
		p.w.Do(message.Command{Name: message.Select, View: &v}, nil)
		g := p.wait(t, "groups", func(e message.Event) bool {
			return e.Name == message.EventGroups && e.Groups.Done
		}).Groups
		const rest = 900 - message.MaxValues
		if g.Column != 1 || g.Values[0].Rows+g.Values[1].Rows != rest {
			t.Errorf("groups of the view: %+v, want %d rows by the country", g, rest)
		}
		p.group(t, 1)
		cell := func(value string) []message.Filter {
			return []message.Filter{{By: message.Cell, Column: 1, Value: value}}
		}
		c := p.compare(t, message.CompareRequest{ID: 1, A: cell("DE"), B: cell("FR")})
		if c.A.Rows+c.B.Rows != rest {
			t.Errorf("%d and %d rows are compared, want %d", c.A.Rows, c.B.Rows, rest)
		}
		v = message.View{ID: 2, Filters: []message.Filter{{By: message.OtherCells, Column: 0},
			{By: message.OtherCells, Column: 2}}}
		// of batches, the last is the most frequent, and none of the others
		if found, _ := p.look(t, v); found.Rows != 450-message.MaxValues {
			t.Errorf("other values of two columns have %d rows, want %d", found.Rows,
				450-message.MaxValues)
		}
	})
}

func TestCompare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		var b strings.Builder
		b.WriteString("date,country,review\n")
		// January to May; from March on every third is bad, and names the hinge
		for i := range 800 {
			word := "good"
			if i >= 400 && i%3 == 0 {
				word = "bad hinge"
			}
			fmt.Fprintf(&b, "2024-%02d-%02d,%s,\"It is %s. Number %d.\"\n", 1+i/200, 1+i%28,
				[]string{"DE", "FR"}[i%2], word, i)
		}
		p.open(t, "r.csv", b.String())
		p.start(t)
		days := func(from, to string) []message.Filter {
			return []message.Filter{{By: message.Days, From: from, To: to}}
		}
		c := p.compare(t, message.CompareRequest{ID: 1, A: days("", "2024-03-01"),
			B: days("2024-03-01", "")})
		if c.ID != 1 || c.A.Rows != 400 || c.A.Positive != 400 || c.B.Rows != 400 ||
			c.B.Negative != 133 || c.Both != 0 || c.Delta.High >= 0 {
			t.Errorf("comparison = %+v", c)
		}
		if len(c.Shifts) == 0 || c.Shifts[0].Phrase != "bad hinge" ||
			c.Shifts[0].Sentiment != "negative" || c.Shifts[0].A.Share != 0 ||
			c.Shifts[0].B.Share != 133.0/400 || len(c.Shifts[0].Rows) != 1 {
			t.Errorf("shifts = %+v", c.Shifts)
		}
		cell := func(value string) []message.Filter {
			return []message.Filter{{By: message.Cell, Column: 1, Value: value}}
		}
		read := p.compare(t, message.CompareRequest{ID: 2, A: cell("DE"), B: cell("FR")})
		p.group(t, 1)
		remembered := p.compare(t, message.CompareRequest{ID: 2, A: cell("DE"), B: cell("FR")})
		if fmt.Sprint(read) != fmt.Sprint(remembered) || read.A.Rows != 400 || read.Delta.Low > 0 ||
			read.Delta.High < 0 || len(read.Shifts) != 0 {
			t.Errorf("two countries, read %+v, remembered %+v", read, remembered)
		}
		over := p.compare(t,
			message.CompareRequest{ID: 3, A: days("", "2024-03-01"), B: days("2024-02-01", "")})
		if over.Both != 200 || over.A.Rows != 200 || over.B.Rows != 400 {
			t.Errorf("overlapping: %+v", over)
		}
		none := p.compare(t, message.CompareRequest{ID: 4, A: days("2030-01-01", ""),
			B: days("", "")})
		if none.A.Rows != 0 || none.B.Rows != 800 || none.Delta.Low > 0 || none.Delta.High < 0 {
			t.Errorf("beside nothing: %+v", none)
		}
		p.w.Do(message.Command{Name: message.Compare,
			Pair: &message.CompareRequest{ID: 5, A: days("soon", "")}}, nil)
		p.wait(t, "problem", named(message.EventProblem))
	})
}

// Two runs that have ended are compared by their numbers: phrases of both by their frequency,
// others by their names. A phrase may have another form in each.
func TestCompareRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := func(bads int, hinge, other string) string {
			var b strings.Builder
			b.WriteString("review\n")
			for i := range 300 {
				switch {
				case i < bads && i%2 == 0:
					fmt.Fprintf(&b, "\"Bad %s. Number %d.\"\n", hinge, i)
				case i < bads:
					fmt.Fprintf(&b, "\"Bad %s. Number %d.\"\n", other, i)
				default:
					fmt.Fprintf(&b, "\"Good. Number %d.\"\n", i)
				}
			}
			return b.String()
		}
		s := &server{model: "aaaaaaaaaaaa"}
		p := newPage(t, s)
		var ids [2]string
		for i, content := range []string{file(60, "hinge", "lid"), file(150, "hinges", "cord")} {
			p.open(t, "r.csv", content)
			ids[i] = p.start(t).Run
			time.Sleep(time.Second) // IDs are times
		}
		c := p.compare(t, message.CompareRequest{ID: 3, Runs: ids})
		if c.ID != 3 || c.A.Rows != 300 || c.A.Negative != 60 || c.B.Negative != 150 ||
			math.Abs(c.Delta.Share+0.3) > 1e-9 || c.Delta.High >= 0 {
			t.Errorf("comparison = %+v", c)
		}
		if c.Models != nil {
			t.Errorf("one model has become %q", c.Models)
		}
		s.mu.Lock()
		s.model = "bbbbbbbbbbbb"
		s.mu.Unlock()
		p.w.Do(message.Command{Name: message.Place}, nil) // queries the server again
		p.open(t, "r.csv", file(60, "hinge", "lid"))
		other := p.start(t).Run
		synctest.Wait() // until it is stored
		again := p.compare(t, message.CompareRequest{ID: 5, Runs: [2]string{ids[0], other}})
		if !slices.Equal(again.Models, []string{"aaaaaaaaaaaa", "bbbbbbbbbbbb"}) {
			t.Errorf("of two models: %q", again.Models)
		}
		if len(c.Shifts) != 1 || c.Shifts[0].Phrase != "bad hinge" ||
			c.Shifts[0].Sentiment != "negative" || c.Shifts[0].A.Share != 0.1 ||
			c.Shifts[0].B.Share != 0.25 || c.Shifts[0].Delta.Low <= 0 {
			t.Errorf("in both: %+v", c.Shifts)
		}
		for i, want := range []string{"bad lid", "bad cord"} {
			if len(c.Only[i]) == 0 || c.Only[i][0].Phrase != want || len(c.Only[i][0].Rows) > 0 {
				t.Errorf("in one alone: %+v, want %q", c.Only[i], want)
			}
		}
		p.w.Do(message.Command{Name: message.Compare,
			Pair: &message.CompareRequest{ID: 4, Runs: [2]string{ids[0], "nosuchrun"}}}, nil)
		if e := p.wait(t, "problem", named(message.EventProblem)); e.Problem.About !=
			message.AboutPast {
			t.Errorf("a run that is not there: %+v", e.Problem)
		}
	})
}
