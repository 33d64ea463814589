package findings

import (
	"strings"
	"testing"
	"time"

	"reviewlens/reviews/aspects"
	"reviewlens/reviews/changes"
	"reviewlens/reviews/figures"
	"reviewlens/reviews/topics"
)

func TestTopics(t *testing.T) {
	from := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	long := strings.Repeat("é", 1000)
	texts := map[int]string{3: "the bass is weak", 4: long + "bass" + long, 5: "bass"}
	r := topics.Result{Reviews: 9, OneIn: 4, Negative: 7, Unexplained: 2, Topics: []topics.Topic{{
		Name: "bass", PraiseInNegative: 3, ComplaintsInPositive: 4,
		Stand: topics.Complained, Periods: []topics.Period{{From: from, Reviews: 7, Negative: 2}},
		Changes: []changes.Change{{From: from, Until: from.AddDate(0, 2, 0), Product: 1},
			{From: from.AddDate(0, 2, 0)}}, Quotes: []topics.Mention{
			{Row: 3, Start: 4, End: 8, Polarity: aspects.Negative},
			{Row: 4, Start: 2000, End: 2004}, {Row: 5, Start: 90, End: 94}, {Row: 6},
		}}}}
	out := Topics(r, []string{"radio"}, func(row int) (figures.Row, string, bool) {
		text, ok := texts[row]
		return figures.Row{Row: row + 1}, text, ok
	})
	if out.OneIn != 4 || len(out.List) != 1 || out.Suggestions == nil {
		t.Fatalf("topics = %+v", out)
	}
	bass := out.List[0]
	if out.Negative != 7 || out.Unexplained != 2 || bass.PraiseInNegative != 3 ||
		bass.ComplaintsInPositive != 4 {
		t.Errorf("contrary: %+v", out)
	}
	if bass.Stand != "complained" || bass.Periods[0].From != "2024-03-01" || bass.Forms == nil ||
		bass.Changes[0].Product != "radio" || bass.Changes[0].Phrases == nil {
		t.Errorf("topic = %+v", bass)
	}
	if bass.Changes[0].Until != "2024-05-01" || bass.Changes[1].Until != "" {
		t.Errorf("changes = %+v", bass.Changes)
	}
	if len(bass.Quotes) != 3 {
		t.Fatalf("quotes = %+v", bass.Quotes)
	}
	for i, want := range []string{"bass", "bass", ""} {
		q := bass.Quotes[i]
		if got := string([]rune(q.Text)[q.Start:q.End]); got != want {
			t.Errorf("quote %d marks %q, want %q", i, got, want)
		}
	}
	if q := bass.Quotes[0]; q.Row.Row != 4 || q.Text != texts[3] || q.Polarity != "negative" {
		t.Errorf("the first quote = %+v", q)
	}
	if q := bass.Quotes[1]; len(q.Text) > 1100 || !strings.HasPrefix(q.Text, "… é") ||
		!strings.HasSuffix(q.Text, "é …") {
		t.Errorf("the long quote has %d bytes: %q", len(q.Text), q.Text)
	}
}
