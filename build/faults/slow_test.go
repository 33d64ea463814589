package faults

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"reviewlens/api/wire"
)

// Hundreds of connections send their heads or bodies very slowly, as slow-loris does, and others
// are half closed, silent or do not read their answers: all other clients are served meanwhile.
func TestSlowClients(t *testing.T) {
	long(t)
	all := corpus(t)
	s := start(t)
	s.rest(t)
	const each = 100                    // more than are scored at a time
	unread := all.wide(0, 2, 5_000_000) // 10 MB, more than two sockets hold, scored at once
	kinds := []struct {
		name, send string
		drip       bool
		halfClosed bool
	}{
		{"head", "POST /v1/score HTTP/1.1\r\nHost: localhost\r\n", true, false},
		{"texts", "POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{\"texts\": [\"", true, false},
		{"file", "POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nreview\r\n\r\n", true, false},
		{"job", "POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: 5000\r\n\r\nreview\r\n", true, false},
		{"drop-in", "POST /compat/hf HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{", true, false},
		{"half-closed", "POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: 5000\r\n\r\nreview\r\n", false, true},
		{"silent", "", false, false},
	}
	var open []net.Conn
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	for _, kind := range kinds {
		for range each {
			c, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(c, kind.send)
			if kind.halfClosed {
				c.(*net.TCPConn).CloseWrite()
			}
			open = append(open, c)
		}
	}
	// These request a file with an answer of megabytes, and read none of it.
	for range 8 {
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: %d\r\n\r\n%s", len(unread), unread)
		open = append(open, c)
	}
	stop := make(chan struct{})
	var dripping sync.WaitGroup
	dripping.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Second):
			}
			for i, c := range open {
				if k := i / each; k < len(kinds) && kinds[k].drip {
					c.SetWriteDeadline(time.Now().Add(time.Millisecond))
					switch {
					case kinds[k].name == "head":
						io.WriteString(c, "X-A: b\r\n")
					case kinds[k].name == "file":
						io.WriteString(c, "1\r\na\r\n")
					default:
						io.WriteString(c, "a")
					}
				}
			}
		}
	})

	started, served, worst := time.Now(), 0, time.Duration(0)
	for time.Since(started) < 20*time.Second {
		sent := time.Now()
		i := served % 1000
		all.checkTexts(t, "beside slow clients", s.ask("POST", "/v1/score", wire.TypeJSON, all.texts(i, i+2)), i, i+2)
		all.check(t, "beside slow clients", s.ask("POST", "/v1/score", wire.TypeCSV, all.file(i, i+5)), i, i+5)
		worst = max(worst, time.Since(sent))
		served++
		if t.Failed() {
			break
		}
	}
	if served == 0 {
		t.Error("nobody was served")
	}
	close(stop)
	dripping.Wait()
	{ // slow senders are cut, though they never stop; so are non-readers, even as many as are scored at a time
		for range 80 {
			c, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(c, "POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: %d\r\n\r\n%s", len(unread), unread)
			open = append(open, c)
		}
		// Of the answered ones, only the status is read. Their slots are free again as soon as they
		// are scored, long before they are cut.
		answered := 0
		for _, c := range open[len(open)-80:] {
			status := make([]byte, len("HTTP/1.1 200"))
			c.SetReadDeadline(time.Now().Add(patience))
			if _, err := io.ReadFull(c, status); err != nil {
				t.Fatalf("an answer that nobody reads on: %v", err)
			}
			if string(status) == "HTTP/1.1 200" {
				answered++
			}
		}
		wait(t, "places of answers that nobody reads", func() bool {
			return s.metric("reviewlens_score_requests") == 0
		})
		const sending = 256 << 10 // minimum memory of an answer that is being sent
		held := s.metric("reviewlens_admitted_bytes")
		if answered < 40 || held < float64(answered/2*sending) {
			t.Errorf("%d answers that nobody reads hold %v bytes", answered, held)
		}
		wait(t, "the end of answers that nobody reads", func() bool { return s.metric("reviewlens_admitted_bytes") < 10*sending })
		for i, c := range open[:5*each] {
			c.SetReadDeadline(time.Now().Add(patience))
			if _, err := io.Copy(io.Discard, c); err != nil && strings.Contains(err.Error(), "timeout") {
				t.Fatalf("connection %d of %d that dripped is not cut", i, 5*each)
			}
		}
	}
	for _, c := range open {
		c.Close()
	}
	open = nil
	goroutines, memory := s.recovered(t, 128<<20)
	saw(t, fmt.Sprintf("%d connections that drip heads or bodies, are half closed, silent, or do not read", len(kinds)*each+8),
		"%d requests of others served meanwhile, the slowest pair in %.1f s; goroutines %d, then %d; memory %d MB, then %d", 2*served, worst.Seconds(), s.goroutines, goroutines, s.memory>>20, memory>>20)
}

