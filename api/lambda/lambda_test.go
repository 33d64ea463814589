package lambda

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// arrived is what echo returns of a request.
type arrived struct {
	Method, URI, Path, Query, Host, Remote, Owner string
	Header                                        http.Header
	Cookies                                       []string
	Body                                          []byte
	Length                                        int64
}

func echo(into *arrived) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*into = arrived{r.Method, r.RequestURI, r.URL.Path, r.URL.RawQuery, r.Host, r.RemoteAddr,
			scoring.Owner(r.Context()), r.Header, nil, body, r.ContentLength}
		for _, c := range r.Cookies() {
			into.Cookies = append(into.Cookies, c.Name+"="+c.Value)
		}
	}
}

func recorded(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// invoke returns the decoded response and its body.
func invoke(t *testing.T, f *Function, ctx context.Context, event []byte) (response, []byte) {
	t.Helper()
	if f.Log == nil {
		f.Log = slog.New(slog.DiscardHandler)
	}
	payload, err := f.Invoke(ctx, event)
	if err != nil {
		t.Fatal(err)
	}
	if len(payload) > maxPayload {
		t.Errorf("the payload has %d bytes, Lambda takes %d", len(payload), maxPayload)
	}
	var r response
	if err := json.Unmarshal(payload, &r); err != nil {
		t.Fatalf("payload %.200s: %v", payload, err)
	}
	body := []byte(r.Body)
	if r.IsBase64Encoded {
		if body, err = base64.StdEncoding.DecodeString(r.Body); err != nil {
			t.Fatal(err)
		}
	}
	return r, body
}

func TestRequestOfEvent(t *testing.T) {
	for _, tt := range []struct {
		name  string
		want  arrived
		names map[string]string // headers
	}{
		{"httpapi.json", arrived{Method: "POST", URI: "/v1/score?column=review%20text&guard=1",
			Path: "/v1/score", Query: "column=review%20text&guard=1",
			Host: "abc123.execute-api.eu-central-1.amazonaws.com", Remote: "203.0.113.7:0",
			Owner:   "local",
			Cookies: []string{"session=abc", "theme=dark"},
			Body:    []byte(`{"texts": ["Great kettle!", "It leaks."]}`)},
			map[string]string{"Content-Type": "application/json",
				"Accept": "application/json,text/plain", "X-Request-Id": "invocation-1"}},
		{"httpapi-stage.json",
			arrived{Method: "GET", URI: "/v1/models/%C3%A9%20%2541", Path: "/v1/models/é %41",
				Host:   "abc123.execute-api.eu-central-1.amazonaws.com",
				Remote: "[2001:db8::1]:0", Owner: "user-42"},
			map[string]string{"X-Request-Id": "mine"}},
		{"functionurl.json",
			arrived{Method: "POST", URI: "/v1/score", Path: "/v1/score",
				Host: "xyz.lambda-url.eu-central-1.on.aws", Remote: "198.51.100.2:0",
				Owner:   "local",
				Cookies: []string{"a=1", "b=2"}, Body: []byte("RVL\x01\x00\xff\xfe")}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got arrived
			ctx := lambdacontext.NewContext(context.Background(),
				&lambdacontext.LambdaContext{AwsRequestID: "invocation-1"})
			invoke(t, &Function{Handler: echo(&got)}, ctx, recorded(t, tt.name))
			header := got.Header
			got.Header, tt.want.Length = nil, int64(len(tt.want.Body))
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("what the handler got, -want +got:\n%s", diff)
			}
			for name, want := range tt.names {
				if header.Get(name) != want {
					t.Errorf("%s is %q, want %q", name, header.Get(name), want)
				}
			}
			if header.Get("Host") != "" {
				t.Error("Host stands among the headers; net/http keeps it apart")
			}
		})
	}
}

func TestNotAnHTTPEvent(t *testing.T) {
	for _, event := range []string{`{}`, `null`, `"x"`,
		`{"version": "1.0", "httpMethod": "GET", "path": "/"}`,
		`{"Records": [{"eventSource": "aws:sqs"}]}`,
		`{"version": "2.0", "requestContext": {"http": {"method": "POST"}}, "body": "%%%", "isBase64Encoded": true}`, ``} {
		f := &Function{Handler: http.NotFoundHandler(), Log: slog.New(slog.DiscardHandler)}
		if answer, err := f.Invoke(context.Background(), []byte(event)); err == nil {
			t.Errorf("Invoke(%s) = %s, want an error", event, answer)
		}
	}
}

func TestAnswer(t *testing.T) {
	post :=
		[]byte(`{"version": "2.0", "rawPath": "/", "requestContext": {"http": {"method": "POST"}}}`)
	head := bytes.Replace(post, []byte("POST"), []byte("HEAD"), 1)
	for _, tt := range []struct {
		name    string
		event   []byte
		handler http.HandlerFunc
		status  int
		headers map[string]string // "": must be absent
		cookies string
		body    string
		base64  bool
	}{
		{"nothing", post, func(w http.ResponseWriter, r *http.Request) {}, 200, nil, "", "", false},
		{"text", post, func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "<é> & \u2028 \"")
		}, 200,
			map[string]string{"Content-Type": "text/plain; charset=utf-8"}, "",
			"<é> & \u2028 \"", false},
		{"binary", post, func(w http.ResponseWriter, r *http.Request) {
			w.Write([]byte("RVS\x01\xff"))
		}, 200, nil, "", "RVS\x01\xff", true},
		{"text that is not UTF-8", post, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/csv; charset=windows-1252")
			w.Write([]byte("caf\xe9"))
		}, 200, map[string]string{"Content-Type": "text/csv; charset=windows-1252"}, "",
			"caf\xe9", true},
		{"headers of several values, cookies", post, func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Vary"] = []string{"Origin", "Accept-Encoding"}
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "1", Path: "/"})
			http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
			w.Header().Set("Content-Length", "2")
			w.WriteHeader(201)
			w.Header().Set("Late", "too")
			w.WriteHeader(500)
			io.WriteString(w, "ok")
		}, 201, map[string]string{"Vary": "Origin, Accept-Encoding", "Late": "",
			"Content-Length": "", "Set-Cookie": ""}, "a=1; Path=/|b=2", "ok", false},
		{"trailers", post, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Trailer", "Rows, Unscored")
			io.WriteString(w, "row\n")
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			w.Header().Set("Rows", "1")
			w.Header().Set(http.TrailerPrefix+"More", "2")
		}, 200, map[string]string{"Rows": "1", "More": "2", "Unscored": "", "Trailer": ""}, "",
			"row\n", false},
		{"HEAD", head, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "body") },
			200, nil, "", "", false},
		{"not modified", post,
			func(w http.ResponseWriter, r *http.Request) {
				w.Header().
					Set("ETag", `"x"`)
				w.WriteHeader(304)
			}, 304, map[string]string{"Etag": `"x"`}, "", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, body := invoke(t, &Function{Handler: tt.handler}, context.Background(), tt.event)
			if got.StatusCode != tt.status || string(body) != tt.body ||
				got.IsBase64Encoded != tt.base64 || strings.Join(got.Cookies, "|") != tt.cookies {
				t.Errorf("answered %+v", got)
			}
			for name, want := range tt.headers {
				if value, there := got.Headers[name]; value != want || want == "" && there {
					t.Errorf("%s is %q, want %q", name, value, want)
				}
			}
		})
	}
}

