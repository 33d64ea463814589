package table

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"reviewlens/reviews"
)

func convert(t testing.TB, in string, d Dialect) string {
	t.Helper()
	var out strings.Builder
	if err := Convert(&out, strings.NewReader(in), d, Output{}, byTurns); err != nil {
		t.Fatalf("Convert(%q) = %v", in, err)
	}
	return out.String()
}

const (
	scored   = `"sentiment":"positive","positive":0.9732,"windows":1}` + "\n"
	unscored = `"sentiment":null,"positive":null,"windows":null}` + "\n"
)

func TestConvertTable(t *testing.T) {
	comma := Dialect{Delimiter: ',', Quoted: true, Header: true}
	for _, tt := range []struct {
		name, in, want string
		d              Dialect
	}{
		{"plain", "id,text\n007,a\n2,b\n", `{"id":"007","text":"a",` + scored + `{"id":"2","text":"b",` + unscored, comma},
		{"quotes, lines, marks", "text\n\"a \"\"b\"\"\r\n\tc <&> d\\\"\n", `{"text":"a \"b\"\r\n\tc <&> d\\",` + scored, comma},
		{"fewer and more fields", "a,b\n1\n1,2,3\n", `{"a":"1","b":"",` + scored + `{"a":"1","b":"2","column_3":"3",` + unscored, comma},
		{"names taken or missing", "a,,a,a_2,column_2\n1,2,3,4,5\n", `{"a":"1","column_2_2":"2","a_3":"3","a_2":"4","column_2":"5",` + scored, comma},
		{"our names", "sentiment,sentiment\n1,2\n", `{"sentiment":"1","sentiment_3":"2","sentiment_2":"positive","positive_2":0.9732,"windows_2":1}` + "\n", comma},
		{"no header", "1\ta\n", `{"column_1":"1","column_2":"a",` + scored, Dialect{Delimiter: '\t'}},
		{"a text a line", "a\nb\n", `{"text":"a",` + scored + `{"text":"b",` + unscored, Dialect{}},
		{"Windows-1252, semicolon, CRLF", "id;text\r\n1;d\xe9j\xe0\r\n", `{"id":"1","text":"déjà",` + scored, Dialect{Encoding: Windows1252, Delimiter: ';', Header: true}},
		{"bytes that are no text", "text\na\xffb\n", `{"text":"a` + "\ufffd" + `b",` + scored, comma},
		{"BOM", "\ufefftext\na\n", `{"text":"a",` + scored, Dialect{BOM: true, Delimiter: ',', Header: true}},
		{"too large", "text\n" + strings.Repeat("x", MaxRecord+1) + "\na\n", "{" + scored + `{"text":"a",` + unscored, comma},
		{"no rows", "text\n", "", comma},
	} {
		if got := convert(t, tt.in, tt.d); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestConvertJSONLines(t *testing.T) {
	const in = `{"text":"a, \"b\"\nc", "stars":5, "more":{"x":[1, 2]}}` + "\n" +
		`{"stars":null,"late":"é","text":""}` + "\r\n" + "torn\n" + `{"text":"=1+x"}`
	d := Dialect{Keys: []string{"text", "stars"}}
	var err error
	if d.Keys, err = Keys(strings.NewReader(in), d); err != nil || !slices.Equal(d.Keys, []string{"text", "stars", "more.x", "late"}) {
		t.Fatalf("Keys = %q, %v", d.Keys, err)
	}
	const want = "text,stars,more.x,late,sentiment,positive,windows\n" +
		"\"a, \"\"b\"\"\nc\",5,\"[1, 2]\",,positive,0.9732,1\n" +
		",,,é,,,\n,,,,negative,0.0000,12\n=1+x,,,,positive,0.9732,1\n"
	if got := convert(t, in, d); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	var out strings.Builder
	if err := Convert(&out, strings.NewReader(in),
		d, Output{EscapeFormulas: true}, byTurns); err != nil || !strings.HasSuffix(out.String(), "\n'=1+x,,,,positive,0.9732,1\n") {
		t.Errorf("guarded: %s, %v", out.String(), err)
	}
}

// A name is a cell of the header, and guarded like one.
func TestConvertGuardsNames(t *testing.T) {
	const in = `{"=cmd|' /C calc'!A0": 1, "-5": 2, "＝x, y": "=1+1"}` + "\n"
	d := Dialect{Keys: []string{"=cmd|' /C calc'!A0", "-5", "＝x, y"}}
	const header = ",sentiment,positive,windows\n"
	for guard, want := range map[bool]string{
		false: "=cmd|' /C calc'!A0,-5,\"＝x, y\"" + header + "1,2,=1+1,positive,0.9732,1\n",
		true:  "'=cmd|' /C calc'!A0,-5,\"'＝x, y\"" + header + "1,2,'=1+1,positive,0.9732,1\n",
	} {
		var out strings.Builder
		err := Convert(&out, strings.NewReader(in), d, Output{EscapeFormulas: guard}, byTurns)
		if got := out.String(); err != nil || got != want {
			t.Errorf("guarded %v: %s, %v, want %s", guard, got, err, want)
		}
	}
}

// Topics consist of words of the text, and are guarded like it.
func TestGuardsTopics(t *testing.T) {
	result := func(int) reviews.Result {
		return reviews.Result{Score: reviews.Score{Positive: 0.5, Sentiment: reviews.Unsure},
			Windows: 1, Topics: "@home: negative"}
	}
	o := Output{EscapeFormulas: true, Topics: true}
	const want = "unsure,0.5000,1,'@home: negative\n"
	var annotated, converted strings.Builder
	err := errors.Join(Annotate(&annotated, strings.NewReader("id,review\n1,Good\n"),
		Dialect{Delimiter: ',', Quoted: true, Header: true}, o, result),
		Convert(&converted, strings.NewReader(`{"review":"Good"}`+"\n"),
			Dialect{Keys: []string{"review"}}, o, result))
	for _, got := range []string{annotated.String(), converted.String()} {
		if err != nil || !strings.HasSuffix(got, want) {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
}

// Members by the million are data, not names.
func TestKeysAreBounded(t *testing.T) {
	var b strings.Builder
	for i := range MaxColumns + 1 {
		fmt.Fprintf(&b, "{\"k%d\": 1}\n", i)
	}
	_, err := Keys(strings.NewReader(b.String()), Dialect{Keys: []string{"k0"}})
	if e, ok := errors.AsType[*Error](err); !ok || e.Line != MaxColumns+1 || !strings.Contains(e.Detail, "10,000") {
		t.Errorf("Keys = %v", err)
	}
}

// A table converted to JSON lines and back has the same cells, as the standard library reads both.
func FuzzConvertRoundTrip(f *testing.F) {
	for _, seed := range []string{"id,text\n1,a\n", "a,a\n\"x\"\"\n\",y\n", ",\n,\n", "sentiment,x\n é,\r\n", "a\n\"\"\n", "a,b\n<&>, \\u0041\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		r := csv.NewReader(strings.NewReader(strings.ToValidUTF8(in, "?")))
		rows, err := r.ReadAll()
		if err != nil || len(rows) < 2 || len(rows[0]) > 100 {
			t.Skip("no table")
		}
		var plain strings.Builder // encoding/csv reads CRLF in a cell as LF: begin with what it has read
		w := csv.NewWriter(&plain)
		w.WriteAll(rows)
		if len(rows[0]) == 1 && slices.ContainsFunc(rows, func(row []string) bool { return row[0] == "" }) {
			t.Skip("a line of nothing is no record")
		}
		lines := convert(t, plain.String(), Dialect{Delimiter: ',', Quoted: true, Header: true})
		decoder := json.NewDecoder(strings.NewReader(lines))
		for n := 1; ; n++ {
			var object map[string]any
			if err := decoder.Decode(&object); err == io.EOF {
				if n != len(rows) {
					t.Fatalf("%d objects of %d rows", n-1, len(rows)-1)
				}
				break
			} else if err != nil || len(object) != len(rows[0])+3 {
				t.Fatalf("object %d: %v, %v in %q", n, object, err, lines)
			}
		}
		d := Dialect{Keys: []string{}}
		if d.Keys, err = Keys(strings.NewReader(lines), d); err != nil {
			t.Fatal(err)
		}
		again, err := csv.NewReader(strings.NewReader(convert(t, lines, d))).ReadAll()
		if err != nil || len(again) != len(rows) {
			t.Fatalf("%d rows of %d, %v", len(again), len(rows), err)
		}
		for i, row := range rows[1:] {
			if got := again[i+1][:len(row)]; !slices.Equal(got, row) {
				t.Errorf("row %d is %q, was %q", i, got, row)
			}
		}
	})
}
