package scoring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"reviewlens/api/model"
	"reviewlens/api/model/modeltest"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	"reviewlens/reviews/excerpt"
	"reviewlens/reviews/table"
	"reviewlens/reviews/topics"

	"github.com/google/go-cmp/cmp"
)

// fake scores a text by its length, and counts the texts it is given.
type fake struct {
	model *model.Model
	texts int
	err   error
}

func (e *fake) Model() *model.Model { return e.model }

func (e *fake) Windows(dst [][]int32, text []byte) ([][]int32, bool, error) {
	return e.model.Cut(dst, text)
}

func (*fake) Aspects(_ context.Context, texts [][][]int32) ([][]aspects.Span, error) {
	return make([][]aspects.Span, len(texts)), nil
}

func (e *fake) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	if e.err != nil {
		return nil, e.err
	}
	e.texts += len(texts)
	scores := make([]reviews.Score, len(texts))
	for i, windows := range texts {
		if len(windows) > 0 {
			scores[i] = reviews.Score{Positive: float64(len(windows[0])) / 1000,
				Sentiment: reviews.Positive}
		}
	}
	return scores, ctx.Err()
}

// Added members get names that no line has, even one after the sample that was analysed.
func TestNamesOfAllLines(t *testing.T) {
	file := strings.Repeat(`{"review":"good"}`+"\n", table.SniffBytes/10) +
		`{"review":"good","sentiment":{"label":"bad","score":1}}`
	tab := newTestTable(t, newFake(t), file, 0, nil)
	if err := tab.Score(t.Context()); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := tab.Annotate(t.Context(), &out, false); err != nil {
		t.Fatal(err)
	}
	const added = `,"sentiment_2":"positive","positive_2":0.0030,"windows_2":1}`
	if first, _, _ := strings.Cut(out.String(), "\n"); first != `{"review":"good"`+added ||
		!strings.HasSuffix(out.String(), `,"sentiment":{"label":"bad","score":1}`+added) {
		t.Errorf("%s, %d bytes", first, out.Len())
	}
}

func newFake(t *testing.T) *fake {
	t.Helper()
	return &fake{model: modeltest.Plain(t)}
}

func newTestTable(t *testing.T, e Engine, file string, maxRows int, done func(int)) *Table {
	t.Helper()
	f, err := Open(t.Context(), strings.NewReader(file), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return NewTable(e, f, maxRows, done)
}

// Equal texts are scored once, rows without a text keep their place, and done adds up to the rows.
func TestTable(t *testing.T) {
	e, finished := newFake(t), 0
	tab := newTestTable(t, e, "id,review\n1,good\n2,\n3,good\n4,very good\n5,it&#39;s\n6,it's\n", 0,
		func(n int) { finished += n })
	if err := tab.Score(t.Context()); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := tab.Annotate(t.Context(), &out, false); err != nil {
		t.Fatal(err)
	}
	want := "id,review,sentiment,positive,windows\n1,good,positive,0.0030,1\n2,,,,\n3,good,positive,0.0030,1\n4,very good,positive,0.0040,1\n" +
		"5,it&#39;s,positive,0.0050,1\n6,it's,positive,0.0050,1\n"
	if out.String() != want {
		t.Errorf("annotated:\n%s\nwant:\n%s", &out, want)
	}
	if s := tab.Summary(); s.Rows != 6 || s.Scored != 5 || s.Empty != 1 || finished != 6 ||
		e.texts != 3 {
		t.Errorf("summary %+v, %d rows finished, %d texts scored; want 6 rows, 5 scored, 3 texts",
			s, finished, e.texts)
	}
	if u := tab.Unscored(); u.Rows != 1 ||
		u.First[0] != (Note{Index: 1, Line: 3, What: "no text"}) {
		t.Errorf("unscored rows are %+v", u)
	}
}

// Malformed records are scored and counted, and the first of them are noted.
func TestTableNotesRepairs(t *testing.T) {
	e := newFake(t)
	file := "id,review\n1,good\n2,good,more\n3,\"good \"thing\" here\"\n"
	for range 2 * maxNotes {
		file += "4,\"a \"good\" lid\"\n5,good\n"
	}
	tab := newTestTable(t, e, file, 0, nil)
	if err := tab.Score(t.Context()); err != nil {
		t.Fatal(err)
	}
	m := tab.Repaired()
	if m.Rows != 2+2*maxNotes || len(m.First) != maxNotes || m.First[0].Index != 1 ||
		m.First[0].Line != 3 || m.First[0].What == "" {
		t.Errorf("repaired: %d rows, %d noted, the first %+v", m.Rows, len(m.First), m.First[:1])
	}
}

func TestTableStops(t *testing.T) {
	long := "review\n"
	for i := range 1000 {
		long += fmt.Sprintf("good number %d\n", i)
	}
	broken := errors.New("broken")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		name    string
		ctx     context.Context
		err     error
		maxRows int
		want    func(error) bool
	}{
		{"the engine fails", t.Context(), broken, 0,
			func(err error) bool { return errors.Is(err, broken) }},
		{"cancelled", cancelled, nil, 0,
			func(err error) bool { return errors.Is(err, context.Canceled) }},
		{"too many rows", t.Context(), nil, 999, func(err error) bool {
			e, ok := errors.AsType[*wire.Error](err)
			return ok && e.Code == wire.TooManyTexts
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := newFake(t)
			e.err = tt.err
			tab := newTestTable(t, serial{e}, long, tt.maxRows, nil)
			if err := tab.Score(tt.ctx); !tt.want(err) {
				t.Errorf("Score = %v", err)
			}
			if err := tab.Annotate(t.Context(), new(bytes.Buffer), false); !tt.want(err) {
				t.Errorf("Annotate = %v", err)
			}
		})
	}
}

