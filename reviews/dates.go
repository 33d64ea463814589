package reviews

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Day is a date: days since 1 January 1970, plus one; the zero Day is no date. The last is in 2149.
type Day uint16

// DayOf returns the Day of a date.
func DayOf(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()/86400 + 1)
}

// Time returns midnight UTC of the day.
func (d Day) Time() time.Time { return time.Unix((int64(d)-1)*86400, 0).UTC() }

// Dates is the date format of a column, where 3/4/2024 is ambiguous. The zero Dates puts the month
// first.
type Dates struct {
	DayFirst  bool
	YearFirst bool `json:",omitempty"` // of two-digit years: 24.03.04
}

// DateEvidence is the evidence of a column's cells for the order of day and month.
type DateEvidence struct {
	DayFirst   int  // cells that are dates only if the day comes first
	MonthFirst int  // cells that are dates only if the month comes first
	Points     int  // ambiguous cells with points between the numbers, as 3.4.2024
	Either     int  // other ambiguous cells, which are a different day in each order
	YearFirst  int  // cells with a two-digit year, where it comes first
	Sorted     bool // the cells are sorted in one order only, which settles it
	Thai       int  // cells with a two-digit year of 50 to 69, of the Thai calendar
}

// Sure reports whether the cells settle the order: some are a date in one order only and none in
// the other only, or all ambiguous ones have points. If false, the order is a guess from how the
// cells are sorted, from dates with points among others, or from custom.
func (e DateEvidence) Sure() bool {
	if e.YearFirst > 0 {
		return e.YearFirst >= 20
	}
	if e.DayFirst > 0 || e.MonthFirst > 0 {
		return e.DayFirst == 0 || e.MonthFirst == 0
	}
	return e.Either == 0
}

// JudgeDates returns the order in which most of the cells of a column, in the order of the file,
// are dates, with its evidence. A first number above 12 is a day; a second one proves the other
// order. If neither occurs, points between the numbers put the day first; then the order in which
// the cells are sorted counts, since most exports are sorted; then the month comes first. Two-digit
// years come first if all dates are then in years close to each other, and decades apart otherwise.
func JudgeDates(cells []string) (Dates, DateEvidence) {
	var e DateEvidence
	if e.YearFirst = yearsFirst(cells); e.YearFirst > 0 {
		return Dates{YearFirst: true}, e
	}
	var last [2]Day         // the previous date, with the month first and with the day first
	var rises, falls [2]int // how often a date is after the previous one, and before it
	points := 0             // cells with points that are dates only if the day comes first
	for _, cell := range cells {
		p, ok := splitDate([]byte(cell))
		if !ok || p.month != 0 || p.n != 3 || p.digits[0] > 2 || p.yearSign {
			continue
		}
		var days [2]Day
		for i := range days {
			days[i], _ = Dates{DayFirst: i == 1}.numeric(p)
		}
		if y := p.numbers[2]; p.digits[2] == 2 && y >= firstThai && y <= lastThai {
			e.Thai++
		}
		switch {
		case days[0] == 0 && days[1] == 0:
			continue
		case p.numbers[0] > 12 && p.separator == '.':
			points++
		case p.numbers[0] > 12:
			e.DayFirst++
		case p.numbers[1] > 12:
			e.MonthFirst++
		case p.separator == '.':
			e.Points++
		case p.numbers[0] != p.numbers[1]:
			e.Either++
		}
		for i, day := range days {
			switch {
			case last[i] == 0 || day == last[i]:
			case day > last[i]:
				rises[i]++
			default:
				falls[i]++
			}
			last[i] = day
		}
	}
	if e.Either > 0 && e.DayFirst == 0 && e.MonthFirst == 0 {
		e.Points += points // they do not settle the order of 3/4/2024
	} else {
		e.DayFirst += points
	}
	switch {
	case e.DayFirst != e.MonthFirst:
		return Dates{DayFirst: e.DayFirst > e.MonthFirst}, e
	case e.Points > 0:
		return Dates{DayFirst: true}, e
	}
	inOrder := func(i int) bool { return 20*min(rises[i], falls[i]) <= rises[i]+falls[i] }
	e.Sorted = e.Either > 0 && inOrder(1) != inOrder(0)
	return Dates{DayFirst: e.Sorted && inOrder(1)}, e
}

