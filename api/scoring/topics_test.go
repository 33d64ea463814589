package scoring

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"reviewlens/api/model"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	reviewtext "reviewlens/reviews/text"
	"reviewlens/reviews/topics"
	"reviewlens/tokenizer/batch"

	"github.com/google/go-cmp/cmp"
)

// tagging is a fake that finds some words.
type tagging struct {
	*fake
	words map[int32]aspects.Polarity // by the ID of their one piece
	calls int                        // texts
	err   error
}

func newTagging(t *testing.T) *tagging {
	m := *newFake(t).model
	m.Aspects = &model.Aspects{}
	e := &tagging{fake: &fake{model: &m}, words: map[int32]aspects.Polarity{}}
	for word, p := range map[string]aspects.Polarity{"bass": aspects.Negative,
		"price": aspects.Positive, "cable": aspects.Neutral, "cafe": aspects.Positive} {
		ids := m.Tokenizer.Append(nil, []byte(word))
		if len(ids) != 1 {
			t.Fatalf("%q has %d pieces", word, len(ids))
		}
		e.words[ids[0]] = p
	}
	return e
}

func (e *tagging) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	if !MoreToCome(ctx) {
		return nil, errors.New("whoever is asked for scores thinks that these are all")
	}
	return e.fake.Score(ctx, texts)
}

func (e *tagging) Aspects(ctx context.Context, texts [][][]int32) ([][]aspects.Span, error) {
	if MoreToCome(ctx) {
		return nil, errors.New("nothing more is to come")
	}
	e.calls += len(texts)
	found := make([][]aspects.Span, len(texts))
	for i, windows := range texts {
		for w, window := range windows {
			for at, id := range window {
				if p, ok := e.words[id]; ok {
					found[i] = append(found[i], aspects.Span{Window: w, First: at, Tokens: 1,
						Polarity: p, Probability: 0.7071})
				}
			}
		}
	}
	return found, e.err
}

var topicTexts = []string{
	"The bass is weak, but I like the price.",
	"My caf&eacute; <br> has a CABLE &amp; a bass-heavy 🔋 sound",
	"", "nothing", "The bass is weak, but I like the price.",
	"bass, price; bass: price",
	strings.Repeat("It is a long text about a price. ", 60) + "The bass is weak.",
	"Der bass ist wirklich nicht gut und das ist nicht das was ich mir gewünscht habe",
	"the price beats my old cable",
	"They are so comfortable, I wear them all day. Customs took long.",
}

// texts holds what each text mentions, as in its cell in a file.
var texts = []string{
	"bass:negative; price:positive", "café:positive; cable:neutral; bass-heavy:negative", "", "",
	"bass:negative; price:positive", "bass:negative; price:positive",
	"price:positive; bass:negative", "", "price:positive", "comfort:positive",
}

