package tokenizers

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// config is tokenizer.json. Truncation and padding are left to the caller.
type config struct {
	Added         []added     `json:"added_tokens"`
	Normalizer    stepConfig  `json:"normalizer"`
	PreTokenizer  stepConfig  `json:"pre_tokenizer"`
	PostProcessor postConfig  `json:"post_processor"`
	Model         modelConfig `json:"model"`
}

// modelConfig is "model" of tokenizer.json.
type modelConfig struct {
	Type         string          `json:"type"`
	Vocab        json.RawMessage `json:"vocab"`
	Merges       json.RawMessage `json:"merges"`
	Dropout      *float64        `json:"dropout"`
	UnkToken     string          `json:"unk_token"`
	UnkID        *int            `json:"unk_id"`
	Prefix       string          `json:"continuing_subword_prefix"`
	Suffix       string          `json:"end_of_word_suffix"`
	FuseUnk      bool            `json:"fuse_unk"`
	ByteFallback bool            `json:"byte_fallback"`
	IgnoreMerges bool            `json:"ignore_merges"`
}

// bpe decodes the vocabulary and the merges, which are pairs or, in older files, strings with a
// space between.
func (c modelConfig) bpe() (ids map[string]int, merges [][2]string, err error) {
	if err := json.Unmarshal(c.Vocab, &ids); err != nil {
		return nil, nil, fmt.Errorf("model.vocab: %w", err)
	}
	if json.Unmarshal(c.Merges, &merges) == nil {
		return ids, merges, nil
	}
	var lines []string
	if err := json.Unmarshal(c.Merges, &lines); err != nil {
		return nil, nil, fmt.Errorf("model.merges: %w", err)
	}
	merges = make([][2]string, len(lines))
	for i, line := range lines {
		left, right, ok := strings.Cut(line, " ")
		if !ok || strings.Contains(right, " ") {
			return nil, nil, fmt.Errorf("model.merges: merge %d is %q; want two tokens with a "+
				"space between", i, line)
		}
		merges[i] = [2]string{left, right}
	}
	return ids, merges, nil
}

type piece struct {
	token string
	score float64
}

func (p *piece) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&p.token, &p.score})
}

func (c modelConfig) unigram() (pieces []piece, err error) {
	if err := json.Unmarshal(c.Vocab, &pieces); err != nil {
		return nil, fmt.Errorf("model.vocab: %w", err)
	}
	return pieces, nil
}

// postConfig is "post_processor", of any type.
type postConfig struct {
	Type        string                           `json:"type"`
	Processors  []postConfig                     `json:"processors"`
	Single      []partConfig                     `json:"single"`
	Pair        []partConfig                     `json:"pair"`
	Special     map[string]struct{ IDs []int32 } `json:"special_tokens"`
	CLS         tokenConfig                      `json:"cls"`
	SEP         tokenConfig                      `json:"sep"`
	TrimOffsets *bool                            `json:"trim_offsets"`
	AddSpace    *bool                            `json:"add_prefix_space"`
}

type partConfig struct {
	Sequence     *placeConfig
	SpecialToken *placeConfig
}

type placeConfig struct {
	ID   string `json:"id"`
	Type int8   `json:"type_id"`
}

// tokenConfig is a pair such as ["</s>", 2].
type tokenConfig struct{ id int32 }

func (t *tokenConfig) UnmarshalJSON(data []byte) error {
	var name string
	return json.Unmarshal(data, &[]any{&name, &t.id})
}

func (c postConfig) apply(t *Tokenizer) (err error) {
	cls, sep := []int32{c.CLS.id}, []int32{c.SEP.id}
	a, b := part{sequence: "A"}, part{sequence: "B", typ: 1}
	switch c.Type {
	case "":
	case "Sequence":
		for _, p := range c.Processors {
			if err := p.apply(t); err != nil {
				return err
			}
		}
	case "TemplateProcessing":
		if t.single, err = c.template(c.Single); err != nil {
			return err
		}
		t.pair, err = c.template(c.Pair)
	case "BertProcessing":
		t.single = []part{{ids: cls}, a, {ids: sep}}
		t.pair = []part{{ids: cls}, a, {ids: sep}, b, {ids: sep, typ: 1}}
	case "RobertaProcessing":
		b.typ = 0
		t.single = []part{{ids: cls}, a, {ids: sep}}
		t.pair = []part{{ids: cls}, a, {ids: append(sep, sep...)}, b, {ids: sep}}
		fallthrough
	case "ByteLevel":
		t.trim = c.TrimOffsets == nil || *c.TrimOffsets
		t.addSpace = c.AddSpace == nil || *c.AddSpace
	default:
		err = fmt.Errorf("post_processor.type is %q; supported are TemplateProcessing, "+
			"BertProcessing, RobertaProcessing, ByteLevel and Sequence", c.Type)
	}
	return err
}

func (c postConfig) template(from []partConfig) (parts []part, err error) {
	for _, p := range from {
		switch {
		case p.Sequence != nil:
			parts = append(parts, part{sequence: p.Sequence.ID, typ: p.Sequence.Type})
		case p.SpecialToken != nil:
			special, ok := c.Special[p.SpecialToken.ID]
			if !ok {
				return nil, fmt.Errorf("post_processor.special_tokens lacks %q, which its "+
					"template names", p.SpecialToken.ID)
			}
			parts = append(parts, part{ids: special.IDs, typ: p.SpecialToken.Type})
		}
	}
	return parts, nil
}

// complete sets all fields of t but the model.
func (c *config) complete(t *Tokenizer) error {
	t.single, t.pair = []part{{sequence: "A"}}, []part{{sequence: "A"}, {sequence: "B", typ: 1}}
	if err := c.PostProcessor.apply(t); err != nil {
		return err
	}
	normalizers, err := t.makeSteps(c.Normalizer, t.normalizer)
	if err != nil {
		return fmt.Errorf("normalizer: %w", err)
	}
	cutters, err := t.makeSteps(c.PreTokenizer, t.preTokenizer)
	if err != nil {
		return fmt.Errorf("pre_tokenizer: %w", err)
	}
	t.steps = chain(append(normalizers, cutters...)...)
	for _, a := range c.Added {
		switch {
		case a.Content == "":
			continue
		case a.SingleWord:
			t.inexact = append(t.inexact, fmt.Sprintf("single_word of added token %q", a.Content))
		case a.Normalized && len(normalizers) > 0:
			t.inexact = append(t.inexact, fmt.Sprintf("normalized of added token %q", a.Content))
		}
		t.added = append(t.added, a)
		t.pieces[a.ID] = a.Content
	}
	slices.SortStableFunc(t.added, func(a, b added) int { return len(b.Content) - len(a.Content) })
	return nil
}
