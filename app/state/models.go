package state

import (
	"cmp"
	"slices"

	"reviewlens/app/message"
)

// Models holds the models of the server and their results for the open file.
type Models struct {
	Others []string // IDs of those other than the one that scores
	Other  string   // the one chosen for the comparison
	// the comparison; nil before it begins
	ModelComparison *message.ModelComparison

	// The server tries a model, and counts corrections.
	Corrections        bool
	SendingCorrections bool // corrections are being sent to the server
	CorrectionsProblem *message.Problem
}

// OtherModel returns the model to compare with: the chosen one, else the first; "" for none.
func (m *Models) OtherModel() string {
	switch {
	case slices.Contains(m.Others, m.Other):
		return m.Other
	case len(m.Others) > 0:
		return m.Others[0]
	}
	return ""
}

// ScoredBy returns the model that has scored the open file; before the first score, the one that
// would. The server may have changed its model since.
func (s *State) ScoredBy() string {
	if s.Progress == nil {
		return s.Model
	}
	return cmp.Or(s.Progress.Model, s.Model)
}

// UnsentCorrections returns the number of corrected texts not yet sent to the server, if it counts
// them.
func (s *State) UnsentCorrections() int {
	if !s.Corrections || s.Where != message.OnServer || s.Progress == nil ||
		s.Progress.Summary.Corrected == nil {
		return 0
	}
	c := s.Progress.Summary.Corrected
	return c.Texts - c.Sent
}
