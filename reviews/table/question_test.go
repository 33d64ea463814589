package table

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func questionsOf(t *testing.T, file string, options Options) []Question {
	t.Helper()
	r, err := Open(t.Context(), strings.NewReader(file), int64(len(file)), options)
	if err != nil {
		t.Fatal(err)
	}
	return r.Questions()
}

func TestQuestions(t *testing.T) {
	const dates = "date,review\n2024-01-02,It works as it should\n" +
		"03/04/2024,It broke after a day\n" +
		"05/05/2024,It is quiet and quick\n,\n01/12/2023,I would buy it again\n"
	got := questionsOf(t, dates, Options{})
	want := []Question{{
		Doubt: `that the month comes first in "date" is a guess: no date settles it`,
		Ask:   `Which comes first in "date", the day or the month?`,
		Options: [2]Option{
			{Label: "The day", Order: DayFirst, Rows: [][2]string{
				{"03/04/2024", "3 April 2024"}, {"01/12/2023", "1 December 2023"},
			}},
			{Label: "The month", Order: MonthFirst, Rows: [][2]string{
				{"03/04/2024", "4 March 2024"}, {"01/12/2023", "12 January 2023"},
			}},
		},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("dates: -want +got: %s", diff)
	}
	for name, options := range map[string]Options{
		"the order is set": {Order: DayFirst}, "no dates": {Date: "-"},
	} {
		if got := questionsOf(t, dates, options); len(got) > 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}

	const stars = "rating,review\n8,It works as it should every day\n" +
		"2,It broke after a day or two\n"
	got = questionsOf(t, stars, Options{})
	if len(got) != 1 || got[0].Ask != `Are the numbers in "rating" ratings?` {
		t.Fatalf("stars: %+v", got)
	}
	yes, no := got[0].Options[0], got[0].Options[1]
	rated := [][2]string{{"8", "4 of 5 stars"}, {"2", "1 of 5 stars"}}
	if diff := cmp.Diff(rated, yes.Rows); diff != "" {
		t.Errorf("ratings: -want +got: %s", diff)
	}
	if yes.Columns.Stars != 0 || no.Columns.Stars != -1 || no.Columns.Text != yes.Columns.Text ||
		len(no.Rows) != 2 {
		t.Errorf("ratings or none: %+v, %+v", yes, no)
	}
	if got := questionsOf(t, stars, Options{Columns: no.Columns}); len(got) > 0 {
		t.Errorf("no ratings: %+v", got)
	}

	const texts = "a,b\n" +
		"It works as it should in my kitchen here,I would like to buy it again quite soon\n" +
		"It broke on the second day of my use,Please send me another one of these now\n"
	got = questionsOf(t, texts, Options{})
	if len(got) != 1 || got[0].Ask != "Which column holds the reviews?" {
		t.Fatalf("texts: %+v", got)
	}
	one, other := got[0].Options[0], got[0].Options[1]
	if one.Columns.Text == other.Columns.Text || one.Label == other.Label ||
		len(one.Rows) != 2 || len(other.Rows) != 2 {
		t.Errorf("texts: %+v, %+v", one, other)
	}
	for _, o := range got[0].Options {
		if again := questionsOf(t, texts, Options{Columns: o.Columns}); len(again) > 0 {
			t.Errorf("after %s: %+v", o.Label, again)
		}
	}
}
