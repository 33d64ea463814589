package worker

import (
	"strings"
	"testing"
	"testing/synctest"

	"reviewlens/app/journal/journaltest"
	"reviewlens/app/message"

	"golang.org/x/text/encoding/unicode"
)

// A question is answered by reading the file again; the settings stay, also in a kept run.
func TestQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		preview, count := p.open(t, "r.csv", "date,review\n03/04/2024,a good lid it is\n"+
			"05/04/2024,a bad lid it is\nsoon,so so it is\n")
		if len(preview.Questions) != 1 || preview.Cells.Order != message.MonthFirst {
			t.Fatalf("asked: %+v, told %+v", preview.Questions, preview.Cells)
		}
		day := preview.Questions[0].Options[0]
		if day.Order != message.DayFirst || day.Rows[0] != [2]string{"03/04/2024", "3 April 2024"} {
			t.Errorf("first option: %+v", day)
		}
		p.w.Do(message.Command{Name: message.Interpret,
			Cells: &message.CellSettings{Order: day.Order}}, nil)
		preview = *p.preview(t)
		if len(preview.Questions) != 0 || preview.Cells.Order != message.DayFirst {
			t.Errorf("asked again: %+v, told %+v", preview.Questions, preview.Cells)
		}
		count = *p.wait(t, "the count", counted).Count
		const doubt = `1 of 3 dates were not understood, the first in row 3: "soon"`
		if len(count.Doubts) != 1 || count.Doubts[0] != doubt {
			t.Errorf("not understood: %q", count.Doubts)
		}
		p.w.Do(message.Command{Name: message.Interpret, Columns: &preview.Columns}, nil)
		if preview = *p.preview(t); preview.Cells.Order != message.DayFirst {
			t.Errorf("forgotten: %+v", preview.Cells)
		}
		p.wait(t, "the count", counted)
		if got := p.start(t).Summary.Periods[0].From; got != "2024-04-03" {
			t.Errorf("the first day is %s", got)
		}
	})
}

// The languages of the first texts are reported before anything is scored.
func TestLanguagesAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		_, count := p.open(t, "r.csv", "id,review\n1,a good lid it is\n"+
			"2,Das ist leider ein schlechter Deckel\n3,☺☺\n4,☺☺\n")
		if count.Looked != 3 || count.Unread != 2 || count.NoWords != 1 {
			t.Errorf("%+v", count)
		}
	})
}

func (p *page) preview(t *testing.T) *message.Preview {
	t.Helper()
	return p.wait(t, "the preview", named(message.EventPreview)).Preview
}

func counted(e message.Event) bool { return e.Name == message.EventCount && e.Count.Done }

// The lines above another table of reviews are offered, and reading that one offers the first.
func TestOtherTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		preview, _ := p.open(t, "r.csv", "id,stars,review,date\n"+
			strings.Repeat("1,5,a good lid it is,2026-01-13\n2,1,it leaks at once,2026-01-14\n"+
				"3,4,no better pan than this,2026-02-13\n", 3)+"\ncomment,rating,name\n"+
			"a bad pan it is,2,Ann\nit is late,1,Bob\nquick answers,5,Cy\n")
		if preview.OtherPreamble != 11 || preview.Dialect.Preamble != 0 {
			t.Fatalf("read as %+v, the other has %d lines above it", preview.Dialect,
				preview.OtherPreamble)
		}
		preview.Dialect.Preamble = preview.OtherPreamble
		p.w.Do(message.Command{Name: message.Interpret, Dialect: &preview.Dialect}, nil)
		preview = *p.preview(t)
		if c := p.wait(t, "the count", counted).Count; c.Rows != 3 ||
			preview.Header[preview.Columns.Text] != "comment" || preview.OtherPreamble != 0 ||
			len(preview.Doubts) != 1 {
			t.Errorf("%d rows, in doubt %q, read as %+v", c.Rows, preview.Doubts,
				preview.Dialect)
		}
	})
}

// An encoding that the reader chose is no longer a guess.
func TestEncodingIsChosen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		p := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, folder)
		preview, _ := p.open(t, "r.csv", "id,review\n1,ma\xb3y lid it is\n2,a bad lid it is\n")
		if len(preview.Doubts) != 1 || preview.Dialect.Encoding != "windows-1250" {
			t.Fatalf("read as %+v, in doubt %q", preview.Dialect, preview.Doubts)
		}
		preview.Dialect.Encoding = "iso-8859-2"
		for range 2 {
			p.w.Do(message.Command{Name: message.Interpret, Dialect: &preview.Dialect}, nil)
			preview = *p.preview(t)
			p.wait(t, "the count", counted)
			if len(preview.Doubts) > 0 || preview.Dialect.Encoding != "iso-8859-2" {
				t.Errorf("read as %+v, in doubt %q", preview.Dialect, preview.Doubts)
			}
		}

		// The lines of a document in UTF-16 are UTF-8, and stay so after a reload.
		wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().
			String("[\n{\"review\": \"a bäd lid it is\"}\n]")
		if err != nil {
			t.Fatal(err)
		}
		preview, _ = p.open(t, "r.json", wide)
		preview.Dialect.Encoding = "utf-16le"
		p.w.Do(message.Command{Name: message.Interpret, Dialect: &preview.Dialect}, nil)
		preview = *p.preview(t)
		p.wait(t, "the count", counted)
		if preview.Dialect.Encoding != "utf-8" || preview.Rows[0][0] != "a bäd lid it is" ||
			!preview.UTF8 {
			t.Errorf("read as %+v: %q", preview.Dialect, preview.Rows)
		}
		run := p.start(t).Run
		after := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, folder.After())
		after.w.Do(message.Command{Name: message.Resume, Run: run}, nil)
		preview = *after.preview(t)
		after.wait(t, "the end", inState(message.Finished))
		preview.Dialect.Encoding = "utf-16le"
		after.w.Do(message.Command{Name: message.Interpret, Dialect: &preview.Dialect}, nil)
		preview = *after.preview(t)
		after.wait(t, "the count", counted)
		if preview.Dialect.Encoding != "utf-8" || preview.Rows[0][0] != "a bäd lid it is" ||
			!preview.UTF8 {
			t.Errorf("after a reload, read as %+v: %q", preview.Dialect, preview.Rows)
		}
	})
}
