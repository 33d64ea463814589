package paired

import (
	"math"

	"reviewlens/reviews"
	"reviewlens/reviews/figures"
	"reviewlens/reviews/stats"
)

// Pair is a text with the scores of both models.
type Pair struct {
	A, B      reviews.Score
	Truth     reviews.Sentiment // sentiment of the text's stars: Positive, Negative, or None
	Corrected reviews.Sentiment // sentiment according to a person who corrected its score, or None
}

// Counts adds up pairs. All its fields are sums, so counts of several files or servers merge by
// addition. The zero value has no pairs.
type Counts struct {
	Pairs int       `json:"pairs"`
	Names [3][3]int `json:"names"` // by A's name, then B's: negative, unsure, positive

	Shift        float64 `json:"shift"`        // of the probabilities of being positive, B minus A
	ShiftSquares float64 `json:"shiftSquares"` // squares of the same

	Judged int       `json:"judged"` // pairs with a truth
	Right  [2][2]int `json:"right"`  // judged pairs: [A is right][B is right]
	A      Judged    `json:"a"`
	B      Judged    `json:"b"`

	Brier        float64 `json:"brier"`        // squared error of B minus that of A
	BrierSquares float64 `json:"brierSquares"` // squares of the same

	// Texts that a person has corrected: [A agrees with the person][B agrees with the person]. They
	// are separate from Judged because they are a biased sample: of the model whose scores people
	// saw, they contain only mistakes.
	Corrected [2][2]int `json:"corrected"`
}

// Judged holds the sums of one model over texts whose truth is known.
type Judged struct {
	Unsure int       `json:"unsure"` // texts named unsure
	Brier  float64   `json:"brier"`  // squared errors
	Bins   [bins]Bin `json:"bins"`
}

// Bin holds the texts whose probability lies in one tenth of [0, 1].
type Bin struct {
	Texts    int     `json:"texts"`
	Sum      float64 `json:"sum"`      // sum of their probabilities
	Positive int     `json:"positive"` // truly positive texts
}

const bins = 10

// Add counts a pair. It ignores one without both scores.
func (c *Counts) Add(p Pair) {
	if p.A.Sentiment == reviews.None || p.B.Sentiment == reviews.None {
		return
	}
	c.Pairs++
	c.Names[place(p.A.Sentiment)][place(p.B.Sentiment)]++
	shift := p.B.Positive - p.A.Positive
	c.Shift += shift
	c.ShiftSquares += shift * shift
	c.Correct(p)
	if p.Truth != reviews.Positive && p.Truth != reviews.Negative {
		return
	}
	c.Judged++
	positive := p.Truth == reviews.Positive
	a, b := c.A.add(p.A, positive), c.B.add(p.B, positive)
	c.Right[index(right(p.A, positive))][index(right(p.B, positive))]++
	c.Brier += b - a
	c.BrierSquares += (b - a) * (b - a)
}

// Correct counts a person's correction of a text, and nothing else of the pair. It ignores a pair
// without both scores, or without a correction.
func (c *Counts) Correct(p Pair) {
	if p.A.Sentiment == reviews.None || p.B.Sentiment == reviews.None ||
		p.Corrected == reviews.None {
		return
	}
	c.Corrected[index(p.A.Sentiment == p.Corrected)][index(p.B.Sentiment == p.Corrected)]++
}

// Merge adds the counts of o.
func (c *Counts) Merge(o Counts) {
	c.Pairs += o.Pairs
	for i := range c.Names {
		for j := range c.Names[i] {
			c.Names[i][j] += o.Names[i][j]
		}
	}
	c.Shift += o.Shift
	c.ShiftSquares += o.ShiftSquares
	c.Judged += o.Judged
	for i := range c.Right {
		for j := range c.Right[i] {
			c.Right[i][j] += o.Right[i][j]
			c.Corrected[i][j] += o.Corrected[i][j]
		}
	}
	c.A.merge(o.A)
	c.B.merge(o.B)
	c.Brier += o.Brier
	c.BrierSquares += o.BrierSquares
}

// add counts a score and returns its squared error.
func (j *Judged) add(s reviews.Score, positive bool) float64 {
	if s.Sentiment == reviews.Unsure {
		j.Unsure++
	}
	bin := &j.Bins[min(int(s.Positive*bins), bins-1)]
	bin.Texts++
	bin.Sum += s.Positive
	truth := 0.0
	if positive {
		bin.Positive++
		truth = 1
	}
	squared := (s.Positive - truth) * (s.Positive - truth)
	j.Brier += squared
	return squared
}

