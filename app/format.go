package app

import (
	"strconv"

	"reviewlens/app/format"
	"reviewlens/app/message"
)

// ScoreButton is the promise on the button that starts a run.
func ScoreButton(s *State) string {
	c := s.Count
	switch {
	case c == nil:
		return "Score the reviews"
	case !c.Done:
		return "Counting… " + format.Number(c.Rows) + " rows so far"
	}
	text := "Score " + format.Plural(s.ToScore(), "review", "reviews")
	if c.Seconds > 0 {
		text += ", " + format.About(c.Seconds)
	}
	if c.Price > 0 && s.Where != message.OnDevice {
		text += ", " + format.Dollars(c.Price)
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
		return format.Percent(p.Summary.Share.Share) + " positive · " + s.File
	}
	return s.File + " · " + name
}
