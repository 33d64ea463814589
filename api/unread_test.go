package api

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"reviewlens/api/scoring"
)

// A client that does not read its response loses the connection, and its place, after a while.
func TestAnswerThatNobodyReads(t *testing.T) {
	plain, _, _ := newHandler(t, nil)
	h := New(Options{Log: slog.New(slog.DiscardHandler),
		Models: scoring.SingleModel(engineOf(t, plain)),
		File:   64 << 20})
	deadlines := make(chan time.Duration, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(&deadlined{w, deadlines}, r)
	}))
	defer server.Close()
	c, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	body := "review\n" + strings.Repeat("good\n", 50_000)
	for range 2 {
		fmt.Fprintf(c, "POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Type: "+
			"text/csv\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		w, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, w.Body); err != nil || n < int64(len(body)) {
			t.Fatalf("%d bytes, %v", n, err)
		}
	}
	close(deadlines)
	first, later := 0, 0
	for left := range deadlines {
		switch {
		case left == 0:
			first++
		case left > 0 && left <= writeTime:
			later++
		}
	}
	if first != 2 || later < 2*len(body)/writePiece {
		t.Errorf("%d times without a deadline and %d with one; want each request to begin "+
			"without, and each piece to have one", first, later)
	}
}

// deadlined is a response's connection that records how long each of its deadlines left when it was
// set, and 0 for none.
type deadlined struct {
	http.ResponseWriter
	set chan<- time.Duration
}

func (d *deadlined) SetWriteDeadline(t time.Time) error {
	if t.IsZero() {
		d.set <- 0
	} else {
		d.set <- time.Until(t)
	}
	return http.NewResponseController(d.ResponseWriter).SetWriteDeadline(t)
}

func (d *deadlined) Unwrap() http.ResponseWriter { return d.ResponseWriter }
