package state

import (
	"cmp"
	"slices"

	"reviewlens/app/message"
)

// Models are the models of the server and what they say of the open file.
type Models struct {
	Others []string // IDs of those beside the one that scores
	Other  string   // the one that was chosen to compare with
	// what came of it; nil before
	Beside *message.Versus

	// A model is tried on the server, and corrections are counted.
	Corrections        bool
	Telling            bool // the server is being told of them
	CorrectionsProblem *message.Problem
}

// OtherModel is the model to compare with: the one that was chosen, else the first; "" for none.
func (m *Models) OtherModel() string {
	switch {
	case slices.Contains(m.Others, m.Other):
		return m.Other
	case len(m.Others) > 0:
		return m.Others[0]
	}
	return ""
}

// ScoredBy is the model that has scored the open file; before the first score, the one that would.
// The server may have changed its model since.
func (s *State) ScoredBy() string {
	if s.Progress == nil {
		return s.Model
	}
	return cmp.Or(s.Progress.Model, s.Model)
}

// ToTell is how many corrected texts the server, which counts them, was not told of.
func (s *State) ToTell() int {
	if !s.Corrections || s.Where != message.OnServer || s.Progress == nil ||
		s.Progress.Summary.Corrected == nil {
		return 0
	}
	c := s.Progress.Summary.Corrected
	return c.Texts - c.Told
}
