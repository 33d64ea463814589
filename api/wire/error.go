package wire

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Code identifies a kind of error. It is stable: clients may switch on it.
type Code string

// The mistakes of clients, and the server's own conditions: Overloaded, NotReady, Internal.
const (
	// not a frame, truncated, or lengths that do not add up
	BadFrame         Code = "bad-frame"
	BadJSON          Code = "bad-json"            // not JSON of the expected shape
	BadFile          Code = "bad-file"            // not a table, or without the requested column
	BadBody          Code = "bad-body"            // the body ended before it was complete
	BodyTooLarge     Code = "body-too-large"      // more bytes than Limits.Bytes
	TooManyTexts     Code = "too-many-texts"      // more texts than Limits.Texts
	TooManyTokens    Code = "too-many-tokens"     // more tokens than Limits.Tokens
	IDOutOfRange     Code = "id-out-of-range"     // a token ID not in the vocabulary
	EmptyText        Code = "empty-text"          // nothing to score
	BadText          Code = "bad-text"            // not UTF-8, or the tokenizer cannot read it
	NoFrames         Code = "frame-not-supported" // the model takes texts only
	UnknownModel     Code = "unknown-model"       // not on this server; Model has the current ID
	UnknownVersion   Code = "unknown-version"     // an unsupported version of frames
	UnsupportedType  Code = "unsupported-type"    // of Content-Type, charset, Content-Encoding
	BadParameter     Code = "bad-parameter"       // query parameter or header that cannot be parsed
	TooMuchWork      Code = "too-much-work"       // the response or its time exceeds the budget
	KeyInUse         Code = "key-in-use"          // a request with this key is in progress
	KeyReused        Code = "key-reused"          // the key was used with another request
	JobUnfinished    Code = "job-unfinished"      // there is no result yet, or never will be
	TooManyJobs      Code = "too-many-jobs"       // delete one, or wait
	StorageFull      Code = "storage-full"        // no space to store the file
	RateLimited      Code = "rate-limited"        // the owner's texts a second are used up
	Unauthorized     Code = "unauthorized"        // no API key or token, or an invalid one
	CrossOrigin      Code = "cross-origin"        // sent by a page of an origin not allowed
	UnknownHost      Code = "unknown-host"        // a host name that is not the server's
	NotFound         Code = "not-found"           // no such route or resource
	MethodNotAllowed Code = "method-not-allowed"  // the route exists, with another method
	Overloaded       Code = "overloaded"          // too much is queued; retry later
	NotReady         Code = "not-ready"           // starting, or the model failed its self-test
	OutOfTime        Code = "out-of-time"         // it ended before the response was complete
	Internal         Code = "internal"            // the server's fault; its log has the cause
)

// Codes lists every Code, for tables that must be complete.
func Codes() []Code {
	return []Code{
		BadFrame, BadJSON, BadFile, BadBody, BodyTooLarge, TooManyTexts, TooManyTokens,
		IDOutOfRange, EmptyText, BadText, NoFrames, UnknownModel, UnknownVersion, UnsupportedType,
		BadParameter, TooMuchWork, KeyInUse, KeyReused, JobUnfinished, TooManyJobs, StorageFull,
		RateLimited, Unauthorized, CrossOrigin, UnknownHost, NotFound, MethodNotAllowed, Overloaded,
		NotReady, OutOfTime, Internal,
	}
}

// IsTemporary reports whether a refusal ends by itself: the same request may succeed later.
func (c Code) IsTemporary() bool {
	return c == NotReady || c == Overloaded || c == RateLimited
}

// Error is a client's mistake, with a sentence that can be shown to people. It is independent of
// HTTP: package api maps Code to a status, and the browser decodes the same type from the problem
// it receives.
type Error struct {
	Code   Code
	Detail string // "The body has 9 MB; the limit is 6 MB."
	Model  string // the current model's ID, with UnknownModel and UnknownVersion

	RetryAfter time.Duration // sent as a header, not in the problem
}

func (e *Error) Error() string { return e.Detail }

// CheckUTF8 returns an *Error if a body has bytes that are not UTF-8, or zeros: texts in another
// encoding would be scored as different texts.
func CheckUTF8(body []byte) error {
	for i := 0; i < len(body); {
		r, n := utf8.DecodeRune(body[i:])
		if r == 0 {
			return &Error{Code: BadText, Detail: fmt.Sprintf("Byte %d, 0x00, is in no text but "+
				"of UTF-16; texts are sent as UTF-8.", i+1)}
		}
		if r == utf8.RuneError && n == 1 {
			return &Error{Code: BadText, Detail: fmt.Sprintf("Byte %d, 0x%02x, is no "+
				"UTF-8, in which texts are sent.", i+1, body[i])}
		}
		i += n
	}
	return nil
}

// Problem is an Error as JSON (RFC 9457).
type Problem struct {
	Type   string `json:"type"` // "/problems/" + Code
	Status int    `json:"status,omitempty"`
	Detail string `json:"detail"`
	Model  string `json:"model,omitempty"`
}

const problems = "/problems/"

// Problem returns e in the form in which it is sent; status is the HTTP status, 0 inside a
// ScoreResponse.
func (e *Error) Problem(status int) *Problem {
	return &Problem{Type: problems + string(e.Code), Status: status, Detail: e.Detail,
		Model: e.Model}
}

// Err returns the Error from which p was made.
func (p *Problem) Err() *Error {
	return &Error{Code: Code(strings.TrimPrefix(p.Type, problems)), Detail: p.Detail,
		Model: p.Model}
}

// DecodeProblem decodes the body of a response of TypeProblem. ok is false for anything else, such
// as the error page of a proxy.
func DecodeProblem(body []byte) (e *Error, ok bool) {
	var p Problem
	if err := json.Unmarshal(body, &p); err != nil || !strings.HasPrefix(p.Type, problems) {
		return nil, false
	}
	return p.Err(), true
}
