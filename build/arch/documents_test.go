package arch

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// SECURITY.md and app/README.md name the file or test that enforces each of their claims: those
// must exist.
func TestDocumentsNameWhatIsThere(t *testing.T) {
	root := filepath.Join("..", "..")
	var tests strings.Builder
	for _, dir := range []string{"api", "app", "build", "deploy", "reviews", "tokenizer"} {
		err := filepath.WalkDir(filepath.Join(root, dir),
			func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() &&
					(d.Name() == "node_modules" || d.Name() == ".venv" || d.Name() == "work") {
					return filepath.SkipDir
				}
				if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(d.Name(), "test_") {
					source, err := os.ReadFile(path)
					tests.Write(source)
					return err
				}
				return nil
			})
		if err != nil {
			t.Fatal(err)
		}
	}
	for document, least := range map[string]int{"SECURITY.md": 20, "app/README.md": 4} {
		data, err := os.ReadFile(filepath.Join(root, document))
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(string(data),
			-1) {
			if strings.HasPrefix(link[1], "https://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(document), link[1])); err != nil {
				t.Errorf("%s: %v", document, err)
			}
		}
		named := regexp.MustCompile("`((?:Test|Fuzz)\\w+|test_\\w+)`").
			FindAllStringSubmatch(string(data), -1)
		if len(named) < least {
			t.Fatalf("%s names %d tests", document, len(named))
		}
		for _, name := range named {
			if !regexp.MustCompile(`(?m)^\s*(func|def) ` + name[1] +
				`\(`).MatchString(tests.String()) {
				t.Errorf("%s names %s, which is no test", document, name[1])
			}
		}
	}
}
