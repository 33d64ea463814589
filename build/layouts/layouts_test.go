package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// reached is the reader's current result on the sample of TestReading, in percent of files. Raise
// the numbers as it improves; they prevent unnoticed regressions.
var reached = map[string]float64{
	"text": 100, "title": 100, "stars": 100, "scale": 99.2, "date": 100, "order": 100,
	"product": 99.3, "header": 99.3, "left": 91.6, "rows": 98.7, "texts": 96.7,
	"values": 99.2, "days": 98.5,
}

// mostSilent is how many texts of the sample may be wrong without a doubt reported.
const mostSilent = 0

// of returns the share of correct files in a role; 1 without any.
func (s *Scores) of(row, role string) float64 {
	if c := s.byRole[row][role]; c != nil {
		return float64(c.right) / float64(c.all)
	}
	return 1
}

// TestReading reads one file in 25; make test-layouts reads all.
func TestReading(t *testing.T) {
	scores := newScores()
	generateSome(layouts(t), seed, 25, func(f File) { scores.add(f, read(f.Name, f.Data)) })
	if scores.files < 140 {
		t.Errorf("%d files, want 140 or more", scores.files)
	}
	for role, least := range reached {
		if got := 100 * scores.of("all", role); got < least {
			t.Errorf("%s: right in %.2f%% of the files, want %.2f%%", role, got, least)
		}
	}
	if len(scores.silent) > mostSilent {
		t.Errorf("%d silent wrong texts, want at most %d:\n%s", len(scores.silent), mostSilent,
			strings.Join(scores.silent, "\n"))
	}
	for role := range reached {
		t.Logf("%q: %.2f,", role, 100*scores.of("all", role))
	}
	t.Logf("%d silent", len(scores.silent))
}

// TestGenerate checks the number of files, and that each is consistent.
func TestGenerate(t *testing.T) {
	all := layouts(t)
	if len(all) < 180 {
		t.Errorf("%d layouts, want 180 or more", len(all))
	}
	names := map[string]bool{}
	for _, l := range all {
		if names[l.Name] {
			t.Errorf("layout %q is there twice", l.Name)
		}
		names[l.Name] = true
	}
	var first, second []File
	generateSome(all, seed, 40, func(f File) { first = append(first, f) })
	generateSome(all, seed, 40, func(f File) { second = append(second, f) })
	for i, f := range first {
		if !bytes.Equal(f.Data, second[i].Data) ||
			fmt.Sprint(f.Want) != fmt.Sprint(second[i].Want) {
			t.Errorf("%s differs from itself", f.Name)
		}
		if len(f.Want.Rows) < 12 || len(f.Want.Text) == 0 || f.Want.Text[0] < 0 {
			t.Errorf("%s has %d rows and the text %v", f.Name, len(f.Want.Rows), f.Want.Text)
		}
	}
}

// TestJudge: the wanted reading itself is right in every role, and each error shows in its role.
func TestJudge(t *testing.T) {
	var files []File
	generateSome(layouts(t), seed, 21, func(f File) { files = append(files, f) })
	for _, f := range files {
		for role, right := range judge(f, f.Want.Reading) {
			if !right {
				t.Errorf("%s: the wanted reading is wrong in %s", f.Name, role)
			}
		}
	}
	f := files[0]
	for role, spoil := range map[string]func(*Reading){
		"text":  func(r *Reading) { r.Text = []int{len(r.Names)} },
		"title": func(r *Reading) { r.Title = len(r.Names) },
		"stars": func(r *Reading) { r.Stars = len(r.Names) },
		"date":  func(r *Reading) { r.Date = len(r.Names) },
		"rows":  func(r *Reading) { r.Rows = r.Rows[1:] },
		"texts": func(r *Reading) { r.Rows = append([]Row{{Texts: []string{"?"}}}, r.Rows[1:]...) },
	} {
		got := f.Want.Reading
		spoil(&got)
		if judge(f, got)[role] {
			t.Errorf("a wrong %s is right", role)
		}
	}
}

func TestLayoutMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"columns a = text":                             "before the first layout",
		"layout A\nsource x\ncolumns a = txet":         `"txet"`,
		"layout A\nsource x\ncolumns a":                "name = kind",
		"layout A\ncolumns a = text":                   "lacks its source",
		"layout A\nsource x\nencoding ebcdic":          "ebcdic",
		"layout A\nsource x\ndialect colon":            "colon",
		"layout A\nsource x\nsorted\ncolumns a = text": `"sorted"`,
	} {
		if _, err := parseLayouts("test", text); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("parseLayouts(%q) = %v, want an error with %s", text, err, want)
		}
	}
}

func layouts(t *testing.T) []Layout {
	t.Helper()
	all, err := loadLayouts()
	if err != nil {
		t.Fatal(err)
	}
	return all
}
