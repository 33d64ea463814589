package topics

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"reviewlens/reviews/stem"
)

// normal is the normal form of a term: its words in lower case without leading ones such as
// articles. It is empty for a term that is not a topic.
type normal []string

// normalOf returns the normal form of a term.
func normalOf(term string) normal {
	if words := wordsOf(term); words.isTopic() {
		return words
	}
	return nil
}

// wordsOf returns the words of a term, whether it is a topic or not.
func wordsOf(term string) normal {
	words := strings.FieldsFunc(strings.ToLower(term), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '’' && r != '+' &&
			r != '&'
	})
	for i, w := range words {
		w = strings.TrimSuffix(strings.ReplaceAll(w, "’", "'"), "'s")
		words[i] = strings.Trim(w, "'&")
	}
	for len(words) > 0 && (words[0] == "" || strings.Contains(before, " "+words[0]+" ")) {
		words = words[1:]
	}
	return words
}

// isTopic reports whether words can be a topic.
func (n normal) isTopic() bool {
	letters := 0
	for _, w := range n {
		for _, r := range w {
			if unicode.IsLetter(r) {
				letters++
			}
		}
	}
	return letters >= 2 && !(len(n) == 1 && stop()[stem.Singular(n[0])])
}

// isCommon reports whether words contain a common noun that is written in capitals: they are no
// proper name.
func (n normal) isCommon() bool {
	known := capitals()
	return slices.ContainsFunc(n, func(w string) bool { return known[stem.Singular(w)] }) ||
		len(n) > 1 && n[0] == "wi" && n[1] == "fi"
}

// joined returns the letters of the words, without the plural ending of the last: equal for "space
// bars" and "spacebar". Other endings are kept, as "dog bed" has none.
func (n normal) joined() string { return stem.Singular(strings.Join(n, "")) }

// stems returns the letters of the words, each without its plural, past or progressive ending:
// equal for "charging ports" and "charge port".
func (n normal) stems() string {
	b := make([]byte, 0, maxTermBytes)
	for _, w := range n {
		b = append(b, w[:stem.Size([]byte(w))]...)
	}
	return string(b)
}

// keys returns the keys of a term: terms of one topic have one in common. A single word has no stem
// among them: "parking" is not "park", nor "care" a "car". Next to another word they mostly are.
func (n normal) keys() []string {
	if len(n) == 1 {
		return []string{n.joined()}
	}
	return []string{n.joined(), n.stems()}
}

// before lists words that precede a term and are not part of it.
const before = " a an the this that these those my your his her its it's our their some any all " +
	"each every no other another such same very only own of for with in on to as is are was were " +
	"and or but "

// capitals returns the words that are written in capitals without being names, in the singular.
var capitals = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(capitalWords) {
		out[stem.Singular(w)] = true
	}
	return out
})

const capitalWords = `wifi usb bluetooth tv dvd cd pc lcd led hdmi gps sim sms ac dc fm am vpn ram
 cpu dns lan wan ip hd uv ethernet internet mp3 pdf`

// stop returns the words that are not a topic by themselves, in the singular: "pair" and "pairs"
// are not, "pairing" is.
var stop = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(stopWords) {
		out[stem.Singular(w)] = true
	}
	return out
})

const stopWords = `thing one product item unit purchase device gadget time day week month year hour
 minute second people person guy girl boy man woman folk way lot bit star review reviewer problem
 issue something anything everything nothing stuff kind sort reason model brand type order user
 customer you me them they he she we i us husband wife son daughter kid child children friend family
 mom dad mother father someone anyone everyone nobody other half fact case idea choice chance hope
 expectation result experience need job work life home today yesterday christmas birthday gift
 present amazon ebay walmart dollar buck money pair piece number amount end use yes no ok okay pro
 con world place everybody anybody somebody use course though`
