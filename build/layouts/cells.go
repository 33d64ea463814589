package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// row is one synthetic review, from which all its cells are made.
type row struct {
	index int
	stars float64 // 1 to 5
	day   time.Time
}

// maker returns a cell of a row; args is the rest of the layout's column after the kind.
type maker func(w *writer, r row, args string) string

// plain returns a maker whose cells depend only on the row's index and chance.
func plain(do func(w *writer, i int) string) maker {
	return func(w *writer, r row, _ string) string { return do(w, r.index) }
}

// starsMaker and dateMaker write cells in the format of args.
func starsMaker(_ *writer, r row, args string) string {
	cell, _ := starsCell(r.stars, args)
	return cell
}

func dateMaker(w *writer, r row, args string) string { return dateCell(w, r.day, args) }

// productID distinguishes six products.
var productID = plain(func(_ *writer, i int) string { return fmt.Sprintf("B0%08X", 7919*(1+i%6)) })

// kinds are the possible contents of a column. If a kind has a role, its cells are the wanted
// reading.
var kinds = map[string]maker{
	// Roles.
	"text":  func(w *writer, r row, _ string) string { return w.text(r.stars) },
	"pros":  plain(func(w *writer, _ int) string { return w.text(5) }),
	"cons":  plain(func(w *writer, _ int) string { return w.text(1) }),
	"title": func(w *writer, r row, _ string) string { return w.title(r.stars) },
	"stars": starsMaker,
	"stars0": func(w *writer, r row, _ string) string {
		// Classes from 0 to 4: they are not stars without conversion.
		return strconv.Itoa(int(r.stars) - 1)
	},
	"nps":       func(_ *writer, r row, _ string) string { return strconv.Itoa(npsOf(r)) },
	"date":      dateMaker,
	"product":   plain(func(_ *writer, i int) string { return products[i%len(products)] }),
	"place":     plain(func(_ *writer, i int) string { return places[i/7%len(places)] }),
	"productid": productID,
	"language":  func(w *writer, r row, args string) string { return args },

	// Columns that may have a role in addition to a better one: each is accepted, none is wanted.
	"altdate":     dateMaker,
	"altstars":    starsMaker,
	"altproduct":  productID,
	"alsoproduct": func(w *writer, r row, args string) string { return w.pick(args) },

	// Columns that must not be mistaken for one with a role.
	"otherdate": func(w *writer, r row, args string) string {
		if w.IntN(2) == 0 {
			return ""
		}
		return dateCell(w, r.day.AddDate(0, 0, 3), args)
	},
	"subrating": func(w *writer, r row, args string) string {
		most, _ := strconv.Atoi(args)
		return strconv.Itoa(1 + w.IntN(most))
	},
	"reply": func(w *writer, r row, _ string) string {
		if w.IntN(3) == 0 {
			return ""
		}
		return w.pick(w.replies)
	},
	"description": plain(func(w *writer, _ int) string { return w.descriptions }),
	"question": func(w *writer, r row, _ string) string {
		if w.IntN(3) > 0 {
			return ""
		}
		return w.title(r.stars)
	},
	"id":    plain(func(_ *writer, i int) string { return strconv.Itoa(1041 + 3*i) }),
	"index": plain(func(_ *writer, i int) string { return strconv.Itoa(i) }),
	"num":   plain(func(w *writer, _ int) string { return strconv.Itoa(w.IntN(4) * w.IntN(30)) }),
	"num9":  plain(func(w *writer, _ int) string { return strconv.Itoa(7e8 + w.IntN(2e8)) }),
	"age":   plain(func(w *writer, _ int) string { return strconv.Itoa(18 + w.IntN(60)) }),
	"bit":   plain(func(w *writer, _ int) string { return strconv.Itoa(w.IntN(2)) }),
	"bool":  plain(func(w *writer, _ int) string { return []string{"true", "false"}[w.IntN(2)] }),
	"pair": plain(func(w *writer, _ int) string {
		return fmt.Sprintf("[%d, %d]", w.IntN(3), 3+w.IntN(4))
	}),
	"hash": plain(func(w *writer, _ int) string { return fmt.Sprintf("R%012x", w.Uint64()>>16) }),
	"order": plain(func(w *writer, i int) string {
		return fmt.Sprintf("#%d-%03d", 1000+i, w.IntN(999))
	}),
	"sku": plain(func(_ *writer, i int) string { return fmt.Sprintf("KT-%d", 100+i%6) }),
	"person": func(w *writer, r row, _ string) string {
		return w.pick("Ada N/Bo Lind/Cleo/D. Marsh/Eli W/Fay/Gus Horn/Hana K")
	},
	"email": plain(func(_ *writer, i int) string { return fmt.Sprintf("user%d@example.org", i) }),
	"ip":    plain(func(w *writer, _ int) string { return fmt.Sprintf("192.0.2.%d", w.IntN(255)) }),
	"url": plain(func(_ *writer, i int) string {
		return fmt.Sprintf("https://example.org/r/%d", i)
	}),
	"version": plain(func(w *writer, _ int) string {
		return fmt.Sprintf("4.%d.%d", w.IntN(20), w.IntN(12))
	}),
	"country": plain(func(w *writer, _ int) string { return w.pick("US/DE/FR/GB") }),
	"price": plain(func(w *writer, _ int) string {
		return fmt.Sprintf("%d.%02d", 5+w.IntN(90), w.IntN(100))
	}),
	"address": func(w *writer, r row, _ string) string {
		return "s Gravesandestraat 55 Oost 1092 AA Amsterdam Netherlands"
	},
	"json": func(w *writer, r row, _ string) string {
		return `[{"url": "https://example.org/a.jpg", "size": "small"}]`
	},
	"small": plain(func(w *writer, _ int) string { return strconv.Itoa(1 + w.IntN(3)) }),
	"phone": plain(func(w *writer, _ int) string { return fmt.Sprintf("555-01%02d", w.IntN(100)) }),
	"empty": plain(func(_ *writer, _ int) string { return "" }),
	"const": func(w *writer, r row, args string) string { return args },
	"word":  func(w *writer, r row, args string) string { return w.pick(args) },
	"webscraper": func(w *writer, r row, _ string) string {
		return fmt.Sprintf("%d-%d", 1700000000+r.index, r.index)
	},
}

