package table

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
)

func TestRecords(t *testing.T) {
	const one, two = `{"body":"Works as it should, every day.","stars":5}`, `{"body":"It broke on the second day already.","stars":1}`
	for _, tt := range []struct{ name, in, path, want string }{
		{"array", "[" + one + "," + two + "]", "", one + "\n" + two + "\n"},
		{"pretty", "[\n  {\n    \"body\": \"Works as it should, every day.\",\n    \"stars\": 5\n  }\n]\n", "", one + "\n"},
		{"one array in an object", `{"total": 2, "next": null, "reviews": [` + one + "," + two + `]}`, "reviews", one + "\n" + two + "\n"},
		{"deeper", `{"data": {"page": {"items": [` + one + `]}}}`, "data.page.items", one + "\n"},
		{"the longest with text", `{"users": [{"id":1},{"id":2},{"id":3}], "reviews": [` + one + `]}`, "reviews", one + "\n"},
		{"arrays in records", `[{"body":"Works as it should, every day.","photos":[{"url":"a"},{"url":"b"}]}]`, "",
			`{"body":"Works as it should, every day.","photos":[{"url":"a"},{"url":"b"}]}` + "\n"},
		{"reviews in one product", `{"description":"A kettle of steel, for tea and soup.","reviews":[` + one + `,` + two + `]}`,
			"reviews", one + "\n" + two + "\n"},
		{"trailing commas", "[" + one + "," + two + ",\n]", "", one + "\n" + two + "\n"},
		{"no brackets", one + ",\n" + two + ",\n", "", one + "\n" + two + "\n"},
		{"one after the other", one + "\n\n" + two, "", one + "\n" + two + "\n"},
		{"Python", `[{'body': 'It\'s "fine" for me, really', 'stars': 5, 'ok': True, 'x': None, 'y': NaN}]`, "",
			`{"body":"It's \"fine\" for me, really","stars":5,"ok":true,"x":null,"y":null}` + "\n"},
		{"JavaScript", "[{body: 'Works as it should, every day.', stars: 5, }]", "", one + "\n"},
		{"a mark and line ends in strings", "\ufeff[{\"body\":\"Works as it\nshould, every day.\",\"stars\":05}]", "", `{"body":"Works as it\nshould, every day.","stars":"05"}` + "\n"},
	} {
		r, err := FindRecords(context.Background(), strings.NewReader(tt.in))
		if err != nil || r.Name() != tt.path {
			t.Errorf("%s: FindRecords = %q, %v, want %q", tt.name, r.Name(), err, tt.path)
			continue
		}
		var out strings.Builder
		if err := WriteRecords(context.Background(), &out, strings.NewReader(tt.in), r.Path); err != nil || out.String() != tt.want {
			t.Errorf("%s: WriteRecords = %q, %v, want %q", tt.name, out.String(), err, tt.want)
		}
	}
	for name, tt := range map[string]struct{ in, says string }{
		"cut off":         {"[" + one + ",\n{\"body\": \"Wor", "line 2"},
		"no JSON":         {"[" + one + "\n;", "line 2"},
		"no objects":      {"[1, 2, 3]", "no objects"},
		"no colon":        {`{"a" 1}`, "no colon"},
		"too deep":        {strings.Repeat("[", 5000), "brackets"},
		"a closing brace": {"[}", "where a value should be"},
	} {
		if _, err := FindRecords(context.Background(), strings.NewReader(tt.in)); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want an error with %q", name, err, tt.says)
		}
	}
}

// FuzzRecords: what is written is strict JSON, an object a line; strict JSON loses nothing.
func FuzzRecords(f *testing.F) {
	f.Add(`[{"a":"b"},{"c":[1,{"d":null}]}]`)
	f.Add(`{'a': None, b: [1,], "c": "\x41\u00e9"},`)
	f.Add("{\"a\":{\"b\":[{\"c\":\"d\n\"}]}}")
	f.Fuzz(func(t *testing.T, in string) {
		r, err := FindRecords(context.Background(), strings.NewReader(in))
		if err != nil {
			return
		}
		var out strings.Builder
		if err := WriteRecords(context.Background(), &out, strings.NewReader(in), r.Path); err != nil {
			t.Fatalf("found %+v, but WriteRecords failed: %v", r, err)
		}
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if len(lines) != r.Count {
			t.Fatalf("%d lines, %d records counted in %q", len(lines), r.Count, in)
		}
		for _, line := range lines {
			var object map[string]any
			if err := json.Unmarshal([]byte(line), &object); err != nil {
				t.Fatalf("%q became %q: %v", in, line, err)
			}
		}
	})
}
