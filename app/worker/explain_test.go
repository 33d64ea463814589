package worker

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"reviewlens/app/client"
	"reviewlens/app/message"
	"reviewlens/tokenizer/batch"
)

// explained waits until the explanation is complete.
func (p *page) explained(t *testing.T) message.Explained {
	t.Helper()
	return *p.wait(t, "the reasons",
		func(e message.Event) bool {
			return e.Name == message.EventExplained && e.Explained.Done
		}).Explained
}

func TestExplain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa"}
		p := newPage(t, s)
		text := "It is a bad lid. But it's OK, 1.5 of 5!\nBad?"
		p.w.Do(message.Command{Name: message.Score, ID: 3, Text: text}, nil)
		got := p.explained(t)
		var parts []string
		for _, s := range got.Sentences {
			parts = append(parts, s.Sentiment+": "+s.Text)
		}
		if got.ID != 3 || !slices.Equal(parts,
			[]string{"negative: It is a bad lid. ", "unsure: But it's OK, 1.5 of 5!\n",
				"negative: Bad?"}) {
			t.Errorf("sentences = %q", parts)
		}
		// Either "bad" alone changes nothing: the other one is left.
		if len(got.Words) != 0 || got.Of != "text" {
			t.Errorf("words = %+v of the %s", got.Words, got.Of)
		}
		p.w.Do(message.Command{Name: message.Score, ID: 4, Text: "It is a bad lid, they said."},
			nil)
		got = p.explained(t)
		if len(got.Words) != 1 || got.Words[0].Text != "bad" || got.Words[0].Effect > -0.4 ||
			!slices.Equal(got.Sentences[0].Marks,
				[]message.Mark{{From: 8, To: 11, Effect: got.Words[0].Effect}}) {
			t.Errorf("words = %+v, marks %+v", got.Words, got.Sentences[0].Marks)
		}

		// A long text, of many windows: bounded, and the words are those of one sentence.
		calls, before := 0, 0
		s.mu.Lock()
		for _, n := range s.texts {
			before += n
		}
		s.mu.Unlock()
		long := strings.Repeat("It is so so and so on. ", 200) + "This one is bad."
		p.w.Do(message.Command{Name: message.Score, ID: 5, Text: "A bad one. " + long}, nil)
		got = p.explained(t)
		s.mu.Lock()
		for _, n := range s.texts {
			calls += n
		}
		s.mu.Unlock()
		if len(got.Sentences) != maxSentences || got.Rest == "" || got.Of != "sentence" ||
			len(got.Words) != 1 || got.Words[0].Text != "bad" {
			t.Errorf("%d sentences, words = %+v of the %s", len(got.Sentences), got.Words, got.Of)
		}
		if calls-before > 1+maxSentences+maxVariants {
			t.Errorf("%d texts were scored", calls-before)
		}
		p.w.Do(message.Command{Name: message.Score, ID: 6,
			Text: "Der Deckel ist nach zwei Tagen abgebrochen."}, nil)
		if got = p.explained(t); got.Language != "German" || !got.Unread || len(got.Words) > 0 {
			t.Errorf("of a text in German: %+v", got)
		}
	})
}

// If words were not tried, nothing is said of them: not that none of them decides.
func TestExplainUntried(t *testing.T) {
	for name, tt := range map[string]struct {
		text  string
		calls int // that are answered; 0 for all
		of    string
	}{
		"one word":               {"Bad!", 0, ""},
		"no word that explains":  {"It is.", 0, ""},
		"the request failed":     {"It is a bad lid, they said.", 2, ""},
		"no sentence in a piece": {strings.Repeat("it is so so and so on, ", 200), 0, ""},
		"more than are tried":    {strings.Repeat("lid so so ", 60), 0, ""},
		"none decides":           {"It is so so with the lid.", 0, "text"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{model: "aaaaaaaaaaaa"}
				s.before = func(call int) *client.Response {
					if tt.calls > 0 && call > tt.calls {
						return &client.Response{Status: 400}
					}
					return nil
				}
				p := newPage(t, s)
				p.w.Do(message.Command{Name: message.Score, ID: 3, Text: tt.text}, nil)
				if got := p.explained(t); got.Of != tt.of || len(got.Words) > 0 ||
					len(got.Sentences) == 0 {
					t.Errorf("words = %+v of %q", got.Words, got.Of)
				}
			})
		})
	}
}

// The reasons for a row are those for the same text in the box; a later review replaces an earlier.
func TestExplainRow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		p.open(t, "r.csv", "title,review\nhere,a good lid it is. Yes.\nthere,so so and bad\n")
		p.start(t)
		p.w.Do(message.Command{Name: message.Show, Row: 1}, nil)
		p.w.Do(message.Command{Name: message.Show, Row: 2}, nil)
		if got := p.explained(t); got.Row != 2 || len(got.Words) != 1 ||
			got.Words[0].Text != "bad" {
			t.Errorf("row 2 = %+v", got)
		}
	})
}

// The explanation of a row uses the model that scored it, even if the server has another since.
func TestExplainRowOfOtherModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa"}
		p := newPage(t, s)
		p.open(t, "r.csv", "review\nIt is a bad lid.\n")
		if model := p.start(t).Model; model != "aaaaaaaaaaaa" {
			t.Errorf("scored by %q", model)
		}
		s.mu.Lock()
		s.model = "bbbbbbbbbbbb"
		s.mu.Unlock()
		p.w.Do(message.Command{Name: message.Score, ID: 3, Text: "It is a bad lid."}, nil)
		p.explained(t)
		s.mu.Lock()
		s.bodies, s.other = nil, "aaaaaaaaaaaa"
		s.mu.Unlock()
		p.w.Do(message.Command{Name: message.Show, Row: 1}, nil)
		p.explained(t)
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, body := range s.bodies {
			request, err := batch.DecodeRequest(body,
				batch.Limits{Texts: 100, Windows: 4, Length: 32, Tokens: 5000, Vocab: 1000})
			if err != nil || request.Model != "aaaaaaaaaaaa" {
				t.Errorf("asked of %q, %v", request.Model, err)
			}
		}
		if len(s.bodies) == 0 {
			t.Error("nothing was asked")
		}
	})
}
