package table

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"reviewlens/reviews"
)

// cells reads all rows of a file as Sniff interprets it, cells joined with a bar, with the repairs.
// A row read alone must be the same.
func cells(t *testing.T, in string) (rows, repaired []string, d Dialect) {
	t.Helper()
	d, err := Sniff([]byte(in), true)
	if err != nil {
		t.Fatal(err)
	}
	reading, err := Open(t.Context(), strings.NewReader(in), int64(len(in)), Options{Dialect: &d})
	if err != nil {
		t.Fatal(err)
	}
	r := NewReader(strings.NewReader(in), d)
	for {
		record, err := r.Read()
		if err != nil {
			return rows, repaired, d
		}
		if record.LeftOut == "" {
			row := string(bytes.Join(record.Fields, []byte("|")))
			rows = append(rows, row)
			alone, err := reading.NewRowReader(strings.NewReader(in[record.Offset:])).Read()
			again := string(bytes.Join(alone.Fields, []byte("|")))
			if err != nil || again != row || alone.Repaired != record.Repaired {
				t.Errorf("%q by itself is %q, %q, %v", row, again, alone.Repaired, err)
			}
		}
		if record.Repaired != "" {
			repaired = append(repaired, record.Repaired)
		}
	}
}

func TestQuotesThatAreNotInOrder(t *testing.T) {
	tabs := "id\tstars\ttitle\treview\tdate\n"
	for range 9 {
		tabs += "1\t5\tGood\tWorks well\t2024-01-02\n"
	}
	commas := "id,stars,title,review,date\n" + strings.Repeat("1,5,Good,Works well,2024-01-02\n", 9)
	for _, tt := range []struct {
		name, in string
		want     []string // rows from the tenth on
		repaired string   // "" for no repair
	}{
		{"a quote that a later row closes", tabs + "2\t1\t\"Not so good\tBroke\t2024-01-03\n" +
			"3\t5\t11\"\tFits\t2024-01-04\n",
			[]string{"2|1|\"Not so good|Broke|2024-01-03", "3|5|11\"|Fits|2024-01-04"}, ""},
		{"one that a later row ends as no field ends", tabs +
			"2\t1\tBad\t\"Wow\" is all\t2024-01-03\n3\t5\tGood\tThe \"beast\"\t2024-01-04\n",
			[]string{"2|1|Bad|\"Wow\" is all|2024-01-03", "3|5|Good|The \"beast\"|2024-01-04"}, ""},
		{"commas", commas + "2,1,\"Bad,Broke,2024-01-03\n3,5,Good,Fits,2024-01-04\n" +
			"4,5,x\",Fits,2024-01-05\n",
			[]string{"2|1|\"Bad|Broke|2024-01-03", "3|5|Good|Fits|2024-01-04",
				"4|5|x\"|Fits|2024-01-05"}, "is not closed"},
		{"lines in a quoted text stay together", commas + "2,1,Bad,\"Broke,\nand, well, it, " +
			"leaks,\nas, all, of, them\",2024-01-03\n",
			[]string{"2|1|Bad|Broke,\nand, well, it, leaks,\nas, all, of, them|2024-01-03"}, ""},
		{"rows that a quoted text quotes stay together", commas +
			"2,1,Bad,\"They sent \"\"this\"\":\n3,5,Good,Fits,2024\n" +
			"4,5,Good,Fits,2024\",2024-01-03\n",
			[]string{"2|1|Bad|They sent \"this\":\n3,5,Good,Fits,2024\n" +
				"4,5,Good,Fits,2024|2024-01-03"}, ""},
		{"a quote before a quoted field", commas + "\"2,1,Bad,\"Broke, at once\",2024-01-03\n",
			[]string{"\"2|1|Bad|Broke, at once|2024-01-03"}, "was read as text"},
		{"a delimiter lacks before a quote", commas + "2,1,Bad\"Broke, at once, " +
			"and leaks\",2024-01-03\n",
			[]string{"2|1|Bad|Broke, at once, and leaks|2024-01-03"}, "delimiter is missing"},
		{"a delimiter lacks between quotes", commas + "2,1,\"Bad\"\"Broke, at once\",2024-01-03\n",
			[]string{"2|1|Bad|Broke, at once|2024-01-03"}, "delimiter is missing"},
		{"quotes are not doubled", commas + "2,1,\"Round, 48\"\",\"Broke, at once\",2024-01-03\n",
			[]string{"2|1|Round, 48\"|Broke, at once|2024-01-03"}, "not doubled"},
	} {
		rows, repaired, d := cells(t, tt.in)
		if got := rows[9:]; !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q (%+v)", tt.name, got, tt.want, d)
		}
		all := strings.Join(repaired, "; ")
		if tt.repaired == "" != (all == "") || !strings.Contains(all, tt.repaired) {
			t.Errorf("%s: repaired %q, want %q", tt.name, all, tt.repaired)
		}
	}
}

