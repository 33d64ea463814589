// Command phases measures the time from the start of the process to its first score, by phase.
//
//	make bench-phases
//
// Each round starts bin/reviewlens serve and requests one score as soon as the port answers. It
// then starts a process that only loads the embedded model and opens the engine, one phase after
// the other, and prints their times; the server, in contrast, reads the model while the library is
// loaded. Medians and extremes of the rounds are printed.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"reviewlens/api/infer"
	"reviewlens/api/model"
	"reviewlens/build/bench/library"
)

func main() {
	rounds := flag.Int("rounds", 20, "processes started of each kind")
	phases := flag.Bool("phases", false, "be the process that tells its phases")
	flag.Parse()
	do := func() error { return run(os.Stdout, *rounds) }
	if *phases {
		do = func() error { return printPhases(os.Stdout) }
	}
	if err := do(); err != nil {
		fmt.Fprintln(os.Stderr, "phases:", err)
		os.Exit(1)
	}
}

// printPhases runs in the second kind of process: it loads the model, opens the engine and prints
// the phases.
func printPhases(out io.Writer) error {
	native, err := library.Find()
	if err != nil {
		return err
	}
	start := time.Now()
	m, err := model.Default()
	if err != nil {
		return err
	}
	phases := []infer.Phase{{Name: "model: hash, vocabulary", Took: time.Since(start)}}
	e, err := infer.Open(context.Background(), m, infer.Options{Library: native})
	if err != nil {
		return err
	}
	defer e.Close()
	phases = append(phases, e.Phases()...)
	windows, _, _ := e.Windows(nil, []byte("Works as it should."))
	start = time.Now()
	if _, err := e.Score(context.Background(), [][][]int32{windows}); err != nil {
		return err
	}
	return json.NewEncoder(out).
		Encode(append(phases, infer.Phase{Name: "a score", Took: time.Since(start)}))
}

func run(out io.Writer, rounds int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var names []string
	took := map[string][]time.Duration{}
	add := func(name string, d time.Duration) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		took[name] = append(took[name], d)
	}
	for range rounds + 1 { // the first fills the page cache
		total, err := firstScore()
		if err != nil {
			return err
		}
		add("process start to first score over HTTP", total)
		start := time.Now()
		text, err := exec.Command(self, "-phases").Output()
		if err != nil {
			return err
		}
		var phases []infer.Phase
		if err := json.Unmarshal(text, &phases); err != nil {
			return err
		}
		rest := time.Since(start)
		for _, p := range phases {
			add("of it "+p.Name, p.Took)
			rest -= p.Took
		}
		add("a process that does only this: begin and end", rest)
	}
	fmt.Fprintf(out, "%d usable CPUs, %s/%s, ONNX Runtime %s; %d starts\n\n| | ms | fastest to "+
		"slowest |\n|---|---|---|\n", runtime.GOMAXPROCS(
		0), runtime.GOOS, runtime.GOARCH, infer.Version, rounds)
	for _, name := range names {
		d := slices.Sorted(slices.Values(took[name][1:]))
		ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
		fmt.Fprintf(out, "| %s | %.1f | %.1f to %.1f |\n", name, ms(d[len(d)/2]), ms(d[0]),
			ms(d[len(d)-1]))
	}
	return nil
}

// firstScore starts the server and asks it for one.
func firstScore() (took time.Duration, err error) {
	server := exec.Command("bin/reviewlens", "serve", "-addr", "127.0.0.1:0")
	stdout, err := server.StdoutPipe()
	if err != nil {
		return 0, err
	}
	start := time.Now()
	if err := server.Start(); err != nil {
		return 0, fmt.Errorf("%w; run `make build` first", err)
	}
	defer func() {
		server.Process.Signal(os.Interrupt)
		server.Wait()
	}()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	_, url, ok := strings.Cut(strings.TrimSpace(line), "is at ")
	if err != nil || !ok {
		return 0, fmt.Errorf("the server says %q, %w", line, err)
	}
	answer, err := http.Post(url+"/v1/score", "application/json",
		strings.NewReader(`{"texts": ["Works as it should."]}`))
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil ||
		answer.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("the first score: %s, %v", answer.Status, err)
	}
	return time.Since(start), nil
}
