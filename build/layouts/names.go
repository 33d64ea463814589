package main

import (
	_ "embed"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"unicode"
)

//go:embed names.txt
var namesText string

// names are the column names of a role, by role and language.
var names = parseNames(namesText)

func parseNames(text string) map[string]map[string][]string {
	all := map[string]map[string][]string{}
	for line := range strings.Lines(text) {
		role, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if role == "" || role == "#" {
			continue
		}
		language, list, _ := strings.Cut(rest, " ")
		if all[role] == nil {
			all[role] = map[string][]string{}
		}
		all[role][language] = append(all[role][language], strings.Split(list, "/")...)
	}
	return all
}

// rename returns a name for a column of a role, from the held half of the names or from the other;
// "" if the language has none in that half.
func rename(r *rand.Rand, role, language string, held bool) string {
	var those []string
	for _, name := range names[role][language] {
		if isHeld(role+name) == held {
			those = append(those, name)
		}
	}
	if len(those) == 0 {
		return ""
	}
	return those[r.IntN(len(those))]
}

// isHeld divides names into two halves.
func isHeld(name string) bool {
	h := fnv.New64a()
	h.Write([]byte("held" + name))
	return h.Sum64()>>17&1 == 1
}

// styles are spellings of the same names.
var styles = map[string]func(string) string{
	"snake":  func(s string) string { return strings.Join(lower(words(s)), "_") },
	"upper":  func(s string) string { return strings.ToUpper(strings.Join(words(s), "_")) },
	"kebab":  func(s string) string { return strings.Join(lower(words(s)), "-") },
	"spaces": func(s string) string { return " " + strings.Join(words(s), " ") + " " },
	"camel": func(s string) string {
		all := lower(words(s))
		for i, word := range all {
			if i > 0 {
				letters := []rune(word)
				all[i] = string(unicode.ToUpper(letters[0])) + string(letters[1:])
			}
		}
		return strings.Join(all, "")
	},
	"dotted":   func(s string) string { return "reviews." + strings.Join(lower(words(s)), "_") },
	"prefixed": func(s string) string { return "tbl_" + strings.Join(lower(words(s)), "_") },
}

var styleNames = []string{"snake", "upper", "kebab", "spaces", "camel", "dotted", "prefixed"}

// words splits a name at characters that are not letters or digits, and before a capital that
// follows a small letter.
func words(s string) (all []string) {
	var word []rune
	last := ' '
	for _, r := range s + " " {
		isWord := unicode.IsLetter(r) || unicode.IsDigit(r) || r == '#'
		if len(word) > 0 && (!isWord || unicode.IsUpper(r) && unicode.IsLower(last)) {
			all = append(all, string(word))
			word = nil
		}
		if isWord {
			word = append(word, r)
		}
		last = r
	}
	return all
}

func lower(all []string) []string {
	for i := range all {
		all[i] = strings.ToLower(all[i])
	}
	return all
}
