package table

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// survey returns an export of n rows with the given delimiter.
func survey(delimiter string, n int) string {
	var b strings.Builder
	b.WriteString(strings.Join([]string{"id", "rating", "review"}, delimiter) + "\n")
	for i := range n {
		fmt.Fprintf(&b, "%d%s%d%s\"Très bien, really; it works%sand so on\"\n", i, delimiter, i%5+1, delimiter, delimiter)
	}
	return b.String()
}

func TestSniff(t *testing.T) {
	utf16le := func(s string) string {
		return must(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String(s))
	}
	utf16be := func(s string) string {
		return must(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().String(s))
	}
	western := func(s string) string { return must(charmap.Windows1252.NewEncoder().String(s)) }
	chinese := func(s string) string { return must(simplifiedchinese.GBK.NewEncoder().String(s)) }
	csv := Dialect{Encoding: UTF8, Delimiter: ',', Quoted: true, Header: true}
	with := func(change func(*Dialect)) Dialect { d := csv; change(&d); return d }
	for _, tt := range []struct {
		name, in string
		want     Dialect
	}{
		{"comma", survey(",", 5), csv},
		{"semicolon", survey(";", 5), with(func(d *Dialect) { d.Delimiter = ';' })},
		{"tab", survey("\t", 5), with(func(d *Dialect) { d.Delimiter = '\t' })},
		{"pipe", survey("|", 5), with(func(d *Dialect) { d.Delimiter = '|' })},
		{"0x01 between short fields", "id\x01stars\x01review\n1\x015\x01Good\n2\x011\x01Bad\n",
			with(func(d *Dialect) { d.Delimiter = 1 })},
		{"tab, quotes are text", "id\treview\n1\t\"Good\n2\tbad \" sad\n3\t\"so-so\n4\tfine\n", with(func(d *Dialect) { d.Delimiter, d.Quoted = '\t', false })},
		{"BOM", "\ufeff" + survey(",", 5), with(func(d *Dialect) { d.BOM = true })},
		{"UTF-16LE with BOM", "\xff\xfe" + utf16le(survey(",", 5)), with(func(d *Dialect) { d.Encoding, d.BOM = UTF16LE, true })},
		{"UTF-16BE with BOM", "\xfe\xff" + utf16be(survey(",", 5)), with(func(d *Dialect) { d.Encoding, d.BOM = UTF16BE, true })},
		{"UTF-16LE", utf16le(survey(",", 5)), with(func(d *Dialect) { d.Encoding = UTF16LE })},
		{"Windows-1252", western(survey(";", 5)), with(func(d *Dialect) { d.Encoding, d.Delimiter = Windows1252, ';' })},
		{"GBK", chinese("编号,评论\n1,这个水壶很好用\n2,一般般\n3,坏了退货\n"), with(func(d *Dialect) { d.Encoding, d.Header = GBK, true })},
		{"no header", "1,5,\"It works, really well in all\"\n2,1,\"It broke, after two days of use\"\n", with(func(d *Dialect) { d.Header = false })},
		{"a review a line", "Great kettle.\nIt broke after a week.\nWould buy it again\n", with(func(d *Dialect) { d.Delimiter, d.Header = 0, false })},
		{"one column with a name", "review\nGreat kettle.\nBroke.\n", with(func(d *Dialect) { d.Delimiter = 0 })},
		{"commas in prose are no columns", "Well, it works, mostly.\nNo.\nGood, cheap, quick, but loud, and it leaks.\nYes, fine.\n", with(func(d *Dialect) { d.Delimiter, d.Header = 0, false })},
		{"commas in prose below a long first line", "The kettle boils fast and its handle stays " +
			"cool, I am happy.\nThe lid broke after two weeks.\nDoes what it should, no more.\n" +
			"It came late, its box was crushed, but it works.\nLove it!\nAwful smell.\n" +
			"Easy to clean, and quiet.\n",
			with(func(d *Dialect) { d.Delimiter, d.Header = 0, false })},
		{"a comma in each text", "The kettle is fast, I like it\n" +
			"It broke in a week, I sent it back\n" +
			"Nice colour, but too loud\nFar too heavy, my arm hurts\n",
			with(func(d *Dialect) { d.Delimiter, d.Header = 0, false })},
		{"names before texts", "Anna K., I like it a lot\nTom, It broke in a week\n" +
			"Jo W., Too loud for me\nEva, My arm hurts now\n",
			with(func(d *Dialect) { d.Header = false })},
		{"narrow sums above", "Summary\nStars,Count\n5,10\n4,8\n3,2\n2,1\n1,9\n\n" +
			"Date,Stars,Review\n2024-01-10,1,The kettle boils fast\n" +
			"2024-02-11,2,It broke after a week\n2024-03-12,3,Nice colour but too loud\n" +
			"2024-04-13,4,I would buy it again\n2024-05-14,5,The lid leaks hot water\n" +
			"2024-06-15,1,Very quiet and quick\n2024-07-16,2,Handle gets too hot\n" +
			"2024-08-17,3,Good value for the money\n2024-09-18,4,Stopped working in March\n",
			with(func(d *Dialect) { d.Preamble = 8 })},
		{"a header and one row", "title,review\nNice,\"Good one, bought two\"\n", csv},
	} {
		got, err := Sniff([]byte(tt.in), true)
		if err != nil || !cmp.Equal(got, tt.want) {
			t.Errorf("%s: Sniff = %+v, %v, want %+v", tt.name, got, err, tt.want)
		}
	}
}

