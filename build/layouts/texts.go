package main

import (
	_ "embed"
	"math/rand/v2"
	"strings"
)

//go:embed languages.txt
var languagesText string

// phrases are the parts from which texts of a language are composed: the lists of languages.txt,
// split at "/".
type phrases struct {
	subjects, good, bad, more string // a sentence is subject + opinion + ending
	end, space                string // "." and " ", or the language's equivalents
	goodTitles, badTitles     string
	replies, descriptions     string
	months                    string // January to December
}

// languages are the languages of the texts, in the order of languages.txt.
var languages, phrasesOf = parseLanguages(languagesText)

func parseLanguages(text string) (order []string, all map[string]phrases) {
	all = map[string]phrases{}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if key == "" || key == "#" {
			continue
		}
		if key == "language" {
			order = append(order, value)
			all[value] = phrases{space: " "}
			continue
		}
		language := order[len(order)-1]
		p := all[language]
		list := p.list(key)
		switch {
		case *list == "":
			*list = value
		case key == "descriptions":
			*list += " " + value
		default:
			*list += "/" + value
		}
		if p.end == "。" { // no spaces between words or sentences
			p.space = ""
		}
		all[language] = p
	}
	return order, all
}

// list returns the list of a key. An unknown key is an error in languages.txt.
func (p *phrases) list(key string) *string {
	lists := map[string]*string{
		"subjects": &p.subjects, "good": &p.good, "bad": &p.bad, "more": &p.more,
		"end": &p.end, "goodTitles": &p.goodTitles, "badTitles": &p.badTitles,
		"replies":      &p.replies,
		"descriptions": &p.descriptions, "months": &p.months}
	if lists[key] == nil {
		panic("languages.txt: no list is called " + key)
	}
	return lists[key]
}

// writer generates the texts of one file.
type writer struct {
	*rand.Rand
	phrases
	emoji bool // the file's encoding has them
	lines bool // a text may have several lines
}

func (w *writer) pick(list string) string {
	parts := strings.Split(list, "/")
	return parts[w.IntN(len(parts))]
}

// text returns one to four sentences with the opinion of the given number of stars.
func (w *writer) text(stars float64) string {
	if w.IntN(8) == 0 { // many reviews are two words
		return w.title(stars) + w.end
	}
	var b strings.Builder
	for i := range 1 + w.IntN(4) {
		if i > 0 {
			if w.lines && w.IntN(12) == 0 {
				b.WriteString("\n")
			} else {
				b.WriteString(w.space)
			}
		}
		good := stars > 3 || stars == 3 && w.IntN(2) == 0
		opinion := w.bad
		if good {
			opinion = w.good
		}
		b.WriteString(w.pick(w.subjects) + w.space + w.pick(opinion))
		if w.IntN(2) == 0 {
			more := w.pick(w.more)
			if more[0] != ',' && more[0] != '.' {
				b.WriteString(w.space)
			}
			b.WriteString(more)
		}
		b.WriteString(w.end)
	}
	text := b.String()
	switch {
	case w.emoji && w.IntN(15) == 0:
		text += " 👍"
	case w.IntN(20) == 0:
		text = strings.Replace(text, w.space, w.space+"\"1.7\""+w.space, 1)
	}
	return text
}

func (w *writer) title(stars float64) string {
	if stars > 3 {
		return w.pick(w.goodTitles)
	}
	return w.pick(w.badTitles)
}
