package arch

import (
	"bytes"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// maxPackageLines is the maximum length of a package, without its tests and generated files, unless
// its comment explains why it is one package.
const maxPackageLines = 3000

func TestLongPackagesSayWhy(t *testing.T) {
	type size struct {
		lines  int
		reason bool
	}
	packages := map[string]*size{}
	for _, name := range run(t, "", "git", "ls-files", "--full-name", ":/*.go") {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(name)))
		if os.IsNotExist(err) { // deleted, but still in the index
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if bytes.HasPrefix(source, []byte("// Code generated ")) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, source,
			parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		folder := filepath.Dir(name)
		if packages[folder] == nil {
			packages[folder] = &size{}
		}
		p := packages[folder]
		p.lines += bytes.Count(source, []byte("\n"))
		doc := strings.Join(strings.Fields(file.Doc.Text()), " ")
		p.reason = p.reason || strings.Contains(doc, "It is one package because ")
	}
	for folder, p := range packages {
		if p.lines > maxPackageLines && !p.reason {
			t.Errorf(`%s has %d lines, more than %d: divide it, or say in its comment `+
				`"It is one package because ..."`, folder, p.lines, maxPackageLines)
		}
	}
}
