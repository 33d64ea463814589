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
	told := message.Event{Name: message.EventVersus,
		Versus: &message.Versus{Model: "cccccccccccc", Texts: 7}}
	if s.Apply(told); s.Beside != nil {
		t.Error("a comparison that nobody waits for was taken")
	}
	s.Beside = &message.Versus{Model: "bbbbbbbbbbbb"}
	if s.Apply(told); s.Beside.Texts != 0 {
		t.Error("a comparison with another model was taken")
	}
	s.Beside = &message.Versus{Model: "cccccccccccc"}
	if s.Apply(told); s.Beside.Texts != 7 {
		t.Errorf("the comparison was not taken: %+v", s.Beside)
	}
	if s.OpenFile("other.csv"); s.Beside != nil {
		t.Error("the comparison outlives its file")
	}
}

// Corrections are sent to the server if it counts them, each once.
func TestToTell(t *testing.T) {
	s := State{Where: message.OnServer, Preview: previewOf("review"),
		Progress: &message.Progress{}}
	s.Corrections = true
	if s.ToTell() != 0 {
		t.Errorf("%d to tell without a correction", s.ToTell())
	}
	s.Apply(message.Event{Name: message.EventCorrection, Correction: &message.Correction{Row: 1,
		Sentiment: "unsure", Corrected: &message.Corrected{Reviews: 5, Texts: 2}}})
	if s.ToTell() != 2 {
		t.Errorf("%d to tell, want 2", s.ToTell())
	}
	for _, off := range []func(s *State){
		func(s *State) { s.Corrections = false },
		func(s *State) { s.Where = message.OnDevice },
	} {
		other := s
		if off(&other); other.ToTell() != 0 {
			t.Errorf("%d to tell, where nobody counts", other.ToTell())
		}
	}
	s.Telling = true
	s.Apply(message.Event{Name: message.EventProblem,
		Problem: &message.Problem{About: message.AboutCorrections, Detail: "no"}})
	if s.Telling || s.CorrectionsProblem == nil || s.ToTell() != 2 {
		t.Errorf("after a refusal: telling %v, %+v", s.Telling, s.CorrectionsProblem)
	}
	s.Apply(message.Event{Name: message.EventTold,
		Corrected: &message.Corrected{Reviews: 5, Texts: 2, Told: 2}})
	if s.CorrectionsProblem != nil || s.ToTell() != 0 {
		t.Errorf("told: %d left, %+v", s.ToTell(), s.CorrectionsProblem)
	}
}