// AreHalfConverted reports whether a spreadsheet seems to have taken the cells for dates in the
// other order of day and month: it leaves those with a day above 12 as they are, 25/03/2024, and
// converts the others, with day and month swapped, to 2024-03-04 or a serial day. Then no cell left
// may have the other order, and no converted one a day above 12.
func AreHalfConverted(cells []string) bool {
	const few = 5 // of each kind; fewer may be by chance
	left, converted := 0, 0
	for _, cell := range cells {
		p, ok := splitDate([]byte(cell))
		if ok && p.month == 0 && p.n == 3 && p.digits[0] <= 2 {
			if p.numbers[0] <= 12 && p.numbers[1] <= 12 {
				return false
			}
			left++
		} else if day, ok := (Dates{}).Parse([]byte(cell)); ok {
			if day.Time().Day() > 12 {
				return false
			}
			converted++
		}
	}
	return left >= few && converted >= few
}

// yearsFirst counts the cells of three numbers of at most two digits, or returns 0 if the first
// number is not the year.
func yearsFirst(cells []string) (n int) {
	low, high := [2]int{99, 99}, [2]int{} // of the first number and of the last
	for _, cell := range cells {
		p, ok := splitDate([]byte(cell))
		if !ok || p.month != 0 || p.n != 3 || p.digits[0] > 2 || p.digits[2] > 2 ||
			p.yearSign {
			continue
		}
		if _, ok := (Dates{YearFirst: true}).numeric(p); !ok {
			return 0
		}
		for i := range low {
			low[i], high[i] = min(low[i], p.numbers[2*i]), max(high[i], p.numbers[2*i])
		}
		n++
	}
	if n < 2 || low[0] < 5 || high[1]-low[1] < 5+3*(high[0]-low[0]) {
		return 0
	}
	return n
}

// Parse reads a date as exports write it, in the first 120 bytes of a cell:
//
//   - 2024-03-04, 2024/3/4, 2024年3月4日, 3/4/2024, 04.03.24, 03 4, 2024, 2024-03 (the first of the month),
//     each with or without a time of day, and words before or after;
//   - March 4, 2024, 4 Mar 2024, 4-Mar-24, den 4. März 2024, 4 de marzo de 2024, Mon Mar 04 2024 14:16:38
//     GMT+0000, Mon Mar 4 14:16:38 2024, March 2024 (the first of the month), mar. 4 avr. 2024
//     (a Tuesday), May 14-16, 2024 (the first day): months in the languages of monthNamed, words
//     around them;
//   - 20240304, 20240304T141638Z, 20240304141638, seconds, milliseconds, microseconds or
//     nanoseconds since 1970 (also as 1709510400.0, 1.70951E+12 and /Date(1709510400000)/), and a
//     spreadsheet's serial day (45355, 45355.6, 45355,6).
//
// The answer is false for anything else: versions (4.17.10), addresses (10.0.0.1), phone numbers,
// times without a date, "2 weeks ago"; and for 1 January 1970, which programs write as the zero of
// their time.
func (d Dates) Parse(cell []byte) (Day, bool) {
	cell = bytes.TrimSpace(cell)
	if len(cell) == 0 {
		return 0, false
	}
	if rest, ok := bytes.CutPrefix(cell, []byte("/Date(")); ok { // as .NET writes JSON
		digits := 0
		for digits < len(rest) && isDigit(rest[digits]) {
			digits++
		}
		cell = rest[:max(digits, 1)]
	}
	if c := cell[0]; '0' <= c && c <= '9' {
		if day, ok, decided := parseInstant(cell); decided {
			return day, ok
		}
	}
	p, ok := splitDate(cell)
	if !ok {
		return 0, false
	}
	if p.month != 0 {
		return p.named()
	}
	return d.numeric(p)
}

// named returns the date of parts whose month is a word.
func (p dateParts) named() (Day, bool) {
	year, day := 0, 0
	if i := slices.Index(p.digits[:p.n], 4); i >= 0 { // whatever precedes it: May 14-16, 2024
		year = gregorian(p.numbers[i])
	}
	for i, n := range p.numbers[:p.n] {
		switch {
		case p.digits[i] <= 2 && day == 0:
			day = n
		case p.digits[i] == 2 && year == 0:
			year = century(n)
		}
	}
	if year == 0 {
		return 0, false
	}
	return toDay(year, p.month, max(day, 1))
}

