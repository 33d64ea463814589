package topics

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Scheme holds a person's own topics, laid over those that are found. The zero value has none.
type Scheme struct {
	Version int   `json:"version"` // SchemeVersion
	Topics  []Own `json:"topics"`
}

// Own is a person's own topic.
type Own struct {
	Name    string   `json:"name"`
	Terms   []string `json:"terms,omitempty"`
	Phrases []string `json:"phrases,omitempty"`
	Pinned  bool     `json:"pinned,omitempty"`
	Hidden  bool     `json:"hidden,omitempty"`
	Apart   bool     `json:"apart,omitempty"`

	ApartTerms []string `json:"apartTerms,omitempty"`
}

// SchemeVersion is the supported version of schemes.
const SchemeVersion = 1

// Limits of a scheme.
const (
	maxSchemeBytes = 1 << 20 // bytes
	maxOwn         = 200     // topics
	maxTerms       = 200     // terms, and phrases, per topic
	maxNameLength  = 64      // characters of a name, a term and a phrase
)

// ParseScheme parses a scheme:
//
//	{"version": 1, "topics": [
//	  {"name": "Space bar", "terms": ["space bar", "space key"], "pinned": true},
//	  {"name": "Customs", "phrases": ["customs fee"], "pinned": true},
//	  {"name": "time", "terms": ["time"], "hidden": true},
//	  {"name": "Wire", "terms": ["wire"], "apart": true}
//	]}
//
// A topic has the mentions of its terms, in all forms that are one topic: one term and another name
// rename a topic, several terms merge topics. A term takes the whole topic that it names, except
// for terms in other topics of the scheme; those of a topic marked apart, and those that are also
// in its apartTerms, take nothing with them, which splits a topic. phrases are sought in the texts,
// in any form of their words, if the reader of mentions is given Scheme.Phrases. A pinned topic is
// always listed, a hidden one never; its complaints do not count in the impact of others. A topic
// without reviews is omitted, and named in Result.Unused.
//
// An error names the member that it is about.
func ParseScheme(data []byte) (Scheme, error) {
	if len(data) > maxSchemeBytes {
		return Scheme{}, fmt.Errorf("the scheme has %d bytes; at most %d are read", len(data),
			maxSchemeBytes)
	}
	var s Scheme
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return Scheme{}, fmt.Errorf("the scheme is not JSON as it should be: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Scheme{}, errors.New("there is more behind the scheme's closing brace")
	}
	if err := s.Check(); err != nil {
		return Scheme{}, err
	}
	return s, nil
}

// Check returns an error if a scheme is invalid.
func (s Scheme) Check() error {
	if s.Version != SchemeVersion {
		return fmt.Errorf("version is %d; want %d", s.Version, SchemeVersion)
	}
	if len(s.Topics) > maxOwn {
		return fmt.Errorf("topics has %d members; at most %d are taken", len(s.Topics), maxOwn)
	}
	names := map[string]int{}
	terms := map[string]string{} // where each term occurs
	for i, t := range s.Topics {
		at := fmt.Sprintf("topics[%d]", i)
		if err := checkName(t.Name); err != nil {
			return fmt.Errorf("%s.name %w", at, err)
		}
		if j, ok := names[strings.ToLower(t.Name)]; ok {
			return fmt.Errorf("%s.name %q is that of topics[%d] as well; put their terms together",
				at, t.Name, j)
		}
		names[strings.ToLower(t.Name)] = i
		switch n := len(t.Terms) + len(t.Phrases); {
		case n == 0:
			return fmt.Errorf("%s has neither terms nor phrases", at)
		case n > maxTerms:
			return fmt.Errorf("%s has %d terms and phrases; at most %d are taken", at, n, maxTerms)
		case t.Pinned && t.Hidden:
			return fmt.Errorf("%s is pinned and hidden; it can be one of them", at)
		}
		for k, list := range [2][]string{t.Terms, t.Phrases} {
			for j, term := range list {
				at := fmt.Sprintf("%s.%s[%d]", at, [2]string{"terms", "phrases"}[k], j)
				if err := checkName(term); err != nil {
					return fmt.Errorf("%s %w", at, err)
				}
				key := wordsOf(term).joined()
				if key == "" {
					return fmt.Errorf("%s %q has no words", at, term)
				}
				if other, ok := terms[key]; ok {
					return fmt.Errorf("%s %q is the same as %s; a term is of one topic", at, term,
						other)
				}
				terms[key] = at
			}
		}
		for j, term := range t.ApartTerms {
			if !slices.Contains(t.Terms, term) {
				return fmt.Errorf("%s.apartTerms[%d] %q is not in its terms", at, j, term)
			}
		}
	}
	return nil
}

func checkName(s string) error {
	switch n := utf8.RuneCountInString(s); {
	case strings.TrimSpace(s) == "":
		return errors.New("is empty")
	case n > maxNameLength:
		return fmt.Errorf("has %d characters; at most %d are taken", n, maxNameLength)
	case !utf8.ValidString(s):
		return errors.New("is not valid UTF-8")
	case strings.ContainsFunc(s, unicode.IsControl):
		return fmt.Errorf("%q has a control character", s)
	}
	return nil
}

// Phrases returns the phrases of all topics to search for in texts.
func (s Scheme) Phrases() (out []string) {
	for _, t := range s.Topics {
		out = append(out, t.Phrases...)
	}
	return out
}

// claims maps the normal forms of a scheme's terms to what claims them.
type claims struct{ joined, stems map[string]claim }

// claim is a topic of a scheme, from 1, and whether its term takes nothing with it.
type claim struct {
	topic int
	apart bool
}

func newClaims(s Scheme) claims {
	c := claims{map[string]claim{}, map[string]claim{}}
	for i, t := range s.Topics {
		for _, term := range t.Terms {
			apart := t.Apart || slices.Contains(t.ApartTerms, term)
			c.claim(wordsOf(term), claim{i + 1, apart}, false)
		}
		for _, phrase := range t.Phrases {
			c.claim(wordsOf(phrase), claim{i + 1, t.Apart}, true)
		}
	}
	return c
}

// claim assigns words to a topic unless they are taken. A phrase matches any form of its words, a
// term of one word only that word ("parking" is not "park").
func (c claims) claim(words normal, by claim, phrase bool) {
	if key := words.joined(); c.joined[key].topic == 0 {
		c.joined[key] = by
	}
	if key := words.stems(); c.stems[key].topic == 0 && (phrase || len(words) > 1) {
		c.stems[key] = by
	}
}

// exact returns the topic that has a term with these letters, 0 if none.
func (c claims) exact(words normal) int { return c.joined[words.joined()].topic }

// any returns the claim of a term or a phrase equivalent to these words; its topic is 0 if there is
// none.
func (c claims) any(words normal) claim {
	if by := c.joined[words.joined()]; by.topic > 0 {
		return by
	}
	return c.stems[words.stems()]
}

// unused returns the names of the topics that no review mentions.
func (g *grouping) unused(s Scheme, tallies []tally) (out []string) {
	for i, t := range s.Topics {
		if !t.Pinned && !t.Hidden && tallies[i].reviews() == 0 {
			out = append(out, t.Name)
		}
	}
	return out
}
