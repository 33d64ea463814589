package reviews

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// byTurns gives a score, none, and another score, over and over.
func byTurns(index int) Result {
	switch index % 3 {
	case 0:
		return Result{Score: Score{Positive: 0.97318, Sentiment: Positive}, Windows: 1}
	case 1:
		return Result{}
	}
	return Result{Score: Score{Positive: 0.00004, Sentiment: Negative}, Windows: 12}
}

func annotate(t testing.TB, in string, d Dialect) string {
	t.Helper()
	var out strings.Builder
	if err := Annotate(&out, strings.NewReader(in), d, false, byTurns); err != nil {
		t.Fatalf("Annotate(%q) = %v", in, err)
	}
	return out.String()
}

var annotations = []struct{ name, in, want string }{
	{"plain", "id,text\n1,a\n2,b\n3,c\n", "id,text,sentiment,positive,windows\n1,a,positive,0.9732,1\n2,b,,,\n3,c,negative,0.0000,12\n"},
	{"no final newline", "id,text\n1,a", "id,text,sentiment,positive,windows\n1,a,positive,0.9732,1"},
	{"CRLF and CR stay", "id,text\r\n1,a\r2,b\n", "id,text,sentiment,positive,windows\r\n1,a,positive,0.9732,1\r2,b,,,\n"},
	{"quoting stays", "\"id\",\"text\"\n1,\"a\nb \"\"c\"\"\" \n", "\"id\",\"text\",sentiment,positive,windows\n1,\"a\nb \"\"c\"\"\" ,positive,0.9732,1\n"},
	{"empty lines stay", "\nid,text\n\n1,a\n\n\n2,b\n\n", "\nid,text,sentiment,positive,windows\n\n1,a,positive,0.9732,1\n\n\n2,b,,,\n\n"},
	{"a name is taken", "text,positive\na,1\n", "text,positive,sentiment_2,positive_2,windows_2\na,1,positive,0.9732,1\n"},
	{"twice", "windows_2,sentiment\na,1\n", "windows_2,sentiment,sentiment_3,positive_3,windows_3\na,1,positive,0.9732,1\n"},
	{"fewer fields", "a,b,c\n1\n", "a,b,c,sentiment,positive,windows\n1,,,positive,0.9732,1\n"},
	{"more fields", "a,b\n1,2,3\n", "a,b,sentiment,positive,windows\n1,2,3,positive,0.9732,1\n"},
	{"a torn quote", "a,b\n1,\"x\n2,y\n", "a,b,sentiment,positive,windows\n1,\"\"\"x\",positive,0.9732,1\n2,y,,,\n"},
	{"a stray quote", "a,b\n1,\"x \"y\" z\"\n", "a,b,sentiment,positive,windows\n1,\"x \"\"y\"\" z\",positive,0.9732,1\n"},
	{"invalid UTF-8 stays", "a,b\n1,\xff\xfe\n", "a,b,sentiment,positive,windows\n1,\xff\xfe,positive,0.9732,1\n"},
	{"a header and no rows", "a,b\n", "a,b,sentiment,positive,windows\n"},
}

func TestAnnotate(t *testing.T) {
	d := Dialect{Encoding: UTF8, Delimiter: ',', Quoted: true, Header: true}
	for _, tt := range annotations {
		if got := annotate(t, tt.in, d); got != tt.want {
			t.Errorf("%s:\n%q, want\n%q", tt.name, got, tt.want)
		}
	}
	if got := annotate(t, "", d); got != "" {
		t.Errorf("of nothing comes %q", got)
	}
	d.BOM = true
	if got := annotate(t, "\ufeff"+annotations[0].in, d); got != "\ufeff"+annotations[0].want {
		t.Errorf("BOM: %q", got)
	}
}

func TestAnnotateEncodings(t *testing.T) {
	for name, e := range map[string]interface {
		String(string) (string, error)
	}{
		UTF16LE: unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder(),
		UTF16BE: unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder(),
		GBK:     simplifiedchinese.GBK.NewEncoder(),
	} {
		const in, want = "编号,评论\n1,\"好, 很好\"\n", "编号,评论,sentiment,positive,windows\n1,\"好, 很好\",positive,0.9732,1\n"
		d := Dialect{Encoding: name, Delimiter: ',', Quoted: true, Header: true}
		if got := annotate(t, must(e.String(in)), d); got != must(e.String(want)) {
			t.Errorf("%s: %q, want %q", name, got, must(e.String(want)))
		}
	}
}

func TestAnnotateOneFieldALine(t *testing.T) {
	d := Dialect{Encoding: UTF8, Quoted: true}
	in, want := "Good, cheap\nplain\nsays \"no\"\n", "\"Good, cheap\",positive,0.9732,1\nplain,,,\n\"says \"\"no\"\"\",negative,0.0000,12\n"
	if got := annotate(t, in, d); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAnnotateRecordTooLarge(t *testing.T) {
	d := Dialect{Encoding: UTF8, Delimiter: ',', Quoted: true, Header: true}
	large := "1," + strings.Repeat("x", MaxRecord)
	got := annotate(t, "a,b\n"+large+"\n2,y\n", d)
	if want := "a,b,sentiment,positive,windows\n" + large + ",positive,0.9732,1\n2,y,,,\n"; got != want {
		t.Errorf("%d bytes that end in %q, want %d", len(got), got[max(0, len(got)-60):], len(want))
	}
}

func TestAnnotateErrors(t *testing.T) {
	d := Dialect{Encoding: UTF8, Delimiter: ',', Quoted: true, Header: true}
	broken := errors.New("disk full")
	err := Annotate(failing{broken}, strings.NewReader(strings.Repeat("a,b\n", 100_000)), d, false, byTurns)
	if !errors.Is(err, broken) {
		t.Errorf("a writer that fails: %v", err)
	}
	if err := Annotate(io.Discard, iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("a,b\n1,2\n"))), d, false, byTurns); !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("a reader that fails: %v", err)
	}
	var unreadable *Error
	if err := Annotate(io.Discard, strings.NewReader(strings.Repeat("x", MaxRecord+2)), d, false, byTurns); !errors.As(err, &unreadable) {
		t.Errorf("a header that never ends: %v", err)
	}
}

type failing struct{ error }

func (f failing) Write([]byte) (int, error) { return 0, f.error }

// Whatever the file: reading the annotated one gives the same records, in the same order, with three fields more.
func FuzzAnnotate(f *testing.F) {
	for _, tt := range annotations {
		f.Add([]byte(tt.in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		d := Dialect{Encoding: UTF8, Delimiter: ',', Quoted: true, Header: true}
		before, facts := read(t, bytes.NewReader(in), d)
		after, _ := read(t, strings.NewReader(annotate(t, string(in), d)), d)
		if len(after) != len(before) {
			t.Fatalf("%q: %d records become %d: %q", in, len(before), len(after), annotate(t, string(in), d))
		}
		for i := range before {
			want := before[i]
			if n := len(after[i]) - 3; n < len(want) || !slices.Equal(want, after[i][:len(want)]) {
				t.Fatalf("%q: record %d %q becomes %q (%+v)", in, i, want, after[i], facts[i])
			}
		}
	})
}
