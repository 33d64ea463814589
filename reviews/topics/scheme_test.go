package topics

import (
	"reflect"
	"strings"
	"testing"

	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
)

func TestScheme(t *testing.T) {
	c := counted(
		12, reviews.Negative, "[space bar-] sticks, [space key-] too",
		11, reviews.Negative, "[space key-] sticks",
		20, reviews.Positive, "so [comfy>comfort+], [comfort+]",
		15, reviews.Positive, "[comfortable>comfort+]",
		14, reviews.Positive, "the [keyboard+], this [keyboard+]",
		12, reviews.Negative, "[time-] and [customs fee-]",
	)
	s, err := ParseScheme([]byte(`{"version": 1, "topics": [
		{"name": "Space bar", "terms": ["space bar", "Space Keys"], "pinned": true},
		{"name": "Comfy", "terms": ["comfortable"]},
		{"name": "Duty", "phrases": ["customs fee"]},
		{"name": "whole", "terms": ["keyboard"], "hidden": true},
		{"name": "Odd", "terms": ["nowhere"]},
		{"name": "Rare", "terms": ["somewhere"], "pinned": true}
	]}`))
	if err != nil {
		t.Fatal(err)
	}
	r := c.Topics(s, Options{})
	want := []string{"Space bar", "Rare", "comfort", "Comfy", "Duty"}
	if got := named(r.Topics); !reflect.DeepEqual(got, want) {
		t.Fatalf("topics = %q, want %q", got, want)
	}
	if bar := r.Topics[0]; bar.Reviews != 23 || !bar.Pinned || bar.Mentions != 35 {
		t.Errorf("merged: %+v", bar)
	}
	if rare := r.Topics[1]; rare.Reviews != 0 || !rare.Pinned || rare.Impact != 0 {
		t.Errorf("pinned, in no review: %+v", rare)
	}
	if comfort, comfy := r.Topics[2], r.Topics[3]; comfort.Reviews != 20 || comfy.Reviews != 15 {
		t.Errorf("split: %+v, %+v", comfort, comfy)
	}
	if want := []string{"Odd"}; !reflect.DeepEqual(r.Unused, want) {
		t.Errorf("unused = %q, want %q", r.Unused, want)
	}
	if want := []string{"customs fee"}; !reflect.DeepEqual(s.Phrases(), want) {
		t.Errorf("phrases = %q, want %q", s.Phrases(), want)
	}

	// A term takes all of the topic that it names.
	r = c.Topics(Scheme{Topics: []Own{{Name: "Seat", Terms: []string{"comfort"}}}}, Options{})
	if r.Topics[0].Name != "Seat" || r.Topics[0].Reviews != 35 {
		t.Errorf("renamed: %+v", r.Topics[0])
	}
	// A mention's topic can be looked up.
	for term, want := range map[string]int{"comfort": 0, "nothing like it": -1} {
		if got := r.Topic(aspects.Mention{Term: term}); got != want {
			t.Errorf("the topic of %q is %d, want %d", term, got, want)
		}
	}
	n := 0
	for m := range r.Mentions(0) {
		if n++; m.Polarity != aspects.Positive || m.End <= m.Start {
			t.Errorf("mention %+v", m)
		}
	}
	if n != 35 {
		t.Errorf("%d mentions, want 35", n)
	}
}

