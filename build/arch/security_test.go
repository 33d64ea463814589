package arch

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// SECURITY.md says where each of its claims is kept: those files and tests have to be there.
func TestSecurityNamesWhatIsThere(t *testing.T) {
	root := filepath.Join("..", "..")
	data, err := os.ReadFile(filepath.Join(root, "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, link := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat(filepath.Join(root, link[1])); err != nil {
			t.Errorf("SECURITY.md: %v", err)
		}
	}
	var tests strings.Builder
	for _, dir := range []string{"api", "app", "build", "deploy", "reviews", "tokenizer"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".venv" || d.Name() == "work") {
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
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+|test_\\w+)`").FindAllStringSubmatch(text, -1)
	if len(named) < 20 {
		t.Fatalf("SECURITY.md names %d tests", len(named))
	}
	for _, name := range named {
		if !regexp.MustCompile(`(?m)^\s*(func|def) ` + name[1] + `\(`).MatchString(tests.String()) {
			t.Errorf("SECURITY.md names %s, which is no test", name[1])
		}
	}
}
