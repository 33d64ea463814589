package table

import (
	"strings"
	"testing"

	"reviewlens/reviews"
)

// With Output.Topics one more column is written, in the cell syntax of each file.
func TestAnnotateTopics(t *testing.T) {
	result := func(i int) reviews.Result {
		return []reviews.Result{
			{Score: reviews.Score{Positive: 0.9, Sentiment: reviews.Positive}, Windows: 1,
				Topics: "bass:negative; 1,5 mm jack:positive"},
			{Score: reviews.Score{Positive: 0.5, Sentiment: reviews.Unsure, Stars: 3}, Windows: 2},
			{},
			{Score: reviews.Score{Positive: 0.2, Sentiment: reviews.Negative}, Windows: 1,
				Topics: "café:mixed"},
		}[i]
	}
	comma := Dialect{Delimiter: ',', Quoted: true, Header: true}
	for _, c := range []struct {
		name     string
		d        Dialect
		o        Output
		in, want string
		convert  bool
	}{
		{"quoted", comma, Output{Topics: true}, "text\na\nb\n\"\"\nd\n",
			"text,sentiment,positive,windows,topics\n" +
				"a,positive,0.9000,1,\"bass:negative; 1,5 mm jack:positive\"\n" +
				"b,unsure,0.5000,2,\n\"\",,,,\nd,negative,0.2000,1,café:mixed\n", false},
		{"semicolons", Dialect{Delimiter: ';', Quoted: true, Header: true},
			Output{Topics: true, Stars: true}, "text;topics\na;x\nb;y\n",
			"text;topics;sentiment;positive;windows;stars;name;topics_2\n" +
				"a;x;positive;0.9000;1;;;\"bass:negative; 1,5 mm jack:positive\"\n" +
				"b;y;unsure;0.5000;2;3.00;neutral;\n", false},
		{"tabs, no quotes", Dialect{Delimiter: '\t', Header: true}, Output{Topics: true},
			"text\tid\na\t1\n", "text\tid\tsentiment\tpositive\twindows\ttopics\n" +
				"a\t1\tpositive\t0.9000\t1\tbass:negative; 1,5 mm jack:positive\n", false},
		{"lines", Dialect{}, Output{Topics: true}, "a, a\nb\n",
			"\"a, a\",positive,0.9000,1,\"bass:negative; 1,5 mm jack:positive\"\n" +
				"b,unsure,0.5000,2,\n", false},
		{"another encoding", Dialect{Delimiter: ',', Quoted: true, Encoding: Windows1252},
			Output{Topics: true}, "a\nb\nc\nd\xe9\n",
			"a,positive,0.9000,1,\"bass:negative; 1,5 mm jack:positive\"\n" +
				"b,unsure,0.5000,2,\nc,,,,\nd\xe9,negative,0.2000,1,caf?:mixed\n", false},
		{"objects", Dialect{Keys: []string{"text"}}, Output{Topics: true},
			"{\"text\":\"a\"}\n{\"text\":\"b\"}\n",
			`{"text":"a","sentiment":"positive","positive":0.9000,"windows":1,` +
				`"topics":"bass:negative; 1,5 mm jack:positive"}` + "\n" +
				`{"text":"b","sentiment":"unsure","positive":0.5000,"windows":2,"topics":null}` +
				"\n", false},
		{"a table of objects", Dialect{Keys: []string{"text"}}, Output{Topics: true},
			"{\"text\":\"a\"}\n", "text,sentiment,positive,windows,topics\n" +
				"a,positive,0.9000,1,\"bass:negative; 1,5 mm jack:positive\"\n", true},
	} {
		write := Annotate
		if c.convert {
			write = Convert
		}
		var out strings.Builder
		if err := write(&out, strings.NewReader(c.in), c.d, c.o, result); err != nil ||
			out.String() != c.want {
			t.Errorf("%s: %q, %v, want %q", c.name, out.String(), err, c.want)
		}
	}
}
