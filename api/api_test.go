package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"reviewlens/api/admission"
	"reviewlens/api/model"
	"reviewlens/api/model/modeltest"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	"reviewlens/tokenizer/batch"
)

// fakeEngine has the default model's vocabulary and windows, and scores a text by its second token,
// so that these tests need no native library.
type fakeEngine struct {
	model   *model.Model
	instead func(ctx context.Context) ([]reviews.Score, error)
}

func (e *fakeEngine) Model() *model.Model { return e.model }

func (e *fakeEngine) Windows(dst [][]int32, text []byte) ([][]int32, bool, error) {
	return e.model.Cut(dst, text)
}

func (*fakeEngine) Aspects(_ context.Context, texts [][][]int32) ([][]aspects.Span, error) {
	return make([][]aspects.Span, len(texts)), nil
}

func (e *fakeEngine) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	if e.instead != nil {
		return e.instead(ctx)
	}
	scores := make([]reviews.Score, len(texts))
	for i, windows := range texts {
		if len(windows) > 0 {
			scores[i] = reviews.Score{Positive: byToken(windows), Sentiment: reviews.Positive}
		}
	}
	return scores, nil
}

func byToken(windows [][]int32) float64 { return float64(windows[0][1]) / 1e5 }

// newHandler returns a handler with a fake engine, its model and its log.
func newHandler(t *testing.T, instead func(ctx context.Context) ([]reviews.Score, error)) (
	*Handler, *model.Model, *bytes.Buffer) {
	t.Helper()
	m := modeltest.Plain(t)
	var logged bytes.Buffer
	h := New(Options{
		Models: scoring.SingleModel(&fakeEngine{m, instead}),
		Site:   fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}},
		Log: slog.New(slog.NewJSONHandler(&logged,
			&slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	return h, m, &logged
}

func do(h http.Handler, method, path, contentType string,
	body io.Reader) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, body)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestEveryCodeHasAStatus(t *testing.T) {
	for _, code := range wire.Codes() {
		w := httptest.NewRecorder()
		fail(w, httptest.NewRequest("GET", "/", nil),
			&wire.Error{Code: code, Detail: "why", Model: "id"})
		e, ok := wire.DecodeProblem(w.Body.Bytes())
		if want, known := status[code]; !known || w.Code != want || w.Code < 400 || !ok ||
			*e != (wire.Error{Code: code, Detail: "why", Model: "id"}) {
			t.Errorf("%s answers %d, %+v", code, w.Code, e)
		}
		if got := w.Header().Get("Content-Type"); got != wire.TypeProblem {
			t.Errorf("%s answers with Content-Type %q", code, got)
		}
	}
	if len(status) != len(wire.Codes()) {
		t.Errorf("%d statuses for %d codes", len(status), len(wire.Codes()))
	}
}

func TestScoreJSON(t *testing.T) {
	h, m, logged := newHandler(t, nil)
	long := strings.Repeat("good ", 20000)
	body, _ := json.Marshal(
		wire.ScoreRequest{Texts: []string{"good kettle", "", " \n", "bad", long, "\xff\xfe",
			"None", "<p>good</p>\n"}})
	w := do(h, "POST", "/v1/score", "application/json; charset=utf-8", bytes.NewReader(body))
	var got wire.ScoreResponse
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
		t.Fatalf("answered %d %s (%v)", w.Code, w.Body, err)
	}
	if got.Model != m.Manifest.ID || len(got.Results) != 8 {
		t.Fatalf("answered %s", w.Body)
	}
	for i, empty := range []bool{false, true, true, false, false, true, true, false} {
		r := got.Results[i]
		if empty != (r.Error != nil) || empty != (r.Positive == nil) ||
			empty != (r.Sentiment == "") {
			t.Errorf("text %d got %+v", i+1, r)
		}
	}
	if e := got.Results[1].Error; e == nil || e.Err().Code != wire.EmptyText ||
		e.Detail != "Text 2 is empty." {
		t.Errorf("the empty text got %+v", e)
	}
	if e := got.Results[6].Error; e == nil || e.Err().Code != wire.EmptyText ||
		e.Detail != `Text 7 is "None", which programs write where there is none.` {
		t.Errorf("a word for no text got %+v", e)
	}
	if r := got.Results[4]; r.Windows != m.Windows.Max || !r.Cut {
		t.Errorf("the long text got %d windows, cut %v", r.Windows, r.Cut)
	}
	if strings.Contains(logged.String(), "kettle") {
		t.Errorf("the log holds review text: %s", logged)
	}
}

