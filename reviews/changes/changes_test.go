package changes

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"reviewlens/reviews"
	"reviewlens/reviews/stats"
)

// history draws periods of about each reviews; from at on, the share is after.
func history(random *rand.Rand, periods, each int, before, after float64, at int) []Cell {
	cells := make([]Cell, periods)
	for i := range cells {
		share := before
		if i >= at {
			share = after
		}
		cells[i].Reviews = random.IntN(2*each + 1)
		for range cells[i].Reviews {
			if random.Float64() < share {
				cells[i].Negative++
			}
		}
	}
	return cells
}

// Of 200 histories with a change, it is found in 90% within a period, and in 200 without any, at
// most 5% have one.
func TestFind(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	const trials = 200
	right := 0
	for range trials {
		at := 5 + random.IntN(14)
		before, after := 0.19, 0.55
		if random.IntN(2) == 0 {
			before, after = after, before
		}
		for _, p := range Find(history(random, 24, 20, before, after, at), 0.05) {
			if p.At-at <= 1 && at-p.At <= 1 &&
				(p.After.Share > p.Before.Share) == (after > before) {
				right++
				break
			}
		}
	}
	t.Logf("planted: %d of %d found within one period", right, trials)
	if right < trials*90/100 {
		t.Errorf("%d of %d planted changes are found within a period; want 90%%", right, trials)
	}

	for _, each := range []int{2, 20, 400} {
		wrong := 0
		for range trials {
			if len(Find(history(random, 24, each, 0.19, 0.19, 24), 0.05)) > 0 {
				wrong++
			}
		}
		t.Logf("nothing changes, %d reviews a period: %d of %d have a change", each, wrong, trials)
		if wrong > trials*5/100 {
			t.Errorf("%d of %d histories without a change have one; want 5%%", wrong, trials)
		}
	}
}

func TestFindTwo(t *testing.T) {
	var cells []Cell
	for i := range 30 {
		negative := 4
		if i >= 10 && i < 20 {
			negative = 15
		}
		cells = append(cells, Cell{20, negative})
	}
	points := Find(cells, 0.05)
	if len(points) != 2 || points[0].At != 10 || points[1].At != 20 {
		t.Fatalf("points = %+v", points)
	}
	for i, want := range [][3]int{{0, 10, 20}, {10, 20, 30}} {
		if p := points[i]; [3]int{p.From, p.At, p.To} != want {
			t.Errorf("%d: [%d, %d) is compared with [%d, %d), want %v", i, p.From, p.At, p.At, p.To,
				want)
		}
	}
	if p := points[0]; p.Before.Share != 0.2 || p.After.Share != 0.75 || p.Reviews != 200 {
		t.Errorf("the first is %+v", p)
	}
	if again := Find(cells, 0.05); !reflect.DeepEqual(again, points) {
		t.Errorf("a second time: %+v", again)
	}
}

// If a change is removed, its neighbour is compared with the periods up to the previous one.
func TestKeep(t *testing.T) {
	cells := []Cell{{20, 2}, {20, 16}, {20, 1}}
	points := []Point{{At: 1}, {At: 2}}
	kept := Keep(cells, points, func(p Point) bool { return p.At == 2 })
	if len(kept) != 1 || kept[0].From != 0 || kept[0].To != 3 || kept[0].Reviews != 20 ||
		kept[0].Before.Share != 0.45 || kept[0].After.Share != 0.05 {
		t.Errorf("kept = %+v", kept)
	}
	if points[0].At != 1 || points[1].At != 2 {
		t.Errorf("the points are now %+v", points)
	}
}

func TestFindNothing(t *testing.T) {
	for _, cells := range [][]Cell{
		nil, {{}}, {{1, 1}}, {{5, 0}, {5, 5}}, make([]Cell, 50), {{100, 100}, {100, 100}},
		{{100, 0}, {0, 0}, {100, 0}},
	} {
		if points := Find(cells, 0.05); len(points) > 0 {
			t.Errorf("%v: %+v", cells, points)
		}
	}
	// The change is at the first reviews after the gap.
	points := Find([]Cell{{100, 5}, {0, 0}, {0, 0}, {100, 90}}, 0.05)
	if len(points) != 1 || points[0].At != 3 {
		t.Errorf("after a pause: %+v", points)
	}
}

func TestHypergeometric(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for _, tt := range []struct {
		n   int
		all Cell
	}{
		{10, Cell{100, 30}}, {90, Cell{100, 30}}, {10, Cell{12, 11}}, {1000, Cell{5000, 2500}},
		{1000, Cell{100_000, 20}}, {0, Cell{10, 5}}, {7, Cell{10, 0}}, {7, Cell{7, 3}},
		{7, Cell{10, 10}},
	} {
		const trials = 20_000
		sum, squares := 0.0, 0.0
		for range trials {
			k := float64(hypergeometric(random, tt.n, tt.all))
			sum += k
			squares += k * k
		}
		n, all := float64(tt.n), float64(tt.all.Reviews)
		share := float64(tt.all.Negative) / all
		mean, variance := sum/trials, squares/trials-(sum/trials)*(sum/trials)
		want, spread := n*share, n*share*(1-share)*(all-n)/(all-1)
		if math.Abs(mean-want) > 0.05*math.Sqrt(want)+1e-9 ||
			math.Abs(variance-spread) > 0.05*spread+1e-9 {
			t.Errorf("%v: mean %v, variance %v; want %v, %v", tt, mean, variance, want, spread)
		}
	}
}

