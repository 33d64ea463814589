// Package arch holds no code: its tests enforce the architecture in ARCHITECTURE.md.
package arch

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pure packages run both in the browser's worker and in the server, so they may not import a
// network, a cloud, a native library or a page framework: each would add to the worker's download
// or fail in it. The same holds for all packages below reviews.
var pure = []string{
	"reviewlens/tokenizer",
	"reviewlens/tokenizer/batch",
	"reviewlens/api/wire",
	"reviewlens/api/model/default",
	"reviewlens/app/client",
	"reviewlens/app/format",
	"reviewlens/app/journal",
	"reviewlens/app/message",
	"reviewlens/app/state",
	"reviewlens/app/worker",
	"reviewlens/app/worker/scorer",
	"reviewlens/app/cmd/worker",
}

var impure = []string{
	"net/http",
	"crypto", // the browser has it
	"github.com/aws/",
	"github.com/yalue/onnxruntime_go",
	"github.com/maxence-charriere/go-app",
	"github.com/sugarme/",
	"go.opentelemetry.io/",
}

func TestPurePackagesStayPure(t *testing.T) {
	for _, pkg := range append(run(t, "", "go", "list", "reviewlens/reviews/..."), pure...) {
		for _, dep := range deps(t, pkg) {
			for _, banned := range impure {
				if dep == banned || strings.HasPrefix(dep, strings.TrimSuffix(banned, "/")+"/") {
					t.Errorf("%s imports %s in the browser", pkg, dep)
				}
			}
		}
	}
}

// The page's own program renders: the worker reads, tokenizes and calls the server, in its own
// thread.
func TestPageLeavesTheWorkToTheWorker(t *testing.T) {
	for _, dep := range deps(t, "reviewlens/app/cmd/pwa") {
		for _, banned := range []string{"reviewlens/reviews", "reviewlens/tokenizer",
			"reviewlens/app/worker", "reviewlens/app/client", "reviewlens/api/model/default"} {
			if slices.Contains([]string{"reviewlens/reviews/excerpt", "reviewlens/reviews/figures",
				"reviewlens/reviews/report", "reviewlens/reviews/stem"}, dep) {
				continue // cuts quotes; are drawn; draws, as the page does; marks words
			}
			if dep == banned || strings.HasPrefix(dep, banned+"/") {
				t.Errorf("the page's program imports %s", dep)
			}
		}
	}
}

// below lists, for each layer, which packages of this module it may import; arrows point down.
var below = map[string][]string{
	"reviews":         {},
	"tokenizer":       {"tokenizer", "api/wire"},
	"tokenizer/batch": {"api/wire"},
	"api/wire":        {"reviews/figures"},
	"reviews/reading": {"api/wire", "reviews"},
	"api/compat":      {"api/wire", "api/model", "api/scoring"},

	"api/compat/comprehend":  {"api/compat", "api/wire", "api/scoring", "reviews"},
	"api/compat/huggingface": {"api/compat", "api/wire"},
	"api/compat/sagemaker":   {"api/compat", "api/wire", "api/model", "api/scoring", "reviews"},
	"api/compat/tei":         {"api/compat", "api/wire", "api/model", "reviews/text"},

	"api/admission": {"api/scoring", "api/wire", "reviews"},

	"api/awsretry": {},
	"api/objects":  {"api/awsretry"},
	"api/jobs/stepfunctions": {"api/awsretry", "api/jobs", "api/objects", "api/scoring", "api/wire",
		"reviews"},

	"api/infer":     {"api/wire", "api/model", "api/trace", "reviews", "tokenizer"},
	"api/jobclient": {"api/wire"},
	"api/infer/remote": {"api/awsretry", "api/infer", "api/wire", "api/model", "reviews",
		"tokenizer"},
	"api/lambda":  {"api", "reviews"},
	"api/compare": {"api/scoring", "api/wire", "reviews"},
	"api/engines": {"api/wire", "api/model", "api/scoring"},
	"api/trial": {"api/engines", "api/wire", "api/model", "api/scoring", "reviews",
		"tokenizer"},
	"api/jobs":       {"api/scoring", "api/wire", "reviews"},
	"api/model":      {"api/tokenizers", "api/wire", "api/model", "reviews", "tokenizer"},
	"api/scoring":    {"api/wire", "api/model", "api/trace", "reviews", "tokenizer"},
	"api/telemetry":  {"api/trace"},
	"api/pack":       {"api/scoring", "reviews"},
	"api/pipe":       {"api/scoring", "api/wire", "reviews", "tokenizer"},
	"api/signin":     {"api/wire"},
	"api/tempfile":   {},
	"api/unpack":     {"api/tempfile", "reviews"},
	"api/tokenizers": {"tokenizer"},
	"api/history":    {"api/wire"},

	"api/history/dynamodb": {"api/history"},
	"api/history/memory":   {"api/history"},
	"api/history/sqlite":   {"api/history"},
	"api/model/default":    {},
	"api/model/s3":         {"api/awsretry", "api/model/store", "api/objects", "api/wire"},
	"api/model/store":      {"api/model", "api/wire"},

	"api/trace": {},
	"app": {"app/format", "app/message", "app/page", "app/state", "app/widget",
		"api/wire", "reviews/excerpt", "reviews/report"},
	"app/format":  {"app/message", "api/wire", "reviews/report"},
	"app/page":    {},
	"app/state":   {"app/format", "app/message", "api/wire", "reviews/report", "reviews/stem"},
	"app/widget":  {"app/format", "app/message", "app/page"},
	"app/client":  {"api/wire", "tokenizer", "reviews"},
	"app/message": {"api/wire"},
	"app/journal": {},
	"app/worker": {"app/client", "app/journal", "app/message", "app/worker/scorer", "api/wire",
		"reviews"},
	"app/worker/scorer": {"app/client", "app/journal", "app/message", "api/wire", "tokenizer",
		"reviews"},
}

