package attacks

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"reviewlens/api/wire"
)

// Targets of attacks. All servers run at once; a failed attack changes none.
const (
	open      = "without keys"
	shared    = "without keys, for a page at https://shop.example and the name reviews.example"
	keyed     = "with two keys"
	container = "of SageMaker"
)

const (
	texts = `{"texts": ["good kettle"]}`
	run   = `{"name": "n", "created": "2024-01-01T00:00:00Z", "model": "m", "rows": 1, "positive": 1, "negative": 0, "unsure": 0}`
)

// Headers that a browser adds to the requests of a page of another origin; no page can change
// these.
var (
	foreign = []string{"Host: localhost", "Origin: https://evil.example",
		"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"}
	rebound = []string{"Host: evil.example:8000", "Origin: http://evil.example:8000",
		"Sec-Fetch-Site: same-origin"}
)

func with(headers []string,
	more ...string) []string {
	return append(slices.Clone(headers), more...)
}

// want checks an answer; it returns an error text, or "" if the answer is as required.
type want func(answer) string

// refused requires a problem with a code, which names the remedy.
func refused(status int, code wire.Code, says string) want {
	return func(a answer) string {
		e, ok := wire.DecodeProblem([]byte(a.body))
		if !ok || a.status != status || e.Code != code || !strings.Contains(e.Detail, says) {
			return fmt.Sprintf("want %d %s that says %q", status, code, says)
		}
		return ""
	}
}

// says requires a status and a text in the body, whatever form the protocol has for refusals.
func says(status int, text string) want {
	return func(a answer) string {
		if a.status != status || !strings.Contains(a.body, text) {
			return fmt.Sprintf("want %d that says %q", status, text)
		}
		return ""
	}
}

// status requires one of these statuses, and does not check the body.
func status(codes ...int) want {
	return func(a answer) string {
		if !slices.Contains(codes, a.status) {
			return fmt.Sprintf("want status %v", codes)
		}
		return ""
	}
}

// without requires a status, and that a secret is not in the answer.
func without(secret string, codes ...int) want {
	return func(a answer) string {
		if strings.Contains(fmt.Sprint(a.header)+a.body, secret) {
			return "want an answer without " + secret
		}
		return status(codes...)(a)
	}
}

