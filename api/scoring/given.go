package scoring

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"reviewlens/api/model"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/table"
	"reviewlens/reviews/text"
	"reviewlens/tokenizer/batch"
)

// Given is an Engine that reads its scores from files that were scored before (the columns
// sentiment and positive that Annotate, Parquet and the package for Spark write). It runs no model
// for them; the embedded engine provides windows and topics.
//
// Rows of equal text have one score, the first that was read, as if one engine had scored them; a
// later score across an edge of the unsure band also gets the first one's sentiment.
type Given struct {
	Engine
	known     map[batch.Fingerprint]given
	Missing   int // rows with a text but no score
	Differing int // rows whose score changes, by at most maxDifference
}

// maxDifference is the maximum difference of two scores of one text by one model on two kinds of
// CPU. Of 300 reviews, 99 of 100 moved by at most 0.0274, the furthest by 0.0625
// (build/model/MODEL_CARD.md, "One score, and CPUs of another kind").
const maxDifference = 0.1

type given struct {
	score  reviews.Score
	itself bool // the sentiment is that of a text which the model can read
}

// NewGiven returns a Given without scores. The model of e should be the one that scored the files.
func NewGiven(e Engine) *Given {
	return &Given{Engine: e, known: map[batch.Fingerprint]given{}}
}

// Read reads the scores of a file. It returns a *table.Error if the file was not scored, if its
// column model names another model, or if two scores of one text differ by more than maxDifference.
func (g *Given) Read(ctx context.Context, f *File) error {
	sentiment, positive, err := scoreColumns(f.Names)
	if err != nil {
		return err
	}
	by := slices.Index(f.Names, "model")
	m := g.Model()
	refuse := func(r table.Record, format string, args ...any) error {
		return &table.Error{Record: r.Index + 1, Line: r.Line,
			Detail: fmt.Sprintf("Row %d (line %d): ", r.Index+1, r.Line) + fmt.Sprintf(format,
				args...)}
	}
	return f.Each(ctx, m.Manifest.Join, func(r table.Record, clean []byte) error {
		shift := 0
		if surplus := len(r.Fields) - len(f.Names); surplus > 0 {
			shift = scoreShift(r.Fields, sentiment, surplus)
		}
		name := string(table.Cell(r.Fields, sentiment+shift))
		if id := string(table.Cell(r.Fields, by)); id != m.Manifest.ID && model.IsID(id) {
			return refuse(r, "it was scored by model %s, not by %s.", id, m.Manifest.ID)
		}
		windows, _, err := g.Windows(nil, clean)
		if _, bad := errors.AsType[*wire.Error](err); err != nil && !bad {
			return err
		}
		if len(windows) == 0 {
			return nil
		}
		if name == "" {
			g.Missing++
			return nil
		}
		cell := table.Cell(r.Fields, positive+shift)
		p, err := strconv.ParseFloat(string(cell), 64)
		named := slices.Index(sentimentNames, name)
		if err != nil || !(p >= 0 && p <= 1) || named <= 0 { // not NaN, either
			return refuse(r, "%q and %q are no score.", name, cell)
		}
		now := given{reviews.Score{Positive: p, Sentiment: m.Rule.Name(p)}, false}
		if Unread(g, clean) == text.Readable { // an unread text is always unsure
			now = given{reviews.Score{Positive: p, Sentiment: reviews.Sentiment(named)}, true}
		}
		fingerprint := batch.FingerprintOf(windows)
		was, ok := g.known[fingerprint]
		switch {
		case !ok:
		case math.Abs(was.score.Positive-p) > maxDifference:
			return refuse(r, "its text has two scores, %v and %v. These rows were not scored by "+
				"one model, or not by the text of %s, which is read here; -text and -title name "+
				"what was scored.", was.score.Positive, p, textsOf(f))
		case was.score.Positive != p:
			g.Differing++
		}
		if !was.itself {
			g.known[fingerprint] = now
		}
		return nil
	})
}

// scoreShift returns how far to the right of its column the sentiment of a row with surplus cells
// is: Annotate writes it into its column, but used to write it after the surplus cells.
func scoreShift(fields [][]byte, sentiment, surplus int) int {
	isName := func(cell []byte) bool { return slices.Index(sentimentNames, string(cell)) > 0 }
	here, after := table.Cell(fields, sentiment), table.Cell(fields, sentiment+surplus)
	if !isName(here) && (isName(after) || len(here) > 0) {
		return surplus
	}
	return 0
}

// textsOf returns the names of the text and title columns of a file.
func textsOf(f *File) string {
	var names []string
	for _, i := range f.Columns.Texts() {
		names = append(names, f.Reading.Name(i))
	}
	texts := strings.Join(names, " and ")
	if f.Columns.Title >= 0 {
		texts += " with the title " + f.Reading.Name(f.Columns.Title)
	}
	return texts
}

// sentimentNames holds the name of each reviews.Sentiment.
var sentimentNames = []string{reviews.None: "", reviews.Negative: reviews.Negative.String(),
	reviews.Unsure: reviews.Unsure.String(), reviews.Positive: reviews.Positive.String()}

// scoreColumns returns the last pair of score columns: a file that was scored twice has two.
func scoreColumns(names []string) (sentiment, positive int, err error) {
	for i := len(names) - 1; i >= 0; i-- {
		suffix, ok := strings.CutPrefix(names[i], "sentiment")
		if at := slices.Index(names, "positive"+suffix); ok && at >= 0 {
			return i, at, nil
		}
	}
	return 0, 0, &table.Error{Detail: "There are no columns \"sentiment\" and \"positive\": this " +
		"was not scored. The columns are " + strings.Join(names, ", ") + "."}
}

// Score returns the scores that were read from files; a text without one gets none.
func (g *Given) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	scores := make([]reviews.Score, len(texts))
	for i, windows := range texts {
		scores[i] = g.known[batch.FingerprintOf(windows)].score
	}
	return scores, ctx.Err()
}
