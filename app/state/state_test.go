package state

import (
	"testing"

	"reviewlens/api/wire"
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
	if s.SetText(" "); s.Verdict != nil || s.ScoringText {
		t.Error("an empty box has a verdict")
	}
}

// Escape closes what the screen shows: a run continues while another screen is shown.
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

// The label gives the time that a file takes only for the place where it is scored.
func TestScoreButtonElsewhere(t *testing.T) {
	s := State{Where: message.OnServer, Preview: &message.Preview{},
		Count: &message.Count{Done: true, Rows: 4, Distinct: 4, Seconds: 3}}
	want := func(want string) {
		t.Helper()
		if got := s.ScoreButton(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	want("Score 4 reviews, about 3 s")
	s.Moving = true
	want("Score 4 reviews")
	s.Apply(message.Event{Name: message.EventReady,
		Ready: &message.Ready{Where: message.OnDevice}})
	want("Score 4 reviews")
	s.Apply(message.Event{Name: message.EventCount,
		Count: &message.Count{Done: true, Rows: 4, Distinct: 4, Seconds: 9}})
	want("Score 4 reviews, about 9 s")
	s.Apply(message.Event{Name: message.EventReady,
		Ready: &message.Ready{Where: message.OnDevice}})
	want("Score 4 reviews, about 9 s")
}

// The note on the history next to results follows deletions and restores there.
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

// When the worker ends, everything that waits for it reports that: the text, the file being opened,
// the run, which is shown as stopped.
func TestWorkerEnds(t *testing.T) {
	p := &message.Problem{About: message.AboutWorker, Detail: "It stopped."}
	for state, stopped := range map[string]bool{"": false, message.Running: true,
		message.Paused: true, message.Finished: false} {
		s := State{ScoringText: true, Downloading: true}
		s.OpenFile("r.csv")
		if state != "" {
			s.Progress = &message.Progress{State: state, Run: "a", Done: 3}
		}
		s.Apply(message.Event{Name: message.EventProblem, Problem: p})
		if s.TextProblem != p || s.ScoringText || s.Downloading {
			t.Errorf("%q: a text is waited for: %+v", state, s)
		}
		if stopped && (s.Progress.State != message.Broken || s.Progress.Done != 3 ||
			s.RunProblem != p || s.FileProblem != nil) {
			t.Errorf("%q: the run is %+v, %+v", state, s.Progress, s.RunProblem)
		}
		if !stopped && (s.FileProblem != p || s.RunProblem != nil) {
			t.Errorf("%q: the problem of the file is %+v", state, s.FileProblem)
		}
	}
}

// A reload resumes a run, unless the user stopped it.
func TestReloadedRun(t *testing.T) {
	locked := &message.Problem{Detail: "The server wants a key."}
	for _, tt := range []struct {
		state  string
		locked *message.Problem
		want   string
	}{
		{message.Running, nil, "a"}, {message.Finished, nil, "a"}, {message.Broken, nil, "a"},
		{message.Cancelled, nil, ""}, {message.Paused, nil, ""}, {message.Paused, locked, "a"},
		{message.Cancelled, locked, ""},
	} {
		s := State{Locked: tt.locked, Preview: &message.Preview{}}
		s.Apply(message.Event{Name: message.EventProgress,
			Progress: &message.Progress{State: tt.state, Run: "a"}})
		if got := s.ReloadedRun(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.state, got, tt.want)
		}
	}
}

// A server that requires authentication gets no more requests once the device scores.
func TestReadyOnTheDeviceUnlocks(t *testing.T) {
	for where, want := range map[string]bool{message.OnDevice: false, message.OnServer: true} {
		s := State{Locked: &message.Problem{Detail: "The server wants a key."}}
		s.Apply(message.Event{Name: message.EventReady, Ready: &message.Ready{Where: where}})
		if (s.WantsKey() != nil) != want {
			t.Errorf("ready on the %s: %+v", where, s.WantsKey())
		}
	}
}

// That there was no model is not said any more once there is one; the problem of a run stays.
func TestReadyEndsTheProblemOfTheModel(t *testing.T) {
	p := &message.Problem{About: message.AboutRun, Detail: "The server does not answer."}
	for _, run := range []*message.Progress{nil, {State: message.Broken}} {
		s := State{Progress: run}
		s.Apply(message.Event{Name: message.EventProblem, Problem: p})
		s.Apply(message.Event{Name: message.EventReady,
			Ready: &message.Ready{Where: message.OnDevice}})
		if (s.RunProblem != nil) != (run != nil) {
			t.Errorf("with the run %+v, the problem is %+v", run, s.RunProblem)
		}
	}
}

// When scoring moves, the worker ends what waits for the server: nothing of it comes any more.
func TestMoveEndsWhatWaitsForTheServer(t *testing.T) {
	done := &message.ModelComparison{Model: "b", Done: true}
	for _, beside := range []*message.ModelComparison{nil, {Model: "b", Texts: 7}, done} {
		s := State{Models: Models{ModelComparison: beside, SendingCorrections: true}}
		s.Move(message.OnDevice)
		if s.SendingCorrections || !s.Moving || !s.Private ||
			(s.ModelComparison != nil) != (beside == done) {
			t.Errorf("comparing %+v: %+v", beside, s.Models)
		}
	}
}

// Late events of a closed file are not applied to the next one, or to none.
func TestLateForAFileThatWasLeft(t *testing.T) {
	late := []message.Event{
		{Name: message.EventProgress,
			Progress: &message.Progress{State: message.Running, Run: "a"}},
		{Name: message.EventCount, Count: &message.Count{Done: true, Rows: 3}},
		{Name: message.EventTopics, Topics: &wire.Topics{}},
		{Name: message.EventSelection, Selection: &message.Selection{Rows: 3}},
		{Name: message.EventGroups, Groups: &message.Groups{Done: true}},
		{Name: message.EventCorrection, Correction: &message.Correction{Row: 3}},
	}
	for name, leave := range map[string]func(*State){
		"it is closed": (*State).CloseFile, "another is opened": func(s *State) {
			s.OpenFile("b.csv")
		}} {
		s := State{}
		s.OpenFile("a.csv")
		s.Apply(message.Event{Name: message.EventPreview, Preview: previewOf("review")})
		for _, e := range late {
			if !s.Apply(e) {
				t.Errorf("%s is dropped while the file is open", e.Name)
			}
		}
		leave(&s)
		for _, e := range late {
			if s.Apply(e) {
				t.Errorf("%s: %s is taken over", name, e.Name)
			}
		}
		if s.Progress != nil || s.Running() || s.Count != nil || s.ReloadedRun() != "" {
			t.Errorf("%s: %+v", name, s.Progress)
		}
	}
	s := State{}
	if s.Apply(message.Event{Name: message.EventPreview, Preview: previewOf("review")}) {
		t.Error("a file is shown that was closed while it was opened")
	}
}

// The open run, and those that Undo, the queue or a text of its file returns to, are not offered
// for removal.
func TestLeftRuns(t *testing.T) {
	var s State
	if s.OrphanRuns() != nil {
		t.Error("runs are left before any is known")
	}
	s.Kept = &message.KeptRuns{}
	for _, id := range []string{"open", "closed", "other", "queued", "question", "left"} {
		s.Kept.Runs = append(s.Kept.Runs, message.KeptRun{ID: id})
	}
	s.Progress = &message.Progress{Run: "open"}
	s.Closed = &Closed{Run: "closed", Others: []string{"other"}}
	s.Queue = &Queue{Files: []Queued{{Stage: Waiting}, {Stage: Scored, Run: "queued"}}}
	s.Analysed = map[string]message.Analysed{"Why?": {Run: "question"}}
	if left := s.OrphanRuns(); len(left) != 1 || left[0].ID != "left" {
		t.Errorf("left = %+v", left)
	}
}
