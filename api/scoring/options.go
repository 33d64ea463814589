package scoring

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/table"
)

// Option is a user's choice of how a file is read. Its name is a parameter of the API and, with
// hyphens for underscores, a flag of the program.
type Option struct {
	Name  string
	Value string // name of its value; "" for a switch
	About string

	set func(a *table.Options, value string) error
}

// Options lists the options for plain files.
var Options = []Option{
	column("text", "review text; NAME,NAME for one in parts, such as pros and cons",
		func(a *table.Options) *string { return &a.Text }),
	column("title", "title; - for none", func(a *table.Options) *string { return &a.Title }),
	column("stars", "stars; - for none", func(a *table.Options) *string { return &a.Stars }),
	column("date", "date; - for none", func(a *table.Options) *string { return &a.Date }),
	column("product", "product; - for none", func(a *table.Options) *string { return &a.Product }),
	{"stars_of", "rating", "the best `rating` of the stars, such as 5, 10 or 100; 6-1 for " +
		"grades of which 1 is the best (default: found)",
		setStarsOf},
	{"dayfirst", "", "in dates, 3/4/2024 is in April; false: in March (default: found)",
		setDayFirst},
	{"header_rows", "number", "`number` of rows that name the columns, 0 for none (default: found)",
		setCount(func(a *table.Options) **int { return &a.HeaderRows })},
	{"lines_above", "number", "`number` of lines above the table, 0 for none (default: found)",
		setCount(func(a *table.Options) **int { return &a.LinesAbove })},
	{"encoding", "name", "`name` of the encoding, such as windows-1252 (default: found)",
		setEncoding},
	{"strict", "", "take any doubt about how the file is read for an error", setStrict},
}

// SetOption sets the named option in a; the error lists the valid values.
func SetOption(a *table.Options, name, value string) error {
	i := slices.IndexFunc(Options, func(o Option) bool { return o.Name == name })
	if i < 0 {
		return fmt.Errorf("there is no option %q", name)
	}
	return Options[i].set(a, value)
}

func column(name, about string, field func(*table.Options) *string) Option {
	about = "`name` (or number, from 1) of the column with the " + about + " (default: guessed)"
	return Option{name, "name", about, func(a *table.Options, value string) error {
		before := *field(a)
		if before != "" && before != value {
			err := fmt.Errorf("%q is named already", before)
			if name == "text" {
				err = fmt.Errorf("%w; name the parts of one text together: %s,%s", err, before,
					value)
			}
			return err
		}
		*field(a) = value
		return nil
	}}
}

func setStarsOf(a *table.Options, value string) error {
	if value == "" { // as if absent
		a.StarsOf = 0
		return nil
	}
	const most = 1000
	worst, grades := strings.CutSuffix(value, "-1")
	of, err := strconv.ParseFloat(worst, 64)
	if err != nil || !(of >= 1 && of <= most) || grades && of < 2 {
		return fmt.Errorf("want the best rating, from 1 to %d, or 6-1 where 1 is the best",
			most)
	}
	if a.StarsOf = of; grades {
		a.StarsOf = -of
	}
	return nil
}

func setDayFirst(a *table.Options, value string) error {
	first, err := parseSwitch(value)
	if a.Order = table.MonthFirst; first {
		a.Order = table.DayFirst
	}
	return err
}

func setEncoding(a *table.Options, value string) error {
	if a.Encoding = strings.ToLower(value); value == "" { // as if absent
		return nil
	}
	if !slices.Contains(table.Encodings, a.Encoding) {
		return errors.New("want one of " + strings.Join(table.Encodings, ", "))
	}
	return nil
}

func setStrict(a *table.Options, value string) (err error) {
	a.Strict, err = parseSwitch(value)
	return err
}

func parseSwitch(value string) (bool, error) {
	switch value {
	case "1", "true":
		return true, nil
	case "0", "false":
		return false, nil
	}
	return false, errors.New("want true or false")
}

func setCount(field func(*table.Options) **int) func(*table.Options, string) error {
	const most = 100
	return func(a *table.Options, value string) error {
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 || n > most {
			return fmt.Errorf("want a number from 0 to %d", most)
		}
		*field(a) = &n
		return nil
	}
}

// ParseQuery parses the parameters of Options. column is the former name of text.
func ParseQuery(query url.Values) (a table.Options, err error) {
	refuse := func(format string, args ...any) (table.Options, error) {
		detail := fmt.Sprintf(format, args...)
		return table.Options{}, &wire.Error{Code: wire.BadParameter, Detail: detail}
	}
	if query.Get("column") != "" && query.Get("text") != "" {
		return refuse("column and text are the same parameter; give one of them.")
	}
	a.Text = query.Get("column")
	for _, o := range Options {
		if !query.Has(o.Name) {
			continue
		}
		value := query.Get(o.Name)
		if err := o.set(&a, value); err != nil {
			return refuse("%s is %q; %v.", o.Name, reviews.Clip([]byte(value), 100), err)
		}
	}
	return a, nil
}

// Query returns the query parameters that request the same from the API.
func Query(a table.Options) url.Values {
	query := url.Values{}
	set := func(name, value string) {
		if value != "" {
			query.Set(name, value)
		}
	}
	set("column", a.Text) // understood by older servers, too
	set("title", a.Title)
	set("stars", a.Stars)
	set("date", a.Date)
	set("product", a.Product)
	if of := strconv.FormatFloat(math.Abs(a.StarsOf), 'f', -1, 64); a.StarsOf > 0 {
		set("stars_of", of)
	} else if a.StarsOf < 0 {
		set("stars_of", of+"-1")
	}
	if a.Order != table.GuessOrder {
		set("dayfirst", strconv.FormatBool(a.Order == table.DayFirst))
	}
	if a.HeaderRows != nil {
		set("header_rows", strconv.Itoa(*a.HeaderRows))
	}
	if a.LinesAbove != nil {
		set("lines_above", strconv.Itoa(*a.LinesAbove))
	}
	set("encoding", a.Encoding)
	if a.Strict {
		set("strict", "1")
	}
	return query
}
