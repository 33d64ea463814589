package worker

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"reviewlens/app/message"
	"reviewlens/app/worker/scorer"
	"reviewlens/reviews/phrases"
	"reviewlens/reviews/table"
	"reviewlens/reviews/text"
)

// Limits on the cost of an explanation, whatever the text: sentences that are scored, variants of
// it with a word left out, and the tokens of all variants together.
const (
	maxSentences     = 60
	maxVariants      = 48
	maxVariantTokens = 5000
	namedWords       = 5
	minEffect        = 0.01 // a smaller effect is noise of the model
)

// explain finds the reasons for the score of a text: how each sentence scores alone, and the words
// without which the text would score differently. Each is one request. Errors are ignored: the
// verdict is then shown without an explanation. scored is the model that gave the score, nil for
// the current one.
func (w *Worker) explain(ctx context.Context, scored *scorer.Model, out message.Explained,
	review, title string, whole message.Scored) {
	e, err := w.scorer.Model(ctx)
	if err != nil {
		return
	}
	if scored != nil && scored.ID != e.ID { // the server has changed its model since
		e = scored
	}
	if e.English {
		out.Language = text.Readability([]byte(title+"\n"+review), nil).Language()
	}
	if whole.Unread != "" {
		out.Sentences, out.Unread, out.Done = []message.Sentence{{Text: review}}, true, true
		w.send(ctx, message.Event{Name: message.EventExplained, Explained: &out})
		return
	}
	sentences := text.Sentences(review)
	if n := len(sentences); n > maxSentences {
		out.Rest = strings.Join(sentences[maxSentences:], "")
		sentences = sentences[:maxSentences]
	}
	windows := make([][][]int32, 0, len(sentences))
	at := make([]int, 0, len(sentences)) // sentence of each request
	for i, s := range sentences {
		out.Sentences = append(out.Sentences, message.Sentence{Text: s})
		if cut, _ := e.Encode(text.Clean([]byte(s))); len(cut) > 0 && len(wordsIn(s, e.Emoji)) > 0 {
			windows, at = append(windows, cut), append(at, i)
		}
	}
	if len(windows) > 0 {
		scores, err := w.scorer.Score(ctx, e, windows, scorer.Retry{})
		if err != nil {
			return
		}
		for k, i := range at {
			if scores[k].Err == "" {
				p := float64(scores[k].Positive)
				out.Sentences[i].Scored = message.Scored{Sentiment: e.Rule.Name(p).String(),
					Positive: p, Windows: len(windows[k])}
			}
		}
	}
	w.send(ctx, message.Event{Name: message.EventExplained, Explained: &out})
	done := out // the first is being sent and must not change
	done.Sentences = slices.Clone(out.Sentences)
	w.words(ctx, e, &done, title, whole)
	done.Done = true
	w.send(ctx, message.Event{Name: message.EventExplained, Explained: &done})
}

// place is a word in a sentence of an explanation.
type place struct {
	sentence, from, to int
	effect             float64
}

func inOrder(a, b place) int {
	return cmp.Or(cmp.Compare(a.sentence, b.sentence), cmp.Compare(a.from, b.from))
}

