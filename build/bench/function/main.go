// Command function runs the Lambda function's bootstrap on a share of this machine's processors.
//
//	make bench-cost     go run ./build/bench/function measure   how long 1,000 tokens take on 0.5, 1 and 2 processors
//	make bench-burst    go run ./build/bench/function burst     a minute of more requests than four small functions can take
//	make bench-cold      go run ./build/bench/function cold      from the start of the process to its first score, by phase
//
// Each function has the Runtime API of api/lambda/lambdatest, answers one event at a time and is
// limited to its share by a control group, as Lambda limits a function by its memory size. It needs
// Linux and root's rights.
//
// measure writes deploy/cost/bill/measured.json, which the cost model reads. burst compares the
// measurement with deploy/cost/load, and fails if they differ by more than chance explains.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"

	"reviewlens/build/bench/synthetic"
)

const validation = "build/model/work/valid.jsonl" // of `make prepare`

func main() {
	do := map[string]func() error{"measure": measure, "burst": burst, "cold": cold}
	if len(os.Args) != 2 || do[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "function: say measure, burst or cold")
		os.Exit(2)
	}
	if err := do[os.Args[1]](); err != nil {
		fmt.Fprintln(os.Stderr, "function:", err)
		os.Exit(1)
	}
}

// texts returns count whole product reviews that the model was not trained on, or as many synthetic
// ones.
func texts(count int) (list []string, what string, err error) {
	file, err := os.Open(validation)
	if errors.Is(err, fs.ErrNotExist) {
		return synthetic.Texts(count), "invented reviews, of the lengths that real ones have", nil
	} else if err != nil {
		return nil, "", err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var row struct{ Text, Set string }
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			return nil, "", err
		}
		// these are fragments, not reviews
		if !slices.Contains([]string{"sst2", "cut", "title"}, row.Set) {
			list = append(list, row.Text)
		}
	}
	rand.New(rand.NewPCG(1, 1)).
		Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list[:min(count, len(list))], "product reviews of natural lengths, never trained on",
		lines.Err()
}
