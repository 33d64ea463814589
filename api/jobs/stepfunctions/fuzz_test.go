package stepfunctions

import (
	"bytes"
	"testing"

	"reviewlens/api/scoring"
	"reviewlens/reviews/table"
)

// A range by itself has the texts that it has in the file, whatever is wrong with the file's
// quotes.
func FuzzRanges(f *testing.F) {
	for _, file := range []string{
		"id,review\n" + rows(40), rows(24), "a\n\"b\nc\n", "0,\",,\n00\",\",,0", "\"00\n\"0\"",
		"id,review\n1,\"a\"\" \"b\n2,\"c\n3,d,\"e\n4,\"f\",g\"\n", "{\"a\":\"b\"}\n{\"a\":1}\n[\n",
		"\ufeffid;review\r1;\"x\r2;y\"\r", "\"a,\"\"b\"\"\"\n\"c,\"\"d\"\"\"\n",
		"\xff\xfea\x00,\x00b\x00\n\x00\"\x00c\x00\n\x00d\x00",
		"sep=;\nid;date;review\n1;2024-01-15;It works\n2;2024-02-15;It " +
			"broke\nid;date;review\n3;2024-03-15;Good value\nTotal;;3\n",
		"Export\n\nid,date,review\n1,2024-01-15,It works\n2,2024-02-15,It " +
			"broke\n\nExported today\n",
	} {
		f.Add([]byte(file), 1)
		f.Add([]byte(file), 3)
	}
	f.Fuzz(func(t *testing.T, data []byte, most int) {
		if most < 1 || most > 50 {
			return
		}
		file, err := scoring.Open(t.Context(), bytes.NewReader(data),
			table.Options{Text: "1", Title: "-"})
		if err != nil {
			return
		}
		ranges, err := cut(t.Context(), file, "{text}", int64(len(data)), most, Rows)
		if err != nil {
			t.Fatal(err)
		}
		p := plan{Dialect: file.Dialect, Columns: file.Columns}
		if file.Dialect.Keys == nil {
			p.Width = len(file.Names)
		}
		if p.Head, err = head(file.Source, file.Dialect, ranges); err != nil {
			t.Fatal(err)
		}
		for _, r := range ranges {
			if err := same(t.Context(), chunkFile(p, r.N, data[r.From:r.To]), "{text}",
				r); err != nil {
				t.Errorf("%+v: %v", file.Dialect, err)
			}
		}
	})
}
