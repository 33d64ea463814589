package state

import (
	"path"
	"slices"
	"strings"
	"unicode"
)

// Sources groups runs, by their names, whose results continue each other: those of one file, and of
// exports whose names differ only by dates, numbers and the suffixes of browsers for copies. Each
// group has the indices of its runs in order; a run that continues none is a group of its own.
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

// sourceOf returns the common part of the names of exports from one source: "reviews" for
// "reviews 2024-05 (1).csv" and "Reviews_2024-06.csv". It returns a name of only numbers unchanged.
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

// Questions returns the names of runs without that of the file, if all are of questions of one
// survey; else false.
func Questions(names ...string) ([]string, bool) {
	out := make([]string, len(names))
	file, _, _ := strings.Cut(names[0], ": ")
	for i, name := range names {
		question, ok := strings.CutPrefix(name, file+": ")
		if !ok {
			return names, false
		}
		out[i] = question
	}
	return out, true
}

// ShortNames returns names of runs for the labels of a chart: Questions, and long ones without
// their middle, so that names with the same beginning can be distinguished.
func ShortNames(names []string) []string {
	const begin, end = 12, 11
	names, _ = Questions(names...)
	out := make([]string, len(names))
	for i, name := range names {
		if r := []rune(name); len(r) > begin+1+end {
			name = string(r[:begin]) + "…" + string(r[len(r)-end:])
		}
		out[i] = name
	}
	return out
}

// months are the names of months in file names.
var months = strings.Fields("jan feb mar apr may jun jul aug sep sept oct nov dec january " +
	"february march april june july august september october november december")
