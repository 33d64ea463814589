package report

import (
	"slices"
	"strings"
	"testing"

	"reviewlens/reviews/figures"
)

func TestSummary(t *testing.T) {
	r := example()
	r.Topics = nil
	want := []string{
		"Of 1,200 reviews 67% are positive (95% interval 64% to 69%), 32% negative and 1% unsure.",
		"They came with 4.1 of 5 stars on average; 9 texts say the opposite of their stars.",
		"The share of positive reviews rose from 50% before 11 Apr 2024 to 75% since.",
		`Complaints are about "lid hinge" (31 reviews, 97% negative); praise is for "quick" ` +
			"(90 reviews, 90% positive).",
	}
	if got := Summary(r); !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	// Half stars are not whole ones.
	halves := r
	halves.MeanStars = 4.5
	want[1] = strings.Replace(want[1], "4.1", "4.5", 1)
	if got := Summary(halves); !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	// A change that was found, topics and products replace less important lines.
	share := func(s float64) figures.Interval { return figures.Interval{Share: s} }
	r.Predicted = &figures.Predicted{Rows: 1200, Mean: 3.94}
	r.Unread, r.Scored = 7, 1207
	r.Changes = []figures.ChangePoint{{Product: "Kettle B", From: "2024-06-01", Reviews: 84,
		Before: share(0.19), After: share(0.61), Phrases: []figures.Growth{
			{Phrase: "overheats", Reviews: [2]int{0, 14}}}}, {From: "2024-09-01"}}
	r.Topics = &figures.Topics{List: []figures.Topic{
		{Name: "sound", Reviews: 200, Positive: 150, Share: share(0.2), Impact: 1},
		{Name: "cable", Reviews: 30, Share: share(0.6), Impact: 0.04},
		{Name: "heat", Reviews: 60, Share: share(0.9), Impact: 3.96},
		{Name: "Acme", Reviews: 50, Share: share(0.9), Impact: 9, Proper: true},
		{Name: "colour", Reviews: 20, Positive: 4, Share: share(0.1)},
	}}
	r.Products = []figures.Product{
		{Name: "Kettle A", Sum: figures.Sum{Rows: 40,
			Share: figures.Interval{Share: 0.9, Low: 0.8, High: 1}}},
		{Name: "Kettle B", Sum: figures.Sum{Rows: 84,
			Share: figures.Interval{Share: 0.4, Low: 0.3, High: 0.5}}},
		{Name: "Kettle C", Sum: figures.Sum{Rows: 2,
			Share: figures.Interval{Share: 0, Low: 0, High: 0.66}}},
	}
	r.ProductCount = 3
	want = []string{
		"Since Jun 2024, Kettle B: 61% of 84 reviews are negative (19% before). More complaints, " +
			"before and since: overheats 0 → 14. 1 other change was found.",
		"Of 1,200 reviews 67% are positive (95% interval 64% to 69%), 32% negative and 1% " +
			"unsure; 7 more could not be read by the model.",
		"They came with 4.1 of 5 stars on average, and their texts sound like 3.9; " +
			"9 texts say the opposite of their stars.",
		"Complaints are about heat (60 reviews, 90% negative; without them +4.0 points) and " +
			"cable (30 reviews, 60% negative); praise is for sound (200 reviews, 75% positive).",
		"Of the products, the worst that differs beyond chance is Kettle B with 40% positive of " +
			"84 reviews, the best Kettle A with 90% positive of 40 reviews.",
	}
	if got := Summary(r); !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	// The stars of reviews that were not read are in the mean, and their texts in no figure.
	apart := r
	apart.Stars = slices.Clone(r.Stars)
	apart.Stars[4].Rows += 7
	apart.Stars[4].Unread += 7
	if got, want := Summary(apart)[2], "Including those, the reviews came with 4.1 of 5 stars on "+
		"average, and the texts that were read sound like 3.9; 9 texts say the opposite of "+
		"their stars."; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}

	apart.Stars[4].Rows -= 6
	apart.Stars[4].Unread -= 6
	one := Summary(apart)[2]
	if want := "Including that one, the reviews came with"; !strings.HasPrefix(one, want) {
		t.Errorf("%s\nwant\n%s", one, want)
	}

	// A long name is cut, between two characters.
	long, cut := r, strings.Repeat("é", 79)
	long.Changes, long.Products = slices.Clone(r.Changes), slices.Clone(r.Products)
	long.Changes[0].Product = cut + "éé"
	long.Products[0].Name, long.Products[1].Name = cut+"é", cut+", of steel"
	got := Summary(long)
	for i, want := range map[int]string{0: cut + "é…: 61%", 4: cut + "… with 40%"} {
		if !strings.Contains(got[i], want) {
			t.Errorf("%s\nwant in it\n%s", got[i], want)
		}
	}
	if want := "the best " + cut + "é with"; !strings.Contains(got[4], want) {
		t.Errorf("%s\nwant in it\n%s", got[4], want)
	}

	// If others are not listed, one of them may be better or worse.
	r.ProductCount = 4
	want[4] = "Of the 3 products with the most reviews, t" + strings.TrimPrefix(want[4],
		"Of the products, t")
	if got := Summary(r); !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	// Without a change of the share, the clearest change of a topic is reported.
	r.Changes = nil
	r.Change = &figures.Change{From: "2024-12-05", Before: share(0.83), After: share(0.71),
		Delta: figures.Interval{Low: -0.2, High: 0.1}}
	at := func(low, share, high float64) figures.Interval {
		return figures.Interval{Low: low, Share: share, High: high}
	}
	r.Unit = "month"
	r.Topics.List[0].Changes = []figures.ChangePoint{{From: "2024-03-01",
		Before: at(0.1, 0.2, 0.3), After: at(0.31, 0.4, 0.5)}}
	r.Topics.List[2].Changes = []figures.ChangePoint{{Product: "Kettle B", From: "2025-02-01",
		Until: "2025-09-01", Before: at(0.01, 0.04, 0.1), After: at(0.5, 0.64, 0.7)}}
	wantChange := "About heat: from Feb 2025 until Sep 2025, 64% of the reviews of Kettle B " +
		"complained about it (4% before)."
	if got := Summary(r)[2]; got != wantChange {
		t.Errorf("%s\nwant\n%s", got, wantChange)
	}
	r.Change.Delta = figures.Interval{Low: -0.2, High: -0.1}
	wantChange += " The share of positive reviews fell from 83% before 5 Dec 2024 to 71% since."
	if got := Summary(r)[2]; got != wantChange {
		t.Errorf("%s\nwant\n%s", got, wantChange)
	}

	// Without figures there are no sentences, and no partial ones.
	if got := Summary(figures.Report{}); got != nil {
		t.Errorf("of nothing: %q", got)
	}
	bare := figures.Report{Figures: figures.Figures{Scored: 4, Positive: 1, Unread: 3,
		Share: figures.Interval{Share: 1, Low: 0.2, High: 1}, Stars: make([]figures.Sum, 5),
		Predicted: &figures.Predicted{Rows: 1, Mean: 4.6}}}
	bare.Stars[3].Rows = 1
	want = []string{
		"One review is positive; 3 more could not be read by the model.",
		"It came with 4.0 of 5 stars, and its text sounds like 4.6.",
	}
	if got := Summary(bare); !slices.Equal(got, want) {
		t.Errorf("of one: %q", got)
	}
}

