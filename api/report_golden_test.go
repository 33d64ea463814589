package api

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/build/goldentest"
)

// kettles returns a file with every column that a report counts, with reviews of two kettles: B
// melts from the second year on, and the stars of some contradict their texts.
func kettles() string {
	var b strings.Builder
	b.WriteString("id,when,product,stars,title,review\n")
	first := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 600 {
		day := first.AddDate(0, 0, i*730/600)
		product, stars := "AB"[i%2], 5
		title, text := fmt.Sprint("Good, note ", i%300), "good kettle and quick to boil"
		switch {
		case i%50 == 7:
			title, text = "", ""
		case i%90 == 4:
			title, text = "", "Das Wasser kocht schnell und der Deckel schließt nicht richtig gut"
		case product == 'B' && day.Year() == 2025 && i%4 == 1:
			stars, title, text = 1, fmt.Sprint("Bad, note ", i%300), "bad kettle, the base melts"
		case i%9 == 2:
			stars, title, text = 2+i%4, fmt.Sprint("Bad, note ", i), "bad kettle, the lid broke"
		}
		fmt.Fprintf(&b, "%d,%s,Kettle %c,%d,\"%s\",\"%s\"\n", i, day.Format(time.DateOnly),
			product, stars, title, text)
	}
	return b.String()
}

// The response of POST /v1/report has these members in this order.
func TestReportGolden(t *testing.T) {
	h, m, _ := newHandler(t, nil)
	h = New(Options{Models: scoring.SingleModel(&splitEngine{engineOf(t, h)})})
	for name, body := range map[string]struct{ contentType, text string }{
		"report":       {wire.TypeCSV, kettles()},
		"report_texts": {wire.TypeJSON, `{"texts": ["good lid", "", "bad", "good lid"]}`},
	} {
		w := do(h, "POST", "/v1/report", body.contentType, strings.NewReader(body.text))
		if w.Code != 200 {
			t.Fatalf("%s answers %d %s", name, w.Code, w.Body)
		}
		got := bytes.ReplaceAll(w.Body.Bytes(), []byte(m.Manifest.ID), []byte("MODEL"))
		goldentest.CompareJSON(t, name+".golden", got)
	}
}
