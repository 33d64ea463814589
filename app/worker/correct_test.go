package worker

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/app/journal/journaltest"
	"reviewlens/app/message"
)

// correct marks a row and waits until the correction is stored.
func (p *page) correct(t *testing.T, row int, sentiment string) message.Correction {
	t.Helper()
	p.w.Do(message.Command{Name: message.Correct, Row: row, Sentiment: sentiment}, nil)
	return *p.wait(t, "correction", named(message.EventCorrection)).Correction
}

func (p *page) row(t *testing.T, n int) message.Row {
	t.Helper()
	p.w.Do(message.Command{Name: message.Rows, From: n - 1, To: n}, nil)
	return p.wait(t, "rows", named(message.EventRows)).Rows.Rows[0]
}

// A reader's corrections are counted separately from the model's numbers, apply to all reviews with
// the same text, are exported for training, and are restored after the tab was closed, even if the
// run had ended.
func TestCorrections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		s := &server{model: "aaaaaaaaaaaa"}
		p := newPageOn(t, s, folder)
		p.open(t, "r.csv", many(600)) // rows 1 and 4, of equal text, are positive; 2 and 5 negative
		end := p.start(t)
		if end.Summary.Corrected != nil || end.Summary.Positive != 200 {
			t.Fatalf("before: %+v", end.Summary)
		}
		c := p.correct(t, 4, "negative")
		if c.Row != 4 || c.Sentiment != "negative" || c.Reviews != 2 || !c.Kept ||
			c.Corrected.Reviews != 2 || math.Abs(c.Corrected.Share.Share-198.0/600) > 1e-9 {
			t.Errorf("correction = %+v, %+v", c, c.Corrected)
		}
		p.correct(t, 2, "positive")
		p.correct(t, 2, "unsure")
		p.correct(t, 8, "positive")
		if c := p.correct(t, 8, ""); c.Sentiment != "" || c.Corrected.Reviews != 4 {
			t.Errorf("taken back = %+v, %+v", c, c.Corrected)
		}
		p.correct(t, 7, "unsure")
		if c := p.correct(t, 7, "positive"); c.Sentiment != "" || c.Corrected.Reviews != 4 {
			t.Errorf("corrected to what the model says = %+v, %+v", c, c.Corrected)
		}
		// there is no such row
		p.w.Do(message.Command{Name: message.Correct, Row: 601, Sentiment: "positive"}, nil)
		if r := p.row(t, 1); r.Sentiment != "positive" || r.Corrected != "negative" {
			t.Errorf("row 1 = %+v; it has the text of row 4", r)
		}
		p.w.Do(message.Command{Name: message.Show, Row: 5}, nil)
		if whole := p.wait(t, "row", named(message.EventWhole)).
			Whole; whole.Row.Corrected != "unsure" || whole.Same != 2 {
			t.Errorf("row 5 = %+v", whole)
		}
		sel, _ := p.look(t, message.View{ID: 1,
			Filters: []message.Filter{{By: message.IsCorrected}}})
		if sel.Rows != 4 {
			t.Errorf("%d rows are corrected, want 4", sel.Rows)
		}

		lines := func(p *page) string {
			p.w.Do(message.Command{Name: message.Download, What: message.Corrections}, nil)
			if name := p.wait(t, "download", named(message.EventDownload)).
				File; name != "r-corrections.jsonl" {
				t.Errorf("name = %s", name)
			}
			return p.file.String()
		}
		want := `{"title":"","text":"good kettle, zebra 0","sentiment":"negative","scored":"positive","positive":0.99,"model":"aaaaaaaaaaaa","file":"r.csv","row":1}
{"title":"","text":"bad kettle, zebra 1","sentiment":"unsure","scored":"negative","positive":0.01,"model":"aaaaaaaaaaaa","file":"r.csv","row":2}
`
		if got := lines(p); got != want {
			t.Errorf("the file of corrections:\n%swant\n%s", got, want)
		}
		if _, scored := p.download(t); !strings.Contains(scored, "\n3,4,\"good kettle, zebra "+
			"0\",positive,0.9900,1\n") {
			t.Error("the file with its scores has the reader's word instead of the model's")
		}

		p.w.Do(message.Command{Name: message.Close}, nil)
		kept := p.wait(t, "list", named(message.EventKept)).Kept
		if len(kept.Runs) != 1 || kept.Runs[0].Scored != 300 || kept.Runs[0].Corrected != 2 {
			t.Fatalf("kept = %+v", kept)
		}
		after := newPageOn(t, s, folder.After())
		again := after.resume(t, kept.Runs[0].ID, nil)
		if again.Summary.Corrected == nil || again.Summary.Corrected.Reviews != 4 ||
			again.Summary.Corrected.Share.Share != 198.0/600 {
			t.Errorf("after the tab was closed: %+v", again.Summary.Corrected)
		}
		if got := lines(after); got != want {
			t.Errorf("the file of corrections afterwards:\n%s", got)
		}
		after.correct(t, 1, "")
		after.correct(t, 2, "")
		after.w.Do(message.Command{Name: message.Close}, nil)
		if kept := after.wait(t, "list", named(message.EventKept)).Kept; len(kept.Runs) != 0 {
			t.Errorf("a finished run without corrections stays: %+v", kept.Runs)
		}
	})
}

