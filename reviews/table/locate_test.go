package table

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"reviewlens/reviews"
)

// rowsOf returns six rows of id, date, rating and review, separated by delimiter.
func rowsOf(delimiter string) string {
	var b strings.Builder
	for i, text := range []string{"It boils fast and looks great.", "Leaked all over the counter.", "Works perfectly for us.",
		"Broke after two days of use.", "Excellent quality for the price.", "It never worked at all."} {
		fmt.Fprintf(&b, "%d%s2024-0%d-15%s%d%s%s\n", i, delimiter, i+1, delimiter, i%5+1, delimiter, text)
	}
	return b.String()
}

const locatedHeader = "id,date,rating,review\n"

// located are the positions that a table of six rows may have in a file.
var located = []struct {
	name, in string
	want     Dialect // position of the table; Until is that of the text in until
	until    string
	leftOut  int // records
}{
	{name: "plain", in: locatedHeader + rowsOf(",")},
	{name: "delimiter named", in: "sep=;\nid;date;rating;review\n" + rowsOf(";"), want: Dialect{Preamble: 1}},
	{name: "preamble", in: "Feedback export\nStore: Hearth\n\n" + locatedHeader + rowsOf(","), want: Dialect{Preamble: 3}},
	{name: "preamble, CR", in: strings.ReplaceAll("Feedback export\nStore: Hearth\n\n"+locatedHeader+rowsOf(","), "\n", "\r"),
		want: Dialect{Preamble: 3}},
	{name: "sums above", in: "Summary,,,\nStars,Count,,\n5,2,,\n4,1,,\n,,,\n" + locatedHeader +
		rowsOf(","), want: Dialect{Preamble: 5}},
	{name: "sums without a title above", in: "Stars,Count,Share,\n5,2,67%,\n4,1,33%,\n,,,\n" +
		locatedHeader + rowsOf(","), want: Dialect{Preamble: 4}},
	{name: "a title of one known word", in: "Reviews,,,\n" + locatedHeader + rowsOf(","),
		want: Dialect{Preamble: 1}},
	{name: "title rows", in: "\"Reviews, spring\",,,\n,,,\n" + locatedHeader + rowsOf(","), want: Dialect{Preamble: 2}},
	{name: "title rows of two cells", in: "All reviews,,,\nOn,2024-10-01,,\n,,,\n" + locatedHeader +
		rowsOf(","), want: Dialect{Preamble: 3}},
	{name: "title rows of two cells next to the header", in: "All reviews,,,\n" +
		"Of,Kettle,,\n" + locatedHeader + rowsOf(","), want: Dialect{Preamble: 2}},
	{name: "kinds of answers", in: locatedHeader + ",,Response,Open-Ended Response\n" + rowsOf(","), want: Dialect{HeaderRows: 2}},
	{name: "types of columns", in: locatedHeader + "int,VARCHAR(255),,date\n" + rowsOf(","),
		want: Dialect{HeaderRows: 2}},
	{name: "units of columns", in: locatedHeader + "(1-5),(text),[name],[yyyy-mm-dd]\n" +
		rowsOf(","), want: Dialect{HeaderRows: 2}},
	{name: "letters of columns", in: "A,B,C,D\n" + locatedHeader + rowsOf(","),
		want: Dialect{HeaderRows: 2, NamesRow: 1}},
	{name: "numbers of columns", in: "Column1,Column2,Column3,Column4\n" + locatedHeader +
		rowsOf(","), want: Dialect{HeaderRows: 2, NamesRow: 1}},
	{name: "columns of pandas", in: "Unnamed: 0,Unnamed: 1,Unnamed: 2,Unnamed: 3\n" +
		locatedHeader + rowsOf(","), want: Dialect{HeaderRows: 2, NamesRow: 1}},
	{name: "questions and identifiers", in: "Q0,Q1,Q2,Q3\n" + locatedHeader +
		`"{""ImportId"":""a""}","{""ImportId"":""b""}","{""ImportId"":""c""}","{""ImportId"":""d""}"` + "\n" + rowsOf(","),
		want: Dialect{HeaderRows: 3, NamesRow: 1}},
	{name: "repeated header", in: locatedHeader + rowsOf(",") + locatedHeader, leftOut: 1},
	{name: "repeated header with a mark", in: "\ufeff" + locatedHeader + rowsOf(",") + "\ufeff" + locatedHeader, leftOut: 1},
	{name: "a counted total", in: locatedHeader + rowsOf(",") + "Total (6),,3.1,\n",
		until: "Total", leftOut: 1},
	{name: "a mean", in: locatedHeader + rowsOf(",") + "Average rating,,3.1,\n",
		until: "Average", leftOut: 1},
	{name: "total", in: locatedHeader + rowsOf(",") + "Total,,3.1,6 reviews\n", until: "Total", leftOut: 1},
	{name: "total and footnote", in: locatedHeader + rowsOf(",") + "Summe:,,3.1,\n\nExported today\n", until: "Summe", leftOut: 2},
	{name: "footnote", in: locatedHeader + rowsOf(",") + "\nExported today\n", until: "Exported", leftOut: 1},
	{name: "footnotes, padded", in: locatedHeader + rowsOf(",") +
		",,,\nExported today,,,\nBy Hearth,,,\n", until: ",,,\nExported", leftOut: 3},
	{name: "zeros of a damaged disk", in: locatedHeader + rowsOf(",") + "\x00\x00\x00",
		until: "\x00\x00\x00", leftOut: 1},
	{name: "Ctrl-Z", in: locatedHeader + rowsOf(",") + "\x1a", until: "\x1a", leftOut: 1},
}

