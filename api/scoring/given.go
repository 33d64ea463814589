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

// Given is an Engine that takes its scores from files that were scored before (the columns
// sentiment and positive that Annotate, Parquet and the package for Spark write). It runs no model
// for them; the embedded engine provides windows and topics.
//
// Rows of one text have one score, the first that was read, as if one engine had scored them: where
// a later one lies across an edge of the unsure band, it gets the first one's name, too.
type Given struct {
	Engine
	known   map[batch.Fingerprint]given
	Without int // rows with a text, but without a score
	Apart   int // rows that get another score than they had, by no more than mostApart
}

// mostApart bounds the difference of two scores of one text by one model on two kinds of CPU. Of
// 300 reviews 99 of 100 moved by 0.0274 at most, the furthest by 0.0625 (build/model/MODEL_CARD.md,
// "One score, and CPUs of another kind").
const mostApart = 0.1

type given struct {
	score  reviews.Score
	itself bool // the name is that of a text which the model reads
}

// NewGiven has no scores yet. The engine's model should be the one that scored.
func NewGiven(e Engine) *Given {
	return &Given{Engine: e, known: map[batch.Fingerprint]given{}}
}

// Read takes the scores of a file. One that was not scored, or by another model where it says so in
// a column model, is a *table.Error, and so are two scores for one text that differ by more than
// mostApart.
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
		name := string(table.Cell(r.Fields, sentiment))
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
			g.Without++
			return nil
		}
		p, err := strconv.ParseFloat(string(table.Cell(r.Fields, positive)), 64)
		named := slices.Index(sentimentNames, name)
		if err != nil || p < 0 || p > 1 || named <= 0 {
			return refuse(r, "%q and %q are no score.", name, table.Cell(r.Fields, positive))
		}
		now := given{reviews.Score{Positive: p, Sentiment: m.Rule.Name(p)}, false}
		if Unread(g, clean) == text.Readable { // one that is unread is unsure whatever its score
			now = given{reviews.Score{Positive: p, Sentiment: reviews.Sentiment(named)}, true}
		}
		fingerprint := batch.FingerprintOf(windows)
		was, ok := g.known[fingerprint]
		switch {
		case !ok:
		case math.Abs(was.score.Positive-p) > mostApart:
			return refuse(r, "its text has two scores, %v and %v. These rows were not scored by "+
				"one model, or not by the text of %s, which is read here; -text and -title name "+
				"what was scored.", was.score.Positive, p, textsOf(f))
		case was.score.Positive != p:
			g.Apart++
		}
		if !was.itself {
			g.known[fingerprint] = now
		}
		return nil
	})
}

// textsOf names the columns that make the text of a file, and its title.
func textsOf(f *File) string {
	var names []string
	for _, i := range f.Columns.Texts() {
		names = append(names, f.Reading.Name(i))
	}
	said := strings.Join(names, " and ")
	if f.Columns.Title >= 0 {
		said += " with the title " + f.Reading.Name(f.Columns.Title)
	}
	return said
}

// sentimentNames are by their number.
var sentimentNames = []string{reviews.None: "", reviews.Negative: reviews.Negative.String(),
	reviews.Unsure: reviews.Unsure.String(), reviews.Positive: reviews.Positive.String()}

// scoreColumns finds the last columns of a score: a file that was scored twice has two of each.
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

// Score returns the scores of the files that were read; a text without has none.
func (g *Given) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	scores := make([]reviews.Score, len(texts))
	for i, windows := range texts {
		scores[i] = g.known[batch.FingerprintOf(windows)].score
	}
	return scores, ctx.Err()
}
