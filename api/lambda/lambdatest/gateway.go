package lambdatest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// Event converts a request to the event of an HTTP API (payload format 2.0, stage $default): header
// names in lower case, values joined, cookies separate, the path decoded, a body that is not text
// as base64.
func Event(r *http.Request) ([]byte, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	e := events.APIGatewayV2HTTPRequest{Version: "2.0", RouteKey: "$default", RawPath: r.URL.Path,
		RawQueryString: r.URL.RawQuery, Headers: map[string]string{}}
	for name, values := range r.Header {
		if name == "Cookie" {
			for c := range strings.SplitSeq(strings.Join(values, "; "), "; ") {
				e.Cookies = append(e.Cookies, c)
			}
			continue
		}
		e.Headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	e.Headers["host"] = "api.execute-api.eu-central-1.amazonaws.com"
	e.RequestContext.Stage = "$default"
	e.RequestContext.DomainName = e.Headers["host"]
	e.RequestContext.HTTP = events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: r.Method,
		Path: r.URL.Path, Protocol: "HTTP/1.1", SourceIP: "203.0.113.7"}
	if utf8.Valid(body) {
		e.Body = string(body)
	} else {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	return json.Marshal(e)
}

// Answer converts a function's response to the response that a client of an HTTP API gets.
func Answer(payload []byte) (*http.Response, error) {
	var a events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(payload, &a); err != nil {
		return nil, fmt.Errorf("the payload is no answer: %w", err)
	}
	// format 2.0 has no multiValueHeaders: they would be lost
	if a.StatusCode < 200 || len(a.MultiValueHeaders) > 0 {
		return nil, fmt.Errorf("an HTTP API cannot send status %d, headers %v", a.StatusCode,
			a.MultiValueHeaders)
	}
	body := []byte(a.Body)
	if a.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(a.Body); err != nil {
			return nil, err
		}
	}
	header := http.Header{}
	for name, value := range a.Headers {
		header.Set(name, value)
	}
	for _, c := range a.Cookies {
		header.Add("Set-Cookie", c)
	}
	return &http.Response{StatusCode: a.StatusCode, Header: header,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body))}, nil
}
