package scoring

import (
	"reflect"
	"strings"
	"testing"

	"reviewlens/reviews/table"
)

// A name overrides a guess, and removes the column from every other role that it was guessed for.
func TestOpen(t *testing.T) {
	const file = "id,title,review,rating,grade,date,shipped,product,shop\n" +
		"1,Fine,It does what it should do and does it " +
		"well,5,1,2024-03-04,2024-03-09,Kettle,North\n" +
		"2,Poor,It broke after two days and nobody answers " +
		"me,1,5,2024-03-05,2024-03-10,Lamp,South\n"
	guessed := table.Columns{Text: 2, Title: 1, Stars: 3, Date: 5, Product: 7, ID: 0}
	for _, tt := range []struct {
		name    string
		options table.Options
		want    func(c *table.Columns)
	}{
		{"nothing", table.Options{}, func(*table.Columns) {}},
		{"each", table.Options{Stars: "grade", Date: "7", Product: "SHOP", ID: "product"},
			func(c *table.Columns) { c.Stars, c.Date, c.Product, c.ID = 4, 6, 8, 7 }},
		{"none", table.Options{Title: "-", Stars: "-", Date: "-", Product: "-", ID: "-"},
			func(c *table.Columns) {
				*c = table.Columns{Text: 2, Title: -1, Stars: -1, Date: -1, Product: -1, ID: -1}
			}},
		{"a product that was the title", table.Options{Product: "title"},
			func(c *table.Columns) { c.Product, c.Title = 1, -1 }},
		{"a text that was the title", table.Options{Text: "title"},
			func(c *table.Columns) { c.Text, c.Title = 1, -1 }},
		{"one column for two", table.Options{Date: "date", ID: "date"},
			func(c *table.Columns) { c.Date, c.ID = 5, 5 }},
	} {
		f, err := Open(t.Context(), strings.NewReader(file), tt.options)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		want := guessed
		tt.want(&want)
		if !reflect.DeepEqual(f.Columns, want) {
			t.Errorf("%s: columns are %+v, want %+v", tt.name, f.Columns, want)
		}
	}
	for name, options := range map[string]table.Options{
		`no column "price"; columns are id, title`: {Stars: "price"},
		`no column "-"`: {Text: "-"},
		`"review" looks like the review text, but was named as some`:   {Title: "review"},
		`no column "10"; columns are id, title, review, rating, grade`: {Date: "10"},
	} {
		if _, err := Open(t.Context(), strings.NewReader(file), options); err == nil ||
			!strings.Contains(err.Error(), name) {
			t.Errorf("%+v: %v, want %s", options, err, name)
		}
	}
}
