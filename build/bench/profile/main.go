// Command profile measures how much processor time ONNX Runtime and our code take while the service
// answers over HTTP.
//
//	make bench-profile
//
// This process is the server; a child sends synthetic reviews of natural lengths, so that the
// figures exclude the client's work. Samples are from Go's CPU profile, a timer of each thread's
// own CPU time, so other load on the machine does not show. A window runs on one thread, so samples
// in native code have the Go stack that called it: those below a Run are ONNX Runtime's. The
// operating system's count of the process's CPU time (getrusage) is printed next to them.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"sync"
	"syscall"
	"time"

	"reviewlens/api"
	"reviewlens/api/infer"
	"reviewlens/api/model"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/build/bench/library"
	"reviewlens/build/bench/machine"
	"reviewlens/build/bench/synthetic"
	"reviewlens/tokenizer/batch"

	"github.com/google/pprof/profile"
)

// inFlight is the number of concurrent requests of the client.
const inFlight = 4

// way is a kind of request.
type way struct {
	name, contentType string
	body              func(m *model.Model, n int) ([]byte, error) // body of request n
	reviews           int                                         // per request
}

var ways = []way{
	{"JSON, 256 texts a request", wire.TypeJSON,
		func(_ *model.Model, n int) ([]byte, error) { return texts(n, 256) }, 256},
	{"JSON, one text a request", wire.TypeJSON,
		func(_ *model.Model, n int) ([]byte, error) { return texts(n, 1) }, 1},
	{"frame of token IDs, 128 texts", wire.TypeFrame, frame, 128},
	{"CSV of 250 rows", wire.TypeCSV,
		func(_ *model.Model, n int) ([]byte, error) { return synthetic.File(250), nil }, 250},
}

func main() {
	seconds := flag.Int("seconds", 15, "of load, for each kind of request")
	client := flag.String("client", "", "be the client of the server at this `address`")
	kind := flag.Int("kind", 0, "of requests that the client sends")
	flag.Parse()
	do := func() error { return run(os.Stdout, time.Duration(*seconds)*time.Second) }
	if *client != "" {
		do = func() error {
			return send(os.Stdout, *client, ways[*kind], time.Duration(*seconds)*time.Second)
		}
	}
	if err := do(); err != nil {
		fmt.Fprintln(os.Stderr, "profile:", err)
		os.Exit(1)
	}
}

// pool returns the reviews that are sent.
var pool = sync.OnceValue(func() []string { return synthetic.Texts(4096) })

func some(n, count int) []string {
	from := n * count % (len(pool()) - count + 1)
	return pool()[from : from+count]
}

func texts(n, count int) ([]byte, error) {
	return json.Marshal(wire.ScoreRequest{Texts: some(n, count)})
}

func frame(m *model.Model, n int) ([]byte, error) {
	request := batch.Request{Model: m.Manifest.ID}
	for _, text := range some(n, 128) {
		windows, _, err := m.Cut(nil, []byte(text))
		if err != nil {
			return nil, err
		}
		request.Texts = append(request.Texts, windows)
	}
	return batch.AppendRequest(nil, request)
}

// send keeps inFlight requests running, and prints how many reviews were scored.
func send(out io.Writer, url string, w way, length time.Duration) error {
	m, err := model.Default()
	if err != nil {
		return err
	}
	bodies := make([][]byte, 64)
	for n := range bodies {
		if bodies[n], err = w.body(m, n); err != nil {
			return err
		}
	}
	end := time.Now().Add(length)
	scored := make([]int, inFlight)
	failed := make([]error, inFlight)
	var group sync.WaitGroup
	for k := range inFlight {
		group.Go(func() {
			for n := k; time.Now().Before(end) && failed[k] == nil; n += inFlight {
				if failed[k] = post(url, w.contentType, bodies[n%len(bodies)]); failed[k] == nil {
					scored[k] += w.reviews
				}
			}
		})
	}
	group.Wait()
	sum := 0
	for _, n := range scored {
		sum += n
	}
	return errors.Join(errors.Join(failed...), json.NewEncoder(out).Encode(sum))
}

func post(url, contentType string, body []byte) error {
	answer, err := http.Post(url+"/v1/score", contentType, bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if text, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %.200s, %v", answer.Status, text, err)
	}
	return nil
}

// run runs the server, and prints the table.
func run(out io.Writer, length time.Duration) error {
	native, err := library.Find()
	if err != nil {
		return err
	}
	m, err := model.Default()
	if err != nil {
		return err
	}
	e, err := infer.Open(context.Background(), m, infer.Options{Library: native})
	if err != nil {
		return err
	}
	defer e.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: api.New(api.Options{Models: scoring.SingleModel(e),
			Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), File: 1 << 30})}
	go server.Serve(listener)
	defer server.Close()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s, %d usable CPUs, %s/%s, ONNX Runtime %s; %v a line, %d requests in "+
		"flight\n\n| requests | reviews | CPU s | of it "+
		"sampled |", machine.Processor(), runtime.GOMAXPROCS(
		0), runtime.GOOS, runtime.GOARCH, infer.Version, length, inFlight)
	for _, p := range parts {
		fmt.Fprintf(out, " %s %% |", p.name)
	}
	fmt.Fprint(out, "\n|---|---|---|---|")
	for range parts {
		fmt.Fprint(out, "---|")
	}
	fmt.Fprintln(out)
	for kind, w := range ways {
		var samples bytes.Buffer
		before, err := used()
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(&samples); err != nil {
			return err
		}
		output, err := exec.Command(self, "-client", "http://"+listener.Addr().String(), "-kind",
			fmt.Sprint(kind), "-seconds", fmt.Sprint(int(length.Seconds()))).Output()
		pprof.StopCPUProfile()
		if err != nil {
			return fmt.Errorf("the client: %w, %s", err, output)
		}
		after, err := used()
		if err != nil {
			return err
		}
		var reviews int
		if err := json.Unmarshal(output, &reviews); err != nil {
			return err
		}
		p, err := profile.Parse(&samples)
		if err != nil {
			return err
		}
		took, all := divide(p)
		fmt.Fprintf(out, "| %s | %d | %.1f | %.0f%% |", w.name, reviews, (after - before).Seconds(),
			100*all.Seconds()/(after-before).Seconds())
		for i := range parts {
			fmt.Fprintf(out, " %.1f |", 100*took[i].Seconds()/all.Seconds())
		}
		fmt.Fprintln(out)
	}
	return nil
}

// used returns the CPU time of this process, as counted by the operating system.
func used() (time.Duration, error) {
	var u syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), err
}
