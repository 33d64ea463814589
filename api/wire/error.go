package wire

import (
	"encoding/json"
	"strings"
	"time"
)

// Code names a kind of mistake. It is stable: clients may switch on it.
type Code string

// The mistakes that a sender can make, and what can be wrong with us: Overloaded, NotReady, Internal.
const (
	BadFrame         Code = "bad-frame"           // not a frame, truncated, or lengths that do not add up
	BadJSON          Code = "bad-json"            // not JSON of the shape asked for
	BadFile          Code = "bad-file"            // no table, or no such column in it
	BadBody          Code = "bad-body"            // the body ended or broke off before it was whole
	BodyTooLarge     Code = "body-too-large"      // more bytes than Limits.Bytes
	TooManyTexts     Code = "too-many-texts"      // more texts than Limits.Texts
	TooManyTokens    Code = "too-many-tokens"     // more tokens than Limits.Tokens
	IDOutOfRange     Code = "id-out-of-range"     // a token ID that the vocabulary lacks
	EmptyText        Code = "empty-text"          // nothing to score
	BadText          Code = "bad-text"            // the model's tokenizer cannot read this text
	NoFrames         Code = "frame-not-supported" // the model takes texts only
	UnknownModel     Code = "unknown-model"       // a model this server does not have; the current id is in Model
	UnknownVersion   Code = "unknown-version"     // frame of a version this server does not read
	UnsupportedType  Code = "unsupported-type"    // Content-Type, charset or Content-Encoding that nothing here reads
	BadParameter     Code = "bad-parameter"       // a query parameter or a header that cannot be read
	TooMuchWork      Code = "too-much-work"       // the answer, or the time it takes, does not fit
	KeyInUse         Code = "key-in-use"          // a request with this Idempotency-Key is being answered
	KeyReused        Code = "key-reused"          // this Idempotency-Key came with another request
	JobUnfinished    Code = "job-unfinished"      // there is no result yet, or will be none
	TooManyJobs      Code = "too-many-jobs"       // delete one, or wait
	StorageFull      Code = "storage-full"        // no room to keep what was sent
	RateLimited      Code = "rate-limited"        // this key's texts a second are used up; try again after a moment
	Unauthorized     Code = "unauthorized"        // no API key, or one that is not known
	CrossOrigin      Code = "cross-origin"        // sent by a page of an origin that is not allowed
	UnknownHost      Code = "unknown-host"        // for a host name that is not the server's
	NotFound         Code = "not-found"           // no such route
	MethodNotAllowed Code = "method-not-allowed"  // the route exists, with another method
	Overloaded       Code = "overloaded"          // too much is waiting; try again after a moment
	NotReady         Code = "not-ready"           // starting, or the model failed its self-test
	OutOfTime        Code = "out-of-time"         // the request's time ended before the answer was whole
	Internal         Code = "internal"            // our fault; the cause is in the server's log
)

// Codes lists every Code, for tables that must be complete.
func Codes() []Code {
	return []Code{
		BadFrame, BadJSON, BadFile, BadBody, BodyTooLarge, TooManyTexts, TooManyTokens, IDOutOfRange, EmptyText, BadText, NoFrames, UnknownModel,
		UnknownVersion, UnsupportedType, BadParameter, TooMuchWork, KeyInUse, KeyReused, JobUnfinished, TooManyJobs, StorageFull,
		RateLimited, Unauthorized, CrossOrigin, UnknownHost, NotFound, MethodNotAllowed, Overloaded, NotReady, OutOfTime, Internal,
	}
}

// Error is a mistake of the sender, with a sentence fit to show. It knows no HTTP: package api maps
// Code to a status, the browser reads the same type back from the problem it is sent.
type Error struct {
	Code   Code
	Detail string // "The body has 9 MB; the limit is 6 MB."
	Model  string // the current model's id, with UnknownModel and UnknownVersion

	RetryAfter time.Duration // when it may work, with Overloaded, RateLimited, TooManyJobs; a header, not in the problem
}

func (e *Error) Error() string { return e.Detail }

// Problem is an Error as JSON (RFC 9457).
type Problem struct {
	Type   string `json:"type"` // "/problems/" + Code
	Status int    `json:"status,omitempty"`
	Detail string `json:"detail"`
	Model  string `json:"model,omitempty"`
}

const problems = "/problems/"

// Problem gives e the form in which it is sent; status is the HTTP status, 0 inside a ScoreResponse.
func (e *Error) Problem(status int) *Problem {
	return &Problem{Type: problems + string(e.Code), Status: status, Detail: e.Detail, Model: e.Model}
}

// Err gives back the Error that p was made of.
func (p *Problem) Err() *Error {
	return &Error{Code: Code(strings.TrimPrefix(p.Type, problems)), Detail: p.Detail, Model: p.Model}
}

// DecodeProblem reads the body of an answer of TypeProblem. ok is false for anything else, such as the
// page that a proxy on the way puts in the place of an answer.
func DecodeProblem(body []byte) (e *Error, ok bool) {
	var p Problem
	if err := json.Unmarshal(body, &p); err != nil || !strings.HasPrefix(p.Type, problems) {
		return nil, false
	}
	return p.Err(), true
}
