package lambda

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"reviewlens/api/scoring"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// event is what of an HTTP event matters here. HTTP APIs and function URLs send the same form, payload format 2.0.
type event = events.APIGatewayV2HTTPRequest

// decodeEvent reads an event, and says of anything else what it lacks.
func decodeEvent(payload []byte) (e event, err error) {
	if err := json.Unmarshal(payload, &e); err != nil {
		return e, fmt.Errorf("the event is no HTTP request: %w", err)
	}
	if e.Version != "2.0" || e.RequestContext.HTTP.Method == "" {
		return e, fmt.Errorf("the event is no HTTP request of payload format 2.0 (version %q): invoke by an HTTP API whose integration has PayloadFormatVersion 2.0, or by a function URL", e.Version)
	}
	return e, nil
}

// request makes of an event what a server would have read from a connection.
//
// What is odd in events, and met here: header names are in lower case, values of a repeated header joined by commas; an HTTP
// API takes cookies out of the headers, a function URL leaves them there too; a named stage stands before the path, $default
// does not; an HTTP API has decoded the path, a function URL has not.
func request(ctx context.Context, e *event) (*http.Request, error) {
	body := []byte(e.Body)
	if e.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
			return nil, fmt.Errorf("the event's body is not base64: %w", err)
		}
	}
	header := make(http.Header, len(e.Headers)+2)
	for name, value := range e.Headers {
		header.Add(name, value)
	}
	if header.Get("Cookie") == "" && len(e.Cookies) > 0 {
		header.Set("Cookie", strings.Join(e.Cookies, "; "))
	}
	host := header.Get("Host")
	if host == "" {
		host = e.RequestContext.DomainName
	}
	header.Del("Host")
	if lc, ok := lambdacontext.FromContext(ctx); ok && header.Get("X-Request-Id") == "" {
		header.Set("X-Request-Id", lc.AwsRequestID) // so that our lines and Lambda's have one id
	}

	u := &url.URL{Path: path(e), RawQuery: e.RawQueryString}
	r := &http.Request{
		Method: e.RequestContext.HTTP.Method, URL: u, RequestURI: u.RequestURI(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Host: host, RemoteAddr: net.JoinHostPort(e.RequestContext.HTTP.SourceIP, "0"),
		Body: http.NoBody,
	}
	if len(body) > 0 {
		r.Body, r.ContentLength = readCloser{bytes.NewReader(body)}, int64(len(body))
	}
	return r.WithContext(owned(ctx, e)), nil
}

// path is the decoded path without the stage. A stage must not be called like a first segment of ours (v1, compat): behind a
// domain of one's own, where the stage is not in the path, that segment would be taken for it.
func path(e *event) string {
	p := e.RawPath
	if fromURL(e) {
		if decoded, err := url.PathUnescape(p); err == nil {
			p = decoded
		}
	}
	if stage := e.RequestContext.Stage; stage != "" && stage != "$default" {
		if rest, ok := strings.CutPrefix(p, "/"+stage); ok && (rest == "" || rest[0] == '/') {
			p = rest
		}
	}
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	return p
}

// fromURL says that a function URL sent the event, not an HTTP API: their forms are the same, their habits are not.
func fromURL(e *event) bool { return strings.Contains(e.RequestContext.DomainName, ".lambda-url.") }

// owned says whose the request is, where an authorizer has checked a token. Headers are never believed: anyone can send those.
func owned(ctx context.Context, e *event) context.Context {
	if a := e.RequestContext.Authorizer; a != nil && a.JWT != nil && a.JWT.Claims["sub"] != "" {
		return scoring.WithOwner(ctx, scoring.Subject(a.JWT.Claims["sub"]))
	}
	return ctx
}

// readCloser keeps the reader's type out of sight, as a connection's body does.
type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }
