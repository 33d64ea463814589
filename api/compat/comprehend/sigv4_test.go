package comprehend

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"reviewlens/api/compat/compattest"
	"reviewlens/api/scoring"
)

// The first vector of AWS's own suite, get-vanilla.
func TestVanilla(t *testing.T) {
	r := httptest.NewRequest("GET", "https://example.amazonaws.com/", nil)
	r.Header.Set("X-Amz-Date", "20150830T123600Z")
	s, failed := parseSignature("AWS4-HMAC-SHA256 " +
		"Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, " +
		"SignedHeaders=host;x-amz-date, " +
		"Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")
	if failed != nil {
		t.Fatal(failed)
	}
	now := time.Date(2015, 8, 30, 12, 40, 0, 0, time.UTC)
	if failed := s.check(r, nil, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "service",
		now); failed != nil {
		t.Error(failed)
	}
}

var recordings = []string{"boto3-detect", "boto3-batch", "awscli-detect", "signer-odd"}

// handler returns a handler whose clock shows the time of a recorded request.
func handler(t *testing.T, r *http.Request, skew time.Duration) *Handler {
	t.Helper()
	host, _ := compattest.Host(t, true)
	made, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		t.Fatal(err)
	}
	return &Handler{host, func() time.Time { return made.Add(skew) }}
}

// The signatures of botocore are verified, and no part of what they cover can be changed.
func TestRecorded(t *testing.T) {
	for _, name := range recordings {
		sent := func() *http.Request { return compattest.Recorded(t, name) }
		reached := func(h *Handler, r *http.Request) string {
			body := compattest.Do(h, r).Body.String()
			_, kind, _ := strings.Cut(body, `"__type":"`)
			kind, _, _ = strings.Cut(kind, `"`)
			// signed correctly, but without a text
			if name == "signer-odd" && kind == "InvalidRequestException" {
				kind = ""
			}
			return kind
		}
		if kind := reached(handler(t, sent(), 0), sent()); kind != "" {
			t.Errorf("%s is refused: %s", name, kind)
		}
		for _, tt := range []struct {
			what   string
			change func(r *http.Request)
			want   string
		}{
			{"the body", func(r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(append(body, ' ')))
			}, "InvalidSignatureException"},
			{"the host", func(r *http.Request) { r.Host = "elsewhere" },
				"InvalidSignatureException"},
			{"the path", func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/", "" },
				"InvalidSignatureException"},
			{"the query", func(r *http.Request) { r.URL.RawQuery += "&c=1" },
				"InvalidSignatureException"},
			{"the target", func(r *http.Request) {
				r.Header.Set("X-Amz-Target",
					target+"DetectEntities")
			}, "InvalidSignatureException"},
			{"the time", func(r *http.Request) {
				r.Header.Set("X-Amz-Date",
					r.Header.Get("X-Amz-Date")[:15]+"9Z")
			}, "IncompleteSignatureException"},
			{"no time", func(r *http.Request) { r.Header.Del("X-Amz-Date") },
				"IncompleteSignatureException"},
			{"the region", replace("/aws4_request", "x/aws4_request"), "InvalidSignatureException"},
			{"the algorithm", replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
				"MissingAuthenticationTokenException"},
			{"the key", replace("an/invented", "an/unknown"), "UnrecognizedClientException"},
			{"a header not signed", replace("x-amz-target", "user-agent"),
				"InvalidSignatureException"},
			{"no signature", replace("Signature=", "Sig="), "IncompleteSignatureException"},
			{"a short scope", replace("aws4_request", "aws4"), "IncompleteSignatureException"},
			{"nothing", func(r *http.Request) { r.Header.Del("Authorization") },
				"MissingAuthenticationTokenException"},
			{"a bearer", func(r *http.Request) {
				r.Header.Set("Authorization",
					"Bearer "+compattest.Key)
			}, "MissingAuthenticationTokenException"},
		} {
			r := sent()
			tt.change(r)
			if got := reached(handler(t, sent(), 0), r); got != tt.want {
				t.Errorf("%s with %s changed: %q, want %q", name, tt.what, got, tt.want)
			}
		}
		for skew, want := range map[time.Duration]string{14 * time.Minute: "",
			-14 * time.Minute: "", 16 * time.Minute: "InvalidSignatureException", -16 * time.Minute: "InvalidSignatureException"} {
			if got := reached(handler(t, sent(), skew), sent()); got != want {
				t.Errorf("%s at a clock %v off: %q, want %q", name, skew, got, want)
			}
		}
	}
}

func replace(old, with string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, with, 1))
	}
}

// A known key with another key's signature is refused, and the context has the owner of a request.
func TestIdentify(t *testing.T) {
	sent := func() *http.Request { return compattest.Recorded(t, "boto3-detect") }
	h := handler(t, sent(), 0)
	_, in, err := h.identify(sent())
	if err != nil || scoring.Owner(in.Context()) != "owner" {
		t.Errorf("identify: %v, request %v", err, in)
	}
	h.host.Owner = func(context.Context, string) (string, error) { return "owner", nil }
	r := sent()
	replace("an/invented", "an/other")(r)
	if w := compattest.Do(h, r); !strings.Contains(w.Body.String(), "InvalidSignatureException") {
		t.Errorf("a key passes with another's signature: %d %s", w.Code, w.Body)
	}
}

func FuzzSignature(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=a/b/20150830/us-east-1/comprehend/aws4_request, "+
		"SignedHeaders=host;x-amz-date, Signature=5f", "20150830T123600Z", "a=b&c")
	f.Add("AWS4-HMAC-SHA256 Credential=,SignedHeaders=,Signature=", "", "%zz=%")
	f.Fuzz(func(t *testing.T, header, date, query string) {
		s, failed := parseSignature(header)
		if failed != nil {
			return
		}
		r := httptest.NewRequest("POST", "/", nil)
		r.URL.RawQuery = query
		r.Header.Set("X-Amz-Date", date)
		now := time.Date(2015, 8, 30, 12, 40, 0, 0, time.UTC)
		if failed := s.check(r, nil, "secret", service, now); failed == nil &&
			s.sum != s.of(r, nil, "secret", date) {
			t.Fatalf("%q passes", header)
		}
	})
}
