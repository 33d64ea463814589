// Command bulk measures how much processor time the program takes, for `make cost`:
//
//	make bench-program CSV=reviews.csv     # writes deploy/cost/bill/bulk.json
//
// It runs bin/reviewlens score alternately on the file and on one row, and records the difference
// of their processor times (user and system, minimum of three), which excludes the start. Other
// work on the machine increases the result, never reduces it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"reviewlens/api/model"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/build/bench/machine"
	"reviewlens/deploy/cost/bill"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	"reviewlens/reviews/table"
)

const (
	program = "bin/reviewlens"
	found   = "deploy/cost/bill/bulk.json"
	rounds  = 3
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: make bench-program CSV=reviews.csv")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "bulk:", err)
		os.Exit(1)
	}
}

func run(name string) error {
	b, err := bill.Bulks()
	if err != nil {
		return err
	}
	work, id, err := measureFile(name)
	if err != nil {
		return err
	}
	one, err := os.CreateTemp("", "one-*.csv")
	if err != nil {
		return err
	}
	defer os.Remove(one.Name())
	if _, err := io.WriteString(one, "review\nIt works as it should.\n"); err != nil {
		return errors.Join(err, one.Close())
	}
	if err := one.Close(); err != nil {
		return err
	}
	least := func(name string) (best time.Duration, err error) {
		for range rounds {
			cmd := exec.Command(program, "score", name, "-o", os.DevNull)
			if out, err := cmd.CombinedOutput(); err != nil && cmd.ProcessState.ExitCode() != 3 {
				return 0, fmt.Errorf("%v: %w: %s", cmd.Args, err, out)
			}
			took := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			if best == 0 || took < best {
				best = took
			}
		}
		return best, nil
	}
	idle, err := least(one.Name())
	if err != nil {
		return err
	}
	took, err := least(name)
	if err != nil {
		return err
	}
	b.Made, b.Machine, b.Model = time.Now().UTC().Format(time.DateOnly), machine.Processor(), id
	b.Reviews, b.Tokens = work.Rows, float64(work.Tokens)/float64(work.Rows)
	b.BytesPerToken = float64(work.Bytes) / float64(work.Tokens)
	b.CPU = float64((took - idle).Microseconds()) / float64(work.Tokens)
	b.Start = idle.Seconds()
	data, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return err
	}
	fmt.Printf("%s\n", data)
	return os.WriteFile(found, append(data, '\n'), 0o666)
}

// measureFile returns the rows of a file, the bytes of their text and their tokens, equal texts
// counted once.
func measureFile(name string) (work scoring.Work, id string, err error) {
	f, err := os.Open(name)
	if err != nil {
		return work, "", err
	}
	defer f.Close()
	m, err := model.Default()
	if err != nil {
		return work, "", err
	}
	file, err := scoring.Open(context.Background(), f, table.Options{})
	if err != nil {
		return work, "", err
	}
	work, err = file.Measure(context.Background(), windows{model: m})
	return work, m.Manifest.ID, err
}

// windows is an engine that only cuts texts into windows.
type windows struct{ model *model.Model }

func (w windows) Model() *model.Model { return w.model }

func (w windows) Windows(dst [][]int32, text []byte) ([][]int32, bool, error) {
	return w.model.Cut(dst, text)
}

func (windows) Aspects(_ context.Context, texts [][][]int32) ([][]aspects.Span, error) {
	return make([][]aspects.Span, len(texts)), nil
}

func (w windows) Score(context.Context, [][][]int32) ([]reviews.Score, error) {
	return nil, &wire.Error{Code: wire.Internal, Detail: "it only cuts"}
}
