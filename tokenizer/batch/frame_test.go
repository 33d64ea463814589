package batch

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"

	"reviewlens/api/wire"
	"reviewlens/build/goldentest"
)

var limits = Limits{Texts: 1000, Windows: 32, Length: 512, Tokens: 1 << 20, Vocab: 30522}

var (
	request = Request{Model: "0123456789ab", Texts: [][][]int32{
		{{101, 2307, 102}},
		{{101, 1037, 1038, 102}, {101, 1038, 102}},
		{{101, 30521, 102}},
	}}
	wide   = Request{Model: "m", Texts: [][][]int32{{{101, 70000, 102}}}}
	scores = Scores{Model: "0123456789ab", Status: []byte{Scored, Failed, Scored},
		Positive: []float32{0.97, 0, 1}}
)

// TestGolden fixes the layout: any other layout needs a new version.
func TestGolden(t *testing.T) {
	for name, frame := range map[string]func() ([]byte, error){
		"request": func() ([]byte, error) { return AppendRequest(nil, request) },
		"wide":    func() ([]byte, error) { return AppendRequest(nil, wide) },
		"scores":  func() ([]byte, error) { return AppendScores(nil, scores) },
		"spans":   func() ([]byte, error) { return AppendScores(nil, spanScores) },
	} {
		body, err := frame()
		if err != nil {
			t.Fatal(err)
		}
		goldentest.Compare(t, name+".golden", []byte(hex.Dump(body)))
	}
}

func TestRoundTrip(t *testing.T) {
	large := limits
	large.Vocab = 100000
	for _, r := range []Request{request, wide, {Model: ""},
		{Model: strings.Repeat("m", 255), Texts: [][][]int32{{{0, 0}}}}} {
		body, err := AppendRequest([]byte("before"), r)
		if err != nil || string(body[:6]) != "before" {
			t.Fatalf("AppendRequest(%v) = %q, %v", r, body, err)
		}
		got, err := DecodeRequest(body[6:], large)
		if err != nil || got.Model != r.Model || len(got.Texts) != len(r.Texts) ||
			len(r.Texts) > 0 && !reflect.DeepEqual(got, r) {
			t.Errorf("DecodeRequest = %v, %v, want %v", got, err, r)
		}
	}
	body, err := AppendScores(nil, scores)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := DecodeScores(body); err != nil || !reflect.DeepEqual(got, scores) {
		t.Errorf("DecodeScores = %v, %v, want %v", got, err, scores)
	}
}

// TestBadRequest breaks a good frame. Its model id ends at byte 18, texts are at 18, numbers of
// windows at 22, lengths at 28, IDs at 36.
func TestBadRequest(t *testing.T) {
	tests := []struct {
		name  string
		wreck func(b []byte) []byte
		limit func(l *Limits)
		code  wire.Code
		want  string
	}{
		{"empty", func([]byte) []byte { return nil }, nil, wire.BadFrame,
			"Frame, byte 0: 4 bytes of head belong here, the frame ends after 0."},
		{"JSON", func([]byte) []byte { return []byte(`{"texts": []}`) }, nil, wire.BadFrame,
			`Frame, byte 0: it begins with "{\"t", not "RVL".`},
		{"scores", func(b []byte) []byte { b[2] = 'S'; return b }, nil, wire.BadFrame,
			`byte 0: it begins with "RVS"`},
		{"version", func(b []byte) []byte { b[3] = 2; return b }, nil, wire.UnknownVersion,
			"byte 3: version 2; only 1 is known here"},
		{"flags", func(b []byte) []byte { b[4] = 8; return b }, nil, wire.BadFrame,
			"byte 4: flags are 0x08"},
		{"no model", func(b []byte) []byte { return b[:5] }, nil, wire.BadFrame,
			"byte 5: 1 bytes of model id"},
		{"half a model", func(b []byte) []byte { return b[:10] }, nil, wire.BadFrame,
			"byte 6: 16 bytes of model id and number of texts belong here, the frame ends after 4"},
		{"2^32-1 texts", func(b []byte) []byte { copy(b[18:], "\xff\xff\xff\xff"); return b }, nil,
			wire.TooManyTexts, "byte 18: 4294967295 texts; the limit is 1000"},
		{"texts over the limit", nil, func(l *Limits) { l.Texts = 2 }, wire.TooManyTexts,
			"byte 18: 3 texts; the limit is 2"},
		{"more texts than bytes", func(b []byte) []byte { b[18] = 200; return b }, nil,
			wire.BadFrame, "byte 22: 400 bytes of numbers of windows"},
		{"no windows", func(b []byte) []byte { b[24] = 0; return b }, nil, wire.EmptyText,
			"byte 24: text 2 has no windows"},
		{"windows over the limit", nil, func(l *Limits) { l.Windows = 1 }, wire.TooManyTokens,
			"byte 24: text 2 has 2 windows; the limit is 1"},
		{"more windows than bytes", func(b []byte) []byte { b[26] = 31; return b }, nil,
			wire.BadFrame, "byte 28: 68 bytes of lengths"},
		{"short window", func(b []byte) []byte { b[28] = 1; return b }, nil, wire.BadFrame,
			"byte 28: text 1 has a window of 1 IDs"},
		{"long window", nil, func(l *Limits) { l.Length = 3 }, wire.TooManyTokens,
			"byte 30: text 2 has a window of 4 IDs; the limit is 3"},
		{"tokens over the limit", nil, func(l *Limits) { l.Tokens = 12 }, wire.TooManyTokens,
			"byte 34: more than 12 tokens, from text 3 on"},
		{"truncated", func(b []byte) []byte { return b[:len(b)-1] }, nil, wire.BadFrame,
			"byte 36: 26 bytes of IDs belong here, the frame ends after 25"},
		{"something behind", func(b []byte) []byte { return append(b, 0) }, nil, wire.BadFrame,
			"byte 62: 1 bytes too many"},
		{"ID", nil, func(l *Limits) { l.Vocab = 30521 }, wire.IDOutOfRange,
			"byte 58: text 3 has ID 30521; the vocabulary has 30521 pieces"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			body, err := AppendRequest(nil, request)
			if err != nil {
				t.Fatal(err)
			}
			l := limits
			if test.wreck != nil {
				body = test.wreck(body)
			}
			if test.limit != nil {
				test.limit(&l)
			}
			_, err = DecodeRequest(body, l)
			e, ok := errors.AsType[*wire.Error](err)
			if !ok || e.Code != test.code || !strings.Contains(e.Detail, test.want) {
				t.Errorf("DecodeRequest = %#v, want %s, %q", err, test.code, test.want)
			}
		})
	}
}

