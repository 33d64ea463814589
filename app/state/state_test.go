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

// Escape leaves what is looked at: a run goes on where another screen is shown.
func TestEscape(t *testing.T) {
	running := &message.Progress{State: message.Running}
	paused := &message.Progress{State: message.Paused}
	finished := &message.Progress{State: message.Finished}
	for _, tt := range []struct {
		state State
		want  string
	}{
		{State{Screen: ScreenResults, Progress: running}, LeaveRun},
		{State{Screen: ScreenResults, Progress: paused}, LeaveRun},
		{State{Screen: ScreenResults, Progress: running, Topic: "bass"}, LeaveTopic},
		{State{Screen: ScreenResults, Progress: finished}, ""},
		{State{Screen: ScreenCheck}, LeaveFile},
		{State{Screen: ScreenCheck, Progress: finished}, LeaveFile},
		{State{Screen: ScreenCheck, Progress: running}, ""},
		{State{Screen: ScreenHome, Progress: running}, ""},
		{State{Screen: ScreenJob, Progress: paused}, ""},
		{State{Screen: ScreenHistory, Progress: running}, ""},
		{State{Screen: ScreenRun, Progress: running, Topic: "bass"}, ""},
	} {
		if got := tt.state.Escape(); got != tt.want {
			t.Errorf("on %q, %+v: %q, want %q", tt.state.Screen, tt.state.Progress, got, tt.want)
		}
	}
}

// What is said of the history beside results follows what was deleted there, and brought back.
func TestTakePast(t *testing.T) {
	s := State{Progress: &message.Progress{State: message.Finished, Run: "a"}}
	for _, removed := range []string{"", "a", "b", "a", ""} {
		past := message.PastRuns{Here: true, Removed: removed}
		s.Apply(message.Event{Name: message.EventPast, Past: &past})
		if s.Progress.Deleted != (removed == "a") {
			t.Errorf("%q is deleted: %v", removed, s.Progress.Deleted)
		}
	}
	s.Progress = &message.Progress{State: message.Finished} // of a run that is kept nowhere
	s.Apply(message.Event{Name: message.EventPast, Past: &message.PastRuns{}})
	if s.Progress.Deleted {
		t.Error("a run that is kept nowhere is deleted")
	}
}
