package compare

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"text/tabwriter"

	"reviewlens/reviews/report"
)

// Line is one figure of both models, in words.
type Line struct{ What, A, B, Difference string }

// Lines are the figures of the models side by side.
func (r *Report) Lines() []Line {
	f := r.Figures
	lines := []Line{
		{"reviews a second", speed(r.A.Speed), speed(r.B.Speed), times(r.A.Speed, r.B.Speed)},
		{"files", megabytes(r.A.Bytes), megabytes(r.B.Bytes), ""},
	}
	if r.A.Memory > 0 && r.B.Memory > 0 {
		lines = append(lines, Line{"memory to load it", megabytes(r.A.Memory),
			megabytes(r.B.Memory), ""})
	}
	if f.Judged == 0 {
		return lines
	}
	percent := func(share float64) string { return fmt.Sprintf("%.1f%%", 100*share) }
	points := func(share, low, high float64) string {
		return fmt.Sprintf("%+.1f [%+.1f, %+.1f]", 100*share, 100*low, 100*high)
	}
	return append([]Line{
		{"agrees with the stars", percent(f.A.Accuracy.Share), percent(f.B.Accuracy.Share),
			points(f.Difference.Share, f.Difference.Low, f.Difference.High)},
		{"Brier score (0 is best)", fmt.Sprintf("%.4f", f.A.Brier), fmt.Sprintf("%.4f", f.B.Brier),
			fmt.Sprintf("%+.4f [%+.4f, %+.4f]", f.Brier.Share, f.Brier.Low, f.Brier.High)},
		{"calibration error", percent(f.A.CalibrationError), percent(f.B.CalibrationError),
			fmt.Sprintf("%+.1f", 100*(f.B.CalibrationError-f.A.CalibrationError))},
		{"unsure, of those with stars", report.Number(f.A.Unsure), report.Number(f.B.Unsure),
			fmt.Sprintf("%+d", f.B.Unsure-f.A.Unsure)},
	}, lines...)
}

// Changes says in a sentence how many reviews change their name.
func (r *Report) Changes() string {
	f := r.Figures
	changed := 0
	for i := range r.Counts.Names {
		for j, n := range r.Counts.Names[i] {
			if i != j {
				changed += n
			}
		}
	}
	return fmt.Sprintf("%s of %s change their name (%.1f%%, interval %.1f%% to %.1f%%): %s to "+
		"positive, %s to "+
		"negative, %s to unsure. The probability of being positive moves by %+.3f on average.",
		report.Number(changed), report.Plural(f.Pairs, "review", "reviews"),
		100*f.Changed.Share, 100*f.Changed.Low, 100*f.Changed.High,
		report.Number(f.ToSide[1]), report.Number(f.ToSide[0]),
		report.Number(changed-f.ToSide[0]-f.ToSide[1]), f.Shift)
}

// named is a line of the table of names.
type named struct {
	Name string
	To   [3]int
}

// Names is the table of names: by A's, how many texts have which of B's.
func (r *Report) Names() []named {
	return []named{
		{"negative", r.Counts.Names[0]}, {"unsure", r.Counts.Names[1]}, {"positive",
			r.Counts.Names[2]},
	}
}

// WriteText writes the report as plain text, without the reviews. The error is that of w.
func (r *Report) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "A: %s (%s)\nB: %s (%s)\n%s: %s distinct reviews in %s rows",
		r.A.Name, r.A.ID, r.B.Name, r.B.ID, r.File, report.Number(r.Texts), report.Number(r.Rows))
	if r.Failed > 0 {
		fmt.Fprintf(w, ", %s more that a model could not score", report.Number(r.Failed))
	}
	fmt.Fprintf(w, "\n\n%s\n%s\n\n", r.Verdict, r.Changes())
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\tA\tB\tB less A")
	for _, l := range r.Lines() {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", l.What, l.A, l.B, l.Difference)
	}
	return t.Flush()
}

//go:embed compare.html
var page string

var parsed = template.Must(template.New("compare").Funcs(template.FuncMap{
	"number": report.Number, "percent": report.Percent,
}).Parse(page))

// WriteHTML writes the report as one page that loads nothing. The error is that of w.
func (r *Report) WriteHTML(w io.Writer) error { return parsed.Execute(w, r) }

func speed(perSecond float64) string { return fmt.Sprintf("%.0f", perSecond) }

func times(a, b float64) string {
	if a == 0 {
		return ""
	}
	return fmt.Sprintf("%.2fx", b/a)
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
