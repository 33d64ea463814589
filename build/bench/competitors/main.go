// Command competitors compares our tokenizer and CSV reader with widely used ones, natively and in
// a Chromium worker, on one core, on the same texts and files in the same run.
//
//	make bench
//
// Texts are the reviews of DATA= if there are any (8 MB of them), else synthetic ones; the CSV
// files are generated here. Each candidate is timed once per round, and the table has the median
// and the extremes of the rounds. The IDs of each tokenizer, and the rows and fields of each
// reader, are compared with ours; the table counts the differences.
package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"reviewlens/build/bench/competitors/measure"
	"reviewlens/build/bench/machine"
)

const (
	folder    = "build/work/bench"
	python    = "build/model/.venv/bin/python"
	here      = "build/bench/competitors"
	textBytes = 8 << 20
	fileBytes = 8 << 20
)

func main() {
	rounds := flag.Int("rounds", 3, "each times every way once")
	data := flag.String("data", os.Getenv("DATA"), "folder whose train/dsc24 holds reviews")
	flag.Parse()
	if err := run(os.Stdout, *rounds, *data); err != nil {
		fmt.Fprintln(os.Stderr, "competitors:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, rounds int, data string) error {
	texts, what, err := prepare(data)
	if err != nil {
		return err
	}
	files := []string{"plain.csv", "reviews.csv", "quotes.csv", "letters.csv", "numbers.csv"}
	content := map[string][]byte{}
	for _, name := range files {
		content[name] = table(name)
		if err := os.WriteFile(filepath.Join(folder, name), content[name], 0o666); err != nil {
			return err
		}
	}
	vocab, err := os.ReadFile("api/model/default/vocab.txt")
	if err != nil {
		return err
	}
	config, err := os.ReadFile(filepath.Join(folder, "tokenizer.json"))
	if err != nil {
		return err
	}
	tokens, tables := samples{}, map[string]samples{}
	for _, name := range files {
		tables[name] = samples{}
	}
	for round := range rounds {
		fmt.Fprintf(os.Stderr, "round %d of %d\n", round+1, rounds)
		native, err := measure.Tokens(texts, vocab, config)
		if err != nil {
			return err
		}
		tokens.add("native", native)
		for _, name := range files {
			tables[name].add("native", measure.CSV(content[name]))
		}
		var py struct {
			Tokens map[string]measure.Result
			CSV    map[string]map[string]measure.Result
		}
		if err := decodeOutput(&py, python,
			append([]string{here + "/native.py", folder}, files...)...); err != nil {
			return err
		}
		tokens.add("native", py.Tokens)
		var js struct {
			Chromium struct {
				Tokens map[string]measure.Result
				CSV    map[string]map[string]measure.Result
			}
			Node map[string]measure.Result
		}
		if err := decodeOutput(&js, "node",
			append([]string{here + "/browser.mjs", folder}, files...)...); err != nil {
			return err
		}
		tokens.add("Node", js.Node)
		tokens.add("Chromium", js.Chromium.Tokens)
		for _, name := range files {
			tables[name].add("native", py.CSV[name])
			tables[name].add("Chromium", js.Chromium.CSV[name])
		}
	}

	fmt.Fprintf(out, "%s, one core of %d, %s, %s; texts: %s\n\n", machine.Processor(),
		runtime.NumCPU(), runtime.GOOS+"/"+runtime.GOARCH, runtime.Version(), what)
	fmt.Fprint(out, "| tokenizer | MB/s | slowest to fastest round | reviewlens is | texts that "+
		"differ |\n|---|---|---|---|---|\n")
	tokens.print(out, len(texts), func(ours, theirs measure.Result) string {
		differ := 0
		for i, h := range theirs.Hashes {
			if h != ours.Hashes[i] {
				differ++
			}
		}
		s := fmt.Sprintf("%d of %d", differ, len(theirs.Hashes))
		if theirs.Panics > 0 {
			s += fmt.Sprintf(", %d of them panics", theirs.Panics)
		}
		return s
	})
	for _, name := range files {
		fmt.Fprintf(out, "\n| %s | MB/s | slowest to fastest round | reviewlens is | rows, "+
			"fields |\n|---|---|---|---|---|\n", name)
		tables[name].print(out, len(content[name]), func(ours, theirs measure.Result) string {
			s := fmt.Sprintf("%d, %d", theirs.Rows, theirs.Fields)
			if ours.Rows != theirs.Rows || ours.Fields != theirs.Fields {
				s += " (differ)"
			}
			return s
		})
	}
	return nil
}

// samples are the results of each candidate, one per round; the key is its platform and its name.
type samples map[[2]string][]measure.Result

func (s samples) add(where string, results map[string]measure.Result) {
	for name, r := range results {
		s[[2]string{where, name}] = append(s[[2]string{where, name}], r)
	}
}

func (s samples) print(out io.Writer, size int, same func(ours, theirs measure.Result) string) {
	rate := func(r measure.Result) float64 { return float64(size) / 1e6 / r.Seconds }
	median := func(key [2]string) float64 {
		all := s[key]
		slices.SortFunc(all,
			func(a, b measure.Result) int { return cmp.Compare(b.Seconds, a.Seconds) })
		return rate(all[len(all)/2])
	}
	keys := slices.Collect(maps.Keys(s))
	slices.SortFunc(keys, func(a, b [2]string) int {
		return cmp.Or(-cmp.Compare(a[0], b[0]), -cmp.Compare(median(a), median(b)))
	})
	for _, key := range keys {
		ours := [2]string{key[0], "reviewlens"}
		if key[0] == "Node" {
			ours[0] = "Chromium" // the same engine
		}
		m, all := median(key), s[key]
		ratio := ""
		if key != ours {
			ratio = fmt.Sprintf("%.1fx", median(ours)/m)
		}
		fmt.Fprintf(out, "| %s, %s | %.4g | %.4g to %.4g | %s | %s |\n", key[1], key[0], m,
			rate(all[0]), rate(all[len(all)-1]), ratio, same(s[ours][0], all[0]))
	}
}

// decodeOutput runs a program that prints JSON, and decodes that into answer.
func decodeOutput(answer any, program string, args ...string) error {
	command := exec.Command(program, args...)
	command.Stderr = os.Stderr
	text, err := command.Output()
	if err != nil {
		return fmt.Errorf("%s %s: %w", program, args[0], err)
	}
	return json.Unmarshal(text, answer)
}

// prepare writes texts, vocabulary, tokenizer.json and the programs for the browser into folder.
func prepare(data string) (texts []byte, what string, err error) {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, "", err
	}
	what = "invented"
	names, _ := filepath.Glob(filepath.Join(data, "train/dsc24/*.tsv"))
	for _, name := range names {
		file, err := os.ReadFile(name)
		if err != nil {
			return nil, "", err
		}
		file = bytes.ReplaceAll(bytes.ToValidUTF8(file, nil), []byte("\r"), nil)
		texts = append(texts, file[:min(len(file), textBytes/len(names))]...)
		what = "reviews of DATA"
	}
	if texts == nil {
		rng := rand.New(rand.NewSource(1))
		for len(texts) < textBytes {
			texts = append(append(texts, invent(rng, 1+rng.Intn(120))...), '\n')
		}
	}
	texts = bytes.TrimSpace(bytes.ToValidUTF8(texts, nil))
	if err := os.WriteFile(folder+"/texts.txt", texts, 0o666); err != nil {
		return nil, "", err
	}
	for _, step := range []*exec.Cmd{
		exec.Command("cp", "api/model/default/vocab.txt", folder),
		exec.Command(python, "-c", "from tokenizers import BertWordPieceTokenizer as T; T('"+folder+
			"/vocab.txt').save('"+folder+"/tokenizer.json')"),
		exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", folder+"/peers.wasm",
			"./"+here+"/wasm"),
		exec.Command("build/node/node_modules/.bin/esbuild", here+"/worker.mjs", "--bundle",
			"--format=iife", "--platform=browser", "--log-level=error", "--outfile="+folder+
				"/worker.js",
			"--banner:js=importScripts('/wasm_exec.js');"),
		exec.Command("sh", "-c", `cp "$(go env GOROOT)/lib/wasm/wasm_exec.js" `+folder),
	} {
		if strings.HasSuffix(step.Path, "go") {
			step.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
		}
		if text, err := step.CombinedOutput(); err != nil {
			return nil, "", fmt.Errorf("%s: %w\n%s", strings.Join(step.Args, " "), err, text)
		}
	}
	return texts, what, nil
}

