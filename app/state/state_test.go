package state

import (
	"testing"

	"reviewlens/app/message"
)

func TestVerdictOfAnOlderTextIsDropped(t *testing.T) {
	var s State
	s.SetText("first")
	old := s.TextID
	s.SetText("second")
	s.Apply(message.Event{Name: message.EventVerdict, Verdict: &message.Verdict{ID: old}})
	if s.Verdict != nil {
		t.Error("the verdict of the first text is shown for the second")
	}
	s.Apply(message.Event{Name: message.EventVerdict, Verdict: &message.Verdict{ID: s.TextID}})
	if s.Verdict == nil {
		t.Error("the verdict is not shown")
	}
	if s.SetText(" "); s.Verdict != nil || s.Judging {
		t.Error("an empty box has a verdict")
	}
}
