// Package planted generates a file of synthetic reviews with a known problem, to test whether it is
// found: three kettles over two years, of which kettle B begins to overheat in June of the second
// one.
package planted

import (
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"time"
)

// Rows is the number of reviews.
const Rows = 1444

// Since is the start of the problem, Product the affected product, Cause a word of its reviews.
var (
	Since   = time.Date(2025, time.June, 1, 0, 0, 0, 0, time.UTC)
	Product = "Kettle B"
	Cause   = "overheats"
)

var good = []string{
	"I love it, it is quick and quiet.", "Boils fast and looks lovely on the counter.",
	"Best kettle I have owned, works perfectly.", "Great value, my whole family is happy with it.",
	"Easy to fill, easy to clean, very pleased.", "It pours without a drip and I am delighted.",
	"Excellent quality, arrived early, would buy it again.", "Light, sturdy and a pleasure to use.",
}

var bad = []string{
	"The lid broke and I am disappointed.", "It leaks, do not buy it.",
	"Awful smell of plastic, I sent it back.", "Too loud and too slow, a waste of money.",
	"The switch failed after a month, terrible quality.", "The handle came off, very unhappy.",
}

var fire = []string{
	"It overheats and the base turns brown, I am scared of it.",
	"After ten minutes it overheats and switches itself off, useless.",
	"The cord swelled and it overheats, dangerous.",
	"Overheats every time and smells burnt, I want my money back.",
	"It overheats badly and the plastic swelled, terrible.",
}

// Write writes the file as CSV, the same on every call.
func Write(w io.Writer) error {
	random := rand.New(rand.NewPCG(20, 25))
	out := csv.NewWriter(w)
	if err := out.Write([]string{"id", "date", "product", "stars", "review"}); err != nil {
		return err
	}
	start := time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)
	for i := range Rows {
		day := start.AddDate(0, 0, random.IntN(731))
		product := []string{"Kettle A", "Kettle B", "Kettle C"}[random.IntN(3)]
		text, stars := pick(random, good), 4+random.IntN(2)
		switch x := random.Float64(); {
		case product == Product && !day.Before(Since) && x < 0.5:
			text, stars = pick(random, fire), 1+random.IntN(2)
		case x < 0.17:
			text, stars = pick(random, bad), 1+random.IntN(3)
		}
		text = fmt.Sprintf("%s Order %d.", text, 10_000+i) // no two are equal
		record := []string{fmt.Sprint(i + 1), day.Format(time.DateOnly), product, fmt.Sprint(stars),
			text}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func pick(random *rand.Rand, from []string) string { return from[random.IntN(len(from))] }
