package wire

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"
)

func TestProblemRoundTrip(t *testing.T) {
	for _, code := range Codes() {
		sent := &Error{Code: code, Detail: "“quoted” <b> & 9 MB", Model: "0123456789ab"}
		body, err := json.Marshal(sent.Problem(400))
		if err != nil {
			t.Fatal(err)
		}
		got, ok := DecodeProblem(body)
		if !ok || *got != *sent {
			t.Errorf("DecodeProblem(%s) = %+v, %v, want %+v", body, got, ok, sent)
		}
	}
}

func TestDecodeProblemRefusesWhatIsNone(t *testing.T) {
	for _, body := range []string{
		"",
		"<html>502 Bad Gateway</html>",
		"null",
		"[]",
		"{}",
		`{"message": "Forbidden"}`,
		`{"type": "about:blank", "detail": "of another server"}`,
		`{"type": "/problems/internal"`,
	} {
		if e, ok := DecodeProblem([]byte(body)); ok {
			t.Errorf("DecodeProblem(%q) = %+v, want none", body, e)
		}
	}
}

// A code missing from Codes would have no status in the server's table, and no test would notice.
func TestCodesIsComplete(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "error.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var declared []Code
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if typ, ok := spec.Type.(*ast.Ident); ok && typ.Name == "Code" {
				value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				declared = append(declared, Code(value))
			}
		}
		return true
	})
	if !slices.Equal(declared, Codes()) {
		t.Errorf("Codes() = %q, but declared are %q", Codes(), declared)
	}
}
