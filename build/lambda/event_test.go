package main

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"testing"

	"reviewlens/api/infer/infertest"
	"reviewlens/api/lambda/lambdatest"
	"reviewlens/api/wire"
)

// asks returns the event of a request to score texts.
func asks(t *testing.T, texts []string) []byte {
	t.Helper()
	body, err := json.Marshal(wire.ScoreRequest{Texts: texts})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest("POST", "https://api.example/v1/score", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", wire.TypeJSON)
	event, err := lambdatest.Event(r)
	if err != nil {
		t.Fatal(err)
	}
	return event
}

// scoresAsHere compares the answer to that event with the scores of this process's engine, from
// which it may differ by apart.
func scoresAsHere(t *testing.T, payload []byte, texts []string, apart float64) {
	t.Helper()
	response, err := lambdatest.Answer(payload)
	if err != nil {
		t.Fatalf("%s: %v", payload, err)
	}
	var got wire.ScoreResponse
	if err := json.NewDecoder(response.Body).Decode(&got); err != nil ||
		response.StatusCode != 200 || len(got.Results) != len(texts) {
		t.Fatalf("answered %s (%v)", payload, err)
	}
	e := infertest.Engine(t)
	for i, text := range texts {
		windows, _, _ := e.Windows(nil, []byte(text))
		here, err := e.Score(t.Context(), [][][]int32{windows})
		if err != nil {
			t.Fatal(err)
		}
		if there := *got.Results[i].Positive; math.Abs(there-here[0].Positive) > apart {
			t.Errorf("%q scores %.6f there, %.6f here", text, there, here[0].Positive)
		} else {
			t.Logf("%.6f there, %.6f here", there, here[0].Positive)
		}
	}
}