func TestScoreFrame(t *testing.T) {
	h, m, _ := newHandler(t, nil)
	request := batch.Request{Model: m.Manifest.ID,
		Texts: [][][]int32{{{101, 2204, 102}}, {{101, 2919, 102}, {101, 102}}}}
	w := do(h, "POST", "/v1/score", wire.TypeFrame, bytes.NewReader(frame(t, request)))
	if w.Code != 200 || w.Header().Get("Content-Type") != wire.TypeScores {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	scores, err := batch.DecodeScores(w.Body.Bytes())
	if err != nil || scores.Model != m.Manifest.ID || !slices.Equal(scores.Status, []byte{0, 0}) ||
		!slices.Equal(scores.Positive, []float32{0.02204, 0.02919}) {
		t.Errorf("answered %+v, %v", scores, err)
	}
}

func frame(t *testing.T, r batch.Request) []byte {
	t.Helper()
	data, err := batch.AppendRequest(nil, r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRefusals(t *testing.T) {
	h, m, _ := newHandler(t, nil)
	id := m.Manifest.ID
	texts := func(n int) string {
		return `{"texts": [` + strings.TrimSuffix(strings.Repeat(`"a",`, n), ",") + `]}`
	}
	ids := func(model string, windows ...[]int32) string {
		return string(frame(t, batch.Request{Model: model, Texts: [][][]int32{windows}}))
	}
	good := ids(id, []int32{101, 2204, 102})
	later := []byte(good)
	later[3] = 9

	for _, tt := range []struct {
		name, method, path, contentType, body string
		want                                  wire.Code
		detail                                string // in the sentence
	}{
		{"no such route", "GET", "/v1/nothing", "", "", wire.NotFound, `"/v1/nothing"`},
		{"no such route, posted", "POST", "/v1/nothing", "", "", wire.NotFound, ""},
		{"no such file", "GET", "/missing.js", "", "", wire.NotFound, `"/missing.js"`},
		{"path with a line break", "GET", "/v1/a%0Ab", "", "", wire.NotFound, `"/v1/a\nb"`},
		{"score with GET", "GET", "/v1/score", "", "", wire.MethodNotAllowed, "it takes POST"},
		{"config with POST", "POST", "/v1/config", "", "", wire.MethodNotAllowed, "it takes GET"},
		{"page with DELETE", "DELETE", "/", "", "", wire.MethodNotAllowed, "it takes GET"},
		{"tokenizer of another model", "GET", "/v1/models/0123456789ab/tokenizer", "", "",
			wire.UnknownModel, id},

		{"no type", "POST", "/v1/score", "", "", wire.UnsupportedType, wire.TypeFrame},
		{"form", "POST", "/v1/score", "application/x-www-form-urlencoded", "texts=a",
			wire.UnsupportedType, "--data-binary"},
		{"type that is none", "POST", "/v1/score", "json;;;", "{}", wire.UnsupportedType, ""},

		{"file of numbers", "POST", "/v1/score", wire.TypeCSV, "x,y\n1,2\n7,9\n", wire.BadFile,
			"columns are x, y"},
		{"file without that column", "POST", "/v1/score?column=z", wire.TypeCSV, "x,y\n1,2\n7,9\n",
			wire.BadFile, `no column "z"`},
		{"file without rows", "POST", "/v1/score?column=1", wire.TypeCSV, "id,review\n",
			wire.BadFile, "no row"},
		{"empty file", "POST", "/v1/score", wire.TypeCSV, "", wire.BadFile, "empty"},
		{"a picture", "POST", "/v1/score", "", "\x89PNG\r\n", wire.BadFile, "picture"},
		{"file with too many bytes", "POST", "/v1/score", wire.TypeCSV,
			strings.Repeat("a b c\n", Limits.Bytes/6+1), wire.BodyTooLarge, "limit of 6.0 MB"},
		{"too many lines", "POST", "/v1/score", "text/plain", strings.Repeat("a\n", Limits.Texts+1),
			wire.TooManyTexts, "4096 lines"},

		{"empty body", "POST", "/v1/score", wire.TypeJSON, "", wire.BadJSON, "byte 0"},
		{"JSON cut short", "POST", "/v1/score", wire.TypeJSON, `{"texts": ["a"`, wire.BadJSON,
			"ends too early"},
		{"JSON broken", "POST", "/v1/score", wire.TypeJSON, `{"texts": ["a" "b"]}`, wire.BadJSON,
			"at byte 1"},
		{"an array", "POST", "/v1/score", wire.TypeJSON, `["a"]`, wire.BadJSON, `{"texts":`},
		{"another field", "POST", "/v1/score", wire.TypeJSON, `{"text": ["a"]}`, wire.BadJSON,
			`no "texts"`},
		{"texts is a string", "POST", "/v1/score", wire.TypeJSON, `{"texts": "a"}`, wire.BadJSON,
			"stands no ["},
		{"a number among texts", "POST", "/v1/score", wire.TypeJSON, `{"texts": ["a", 5]}`,
			wire.BadJSON, "Text 2, which ends at byte 17, is not a string"},
		{"a list among texts", "POST", "/v1/score", wire.TypeJSON, `{"texts": [["a"]]}`,
			wire.BadJSON, "Text 1"},
		{"null among texts", "POST", "/v1/score", wire.TypeJSON, `{"texts": [null]}`,
			wire.BadJSON, "Text 1"},
		{"two objects", "POST", "/v1/score", wire.TypeJSON, `{"texts": []}{}`, wire.BadJSON,
			"follows"},
		{"too many texts", "POST", "/v1/score", wire.TypeJSON, texts(Limits.Texts + 1),
			wire.TooManyTexts, "4096"},
		{"too many tokens", "POST", "/v1/score", wire.TypeJSON,
			`{"texts": ["` + strings.Repeat(strings.Repeat("a ", 9000)+`","`, 40) + `"]}`,
			wire.TooManyTokens, "from text"},
		{"too many bytes", "POST", "/v1/score", wire.TypeJSON, strings.Repeat(" ", Limits.Bytes+1),
			wire.BodyTooLarge, "limit of 6.0 MB"},

		{"empty frame", "POST", "/v1/score", wire.TypeFrame, "", wire.BadFrame, "byte 0"},
		{"JSON as a frame", "POST", "/v1/score", wire.TypeFrame, texts(1), wire.BadFrame, ""},
		{"frame cut short", "POST", "/v1/score", wire.TypeFrame, good[:len(good)-1],
			wire.BadFrame, "byte"},
		{"frame with more behind it", "POST", "/v1/score", wire.TypeFrame, good + "x",
			wire.BadFrame, "byte"},
		{"frame of a later version", "POST", "/v1/score", wire.TypeFrame, string(later),
			wire.UnknownVersion, ""},
		{"ID out of range", "POST", "/v1/score", wire.TypeFrame, ids(id, []int32{101, 30522, 102}),
			wire.IDOutOfRange, "30522"},
		{"window too long", "POST", "/v1/score", wire.TypeFrame, ids(id, make([]int32, 513)),
			wire.TooManyTokens, "513"},
		{"too many windows", "POST", "/v1/score", wire.TypeFrame,
			ids(id, slices.Repeat([][]int32{{101, 102}}, 33)...), wire.TooManyTokens, "33"},
		{"another model", "POST", "/v1/score", wire.TypeFrame,
			ids("0123456789ab", []int32{101, 102}), wire.UnknownModel, "0123456789ab"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := do(h, tt.method, tt.path, tt.contentType, strings.NewReader(tt.body))
			e, ok := wire.DecodeProblem(w.Body.Bytes())
			if !ok || e.Code != tt.want || w.Code != status[tt.want] ||
				!strings.Contains(e.Detail, tt.detail) {
				t.Fatalf("answered %d %.300s, want %s with %q", w.Code, w.Body, tt.want, tt.detail)
			}
			if (e.Code == wire.UnknownModel || e.Code == wire.UnknownVersion) && e.Model != id {
				t.Errorf("the problem names model %q, want the current %q", e.Model, id)
			}
		})
	}
}

// A body may have no declared length, or end early.
func TestBodies(t *testing.T) {
	h, _, _ := newHandler(t, nil)
	server := httptest.NewServer(h)
	defer server.Close()

	chunked := func(size int) *http.Response {
		response, err := http.Post(server.URL+"/v1/score", wire.TypeJSON,
			io.MultiReader(strings.NewReader(`{"texts": ["good"]}`),
				bytes.NewReader(bytes.Repeat([]byte(" "), size))))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response
	}
	if r := chunked(100); r.StatusCode != 200 {
		t.Errorf("a body of unknown length answers %s", r.Status)
	}
	if r := chunked(Limits.Bytes); r.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a long body of unknown length answers %s", r.Status)
	}

	r := httptest.NewRequest("POST", "/v1/score", strings.NewReader(`{"texts"`))
	r.Header.Set("Content-Type", wire.TypeJSON)
	r.ContentLength = 100
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if e, _ := wire.DecodeProblem(w.Body.Bytes()); e == nil || e.Code != wire.BadBody {
		t.Errorf("a body that breaks off answers %s", w.Body)
	}

	for _, contentType := range []string{wire.TypeJSON, wire.TypeCSV, ""} {
		r := httptest.NewRequest("POST", "/v1/score", iotest.ErrReader(errors.New("it was read")))
		r.Header.Set("Content-Type", contentType)
		r.ContentLength = math.MaxInt64
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("%q of exabytes answers %d %s", contentType, w.Code, w.Body)
		}
	}
}

