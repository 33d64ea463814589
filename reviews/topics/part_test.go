package topics

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"reviewlens/reviews"
)

// The topics of some rows are counted in these alone, under the names from all rows.
func TestTopicsOfSomeRows(t *testing.T) {
	c := counted(
		20, reviews.Negative, "The [space bar-] sticks",
		12, reviews.Negative, "the [spacebar-] fails",
		10, reviews.Positive, "a [nice>look+] thing",
	)
	all := c.Topics(Scheme{}, Options{})
	rows := func(from, to int) []Text {
		var out []Text
		i := 0
		for _, part := range []struct {
			n    int
			s    reviews.Sentiment
			text string
		}{{20, reviews.Negative, "The [space bar-] sticks"},
			{12, reviews.Negative, "the [spacebar-] fails"},
			{10, reviews.Positive, "a [nice>look+] thing"}} {
			for range part.n {
				if r, _, _ := review(i, part.s, part.text+fmt.Sprint(" ", i)); i >= from && i < to {
					out = append(out, r)
				}
				i++
			}
		}
		return out
	}
	every := c.Topics(Scheme{}, Options{Rows: slices.Values(rows(0, 100))})
	if !reflect.DeepEqual(every.Topics, all.Topics) || every.Reviews != all.Reviews ||
		every.Spoken != all.Spoken {
		t.Errorf("of all rows %+v, want %+v", every.Topics, all.Topics)
	}
	part := rows(20, 42)
	part[1].Row, part[1].Product = 77, 3
	part = append(part, part[1]) // equal texts count once, as the first
	part[len(part)-1].Row = 99
	r := c.Topics(Scheme{}, Options{Rows: slices.Values(part)})
	for range 2 { // the grouping of forms is reused
		again := all.Of(Options{Rows: slices.Values(part)})
		if !reflect.DeepEqual(again.Topics, r.Topics) || again.Reviews != r.Reviews {
			t.Errorf("of what is known: %+v, want %+v", again.Topics, r.Topics)
		}
		if back := all.Of(Options{}); !reflect.DeepEqual(back.Topics, all.Topics) {
			t.Errorf("all again: %+v, want %+v", back.Topics, all.Topics)
		}
	}
	if got := named(r.Topics); !slices.Equal(got, []string{"space bar", "look"}) ||
		r.Reviews != 22 || r.Topics[0].Reviews != 12 || r.Topics[0].Mentions != 12 {
		t.Errorf("topics = %v, %d reviews, %+v", got, r.Reviews, r.Topics)
	}
	var found []int
	for m := range r.Mentions(0) {
		found = append(found, m.Row)
	}
	slices.Sort(found)
	if len(found) != 12 || found[0] != 20 || !slices.Contains(found, 77) ||
		slices.Contains(found, 99) {
		t.Errorf("rows of the first topic = %v", found)
	}
	if again := c.Topics(Scheme{}, Options{}); !reflect.DeepEqual(again.Topics, all.Topics) {
		t.Error("the counter has changed")
	}
	var empty Counter
	if r := empty.Topics(Scheme{}, Options{Rows: slices.Values(part)}); r.Reviews != 0 {
		t.Errorf("of nothing: %+v", r)
	}
}
