// Package format writes numbers, names and findings as the page shows them: "1,018 reviews", "over
// 99%", "about 20 s", "More positive than the other 90 reviews". Numbers that are also in the
// report are formatted in the same way (package report).
package format

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"reviewlens/api/wire"
	"reviewlens/app/message"
	"reviewlens/reviews/report"
)

// Number, Plural, Points and Percent format numbers as the report does.
func Number(n int) string                   { return report.Number(n) }
func Plural(n int, one, many string) string { return report.Plural(n, one, many) }
func Points(share float64) string           { return report.Points(share) }
func Percent(share float64) string          { return report.Percent(share) }

// PercentTenth formats a small share with one decimal: "0.4%".
func PercentTenth(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) + "%" }

// Tenths formats a small difference of shares: "1.2", "−0.3".
func Tenths(share float64) string {
	out := strconv.FormatFloat(math.Abs(100*share), 'f', 1, 64)
	if share < 0 && out != "0.0" {
		return "−" + out
	}
	return out
}

// About formats a duration in seconds: "about 20 s", "about 2 minutes".
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

// Dollars formats a price, to two digits or to the cent.
func Dollars(price float64) string {
	if price < 0.01 {
		return "less than $0.01"
	}
	return fmt.Sprintf("$%.2f", price)
}

// Rounded rounds an estimate to two digits: 4234 is 4200.
func Rounded(n int) int {
	unit := 1
	for n/unit >= 100 {
		unit *= 10
	}
	return (n + unit/2) / unit * unit
}

// Bytes formats a size as file managers do.
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

// Share formats a share in percent, Between its interval; "–" for that of no reviews.
func Share(i wire.Interval) string {
	if OfNone(i) {
		return "–"
	}
	return Percent(i.Share)
}

// Between formats the interval of a share; see Share.
func Between(i wire.Interval) string {
	if OfNone(i) {
		return "–"
	}
	return Percent(i.Low) + " to " + Percent(i.High)
}

// OfNone reports whether a share is that of no reviews, which could be anything.
func OfNone(i wire.Interval) bool { return i.Low == 0 && i.High == 1 }

// Feeling summarises scored reviews: how many of them were read, and the positive share of those.
func Feeling(scored, unread int, share wire.Interval) string {
	if OfNone(share) {
		return Plural(scored, "review", "reviews") + ", none in English"
	}
	return Plural(scored-unread, "review", "reviews") + ", " + Share(share) + " positive (" +
		Between(share) + ")"
}

// Word returns the displayed name of a sentiment.
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

// Sure formats a probability in the direction of its sentiment: "97% sure".
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

// DialectName describes how records are separated.
func DialectName(d message.Dialect) string {
	switch {
	case d.Keys != nil:
		return "JSON lines"
	case d.DoubleEncoded:
		return delimiterName(d.Delimiter) + ", each row in quotes"
	}
	return delimiterName(d.Delimiter)
}

// delimiterName returns the name of a delimiter of columns.
func delimiterName(d string) string {
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

// EncodingName returns the common name of an encoding.
func EncodingName(e string) string {
	if strings.HasPrefix(e, "utf-16") {
		return "UTF-16"
	}
	for _, named := range message.Encodings {
		if named[0] == e {
			return named[1]
		}
	}
	return e
}

// Hours formats a number of hours.
func Hours(hours int) string {
	if hours%24 == 0 {
		return Plural(hours/24, "day", "days")
	}
	return Plural(hours, "hour", "hours")
}

// Mark returns a shape for a sentiment, so that colour is never the only cue.
func Mark(sentiment string) string {
	switch sentiment {
	case "positive":
		return "▲"
	case "negative":
		return "▼"
	case "unsure":
		return "◆"
	}
	return "–"
}

// Rating formats a bare number ("5") as stars, or on a scale up to best, if that is not 0; longer
// forms are returned as they are.
func Rating(cell string, best float64) string {
	f, err := strconv.ParseFloat(cell, 64)
	text := strconv.FormatFloat(f, 'f', -1, 64)
	switch {
	case err != nil:
		return cell
	case best > 0:
		return text + " of " + strconv.FormatFloat(best, 'f', -1, 64)
	case f == 1:
		return "1 star"
	}
	return text + " stars"
}

// RatingShort returns "5 ★" for a bare number of stars; any other form is returned as it is.
func RatingShort(cell string, best float64) string {
	if f, err := strconv.ParseFloat(cell, 64); err == nil && best == 0 {
		return strconv.FormatFloat(f, 'f', -1, 64) + " ★"
	}
	return cell
}

// When names a period of a unit by its first day.
func When(unit, from string) string { return report.When(unit, from) }

// Date is report.Date.
func Date(cell string) string { return report.Date(cell) }

// Effect formats a word's effect on the probability: "34 points less positive".
func Effect(effect float64) string {
	points := int(math.Round(100 * math.Abs(effect)))
	text := strconv.Itoa(points) + " points"
	if points == 1 {
		text = "1 point"
	}
	if effect < 0 {
		return "makes it " + text + " less positive"
	}
	return "makes it " + text + " more positive"
}

// JSON encodes v for the functions of web/. It panics if JSON cannot represent v.
func JSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // counts and finite floats only
	}
	return string(b)
}

// Exact formats a share, or a difference of two, for a saved table.
func Exact(share float64) string { return strconv.FormatFloat(share, 'f', 4, 64) }