var (
	products = []string{"Copper kettle", "Desk lamp", "Travel charger", "Hill tent", "Oak table",
		"City stroller"}
	places = []string{"Harbour Cafe", "Hotel Aster", "North Street", "Old Mill"}
)

// starsCell formats stars by a description, "5 N.0 out of 5 stars": the scale, then the form of a
// value, "5 bad/good" in words. Without the second it is the number. of5 is the value of the cell
// on the scale of five.
func starsCell(stars float64, args string) (cell string, of5 float64) {
	scale, how, _ := strings.Cut(args, " ")
	top, _ := strconv.ParseFloat(scale, 64)
	value := stars * top / 5
	if top > 5 && int(stars) < 5 { // values in between, so that not all are multiples
		value += math.Floor(top / 10)
	}
	of5 = value * 5 / top
	switch {
	case how == "":
		return number(value), of5
	case how == "★":
		return strings.Repeat("★", int(value)), of5
	case how == "★☆":
		return strings.Repeat("★", int(value)) + strings.Repeat("☆", int(top-value)), of5
	case strings.Count(how, "/") == 4 || strings.Contains(how, "/") && !strings.Contains(how, "N"):
		words := strings.Split(how, "/")
		at := (int(stars) - 1) * len(words) / 5
		return words[at], 1 + 4*float64(at)/float64(len(words)-1)
	case strings.Contains(how, "N.0"):
		return strings.Replace(how, "N.0", strconv.FormatFloat(value, 'f', 1, 64), 1), of5
	case strings.Contains(how, "N,0"):
		decimal := strings.Replace(strconv.FormatFloat(value, 'f', 1, 64), ".", ",", 1)
		return strings.Replace(how, "N,0", decimal, 1), of5
	}
	return strings.Replace(how, "N", number(value), 1), of5
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// npsOf returns a score from 0 to 10: promoters are the reviews of five stars.
func npsOf(r row) int { return min(10, max(0, int(r.stars)*2-r.index%2)) }

// dateCell formats a day by a description: a layout of package time, preceded by "de " and so on if
// its months are in a language; or unix, ms, ms.0, serial, relative.
func dateCell(w *writer, day time.Time, args string) string {
	switch args {
	case "unix":
		return strconv.FormatInt(day.Unix(), 10)
	case "ms":
		return strconv.FormatInt(day.UnixMilli(), 10)
	case "ms.0":
		return strconv.FormatInt(day.UnixMilli(), 10) + ".0"
	case "serial":
		return strconv.FormatInt(day.Unix()/86400+25569, 10)
	case "relative":
		return w.pick("2 weeks ago/a month ago/3 months ago/a year ago/5 days ago")
	}
	language, layout, ok := strings.Cut(args, " ")
	if p, known := phrasesOf[language]; ok && known {
		english := day.Month().String()
		named := strings.Split(p.months, "/")[day.Month()-1]
		return strings.Replace(day.Format(layout), english, named, 1)
	}
	return day.Format(args)
}

// isAmbiguous reports whether a date layout is all numbers, with a day and a month that are swapped
// in another country.
func isAmbiguous(args string) bool {
	orders := []string{"1/2/", "01/02/", "02/01/", "2/1/", "02.01.", "2.1.", "02-01-", "01-02-"}
	for _, order := range orders {
		if strings.HasPrefix(args, order) {
			return true
		}
	}
	return false
}