// A header is repaired by the width of the rows below it.
func TestQuoteInTheHeader(t *testing.T) {
	in := "\"id,stars,\"title\",review,date\n" + strings.Repeat("1,5,Good,Fits,2024-01-02\n", 9)
	d, err := Sniff([]byte(in), true)
	if err != nil || d.Width != 5 {
		t.Fatalf("%+v, %v", d, err)
	}
	want := []string{"\"id", "stars", "title", "review", "date"}
	if header, err := NewReader(strings.NewReader(in), d).Header(); !slices.Equal(header, want) {
		t.Errorf("%q, %v; want %q", header, err, want)
	}
}

func TestDialectsOfFields(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     []string
		check    func(Dialect) bool
	}{
		{"apostrophes", "id,review\n1,'Good, cheap'\n2,'It''s fine, really'\n3,'No, \"no\"'\n",
			[]string{"1|Good, cheap", "2|It's fine, really", "3|No, \"no\""},
			func(d Dialect) bool { return d.Quote == '\'' }},
		{"apostrophes in texts", "id,review\n1,It's good\n2,'Tis fine\n3,\"Don't, please\"\n",
			[]string{"1|It's good", "2|'Tis fine", "3|Don't, please"},
			func(d Dialect) bool { return d.Quote == 0 }},
		{"backslashes in quotes", `id,review,stars` + "\n" + `1,"A \"good\", one",5` + "\n" +
			`2,"C:\new \\ x\nend",4` + "\n" + `3,\N,1` + "\n",
			[]string{"1|A \"good\", one|5", "2|C:\new \\ x\nend|4", "3|\\N|1"},
			func(d Dialect) bool { return d.Backslash }},
		{"backslashes before delimiters", "id,review,stars\n1,Good\\, cheap,5\n2,Fine,4\n" +
			"3,No\\, no\\, no,1\n",
			[]string{"1|Good, cheap|5", "2|Fine|4", "3|No, no, no|1"},
			func(d Dialect) bool { return d.Backslash }},
		{"backslashes that end fields", "path,review\n\"C:\\dir\\\",\"Good, cheap\"\n" +
			"\"C:\\x\\\",\"Fine, so far\"\n",
			[]string{"C:\\dir\\|Good, cheap", "C:\\x\\|Fine, so far"},
			func(d Dialect) bool { return !d.Backslash }},
		{"blanks behind delimiters", "id, stars, review\n1, 5, \"Good, cheap\"\n2, 1, \"No, " +
			"it leaks\"\n",
			[]string{"1|5|Good, cheap", "2|1|No, it leaks"},
			func(d Dialect) bool { return d.Spaced }},
		{"blanks", "id stars review\n1 5 \"Good, cheap\"\n2 1 \"No, it leaks\"\n3 2 \"Well, no\"\n",
			[]string{"1|5|Good, cheap", "2|1|No, it leaks", "3|2|Well, no"},
			func(d Dialect) bool { return d.Delimiter == ' ' }},
		{"carets", "id^stars^review\n1^5^Good, cheap\n2^1^No, it leaks\n",
			[]string{"1|5|Good, cheap", "2|1|No, it leaks"},
			func(d Dialect) bool { return d.Delimiter == '^' }},
		{"commas in the last column", "id,stars,review\n1,5,Good, cheap, fast\n2,1,No\n" +
			"3,2,Well, no\n4,5,Yes,,\n",
			[]string{"1|5|Good, cheap, fast", "2|1|No", "3|2|Well, no", "4|5|Yes||"},
			func(d Dialect) bool { return d.Surplus == 3 }},
		{"commas in a middle column", "id,review,stars,date\n1,Good, cheap, fast,5,2024-01-02\n" +
			"2,No,1,2024-01-03\n3,Well, no,2,2024-01-04\n",
			[]string{"1|Good, cheap, fast|5|2024-01-02", "2|No|1|2024-01-03", "3|Well, " +
				"no|2|2024-01-04"},
			func(d Dialect) bool { return d.Surplus == 2 }},
		{"a header that lacks a name", "id,stars\n1,5,Good\n2,1,No good\n3,2,Well\n",
			[]string{"1|5|Good", "2|1|No good", "3|2|Well"},
			func(d Dialect) bool { return d.Surplus == 0 && d.Width == 3 }},
	} {
		rows, _, d := cells(t, tt.in)
		if !slices.Equal(rows, tt.want) || !tt.check(d) {
			t.Errorf("%s: %q, want %q; %+v", tt.name, rows, tt.want, d)
		}
		var out bytes.Buffer
		none := func(int) reviews.Result { return reviews.Result{} }
		if err := Annotate(&out, strings.NewReader(tt.in),
			d, Output{EscapeFormulas: true}, none); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		r := NewReader(bytes.NewReader(out.Bytes()), d.annotated())
		for i := range rows {
			record, err := r.Read()
			got := string(bytes.Join(record.Fields, []byte("|")))
			if err != nil || !strings.HasPrefix(got, strings.TrimRight(rows[i], "|")) {
				t.Errorf("%s: row %d became %q, %v; %q", tt.name, i, got, err, out.String())
			}
		}
	}
}