// numeric returns the date of parts that are numbers only.
func (d Dates) numeric(p dateParts) (Day, bool) {
	a, b, c := p.numbers[0], p.numbers[1], p.numbers[2]
	switch {
	case p.n == 2 && p.digits[0] == 4 && p.digits[1] <= 2:
		if p.parted { // an unknown month: 2024. ápr. 7.
			return 0, false
		}
		return toDay(gregorian(a), b, 1)
	case p.n != 3 || p.digits[1] > 2:
		return 0, false
	case p.digits[0] == 4 && p.digits[2] <= 2:
		return toDay(gregorian(a), b, c)
	case p.digits[0] > 2:
		return 0, false
	case p.digits[2] <= 2 && p.digits[0] == 2 && (d.YearFirst || p.yearSign):
		return toDay(century(a), b, c)
	case p.digits[2] == 2:
		c = century(c)
		d.DayFirst = d.DayFirst || p.separator == '.'
		if p.separator == '.' && b > 12 { // a version, such as 4.17.10
			return 0, false
		}
	case p.digits[2] != 4:
		return 0, false
	}
	if d.DayFirst && b <= 12 || a > 12 {
		a, b = b, a
	}
	return toDay(gregorian(c), a, b)
}

// buddhist is the offset of years in the Thai calendar.
const buddhist = 543

// gregorian returns the year of a four-digit number, which may be in the Thai calendar.
func gregorian(year int) int {
	if year >= 1970+buddhist && year < 2700 {
		return year - buddhist
	}
	return year
}

// century returns the year, from 1970 to 2049, that two digits stand for. 50 to 69 would be far in
// the future and are of the Thai calendar: 2007 to 2026.
func century(n int) int {
	switch {
	case n < firstThai:
		return 2000 + n
	case n <= lastThai:
		return 2500 + n - buddhist
	}
	return 1900 + n
}

// Two-digit years of the Thai calendar.
const (
	firstThai = 50
	lastThai  = 69
)

// The range of spreadsheet serial days that Parse reads as dates: 1 January 1982 to 31 December
// 2063. Day 25569 is 1 January 1970.
const (
	firstSerial = 29952
	lastSerial  = 59900
	serialEpoch = 25569
)

// parseInstant parses a cell that is one number: a day written without separators, a time since
// 1970, or a serial day. decided is false if the cell is more than a number.
func parseInstant(cell []byte) (day Day, ok, decided bool) {
	digits := 0
	for digits < len(cell) && '0' <= cell[digits] && cell[digits] <= '9' {
		digits++
	}
	if rest := cell[digits:]; digits == 8 && beginsClock(rest) { // 20240304T141638Z
		cell = cell[:8]
	} else if len(rest) > 0 {
		if digits == 5 && rest[0] == ',' { // 45355,25
			cell = bytes.Replace(cell, []byte{','}, []byte{'.'}, 1)
			rest = cell[digits:]
		}
		if rest[0] != '.' && rest[0] != 'E' && rest[0] != 'e' || len(cell) > 32 {
			return 0, false, false
		}
		// 45355.25, 1709510400.0 and 1.70951E+12. Two numbers with a point may also be a month:
		// 2024.03.
		v, err := strconv.ParseFloat(string(cell), 64)
		exponent := bytes.ContainsAny(rest, "eE")
		if err != nil || !exponent && digits < 5 || v < firstSerial || v >= 1<<62 {
			return 0, false, false
		}
		n := int64(v)
		cell = strconv.AppendInt(make([]byte, 0, 20), n, 10)
		if digits = len(cell); digits == 8 || digits == 14 { // 20240304.0
			return 0, false, true
		}
	}
	n, err := strconv.ParseInt(string(cell), 10, 64)
	if err != nil {
		return 0, false, false
	}
	switch digits {
	case 5:
		if n < firstSerial || n > lastSerial {
			return 0, false, true
		}
		return Day(n - serialEpoch + 1), n >= serialEpoch, true
	case 8:
		day, ok = toDay(int(n/10000), int(n/100%100), int(n%100))
	case 14, 17: // to the second, to the millisecond
		n /= 1e6
		if digits == 17 {
			n /= 1e3
		}
		day, ok = toDay(int(n/10000), int(n/100%100), int(n%100))
	case 9, 10: // nine digits: until September 2001
		day, ok = seconds(n)
	case 13:
		day, ok = seconds(n / 1e3)
	case 16:
		day, ok = seconds(n / 1e6)
	case 19:
		day, ok = seconds(n / 1e9)
	}
	return day, ok, true
}

