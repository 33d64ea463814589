package worker

import (
	"testing"
	"testing/synctest"

	"reviewlens/api/wire"
	"reviewlens/app/message"

	"github.com/google/go-cmp/cmp"
)

// Texts that the model cannot read are set apart: no share, list or chart includes them.
func TestUnreadTexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		p.open(t, "r.csv", "rating,review\n5,It is a good lid and works\n1,It is a bad lid\n"+
			"5,Das ist ein good Deckel und wir sind zufrieden\n1,Das ist leider ein bad "+
			"Deckel\n5,👍👍\n5,Das ist leider ein bad Deckel\n")
		got := p.start(t).Summary
		want := []wire.Language{{Language: "German", Rows: 3}}
		if diff := cmp.Diff(want, got.Languages); diff != "" || got.Unread != 4 ||
			got.NoWords != 1 {
			t.Errorf("%d unread, %d without words; -want +got: %s", got.Unread, got.NoWords, diff)
		}
		if got.Scored != 6 || got.Positive != 1 || got.Negative != 1 || got.Unsure != 4 ||
			got.Share.Share != 0.5 {
			t.Errorf("%+v", got)
		}
		if five := got.Stars[4]; five.Rows != 4 || five.Unread != 3 || five.Share.Share != 1 ||
			got.Against != 0 {
			t.Errorf("five stars: %+v, %d against", five, got.Against)
		}
		if len(got.MostPositive) != 1 || len(got.MostNegative) != 1 {
			t.Errorf("listed: %+v, %+v", got.MostPositive, got.MostNegative)
		}
		bars := 0
		for _, n := range got.Histogram {
			bars += n
		}
		if bars != 2 {
			t.Errorf("%d rows are in the histogram, want 2", bars)
		}
		for filter, want := range map[message.Filter]int{
			{By: message.SetApart}:                    4,
			{By: message.SetApart, Value: "no words"}: 1,
			{By: message.SetApart, Value: "German"}:   3,
			{By: message.Sentiment, Value: "unsure"}:  0,
		} {
			p.w.Do(message.Command{Name: message.Select,
				View: &message.View{ID: 1, Filters: []message.Filter{filter}}}, nil)
			found := p.wait(t, "the rows",
				func(e message.Event) bool {
					return e.Name == message.EventSelection && e.Selection.Done
				}).Selection
			if found.Rows != want {
				t.Errorf("filter %+v finds %d rows, want %d", filter, found.Rows, want)
			}
		}
	})
}

// A word for no text has no score, as in a file.
func TestNullVerdict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		p.w.Do(message.Command{Name: message.Score, ID: 1, Text: "N/A\n"}, nil)
		got := p.wait(t, "the verdict",
			func(e message.Event) bool { return e.Name == message.EventVerdict }).Verdict
		if got.Sentiment != "" {
			t.Errorf("%+v", got)
		}
	})
}

func TestUnreadVerdict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		for text, want := range map[string]string{
			"It is a good lid.":                "",
			"Das ist leider ein guter Deckel.": "language: German",
			"Отличный чайник, всем советую":    "language: Russian or another language in Cyrillic",
			"☺☺☺": "no words",
		} {
			p.w.Do(message.Command{Name: message.Score, ID: 1, Text: text}, nil)
			got := p.wait(t, "the verdict",
				func(e message.Event) bool { return e.Name == message.EventVerdict }).Verdict
			if got.Unread != want || want != "" && got.Sentiment != "unsure" {
				t.Errorf("%q is %+v, want unread %q", text, got, want)
			}
		}
	})
}
