package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// expectation is a person's reading of a file of cases/: an entry of want.json. Absent members are
// not checked; null means "none". about describes what is special about the file.
type expectation struct {
	About    string          `json:"about"`
	Text     json.RawMessage `json:"text"` // a name, or a list of the columns of the review
	Title    json.RawMessage `json:"title"`
	Stars    json.RawMessage `json:"stars"`
	Date     json.RawMessage `json:"date"`
	Product  json.RawMessage `json:"product"`
	Scale    int             `json:"scale"`     // of the stars; 11 is NPS
	DayFirst *bool           `json:"day_first"` // or month first
	// number of reviews, without preambles, repeated headers, totals
	Rows     *int     `json:"rows"`
	Scored   *int     `json:"scored"`   // of these, those with a text
	StarsOf  []int    `json:"stars_of"` // rows by star, one to five
	Months   *int     `json:"months"`   // 0: no row has a date; else some have
	From     string   `json:"from"`     // how the first date begins, and the last
	To       string   `json:"to"`
	First    []string `json:"first"`     // the first texts, exactly
	Lacks    string   `json:"lacks"`     // a string that is in no text
	Says     []string `json:"says"`      // one of these words is reported
	Refuse   bool     `json:"refuse"`    // the file is refused
	OrRefuse []string `json:"or_refuse"` // or it is refused with one of these words
}

func TestCases(t *testing.T) {
	data, err := os.ReadFile("cases/want.json")
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]expectation{}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("cases/[0-9]*")
	if err != nil || len(files) != len(cases) {
		t.Errorf("%d files and %d expectations, %v", len(files), len(cases), err)
	}
	for _, path := range files {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			want, ok := cases[name]
			if !ok {
				t.Fatal("want.json has no entry")
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			faults := want.faults(read(name, data))
			if len(faults) > 0 {
				t.Errorf("%s: %s", want.About, strings.Join(faults, "; "))
			}
		})
	}
}

// faults returns the differences of a reading from the expectation.
func (e expectation) faults(got Reading) (faults []string) {
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Sprintf(format, args...))
	}
	says := func(words []string) bool {
		all := strings.ToLower(got.Refused + "\n" + strings.Join(got.Doubts, "\n"))
		return slices.ContainsFunc(words, func(w string) bool {
			return strings.Contains(all, strings.ToLower(w))
		})
	}
	if len(e.Says) > 0 && !says(e.Says) {
		fault("says none of %q", e.Says)
	}
	switch {
	case e.Refuse && got.Refused == "":
		fault("is not refused")
	case got.Refused != "" && !e.Refuse && (len(e.OrRefuse) == 0 || !says(e.OrRefuse)):
		fault("refused: %s", got.Refused)
	}
	if got.Refused != "" || e.Refuse {
		return faults
	}
	if e.Text != nil {
		var wanted []string
		if json.Unmarshal(e.Text, &wanted) != nil {
			wanted = append(wanted, nameOf(e.Text))
		}
		for _, name := range wanted {
			has := func(i int) bool { return columnName(got, i) == strings.TrimSpace(name) }
			if !slices.ContainsFunc(got.Text, has) {
				fault("text %q, want %q", namesOf(got.Names, got.Text), wanted)
				break
			}
		}
	}
	for _, role := range []struct {
		name string
		want json.RawMessage
		got  int
	}{
		{"title", e.Title, got.Title},
		{"stars", e.Stars, got.Stars},
		{"date", e.Date, got.Date},
		{"product", e.Product, got.Product},
	} {
		if role.want != nil && columnName(got, role.got) != nameOf(role.want) {
			fault("%s %q, want %q", role.name, columnName(got, role.got), nameOf(role.want))
		}
	}
	if e.Scale != 0 && got.Scale != e.Scale {
		fault("scale %d, want %d", got.Scale, e.Scale)
	}
	if e.DayFirst != nil && got.DayFirst != *e.DayFirst {
		fault("day first %v, want %v", got.DayFirst, *e.DayFirst)
	}
	return append(faults, e.rowFaults(got.Rows)...)
}

// rowFaults returns the differences in the reviews themselves.
func (e expectation) rowFaults(rows []Row) (faults []string) {
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Sprintf(format, args...))
	}
	scored, stars := 0, make([]int, 5)
	var texts, days []string
	for _, r := range rows {
		texts = append(texts, joinText(r.Texts))
		if joinText(r.Texts) != "" {
			scored++
		}
		if i := int(r.Stars+0.5) - 1; i >= 0 && i < 5 {
			stars[i]++
		}
		if !r.Day.IsZero() {
			days = append(days, r.Day.Format("2006-01-02"))
		}
	}
	slices.Sort(days)
	if e.Rows != nil && len(rows) != *e.Rows {
		fault("%d rows, want %d", len(rows), *e.Rows)
	}
	if e.Scored != nil && scored != *e.Scored {
		fault("%d texts, want %d", scored, *e.Scored)
	}
	if e.StarsOf != nil && !reflect.DeepEqual(stars, e.StarsOf) {
		fault("stars %v, want %v", stars, e.StarsOf)
	}
	if (e.Months != nil && *e.Months > 0 || e.From != "") && len(days) == 0 {
		fault("no dates")
	}
	if e.Months != nil && *e.Months == 0 && len(days) > 0 {
		fault("%d dates, want none", len(days))
	}
	if len(days) > 0 {
		first, last := days[0], days[len(days)-1]
		if !strings.HasPrefix(first, e.From) || !strings.HasPrefix(last, e.To) {
			fault("dates from %s to %s, want %s to %s", first, last, e.From, e.To)
		}
	}
	for i, first := range e.First {
		if i >= len(texts) || texts[i] != first {
			fault("text %d of %q is not %q", i+1, texts[:min(len(texts), i+1)], first)
			break
		}
	}
	lacking := func(s string) bool { return strings.Contains(s, e.Lacks) }
	if e.Lacks != "" && slices.ContainsFunc(texts, lacking) {
		fault("texts have %q", e.Lacks)
	}
	return faults
}

// columnName returns "" for no column.
func columnName(r Reading, i int) string {
	if i < 0 || i >= len(r.Names) {
		return ""
	}
	return strings.TrimSpace(r.Names[i])
}

// nameOf returns the name in an expectation, "" for null.
func nameOf(raw json.RawMessage) (name string) {
	json.Unmarshal(raw, &name) // null leaves it empty; another type matches no name
	return strings.TrimSpace(name)
}
