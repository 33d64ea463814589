package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"reviewlens/api/wire"
)

// scenario is one competitor with its settings: a server of ours or a child process.
type scenario struct {
	name, file, how string
	bare            bool // the ceiling
	turn            turn
	child           *child
	server          *server

	passes int
	rates  []float64 // reviews/s, one per round
	scores []float64 // of every review; NaN until scored
}

// do scores a share of the reviews passes times.
func (w *scenario) do(from, count, passes int) (result, error) {
	if w.server != nil {
		return w.server.score(from, count, passes)
	}
	t := w.turn
	t.From, t.Count, t.Passes = from, count, passes
	return w.child.call(t)
}

func (w *scenario) warm(count int) error {
	r, err := w.do(0, count, 1)
	if err != nil {
		return err
	}
	w.passes = 1
	w.turn.Count = count
	w.rates = []float64{float64(count) / r.Seconds} // measure drops it
	return nil
}

func (w *scenario) measure(from, count int) error {
	if w.scores == nil {
		w.passes = max(1, int(math.Ceil(turnFor.Seconds()*w.rates[0]/float64(count))))
		w.rates = nil
	}
	r, err := w.do(from, count, w.passes)
	if err != nil {
		return err
	}
	if len(r.Positive) != count {
		return fmt.Errorf("%d scores for %d reviews", len(r.Positive), count)
	}
	for len(w.scores) < from {
		w.scores = append(w.scores, math.NaN())
	}
	w.scores = append(w.scores, r.Positive...)
	w.rates = append(w.rates, float64(count*w.passes)/r.Seconds)
	return nil
}

// peak returns the peak memory of the process in MB, or 0 if the system does not report it.
func (w *scenario) peak() float64 {
	process := w.process()
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", process.Pid))
	for line := range strings.Lines(string(status)) {
		if size, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(size)[0], 64)
			return kb / 1000
		}
	}
	return 0
}

func (w *scenario) process() *os.Process {
	if w.server != nil {
		return w.server.command.Process
	}
	return w.child.command.Process
}

func (w *scenario) stop() {
	if w.server != nil {
		w.server.stop()
	} else {
		w.child.stop()
	}
}

// child is the process of a competitor.
type child struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

func begin(command []string) (*child, error) {
	c := &child{command: exec.Command(command[0], command[1:]...)}
	c.command.Stderr = os.Stderr
	in, err := c.command.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.in, c.out = in, bufio.NewReader(out)
	return c, c.command.Start()
}

func (c *child) call(t turn) (r result, err error) {
	line, err := json.Marshal(t)
	if err != nil {
		return r, err
	}
	if _, err := c.in.Write(append(line, '\n')); err != nil {
		return r, err
	}
	if line, err = c.out.ReadBytes('\n'); err != nil {
		return r, fmt.Errorf("no answer: %w", errors.Join(err, c.command.Wait()))
	}
	err = json.Unmarshal(line, &r)
	return r, err
}

func (c *child) stop() {
	c.in.Close()
	c.command.Wait()
}

// server is a running bin/reviewlens serve on a free port, with a client.
type server struct {
	url     string
	command *exec.Cmd
	reviews []review
}

func startServer(library, model string) (*server, error) {
	s := &server{command: exec.Command("bin/reviewlens", "serve", "-addr", "127.0.0.1:0", "-ort",
		library, "-model", model)}
	log, err := os.Create(filepath.Join(folder, "serve.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	s.command.Stderr = log
	stdout, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.command.Start(); err != nil {
		return nil, fmt.Errorf("%w; run `make build` first", err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	_, url, ok := strings.Cut(strings.TrimSpace(line), "is at ")
	if err != nil || !ok {
		return nil, errors.Join(fmt.Errorf("the server says %q", line), err, s.command.Wait())
	}
	s.url = url
	if s.reviews, err = readTexts(); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func (s *server) stop() {
	s.command.Process.Signal(os.Interrupt)
	s.command.Wait()
}

// score sends the share passes times, in requests of 256 texts, 4 in flight, as JSON in both
// directions.
func (s *server) score(from, count, passes int) (r result, err error) {
	const size, inFlight = 256, 4
	texts := make([]string, 0, count*passes)
	for range passes {
		for _, review := range s.reviews[from : from+count] {
			texts = append(texts, review.Text)
		}
	}
	positive := make([]float64, len(texts))
	start := time.Now()
	starts := make(chan int)
	errs := make([]error, inFlight)
	var clients sync.WaitGroup
	for c := range inFlight {
		clients.Go(func() {
			for at := range starts {
				some := texts[at:min(at+size, len(texts))]
				found, err := s.post(some)
				if err != nil {
					errs[c] = err
					continue
				}
				copy(positive[at:], found)
			}
		})
	}
	for at := 0; at < len(texts); at += size {
		starts <- at
	}
	close(starts)
	clients.Wait()
	return result{time.Since(start).Seconds(), positive[len(positive)-count:]}, errors.Join(errs...)
}

// post sends one request.
func (s *server) post(texts []string) ([]float64, error) {
	body, err := json.Marshal(wire.ScoreRequest{Texts: texts})
	if err != nil {
		return nil, err
	}
	answer, err := http.Post(s.url+"/v1/score", wire.TypeJSON, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
		return nil, fmt.Errorf("%s: %s", answer.Status, text)
	}
	var scored wire.ScoreResponse
	if err := json.NewDecoder(answer.Body).Decode(&scored); err != nil {
		return nil, err
	}
	positive := make([]float64, len(texts))
	for i, r := range scored.Results {
		if r.Positive == nil {
			return nil, fmt.Errorf("a review has no score: %+v", r.Error)
		}
		positive[i] = *r.Positive
	}
	return positive, nil
}
