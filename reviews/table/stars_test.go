package table

import (
	"strings"
	"testing"

	"reviewlens/reviews"
)

// With Output.Stars two more columns are written, and the names of the others do not change.
func TestAnnotateStars(t *testing.T) {
	result := func(i int) reviews.Result {
		return []reviews.Result{
			{Score: reviews.Score{Positive: 0.9, Sentiment: reviews.Positive, Stars: 4.5}, Windows: 1},
			{Score: reviews.Score{Positive: 0.5, Sentiment: reviews.Unsure, Stars: 3}, Windows: 2},
			{Score: reviews.Score{Positive: 0.9, Sentiment: reviews.Positive, Stars: 4, Mixed: true},
				Windows: 3},
			{Score: reviews.Score{Positive: 0.9, Sentiment: reviews.Unsure, Stars: 3}, Windows: 1,
				Unread: 1},
			{},
		}[i]
	}
	table := Dialect{Delimiter: ',', Quoted: true, Header: true}
	objects := Dialect{Keys: []string{"text", "stars"}}
	for _, c := range []struct {
		name     string
		d        Dialect
		o        Output
		in, want string
		convert  bool
	}{
		{"columns", table, Output{Stars: true}, "text\na\nb\nc\nd\n\"\"\n",
			"text,sentiment,positive,windows,stars,name\na,positive,0.9000,1,4.50,positive\n" +
				"b,unsure,0.5000,2,3.00,neutral\nc,positive,0.9000,3,4.00,mixed\n" +
				"d,unsure,0.9000,1,3.00,unsure\n\"\",,,,,\n", false},
		{"not asked for", table, Output{}, "text\na\nb\nc\nd\n\"\"\n",
			"text,sentiment,positive,windows\na,positive,0.9000,1\nb,unsure,0.5000,2\n" +
				"c,positive,0.9000,3\nd,unsure,0.9000,1\n\"\",,,\n", false},
		{"a name that is taken", table, Output{Stars: true}, "text,stars\na,5\n",
			"text,stars,sentiment,positive,windows,stars_2,name_2\n" +
				"a,5,positive,0.9000,1,4.50,positive\n", false},
		{"objects", objects, Output{Stars: true}, `{"text":"a","stars":5}` + "\n",
			`{"text":"a","stars":5,"sentiment":"positive","positive":0.9000,"windows":1,` +
				`"stars_2":4.50,"name_2":"positive"}` + "\n", false},
		{"a table of objects", objects, Output{Stars: true}, `{"text":"a","stars":5}` + "\n",
			"text,stars,sentiment,positive,windows,stars_2,name_2\n" +
				"a,5,positive,0.9000,1,4.50,positive\n", true},
		{"objects of a table", table, Output{Stars: true}, "text\na\nb\nc\nd\n\"\"\n",
			`{"text":"a","sentiment":"positive","positive":0.9000,"windows":1,"stars":4.50,` +
				`"name":"positive"}` + "\n" +
				`{"text":"b","sentiment":"unsure","positive":0.5000,"windows":2,"stars":3.00,` +
				`"name":"neutral"}` + "\n" +
				`{"text":"c","sentiment":"positive","positive":0.9000,"windows":3,"stars":4.00,` +
				`"name":"mixed"}` + "\n" +
				`{"text":"d","sentiment":"unsure","positive":0.9000,"windows":1,"stars":3.00,` +
				`"name":"unsure"}` + "\n" +
				`{"text":"","sentiment":null,"positive":null,"windows":null,"stars":null,` +
				`"name":null}` + "\n", true},
	} {
		write := Annotate
		if c.convert {
			write = Convert
		}
		var out strings.Builder
		if err := write(&out, strings.NewReader(c.in), c.d, c.o, result); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if out.String() != c.want {
			t.Errorf("%s:\n%swant\n%s", c.name, out.String(), c.want)
		}
	}
}
