package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	child := func() *child {
		return &child{command: &exec.Cmd{Process: &os.Process{Pid: os.Getpid()}}}
	}
	own := &server{command: &exec.Cmd{Process: &os.Process{Pid: os.Getpid()}}}
	reviews := []review{{"a", 1}, {"b", 0}, {"c", -1}, {"d", 1}}
	scenarios := []*scenario{
		{name: "Reviewlens over HTTP", file: "served", server: own, rates: []float64{200, 220, 210},
			scores: []float64{.9, .1, .5, .2}},
		{name: "Reviewlens over HTTP", file: "all", server: own, rates: []float64{100, 110, 90},
			scores: []float64{.9, .1, .5, .7}},
		{name: "bare ONNX Runtime loop", file: "all", bare: true, child: child(),
			rates: []float64{100, 110, 100}, scores: []float64{.9, .1, .5, .7}},
		{name: "peer", file: "all", how: "batches of 32", turn: turn{Documented: true},
			child: child(), rates: []float64{40, 55, 45}, scores: []float64{.1, .1, .5, .7}},
		{name: "peer", file: "all", how: "one text at a time", child: child(),
			rates: []float64{80, 88, 90}, scores: []float64{.1, .1, .5, .7}},
	}
	var out strings.Builder
	table(&out, scenarios, reviews)
	for _, line := range []string{
		"| Reviewlens over HTTP | served |  | 210.0 | 200.0 to 220.0 | 0.50x | 1.00x | 66.67 |",
		"| peer | all | batches of 32 | 45.0 | 40.0 to 55.0 | 2.00x | 4.67x | 66.67 |",
		"Over HTTP, all: 1.000 of the ceiling.",
		"at least 2.00 times every peer as documented in batches, 1.25 times every peer " +
			"at its best",
		"As served: 2.50 times the best peer with all layers.",
	} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("the table lacks %q:\n%s", line, out.String())
		}
	}
}

func TestCandidatesUseTwoThreads(t *testing.T) {
	for _, p := range []competitor{{prefix: "hf-"}, {torch: true}} {
		for _, turn := range candidates(p, "all") {
			if turn.Streams*turn.Threads != threads || turn.File != p.prefix+"all" || p.torch &&
				turn.Streams > 1 {
				t.Errorf("%+v", turn)
			}
		}
	}
}
