package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/unicode"
)

func TestTableInterrupted(t *testing.T) {
	folder := t.TempDir()
	in, out := filepath.Join(folder, "in.csv"), filepath.Join(folder, "out.csv")
	if err := os.WriteFile(in, []byte("id,review\n1,good\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := run(ctx, []string{"table", in, "-o", out}, strings.NewReader(""), io.Discard, io.Discard)
	if exitStatus(err) != 130 {
		t.Errorf("run = %v, want exit status 130", err)
	}
	if _, err := os.Stat(out); !os.IsNotExist(err) {
		t.Errorf("the output is there: %v", err)
	}
}

// Lines below the table are also left out of a file that is larger than the sample.
func TestTableOfALargeFile(t *testing.T) {
	folder := t.TempDir()
	in, out := filepath.Join(folder, "in.csv"), filepath.Join(folder, "out.csv")
	rows := strings.Repeat("1,5,It works as it should\n2,1,It broke at once\n", 10_000)
	file := "id,stars,review\n" + rows + "Total,3.0,\n\nMade today\n"
	if err := os.WriteFile(in, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	command := []string{"table", in, "-o", out}
	err := run(t.Context(), command, strings.NewReader(""), io.Discard, &stderr)
	if err != nil || !strings.Contains(stderr.String(), "left out: what is below the table") {
		t.Errorf("run = %v, said %q", err, stderr.String())
	}
	want := strings.ReplaceAll("id,stars,review\n"+rows, "\n", "\r\n")
	if got, err := os.ReadFile(out); err != nil || string(got) != want {
		t.Errorf("%d bytes, %v, want %d; the end is %q", len(got), err, len(want),
			got[max(0, len(got)-60):])
	}
}

// Rows that were repaired are listed.
func TestTableListsRepairedRows(t *testing.T) {
	const file = "id,review,stars\n1,It works,5\n2,It broke\n3,Fine,4\n"
	var out, stderr strings.Builder
	err := run(t.Context(), []string{"table", "-"}, strings.NewReader(file), &out, &stderr)
	const want = "row 2 (line 3): 2 fields, 1 fewer than the first record"
	if err != nil || !strings.Contains(stderr.String(), want) {
		t.Errorf("run = %v, said %q, want %q", err, stderr.String(), want)
	}
}

// An encoding applies to the file; text that the program itself extracted from it is always UTF-8.
func TestTableInEncoding(t *testing.T) {
	folder := t.TempDir()
	book := excelize.NewFile()
	for i, cell := range []string{"Yorum", "Çok güzel bir ürün, şık"} {
		if err := book.SetCellValue("Sheet1", fmt.Sprintf("A%d", i+1), cell); err != nil {
			t.Fatal(err)
		}
	}
	workbook, err := book.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	const text = "\xc7ok g\xfczel bir \xfcr\xfcn, \xfe\xfdk" // in Windows-1254
	page := "<html><head><meta charset=windows-1254></head><table><tr><td>Yorum</td></tr>" +
		"<tr><td>" + text + "</td></tr></table></html>"
	for name, data := range map[string]string{
		"page.xls": page, "page.xls.gz": gzipped(t, page), "book.xlsx": workbook.String(),
		"book.xlsx.gz": gzipped(t, workbook.String()),
		"r.csv.gz":     gzipped(t, "Yorum\n\""+text+"\"\n"),
		"r.json":       "[\n{\"Yorum\": \"" + text + "\"}\n]\n",
		"wide.json":    wide(t, "[\n{\"Yorum\": \"Çok güzel bir ürün, şık\"}\n]\n"),
	} {
		in := filepath.Join(folder, name)
		if err := os.WriteFile(in, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		command := []string{"table", in, "-encoding", "windows-1254"}
		err := run(t.Context(), command, strings.NewReader(""), &out, io.Discard)
		const want = "Yorum\r\n\"Çok güzel bir ürün, şık\"\r\n"
		if got := out.String(); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, want)
		}
	}
}

// wide returns s as UTF-16 with its byte order mark.
func wide(t *testing.T, s string) string {
	t.Helper()
	out, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func gzipped(t *testing.T, s string) string {
	t.Helper()
	var out strings.Builder
	write := func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
	if err := zipped(write)(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