func TestOurFaultIsLoggedNotShown(t *testing.T) {
	for name, instead := range map[string]func(context.Context) ([]reviews.Score, error){
		"error": func(context.Context) ([]reviews.Score, error) {
			return nil, errors.New("secret cause")
		},
		"panic": func(context.Context) ([]reviews.Score, error) { panic("secret cause") },
	} {
		h, _, logged := newHandler(t, instead)
		w := do(h, "POST", "/v1/score", wire.TypeJSON,
			strings.NewReader(`{"texts": ["private words"]}`))
		if e, _ := wire.DecodeProblem(w.Body.Bytes()); e == nil || e.Code != wire.Internal ||
			strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: answered %d %s", name, w.Code, w.Body)
		}
		id := w.Header().Get("X-Request-Id")
		if !strings.Contains(logged.String(), "secret cause") ||
			!strings.Contains(logged.String(), id) || strings.Contains(logged.String(), "private") {
			t.Errorf("%s: logged %s", name, logged)
		}
	}
}

func TestTooManyRequests(t *testing.T) {
	hold := make(chan struct{})
	h, _, _ := newHandler(t,
		func(context.Context) ([]reviews.Score, error) {
			<-hold
			return make([]reviews.Score, 1), nil
		})
	post := func() *httptest.ResponseRecorder {
		return do(h, "POST", "/v1/score", wire.TypeJSON, strings.NewReader(`{"texts": ["a"]}`))
	}
	answers := make(chan int, maxRequests)
	for range maxRequests {
		go func() { answers <- post().Code }()
	}
	for h.admission.Usage().Running < maxRequests {
	}
	w := post()
	if e, _ := wire.DecodeProblem(w.Body.Bytes()); w.Code != 429 ||
		w.Header().Get("Retry-After") == "" || e.Code != wire.Overloaded {
		t.Errorf("one request more answers %d %s", w.Code, w.Body)
	}
	close(hold)
	for range maxRequests {
		if code := <-answers; code != 200 {
			t.Errorf("a request that was taken answers %d", code)
		}
	}
	if w := post(); w.Code != 200 {
		t.Errorf("the next answers %d", w.Code)
	}
}

