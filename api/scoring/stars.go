package scoring

import (
	"fmt"
	"math"

	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/text"
)

// RequireStars returns a *wire.Error if the model does not predict stars.
func RequireStars(e Engine) error {
	m := e.Model()
	if m.Stars != nil {
		return nil
	}
	return &wire.Error{Code: wire.BadParameter, Model: m.Manifest.ID,
		Detail: fmt.Sprintf("Model %s predicts no stars: its manifest has none. Ask without them, "+
			"or name another model.", m.Manifest.ID)}
}

// addStars adds the predicted stars of a score to its result.
func addStars(r *wire.Result, s reviews.Score, u text.UnreadReason) {
	if stars, _, _ := s.Pack().Unpack(); stars != 0 {
		r.Stars, r.Name = &stars, s.Name(u != text.Readable)
		if s.Shares == [5]float32{} { // a remote engine returns only their mean
			return
		}
		for _, p := range s.Shares {
			r.StarShares = append(r.StarShares, math.Round(1e4*float64(p))/1e4)
		}
	}
}
