package scoring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"strconv"
	"strings"
	"sync"
	"testing"

	"reviewlens/api/model"
	"reviewlens/api/wire"
	"reviewlens/reviews"
)

// fake scores a text by its length, and counts what it is asked.
type fake struct {
	model *model.Model
	texts int
	err   error
}

func (e *fake) Model() *model.Model { return e.model }

func (e *fake) Windows(dst [][]int32, text []byte) ([][]int32, bool, error) {
	return e.model.Cut(dst, text)
}

func (e *fake) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	if e.err != nil {
		return nil, e.err
	}
	e.texts += len(texts)
	scores := make([]reviews.Score, len(texts))
	for i, windows := range texts {
		if len(windows) > 0 {
			scores[i] = reviews.Score{Positive: float64(len(windows[0])) / 1000, Sentiment: reviews.Positive}
		}
	}
	return scores, ctx.Err()
}

var defaultModel = sync.OnceValues(model.Default)

func newFake(t *testing.T) *fake {
	t.Helper()
	m, err := defaultModel()
	if err != nil {
		t.Fatal(err)
	}
	return &fake{model: m}
}

func newTestTable(t *testing.T, e Engine, file string, maxRows int, done func(int)) *Table {
	t.Helper()
	f, err := Open(t.Context(), strings.NewReader(file), "", "")
	if err != nil {
		t.Fatal(err)
	}
	return NewTable(e, f, maxRows, done)
}

// Equal texts are scored once, rows without a text keep their place, and done adds up to the rows.
func TestTable(t *testing.T) {
	e, finished := newFake(t), 0
	tab := newTestTable(t, e, "id,review\n1,good\n2,\n3,good\n4,very good\n5,it&#39;s\n6,it's\n", 0, func(n int) { finished += n })
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
	if s := tab.Summary(); s.Rows != 6 || s.Scored != 5 || s.Empty != 1 || finished != 6 || e.texts != 3 {
		t.Errorf("summary %+v, %d rows finished, %d texts scored; want 6 rows, 5 scored, 3 texts", s, finished, e.texts)
	}
	if u := tab.Unscored(); u.Rows != 1 || u.First[0] != (Note{Index: 1, Line: 3, What: "no text"}) {
		t.Errorf("unscored rows are %+v", u)
	}
}

// Rows that are no proper records are scored, counted, and the first of them noted.
func TestTableNotesWhatItMends(t *testing.T) {
	e := newFake(t)
	file := "id,review\n1,good\n2,good,more\n3,\"good \"thing\" here\"\n"
	for range 2 * maxNotes {
		file += "4,\"a \"good\" lid\"\n5,good\n"
	}
	tab := newTestTable(t, e, file, 0, nil)
	if err := tab.Score(t.Context()); err != nil {
		t.Fatal(err)
	}
	m := tab.Mended()
	if m.Rows != 2+2*maxNotes || len(m.First) != maxNotes || m.First[0].Index != 1 || m.First[0].Line != 3 || m.First[0].What == "" {
		t.Errorf("mended: %d rows, %d noted, the first %+v", m.Rows, len(m.First), m.First[:1])
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
		{"the engine fails", t.Context(), broken, 0, func(err error) bool { return errors.Is(err, broken) }},
		{"cancelled", cancelled, nil, 0, func(err error) bool { return errors.Is(err, context.Canceled) }},
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

// serial is for chunks that are scored side by side: fake counts without a lock.
type serial struct{ *fake }

func (e serial) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	return (&fake{model: e.model, err: e.err}).Score(ctx, texts)
}

func TestOnly(t *testing.T) {
	e := newFake(t)
	models := Only(e)
	id := e.model.Manifest.ID
	for _, ask := range []string{"", id} {
		if got, release, err := models.Acquire(ask); err != nil || got != Engine(e) {
			t.Errorf("Acquire(%q) = %v, %v", ask, got, err)
		} else {
			release()
		}
	}
	_, _, err := models.Acquire("0123456789ab")
	if refusal, ok := errors.AsType[*wire.Error](err); !ok || refusal.Code != wire.UnknownModel || refusal.Model != id {
		t.Errorf("Acquire of another model: %v", err)
	}
}

func TestDoubts(t *testing.T) {
	for file, want := range map[string]string{
		"id,review\n1,good one\n2,bad one\n": "",
		"a,b\nIt works as it should in my kitchen here,I would like to buy it again quite soon\nIt broke on the second day of my use,Please send me another one of these now\n": `that "a" holds the reviews is a guess`,
	} {
		f, err := Open(t.Context(), strings.NewReader(file), "", "")
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
	f, err := Open(t.Context(), strings.NewReader("a,b\nIt works as it should in my kitchen here,I would like to buy it again quite soon\n"), "b", "-")
	if err != nil {
		t.Fatal(err)
	}
	if doubts := f.Doubts(); len(doubts) > 0 {
		t.Errorf("a column that was named is doubted: %q", doubts)
	}
}

// A row has room for the number of its language, beside its other flags; equal texts share it.
func TestLanguagesOfRows(t *testing.T) {
	const german = "Das Gerät ist leider schon nach zwei Tagen kaputt und niemand antwortet\n"
	file := "review\nIt works as it should every day\n" + strings.Repeat(german, 3) + "Отличный чайник\n"
	f, err := Open(t.Context(), strings.NewReader(file), "1", "-")
	if err != nil {
		t.Fatal(err)
	}
	tab := NewTable(hashing{newFake(t), maphash.MakeSeed()}, f, 0, nil)
	if err := tab.Score(t.Context()); err != nil {
		t.Fatal(err)
	}
	found := tab.Findings()
	if n, most := found.NotEnglish(); n != 4 || most != "German" || found.Texts != 5 {
		t.Errorf("%d of %d texts not English, most %s; want 4 of 5, German", n, found.Texts, most)
	}
	many := &Table{}
	for i := range 2 * mostLanguages {
		many.languageNumber(strconv.Itoa(i))
	}
	n := many.languageNumber("one more")
	got := many.language(row{flags: n<<languageShift | cut | final | lost})
	if n != mostLanguages || got != "another language" {
		t.Errorf("language %d is %q", n, got)
	}
}
