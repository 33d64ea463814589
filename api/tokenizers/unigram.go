package tokenizers

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
)

// unkPenalty is how far an unknown character scores below the worst token, as in SentencePiece.
const unkPenalty = 10

// unigram splits text so that the sum of its tokens' scores is largest, as the reference does.
type unigram struct {
	vocab        vocab
	scores       map[string]float64
	unk          int // -1 if there is none
	unkScore     float64
	longest      int // bytes
	byteFallback bool
}

func newUnigram(c modelConfig) (model, error) {
	pieces, err := c.unigram()
	if err != nil {
		return nil, err
	}
	u := &unigram{vocab: vocab{}, scores: map[string]float64{}, unk: -1, unkScore: math.Inf(1),
		byteFallback: c.ByteFallback}
	for id, p := range pieces {
		u.vocab[p.token], u.scores[p.token] = id, p.score
		u.unkScore = min(u.unkScore, p.score-unkPenalty)
		u.longest = max(u.longest, len(p.token))
	}
	if c.UnkID != nil {
		if u.unk = *c.UnkID; u.unk < 0 || u.unk >= len(pieces) {
			return nil, fmt.Errorf("model.unk_id is %d, outside model.vocab, which has %d tokens",
				u.unk, len(pieces))
		}
	}
	return u, nil
}

// path is the best path to a byte of the text.
type path struct {
	score   float64
	from    int // start of its last token; -1 if there is no path yet
	unknown bool
}

func (u *unigram) ids() vocab { return u.vocab }

func (u *unigram) tokenize(text string) ([]token, error) {
	best := slices.Repeat([]path{{from: -1}}, len(text)+1)
	for i := 0; i < len(text); {
		_, size := utf8.DecodeRuneInString(text[i:])
		here, single := best[i].score, false
		for n := 1; n <= min(u.longest, len(text)-i); n++ {
			score, ok := u.scores[text[i:i+n]]
			if !ok {
				continue
			}
			single = single || n == size
			if to := &best[i+n]; to.from < 0 || here+score > to.score {
				*to = path{here + score, i, u.vocab[text[i:i+n]] == u.unk}
			}
		}
		if to := &best[i+size]; !single && (to.from < 0 || here+u.unkScore > to.score) {
			if u.unk < 0 {
				return nil, errors.New("a character is not in the vocabulary, and " +
					"model.unk_id is null")
			}
			*to = path{here + u.unkScore, i, true}
		}
		i += size
	}
	var ends []int // ends of tokens, from the last; adjacent unknown ones are one
	for end, unknown := len(text), false; end > 0; end = best[end].from {
		if !unknown || !best[end].unknown {
			ends = append(ends, end)
		}
		unknown = best[end].unknown
	}
	slices.Reverse(ends)
	var tokens []token
	from := 0
	for _, end := range ends {
		piece := text[from:end]
		ids, ok := []int{u.vocab[piece]}, true
		if _, known := u.vocab[piece]; !known {
			if ids, ok = u.vocab.byteTokens(piece); !ok || !u.byteFallback {
				ids = []int{u.unk}
			}
		}
		for _, id := range ids {
			tokens = append(tokens, token{id, from, end})
		}
		from = end
	}
	return tokens, nil
}
