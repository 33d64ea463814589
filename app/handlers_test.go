package app

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// go-app compares the handlers of an element by their code, and keeps the first: a closure would
// act forever on what it captured in the first rendering, though a later one shows something else
// there. So handlers are methods, and what they act on is in fields of a component or in the state.
func TestHandlersAreMethods(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("widget/*.go")
	if err != nil || len(files) == 0 || len(more) == 0 {
		t.Fatalf("%d files, %d of widget, %v", len(files), len(more), err)
	}
	set := token.NewFileSet()
	for _, name := range append(files, more...) {
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			on, ok := call.Fun.(*ast.SelectorExpr)
			if _, closure := call.Args[0].(*ast.FuncLit); ok && closure &&
				strings.HasPrefix(on.Sel.Name, "On") {
				t.Errorf("%s: a closure handles %s", set.Position(call.Args[0].Pos()), on.Sel.Name)
			}
			return true
		})
	}
}
