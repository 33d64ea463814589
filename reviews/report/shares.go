package report

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"reviewlens/reviews/figures"
)

// Percents formats counts as shares of their sum, such that adjacent whole percents add up to a
// hundred: the first is rounded by itself, as when displayed alone, and the rest of the hundred is
// distributed among the others by the largest remainder. All are "0%" if the sum is 0.
func Percents(counts ...int) []string {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	whole, order := make([]int, len(counts)), make([]int, 0, len(counts))
	left := 100
	for i, n := range counts {
		whole[i] = 100 * n / max(sum, 1)
		if i == 0 {
			whole[i] = int(math.Round(100 * (float64(n) / float64(max(sum, 1)))))
		} else {
			order = append(order, i)
		}
		left -= whole[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { // stable: of equal ones the first
		return cmp.Compare(100*counts[b]%max(sum, 1), 100*counts[a]%max(sum, 1))
	})
	for _, i := range order[:max(0, min(left, len(order)))] {
		whole[i]++
	}
	out := make([]string, len(counts))
	for i, n := range counts {
		switch {
		case sum == 0:
			out[i] = "0%"
		case whole[i] == 0 && n > 0:
			out[i] = "under 1%"
		case whole[i] == 100 && n < sum:
			out[i] = "over 99%"
		default:
			out[i] = strconv.Itoa(whole[i]) + "%"
		}
	}
	return out
}

// part is a piece of a bar of 100 units.
type part struct {
	Kind string // positive, negative, unsure
	X, W float64
}

// split divides a bar: each piece begins at the end of the previous one, and the last ends the bar.
func split(kinds []string, counts ...int) (out []part) {
	sum, before := 0, 0
	for _, n := range counts {
		sum += n
	}
	for i, n := range counts {
		if n == 0 {
			continue
		}
		x := round(100 * float64(before) / float64(sum))
		before += n
		end := round(100 * float64(before) / float64(sum))
		out = append(out, part{Kind: kinds[i], X: x, W: round(end - x)})
	}
	return out
}

// sentiments lists the pieces of a bar of reviews.
var sentiments = []string{"negative", "unsure", "positive"}

// splitSum returns the bar of reviews by sentiment.
func splitSum(s figures.Sum) []part {
	return split(sentiments, s.Negative, s.Undecided(), s.Positive)
}

// Signed formats percentage points with their sign: "+32", "−5", "0".
func Signed(points float64) string {
	if p := int(math.Round(points)); p > 0 {
		return "+" + strconv.Itoa(p)
	}
	return Points(points / 100)
}

// Promoters returns the number of answers of a net promoter score, and their distribution.
func Promoters(n *figures.NPS) string {
	all := n.Promoters + n.Passives + n.Detractors
	shares := Percents(n.Promoters, n.Passives, n.Detractors)
	return "Of " + Plural(all, "answer", "answers") + " from 0 to 10, " + shares[0] +
		" are of promoters (9 or 10), " + shares[1] + " of passives (7 or 8) and " + shares[2] +
		" of detractors (0 to 6); the score is the first less the last."
}

// Rated returns the mean of ratings, on their scale and in stars.
func Rated(r *figures.Ratings) string {
	digits := 1
	if r.Best <= 1 {
		digits = 2
	}
	return "Rated " + strconv.FormatFloat(r.Mean, 'f', digits, 64) + " on a scale of " + r.Scale +
		" on average, which is " + decimal(r.Stars) + " of 5 stars (" +
		Plural(r.Rows, "rating", "ratings") + ")."
}
