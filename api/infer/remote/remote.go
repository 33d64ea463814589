// Package remote runs a model on an Amazon SageMaker endpoint: a scoring.Engine whose windows are
// scored in a container, by the same program ("reviewlens serve -sagemaker").
//
// Texts are cut into windows here, by the same model, and sent as frames of token IDs
// (tokenizer/batch), several texts per frame. A frame names the model, so an endpoint with another
// one refuses it. Open scores the model's golden texts on the endpoint, as infer.Open does. Scores
// are those of the endpoint, rounded to 32 bits in transit: 7 digits.
//
// A request to an endpoint that is busy or starting is retried for some seconds; then the error is
// a *wire.Error of code Overloaded. A text too long for one request to the endpoint is refused as
// BodyTooLarge before anything is sent. Any other error is internal.
package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"sync"

	"reviewlens/api/awsretry"
	"reviewlens/api/infer"
	"reviewlens/api/model"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	"reviewlens/tokenizer/batch"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Scheme is the prefix of the addresses that Open accepts.
const Scheme = "sagemaker://"

// The limits of one request to an endpoint. (InvokeEndpoint; serverless-endpoints-invoke.)
const (
	realTimeBytes   = 6 << 20
	serverlessBytes = 4 << 20
	headBytes       = 4 << 10 // of a frame, in addition to 4 bytes per ID and 2 per window
)

const (
	// frameTokens is about a second of a container's work on one CPU: far below the 60 seconds that
	// SageMaker waits, and enough to make the network's share small.
	frameTokens = 8 << 10
	frameTexts  = 256

	// inFlight is the maximum number of concurrent frames of one request, so that a container with
	// several CPUs has work for each and serves others in between.
	inFlight = 4
)

// Engine is a model on an endpoint. It is safe for concurrent use.
type Engine struct {
	model    *model.Model
	client   *sagemakerruntime.Client
	endpoint string
	maxBytes int
}

var nameForm = regexp.MustCompile(`^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$`)

// Open returns the engine of a model on an endpoint, sagemaker://NAME or
// sagemaker://NAME?serverless=1, after the golden texts have got their scores. Region and
// credentials come from the AWS SDK's default sources.
func Open(ctx context.Context, address string, m *model.Model) (*Engine, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme+"://" != Scheme || !nameForm.MatchString(u.Host) || u.Path != "" {
		return nil, fmt.Errorf("%q is no endpoint; want sagemaker://NAME", address)
	}
	e := &Engine{model: m, endpoint: u.Host, maxBytes: realTimeBytes}
	query := u.Query()
	if text := query.Get("serverless"); text != "" {
		serverless, err := strconv.ParseBool(text)
		if err != nil {
			return nil, fmt.Errorf("%s: serverless is %q; want 0 or 1", address, text)
		}
		if serverless {
			e.maxBytes = serverlessBytes
		}
		query.Del("serverless")
	}
	if len(query) > 0 {
		return nil, fmt.Errorf("%s: the one option is serverless=1", address)
	}
	if m.Tokenizer == nil {
		return nil, fmt.Errorf("%s: model %s takes texts only, and an endpoint is asked with "+
			"token IDs", address, m.Manifest.ID)
	}
	c, err := config.LoadDefaultConfig(ctx, config.WithRetryer(func() aws.Retryer {
		return awsretry.New(awsretry.Request)
	}))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	if c.Region == "" {
		return nil, fmt.Errorf("%s: no region; set AWS_REGION, or a region in the profile", address)
	}
	e.client = sagemakerruntime.NewFromConfig(c)
	if err := e.selfTest(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	return e, nil
}

func (e *Engine) selfTest(ctx context.Context) error {
	golden := e.model.Manifest.Golden
	if len(golden) == 0 { // it must at least score one text
		return e.answers(ctx)
	}
	texts := make([][][]int32, len(golden))
	for i, g := range golden {
		var err error
		if texts[i], _, err = e.Windows(nil, []byte(g.Text)); err != nil {
			return fmt.Errorf("self-test: golden text %q: %w", g.Text, err)
		}
	}
	scores, err := e.Score(ctx, texts)
	if err != nil {
		return fmt.Errorf("self-test: %w", err)
	}
	return infer.Compare(golden, scores)
}

// answers returns an error unless the endpoint responds with a score of this model.
func (e *Engine) answers(ctx context.Context) error {
	text, _, err := e.Windows(nil, []byte(infer.AnyText))
	if err != nil {
		return fmt.Errorf("self-test: %w", err)
	}
	scores, err := e.Score(ctx, [][][]int32{text})
	if err == nil && scores[0].Sentiment == reviews.None {
		err = errors.New("the endpoint's model gives no number")
	}
	if err != nil {
		return fmt.Errorf("self-test: %w", err)
	}
	return nil
}

// Model implements scoring.Engine.
func (e *Engine) Model() *model.Model { return e.model }

// Windows implements scoring.Engine.
func (e *Engine) Windows(dst [][]int32, text []byte) ([][]int32, bool, error) {
	return e.model.Cut(dst, text)
}

// Close has nothing to release: connections are the SDK's.
func (e *Engine) Close() error { return nil }

// Score implements scoring.Engine. A text without windows, or without a number from the endpoint's
// model, gets the zero Score.
func (e *Engine) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	scores := make([]reviews.Score, len(texts))
	wants := batch.Request{Stars: e.model.Stars != nil}
	err := e.invokeAll(ctx, texts, wants, func(i int, answer batch.Scores, at int) {
		if answer.Status[at] != batch.Scored {
			return
		}
		positive := float64(answer.Positive[at])
		scores[i] = reviews.Score{Positive: positive, Sentiment: e.model.Rule.Name(positive)}
		if wants.Stars {
			packed := reviews.PackedStars(answer.Stars[at])
			scores[i].Stars, scores[i].Mixed, _ = packed.Unpack() // validated by DecodeScores
		}
	})
	if err != nil {
		return nil, err
	}
	return scores, nil
}