func TestWideIDOutOfRange(t *testing.T) {
	body, err := AppendRequest(nil, wide)
	if err != nil {
		t.Fatal(err)
	}
	copy(body[len(body)-4:], "\xff\xff\xff\xff") // negative as int32
	_, err = DecodeRequest(body, Limits{10, 10, 10, 10, 1 << 30})
	if e, ok := errors.AsType[*wire.Error](err); !ok || e.Code != wire.IDOutOfRange {
		t.Errorf("DecodeRequest = %v, want %s", err, wire.IDOutOfRange)
	}
}

func TestBadScores(t *testing.T) {
	tests := []struct {
		name  string
		wreck func(b []byte) []byte
		code  wire.Code
		want  string
	}{
		{"empty", func([]byte) []byte { return nil }, wire.BadFrame, "byte 0"},
		{"request", func(b []byte) []byte { b[2] = 'L'; return b }, wire.BadFrame, `not "RVS"`},
		{"version", func(b []byte) []byte { b[3] = 0; return b }, wire.UnknownVersion,
			"byte 3: version 0"},
		{"2^32-1 texts", func(b []byte) []byte { copy(b[17:], "\xff\xff\xff\xff"); return b },
			wire.BadFrame, "byte 21: 21474836475 bytes of scores"},
		{"truncated", func(b []byte) []byte { return b[:len(b)-1] }, wire.BadFrame,
			"byte 21: 15 bytes of scores belong here, the frame ends after 14"},
		{"something behind", func(b []byte) []byte { return append(b, 0) }, wire.BadFrame,
			"byte 36: 1 bytes too many"},
		{"NaN", func(b []byte) []byte { copy(b[32:], "\xff\xff\xff\xff"); return b }, wire.BadFrame,
			"byte 32: text 3 has probability NaN"},
	}
	for _, test := range tests {
		body, err := AppendScores(nil, scores)
		if err != nil {
			t.Fatal(err)
		}
		_, err = DecodeScores(test.wreck(body))
		e, ok := errors.AsType[*wire.Error](err)
		if !ok || e.Code != test.code || !strings.Contains(e.Detail, test.want) {
			t.Errorf("%s: DecodeScores = %v, want %s, %q", test.name, err, test.code, test.want)
		}
	}
}

