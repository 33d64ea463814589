package table

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"
)

func TestDetectForm(t *testing.T) {
	const lines = `{"review": "Lovely kettle"}` + "\n" + `{"review": "Broke"}` + "\n"
	ods := "PK\x03\x04" + strings.Repeat("\x00", 22) + "\x08\x00\x00\x00" + "mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
	for _, tt := range []struct {
		about, name, sample string
		want                Form
	}{
		{"a table", "a.csv", "review,stars\nLovely,5\n", Plain},
		{"tags in a table", "a.csv", "<b>review</b>,stars\n<p>Lovely</p>,5\n", Plain},
		{"a log", "a.txt", "[12:30] It works\n[12:31] It broke\n", Plain},
		{"a placeholder", "a.txt", "{name} wrote a review\n", Plain},
		{"JSON lines", "a.json", lines, Plain},
		{"JSON lines that hold arrays", "a.jsonl", `{"review": "Lovely kettle, truly", "images": [{"url": "x"}]}` + "\n" + lines, Plain},
		{"an array", "a.csv", `[` + lines + `]`, JSONDocument},
		{"an array after two marks", "a.csv", "\ufeff\ufeff[" + lines + `]`, JSONDocument},
		{"an envelope in one line", "a.json", `{"page": 1, "reviews": [{"review": "Lovely"}]}`, JSONDocument},
		{"pages of an API", "a.jsonl", strings.Repeat(`{"page": 1, "reviews": [{"review": "Lovely"}]}`+"\n", 2), JSONDocument},
		{"products with their reviews", "a.jsonl", strings.Repeat(`{"title": "Kettle of steel", `+
			`"reviews": [{"text": "Works well"}, {"text": "It broke"}]}`+"\n", 3), JSONDocument},
		{"products with reviews below", "a.jsonl", strings.Repeat(`{"description": "Of steel", `+
			`"reviews": {"edges": [{"node": {"text": "Works well"}}, `+
			`{"node": {"text": "Broke"}}]}}`+"\n", 3), JSONDocument},
		{"reviews with comments", "a.jsonl", strings.Repeat(`{"body": "Works well for us", `+
			`"comments": [{"text": "We are glad to hear"}, {"text": "Thanks"}]}`+"\n", 3), Plain},
		{"rated texts with comments", "a.jsonl", `{"stars": 5, "details": "It works well", ` +
			`"comments": [{"text": "We are glad to hear"}, {"text": "Thanks"}]}` + "\n" +
			`{"stars": 1, "details": "It broke after two days", ` +
			`"comments": [{"text": "We are sorry"}, {"text": "Mine, too"}]}` + "\n", Plain},
		{"products with comments", "a.jsonl", `{"rating": 4.6, "details": "Of steel and oak", ` +
			`"comments": [{"text": "Works well for us"}, {"text": "Broke"}]}` + "\n" +
			`{"rating": 4, "details": "Of oak, with two bulbs", ` +
			`"comments": [{"text": "Bright enough"}, {"text": "Too dark"}]}` + "\n", JSONDocument},
		{"products with rated comments", "a.jsonl", `{"rating": 5, "details": "Of steel, with ` +
			`a lid", "comments": [{"text": "Works", "stars": 5}, {"text": "Fine", "stars": 5}]}` +
			"\n" + `{"rating": 1, "details": "Of oak, with two bulbs", ` +
			`"comments": [{"text": "Dark", "stars": 1}, {"text": "Broke", "stars": 1}]}` + "\n",
			JSONDocument},
		{"reviews with ratings of qualities", "a.jsonl", strings.Repeat(`{"text": "It works", `+
			`"review_aspects": [{"name": "Size", "value": 5}, {"name": "Price"}]}`+"\n", 3), Plain},
		{"pretty", "", "{\n  \"review\": \"Lovely\"\n}\n", JSONDocument},
		{"commas", "", strings.ReplaceAll(lines, "}\n", "},\n"), JSONDocument},
		{"Python", "", "{'review': 'Lovely', 'stars': None}\n", JSONDocument},
		{"JavaScript", "", "[\n{review: 'Lovely'}]", JSONDocument},
		{"a large record", "", `{"review": "` + strings.Repeat("x", 2*SniffBytes) + `"}` + "\n", JSONDocument},
		{"UTF-16", "", wide("[" + lines + "]"), JSONDocument},
		{"gzip", "a.csv", "\x1f\x8b\x08", Gzip},
		{"zip", "a.csv", "PK\x03\x04", Zip},
		{"a workbook", "a.xlsx", "PK\x03\x04", Workbook},
		{"an OpenDocument sheet", "a.zip", ods, OpenDocument},
		{"an old workbook", "a.xls", "\xd0\xcf\x11\xe0", oldWorkbook},
		{"a workbook with a password", "a.xlsx", "\xd0\xcf\x11\xe0", locked},
		{"a workbook with a password, by its content", "a.xls", "\xd0\xcf\x11\xe0" +
			wide("EncryptedPackage")[2:], locked},
		{"mail of Outlook", "a.msg", "\xd0\xcf\x11\xe0", mail},
		{"an old document", "a", "\xd0\xcf\x11\xe0" + wide("WordDocument")[2:], document},
		{"UTF-32", "a.csv", "\xff\xfe\x00\x00a\x00\x00\x00", utf32},
		{"UTF-16 with a mark", "a.csv", wide("a,b"), Plain},
		{"Parquet", "a", "PAR1", Parquet},
		{"a web page", "a.xls", "\n<HTML xmlns:x=\"y\"><body>", WebPage},
		{"a web page in UTF-16", "a.xls", wide("<html><body>"), WebPage},
		{"a web page in MIME", "a.xls", "MIME-Version: 1.0\r\n" +
			"Content-Type: multipart/related;", MHTML},
		{"a page that a browser saved", "a.mht", "From: <Saved by Blink>\r\nMIME-Version: 1.0\r\n" +
			"Content-Type: multipart/related;", MHTML},
		{"what names MIME", "a.csv", "review\nMIME-Version: 1.0 with multipart/related\n", Plain},
		{"an XML spreadsheet", "a.xls", `<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">`, xmlWorkbook},
		{"tar", "reviews.csv", tarOf(t, "review,stars\n"+strings.Repeat("Lovely,5\n", 500)), archive},
		{"what names tar", "a.csv", strings.Repeat("x", 256) + "\nustar is no archive\n" +
			strings.Repeat("Lovely,5\n", 500), Plain},
		{"XML", "a.xml", `<?xml version="1.0"?><feed>`, xmlDocument},
	} {
		if got := DetectForm(tt.name, []byte(tt.sample)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.about, got, tt.want)
		}
	}
}