// A panic while the file is read is an error: some callers run Score in a goroutine.
func TestTableOfPanic(t *testing.T) {
	tab := newTestTable(t, panics{newFake(t)}, "review\ngood\n", 0, nil)
	if err := tab.Score(t.Context()); err == nil || !strings.Contains(err.Error(), "index") {
		t.Errorf("Score = %v", err)
	}
}

type panics struct{ *fake }

func (panics) Windows([][]int32, []byte) ([][]int32, bool, error) { panic("index out of range") }

// serial serializes calls of fake, which counts without a lock, for chunks scored concurrently.
type serial struct{ *fake }

func (e serial) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	return (&fake{model: e.model, err: e.err}).Score(ctx, texts)
}

func TestOnly(t *testing.T) {
	e := newFake(t)
	models := SingleModel(e)
	id := e.model.Manifest.ID
	for _, ask := range []string{"", id} {
		if got, release, err := models.Acquire(t.Context(), ask); err != nil || got != Engine(e) {
			t.Errorf("Acquire(%q) = %v, %v", ask, got, err)
		} else {
			release()
		}
	}
	_, _, err := models.Acquire(t.Context(), "0123456789ab")
	if refusal, ok := errors.AsType[*wire.Error](err); !ok || refusal.Code != wire.UnknownModel ||
		refusal.Model != id {
		t.Errorf("Acquire of another model: %v", err)
	}
}

func TestDoubts(t *testing.T) {
	for file, want := range map[string]string{
		"id,review\n1,good one\n2,bad one\n": "",
		"a,b\nIt works as it should in my kitchen here,I would like to buy it again quite soon\nIt broke on the second day of my use,Please send me another one of these now\n": `that "a" holds the reviews is a guess`,
	} {
		f, err := Open(t.Context(), strings.NewReader(file), table.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, doubt := range f.Doubts() {
			got += doubt.Detail
		}
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("Doubts of %q are %q, want %q", file, got, want)
		}
	}
	f, err := Open(t.Context(),
		strings.NewReader("a,b\nIt works as it should in my kitchen here,I would like to buy it again quite soon\n"),
		table.Options{Text: "b", Title: "-"})
	if err != nil {
		t.Fatal(err)
	}
	if doubts := f.Doubts(); len(doubts) > 0 {
		t.Errorf("a column that was named is doubted: %q", doubts)
	}
}

