package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
)

// roles are the parts of a reading that are judged, in the order of the output.
var roles = []string{"text", "title", "stars", "scale", "date", "order", "product", "header", "left",
	"rows", "texts", "values", "days"}

// rolesMean describes each role.
var rolesMean = map[string]string{
	"text":    "the columns that hold the review",
	"title":   "the column of titles, or that there is none",
	"stars":   "the column of stars, or that there is none",
	"scale":   "5, 10, 100 or NPS",
	"date":    "the column of dates, or that there is none",
	"order":   "day or month first, where that has to be found",
	"product": "the column of products, or that there is none",
	"header":  "how many rows name the columns, and the names",
	"left":    "how many lines are no reviews, where some are",
	"rows":    "the number of reviews",
	"texts":   "every text, to the character",
	"values":  "every number of stars, on the scale of five",
	"days":    "every date",
}

// judge compares a reading with the wanted one. A role is absent if there is nothing to judge.
func judge(f File, got Reading) map[string]bool {
	want := f.Want
	out := map[string]bool{}
	if got.Refused != "" {
		for _, role := range roles {
			if want.has(role) {
				out[role] = false
			}
		}
		return out
	}
	same := func(g, w int) bool {
		if g < 0 || w < 0 || !isJSON(f.Kinds["form"]) {
			return g == w
		}
		return g < len(got.Names) && got.Names[g] == want.Names[w]
	}
	isOneOf := func(g int, those ...int) bool {
		return slices.ContainsFunc(those, func(w int) bool { return same(g, w) })
	}
	out["text"] = !slices.ContainsFunc(want.Text, func(w int) bool {
		return !slices.ContainsFunc(got.Text, func(g int) bool { return same(g, w) })
	}) && !slices.ContainsFunc(got.Text, func(g int) bool {
		return !isOneOf(g, want.Text...) && !isOneOf(g, want.AlsoText...)
	})
	out["title"] = same(got.Title, want.Title)
	out["stars"] = isOneOf(got.Stars, append(want.AlsoStars, want.Stars)...)
	out["date"] = isOneOf(got.Date, append(want.AlsoDate, want.Date)...)
	out["product"] = isOneOf(got.Product, append(want.AlsoProduct, want.Product)...)
	out["rows"] = len(got.Rows) == len(want.Rows)
	out["header"] = got.HeaderRows == want.HeaderRows && sameNames(f, got)
	if want.has("left") {
		out["left"] = got.LeftOut == want.LeftOut
	}
	if want.has("scale") {
		out["scale"] = out["stars"] && got.Scale == want.Scale
	}
	if want.has("order") {
		out["order"] = out["date"] && got.DayFirst == want.DayFirst
	}
	every := func(right func(got, want Row) bool) bool {
		if len(got.Rows) != len(want.Rows) {
			return false
		}
		for i := range want.Rows {
			if !right(got.Rows[i], want.Rows[i]) {
				return false
			}
		}
		return true
	}
	out["texts"] = out["text"] && every(func(g, w Row) bool { return joinText(g.Texts) == joinText(w.Texts) })
	if want.has("values") {
		near := func(g, w Row) bool { return math.Abs(g.Stars-w.Stars) < 0.01 }
		out["values"] = out["stars"] && every(near)
	}
	if want.has("days") {
		out["days"] = out["date"] && every(func(g, w Row) bool { return g.Day.Equal(w.Day) })
	}
	return out
}

// sameNames reports whether each column's name contains the wanted one, or one of a lower header
// row. JSON is not compared: its members may be others, in another order.
func sameNames(f File, got Reading) bool {
	if f.Want.HeaderRows == 0 || isJSON(f.Kinds["form"]) {
		return true
	}
	if len(got.Names) < len(f.Want.Names) {
		return false
	}
	for i, name := range f.Want.Names {
		has := func(part string) bool { return strings.Contains(got.Names[i], strings.TrimSpace(part)) }
		below := func(under []string) bool { return under[i] != "" && has(under[i]) }
		if !has(name) && !slices.ContainsFunc(f.Want.Under, below) {
			return false
		}
	}
	return true
}

// has reports whether there is something to judge in a role.
func (w Want) has(role string) bool {
	switch role {
	case "scale":
		return w.Stars >= 0
	case "values":
		return w.Stars >= 0 && w.Scale != NPS
	case "left":
		return w.LeftOut > 0
	case "order":
		return w.Date >= 0 && w.Ambiguous
	case "days":
		return w.Date >= 0
	}
	return true
}

// joinText joins the columns of a review; line ends are normalized.
func joinText(parts []string) string {
	lines := strings.NewReplacer("\r\n", "\n", "\r", "\n")
	return strings.TrimSpace(lines.Replace(strings.Join(parts, "\n")))
}

// share counts files.
type share struct{ right, all int }

func (s *share) add(right bool) {
	s.all++
	if right {
		s.right++
	}
}

func (s share) String() string {
	if s.all == 0 {
		return "     -"
	}
	return fmt.Sprintf("%6.1f", 100*float64(s.right)/float64(s.all))
}

// Scores has the accuracy over files.
type Scores struct {
	files, refused int
	silent         []string                     // files with wrong text and no reported doubt
	wrong          map[string][]string          // by role, one line per file that is wrong in it
	byRole         map[string]map[string]*share // "all", "plain", "open" (to tune on), "held" -> role
	byKind         map[string]map[string]*share // "form jsonl" -> role
}

