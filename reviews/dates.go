package reviews

import (
	"bytes"
	"time"
)

// Day is a date: days since 1 January 1970, plus one, so that the zero Day is none. The last is in 2149.
type Day uint16

// DayOf is the Day of a date.
func DayOf(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()/86400 + 1)
}

// Time is the day's midnight, UTC.
func (d Day) Time() time.Time { return time.Unix((int64(d)-1)*86400, 0).UTC() }

// Dates is how a column writes dates, where 3/4/2024 may be two days. The zero Dates puts the month first.
type Dates struct{ DayFirst bool }

// GuessDates looks at some cells of a column: a first number above 12 is a day, a second one the proof of
// the other order. Where neither occurs, points and not slashes between numbers put the day first.
func GuessDates(cells []string) Dates {
	dayFirst, monthFirst, points := 0, 0, 0
	for _, cell := range cells {
		p := splitDate([]byte(cell))
		if p.month != 0 || p.n < 3 || p.digits[0] > 2 {
			continue
		}
		switch {
		case p.numbers[0] > 12:
			dayFirst++
		case p.numbers[1] > 12:
			monthFirst++
		case p.point:
			points++
		}
	}
	return Dates{DayFirst: dayFirst > monthFirst || dayFirst == monthFirst && points > 0}
}

// Parse reads a date as exports write it: 2024-03-04 with or without a time, 3/4/2024, 04.03.24, 20240304,
// "03 4, 2024", March 4, 2024, 4 Mar 2024, 4-Mar-24, March 2024 and 2024-03 (the first of the month), words around any of these,
// and seconds or milliseconds since 1970. The answer is false for anything else.
func (d Dates) Parse(cell []byte) (Day, bool) {
	p := splitDate(cell)
	a, b, c := p.numbers[0], p.numbers[1], p.numbers[2]
	switch {
	case p.month != 0:
		year, day := 0, 0
		for i, n := range p.numbers[:p.n] {
			switch {
			case p.digits[i] == 4 && year == 0:
				year = n
			case p.digits[i] <= 2 && day == 0:
				day = n
			case p.digits[i] == 2 && year == 0:
				year = century(n)
			}
		}
		return toDay(year, p.month, max(day, 1))
	case p.n == 1 && p.digits[0] == 8:
		return toDay(a/10000, a/100%100, a%100)
	case p.n >= 1 && p.digits[0] == 10:
		return seconds(a)
	case p.n == 1 && p.digits[0] == 13:
		return seconds(a / 1000)
	case p.n == 2 && p.digits[0] == 4:
		return toDay(a, b, 1)
	case p.n < 3:
		return 0, false
	case p.digits[0] == 4:
		return toDay(a, b, c)
	case p.digits[2] == 2:
		c = century(c)
	case p.digits[2] != 4:
		return 0, false
	}
	if d.DayFirst && b <= 12 || a > 12 {
		a, b = b, a
	}
	return toDay(c, a, b)
}

// century is the year that two digits stand for, from 1970 to 2069.
func century(n int) int {
	if n < 70 {
		return 2000 + n
	}
	return 1900 + n
}

func seconds(since1970 int) (Day, bool) {
	day := since1970/86400 + 1
	return Day(day), day > 0 && day <= 1<<16-1
}

func toDay(year, month, day int) (Day, bool) {
	if year < 1970 || year > 2148 || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, false
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return Day(t.Unix()/86400 + 1), t.Day() == day
}

// dateParts are the numbers of a cell, up to three before a time of day, and the month that is named in it, if any.
type dateParts struct {
	numbers, digits [3]int
	n               int
	month           int
	point           bool // between the first two
}

func splitDate(cell []byte) (p dateParts) {
	cell = bytes.TrimSpace(cell)
	if len(cell) > 100 {
		return p
	}
	for i := 0; i < len(cell) && p.n < len(p.numbers); {
		from := i
		switch c := cell[i]; {
		case '0' <= c && c <= '9':
			value := 0
			for ; i < len(cell) && '0' <= cell[i] && cell[i] <= '9'; i++ {
				value = value*10 + int(cell[i]-'0')
				if i-from == 13 {
					return dateParts{}
				}
			}
			if i < len(cell) && cell[i] == ':' { // a time
				return p
			}
			p.numbers[p.n], p.digits[p.n] = value, i-from
			if p.n == 1 {
				p.point = cell[from-1] == '.'
			}
			p.n++
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			for i < len(cell) && cell[i]|0x20 >= 'a' && cell[i]|0x20 <= 'z' {
				i++
			}
			if p.month == 0 {
				p.month = monthNamed(cell[from:i])
			}
		default:
			i++
		}
	}
	return p
}

// monthNamed is 1 to 12 for an English month or its first three letters or more, else 0.
func monthNamed(word []byte) int {
	if len(word) < 3 || len(word) > len("september") {
		return 0
	}
	var low [len("september")]byte
	for i, c := range word {
		low[i] = c | 0x20
	}
	for i, name := range monthNames {
		if len(word) <= len(name) && name[:len(word)] == string(low[:len(word)]) {
			return i + 1
		}
	}
	return 0
}

var monthNames = [12]string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}
