package app

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"reviewlens/api/wire"
	"reviewlens/app/message"
	"reviewlens/reviews/report"
)

// Number, Plural, Points and Percent write numbers as the report does.
func Number(n int) string                   { return report.Number(n) }
func Plural(n int, one, many string) string { return report.Plural(n, one, many) }
func Points(share float64) string           { return report.Points(share) }
func Percent(share float64) string          { return report.Percent(share) }

// Permille is a small share with a tenth: "0.4%".
func Permille(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) + "%" }

// Tenths is a small difference of shares: "1.2", "−0.3".
func Tenths(share float64) string {
	out := strconv.FormatFloat(math.Abs(100*share), 'f', 1, 64)
	if share < 0 && out != "0.0" {
		return "−" + out
	}
	return out
}

// About says how long seconds are: "about 20 s", "about 2 minutes".
func About(seconds float64) string {
	switch {
	case seconds < 1.5:
		return "about 1 s"
	case seconds < 10:
		return fmt.Sprintf("about %.0f s", seconds)
	case seconds < 90:
		return fmt.Sprintf("about %.0f s", 5*math.Round(seconds/5))
	case seconds < 90*60:
		return "about " + Plural(int(math.Round(seconds/60)), "minute", "minutes")
	}
	return fmt.Sprintf("about %.1f hours", seconds/3600)
}

// Dollars is a price, to two digits or to the cent.
func Dollars(price float64) string {
	if price < 0.01 {
		return "less than $0.01"
	}
	return fmt.Sprintf("$%.2f", price)
}

// Rounded is an estimate to two digits: 4234 is 4200.
func Rounded(n int) int {
	unit := 1
	for n/unit >= 100 {
		unit *= 10
	}
	return (n + unit/2) / unit * unit
}

// Bytes is a size as file managers write it.
func Bytes(n int64) string {
	switch {
	case n < 1000:
		return Plural(int(n), "byte", "bytes")
	case n < 1_000_000:
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	case n < 1_000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.2f GB", float64(n)/1e9)
}

// Share is a share in percent, Between its interval; "–" for that of no reviews.
func Share(i wire.Interval) string {
	if ofNone(i) {
		return "–"
	}
	return Percent(i.Share)
}

// Between is the interval of a share; see Share.
func Between(i wire.Interval) string {
	if ofNone(i) {
		return "–"
	}
	return Percent(i.Low) + " to " + Percent(i.High)
}

// ofNone reports whether a share is that of no reviews, which could be anything.
func ofNone(i wire.Interval) bool { return i.Low == 0 && i.High == 1 }

// Feeling says what a number of scored reviews come to.
func Feeling(reviews int, share wire.Interval) string {
	out := Plural(reviews, "review", "reviews") + ", "
	if ofNone(share) {
		return out + "none in English"
	}
	return out + Share(share) + " positive (" + Between(share) + ")"
}

// Word is the name of a sentiment as it is shown.
func Word(sentiment string) string {
	switch sentiment {
	case "positive":
		return "Positive"
	case "negative":
		return "Negative"
	case "unsure":
		return "Unsure"
	}
	return "No score"
}

// Sure says a probability in the direction of its sentiment: "97% sure".
func Sure(s message.Scored) string {
	switch s.Sentiment {
	case "positive":
		return Percent(s.Positive) + " sure"
	case "negative":
		return Percent(1-s.Positive) + " sure"
	}
	if s.Unread != "" {
		return "the model cannot read it"
	}
	return "could be either: " + Percent(s.Positive) + " positive"
}

// DialectName says how records are divided.
func DialectName(d message.Dialect) string {
	switch {
	case d.Keys != nil:
		return "JSON lines"
	case d.DoubleEncoded:
		return DelimiterName(d.Delimiter) + ", each row in quotes"
	}
	return DelimiterName(d.Delimiter)
}

// DelimiterName and EncodingName name a dialect's parts.
func DelimiterName(d string) string {
	switch d {
	case ",":
		return "comma"
	case ";":
		return "semicolon"
	case "\t":
		return "tab"
	case "|":
		return "pipe"
	case "":
		return "a review a line"
	}
	return strconv.Quote(d)
}

func EncodingName(e string) string {
	switch e {
	case "utf-8":
		return "UTF-8"
	case "utf-16le", "utf-16be":
		return "UTF-16"
	case "windows-1252":
		return "Windows-1252"
	case "gbk":
		return "GBK"
	}
	return e
}

// ScoreButton is the promise on the button that starts a run.
func ScoreButton(s *State) string {
	c := s.Count
	switch {
	case c == nil:
		return "Score the reviews"
	case !c.Done:
		return "Counting… " + Number(c.Rows) + " rows so far"
	}
	text := "Score " + Plural(s.ToScore(), "review", "reviews")
	if c.Seconds > 0 {
		text += ", " + About(c.Seconds)
	}
	if c.Price > 0 && s.Where != message.OnDevice {
		text += ", " + Dollars(c.Price)
	}
	return text
}

// Title is what the browser's tab shows.
func Title(s *State) string {
	const name = "Reviewlens"
	switch p := s.Progress; {
	case s.Screen == ScreenHistory:
		return "History · " + name
	case s.Screen == ScreenRun && s.PastRun != nil:
		return s.PastRun.Name + " · " + name
	case s.File == "":
		return name
	case s.Running() && p.Rows > 0:
		return strconv.Itoa(100*p.Done/p.Rows) + "% · " + s.File
	case p != nil && p.State == message.Finished && p.Summary.Scored > p.Summary.Unread:
		return Percent(p.Summary.Share.Share) + " positive · " + s.File
	}
	return s.File + " · " + name
}

// LooksLikeTable reports whether pasted text is rows of a table rather than a review: every line
// but empty ones has a tab, or the first line is short names between commas, semicolons or pipes
// and most lines have as many of these.
func LooksLikeTable(text string) bool {
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
		if len(names) < 2 || !areNames(names) {
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

// areNames reports whether all of these could be names of columns: short, few words, no sentence
// marks.
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

func isBlank(text string) bool { return strings.TrimSpace(text) == "" }

// debounce is how long typing must pause before a text is scored.
const debounce = 250 * time.Millisecond