func TestParseScheme(t *testing.T) {
	own := func(topics string) string { return `{"version": 1, "topics": [` + topics + `]}` }
	for _, tt := range []struct{ name, data, want string }{
		{"no JSON", `{`, "not JSON"},
		{"unknown member", `{"version": 1, "topic": []}`, `"topic"`},
		{"more", `{"version": 1} {}`, "behind"},
		{"no version", `{"topics": []}`, "version is 0"},
		{"no name", own(`{"terms": ["a"]}`), "topics[0].name is empty"},
		{"no terms", own(`{"name": "a"}`), "topics[0] has neither"},
		{"both", own(`{"name": "a", "terms": ["b"], "pinned": true, "hidden": true}`),
			"topics[0] is pinned and hidden"},
		{"twice", own(`{"name": "a", "terms": ["b"]}, {"name": "A", "terms": ["c"]}`),
			"topics[1].name"},
		{"one term twice", own(`{"name": "a", "terms": ["space bar"]},` +
			`{"name": "b", "phrases": ["spacebars"]}`), "topics[1].phrases[0]"},
		{"no words", own(`{"name": "a", "terms": ["the"]}`), "topics[0].terms[0]"},
		{"long", own(`{"name": "` + strings.Repeat("é", 65) + `", "terms": ["b"]}`),
			"65 characters"},
		{"control", own(`{"name": "a\u0007", "terms": ["b"]}`), "control"},
		{"many", own(strings.Repeat(`{"name": "a", "terms": ["b"]},`, 200) +
			`{"name": "a", "terms": ["b"]}`), "201"},
		{"many terms", own(`{"name": "a", "terms": [` + strings.Repeat(`"b",`, 200) + `"b"]}`),
			"201"},
		{"large", strings.Repeat(" ", 1<<20+1), "1048577"},
	} {
		if _, err := ParseScheme([]byte(tt.data)); err == nil ||
			!strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	if _, err := ParseScheme([]byte(`{"version": 1, "topics": []}`)); err != nil {
		t.Error(err)
	}
}

func TestSuggestions(t *testing.T) {
	c := counted(30, reviews.Positive, "[head rest+] [arm rest+] [rest+] [key+]")
	r := c.Topics(Scheme{}, Options{Like: func(a, b string) float64 {
		if strings.HasSuffix(a, "rest") && strings.HasSuffix(b, "rest") {
			return 0.8
		}
		return 0.1
	}})
	want := []Suggestion{{[2]string{"arm rest", "head rest"}, 0.8}}
	if !reflect.DeepEqual(r.Suggestions, want) {
		t.Errorf("suggestions = %+v, want %+v", r.Suggestions, want)
	}
}

func TestNormal(t *testing.T) {
	for term, want := range map[string]string{
		"The Space-Bars": "spacebar", "its spacebar": "spacebar", "set up": "setup",
		"setup": "setup", "thing": "", "the": "", "x": "", "my dog's bed": "dogbed",
		"Wi-Fi": "wifi", "days": "", "": "", "’s": "", "theme": "theme", "casing": "casing",
		"care": "care", "batteries": "battery",
	} {
		if got := normalOf(term).joined(); got != want {
			t.Errorf("%q is %q, want %q", term, got, want)
		}
	}
}

func TestIsTopic(t *testing.T) {
	for term, want := range map[string]bool{
		"pair": false, "the pairs": false, "types": false, "minutes": false, "families": false,
		"pros": false, "children": false, "uses": false, "Christmas": false, "days off": true,
		"pairing": true, "typing": true, "the ending": true, "ordering": true, "timing": true,
		"sorting": true, "branding": true, "casing": true, "theme": true, "bite": true,
		"cone": true, "hops": true,
	} {
		if got := normalOf(term) != nil; got != want {
			t.Errorf("%q is a topic: %t, want %t", term, got, want)
		}
	}
}

// Words that share no more than letters are separate topics; forms of one thing are one.
func TestApartAndTogether(t *testing.T) {
	for _, tt := range []struct {
		terms string
		apart bool
	}{
		{"parking, park", true}, {"bedding, bed", true}, {"building, build", true},
		{"training, train", true}, {"toppings, top", true}, {"lining, line", true},
		{"earrings, ears", true}, {"care, car", true}, {"rates, rats", true},
		{"plane, plan", true}, {"tube, tub", true}, {"tape, tap", true}, {"cape, cap", true},
		{"shipping, ship", true}, {"batteries, batter", true},
		{"charging ports, charge port", false}, {"batteries, battery", false},
		{"lens, lenses", false}, {"cases, case", false}, {"space bars, spacebar", false},
		{"cookies, cookie", false}, {"shipments, delivery", false}, {"setting up, setup", false},
	} {
		a, b, _ := strings.Cut(tt.terms, ", ")
		c := counted(12, reviews.Negative, "the ["+a+"-]", 11, reviews.Negative, "the ["+b+"-]")
		if got := named(c.Topics(Scheme{}, Options{}).Topics); (len(got) == 2) != tt.apart {
			t.Errorf("%s: topics = %q", tt.terms, got)
		}
		s := Scheme{Version: 1, Topics: []Own{{Name: "Own", Terms: []string{a}}}}
		own := c.Topics(s, Options{}).Topics[0]
		if want := map[bool]int{true: 12, false: 23}[tt.apart]; own.Reviews != want {
			t.Errorf("%s: a term takes %d reviews, want %d", tt.terms, own.Reviews, want)
		}
	}
	// A term that is apart takes only itself, in whichever topic it is.
	for _, own := range []Own{
		{Name: "Cable", Terms: []string{"plug", "wire"}, ApartTerms: []string{"wire"}},
		{Name: "Cable", Terms: []string{"wire", "plug"}, ApartTerms: []string{"wire"}},
	} {
		c := counted(12, reviews.Negative, "the [cord-]", 11, reviews.Negative, "the [wire-]",
			13, reviews.Negative, "the [plug-]")
		found := map[string]int{}
		for _, topic := range c.Topics(Scheme{Version: 1, Topics: []Own{own}}, Options{}).Topics {
			found[topic.Name] = topic.Reviews
		}
		if found["Cable"] != 24 || found["cord"] != 12 {
			t.Errorf("%+v: topics = %v, want Cable of 24 and cord of 12", own, found)
		}
	}
	// A phrase matches any form of its words in the texts.
	c := counted(12, reviews.Negative, "[refunded>-]", 11, reviews.Negative, "a [refund-]")
	s := Scheme{Version: 1, Topics: []Own{{Name: "Money back", Phrases: []string{"refund"}}}}
	if got := c.Topics(s, Options{}).Topics[0]; got.Reviews != 23 {
		t.Errorf("a phrase takes %d reviews, want 23", got.Reviews)
	}
}
