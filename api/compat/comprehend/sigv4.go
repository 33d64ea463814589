package comprehend

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// signature is an Authorization header of AWS Signature Version 4.
type signature struct {
	key                   string // access key ID
	date, region, service string // of the credential scope
	signed                []string
	sum                   string
}

const algorithm = "AWS4-HMAC-SHA256"

// mustSign lists the headers that must be signed: the request's host, time and operation.
var mustSign = []string{"host", "x-amz-date", "x-amz-target"}

// maxSkew is the maximum difference between a signature's time and ours.
const maxSkew = 15 * time.Minute

// parseSignature parses the header. The access key may contain any character but a comma, so the
// scope is split from the right.
func parseSignature(header string) (s signature, err *failure) {
	rest, ok := strings.CutPrefix(header, algorithm+" ")
	if !ok {
		return s, missingToken("The request is not signed: its Authorization header should " +
			"begin with " + algorithm + ".")
	}
	fields := map[string]string{}
	for field := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		fields[name] = value
	}
	for _, name := range []string{"Credential", "SignedHeaders", "Signature"} {
		if fields[name] == "" {
			return s, incomplete("The Authorization header has no " + name + ".")
		}
	}
	scope := strings.Split(fields["Credential"], "/")
	n := len(scope)
	if n < 5 || scope[n-1] != "aws4_request" {
		return s, incomplete("The credential should be KEY/DATE/REGION/SERVICE/aws4_request.")
	}
	return signature{
		key:  strings.Join(scope[:n-4], "/"),
		date: scope[n-4], region: scope[n-3], service: scope[n-2],
		signed: strings.Split(strings.ToLower(fields["SignedHeaders"]), ";"),
		sum:    fields["Signature"],
	}, nil
}

// check verifies the signature of a request and its body.
func (s signature) check(r *http.Request, body []byte, secret, service string,
	now time.Time) *failure {
	stamp := r.Header.Get("X-Amz-Date")
	made, err := time.Parse("20060102T150405Z", stamp)
	switch {
	case err != nil:
		return incomplete("There should be an X-Amz-Date header such as 20060102T150405Z.")
	case s.date != stamp[:8]:
		return badSignature("The credential's date is not that of X-Amz-Date.")
	case s.service != service:
		return badSignature("The credential should be scoped to the service " +
			strconv.Quote(service) + ".")
	case now.Sub(made) > maxSkew:
		return badSignature("Signature expired: it was made at " + stamp + ", and here it is " +
			now.UTC().Format("20060102T150405Z") + ".")
	case made.Sub(now) > maxSkew:
		return badSignature("Signature not yet current: it was made at " + stamp +
			", and here it is " + now.UTC().Format("20060102T150405Z") + ".")
	}
	for _, name := range mustSign {
		if !slices.Contains(s.signed, name) && (name == "host" || r.Header.Get(name) != "") {
			return badSignature("The header " + name + " is not among those that are signed.")
		}
	}
	if !hmac.Equal([]byte(s.of(r, body, secret, stamp)), []byte(s.sum)) {
		return badSignature("The request signature we calculated does not match the signature " +
			"you provided. The secret access key is the API key, as is the access key id; " +
			"a proxy on the way must leave path and Host as they are.")
	}
	return nil
}

// of computes the expected signature of a request.
func (s signature) of(r *http.Request, body []byte, secret, stamp string) string {
	scope := strings.Join([]string{s.date, s.region, s.service, "aws4_request"}, "/")
	request := sha256.Sum256([]byte(canonical(r, s.signed, body)))
	toSign := strings.Join([]string{algorithm, stamp, scope, hex.EncodeToString(request[:])}, "\n")
	key := []byte("AWS4" + secret)
	for _, part := range []string{s.date, s.region, s.service, "aws4_request"} {
		key = mac(key, part)
	}
	return hex.EncodeToString(mac(key, toSign))
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// canonical returns the canonical request, which both sides sign.
func canonical(r *http.Request, signed []string, body []byte) string {
	var b strings.Builder
	b.WriteString(r.Method + "\n")
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	// escaped once by the client, and once more for signing
	b.WriteString(strings.ReplaceAll(escape(path), "%2F", "/") + "\n")
	b.WriteString(canonicalQuery(r.URL.RawQuery) + "\n")
	for _, name := range signed {
		b.WriteString(name + ":" + headerValue(r, name) + "\n")
	}
	payload := sha256.Sum256(body)
	b.WriteString("\n" + strings.Join(signed, ";") + "\n" + hex.EncodeToString(payload[:]))
	return b.String()
}

func headerValue(r *http.Request, name string) string {
	values := r.Header.Values(name)
	switch {
	case name == "host":
		values = []string{r.Host}
	case name == "content-length" && len(values) == 0:
		values = []string{strconv.FormatInt(r.ContentLength, 10)}
	}
	trimmed := make([]string, len(values))
	for i, v := range values {
		trimmed[i] = strings.Join(strings.Fields(v), " ")
	}
	return strings.Join(trimmed, ",")
}

func canonicalQuery(raw string) string {
	if raw == "" {
		return ""
	}
	var pairs [][2]string
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, [2]string{escape(unescape(name)), escape(unescape(value))})
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	var b strings.Builder
	for i, p := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p[0] + "=" + p[1])
	}
	return b.String()
}

func unescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil { // a plus sign is literal
		return plain
	}
	return s
}

// escape percent-encodes all but the unreserved characters of RFC 3986.
func escape(s string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
			strings.IndexByte("-_.~", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}
