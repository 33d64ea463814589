// Command pollution measures how the product reads polluted CSV files: preambles, headers of
// several rows, other delimiters, stray quotes, ragged rows, several tables in a file. It generates
// such files from a table of synthetic reviews, with the table that a person sees in each, and
// scores the product's reading as the Pollock benchmark does (score.go): 10 is perfect.
//
//	go run ./build/pollution                    our files, by class
//	go run ./build/pollution -pollock folder    Pollock's own: csv/, clean/ and pollock_weights.json
//
// The table that a person sees is defined as in Pollock: a preamble and a footnote are not part of
// it, header rows are joined with a space, the first of several tables is the file's, and a badly
// written row is wanted as it was meant.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "pollution:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("pollution", flag.ExitOnError)
	pollock := flags.String("pollock", "", "`folder` of the Pollock benchmark, to score its files")
	verbose := flags.Bool("v", false, "list each file that is not perfect")
	output := flags.String("o", "", "`folder` to write our files to, instead of scoring them")
	flags.Parse(args)
	if *output != "" {
		return writeFiles(*output)
	}
	own := &scores{}
	for _, f := range generate() {
		own.add(f.Class, f.Name, Measure(f.Clean, read(f.Data)), 1)
	}
	fmt.Fprintln(stdout, "Our files: 10 is perfect")
	own.print(stdout, *verbose)
	if *pollock == "" {
		return nil
	}
	theirs, err := scorePollock(*pollock)
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, "\nPollock's files")
	theirs.print(stdout, *verbose)
	fmt.Fprintf(stdout, "simple %.3f  weighted %.3f\n", theirs.simple(), theirs.weighted())
	return nil
}

// scorePollock reads and scores the files of the benchmark.
func scorePollock(folder string) (*scores, error) {
	data, err := os.ReadFile(filepath.Join(folder, "pollock_weights.json"))
	if err != nil {
		return nil, err
	}
	weights := map[string]float64{}
	if err := json.Unmarshal(data, &weights); err != nil {
		return nil, fmt.Errorf("pollock_weights.json: %w", err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "csv", "*csv"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no csv/*.csv; unpack the benchmark there", folder)
	}
	s := &scores{}
	place := regexp.MustCompile(`_?(row)?_?\d+.*`) // of the pollution in the file
	for _, path := range files {
		name := filepath.Base(path)
		polluted, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		clean, err := os.ReadFile(filepath.Join(folder, "clean", name))
		if err != nil {
			return nil, err
		}
		class := name
		if strings.HasPrefix(name, "row") {
			class = place.ReplaceAllString(name, "")
		}
		s.add(class, name, Measure(clean, read(polluted)), weights[name])
	}
	return s, nil
}

// scores are the scores of files, with the frequency of their pollution.
type scores struct{ files []scored }

type scored struct {
	class, name   string
	score, weight float64
}

func (s *scores) add(class, name string, score, weight float64) {
	s.files = append(s.files, scored{class, name, score, weight})
}

func (s *scores) simple() float64 {
	total := 0.0
	for _, f := range s.files {
		total += f.score
	}
	return total / float64(len(s.files))
}

func (s *scores) weighted() float64 {
	total, weights := 0.0, 0.0
	for _, f := range s.files {
		total += f.score * f.weight
		weights += f.weight
	}
	return total / weights
}

// print lists the classes, worst first, and with verbose each file that is not perfect.
func (s *scores) print(w io.Writer, verbose bool) {
	classes := map[string]*scores{}
	var names []string
	for _, f := range s.files {
		if classes[f.class] == nil {
			classes[f.class] = &scores{}
			names = append(names, f.class)
		}
		classes[f.class].files = append(classes[f.class].files, f)
	}
	slices.SortStableFunc(names, func(a, b string) int {
		switch x, y := classes[a].simple(), classes[b].simple(); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	for _, name := range names {
		fmt.Fprintf(w, "%6.3f %5d %s\n", classes[name].simple(), len(classes[name].files), name)
		for _, f := range classes[name].files {
			if verbose && f.score < Best-1e-9 {
				fmt.Fprintf(w, "       %6.3f %s\n", f.score, f.name)
			}
		}
	}
	fmt.Fprintf(w, "%6.3f %5d all\n", s.simple(), len(s.files))
}

func writeFiles(folder string) error {
	for _, f := range generate() {
		name := strings.NewReplacer(" ", "_", "/", "-", ":", "").Replace(f.Name) + ".csv"
		for sub, data := range map[string][]byte{"csv": f.Data, "clean": f.Clean} {
			path := filepath.Join(folder, sub, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				return err
			}
			if err := os.WriteFile(path, data, 0o666); err != nil {
				return err
			}
		}
	}
	return nil
}