// beginsClock reports whether b is a time of day behind a date without separators: T141638Z, 14:16.
func beginsClock(b []byte) bool {
	digits := 0
	for len(b) > 1 && digits < len(b)-1 && isDigit(b[1+digits]) {
		digits++
	}
	switch {
	case digits == 0 || len(b) > 32:
		return false
	case b[0] == 'T':
		return digits == 4 || digits == 6 || digits == 2 && len(b) > 3 && b[3] == ':'
	}
	return b[0] == ' ' && digits <= 2 && len(b) > 1+digits && b[1+digits] == ':'
}

// epoch is 1 January 1970.
const epoch Day = 1

func seconds(since1970 int64) (Day, bool) {
	day := since1970/86400 + 1
	if day <= int64(epoch) || day > 1<<16-1 {
		return 0, false
	}
	return Day(day), true
}

func toDay(year, month, day int) (Day, bool) {
	if year < 1970 || year > 2148 || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, false
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	d := Day(t.Unix()/86400 + 1)
	if t.Day() != day || d == epoch { // 31 April
		return 0, false
	}
	return d, true
}

// dateParts holds the numbers of a cell, without those of a time of day, and the month named in it.
type dateParts struct {
	numbers, digits [3]int
	n               int
	month           int  // 1 to 12; 0 if none
	separator       byte // between the first two numbers: '-', '/', '.', ' ' or 0 for any other
	even            bool // the same separator is between the second and the third
	yearSign        bool // a sign marks the first number as the year: 24年, 24년
	parted          bool // a non-ASCII word other than such a sign is between two numbers
}

const maxDate = 120 // maximum size in bytes of a cell that is parsed as a date

// monthWord is a word of a cell that names a month.
type monthWord struct {
	month     int
	from, end int
	before    int // how many numbers precede it
}

// splitDate splits a cell into its parts. It returns false if the numbers are not arranged as in a
// date: more than three besides a time, a number in a word ("v4"), words between numbers of which
// none is a month.
func splitDate(cell []byte) (p dateParts, ok bool) {
	if cell = bytes.TrimSpace(cell); len(cell) > maxDate {
		return p, false
	}
	s := dateSplitter{cell: asciiDigits(cell)}
	for i := 0; i < len(s.cell); {
		switch c := s.cell[i]; {
		case isDigit(c):
			if i, ok = s.number(i); !ok {
				return s.parts, false
			}
		case c|0x20 >= 'a' && c|0x20 <= 'z' || c >= utf8.RuneSelf:
			i = s.word(i)
		default:
			i++
		}
	}
	p = s.parts
	p.month = p.monthOf(s.cell, s.months[:s.named], s.at)
	if p.month == 0 && (s.wordBetween || p.n < 2) {
		return p, false
	}
	return p, p.n > 0
}

// dateSplitter is the state of splitDate.
type dateSplitter struct {
	cell        []byte
	parts       dateParts
	at          [3][2]int // the start and end of each number
	months      [4]monthWord
	named       int  // number of months
	era         int  // the year before the first of a named Japanese era
	monthly     bool // the next number is a month: tháng 3
	wordBetween bool // an ASCII word is between two numbers
	wordSince   bool // an ASCII word follows the last number
}

// number takes the number that begins at from, with the time of day of which it is the hour, and
// returns its end. It returns false if a date has no such number.
func (s *dateSplitter) number(from int) (end int, ok bool) {
	cell, p := s.cell, &s.parts
	value, i := 0, from
	for ; i < len(cell) && isDigit(cell[i]); i++ {
		if value = value*10 + int(cell[i]-'0'); i-from > 9 {
			return i, false
		}
	}
	wordSince := s.wordSince
	s.wordSince = false
	year := i-from == 4 && from > 0 && cell[from-1] == '/' // 04/Mar/2024:14:16:38
	if !year && i+1 < len(cell) && cell[i] == ':' && isDigit(cell[i+1]) {
		return skipTime(cell, i), true
	}
	whole := p.n == 3 || p.n == 2 && s.named > 0 && (p.digits[0] == 4 || p.digits[1] == 4)
	if end := skipClock(cell, from, i, whole); end > i {
		return end, true
	}
	if s.monthly && i-from <= 2 && value >= 1 && value <= 12 && s.named < len(s.months) {
		s.addMonth(value, from, i)
		s.monthly = false
		return i, true
	}
	if p.n == 3 || from > 0 && isWordByte(cell[from-1]) && cell[from-1]|0x20 != 't' {
		return i, false // a fourth number, or the digits of a name
	}
	if p.n > 0 {
		s.wordBetween = s.wordBetween || wordSince
		if !p.separate(cell[s.at[p.n-1][1]:from], s.named > 0) {
			return i, false
		}
	}
	p.numbers[p.n], p.digits[p.n], s.at[p.n] = value, i-from, [2]int{from, i}
	if s.era > 0 && p.n == 0 && i-from <= 3 {
		p.numbers[0], p.digits[0] = s.era+value, 4
	}
	p.n++
	return i, true
}

