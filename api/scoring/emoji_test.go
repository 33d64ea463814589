package scoring

import (
	"bytes"
	"strings"
	"testing"

	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/table"
	"reviewlens/tokenizer"
)

// newEmojiFake is like newFake, for a model that reads emoji.
func newEmojiFake(t *testing.T) *fake {
	t.Helper()
	m := *newFake(t).model
	m.Manifest.Tokenizer.Emoji = wire.EmojiNames
	var err error
	m.Tokenizer, err = tokenizer.New(bytes.NewReader(m.Vocab),
		tokenizer.Config{Lowercase: m.Manifest.Tokenizer.Lowercase, Emoji: true})
	if err != nil {
		t.Fatal(err)
	}
	return &fake{model: &m}
}

// All entry points find a text of emoji readable for a model that reads them, for others wordless.
func TestEmojiTexts(t *testing.T) {
	texts := []string{"👍👍", "👍🏽", "It works 👍", "🏽", "...", "★★★", "5"}
	for _, c := range []struct {
		name   string
		e      *fake
		unread string // a mark for each text
	}{{"without emoji", newFake(t), "xx.xxxx"}, {"with emoji", newEmojiFake(t), "...xxxx"}} {
		t.Run(c.name, func(t *testing.T) {
			results, err := Texts(t.Context(), c.e, texts, 0)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, r := range results {
				switch {
				case r.Error != nil:
					got += "x" // a skin tone alone is unreadable
				case r.Unread == "no words" && r.Sentiment == reviews.Unsure.String():
					got += "x"
				case r.Unread == "":
					got += "."
				}
			}
			if got != c.unread {
				t.Errorf("texts are unread %s, want %s: %+v", got, c.unread, results)
			}
			tab := newTestTable(t, c.e, "review\n"+strings.Join(texts, "\n")+"\n", 0, nil)
			if err := tab.Score(t.Context()); err != nil {
				t.Fatal(err)
			}
			for i := range texts {
				row := tab.at(i)
				unread := row.Sentiment == reviews.None || row.Unread != 0
				if unread != (c.unread[i] == 'x') {
					t.Errorf("row %q is %+v", texts[i], row)
				}
			}
		})
	}
}

// Reviews of emoji cause no doubt about how a file is read; reviews of numbers do.
func TestEmojiAreNoDoubt(t *testing.T) {
	for text, doubt := range map[string]bool{"👍👍": false, "👍 👎": false, "!!!": true} {
		file := "review,stars\n" + strings.Repeat(text+",5\nIt works as it should.,5\n", 20)
		_, err := Open(t.Context(), strings.NewReader(file),
			table.Options{Text: "review", Strict: true})
		if doubt != (err != nil && strings.Contains(err.Error(), "without words")) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
