package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"reviewlens/api/infer/infertest"
	"reviewlens/api/objects"

	"github.com/rogpeppe/go-internal/testscript"
)

// Every command shown in help, README.md and api/README.md is run unchanged, in one folder with the
// files that it names, except for addresses: see located.
func TestExamples(t *testing.T) {
	library := infertest.Library(t)
	for _, need := range []string{"bash", "curl", "python3", "gzip"} {
		if _, err := exec.LookPath(need); err != nil {
			t.Skipf("needs %s", need)
		}
	}
	var examples []string
	for _, example := range slices.Concat(readmeExamples(t), helpExamples(t)) {
		if !slices.Contains(examples, example) {
			examples = append(examples, example)
		}
	}
	// A store is filled before it is served, and a model is published before it is activated.
	slices.SortStableFunc(examples,
		func(a, b string) int {
			return strings.Index(b, "models publish") - strings.Index(a,
				"models publish")
		})
	slices.SortStableFunc(examples, func(a, b string) int {
		return btoi(strings.Contains(a, "serve ")) - btoi(strings.Contains(b, "serve "))
	})
	if len(examples) < 30 {
		t.Errorf("only %d examples were found: %q", len(examples), examples)
	}
	script, err := os.ReadFile("testdata/examples.txt")
	if err != nil {
		t.Fatal(err)
	}
	var run strings.Builder
	for i := range examples {
		fmt.Fprintf(&run, "exec bash -euo pipefail example-%02d.sh\n", i)
	}
	text := strings.Replace(string(script), "EXAMPLES\n", run.String(), 1)
	for i, example := range examples {
		text += fmt.Sprintf("-- example-%02d.sh --\n# %s\n%s\n", i,
			strings.ReplaceAll(example, "\n", " "), located(example))
	}
	file := filepath.Join(t.TempDir(), "examples.txt")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Files: []string{file},
		Setup: func(e *testscript.Env) error {
			cache := filepath.Join(e.WorkDir, "home", "cache", "reviewlens")
			if err := os.MkdirAll(cache, 0o700); err != nil {
				return err
			}
			e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("XDG_CACHE_HOME", filepath.Dir(cache))
			b := newTestBucket(t)
			for name, value := range environmentOf(b.url) {
				e.Setenv(name, value)
			}
			var file bytes.Buffer
			if err := writeTyped(&file, typedRows[:2]); err != nil {
				return err
			}
			for key, data := range map[string]string{"may.parquet": file.String(),
				"reviews/2024-05.csv": "review\nI love it\n"} {
				w := objects.NewWriter(t.Context(), &b.Bucket, key, "")
				_, err := io.WriteString(w, data)
				if err := errors.Join(err, w.Close()); err != nil {
					return err
				}
			}
			e.Setenv("ISSUER", provider(t))
			return os.Symlink(library, filepath.Join(cache, filepath.Base(library)))
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"workbook": workbook, "variant": variantScript, "server": serverScript(t, lazily(t)),
		},
	})
}

// provider returns an OpenID provider that is sufficient for a starting server.
func provider(t *testing.T) (issuer string) {
	p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"issuer": "%[1]s", "authorization_endpoint": "%[1]s/a", "token_endpoint": "%[1]s/t", "jwks_uri": "%[1]s/k"}`, "http://"+r.Host)
	}))
	t.Cleanup(p.Close)
	return p.URL
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// located replaces in a command what differs in the test: the server's address, the bucket, and the
// values that a reader fills in.
func located(example string) string {
	if strings.Contains(example, "models try") { // another model than the current one
		example = "bin/reviewlens models publish s3://bucket/models distilbert-sst2\n" +
			strings.Replace(example, " ID", " $(cat distilbert-sst2/id)", 1)
	}
	example = strings.NewReplacer("bin/reviewlens", "reviewlens", "http://localhost:8000",
		"$SERVER", "localhost:8000/", "$SERVER/",
		"https://id.example.com/realms/shop", "$ISSUER", "s3://bucket/models", "s3://models/models",
		"s3://bucket/", "s3://models/",
		" FOLDER", " variant", " ID", " $(cat variant/id)").Replace(example)
	switch {
	case strings.Contains(example, "reviewlens serve"): // until it serves; then Ctrl-C
		command, _, _ := strings.Cut(example, " #")
		return "rm -f says\n" + command +
			" -addr 127.0.0.1:0 > says 2> log & p=$!\nfor i in $(seq 600); do grep -q 'Reviewlens is at' says && break; sleep 0.1; done\ngrep 'Reviewlens is at' says || cat log >&2\nkill -INT $p\nwait $p"
	case strings.Contains(example, "reviewlens submit"):
		if !strings.Contains(example, "-server") {
			example = strings.Replace(example, "reviewlens submit",
				"reviewlens submit -server $SERVER", 1)
		}
		return strings.Replace(example, " JOB",
			` $(curl -s $SERVER/v1/jobs --data-binary @reviews.csv | sed 's/^{"id":"\([a-z0-9]*\)".*/\1/')`, 1)
	}
	return example
}

// helpExamples returns the indented commands of help.
func helpExamples(t *testing.T) (examples []string) {
	isCommand := regexp.MustCompile(`(?m)^  (reviewlens|curl|echo|printf|source) .*$`)
	described := regexp.MustCompile(`^reviewlens \w+ {2,}`) // the list of commands
	for _, args := range append([][]string{{"help"}}, commandNames()...) {
		var out strings.Builder
		if err := run(context.Background(), append(args, "-h"), nil, &out, io.Discard); err != nil {
			t.Fatal(err)
		}
		found := isCommand.FindAllString(out.String(), -1)
		n := 0
		for _, example := range found {
			example = strings.TrimSpace(example)
			if described.MatchString(example) || strings.HasSuffix(example, " ...") {
				continue
			}
			examples = append(examples, example)
			n++
		}
		if n == 0 {
			t.Errorf("reviewlens %s -h shows no example", args[0])
		}
	}
	return examples
}

func commandNames() (names [][]string) {
	for _, c := range commands() {
		names = append(names, []string{c.name})
	}
	return names
}

// readmeExamples returns the commands in code blocks of README.md and api/README.md that run the
// program or call its server.
func readmeExamples(t *testing.T) (examples []string) {
	for _, name := range []string{"../../../README.md", "../../README.md"} {
		readme, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		before := len(examples)
		for i, block := range strings.Split(string(readme), "\n```") {
			if i%2 == 0 {
				continue
			}
			for line := range strings.SplitSeq(strings.ReplaceAll(block, "\\\n", "\\\f"), "\n") {
				if strings.Contains(line, "bin/reviewlens") || strings.HasPrefix(line, "curl ") {
					examples = append(examples, strings.ReplaceAll(line, "\f", "\n"))
				}
			}
		}
		if len(examples) == before {
			t.Errorf("%s shows no command", name)
		}
	}
	return examples
}
