package topics

import (
	"fmt"
	"testing"
	"time"

	"reviewlens/reviews"
	"reviewlens/reviews/changes"
	"reviewlens/reviews/stats"
)

// weekly counts reviews, one each four days, by week; those of rows for which leaks is true
// complain about leaks.
func weekly(rows int, leaks func(row int) bool) []changes.Change {
	start := time.Date(2023, time.November, 1, 0, 0, 0, 0, time.UTC) // a Wednesday
	o := Options{}
	for i := range 4*rows/7 + 2 {
		o.Periods = append(o.Periods, stats.Period{From: start.AddDate(0, 0, 7*i-2)})
	}
	var c Counter
	for row := range rows {
		marked, sentiment := "a fine [kettle+]", reviews.Positive
		if leaks(row) {
			marked, sentiment = "it [leaks>durability-]", reviews.Negative
		}
		t, mentions, _ := review(row, sentiment, fmt.Sprint(marked, " ", row))
		t.Day = reviews.DayOf(start.AddDate(0, 0, 4*row).Date())
		c.Add(t, mentions)
	}
	s := Scheme{Version: 1, Topics: []Own{{Name: "leaks", Terms: []string{"leaks"}, Pinned: true}}}
	for _, topic := range c.Topics(s, o).Topics {
		if topic.Name == "leaks" {
			return topic.Changes
		}
	}
	return nil
}

// A topic that got worse and then better has both changes, each compared with the time between.
func TestChangesThereAndBack(t *testing.T) {
	found := weekly(50, func(row int) bool {
		return row >= 20 && row < 35 && row%4 != 3
	})
	if len(found) != 2 || !found[0].Worse() || found[1].Worse() {
		t.Fatalf("changes = %+v", found)
	}
	worse, better := found[0], found[1]
	if worse.Before.Share != 0 || worse.After != better.Before || better.After.Share != 0 ||
		worse.After.Share < 0.7 || !worse.Until.Equal(better.From) ||
		!better.Last.Equal(worse.From) {
		t.Errorf("for the worse %+v, for the better %+v", worse, better)
	}
}