// words finds the words whose removal changes the score most. For a text that fits one window, each
// word is removed from the whole text, title included; for a longer one, only from the sentence
// that supports the verdict most, which is named. If nothing was found, out.Of is set only if every
// word was tried.
func (w *Worker) words(ctx context.Context, e *scorer.Model, out *message.Explained, title string,
	whole message.Scored) {
	of, base := "text", whole.Positive
	first, last := 0, len(out.Sentences)
	if whole.Windows > 1 || out.Rest != "" {
		of = "sentence"
		var ok bool
		if first, ok = leansMost(out.Sentences, whole.Positive < 0.5); !ok {
			return
		}
		last, base, title = first+1, out.Sentences[first].Positive, ""
	}
	var places []place
	words := 0 // including those that explain nothing, such as "the"
	var subject strings.Builder
	starts := map[int]int{}
	for i := first; i < last; i++ {
		starts[i] = subject.Len()
		for _, at := range wordsIn(out.Sentences[i].Text, e.Emoji) {
			words++
			if phrases.Explains(out.Sentences[i].Text[at[0]:at[1]]) {
				places = append(places, place{sentence: i, from: at[0], to: at[1]})
			}
		}
		subject.WriteString(out.Sentences[i].Text)
	}
	if words < 2 {
		return
	}
	text := subject.String()
	encode := func(text string) [][]int32 {
		windows, _ := e.Encode(join(nil, e.Join, table.Columns{Title: 0, Text: 1},
			[][]byte{[]byte(title), []byte(text)}))
		return windows
	}
	all := len(places)
	limit := min(maxVariants, maxVariantTokens/max(1, scorer.Tokens(encode(text))))
	if len(places) > limit { // the words of the sentences that lean most come first
		slices.SortStableFunc(places, func(a, b place) int {
			lean := func(p place) float64 {
				return math.Abs(out.Sentences[p.sentence].Positive - 0.5)
			}
			return cmp.Or(cmp.Compare(lean(b), lean(a)), inOrder(a, b))
		})
		places = places[:max(limit, 1)]
	}
	variants := make([][][]int32, 0, len(places))
	encoded := places[:0]
	for _, p := range places {
		from, to := starts[p.sentence]+p.from, starts[p.sentence]+p.to
		if windows := encode(text[:from] + strings.TrimLeft(text[to:], " ")); len(windows) > 0 {
			variants, encoded = append(variants, windows), append(encoded, p)
		}
	}
	if len(variants) == 0 {
		return
	}
	scores, err := w.scorer.Score(ctx, e, variants, scorer.Retry{})
	if err != nil {
		return
	}
	tried := encoded[:0]
	for i, p := range encoded {
		if scores[i].Err == "" {
			p.effect = base - float64(scores[i].Positive)
			tried = append(tried, p)
		}
	}
	all -= len(tried)
	if markWords(out, tried); all == 0 || len(out.Words) > 0 {
		out.Of = of
	}
}

// leansMost returns the most negative, or the most positive, sentence; ok is false if none has a
// score of its own in one window.
func leansMost(sentences []message.Sentence, negative bool) (most int, ok bool) {
	leaning := func(s message.Sentence) float64 {
		if s.Sentiment == "" || s.Windows > 1 {
			return math.Inf(-1)
		}
		if negative {
			return -s.Positive
		}
		return s.Positive
	}
	for i := range sentences {
		if leaning(sentences[i]) > leaning(sentences[most]) {
			most = i
		}
	}
	return most, len(sentences) > 0 && !math.IsInf(leaning(sentences[most]), -1)
}

// markWords names the words with the largest effect, and marks them in their sentences.
func markWords(out *message.Explained, places []place) {
	slices.SortStableFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(math.Abs(b.effect), math.Abs(a.effect)), inOrder(a, b))
	})
	marked := places[:0]
	for _, p := range places {
		if len(marked) < namedWords && math.Abs(p.effect) >= minEffect {
			marked = append(marked, p)
			out.Words = append(out.Words,
				message.Word{Text: out.Sentences[p.sentence].Text[p.from:p.to], Effect: p.effect})
		}
	}
	slices.SortStableFunc(marked, inOrder)
	for _, p := range marked {
		s := &out.Sentences[p.sentence]
		s.Marks = append(s.Marks, message.Mark{From: p.from, To: p.to, Effect: p.effect})
	}
}

// wordsIn returns the positions of words (letters, digits, and apostrophes and hyphens inside) and,
// if the model reads them, of emoji.
func wordsIn(text string, emoji bool) (out [][2]int) {
	from, skip := -1, 0
	for i, r := range text {
		if i < skip {
			continue
		}
		if emoji {
			if size := scorer.EmojiSize(text[i:]); size > 0 {
				if from >= 0 {
					out, from = append(out, [2]int{from, i}), -1
				}
				skip = i + size
				out = append(out, [2]int{i, skip})
				continue
			}
		}
		inside := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
		if !inside && from >= 0 && (r == '\'' || r == '’' || r == '-') {
			next, _ := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):])
			inside = unicode.IsLetter(next)
		}
		switch {
		case inside && from < 0:
			from = i
		case !inside && from >= 0:
			out, from = append(out, [2]int{from, i}), -1
		}
	}
	if from >= 0 {
		out = append(out, [2]int{from, len(text)})
	}
	return out
}
