package table

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

// A late day above 12 decides the order of dates, and a ten the scale, in a file that is read whole
// and in one that is sampled.
func TestOpenJudgesTheWholeFile(t *testing.T) {
	for _, filler := range []int{10, 2000} {
		var b bytes.Buffer
		b.WriteString("date,rating,review\n")
		for i := range 3000 {
			day, rating := 1+i/250, 1+i%5
			if i > 2500 {
				day, rating = 14, 10
			}
			fmt.Fprintf(&b, "%02d/03/2024,%d,\"A kettle,\nnumber %d %s\"\n", day, rating, i,
				strings.Repeat("x", filler))
		}
		source := &countedSource{Reader: bytes.NewReader(b.Bytes())}
		r, err := Open(t.Context(), source, source.Size(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !r.Dates.DayFirst || !r.DateEvidence.Sure() || r.Scale.Best() != 10 {
			t.Errorf("%d bytes: %+v, %+v, best %v", b.Len(), r.Dates, r.DateEvidence,
				r.Scale.Best())
		}
		if most := int64(3 << 20); source.read > most {
			t.Errorf("%d of %d bytes read, want at most %d", source.read, b.Len(), most)
		}
		want := `Reviews from "review", stars from "rating" (1 to 10), dates from "date", day first.`
		if got := r.Sentence(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		given, err := Open(t.Context(), source, source.Size(),
			Options{StarsOf: 20, Order: MonthFirst})
		if err != nil || given.Scale.Best() != 20 || given.Dates.DayFirst {
			t.Errorf("asked: %+v, %v", given, err)
		}
	}
}

// A file without rows is refused, with a way out.
func TestNoRows(t *testing.T) {
	n := func(n int) *int { return &n }
	const three = "id,review\n1,It is a good kettle\n2,It broke at once\n"
	for _, tt := range []struct {
		file    string
		options Options
		want    string
	}{
		{"It is a good kettle\n", Options{HeaderRows: n(1)},
			"no row is left: the file has 1 line, and 1 names the columns " +
				"(header_rows, -header-rows)"},
		{three, Options{HeaderRows: n(5)},
			"no row is left: the file has 3 lines, and 5 name the columns " +
				"(header_rows, -header-rows)"},
		{three, Options{LinesAbove: n(40)},
			"no row is left: the file has 3 lines, and 40 are above the table " +
				"(lines_above, -lines-above)"},
		{"id,review\n", Options{}, "there is a header but no row below it; if the first line is " +
			"a review, set header_rows to 0 (-header-rows 0)"},
	} {
		r, err := Open(t.Context(), strings.NewReader(tt.file), int64(len(tt.file)), tt.options)
		if err == nil {
			err = r.Check()
		}
		if err == nil || err.Error() != tt.want {
			t.Errorf("%q: %v, want %s", tt.file, err, tt.want)
		}
	}
}

// Words are read by the scale of their column, even if the user states what the numbers are.
func TestScaleBesideTheRating(t *testing.T) {
	for _, name := range []string{"rating scale", "score_max", "rating.best"} {
		in := name + ",rating,review\n10,4,It works as it should.\n10,2,It broke at once.\n"
		r, err := Open(t.Context(), strings.NewReader(in), int64(len(in)), Options{})
		if err != nil || r.Scale.Best() != 10 {
			t.Errorf("%s: the best is %v, %v, want 10", name, r.Scale.Best(), err)
		}
	}
}

func TestAnswersWithErrors(t *testing.T) {
	for in, want := range map[string]bool{
		`{"error":{"code":401,"message":"The access token has expired."}}`:             true,
		`{"errors":[],"message":"The access token has expired."}`:                      true,
		`{"code":"no_route","message":"No route was found.","data":{"status":404}}`:    true,
		`{"reviews":[],"message":"There are no reviews of this kettle."}`:              true,
		`{"status":"approved","message":"The kettle broke on the second day."}`:        false,
		`{"error":"","stars":5,"message":"It works as it should."}`:                    false,
		`{"error":"","message":"It works as it should."}` + "\n" + `{"message":"Bad"}`: false,
	} {
		r, err := Open(t.Context(), strings.NewReader(in), int64(len(in)), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Check(); (err != nil) != want {
			t.Errorf("Check of %s = %v, want an error: %t", in, err, want)
		}
	}
}

func TestOpenKnowsWords(t *testing.T) {
	in := "rating,review\n"
	for i, word := range []string{"Very good", "Poor", "Good", "Excellent", "Fair"} {
		in += fmt.Sprintf("%s,It is the kettle number %d that I have.\n", word, i)
	}
	for _, options := range []Options{{}, {StarsOf: 5}, {StarsOf: 10}, {StarsOf: -6}} {
		r, err := Open(t.Context(), strings.NewReader(in), int64(len(in)), options)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := r.Scale.Parse([]byte("Very good")); got != 4 || r.Columns.Stars != 0 {
			t.Errorf("asked %v: %v of %+v, column %d", options.StarsOf, got, r.Scale,
				r.Columns.Stars)
		}
	}
}

type countedSource struct {
	*bytes.Reader
	read int64
}

func (c *countedSource) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.Reader.ReadAt(p, off)
	c.read += int64(n)
	return n, err
}

func TestFindings(t *testing.T) {
	file := "date,rating,review\nsoon,05-May,Works\n2024-01-02,5,NULL\n2024-01-03,,Works\n,04-May,Works\n"
	r, err := Open(t.Context(), strings.NewReader(file), int64(len(file)), Options{Stars: "rating"})
	if err != nil {
		t.Fatal(err)
	}
	var f Findings
	if err := each(NewReader(strings.NewReader(file), r.Dialect),
		func(rec Record) { f.AddFacts(r, rec) }); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`2 of 3 ratings were not understood, the first in row 1: "05-May"`,
		`1 of 3 dates were not understood, the first in row 1: "soon"`,
	}
	if got := f.Doubts(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q, want %q", got, want)
	}
	if got := f.Repairs(); got != "" {
		t.Errorf("repairs of a correct file: %s", got)
	}
}

func TestRepairs(t *testing.T) {
	const one = "review\nfine\n\"so \"so\" la\"\n"
	const first = "row 2 (line 3): a quote inside a quoted field is not doubled; " +
		"it was read as a quote"
	for file, want := range map[string]string{
		one:                     "1 row was malformed and repaired: " + first,
		one + "\"a \"b\" c\"\n": "2 rows were malformed and repaired, the first is " + first,
	} {
		var f Findings
		r := &Reading{Columns: Columns{Stars: -1, Date: -1}}
		dialect := Dialect{Delimiter: ',', Quoted: true, Header: true, Encoding: UTF8}
		if err := each(NewReader(strings.NewReader(file), dialect),
			func(rec Record) { f.AddFacts(r, rec) }); err != nil {
			t.Fatal(err)
		}
		if got := f.Repairs(); got != want {
			t.Errorf("%q: %s, want %s", file, got, want)
		}
	}
}

func TestSizeOf(t *testing.T) {
	for _, size := range []int{0, 1, 2, 3, 1000, 1 << 16} {
		source := struct{ io.ReaderAt }{bytes.NewReader(make([]byte, size))}
		if got, err := SizeOf(source); got != int64(size) || err != nil {
			t.Errorf("SizeOf = %d, %v, want %d", got, err, size)
		}
	}
}

func TestSentenceSaysWhatIsLeftOut(t *testing.T) {
	file := "Export of June\nMade today\nid,rating,review\n" +
		strings.Repeat("7,5,It works as it should\n8,1,It broke on the second day\n", 4) +
		"Total,3.0,\n"
	r, err := Open(t.Context(), strings.NewReader(file), int64(len(file)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := `Reviews from "review", stars from "rating" (1 to 5); ` +
		"left out: the 2 lines above the table, what is below the table."
	if got := r.Sentence(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// The number of lines above the table selects one of several tables: it is read to its own end,
// with its own width, and no other one is.
func TestPlaceChoosesTheTable(t *testing.T) {
	const shops = "shop,city,text\n1,Leeds,by the river\n2,Ghent,on the market\n3,Lille,old town\n"
	const reviewed = "id,stars,date,review\n1,5,2024-01-02,Works well and looks great\n" +
		"2,1,2024-01-03,It broke after two days\n3,4,2024-01-04,My family likes it a lot\n" +
		"4,5,2024-01-05,Good, cheap, fast\n5,2,2024-01-06,Bad, slow\n"
	const ofShops = "3 rows from 1|Leeds|by the river to 3|Lille|old town"
	more := strings.Repeat("6,3,2024-01-07,So so\n7,3,2024-01-08,Well, so so\n", 5)
	const ofMore = "15 rows from 1|5|2024-01-02|Works well and looks great to " +
		"7|3|2024-01-08|Well, so so"
	for _, tt := range []struct {
		name, in string
		above    int
		want     string
		tables   int
	}{
		{"the first of two", shops + "\n" + reviewed, 0, ofShops, 1},
		{"the last of two", reviewed + "\n" + shops, 7, ofShops, 1},
		{"the one in the middle", reviewed + "\n" + shops + "\nname,size\nLeeds,500\nGhent,260\n", 7,
			ofShops, 2},
		{"the only one", "A title\n\n" + reviewed + more, 2, ofMore, 0},
		{"the one with a total", reviewed + "\n" + shops + "Total,3,\n\nMade today\n", 7, ofShops, 1},
	} {
		r, err := Open(t.Context(), strings.NewReader(tt.in), int64(len(tt.in)),
			Options{LinesAbove: &tt.above})
		if err != nil {
			t.Fatal(tt.name, err)
		}
		d := r.Dialect
		var rows []string
		err = each(NewReader(strings.NewReader(tt.in), d), func(rec Record) {
			rows = append(rows, string(bytes.Join(rec.Fields, []byte("|"))))
		})
		if err != nil || len(rows) == 0 {
			t.Fatalf("%s: %q, %v, %+v", tt.name, rows, err, d)
		}
		got := fmt.Sprintf("%d rows from %s to %s", len(rows), rows[0], rows[len(rows)-1])
		if got != tt.want || d.Tables != tt.tables || !d.Header {
			t.Errorf("%s: %s, want %s; %+v", tt.name, got, tt.want, d)
		}
		changed, err := Sniff([]byte(tt.in), true)
		if err != nil {
			t.Fatal(tt.name, err)
		}
		changed.Delimiter, changed.Preamble, changed.Header = ',', tt.above, true
		changed, err = Below(t.Context(), strings.NewReader(tt.in), int64(len(tt.in)), changed)
		if fmt.Sprint(changed) != fmt.Sprint(d) || err != nil {
			t.Errorf("%s: Below = %+v, %v, want %+v", tt.name, changed, err, d)
		}
	}
}

// Columns that a file lacks are named by their numbers, and read as empty.
func TestColumnsThatAreNotThere(t *testing.T) {
	const file = "id,review\n1,It works as it should\n2,It broke on the second day\n"
	r, err := Open(t.Context(), strings.NewReader(file), int64(len(file)),
		Options{Columns: &Columns{Text: 1, Title: -1, Stars: -1, Date: -1, Product: -1, ID: -1,
			Second: 8, More: []int{-1}}})
	if err != nil {
		t.Fatal(err)
	}
	want := `Reviews from "review", column 8 and column 0.`
	if got := r.Sentence(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Sums below the reviews do not decide the scale of the stars, with an empty row above them or not.
func TestSumsBelow(t *testing.T) {
	rows := strings.Repeat("2024-01-13,1,It leaks\n2024-02-14,5,Love it so much\n", 6)
	for name, sums := range map[string]string{
		"a table":        ",,\nStars,Count,\n5,120,\n4,81,\n1,9,\n",
		"a small table":  ",,\nStars,Count,\n5,10,\n4,8,\n1,9,\n",
		"rows":           ",10,\n,8,\n,9,\n,7,\n",
		"rows of a date": "2024-05-01,10,\n2024-06-01,8,\n2024-07-01,9,\n",
	} {
		file := "Date,Stars,Review\n" + rows + sums
		r, err := Open(t.Context(), strings.NewReader(file), int64(len(file)), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Columns.Stars != 1 || r.Scale.Best() != 5 {
			t.Errorf("%s: %s", name, r.Sentence())
		}
	}
}