// A text has the same topics in texts, token IDs and files.
func TestTopics(t *testing.T) {
	e := newTagging(t)
	results, err := TextsWith(t.Context(), e, topicTexts, 0, Extras{Topics: true})
	if err != nil {
		t.Fatal(err)
	}
	request := batch.Request{Model: e.model.Manifest.ID, Spans: true}
	for _, text := range topicTexts {
		if windows, _, err := e.Windows(nil, reviewtext.Clean([]byte(text))); err != nil {
			t.Fatal(err)
		} else if len(windows) > 0 {
			request.Texts = append(request.Texts, windows)
		}
	}
	for i, r := range results {
		if r.Mentions == nil && r.Error == nil {
			t.Errorf("text %d has no mentions, want an empty list", i)
		}
		points := []rune(topicTexts[i])
		last := 0
		for _, m := range r.Mentions {
			if m.Start < last || m.End <= m.Start || m.End > len(points) || m.Probability < 0.7 {
				t.Fatalf("%q: %+v", topicTexts[i], m)
			}
			from := string(points[m.Start:m.End])
			if from != m.Text && !(m.Text == "café" && from == "caf&eacute;") {
				t.Errorf("%q: %q comes from %q", topicTexts[i], m.Text, from)
			}
			last = m.End
		}
		distinct, want := map[string]bool{}, strings.Count(texts[i], ":")
		for _, m := range r.Mentions {
			distinct[m.Aspect] = true
		}
		if strings.Contains(topicTexts[i], "my old") {
			want++ // of another product, which the file omits
		}
		if len(distinct) != want {
			t.Errorf("%q: %+v, want %q", topicTexts[i], r.Mentions, texts[i])
		}
	}

	body, err := batch.AppendRequest(nil, request)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := Frame(t.Context(), SingleModel(e), body, wire.Limits{Texts: 99, Tokens: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	scores, err := batch.DecodeScores(answer)
	if err != nil || len(scores.Spans) != len(request.Texts) || scores.Spans[0][0] !=
		(batch.Span{First: 2, Tokens: 1, Polarity: 1, Probability: 180}) ||
		len(scores.Spans[1]) != 3 {
		t.Errorf("the frame has %+v, %v", scores.Spans, err)
	}

	var file strings.Builder
	for _, text := range topicTexts {
		fmt.Fprintf(&file, "%q\n", text)
	}
	tab := newTestTable(t, e, "review\n"+file.String(), 0, nil)
	if err := tab.FindTopics(true, topics.Scheme{}); err != nil {
		t.Fatal(err)
	}
	if err := tab.Score(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.calls = 0
	var annotated, converted bytes.Buffer
	if err := tab.Annotate(t.Context(), &annotated, true); err != nil {
		t.Fatal(err)
	}
	if err := tab.Convert(t.Context(), &converted, false); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&annotated).ReadAll()
	if err != nil || len(rows) != len(texts)+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if d := cmp.Diff([]string{"review", "sentiment", "positive", "windows", "topics"},
		rows[0]); d != "" {
		t.Errorf("columns: -want +got %s", d)
	}
	lines := json.NewDecoder(&converted)
	for i, row := range rows[1:] {
		var object struct{ Topics string }
		if err := lines.Decode(&object); err != nil || row[4] != texts[i] ||
			object.Topics != texts[i] {
			t.Errorf("row %d has the topics %q, as an object %q, %v, want %q", i, row[4],
				object.Topics, err, texts[i])
		}
	}
	if e.calls > 0 {
		t.Errorf("%d texts were tagged again", e.calls)
	}
}

// A report has the topics of its rows, with quotes that contain the mention at the given place.
func TestReportTopics(t *testing.T) {
	e := newTagging(t)
	var file strings.Builder
	file.WriteString("title,review,date,product\n")
	for i := range 40 {
		what := "I like the price"
		if i%2 == 0 {
			what = "The bass is weak"
		}
		fmt.Fprintf(&file, "No. %d,%s and it has the number %d,2024-%02d-01,kettle %d\n", i, what,
			i, i%12+1, i%2)
	}
	tab := newTestTable(t, e, file.String(), 0, nil)
	scheme := topics.Scheme{Version: 1, Topics: []topics.Own{{Name: "Low notes",
		Terms: []string{"bass"}, Pinned: true},
		{Name: "Numbers", Phrases: []string{"has the number"}, Pinned: true}}}
	if err := tab.FindTopics(true, scheme); err != nil {
		t.Fatal(err)
	}
	if err := tab.Score(t.Context()); err != nil {
		t.Fatal(err)
	}
	report, err := tab.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := report.Topics
	if found == nil || found.Reviews != 40 || found.Spoken != 40 || len(found.List) != 3 {
		t.Fatalf("topics: %+v", found)
	}
	var names []string
	for _, topic := range found.List {
		names = append(names, topic.Name)
		reviews := 20
		if topic.Name == "Numbers" {
			reviews = 40
		}
		if topic.Reviews != reviews || len(topic.Quotes) != 3 || len(topic.Periods) == 0 {
			t.Errorf("%+v", topic)
		}
		for _, q := range topic.Quotes {
			points := []rune(q.Text)
			if got := string(points[q.Start:q.End]); !strings.Contains(topic.Forms[0], got) {
				t.Errorf("%q is quoted for %q, of %q", got, topic.Name, topic.Forms)
			}
			if q.Row.Row == 0 || q.Date == "" || q.Product == "" {
				t.Errorf("quote %+v", q)
			}
		}
	}
	if d := cmp.Diff([]string{"Numbers", "Low notes", "price"}, names); d != "" {
		t.Errorf("topics: -want +got %s", d)
	}
}

// Topics are returned only on request, and a model without topics is an error.
func TestNoTopics(t *testing.T) {
	e := newFake(t)
	results, err := Texts(t.Context(), e, topicTexts, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if r.Mentions != nil {
			t.Errorf("text %d: %+v", i, r.Mentions)
		}
	}
	body, err := batch.AppendRequest(nil, batch.Request{Model: e.model.Manifest.ID, Spans: true,
		Texts: [][][]int32{{{101, 102}}}})
	if err != nil {
		t.Fatal(err)
	}
	without := *e.model
	without.Aspects = nil
	e = &fake{model: &without}
	_, byTexts := TextsWith(t.Context(), e, []string{"good"}, 0, Extras{Topics: true})
	_, byFrame := Frame(t.Context(), SingleModel(e), body, wire.Limits{Texts: 9, Tokens: 99})
	byFile := newTestTable(t, e, "review\ngood\n", 0, nil).FindTopics(true, topics.Scheme{})
	for _, err := range []error{byTexts, byFrame, byFile} {
		refused, ok := errors.AsType[*wire.Error](err)
		if !ok || refused.Code != wire.BadParameter ||
			!strings.Contains(refused.Detail, "no aspect model") {
			t.Errorf("%v", err)
		}
	}
	if e.texts > 0 {
		t.Errorf("%d texts were scored", e.texts)
	}
}

// A failure of the aspect model fails the file.
func TestTopicsFail(t *testing.T) {
	e := newTagging(t)
	e.err = errors.New("no memory")
	tab := newTestTable(t, e, "review\ngood\n", 0, nil)
	if err := tab.FindTopics(true, topics.Scheme{}); err != nil {
		t.Fatal(err)
	}
	if err := tab.Score(t.Context()); !errors.Is(err, e.err) {
		t.Errorf("Score = %v, want %v", err, e.err)
	}
	if err := tab.Annotate(t.Context(), &bytes.Buffer{}, false); !errors.Is(err, e.err) {
		t.Errorf("Annotate = %v, want %v", err, e.err)
	}
}

// Of a text of megabytes, what the model reads has the same mentions as if all of it were encoded,
// and implied topics are searched for in its beginning alone.
func TestTopicsOfLongTexts(t *testing.T) {
	e := newTagging(t)
	m := e.Model()
	for name, word := range map[string]string{
		"words": "It broke. The bass is weak. ", "no spaces": "bass/price/", "emoji": "price🔋🔋",
		"one word": "bass", "long words": strings.Repeat("x", 300) + " bass ",
	} {
		text := []byte(strings.Repeat(word, 2<<20/len(word)))
		windows, _, err := e.Windows(nil, text)
		if err != nil {
			t.Fatal(err)
		}
		spans, err := e.Aspects(t.Context(), [][][]int32{windows})
		if err != nil {
			t.Fatal(err)
		}
		encoding := m.Tokenizer.Encode(text)
		want := aspects.Mentions(nil, text, encoding.Offsets,
			m.Windows.Lengths(len(encoding.IDs)), spans[0])
		last, found := 0, []aspects.Mention(nil)
		for _, mention := range Mentions(e, aspects.Default(), text, spans[0]) {
			last = mention.End
			if mention.Aspect == "" {
				mention.Context = 0
				found = append(found, mention)
			}
		}
		if d := cmp.Diff(want, found); d != "" {
			t.Errorf("%s: the named mentions differ (-want +got):\n%.1000s", name, d)
		}
		read := 64 << 10
		if room := m.Windows.Room(); len(encoding.IDs) >= room {
			read = max(read, encoding.Offsets[room-1][1])
		}
		if last > read {
			t.Errorf("%s: a mention ends at byte %d of %d", name, last, len(text))
		}
	}
}
