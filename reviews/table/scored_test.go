package table

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"reviewlens/reviews"
)

// Columns that a model wrote into a file were not written by customers: they have no role, and
// cause no doubt.
func TestColumnsOfScores(t *testing.T) {
	const (
		plain = "Works as it should, every day.\nIt broke on the second day.\nGood value for it.\n"
		score = "sentiment,positive,windows"
	)
	for _, tt := range []struct {
		header, cells  string // those after the text
		stars, product string
	}{
		{score + ",stars,name", "positive,0.9812,1,4.71,positive", "", ""},
		{score + ",stars,name,topics", "positive,0.9812,1,4.71,positive,lid:negative", "", ""},
		{score + ",topics", "positive,0.9812,1,lid:negative", "", ""},
		{"stars," + score + ",stars_2,name_2", "5,positive,0.9812,1,4.71,positive", "stars", ""},
		{"stars,name," + score, "5,Kettle K7,positive,0.9812,1", "stars", "name"},
		{score + ",stars,name,sentiment_2,positive_2,windows_2,stars_2,name_2",
			"positive,0.9812,1,4.71,positive,positive,0.9812,1,4.71,positive", "", ""},
		{score + ",cut,unread,error,model", "positive,0.9812,1,false,,,0123456789ab", "", ""},
		{"sentiment,positive,stars,name,mentions,windows",
			"positive,0.9812,4.71,positive,[],1", "", ""},
		// of the file's own
		{"sentiment,positive,stars,name", "positive,0.9812,4.71,Kettle K7", "stars", "name"},
		{score + ",rating", "positive,0.9812,1,5", "rating", ""},
	} {
		lines := strings.Split(strings.TrimSpace(plain), "\n")
		file := "review," + tt.header + "\n"
		for _, line := range lines {
			file += `"` + line + `",` + tt.cells + "\n"
		}
		// stars differ from row to row
		file = strings.Replace(file, "0.9812,1,4.71", "0.9812,1,1.32", 1)
		file = strings.Replace(file, ",5,", ",2,", 1)
		r, err := Open(context.Background(), strings.NewReader(file), int64(len(file)),
			Options{})
		if err != nil {
			t.Errorf("%s: %v", tt.header, err)
			continue
		}
		c := r.Columns
		for _, role := range []struct {
			what   string
			column int
			want   string
		}{{"text", c.Text, "review"}, {"title", c.Title, ""}, {"stars", c.Stars, tt.stars},
			{"date", c.Date, ""}, {"product", c.Product, tt.product}, {"id", c.ID, ""}} {
			if got := r.name(role.column); got != role.want {
				t.Errorf("%s: the %s is %q, want %q", tt.header, role.what, got, role.want)
			}
		}
		if tt.stars == "" && len(r.Doubts()) > 0 {
			t.Errorf("%s: %v", tt.header, r.Doubts())
		}
	}
}

// A file is read the same after it was scored, whatever columns were appended.
func TestScoredAsBefore(t *testing.T) {
	for _, file := range []string{
		"note\nFine.\nLovely lid.\nBroken.\n",
		"review_text,review_stars\nIt is fine,5\nIt broke,1\nIt leaks,2\n",
		"positive,negative\nIt is quick and quiet,The lid leaks\nIt was cheap,It broke at once\n",
		"stars,name\n5,It is quick and quiet\n1,It broke on the first day\n",
		`{"review": "It is quick", "stars": 5}` + "\n" +
			`{"review": "It broke", "stars": 1}` + "\n",
	} {
		open := func(file string) *Reading {
			r, err := Open(context.Background(), strings.NewReader(file), int64(len(file)),
				Options{})
			if err != nil {
				t.Fatalf("%q: %v", file, err)
			}
			return r
		}
		before := open(file)
		var scored bytes.Buffer
		err := Annotate(&scored, strings.NewReader(file), before.Dialect,
			Output{Stars: true, Topics: true}, func(i int) reviews.Result {
				return reviews.Result{Score: reviews.Score{Positive: 0.9 - float64(i)/4,
					Sentiment: reviews.Positive, Stars: 4.5 - float64(i)}, Windows: 1,
					Topics: "lid:negative"}
			})
		if err != nil {
			t.Fatal(err)
		}
		if after := open(scored.String()); after.Sentence() != before.Sentence() {
			t.Errorf("before: %s\nscored: %s", before.Sentence(), after.Sentence())
		}
	}
}
