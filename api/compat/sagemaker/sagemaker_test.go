package sagemaker

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"reviewlens/api/compat/compattest"
	"reviewlens/api/wire"
)

func invoke(h *Handler, contentType, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/invocations", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	return compattest.Do(http.HandlerFunc(h.Invocations), r)
}

// short returns a body with scores of four digits: the last ones differ between CPUs.
func short(body string) string {
	for digits, score := range map[string]string{
		`0\.95257\d+`: "0.9526", `0\.04742\d+`: "0.0474", `(1\.5|1\.49999)\d+`: "1.5"} {
		body = regexp.MustCompile(digits).ReplaceAllString(body, score)
	}
	return body
}

func TestInvocations(t *testing.T) {
	host, _ := compattest.Host(t, false)
	const positive, negative = `{"label":"POSITIVE","score":0.9526}`, `{"label":"NEGATIVE","score":0.9526}`
	const negativeToo = `{"label":"NEGATIVE","score":0.0474}`
	for _, tt := range []struct {
		contentType, body string
		code              int
		want              string
	}{
		{"application/json", `{"inputs": "good"}`, 200, "[" + positive + "]"},
		{"application/json; charset=utf-8", `{"inputs": ["bad", "good"]}`, 200, "[" + negative + "," + positive + "]"},
		{"application/json", `{"inputs": ["bad", ""]}`, 400, `{"error":"Text 2 is empty."}`},
		{"application/json", `{"inputs": `, 400, `{"error":"The body is not JSON, at byte 11: unexpected end of JSON input."}`},
		{"application/jsonlines", "{\"inputs\": \"good\"}\n\n\"bad\"\r\n{\"inputs\": \"\"}\n{\"text\": \"good\"}\n{\n[1]\n", 200, positive + "\n" + negative + "\n" +
			`{"error":"Text 3 is empty."}` + "\n" + `{"error":"Line 4 has no \"inputs\"."}` + "\n" + `{"error":"Line 5: The body is not JSON, at byte 1: unexpected end of JSON input."}` + "\n" +
			`{"error":"Line 6: The body should be an object, not an array."}` + "\n"},
		{"application/jsonl", "", 200, ""},
		{"application/jsonl", "\"caf\xe9\"\n", 200,
			`{"error":"Line 1: Byte 5, 0xe9, is no UTF-8, in which texts are sent."}` + "\n"},
		{"application/json", "{\"inputs\": \"caf\xe9\"}", 400,
			`{"error":"Byte 16, 0xe9, is no UTF-8, in which texts are sent."}`},
		{"text/csv", "good\ncaf\xe9,1\r\n\"bad\n\x00\",2\n\"bad\n\",3\nb\xff", 200,
			"POSITIVE,0.9526\n,\n,\nNEGATIVE,0.9526\n,\n"},
		{"text/csv", "\ufeffgood\n\xe9\ngood é\n", 200, "POSITIVE,0.9526\n,\nPOSITIVE,0.9526\n"},
		{"text/csv", "\xff\xfeg\x00o\x00", 200, ",\n"},
		{"text/csv", "good,5\n\"bad, really\"\r\n\"\",1\n,good\ngood", 200, "POSITIVE,0.9526\nNEGATIVE,0.9526\n,\n,\nPOSITIVE,0.9526\n"},
		{"text/csv; header=absent", "\ufeffgood", 200, "POSITIVE,0.9526\n"},
		{"text/csv; header=present", "\ufeff\"text, good\"\r\ngood\nbad\n", 200,
			"POSITIVE,0.9526\nNEGATIVE,0.9526\n"},
		{"text/csv; header=present", strings.Repeat("good\n", 101), 200,
			strings.Repeat("POSITIVE,0.9526\n", 100)},
		{"text/csv; header=1", "text\ngood", 415,
			`{"error":"header in Content-Type should be present or absent."}`},
		{"application/json", `{"inputs": "good", "parameters": {"top_k": 1}}`, 200,
			"[" + positive + "]"},
		{"application/json", `{"inputs": "good", "parameters": {"top_k": null}}`, 200,
			"[" + positive + "," + negativeToo + "]"},
		{"application/json", `{"inputs": ["good", "good"], "parameters": {"top_k": 2}}`, 200,
			"[[" + positive + "," + negativeToo + "],[" + positive + "," + negativeToo + "]]"},
		{"application/json", `{"inputs": "good", "parameters": {"function_to_apply": "none"}}`, 200,
			`[{"label":"POSITIVE","score":1.5}]`},
		{"application/json", `{"inputs": "good", "parameters": {"top_k": 0}}`, 400,
			`{"error":"top_k should be 1 or more."}`},
		{"application/json", `{"inputs": "good", "parameters": {"return_all_scores": true}}`, 400,
			`{"error":"return_all_scores is not supported. \"top_k\": null returns all scores."}`},
		{"application/jsonl", `{"inputs": "good", "parameters": {"top_k": 1}}` + "\n" +
			`{"inputs": "good", "parameters": {"top_k": 0}}` + "\n", 200, "[" + positive + "]\n" +
			`{"error":"Line 2: top_k should be 1 or more."}` + "\n"},
		{"text/csv", strings.Repeat("a\n", 101), 413, `{"error":"There are more than 100 texts. Send fewer at a time: a smaller MaxPayloadInMB for a batch transform."}`},
		{"application/jsonl", strings.Repeat("\"a\"\n", 101), 413, `{"error":"There are more than 100 texts. Send fewer at a time: a smaller MaxPayloadInMB for a batch transform."}`},
		{"image/png", "", 415, `{"error":"Content-Type should be application/json, application/jsonl or text/csv."}`},
		{"", "", 415, `{"error":"Content-Type should be application/json, application/jsonl or text/csv."}`},
	} {
		w := invoke(New(host), tt.contentType, tt.body)
		if got := short(w.Body.String()); w.Code != tt.code || got != tt.want {
			t.Errorf("%s %.80q: %d\n%s\nwant %d\n%s", tt.contentType, tt.body, w.Code, w.Body, tt.code, tt.want)
		}
		if want, _, _ := strings.Cut(tt.contentType, ";"); w.Code == 200 && w.Header().Get("Content-Type") != want {
			t.Errorf("%s is answered as %s", tt.contentType, w.Header().Get("Content-Type"))
		}
	}
}