func TestClientThatLeaves(t *testing.T) {
	h, _, logged := newHandler(t,
		func(ctx context.Context) ([]reviews.Score, error) { <-ctx.Done(); return nil, ctx.Err() })
	ctx, cancel := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, "POST", "/v1/score",
		strings.NewReader(`{"texts": ["a"]}`))
	r.Header.Set("Content-Type", wire.TypeJSON)
	cancel()
	defer func() {
		if p := recover(); p != http.ErrAbortHandler ||
			h.admission.Usage() != (admission.Usage{}) ||
			strings.Contains(logged.String(), `"ERROR"`) {
			t.Errorf("recovered %v with %+v taken; log: %s", p, h.admission.Usage(), logged)
		}
	}()
	h.ServeHTTP(httptest.NewRecorder(), r)
}

func TestModelRoutes(t *testing.T) {
	h, m, _ := newHandler(t, nil)
	for _, tt := range []struct {
		path, contentType, cache, body string
	}{
		{"/healthz", wire.TypeJSON, "no-store", `{"status":"ok"}` + "\n"},
		{"/readyz", wire.TypeJSON, "no-store",
			fmt.Sprintf(`{"model":%q,"status":"ready"}`, m.Manifest.ID) + "\n"},
		{"/v1/models", wire.TypeJSON, "no-store",
			fmt.Sprintf(`{"models":[%q]}`, m.Manifest.ID) + "\n"},
		{"/v1/model", wire.TypeJSON, "no-cache", string(m.ManifestJSON)},
		{"/v1/models/" + m.Manifest.ID + "/tokenizer", "text/plain; charset=utf-8", immutable,
			string(m.Vocab)},
		{"/v1/models/" + m.Manifest.ID + "/model", "application/octet-stream", immutable,
			string(m.ONNX)},
	} {
		w := do(h, "GET", tt.path, "", nil)
		if w.Code != 200 || w.Header().Get("Content-Type") != tt.contentType ||
			w.Header().Get("Cache-Control") != tt.cache || w.Body.String() != tt.body {
			t.Errorf("%s answers %d %v %.200s", tt.path, w.Code, w.Header(), w.Body)
		}
		if head := do(h, "HEAD", tt.path, "", nil); head.Code != 200 {
			t.Errorf("HEAD %s answers %d", tt.path, head.Code)
		}
		if tag := w.Header().Get("ETag"); tag != "" {
			r := httptest.NewRequest("GET", tt.path, nil)
			r.Header.Set("If-None-Match", tag)
			again := httptest.NewRecorder()
			h.ServeHTTP(again, r)
			if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
				t.Errorf("%s with its ETag answers %d", tt.path, again.Code)
			}
		}
	}
	h.Drain()
	if w := do(h, "GET", "/readyz", "", nil); w.Code != http.StatusServiceUnavailable {
		t.Errorf("/readyz answers %d while the server stops", w.Code)
	}
	if w := do(h, "GET", "/healthz", "", nil); w.Code != 200 {
		t.Errorf("/healthz answers %d while the server stops", w.Code)
	}
}

