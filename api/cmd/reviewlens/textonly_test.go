package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"reviewlens/api/wire"
	"reviewlens/tokenizer/batch"
)

// A model with its own tokenizer is served for texts, on every route that accepts them; a frame is
// refused with a reason, and /v1/model reports it in advance.
func TestServeTextsOnly(t *testing.T) {
	const folder = "../../infer/testdata/roberta"
	url, _, _ := startServer(t, "-model", folder, "-price", "0.25")
	var model wire.Manifest
	getJSON(t, url+"/v1/model", &model)
	if model.Tokenizer.Kind != wire.TextOnly || model.Tokenizer.File != "tokenizer.json" {
		t.Errorf("tokenizer is %+v", model.Tokenizer)
	}
	var config wire.Config
	if getJSON(t, url+"/v1/config", &config); config.Cost == nil || config.Cost.Price != 0.25 {
		t.Errorf("cost is %+v, want the price that was given", config.Cost)
	}
	file, err := os.ReadFile(folder + "/tokenizer.json")
	if err != nil {
		t.Fatal(err)
	}
	if w, body := ask(t, "GET", url+"/v1/models/"+model.ID+
		"/tokenizer", "", ""); w.Header.Get("Content-Type") != wire.TypeJSON ||
		body != string(file) {
		t.Errorf("its tokenizer is answered as %s, %d bytes",
			w.Header.Get("Content-Type"), len(body))
	}
	frame, err := batch.AppendRequest(nil,
		batch.Request{Model: model.ID, Texts: [][][]int32{{{0, 5, 2}}}})
	if err != nil {
		t.Fatal(err)
	}
	w, body := ask(t, "POST", url+"/v1/score", wire.TypeFrame, string(frame))
	if e, ok := wire.DecodeProblem([]byte(body)); !ok ||
		w.StatusCode != http.StatusUnsupportedMediaType || e.Code != wire.NoFrames ||
		e.Model != model.ID {
		t.Errorf("a frame is answered %s %s", w.Status, body)
	}
	for _, tt := range []struct{ path, contentType, body, want string }{
		{"/v1/score", wire.TypeJSON, `{"texts": ["a good lid", ""]}`, `"positive":0.787`},
		{"/v1/score", wire.TypePlain, "a good lid\n", `"positive":0.787`},
		{"/v1/score", wire.TypeCSV, "review\na good lid\n", "a good lid,positive,0.787"},
		{"/v1/report", wire.TypeCSV, "review\na good lid\n", `"positive":1`},
		{"/compat/hf", wire.TypeJSON, `{"inputs": "a good lid"}`, `"POSITIVE","score":0.787`},
		{"/compat/tei/predict", wire.TypeJSON, `{"inputs": "a good lid"}`, `"score":0.787`},
	} {
		if w, body := ask(t, "POST", url+tt.path, tt.contentType, tt.body); w.StatusCode != 200 ||
			!strings.Contains(body, tt.want) {
			t.Errorf("%s as %s: %s %s, want %s", tt.path, tt.contentType, w.Status, body, tt.want)
		}
	}
	// A text that the tokenizer refuses has an error in its place.
	texts, err := json.Marshal(
		wire.ScoreRequest{Texts: []string{strings.Repeat("a", 2<<20), "a good lid"}})
	if err != nil {
		t.Fatal(err)
	}
	var answer wire.ScoreResponse
	w, body = ask(t, "POST", url+"/v1/score", wire.TypeJSON, string(texts))
	if err := json.Unmarshal([]byte(body), &answer); err != nil || w.StatusCode != 200 ||
		len(answer.Results) != 2 {
		t.Fatalf("%s %s", w.Status, body)
	}
	if r := answer.Results; r[0].Error == nil || r[0].Error.Err().Code != wire.BadText ||
		r[1].Positive == nil {
		t.Errorf("results are %s", body)
	}
}

func ask(t *testing.T, method, url, contentType, body string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	whole, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w, string(whole)
}

func getJSON(t *testing.T, url string, into any) {
	t.Helper()
	if _, body := ask(t, "GET", url, "", ""); json.Unmarshal([]byte(body), into) != nil {
		t.Fatalf("%s answers %s", url, body)
	}
}
