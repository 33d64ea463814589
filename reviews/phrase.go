package reviews

// Phrase finds the words of a Driver in texts, as Drivers counted them: whole words, whatever their case, with no
// punctuation between them. It is not safe for concurrent use.
type Phrase struct {
	text    string
	size    int    // in words
	words   []word // of the text at hand
	lowered []byte
}

// NewPhrase makes one of words in lower case with a space between them.
func NewPhrase(text string) *Phrase {
	p := &Phrase{text: text}
	p.words, p.lowered = splitText(nil, nil, []byte(text))
	p.size = len(p.words)
	return p
}

// In reports whether the words stand in text.
func (p *Phrase) In(text []byte) bool {
	if p.size == 0 {
		return false
	}
	p.words, p.lowered = splitText(p.words, p.lowered, text[:min(len(text), longestText)])
next:
	for i := 0; i+p.size <= len(p.words); i++ {
		last := i + p.size - 1
		if string(p.lowered[p.words[i].from:p.words[last].to]) != p.text {
			continue
		}
		for _, w := range p.words[i+1 : last+1] {
			if w.breaks {
				continue next
			}
		}
		return true
	}
	return false
}
