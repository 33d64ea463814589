package state

import (
	"testing"

	"reviewlens/app/message"
)

// Another model is compared if the server has one; the result belongs to the file.
func TestModels(t *testing.T) {
	var s State
	if s.OtherModel() != "" {
		t.Errorf("other model = %q without any", s.OtherModel())
	}
	s.Apply(message.Event{Name: message.EventReady, Ready: &message.Ready{Model: "aaaaaaaaaaaa",
		Where: message.OnServer, Others: []string{"bbbbbbbbbbbb", "cccccccccccc"}}})
	if s.OtherModel() != "bbbbbbbbbbbb" {
		t.Errorf("other model = %q, want the first", s.OtherModel())
	}
	if s.Other = "cccccccccccc"; s.OtherModel() != "cccccccccccc" {
		t.Errorf("other model = %q, want the one that was chosen", s.OtherModel())
	}
	event := message.Event{Name: message.EventModelComparison,
		Versus: &message.ModelComparison{Model: "cccccccccccc", Texts: 7}}
	if s.Apply(event); s.ModelComparison != nil {
		t.Error("a comparison that nobody waits for was taken")
	}
	s.ModelComparison = &message.ModelComparison{Model: "bbbbbbbbbbbb"}
	if s.Apply(event); s.ModelComparison.Texts != 0 {
		t.Error("a comparison with another model was taken")
	}
	s.ModelComparison = &message.ModelComparison{Model: "cccccccccccc"}
	if s.Apply(event); s.ModelComparison.Texts != 7 {
		t.Errorf("the comparison was not taken: %+v", s.ModelComparison)
	}
	if s.OpenFile("other.csv"); s.ModelComparison != nil {
		t.Error("the comparison outlives its file")
	}
}

// Corrections are sent to the server if it counts them, each once.
func TestUnsentCorrections(t *testing.T) {
	s := State{Where: message.OnServer, Preview: previewOf("review"),
		Progress: &message.Progress{}}
	s.Corrections = true
	if s.UnsentCorrections() != 0 {
		t.Errorf("%d to tell without a correction", s.UnsentCorrections())
	}
	s.Apply(message.Event{Name: message.EventCorrection, Correction: &message.Correction{Row: 1,
		Sentiment: "unsure", Corrected: &message.Corrected{Reviews: 5, Texts: 2}}})
	if s.UnsentCorrections() != 2 {
		t.Errorf("%d to tell, want 2", s.UnsentCorrections())
	}
	for _, off := range []func(s *State){
		func(s *State) { s.Corrections = false },
		func(s *State) { s.Where = message.OnDevice },
	} {
		other := s
		if off(&other); other.UnsentCorrections() != 0 {
			t.Errorf("%d to tell, where nobody counts", other.UnsentCorrections())
		}
	}
	s.SendingCorrections = true
	s.Apply(message.Event{Name: message.EventProblem,
		Problem: &message.Problem{About: message.AboutCorrections, Detail: "no"}})
	if s.SendingCorrections || s.CorrectionsProblem == nil || s.UnsentCorrections() != 2 {
		t.Errorf("after a refusal: telling %v, %+v", s.SendingCorrections, s.CorrectionsProblem)
	}
	s.Apply(message.Event{Name: message.EventCorrectionsSent,
		Corrected: &message.Corrected{Reviews: 5, Texts: 2, Sent: 2}})
	if s.CorrectionsProblem != nil || s.UnsentCorrections() != 0 {
		t.Errorf("told: %d left, %+v", s.UnsentCorrections(), s.CorrectionsProblem)
	}
}
