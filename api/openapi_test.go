package api

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"reviewlens/api/admission"
	"reviewlens/api/history/memory"
	"reviewlens/api/wire"

	"github.com/google/go-cmp/cmp"
)

type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"`
	Format     string            `json:"format"`
	Required   []string          `json:"required"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
	Enum       []string          `json:"enum"`
}

type operation struct {
	OperationID string                   `json:"operationId"`
	Summary     string                   `json:"summary"`
	Security    []map[string]any         `json:"security"`
	Parameters  []map[string]any         `json:"parameters"`
	Responses   map[string]responseEntry `json:"responses"`
}

type responseEntry struct {
	Content map[string]any `json:"content"`
}

type openapiDoc struct {
	OpenAPI    string                          `json:"openapi"`
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
}

func parseDescription(t *testing.T) (doc openapiDoc) {
	t.Helper()
	h, _, _ := newHandler(t, nil)
	w := do(h, "GET", "/openapi.json", "", nil)
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || w.Code != 200 || !strings.HasPrefix(doc.OpenAPI, "3.1.") {
		t.Fatalf("/openapi.json answers %d, version %q (%v)", w.Code, doc.OpenAPI, err)
	}
	return doc
}

// allRoutes returns the routes of a handler.
func allRoutes(h *Handler) []route {
	return h.routes(newMetrics(h.models, func() admission.Usage { return admission.Usage{} }))
}

// All routes are described, and no others.
func TestOpenAPIHasTheRoutes(t *testing.T) {
	doc := parseDescription(t)
	plain, _, _ := newHandler(t, nil)
	h := New(Options{Models: plain.models, History: memory.New()}) // a handler that has every route
	described := map[string]operation{}
	for path, methods := range doc.Paths {
		for method, o := range methods {
			described[strings.ToUpper(method)+" "+path] = o
		}
	}
	ids := map[string]bool{}
	for _, r := range allRoutes(h) {
		name := r.method + " " + r.path
		o, ok := described[name]
		delete(described, name)
		if !ok {
			t.Errorf("%s is not described", name)
			continue
		}
		if o.OperationID == "" || ids[o.OperationID] || o.Summary == "" {
			t.Errorf("%s has operationId %q, summary %q", name, o.OperationID, o.Summary)
		}
		ids[o.OperationID] = true
		// opening a model requires a key
		asks := r.guarded || strings.HasPrefix(r.path, "/v1/models/{id}")
		if _, says := o.Responses["401"]; asks != (len(o.Security) > 0) || asks != says {
			t.Errorf("%s wants a key: %v; it is described with security %v and 401: %v", name, asks, o.Security, says)
		}
		var parameters []string
		for _, p := range o.Parameters {
			if p["in"] == "query" {
				parameters = append(parameters, p["name"].(string))
			}
		}
		if diff := cmp.Diff(queryParameters[name], sorted(parameters)); diff != "" {
			t.Errorf("query parameters of %s, handler less description:\n%s", name, diff)
		}
		want := []string{"400", "421"} // responses of the boundary, which all routes have
		if r.guarded {
			want = append(want, "503") // if the provider of tokens is unavailable
		}
		if strings.HasPrefix(r.path, "/v1/models/{id}") {
			want = append(want, "429", "503")
		}
		if r.method != http.MethodGet {
			want = append(want, "403")
		}
		if r.method == http.MethodPost || r.method == http.MethodPut || r.method == http.MethodPatch {
			want = append(want, "415")
		}
		for _, code := range want {
			if _, says := o.Responses[code]; !says {
				t.Errorf("%s does not say that it answers %s", name, code)
			}
		}
		for part := range strings.SplitSeq(r.path, "/") {
			if name, ok := strings.CutPrefix(part, "{"); ok && !slices.ContainsFunc(o.Parameters, func(p map[string]any) bool { return p["name"] == strings.TrimSuffix(name, "}") && p["in"] == "path" }) {
				t.Errorf("%s: parameter %s is not described", r.path, part)
			}
		}
	}
	for name := range described {
		t.Errorf("%s is described, but there is no such route", name)
	}
}

// Every status of an error is described somewhere, as a problem.
func TestOpenAPIHasTheStatuses(t *testing.T) {
	doc := parseDescription(t)
	found := map[int]bool{http.StatusMethodNotAllowed: true, http.StatusInternalServerError: true} // of any route; they are nobody's plan
	for path, methods := range doc.Paths {
		for method, o := range methods {
			for code, r := range o.Responses {
				n, _ := strconv.Atoi(code)
				if found[n] = true; n >= 400 && r.Content[wire.TypeProblem] == nil {
					t.Errorf("%s %s: %s is no problem", method, path, code)
				}
			}
		}
	}
	for code, n := range status {
		if !found[n] {
			t.Errorf("%s answers %d, which is nowhere described", code, n)
		}
	}
}

// A route that sends an ETag describes the answers to conditional and ranged requests, and such a
// request gets one of the answers described.
func TestOpenAPIHasConditionalAnswers(t *testing.T) {
	doc := parseDescription(t)
	h, m, _ := newHandler(t, nil)
	conditional := []string{"206", "304", "412", "416"}
	tagged := 0
	for path, methods := range doc.Paths {
		o, ok := methods["get"]
		if !ok {
			continue
		}
		has := 0
		for _, code := range conditional {
			if _, ok := o.Responses[code]; ok {
				has++
			}
		}
		if has != 0 && has != len(conditional) {
			t.Errorf("%s describes %d of %v", path, has, conditional)
		}
		path = strings.ReplaceAll(path, "{id}", m.Manifest.ID)
		if do(h, "GET", path, "", nil).Header().Get("ETag") == "" {
			continue // or no such route in this handler: a job's
		}
		tagged++
		for header, value := range map[string]string{"If-None-Match": "*", "Range": "bytes=0-0",
			"If-Match": `"x"`} {
			r := httptest.NewRequest("GET", path, nil)
			r.Header.Set(header, value)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			answer, ok := o.Responses[strconv.Itoa(w.Code)]
			contentType, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
			if !ok || w.Code != 304 && answer.Content[contentType] == nil {
				t.Errorf("%s with %s answers %d, %q, which is not described", path, header, w.Code,
					contentType)
			}
		}
	}
	if tagged < 4 {
		t.Errorf("%d routes send an ETag", tagged)
	}
}

// Every type of package wire that is sent has a schema with the same members.
func TestOpenAPIHasTheTypes(t *testing.T) {
	doc := parseDescription(t)
	seen := map[string]bool{}
	for _, root := range []any{wire.ScoreRequest{}, wire.ScoreResponse{}, wire.Config{}, wire.Models{}, wire.Manifest{}, wire.Report{}, wire.Job{}, wire.Jobs{}, wire.Problem{}, wire.Run{}, wire.Runs{}, wire.Rename{},
		Trials{}, wire.Counted{}} {
		compareType(t, doc, reflect.TypeOf(root), seen)
	}
	for _, name := range sentTypes(t) {
		if !seen[name] {
			t.Errorf("wire.%s is sent by no route that this test knows; add it to the roots", name)
		}
	}
	for name := range doc.Components.Schemas {
		if !seen[name] {
			t.Errorf("schema %s is no type of package wire", name)
		}
	}
	var problems []string
	for _, code := range wire.Codes() {
		problems = append(problems, (&wire.Error{Code: code}).Problem(0).Type)
	}
	var states []string
	for _, s := range []wire.JobState{wire.Waiting, wire.Running, wire.Finished, wire.Failed} {
		states = append(states, string(s))
	}
	for where, want := range map[string][]string{"Problem.type": problems, "Job.state": states} {
		name, member, _ := strings.Cut(where, ".")
		if diff := cmp.Diff(sorted(want), sorted(doc.Components.Schemas[name].Properties[member].Enum)); diff != "" {
			t.Errorf("%s, wire less schema:\n%s", where, diff)
		}
	}
}

// allFields returns the fields of a struct and of its embedded structs, including one with the name
// of the outer struct, which reflect.VisibleFields omits.
func allFields(typ reflect.Type) (fields []reflect.StructField) {
	for f := range typ.Fields() {
		fields = append(fields, f)
		if f.Anonymous {
			fields = append(fields, allFields(f.Type)...)
		}
	}
	return fields
}

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

// compareType compares a struct, and the types in it, with its schema.
func compareType(t *testing.T, doc openapiDoc, typ reflect.Type, seen map[string]bool) {
	t.Helper()
	if seen[typ.Name()] {
		return
	}
	seen[typ.Name()] = true
	s, ok := doc.Components.Schemas[typ.Name()]
	if !ok {
		t.Errorf("wire.%s has no schema", typ.Name())
		return
	}
	var required []string
	members := map[string]bool{}
	for _, f := range allFields(typ) {
		if f.Anonymous {
			if _, ok := doc.Components.Schemas[f.Type.Name()]; ok {
				compareType(t, doc, f.Type, seen)
			} else { // its members are in the schema of the outer type
				seen[f.Type.Name()] = true
			}
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" { // MarshalJSON writes it as another member
			continue
		}
		if members[name] = true; !strings.Contains(options, "omit") {
			required = append(required, name)
		}
		property, ok := s.Properties[name]
		if !ok {
			t.Errorf("schema %s lacks %s", typ.Name(), name)
			continue
		}
		compareMember(t, doc, typ.Name()+"."+name, f.Type, property, seen)
	}
	if diff := cmp.Diff(sorted(slices.Collect(maps.Keys(members))), sorted(slices.Collect(maps.Keys(s.Properties)))); diff != "" {
		t.Errorf("members of %s, wire less schema:\n%s", typ.Name(), diff)
	}
	if diff := cmp.Diff(sorted(required), sorted(s.Required)); diff != "" {
		t.Errorf("required of %s, wire less schema:\n%s", typ.Name(), diff)
	}
}

func compareMember(t *testing.T, doc openapiDoc, where string, typ reflect.Type, s schema, seen map[string]bool) {
	t.Helper()
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	want := ""
	switch {
	case typ == reflect.TypeFor[json.RawMessage]():
		want = "object"
	case typ == reflect.TypeFor[time.Time]():
		if s.Format != "date-time" {
			t.Errorf("%s is a time; its format is %q", where, s.Format)
		}
		want = "string"
	case typ.Kind() == reflect.Struct:
		if s.Ref != "#/components/schemas/"+typ.Name() {
			t.Errorf("%s is a %s; the schema refers to %q", where, typ.Name(), s.Ref)
		}
		compareType(t, doc, typ, seen)
		return
	case typ.Kind() == reflect.Slice || typ.Kind() == reflect.Array:
		if s.Items == nil {
			t.Errorf("%s has no items", where)
			return
		}
		compareMember(t, doc, where+"[]", typ.Elem(), *s.Items, seen)
		want = "array"
	case typ.Kind() == reflect.Map:
		want = "object"
	case typ.Kind() == reflect.String:
		want = "string"
	case typ.Kind() == reflect.Bool:
		want = "boolean"
	case typ.Kind() == reflect.Int || typ.Kind() == reflect.Int64:
		want = "integer"
	case typ.Kind() == reflect.Float64:
		want = "number"
	}
	types, several := s.Type.([]any)
	if got, _ := s.Type.(string); got != want && !(several && slices.Contains(types, any(want))) {
		t.Errorf("%s is a %s; the schema says %v", where, typ, s.Type)
	}
}

// sentTypes returns the names of the structs of package wire with JSON names.
func sentTypes(t *testing.T) (names []string) {
	t.Helper()
	var files []string
	for _, pattern := range []string{"wire/*.go", "../reviews/figures/*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("no files %s: %v", pattern, err)
		}
		files = append(files, found...)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok && len(s.Fields.List) > 0 && s.Fields.List[0].Tag != nil {
				names = append(names, spec.Name.Name)
			}
			return true
		})
	}
	return names
}