// One product of three gets worse: it is named, and the whole file is not.
func TestChanges(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	var sums stats.Summary
	type row struct {
		r reviews.Result
		f reviews.Facts
	}
	var rows []row
	start := reviews.DayOf(2024, time.January, 1)
	for range 1444 {
		day := start + reviews.Day(random.IntN(540))
		product := 1 + random.IntN(3)
		share := 0.19
		if product == 2 && day >= start+366 {
			share = 0.6
		}
		sentiment := reviews.Positive
		if random.Float64() < share {
			sentiment = reviews.Negative
		}
		rows = append(rows, row{reviews.Result{Score: reviews.Score{Sentiment: sentiment}},
			reviews.Facts{Day: day, Product: product}})
	}
	for _, r := range rows {
		sums.Add(r.r, r.f)
	}
	_, periods := sums.Trend()
	c := NewCounter(periods, []int{1, 2, 3})
	for _, r := range rows {
		c.Add(r.r, r.f)
	}
	found := c.Changes()
	if len(found) != 1 || found[0].Product != 2 || !found[0].Worse() {
		t.Fatalf("changes = %+v", found)
	}
	want := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	if off := found[0].From.Sub(want).Abs(); off > 31*24*time.Hour {
		t.Errorf("it begins at %v, want %v", found[0].From, want)
	}
	if found[0].Reviews < 100 || found[0].After.Share < 0.5 || found[0].Before.Share > 0.25 {
		t.Errorf("it is %+v", found[0])
	}
}

// Unread reviews are neither negative nor otherwise: where they begin, the share of the others does
// not change.
func TestChangesUnread(t *testing.T) {
	periods := make([]stats.Period, 12)
	for i := range periods {
		periods[i].From = time.Date(2024, time.Month(1+i), 1, 0, 0, 0, 0, time.UTC)
	}
	c := NewCounter(periods, []int{1})
	for i, p := range periods {
		facts := reviews.Facts{Day: reviews.DayOf(p.From.Date()), Product: 1}
		for n := range 20 {
			sentiment := reviews.Positive
			if n < 8 {
				sentiment = reviews.Negative
			}
			c.Add(reviews.Result{Score: reviews.Score{Sentiment: sentiment}}, facts)
			if i >= 6 {
				c.Add(reviews.Result{Score: reviews.Score{Sentiment: reviews.Unsure},
					Unread: 1}, facts)
			}
		}
	}
	if found := c.Changes(); len(found) > 0 {
		t.Errorf("changes = %+v", found)
	}
}

// A change lasts until the next of the same reviews, and its figures are of that time.
func TestChangesUntil(t *testing.T) {
	month := func(i int) time.Time {
		return time.Date(2024, time.Month(1+i), 1, 0, 0, 0, 0, time.UTC)
	}
	periods := make([]stats.Period, 30)
	for i := range periods {
		periods[i].From = month(i)
	}
	c := NewCounter(periods, nil)
	for i := range periods {
		for n := range 20 {
			sentiment := reviews.Positive
			if n < 4 || i >= 10 && i < 20 && n < 15 {
				sentiment = reviews.Negative
			}
			c.Add(reviews.Result{Score: reviews.Score{Sentiment: sentiment}},
				reviews.Facts{Day: reviews.DayOf(periods[i].From.Date())})
		}
	}
	found := c.Changes()
	if len(found) != 2 || !found[0].Worse() || found[1].Worse() {
		t.Fatalf("changes = %+v", found)
	}
	worse, better := found[0], found[1]
	if !worse.Last.IsZero() || !worse.From.Equal(month(10)) || !worse.Until.Equal(month(20)) ||
		!better.Last.Equal(month(10)) || !better.From.Equal(month(20)) || !better.Until.IsZero() {
		t.Errorf("for the worse %+v, for the better %+v", worse, better)
	}
	const before, since, none = 0, 1, 2
	for _, tt := range []struct {
		month, worse, better int
	}{{0, before, none}, {9, before, none}, {10, since, before}, {19, since, before},
		{20, none, since}, {29, none, since}} {
		for i, want := range [2]int{tt.worse, tt.better} {
			got := none
			if after, ok := found[i].Side(reviews.Facts{
				Day: reviews.DayOf(month(tt.month).Date())}); ok {
				got = map[bool]int{false: before, true: since}[after]
			}
			if got != want {
				t.Errorf("a review of month %d is on side %d of change %d, want %d", tt.month, got,
					i, want)
			}
		}
	}
}

func TestChangesOfNothing(t *testing.T) {
	c := NewCounter(nil, nil)
	c.Add(reviews.Result{Score: reviews.Score{Sentiment: reviews.Negative}},
		reviews.Facts{Day: 20_000, Product: 1})
	if found := c.Changes(); len(found) > 0 {
		t.Errorf("changes = %+v", found)
	}
}
