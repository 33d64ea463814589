package arch

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	codeSpan = regexp.MustCompile("`([^`]+)`")
	fence    = regexp.MustCompile("(?ms)^```.*?^```$")
)

// Every link in these documents points to a file or folder of the tree, or to a heading of the same
// document.
func TestLinksLeadSomewhere(t *testing.T) {
	for _, document := range []string{
		"ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "api/README.md", "app/README.md",
		"build/README.md",
		"build/bench/README.md", "build/faults/README.md", "build/model/MODEL_CARD.md",
		"deploy/README.md",
	} {
		text := readDocument(t, document)
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if err := follow(document, text, m[1]); err != nil {
				t.Errorf("%s: %v", document, err)
			}
		}
	}
}

// Every path that these documents write as code exists. Paths begin with a folder of the top level.
func TestPathsExist(t *testing.T) {
	for document, least := range map[string]int{
		"ARCHITECTURE.md": 80, "README.md": 0, "CONTRIBUTING.md": 1,
	} {
		paths := codePaths(readDocument(t, document))
		for _, path := range paths {
			found, err := filepath.Glob(filepath.Join(root, path))
			if err != nil || len(found) == 0 {
				t.Errorf("%s names %s, which does not exist", document, path)
			}
		}
		if len(paths) < least {
			t.Errorf("%s: found %d paths, want at least %d: is the pattern out of date?",
				document, len(paths), least)
		}
	}
}

// In "The way of a review" each link to a Go file is followed by functions that the file declares.
func TestWayOfAReviewNamesFunctions(t *testing.T) {
	way := section(t, readDocument(t, "ARCHITECTURE.md"), "## The way of a review")
	steps := steps(way)
	if len(steps) < 60 {
		t.Errorf("found %d functions, want at least 60: is the pattern out of date?", len(steps))
	}
	for _, s := range steps {
		switch source, err := os.ReadFile(filepath.Join(root, s.file)); {
		case err != nil:
			t.Error(err)
		case s.function == "":
			t.Errorf("no function is named behind the link to %s", s.file)
		case !declares(string(source), s.function):
			t.Errorf("%s does not declare %s", s.file, s.function)
		}
	}
}

// In "Where does a change belong?" a Go file may be followed by what it declares, in parentheses.
func TestWhereAChangeBelongsNamesDeclarations(t *testing.T) {
	where := section(t, readDocument(t, "ARCHITECTURE.md"), "## Where does a change belong?")
	named := regexp.MustCompile("`([\\w/]+\\.go)` \\(`(\\w+)`").FindAllStringSubmatch(where, -1)
	if len(named) < 8 {
		t.Errorf("found %d declarations, want at least 8: is the pattern out of date?", len(named))
	}
	for _, m := range named {
		source := readDocument(t, m[1])
		value := regexp.MustCompile(`(?m)^(type|var) ` + m[2] + ` `)
		if !declares(source, m[2]) && !value.MatchString(source) {
			t.Errorf("%s does not declare %s", m[1], m[2])
		}
	}
}

// The checks themselves detect errors.
func TestDocumentChecksNotice(t *testing.T) {
	const document = "## A heading\n[a](#a-heading)"
	for target, want := range map[string]bool{
		"reviews/none.go": false, "reviews/score.go": true, "#a-heading": true, "#none": false,
		"https://example.com/": true,
	} {
		if err := follow("README.md", document, target); (err == nil) != want {
			t.Errorf("follow(%q) = %v, want found = %v", target, err, want)
		}
	}
	got := codePaths("`go run ./build/none`, `reviews/none.go` (`Decide`), `api.Options`, " +
		"`s3://api/x`, `POST /v1/score`\n```\n`api/none`\n```")
	if want := []string{"build/none", "reviews/none.go"}; !slices.Equal(got, want) {
		t.Errorf("codePaths = %q, want %q", got, want)
	}
	found := steps("1. It is cut: [a](x/a.go) `one`, `two`;\n   [b](b.go) `three`. Then " +
		"[c](c.go).\n" +
		"2. `four` [d](d.yaml)")
	want := []step{{"x/a.go", "one"}, {"x/a.go", "two"}, {"b.go", "three"}, {"c.go", ""}}
	if !slices.Equal(found, want) {
		t.Errorf("steps = %v, want %v", found, want)
	}
	source := "func Decide(r Rule) Score {\nfunc (s *T) Read() {\n// func Old() {\nfunc Reads() {"
	for function, want := range map[string]bool{
		"Decide": true, "Read": true, "Old": false, "Dec": false,
	} {
		if declares(source, function) != want {
			t.Errorf("declares(%q) = %v, want %v", function, !want, want)
		}
	}
}

var root = filepath.Join("..", "..")

func readDocument(t *testing.T, name string) string {
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// follow returns an error if a link in a document leads nowhere. Other sites are not visited.
func follow(document, text, target string) error {
	if strings.HasPrefix(target, "https://") {
		return nil
	}
	target, fragment, _ := strings.Cut(target, "#")
	if target == "" {
		if slices.Contains(anchors(text), fragment) {
			return nil
		}
		return &os.PathError{Op: "link to heading", Path: fragment, Err: os.ErrNotExist}
	}
	_, err := os.Stat(filepath.Join(root, filepath.Dir(document), target))
	return err
}

// anchors returns GitHub's anchors of the headings of a document.
func anchors(text string) (names []string) {
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		name := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}

// codePaths returns the paths in the code spans of a document: words that begin with a top-level
// folder.
func codePaths(text string) (paths []string) {
	path := regexp.MustCompile(`^(\./)?(api|app|build|deploy|reviews|tokenizer|web)/`)
	for _, span := range codeSpan.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		for word := range strings.FieldsSeq(span[1]) {
			if path.MatchString(word) {
				word = strings.TrimSuffix(strings.TrimSuffix(word, "/..."), "/")
				paths = append(paths, strings.TrimPrefix(word, "./"))
			}
		}
	}
	return paths
}

// section returns the part of a document under a heading, up to the next one of its level.
func section(t *testing.T, text, heading string) string {
	_, rest, ok := strings.Cut(text, "\n"+heading+"\n")
	if !ok {
		t.Fatalf("there is no %q", heading)
	}
	body, _, _ := strings.Cut(rest, "\n## ")
	return body
}

// step is a function that a link names; function is "" if it names none.
type step struct{ file, function string }

// steps returns the links to Go files, each with the code spans that follow it in a list.
func steps(text string) (all []step) {
	text = strings.Join(strings.Fields(text), " ")
	pattern := regexp.MustCompile("\\]\\(([^)]+\\.go)\\)((?:,? `\\w+`)*)")
	for _, m := range pattern.FindAllStringSubmatch(text, -1) {
		names := codeSpan.FindAllStringSubmatch(m[2], -1)
		for _, name := range names {
			all = append(all, step{m[1], name[1]})
		}
		if names == nil {
			all = append(all, step{m[1], ""})
		}
	}
	return all
}

// declares reports whether Go source declares a function or a method of this name.
func declares(source, function string) bool {
	return regexp.MustCompile(`(?m)^func (\([^)]*\) )?` + function + `[(\[]`).MatchString(source)
}