// annotated returns the dialect of the output of Annotate, which has three more columns.
func (d Dialect) annotated() Dialect {
	d.Width, d.Surplus = 0, 0
	return d
}

func TestHeadersAndTables(t *testing.T) {
	reviewsTable := "id,stars,review\n1,5,Works well and looks great\n" +
		"2,1,It broke after two days\n3,4,My family likes it a lot\n"
	shops := "shop,city\n1,Leeds\n2,Ghent\n"
	for _, tt := range []struct {
		name, in string
		first    string
		rows     int
		left     string
	}{
		{"the header twice", "id,stars,review\n" + reviewsTable, "1|5|Works well and looks great",
			3, "1 more rows of headings"},
		{"groups above", "Order,Order,Review\n" + reviewsTable, "1|5|Works well and looks great",
			3, "1 more rows of headings"},
		{"another table below", reviewsTable + "\n" + shops, "1|5|Works well and looks great", 3,
			"another table in the file"},
		{"averages below", reviewsTable + "\nSummary\nProduct,Average,Count,Best\nLamp,3.1,8,5\n" +
			"Desk,2.9,7,4\n", "1|5|Works well and looks great", 3, "another table in the file"},
		{"averages above", "Product,Average\nLamp,3.1\nDesk,2.9\n\n" + reviewsTable,
			"1|5|Works well and looks great", 3, ""},
		{"another table above", shops + "\n" + reviewsTable, "1|5|Works well and looks great", 3,
			""},
		{"two others", shops + "\n" + reviewsTable + "\nCities\nname,size\nLeeds,500000\n" +
			"Ghent,260000\n", "1|5|Works well and looks great", 3, ""},
		{"rows of another width", reviewsTable + "4,2,Well, it is, so\n5,1\n",
			"1|5|Works well and looks great", 5, ""},
		{"an empty line between rows", reviewsTable + "\n4,2,So so\n5,1,Bad one\n",
			"1|5|Works well and looks great", 5, ""},
	} {
		rows, _, d := cells(t, tt.in)
		if len(rows) != tt.rows || rows[0] != tt.first {
			t.Errorf("%s: %q, want %d rows, the first %q; %+v", tt.name, rows, tt.rows, tt.first, d)
		}
		if left := strings.Join((&Reading{Dialect: d}).LeftOut(), ", "); !strings.Contains(left,
			tt.left) {
			t.Errorf("%s: left out %q, want %q", tt.name, left, tt.left)
		}
	}
}