func newScores() *Scores {
	return &Scores{wrong: map[string][]string{}, byRole: map[string]map[string]*share{},
		byKind: map[string]map[string]*share{}}
}

func count(table map[string]map[string]*share, row string, verdicts map[string]bool) {
	if table[row] == nil {
		table[row] = map[string]*share{}
	}
	for role, right := range verdicts {
		if table[row][role] == nil {
			table[row][role] = &share{}
		}
		table[row][role].add(right)
	}
}

func (s *Scores) add(f File, got Reading) {
	verdicts := judge(f, got)
	s.files++
	if got.Refused != "" {
		s.refused++
	} else if !verdicts["text"] && len(got.Doubts) == 0 {
		s.silent = append(s.silent, f.Name)
	}
	for role, right := range verdicts {
		if !right {
			s.wrong[role] = append(s.wrong[role], describe(f, got, role))
		}
	}
	count(s.byRole, "all", verdicts)
	if f.Plain {
		count(s.byRole, "plain", verdicts)
	}
	count(s.byRole, map[bool]string{true: "held", false: "open"}[f.Held], verdicts)
	for kind, value := range f.Kinds {
		// A value of an axis is judged by the files that change only this axis.
		if kind == "family" || f.Plain || f.Changed == kind {
			count(s.byKind, kind+" "+value, verdicts)
		}
	}
	if strings.Contains(f.Changed, "+") {
		count(s.byKind, "several axes at once", verdicts)
	}
}

// describe returns what is wrong with a file in a role.
func describe(f File, got Reading, role string) string {
	if got.Refused != "" {
		return fmt.Sprintf("%s: refused: %s", f.Name, got.Refused)
	}
	verdict := "silent"
	if len(got.Doubts) > 0 {
		verdict = "said"
	}
	want := f.Want.Reading
	var a, b any
	switch role {
	case "text":
		a, b = namesOf(got.Names, got.Text), namesOf(want.Names, want.Text)
	case "title":
		a, b = namesOf(got.Names, []int{got.Title}), namesOf(want.Names, []int{want.Title})
	case "stars":
		a, b = namesOf(got.Names, []int{got.Stars}), namesOf(want.Names, []int{want.Stars})
	case "date":
		a, b = namesOf(got.Names, []int{got.Date}), namesOf(want.Names, []int{want.Date})
	case "product":
		a, b = namesOf(got.Names, []int{got.Product}), namesOf(want.Names, []int{want.Product})
	case "header":
		a, b = fmt.Sprint(got.HeaderRows, got.Names), fmt.Sprint(want.HeaderRows, want.Names)
	case "left":
		a, b = got.LeftOut, want.LeftOut
	case "scale":
		a, b = got.Scale, want.Scale
	case "order":
		a, b = got.DayFirst, want.DayFirst
	default:
		a, b = fmt.Sprint(len(got.Rows), " rows"), fmt.Sprint(len(want.Rows), " rows")
		for i := range min(len(got.Rows), len(want.Rows)) {
			g, w := got.Rows[i], want.Rows[i]
			if role == "texts" && joinText(g.Texts) != joinText(w.Texts) ||
				role == "values" && math.Abs(g.Stars-w.Stars) >= 0.01 ||
				role == "days" && !g.Day.Equal(w.Day) {
				a, b = fmt.Sprintf("%+v", g), fmt.Sprintf("%+v", w)
				break
			}
		}
	}
	return fmt.Sprintf("%s: %s: %v, want %v", f.Name, verdict, a, b)
}

func namesOf(names []string, columns []int) (out []string) {
	for _, i := range columns {
		if i < 0 {
			out = append(out, "none")
		} else if i < len(names) && names[i] != "" {
			out = append(out, names[i])
		} else {
			out = append(out, fmt.Sprint("column ", i+1))
		}
	}
	return out
}

func (s *Scores) print(w io.Writer) {
	fmt.Fprintf(w, "%d files, %d refused, %d silent wrong texts\n", s.files, s.refused, len(s.silent))
	fmt.Fprint(w, "\nAccuracy by role, in percent\n")
	printTable(w, s.byRole, []string{"all", "plain", "open", "held"})
	fmt.Fprintln(w, "\nBy kind")
	kinds := slices.SortedFunc(maps.Keys(s.byKind), func(a, b string) int {
		axisA, _, _ := strings.Cut(a, " ")
		axisB, _, _ := strings.Cut(b, " ")
		textA, textB := s.byKind[a]["text"].String(), s.byKind[b]["text"].String()
		return cmp.Or(cmp.Compare(axisA, axisB), cmp.Compare(textA, textB), cmp.Compare(a, b))
	})
	printTable(w, s.byKind, kinds)
	fmt.Fprintln(w)
	for _, role := range roles {
		fmt.Fprintf(w, "%-8s %s\n", role, rolesMean[role])
	}
}

func printTable(w io.Writer, table map[string]map[string]*share, rows []string) {
	fmt.Fprintf(w, "%-32s %6s", "", "files")
	for _, role := range roles {
		fmt.Fprintf(w, " %7s", role)
	}
	fmt.Fprintln(w)
	for _, row := range rows {
		if table[row] == nil {
			continue
		}
		fmt.Fprintf(w, "%-32s %6d", row, table[row]["text"].all)
		for _, role := range roles {
			c := share{}
			if table[row][role] != nil {
				c = *table[row][role]
			}
			fmt.Fprintf(w, "  %s", c)
		}
		fmt.Fprintln(w)
	}
}
