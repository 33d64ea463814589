package remote

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"crypto/sha256"

	"reviewlens/api"
	"reviewlens/api/infer"
	"reviewlens/api/infer/infertest"
	"reviewlens/api/model"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	"reviewlens/tokenizer/batch"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime/types"
	"github.com/aws/smithy-go"
)

// fake gives golden texts their scores and all other texts one that depends on the text.
type fake struct {
	model  *model.Model
	golden map[batch.Fingerprint]float64
	none   batch.Fingerprint // fingerprint of a text without a number
}

func newFake(t *testing.T, m *model.Model) *fake {
	e := &fake{model: m, golden: make(map[batch.Fingerprint]float64)}
	for _, g := range m.Manifest.Golden {
		windows, _, err := e.Windows(nil, []byte(g.Text))
		if err != nil {
			t.Fatal(err)
		}
		e.golden[batch.FingerprintOf(windows)] = g.Positive
	}
	return e
}

func (e *fake) Model() *model.Model { return e.model }

func (e *fake) Windows(dst [][]int32, text []byte) ([][]int32, bool, error) {
	return e.model.Cut(dst, text)
}

func (*fake) Aspects(_ context.Context, texts [][][]int32) ([][]aspects.Span, error) {
	return make([][]aspects.Span, len(texts)), nil
}

func (e *fake) Score(_ context.Context, texts [][][]int32) (scores []reviews.Score, err error) {
	for _, text := range texts {
		fingerprint := batch.FingerprintOf(text)
		p, ok := e.golden[fingerprint]
		if fingerprint == e.none {
			scores = append(scores, reviews.Score{})
			continue
		}
		if !ok {
			p = float64(fingerprint[0]>>11) / (1 << 53)
		}
		scores = append(scores, reviews.Score{Positive: p, Sentiment: e.model.Rule.Name(p),
			Stars: 1 + 4*p, Mixed: fingerprint[1]%2 == 0})
	}
	return scores, nil
}

// double simulates SageMaker's side of an endpoint as documented: it checks signatures and sizes,
// passes a body and two headers to the container, and wraps the container's errors.
type double struct {
	t         *testing.T
	container http.Handler
	signer    *v4.Signer // caches the key of a day
	maxBytes  int64
	refuse    atomic.Int64 // number of invocations to throttle
	invoked   atomic.Int64
}

func (d *double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fail := func(status int, code string, body map[string]any) {
		w.Header().Set("X-Amzn-Errortype", code)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(body)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Method != "POST" {
		d.t.Errorf("%s: %v", r.Method, err)
	}
	if !d.signed(r, body) {
		fail(403, "InvalidSignatureException", map[string]any{"message": "signature"})
		return
	}
	switch {
	case r.URL.Path != "/endpoints/reviews/invocations":
		fail(400, "ValidationError", map[string]any{"Message": "Endpoint of account not found."})
		return
	case int64(len(body)) > d.maxBytes:
		fail(413, "ValidationError", map[string]any{"Message": "too large"})
		return
	case d.refuse.Add(-1) >= 0:
		fail(400, "ThrottlingException", map[string]any{"Message": "Rate exceeded"})
		return
	}
	d.invoked.Add(1)
	inner, err := http.NewRequest("POST", "/invocations", bytes.NewReader(body))
	if err != nil {
		d.t.Error(err)
		return
	}
	inner.Header.Set("Content-Type", r.Header.Get("Content-Type"))
	inner.Header.Set("Accept", r.Header.Get("Accept"))
	answer := httptest.NewRecorder()
	d.container.ServeHTTP(answer, inner)
	if answer.Code/100 != 2 {
		fail(424, "ModelError", map[string]any{"Message": "Received client error",
			"OriginalStatusCode": answer.Code,
			"OriginalMessage":    answer.Body.String()})
		return
	}
	w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
	w.Header().Set("X-Amzn-Invoked-Production-Variant", "all")
	w.Write(answer.Body.Bytes())
}

// signed reports whether a request has the signature of the test's key over all that it contains.
func (d *double) signed(r *http.Request, body []byte) bool {
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		return false
	}
	again, _ := http.NewRequest(r.Method, "http://"+r.Host+r.URL.RequestURI(), nil)
	_, rest, _ := strings.Cut(r.Header.Get("Authorization"), "SignedHeaders=")
	names, _, _ := strings.Cut(rest, ",")
	for name := range strings.SplitSeq(names, ";") {
		if name != "host" && name != "content-length" {
			again.Header.Set(name, r.Header.Get(name))
		}
	}
	again.ContentLength = int64(len(body))
	sum := sha256.Sum256(body)
	keys := aws.Credentials{AccessKeyID: "test", SecretAccessKey: "secret"}
	err = d.signer.SignHTTP(d.t.Context(), keys, again, hex.EncodeToString(sum[:]),
		"sagemaker", "eu-central-1", at)
	return err == nil && again.Header.Get("Authorization") == r.Header.Get("Authorization")
}

