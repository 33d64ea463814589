package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"reviewlens/build/bench/synthetic"
)

// review is a text and its label: 1 positive, 0 negative, -1 unknown.
type review struct {
	Text  string `json:"text"`
	Label int    `json:"label"`
}

const validation = "build/model/work/valid.jsonl" // of `make prepare`

// load returns count whole product reviews that the model was not trained on, or as many synthetic
// ones, and writes them for all competitors.
func load(count int) (reviews []review, what string, err error) {
	what = "of natural lengths, never trained on"
	file, err := os.Open(validation)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		what = "invented, without labels: there is no " + validation
		for _, text := range synthetic.Texts(count) {
			reviews = append(reviews, review{text, -1})
		}
	case err != nil:
		return nil, "", err
	default:
		defer file.Close()
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			var row struct {
				Text, Set string
				Label     float64 // 0.5 for three stars
			}
			if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
				return nil, "", err
			}
			// the sets that evaluate.py counts as product reviews
			if slices.Contains([]string{"dsc24", "hatn5"}, row.Set) {
				reviews = append(reviews, review{row.Text, int(row.Label)})
			}
		}
		if err := lines.Err(); err != nil {
			return nil, "", err
		}
		rand.New(rand.NewPCG(1, 1)).Shuffle(len(reviews),
			func(i, j int) { reviews[i], reviews[j] = reviews[j], reviews[i] })
		reviews = reviews[:min(count, len(reviews))]
	}
	raw, err := json.Marshal(reviews)
	if err != nil {
		return nil, "", err
	}
	return reviews, what, os.WriteFile(filepath.Join(folder, "texts.json"), raw, 0o666)
}

// readTexts returns the reviews that load wrote.
func readTexts() (reviews []review, err error) {
	raw, err := os.ReadFile(filepath.Join(folder, "texts.json"))
	if err != nil {
		return nil, err
	}
	err = json.Unmarshal(raw, &reviews)
	return reviews, err
}
