package state

import (
	"path"
	"slices"
	"strings"
	"unicode"
)

// Sources groups runs, by their names, whose results continue each other: those of one file, and of
// exports that are called alike but for dates, numbers and the copies of a browser. Each group has
// the numbers of its runs in their order; a run that continues none is a group of its own.
func Sources(names []string) (groups [][]int) {
	var keys []string
	for i, name := range names {
		key := sourceOf(name)
		at := slices.Index(keys, key)
		if at < 0 {
			at = len(keys)
			keys, groups = append(keys, key), append(groups, nil)
		}
		groups[at] = append(groups[at], i)
	}
	return groups
}

// sourceOf is what the names of exports from one source have in common: "reviews 2024-05 (1).csv"
// and "Reviews_2024-06.csv" are both "reviews". A name of nothing but numbers is its own.
func sourceOf(name string) string {
	file, text, _ := strings.Cut(name, ": ") // of a survey, which question
	file = strings.TrimSuffix(file, path.Ext(file))
	words := strings.FieldsFunc(strings.ToLower(file), func(r rune) bool {
		return !unicode.IsLetter(r)
	})
	words = slices.DeleteFunc(words, func(w string) bool { return slices.Contains(months, w) })
	if len(words) == 0 {
		return name
	}
	return strings.Join(words, " ") + ": " + text
}

// months are as names of files have them.
var months = strings.Fields("jan feb mar apr may jun jul aug sep sept oct nov dec january " +
	"february march april june july august september october november december")
