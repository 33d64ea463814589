package table

import (
	"reflect"
	"slices"
	"strconv"
	"testing"
)

// Of a text and its translation, the one in English is read.
func TestTextInEnglish(t *testing.T) {
	german := []string{"Funktioniert wie es soll, jeden Tag, meine Mutter liebt ihn.",
		"Schon am zweiten Tag war er kaputt, das ist sehr schade.",
		"Gut für das Geld, aber der Deckel ist nicht ganz dicht."}
	english := []string{"Works as it should, every day, and my mother loves it.",
		"It broke on the second day already, which is a shame.",
		"Good value for the money, but the lid leaks a little."}
	for _, tt := range []struct {
		first, second string
		columns       [2][]string
		want          string
	}{
		{"review", "review_translated", [2][]string{german, english}, "review_translated"},
		{"Original text", "In English", [2][]string{german, english}, "In English"},
		{"text_en", "text_de", [2][]string{english, german}, "text_en"},
		{"review", "review_de", [2][]string{english, german}, "review"},
		{"Kommentar", "Übersetzung", [2][]string{german, english}, "Übersetzung"},
		{"评论", "英文翻译", [2][]string{german, english}, "英文翻译"},
		{"review", "owner reply", [2][]string{german, english}, "review"},
		{"review", "product description", [2][]string{german, english}, "review"},
	} {
		header := []string{tt.first, tt.second, "stars"}
		var rows [][]string
		for i := range tt.columns[0] {
			rows = append(rows, []string{tt.columns[0][i], tt.columns[1][i], strconv.Itoa(i + 3)})
		}
		c, _ := GuessColumns(header, rows)
		if c.Text != slices.Index(header, tt.want) || c.Title >= 0 {
			t.Errorf("%q: the text is %d, the title %d, want %q", header, c.Text, c.Title, tt.want)
		}
	}
}

// Questions of customers are not reviews, however long, and not products.
func TestQuestionsBesideReviews(t *testing.T) {
	questions := []string{"Does the kettle switch itself off when the water has boiled?",
		"How long does it take until one litre of water is hot?",
		"Is the lid made of plastic or of steel, and can it be removed?"}
	reviews := []string{"Works as it should.", "It broke already.", "Good value."}
	for _, names := range [][2]string{{"question_text", "feedback"}, {"Questions", "Comments"},
		{"Questions about the product", "Review"}, {"Content", "Review"}} {
		var rows [][]string
		for i := range questions {
			rows = append(rows, []string{questions[i], reviews[i], strconv.Itoa(i + 3)})
		}
		c, _ := GuessColumns([]string{names[0], names[1], "stars"}, rows)
		if c.Text != 1 || c.Product >= 0 || c.Title >= 0 {
			t.Errorf("%q: %+v", names, c)
		}
	}
}

// Columns whose names contain words for ratings, products or texts but hold none of these.
func TestNamesOfOtherThings(t *testing.T) {
	rows := func(cells ...string) (rows [][]string) {
		for i, cell := range cells {
			rows = append(rows, []string{cell, "Works as it should " + strconv.Itoa(i)})
		}
		return rows
	}
	small := rows("5", "1", "3", "4")
	for name, rows := range map[string][][]string{
		"Hours": small, "Kids": small, "Floor": small, "Priority": small, "Difficulty": small,
		"Bewerter": small, "reviewRating.bestRating": small, "Worst rating": small,
		"product.page": small, "Game mode": rows("Solo", "Team"),
		"Model year":       rows("2020", "2021"),
		"Brand ambassador": rows("Yes", "No"), "Product recommended": rows("Yes", "No"),
		"Item condition":                  rows("Used", "New"),
		"products":                        rows(`[{"sku": "K7"}]`, `[{"sku": "L1"}]`),
		"The product met my expectations": rows("Strongly agree", "Disagree"),
	} {
		c, _ := GuessColumns([]string{name, "Review"}, rows)
		want := Columns{Text: 1, Title: -1, Stars: -1, Date: -1, Product: -1, ID: -1}
		if !reflect.DeepEqual(c, want) {
			t.Errorf("%q: %+v", name, c)
		}
	}
	for _, header := range [][]string{
		{"Pros", "Cons", "ReviewText"}, {"ReviewText", "Pros", "Cons"},
	} {
		rows := [][]string{make([]string, 3), make([]string, 3)}
		at := slices.Index(header, "ReviewText")
		rows[0][at], rows[1][at] = "Love it", "Broke"
		g := guess(header, rows)
		c, unread := g.columns, g.unread
		if c.Text != at || c.Second != 0 || unread != (pair{}) {
			t.Errorf("%q: %+v, unread %+v", header, c, unread)
		}
	}
}

// Texts that begin with a date, as notes and chats do, are texts.
func TestTextsWithDates(t *testing.T) {
	rows := [][]string{
		{"03/01/2024 - The kettle boils fast and its handle stays cool, I am happy."},
		{"20/01/2024 - The lid broke after two weeks and nobody answers my emails."},
		{"06/02/2024 - It does what it should, but no more than the old one did."},
	}
	if c, _ := GuessColumns(nil, rows); c.Text != 0 || c.Date != -1 {
		t.Errorf("text is column %d, date %d, want 0 and -1", c.Text, c.Date)
	}
	dates := [][]string{
		{"Reviewed in the United Arab Emirates on January 3, 2024", "Good"},
		{"Wed Jan 03 2024 09:05:00 GMT+0100 (Central European Standard Time)", "Bad"},
	}
	if c, _ := GuessColumns([]string{"date", "review"}, dates); c.Text != 1 || c.Date != 0 {
		t.Errorf("text is column %d, date %d, want 1 and 0", c.Text, c.Date)
	}
}

// Widths of five stars are ratings, whatever their column is called, and other shares are not.
func TestStarsInFifths(t *testing.T) {
	texts := []string{"Works as it should, every day.", "It broke already, on day two.",
		"Good value for the money.", "The lid leaks a little."}
	for _, tt := range []struct {
		name  string
		cells []string
		want  bool
	}{
		{"buyerEval", []string{"100", "20", "80", "20"}, true},
		{"bar", []string{"100", "20", "80", "20"}, true},
		{"bar", []string{"100", "25", "80", "20"}, false},
		{"bar", []string{"100", "20", "100", "20"}, false},
		{"bar", []string{"100", "20", "0", "40"}, false},
		{"amount", []string{"100", "20", "80", "20"}, false},
	} {
		var rows [][]string
		for i, text := range texts {
			rows = append(rows, []string{tt.cells[i], text})
		}
		c, _ := GuessColumns([]string{tt.name, "review"}, rows)
		if got := c.Stars == 0; got != tt.want {
			t.Errorf("%s of %q are ratings: %v, want %v", tt.name, tt.cells, got, tt.want)
		}
	}
}
