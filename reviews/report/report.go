// Package report writes figures as a single HTML file, to be viewed, printed or attached to a mail.
//
// The file is self-contained: its styles and charts (SVG) are inline, and it runs no script and
// loads nothing, which its policy enforces. It contains only the few reviews that a figures.Report
// quotes. All text from a file of reviews is escaped by html/template.
package report

import (
	_ "embed"
	"html/template"
	"io"
	"math"
	"strconv"
	"time"

	"reviewlens/reviews/excerpt"
	"reviewlens/reviews/figures"
)

// About describes a report.
type About struct {
	Name string    // of the file or of the run
	Made time.Time // the printed day; none if zero
	Only string    // which of the file's reviews it covers, in words; "" for all
}

//go:embed report.html
var page string

var parsed = template.Must(template.New("report").Funcs(template.FuncMap{
	"percent": Percent, "number": Number, "when": When, "points": Points, "plural": Plural,
	"signed": Signed, "promoters": Promoters, "rated": Rated, "date": Date,
}).Parse(page))

// Write writes the report of r to w, and returns the error of w.
func Write(w io.Writer, about About, r figures.Report) error {
	d := data{About: about, Report: r,
		Split: split(sentiments, r.Negative, r.Undecided(), r.Positive),
		Trend: newTrend(r), Bars: bars(r), Apart: Apart(r.Unread, r.NoWords, r.Languages),
		Shared: r.Scored > r.Unread, Sounds: Sounds(r.Predicted), Summary: Summary(r),
		Talk: newTopics(r)}
	if n := r.NPS; n != nil {
		d.Promoted = split(sentiments, n.Detractors, n.Passives, n.Promoters)
	}
	if !about.Made.IsZero() {
		d.Day = about.Made.Format("2 January 2006")
	}
	for i := len(r.Stars) - 1; i >= 0; i-- {
		d.HasStars = d.HasStars || r.Stars[i].Rows > 0
		d.Stars = append(d.Stars,
			starRow{Stars: i + 1, Sum: r.Stars[i], Split: splitSum(r.Stars[i])})
	}
	for _, p := range r.Products {
		d.Products = append(d.Products, productRow{Product: p, Split: splitSum(p.Sum)})
	}
	for _, driver := range r.Drivers {
		reason := reason{Driver: driver}
		for _, row := range driver.Rows[:min(len(driver.Rows), quotes)] {
			q := quote{Row: row}
			q.Before, q.Match, q.After = excerpt.Short.Phrase(row.Text, driver.Phrase)
			reason.Quotes = append(reason.Quotes, q)
		}
		if driver.Sentiment == "positive" {
			d.Praise = append(d.Praise, reason)
		} else {
			d.Complaints = append(d.Complaints, reason)
		}
	}
	for _, c := range r.Changes {
		d.News = append(d.News, newNews(r.Unit, c))
	}
	return parsed.Execute(w, d)
}

// news is a change as displayed.
type news struct {
	Lead, Rest string // the sentence, and the text after it
	Kind, Sign string
	Quotes     []quote
}

func newNews(unit string, c figures.ChangePoint) news {
	n := news{Kind: "negative", Sign: "▼"}
	if c.After.Share < c.Before.Share {
		n.Kind, n.Sign = "positive", "▲"
	}
	n.Lead, n.Rest = Change(unit, c)
	quoted := map[int]bool{} // a review with several of the phrases is quoted once
	for _, g := range c.Phrases {
		for _, row := range g.Rows {
			if quoted[row.Row] || len(n.Quotes) == newsQuotes {
				continue
			}
			quoted[row.Row] = true
			q := quote{Row: row}
			q.Before, q.Match, q.After = excerpt.Short.Phrase(row.Text, g.Phrase)
			n.Quotes = append(n.Quotes, q)
			break
		}
	}
	return n
}

// newsQuotes is the number of reviews quoted for a change, one per phrase.
const newsQuotes = 3

// Change returns a sentence on a change, and the text after it: what grew or shrank with it.
func Change(unit string, c figures.ChangePoint) (lead, rest string) {
	what := ""
	if c.Product != "" {
		what = ClipName(c.Product) + ": "
	}
	one, many, since := "review is", "reviews are", "since"
	if c.Until != "" {
		one, many, since = "review was", "reviews were", "then"
	}
	lead = lasted(unit, c) + ", " + what + Percent(c.After.Share) + " of " +
		Plural(c.Reviews, one, many) + " negative (" + Percent(c.Before.Share) + " before)."
	if len(c.Phrases) == 0 {
		return lead, ""
	}
	rest = "More"
	if c.After.Share < c.Before.Share {
		rest = "Fewer"
	}
	rest += " complaints, before and " + since + ": "
	for i, g := range c.Phrases {
		if i > 0 {
			rest += ", "
		}
		rest += g.Phrase + " " + Number(g.Reviews[0]) + " → " + Number(g.Reviews[1])
	}
	return lead, rest + "."
}

// lasted returns the period of a change: up to the next change, or until now.
func lasted(unit string, c figures.ChangePoint) string {
	if c.Until == "" {
		return "Since " + When(unit, c.From)
	}
	return "From " + When(unit, c.From) + " until " + When(unit, c.Until)
}

// Apart returns which reviews the model did not read, and why; "" if it read all.
func Apart(unread, noWords int, languages []figures.Language) string {
	if unread == 0 {
		return ""
	}
	return Plural(unread, "review is", "reviews are") + " set apart as unsure: " +
		Reasons(unread, noWords, languages) +
		". The model reads English; no share, chart or phrase has them."
}