var attacks = []struct {
	name   string
	server string
	send   request
	want   want
}{
	// A page whose name was made to resolve to this machine has the server's origin, if the server
	// accepts that name.
	{"rebinding: read runs", open, ask("GET", "/v1/runs", "", rebound...),
		refused(421, wire.UnknownHost, "-host")},
	{"rebinding: write a run", open, ask("PUT", "/v1/runs/r", run, rebound...),
		refused(421, wire.UnknownHost, "-host")},
	{"rebinding: delete runs", open, ask("DELETE", "/v1/runs", "", rebound...),
		refused(421, wire.UnknownHost, "-host")},
	{"rebinding: read the page", open, ask("GET", "/", "", rebound...),
		refused(421, wire.UnknownHost, "-host")},
	{"rebinding: a drop-in", open, ask("POST", "/compat/hf", `{"inputs": "x"}`, rebound...),
		says(421, "-host")},
	{"rebinding: a name that begins like an address", open,
		ask("GET", "/v1/runs", "", "Host: 127.0.0.1.evil.example"),
		refused(421, wire.UnknownHost, "-host")},
	{"rebinding: a name below localhost", open,
		ask("GET", "/v1/runs", "", "Host: localhost.evil.example"),
		refused(421, wire.UnknownHost, "-host")},
	{"rebinding: the name in the request line", open,
		ask("GET", "http://evil.example/v1/runs", "", "Host: localhost"),
		refused(421, wire.UnknownHost, "-host")},
	{"rebinding: another name than -host", shared, ask("GET", "/v1/runs", "", rebound...),
		refused(421, wire.UnknownHost, "-host")},
	{"no rebinding: localhost", open, ask("GET", "/v1/runs", "", "Host: LOCALHOST.:8000"),
		status(200)},
	{"no rebinding: an address of the network", open,
		ask("GET", "/v1/runs", "", "Host: 192.168.7.9:8000"), status(200)},
	{"no rebinding: an address of IPv6", open, ask("GET", "/v1/runs", "", "Host: [::1]:8000"),
		status(200)},
	{"no rebinding: the name of -host", shared, ask("GET", "/v1/runs", "", "Host: reviews.example"),
		status(200)},

	// A browser sends simple requests of any page, and only hides the answer from it.
	{"forgery: a job without a type", open, ask("POST", "/v1/jobs", "review\nforged\n", foreign...),
		refused(403, wire.CrossOrigin, "-cors")},
	{"forgery: a job as text", open,
		ask("POST", "/v1/jobs", "review\nforged\n", with(foreign, "Content-Type: text/plain")...),
		refused(403, wire.CrossOrigin, "-cors")},
	{"forgery: texts", open,
		ask("POST", "/v1/score", "forged\n", with(foreign, "Content-Type: text/plain")...),
		refused(403, wire.CrossOrigin, "-cors")},
	{"forgery: a form", open,
		ask("POST", "/v1/score", "review\nforged\n",
			with(foreign, "Content-Type: application/x-www-form-urlencoded")...),
		refused(403, wire.CrossOrigin, "-cors")},
	{"forgery: a report", open, ask("POST", "/v1/report", "review\nforged\n", foreign...),
		refused(403, wire.CrossOrigin, "-cors")},
	{"forgery: hf", open,
		ask("POST", "/compat/hf", `{"inputs": "x"}`, with(foreign, "Content-Type: text/plain")...),
		says(403, "-cors")},
	{"forgery: tei", open,
		ask("POST", "/compat/tei/predict", `{"inputs": "x"}`,
			with(foreign, "Content-Type: text/plain")...), says(403, "-cors")},
	{"forgery: comprehend", open,
		ask("POST", "/compat/comprehend", `{"Text": "x", "LanguageCode": "en"}`,
			with(foreign, "Content-Type: text/plain")...), says(400, "-cors")}, // AWS's status
	{"forgery: a browser without Sec-Fetch-Site", open,
		ask("POST", "/v1/score", "forged\n", "Host: localhost", "Origin: https://evil.example"),
		refused(403, wire.CrossOrigin, "-cors")},
	{"forgery: a sandboxed frame", open,
		ask("POST", "/v1/score", "forged\n", "Host: localhost", "Origin: null"),
		refused(403, wire.CrossOrigin, "-cors")},
	{"forgery: another port of this machine", open,
		ask("POST", "/v1/score", "forged\n", "Host: localhost:8000",
			"Origin: http://localhost:3000", "Sec-Fetch-Site: same-site"),
		refused(403, wire.CrossOrigin, "-cors")},
	{"forgery: an origin that -cors does not list", shared,
		ask("POST", "/v1/score", "forged\n", foreign...), refused(403, wire.CrossOrigin, "-cors")},
	{"forgery: a preflight", open,
		ask("OPTIONS", "/v1/runs", "", with(foreign, "Access-Control-Request-Method: DELETE")...),
		without("Access-Control-Allow", 405)},
	{"no forgery: an origin of -cors", shared,
		ask("POST", "/v1/score", texts, "Host: localhost", "Origin: https://shop.example",
			"Sec-Fetch-Site: cross-site", "Content-Type: application/json"), status(200)},
	{"no forgery: the server's own page", open,
		ask("POST", "/v1/score", texts, "Host: localhost:8000", "Origin: http://localhost:8000",
			"Sec-Fetch-Site: same-origin", "Content-Type: application/json"), status(200)},
	{"no forgery: a program", open,
		ask("POST", "/v1/score", texts, "Content-Type: application/json"), status(200)},

	// The container requires no key, since IAM authorized the caller; so it has only the routes
	// that SageMaker calls.
	{"container: runs", container, ask("GET", "/v1/runs", ""),
		refused(404, wire.NotFound, "/v1/runs")},
	{"container: score", container,
		ask("POST", "/v1/score", texts, "Content-Type: application/json"),
		refused(404, wire.NotFound, "/v1/score")},
	{"container: a job", container,
		ask("POST", "/v1/jobs", "review\nx\n", "Content-Type: text/csv"),
		refused(404, wire.NotFound, "/v1/jobs")},
	{"container: metrics", container, ask("GET", "/metrics", ""),
		refused(404, wire.NotFound, "/metrics")},
	{"container: the model", container, ask("GET", "/v1/models/x/model", ""),
		refused(404, wire.NotFound, "/v1/models/x/model")},
	{"container: a drop-in", container, ask("POST", "/compat/hf", `{"inputs": "x"}`),
		refused(404, wire.NotFound, "/compat/hf")},
	{"container: the page", container, ask("GET", "/", ""), refused(404, wire.NotFound, "/")},
	{"container: what SageMaker asks, by any name", container,
		ask("POST", "/invocations", `{"inputs": "x"}`, "Host: model.internal",
			"Content-Type: application/json"), status(200)},
	{"container: and its health", container, ask("GET", "/ping", "", "Host: model.internal"),
		status(200)},

	// A partly understood query would ignore an option.
	{"query: a semicolon hides guard", open,
		ask("POST", "/v1/score?guard=1;x=2", "note,review\n=1+1,good\n", "Content-Type: text/csv"),
		refused(400, wire.BadParameter, "semicolon")},
	{"query: a misspelt guard", open,
		ask("POST", "/v1/score?gaurd=1", "note,review\n=1+1,good\n", "Content-Type: text/csv"),
		refused(400, wire.BadParameter, `"gaurd"`)},
	{"query: guard twice", open,
		ask("POST", "/v1/score?guard=1&guard=0", "note,review\n=1+1,good\n",
			"Content-Type: text/csv"), refused(400, wire.BadParameter, "2 times")},
	{"query: an escape that is none", open, ask("GET", "/v1/runs?limit=%zz", ""),
		refused(400, wire.BadParameter, `"%zz"`)},
	{"query: a parameter of no route", open, ask("GET", "/v1/config?x=1", ""),
		refused(400, wire.BadParameter, `"x"`)},

	// The headers of a body are honoured, or the request is refused.
	{"body: packed, as text", open,
		ask("POST", "/v1/score", "\x1f\x8b\x08\x00", "Content-Type: text/plain",
			"Content-Encoding: gzip"), refused(415, wire.UnsupportedType, "Unpack")},
	{"body: packed, for a drop-in", open,
		ask("POST", "/compat/hf", `{"inputs": "x"}`, "Content-Type: application/json",
			"Content-Encoding: br"), says(415, "Unpack")},
	{"body: UTF-16 as UTF-8", open,
		ask("POST", "/v1/score", "g\x00o\x00", "Content-Type: text/plain; charset=utf-16"),
		refused(415, wire.UnsupportedType, "UTF-8")},
	{"body: two lists of texts", open,
		ask("POST", "/v1/score", `{"texts": ["a"], "texts": ["b"]}`,
			"Content-Type: application/json"), refused(400, wire.BadJSON, "second time")},
	{"body: a byte order mark", open,
		ask("POST", "/v1/score", "\ufeff"+texts, "Content-Type: application/json"), status(200)},
	{"body: nested without end", open,
		ask("POST", "/v1/score", `{"x":`+strings.Repeat("[", 1<<20),
			"Content-Type: application/json"), refused(400, wire.BadJSON, "")},

	// Contradictory lengths would let one request hide another.
	{"smuggling: two lengths", open,
		ask("POST", "/v1/score", "x", "Content-Length: 1", "Content-Length: 2"), status(400)},
	{"smuggling: a length with a sign", open, ask("POST", "/v1/score", "x", "Content-Length: +1"),
		status(400)},
	{"smuggling: an unknown transfer encoding", open,
		ask("POST", "/v1/score", "x", "Transfer-Encoding: xchunked"), status(501)},
	{"smuggling: a header that goes on in the next line", open,
		ask("GET", "/v1/runs", "", "X: a\r\n\tHost: evil"), status(200, 400)},
	{"smuggling: no name at all", open, ask("GET", "/v1/runs", "", "Host: a", "Host: b"),
		status(400)},

	// Keys.
	{"keys: none", keyed, ask("GET", "/v1/runs", ""), refused(401, wire.Unauthorized, "API key")},
	{"keys: half of one", keyed, ask("GET", "/v1/runs", "", "Authorization: Bearer "+keyOne[:20]),
		without(keyOne, 401)},
	{"keys: in the query", keyed, ask("GET", "/v1/runs?key="+keyOne, ""), without(keyOne, 401)},
	{"keys: in a cookie", keyed, ask("GET", "/v1/runs", "", "Cookie: key="+keyOne), status(401)},
	{"keys: a path with dots", keyed, ask("GET", "/healthz/../v1/runs", ""),
		without("runs\":", 301, 307, 401)},
	{"keys: a path with two slashes", keyed, ask("GET", "//v1/runs", ""),
		without("runs\":", 301, 307, 401, 404)},
	// 200 is the page
	{"keys: an escaped path", keyed, ask("GET", "/v1%2fruns", ""),
		without("runs\":", 200, 401, 404)},
	{"keys: another method", keyed, ask("TRACE", "/v1/runs", "", "Authorization: Bearer "+keyOne),
		without(keyOne, 405)},
	{"keys: metrics", keyed, ask("GET", "/metrics", ""),
		refused(401, wire.Unauthorized, "API key")},
	{"keys: any name will do", keyed,
		ask("GET", "/v1/runs", "", "Host: reviews.example", "X-Api-Key: "+keyOne), status(200)},
	{"keys: an address that leads elsewhere", open, ask("GET", "//evil.example/..", ""),
		without("//evil.example", 200, 301, 307, 404)},
}