// Malformed requests: each is answered by a status that reports it or by the end of the connection,
// and never by 200 with a wrong answer.
func TestOddRequests(t *testing.T) {
	long(t)
	all := corpus(t)
	s := start(t)
	s.rest(t)
	texts := all.texts(0, 3)
	head := func(more string, body string) string {
		return "POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + more + "\r\n" + body
	}
	for _, tt := range []struct {
		name, request string
		want          []int // statuses; none: the connection ends
	}{
		{"a header of 200 KB", head("X-Long: "+strings.Repeat("a", 200<<10)+"\r\nContent-Length: 2\r\n", "{}"), []int{431}},
		{"10,000 headers", head(strings.Repeat("X-A: b\r\n", 10_000)+"Content-Length: 2\r\n", "{}"), []int{431}},
		{"a length that is no number", head("Content-Length: 1e3\r\n", texts), []int{400}},
		{"two lengths", head(fmt.Sprintf("Content-Length: %d\r\nContent-Length: 3\r\n", len(texts)), texts), []int{400}},
		{"a negative length", head("Content-Length: -1\r\n", texts), []int{400}},
		{"a length of exabytes", head("Content-Length: 9223372036854775807\r\n", texts), []int{413}},
		{"a length beyond numbers", head("Content-Length: 99999999999999999999\r\n", texts), []int{400}},
		{"chunks whose size is a lie", head("Transfer-Encoding: chunked\r\n", fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(texts)-5, texts)), []int{400}},
		{"a chunk size that is no number", head("Transfer-Encoding: chunked\r\n", "zz\r\n"+texts), []int{400}},
		{"a transfer coding that nobody knows", head("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), []int{400, 501}},
		{"gzip that is not unpacked", head("Content-Encoding: gzip\r\nContent-Length: 10\r\n", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"), []int{400, 415}},
		{"no host", "POST /v1/score HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", []int{400}},
		{"a method of chance", "BREW /v1/score HTTP/1.1\r\nHost: localhost\r\n\r\n", []int{405}},
		{"a path with what is above", "GET /v1/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", []int{301, 307, 404}},
		{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", []int{400}},
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []int{400, 404, 405, 505}},
		{"HTTP/3.0", "GET /healthz HTTP/3.0\r\nHost: localhost\r\n\r\n", []int{505}},
	} {
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(patience))
		go io.WriteString(c, tt.request)
		w, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else {
			ok := false
			for _, status := range tt.want {
				ok = ok || status == w.StatusCode
			}
			if body, _ := io.ReadAll(io.LimitReader(w.Body, 300)); !ok {
				t.Errorf("%s: answered %d %s, want %v", tt.name, w.StatusCode, body, tt.want)
			}
		}
		c.Close()
	}

	// A bomb is a file like any other: nothing unpacks it, so it costs its compressed size.
	if a := s.ask("POST", "/v1/score", wire.TypeCSV, "\x1f\x8b\x08\x00"+strings.Repeat("\x00", 100_000)); a.status == 200 {
		t.Errorf("a packed file is answered %d %.100q", a.status, a.body)
	}

	// Pipelined requests: as many answers, in order.
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const pipelined = 50
	go func() {
		for i := range pipelined {
			body := all.texts(i, i+2)
			fmt.Fprintf(c, "POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		}
	}()
	r := bufio.NewReader(c)
	for i := range pipelined {
		w, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatalf("pipelined request %d: %v", i, err)
		}
		body, err := io.ReadAll(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		all.checkTexts(t, "pipelined", answer{w.StatusCode, w.Header, body}, i, i+2)
	}
	c.Close()
	goroutines, memory := s.recovered(t, 96<<20)
	saw(t, "headers of 200 KB, lengths and chunks that lie, packed bodies, TLS, pipelined requests", "refused by name; %d pipelined requests answered in order; goroutines %d, then %d; memory %d MB, then %d", pipelined, s.goroutines, goroutines, s.memory>>20, memory>>20)
}

// One Idempotency-Key from many clients at a time: one of them is scored, the others are refused or
// get the same answer.
func TestKeysUnderConcurrency(t *testing.T) {
	long(t)
	all := corpus(t)
	s := start(t)
	s.rest(t)
	const clients = 20
	const rounds = 20
	conflicts, replayed, jobs := 0, 0, map[string]bool{}
	var mu sync.Mutex
	for round := range rounds {
		from := round * 20
		before := s.metric(`reviewlens_windows_total`)
		var group sync.WaitGroup
		for range clients {
			group.Go(func() {
				a, err := s.send("POST", "/v1/score", wire.TypeJSON, strings.NewReader(all.texts(from, from+10)), "Idempotency-Key", fmt.Sprint("k", round))
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err != nil:
					t.Error(err)
				case a.status == 409:
					a.refused(t, "a key in use", wire.KeyInUse)
					conflicts++
				default:
					all.checkTexts(t, "one key", a, from, from+10)
					if a.header.Get("Idempotency-Replayed") == "true" {
						replayed++
					}
				}
			})
		}
		group.Wait()
		if scored := s.metric(`reviewlens_windows_total`) - before; scored != 10 {
			t.Errorf("%v windows were scored for one key, want 10", scored)
		}
		later := s.ask("POST", "/v1/score", wire.TypeJSON, all.texts(from, from+10), "Idempotency-Key", fmt.Sprint("k", round))
		all.checkTexts(t, "the same later", later, from, from+10)
		if later.header.Get("Idempotency-Replayed") != "true" || s.metric(`reviewlens_windows_total`)-before != 10 {
			t.Errorf("a key that comes again is scored again: %v", later.header)
		}
		replayed++
		s.ask("POST", "/v1/score", wire.TypeJSON, all.texts(from+1, from+11), "Idempotency-Key", fmt.Sprint("k", round)).refused(t, "a key with another body", wire.KeyReused)
	}
	for round := range rounds {
		from := round * 20
		var group sync.WaitGroup
		for range clients / 2 {
			group.Go(func() {
				a, err := s.send("POST", "/v1/jobs", wire.TypeCSV, strings.NewReader(all.file(from, from+10)), "Idempotency-Key", fmt.Sprint("j", round))
				mu.Lock()
				defer mu.Unlock()
				if err != nil || a.status != 202 {
					t.Errorf("answered %d %s, %v", a.status, a.body, err)
					return
				}
				var job wire.Job
				a.json(t, &job)
				jobs[job.ID] = true
			})
		}
		group.Wait()
	}
	if len(jobs) != rounds {
		t.Errorf("%d keys made %d jobs", rounds, len(jobs))
	}
	goroutines, _ := s.recovered(t, 96<<20)
	saw(t, fmt.Sprintf("%d keys, each from %d clients at a time", 2*rounds, clients), "each scored once (%d others replayed, %d told that it is in use), one job a key; goroutines %d, then %d", replayed, conflicts, s.goroutines, goroutines)
}
