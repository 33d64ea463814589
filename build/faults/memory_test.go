package faults

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"reviewlens/api/wire"
)

// memoryLimit is the memory limit of the server of TestMemoryBudget.
const memoryLimit = 1 << 30

// repeated returns a body of one text many times, which needs no memory here.
func repeated(head, text string, times int, tail string) func() (io.Reader, int64) {
	return func() (io.Reader, int64) {
		return io.MultiReader(strings.NewReader(head), &repeatReader{text: text, left: times},
			strings.NewReader(tail)), int64(len(head) + len(text)*times + len(tail))
	}
}

type repeatReader struct {
	text string
	rest string
	left int
}

func (r *repeatReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if r.rest == "" {
			if r.left == 0 {
				return n, io.EOF
			}
			r.rest, r.left = r.text, r.left-1
		}
		copied := copy(p[n:], r.rest)
		r.rest = r.rest[copied:]
		n += copied
	}
	return n, nil
}

// Sixty-four of the most expensive requests of every kind at once: the server stays within its
// memory limit, refuses by name what exceeds it, and answers others meanwhile.
func TestMemoryBudget(t *testing.T) {
	all := corpus(t)
	rows, columns, large := size(300_000, 4_900_000), size(100_000, 4_000_000), size(2<<20, 15<<20)
	for _, shape := range []struct {
		name, path, contentType string
		body                    func() (io.Reader, int64)
		quick                   bool
	}{
		{"rows without text", "/v1/score", wire.TypeCSV,
			repeated("id,review\n1,good one here\n", ",\n", rows, ""), true},
		{"equal short rows", "/v1/score", wire.TypeCSV,
			repeated("review\n", "a\n", rows, ""), false},
		{"a report of them", "/v1/report", wire.TypeCSV,
			repeated("id,review\n1,good one here\n", ",\n", rows, ""), false},
		{"a job of them", "/v1/jobs", wire.TypeCSV,
			repeated("id,review\n1,good one here\n", ",\n", rows, ""), false},
		{"lines that are no JSON", "/v1/score", wire.TypeJSONLines,
			repeated("{\"review\":\"good one here\"}\n", "[\n", rows, ""), false},
		{"columns", "/v1/score", wire.TypeCSV,
			repeated("review", ",a", columns, "\ngood one"+strings.Repeat(",", 1000)+"\n"), true},
		{"columns of a job", "/v1/jobs", wire.TypeCSV,
			repeated("review", ",a", columns, "\ngood one"+strings.Repeat(",", 1000)+"\n"), false},
		{"one record", "/v1/score", wire.TypeCSV,
			repeated("review\n\"good one\"\n\"", "  ", large/2, "\"\n"), false},
		{"JSON of texts", "/v1/score", wire.TypeJSON,
			repeated(`{"texts": ["good one here"`, `,"a"`, 4000, "]}"), false},
		{"JSON of one text", "/v1/score", wire.TypeJSON,
			repeated(`{"texts": ["`, `\u00e4`, (6<<20-100)/6, `"]}`), true},
	} {
		t.Run(shape.name, func(t *testing.T) {
			if !shape.quick {
				long(t)
			}
			s := launch(t, func(c *exec.Cmd) {
				c.Env = append(c.Env, fmt.Sprint("GOMEMLIMIT=", memoryLimit))
			})
			s.await()
			s.rest(t)
			copies := size(8, 64)
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true},
				Timeout: 5 * time.Minute}
			var mu sync.Mutex
			statuses := map[int]int{}
			var group sync.WaitGroup
			for range copies {
				group.Go(func() {
					body, length := shape.body()
					r, err := http.NewRequest("POST", s.url+shape.path, body)
					if err != nil {
						t.Error(err)
						return
					}
					r.ContentLength = length
					r.Header.Set("Content-Type", shape.contentType)
					w, err := client.Do(r)
					if err != nil {
						t.Errorf("a connection broke: %v", err)
						return
					}
					defer w.Body.Close()
					answer := answer{status: w.StatusCode, header: w.Header}
					if w.StatusCode >= 400 {
						answer.body, err = io.ReadAll(io.LimitReader(w.Body, 1<<20))
					} else {
						_, err = io.Copy(io.Discard, w.Body)
					}
					if err != nil && w.StatusCode == http.StatusTooManyRequests &&
						w.Header.Get("Retry-After") != "" {
						mu.Lock()
						statuses[w.StatusCode]++
						mu.Unlock()
						// net/http's client closes the connection when it cannot send the rest of
						// the body
						return
					}
					if err != nil {
						t.Errorf("an answer of status %d broke off: %v", w.StatusCode, err)
					}
					switch w.StatusCode {
					case 200, 202:
					case 429:
						answer.refused(t, shape.name, wire.Overloaded, wire.TooManyJobs)
					default:
						answer.refused(t, shape.name, wire.TooMuchWork, wire.TooManyTexts,
							wire.TooManyTokens, wire.BadFile, wire.StorageFull, wire.BodyTooLarge)
					}
					mu.Lock()
					statuses[w.StatusCode]++
					mu.Unlock()
				})
			}
			done := make(chan struct{})
			go func() { group.Wait(); close(done) }()
			served, busy := 0, 0
			for ended := false; !ended; {
				select {
				case <-done:
					ended = true
				default:
				}
				i := (served + busy) % 500
				switch a := s.ask("POST", "/v1/score", wire.TypeJSON, all.texts(i, i+2)); a.status {
				case 200:
					all.checkTexts(t, "beside "+shape.name, a, i, i+2)
					served++
				case 429:
					a.refused(t, "beside "+shape.name, wire.Overloaded)
					busy++
					time.Sleep(100 * time.Millisecond)
				default:
					t.Fatalf("beside %s a request is answered %d %.200s", shape.name,
						a.status, a.body)
				}
			}
			if served == 0 {
				t.Error("nobody else was served")
			}
			peak := s.peak()
			if peak > memoryLimit {
				t.Errorf("the server took %d MB; it was given %d", peak>>20, memoryLimit>>20)
			}
			_, length := shape.body()
			saw(t, fmt.Sprintf("%d × %s (%.1f MB) at once, %d MB of memory", copies, shape.name,
				float64(length)/1e6, int(math.Round(float64(memoryLimit)/(1<<20)))),
				"peak %d MB; answers by status %v; %d requests of others served meanwhile, %d "+
					"told when to come back", peak>>20, statuses, served, busy)
		})
	}
}
