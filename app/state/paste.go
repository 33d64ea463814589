package state

import (
	"strconv"
	"strings"
)

// LooksLikeTable reports whether pasted text is certainly a table: MayBeTable, and not separated
// like sentences, by commas or semicolons followed by a space.
func LooksLikeTable(text string) bool { return isTable(text, true) }

// MayBeTable reports whether text can be rows of a table rather than a review: most lines have a
// tab, or the first line is short names separated by commas, semicolons or pipes and most lines
// have as many separators.
func MayBeTable(text string) bool { return isTable(text, false) }

func isTable(text string, surely bool) bool {
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")), "\n")
	if len(lines) < 2 {
		return false
	}
	withTab := 0
	for _, line := range lines {
		if strings.Contains(line, "\t") {
			withTab++
		}
	}
	if 2*withTab > len(lines) {
		return true
	}
	for _, d := range []string{",", ";", "|"} {
		names := strings.Split(lines[0], d)
		if len(names) < 2 || !areNames(names) ||
			surely && d != "|" && strings.Contains(lines[0], d+" ") {
			continue
		}
		as := 0
		for _, line := range lines[1:] {
			if strings.Count(line, d) >= len(names)-1 {
				as++
			}
		}
		if 2*as >= len(lines)-1 {
			return true
		}
	}
	return false
}

// areNames reports whether all of these could be column names: short, few words, no sentence
// punctuation.
func areNames(names []string) bool {
	for _, name := range names {
		name = strings.Trim(strings.TrimSpace(name), `"`)
		if name == "" || len(name) > 30 || len(strings.Fields(name)) > 3 ||
			strings.ContainsAny(name, ".!?") {
			return false
		}
	}
	return true
}

// Lines returns the lines of a text that have something to read.
func Lines(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// LinesCSV returns a file with a row for each of these lines, and their numbers: with one column
// only, lines that all have a comma would be read as two columns.
func LinesCSV(lines []string) string {
	var b strings.Builder
	b.WriteString("line,review\r\n")
	for i, line := range lines {
		b.WriteString(strconv.Itoa(i+1) + `,"` + strings.ReplaceAll(line, `"`, `""`) + "\"\r\n")
	}
	return b.String()
}

// Blank reports whether a text has nothing to read.
func Blank(text string) bool { return strings.TrimSpace(text) == "" }
