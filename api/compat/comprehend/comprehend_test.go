package comprehend

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"reviewlens/api/compat/compattest"
	"reviewlens/api/wire"
)

// ask sends a request as an SDK would.
func ask(h http.Handler, operation, body string) (*httptest.ResponseRecorder, map[string]any) {
	r := httptest.NewRequest("POST", "/compat/comprehend/", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("X-Amz-Target", target+operation)
	w := compattest.Do(h, r)
	var answer map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		panic(fmt.Sprintf("answered %d %s: %v", w.Code, w.Body, err))
	}
	return w, answer
}

func TestDetect(t *testing.T) {
	host, engine := compattest.Host(t, false)
	h := New(host)
	for _, tt := range []struct {
		text, want string
		texts      int // number of texts passed to the engine
	}{
		{"Good.", "POSITIVE", 1},
		{"A bad kettle. It leaks from below.", "NEGATIVE", 1},
		{"It is a kettle. It is made of steel.", "NEUTRAL", 3},
		{"The kettle is good. The cable is bad.", "MIXED", 3},
		{"The kettle is good but the cable is bad.", "MIXED", 3},
		{"A good bad kettle", "NEUTRAL", 1}, // one part: none to compare it with
		{"The kettle is good. Its cable is good. The box was bad.", "POSITIVE", 1},
		{"Das ist leider gar nicht good, denn es ist nach zwei Tagen kaputt.", "NEUTRAL", 1},
	} {
		engine.Texts = 0
		w, answer := ask(h, "DetectSentiment",
			fmt.Sprintf(`{"Text": %q, "LanguageCode": "en"}`, tt.text))
		if w.Code != 200 || answer["Sentiment"] != tt.want || engine.Texts != tt.texts {
			t.Errorf("%q: %d %s, the engine scored %d texts; want %s, %d", tt.text, w.Code, w.Body,
				engine.Texts, tt.want, tt.texts)
			continue
		}
		checkScore(t, tt.text, answer)
	}
}

// Not every engine returns the probability that is Neutral; other numbers in its place would be
// another response for the same text.
func TestNoShares(t *testing.T) {
	host, engine := compattest.Host(t, false)
	engine.Stars, engine.NoShares = true, true
	h := New(host)
	w, answer := ask(h, "DetectSentiment", `{"Text": "Good.", "LanguageCode": "en"}`)
	if message := fmt.Sprint(answer["Message"]); w.Code != 400 ||
		!strings.Contains(message, "probability of three stars") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w, answer = ask(h, "DetectSentiment",
		`{"Text": "Das ist leider gar nicht good, denn es ist kaputt.", "LanguageCode": "en"}`)
	if w.Code != 200 || answer["Sentiment"] != "NEUTRAL" {
		t.Errorf("a text that is not read: %d %s", w.Code, w.Body)
	}
}

// A text that the engine did not score is the server's failure, not the sender's.
func TestNoScore(t *testing.T) {
	host, engine := compattest.Host(t, false)
	engine.NoScore, engine.Topics = true, true
	h := New(host)
	for _, operation := range []string{"DetectSentiment", "DetectTargetedSentiment"} {
		w, answer := ask(h, operation, `{"Text": "Good.", "LanguageCode": "en"}`)
		if w.Code != 500 || answer["__type"] != "InternalServerException" {
			t.Errorf("%s: %d %s", operation, w.Code, w.Body)
		}
		w, answer = ask(h, operation, `{"Text": " ", "LanguageCode": "en"}`)
		if w.Code != 400 || answer["__type"] != "InvalidRequestException" {
			t.Errorf("%s of an empty text: %d %s", operation, w.Code, w.Body)
		}
		w, answer = ask(h, "Batch"+operation, `{"TextList": ["Good.", ""], "LanguageCode": "en"}`)
		got := ""
		for _, item := range answer["ErrorList"].([]any) {
			item := item.(map[string]any)
			got += fmt.Sprint(item["Index"], item["ErrorCode"], " ")
		}
		if want := "0INTERNAL_SERVER_ERROR 1INVALID_REQUEST "; w.Code != 200 || got != want {
			t.Errorf("Batch%s: %d %s, want %s", operation, w.Code, w.Body, want)
		}
	}
}

// checkScore checks that the scores add up to 1 and that the sentiment leads.
func checkScore(t *testing.T, text string, answer map[string]any) {
	t.Helper()
	sum, leader := 0.0, ""
	scores, _ := answer["SentimentScore"].(map[string]any)
	for name, score := range scores {
		sum += score.(float64)
		if leader == "" || score.(float64) > scores[leader].(float64) {
			leader = name
		}
	}
	if len(scores) != 4 || math.Abs(sum-1) > 1e-9 ||
		strings.ToUpper(leader) != answer["Sentiment"] {
		t.Errorf("%q: scores %v add up to %v, and %v is the sentiment", text, scores, sum,
			answer["Sentiment"])
	}
}