// tarOf returns a tar archive that holds one file.
func tarOf(t *testing.T, content string) string {
	t.Helper()
	var b strings.Builder
	w := tar.NewWriter(&b)
	head := &tar.Header{Name: "reviews.csv", Mode: 0o644, Size: int64(len(content)),
		Format: tar.FormatGNU}
	if err := w.WriteHeader(head); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Each form but text is refused by readers of text alone, with a way out.
func TestRefusal(t *testing.T) {
	for _, m := range magics {
		sample := m.magic + "1AY&SY" // of bzip2
		if m.magic == "BZh" {
			sample = "BZh91AY&SY"
		}
		_, err := Sniff([]byte(sample), true)
		if err == nil || err.Error() != m.form.Refusal("") || strings.Count(err.Error(), ".") < 2 {
			t.Errorf("%q: %v", m.form, err)
		}
	}
	if refusal := Plain.Refusal("a.csv"); refusal != "" {
		t.Errorf("text is refused: %s", refusal)
	}
}

func TestWriteDocument(t *testing.T) {
	long := strings.Repeat("😀é", 10_000) // pairs cross the ends of buffers
	in := `{"next": null, "reviews": [{"review": "` + long + `"}, {"review": "Broke."}]}`
	want := `{"review":"` + long + `"}` + "\n" + `{"review":"Broke."}` + "\n"
	for about, document := range map[string]string{"UTF-8": in, "UTF-16": wide(in), "UTF-16, one off": wide(" " + in)} {
		var out bytes.Buffer
		in := strings.NewReader(document)
		r, err := WriteDocument(context.Background(), &out, in, in.Size(), "")
		if err != nil || out.String() != want || r.Decoded != (about != "UTF-8") {
			t.Errorf("%s: %d bytes, %v, want %d", about, out.Len(), err, len(want))
		}
		if sentence := r.String(); sentence != `Reviews from "reviews" (2 objects).` {
			t.Errorf("%s: %s", about, sentence)
		}
	}
}

// wide returns s as UTF-16 with a byte order mark.
func wide(s string) string {
	return must(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(s))
}

// Lines that are neither rows nor texts are refused by name; similar texts or tables are not.
func TestLinesForm(t *testing.T) {
	for in, want := range map[string]Form{
		"product/id: B1\nreview/text: Good\n\nproduct/id: B2\nreview/text: Broke\n":         blocks,
		"- review: Good\n  stars: 5\n- review: It broke\n  stars: 1\n":                      blocks,
		"***** 1. row *****\nid: 1\nreview: Good\n***** 2. row *****\nid: 2\nreview: Bad\n": blocks,
		"id  review\n--  -------\n1   Good\n":                                               ruled,
		"==  =======\nid  review\n==  =======\n1   Good\n==  =======\n":                     ruled,
		"{| class=\"wikitable\"\n! Review\n|-\n| Good\n|}\n":                                markup,
		"\\begin{tabular}{ll}\nReview & Rating\n":                                           markup,
		"-[ RECORD 1 ]--\nreview | Good\n-[ RECORD 2 ]--\nreview | Bad\n":                   blocks,
		"-- MySQL dump 10.13\n--\n\nDROP TABLE IF EXISTS `r`;\nCREATE TABLE `r` (\n  `id` int,\n" +
			"  `review` text\n);\nINSERT INTO `r` VALUES (1,'Good'),(2,'Bad');\n": statements,
		"[[reviews]]\nstars = 5\ntext = \"Good\"\n\n" +
			"[[reviews]]\nstars = 1\ntext = \"Bad\"\n": blocks,
		"[r1]\nreview=Good\nstars=5\n" +
			"[r2]\nreview=Bad\nstars=1\n": blocks,
		"{\\rtf1\\ansi\n{\\colortbl;}\n" +
			"Great kettle\\\nIt broke\\\n}": document,
		"@relation reviews\n@attribute text string\n" +
			"@data\n'Good',pos\n": statistics,
		"INSERT INTO r (id, review) VALUES (1, 'Good');\n" +
			"INSERT INTO r (id, review) VALUES (2, 'Bad');\n": statements,
		"callback({\"reviews\": [{\"rating\": 4, \"review\": \"Good\"}]});\n": script,
		"window.YTD.r = [{\"review\":\"Good\"}];\n":                           script,

		"From: Ann <a@b.c>\r\nTo: b@b.c\r\nSubject: A lid\r\n\tleaks\r\n\r\nBad\r\n": mail,
		"From a@b.c Thu Jan 1 2024\nSubject: hi\nFrom: a@b.c\n\nGreat\n":             mail,
		"Received: from x;\n Mon, 4 Mar\nX-Spam: no\nMessage-ID: <1>\nFROM: a\n":     mail,

		"From: here to there, it works\nSubject: fine\nIt broke\n":    Plain,
		"From start to end: lovely\nDate: today\nTo: you\nFrom: me\n": Plain,
		"From:,To:,Subject:,Date:\na,b,It broke,2024-03-04\n":         Plain,

		"<reviews><review><text>Good</text></review></reviews>": xmlDocument,

		"Love it: the best\nBroke: one day\n\nLove it too\n":                   Plain,
		"<p><b>Good</b> kettle</p>\n<p>Bad</p>\n":                              Plain,
		"review\tstars\n------\t-----\nGood\t5\n":                              Plain,
		"Report: May\nShop: Kettles\n\nreview,stars\nGood: yes,5\nBad: so,1\n": Plain,
		"--\n-- PostgreSQL\n--\nSET a = 0;\nCREATE TABLE r (\n    review text\n);\n" +
			"COPY r (id, review) FROM stdin;\n1\tGood\n2\tBad\n\\.\n": Plain,
		"Great ({\"pan\"})\nBad (lid)\n":                                       Plain,
		"Insert into the slot, it works\nCreate table and chairs in an hour\n": Plain,
		"review;stars\nprice=[low];5\n":                                        Plain,
	} {
		if got := DetectForm("reviews.txt", []byte(in)); got != want {
			t.Errorf("%q is a %s, want %s", in, got, want)
		} else if want != Plain && !strings.Contains(want.Refusal(""), ".") {
			t.Errorf("%s: %q", want, want.Refusal(""))
		}
	}
}