// word takes the word that begins at from, and the offset from UTC that follows a time zone, and
// returns its end.
func (s *dateSplitter) word(from int) (end int) {
	p, c := &s.parts, s.cell[from]
	end = wordEnd(s.cell, from)
	word := s.cell[from:end]
	if s.named < len(s.months) {
		if month := monthNamed(word); month != 0 {
			s.addMonth(month, from, end)
			return end
		}
	}
	switch {
	case isMonthSign(word):
		s.monthly = true
	case c < utf8.RuneSelf && !(len(word) == 1 && word[0]|0x20 == 't'):
		s.wordSince = true
	case c >= utf8.RuneSelf && p.n == 0:
		var first bool
		if s.era, first = eraOf(word); first {
			p.numbers[0], p.digits[0], s.at[0] = s.era+1, 4, [2]int{from, end}
			p.n = 1
		}
	case c >= utf8.RuneSelf && p.n == 1:
		year := isYearSign(word)
		p.yearSign = p.yearSign || year
		p.parted = p.parted || !year && isLetters(word)
	}
	if isZone(word) && end < len(s.cell) && (s.cell[end] == '+' || s.cell[end] == '-') {
		return skipOffset(s.cell, end)
	}
	return end
}

// addMonth adds the name or number of a month that is cell[from:end].
func (s *dateSplitter) addMonth(month, from, end int) {
	s.months[s.named] = monthWord{month, from, end, s.parts.n}
	s.named++
}

// separate records the separator between a number and the previous one. It returns false if numbers
// alone, without a named month, are not separated so in a date: 2024-01/05.
func (p *dateParts) separate(gap []byte, named bool) bool {
	between := byte(0)
	if len(gap) == 1 {
		between = gap[0]
	} else if len(gap) > 0 && gap[len(gap)-1] == ' ' {
		between = ' '
	}
	if p.even = p.n == 2 && between == p.separator; p.n == 1 {
		p.separator = between
		return true
	}
	mixed := between == '-' || between == '/' || p.separator == '-' || p.separator == '/'
	return named || between == p.separator || !mixed
}

// monthOf returns the month of a cell with these month words, whose numbers are at the positions
// at; 0 if they are other words next to a complete numeric date: "des Kunden vom 04.03.2024", "mar.
// 04/06/2024", a Tuesday. Of several, it is the first that is next to a number, since others are
// names ("by Jan on 4 March 2024") or other words ("Check-out: March 4, 2024").
func (p *dateParts) monthOf(cell []byte, words []monthWord, at [3][2]int) int {
	points := p.separator == '.' || p.separator == '-' || p.separator == '/'
	if len(words) == 0 || p.n == 3 && p.even && points {
		return 0
	}
	chosen := -1
	for i, w := range words {
		if !(w.before > 0 && isGap(cell[at[w.before-1][1]:w.from]) ||
			w.before < p.n && isGap(cell[w.end:at[w.before][0]])) {
			continue
		}
		if chosen < 0 {
			chosen = i
			continue
		}
		// The only day is between the two: "mar. 4 avr. 2024" is a Tuesday, "Mar 4 - Apr 5, 2024"
		// begins in March.
		if words[chosen].before == 0 && w.before == 1 && p.digits[0] <= 2 &&
			(p.n < 3 || p.digits[1] > 2) {
			chosen = i
		}
		break
	}
	switch {
	case chosen < 0 && p.n == 2 && points && p.digits[0] == 4 && p.digits[1] <= 2:
		return 0 // Check-out: 2024-03
	case chosen < 0:
		return words[0].month
	}
	for p.n == 1 && p.digits[0] == 4 && chosen > 0 && // April to June 2024
		isRange(cell[words[chosen-1].end:words[chosen].from]) {
		chosen--
	}
	return words[chosen].month
}