// If a response cannot be sent, the reason is sent in its place, with an error status.
func TestProblems(t *testing.T) {
	event := recorded(t, "httpapi.json")
	written := 0
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		status  int
		code    wire.Code
	}{
		{"too large in one piece",
			func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, maxPayload+1)) },
			413, wire.TooMuchWork},
		{"too large in many pieces, and the handler stops",
			func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/csv")
				w.Header().Set("Trailer", "Rows")
				for {
					n, err := w.Write(make([]byte, 1<<16))
					if written += n; err != nil {
						panic(http.ErrAbortHandler)
					}
				}
			}, 413, wire.TooMuchWork},
		{"too large as base64 only",
			func(w http.ResponseWriter, r *http.Request) {
				w.Write(bytes.Repeat([]byte{0xff}, maxPayload*7/8))
			}, 413, wire.TooMuchWork},
		{"too large as escaped text only",
			func(w http.ResponseWriter, r *http.Request) {
				w.Write(bytes.Repeat([]byte{'"'}, maxPayload*7/8))
			}, 413, wire.TooMuchWork},
		{"panic", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "half")
			panic("secret")
		}, 500, wire.Internal},
		{"broken off", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "half")
			panic(http.ErrAbortHandler)
		}, 500, wire.Internal},
		{"out of time", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "half")
			<-r.Context().Done()
			panic(http.ErrAbortHandler)
		}, 504, wire.OutOfTime},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx := context.Background()
			if tt.status == http.StatusGatewayTimeout {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, margin+20*time.Millisecond)
				defer cancel()
			}
			got, body := invoke(t, &Function{Handler: tt.handler}, ctx, event)
			e, ok := wire.DecodeProblem(body)
			if !ok || e.Code != tt.code || got.StatusCode != tt.status ||
				got.Headers["Content-Type"] != wire.TypeProblem ||
				strings.Contains(got.Body, "secret") {
				t.Errorf("answered %d %v %.200s, want %d %s", got.StatusCode, got.Headers, body,
					tt.status, tt.code)
			}
			if tt.status == 413 && !strings.Contains(e.Detail, "/v1/jobs") {
				t.Errorf("%q does not say where to send more", e.Detail)
			}
		})
	}
	if written > maxPayload {
		t.Errorf("%d bytes were kept of an answer that may have %d", written, maxPayload)
	}
}

// If requests have to come through the proxy, others are refused before the handler, which never
// sees the secret. A check of the golden texts comes from no client.
func TestOrigin(t *testing.T) {
	var event map[string]any
	if err := json.Unmarshal(recorded(t, "httpapi.json"), &event); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		origin, want string
		status       int
	}{{"", "", 200}, {"", "anything", 200}, {"secret", "secret", 200}, {"secret", "",
		401}, {"secret", "Secret", 401}, {"secret", "secret,secret", 401}} {
		event["headers"].(map[string]any)[strings.ToLower(OriginHeader)] = tt.want
		payload, err := json.Marshal(event)
		if err != nil {
			t.Fatal(err)
		}
		signed := false
		f := &Function{Origin: tt.origin,
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if signed = true; r.Header.Get(OriginHeader) != "" {
					t.Error("the handler sees the header")
				}
			})}
		got, body := invoke(t, f, t.Context(), payload)
		if got.StatusCode != tt.status || signed != (tt.status == 200) ||
			strings.Contains(string(body), "secret") {
			t.Errorf("origin %q, said %q: %d %s", tt.origin, tt.want, got.StatusCode, body)
		}
	}
}

// The gateway's own limit ends a request too; a function URL has none.
func TestDeadline(t *testing.T) {
	for name, want := range map[string]time.Duration{"httpapi.json": gatewayTime - margin,
		"functionurl.json": time.Minute - margin} {
		// with a fake clock, so that no time passes during the request
		synctest.Test(t, func(t *testing.T) {
			var left time.Duration
			f := &Function{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				deadline, _ := r.Context().Deadline()
				left = time.Until(deadline)
			})}
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			invoke(t, f, ctx, recorded(t, name))
			if left != want {
				t.Errorf("%s leaves the handler %v, want %v", name, left, want)
			}
		})
	}
}
