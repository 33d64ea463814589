package table

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestRecords(t *testing.T) {
	const one, two = `{"body":"Works as it should, every day.","stars":5}`, `{"body":"It broke on the second day already.","stars":1}`
	const replied = `{"review":"It works as it should.",` +
		`"replies":[{"text":"A kettle of steel, we hear."},{"text":"Thanks!"}]}`
	const commented = `{"stars":5,"details":"It works as it should.","comments":[` +
		`{"text":"We hope that you enjoy it."},{"text":"Thanks!"}]}`
	const agreed = `{"stars":1,"details":"It broke on the second day.","comments":[` +
		`{"text":"I agree with all of this."},{"text":"So did mine!"}]}`
	products := "[" + strings.ReplaceAll(commented+","+agreed, `{"stars"`,
		`{"product":"Kettle","stars"`) + "]"
	const steel = "A kettle of steel, for tea and soup."
	const hotels = `[{"name":"Adler","stars":4,"description":"` + steel + `","comments":[` +
		`{"text":"It works as it should."},{"text":"It broke at once."}]},` +
		`{"name":"Post","stars":3,"description":"A pan of iron, for eggs and fish.",` +
		`"comments":[{"text":"Nice, but the lid is loose."}]}]`
	const recipes = `{"posts":[{"title":"Soup","rating":5,"instructions":"Boil all of it.",` +
		`"comments":[{"body":"It works as it should."},{"body":"It broke at once."}]},` +
		`{"title":"Bread","rating":4,"instructions":"Bake it for an hour.",` +
		`"comments":[{"body":"Nice, but the lid is loose."}]}]}`
	for _, tt := range []struct{ name, in, path, want string }{
		{"array", "[" + one + "," + two + "]", "", one + "\n" + two + "\n"},
		{"pretty", "[\n  {\n    \"body\": \"Works as it should, every day.\",\n    \"stars\": 5\n  }\n]\n", "", one + "\n"},
		{"one array in an object", `{"total": 2, "next": null, "reviews": [` + one + "," + two + `]}`, "reviews", one + "\n" + two + "\n"},
		{"what a page of reviews says about them", `{"summary":{"review_score_desc":` +
			`"Very positive"},"reviews":[` + one + "," + two + `]}`, "reviews",
			one + "\n" + two + "\n"},
		{"fewer reviews than questions", `{"questions":[{"answer":"It does come with a lid."},` +
			`{"answer":"No, it does not."},{"answer":"We do not know."}],"reviews":[` + one +
			"," + two + `]}`, "reviews", one + "\n" + two + "\n"},
		{"fewer ratings than questions", `{"faq":[{"answer":"It does come with a lid."},` +
			`{"answer":"No, it does not."},{"answer":"We do not know."}],"items":[` + one +
			"," + two + `]}`, "items", one + "\n" + two + "\n"},
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
		{"two marks", "\ufeff\ufeff[" + one + "]", "", one + "\n"},
		{"an object by keys", `{"r1":` + one + `,"r2":` + two + `}`, "*",
			one[:len(one)-1] + `,"_key":"r1"}` + "\n" + two[:len(two)-1] + `,"_key":"r2"}` + "\n"},
		{"reviews in several products", `[{"name":"Kettle","about":"` + steel +
			`","reviews":[` + one +
			`]},{"name":"Pan","about":"` + steel + `","reviews":[` + two + `,` + one + `]}]`,
			"reviews",
			one[:len(one)-1] + `,"product.name":"Kettle","product.about":"` + steel + "\"}\n" +
				two[:len(two)-1] + `,"product.name":"Pan","product.about":"` + steel + "\"}\n" +
				one[:len(one)-1] + `,"product.name":"Pan","product.about":"` + steel + "\"}\n"},
		{"reviews below edges",
			`{"data":{"products":{"edges":[{"node":{"title":"Kettle","about":"` + steel +
				`","reviews":{"edges":[{"node":` + one + `},{"node":` + two + `}]}}},` +
				`{"node":{"title":"Pan","about":"` + steel +
				`","reviews":{"edges":[{"node":` + one + `}]}}}]}}}`,
			"data.products.edges.node.reviews.edges",
			`{"node":` + one + `,"products.title":"Kettle","products.about":"` + steel + `"}` +
				"\n" + `{"node":` + two + `,"products.title":"Kettle","products.about":"` + steel +
				`"}` + "\n" + `{"node":` + one + `,"products.title":"Pan","products.about":"` +
				steel + `"}` + "\n"},
		{"long lists of comments", `[{"name":"Kettle","comments":[` + strings.Repeat(one+",", 50) +
			one + `]},{"name":"Pan","comments":[]}]`, "comments",
			strings.Repeat(one[:len(one)-1]+`,"product.name":"Kettle"}`+"\n", 51)},
		{"replies to reviews", "[" + replied + "]", "", replied + "\n"},
		{"comments below rated texts", "[" + commented + "," + agreed + "]", "",
			commented + "\n" + agreed + "\n"},
		{"comments below rated texts of one product", products, "", strings.ReplaceAll(
			strings.Trim(products, "[]"), "},{\"p", "}\n{\"p") + "\n"},
		{"comments below rated hotels", hotels, "comments",
			`{"text":"It works as it should.","product.name":"Adler","product.stars":4,` +
				`"product.description":"` + steel + `"}` + "\n" +
				`{"text":"It broke at once.","product.name":"Adler","product.stars":4,` +
				`"product.description":"` + steel + `"}` + "\n" +
				`{"text":"Nice, but the lid is loose.","product.name":"Post",` +
				`"product.stars":3,"product.description":"A pan of iron, for eggs and fish."}` +
				"\n"},
		{"comments below rated recipes", recipes, "posts.comments",
			`{"body":"It works as it should.","product.title":"Soup","product.rating":5,` +
				`"product.instructions":"Boil all of it."}` + "\n" +
				`{"body":"It broke at once.","product.title":"Soup","product.rating":5,` +
				`"product.instructions":"Boil all of it."}` + "\n" +
				`{"body":"Nice, but the lid is loose.","product.title":"Bread",` +
				`"product.rating":4,"product.instructions":"Bake it for an hour."}` + "\n"},
		{"texts in several products", `[{"name":"Kettle","reviews":["` + steel +
			`","It is \"good\"."]},{"name":"Pan","reviews":[]}]`,
			"reviews", `{"review":"` + steel + `","product.name":"Kettle"}` + "\n" +
				`{"review":"It is \"good\".","product.name":"Kettle"}` + "\n"},
		{"texts in an object", `{"name":"Kettle","reviews":["` + steel + `","It broke."]}`,
			"reviews",
			`{"review":"` + steel + `"}` + "\n" + `{"review":"It broke."}` + "\n"},
		{"an object with texts", `{"texts":["` + steel + `","It broke."]}`, "texts",
			`{"texts":"` + steel + `"}` + "\n" + `{"texts":"It broke."}` + "\n"},
		{"an object with texts of any name", `{"id":[1,2,3],"tags":["steel","new"],"answers":["` +
			steel + `","It broke at once."]}`, "answers",
			`{"answers":"` + steel + `"}` + "\n" + `{"answers":"It broke at once."}` + "\n"},
		{"a list of texts", `["` + steel + `","It broke at once."]`, "",
			`{"text":"` + steel + `"}` + "\n" + `{"text":"It broke at once."}` + "\n"},
		{"columns behind tags", `{"tags":["steel","new","old"],"answers":["` + steel +
			`","It broke at once."],"ratings":[5,1],"helpful":[1]}`, "",
			`{"answers":"` + steel + `","ratings":5}` + "\n" +
				`{"answers":"It broke at once.","ratings":1}` + "\n"},
		{"lists of texts of two products", `{"Pan":["` + steel + `","It broke at once.","Good."],` +
			`"Pot":["` + steel + `","It broke at once."]}`, "Pan",
			`{"Pan":"` + steel + `"}` + "\n" + `{"Pan":"It broke at once."}` + "\n" +
				`{"Pan":"Good."}` + "\n"},
		{"texts beside reviews", `{"reviews":[` + one + `],"notes":["` + steel +
			`","It broke at once."]}`, "reviews", one + "\n"},
		{"a sheet", `{"range":"A1:C3","values":[["Review","Rating"],["` + steel +
			`","5"],["It broke."]]}`,
			"values", `{"Review":"` + steel + `","Rating":"5"}` + "\n" +
				`{"Review":"It broke."}` + "\n"},
		{"pandas, split", `{"columns":["review","stars"],"index":[0,1],"data":[["` + steel +
			`",5],["It broke.",1]]}`,
			"data", `{"review":"` + steel + `","stars":5}` + "\n" +
				`{"review":"It broke.","stars":1}` + "\n"},
		{"pandas, columns", `{"review":{"0":"` + steel + `","2":"It broke."},` +
			`"q1":{"0":5,"2":null}}`,
			"", `{"review":"` + steel + `","q1":5}` + "\n" +
				`{"review":"It broke.","q1":null}` + "\n"},
		{"columns as lists", `{"review":["` + steel + `","It broke."],"stars":[5,1],"tags":["a"]}`,
			"", `{"review":"` + steel + `","stars":5}` + "\n" +
				`{"review":"It broke.","stars":1}` + "\n"},
		{"DynamoDB", `{"Items":[{"review":{"S":"` + steel + `"},"stars":{"N":"5"}}],"Count":1}`,
			"Items", `{"review":{"S":"` + steel + `"},"stars":{"N":"5"}}` + "\n"},
		{"a review in each", `[{"date":"2024-03-04","review":{"text":"` + steel + `"}}]`,
			"", `{"date":"2024-03-04","review":{"text":"` + steel + `"}}` + "\n"},
		{"BigQuery", `{"schema":{"fields":[{"name":"review"},{"name":"stars"}]},"rows":[` +
			`{"f":[{"v":"` + steel + `"},{"v":"5"}]},{"f":[{"v":"It broke."},{"v":null}]}]}`,
			"rows", `{"review":"` + steel + `","stars":"5"}` + "\n" +
				`{"review":"It broke.","stars":null}` + "\n"},
		{"replies beside the review", `{"reviews":[{"id":"a","comments":[{"userComment":{"text":"` +
			steel + `"}},{"developerComment":{"text":"Thank you."}}]},{"id":"b","comments":[` +
			`{"userComment":{"text":"It broke at once."}}]}]}`,
			"reviews.comments", `{"userComment":{"text":"` + steel +
				`"},"developerComment":{"text":"Thank you."},"product.id":"a"}` + "\n" +
				`{"userComment":{"text":"It broke at once."},"product.id":"b"}` + "\n"},
		{"reviews by their writers", `{"items":[{"id":"a","reviews":[{"ann":{"text":"` + steel +
			`"}},{"bob":{"text":"It broke."}}]},{"id":"b","reviews":[{"eve":{"text":"Fine."}}]}]}`,
			"items.reviews", `{"ann":{"text":"` + steel + `"},"product.id":"a"}` + "\n" +
				`{"bob":{"text":"It broke."},"product.id":"a"}` + "\n" +
				`{"eve":{"text":"Fine."},"product.id":"b"}` + "\n"},
	} {
		r, err := findRecords(context.Background(), strings.NewReader(tt.in))
		if err != nil || r.Name() != tt.path {
			t.Errorf("%s: findRecords = %q, %v, want %q", tt.name, r.Name(), err, tt.path)
			continue
		}
		var out strings.Builder
		err = writeRecords(context.Background(), &out, strings.NewReader(tt.in), &r)
		if err != nil || out.String() != tt.want {
			t.Errorf("%s: writeRecords = %q, %v, want %q", tt.name, out.String(), err, tt.want)
		}
	}
	for in, want := range map[string]string{
		"[" + commented + "," + agreed + "]": "comments",
		"[" + replied + "]":                  "replies",
		hotels:                               "", // the outermost objects
		recipes:                              "posts",
		"[" + one + "]":                      "none",
		`{"Pan":["` + steel + `","It broke."],"Pot":["` + steel + `"],` + // Pot has one text
			`"Lid":["A good one","So so","Ok then"]}`: "Lid",
	} {
		r, err := findRecords(context.Background(), strings.NewReader(in))
		others := "none"
		if len(r.Others) > 0 {
			others = strings.Join(r.Others, " ")
		}
		if err != nil || others != want {
			t.Errorf("%s: also found are %q, %v, want %q", in, others, err, want)
		}
	}
	for in, want := range map[string]Form{
		`{"texts":["` + steel + `","It broke."]}`:                   JSONDocument,
		`{"answers":["` + steel + `","It broke at once."]}`:         JSONDocument,
		`{"text":"` + steel + `","notes":["` + steel + `","Fine"]}`: Plain,
		`{"tags":["steel","new"]}`:                                  Plain,
	} {
		if got := DetectForm("", []byte(in)); got != want {
			t.Errorf("%s is %s, want %s", in, got, want)
		}
	}
	longest := strings.Repeat("q", maxNameBytes+1)
	for name, tt := range map[string]struct{ in, says string }{
		"cut off":         {"[" + one + ",\n{\"body\": \"Wor", "line 2"},
		"no JSON":         {"[" + one + "\n;", "line 2"},
		"no objects":      {"[1, 2, 3]", "no objects"},
		"no colon":        {`{"a" 1}`, "no colon"},
		"too deep":        {strings.Repeat("[", 5000), "brackets"},
		"a closing brace": {"[}", "where a value should be"},
		"a long name":     {`[{"` + longest + `":[0]}]`, longName},
		"a long column":   {`{"columns":["a","` + longest + `"],"data":[["b",1]]}`, longName},
	} {
		if _, err := findRecords(context.Background(), strings.NewReader(tt.in)); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want an error with %q", name, err, tt.says)
		}
	}
}