var (
	words = strings.Fields("the a it this was is and but my for with very really not never " +
		"again kettle charger lid cord battery handle seller price quality works broke stopped " +
		"arrived bought returned love hate easy quiet loud cheap sturdy after before days weeks " +
		"two three")
	foreign = strings.Fields("très déçu qualité reçu größer schön für não está muy bueno 很好 质量 " +
		"とても " +
		"良い товар хороший")
)

func invent(rng *rand.Rand, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(words[rng.Intn(len(words))])
		if rng.Intn(9) == 0 {
			b.WriteByte(",.!"[rng.Intn(3)])
		}
	}
	return b.String()
}

// table generates one of the CSV files.
func table(name string) []byte {
	rng := rand.New(rand.NewSource(2))
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for i := 0; b.Len() < fileBytes; i++ {
		row := []string{fmt.Sprint(i), fmt.Sprintf("B%05d", rng.Intn(300)),
			fmt.Sprint(1 + rng.Intn(5)), "2026-01-02"}
		switch name {
		case "plain.csv": // nothing needs quotes
			row = append(row, strings.NewReplacer(",", "", "\n", "").
				Replace(invent(rng, 1+rng.Intn(80))))
		case "reviews.csv": // commas, and occasionally a quote
			text := invent(rng, 1+rng.Intn(120))
			if i%6 == 0 {
				text += ` They call it "sturdy".`
			}
			row = append(row, text)
		case "quotes.csv": // many quotes and line ends
			row = append(row, strings.Repeat("She said \"no\"\nand left. ", 1+rng.Intn(9)))
		case "letters.csv":
			row = append(row, strings.Repeat(foreign[rng.Intn(len(foreign))]+" "+
				foreign[rng.Intn(len(foreign))]+", ", 1+rng.Intn(20)))
		case "numbers.csv":
			row = nil
			for range 20 {
				row = append(row, fmt.Sprint(rng.Intn(1e6)))
			}
		}
		w.Write(row)
		w.Flush()
	}
	return b.Bytes()
}
