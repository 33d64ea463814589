package table

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"reviewlens/reviews"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

const jsonLines = `{"overall": 5.0, "reviewText": "Works \"well\",\nsays \u00e9very\ud83d\ude0a one", "image": ["a", {"b": "}"}], "none": null}
{"reviewText":"Broke, twice","overall":1.0,"verified":true,"title":""}

not JSON
{}
{"reviewText": "last", "extra": {"deep": [1, 2, "\\"]}}`

func TestJSONLines(t *testing.T) {
	d, err := Sniff([]byte(jsonLines), true)
	want := []string{"overall", "reviewText", "image", "none", "verified", "title", "extra"}
	if err == nil || d.Keys != nil { // WriteDocument accepts it, or returns the invalid line
		t.Errorf("a line in five is no object: %+v, %v, want no JSON lines", d, err)
	}
	d = Dialect{Encoding: UTF8, Header: true, Keys: want}
	rows, records := read(t, strings.NewReader(jsonLines), d)
	if diff := cmp.Diff([][]string{
		{"5.0", "Works \"well\",\nsays évery😊 one", `["a", {"b": "}"}]`, "", "", "", ""},
		{"1.0", "Broke, twice", "", "", "true", "", ""},
		nil,
		{"", "", "", "", "", "", ""},
		{"", "last", "", "", "", "", `{"deep": [1, 2, "\\"]}`},
	}, rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if e := records[2].Err; e == nil || e.Detail != "Row 3 (line 4) is no JSON object." {
		t.Errorf("records[2].Err = %v", e)
	}
	for i, rec := range records {
		again, _ := read(t, strings.NewReader(jsonLines[rec.Offset:rec.Offset+rec.Bytes]), d)
		if !cmp.Equal(again[0], rows[i]) {
			t.Errorf("record %d read again by itself: %q", i, again)
		}
	}
	if got, _ := GuessColumns(want, rows); got.Text != 1 || got.Stars != 0 {
		t.Errorf("columns = %+v", got)
	}
}

// Of a member that an object has twice, the last value is read, and it is said.
func TestMembersTwice(t *testing.T) {
	d := Dialect{Encoding: UTF8, Header: true, Keys: []string{"review", "stars", "by.name"}}
	for line, want := range map[string]string{
		`{"review":"good","stars":5,"review":"bad"}`: "review",
		`{"review":"good","review":"good"}`:          "",
		`{"review":null,"review":"good"}`:            "",
		`{"review":"good","review":null}`:            "review",
		`{"by.name":"Ada","by":{"name":"Bo"}}`:       "by.name",
		`{"other":1,"other":2,"review":"good"}`:      "",
	} {
		rows, records := read(t, strings.NewReader(line), d)
		if want != "" {
			want = fmt.Sprintf("it has %q more than once; the last value was read", want)
		}
		if len(records) != 1 || records[0].Err != nil || records[0].Repaired != want {
			t.Errorf("%s: %q, %+v", line, rows, records)
		}
	}
}

func TestSniffJSON(t *testing.T) {
	good := strings.Repeat(`{"text": "a, b", "stars": 5}`+"\n", 20)
	for _, tt := range []struct {
		in   string
		keys []string
	}{
		{good, []string{"text", "stars"}},
		{"\ufeff" + good, []string{"text", "stars"}},
		{"\ufeff\ufeff" + good, []string{"text", "stars"}},
		{good + "oops\n", []string{"text", "stars"}},
		{good + `{"late": 1}`, []string{"text", "stars", "late"}},
		{"a,b\n" + `"{""x"": 1}",2` + "\n", nil},
	} {
		d, err := Sniff([]byte(tt.in), true)
		if err != nil || !cmp.Equal(d.Keys, tt.keys) {
			t.Errorf("%.60q: %q, %v, want %q", tt.in, d.Keys, err, tt.keys)
		}
	}
	for _, in := range []string{`[{"a": 1}, {"a": 2}]`, "[\n  {\n    \"a\": 1\n  }\n]", "{\n  \"a\": 1\n}"} {
		if d, err := Sniff([]byte(in), true); err == nil || !strings.Contains(err.Error(), "jq") {
			t.Errorf("%q: %+v, %v", in, d, err)
		}
	}
}

func TestAnnotateJSONLines(t *testing.T) {
	in := "{\"a\": 1}\r\n\n{ }\nno\n{\"sentiment\":\"x\"} \n{\"a\":2}"
	results := []reviews.Result{{Score: reviews.Score{Positive: 0.97321, Sentiment: reviews.Positive}, Windows: 1}, {Score: reviews.Score{Positive: 0.5, Sentiment: reviews.Unsure}, Windows: 2}, {Err: "no"}, {}, {Score: reviews.Score{Positive: 0, Sentiment: reviews.Negative}, Windows: 1}}
	var out bytes.Buffer
	d := Dialect{Header: true, Keys: []string{"a", "sentiment"}}
	if err := Annotate(&out, strings.NewReader(in),
		d, Output{}, func(i int) reviews.Result { return results[i] }); err != nil {
		t.Fatal(err)
	}
	want := "{\"a\": 1,\"sentiment_2\":\"positive\",\"positive_2\":0.9732,\"windows_2\":1}\r\n\n" +
		"{ \"sentiment_2\":\"unsure\",\"positive_2\":0.5000,\"windows_2\":2}\nno\n" +
		"{\"sentiment\":\"x\",\"sentiment_2\":null,\"positive_2\":null,\"windows_2\":null} \n" +
		"{\"a\":2,\"sentiment_2\":\"negative\",\"positive_2\":0.0000,\"windows_2\":1}"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// For any bytes, the members of a line are those that encoding/json reads; or, if the line is not
// strict JSON, those that it reads in the rewritten line.
func FuzzJSONMembers(f *testing.F) {
	for line := range strings.Lines(jsonLines) {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var want map[string]json.RawMessage
		strict := json.Unmarshal(line, &want) == nil && want != nil
		got := map[string]string{}
		ok := jsonMembers(line, func(key, value []byte) {
			got[strings.ToValidUTF8(string(key), "\ufffd")] = string(value)
		})
		object, anew, _ := objectIn(line)
		if strict && (!ok || anew) || !strict && ok != anew {
			t.Fatalf("%q: strict JSON: %v, an object: %v, written anew: %v", line, strict, ok, anew)
		}
		if anew {
			if json.Unmarshal(object, &want) != nil || want == nil {
				t.Fatalf("%q is written as %q", line, object)
			}
			line = object
		}
		for key, raw := range want {
			value, ok := got[key]
			if !ok && !bytes.ContainsRune(line, '\\') && bytes.Equal(line, bytes.ToValidUTF8(line, nil)) {
				t.Fatalf("%q lacks %q: %q", line, key, got)
			}
			var s string
			if json.Unmarshal(raw, &s) == nil && ok && string(raw) != "null" && strings.ToValidUTF8(value, "\ufffd") != s && bytes.Equal(line, bytes.ToValidUTF8(line, nil)) {
				t.Fatalf("%q: %q is %q, want %q", line, key, value, s)
			}
		}
	})
}

const doubleEncoded = `"id,stars,""review"""
"1,5,""Good, really """"good"""""""
"2,1,""Broke
twice"""
3,2,plain
"4,4"
`

func TestDoubleEncodedRecords(t *testing.T) {
	sample := strings.Replace(doubleEncoded, `"4,4"`, strings.Repeat("\"7,5,\"\"fine, thanks\"\"\"\n", 40), 1)
	d, err := Sniff([]byte(sample), true)
	if err != nil || !d.DoubleEncoded || d.Delimiter != ',' || !d.Header {
		t.Fatalf("Sniff = %+v, %v", d, err)
	}
	rows, records := read(t, strings.NewReader(doubleEncoded), d)
	if diff := cmp.Diff([][]string{{"1", "5", `Good, really "good"`}, {"2", "1", "Broke\ntwice"}, {"3", "2", "plain"}, {"4", "4"}}, rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if records[1].Line != 3 || records[3].Repaired == "" || records[0].Repaired != "" {
		t.Errorf("records = %+v", records)
	}
	var out bytes.Buffer
	if err := Annotate(&out, strings.NewReader(doubleEncoded), d, Output{}, byTurns); err != nil {
		t.Fatal(err)
	}
	again, _ := read(t, &out, d)
	if diff := cmp.Diff([][]string{{"1", "5", `Good, really "good"`, "positive", "0.9732", "1"}, {"2", "1", "Broke\ntwice", "", "", ""}, {"3", "2", "plain", "negative", "0.0000", "12"}}, again[:3]); diff != "" {
		t.Errorf("annotated (-want +got):\n%s", diff)
	}
	for _, in := range []string{"\"Good, cheap\"\n\"Bad, dear, and loud\"\n\"Fine\"\n", "\"a\",\"b\"\n\"c\",\"d\"\n"} {
		if d, err := Sniff([]byte(in), true); err != nil || d.DoubleEncoded {
			t.Errorf("%q: %+v, %v", in, d, err)
		}
	}
}

// eastAsian are texts with characters whose second byte is a backslash, including the last one.
var eastAsian = map[string]string{
	ShiftJIS: "とても見やすくて気に入りました。性能も十分です。これは料金の表",
	Big5:     "這個產品的功能很好，我很喜歡，使用起來非常成功",
	GBK:      "这个水壶很好用，我很喜欢，烧水也非常快，下次还会再买，花开两朶",
}

// encoded returns a text in one of the encodings of eastAsian.
func encoded(name, text string) string {
	e := map[string]encoding.Encoding{ShiftJIS: japanese.ShiftJIS, Big5: traditionalchinese.Big5,
		GBK: simplifiedchinese.GBK}[name]
	return must(e.NewEncoder().String(text))
}

func TestDocumentsInPairs(t *testing.T) {
	for name, text := range eastAsian {
		var objects []string
		for i := range 3000 { // more than is read at once
			objects = append(objects, fmt.Sprintf(`{"review":"%s","n":%d}`, text, i))
		}
		in := encoded(name, `{"page": 1, "reviews": [`+strings.Join(objects, ",\n")+"]}")
		want := strings.Join(objects, "\n") + "\n"
		var out strings.Builder
		r, err := WriteDocument(t.Context(), &out, strings.NewReader(in), int64(len(in)), "")
		if err != nil || out.String() != want || r.Name() != "reviews" || !r.Decoded {
			t.Errorf("%s: %v, %d bytes, want %d: %.200q", name, err, out.Len(), len(want),
				out.String())
		}
		in = encoded(name, `{"reviews": [{"review":"`+text+`"}]}`)
		for known := range eastAsian { // known overrides the appearance of the document
			out.Reset()
			r, err := WriteDocument(t.Context(), &out, strings.NewReader(in), int64(len(in)), known)
			right := out.String() == `{"review":"`+text+"\"}\n"
			if right != (known == name) || right && (err != nil || !r.Decoded) {
				t.Errorf("%s as %s: %v, %q", name, known, err, out.String())
			}
		}
	}
}

// A long text without a byte to split at is decoded as a whole.
func TestPairsReader(t *testing.T) {
	long := strings.Repeat(eastAsian[ShiftJIS], 5000)
	in := encoded(ShiftJIS, long)
	got, err := io.ReadAll(&pairsReader{r: iotest.HalfReader(strings.NewReader(in)),
		decode: newDecoder(ShiftJIS)})
	if err != nil || string(got) != long {
		t.Errorf("%d bytes, %v, want %d", len(got), err, len(long))
	}
}

func TestAnnotateObjectsInPairs(t *testing.T) {
	for name, text := range eastAsian {
		line := encoded(name, `{"n": 1, "review": "`+text+`"}`)
		in := strings.Repeat(line+"\n", 3)
		d, err := Sniff([]byte(in), true)
		if err != nil || d.Encoding != name || len(d.Keys) != 2 {
			t.Fatalf("%s: %+v, %v", name, d, err)
		}
		result := func(int) reviews.Result {
			return reviews.Result{Score: reviews.Score{Positive: 0.5, Sentiment: reviews.Unsure},
				Windows: 1, Topics: "味😀:negative"}
		}
		var out strings.Builder
		err = Annotate(&out, strings.NewReader(in), d, Output{Topics: true}, result)
		want := line[:len(line)-1] + `,"sentiment":"unsure","positive":0.5000,"windows":1,` +
			`"topics":"\u5473\ud83d\ude00:negative"}` + "\n"
		if got := out.String(); err != nil || got != strings.Repeat(want, 3) {
			t.Errorf("%s: %q, %v, want %q three times", name, got, err, want)
		}
	}
}

// Lines that are JSON as printed by programs are rows, and are written as strict JSON.
func TestJSONLinesOfPrograms(t *testing.T) {
	const in = `{"text": "Works well", "score": 4.5}
{"text": "Broke, twice", "score": NaN}
{"text": "It is \"fine\"", "score": -Infinity, "more": {"at": Infinity}}
{'text': 'It\'s loud', 'score': None}
{"text": "Two	lines", "score": 3,}
{"text": "cut o
{"text": "one"} {"text": "two"}
{NaN}
`
	d := Dialect{Encoding: UTF8, Header: true, Keys: []string{"text", "score", "more.at"}}
	rows, _ := read(t, strings.NewReader(in), d)
	want := [][]string{{"Works well", "4.5", ""}, {"Broke, twice", "", ""},
		{`It is "fine"`, "", ""}, {"It's loud", "", ""}, {"Two\tlines", "3", ""}, nil, nil, nil}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var out strings.Builder
	if err := Annotate(&out, strings.NewReader(in), d, Output{}, func(int) reviews.Result {
		return reviews.Result{}
	}); err != nil {
		t.Fatal(err)
	}
	const none = `,"sentiment":null,"positive":null,"windows":null}` + "\n"
	if want := `{"text": "Works well", "score": 4.5` + none +
		`{"text":"Broke, twice","score":null` + none +
		`{"text":"It is \"fine\"","score":null,"more":{"at":null}` + none +
		`{"text":"It's loud","score":null` + none + `{"text":"Two\tlines","score":3` + none +
		strings.Join(strings.SplitAfter(in, "\n")[5:], ""); out.String() != want {
		t.Errorf("%s\nwant\n%s", out.String(), want)
	}
	sample := strings.Repeat(`{"text": "Works well"}`+"\n", 20) + `{"text": "Broke", "score": NaN}`
	sniffed, err := Sniff([]byte(sample), true)
	if err != nil || !cmp.Equal(sniffed.Keys, []string{"text", "score"}) {
		t.Errorf("%+v, %v", sniffed, err)
	}
}

// The new members of a line have names that no line has, whatever its own members are and wherever
// they first appear.
func TestNamesThatAreTaken(t *testing.T) {
	for in, want := range map[string]string{
		`{"text":"a"}`: "sentiment positive windows",
		`{"text":"a","sentiment":{"label":"good","score":0.5}}`: "sentiment_2 positive_2 windows_2",
		`{"text":"a","sentiment":{"label":"good"}}`:             "sentiment_2 positive_2 windows_2",
		`{"text":"a","by":{"sentiment":"good"}}`:                "sentiment positive windows",
		`{"text":"a","sentiment.of":"good"}`:                    "sentiment_2 positive_2 windows_2",
		strings.Repeat(`{"text":"It is fine with me."}`+"\n", 20_000) +
			`{"text":"a","positive":1,"windows_2":2}`: "sentiment_3 positive_3 windows_3",
	} {
		d, err := Sniff([]byte(in[:min(len(in), SniffBytes)]), len(in) <= SniffBytes)
		if err != nil {
			t.Fatal(err)
		}
		if d.Keys, err = Taken(strings.NewReader(in), d); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := Annotate(&out, strings.NewReader(in), d, Output{}, byTurns); err != nil {
			t.Fatal(err)
		}
		got := out.String()
		for line := range strings.Lines(got) {
			for _, name := range strings.Fields(want) {
				if strings.Count(line, `,"`+name+`":`) != 1 {
					t.Fatalf("%.99q: %.99q has no %s", in, line, name)
				}
			}
		}
	}
}
