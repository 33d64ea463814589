package tokenizer

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Parse parses tokenizer.json with BertNormalizer, BertPreTokenizer, WordPiece and a post-processor
// that puts [CLS] and [SEP] around texts. Truncation and padding are left to the caller. Any
// setting that would give other IDs than the reference's is an error that names the setting and
// what is supported.
func Parse(tokenizerJSON []byte) (*Tokenizer, error) {
	var f tokenizerFile
	if err := json.Unmarshal(tokenizerJSON, &f); err != nil {
		return nil, fmt.Errorf("not a tokenizer.json: %w", err)
	}
	var c Config
	if err := f.check(&c); err != nil {
		return nil, err
	}
	pieces := make([][]byte, len(f.Model.Vocab))
	for piece, id := range f.Model.Vocab {
		if id < 0 || id >= len(pieces) || pieces[id] != nil {
			return nil, fmt.Errorf("model.vocab gives %q the ID %d; want each of 0 to %d once",
				piece, id, len(pieces)-1)
		}
		pieces[id] = append([]byte{}, piece...)
	}
	inText, added, err := addedTokens(f.AddedTokens, f.Model.Vocab)
	if err != nil {
		return nil, err
	}
	return build(pieces, c, inText, added)
}

type tokenizerFile struct {
	AddedTokens []addedToken `json:"added_tokens"`
	Normalizer  struct {
		Type         string `json:"type"`
		CleanText    *bool  `json:"clean_text"`
		Ideographs   *bool  `json:"handle_chinese_chars"`
		StripAccents *bool  `json:"strip_accents"`
		Lowercase    *bool  `json:"lowercase"`
	} `json:"normalizer"`
	PreTokenizer struct {
		Type string `json:"type"`
	} `json:"pre_tokenizer"`
	PostProcessor struct {
		Type    string         `json:"type"`
		Single  []templatePart `json:"single"`
		Pair    []templatePart `json:"pair"`
		Special map[string]struct {
			IDs []int `json:"ids"`
		} `json:"special_tokens"`
		CLS []any `json:"cls"`
		SEP []any `json:"sep"`
	} `json:"post_processor"`
	Model struct {
		Type         string         `json:"type"`
		UNK          string         `json:"unk_token"`
		Prefix       *string        `json:"continuing_subword_prefix"`
		MaxWordRunes *int           `json:"max_input_chars_per_word"`
		Vocab        map[string]int `json:"vocab"`
	} `json:"model"`
}

type templatePart struct {
	Sequence     *templatePlace
	SpecialToken *templatePlace
}

type templatePlace struct {
	ID   string `json:"id"`
	Type int    `json:"type_id"`
}

