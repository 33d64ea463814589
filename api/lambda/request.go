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

// event is the payload format 2.0 that HTTP APIs and function URLs send.
type event = events.APIGatewayV2HTTPRequest

// decodeEvent decodes an event; the error describes what it lacks.
func decodeEvent(payload []byte) (e event, err error) {
	if err := json.Unmarshal(payload, &e); err != nil {
		return e, fmt.Errorf("the event is no HTTP request: %w", err)
	}
	if e.Version != "2.0" || e.RequestContext.HTTP.Method == "" {
		return e, fmt.Errorf("the event is no HTTP request of payload format 2.0 (version %q): "+
			"invoke by an HTTP API whose integration has PayloadFormatVersion 2.0, or by a "+
			"function URL", e.Version)
	}
	return e, nil
}

// request converts an event to the request that a server would have read from a connection.
//
// It handles these peculiarities of events: header names are in lower case, and the values of a
// repeated header are joined by commas; an HTTP API removes cookies from the headers, a function
// URL does not; a named stage precedes the path, $default does not; an HTTP API has decoded the
// path, a function URL has not.
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
		// so that our log lines and Lambda's have the same ID
		header.Set("X-Request-Id", lc.AwsRequestID)
	}

	u := &url.URL{Path: path(e), RawQuery: e.RawQueryString}
	r := &http.Request{
		Method: e.RequestContext.HTTP.Method, URL: u, RequestURI: u.RequestURI(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header, Host: host,
		RemoteAddr: net.JoinHostPort(e.RequestContext.HTTP.SourceIP, "0"),
		Body:       http.NoBody,
	}
	if len(body) > 0 {
		r.Body, r.ContentLength = readCloser{bytes.NewReader(body)}, int64(len(body))
	}
	return r.WithContext(owned(ctx, e)), nil
}

// path returns the decoded path without the stage. A stage must not be named like the first segment
// of one of our routes (v1, compat): behind a custom domain, where the path has no stage, that
// segment would be mistaken for it.
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

// fromURL reports whether a function URL sent the event rather than an HTTP API: their format is
// the same, their conventions differ.
func fromURL(e *event) bool { return strings.Contains(e.RequestContext.DomainName, ".lambda-url.") }

// owned sets the owner of a request whose token an authorizer has verified. Headers are not
// trusted: anyone can send them.
func owned(ctx context.Context, e *event) context.Context {
	if a := e.RequestContext.Authorizer; a != nil && a.JWT != nil && a.JWT.Claims["sub"] != "" {
		return scoring.WithOwner(ctx, scoring.Subject(a.JWT.Claims["sub"]))
	}
	return ctx
}

// readCloser hides the reader's type, as a connection's body does.
type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }
