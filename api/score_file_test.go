package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
)

// A body is read by its real type; the response has a row for each of its rows.
func TestScoreFiles(t *testing.T) {
	h, _, _ := newHandler(t, nil)
	for _, tt := range []struct{ name, query, contentType, body, answerType, want string }{
		{"CSV", "", wire.TypeCSV, "id,review\r\n1,good\r\n2,\r\n3,good\r\n", "text/csv; charset=utf-8",
			"id,review,sentiment,positive,windows\r\n1,good,positive,0.0220,1\r\n2,,,,\r\n3,good,positive,0.0220,1\r\n"},
		{"CSV that says nothing", "", "application/x-www-form-urlencoded", "review\ngood one\n", "text/csv; charset=utf-8",
			"review,sentiment,positive,windows\ngood one,positive,0.0220,1\n"},
		{"column by number", "?column=2&title=-", wire.TypeCSV, "good a,good b\nbad c,good d\n", "text/csv; charset=utf-8",
			"good a,good b,positive,0.0220,1\nbad c,good d,positive,0.0220,1\n"},
		{"semicolons", "", "", "id;review\n1;good one\n2;good two\n", "text/csv; charset=utf-8",
			"id;review;sentiment;positive;windows\n1;good one;positive;0.0220;1\n2;good two;positive;0.0220;1\n"},
		{"guarded", "?guard=1", wire.TypeCSV, "review,note\ngood one,=1+1\n", "text/csv; charset=utf-8",
			"review,note,sentiment,positive,windows\ngood one,'=1+1,positive,0.0220,1\n"},
		{"JSON lines", "", "", `{"review": "good one", "id": 1}` + "\n" + `{"review": "good two", "id": 2}` + "\n", wire.TypeJSONLines,
			`{"review": "good one", "id": 1,"sentiment":"positive","positive":0.0220,"windows":1}` + "\n" +
				`{"review": "good two", "id": 2,"sentiment":"positive","positive":0.0220,"windows":1}` + "\n"},
		{"a JSON array", "", "", "[\n" + `{"review": "good one", "id": 1},` + "\n" + `{"review": "good two", "id": 2}]`, wire.TypeJSONLines,
			`{"review":"good one","id":1,"sentiment":"positive","positive":0.0220,"windows":1}` + "\n" +
				`{"review":"good two","id":2,"sentiment":"positive","positive":0.0220,"windows":1}` + "\n"},
		{"a JSON document", "", wire.TypeJSONLines, `{"page": 1, "reviews": [{"review": "good one"}]}`, wire.TypeJSONLines,
			`{"review":"good one","sentiment":"positive","positive":0.0220,"windows":1}` + "\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := do(h, "POST", "/v1/score"+tt.query, tt.contentType, strings.NewReader(tt.body))
			if got := w.Body.String(); w.Code != 200 || got != tt.want || w.Header().Get("Content-Type") != tt.answerType {
				t.Errorf("answered %d %s\n%s\nwant %s\n%s", w.Code, w.Header().Get("Content-Type"), got, tt.answerType, tt.want)
			}
		})
	}
}

// A body that is not a table is refused with its type, and a truncated document with its line.
func TestFormsOfFiles(t *testing.T) {
	h, _, _ := newHandler(t, nil)
	for body, want := range map[string]string{
		"<html><body><table><tr><td>review</td></tr></table>": "web page",
		"PAR1 and more": "Parquet",
		"[\n{\"review\": \"good one\"},\n{\"review\": \"go": "line 3",
	} {
		for _, path := range []string{"/v1/score", "/v1/report"} {
			w := do(h, "POST", path, wire.TypeCSV, strings.NewReader(body))
			if w.Code != 400 && w.Code != 422 || !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s of %q: %d %s, want %s", path, body, w.Code, w.Body, want)
			}
		}
	}
}

// Over HTTP/1.0 the response to a file has a length, which shows a client whether it is complete;
// so has a replayed one.
func TestFileOverHTTP10(t *testing.T) {
	h, _, _ := newHandler(t, nil)
	body := "id,review\r\n" + strings.Repeat("1,good\r\n", 20_000)
	want := do(h, "POST", "/v1/score", wire.TypeCSV, strings.NewReader(body)).Body.String()
	for _, key := range []string{"", "a", "a"} {
		r := httptest.NewRequest("POST", "/v1/score", strings.NewReader(body))
		r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.0", 1, 0
		r.Header.Set("Content-Type", wire.TypeCSV)
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Result(); w.Code != 200 || w.Body.String() != want || got.ContentLength != int64(len(want)) || got.Header.Get("Reviewlens-Rows") != "20000" {
			t.Errorf("answered %d, %d bytes, length %d, want %d; headers %v", w.Code, w.Body.Len(), got.ContentLength, len(want), got.Header)
		}
	}
}