// A sheet's table may begin behind blank columns; a title above it names none.
func TestTableBehindBlankColumns(t *testing.T) {
	in := ",,,,Reviews report\n\n\n,,,," + strings.ReplaceAll(
		strings.TrimSuffix(locatedHeader+rowsOf(","), "\n"), "\n", "\n,,,,") + "\n"
	r, err := Open(t.Context(), strings.NewReader(in), int64(len(in)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if c := r.Columns; r.Dialect.Preamble != 3 || c.Date != 5 || c.Stars != 6 || c.Text != 7 {
		t.Errorf("%d lines above, %+v", r.Dialect.Preamble, c)
	}
	if doubts := r.Doubts(); len(doubts) > 0 {
		t.Errorf("doubts %+v", doubts)
	}
}

// Names that a program gave are those of the columns if no row below them has others.
func TestDefaultNamesAlone(t *testing.T) {
	for _, names := range []string{"Column1,Column2,Column3,Column4\n", "A,B,C,D\n"} {
		d, err := Sniff([]byte(names+rowsOf(",")), true)
		if err != nil || !d.Header || d.HeaderRows != 0 || d.Preamble != 0 {
			t.Errorf("%q: %+v, %v", names, d, err)
		}
	}
}

func TestLocate(t *testing.T) {
	for _, tt := range located {
		d, err := Sniff([]byte(tt.in), true)
		if err != nil {
			t.Fatal(tt.name, err)
		}
		until := int64(0)
		if tt.until != "" {
			until = int64(strings.LastIndex(tt.in, tt.until))
		}
		if d.Preamble != tt.want.Preamble || max(1, d.HeaderRows) != max(1, tt.want.HeaderRows) ||
			d.NamesRow != tt.want.NamesRow || d.Until != until || !d.Header {
			t.Errorf("%s: %+v, want %+v and until %d", tt.name, d, tt.want, until)
		}
		r := NewReader(strings.NewReader(tt.in), d)
		header, err := r.Header()
		if err != nil || strings.Join(header, ",") != strings.TrimSpace(locatedHeader) {
			t.Errorf("%s: header %q, %v", tt.name, header, err)
		}
		rows, leftOut := 0, 0
		for {
			record, err := r.Read()
			if err != nil {
				break
			}
			if record.LeftOut != "" {
				leftOut++
			} else if rows++; record.Index != rows-1 || !bytes.HasPrefix(record.Fields[0], []byte{byte('0' + rows - 1)}) {
				t.Errorf("%s: row %d is %d: %q", tt.name, rows-1, record.Index, record.Fields)
			}
		}
		if rows != 6 || leftOut != tt.leftOut {
			t.Errorf("%s: %d rows and %d left out, want 6 and %d", tt.name, rows, leftOut, tt.leftOut)
		}
	}
}

// A second header row is recognized if all questions are open, and if its labels are long.
func TestDelimiterOfTheHeader(t *testing.T) {
	const title = "Report: Product reviews\nGenerated on 2024-10-01\n\n"
	header, rows := "product,rating,title,review,date\n", ""
	lists := "Rating,Words,Review\n"
	for i, text := range strings.Split(strings.TrimSpace(rowsOf("|")), "\n") {
		cells := strings.Split(text, "|")
		rows += fmt.Sprintf("Copper Kettle %d l,%s,Good,\"%s\",%s\n", i, cells[2], cells[3],
			cells[1])
		lists += cells[2] + ",kettle; lid; tea; steel; copper; spout; iron; oak," + cells[3] + "\n"
	}
	for name, in := range map[string]string{
		"a title in words": title + header + strings.Repeat(rows, 4),
		"lists in a cell":  lists + strings.Repeat(lists[strings.IndexByte(lists, '\n')+1:], 4),
	} {
		if d, err := Sniff([]byte(in), true); err != nil || d.Delimiter != ',' {
			t.Errorf("%s: Sniff = %+v, %v, want commas", name, d, err)
		}
	}
}

func TestLineBelowTheHeader(t *testing.T) {
	for line, want := range map[string]int{
		"--,----------,------,------":          2, // of sqlcmd
		"'--,'----------,'------,'------,,,":   2, // guarded and annotated
		"-,-,-,-":                              0, // null words
		"7,2024-01-01,1,It never worked -- at": 0,
	} {
		header := locatedHeader
		if strings.HasSuffix(line, ",,,") {
			header = strings.TrimSpace(header) + ",sentiment,positive,windows\n"
		}
		in := header + line + "\n" + rowsOf(",")
		if d, err := Sniff([]byte(in), true); err != nil || d.HeaderRows != want {
			t.Errorf("%q: Sniff = %+v, %v, want %d", line, d, err, want)
		}
	}
}

func TestNumbersOfColumns(t *testing.T) {
	for first, want := range map[string]bool{"0,1,2,3": true, ",0,1,2": true, "0,1,1,3": false,
		"1,2024-01-03,2,It leaks.": false} {
		in := first + "\n" + rowsOf(",")
		if d, err := Sniff([]byte(in), true); err != nil || d.Header != want {
			t.Errorf("%s: Sniff = %+v, %v, want a header: %t", first, d, err, want)
		}
	}
}

func TestGroupsOfADataFrame(t *testing.T) {
	in := ",when,what,what\n,date,rating,review\n" + rowsOf(",")
	if d, err := Sniff([]byte(in), true); err != nil || d.HeaderRows != 2 || d.NamesRow != 1 {
		t.Errorf("Sniff = %+v, %v, want the names in the second row", d, err)
	}
}

func TestSecondHeader(t *testing.T) {
	const person = "Respondent ID,Collector ID,Start Date,End Date,"
	twoAnswers := []string{"It is quick and quiet.,", "Nothing.,It leaks a lot.",
		",Too loud for me."}
	row := func(i int, answers string) string {
		return fmt.Sprintf("1184%d,4053,2024-03-%02d 10:00:00,2024-03-%02d 10:04:00,%s\n", i, i+1,
			i+1, answers)
	}
	for name, tt := range map[string]struct {
		header, second string
		answers        []string
		want           int
	}{
		"open questions": {"What was good?,What was bad?",
			",,,,Open-Ended Response,Open-Ended Response", twoAnswers, 2},
		"in German": {"Was war gut?", ",,,,Offene Antwort", []string{"Schnell und leise.",
			"Leider nichts.", "Der gute Preis."}, 2},
		"a matrix of words": {"How often do you use it?,,Anything else?", ",,,," +
			"The kettle that you bought last year,The lamp that came with it,Your comment",
			[]string{"Often,Seldom,It is fine with me.", "Seldom,Never,It broke at once.",
				"Never,Often,I like it a lot."}, 2},
		"a matrix of ratings": {"How do you rate these?,,Anything else?", ",,,," +
			"The quality of the kettle that you bought,The time it took to come,Response",
			[]string{"5,4,It is fine with me.", "1,2,It broke at once.", "4,4,I like it."}, 2},
		"a row": {"What was good?,What was bad?", "11849,4053,2024-03-09 10:00:00," +
			"2024-03-09 10:04:00,The response,Nothing", twoAnswers, 1},
		"a row without a person": {"What was good?,What was bad?",
			",,,,It is quick,Nothing at all", twoAnswers, 1},
	} {
		in := person + tt.header + "\n" + tt.second + "\n"
		for i := range 9 {
			in += row(i, tt.answers[i%3])
		}
		d, err := Sniff([]byte(in), true)
		if err != nil || max(1, d.HeaderRows) != tt.want || !d.Header || d.NamesRow != 0 {
			t.Errorf("%s: %+v, %v, want %d rows of the header", name, d, err, tt.want)
		}
	}
}

// Words for ratings are a header if they ask for texts, and a row among other words.
func TestHeaderOfRatingWords(t *testing.T) {
	for in, want := range map[string]bool{
		"id,good,bad\n1,Quiet and fast it is,Too heavy for me\n2,It is a nice one,Broke at once\n" +
			"3,Works well for us,Nothing at all\n": true,
		"good,bad\nQuiet and fast it is,Too heavy for me\nIt is a nice one,Broke at once\n": true,
		"good,bad\nbad,poor\nexcellent,good\npoor,bad\n":                                    false,
		"good\nIt is quiet and fast and I like it\nIt broke at once, two days old\n":        false,
		"Love it\nIt is quiet and fast and I like it\nIt broke at once, two days old\n":     false,
		"words\nIt is quiet and fast and I like it\nIt broke at once, two days old\n":       true,
		"Customer Quotes\nIt is quiet and fast and I like it\nIt broke at once, it did\n":   true,
		"Kundenstimmen\nIt is quiet and fast and I like it\nIt broke at once, it did\n":     true,
		"Customer voices\nIt is quiet and fast and I like it\nIt broke at once, it did\n":   true,
		"お客様の声\nとても静かで速いので気に入っています。\n二日で壊れました。\n":                                           true,
		"Customer service\nIt is quiet and fast and I like it\nIt broke at once, it did\n":  false,
		"User friendly\nIt is quiet and fast and I like it\nIt broke at once, it did\n":     false,
		"Kundenservice\nIt is quiet and fast and I like it\nIt broke at once, it did\n":     false,
		"q7_open\nIt is quiet and fast and I like it\nIt broke at once, two days old\n":     true,
		"Verbatim\nIt is quiet and fast and I like it\nIt broke at once, two days old\n":    true,
		"positive\tGreat product\npositive\tIt is quiet and fast and I like it a lot\n" +
			"negative\tIt broke at once, two days old and not used at all\n": false,
		"*****\tWorks well\n*****\tIt is quiet and fast and I like it a lot\n" +
			"*\tIt broke at once, two days old and not used at all\n": false,
		"mood\tWorks\ngood\tIt is quiet and fast and I like it a lot\nmood\tWorks\n" +
			"bad\tIt broke at once, two days old and not used at all\n": true,
	} {
		if d, err := Sniff([]byte(in), true); err != nil || d.Header != want {
			t.Errorf("%q: %+v, %v, want a header: %v", in, d, err, want)
		}
	}
}

// Rows that resemble a preamble, a header or a total stay rows.
func TestLocateKeepsRows(t *testing.T) {
	for name, in := range map[string]string{
		"no header":            rowsOf(","),
		"a review in brackets": locatedHeader + rowsOf(",") + "Total (waste),,5,\n",
		"a product Total":      locatedHeader + rowsOf(",") + "Total,2024-09-01,5,I like it\n",
		"a short last row":     locatedHeader + rowsOf(",") + "7\n",
		"a null in the first":  locatedHeader + "9,n/a,N/A,Fine with me\n" + rowsOf(","),
		"a sparse first row":   "review,rating\nFine with me,\nGood value,5\nBroke at once,1\n",
		"empty rows":           locatedHeader + rowsOf(",") + strings.Repeat(",,,\n", 9),
		"mostly empty rows":    "id,review\n1,good one here\n" + strings.Repeat(",\n,Fine with me\n", 9),
		"a line a text":        "Great\nBad\nGreat\n",
	} {
		d, err := Sniff([]byte(in), true)
		if err != nil {
			t.Fatal(name, err)
		}
		if d.Preamble != 0 || d.HeaderRows > 1 || d.Until != 0 {
			t.Errorf("%s: %+v, want all of it", name, d)
		}
		_, records := read(t, strings.NewReader(in), d)
		for _, r := range records {
			if r.LeftOut != "" {
				t.Errorf("%s: line %d is left out: %s", name, r.Line, r.LeftOut)
			}
		}
	}
}

// The annotated file has every line in place, and the same rows are found in it.
func TestAnnotateLocated(t *testing.T) {
	for _, tt := range located {
		for _, escape := range []bool{false, true} {
			d, err := Sniff([]byte(tt.in), true)
			if err != nil {
				t.Fatal(tt.name, err)
			}
			var out bytes.Buffer
			calls := 0
			err = Annotate(&out, strings.NewReader(tt.in),
				d, Output{EscapeFormulas: escape}, func(i int) reviews.Result {
					if i != calls {
						t.Errorf("%s: asked for row %d, want %d", tt.name, i, calls)
					}
					calls++
					return byTurns(i)
				})
			if err != nil || calls != 6 {
				t.Errorf("%s: %d rows, %v", tt.name, calls, err)
			}
			before := strings.FieldsFunc(tt.in, func(r rune) bool { return r == '\n' || r == '\r' })
			after := strings.FieldsFunc(out.String(), func(r rune) bool { return r == '\n' || r == '\r' })
			if len(before) != len(after) {
				t.Fatalf("%s: %d lines become %d", tt.name, len(before), len(after))
			}
			for i := range before {
				if !strings.HasPrefix(after[i], before[i]) {
					t.Errorf("%s: %q becomes %q", tt.name, before[i], after[i])
				}
			}
			again, err := Sniff(out.Bytes(), true)
			if err != nil {
				t.Fatal(tt.name, err)
			}
			r := NewReader(&out, again)
			header, _ := r.Header()
			if len(header) != 7 || header[4] != "sentiment" {
				t.Errorf("%s: the annotated file has the columns %q", tt.name, header)
			}
			rows := 0
			for record, err := r.Read(); err == nil; record, err = r.Read() {
				if record.LeftOut == "" {
					rows++
				}
			}
			if rows != 6 {
				t.Errorf("%s: the annotated file has %d rows: %+v", tt.name, rows, again)
			}
		}
	}
}

// A line above the table is escaped like its rows.
func TestAnnotateEscapesPreamble(t *testing.T) {
	in := "\ufeff=1+cmd,+x\r\n\r\n@y\nid,review\n1,Good\n"
	var out bytes.Buffer
	d := Dialect{BOM: true, Delimiter: ',', Quoted: true, Header: true, Preamble: 3}
	if err := Annotate(&out, strings.NewReader(in),
		d, Output{EscapeFormulas: true}, byTurns); err != nil {
		t.Fatal(err)
	}
	want := "\ufeff'=1+cmd,'+x\r\n\r\n'@y\nid,review,sentiment,positive,windows\n"
	if got := out.String(); !strings.HasPrefix(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Sniff does not see the end of a large file; Tail does.
func TestTail(t *testing.T) {
	rows := strings.Repeat(rowsOf(","), 3000)
	for name, tt := range map[string]struct{ in, until string }{
		"none":         {locatedHeader + rows, ""},
		"total":        {locatedHeader + rows + "Total,,3.1,many\n", "Total"},
		"footnote":     {locatedHeader + rows + "\nExported today\n", "Exported"},
		"quoted lines": {locatedHeader + strings.Repeat("1,2024-01-15,4,\"Good,\nreally\ngood\"\n", 20_000) + "Total,,3.1,many\n", "Total"},
	} {
		d, err := Sniff([]byte(tt.in[:SniffBytes]), false)
		if err != nil || d.Until != 0 {
			t.Fatalf("%s: Sniff = %+v, %v", name, d, err)
		}
		d, err = Tail(t.Context(), strings.NewReader(tt.in), int64(len(tt.in)), d)
		until := int64(0)
		if tt.until != "" {
			until = int64(strings.LastIndex(tt.in, tt.until))
		}
		if err != nil || d.Until != until {
			t.Errorf("%s: until %d, %v, want %d", name, d.Until, err, until)
		}
	}
}

// If another table follows, the end of the file belongs to that one: it moves nothing, and is not
// sampled. Totals of the table itself end it above the other one.
func TestTailOfAnotherTable(t *testing.T) {
	table := "id,date,rating,review\n" +
		strings.Repeat("1,01/02/2024,4,\"Good, really\"\n2,03/02/2024,1,It broke at once\n", 20)
	others := "\nshop,founded,staff,street\n" +
		strings.Repeat("Leeds,14/02/1990,9,High Street\nGhent,25/12/1980,10,Veldstraat\n", 40_000)
	for _, total := range []string{"", "Total,,3.1,\n"} {
		for _, foot := range []string{"", "\nExported today\n"} {
			in := table + total + others + foot
			r, err := Open(t.Context(), strings.NewReader(in), int64(len(in)), Options{})
			if err != nil {
				t.Fatal(err)
			}
			until := int64(len(table))
			if total == "" {
				until-- // the line end is not part of the last row
			}
			if r.Dialect.Until != until {
				t.Errorf("%q, %q: until %d, want %d", total, foot, r.Dialect.Until, until)
			}
			if r.DateEvidence.Sure() || r.Scale.Best() != 5 {
				t.Errorf("%q, %q: %+v, best %v, by the other table", total, foot, r.DateEvidence,
					r.Scale.Best())
			}
		}
	}
}

// R writes row names in front of the first column, without a name in the header.
func TestRowNames(t *testing.T) {
	texts := []string{"It boils fast and looks great.", "It leaks, all over.",
		"Works perfectly for us.", "Broke after two days of use."}
	rows := func(d string) (in string) {
		for i := range 24 {
			in += fmt.Sprintf("%q%s%d%s%q%s2024-01-%02d\n", fmt.Sprint(i+1), d, i%5+1, d,
				texts[i%4], d, i+1)
		}
		return in
	}
	for name, in := range map[string]string{
		"tabs":   "\"rating\"\t\"review\"\t\"date\"\n" + rows("\t"),
		"commas": "\"rating\",\"review\",\"date\"\n" + rows(","),
		"blanks": "\"rating\" \"review\" \"date\"\n" + rows(" "),
		"mark":   "\ufeffrating,review,date\r\n" + rows(","),
		"again":  "rating,review,date\n" + rows(",") + "rating,review,date\n",
	} {
		r, err := Open(t.Context(), strings.NewReader(in), int64(len(in)), Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		const want = `Reviews from "review", stars from "rating" (1 to 5), dates from "date".`
		if got := r.Sentence(); got != want {
			t.Errorf("%s: %s", name, got)
		}
		var out strings.Builder
		none := func(int) reviews.Result { return reviews.Result{} }
		if err := Annotate(&out, strings.NewReader(in), r.Dialect, Output{}, none); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		d := r.Dialect
		d.Header, d.RowNames = false, false
		if err := each(NewReader(strings.NewReader(out.String()), d), func(rec Record) {
			if len(rec.Fields) != 7 || rec.Repaired != "" {
				t.Errorf("%s: %q, %s", name, rec.Fields, rec.Repaired)
			}
		}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, in := range map[string]string{
		"the last one is missing": "rating,review,date\n1,Works well for us,2024-01-01,0.9\n" +
			"2,It broke at once,2024-01-02,0.1\n3,Fine with me,2024-01-03,0.8\n",
		"trailing delimiters": "rating,review,date\n1,Works well for us,2024-01-01,\n" +
			"2,It broke at once,2024-01-02,\n3,Fine with me,2024-01-03,\n",
	} {
		if d, err := Sniff([]byte(in), true); err != nil || d.RowNames {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
}