// start puts the container program's real handler behind a double, and points the SDK to it.
func start(t *testing.T, e scoring.Engine) *double {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	d := &double{t: t, signer: v4.NewSigner(), maxBytes: realTimeBytes,
		container: api.New(api.Options{Models: scoring.SingleModel(e), Log: quiet,
			SageMaker: true})}
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": server.URL,
		"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "test",
		"AWS_SECRET_ACCESS_KEY": "secret",
		"AWS_SESSION_TOKEN":     "", "AWS_CONFIG_FILE": os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE": os.DevNull} {
		t.Setenv(name, value)
	}
	return d
}

func defaultModel(t *testing.T) *model.Model {
	t.Helper()
	m, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// 5,000 texts get the scores that the container returns directly, several frames at a time.
func TestScoresAreTheContainers(t *testing.T) {
	m := defaultModel(t)
	inside := newFake(t, m)
	d := start(t, inside)
	e, err := Open(t.Context(), "sagemaker://reviews", m)
	if err != nil {
		t.Fatal(err)
	}
	var texts [][][]int32
	for i := range 5000 {
		text := fmt.Sprintf("Review %d. %s", i, strings.Repeat("It works well. ", i%40))
		if i%100 == 99 {
			text = "" // keeps its place
		}
		windows, _, err := e.Windows(nil, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, windows)
	}
	d.refuse.Store(3) // throttled requests are retried
	before := d.invoked.Load()
	got, err := e.Score(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := inside.Score(t.Context(), texts)
	for i := range want {
		if len(texts[i]) == 0 {
			want[i] = reviews.Score{}
		}
		if got[i].Sentiment != want[i].Sentiment ||
			math.Abs(got[i].Positive-want[i].Positive) > 1e-7 || got[i].Pack() != want[i].Pack() {
			t.Fatalf("text %d scores %+v, want %+v", i, got[i], want[i])
		}
	}
	t.Logf("5,000 texts in %d invocations", d.invoked.Load()-before)
}

// A text without a number from the endpoint's model has no score; the others have theirs.
func TestTextWithoutANumber(t *testing.T) {
	m := defaultModel(t)
	inside := newFake(t, m)
	start(t, inside)
	e, err := Open(t.Context(), "sagemaker://reviews", m)
	if err != nil {
		t.Fatal(err)
	}
	var texts [][][]int32
	for _, text := range []string{"It works.", "It overflows.", "It broke."} {
		windows, _, err := e.Windows(nil, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, windows)
	}
	inside.none = batch.FingerprintOf(texts[1])
	got, err := e.Score(t.Context(), texts)
	if err != nil || got[1] != (reviews.Score{}) || got[0].Sentiment == reviews.None ||
		got[2].Sentiment == reviews.None {
		t.Errorf("Score = %+v, %v", got, err)
	}
}

// A model without golden texts, a Hugging Face export, must score one text.
func TestModelWithoutGoldenTexts(t *testing.T) {
	m := *defaultModel(t)
	m.Manifest.Golden = nil
	inside := newFake(t, &m)
	start(t, inside)
	if _, err := Open(t.Context(), "sagemaker://reviews", &m); err != nil {
		t.Error(err)
	}
	windows, _, err := m.Cut(nil, []byte(infer.AnyText))
	if err != nil {
		t.Fatal(err)
	}
	inside.none = batch.FingerprintOf(windows)
	_, err = Open(t.Context(), "sagemaker://reviews", &m)
	if err == nil || !strings.Contains(err.Error(), "gives no number") {
		t.Errorf("Open = %v", err)
	}
}

// The real engine behind the double: the golden texts and others, one by one as well. Each text is
// scored both ways, one right after the other, each first in turn, so that other load on the
// machine affects both.
func TestRealEngine(t *testing.T) {
	engine := infertest.Engine(t)
	start(t, engine)
	e, err := Open(t.Context(), "sagemaker://reviews?serverless=1", engine.Model())
	if err != nil {
		t.Fatal(err)
	}
	ways := []scoring.Engine{engine, e}
	sentence := "Kettle number %d broke after a week. "
	for _, of := range []struct{ name, text string }{
		{"one sentence", sentence},
		{"a review of 80 words", sentence + strings.Repeat("It boils fast, it is easy to clean "+
			"and it looks lovely in the kitchen, but the lid sticks and steam comes out. ", 3)},
	} {
		const texts = 60
		var direct, more, ratio [texts]float64
		for i := range texts {
			text := []string{fmt.Sprintf(of.text, i)}
			var scores [2][]wire.Result
			var millis [2]float64
			for turn := range 2 {
				way := (i + turn) % 2
				started := time.Now()
				scores[way], err = scoring.Texts(t.Context(), ways[way], text, 0)
				millis[way] = time.Since(started).Seconds() * 1000
				if err != nil {
					t.Fatal(err)
				}
			}
			want, got := scores[0][0], scores[1][0]
			if got.Sentiment != want.Sentiment || math.Abs(*got.Positive-*want.Positive) > 1e-7 {
				t.Fatalf("%q scores %+v, want %+v", text, got, want)
			}
			direct[i], more[i], ratio[i] = millis[0], millis[1]-millis[0], millis[1]/millis[0]
		}
		slices.Sort(direct[:])
		slices.Sort(more[:])
		slices.Sort(ratio[:])
		t.Logf("%s, p50: %.1f ms direct, %.2f ms more (%.2fx) by the endpoint's double, without a "+
			"network", of.name, direct[texts/2], more[texts/2], ratio[texts/2])
	}
}

func TestOpenRefuses(t *testing.T) {
	m := defaultModel(t)
	other := *m
	other.Manifest.ID = "0123456789ab"
	wrong := newFake(t, m)
	for fingerprint := range wrong.golden {
		wrong.golden[fingerprint] = 0.5
	}
	for _, tt := range []struct {
		name, address string
		inside        scoring.Engine
		want          string
	}{
		{"another model", "sagemaker://reviews", newFake(t, &other),
			"answers 409 There is no model"},
		{"other scores", "sagemaker://reviews", wrong, "self-test: golden text"},
		{"no such endpoint", "sagemaker://other", newFake(t, m), "not found"},
		{"no name", "sagemaker://", nil, "want sagemaker://NAME"},
		{"a path", "sagemaker://reviews/x", nil, "want sagemaker://NAME"},
		{"not a name", "sagemaker://re_views", nil, "want sagemaker://NAME"},
		{"an option", "sagemaker://reviews?x=1", nil, "the one option is serverless=1"},
		{"a value", "sagemaker://reviews?serverless=often", nil, `serverless is "often"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.inside != nil {
				start(t, tt.inside)
			}
			_, err := Open(t.Context(), tt.address, m)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Open = %v, want %q", err, tt.want)
			}
		})
	}
	start(t, newFake(t, m))
	t.Setenv("AWS_SECRET_ACCESS_KEY", "other")
	if _, err := Open(t.Context(), "sagemaker://reviews", m); err == nil ||
		!strings.Contains(err.Error(), "InvalidSignatureException") {
		t.Errorf("Open with another key = %v", err)
	}
}

// An impossible request is refused before anything is sent; a transient error is reported as such;
// a cancelled request ends.
func TestErrors(t *testing.T) {
	m := defaultModel(t)
	d := start(t, newFake(t, m))
	e, err := Open(t.Context(), "sagemaker://reviews", m)
	if err != nil {
		t.Fatal(err)
	}
	e.maxBytes = headBytes + 4*100
	before := d.invoked.Load()
	_, err = e.Score(t.Context(), [][][]int32{{{101, 102}}, {make([]int32, 200)}})
	if refusal, ok := errors.AsType[*wire.Error](err); !ok || refusal.Code != wire.BodyTooLarge ||
		!strings.Contains(refusal.Detail, "Text 2 has 200 tokens") || d.invoked.Load() != before {
		t.Errorf("Score of a long text = %v after %d invocations", err, d.invoked.Load()-before)
	}
	for _, busy := range []error{
		&types.ModelError{OriginalStatusCode: aws.Int32(503)},
		&types.ModelError{OriginalStatusCode: aws.Int32(429)},
		&smithy.GenericAPIError{Code: "ThrottlingException"},
		&types.ModelNotReadyException{},
	} {
		if explained, ok := errors.AsType[*wire.Error](e.explain(t.Context(), busy)); !ok ||
			explained.Code != wire.Overloaded {
			t.Errorf("explain(%v) = %v", busy, e.explain(t.Context(), busy))
		}
	}
	for _, ours := range []error{
		&types.ModelError{OriginalStatusCode: aws.Int32(500)}, errors.New("no connection"),
	} {
		if _, ok := errors.AsType[*wire.Error](e.explain(t.Context(), ours)); ok {
			t.Errorf("explain(%v) is shown to clients", ours)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Score(ctx, [][][]int32{{{101, 102}}}); !errors.Is(err, context.Canceled) {
		t.Errorf("Score of a request that was given up = %v", err)
	}
}

// tagging returns the first word of each window.
type tagging struct{ *fake }

func (e tagging) Aspects(_ context.Context, texts [][][]int32) ([][]aspects.Span, error) {
	found := make([][]aspects.Span, len(texts))
	for i, text := range texts {
		for w := range text {
			found[i] = append(found[i], aspects.Span{Window: w, First: 1, Tokens: 1,
				Polarity: aspects.Polarity((i + w) % 3), Probability: 1})
		}
	}
	return found, nil
}

// Topics are the container's as well, if the model has them.
func TestAspectsAreTheContainers(t *testing.T) {
	m := *defaultModel(t)
	m.Aspects = &model.Aspects{}
	inside := tagging{newFake(t, &m)}
	start(t, inside)
	e, err := Open(t.Context(), "sagemaker://reviews", &m)
	if err != nil {
		t.Fatal(err)
	}
	windows, _, err := e.Windows(nil, []byte(strings.Repeat("It is a kettle. ", 100)))
	if err != nil || len(windows) < 2 {
		t.Fatalf("%d windows, %v", len(windows), err)
	}
	got, err := e.Aspects(t.Context(), [][][]int32{nil, windows, windows[:1]})
	if err != nil || len(got[0]) > 0 || len(got[1]) != len(windows) || len(got[2]) != 1 ||
		got[1][1] != (aspects.Span{Window: 1, First: 1, Tokens: 1, Polarity: aspects.Negative,
			Probability: 1}) {
		t.Errorf("Aspects = %+v, %v", got, err)
	}
	without := *defaultModel(t)
	without.Aspects = nil
	if e, err = Open(t.Context(), "sagemaker://reviews", &without); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Aspects(t.Context(), nil); err == nil ||
		!strings.Contains(err.Error(), "finds no topics") {
		t.Errorf("Aspects of a model without = %v", err)
	}
}
