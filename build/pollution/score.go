package main

import (
	"bytes"
	"strings"
)

// Best is the score of a file that was read without errors.
const Best = 10

// Measure scores a reader's result on a file, by the measures of Pollock (Vitagliano et al., VLDB
// 2023): one for reading it at all, and precision, recall and F1 of the cells of the header, of the
// records and of all cells. clean and loaded are RFC 4180; loaded is nil if the file was rejected.
// Cells are compared without surrounding spaces.
func Measure(clean, loaded []byte) float64 {
	if loaded == nil {
		return 0
	}
	want, got := parse(clean), parse(loaded)
	if len(want) == 0 {
		return Best
	}
	header := [3]float64{}
	switch {
	case len(want[0]) == 0:
		header = [3]float64{1, 1, 1}
	case len(got) > 0:
		header = overlap(want[0], got[0])
	}
	rest := func(rows [][]string) [][]string { return rows[min(1, len(rows)):] }
	total := 1.0
	records := overlap(joined(rest(want)), joined(rest(got)))
	for _, part := range [][3]float64{header, records, overlap(cells(want), cells(got))} {
		total += part[0] + part[1] + part[2]
	}
	return total
}

// overlap returns the size of the intersection of two bags as a share of the wanted and of the
// found bag, and the harmonic mean of both. If nothing is wanted, nothing is missed.
func overlap(want, got []string) [3]float64 {
	if len(want) == 0 {
		return [3]float64{1, 1, 1}
	}
	left := map[string]int{}
	for _, s := range want {
		left[s]++
	}
	shared := 0
	for _, s := range got {
		if left[s] > 0 {
			left[s]--
			shared++
		}
	}
	if shared == 0 {
		return [3]float64{}
	}
	a, b := float64(shared)/float64(len(want)), float64(shared)/float64(len(got))
	return [3]float64{a, b, 2 * a * b / (a + b)}
}

func joined(rows [][]string) (out []string) {
	for _, row := range rows {
		out = append(out, strings.Join(row, ""))
	}
	return out
}

func cells(rows [][]string) (out []string) {
	for _, row := range rows {
		out = append(out, row...)
	}
	return out
}

// parse parses RFC 4180 as lenient readers do: an empty line is a record without cells, and a quote
// that does not open a field is a character.
func parse(data []byte) (rows [][]string) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	var row []string
	var cell []byte
	quoted, opened, started := false, false, false
	endRow := func() {
		if started {
			row = append(row, strings.TrimSpace(string(cell)))
		}
		rows, row, cell = append(rows, row), nil, nil
		opened, started = false, false
	}
	for i := 0; i < len(data); i++ {
		c := data[i]
		switch {
		case quoted && c == '"' && i+1 < len(data) && data[i+1] == '"':
			cell = append(cell, '"')
			i++
		case quoted && c == '"':
			quoted = false
		case quoted:
			cell = append(cell, c)
		case c == '"' && len(cell) == 0 && !opened:
			quoted, opened, started = true, true, true
		case c == ',':
			row = append(row, strings.TrimSpace(string(cell)))
			cell, opened, started = nil, false, true
		case c == '\r' || c == '\n':
			if c == '\r' && i+1 < len(data) && data[i+1] == '\n' {
				i++
			}
			endRow()
		default:
			cell, started = append(cell, c), true
		}
	}
	if started || len(row) > 0 {
		endRow()
	}
	return rows
}