func TestRequestIDs(t *testing.T) {
	h, _, _ := newHandler(t, nil)
	for sent, kept := range map[string]bool{"abc-DEF_1": true, "": false, "a b": false,
		`"}{`: false, strings.Repeat("a", 65): false} {
		r := httptest.NewRequest("GET", "/healthz", nil)
		r.Header.Set("X-Request-Id", sent)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("X-Request-Id"); got == "" || (got == sent) != kept {
			t.Errorf("request id %q is answered by %q", sent, got)
		}
	}
}

// Texts in another encoding are refused: other texts than the client's would be scored.
func TestTextsAreUTF8(t *testing.T) {
	h, _, _ := newHandler(t, nil)
	for _, tt := range []struct{ contentType, body, want string }{
		{wire.TypePlain, "good\nI love it, caf\xe9\n", "Byte 20, 0xe9"},
		{wire.TypePlain, "\xff\xfeg\x00o\x00o\x00d\x00", "Byte 1, 0xff"},
		{wire.TypePlain, "g\x00o\x00o\x00d\x00", "Byte 2, 0x00, is in no text"},
		{wire.TypeJSON, "{\"texts\": [\"good caf\xe9\"]}", "Byte 21, 0xe9"},
		{wire.TypePlain, "\ufeffgood café\n", ""},
		{wire.TypeJSON, `{"texts": ["good \u0000 café"]}`, ""},
	} {
		w := do(h, "POST", "/v1/score", tt.contentType, strings.NewReader(tt.body))
		e, _ := wire.DecodeProblem(w.Body.Bytes())
		switch {
		case tt.want == "" && w.Code != 200,
			tt.want != "" && (w.Code != 400 || e == nil || e.Code != wire.BadText ||
				!strings.HasPrefix(e.Detail, tt.want)):
			t.Errorf("%s %q: %d %s, want %q", tt.contentType, tt.body, w.Code, w.Body, tt.want)
		}
	}
}

// Refused ranges and conditions are reported as problems, like all refusals.
func TestConditionsAreProblems(t *testing.T) {
	h, m, _ := newHandler(t, nil)
	path := "/v1/models/" + m.Manifest.ID
	for _, tt := range []struct {
		name, value string
		code        int
	}{
		{"Range", "bytes=0-3", 206},
		{"Range", "bytes=99999999-", 416},
		{"Range", "lines=1-2", 416},
		{"If-Match", `"another"`, 412},
		{"If-None-Match", `"` + m.Manifest.ID + `"`, 304},
	} {
		w := with(h, "GET", path, "", tt.name, tt.value)
		e, _ := wire.DecodeProblem(w.Body.Bytes())
		refused := tt.code >= 400
		if w.Code != tt.code || refused != (e != nil && e.Code == wire.BadParameter) ||
			refused != (w.Header().Get("Content-Type") == wire.TypeProblem) {
			t.Errorf("%s %s: %d %v %s", tt.name, tt.value, w.Code, w.Header(), w.Body)
		}
	}
}