// isGap reports whether b may be between a day or a year and its month: blanks, points and words
// such as in "4th of March", "4 de marzo de 2024".
func isGap(b []byte) bool {
	for i := 0; i < len(b); {
		from := i
		if c := b[i]; c < utf8.RuneSelf && !isWordByte(c) {
			if strings.IndexByte(" .,-/'", c) < 0 {
				return false
			}
			i++
			continue
		}
		i = max(wordEnd(b, i), i+1)
		switch strings.ToLower(string(b[from:i])) {
		case "d", "de", "del", "di", "do", "of", "the", "st", "nd", "rd", "th", "er", "º", "ª", "°",
			"’", "–", "\u00a0", "\u202f":
		default:
			return false
		}
	}
	return true
}

// isRange reports whether b may be between the first and the last month of a range.
func isRange(b []byte) bool {
	switch strings.ToLower(strings.TrimSpace(string(b))) {
	case "-", "–", "/", "&", "to", "and", "bis", "und", "à", "a", "al", "et", "y", "e":
		return true
	}
	return false
}

// skipTime returns the end of a time of day whose first colon is at i: 14:16, 14:16:38.123Z,
// 14:16+02:00, 14:16:38 +0000.
func skipTime(cell []byte, i int) int {
	for i < len(cell) && (cell[i] == ':' || isDigit(cell[i])) {
		i++
	}
	if i+1 < len(cell) && (cell[i] == '.' || cell[i] == ',') && isDigit(cell[i+1]) {
		for i++; i < len(cell) && isDigit(cell[i]); i++ {
		}
	}
	rest := i
	if rest < len(cell) && cell[rest] == ' ' {
		rest++
	}
	if rest+1 < len(cell) && (cell[rest] == '+' || cell[rest] == '-') && isDigit(cell[rest+1]) {
		return skipOffset(cell, rest)
	}
	return i
}

// skipClock returns the end of a time of day without colons whose hour is cell[from:i]: 14h30,
// 14時30分, 2시 30분 and, after a complete date, 14.30 and 14.30.22. It returns i if there is none.
func skipClock(cell []byte, from, i int, whole bool) int {
	if hour := cell[from:i]; len(hour) > 2 || len(hour) == 2 && string(hour) > "24" {
		return i
	}
	if !whole && from > 0 && strings.IndexByte("-/.", cell[from-1]) >= 0 {
		return i // of a date: 2024/3/4時点, 2024-03-04 点评
	}
	rest := cell[i:]
	for len(rest) > 0 && rest[0] == ' ' {
		rest = rest[1:]
	}
	if len(rest) > 0 && rest[0] == 'h' {
		after := rest[1:]
		if len(after) > 0 && isWordByte(after[0]) {
			return i
		}
		if n := twoDigits(after); n == 2 {
			after = after[n:]
		}
		return len(cell) - len(after)
	}
	if len(rest) > 0 && rest[0] >= utf8.RuneSelf {
		after, hour := cutSign(rest, "時", "时", "點", "点", "시")
		_, another := cutSign(after, "点", "點", "間", "间", "评", "評", "赞", "贊", "점", "간")
		if !hour || another { // 時点, 시간, 点评
			return i
		}
		for range 2 {
			part := bytes.TrimLeft(after, " ")
			if part, found := cutSign(part[twoDigits(part):], "分", "분", "秒", "초"); found {
				after = part
			}
		}
		return len(cell) - len(after)
	}
	if !whole || from == 0 || strings.IndexByte(" T,", cell[from-1]) < 0 {
		return i
	}
	parts := 0 // after the hour
	for parts < 2 && i+2 < len(cell) && cell[i] == '.' && cell[i+1] < '6' &&
		twoDigits(cell[i+1:]) == 2 {
		i, parts = i+3, parts+1
	}
	if parts == 2 && i+1 < len(cell) && cell[i] == '.' && isDigit(cell[i+1]) { // of a second
		for i++; i < len(cell) && isDigit(cell[i]); i++ {
		}
	}
	return i
}

// cutSign cuts a prefix of b that is one of signs.
func cutSign(b []byte, signs ...string) (after []byte, found bool) {
	for _, sign := range signs {
		if after, found = bytes.CutPrefix(b, []byte(sign)); found {
			return after, true
		}
	}
	return b, false
}

