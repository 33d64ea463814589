package api

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"reviewlens/api/model"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/tokenizer/batch"
)

func fuzzHandler(f *testing.F) (*Handler, *model.Model) {
	f.Helper()
	m, err := model.Default()
	if err != nil {
		f.Fatal(err)
	}
	return New(Options{Models: scoring.SingleModel(&fakeEngine{m, nil}),
		Log: slog.New(slog.DiscardHandler)}), m
}

// encoding/json accepts all that the decoder accepts, and returns the same texts.
func FuzzDecodeTexts(f *testing.F) {
	for _, seed := range []string{`{"texts": ["good", ""]}`, `{"a": {"texts": [1]}, "texts": []}`,
		`{"texts": ["a"], "texts": ["b"]}`, `{"texts": "a"}`, `{"texts": ["\ud800"]} x`, `[]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		texts, err := decodeTexts(body)
		if err != nil {
			if e, ok := err.(*wire.Error); !ok || e.Detail == "" {
				t.Errorf("error %v is not the sender's", err)
			}
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(body, &want); err != nil {
			t.Fatalf("taken, but it is not JSON: %v", err)
		}
		var last []string
		if err := json.Unmarshal(want["texts"], &last); err != nil {
			t.Fatalf("taken, but texts are not strings: %v", err)
		}
		if !slices.Equal(texts[len(texts)-len(last):], last) { // it reads all of repeated members
			t.Errorf("texts are %q, want %q at the end", texts, last)
		}
	})
}

// Joined lines are the body, whatever the line ends.
func FuzzDecodeLines(f *testing.F) {
	for _, seed := range []string{"", "a", "a\n", "a\r\n\nb", "\r"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		texts, err := decodeLines(body)
		if err != nil {
			return
		}
		plain := strings.ReplaceAll(string(body), "\r\n", "\n")
		if got := strings.Join(texts,
			"\n"); got != strings.TrimSuffix(strings.TrimSuffix(plain, "\n"), "\r") &&
			got != strings.TrimSuffix(plain, "\n") {
			t.Errorf("%q has lines %q", body, texts)
		}
	})
}

// Any body without a type gets a response that does not blame the server; a response with a JSON
// type is JSON.
func FuzzScoreBody(f *testing.F) {
	h, m := fuzzHandler(f)
	frame, err := batch.AppendRequest(nil,
		batch.Request{Model: m.Manifest.ID, Texts: [][][]int32{{{101, 2204, 102}}}})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{`{"texts": ["good"]}`, "review\ngood\n", "{\"a\":1}\n{\"a\":2}\n",
		"\x89PNG\n", "", "a=b&c=d", "\xff\xfea\x00\n\x00", string(frame)} {
		f.Add([]byte(seed), "", false)
		f.Add([]byte(seed), "text/csv", true)
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string, report bool) {
		path := "/v1/score"
		if report {
			path = "/v1/report"
		}
		r := httptest.NewRequest("POST", path, bytes.NewReader(body))
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("answered %d %s", w.Code, w.Body)
		}
		if w.Code >= 400 {
			if _, ok := wire.DecodeProblem(w.Body.Bytes()); !ok {
				t.Errorf("answered %d and no problem: %s", w.Code, w.Body)
			}
		} else if w.Header().Get("Content-Type") == wire.TypeJSON && !json.Valid(w.Body.Bytes()) {
			t.Errorf("no JSON: %s", w.Body)
		}
	})
}

// The response to an accepted frame has as many scores.
func FuzzScoreFrame(f *testing.F) {
	h, m := fuzzHandler(f)
	for _, texts := range [][][][]int32{{{{101, 2204, 102}}},
		{{{101, 2204, 102}, {101, 102}}, {{101, 102}}}, {}} {
		frame, err := batch.AppendRequest(nil, batch.Request{Model: m.Manifest.ID, Texts: texts})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(frame)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		w := do(h, "POST", "/v1/score", wire.TypeFrame, bytes.NewReader(body))
		if w.Code != 200 {
			if e, ok := wire.DecodeProblem(w.Body.Bytes()); !ok || w.Code >= 500 {
				t.Errorf("answered %d %v %q", w.Code, e, w.Body)
			}
			return
		}
		request, err := batch.DecodeRequest(body,
			batch.Limits{Texts: Limits.Texts, Windows: m.Windows.Max, Length: m.Windows.Size,
				Tokens: Limits.Tokens, Vocab: m.Tokenizer.Size()})
		if err != nil {
			t.Fatalf("taken, but it is no frame: %v", err)
		}
		scores, err := batch.DecodeScores(w.Body.Bytes())
		if err != nil || len(scores.Positive) != len(request.Texts) {
			t.Errorf("%d texts are answered by %d scores, %v", len(request.Texts),
				len(scores.Positive), err)
		}
	})
}

// detect returns a supported type or "", and reads no more than the given bytes.
func FuzzDetect(f *testing.F) {
	for _, seed := range []string{"", " ", "RVL", "{", "{}\n{}", "a,b\n1,2\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		got := detect(head)
		if blank := len(bytes.Trim(head, " \t\r\n")) == 0; blank != (got == "") {
			t.Errorf("detect(%q) = %q", head, got)
		}
		if got != "" && got != wire.TypeFrame && got != wire.TypeJSON && !isFile(got) {
			t.Errorf("detect(%q) = %q, which nothing reads", head, got)
		}
	})
}

// An accepted key is one line of ASCII.
func FuzzIdempotencyKey(f *testing.F) {
	f.Add("abc")
	f.Add(strings.Repeat("k", 256))
	f.Add("a\x00b")
	f.Add("ä")
	f.Fuzz(func(t *testing.T, key string) {
		r := httptest.NewRequest("POST", "/v1/score", nil)
		r.Header["Idempotency-Key"] = []string{key}
		got, err := idempotencyKey(r)
		if err == nil && (got != key || len(got) > 255 || !utf8.ValidString(got) ||
			strings.ContainsAny(got, "\r\n\x00")) {
			t.Errorf("%q is taken as %q", key, got)
		}
	})
}
