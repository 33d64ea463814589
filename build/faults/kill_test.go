package faults

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reviewlens/api/wire"
)

// kill -9 during the download of the model from S3: the next server with that cache has the
// complete model, and so has one that finds a damaged file in the cache.
func TestKillMidDownload(t *testing.T) {
	all := corpus(t)
	b := serveBucket(t)
	cache := t.TempDir()
	b.fault(func(w http.ResponseWriter, r *http.Request) bool {
		// the first range is answered, the others hang
		if isGraph(r) && !strings.HasPrefix(r.Header.Get("Range"), "bytes=0-") {
			<-r.Context().Done()
			return true
		}
		return false
	})
	victim := launch(t, nil, "-model", bucketAddress, "-cache", cache)
	wait(t, "the download to begin", func() bool {
		parts, _ := filepath.Glob(filepath.Join(cache, "*.part"))
		if len(parts) == 0 {
			return false
		}
		info, err := os.Stat(parts[0])
		return err == nil && info.Size() >= 8<<20
	})
	victim.KillAndWait()
	b.fault(func(http.ResponseWriter, *http.Request) bool { return false })

	requests := b.graphs.Load()
	s := start(t, "-model", bucketAddress, "-cache", cache)
	s.awaitReady(t)
	all.checkTexts(t, "after the kill",
		s.ask("POST", "/v1/score", wire.TypeJSON, all.texts(0, 30)), 0, 30)
	s.stop()
	if left, _ := filepath.Glob(filepath.Join(cache, "*.part")); len(left) > 0 {
		t.Errorf("left in the cache: %q", left)
	}
	fetched := b.graphs.Load() - requests

	// A bit flips on the disk.
	graph := ""
	files, _ := filepath.Glob(filepath.Join(cache, "*"))
	for _, f := range files {
		if info, err := os.Stat(f); err == nil && info.Size() > 1<<20 {
			graph = f
		}
	}
	data, err := os.ReadFile(graph)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/3] ^= 4
	if err := os.WriteFile(graph, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s = start(t, "-model", bucketAddress, "-cache", cache)
	s.awaitReady(t)
	all.checkTexts(t, "after the flip",
		s.ask("POST", "/v1/score", wire.TypeJSON, all.texts(0, 30)), 0, 30)
	s.stop()
	if !strings.Contains(s.Log.String(), "wrong and is fetched again") {
		t.Errorf("the log does not tell: %s", s.Log.End())
	}
	saw(t, "kill -9 in the middle of a model's download; then a flipped bit in the cache",
		"the next server fetched it anew (%d ranges), scores right; the damaged file was noticed "+
			"and fetched again", fetched)
}