// TestCannotEncode checks that values that the layout cannot represent leave dst unchanged.
func TestCannotEncode(t *testing.T) {
	for name, r := range map[string]Request{
		"model id":    {Model: strings.Repeat("m", 256)},
		"no windows":  {Texts: [][][]int32{{}}},
		"windows":     {Texts: [][][]int32{make([][]int32, 1<<16)}},
		"short":       {Texts: [][][]int32{{{101}}}},
		"long":        {Texts: [][][]int32{{make([]int32, 1<<16)}}},
		"negative ID": {Texts: [][][]int32{{{101, -1, 102}}}},
	} {
		if got, err := AppendRequest([]byte("before"), r); err == nil || string(got) != "before" {
			t.Errorf("%s: AppendRequest = %q, %v", name, got, err)
		}
	}
	for name, s := range map[string]Scores{
		"model id":    {Model: strings.Repeat("m", 256)},
		"lengths":     {Status: []byte{0}},
		"probability": {Status: []byte{0}, Positive: []float32{1.5}},
		"no number":   {Status: []byte{0}, Positive: []float32{nan()}},
	} {
		if got, err := AppendScores([]byte("before"), s); err == nil || string(got) != "before" {
			t.Errorf("%s: AppendScores = %q, %v", name, got, err)
		}
	}
}

func nan() float32 {
	var zero float32
	return zero / zero
}

// TestDecodeAllocations checks that many windows need as many allocations as few.
func TestDecodeAllocations(t *testing.T) {
	r := Request{Model: "m"}
	for range 500 {
		r.Texts = append(r.Texts, [][]int32{{101, 1, 102}, {101, 2, 102}})
	}
	body, err := AppendRequest(nil, r)
	if err != nil {
		t.Fatal(err)
	}
	got := testing.AllocsPerRun(10, func() {
		if _, err := DecodeRequest(body, limits); err != nil {
			t.Fatal(err)
		}
	})
	if got > 4 {
		t.Errorf("DecodeRequest of 500 texts: %v allocations, want 4 (model, texts, windows, IDs)",
			got)
	}
}

// FuzzDecodeRequest checks that any bytes are refused with a *wire.Error, or come back from
// AppendRequest the same.
func FuzzDecodeRequest(f *testing.F) {
	for _, r := range []Request{request, wide} {
		body, err := AppendRequest(nil, r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		l := limits
		l.Vocab = 100000
		r, err := DecodeRequest(body, l)
		if err != nil {
			if _, ok := errors.AsType[*wire.Error](err); !ok {
				t.Fatalf("DecodeRequest = %v, want a *wire.Error", err)
			}
			return
		}
		again, err := AppendRequest(nil, r)
		if err != nil {
			t.Fatal(err)
		}
		if body[4] == again[4] { // wide IDs may have been used unnecessarily
			if !bytes.Equal(body, again) {
				t.Fatalf("%x comes back as %x", body, again)
			}
			return
		}
		if r2, err := DecodeRequest(again, l); err != nil || !reflect.DeepEqual(r, r2) {
			t.Fatalf("%v comes back as %v, %v", r, r2, err)
		}
	})
}

// FuzzRequest checks that encoded requests are decoded. The bytes determine the texts, windows and
// IDs.
func FuzzRequest(f *testing.F) {
	f.Add("model", []byte("\x01\x02\x03\xff\xfe\x80\x07\x81\x81\x09"))
	f.Fuzz(func(t *testing.T, model string, data []byte) {
		r := Request{Model: model[:min(len(model), 255)]}
		for _, b := range data {
			switch {
			case b >= 0xF0 || len(r.Texts) == 0:
				r.Texts = append(r.Texts, [][]int32{{101, 102}})
			case b >= 0xE0:
				last := &r.Texts[len(r.Texts)-1]
				*last = append(*last, []int32{101, 102})
			default:
				text := r.Texts[len(r.Texts)-1]
				text[len(text)-1] = append(text[len(text)-1], int32(b)*int32(b)*7)
			}
		}
		body, err := AppendRequest(nil, r)
		if err != nil {
			t.Fatal(err)
		}
		most := 1 << 20
		got, err := DecodeRequest(body, Limits{most, most, most, most, most})
		if err != nil || got.Model != r.Model || len(got.Texts) != len(r.Texts) ||
			len(r.Texts) > 0 && !reflect.DeepEqual(got.Texts, r.Texts) {
			t.Fatalf("%v comes back as %v, %v", r, got, err)
		}
	})
}

// FuzzDecodeScores checks that any bytes are refused with a *wire.Error, or come back from
// AppendScores the same.
func FuzzDecodeScores(f *testing.F) {
	for _, s := range []Scores{scores, spanScores} {
		body, err := AppendScores(nil, s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := DecodeScores(body)
		if err != nil {
			if _, ok := errors.AsType[*wire.Error](err); !ok {
				t.Fatalf("DecodeScores = %v, want a *wire.Error", err)
			}
			return
		}
		if again, err := AppendScores(nil, s); err != nil || !bytes.Equal(body, again) {
			t.Fatalf("%x comes back as %x, %v", body, again, err)
		}
	})
}
