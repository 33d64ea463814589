package table

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// modules returns the folder of a suite of another project; `make build` puts them there.
func modules(t *testing.T, name string) string {
	t.Helper()
	folder, err := filepath.Abs("../../build/node/node_modules/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("needs %s, a development dependency: run `make build` first", name)
	}
	return folder
}

// csv-spectrum: files that CSV readers get wrong, with their rows as JSON objects.
func TestSpectrum(t *testing.T) {
	folder := modules(t, "csv-spectrum")
	files, err := filepath.Glob(folder + "/csvs/*.csv")
	if err != nil || len(files) < 12 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		if filepath.Base(name) == "location_coordinates.csv" {
			continue // its JSON belongs to another row
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		wanted, err := os.ReadFile(folder + "/json/" + strings.TrimSuffix(filepath.Base(name), ".csv") + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var want []map[string]string
		if err := json.Unmarshal(wanted, &want); err != nil {
			t.Fatal(err)
		}
		d, err := Sniff(data, true)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(name), err)
			continue
		}
		d.Header = true // as the suite intends; some have no column that shows it
		d.Delimiter = ','
		r := NewReader(strings.NewReader(string(data)), d)
		header, err := r.Header()
		if err != nil {
			t.Fatal(err)
		}
		var got []map[string]string
		for rec, err := r.Read(); err == nil; rec, err = r.Read() {
			row := map[string]string{}
			for i, f := range rec.Fields {
				row[header[i]] = string(f)
			}
			got = append(got, row)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", filepath.Base(name), diff)
		}
	}
}

// excludedSettings and excludedCases are Papa Parse's cases that want something other than the
// records of a file, by setting, and those that differ on purpose, by name.
var excludedSettings = map[string]string{
	"comments":          "no comments: a review may begin with any sign",
	"preview":           "stops after some rows",
	"step":              "a callback",
	"chunk":             "a callback",
	"header":            "rows as objects",
	"dynamicTyping":     "fields as numbers and dates",
	"transform":         "changes fields",
	"transformHeader":   "changes fields",
	"quoteChar":         "another quote than the double one",
	"escapeChar":        "another escape than the doubled quote",
	"fastMode":          "does not read quotes",
	"newline":           "another line end than those of files",
	"skipEmptyLines":    "drops rows of empty cells; empty lines are never records here",
	"delimitersToGuess": "a guess of its own",
	"skipFirstNLines":   "skips rows",
}

const unterminated = "a quote that never closes is text, and its record ends with its line: one quote must not swallow a file"

var excludedCases = map[string]string{
	"Quoted field has no closing quote":                          unterminated,
	"Quoted field has invalid trailing quote after delimiter":    unterminated,
	"Quoted field has invalid trailing quote before delimiter":   unterminated,
	"Quoted field has invalid trailing quote after new line":     unterminated,
	"Mixed slash n and slash r should choose first as precident": "line ends may be mixed",
}

func TestPapaParse(t *testing.T) {
	folder := modules(t, "papaparse")
	out, err := exec.Command("node", "-e", `
		const vm = require("vm"), fs = require("fs");
		const describe = Object.assign(() => {}, { skip() {} });
		const context = vm.createContext({ chai: { assert: {} }, describe, document: { getElementById: () => ({ src: "" }) } });
		vm.runInContext(fs.readFileSync(process.argv[1], "utf8") + "; var cases = [...CORE_PARSER_TESTS, ...PARSE_TESTS];", context);
		process.stdout.write(JSON.stringify(context.cases, (key, value) => typeof value === "function" ? "function" : value));`,
		folder+"/tests/test-cases.js").Output()
	if err != nil {
		t.Fatalf("node: %v", err)
	}
	var cases []struct {
		Description string
		Input       any
		Config      map[string]any
		Expected    struct{ Data any }
	}
	if err := json.Unmarshal(out, &cases); err != nil {
		t.Fatal(err)
	}
	ran := 0
	used := map[string]bool{}
next:
	for _, c := range cases {
		for key := range c.Config {
			if excludedSettings[key] != "" {
				continue next
			}
		}
		if excludedCases[c.Description] != "" {
			used[c.Description] = true
			continue
		}
		input, ok := c.Input.(string)
		if !ok {
			continue // a number, or null
		}
		d := comma
		if s, ok := c.Config["delimiter"].(string); ok && len(s) == 1 && strings.Contains(",;\t|", s) {
			d.Delimiter = s[0]
		} else if ok {
			continue // longer, or none that files of reviews have
		} else if strings.Contains(c.Description, "guessed") || strings.Contains(c.Description, "BOM") {
			var err error
			if d, err = Sniff([]byte(input), true); err != nil {
				t.Errorf("%s: %v", c.Description, err)
				continue
			}
			d.Header = false
		}
		var want [][]string
		rows, _ := c.Expected.Data.([]any)
		for _, row := range rows {
			var fields []string
			cells, _ := row.([]any)
			for _, cell := range cells {
				s, _ := cell.(string)
				fields = append(fields, s)
			}
			if !slices.Equal(fields, []string{""}) { // an empty line
				want = append(want, fields)
			}
		}
		got, _ := read(t, strings.NewReader(input), d)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %q, %v (-want +got):\n%s", c.Description, input, c.Config, diff)
		}
		ran++
	}
	for name, why := range excludedCases {
		if !used[name] {
			t.Errorf("no case %q to exclude (%s)", name, why)
		}
	}
	if ran < 70 {
		t.Errorf("%d of %d cases ran", ran, len(cases))
	}
	t.Logf("%d of %d cases ran", ran, len(cases))
}