// Texts that the model cannot read keep their probability, are unsure and excluded from shares.
// Rows have the reason of their own text, even if another with equal tokens has a different one.
func TestUnreadRows(t *testing.T) {
	const german = "Das Gerät ist leider schon nach zwei Tagen kaputt und niemand antwortet"
	file := "review,rating\nIt works as it should every day,5\n" +
		strings.Repeat(german+",1\n", 3) +
		"Отличный чайник,5\n👍,5\nⴀⴁ,5\n,1\n"
	e := newFake(t)
	tab := newTestTable(t, e, file, 0, nil)
	if err := tab.Score(t.Context()); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := tab.Annotate(t.Context(), &out, false); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), ",unsure,0."); n != 6 {
		t.Errorf("%d rows are unsure, want 6:\n%s", n, out.String())
	}
	r, err := tab.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []wire.Language{
		{Language: "German", Rows: 3},
		{Language: "Russian or another language in Cyrillic", Rows: 1},
		{Language: "another script", Rows: 1},
	}
	if diff := cmp.Diff(want, r.Languages); diff != "" {
		t.Errorf("-want +got: %s", diff)
	}
	if r.NoWords != 1 || r.Unread != 6 || r.Unsure < 6 || r.Scored != 7 || r.Empty != 1 {
		t.Errorf("%+v", r)
	}
	if five := r.Stars[4]; five.Rows != 4 || five.Unread != 3 || five.Read() != 1 {
		t.Errorf("five stars: %+v", five)
	}
	whole := NewAssembly(e, tab.files[0])
	if _, err := whole.Add(tab.AppendRows(nil)); err != nil {
		t.Fatal(err)
	}
	again, err := whole.Table().Report(t.Context())
	if diff := cmp.Diff(r, again); err != nil || diff != "" {
		t.Errorf("assembled: %v\n-want +got: %s", err, diff)
	}
	results, err := Texts(t.Context(), e, []string{german, "It works"}, 0)
	first := results[0]
	if err != nil || first.Sentiment != "unsure" || first.Unread != "language: German" ||
		results[1].Unread != "" {
		t.Errorf("Texts = %+v, %v", results, err)
	}
	export := *e.model
	export.Manifest.Golden = nil
	e = &fake{model: &export}
	results, err = Texts(t.Context(), e, []string{german}, 0)
	if err != nil || results[0].Unread != "" {
		t.Errorf("of a model that may read German: %+v, %v", results, err)
	}
}

// unhappy is a tagging engine for which texts with the word bass are negative.
type unhappy struct{ *tagging }

func (e unhappy) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	scores, err := e.tagging.Score(ctx, texts)
	for i, windows := range texts {
		for _, id := range slices.Concat(windows...) {
			if p, ok := e.words[id]; ok && p == aspects.Negative {
				scores[i] = reviews.Score{Positive: 0.01, Sentiment: reviews.Negative}
			}
		}
	}
	return scores, err
}

