package paired

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"reviewlens/reviews"
)

func score(positive float64) reviews.Score {
	rule := reviews.Rule{Unsure: [2]float64{0.4, 0.6}}
	return reviews.Score{Positive: positive, Sentiment: rule.Name(positive)}
}

func TestFigures(t *testing.T) {
	var c Counts
	for _, p := range []Pair{
		{score(0.9), score(0.8), reviews.Positive, reviews.Negative},
		{score(0.9), score(0.1), reviews.Negative, reviews.Negative}, // B gains
		{score(0.5), score(0.7), reviews.Positive, reviews.Unsure},   // both right, A unsure
		{score(0.2), score(0.7), reviews.Negative, reviews.None},     // B loses
		{score(0.3), score(0.1), reviews.None, reviews.None},         // not judged
		{score(0.3), reviews.Score{}, reviews.Positive, reviews.Positive},
	} {
		c.Add(p)
	}
	f := c.Compare()
	if f.Pairs != 5 || f.Judged != 4 || f.ToSide != [2]int{1, 2} || f.Changed.Share != 0.6 {
		t.Errorf("pairs, judged, to sides, changed = %d, %d, %v, %v", f.Pairs, f.Judged, f.ToSide,
			f.Changed)
	}
	if f.A.Accuracy.Share != 0.75 || f.B.Accuracy.Share != 0.75 || f.Difference.Share != 0 ||
		f.A.Unsure != 1 {
		t.Errorf("A, B, difference = %+v, %+v, %+v", f.A, f.B, f.Difference)
	}
	if want := (-0.1 - 0.8 + 0.2 + 0.5 - 0.2) / 5; math.Abs(f.Shift-want) > 1e-12 {
		t.Errorf("shift = %v, want %v", f.Shift, want)
	}
	if c := f.Corrected; c.Texts != 3 || c.A != 1 || c.B != 1 || c.Difference.Share != 0 {
		t.Errorf("corrected = %+v", c)
	}
	// Brier of A: .01 + .81 + .25 + .04; of B: .04 + .01 + .09 + .49.
	if math.Abs(f.A.Brier-1.11/4) > 1e-12 || math.Abs(f.B.Brier-0.63/4) > 1e-12 ||
		math.Abs(f.Brier.Share+0.48/4) > 1e-12 {
		t.Errorf("Brier = %v, %v, %+v", f.A.Brier, f.B.Brier, f.Brier)
	}
	if f.Brier.Low >= f.Brier.Share || f.Brier.High <= f.Brier.Share {
		t.Errorf("Brier = %+v", f.Brier)
	}
}

func TestNothing(t *testing.T) {
	f := new(Counts).Compare()
	for _, x := range []float64{f.Shift, f.Deviation, f.A.Brier, f.A.CalibrationError,
		f.Difference.Low, f.Brier.High} {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			t.Errorf("figures = %+v", f)
		}
	}
	if v := (Sequence{}).Decide(new(Counts)); v != Undecided {
		t.Errorf("verdict = %v", v)
	}
}

func TestMerge(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var whole, merged Counts
	for range 7 {
		var part Counts
		for range 100 {
			p := Pair{score(float64(random.IntN(64)) / 64), score(float64(random.IntN(64)) / 64),
				reviews.Sentiment(random.IntN(3)), reviews.Sentiment(random.IntN(4))}
			whole.Add(p)
			part.Add(p)
		}
		merged.Merge(part)
	}
	if !reflect.DeepEqual(whole, merged) {
		t.Errorf("merged = %+v, want %+v", merged, whole)
	}
}

// The calibration error of a model whose probabilities are correct is near 0.
func TestCalibrationError(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var c Counts
	for range 100_000 {
		p := random.Float64()
		truth := reviews.Negative
		if random.Float64() < p {
			truth = reviews.Positive
		}
		sure := math.Round(p) // predicts 0 or 1: off by a quarter on average
		c.Add(Pair{A: score(p), B: score(sure), Truth: truth})
	}
	f := c.Compare()
	if f.A.CalibrationError > 0.01 || math.Abs(f.B.CalibrationError-0.25) > 0.01 {
		t.Errorf("calibration errors = %v, %v; want 0, 0.25", f.A.CalibrationError,
			f.B.CalibrationError)
	}
}

// simulate runs a trial of at most most judged pairs, looked at after every batch: gain and loss
// are the shares of pairs that B alone and A alone get right.
func simulate(random *rand.Rand, s Sequence, gain, loss float64, batch, most int) (v Verdict,
	pairs int) {
	var c Counts
	for c.Judged < most {
		for range batch {
			c.Judged++
			switch x := random.Float64(); {
			case x < gain:
				c.Right[0][1]++
			case x < gain+loss:
				c.Right[1][0]++
			default:
				c.Right[1][1]++
			}
		}
		if v = s.Decide(&c); v == Worse || v == Better {
			break
		}
	}
	return v, c.Judged
}

// The guarantees of a trial hold over 1,000 simulated ones that are looked at after every 50 pairs.
func TestSequence(t *testing.T) {
	const trials = 1000
	random := rand.New(rand.NewPCG(5, 6))
	quantile := func(gain, loss float64, most int, want Verdict) (p50, p90, decided int) {
		var took []int
		for range trials {
			v, pairs := simulate(random, Sequence{}, gain, loss, 50, most)
			if v == want {
				decided++
			}
			took = append(took, pairs)
		}
		slices.Sort(took)
		return took[trials/2], took[trials*9/10], decided
	}

	wrong := 0
	for range trials {
		if v, _ := simulate(random, Sequence{}, 0.015, 0.015, 50, 20_000); v == Worse ||
			v == Better {
			wrong++
		}
	}
	t.Logf("equal models of which 3%% of texts differ: %.1f%% of trials err within 20,000 pairs",
		100*float64(wrong)/trials)
	if wrong > trials*5/100 {
		t.Errorf("%d of %d trials of equal models end; want 5%% at most", wrong, trials)
	}

	p50, p90, decided := quantile(0.02, 0.05, 20_000, Worse)
	t.Logf("3 points worse, 7%% differ: stopped after %d pairs (p90 %d)", p50, p90)
	if p90 > 1400 || decided < trials*99/100 {
		t.Errorf("3 points worse: p90 = %d pairs, %d of %d stopped; want 1,400 at most", p90,
			decided, trials)
	}

	p50, p90, decided = quantile(0.02, 0.01, 40_000, Better)
	t.Logf("1 point better, 3%% differ: decided after %d pairs (p90 %d)", p50, p90)
	if p90 > 5400 || decided < trials*99/100 {
		t.Errorf("1 point better: p90 = %d pairs, %d of %d decided; want 5,400 at most", p90,
			decided, trials)
	}
}