func (j *Judged) merge(o Judged) {
	j.Unsure += o.Unsure
	j.Brier += o.Brier
	for i := range j.Bins {
		j.Bins[i].Texts += o.Bins[i].Texts
		j.Bins[i].Sum += o.Bins[i].Sum
		j.Bins[i].Positive += o.Bins[i].Positive
	}
}

// calibrationError returns the expected calibration error over ten bins of equal width (Naeini et
// al. 2015): the mean distance of probabilities from the observed shares, over the texts.
func (j *Judged) calibrationError() float64 {
	texts, off := 0, 0.0
	for _, b := range j.Bins {
		texts += b.Texts
		off += math.Abs(b.Sum - float64(b.Positive))
	}
	if texts == 0 {
		return 0
	}
	return off / float64(texts)
}

// place returns the index of a sentiment in Counts.Names.
func place(s reviews.Sentiment) int {
	switch s {
	case reviews.Negative:
		return 0
	case reviews.Positive:
		return 2
	}
	return 1
}

// right reports whether a score is on the side of the truth. An unsure one has a side as well:
// otherwise a model would gain by being sure of less.
func right(s reviews.Score, positive bool) bool { return s.Positive >= 0.5 == positive }

func index(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Compare computes the figures of the counts, with 95% intervals.
func (c *Counts) Compare() figures.Paired {
	f := figures.Paired{Pairs: c.Pairs, Names: c.Names, Judged: c.Judged}
	changed := 0
	for i := range c.Names {
		for j := range c.Names[i] {
			if i == j {
				continue
			}
			changed += c.Names[i][j]
			if j == 0 {
				f.ToSide[0] += c.Names[i][j]
			}
			if j == 2 {
				f.ToSide[1] += c.Names[i][j]
			}
		}
	}
	f.Changed = figures.Interval(stats.Wilson(changed, c.Pairs))
	if n := float64(c.Pairs); n > 0 {
		f.Shift, f.Deviation = c.Shift/n, math.Sqrt(c.ShiftSquares/n)
	}
	f.A, f.B = c.A.figures(c.Right[1][0]+c.Right[1][1],
		c.Judged), c.B.figures(c.Right[0][1]+c.Right[1][1], c.Judged)
	f.Difference = pairedDifference(c.Right[0][1], c.Right[1][0], c.Judged)
	f.Brier = meanInterval(c.Brier, c.BrierSquares, c.Judged)
	n := c.Corrected
	texts := n[0][0] + n[0][1] + n[1][0] + n[1][1]
	f.Corrected = figures.Agreement{Texts: texts, A: n[1][0] + n[1][1],
		B: n[0][1] + n[1][1], Difference: pairedDifference(n[0][1], n[1][0], texts)}
	return f
}

func (j *Judged) figures(right, judged int) figures.PairedModel {
	m := figures.PairedModel{Accuracy: figures.Interval(stats.Wilson(right, judged)),
		Unsure: j.Unsure, CalibrationError: j.calibrationError()}
	if judged > 0 {
		m.Brier = j.Brier / float64(judged)
	}
	return m
}

// pairedDifference returns the difference of two shares of the same n texts, gained minus lost,
// with the adjusted Wald interval of Bonett and Price (2012), which holds for few discordant pairs
// too.
func pairedDifference(gained, lost, n int) figures.Interval {
	if n == 0 {
		return figures.Interval{Low: -1, High: 1}
	}
	m := float64(n + 2)
	up, down := float64(gained+1)/m, float64(lost+1)/m
	middle := up - down
	half := stats.Z95 * math.Sqrt((up+down-middle*middle)/m)
	return figures.Interval{Share: float64(gained-lost) / float64(n), Low: max(-1, middle-half),
		High: min(1, middle+half)}
}

// meanInterval returns the mean of n numbers with its normal interval.
func meanInterval(sum, squares float64, n int) figures.Interval {
	if n < 2 {
		return figures.Interval{Low: -1, High: 1}
	}
	m := float64(n)
	mean := sum / m
	half := stats.Z95 * math.Sqrt(max(0, squares/m-mean*mean)/(m-1))
	return figures.Interval{Share: mean, Low: mean - half, High: mean + half}
}
