package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// initialized returns the package-level variables of pkg whose value is a call or a map, and init
// functions: the code that runs before main.
func initialized(t *testing.T, pkg string) (names []string) {
	t.Helper()
	dir := filepath.Join("..", "..", strings.TrimPrefix(pkg, "reviewlens/"))
	sources, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(sources) == 0 {
		t.Fatalf("%s has no sources: %v", pkg, err)
	}
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), source, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range f.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.Name == "init" {
					names = append(names, "init")
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok && d.Tok == token.VAR &&
						computes(v.Values) {
						names = append(names, v.Names[0].Name)
					}
				}
			}
		}
	}
	return names
}

// computes reports whether the linker cannot lay these values out.
func computes(values []ast.Expr) (found bool) {
	for _, value := range values {
		ast.Inspect(value, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.CallExpr:
				found = true
			case *ast.CompositeLit:
				_, isMap := n.Type.(*ast.MapType)
				found = found || isMap && len(n.Elts) > 0
			}
			return true
		})
	}
	return found
}