func TestAttacks(t *testing.T) {
	servers := map[string]*server{
		open:      start(t, nil),
		shared:    start(t, nil, "-cors", "https://shop.example", "-host", "reviews.example"),
		keyed:     start(t, []string{"REVIEWLENS_API_KEYS=" + keyOne + "," + keyTwo}),
		container: start(t, nil, "-sagemaker"),
	}
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			got := servers[a.server].send(t, a.send)
			if wrong := a.want(got); wrong != "" {
				t.Errorf("a server %s answers %d %.300s; %s", a.server, got.status, got.body, wrong)
			}
		})
	}
	// After all attacks the servers run, wrote no key to their logs, and had no internal error.
	for name, s := range servers {
		select {
		case <-s.Done:
			t.Errorf("the server %s is gone: %s", name, s.Log)
		default:
		}
		log := s.Log.String()
		for _, never := range []string{keyOne, keyTwo, `"level":"ERROR"`, "panic"} {
			if strings.Contains(log, never) {
				t.Errorf("the log of the server %s has %s: %s", name, never, log)
			}
		}
	}
}

// The data of one key does not exist for another, and cannot be distinguished from missing data.
func TestOtherOwners(t *testing.T) {
	s := start(t, []string{"REVIEWLENS_API_KEYS=" + keyOne + "," + keyTwo})
	one, two := "Authorization: Bearer "+keyOne, "Authorization: Bearer "+keyTwo
	if a := s.send(t, ask("PUT", "/v1/runs/r", run, one)); a.status != 204 {
		t.Fatalf("a run: %d %s", a.status, a.body)
	}
	a := s.send(t, ask("POST", "/v1/jobs", "review\ngood\n", one, "Content-Type: text/csv",
		"Idempotency-Key: same"))
	job := a.header.Get("Location")
	if a.status != 202 || job == "" {
		t.Fatalf("a job: %d %s", a.status, a.body)
	}
	for _, r := range []request{
		ask("GET", "/v1/runs/r", "", two), ask("PATCH", "/v1/runs/r", `{"name": "theirs"}`, two),
		ask("DELETE", "/v1/runs/r", "", two),
		ask("GET", job, "", two), ask("GET", job+"/result", "", two),
		ask("GET", job+"/report", "", two), ask("DELETE", job, "", two),
	} {
		got := s.send(t, r)
		absent := r
		absent.path = strings.NewReplacer("/v1/runs/r", "/v1/runs/x", job, job[:len(job)-1]+"!").
			Replace(r.path)
		if never := s.send(t, absent); got.status != never.status {
			t.Errorf("%s %s of another owner answers %d %s; %s, which never was, %d %s", r.method,
				r.path, got.status, got.body, absent.path, never.status, never.body)
		}
	}
	if a := s.send(t, ask("POST", "/v1/jobs", "review\ngood\n", two, "Content-Type: text/csv",
		"Idempotency-Key: same")); a.header.Get("Location") == job ||
		a.header.Get("Idempotency-Replayed") != "" {
		t.Errorf("another owner's Idempotency-Key answers %v %s", a.header, a.body)
	}
	s.send(t, ask("DELETE", "/v1/runs", "", two))
	if a := s.send(t, ask("GET", "/v1/runs/r", "", one)); a.status != 200 ||
		!strings.Contains(a.body, `"name":"n"`) {
		t.Errorf("afterwards the run is %d %s", a.status, a.body)
	}
}

// One request makes the server write a bounded line, regardless of its length.
func TestLogLines(t *testing.T) {
	s := start(t, nil)
	before := len(s.Log.String())
	s.send(t, ask("GET", "/v1/"+strings.Repeat("%01", 20_000), ""))
	s.send(t, ask("GET", "/v1/healthy", "")) // its line is written after that of the first
	if wrote := len(s.Log.String()) - before; wrote > 5000 {
		t.Errorf("two requests wrote %d bytes to the log", wrote)
	}
}
