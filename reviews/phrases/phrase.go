package phrases

import "slices"

// Phrase finds the words of a Driver in texts, as Drivers counts them: whole words in any of their
// forms, in any case, with no punctuation between them. It is not safe for concurrent use.
type Phrase struct {
	size int // in words
	hash uint64
	text []byte // current text
	splitter
}

// NewPhrase returns a Phrase of words in lower case with a space between them.
func NewPhrase(text string) *Phrase {
	p := new(Phrase)
	words := p.of([]byte(text))
	if p.size = len(words); p.size > 0 {
		p.hash, _ = hashPhrase(words)
	}
	return p
}

// of returns the words of a text.
func (p *Phrase) of(text []byte) []word {
	p.text = slices.Grow(append(p.text[:0], text[:min(len(text), MaxTextBytes)]...), 64)
	return p.split(p.text, MaxTextBytes)
}

// In reports whether text contains the words.
func (p *Phrase) In(text []byte) bool { return len(p.find(text)) > 0 }

// Form returns the first occurrence of the words in text, in lower case with a space between them;
// "" if there is none.
func (p *Phrase) Form(text []byte) string {
	var b []byte
	for i, w := range p.find(text) {
		if i > 0 {
			b = append(b, ' ')
		}
		b = lower(b, p.text[w.from:][:w.size])
	}
	return string(b)
}

// Place returns the first occurrence of the words in text: text[from:to]; 0, 0 if there is none.
func (p *Phrase) Place(text []byte) (from, to int) {
	words := p.find(text)
	if len(words) == 0 {
		return 0, 0
	}
	last := words[len(words)-1]
	return int(words[0].from), int(last.from) + int(last.size)
}

// find returns the first words of text that are those of the phrase.
func (p *Phrase) find(text []byte) []word {
	if p.size == 0 {
		return nil
	}
	words := p.of(text)
	for i := 0; i+p.size <= len(words); i++ {
		if hash, joined := hashPhrase(words[i : i+p.size]); joined && hash == p.hash {
			return words[i : i+p.size]
		}
	}
	return nil
}

// Same reports whether two phrases have the same words, in any of their forms.
func Same(a, b string) bool { return stemsOf(a) == stemsOf(b) }

// hashPhrase hashes words; joined reports whether nothing breaks them.
func hashPhrase(words []word) (hash uint64, joined bool) {
	hash, all := words[0].stem, uint8(1)
	for _, w := range words[1:] {
		hash = follow(hash, w.stem)
		all &= w.joined
	}
	return hash, all == 1
}