// twoDigits returns how many digits b begins with, 0 if more than two.
func twoDigits(b []byte) (n int) {
	for n < len(b) && isDigit(b[n]) {
		n++
	}
	if n > 2 {
		return 0
	}
	return n
}

// skipOffset returns the end of a UTC offset, such as +0000, -7 or +02:00, that begins at i.
func skipOffset(cell []byte, i int) int {
	for i++; i < len(cell) && (isDigit(cell[i]) || cell[i] == ':'); i++ {
	}
	return i
}

// eraOf returns the year before the first one of the era that a word ends in, 0 if none. first is
// set if its first year is written as a word, too: 令和元年.
func eraOf(word []byte) (before int, first bool) {
	name, first := bytes.CutSuffix(word, []byte("元年"))
	for _, era := range []struct {
		name   string
		before int
	}{{"令和", 2018}, {"平成", 1988}, {"昭和", 1925}, {"民國", 1911}, {"民国", 1911}} {
		if bytes.HasSuffix(name, []byte(era.name)) {
			return era.before, first
		}
	}
	return 0, false
}

// isYearSign reports whether a word after a number marks it as a year.
func isYearSign(word []byte) bool {
	return bytes.HasPrefix(word, []byte("年")) || bytes.HasPrefix(word, []byte("년"))
}

// isMonthSign reports whether a Vietnamese word announces a month in digits.
func isMonthSign(word []byte) bool {
	return word[0]|0x20 == 't' && (bytes.EqualFold(word, []byte("tháng")) || bytes.EqualFold(word, []byte("thg")))
}

// isLetters reports whether a word found by wordEnd consists of letters.
func isLetters(word []byte) bool {
	r, _ := utf8.DecodeRune(word)
	return unicode.IsLetter(r)
}