// Reasons returns why reviews are unread: "12 in German, 2 without words".
func Reasons(unread, noWords int, languages []figures.Language) (s string) {
	const most = 4
	others := unread - noWords
	for i, l := range languages[:min(len(languages), most)] {
		if i > 0 {
			s += ", "
		}
		s += Number(l.Rows) + " in " + l.Language
		others -= l.Rows
	}
	if others > 0 && len(languages) > 0 {
		s += ", " + Number(others) + " in other languages"
	}
	if noWords > 0 {
		if len(languages) > 0 {
			s += ", "
		}
		s += Number(noWords) + " without words"
	}
	return s
}

type data struct {
	About
	figures.Report
	Day        string
	Apart      string
	Shared     bool   // some reviews were read, so there is a share
	Sounds     string // on predicted stars; "" if they were not requested
	Summary    []string
	Split      []part
	Promoted   []part // detractors, passives and promoters
	HasStars   bool
	Stars      []starRow
	Products   []productRow
	Praise     []reason
	Complaints []reason
	Trend      *trend
	Bars       []bar
	News       []news
	Talk       *topics
}

// quotes is the number of reviews quoted for a phrase.
const quotes = 2

type reason struct {
	figures.Driver
	Quotes []quote
}

// quote is a review excerpt around its phrase.
type quote struct {
	figures.Row
	Before, Match, After string
}

type starRow struct {
	Stars int
	figures.Sum
	Split []part
}

type productRow struct {
	figures.Product
	Split []part
}

// bar is a bar of the histogram, in a picture of 400 by 100.
type bar struct {
	X, Y, W, H float64
	Count      int
	From, To   int // percent
}

func bars(r figures.Report) (out []bar) {
	most := 0
	for _, n := range r.Histogram {
		most = max(most, n)
	}
	if most == 0 {
		return nil
	}
	w := 400 / float64(len(r.Histogram))
	for i, n := range r.Histogram {
		h := 100 * float64(n) / float64(most)
		out = append(out, bar{X: round(float64(i)*w + 1), Y: round(100 - h), W: round(w - 2),
			H: round(h), Count: n,
			From: 100 * i / len(r.Histogram), To: 100 * (i + 1) / len(r.Histogram)})
	}
	return out
}

// trend is the line over time in a picture of 700 by 160: Line is the shares, Band their intervals,
// as SVG points.
type trend struct {
	Line, Band  string
	First, Last string
}

func newTrend(r figures.Report) *trend {
	if len(r.Periods) < 2 {
		return nil
	}
	t := &trend{First: When(r.Unit, r.Periods[0].From),
		Last: When(r.Unit, r.Periods[len(r.Periods)-1].From)}
	upper, lower := "", ""
	for i, p := range r.Periods {
		if p.Read() == 0 {
			continue
		}
		x := 700 * float64(i) / float64(len(r.Periods)-1)
		at := func(share float64) string { return pair(x, 160*(1-share)) }
		t.Line += at(p.Share.Share)
		upper += at(p.Share.High)
		lower = at(p.Share.Low) + lower
	}
	t.Band = upper + lower
	return t
}

func pair(x, y float64) string {
	return strconv.FormatFloat(round(x), 'f', -1, 64) + "," +
		strconv.FormatFloat(round(y), 'f', -1, 64) + " "
}

func round(x float64) float64 { return math.Round(100*x) / 100 }

// Percent rounds a share to whole percents, but never to 0% or 100% unless it is exactly that.
func Percent(share float64) string {
	switch p := int(math.Round(100 * share)); {
	case p == 100 && share < 1:
		return "over 99%"
	case p == 0 && share > 0:
		return "under 1%"
	default:
		return strconv.Itoa(p) + "%"
	}
}

// Number formats n with separators: 1,018.
func Number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// Plural returns "1 review", "2 reviews".
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(n) + " " + many
}

// Points formats a difference of shares: "12", "−3". A difference of less than half a point has a
// decimal, "−0.4": an interval that ends near 0 must not appear to contain it.
func Points(share float64) string {
	points := math.Abs(100 * share)
	out := strconv.Itoa(int(math.Round(points)))
	if tenths := strconv.FormatFloat(points, 'f', 1, 64); out == "0" && tenths != "0.0" {
		out = tenths
	}
	if share < 0 && out != "0" {
		return "−" + out
	}
	return out
}

// day is the layout of a displayed date.
const day = "2 Jan 2006"

// Date formats a cell with a date in the way that When formats a day: one that begins with
// 2024-05-03, 3-May-24, and a time in seconds or milliseconds since 1970. It returns anything else
// as in the file: which number is the day is not known here.
func Date(cell string) string {
	if len(cell) >= len(time.DateOnly) {
		rest := cell[len(time.DateOnly):]
		t, err := time.Parse(time.DateOnly, cell[:len(time.DateOnly)])
		if err == nil && (rest == "" || rest[0] == ' ' || rest[0] == 'T') {
			return t.Format(day)
		}
	}
	if t, err := time.Parse("2-Jan-06", cell); err == nil {
		return t.Format(day)
	}
	n, err := strconv.ParseInt(cell, 10, 64)
	switch digits := len(cell); {
	case err != nil || n < 0:
		return cell
	case digits == 9 || digits == 10: // 20240503 is a day
		return time.Unix(n, 0).UTC().Format(day)
	case digits == 12 || digits == 13:
		return time.UnixMilli(n).UTC().Format(day)
	}
	return cell
}

// When formats a period of a unit by its first day.
func When(unit, from string) string {
	t, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return from
	}
	switch unit {
	case "month":
		return t.Format("Jan 2006")
	case "quarter":
		return "Q" + strconv.Itoa(int(t.Month()+2)/3) + " " + t.Format("2006")
	case "year":
		return t.Format("2006")
	}
	return t.Format(day)
}
