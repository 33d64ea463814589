package table

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// answered returns a file of answers: a rating, a choice, and open questions, the last of which few
// answer.
func answered(questions ...string) string {
	out := "id,score,how did you hear of us,\"" + strings.Join(questions, `","`) + "\"\n"
	for n := range 12 {
		out += fmt.Sprintf("%d,%d,from a friend", n+1, n%5+1)
		for q := range questions {
			if q == len(questions)-1 && n%3 > 0 {
				out += ","
				continue
			}
			out += fmt.Sprintf(",the answer number %d to this question %d", n, q)
		}
		out += "\n"
	}
	return out
}

func TestChoices(t *testing.T) {
	for _, c := range []struct {
		name, file string
		options    Options
		want       string // labels and columns; the one that is read has a star
	}{
		{"three questions of which two are a pair",
			answered("What do you like?", "What should we improve?", "Anything else, please?"),
			Options{},
			"What do you like? [3]; What should we improve? [4]; Anything else, please? [5]; " +
				"*What do you like? + What should we improve? [3 4]; all 3 together [3 4 5]"},
		{"one of them",
			answered("What do you like?", "What should we improve?"),
			Options{Text: "What do you like?"},
			"*What do you like? [3]; What should we improve? [4]; " +
				"What do you like? + What should we improve? [3 4]"},
		{"all of them",
			answered("Why did you come?", "How was your stay?", "What else?"),
			Options{Text: "4,5,6"},
			"Why did you come? [3]; How was your stay? [4]; What else? [5]; " +
				"*all 3 together [3 4 5]"},
		{"two that were chosen",
			answered("Why did you come?", "How was your stay?", "What else?"),
			Options{Text: "6,4"},
			"Why did you come? [3]; How was your stay? [4]; What else? [5]; " +
				"*What else? + Why did you come? [5 3]; all 3 together [3 4 5]"},
		{"one text", answered("How was your stay?"), Options{}, ""},
		{"what a shop answered is none",
			answered("Review", "Reply of the owner"), Options{}, ""},
	} {
		r, err := Open(context.Background(), strings.NewReader(c.file), int64(len(c.file)),
			c.options)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for _, choice := range r.Choices() {
			star := ""
			if fmt.Sprint(choice.Columns) == fmt.Sprint(r.Columns) {
				star = "*"
			}
			got = append(got, fmt.Sprintf("%s%s %v", star, choice.Label, choice.Columns.Texts()))
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, s, c.want)
		}
	}
}

// Several columns form one text, in the order in which they are named.
func TestTextInManyParts(t *testing.T) {
	file := answered("Why did you come?", "How was your stay?", "What else?")
	r, err := Open(context.Background(), strings.NewReader(file), int64(len(file)),
		Options{Text: "What else?, 4,How was your stay?"})
	if err != nil {
		t.Fatal(err)
	}
	fields := [][]byte{nil, nil, nil, []byte("Near."), []byte("Cold"), []byte("none at all")}
	if got := string(r.Columns.Join(nil, "{title}. {text}", fields)); got !=
		"none at all.\nNear.\nCold" {
		t.Errorf("joined: %q", got)
	}
	if got := string(r.Columns.Body(fields)); got != "none at all.\nNear.\nCold" {
		t.Errorf("body: %q", got)
	}
	if got := r.Sentence(); !strings.HasPrefix(got, `Reviews from "What else?", `+
		`"Why did you come?" and "How was your stay?"`) {
		t.Errorf("sentence: %s", got)
	}
	for name, want := range map[string]string{
		"4,5,4":          `the text is named twice: "4,5,4"`,
		"4,Why":          `no column "Why"; columns are `,
		"4,":             `no column ""; columns are `,
		"Why, did you,4": `no column "Why, did you,4"; columns are `,
	} {
		_, err := Open(context.Background(), strings.NewReader(file), int64(len(file)),
			Options{Text: name})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", name, err, want)
		}
	}
}
