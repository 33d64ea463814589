package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// serving starts "serve" with the given arguments and sets SERVER: serving ARGS...; "serving stop"
// ends it as Ctrl-C does.
func servingScript() func(ts *testscript.TestScript, neg bool, args []string) {
	type server struct {
		stop context.CancelFunc
		done chan error
	}
	var mu sync.Mutex // scripts run in parallel
	running := make(map[*testscript.TestScript]*server)
	take := func(ts *testscript.TestScript) *server {
		mu.Lock()
		defer mu.Unlock()
		s := running[ts]
		delete(running, ts)
		return s
	}
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if args[0] == "stop" {
			s := take(ts)
			s.stop()
			ts.Check(<-s.done)
			return
		}
		for i, a := range args {
			if i > 0 && (args[i-1] == "-model" || args[i-1] == "-jobs") {
				args[i] = ts.MkAbs(a)
			}
		}
		ctx, stop := context.WithCancel(context.Background())
		s := &server{stop, make(chan error, 1)}
		out, stdout := io.Pipe()
		go func() {
			all := append([]string{"serve", "-addr", "127.0.0.1:0", "-history", "none"}, args...)
			s.done <- run(ctx, all, nil, stdout, io.Discard)
			stdout.Close()
		}()
		line, err := bufio.NewReader(out).ReadString('\n')
		ts.Check(err)
		ts.Setenv("SERVER", strings.TrimPrefix(strings.TrimSpace(line), "Reviewlens is at "))
		mu.Lock()
		running[ts] = s
		mu.Unlock()
		ts.Defer(func() {
			if s := take(ts); s != nil {
				s.stop()
				<-s.done
			}
		})
	}
}

// awaitScript waits until a metric of SERVER is at least N: await METRIC N.
func awaitScript(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	line := regexp.MustCompile(`(?m)^` + args[0] + ` (\d+)$`)
	for { // bounded by go test's timeout
		answer, err := http.Get(ts.Getenv("SERVER") + "/metrics")
		ts.Check(err)
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		ts.Check(err)
		if m := line.FindSubmatch(body); m != nil {
			if n, _ := strconv.Atoi(string(m[1])); n >= want {
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// runsScript requests the manifest from SERVER for N runs, twice each, and writes to FILE which
// models responded: runs N FILE. It is an error if two models respond to one run.
func runsScript(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	id := regexp.MustCompile(`"id": ?"([0-9a-f]{12})"`)
	counts := make(map[string]int)
	for i := range n {
		var of [2]string
		for again := range of {
			request, err := http.NewRequest("GET", ts.Getenv("SERVER")+"/v1/model", nil)
			ts.Check(err)
			request.Header.Set("Reviewlens-Run", fmt.Sprint("run ", i))
			answer, err := http.DefaultClient.Do(request)
			ts.Check(err)
			body, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			ts.Check(err)
			m := id.FindSubmatch(body)
			if m == nil {
				ts.Fatalf("no manifest: %s", body)
			}
			of[again] = string(m[1])
		}
		if of[0] != of[1] {
			ts.Fatalf("run %d is answered by %s, then by %s", i, of[0], of[1])
		}
		counts[of[0]]++
	}
	var b strings.Builder
	for id, n := range counts {
		fmt.Fprintf(&b, "%s %d\n", id, n)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o666))
}
