package text

import (
	"encoding/csv"
	"os"
	"slices"
	"strings"
	"testing"
)

// sentencesOf reads testdata/languages.txt: language -> its sentences.
func sentencesOf(t *testing.T) map[string][]string {
	t.Helper()
	data, err := os.ReadFile("testdata/languages.txt")
	if err != nil {
		t.Fatal(err)
	}
	begins, ends := map[string][]string{}, map[string][]string{}
	at := ""
	for line := range strings.Lines(string(data)) {
		sign, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch sign {
		case "=":
			at = text
		case "+":
			begins[at] = append(begins[at], text)
		case "-":
			ends[at] = append(ends[at], text)
		}
	}
	out := map[string][]string{}
	for language, first := range begins {
		for _, b := range first {
			for _, e := range ends[language] {
				out[language] = append(out[language], b+" "+e)
			}
		}
	}
	return out
}

func TestLanguage(t *testing.T) {
	all := sentencesOf(t)
	others, noticed, named := 0, 0, 0
	for language, sentences := range all {
		if language == "English" {
			continue
		}
		others++
		here := 0
		for _, s := range sentences {
			if words := len(strings.Fields(s)); words <= 5 {
				t.Errorf("%q has %d words", s, words)
			}
			switch Readability([]byte(s), nil).Language() {
			case "":
			case language:
				named++
				fallthrough
			default:
				noticed++
				here++
			}
		}
		if len(sentences) != 50 || here < 48 {
			t.Errorf("%s: %d of %d noticed, want 95%%", language, here, len(sentences))
		}
	}
	alarms := 0
	english := all["English"]
	for _, s := range append(english, exampleTexts(t)...) {
		if l := Readability([]byte(s), nil).Language(); l != "" {
			alarms++
			t.Logf("alarm: %q is taken for %s", s, l)
		}
	}
	n := len(english) + len(exampleTexts(t))
	t.Logf("%d languages: %d of %d sentences noticed, %d named; %d alarms on %d English texts",
		others, noticed, 50*others, named, alarms, n)
	if others != 20 || 100*alarms > n {
		t.Errorf("%d languages, %d alarms on %d English texts, want 20 and at most 1%%", others,
			alarms, n)
	}
}

func TestLanguageOfOddTexts(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "5/5": "", "OK": "", "👍👍👍": "", "xyzzy plugh frobnicate": "",
		"この商品はとても良いです": "Japanese", "质量很好，我很喜欢": "Chinese", "정말 좋은 제품입니다": "Korean",
		"Отлично": "Russian or another language in Cyrillic",
		"Good. Хорошо. It works well and is quick.":    "",
		"No me gusta nada, pero the kettle is fine":    "",
		"It's a café crème machine, très chic indeed.": "",
	} {
		if got := Readability([]byte(text), nil).Language(); got != want {
			t.Errorf("the language of %q is %q, want %q", text, got, want)
		}
	}
}

// exampleTexts are the reviews of the example file.
func exampleTexts(t *testing.T) (out []string) {
	t.Helper()
	f, err := os.Open("../../web/example-reviews.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := slices.Index(rows[0], "review")
	for _, row := range rows[1:] {
		out = append(out, row[column])
	}
	return out
}
