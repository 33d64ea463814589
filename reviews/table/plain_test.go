package table

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestWritePlain(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"semicolons", "id;review\n1;\"a;b\"\n2;c, d\n", "id,review\r\n1,a;b\r\n2,\"c, d\"\r\n"},
		{"tabs and quotes as text", "id\treview\n1\tthe 5\" one\n2\t\"so\" said\n",
			"id,review\r\n1,\"the 5\"\" one\"\r\n2,\"\"\"so\"\" said\"\r\n"},
		{"lines in a field", "id,review\n1,\"a\nb\"\n2,c\n", "id,review\r\n1,\"a\nb\"\r\n2,c\r\n"},
		{"UTF-16", "\xff\xfei\x00d\x00,\x00r\x00\n\x001\x00,\x00\xe9\x00\n\x00", "id,r\r\n1,é\r\n"},
		{"ragged", "id,rating,review\n1,5\n2,4,good,more\n3,5,fine\n",
			"id,rating,review\r\n1,5\r\n2,4,good,more\r\n3,5,fine\r\n"},
		{"an empty field", "review\n\"\"\ngood thing\n", "review\r\n\"\"\r\ngood thing\r\n"},
		{"JSON lines", "{\"a\": \"x\", \"b\": 1}\n{\"a\": \"y, z\"}\n",
			"a,b\r\nx,1\r\n\"y, z\",\r\n"},
	} {
		d, err := Sniff([]byte(c.in), true)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var b bytes.Buffer
		if err := WritePlain(&b, strings.NewReader(c.in), d, nil); err != nil ||
			b.String() != c.want {
			t.Errorf("%s: %q, %v, want %q", c.name, b.String(), err, c.want)
		}
	}
}

func TestWritePlainSkips(t *testing.T) {
	var skipped []int
	var b bytes.Buffer
	d := Dialect{Keys: []string{"a"}, Header: true}
	in := strings.NewReader("{\"a\": 1}\n{\"a\n{\"a\": 3}\n")
	err := WritePlain(&b, in, d, func(r Record) {
		if r.Err != nil {
			skipped = append(skipped, r.Err.Record)
		}
	})
	if want := "a\r\n1\r\n3\r\n"; err != nil || b.String() != want ||
		!slices.Equal(skipped, []int{2}) {
		t.Errorf("%q, skipped %v, %v; want %q, skipped 2", b.String(), skipped, err, want)
	}
}

// betweenTexts matches two quotes that may have lost the delimiter between them.
var betweenTexts = regexp.MustCompile(`([!-/:-~]|[^\x00-\x7f])""([a-zA-Z]|[^\x00-\x7f])`)

// The output is read as the same records, by this package and by encoding/csv.
func FuzzWritePlain(f *testing.F) {
	f.Add([]byte("id,review\n1,\"a\nb\"\n"))
	f.Add([]byte("a;b\n;\"x\"\"y\"\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		d, err := Sniff(in, true)
		if err != nil {
			t.Skip()
		}
		var plain, again bytes.Buffer
		if err := WritePlain(&plain, bytes.NewReader(in), d, nil); err != nil {
			t.Skip() // the header is too large
		}
		if betweenTexts.Match(plain.Bytes()) {
			t.Skip() // a short row with this is taken for one that lacks a delimiter, and said
		}
		same := Dialect{Delimiter: ',', Quoted: true, Header: d.Header || d.Keys != nil}
		err = WritePlain(&again, bytes.NewReader(plain.Bytes()), same, nil)
		if err != nil && plain.Len() > 0 {
			t.Fatal(err)
		}
		if !bytes.Equal(plain.Bytes(), again.Bytes()) {
			t.Fatalf("%q, and again %q", plain.Bytes(), again.Bytes())
		}
		r := csv.NewReader(&plain)
		r.FieldsPerRecord = -1
		if _, err := r.ReadAll(); err != nil {
			t.Fatal(err)
		}
	})
}
