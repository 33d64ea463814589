package scoring

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/table"

	"github.com/google/go-cmp/cmp"
)

// starred is a fake whose model predicts stars: half the number of tokens, mixed if there are
// several windows.
type starred struct{ *fake }

func newStarred(t *testing.T) *starred {
	m := *newFake(t).model
	m.Stars = &reviews.StarRule{Temperature: 1}
	return &starred{&fake{model: &m}}
}

func (e *starred) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	scores, err := e.fake.Score(ctx, texts)
	for i, windows := range texts {
		if len(windows) > 0 {
			scores[i].Sentiment = e.model.Rule.Name(scores[i].Positive)
			scores[i].Stars = math.Min(5, float64(len(windows[0]))/2+0.004)
			scores[i].Mixed = len(windows) > 1
		}
	}
	return scores, err
}

var starTexts = []string{
	"good", "good lid", "", "it is a good lid, and it is red", "good",
	"very good lid it is", "👍", strings.Repeat("a good lid. ", 200),
}

// A text has the same stars and the same name in texts and in files.
func TestStars(t *testing.T) {
	e := newStarred(t)
	results, err := TextsWith(t.Context(), e, starTexts, 0, Extras{Stars: true})
	if err != nil {
		t.Fatal(err)
	}
	tab := newTestTable(t, e, "review,rating\n\""+strings.Join(starTexts, "\",4\n\"")+"\",4\n", 0,
		nil)
	if err := tab.PredictStars(true); err != nil {
		t.Fatal(err)
	}
	if err := tab.Score(t.Context()); err != nil {
		t.Fatal(err)
	}
	names := map[string]int{}
	for i, r := range results {
		got := tab.at(i)
		name := ""
		if got.Sentiment != reviews.None {
			name = got.Name(got.Unread != 0)
		}
		names[name]++
		stars := 0.0
		if r.Stars != nil {
			stars = *r.Stars
		}
		if got.Stars != stars || name != r.Name {
			t.Errorf("%.20q: %v stars and %q in a file, %v and %q alone", starTexts[i], got.Stars,
				name, stars, r.Name)
		}
	}
	want := map[string]int{"": 1, "negative": 4, "neutral": 1, "mixed": 1, "unsure": 1}
	if d := cmp.Diff(want, names); d != "" {
		t.Errorf("names: -want +got %s", d)
	}

	report, err := tab.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := report.Predicted
	if p == nil || p.Rows != 6 || p.Neutral != names["neutral"] || p.Mixed != 1 ||
		p.Difference == nil || math.Abs(p.Mean+*p.Difference-4) > 1e-9 {
		t.Errorf("predicted: %+v", p)
	}

	var out bytes.Buffer
	if err := tab.Annotate(t.Context(), &out, false); err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(out.String(), "\n")
	if head != "review,rating,sentiment,positive,windows,stars,name" {
		t.Errorf("the columns are %s", head)
	}
}

// Stars are returned only on request.
func TestStarsNotAskedFor(t *testing.T) {
	e := newStarred(t)
	results, err := Texts(t.Context(), e, starTexts, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if r.Stars != nil || r.Name != "" {
			t.Errorf("text %d: %+v", i, r)
		}
	}
	tab := newTestTable(t, e, "review\ngood\n", 0, nil)
	if err := tab.Score(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := tab.at(0); got.Stars != 0 || got.Mixed {
		t.Errorf("row: %+v", got)
	}
	if r, err := tab.Report(t.Context()); err != nil || r.Predicted != nil {
		t.Errorf("report: %+v, %v", r.Predicted, err)
	}
}

// A model without stars is an error, never a number.
func TestNoStars(t *testing.T) {
	e := newFake(t)
	_, ofTexts := TextsWith(t.Context(), e, []string{"good"}, 0, Extras{Stars: true})
	ofTable := newTestTable(t, e, "review\ngood\n", 0, nil).PredictStars(true)
	for _, err := range []error{ofTexts, ofTable} {
		if bad, ok := errors.AsType[*wire.Error](err); !ok || bad.Code != wire.BadParameter ||
			!strings.Contains(bad.Detail, "predicts no stars") {
			t.Errorf("error %v", err)
		}
	}
}

// A resumed run has the same stars, even if the journal is truncated.
func TestJournalStars(t *testing.T) {
	name := filepath.Join(t.TempDir(), "journal")
	score := func() (scores []reviews.Score, calls int) {
		t.Helper()
		e := newStarred(t)
		scores = scoredThrough(t, name, e, starTexts)
		for i := range scores { // as they are written and shown
			scores[i].Stars, scores[i].Mixed, _ = scores[i].Pack().Unpack()
		}
		return scores, e.texts
	}
	want, _ := score()
	again, calls := score()
	if d := cmp.Diff(want, again); d != "" || calls != 1 { // only the empty one
		t.Errorf("asked %d texts: %s", calls, d)
	}
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{3, journalHead, journalHead + starsScore - 1,
		journalHead + starsScore, len(whole) - 1} {
		if err := os.WriteFile(name, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		again, calls := score()
		known := max(0, size-journalHead) / starsScore
		if known == 1 { // the first text, which is there twice
			known = 2
		}
		if d := cmp.Diff(want, again); d != "" || known < 3 && calls != len(starTexts)-known {
			t.Errorf("cut to %d bytes, asked %d texts: %s", size, calls, d)
		}
	}
}

// Ratings in the words of different scales are converted to stars with one mean.
func TestScaleOfFiles(t *testing.T) {
	words := reviews.Scale{Words: "good|bad"}
	for _, tt := range []struct{ a, b, want reviews.Scale }{
		{words, reviews.Scale{}, words},
		{reviews.Scale{}, words, reviews.Scale{}},
		{reviews.Scale{Top: 10}, reviews.Scale{Top: 10}, reviews.Scale{Top: 10}},
		{reviews.Scale{Top: 10, Words: words.Words}, reviews.Scale{Top: 10},
			reviews.Scale{Top: 10, Words: words.Words}},
		{reviews.Scale{}, reviews.Scale{Numbered: true}, reviews.Scale{}},
		{reviews.Scale{Top: 10}, reviews.Scale{}, reviews.Scale{}},
	} {
		both := &Table{files: []*File{{Reading: table.Reading{Scale: tt.a}},
			{Reading: table.Reading{Scale: tt.b}}}}
		if got := both.scale(); got != tt.want {
			t.Errorf("%+v and %+v: %+v, want %+v", tt.a, tt.b, got, tt.want)
		}
	}
}