func TestBatch(t *testing.T) {
	host, _ := compattest.Host(t, false)
	list, _ := json.Marshal([]string{"Good.", "", "The kettle is good. The cable is bad.",
		strings.Repeat("é", 2501), "Bad.", " \n"})
	w, answer := ask(New(host), "BatchDetectSentiment", `{"LanguageCode": "en", "TextList": `+
		string(list)+`}`)
	got := ""
	for _, item := range answer["ResultList"].([]any) {
		item := item.(map[string]any)
		got += fmt.Sprint(item["Index"], item["Sentiment"], " ")
		checkScore(t, "batch", item)
	}
	for _, item := range answer["ErrorList"].([]any) {
		item := item.(map[string]any)
		got += fmt.Sprint(item["Index"], item["ErrorCode"], " ")
	}
	if want := "0POSITIVE 2MIXED 4NEGATIVE 1INVALID_REQUEST 3TEXT_SIZE_LIMIT_EXCEEDED " +
		"5INVALID_REQUEST "; got != want {
		t.Errorf("got %s\nwant %s\n%s", got, want, w.Body)
	}
	_, answer = ask(New(host), "BatchDetectSentiment",
		`{"LanguageCode": "en", "TextList": ["Good."]}`)
	if list, ok := answer["ErrorList"].([]any); !ok || len(list) > 0 {
		t.Errorf("the list of no errors is %v", answer["ErrorList"])
	}
}

// Mentions have the offsets of the text in code points, and those of one aspect are one entity.
func TestTargeted(t *testing.T) {
	host, engine := compattest.Host(t, false)
	engine.Topics = true
	h := New(host)
	text := `  The media could not be loaded. A é "good" kettle 👍, a Good&amp;bad ` +
		"one: it is so comfortable"
	w, answer := ask(h, "DetectTargetedSentiment",
		fmt.Sprintf(`{"Text": %q, "LanguageCode": "en"}`, text))
	got := ""
	points := []rune(text)
	for _, e := range answer["Entities"].([]any) {
		e := e.(map[string]any)
		got += fmt.Sprint(e["DescriptiveMentionIndex"], ":")
		for _, m := range e["Mentions"].([]any) {
			m := m.(map[string]any)
			from, to := int(m["BeginOffset"].(float64)), int(m["EndOffset"].(float64))
			if string(points[from:to]) != m["Text"] || m["Type"] != "ATTRIBUTE" ||
				m["GroupScore"] != 1.0 || m["Score"] != 0.8 {
				t.Errorf("%q from %d to %d is %v", points[from:to], from, to, m)
			}
			s := m["MentionSentiment"].(map[string]any)
			checkScore(t, "a mention", s)
			got += fmt.Sprintf(" %s %s", m["Text"], s["Sentiment"])
		}
		got += "; "
	}
	want := "[0]: good POSITIVE Good POSITIVE; [0]: bad NEGATIVE; [0]: comfortable POSITIVE; "
	if w.Code != 200 || got != want {
		t.Errorf("%d %s\ngot %s\nwant %s", w.Code, w.Body, got, want)
	}

	list, _ := json.Marshal([]string{"Good.", "", strings.Repeat("é", 2501), "A kettle.",
		"Das ist leider gar nicht good, denn es ist nach zwei Tagen kaputt gegangen."})
	w, answer = ask(h, "BatchDetectTargetedSentiment", `{"LanguageCode": "en", "TextList": `+
		string(list)+`}`)
	got = ""
	for _, item := range answer["ResultList"].([]any) {
		item := item.(map[string]any)
		got += fmt.Sprint(item["Index"], ":", len(item["Entities"].([]any)), " ")
	}
	for _, item := range answer["ErrorList"].([]any) {
		item := item.(map[string]any)
		got += fmt.Sprint(item["Index"], item["ErrorCode"], " ")
	}
	if want := "0:1 3:0 4:0 1INVALID_REQUEST 2TEXT_SIZE_LIMIT_EXCEEDED "; got != want {
		t.Errorf("got %s\nwant %s\n%s", got, want, w.Body)
	}

	engine.Topics, engine.Texts = false, 0
	w, answer = ask(h, "DetectTargetedSentiment", `{"Text": "Good.", "LanguageCode": "en"}`)
	if w.Code != 400 || answer["__type"] != "InvalidRequestException" || engine.Texts > 0 ||
		!strings.Contains(fmt.Sprint(answer["Message"]), "finds no topics") {
		t.Errorf("a model without topics: %d %s", w.Code, w.Body)
	}
}

