package report

import (
	"fmt"
	"strings"

	"reviewlens/reviews/figures"
)

// Verdict returns a sentence on the difference in accuracy of two models.
func Verdict(f figures.Paired) string {
	d := f.Difference
	switch {
	case f.Judged == 0:
		return "No review has stars of 1, 2, 4 or 5: which model is right more often is not known."
	case d.Low > 0:
		return "B agrees with the stars more often: by " + between(d.Low, d.High) + "."
	case d.High < 0:
		return "A agrees with the stars more often: by " + between(-d.High, -d.Low) + "."
	}
	return fmt.Sprintf("Which model agrees with the stars more often cannot be told from %s: "+
		"B may be %.1f points worse or %.1f better.", Plural(f.Judged, "review", "reviews"),
		-100*d.Low, 100*d.High)
}

func between(low, high float64) string {
	return fmt.Sprintf("%.1f to %.1f points", 100*low, 100*high)
}

// Renamed returns a sentence on how many reviews get another name from B than from A.
func Renamed(f figures.Paired) string {
	changed := 0
	for i := range f.Names {
		for j, n := range f.Names[i] {
			if i != j {
				changed += n
			}
		}
	}
	return fmt.Sprintf("%s of %s change their name (%.1f%%, interval %.1f%% to %.1f%%): %s to "+
		"positive, %s to negative, %s to unsure. The probability of being positive moves by %s "+
		"on average.", Number(changed), Plural(f.Pairs, "review", "reviews"),
		100*f.Changed.Share, 100*f.Changed.Low, 100*f.Changed.High,
		Number(f.ToSide[1]), Number(f.ToSide[0]),
		Number(changed-f.ToSide[0]-f.ToSide[1]), withSign("%+.3f", f.Shift))
}

// withSign is fmt.Sprintf with minus signs as wide as a plus.
func withSign(format string, args ...any) string {
	return strings.ReplaceAll(fmt.Sprintf(format, args...), "-", "−")
}

// Corrected returns a sentence on which model agrees with the corrections of people; "" without
// corrections.
func Corrected(c figures.Agreement) string {
	if c.Texts == 0 {
		return ""
	}
	return fmt.Sprintf("Of %s that people corrected, A agrees with %s and B with %s. People "+
		"correct what they see, which is hard on the model they saw, so these are not part of the "+
		"accuracy.",
		Plural(c.Texts, "review", "reviews"), Number(c.A), Number(c.B))
}

// PairedLine is one figure of two models, as text.
type PairedLine struct{ What, A, B, Difference string }

// PairedLines returns the figures of two models on the reviews with stars, side by side; none
// without such reviews.
func PairedLines(f figures.Paired) []PairedLine {
	if f.Judged == 0 {
		return nil
	}
	percent := func(share float64) string { return fmt.Sprintf("%.1f%%", 100*share) }
	return []PairedLine{
		{"agrees with the stars", percent(f.A.Accuracy.Share), percent(f.B.Accuracy.Share),
			withSign("%+.1f [%+.1f, %+.1f]", 100*f.Difference.Share, 100*f.Difference.Low,
				100*f.Difference.High)},
		{"Brier score (0 is best)", fmt.Sprintf("%.4f", f.A.Brier), fmt.Sprintf("%.4f", f.B.Brier),
			withSign("%+.4f [%+.4f, %+.4f]", f.Brier.Share, f.Brier.Low, f.Brier.High)},
		{"calibration error", percent(f.A.CalibrationError), percent(f.B.CalibrationError),
			withSign("%+.1f", 100*(f.B.CalibrationError-f.A.CalibrationError))},
		{"unsure, of those with stars", Number(f.A.Unsure), Number(f.B.Unsure),
			withSign("%+d", f.B.Unsure-f.A.Unsure)},
	}
}
