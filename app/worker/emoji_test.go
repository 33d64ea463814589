package worker

import (
	"slices"
	"testing"
	"testing/synctest"

	"reviewlens/api/wire"
	"reviewlens/app/message"
)

func TestWordsIn(t *testing.T) {
	for text, want := range map[string][2][]string{ // without emoji, and with
		"so good😍so bad😡!":    {{"so", "good", "so", "bad"}, {"so", "good", "😍", "so", "bad", "😡"}},
		"👍🏽👍 👩\u200d💻❤️ it's": {{"\ufe0f", "it's"}, {"👍🏽", "👍", "👩\u200d💻", "❤️", "it's"}},
		"...":                 {},
		"👍":                   {nil, {"👍"}},
		"👍\u200d":             {nil, {"👍\u200d"}},
		"👍\u200dx":            {{"x"}, {"👍\u200d", "x"}},
	} {
		for i, emoji := range []bool{false, true} {
			var got []string
			for _, at := range wordsIn(text, emoji) {
				got = append(got, text[at[0]:at[1]])
			}
			if !slices.Equal(got, want[i]) {
				t.Errorf("wordsIn(%q, %v) = %q, want %q", text, emoji, got, want[i])
			}
		}
	}
}

// Emoji alone are a review if the model reads them: in the box, in a file, in its sample.
func TestEmojiAreRead(t *testing.T) {
	for emoji, want := range map[string]string{"": "no words", wire.EmojiNames: ""} {
		synctest.Test(t, func(t *testing.T) {
			p := newPage(t, &server{model: "aaaaaaaaaaaa", emoji: emoji})
			p.w.Do(message.Command{Name: message.Score, ID: 1, Text: "☺☺☺"}, nil)
			got := p.wait(t, "the verdict",
				func(e message.Event) bool { return e.Name == message.EventVerdict }).Verdict
			if got.Unread != want {
				t.Errorf("emoji %q: %+v", emoji, got)
			}
			p.open(t, "r.csv", "review\na good lid it is\n☺☺☺\n!!!\n")
			summary := p.start(t).Summary
			unread := 1 // the marks
			if want != "" {
				unread = 2
			}
			if summary.Unread != unread || summary.NoWords != unread {
				t.Errorf("emoji %q: %d rows are unread, %d without words, want %d", emoji,
					summary.Unread, summary.NoWords, unread)
			}
		})
	}
}
