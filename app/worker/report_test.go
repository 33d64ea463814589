package worker

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/api/wire"
	"reviewlens/app/message"
	"reviewlens/build/goldentest"
	"reviewlens/reviews/excerpt"
)

// kettles returns a file of reviews with every column that a report counts.
func kettles() string {
	var b strings.Builder
	b.WriteString("id,date,product,stars,title,review\n")
	first := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 600 {
		day := first.AddDate(0, 0, i*730/600)
		product, stars, title, text := "AB"[i%2], 5, "Note", "good kettle and quick to boil"
		switch {
		case i%50 == 7:
			title, text = "", ""
		case i%90 == 4:
			title, text = "", "Das Wasser kocht schnell und der Deckel schließt nicht richtig gut"
		case product == 'B' && day.Year() == 2025 && i%4 == 1:
			stars, text = 1, "bad kettle, the base melts"
		case i%9 == 2:
			stars, text = 2+i%4, "bad kettle, the lid broke"
		}
		if text != "" {
			text = fmt.Sprintf("%s, zebra %d", text, i%300)
		}
		fmt.Fprintf(&b, "%d,%s,Kettle %c,%d,%s,\"%s\"\n", i, day.Format(time.DateOnly),
			product, stars, title, text)
	}
	return b.String()
}

// The result of a run can be exported in the format of POST /v1/report, and is stored in the
// history, with these members and numbers.
func TestReportGolden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa", spread: true})
		p.open(t, "kettles.csv", kettles())
		p.start(t)
		end := p.wait(t, "changes", func(e message.Event) bool {
			return e.Name == message.EventProgress && len(e.Progress.Summary.Changes) > 0
		}).Progress
		data, err := json.Marshal(end.Summary)
		if err != nil {
			t.Fatal(err)
		}
		var report wire.Report
		if err := json.Unmarshal(data, &report); err != nil {
			t.Fatal(err)
		}
		if data, err = json.Marshal(report); err != nil {
			t.Fatal(err)
		}
		goldentest.CompareJSON(t, "report.golden", data)

		run, err := endedRun("1", "kettles.csv", "aaaaaaaaaaaa", *end)
		if err != nil {
			t.Fatal(err)
		}
		var members map[string]any // in any order
		if err := json.Unmarshal(run.Figures, &members); err != nil {
			t.Fatal(err)
		}
		if data, err = json.Marshal(members); err != nil {
			t.Fatal(err)
		}
		goldentest.CompareJSON(t, "figures.golden", data)
	})
}

// The quotes of a phrase contain it, however far from the beginning of its text it is.
func TestQuotesAroundPhrases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b strings.Builder
		b.WriteString("date,review\n")
		long := strings.Repeat("so it went on and on, ", 80)
		for i := range 300 {
			first, last := "good", "quick to boil"
			if i < 150 && i%5 == 0 || i >= 150 && i%5 > 0 {
				first, last = "bad", "the base melts"
			}
			fmt.Fprintf(&b, "2024-%02d-01,\"%s, %d. %s %s, %s\"\n", i/30+1, first, i, long, last,
				long)
		}
		p := newPage(t, &server{model: "aaaaaaaaaaaa", spread: true})
		p.open(t, "kettles.csv", b.String())
		p.start(t)
		sum := p.wait(t, "changes", func(e message.Event) bool {
			return e.Name == message.EventProgress && len(e.Progress.Summary.Changes) > 0
		}).Progress.Summary
		quoted := func(phrase string, rows []wire.Row) {
			t.Helper()
			if len(rows) == 0 {
				t.Errorf("%q is not quoted", phrase)
			}
			for _, row := range rows {
				if _, match, _ := excerpt.Short.Phrase(row.Text, phrase); match == "" ||
					len(row.Text) > 1200 {
					t.Errorf("row %d is quoted for %q with %d bytes: %q", row.Row, phrase,
						len(row.Text), row.Text)
				}
			}
		}
		for _, d := range sum.Drivers {
			quoted(d.Phrase, d.Rows)
		}
		if len(sum.Drivers) < 2 || len(sum.Changes[0].Phrases) == 0 {
			t.Fatalf("drivers %+v, changes %+v", sum.Drivers, sum.Changes)
		}
		for _, g := range sum.Changes[0].Phrases {
			quoted(g.Phrase, g.Rows)
		}
	})
}