// The quotes of a phrase contain it, however far from the beginning of its text.
func TestReportQuotesAroundPhrases(t *testing.T) {
	var file strings.Builder
	file.WriteString("review,date\n")
	long := strings.Repeat("so it went on and on, ", 80)
	for i := range 300 {
		what := "the treble is clear and pleasant"
		if i < 150 && i%5 == 0 || i >= 150 && i%5 > 0 {
			what = "the bass is weak and distorted"
		}
		fmt.Fprintf(&file, "\"%s %s, number %d %s\",2024-%02d-01\n", long, what, i, long, i/30+1)
	}
	tab := newTestTable(t, unhappy{newTagging(t)}, file.String(), 0, nil)
	if err := tab.FindTopics(true, topics.Scheme{}); err != nil {
		t.Fatal(err)
	}
	if err := tab.Score(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := tab.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	quoted := func(phrase string, rows []wire.Row) {
		t.Helper()
		if len(rows) == 0 {
			t.Errorf("%q is not quoted", phrase)
		}
		for _, row := range rows {
			if _, match, _ := excerpt.Short.Phrase(row.Text, phrase); match == "" ||
				len(row.Text) > 1200 {
				t.Errorf("row %d is quoted for %q with %d bytes: %q", row.Row, phrase,
					len(row.Text), row.Text)
			}
		}
	}
	for _, d := range r.Drivers {
		quoted(d.Phrase, d.Rows)
	}
	if len(r.Drivers) < 2 || len(r.Changes) == 0 || len(r.Changes[0].Phrases) == 0 {
		t.Fatalf("drivers %+v, changes %+v", r.Drivers, r.Changes)
	}
	for _, g := range r.Changes[0].Phrases {
		quoted(g.Phrase, g.Rows)
	}
}

// A report on several files equals that of one file with all their rows, whatever their formats. A
// row is identified by its file and its number there.
func TestReportOnSeveralFiles(t *testing.T) {
	e := unhappy{newTagging(t)}
	var rows [3][]string // name, day and number, in the formats of three shops
	var whole strings.Builder
	whole.WriteString("stars,date,review,product\n")
	for i := range 90 {
		what := "I like the price"
		if i%3 == 0 {
			what = "The bass is weak"
		}
		if i >= 60 {
			what = "The bass broke on the first day"
		}
		text := fmt.Sprintf("%s and it has the number %d", what, i-i/80*10) // ten repeat
		day := fmt.Sprintf("2024-%02d-01", i/10+1)
		stars, product := i%5+1, "kettle "+string(rune('A'+i/45))
		fmt.Fprintf(&whole, "%d,%s,%s,%s\n", stars, day, text, product)
		row := fmt.Sprintf("%d,%s,%s,%s", stars, day, text, product)
		switch i / 30 {
		case 1:
			row = fmt.Sprintf("%s;%s;%d;%s", product, text, 2*stars, day)
		case 2:
			row = fmt.Sprintf(`{"text": %q, "rating": %d, "product": %q, "day": %q}`, text, stars,
				product,
				day)
		}
		rows[i/30] = append(rows[i/30], row)
	}
	heads := [3]string{"stars,date,review,product\n", "product;review;rating (1-10);date\n", ""}
	report := func(files ...*File) *wire.Report {
		t.Helper()
		tab := NewTableOf(e, files, 0, nil)
		if err := tab.FindTopics(true, topics.Scheme{}); err != nil {
			t.Fatal(err)
		}
		if err := tab.Score(t.Context()); err != nil {
			t.Fatal(err)
		}
		r, err := tab.Report(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	open := func(name, content string) *File {
		t.Helper()
		f, err := Open(t.Context(), strings.NewReader(content), table.Options{})
		if err != nil {
			t.Fatal(err)
		}
		f.Name = name
		return f
	}
	want := report(open("", whole.String()))
	var files []*File
	for i, name := range []string{"north.csv", "south.csv", "west.jsonl"} {
		files = append(files, open(name, heads[i]+strings.Join(rows[i], "\n")+"\n"))
	}
	got := report(files...)
	if len(got.Changes) == 0 || len(got.Drivers) == 0 || len(got.Topics.List) < 2 ||
		got.Repeated != 10 {
		t.Fatalf("%d changes, %d drivers, topics %+v, %d repeated", len(got.Changes),
			len(got.Drivers), got.Topics, got.Repeated)
	}
	var named []string
	for _, f := range got.Files {
		named = append(named, fmt.Sprint(f.Name, " ", f.Rows, " ", f.Reading.Columns.Text))
	}
	if diff := cmp.Diff([]string{"north.csv 30 review", "south.csv 30 review",
		"west.jsonl 30 text"}, named); diff != "" {
		t.Errorf("files: -want +got %s", diff)
	}
	place := func(r *wire.Row) { // of the row in the file of all
		for i, f := range got.Files {
			if r.File == f.Name {
				r.File, r.Row = "", r.Row+30*i
			}
		}
	}
	for _, d := range got.Drivers {
		for i := range d.Rows {
			place(&d.Rows[i])
		}
	}
	for _, c := range got.Changes {
		for _, p := range c.Phrases {
			for i := range p.Rows {
				place(&p.Rows[i])
			}
		}
	}
	for _, topic := range got.Topics.List {
		for i := range topic.Quotes {
			place(&topic.Quotes[i].Row)
		}
	}
	got.Files, got.Reading, got.Columns = nil, want.Reading, want.Columns
	stars := cmp.FilterPath(func(p cmp.Path) bool { // in the formats of the files
		return p.Last().String() == ".Stars" && p.Index(-2).Type() == reflect.TypeFor[wire.Row]()
	}, cmp.Ignore())
	if diff := cmp.Diff(want, got, stars); diff != "" {
		t.Errorf("-of one file +of three: %s", diff)
	}
}