// A full disk is reported to the client; make test-faults uses a real one.
func TestFullDisk(t *testing.T) {
	for _, cause := range []error{syscall.ENOSPC, syscall.EDQUOT} {
		err := full(fmt.Errorf("keep a file: %w", &os.PathError{Op: "write", Path: "/tmp/x", Err: cause}))
		if e, ok := errors.AsType[*wire.Error](err); !ok || e.Code != wire.StorageFull || strings.Contains(e.Detail, "/tmp") {
			t.Errorf("full(%v) = %v", cause, err)
		}
	}
	if err := full(io.ErrUnexpectedEOF); err != io.ErrUnexpectedEOF {
		t.Errorf("full of another error = %v", err)
	}
}

func TestScoreLines(t *testing.T) {
	h, _, _ := newHandler(t, nil)
	w := do(h, "POST", "/v1/score", "text/plain; charset=utf-8", strings.NewReader("good\r\n\nbad\n"))
	var got wire.ScoreResponse
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || len(got.Results) != 3 {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	if r := got.Results; r[0].Positive == nil || r[1].Error == nil || r[2].Positive == nil {
		t.Errorf("results are %s", w.Body)
	}
}

// The response to a file is sent while the file is scored, and may take longer than the server's
// read timeout; the trailers count.
func TestFileIsStreamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _, _ := newHandler(t, nil)
		e := &hooked{Engine: engineOf(t, h)}
		next := make(chan struct{})
		e.last = func(ctx context.Context) error {
			select {
			case <-next:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		h.models = scoring.SingleModel(e)
		listener := listenOnPipes()
		server := &http.Server{Handler: h, ReadTimeout: time.Second}
		go server.Serve(listener)
		defer server.Close()
		client := listener.client()
		defer client.CloseIdleConnections()

		const rows = 4000
		response, err := client.Post("http://server/v1/score", wire.TypeCSV, strings.NewReader("review\n"+manyRows(rows))) // has the header: scoring waits
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		time.AfterFunc(time.Hour, func() { close(next) }) // longer than any deadline for a body
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(body), ",positive,"); n != rows+1 {
			t.Errorf("%d rows have a score, want %d and the header", n-1, rows)
		}
		if got := response.Trailer.Get("Reviewlens-Rows"); got != fmt.Sprint(rows) {
			t.Errorf("trailer says %q rows, want %d", got, rows)
		}
	})
}

// A failure before the first byte is a problem; later it aborts the response, which no client takes
// for complete.
func TestFileThatFails(t *testing.T) {
	broken := errors.New("secret cause")
	h, _, _ := newHandler(t, func(context.Context) ([]reviews.Score, error) { return nil, broken })
	w := do(h, "POST", "/v1/score", wire.TypeCSV, strings.NewReader("review\ngood one\n"))
	if e, _ := wire.DecodeProblem(w.Body.Bytes()); w.Code != 500 || e == nil || e.Code != wire.Internal {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}

	h, _, _ = newHandler(t, nil)
	started := make(chan struct{})
	h.models = scoring.SingleModel(&hooked{Engine: engineOf(t, h),
		last: func(context.Context) error {
			<-started
			return broken
		}})
	server := httptest.NewServer(h)
	defer server.Close()
	response, err := http.Post(server.URL+"/v1/score", wire.TypeCSV, strings.NewReader("review\n"+manyRows(4000)))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	close(started)
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("a file of %d bytes looks whole", len(body))
	}
}

// A request that panics while it responds ends only after its scoring, which reads the file.
func TestFilePanics(t *testing.T) {
	h, _, _ := newHandler(t, nil)
	var ended atomic.Bool
	started := make(chan struct{})
	h.models = scoring.SingleModel(&hooked{Engine: engineOf(t, h),
		last: func(ctx context.Context) error {
			close(started)
			<-ctx.Done()
			time.Sleep(50 * time.Millisecond)
			ended.Store(true)
			return ctx.Err()
		}})
	r := httptest.NewRequest("POST", "/v1/score", strings.NewReader("review\n"+manyRows(4000)))
	r.Header.Set("Content-Type", wire.TypeCSV)
	func() {
		defer func() { recover() }()
		h.ServeHTTP(panicking{httptest.NewRecorder(), started}, r)
	}()
	if !ended.Load() {
		t.Error("the file is still read")
	}
}