// The history has the model's results, whose share no later correction changes: it does not show
// corrections made before the end of a run, not even for a run stored with them.
func TestCorrectionsAreNotInTheHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		p := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, folder)
		p.open(t, "r.csv", many(60))
		id := p.start(t).Run
		p.correct(t, 1, "negative")
		after := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, folder.After())
		if end := after.resume(t, id, nil); end == nil || end.Summary.Corrected == nil {
			t.Fatalf("it is not corrected: %v", end != nil)
		}
		corrected := func(what string) {
			t.Helper()
			after.w.Do(message.Command{Name: message.OpenRun, Run: id}, nil)
			run := after.wait(t, "the run", named(message.EventRun)).Run
			if run.Summary.Scored != 60 || run.Summary.Corrected != nil {
				t.Errorf("%s: %d reviews, corrected %+v", what, run.Summary.Scored,
					run.Summary.Corrected)
			}
		}
		synctest.Wait()
		corrected("noted now")
		run, err := after.w.localRun(id)
		if err != nil || bytes.Contains(run.Figures, []byte("corrected")) {
			t.Errorf("noted are %s, %v", run.Figures, err)
		}
		run.Figures = append([]byte(`{"corrected":{"reviews":2},`), run.Figures[1:]...)
		if err := after.w.putLocal(run); err != nil {
			t.Fatal(err)
		}
		corrected("noted before")
	})
}

// A row with malformed quotes is repaired when it is read alone as it is when the whole file is:
// what is shown and corrected is the text that was scored.
func TestRepairedRows(t *testing.T) {
	const header = "id,stars,title,review,date\n"
	rows := ""
	for i := range 9 {
		rows += fmt.Sprintf("1,5,kettle,good zebra %d,2024-01-02\n", i)
	}
	for about, tt := range map[string]struct{ row, title, text string }{
		"a quote before a quoted field": {"\"2,1,odd,\"bad, at once\",2024-01-03", "odd",
			"bad, at once"},
		"a delimiter lacks before a quote": {"2,1,odd\"bad, at once, and leaks\",2024-01-03", "odd",
			"bad, at once, and leaks"},
		"a delimiter lacks between quotes": {"2,1,\"odd\"\"bad, at once\",2024-01-03", "odd",
			"bad, at once"},
		"quotes are not doubled": {"2,1,\"odd, 48\"\",\"bad, at once\",2024-01-03", "odd, 48\"",
			"bad, at once"},
	} {
		synctest.Test(t, func(t *testing.T) {
			folder := &journaltest.Folder{}
			s := &server{model: "aaaaaaaaaaaa"}
			p := newPageOn(t, s, folder)
			p.open(t, "r.csv", header+rows+tt.row+"\n"+rows)
			p.start(t)
			r := p.row(t, 10)
			if r.Title != tt.title || r.Text != tt.text || r.Sentiment != "negative" {
				t.Errorf("%s: the row is %+v", about, r)
			}
			p.w.Do(message.Command{Name: message.Show, Row: 10}, nil)
			whole := p.wait(t, "row", named(message.EventWhole)).Whole
			if whole.Row.Text != tt.text || len(whole.Fields) != 3 ||
				whole.Fields[2].Value != "2024-01-03" {
				t.Errorf("%s: the whole row is %+v", about, whole)
			}
			p.correct(t, 10, "unsure")
			p.w.Do(message.Command{Name: message.Close}, nil)
			kept := p.wait(t, "list", named(message.EventKept)).Kept
			after := newPageOn(t, s, folder.After())
			again := after.resume(t, kept.Runs[0].ID, nil)
			if again.Summary.Corrected == nil || again.Summary.Corrected.Reviews != 1 {
				t.Errorf("%s: after the tab was closed: %+v", about, again.Summary.Corrected)
			}
		})
	}
}