// FuzzRecords checks that the output is strict JSON, one object a line, and that strict JSON loses
// nothing.
func FuzzRecords(f *testing.F) {
	f.Add(`[{"a":"b"},{"c":[1,{"d":null}]}]`)
	f.Add(`{'a': None, b: [1,], "c": "\x41\u00e9"},`)
	f.Add(`[{"a":"b","reviews":[{"text":"c"},"d",["e"]]},{"reviews":["f"]}]`)
	f.Add(`{"a":{"0":"b","1":"c"},"d":{"0":1},"e1":{"f":["g"]}}`)
	f.Add(`{"columns":["a","b"],"data":[["c",1],["d"]],"rows":[{"f":[{"v":1}]}]}`)
	f.Add("{\"a\":{\"b\":[{\"c\":\"d\n\"}]}}")
	f.Add(`[{"a":"b","reviews":[{"c":{}},{"reply":{"c":1}}]},{"reviews":[{"":{}},{"reply":{}}]}]`)
	f.Fuzz(func(t *testing.T, in string) {
		r, err := findRecords(context.Background(), strings.NewReader(in))
		if err != nil {
			return
		}
		var out strings.Builder
		if err := writeRecords(context.Background(), &out, strings.NewReader(in), &r); err != nil {
			t.Fatalf("found %+v, but writeRecords failed: %v", r, err)
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

// TestManyFacts writes reviews whose product has more members than a review gets.
func TestManyFacts(t *testing.T) {
	var product strings.Builder
	const members, texts = 5000, 3000
	for i := range members {
		fmt.Fprintf(&product, `"k%d":"%s",`, i, strings.Repeat("v", 190))
	}
	in := `[{"name":"Kettle","reviews":["It is good."]},{"name":"Pan",` + product.String() +
		`"reviews":[` + strings.Repeat(`"It broke soon.",`, texts) + `"Fine so far."]}]`
	r, err := findRecords(t.Context(), strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	var out lineLengths
	if err := writeRecords(t.Context(), &out, strings.NewReader(in), &r); err != nil {
		t.Fatal(err)
	}
	if out.lines != texts+2 || out.bytes > out.lines*2*maxFactsBytes || out.longest > 1<<20 {
		t.Errorf("%d lines of %d bytes, at most %d in a write", out.lines, out.bytes, out.longest)
	}
	if !strings.Contains(out.last, `"product.name":"Pan","product.k0":"v`) {
		t.Errorf("the last line is %.200s", out.last)
	}
}

// lineLengths is a Writer that counts.
type lineLengths struct {
	lines, bytes, longest int
	last                  string
}

func (l *lineLengths) Write(p []byte) (int, error) {
	l.lines += bytes.Count(p, []byte("\n"))
	l.bytes += len(p)
	l.longest = max(l.longest, len(p))
	whole := bytes.TrimSuffix(p, []byte("\n"))
	l.last = string(whole[bytes.LastIndexByte(whole, '\n')+1:])
	return len(p), nil
}

// TestLongFirstRecord opens the records of documents whose first record is longer than what is
// sniffed of other files, with its stars after the text.
func TestLongFirstRecord(t *testing.T) {
	for _, n := range []int{SniffBytes - 30, SniffBytes, 300_000, 3 << 20} {
		long := `{"id":1,"body":"` + strings.Repeat("It works. ", n/10) + `","stars":5}`
		short := `{"id":2,"body":"It broke on the second day.","stars":1}`
		for name, in := range map[string]string{
			"array":        "[" + long + "," + short + "]",
			"in an object": `{"reviews":[` + long + "," + short + "]}",
			"lines":        long + "\n" + short + "\n",
			"one line":     long,
		} {
			file := strings.NewReader(in)
			form := DetectForm("", []byte(in[:min(len(in), SniffBytes)]))
			if form == JSONDocument {
				var out strings.Builder
				if _, err := WriteDocument(t.Context(), &out, file, file.Size(), ""); err != nil {
					t.Fatal(err)
				}
				file = strings.NewReader(out.String())
			}
			for _, options := range []Options{{}, {Encoding: Windows1252}} {
				r, err := Open(t.Context(), file, file.Size(), options)
				if err != nil {
					t.Errorf("%s of %d bytes, %s: %v", name, n, options.Encoding, err)
					continue
				}
				got := strings.Join(r.Names, " ")
				if got != "id body stars" || r.Columns.Text != 1 ||
					r.Columns.Stars != 2 && name != "one line" {
					t.Errorf("%s of %d bytes, %s: columns %s, text %d, stars %d", name, n,
						options.Encoding, got, r.Columns.Text, r.Columns.Stars)
				}
			}
		}
	}
}