// A sample may end anywhere: in a quoted field, in a character.
func TestSniffSampleCutAnywhere(t *testing.T) {
	in := survey(",", 40)
	want, err := Sniff([]byte(in), true)
	if err != nil {
		t.Fatal(err)
	}
	for cut := 200; cut < len(in); cut++ {
		if got, err := Sniff([]byte(in[:cut]), false); err != nil || !cmp.Equal(got, want) {
			t.Fatalf("the first %d bytes: Sniff = %+v, %v, want %+v", cut, got, err, want)
		}
	}
}

func TestSniffRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"empty":         "",
		"blank":         " \n\n ",
		"only a BOM":    "\ufeff",
		"workbook":      "PK\x03\x04\x14\x00\x06\x00",
		"old workbook":  "\xd0\xcf\x11\xe0\xa1\xb1",
		"gzip":          "\x1f\x8b\x08",
		"Parquet":       "PAR1\x15\x04",
		"random bytes":  "\x01\x02\x00\x03\x07\x01\x00\x02\x05\x06\x0e\x0f\x10\x00\x00\x11",
		"picture":       "\x89PNG\r\n\x1a\n",
		"database":      "SQLite format 3\x00",
		"PDF":           "%PDF-1.7",
		"JPEG":          "\xff\xd8\xff\xe0",
		"mostly zeroes": strings.Repeat("\x00", 500),
	} {
		if d, err := Sniff([]byte(in), true); err == nil {
			t.Errorf("%s: Sniff = %+v, want an error", name, d)
		}
	}
}

func FuzzSniff(f *testing.F) {
	f.Add([]byte(survey(",", 3)), true)
	f.Add([]byte("\xff\xfea\x00,\x00b\x00"), false)
	for _, tt := range located {
		f.Add([]byte(tt.in), true)
	}
	f.Fuzz(func(t *testing.T, sample []byte, whole bool) {
		d, err := Sniff(sample, whole)
		if err != nil {
			if _, ok := err.(*Error); !ok {
				t.Errorf("Sniff = %v, want an *Error", err)
			}
			return
		}
		read(t, strings.NewReader(string(sample)), d)
	})
}