func isZone(word []byte) bool {
	return string(word) == "GMT" || string(word) == "UTC"
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isWordByte(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }

// wordEnd returns the end of the letters that begin at i. A non-letter is a word of its own if it
// is beyond ASCII.
func wordEnd(cell []byte, i int) int {
	from := i
	for i < len(cell) {
		if c := cell[i]; c < utf8.RuneSelf {
			if c|0x20 < 'a' || c|0x20 > 'z' {
				break
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(cell[i:])
		if !unicode.IsLetter(r) && (i == from || !unicode.IsMark(r)) { // a mark is part of a letter
			if i == from {
				return i + size
			}
			break
		}
		i += size
	}
	return i
}

// monthNamed returns 1 to 12 for a month's name or its usual abbreviation in English, German,
// French, Spanish, Italian, Portuguese, Catalan, Dutch, Polish, Swedish, Danish, Norwegian,
// Finnish, Czech, Slovak, Slovenian, Hungarian, Romanian, Turkish, Russian, Ukrainian, Bulgarian,
// Greek, Arabic, Hebrew, Hindi, Thai or Indonesian, in any case; else 0.
func monthNamed(word []byte) int {
	if len(word) < 3 || len(word) > 36 {
		return 0
	}
	var buffer [48]byte
	low := buffer[:0]
	for i := 0; i < len(word); {
		if c := word[i]; c < utf8.RuneSelf {
			low = append(low, c|0x20)
			i++
			continue
		}
		r, size := utf8.DecodeRune(word[i:])
		low = utf8.AppendRune(low, unicode.ToLower(r))
		i += size
	}
	return int(monthWords.of(low))
}

// monthWords lists the names of January to December.
var monthWords = wordTable{list: `
jan|january|januari|januar|jän|jänner|janv|janvier|ene|enero|gen|gennaio|janeiro|sty|stycznia
styczeń|tammikuu|tammikuuta|led|ledna|leden|ian|ianuarie|oca|ocak|янв|января|январь|január
januára|gener|tammik|січ|січня|січень|януари|ιαν|ιανουαρίου|ιανουάριος|يناير|ינואר|בינואר|जनवरी
มกราคม;
feb|february|februari|februar|fév|févr|février|fev|fevr|fevrier|febrero|febbraio|fevereiro|lut
lutego|luty|helmikuu|helmikuuta|úno|února|únor|februarie|şub|şubat|фев|февр|февраля|февраль|febr
február|februára|febrer|helmik|лют|лютого|лютий|февруари|φεβ|φεβρουαρίου|φεβρουάριος|فبراير|شباط
פברואר|בפברואר|फरवरी|फ़रवरी|กุมภาพันธ์;
mar|march|mär|mrz|märz|maerz|mars|marzo|março|marco|mrt|maart|marca|marzec|marts|maaliskuu
maaliskuuta|bře|března|březen|martie|mart|мар|марта|март|maret|márc|március|marec|març|maalisk
бер|берез|березня|березень|μαρ|μαρτίου|μάρτιος|مارس|آذار|מרץ|במרץ|मार्च|มีนาคม;
apr|april|avr|avril|abr|abril|aprile|kwi|kwietnia|kwiecień|huhtikuu|huhtikuuta|dub|dubna|duben
aprilie|nis|nisan|апр|апреля|апрель|ápr|április|apríl|apríla|huhtik|квіт|квітня|квітень|април
απρ|απριλίου|απρίλιος|أبريل|ابريل|إبريل|نيسان|אפריל|באפריל|अप्रैल|เมษายน;
may|mai|mayo|mag|maggio|maio|mei|maj|maja|toukokuu|toukokuuta|kvě|května|květen|mayıs|мая|май
máj|május|mája|maig|toukok|mayis|трав|травня|травень|μαϊ|μαΐ|μάι|μαΐου|μάιος|مايو|أيار|מאי|במאי|मई
พฤษภาคม;
jun|june|juni|juin|junio|giu|giugno|junho|cze|czerwca|czerwiec|kesäkuu|kesäkuuta|čvn|června
červen|iun|iunie|haz|haziran|июн|июня|июнь|jún|június|júna|juny|junij|kesäk|черв|червня|червень
юни|ιουν|ιουνίου|ιούνιος|يونيو|حزيران|יוני|ביוני|जून|มิถุนายน;
jul|july|juli|juil|juillet|julio|lug|luglio|julho|lip|lipca|lipiec|heinäkuu|heinäkuuta|čvc
července|červenec|iul|iulie|tem|temmuz|июл|июля|июль|júl|július|júla|juliol|julij|heinäk|лип
липня|липень|юли|ιουλ|ιουλίου|ιούλιος|يوليو|تموز|יולי|ביולי|जुलाई|กรกฎาคม;
aug|august|augustus|augusti|aoû|août|aout|ago|agosto|sie|sierpnia|sierpień|elokuu|elokuuta|srp
srpna|srpen|ağu|ağustos|авг|августа|август|agu|agustus|augusztus|augusta|agost|avgust|elok|agt
серп|серпня|серпень|αυγ|αυγούστου|αύγουστος|أغسطس|اغسطس|آب|אוגוסט|באוגוסט|अगस्त|สิงหาคม;
sep|sept|september|septembre|septiembre|setiembre|set|settembre|setembro|wrz|września|wrzesień
syyskuu|syyskuuta|zář|září|septembrie|eyl|eylül|сен|сент|сентября|сентябрь|szept|szeptember
septembra|setembre|syysk|вер|верес|вересня|вересень|септември|σεπ|σεπτεμβρίου|σεπτέμβριος|سبتمبر
أيلول|ספטמבר|בספטמבר|सितंबर|सितम्बर|กันยายน;
oct|october|okt|oktober|octobre|octubre|ott|ottobre|out|outubro|paź|października|październik
lokakuu|lokakuuta|říj|října|říjen|octombrie|eki|ekim|окт|октября|октябрь|október|októbra|lokak
жовт|жовтня|жовтень|октомври|οκτ|οκτωβρίου|οκτώβριος|أكتوبر|اكتوبر|אוקטובר|באוקטובר|अक्टूबर
अक्तूबर|ตุลาคม;
nov|november|novembre|noviembre|novembro|lis|listopada|listopad|marraskuu|marraskuuta|noiembrie
kas|kasım|ноя|нояб|ноября|ноябрь|novembra|listopadu|marrask|kasim|лист|листопада|листопад
ноември|νοε|νοεμβρίου|νοέμβριος|نوفمبر|נובמבר|בנובמבר|नवंबर|नवम्बर|พฤศจิกายน;
dec|december|dez|dezember|déc|décembre|decembre|dic|diciembre|dicembre|dezembro|gru|grudnia
grudzień|des|desember|joulukuu|joulukuuta|pro|prosince|prosinec|decembrie|ara|aralık|дек|декабря
декабрь|decembra|desembre|jouluk|aralik|груд|грудня|грудень|декември|δεκ|δεκεμβρίου|δεκέμβριος
ديسمبر|דצמבר|בדצמבר|दिसंबर|दिसम्बर|ธันวาคม`}
