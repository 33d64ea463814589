package batch

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"reviewlens/api/wire"
)

// spanScores is scores with spans: two for the first text, one for the last.
var spanScores = Scores{Model: scores.Model, Status: scores.Status, Positive: scores.Positive,
	Stars: []uint16{430, 0, 0x8000 | 250}, Spans: [][]Span{
		{{First: 1, Tokens: 2, Polarity: 1, Probability: 200},
			{First: 300, Window: 3, Tokens: 255}},
		{},
		{{First: 65535, Window: 255, Tokens: 1, Polarity: 2, Probability: 255}},
	}}

func TestSpanFrames(t *testing.T) {
	r := Request{Model: "m", Texts: [][][]int32{{{101, 7, 102}}}, Spans: true}
	for _, stars := range []bool{false, true} {
		r.Stars = stars
		body, err := AppendRequest(nil, r)
		if err != nil || body[3] != version {
			t.Fatalf("% x, %v", body, err)
		}
		if got, err := DecodeRequest(body, limits); err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("DecodeRequest = %+v, %v, want %+v", got, err, r)
		}
	}
	body, err := AppendScores([]byte("before"), spanScores)
	if err != nil {
		t.Fatal(err)
	}
	body = body[len("before"):]
	if got, err := DecodeScores(body); err != nil || !reflect.DeepEqual(got, spanScores) {
		t.Errorf("DecodeScores = %+v, %v, want %+v", got, err, spanScores)
	}
	for size := range body {
		if _, err := DecodeScores(body[:size]); err == nil {
			t.Errorf("a frame cut to %d bytes is taken", size)
		}
	}
	if _, err := DecodeScores(append(body, 0)); err == nil ||
		!strings.Contains(err.Error(), "1 bytes too many") {
		t.Errorf("a byte behind: %v", err)
	}
	without := spanScores
	without.Stars = nil
	if body, err = AppendScores(nil, without); err != nil {
		t.Fatal(err)
	}
	without.Stars = []uint16{0, 0, 0}
	if got, err := DecodeScores(body); err != nil || !reflect.DeepEqual(got, without) {
		t.Errorf("without stars: %+v, %v", got, err)
	}
}

func TestBadSpans(t *testing.T) {
	for _, bad := range []Span{{}, {First: 0, Tokens: 1}, {First: 1}, {First: 1, Tokens: 1,
		Polarity: 3}} {
		s := spanScores
		s.Spans = [][]Span{{bad}, nil, nil}
		if got, err := AppendScores([]byte("before"), s); err == nil || string(got) != "before" {
			t.Errorf("AppendScores takes the span %+v", bad)
		}
		s.Spans[0][0] = Span{First: 1, Tokens: 1}
		body, err := AppendScores(nil, s)
		if err != nil {
			t.Fatal(err)
		}
		at := 4 + 1 + len(s.Model) + 4 + spansScoreBytes
		body[at+1], body[at+3], body[at+4] = byte(bad.First), bad.Tokens, bad.Polarity
		_, err = DecodeScores(body)
		if e, ok := errors.AsType[*wire.Error](err); !ok || e.Code != wire.BadFrame ||
			!strings.Contains(e.Detail, "byte 29: text 1 has the span") {
			t.Errorf("DecodeScores of the span %+v: %v", bad, err)
		}
	}
	for _, spans := range [][][]Span{{nil}, {make([]Span, 256), nil, nil}} {
		s := spanScores
		s.Spans = spans
		if _, err := AppendScores(nil, s); err == nil {
			t.Errorf("AppendScores takes spans of %d texts, %d of the first", len(spans),
				len(spans[0]))
		}
	}
}
