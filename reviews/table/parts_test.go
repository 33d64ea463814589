package table

import (
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"
)

func TestPolarity(t *testing.T) {
	const pairs = `pros / cons
		Pros / Cons
		PRO / CONTRA
		likes / dislikes
		LikedMost / DislikedMost
		Liked / Disliked
		Positive_Review / Negative_Review
		positive_comments / negative_comments
		Positives / Negatives
		Strengths / Weaknesses
		Best thing / Worst thing
		What do you like best? / What do you dislike?
		What did you like? / What didn't you like?
		What do you like best? / What do you like least?
		What went well? / What could be better?
		What went well? / What went wrong?
		What did we do well? / What did we do badly?
		What did you like most about your time with us? / What did you like least about your time with us?
		What was good / What could be improved?
		Was hat Ihnen gefallen? / Was hat Ihnen nicht gefallen?
		Was hat gefallen / Was hat weniger gefallen
		Gut am Arbeitgeber finde ich / Schlecht am Arbeitgeber finde ich
		Vorteile / Nachteile
		Punti di forza / Punti deboli
		Переваги / Недоліки
		メリット / デメリット
		Points forts / Points faibles
		Avantages / Inconvénients
		Ce que vous avez aimé / Ce que vous n'avez pas aimé
		Lo que más te gustó / Lo que menos te gustó
		Ventajas / Desventajas
		Pregi / Difetti
		Vantaggi / Svantaggi
		Vantagens / Desvantagens
		Pluspunten / Minpunten
		Voordelen / Nadelen
		Zalety / Wady
		Fördelar / Nackdelar
		Достоинства / Недостатки
		Плюсы / Минусы
		良い点 / 悪い点
		优点 / 缺点
		장점 / 단점`
	for pair := range strings.Lines(pairs) {
		good, bad, _ := strings.Cut(strings.TrimSpace(pair), " / ")
		if a, b := weighNames([]string{good}, nil)[0].polarity,
			weighNames([]string{bad}, nil)[0].polarity; a != 1 || b != -1 {
			t.Errorf("%q is %d and %q is %d, want 1 and -1", good, a, bad, b)
		}
	}
	const others = `review
		comment
		What did you like or dislike?
		Review_Total_Negative_Word_Counts
		Anything else you would like to tell us?
		positive_score
		negative_reply
		product`
	for name := range strings.Lines(others) {
		if got := weighNames([]string{strings.TrimSpace(name)}, nil)[0].polarity; got != 0 {
			t.Errorf("%q is %d, want 0", name, got)
		}
	}
}

// A review of two parts is read as one; other columns with texts are reported.
func TestTextsOfTwoParts(t *testing.T) {
	const (
		good  = "Friendly staff and a great location"
		bad   = "Cold shower and noise all night"
		pool  = "The pool is lovely for children"
		price = "A bit expensive for what it is"
		rows  = "5," + good + ",No Negative\n1,Nothing," + bad + "\n3," + pool + "," + price + "\n"
		stars = `, stars from "stars" (1 to 5).`
	)
	for _, tt := range []struct{ name, in, text, sentence, doubt, texts string }{
		{"found", "stars,pros,cons\n" + rows, "",
			`Reviews from "pros" and "cons"` + stars, "", good + "|" + bad + "|" + pool + ".\n" +
				price},
		{"asked", "stars,a,b\n" + rows, "b,a",
			`Reviews from "b" and "a"` + stars, "", good + "|" + bad + "|" + price + ".\n" + pool},
		{"by number", "stars,a,b\n" + rows, "2,3", `Reviews from "a" and "b"` + stars, "", ""},
		{"one of them", "stars,pros,cons\n" + rows, "pros",
			`Reviews from "pros"` + stars, "", good + "||" + pool},
		{"a name with a comma", "stars,\"pros, all\",cons\n" + rows, "pros, all,cons",
			`Reviews from "pros, all" and "cons"` + stars, "", ""},
		{"names unlike", "stars,What was good,Disadvantages of it\n" + rows, "",
			`Reviews from "What was good" and "Disadvantages of it"` + stars, "is a guess", ""},
		{"beside a whole text", "stars,pros,cons,comment\n" +
			"5,Quick and quiet,Nothing,I would buy it again\n" +
			"1,None,Broke at once,I want my money back\n", "",
			`Reviews from "comment"` + stars, `"pros" and "cons" hold texts, too`, ""},
		{"beside a text that few have", "stars,pros,cons,comment\n" +
			strings.ReplaceAll(rows, "\n", ",\n"), "", `Reviews from "pros" and "cons"` +
			stars, "", ""},
		{"counts", "likes,dislikes,review\n5,1,I would buy it again\n7,2,I want my money back\n",
			"",
			`Reviews from "review".`, "", ""},
	} {
		source := strings.NewReader(tt.in)
		r, err := Open(t.Context(), source, source.Size(), Options{Text: tt.text})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := r.Sentence(); got != tt.sentence {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.sentence)
		}
		doubts := ""
		for _, d := range r.Doubts() {
			doubts += d.Detail
		}
		if (doubts == "") != (tt.doubt == "") || !strings.Contains(doubts, tt.doubt) {
			t.Errorf("%s: the doubt is %q, want %q", tt.name, doubts, tt.doubt)
		}
		if got := textsOf(source, r); tt.texts != "" && got != tt.texts {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.texts)
		}
	}
}

// textsOf returns the joined texts of all rows.
func textsOf(source *strings.Reader, r *Reading) string {
	var texts []string
	reader := NewReader(io.NewSectionReader(source, 0, source.Size()), r.Dialect)
	for {
		record, err := reader.Read()
		if err != nil {
			return strings.Join(texts, "|")
		}
		texts = append(texts, string(r.Columns.Join(nil, "{title}. {text}", record.Fields)))
	}
}

func TestPartsAreNamedRightly(t *testing.T) {
	const in = "stars,pros,cons\n5,Friendly staff and great rooms,No Negative\n1,Nothing,Cold shower\n"
	for text, want := range map[string]string{
		"pros,price": `no column "price"; columns are stars, pros, cons`,
		"pros,pros":  `the text is named twice: "pros,pros"`,
		"a,b":        `no column "a,b"; columns are stars, pros, cons`,
	} {
		_, err := Open(t.Context(), strings.NewReader(in), int64(len(in)), Options{Text: text})
		if e, ok := err.(*Error); !ok || e.Detail != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	r, err := Open(t.Context(), strings.NewReader(in), int64(len(in)), Options{Title: "pros"})
	if c := r.Columns; err != nil || c.Text != 2 || c.Second != 0 || c.Title != 1 {
		t.Errorf("pros as the title: %+v, %v", r.Columns, err)
	}
}

// Columns stored as JSON before texts could be in two parts keep their meaning.
func TestColumnsKeptBefore(t *testing.T) {
	const before = `{"Text":2,"Title":1,"Stars":-1,"Date":0,"Product":-1,"ID":-1}`
	want := Columns{Text: 2, Title: 1, Stars: -1, Date: 0, Product: -1, ID: -1}
	var got Columns
	if err := json.Unmarshal([]byte(before), &got); err != nil ||
		!reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	if again, err := json.Marshal(got); err != nil || string(again) != before {
		t.Errorf("%s, %v, want %s", again, err, before)
	}
}
