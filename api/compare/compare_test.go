package compare

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"reviewlens/api/model"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	"reviewlens/reviews/table"
)

// fake looks up the probability of a text in a table, by its number of tokens.
type fake struct {
	model *model.Model
	by    func(tokens int) float64
}

func (e *fake) Model() *model.Model { return e.model }

func (e *fake) Windows(dst [][]int32, text []byte) ([][]int32, bool, error) {
	return e.model.Cut(dst, text)
}

func (*fake) Aspects(_ context.Context, texts [][][]int32) ([][]aspects.Span, error) {
	return make([][]aspects.Span, len(texts)), nil
}

func (e *fake) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	rule := reviews.Rule{Unsure: [2]float64{0.4, 0.6}}
	scores := make([]reviews.Score, len(texts))
	for i, windows := range texts {
		if len(windows) > 0 {
			p := e.by(len(windows[0]))
			scores[i] = reviews.Score{Positive: p, Sentiment: rule.Name(p)}
		}
	}
	return scores, ctx.Err()
}

// side returns a model with the given ID.
func side(t *testing.T, id string, by func(tokens int) float64) Side {
	t.Helper()
	m, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	other := *m
	other.Manifest.ID = id
	return Side{Name: id, Engine: &fake{&other, by}}
}

func open(t *testing.T, text string) *scoring.File {
	t.Helper()
	f, err := scoring.Open(t.Context(), strings.NewReader(text), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// file returns reviews of 3 to 12 words with stars, each twice: A is right about all except those
// of three words, B about all.
func file() string {
	var b strings.Builder
	b.WriteString("stars,review\n")
	for range 2 {
		for i := range 200 {
			words := 3 + i%10
			stars := 5 - 4*(words%2)
			fmt.Fprintf(&b, "%d,number %d%s\n", stars, i, strings.Repeat(" word", words))
		}
	}
	b.WriteString("1,Das ist leider ein schlechter Deckel.\n")
	b.WriteString("3,it is as it is" + strings.Repeat(" word", 20) + "\n4,\n")
	return b.String()
}

func TestFiles(t *testing.T) {
	even := func(tokens int) float64 { // words: tokens less [CLS], [SEP] and "number N"
		switch {
		case tokens > 16:
			return 0.5
		case tokens%2 == 0:
			return 0.9
		}
		return 0.1
	}
	worse := func(tokens int) float64 {
		if tokens == 7 {
			return 0.95
		}
		return even(tokens)
	}
	f := open(t, file())
	rows := 0
	r, err := Files(t.Context(), "r.csv", f, side(t, "aaaaaaaaaaaa", worse),
		side(t, "bbbbbbbbbbbb", even), nil, func(n int) { rows += n })
	if err != nil {
		t.Fatal(err)
	}
	if r.Rows != 403 || r.Texts != 201 || r.Failed != 0 || r.Unread != 1 || rows != 2*403 {
		t.Errorf("rows, texts, failed, told = %d, %d, %d, %d", r.Rows, r.Texts, r.Failed, rows)
	}
	if got, want := r.A.Speed*r.A.Seconds, 202.0; math.Abs(got-want) > 1e-6 {
		t.Errorf("A scored %g reviews, want %g", got, want)
	}
	if f := r.Figures; f.Judged != 200 || f.A.Accuracy.Share != 0.9 || f.B.Accuracy.Share != 1 ||
		f.Difference.Low <= 0 {
		t.Errorf("figures = %+v", f)
	}
	if len(r.Changed) != 20 || float32(r.Changed[0].PositiveB) != 0.1 ||
		r.Changed[0].Stars != "1" || r.Changed[0].SentimentB != "negative" {
		t.Errorf("%d changed, first %+v", len(r.Changed), r.Changed[:min(1, len(r.Changed))])
	}
	if want := "B agrees with the stars more often: by "; !strings.HasPrefix(r.Verdict, want) {
		t.Errorf("verdict = %q, want %q", r.Verdict, want)
	}

	var text, page bytes.Buffer
	if err := r.WriteText(&text); err != nil {
		t.Error(err)
	}
	for _, want := range []string{", 1 more that neither can read\n",
		"90.0%", "100.0%", "20 of 201 reviews change their name",
		"0 to positive, 20 to negative"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text lacks %q:\n%s", want, &text)
		}
	}
	if err := r.WriteHTML(&page); err != nil {
		t.Error(err)
	}
	if got := strings.Count(page.String(), "<td class=\"text\">"); got != 20 {
		t.Errorf("the page quotes %d reviews, want 20", got)
	}
	data, err := json.Marshal(r)
	var again Report
	if err == nil {
		err = json.Unmarshal(data, &again)
	}
	if err != nil || again.Figures != r.Figures || again.Counts != r.Counts {
		t.Errorf("read again: %v, %+v", err, again.Figures)
	}
}

func TestWithoutStars(t *testing.T) {
	half := func(int) float64 { return 0.5 }
	f := open(t, "review,colour\nwhat a lovely kettle it is,red\n<b>bold</b> claims were made "+
		"here,blue\n")
	r, err := Files(t.Context(), "r.csv", f, side(t, "aaaaaaaaaaaa", half),
		side(t, "bbbbbbbbbbbb", func(n int) float64 { return 0.7 }), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Figures.Judged != 0 || !strings.HasPrefix(r.Verdict, "No review has stars") {
		t.Errorf("judged %d, verdict %q", r.Figures.Judged, r.Verdict)
	}
	var page bytes.Buffer
	if err := r.WriteHTML(&page); err != nil || strings.Contains(page.String(), "<b>") {
		t.Errorf("error %v; what reviews hold must be escaped", err)
	}
}

func TestSameModel(t *testing.T) {
	half := func(int) float64 { return 0.5 }
	f := open(t, "review,colour\nwhat a lovely kettle it is,red\n")
	if _, err := Files(t.Context(), "r.csv", f, side(t, "aaaaaaaaaaaa", half),
		side(t, "aaaaaaaaaaaa", half), nil, nil); err == nil {
		t.Error("a model was compared with itself")
	}
	failing := side(t, "bbbbbbbbbbbb", half)
	failing.Engine = refusing{failing.Engine}
	if _, err := Files(t.Context(), "r.csv", f, side(t, "aaaaaaaaaaaa", half), failing,
		nil, nil); err == nil || !strings.Contains(err.Error(), "bbbbbbbbbbbb") {
		t.Errorf("error = %v, want one that names the model", err)
	}
}

type refusing struct{ scoring.Engine }

func (refusing) Score(context.Context, [][][]int32) ([]reviews.Score, error) {
	return nil, &wire.Error{Code: wire.NotReady, Detail: "no"}
}

// Corrections are counted separately from the stars, and those of other reviews are reported.
func TestCorrections(t *testing.T) {
	corrections, err := ReadCorrections(strings.NewReader(`{"title": "", "text": "what a lovely ` +
		`kettle it is", "sentiment": "unsure", "scored": "positive", "row": 1}
{"text": "it is bold to say so", "sentiment": "negative"}
{"text": "it is bold to say so", "sentiment": "positive"}
{"text": "of another file", "sentiment": "positive"}
`))
	if err != nil || len(corrections) != 3 {
		t.Fatalf("%d corrections, %v", len(corrections), err)
	}
	f := open(t, "review,colour\nwhat a lovely kettle it is,red\nit is bold to say so,blue\n"+
		"it is bold to say so,red\nnobody corrected this,red\n")
	a := side(t, "aaaaaaaaaaaa", func(int) float64 { return 0.1 })
	b := side(t, "bbbbbbbbbbbb", func(int) float64 { return 0.9 })
	r, err := Files(t.Context(), "r.csv", f, a, b, corrections, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := r.Figures.Corrected; c.Texts != 2 || c.A != 0 || c.B != 1 || r.Unmet != 1 ||
		r.Figures.Judged != 0 {
		t.Errorf("corrected = %+v, unmet %d, judged %d", c, r.Unmet, r.Figures.Judged)
	}
	var text, page bytes.Buffer
	if err := r.WriteText(&text); err != nil {
		t.Error(err)
	}
	if err := r.WriteHTML(&page); err != nil {
		t.Error(err)
	}
	for _, want := range []string{
		"Of 2 reviews that people corrected, A agrees with 0 and B with 1.",
		"1 correction is of other reviews."} {
		if !strings.Contains(text.String(), want) || !strings.Contains(page.String(), want) {
			t.Errorf("text or page lacks %q:\n%s", want, &text)
		}
	}
	f = open(t, "review,colour\nwhat a lovely kettle it is,red\n"+
		"Das ist leider ein schlechter Deckel,blue\n")
	unread, _ := ReadCorrections(strings.NewReader(
		`{"text": "Das ist leider ein schlechter Deckel", "sentiment": "negative"}
{"text": "of another file", "sentiment": "positive"}`))
	if r, err = Files(t.Context(), "r.csv", f, a, b, unread, nil); err != nil || r.Unread != 1 ||
		r.Figures.Corrected.Texts != 0 || r.Corrected() != "1 correction is of other reviews." {
		t.Errorf("a correction of what neither can read: %+v, %v", r, err)
	}
	elsewhere, _ := ReadCorrections(strings.NewReader(
		`{"text": "of another file", "sentiment": "positive"}`))
	if _, err := Files(t.Context(), "r.csv", f, a, b, elsewhere, nil); err == nil ||
		!strings.HasPrefix(err.Error(), "no correction is of a review of r.csv") {
		t.Errorf("error = %v", err)
	}
	for _, bad := range []string{"", "{", "[]", `{"text": "x", "sentiment": "good"}`,
		`{"sentiment": "positive"}`, "review,sentiment\nfine,positive\n"} {
		if _, err := ReadCorrections(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}