// A topic that costs the most is a complaint, however many praise it; a topic of which half the
// reviews are positive is not praise. A side without topics has phrases.
func TestReasons(t *testing.T) {
	share := func(s float64) figures.Interval { return figures.Interval{Share: s} }
	drivers := []figures.Driver{
		{Phrase: "watery", Sentiment: "negative", Reviews: 9, Share: share(0.9)},
		{Phrase: "quick", Sentiment: "positive", Reviews: 8, Share: share(0.9)}}
	for _, tt := range []struct {
		list []figures.Topic
		want string
	}{
		{[]figures.Topic{
			{Name: "noise", Reviews: 34, Negative: 30, Mixed: 2, Share: share(0.94), Impact: 5,
				ComplaintsInPositive: 17},
			{Name: "heat", Reviews: 8, Negative: 8, Share: share(1), Impact: 4,
				ComplaintsInPositive: 4},
			{Name: "ease", Reviews: 20, Positive: 20, PraiseInNegative: 11},
		}, "Complaints are about noise (34 reviews, 94% negative, most complaints in positive " +
			"reviews; without them +5.0 points) and heat (8 reviews, 100% negative; without them " +
			"+4.0 points); praise is for ease (20 reviews, 100% positive, most praise in " +
			"negative reviews)."},
		{[]figures.Topic{
			{Name: "noise", Reviews: 34, Positive: 21, Share: share(0.38), Impact: 5.1},
			{Name: "wifi", Reviews: 20, Positive: 11, Share: share(0.45), Impact: 1.9},
			{Name: "lid", Reviews: 20, Positive: 11, Share: share(0.45), Impact: 2.1},
			{Name: "grip", Reviews: 20, Positive: 14, Share: share(0.35), Impact: 3,
				Stand: "praised"},
			{Name: "hood", Reviews: 20, Positive: 16, Share: share(0.2), Impact: 2.2},
		}, "Complaints are about noise (34 reviews, 38% negative; without them +5.1 points) and " +
			"lid (20 reviews, 45% negative; without them +2.1 points); " +
			"praise is for grip (20 reviews, 70% positive) and hood (20 reviews, 80% positive)."},
		{[]figures.Topic{{Name: "grip", Reviews: 20, Positive: 14, Share: share(0.1)}},
			`Complaints are about "watery" (9 reviews, 90% negative); ` +
				"praise is for grip (20 reviews, 70% positive)."},
		{[]figures.Topic{{Name: "lid", Reviews: 20, Share: share(0.6), Impact: 0.3}},
			"Complaints are about lid (20 reviews, 60% negative; without them +0.3 points); " +
				`praise is for "quick" (8 reviews, 90% positive).`},
	} {
		got := why(figures.Report{Figures: figures.Figures{Drivers: drivers,
			Topics: &figures.Topics{List: tt.list}}})
		if got != tt.want {
			t.Errorf("%s\nwant\n%s", got, tt.want)
		}
	}
}