func TestFaults(t *testing.T) {
	host, engine := compattest.Host(t, false)
	h := New(host)
	ping := func() int {
		return compattest.Do(http.HandlerFunc(h.Ping), httptest.NewRequest("GET", "/ping", nil)).Code
	}
	if code := ping(); code != 200 {
		t.Errorf("ping: %d", code)
	}
	engine.Err = errors.New("the library fell over")
	if w := invoke(h, "text/csv", "good"); w.Code != 500 || strings.Contains(w.Body.String(), "library") {
		t.Errorf("our fault: %d %s", w.Code, w.Body)
	}
	host.Ready = func() error { return &wire.Error{Code: wire.NotReady, Detail: "Stopping."} }
	if code := ping(); code != 503 {
		t.Errorf("ping while stopping: %d", code)
	}
	host.Admit = compattest.Overloaded
	if w := invoke(h, "text/csv", "good"); w.Code != 429 {
		t.Errorf("overloaded: %d %s", w.Code, w.Body)
	}
}

// Every record has a line in the response.
func FuzzFormats(f *testing.F) {
	f.Add("text/csv", []byte("good,1\n\"a\"\"b\nc\",2\r\"open"))
	f.Add("application/jsonl", []byte("{\"inputs\": \"a\"}\n\"b\"\n{}\nnull\n"))
	f.Add("application/json", []byte(`{"inputs": ["a"]}`))
	host, _ := compattest.Host(f, false)
	e, _, err := host.Models.Acquire(context.Background(), "")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		format, _, err := formatOf(contentType)
		if err != nil || format == nil {
			return
		}
		rows, err := format.read(body, 50)
		if err != nil {
			return
		}
		answer, err := format.write(rows, e.Model())
		if lines := bytes.Count(answer, []byte("\n")); err == nil && !bytes.HasPrefix(answer, []byte("[")) && lines != len(rows) || len(rows) > 50 {
			t.Fatalf("%d rows of %q are answered as %q", len(rows), body, answer)
		}
	})
}