func TestGuessColumns(t *testing.T) {
	none := Columns{Text: -1, Title: -1, Stars: -1, Date: -1, Product: -1, ID: -1}
	row := func(cells ...string) []string { return cells }
	for _, tt := range []struct {
		name   string
		header []string
		rows   [][]string
		want   Columns
	}{
		{"Amazon", row("asin", "reviewerName", "overall", "summary", "reviewText", "reviewTime"),
			[][]string{row("B01", "Jo", "5.0", "Nice", "It works as it should", "05 3, 2014")}, Columns{Text: 4, Title: 3, Stars: 2, Date: 5, Product: 0, ID: -1}},
		{"Shopify", row("title", "body", "rating", "review_date", "product_handle"),
			[][]string{row("Nice", "It works", "5", "2024-05-01", "kettle")}, Columns{Text: 1, Title: 0, Stars: 2, Date: 3, Product: 4, ID: -1}},
		{"survey", row("Timestamp", "How satisfied are you?", "Anything you would like to add?"),
			[][]string{row("2024/05/01 10:00", "4", "The wait was long but staff were kind"), row("2024/05/01 11:00", "1", "Nobody answered my mails for a week"), row("2024/05/02 11:00", "1", "All good with me this time thanks")},
			Columns{Text: 2, Title: -1, Stars: 1, Date: 0, Product: -1, ID: -1}},
		{"a name that the cells contradict", row("review", "notes"),
			[][]string{row("4", "Works well for a family of five"), row("5", "Would buy this again any day")}, Columns{Text: 1, Title: -1, Stars: -1, Date: -1, Product: -1, ID: -1}},
		{"row numbers are no stars", row("n", "text"),
			[][]string{row("1", "a b c d"), row("2", "a b c d"), row("3", "e f g h")}, Columns{Text: 1, Title: -1, Stars: -1, Date: -1, Product: -1, ID: -1}},
		{"no header", nil, [][]string{row("5", "It works as it should in my kitchen"), row("1", "It broke on the second day already"), row("5", "Good value for the price I paid")},
			Columns{Text: 1, Title: -1, Stars: 0, Date: -1, Product: -1, ID: -1}},
		{"a text a line", nil, [][]string{row("Great"), row("Bad")}, Columns{Text: 0, Title: -1, Stars: -1, Date: -1, Product: -1, ID: -1}},
		{"dates in brackets", row("date", "review"), [][]string{row("[17/Jan/2024:10:00:00 +0000]",
			"It works"), row("{ts '2024-01-25 10:00:00'}", "It broke")},
			Columns{Text: 1, Title: -1, Stars: -1, Date: 0, Product: -1, ID: -1}},
		{"nothing to read", row("x", "y"), [][]string{row("1", "2"), row("7", "9")}, none},
		{"titles only", row("title", "price"), [][]string{row("Nice", "4.20")}, Columns{Text: 0, Title: -1, Stars: -1, Date: -1, Product: -1, ID: -1}},
		{"no rows", row("review"), nil, Columns{Text: 0, Title: -1, Stars: -1, Date: -1, Product: -1, ID: -1}},
		{"ragged rows", row("id", "review"), [][]string{row("1"), row("2", "Fine", "extra")}, Columns{Text: 1, Title: -1, Stars: -1, Date: -1, Product: -1, ID: 0}},
		{"an id that is a sentence", row("id", "review"), [][]string{row("not an id at all", "Fine")}, Columns{Text: 1, Title: -1, Stars: -1, Date: -1, Product: -1, ID: -1}},
		{"none", nil, nil, none},
	} {
		got, _ := GuessColumns(tt.header, tt.rows)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestConfidence(t *testing.T) {
	row := func(cells ...string) []string { return cells }
	long, short := "It works as it should in my kitchen", "Works well"
	for _, tt := range []struct {
		name        string
		header      []string
		rows        [][]string
		table, text [2]float64 // bounds
	}{
		{"named", row("id", "review", "notes"),
			[][]string{row("1", long, short), row("2", long, short)},
			[2]float64{1, 1}, [2]float64{1, 1}},
		{"named, beside longer cells", row("id", "review", "notes"),
			[][]string{row("1", short, long), row("2", short, long)},
			[2]float64{1, 1}, [2]float64{.5, .5}},
		{"stands out", row("a", "b"), [][]string{row("x", long), row("y", long)}, [2]float64{1, 1}, [2]float64{.8, 1}},
		{"two alike", row("a", "b"), [][]string{row(long, long+" too"), row(long, long)}, [2]float64{1, 1}, [2]float64{0, .3}},
		{"ragged", row("review", "b"), [][]string{row(long), row(long, "b"), row(long, "b", "c"), row(long, "b", "c", "d")}, [2]float64{.25, .25}, [2]float64{1, 1}},
		{"no text", row("x", "y"), [][]string{row("1", "2")}, [2]float64{1, 1}, [2]float64{0, 0}},
		{"no rows", row("review", "b"), nil, [2]float64{1, 1}, [2]float64{1, 1}},
		{"nothing", nil, nil, [2]float64{1, 1}, [2]float64{0, 0}},
	} {
		_, got := GuessColumns(tt.header, tt.rows)
		if got.Table < tt.table[0] || got.Table > tt.table[1] || got.Text < tt.text[0] || got.Text > tt.text[1] {
			t.Errorf("%s: Sure = %+v, want %v and %v", tt.name, got, tt.table, tt.text)
		}
	}
}