// Another model's scores replace the old ones; the reader's corrections stay.
func TestCorrectionsOutliveTheModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		p := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, folder)
		p.open(t, "r.csv", many(60))
		p.start(t)
		p.correct(t, 1, "negative")
		for range 2 { // with the new model, and with what that has left behind
			after := newPageOn(t, &server{model: "bbbbbbbbbbbb"}, folder.After())
			folder = after.w.Folder.(*journaltest.Folder)
			if end := after.resume(t, after.kept(t).Runs[0].ID, nil); end.Summary.Corrected ==
				nil || end.Summary.Corrected.Reviews != 2 {
				t.Errorf("corrected = %+v", end.Summary.Corrected)
			}
		}
	})
}

// Without a folder the correction counts, and the page is told that it is lost with the tab.
func TestCorrectionsThatCannotBeKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, nil)
		p.open(t, "r.csv", many(60))
		p.start(t)
		if c := p.correct(t, 1, "negative"); c.Kept || c.Reviews != 2 {
			t.Errorf("correction = %+v", c)
		}
	})
}

// Corrections survive reading the file in another way: with the texts that are unchanged, and else
// with the run that they were made in.
func TestCorrectionsOutliveAReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, &journaltest.Folder{})
		preview, _ := p.open(t, "r.csv", many(60))
		first := p.start(t)
		p.correct(t, 4, "negative")
		p.correct(t, 2, "unsure")
		time.Sleep(time.Second) // run IDs are times

		stars, other := preview.Columns, preview.Columns
		stars.Stars, other.Text = -1, 0
		p.interpret(t, nil, &stars)
		second := p.start(t)
		if c := second.Summary.Corrected; c == nil || c.Texts != 2 || c.Reviews != 4 {
			t.Fatalf("without stars: %+v", c)
		}
		time.Sleep(time.Second)
		p.interpret(t, nil, &other)
		if c := p.start(t).Summary.Corrected; c != nil {
			t.Errorf("of another text: %+v", c)
		}
		time.Sleep(time.Second)
		p.interpret(t, nil, &stars)
		if c := p.start(t).Summary.Corrected; c == nil || c.Texts != 2 {
			t.Errorf("of the first text again: %+v", c)
		}
		p.correct(t, 4, "")
		p.interpret(t, nil, &preview.Columns)
		if c := p.start(t).Summary.Corrected; c == nil || c.Texts != 1 {
			t.Errorf("one was taken back: %+v", c)
		}
		p.w.Do(message.Command{Name: message.Close}, nil)
		corrected := map[string]int{}
		for _, r := range p.kept(t).Runs {
			corrected[r.ID] = r.Corrected
		}
		if corrected[first.Run] != 2 || corrected[second.Run] != 2 {
			t.Errorf("kept are %v, want two corrections in %s and %s", corrected, first.Run,
				second.Run)
		}
	})
}