// kill -9 while files and texts are scored: no client gets an incomplete answer that looks
// complete, not even over HTTP/1.0, where only a Content-Length shows it. Accepted jobs are
// finished by the next server, each row once.
func TestKillMidRequest(t *testing.T) {
	all := corpus(t)
	dir := t.TempDir()
	jobsDir := filepath.Join(dir, "jobs")
	rows := size(600, 1500)
	s := start(t, "-jobs", jobsDir)
	s.rest(t)

	// On a busy machine, a job can be finished before it is seen running; then the next one is
	// watched.
	var job wire.Job
	key := ""
	for n := 0; job.State != wire.Running; n++ {
		key = fmt.Sprint("key ", n)
		s.ask("POST", "/v1/jobs", wire.TypeCSV, all.file(0, rows), "Idempotency-Key", key).
			json(t, &job)
		wait(t, "the job to have begun", func() bool {
			s.ask("GET", "/v1/jobs/"+job.ID, "", "").json(t, &job)
			return job.State == wire.Running && job.Done > 0 || job.State == wire.Finished
		})
	}

	type seen struct {
		what  string
		whole bool
		answer
	}
	answers := make(chan seen, 8)
	started, killed := make(chan struct{}, 8), make(chan struct{})
	watch := func(what, request string) {
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, request)
		go func() {
			defer c.Close()
			r := bufio.NewReader(c)
			if what == "file over HTTP/1.1" {
				r.Peek(1) // the answer has begun
			}
			started <- struct{}{}
			if what == "file over HTTP/1.1" {
				<-killed // the answer exceeds the socket buffers, so it is incomplete by then
			}
			w, err := http.ReadResponse(r, nil)
			if err != nil {
				answers <- seen{what: what}
				return
			}
			body, err := io.ReadAll(w.Body)
			answers <- seen{what, err == nil && w.StatusCode == 200,
				answer{w.StatusCode, w.Header, body}}
		}()
	}
	file, texts := all.wide(0, rows, 20_000_000/rows), all.texts(0, rows)
	n := 0
	for _, version := range []string{"1.1", "1.0"} {
		for what, body := range map[string]string{"file": file, "texts": texts} {
			contentType := map[string]string{"file": wire.TypeCSV, "texts": wire.TypeJSON}[what]
			watch(what+" over HTTP/"+version,
				fmt.Sprintf("POST /v1/score HTTP/%s\r\nHost: localhost\r\nContent-Type: "+
					"%s\r\nContent-Length: %d\r\n\r\n%s", version, contentType, len(body), body))
			n++
		}
	}
	for range n {
		<-started
	}
	s.KillAndWait()
	close(killed)
	broken := 0
	for range n {
		a := <-answers
		var err error
		switch {
		case !a.whole:
			broken++
		case strings.HasPrefix(a.what, "file"): // it was finished before
			err = all.wrong(a.body, 0, rows)
		default:
			err = all.wrongTexts(a.answer, 0, rows)
		}
		if err != nil {
			t.Errorf("%s: the server was killed, and the answer looks whole: %v", a.what, err)
		}
	}
	if broken == 0 {
		t.Error("every answer was whole before the server was killed")
	}

	again := start(t, "-jobs", jobsDir)
	wait(t, "the job to be finished", func() bool {
		again.ask("GET", "/v1/jobs/"+job.ID, "", "").json(t, &job)
		if job.State == wire.Failed {
			t.Fatalf("the job failed: %+v", job)
		}
		return job.State == wire.Finished
	})
	all.check(t, "the job's result",
		again.ask("GET", "/v1/jobs/"+job.ID+"/result", "", ""), 0, rows)
	var same wire.Job
	if a := again.ask("POST", "/v1/jobs", wire.TypeCSV, all.file(0, rows), "Idempotency-Key",
		key); a.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the job is not known by its key after the restart: %d %s", a.status, a.body)
	} else if a.json(t, &same); same.ID != job.ID {
		t.Errorf("the key gives job %s, want %s", same.ID, job.ID)
	}
	again.stop()
	saw(t, "kill -9 while files and texts are scored, HTTP/1.1 and 1.0",
		"%d of %d answers visibly broken, the others whole and right; the job of %d rows "+
			"finished by the next server, each row once", broken, n, rows)
}

// An upload that breaks off is refused, and nothing of it is kept.
func TestUploadBreaksOff(t *testing.T) {
	long(t)
	all := corpus(t)
	dir := t.TempDir()
	s := start(t, "-jobs", filepath.Join(dir, "jobs"))
	s.rest(t)
	body := all.file(0, 1000)
	for i := range 50 {
		path := []string{"/v1/score", "/v1/jobs", "/v1/report"}[i%3]
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		// Its length is too large, or it is chunked, and it ends.
		head := fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body)+1, body)
		if i%2 == 1 {
			head = fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s", len(body)+100, body)
		}
		fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n%s",
			path, head)
		c.(*net.TCPConn).CloseWrite()
		if w, err := http.ReadResponse(bufio.NewReader(c), nil); err == nil {
			got, _ := io.ReadAll(w.Body)
			answer{w.StatusCode, w.Header, got}.refused(t, path, wire.BadBody)
		}
		c.Close()
	}
	if left, _ := os.ReadDir(filepath.Join(dir, "jobs")); len(left) != 1 { // .lock
		t.Errorf("jobs are left: %q", left)
	}
	goroutines, _ := s.recovered(t, 64<<20)
	saw(t, fmt.Sprintf("%d uploads that end early, by length and in chunks", 50),
		"each refused or cut, no job left; goroutines %d, then %d", s.goroutines, goroutines)
}

// wait waits until so returns true.
func wait(t testing.TB, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
