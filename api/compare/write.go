package compare

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"text/tabwriter"

	"reviewlens/reviews/report"
)

// Lines returns the figures of both models, one line per figure.
func (r *Report) Lines() []report.PairedLine {
	return append(report.PairedLines(r.Figures),
		report.PairedLine{What: "reviews a second", A: speed(r.A.Speed), B: speed(r.B.Speed),
			Difference: times(r.A.Speed, r.B.Speed)},
		report.PairedLine{What: "files", A: megabytes(r.A.Bytes), B: megabytes(r.B.Bytes)})
}

// Changes returns a sentence on how many reviews change their label.
func (r *Report) Changes() string { return report.Renamed(r.Figures) }

// Corrected returns a sentence on which model agrees with the corrections; "" without corrections.
func (r *Report) Corrected() string {
	text := report.Corrected(r.Figures.Corrected)
	if r.Unmet > 0 {
		text += fmt.Sprintf(" %s of other reviews.",
			report.Plural(r.Unmet, "correction is", "corrections are"))
	}
	return strings.TrimSpace(text)
}

// named is a line of the table of labels.
type named struct {
	Name string
	To   [3]int
}

// Names returns the table of labels: for each label of A, the number of texts with each label of B.
func (r *Report) Names() []named {
	return []named{
		{"negative", r.Counts.Names[0]}, {"unsure", r.Counts.Names[1]}, {"positive",
			r.Counts.Names[2]},
	}
}

// WriteText writes the report as plain text, without the reviews. It returns the error of w.
func (r *Report) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "A: %s (%s)\nB: %s (%s)\n%s: %s distinct reviews in %s rows",
		r.A.Name, r.A.ID, r.B.Name, r.B.ID, r.File, report.Number(r.Texts), report.Number(r.Rows))
	if r.Failed > 0 {
		fmt.Fprintf(w, ", %s more that a model could not score", report.Number(r.Failed))
	}
	if r.Unread > 0 {
		fmt.Fprintf(w, ", %s more that neither can read", report.Number(r.Unread))
	}
	fmt.Fprintf(w, "\n\n%s\n%s\n", r.Verdict, r.Changes())
	if text := r.Corrected(); text != "" {
		fmt.Fprintln(w, text)
	}
	fmt.Fprintln(w)
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

// WriteHTML writes the report as one self-contained page. It returns the error of w.
func (r *Report) WriteHTML(w io.Writer) error { return parsed.Execute(w, r) }

func speed(perSecond float64) string { return fmt.Sprintf("%.0f", perSecond) }

func times(a, b float64) string {
	if a == 0 {
		return ""
	}
	return fmt.Sprintf("%.2fx", b/a)
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
