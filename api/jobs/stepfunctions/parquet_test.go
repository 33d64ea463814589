package stepfunctions

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"reviewlens/api/jobs"
	"reviewlens/api/model"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/stats"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
)

// The rows kept for reports are the report's, have no text, and are deleted with their job.
func TestParquet(t *testing.T) {
	var file strings.Builder
	file.WriteString("id,product,review,stars,date\n")
	for i := range 1100 {
		switch i % 10 {
		case 4:
			fmt.Fprintf(&file, "%d,,,,\n", i)
		case 5:
			fmt.Fprintf(&file, "%d,\"Lid, small\",It smells of tar on day %d,0.5,1969-12-31\n", i,
				i)
		default:
			fmt.Fprintf(&file, "%d,Kettle %d,It smells of tar on day %d,%d,2024-05-%02d\n", i, i%3,
				i, i%5+1, i%28+1)
		}
	}
	c := newCloudOf(t, newFake(t))
	plain := c.submit("me", file.String(), jobs.Request{})
	c.until("me", plain.ID, wire.Finished)
	if keys := c.keys("rows/"); len(keys) > 0 {
		t.Errorf("nobody asked for %q", keys)
	}
	c.steps.Rows = true
	j := c.submit("me", file.String(), jobs.Request{})
	j = c.until("me", j.ID, wire.Finished)
	keys := c.keys("rows/")
	if len(keys) != 1 ||
		!strings.HasPrefix(keys[0], "rows/made="+j.Created.Format(time.DateOnly)+"/") {
		t.Fatalf("kept %q", keys)
	}
	data, _, err := c.service.bucket.get(t.Context(), keys[0], 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := parquet.Read[reportRow](bytes.NewReader(data), int64(len(data)))
	if err != nil || strings.Contains(fmt.Sprint(rows), "smells") {
		t.Fatalf("%d rows, some with a review's text, or %v", len(rows), err)
	}
	var sums stats.Summary
	products := map[string]int{}
	for i, r := range rows {
		if r.Job != j.ID || r.Model != j.Model || int(r.Record) != i+1 || r.ID != fmt.Sprint(i) ||
			(r.Positive == nil) != (r.Sentiment == "") {
			t.Fatalf("row %d is %+v", i+1, r)
		}
		result, facts := reviews.Result{}, reviews.Facts{Stars: r.Stars}
		if r.Positive != nil {
			products[r.Product]++
			result.Positive, result.Sentiment =
				*r.Positive, map[string]reviews.Sentiment{"positive": reviews.Positive,
					"negative": reviews.Negative, "unsure": reviews.Unsure}[r.Sentiment]
		}
		if r.Written != nil {
			facts.Day = reviews.Day(*r.Written + 1)
		}
		sums.Add(result, facts)
	}
	made, _ := c.read("me", j.ID, jobs.Report)
	var report wire.Report
	if err := json.Unmarshal(made, &report); err != nil {
		t.Fatal(err)
	}
	unit, periods := sums.Trend()
	got := []int{sums.Rows, sums.Scored, sums.Positive, sums.Negative, sums.Unsure, sums.Empty,
		sums.Against, len(periods), len(products)}
	want := []int{report.Rows, report.Scored, report.Positive, report.Negative, report.Unsure,
		report.Empty, report.Against, len(report.Periods), report.ProductCount}
	if diff := cmp.Diff(want, got); diff != "" || unit != report.Unit || sums.Against == 0 ||
		sums.Empty == 0 {
		t.Errorf("the rows do not add up to the report, of %s and %s:\n%s", report.Unit, unit, diff)
	}
	for _, p := range report.Products {
		if products[p.Name] != p.Rows {
			t.Errorf("%s has %d rows, in the report %d", p.Name, products[p.Name], p.Rows)
		}
	}
	if err := c.service.Delete(t.Context(), "me", j.ID); err != nil {
		t.Fatal(err)
	}
	if keys := c.keys("rows/"); len(keys) > 0 {
		t.Errorf("%q outlive their job", keys)
	}
}

// If topics are requested, a row has those of the result.
func TestParquetTopics(t *testing.T) {
	e := newFake(t)
	m := *e.model
	m.Aspects = &model.Aspects{}
	e.model = &m
	c := newCloudOf(t, e)
	c.steps.Rows = true
	const file = "id,review,title\n1,It smells of tar,A kettle\n2,,\n3,Tar,\n4,The price is fine,\n"
	for _, extras := range []bool{true, false} {
		j := c.submit("me", file, jobs.Request{Topics: extras})
		j = c.until("me", j.ID, wire.Finished)
		var data []byte
		for _, key := range c.keys("rows/") {
			if strings.Contains(key, j.ID) {
				var err error
				if data, _, err = c.service.bucket.get(t.Context(), key, 0, 0); err != nil {
					t.Fatal(err)
				}
			}
		}
		rows, err := parquet.Read[reportRow](bytes.NewReader(data), int64(len(data)))
		if err != nil || len(rows) != 4 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		made, _ := c.read("me", j.ID, jobs.Annotated)
		lines, err := csv.NewReader(bytes.NewReader(made)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for i, r := range rows {
			want := ""
			if extras {
				want = lines[i+1][len(lines[0])-1]
			}
			if r.Topics != want {
				t.Errorf("row %d speaks of %q, in the result of %q", i+1, r.Topics, want)
			}
			found += len(want)
		}
		if extras != (found > 0) {
			t.Errorf("topics are asked for: %v, and the rows have %d bytes of them", extras, found)
		}
	}
}