type addedToken struct {
	ID         int    `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
}

// check validates the settings and converts them into c.
func (f *tokenizerFile) check(c *Config) error {
	n, m := f.Normalizer, f.Model
	for _, want := range []struct{ setting, is, supported string }{
		{"model.type", m.Type, "WordPiece"},
		{"normalizer.type", n.Type, "BertNormalizer"},
		{"pre_tokenizer.type", f.PreTokenizer.Type, "BertPreTokenizer"},
	} {
		if want.is != want.supported {
			return fmt.Errorf("%s is %q; supported is %s", want.setting, want.is, want.supported)
		}
	}
	if n.CleanText != nil && !*n.CleanText {
		return fmt.Errorf("normalizer.clean_text is false; supported is true")
	}
	c.setCase(n.Lowercase, n.StripAccents, n.Ideographs)
	c.Names = Names{UNK: m.UNK}
	if m.Prefix != nil {
		if c.Names.Prefix = *m.Prefix; *m.Prefix == "" {
			return fmt.Errorf(
				`model.continuing_subword_prefix is empty; supported is what begins with ASCII punctuation, like "##"`)
		}
	}
	if m.MaxWordRunes != nil {
		if c.MaxWordRunes = *m.MaxWordRunes; c.MaxWordRunes < 16 || c.MaxWordRunes > 10_000 {
			return fmt.Errorf("model.max_input_chars_per_word is %d; supported is 16 to 10000",
				c.MaxWordRunes)
		}
	}
	cls, sep, err := f.around()
	c.Names.CLS, c.Names.SEP = cls, sep
	c.Names = c.Names.orDefault()
	return err
}

// setCase applies settings that may be missing: they default to true, but accents to lowercase.
func (c *Config) setCase(lowercase, accents, ideographs *bool) {
	c.Lowercase = lowercase == nil || *lowercase
	c.JoinIdeographs = ideographs != nil && !*ideographs
	switch {
	case accents == nil || *accents == c.Lowercase:
	case *accents:
		c.Accents = StripAccents
	default:
		c.Accents = KeepAccents
	}
}

// around returns the tokens that the post-processor puts before and after texts, if it is BERT's.
func (f *tokenizerFile) around() (cls, sep string, err error) {
	p := f.PostProcessor
	switch p.Type {
	case "BertProcessing":
		if len(p.CLS) == 2 && len(p.SEP) == 2 {
			cls, _ = p.CLS[0].(string)
			sep, _ = p.SEP[0].(string)
			if p.CLS[1] == float64(f.id(cls)) && p.SEP[1] == float64(f.id(sep)) {
				return cls, sep, nil
			}
		}
	case "TemplateProcessing":
		if len(p.Single) == 3 && p.Single[0].SpecialToken != nil &&
			p.Single[2].SpecialToken != nil {
			cls, sep = p.Single[0].SpecialToken.ID, p.Single[2].SpecialToken.ID
		}
		single := fmt.Sprintf("%s:0 A:0 %s:0", cls, sep)
		if template(p.Single) == single &&
			template(p.Pair) == single+fmt.Sprintf(" B:1 %s:1", sep) &&
			slices.Equal(p.Special[cls].IDs, []int{f.id(cls)}) &&
			slices.Equal(p.Special[sep].IDs, []int{f.id(sep)}) {
			return cls, sep, nil
		}
	default:
		return "", "", fmt.Errorf("post_processor.type is %q; supported are TemplateProcessing "+
			"and BertProcessing", p.Type)
	}
	return "", "", fmt.Errorf("post_processor is not BERT's; supported is [CLS] A [SEP] B [SEP], " +
		"of the types 0 0 0 1 1, with IDs of model.vocab")
}

// id returns the ID of a piece, or -1.
func (f *tokenizerFile) id(piece string) int {
	if id, ok := f.Model.Vocab[piece]; ok {
		return id
	}
	return -1
}

func template(parts []templatePart) string {
	var names []string
	for _, p := range parts {
		for _, place := range []*templatePlace{p.Sequence, p.SpecialToken} {
			if place != nil {
				names = append(names, fmt.Sprintf("%s:%d", place.ID, place.Type))
			}
		}
	}
	return strings.Join(names, " ")
}

// addedTokens returns the added tokens that are pieces, and those whose IDs come after the pieces'.
func addedTokens(tokens []addedToken, vocab map[string]int) (inText, added []string, err error) {
	slices.SortFunc(tokens, func(a, b addedToken) int { return a.ID - b.ID })
	for _, t := range tokens {
		for _, flag := range []struct {
			name string
			on   bool
		}{{"single_word", t.SingleWord}, {"lstrip", t.LStrip}, {"rstrip", t.RStrip}, {"normalized",
			t.Normalized}} {
			if flag.on {
				return nil, nil, fmt.Errorf("added token %q has %s; supported is false",
					t.Content, flag.name)
			}
		}
		if !punctFirst(t.Content) {
			return nil, nil, fmt.Errorf("added token %q; supported are those that begin with "+
				"ASCII punctuation, like [SEP]", t.Content)
		}
		id, ok := vocab[t.Content]
		if !ok {
			id = len(vocab) + len(added)
			added = append(added, t.Content)
		} else {
			inText = append(inText, t.Content)
		}
		if t.ID != id {
			return nil, nil, fmt.Errorf("added token %q has the ID %d; its ID in the vocabulary, "+
				"or the next after it, is %d", t.Content, t.ID, id)
		}
	}
	return inText, added, nil
}

// ParseVocab parses vocab.txt, one piece a line, with tokenizer_config.json, which may be empty:
// transformers' BertTokenizer, and those that differ in name only.
func ParseVocab(vocab, tokenizerConfig []byte) (*Tokenizer, error) {
	var f configFile
	if len(tokenizerConfig) > 0 {
		if err := json.Unmarshal(tokenizerConfig, &f); err != nil {
			return nil, fmt.Errorf("tokenizer_config.json: %w", err)
		}
	}
	if class := strings.TrimSuffix(f.Class, "Fast"); class != "" &&
		!slices.Contains(bertClasses, class) {
		return nil, fmt.Errorf("tokenizer_config.json: tokenizer_class is %q; supported are %s",
			f.Class, strings.Join(bertClasses, ", "))
	}
	if f.BasicTokenize != nil && !*f.BasicTokenize {
		return nil, fmt.Errorf("tokenizer_config.json: do_basic_tokenize is false; " +
			"supported is true")
	}
	if len(f.NeverSplit) > 0 {
		return nil, fmt.Errorf("tokenizer_config.json: never_split has %d words; supported is none",
			len(f.NeverSplit))
	}
	c := Config{Names: Names{UNK: string(f.UNK), CLS: string(f.CLS), SEP: string(f.SEP),
		PAD: string(f.PAD), MASK: string(f.MASK)}.orDefault()}
	c.setCase(f.Lowercase, f.StripAccents, f.Ideographs)

	pieces, ids := lines(vocab), map[string]int{}
	for id, piece := range pieces {
		ids[string(piece)] = id
	}
	n := c.Names
	inText := []string{n.UNK, n.CLS, n.SEP, n.PAD, n.MASK}
	var more []addedToken
	for text, t := range f.Added {
		if _, err := fmt.Sscan(text, &t.ID); err != nil {
			return nil, fmt.Errorf("tokenizer_config.json: added_tokens_decoder has %q; want an ID",
				text)
		}
		more = append(more, t)
	}
	known, added, err := addedTokens(more, ids)
	if err != nil {
		return nil, fmt.Errorf("tokenizer_config.json: %w", err)
	}
	for _, name := range known {
		if !slices.Contains(inText, name) {
			inText = append(inText, name)
		}
	}
	for _, name := range f.Additional {
		if !slices.Contains(inText, string(name)) && !slices.Contains(added, string(name)) {
			return nil, fmt.Errorf("tokenizer_config.json: additional_special_tokens has %q, "+
				"which added_tokens_decoder lacks; add it there", name)
		}
	}
	return build(pieces, c, inText, added)
}

// bertClasses are transformers' tokenizers that differ from BERT's in name only.
var bertClasses = []string{"BertTokenizer", "ConvBertTokenizer", "DistilBertTokenizer",
	"ElectraTokenizer", "LayoutLMTokenizer",
	"LxmertTokenizer", "MobileBertTokenizer", "RetriBertTokenizer", "SqueezeBertTokenizer"}

type configFile struct {
	Class         string                `json:"tokenizer_class"`
	Lowercase     *bool                 `json:"do_lower_case"`
	StripAccents  *bool                 `json:"strip_accents"`
	Ideographs    *bool                 `json:"tokenize_chinese_chars"`
	BasicTokenize *bool                 `json:"do_basic_tokenize"`
	NeverSplit    []string              `json:"never_split"`
	UNK           tokenName             `json:"unk_token"`
	CLS           tokenName             `json:"cls_token"`
	SEP           tokenName             `json:"sep_token"`
	PAD           tokenName             `json:"pad_token"`
	MASK          tokenName             `json:"mask_token"`
	Additional    []tokenName           `json:"additional_special_tokens"`
	Added         map[string]addedToken `json:"added_tokens_decoder"`
}

// tokenName is "[SEP]" or {"content": "[SEP]"}.
type tokenName string

func (n *tokenName) UnmarshalJSON(data []byte) error {
	var object struct{ Content string }
	if json.Unmarshal(data, &object) == nil {
		*n = tokenName(object.Content)
		return nil
	}
	return json.Unmarshal(data, (*string)(n))
}
