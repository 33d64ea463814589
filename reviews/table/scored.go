package table

import "strings"

// scoreRun is the order of the columns of a score, in groups whose names have the same suffix:
// those of Annotate, and those of package pipe and of the package for Spark.
var scoreRun = []struct {
	names []string
	must  bool
}{
	{columnNames[:2], true}, // sentiment, positive
	{columnNames[scoreColumns:topicsColumn], false},
	{[]string{"mentions"}, false},
	{columnNames[2:scoreColumns], true}, // windows
	{[]string{"cut", "unread", "error", "model"}, false},
	{columnNames[scoreColumns:topicsColumn], false}, // stars, name
	{columnNames[topicsColumn:], false},
}

// columnsOfScores reports which columns were written by a model, by their names and positions: none
// of them was written by customers. Stars and names elsewhere are the file's own.
func columnsOfScores(header []string) []bool {
	scored := make([]bool, len(header))
	for i := range header {
		for j := range endOfScores(header[i:]) {
			scored[i+j] = true
		}
	}
	return scored
}

// endOfScores returns the number of columns of a score with which names begin.
func endOfScores(names []string) (n int) {
	for _, group := range scoreRun {
		switch {
		case sameNames(names[n:], group.names):
			n += len(group.names)
		case group.must:
			return 0
		}
	}
	return n
}

// sameNames reports whether names begin with those of a group, all with the same number or none.
func sameNames(names, group []string) bool {
	if len(names) < len(group) {
		return false
	}
	suffix, ok := strings.CutPrefix(names[0], group[0])
	if !ok || suffix != "" && strings.Trim(suffix, "0123456789") != "_" {
		return false
	}
	for i, name := range group {
		if names[i] != name+suffix {
			return false
		}
	}
	return true
}