// Aspects implements scoring.Engine. The local model determines whether the endpoint's has an
// aspect model. The endpoint scores the texts as well.
func (e *Engine) Aspects(ctx context.Context, texts [][][]int32) ([][]aspects.Span, error) {
	if err := e.model.RequireAspects(); err != nil {
		return nil, err
	}
	found := make([][]aspects.Span, len(texts))
	wants := batch.Request{Spans: true}
	err := e.invokeAll(ctx, texts, wants, func(i int, answer batch.Scores, at int) {
		for _, span := range answer.Spans[at] {
			found[i] = append(found[i], aspects.Packed(span).Unpack())
		}
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// invokeAll scores texts on the endpoint with the options of wants, and calls take for each text i
// with its frame's answer and its index at in that answer.
func (e *Engine) invokeAll(ctx context.Context, texts [][][]int32, wants batch.Request,
	take func(i int, answer batch.Scores, at int)) error {
	frames, err := e.frames(texts)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var work sync.WaitGroup
	free := make(chan struct{}, inFlight)
	for i, frame := range frames {
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		invoke := func() {
			defer func() { <-free }()
			answer, err := e.invoke(ctx, texts, frame, wants)
			if err != nil {
				cancel(err)
				return
			}
			for at, i := range frame {
				take(i, answer, at)
			}
		}
		// on this goroutine: another would have to wake first and grow its stack for the SDK
		if i == len(frames)-1 {
			invoke()
		} else {
			work.Go(invoke)
		}
	}
	work.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// frames groups the indices of texts with windows into requests.
func (e *Engine) frames(texts [][][]int32) (frames [][]int, err error) {
	tokens := 0
	for i, text := range texts {
		n := batch.Tokens(text)
		if n == 0 {
			continue
		}
		if size := headBytes + 4*n + 2*len(text); size > e.maxBytes {
			return nil, &wire.Error{Code: wire.BodyTooLarge, Detail: fmt.Sprintf("Text %d has %d "+
				"tokens, more than the endpoint takes in one request of %d bytes.", i+1, n, e.maxBytes)}
		}
		last := len(frames) - 1
		if last < 0 || tokens+n > frameTokens || len(frames[last]) == frameTexts {
			frames, tokens = append(frames, nil), 0
			last++
		}
		frames[last] = append(frames[last], i)
		tokens += n
	}
	return frames, nil
}

// invoke scores the texts of one frame on the endpoint, with the options of request.
func (e *Engine) invoke(ctx context.Context, texts [][][]int32, frame []int,
	request batch.Request) (answer batch.Scores, err error) {
	request.Model = e.model.Manifest.ID
	for _, i := range frame {
		request.Texts = append(request.Texts, texts[i])
	}
	body, err := batch.AppendRequest(nil, request)
	if err != nil {
		return answer, err
	}
	out, err := e.client.InvokeEndpoint(ctx, &sagemakerruntime.InvokeEndpointInput{
		EndpointName: &e.endpoint, ContentType: aws.String(wire.TypeFrame),
		Accept: aws.String(wire.TypeScores), Body: body})
	if err != nil {
		return answer, e.explain(ctx, err)
	}
	if answer, err = batch.DecodeScores(out.Body); err != nil {
		return answer, fmt.Errorf("endpoint %s: %w", e.endpoint, err)
	}
	if answer.Model != e.model.Manifest.ID || len(answer.Positive) != len(frame) ||
		request.Spans && answer.Spans == nil || request.Stars && answer.Stars == nil {
		return answer, fmt.Errorf("endpoint %s: %d scores of model %s, want %d of %s", e.endpoint,
			len(answer.Positive), answer.Model, len(frame), e.model.Manifest.ID)
	}
	for at := range frame {
		if status := answer.Status[at]; status != batch.Scored && status != batch.Failed {
			return answer, fmt.Errorf("endpoint %s: a text has the status %d", e.endpoint,
				status)
		}
	}
	return answer, nil
}

// explain maps an error of the SDK: a transient one becomes a *wire.Error that tells the sender to
// retry.
func (e *Engine) explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if failed, ok := errors.AsType[*types.ModelError](err); ok {
		switch status := aws.ToInt32(failed.OriginalStatusCode); status {
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			return e.busy()
		default:
			var reply struct {
				Error string `json:"error"`
			}
			// the container's error, which SageMaker passes on as bytes
			json.Unmarshal([]byte(aws.ToString(failed.OriginalMessage)), &reply)
			return fmt.Errorf("endpoint %s: its container answers %d %s: %w", e.endpoint, status,
				reply.Error, err)
		}
	}
	api, _ := errors.AsType[smithy.APIError](err)
	response, _ := errors.AsType[*smithyhttp.ResponseError](err)
	if api != nil && slices.Contains([]string{"ModelNotReadyException", "ServiceUnavailable",
		"ThrottlingException", "InternalDependencyException"}, api.ErrorCode()) ||
		response != nil && response.HTTPStatusCode() == http.StatusTooManyRequests {
		return e.busy()
	}
	return fmt.Errorf("endpoint %s: %w", e.endpoint, err)
}

func (e *Engine) busy() error {
	return &wire.Error{Code: wire.Overloaded,
		Detail: "The endpoint that scores is busy or starting. Try again in a moment."}
}
