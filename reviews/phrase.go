package reviews

// Phrase finds the words of a Driver in texts, as Drivers counted them: whole words, whatever their case, with no
// punctuation between them. It is not safe for concurrent use.
type Phrase struct {
	text  string
	words int
	split Drivers
}

// NewPhrase makes one of words in lower case with a space between them.
func NewPhrase(text string) *Phrase {
	p := &Phrase{text: text}
	p.split.split([]byte(text))
	p.words = len(p.split.words)
	return p
}

// In reports whether the words stand in text.
func (p *Phrase) In(text []byte) bool {
	if p.words == 0 {
		return false
	}
	d := &p.split
	d.split(text[:min(len(text), longestText)])
next:
	for i := 0; i+p.words <= len(d.words); i++ {
		last := i + p.words - 1
		if string(d.lowered[d.words[i].from:d.words[last].to]) != p.text {
			continue
		}
		for _, w := range d.words[i+1 : last+1] {
			if w.breaks {
				continue next
			}
		}
		return true
	}
	return false
}
