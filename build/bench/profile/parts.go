package main

import (
	"strings"
	"time"

	"github.com/google/pprof/profile"
)

// part is a share of the time: the samples with one of its functions in the stack. A sample belongs
// to the part of the function nearest to its leaf, so memory is counted for the part that allocates
// it; samples of no part are Go's runtime by itself (garbage, scheduling).
type part struct {
	name      string
	functions []string // prefixes of their names
}

var parts = []part{
	{"ONNX Runtime", nil}, // native code called by the binding
	{"binding, streams", []string{"github.com/yalue/onnxruntime_go.", "reviewlens/api/infer."}},
	{"tokens, frames", []string{"reviewlens/tokenizer"}},
	{"JSON", []string{"encoding/json"}},
	{"files", []string{"reviewlens/reviews.", "reviewlens/api/scoring."}},
	{"HTTP, sockets", []string{"net/http", "net.", "net/textproto", "internal/poll", "syscall.",
		"bufio."}},
	{"handler", []string{"reviewlens/api", "github.com/prometheus", "log/slog"}},
	{"Go's runtime", nil},
}

const (
	native  = 0
	binding = 1
)

// divide returns the time of each part.
func divide(p *profile.Profile) (took []time.Duration, all time.Duration) {
	took = make([]time.Duration, len(parts))
	for _, s := range p.Sample {
		d := time.Duration(s.Value[len(s.Value)-1]) // nanoseconds; the value before it is a count
		took[partOf(s)] += d
		all += d
	}
	return took, all
}

func partOf(s *profile.Sample) int {
	inC := false
	for _, location := range s.Location { // from the leaf
		for _, line := range location.Line {
			if line.Function.Name == "runtime.cgocall" {
				inC = true
			}
			for i, p := range parts {
				for _, begins := range p.functions {
					if strings.HasPrefix(line.Function.Name, begins) {
						if i == binding && inC {
							return native
						}
						return i
					}
				}
			}
		}
	}
	return len(parts) - 1
}
