package compare

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"reviewlens/reviews"
)

// Corrections maps the title and text of reviews to the sentiment that a person gave them.
type Corrections map[[sha256.Size]byte]reviews.Sentiment

// ReadCorrections reads the files that the page saves (reviews.Correction). Of several corrections
// of a review the last one wins.
func ReadCorrections(r io.Reader) (Corrections, error) {
	all := Corrections{}
	lines := json.NewDecoder(r)
	for n := 1; ; n++ {
		var line reviews.Correction
		err := lines.Decode(&line)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("correction %d: %w", n, err)
		}
		label := reviews.ParseSentiment(line.Sentiment)
		if label == reviews.None || line.Text == "" {
			return nil, fmt.Errorf("correction %d: want a text, and a sentiment that is positive, "+
				"negative or unsure; a file of corrections is one that the page has saved", n)
		}
		all[keyOf([]byte(line.Title), []byte(line.Text))] = label
	}
	if len(all) == 0 {
		return nil, errors.New("no correction is in it")
	}
	return all, nil
}

// of returns the correction of a review, None if there is none.
func (c Corrections) of(title, text []byte) reviews.Sentiment {
	if len(c) == 0 {
		return reviews.None
	}
	return c[keyOf(title, text)]
}

func keyOf(title, text []byte) (key [sha256.Size]byte) {
	h := sha256.New()
	h.Write(title)
	h.Write([]byte{0})
	h.Write(text)
	h.Sum(key[:0])
	return key
}
