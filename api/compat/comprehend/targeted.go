package comprehend

import (
	"net/http"
	"strings"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

// attribute is the type of every mention, Comprehend's for a part or a property of a thing.
const attribute = "ATTRIBUTE"

// targeted holds the entities of a text.
type targeted struct {
	Entities []entity
}

// entity holds the mentions of one aspect.
type entity struct {
	DescriptiveMentionIndex []int
	Mentions                []mention
}

// mention is a mention of an entity; its offsets are in code points.
type mention struct {
	BeginOffset      int
	EndOffset        int
	Score            float64
	GroupScore       float64
	Text             string
	Type             string
	MentionSentiment detected
}

// targets returns the entities of texts.
func (h *Handler) targets(r *http.Request, texts []string) ([]outcome[targeted], error) {
	e, release, err := h.host.Models.Acquire(r.Context(), "")
	if err != nil {
		return nil, err
	}
	defer release()
	results, err := scoring.TextsWith(r.Context(), e, texts, h.host.Limits.Tokens,
		scoring.Extras{Topics: true})
	if err != nil {
		return nil, err
	}
	all := make([]outcome[targeted], len(texts))
	for i, result := range results {
		if result.Positive == nil {
			all[i].failed = failureOf(result)
			continue
		}
		all[i].found = &targeted{entities(texts[i], result.Mentions)}
	}
	return all, nil
}

// entities groups the mentions of a text by aspect, in the order of their first mention. The
// longest mention describes the entity.
func entities(text string, mentions []wire.Mention) []entity {
	points := []rune(text)
	out := []entity{}
	at := map[string]int{}
	for _, m := range mentions {
		i, ok := at[m.Aspect]
		if !ok {
			i = len(out)
			at[m.Aspect] = i
			out = append(out, entity{DescriptiveMentionIndex: []int{0}})
		}
		e := &out[i]
		e.Mentions = append(e.Mentions, mention{BeginOffset: m.Start, EndOffset: m.End,
			Score: m.Probability, GroupScore: 1, Text: string(points[m.Start:m.End]),
			Type: attribute, MentionSentiment: sentimentOf(m)})
		longest := &e.Mentions[e.DescriptiveMentionIndex[0]]
		if m.End-m.Start > longest.EndOffset-longest.BeginOffset {
			e.DescriptiveMentionIndex[0] = len(e.Mentions) - 1
		}
	}
	return out
}

// sentimentOf gives a mention's polarity its probability, but at least enough to lead among three;
// the other two share the rest. No mention is mixed.
func sentimentOf(m wire.Mention) detected {
	p := max(m.Probability, 0.34)
	rest := (1 - p) / 2
	s := sentimentScore{Negative: rest, Neutral: rest, Positive: rest}
	switch m.Polarity {
	case "negative":
		s.Negative = p
	case "neutral":
		s.Neutral = p
	default:
		s.Positive = p
	}
	return detected{strings.ToUpper(m.Polarity), s}
}