func TestArrowsPointDown(t *testing.T) {
	for layer, allowed := range below {
		for _, dep := range run(t, "", "go", "list", "-f", `{{join .Imports "\n"}}`,
			"reviewlens/"+layer) {
			ours, ok := strings.CutPrefix(dep, "reviewlens/")
			if !ok {
				continue
			}
			if !slices.ContainsFunc(allowed,
				func(a string) bool { return ours == a || strings.HasPrefix(ours, a+"/") }) {
				t.Errorf("%s imports %s", layer, ours)
			}
		}
	}
}

// A package that no test here lists could import anything. Programs may, and so may packages that
// only tests import.
func TestEveryPackageHasItsPlace(t *testing.T) {
	for _, pkg := range run(t, "", "go", "list", "reviewlens/api/...", "reviewlens/app/...",
		"reviewlens/tokenizer/...") {
		layer := strings.TrimPrefix(pkg, "reviewlens/")
		program := strings.Contains(layer, "/cmd/") || layer == "api/examples/score" ||
			layer == "tokenizer/reference/answer"
		if _, ok := below[layer]; !ok && !program && !strings.HasSuffix(layer, "test") &&
			layer != "api" {
			t.Errorf("%s is not in below, which lists what each package may import", layer)
		}
	}
}

// Only programs that may use a bucket, a table or a state machine link the cloud's SDK: packages
// that load, run and serve models do not import it.
func TestCloudStaysInItsPackages(t *testing.T) {
	for _, pkg := range []string{"reviewlens/api", "reviewlens/api/engines",
		"reviewlens/api/history", "reviewlens/api/infer", "reviewlens/api/jobs",
		"reviewlens/api/model/store", "reviewlens/api/scoring"} {
		for _, dep := range run(t, "", "go", "list", "-deps", pkg) {
			if strings.HasPrefix(dep, "github.com/aws/") {
				t.Errorf("%s reaches %s; api/objects, api/model/s3, api/history/dynamodb, "+
					"api/infer/remote, api/jobs/stepfunctions and api/awsretry alone should",
					pkg, dep)
			}
		}
	}
}

func TestTopLevel(t *testing.T) {
	want := []string{"ARCHITECTURE.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "NOTICE",
		"README.md", "SECURITY.md", "api", "app", "build", "deploy", "go.mod", "go.sum", "reviews",
		"tokenizer", "web"}
	tracked := run(t, "", "git", "ls-tree", "--name-only", "--full-tree", "HEAD")
	for _, name := range tracked {
		if !strings.HasPrefix(name, ".") && !slices.Contains(want, name) {
			t.Errorf("%s at the top level; what is made goes under build/, what ships under deploy/", name)
		}
	}
	for _, name := range want {
		if _, err := os.Stat(filepath.Join("..", "..", name)); err != nil {
			t.Errorf("the top level lacks %s", name)
		}
	}
}

func deps(t *testing.T, pkg string) []string {
	return run(t, "GOOS=js GOARCH=wasm CGO_ENABLED=0", "go", "list", "-deps", pkg)
}

// run returns the output lines of a command.
func run(t *testing.T, env string, name string, args ...string) []string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), strings.Fields(env)...)
	out, err := cmd.Output()
	if exit, ok := err.(*exec.ExitError); ok {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, exit.Stderr)
	} else if err != nil {
		t.Fatalf("%s: %v", strings.Join(cmd.Args, " "), err)
	}
	return strings.Fields(string(out))
}
