package tokenizers

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"github.com/sugarme/tokenizer"
	"github.com/sugarme/tokenizer/normalizer"
	"github.com/sugarme/tokenizer/pretrained"
	"golang.org/x/text/unicode/norm"
)

// stepConfig is "normalizer" or "pre_tokenizer", of any type.
type stepConfig struct {
	Type          string       `json:"type"`
	Normalizers   []stepConfig `json:"normalizers"`
	PreTokenizers []stepConfig `json:"pretokenizers"`

	Prepend string `json:"prepend"`
	Pattern struct {
		String *string
		Regex  *string
	} `json:"pattern"`
	Content    string `json:"content"`
	StripLeft  *bool  `json:"strip_left"`
	StripRight *bool  `json:"strip_right"`
	Charsmap   string `json:"precompiled_charsmap"`

	Replacement string `json:"replacement"`
	Scheme      string `json:"prepend_scheme"`
	AddSpace    *bool  `json:"add_prefix_space"`
	Split       *bool  `json:"split"`
	UseRegex    *bool  `json:"use_regex"`

	all map[string]any // the JSON, for sugarme
}

func (c *stepConfig) UnmarshalJSON(data []byte) error {
	type plain stepConfig
	if err := json.Unmarshal(data, (*plain)(c)); err != nil {
		return err
	}
	return json.Unmarshal(data, &c.all)
}

// makeSteps returns a step, or the steps of a sequence.
func (t *Tokenizer) makeSteps(c stepConfig,
	one func(stepConfig) (step, error)) (steps []step, err error) {
	switch c.Type {
	case "":
		return nil, nil
	case "Sequence":
		for _, inner := range append(c.Normalizers, c.PreTokenizers...) {
			more, err := t.makeSteps(inner, one)
			if err != nil {
				return nil, err
			}
			steps = append(steps, more...)
		}
		return steps, nil
	}
	s, err := one(c)
	return []step{s}, err
}

func (t *Tokenizer) normalizer(c stepConfig) (step, error) {
	forms := map[string]norm.Form{"NFC": norm.NFC, "NFD": norm.NFD, "NFKC": norm.NFKC,
		"NFKD": norm.NFKD}
	if form, ok := forms[c.Type]; ok {
		return compose(form), nil
	}
	switch c.Type {
	case "Prepend":
		return prepend(c.Prepend), nil
	case "Lowercase":
		return eachRune(lowercase), nil
	case "StripAccents":
		// the reference does not know 355 newer marks
		t.inexact = append(t.inexact, "normalizer StripAccents")
		return eachRune(withoutMark), nil
	case "Strip":
		return strip(isTrue(c.StripLeft), isTrue(c.StripRight)), nil
	case "Precompiled":
		table, err := newCharsmap(c.Charsmap)
		if err != nil {
			return nil, fmt.Errorf("precompiled_charsmap: %w", err)
		}
		return precompiled(table), nil
	case "Replace":
		if c.Pattern.String != nil {
			return replace(regexp.MustCompile(regexp.QuoteMeta(*c.Pattern.String)), c.Content), nil
		}
		if c.Pattern.Regex == nil {
			return nil, errors.New("no pattern for Replace")
		}
		re, err := regexp.Compile(*c.Pattern.Regex)
		if err != nil {
			return nil, fmt.Errorf("pattern of Replace: %w; what RE2 reads is supported", err)
		}
		if *c.Pattern.Regex != " {2,}" { // " {2,}" is that of XLM-R and T5
			t.inexact = append(t.inexact, "normalizer Replace of a Regex")
		}
		return replace(re, c.Content), nil
	}
	n, err := pretrained.CreateNormalizer(c.all)
	if err != nil {
		return nil, fmt.Errorf("type %q is not supported", c.Type)
	}
	t.inexact = append(t.inexact, "normalizer "+c.Type)
	t.borrowed = append(t.borrowed, "normalizer "+c.Type)
	return func(a aligned) ([]aligned, error) {
		out, err := n.Normalize(normalizer.NewNormalizedFrom(a.text))
		if err != nil || out == nil {
			return nil, err
		}
		return []aligned{a.become(out.GetNormalized(), out.Alignments())}, nil
	}, nil
}

func (t *Tokenizer) preTokenizer(c stepConfig) (step, error) {
	switch c.Type {
	case "ByteLevel":
		return byteLevel(isTrue(c.AddSpace), isTrue(c.UseRegex)), nil
	case "Whitespace":
		return whitespace, nil
	case "WhitespaceSplit":
		return words, nil
	case "Metaspace":
		if c.Scheme == "" && isTrue(c.AddSpace) {
			c.Scheme = "always"
		}
		if c.Replacement == "" {
			return nil, errors.New("no replacement for Metaspace")
		}
		return metaspace(c.Replacement, c.Scheme, isTrue(c.Split)), nil
	}
	p, err := pretrained.CreatePreTokenizer(c.all)
	if err != nil {
		return nil, fmt.Errorf("type %q is not supported", c.Type)
	}
	t.inexact = append(t.inexact, "pre_tokenizer "+c.Type)
	t.borrowed = append(t.borrowed, "pre_tokenizer "+c.Type)
	return func(a aligned) (parts []aligned, err error) {
		out, err := p.PreTokenize(tokenizer.NewPreTokenizedString(a.text))
		if err != nil {
			return nil, err
		}
		for _, s := range out.GetSplits(normalizer.OriginalTarget, tokenizer.Byte) {
			from, to := s.Offsets[0], s.Offsets[1]
			if s.Value == a.text[from:to] {
				parts = append(parts, a.slice(from, to))
				continue
			}
			all := make([][]int, len(s.Value))
			for i := range all {
				all[i] = s.Offsets
			}
			parts = append(parts, a.become(s.Value, all))
		}
		return parts, nil
	}, nil
}

// isTrue returns the value of a setting that defaults to true.
func isTrue(b *bool) bool { return b == nil || *b }

// become returns a text whose bytes come from the given ranges of a.
func (a aligned) become(text string, from [][]int) aligned {
	out := aligned{text, make([][2]int, len(text))}
	for i := range out.source {
		start := min(from[i][0], len(a.text)-1)
		out.source[i] = a.offsets(start, max(start+1, min(from[i][1], len(a.text))))
	}
	return out
}
