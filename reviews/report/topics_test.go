package report

import (
	"fmt"
	"strings"
	"testing"

	"reviewlens/reviews/figures"
)

func TestTopicsShown(t *testing.T) {
	r := figures.Report{}
	if newTopics(r) != nil {
		t.Error("topics are shown where they were not asked for")
	}
	var out strings.Builder
	if err := Write(&out, About{Name: "a"}, r); err != nil ||
		strings.Contains(out.String(), "What people talk about") {
		t.Errorf("the section is there without topics: %v", err)
	}

	r.Topics = &figures.Topics{List: []figures.Topic{{Name: "lid", Reviews: 9, Negative: 8,
		ComplaintsInPositive: 5}, {Name: "ease", Reviews: 9, Positive: 9, PraiseInNegative: 5}}}
	out.Reset()
	if err := Write(&out, About{Name: "a"}, r); err != nil ||
		!strings.Contains(out.String(), "Most of its complaints stand in positive reviews.") ||
		!strings.Contains(out.String(), "Most of its praise stands in negative reviews.") {
		t.Errorf("what may be misread is not said: %v", err)
	}

	r.Topics = &figures.Topics{Reviews: 2}
	out.Reset()
	if err := Write(&out, About{Name: "a"}, r); err != nil ||
		!strings.Contains(out.String(), "No topic is in enough of the 2 distinct reviews.") {
		t.Errorf("an empty list is not said: %v", err)
	}
	r.Topics.Reviews = 1
	out.Reset()
	if err := Write(&out, About{Name: "a"}, r); err != nil ||
		!strings.Contains(out.String(), "One distinct review is too few for topics.") {
		t.Errorf("of one review: %v", err)
	}

	for i := range 60 {
		topic := figures.Topic{Name: fmt.Sprint("topic ", i), Reviews: 60 - i, Proper: i%2 == 1,
			Quotes: []figures.Quote{{Row: figures.Row{Text: "abc"}, Start: 0, End: 1}}}
		r.Topics.List = append(r.Topics.List, topic)
	}
	shown := newTopics(r)
	if len(shown.Rows) != topicRows || len(shown.Quoted) != topicsQuoted ||
		strings.Count(shown.Names, ",") != topicNames-1 {
		t.Errorf("%d rows, %d with quotes, names %s", len(shown.Rows), len(shown.Quoted),
			shown.Names)
	}
	if q := shown.Quoted[0].Quotes[0]; q.Match != "a" || q.After != "bc" {
		t.Errorf("quote = %+v", q)
	}
}

func TestImpact(t *testing.T) {
	for points, want := range map[float64]string{0: "", 0.04: "", 0.05: "+0.1", 1.84: "+1.8",
		12: "+12.0"} {
		if got := Impact(points); got != want {
			t.Errorf("%v: %q, want %q", points, got, want)
		}
	}
}