// A summary states when the topics explain too few of the negative reviews.
func TestUnexplained(t *testing.T) {
	r := figures.Report{Figures: figures.Figures{Topics: &figures.Topics{Negative: 61,
		Unexplained: 35, List: []figures.Topic{{Name: "lid", Reviews: 20, Impact: 0.3,
			Share: figures.Interval{Share: 0.6}}}}}}
	const lid = "Complaints are about lid (20 reviews, 60% negative; without them +0.3 points)."
	for _, tt := range []struct {
		unexplained, oneIn int
		want               string
	}{
		{35, 0, lid + " Of 61 distinct negative reviews, 35 complain about no listed topic."},
		{35, 4, lid + " Of the distinct negative reviews, 57% complain about no listed topic."},
		{20, 0, lid},
	} {
		r.Topics.Unexplained, r.Topics.OneIn = tt.unexplained, tt.oneIn
		if got := why(r); got != tt.want {
			t.Errorf("%s\nwant\n%s", got, tt.want)
		}
	}
	r.Topics.List, r.Topics.Negative, r.Topics.Unexplained = nil, 10, 10
	const none = "Of 10 distinct negative reviews, 10 complain about no listed topic."
	if got := why(r); got != none {
		t.Errorf("without topics: %s\nwant\n%s", got, none)
	}
}

// Of many products some have a share far from that of all by chance: a product stands out only if
// that is unlikely for the best or worst of all of them.
func TestSummaryOfManyProducts(t *testing.T) {
	product := func(name string, reviews int, share, low, high float64) figures.Product {
		return figures.Product{Name: name, Sum: figures.Sum{Rows: reviews,
			Share: figures.Interval{Share: share, Low: low, High: high}}}
	}
	r := figures.Report{Figures: figures.Figures{ProductCount: 300, Scored: 900, Positive: 567,
		Negative: 333, Share: figures.Interval{Share: 0.63, Low: 0.6, High: 0.66}}}
	for range 19 {
		r.Products = append(r.Products, product("usual", 3, 2.0/3, 0.21, 0.94))
	}
	for _, tt := range []struct {
		name    string
		product figures.Product
		want    bool
	}{
		{"none of 3 is positive", product("Kettle", 3, 0, 0, 0.56), false},
		{"none of 12 is positive", product("Kettle", 12, 0, 0, 0.24), true},
		{"all of 8 are positive", product("Kettle", 8, 1, 0.68, 1), false},
		{"all of 40 are positive", product("Kettle", 40, 1, 0.91, 1), true},
	} {
		all := r
		all.Products = append(slices.Clone(r.Products), tt.product)
		got := strings.Join(Summary(all), " ")
		if strings.Contains(got, "differs beyond chance") != tt.want {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
}
