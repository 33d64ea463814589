package unpack

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// book is a workbook whose named parts are replaced, or added.
func book(t *testing.T, parts map[string]io.Reader) *bytes.Reader {
	t.Helper()
	f := excelize.NewFile()
	f.SetSheetRow("Sheet1", "A1", &[]any{"review", "stars"})
	f.SetSheetRow("Sheet1", "A2", &[]any{"good one", 5})
	whole, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(whole.Bytes()), int64(whole.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, part := range z.File {
		if parts[part.Name] == nil {
			if err := w.Copy(part); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, content := range parts {
		p, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(p, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(out.Bytes())
}

// repeated is begin, block n times, and end.
func repeated(begin, block string, n int, end string) io.Reader {
	const at = 1000
	many := strings.Repeat(block, at)
	readers := []io.Reader{strings.NewReader(begin)}
	for range n / at {
		readers = append(readers, strings.NewReader(many))
	}
	return io.MultiReader(append(readers, strings.NewReader(end))...)
}

const (
	sheet      = "xl/worksheets/sheet1.xml"
	shared     = "xl/sharedStrings.xml"
	sheetBegin = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`
	sheetEnd   = `</sheetData></worksheet>`
	cellsAt    = `<row><c r="%" t="inlineStr"><is><t>good one</t></is></c></row>`
)

// A small workbook that would take much memory or time is refused, and says why.
func TestWorkbookIsBounded(t *testing.T) {
	for name, tt := range map[string]struct {
		parts map[string]io.Reader
		want  string
	}{
		"far column": {map[string]io.Reader{sheet: repeated(sheetBegin,
			strings.Replace(cellsAt, "%", "XFD1", 1), 1000, sheetEnd)},
			"16384 columns; a table can have 10000"},
		"empty cells": {map[string]io.Reader{sheet: repeated(sheetBegin,
			strings.Replace(cellsAt, "%", "MZZ1", 1), 3000, sheetEnd)}, "empty cells beside"},
		"large cell": {map[string]io.Reader{sheet: repeated(sheetBegin+`<row><c t="inlineStr"><is><t>`, "good one ", 5_000_000, `</t></is></c></row>`+sheetEnd)}, "a cell has more than"},
		"large string": {map[string]io.Reader{shared: repeated(`<sst><si>`, "<r><t>x</t></r>",
			1_000_000, `</si></sst>`)}, "a cell has more than"},
		"strings": {map[string]io.Reader{shared: repeated(`<sst>`, "<si/>", 5_000_000,
			`</sst>`)}, "different texts"},
		"styles": {map[string]io.Reader{"xl/styles.xml": repeated(`<styleSheet>`, "<xf/>",
			4_000_000, `</styleSheet>`)}, "xl/styles.xml has 20"},
		"pictures": {map[string]io.Reader{"xl/media/1.png": repeated("", "picture ", 17_000_000,
			"")}, "remove pictures"},
	} {
		t.Run(name, func(t *testing.T) {
			r := book(t, tt.parts)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := writeSheet(t.Context(), io.Discard, r, r.Size(), "", new(Table))
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want one with %q", err, tt.want)
			}
			if took := after.TotalAlloc - before.TotalAlloc; took > 3<<30 {
				t.Errorf("%d bytes of memory for %d of file", took, r.Size())
			}
		})
	}
}

func TestWorkbook(t *testing.T) {
	for name, parts := range map[string]map[string]io.Reader{
		"as excelize writes it": nil,
		"with name spaces": {sheet: strings.NewReader(`<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>` +
			`<x:row><x:c t="inlineStr"><x:is><x:t>review</x:t></x:is></x:c><x:c t="inlineStr"><x:is><x:t>stars</x:t></x:is></x:c></x:row>` +
			`<x:row><x:c t="inlineStr"><x:is><x:t>good one</x:t></x:is></x:c><x:c><x:v>5</x:v></x:c></x:row></x:sheetData></x:worksheet>`)},
		"with much behind the cells": {sheet: repeated(sheetBegin+`<row><c t="inlineStr"><is><t>review</t></is></c><c t="inlineStr"><is><t>stars</t></is></c></row>`+
			`<row><c t="inlineStr"><is><t>good one</t></is></c><c><v>5</v></c></row></sheetData><mergeCells>`, `<mergeCell ref="A1:B2"/>`, 100_000, `</mergeCells></worksheet>`)},
	} {
		t.Run(name, func(t *testing.T) {
			r := book(t, parts)
			var out strings.Builder
			if err := writeSheet(t.Context(), &out, r, r.Size(), "", new(Table)); err != nil ||
				out.String() != "review,stars\ngood one,5\n" {
				t.Errorf("%q, %v", &out, err)
			}
		})
	}
}

func TestWorkbookHearsTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := book(t, nil)
	if err := writeSheet(ctx, io.Discard, r, r.Size(), "", new(Table)); !errors.Is(err,
		context.Canceled) {
		t.Errorf("checking: %v", err)
	}
	if _, err := openWorkbook(ctx, stuck{}, t.TempDir()); !errors.Is(err, context.Canceled) {
		t.Errorf("opening: %v", err)
	}
}

// stuck is a source that never gives anything.
type stuck struct{}

func (stuck) Read([]byte) (int, error) { select {} }