func TestRefusals(t *testing.T) {
	host, engine := compattest.Host(t, false)
	h := New(host)
	text := func(bytes int) string {
		return fmt.Sprintf(`{"Text": %q, "LanguageCode": "en"}`, strings.Repeat("a", bytes))
	}
	texts := func(n int) string {
		return `{"LanguageCode": "en", "TextList": ["a"` + strings.Repeat(`,"a"`, n-1) + `]}`
	}
	for _, tt := range []struct {
		operation, body, kind string
		status                int
	}{
		{"DetectSentiment", text(5000), "", 200},
		{"DetectSentiment", text(5001), "TextSizeLimitExceededException", 400},
		{"DetectSentiment", text(0), "InvalidRequestException", 400},
		{"DetectSentiment", `{"Text": " ", "LanguageCode": "en"}`, "InvalidRequestException", 400},
		{"DetectSentiment", `{"Text": "a"}`, "InvalidRequestException", 400},
		{"DetectSentiment", `{"Text": "a", "LanguageCode": "xx"}`, "InvalidRequestException", 400},
		{"DetectSentiment", `{"Text": "a", "LanguageCode": "zh-TW"}`,
			"UnsupportedLanguageException", 400},
		{"DetectSentiment", `{"Text": 5, "LanguageCode": "en"}`, "SerializationException", 400},
		{"DetectSentiment", `{"Text": "a`, "SerializationException", 400},
		{"DetectSentiment", ``, "SerializationException", 400},
		{"DetectSentiment", `[]`, "SerializationException", 400},
		{"BatchDetectSentiment", texts(25), "", 200},
		{"BatchDetectSentiment", texts(26), "BatchSizeLimitExceededException", 400},
		{"BatchDetectSentiment", `{"LanguageCode": "en"}`, "InvalidRequestException", 400},
		{"BatchDetectSentiment", `{"LanguageCode": "en", "TextList": []}`,
			"InvalidRequestException", 400},
		{"BatchDetectSentiment", `{"LanguageCode": "en", "TextList": "a"}`,
			"InvalidRequestException", 400},
		{"BatchDetectSentiment", `{"LanguageCode": "en", "TextList": ["a", null]}`,
			"InvalidRequestException", 400},
		{"BatchDetectSentiment", `{"LanguageCode": "de", "TextList": ["a"]}`,
			"UnsupportedLanguageException", 400},
		{"DetectTargetedSentiment", text(5001), "TextSizeLimitExceededException", 400},
		{"DetectTargetedSentiment", text(0), "InvalidRequestException", 400},
		{"DetectTargetedSentiment", `[]`, "SerializationException", 400},
		{"BatchDetectTargetedSentiment", texts(26), "BatchSizeLimitExceededException", 400},
		{"BatchDetectTargetedSentiment", `{"LanguageCode": "fr", "TextList": ["a"]}`,
			"UnsupportedLanguageException", 400},
		{"DetectEntities", `{}`, "UnknownOperationException", 400},
		{"", `{}`, "UnknownOperationException", 400},
	} {
		w, answer := ask(h, tt.operation, tt.body)
		if kind, _ := answer["__type"].(string); w.Code != tt.status || kind != tt.kind ||
			w.Header().Get("X-Amzn-Errortype") != tt.kind || kind != "" && answer["Message"] == "" {
			t.Errorf("%s %.60s: %d %s, want %d %s", tt.operation, tt.body, w.Code, w.Body,
				tt.status, tt.kind)
		}
	}

	engine.Err = errors.New("the library fell over")
	if w, answer := ask(h, "DetectSentiment", text(1)); w.Code != 500 ||
		answer["__type"] != "InternalServerException" ||
		strings.Contains(w.Body.String(), "library") {
		t.Errorf("our fault: %d %s", w.Code, w.Body)
	}
	engine.Err = &wire.Error{Code: wire.NotReady, Detail: "Starting."}
	if w, answer := ask(h, "DetectSentiment", text(1)); w.Code != 503 ||
		answer["__type"] != "ServiceUnavailable" {
		t.Errorf("not ready: %d %s", w.Code, w.Body)
	}
	host.Admit = compattest.Overloaded
	if w, answer := ask(h, "DetectSentiment", text(1)); w.Code != 429 ||
		answer["__type"] != "ThrottlingException" {
		t.Errorf("overloaded: %d %s", w.Code, w.Body)
	}
	if w := compattest.Do(h,
		httptest.NewRequest("GET", "/compat/comprehend/", nil)); w.Code != 400 ||
		!strings.Contains(w.Body.String(), "UnknownOperationException") {
		t.Errorf("GET: %d %s", w.Code, w.Body)
	}
}

func FuzzRequest(f *testing.F) {
	for _, body := range []string{`{"Text": "good. bad", "LanguageCode": "en"}`,
		`{"TextList": ["a", "", "\ud800"], "LanguageCode": "en"}`, `{"TextList": [[1`, "\xff"} {
		f.Add(body, true)
		f.Add(body, false)
	}
	host, _ := compattest.Host(f, false)
	h := New(host)
	f.Fuzz(func(t *testing.T, body string, batch bool) {
		operation := "DetectSentiment"
		if batch {
			operation = "Batch" + operation
		}
		w, answer := ask(h, operation, body)
		if w.Code != 200 && w.Code != 400 || (w.Code == 200) == (answer["__type"] != nil) {
			t.Fatalf("answered %d %s", w.Code, w.Body)
		}
		results, _ := answer["ResultList"].([]any)
		for _, item := range results {
			checkScore(t, body, item.(map[string]any))
		}
		if answer["Sentiment"] != nil {
			checkScore(t, body, answer)
		}
	})
}
