package api

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

// A report counts the results of score and shows rows.
func TestReport(t *testing.T) {
	h, m, _ := newHandler(t, nil)
	file := "review,stars,date,product\ngood lid,5,2024-01-31,kettle\n,3,2024-02-01,pan\ngood " +
		"lid,1,2024-02-02,kettle\nbad lid,2,,\n"
	w := do(h, "POST", "/v1/report", wire.TypeCSV, strings.NewReader(file))
	var got wire.Report
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
		t.Fatalf("answered %d %s (%v)", w.Code, w.Body, err)
	}
	if got.Model != m.Manifest.ID || got.Rows != 4 || got.Scored != 3 || got.Positive != 3 ||
		got.Empty != 1 || got.Repeated != 1 || got.Against != 2 {
		t.Errorf("counts are %+v", got)
	}
	if want := (wire.Columns{Text: "review", Stars: "stars", Date: "date",
		Product: "product"}); !reflect.DeepEqual(got.Columns, want) {
		t.Errorf("columns are %+v, want %+v", got.Columns, want)
	}
	// Wilson's lower bound for 3 of 3: 0.4385
	if got.Share.Share != 1 || got.Share.Low < 0.4 || got.Share.Low > 0.5 {
		t.Errorf("share is %+v", got.Share)
	}
	if len(got.Stars) != 5 || got.Stars[4].Rows != 1 || got.Stars[0].Rows != 1 ||
		got.Stars[2].Rows != 0 {
		t.Errorf("stars are %+v", got.Stars)
	}
	if got.Unit != "day" || len(got.Periods) != 3 || got.Periods[0].From != "2024-01-31" ||
		got.Periods[1].Rows != 0 {
		t.Errorf("periods are %s %+v", got.Unit, got.Periods)
	}
	if got.ProductCount != 1 || got.Products[0].Name != "kettle" || got.Products[0].Rows != 2 {
		t.Errorf("products are %+v", got.Products)
	}

	// a text is as long as it is sent, whatever stands for it in JSON
	long := `{"texts": ["good ` + strings.Repeat("<", 3<<20) + `"]}`
	w = do(h, "POST", "/v1/report", wire.TypeJSON, strings.NewReader(long))
	got = wire.Report{}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Scored != 1 {
		t.Errorf("a long text answers %d %s", w.Code, w.Body)
	}

	for body, contentType := range map[string]string{
		`{"texts": ["good lid", "", "bad"]}`: wire.TypeJSON, "good lid\n\nbad\n": wire.TypePlain} {
		w := do(h, "POST", "/v1/report?model="+m.Manifest.ID, contentType, strings.NewReader(body))
		var got wire.Report
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Rows != 3 ||
			got.Scored != 2 || got.Empty != 1 {
			t.Errorf("%s answers %d %s", contentType, w.Code, w.Body)
		}
	}
}

func TestReportRefusals(t *testing.T) {
	h, m, _ := newHandler(t, nil)
	for _, tt := range []struct {
		name, query, contentType, body string
		want                           wire.Code
	}{
		{"no texts", "", wire.TypeJSON, `{"texts": []}`, wire.EmptyText},
		{"too many texts", "", wire.TypePlain, strings.Repeat("a\n", Limits.Texts+1),
			wire.TooManyTexts},
		{"a frame", "", wire.TypeFrame, "RVL\x01", wire.UnsupportedType},
		{"no such column", "?column=txet", wire.TypeCSV, "review\ngood lid\n", wire.BadFile},
		{"no text in it", "", wire.TypeCSV, "a,b\n1,2\n", wire.BadFile},
		{"another model", "?model=0123456789ab", wire.TypeJSON, `{"texts": ["a"]}`,
			wire.UnknownModel},
	} {
		w := do(h, "POST", "/v1/report"+tt.query, tt.contentType, strings.NewReader(tt.body))
		e, ok := wire.DecodeProblem(w.Body.Bytes())
		if !ok || e.Code != tt.want || w.Code != status[tt.want] {
			t.Errorf("%s answers %d %.200s, want %s", tt.name, w.Code, w.Body, tt.want)
		}
	}
	w := do(h, "POST", "/v1/score?model=0123456789ab", wire.TypeCSV,
		strings.NewReader("review\ngood lid\n"))
	if e, _ := wire.DecodeProblem(w.Body.Bytes()); e == nil || e.Code != wire.UnknownModel ||
		e.Model != m.Manifest.ID {
		t.Errorf("a file for another model answers %d %s", w.Code, w.Body)
	}
	w = do(h, "POST", "/v1/score?guard=yes", wire.TypeCSV, strings.NewReader("review\ngood lid\n"))
	if e, _ := wire.DecodeProblem(w.Body.Bytes()); e == nil || e.Code != wire.BadParameter ||
		!strings.Contains(e.Detail, "guard") {
		t.Errorf("guard=yes answers %d %s", w.Code, w.Body)
	}
}

// The phrases in a report have rows that contain them.
func TestReportDrivers(t *testing.T) {
	h, _, _ := newHandler(t, nil)
	e := &splitEngine{engineOf(t, h)}
	h = New(Options{Models: scoring.SingleModel(e)})
	var b strings.Builder
	b.WriteString("id,review\n")
	for i := range 40 {
		fmt.Fprintf(&b, "a%d,good number %d with a leaky lid\nb%d,bad number %d with a "+
			"quiet motor\n", i, i, i, i)
	}
	w := do(h, "POST", "/v1/report", wire.TypeCSV, strings.NewReader(b.String()))
	var got wire.Report
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, d := range got.Drivers {
		found[d.Phrase] = true
		if len(d.Rows) != 3 || d.Reviews != 40 || d.Share.Share != 1 {
			t.Errorf("driver %+v", d)
		}
		for _, r := range d.Rows {
			if !strings.Contains(r.Text, d.Phrase) || r.Sentiment != d.Sentiment || r.ID == "" {
				t.Errorf("%q is shown by row %+v", d.Phrase, r)
			}
		}
	}
	if !found["leaky lid"] || !found["quiet motor"] {
		t.Errorf("drivers are %v", found)
	}
}
