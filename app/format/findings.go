package format

import (
	"math"
	"slices"
	"strings"

	"reviewlens/api/wire"
	"reviewlens/app/message"
)

// Compared compares the selected reviews with all others: a month, a product, a search with the
// rest.
func Compared(sel *message.Selection) string {
	if sel.Delta == nil || !sel.Done {
		return ""
	}
	what, by := "Not different beyond chance from", sel.Delta.Share
	switch {
	case sel.Delta.Low > 0:
		what = "More positive than"
	case sel.Delta.High < 0:
		what, by = "Less positive than", -by
	}
	return what + " the other " + Plural(sel.Rest.Rows, "review", "reviews") + ", of which " +
		Percent(sel.Rest.Share.Share) + " are positive: by " +
		Points(by) + " points (95% interval " + Points(sel.Delta.Low) + " to " +
		Points(sel.Delta.High) + ")."
}

// Differs returns a sentence on whether two groups differ.
func Differs(c *message.Comparison, names [2]string) string {
	for i, s := range []wire.Sum{c.A, c.B} {
		if s.Read() == 0 {
			return "There is no scored review " + names[i] + "."
		}
	}
	shares := Percent(c.B.Share.Share) + " positive " + names[1] + ", " + Percent(c.A.Share.Share) +
		" " + names[0]
	between := " (95% interval " + Points(c.Delta.Low) + " to " + Points(c.Delta.High) + " points)"
	by := Points(math.Abs(c.Delta.Share))
	whole := math.Round(100*c.B.Share.Share) - math.Round(100*c.A.Share.Share)
	if math.Round(100*c.Delta.Share) != whole { // 78% minus 68% is not 9 points
		by = Tenths(math.Abs(c.Delta.Share))
	}
	switch {
	case c.Delta.Low > 0:
		return "More positive, by " + by + " points" + between + ": " + shares + "."
	case c.Delta.High < 0:
		return "Less positive, by " + by + " points" + between + ": " + shares + "."
	}
	return "No difference that the numbers can show: " + shares + between + "."
}

// OtherModels returns a note that compared runs were scored by different models; models are theirs,
// "" if not known. It is "" if one model has scored all of them.
func OtherModels(models []string) string {
	models = slices.DeleteFunc(slices.Clone(models), func(id string) bool { return id == "" })
	slices.Sort(models)
	models = slices.Compact(models)
	if len(models) < 2 {
		return ""
	}
	return "Different models have scored these reviews (" + strings.Join(models, ", ") +
		"): a part of a difference may be theirs."
}

// Marked returns a sentence on the last correction.
func Marked(c *message.Correction) string {
	if c == nil {
		return ""
	}
	out := "Row " + Number(c.Row)
	if c.Reviews > 1 {
		out = Plural(c.Reviews, "review", "reviews") + " with the words of row " + Number(c.Row)
	}
	if c.Sentiment == "" {
		return out + ": your mark is gone."
	}
	out += ": marked " + c.Sentiment + "; Z takes it back."
	if !c.Kept {
		out += " Marks cannot be kept on this device: save the corrections before you " +
			"close the tab."
	}
	return out
}

// CorrectedNote returns how many reviews are corrected and which share would then be positive, both
// of the whole file. If only a part of it is shown, the share is omitted.
func CorrectedNote(c *message.Corrected, some bool) string {
	out := Plural(c.Reviews, "review", "reviews")
	if some {
		out += " of the whole file"
	}
	out += " corrected by you. All numbers here are the model's"
	if c.Share != nil && !some {
		out += "; with your corrections " + Percent(c.Share.Share) +
			" would be positive (between " + Percent(c.Share.Low) + " and " +
			Percent(c.Share.High) + ")"
	}
	return out + ". "
}

// Changed returns a sentence on whether the later half of the reviews differs from the earlier.
func Changed(c *wire.Change) string {
	if c == nil {
		return "There are too few dated reviews to tell."
	}
	from := When("day", c.From)
	shares := Percent(c.Before.Share) + " positive before " + from + ", " + Percent(c.After.Share) +
		" since"
	between := " (95% interval " + Points(c.Delta.Low) + " to " + Points(c.Delta.High) + " points)"
	switch {
	case c.Delta.Low > 0:
		return "Yes, for the better: " + shares + between + "."
	case c.Delta.High < 0:
		return "Yes, for the worse: " + shares + between + "."
	}
	return "Not beyond chance: " + shares + between + "."
}
