package main

import (
	"encoding/csv"
	"math"
	"strings"
	"testing"

	"reviewlens/api/infer/infertest"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews/aspects"
	"reviewlens/reviews/table"
	"reviewlens/reviews/text"
	"reviewlens/tokenizer/batch"
)

// A quote shows the mention, and nothing in a review controls the terminal.
func TestQuote(t *testing.T) {
	long := strings.Repeat("before ", 20) + "the space bar" + strings.Repeat(" after", 20)
	at := strings.Index(long, "space")
	for _, c := range []struct {
		text       string
		start, end int
		want       string
	}{
		{"The bass is weak", 4, 8, "The [bass] is weak"},
		{"bass", 0, 4, "[bass]"},
		{"das Gehäuse ist gut", 4, 11, "das [Gehäuse] ist gut"},
		{"the\r\n\n  \x1b[31mbass\u202e is", 13, 17, "the [31m[bass] is"},
		{long, at, at + 9, "… " + strings.Repeat("before ", 5) + "the [space bar]" +
			strings.Repeat(" after", 8) + " …"},
	} {
		q := wire.Quote{Start: c.start, End: c.end}
		q.Text = c.text
		if got := quote(q); got != c.want {
			t.Errorf("quote of %q is %q, want %q", c.text, got, c.want)
		}
	}
}

func TestParseTopics(t *testing.T) {
	for value, want := range map[string]topicsMode{"": whereFound, "true": wanted, "1": wanted,
		"false": unwanted, "0": unwanted} {
		if got, err := parseTopics(value); err != nil || got.find != want {
			t.Errorf("parseTopics(%q) = %+v, %v", value, got, err)
		}
	}
	if _, err := parseTopics("no such file.json"); err == nil {
		t.Error("a scheme that is not there is taken")
	}
}

// All entry points find the same topics in a text: texts, token IDs and files, with a real engine.
func TestTopicsByEveryDoor(t *testing.T) {
	e := infertest.Open(t, "../../infer/testdata/aspects")
	m := e.Model()
	texts := []string{"a good lid", "the good lid of it", "The lid broke, twice!",
		"it should not work as a good lid",
		"the good lid &amp; a zipper, it is <b>so</b> comfortable",
		strings.Repeat("good lid ", 11) + strings.Repeat("bad zipper ", 11)}
	request := batch.Request{Model: m.Manifest.ID, Spans: true}
	file := "review\n"
	for _, s := range texts {
		windows, _, err := e.Windows(nil, text.Clean([]byte(s)))
		if err != nil {
			t.Fatal(err)
		}
		request.Texts = append(request.Texts, windows)
		file += `"` + s + "\"\n"
	}

	results, err := scoring.TextsWith(t.Context(), e, texts, 0, scoring.Extras{Topics: true})
	if err != nil {
		t.Fatal(err)
	}
	frame, err := batch.AppendRequest(nil, request)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := scoring.Frame(t.Context(), scoring.SingleModel(e), frame,
		wire.Limits{Texts: len(texts), Tokens: 1 << 16})
	if err != nil {
		t.Fatal(err)
	}
	scores, err := batch.DecodeScores(answer)
	if err != nil {
		t.Fatal(err)
	}
	f, err := scoring.Open(t.Context(), strings.NewReader(file), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	table := scoring.NewTable(e, f, 0, nil)
	if err := table.Enable(scoring.Extras{Topics: true}); err != nil {
		t.Fatal(err)
	}
	if err := table.Score(t.Context()); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := table.Annotate(t.Context(), &out, false); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}

	found := 0
	for i, s := range texts {
		// as a page does: it has the text, and the spans of the server
		clean := text.Clean([]byte(s))
		var spans []aspects.Span
		for _, span := range scores.Spans[i] {
			spans = append(spans, aspects.Packed(span).Unpack())
		}
		encoding := m.Tokenizer.Encode(clean)
		lengths := m.Windows.Lengths(len(encoding.IDs))
		mentions := aspects.Default().Add(clean,
			aspects.Mentions(nil, clean, encoding.Offsets, lengths, spans))
		if len(mentions) != len(results[i].Mentions) {
			t.Fatalf("%q: %+v by token IDs, %+v as text", s, mentions, results[i].Mentions)
		}
		cell := rows[i+1][len(rows[i+1])-1]
		for k, mention := range mentions {
			got := results[i].Mentions[k]
			if got.Text != mention.Term || got.Polarity != mention.Polarity.String() ||
				math.Abs(got.Probability-float64(mention.Probability)) > 0.0005 {
				t.Errorf("%q: %+v by token IDs, %+v as text", s, mention, got)
			}
			if !strings.Contains("; "+cell, "; "+got.Aspect+":") {
				t.Errorf("%q: the file has %q, the text %+v", s, cell, got)
			}
		}
		found += len(mentions)
	}
	if found < 8 {
		t.Errorf("only %d mentions are found", found)
	}
}