// panicking is a response whose Write panics once started is closed.
type panicking struct {
	*httptest.ResponseRecorder
	started chan struct{}
}

func (p panicking) Write([]byte) (int, error) {
	<-p.started
	panic("broken")
}

// manyRows returns n rows of 200 bytes.
func manyRows(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "good number %d %s\n", i, strings.Repeat("x", 186))
	}
	return b.String()
}

func engineOf(t *testing.T, h *Handler) scoring.Engine {
	t.Helper()
	e, release, err := h.models.Acquire(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	release()
	return e
}

// hooked calls last before it scores less than a full chunk: the end of a file.
type hooked struct {
	scoring.Engine
	last func(ctx context.Context) error
}

func (e *hooked) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	if len(texts) < 256 {
		if err := e.last(ctx); err != nil {
			return nil, err
		}
	}
	return e.Engine.Score(ctx, texts)
}

// Bodies are recognized even if their first line is long, and JSON with reviews in it is a file
// under its own type, too.
func TestFilesAreRecognized(t *testing.T) {
	h, _, _ := newHandler(t, nil)
	question := "How satisfied are you with what you bought? Please answer in your own words. "
	var long strings.Builder
	for i := range 80 {
		fmt.Fprintf(&long, ",q%d %s", i, question)
	}
	text := strings.Repeat("good kettle, ", 400)
	objects := strings.Repeat(`{"name": "a long name of it"},`+"\n", 300) + `{"name": "it"}`
	const form = "application/x-www-form-urlencoded"
	for _, tt := range []struct{ name, contentType, body, want string }{
		{"a long header", form, "review" + long.String() + "\ngood kettle" +
			strings.Repeat(",x", 80) + "\n", ",positive,"},
		{"a header of 70 KB", form,
			"review" + strings.Repeat(",q 23456", 9_000) + "\ngood kettle\n",
			",positive,"},
		{"a long first record", form, `{"review": "` + text + `"}` + "\n" +
			`{"review": "good"}` + "\n", `"sentiment":"`},
		{"an array", wire.TypeJSON, `[{"review": "good"}, {"review": "bad"}]`, `"sentiment":"`},
		{"a response", wire.TypeJSON, ` {"reviews": [{"review": "good"}]}`, `"sentiment":"`},
		{"texts", wire.TypeJSON, `{"texts": ["good", "[{"]}`, `"results":[`},
		{"long texts", form, `{"texts": ["` + text + `"]}`, `"results":[`},
		{"a form", form, "text=" + strings.Repeat("good+kettle+", 500), "--data-binary"},
		{"texts below objects", wire.TypeJSON, `{"source": [` + objects + `], "texts": ["good"]}`,
			`"results":[`},
		{"texts below objects on one line", wire.TypeJSON,
			`{"source": [` + strings.ReplaceAll(objects, "\n", "") + `], "texts": ["good"]}`,
			`"results":[`},
		{"texts below objects, of no type", form,
			`{"source": [` + objects + `], "texts": ["good"]}`, `"results":[`},
		{"a response with much above", wire.TypeJSON,
			`{"meta": "` + text + `", "reviews": [{"review": "good"}]}`, `"sentiment":"`},
		{"a response with much above, of no type", form,
			"{\n\"meta\": \"" + text + "\",\n\"reviews\": [{\"review\": \"good\"}]}",
			`"sentiment":"`},
		{"a document without objects", wire.TypeJSON, `["good"]`, "bad-json"},
		{"texts below a value of that name", wire.TypeJSON,
			`{"kind": "texts", "texts": ["good", "bad"]}` + "\n", `"results":[`},
		{"texts between objects and a value of that name", wire.TypeJSON,
			`{"source": [{"kind": "texts"}], "of": "texts", "texts": ["good"]}`, `"results":[`},
		{"a packed file without a line end", form, "\x1f\x8b\x08\x00packed", "packed with gzip"},
		{"an empty file", form, "", "The body is empty"},
		{"an empty file with a mark", form, "\xef\xbb\xbf\r\n", "The body is empty"},
	} {
		w := do(h, "POST", "/v1/score", tt.contentType, strings.NewReader(tt.body))
		if !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s: %d %.300s, want %q", tt.name, w.Code, w.Body, tt.want)
		}
	}
}
