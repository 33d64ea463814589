// Package state is the page's model: how a worker event changes it (Apply), which file of a queue
// is next (Queue), which reviews a number refers to (filters), what is compared (Versus), and the
// labels of buttons. It renders nothing and calls no other part of the page, so all of it is tested
// without a browser. Package app renders it.
package state

import (
	"slices"
	"strconv"
	"strings"

	"reviewlens/api/wire"
	"reviewlens/app/format"
	"reviewlens/app/message"
)

// Screen is a view with an address: the fragment of the URL.
type Screen string

const (
	ScreenHome    Screen = ""        // type a review or choose a file
	ScreenCheck   Screen = "check"   // a file was opened: is it read correctly?
	ScreenResults Screen = "results" // scores arrive, or have arrived

	ScreenHistory Screen = "history" // runs that have ended
	ScreenRun     Screen = "run"     // one of them, run/ID

	ScreenJob Screen = "job" // a file uploaded to the server, job/KEY
)

// State is everything that the page knows. Only Apply and the handlers of App change it.
type State struct {
	Screen Screen
	Model  string // id of the model that scores, "" until known

	Where        string // where scoring happens: message.OnServer or OnDevice, "" until known
	Moving       bool   // to the last requested place
	Fetch        *message.Fetch
	PlaceProblem *message.Problem
	Private      bool // this reader wants texts scored on the device, and none sent

	Locked *message.Problem // the server requires a key, or a sign-in

	SignIn      *wire.SignIn // where to sign in; nil if there is no sign-in, or it is not known yet
	SignedIn    bool
	Renewing    bool   // an expired sign-in is being renewed
	SignInError string // reason why the last sign-in failed

	// One review.
	Text        string
	TextID      int  // counts changes of Text; a verdict for an older one is dropped
	ScoringText bool // a verdict is pending
	Verdict     *message.Verdict
	Explained   *message.Explained // of Verdict; nil until known
	TextProblem *message.Problem

	// Runs that have ended. PastRun is the one that is shown, nil until it arrives; PastID is the
	// requested one.
	Past        *message.PastRuns // nil until known
	PastProblem *message.Problem
	PastRun     *message.PastRun
	PastID      string
	Renaming    string // ID of the run whose name is being changed
	Clearing    bool   // the user is being asked whether to delete all runs
	Copied      string // ID of the run whose address was last copied; "" for other texts
	NameFilter  string // only runs whose name contains this are listed

	// Files uploaded to the server.
	JobLimits *wire.JobLimits // nil if it accepts none, or while that is not known
	Jobs      []Job
	JobKey    string // of the one that is shown

	NumbersOnly bool // the numbers have no reviews behind them: those of a run that has ended

	Kept     *message.KeptRuns // nil until known
	Resuming bool              // the open file is that of a kept run, which starts automatically

	Closed *Closed // the results that were last closed, to return to; nil for none

	// A file. Preview is nil while it is being opened, and after that failed.
	File          string
	Preview       *message.Preview
	Count         *message.Count
	Leading       []int                // columns that the preview shows first
	ColumnsChosen bool                 // the reader chose columns
	CellSettings  message.CellSettings // the reader's settings for cells
	DialectChosen bool                 // the reader chose it, which overrides the guess
	Guess         message.Dialect      // before the reader changed it
	Queue         *Queue               // if the file is one of several
	LostFiles     []string             // files of a queue that a reload lost
	FileProblem   *message.Problem

	// If it has several texts: the result of each, by its label.
	Analysed  map[string]message.Analysed
	AllTexts  bool // the questions are analysed one after the other
	Switching bool // another text was requested, and nothing of it has arrived yet

	// Its scores.
	Progress    *message.Progress
	RunProblem  *message.Problem
	Downloading bool

	// The reviews that are shown. Selection is nil until the worker has sent the first view,
	// Filtered without filters, and until it has sent their figures.
	View        message.View
	viewFilters []message.Filter // of the last view; its elements are never modified
	Selection   *message.Selection
	Filtered    *message.Filtered
	filteredBy  []message.Filter // of Filtered
	// the filters of an address, until there are results to filter; see Query
	PendingQuery   string
	DroppedFilters []string // the ones that do not apply to the file
	Row            int      // shown in full; 0 for none
	Whole          *message.Whole
	RowExplained   *message.Explained

	Correction *message.Correction // the last one

	// Topics: those that were found are part of Progress.
	early      *wire.Topics   // came before it, as for a kept run with all its scores
	HasTopics  bool           // the model finds them
	NoTopics   bool           // this reader does not want them
	Topic      string         // the one that is open; "" for none
	TopicForm  string         // the part being changed, one of Form...; "" for none
	AllTopics  bool           // the whole list is shown
	Scheme     message.Scheme // this reader's own topics
	TopicSteps []TopicStep    // its changes, the last one last
	TopicNote  string         // the outcome of loading a scheme

	Models

	// The reviews by a column, and two groups of them compared.
	GroupBy string          // the column's number, "" for none
	Groups  *message.Groups // nil until the worker has sent them
	// of these; their elements are never modified
	groupedBy []message.Filter
	Versus    Comparison
	Spans     *[2]Span  // periods as typed, nil for the proposed ones
	Values    [2]string // of the column, likewise
	TwoRuns   [2]string // IDs of runs, likewise
}

// Apply updates s by an event of the worker. It returns false for a stale event: one of a text that
// is no longer analysed.
func (s *State) Apply(e message.Event) bool {
	if s.isOutdated(e) {
		return false
	}
	s.apply(e)
	return true
}

func (s *State) apply(e message.Event) {
	switch e.Name {
	case message.EventReady:
		s.takeReady(e.Ready)
	case message.EventVerdict:
		if e.Verdict.ID == s.TextID {
			s.Verdict, s.ScoringText, s.TextProblem, s.Explained = e.Verdict, false, nil, nil
		}
	case message.EventPreview:
		s.takePreview(e.Preview)
	case message.EventCount:
		s.Count = e.Count
	case message.EventProgress:
		if s.Progress != nil { // they arrive separately
			s.early = s.Progress.Summary.Topics
		}
		e.Progress.Summary.Topics, s.early = s.early, nil
		s.Progress, s.RunProblem = e.Progress, e.Progress.Problem
		s.noteAnalysed()
	case message.EventTopics:
		s.takeTopics(e.Topics)
	case message.EventSelection:
		if e.Selection.ID == s.View.ID {
			s.Selection = e.Selection
		}
	case message.EventFiltered:
		s.takeFiltered(e.Filtered)
	case message.EventExplained:
		switch x := e.Explained; {
		case x.Row > 0 && x.Row == s.Row:
			s.RowExplained = x
		case x.Row == 0 && s.Verdict != nil && x.ID == s.Verdict.ID:
			s.Explained = x
		}
	case message.EventWhole:
		if e.Whole.Row.Row == s.Row {
			s.Whole = e.Whole
		}
	case message.EventCorrection:
		s.takeCorrection(e.Correction)
	case message.EventGroups:
		if strconv.Itoa(e.Groups.Column) == s.GroupBy &&
			(e.Groups.Done || s.Groups == nil || !s.Groups.Done) {
			s.Groups, s.groupedBy = e.Groups, s.viewFilters
		}
	case message.EventComparison:
		if e.Comparison.ID == s.Versus.ID {
			s.Versus.Result, s.Versus.Problem = e.Comparison, ""
		}
	case message.EventModelComparison:
		if v := s.ModelComparison; v != nil && v.Model == e.Versus.Model {
			s.ModelComparison = e.Versus
		}
	case message.EventCorrectionsSent:
		s.SendingCorrections, s.CorrectionsProblem = false, nil
		s.takeCorrected(e.Corrected)
	case message.EventDownload:
		s.Downloading = false
	case message.EventKept:
		s.Kept = e.Kept
	case message.EventPast:
		s.takePast(e.Past)
	case message.EventRun:
		if e.Run.ID == s.PastID {
			s.PastRun, s.PastProblem = e.Run, nil
		}
	case message.EventFetch:
		s.Fetch = e.Fetch
	case message.EventLocked:
		s.Locked = e.Problem
		s.knowSignIn(e.SignIn)
	case message.EventProblem:
		s.takeProblem(e.Problem)
	}
}

func (s *State) takeReady(r *message.Ready) {
	if r == nil {
		return
	}
	if c := s.Count; c != nil && s.Where != "" && s.Where != r.Where { // it is sent again
		other := *c
		other.Seconds = 0
		s.Count = &other
	}
	s.Model, s.Where, s.JobLimits = r.Model, r.Where, r.Jobs
	s.knowSignIn(r.SignIn)
	s.Moving, s.Fetch, s.PlaceProblem = false, nil, nil
	if s.Progress == nil { // the model of a run that is yet to begin could not be had before
		s.RunProblem = nil
	}
	if r.Where == message.OnDevice { // the server receives no more requests
		s.Locked = nil
	}
	s.HasTopics = r.Topics
	s.Others, s.Corrections = r.Others, r.Corrections
}

// Move records that scoring moves to where from now on. It ends what waits for answers of the
// server: the comparison of models, and the sending of corrections.
func (s *State) Move(where string) {
	s.Private = where == message.OnDevice
	s.Moving, s.PlaceProblem, s.Fetch = true, nil, nil
	if s.SendingCorrections = false; s.ModelComparison != nil && !s.ModelComparison.Done {
		s.ModelComparison = nil
	}
}

func (s *State) takePreview(p *message.Preview) {
	if s.Preview == nil || !slices.Equal(s.Preview.Header, p.Header) {
		s.Leading = leading(p) // and stays, so that no column moves when its role changes
	}
	s.Preview, s.Count, s.FileProblem = p, nil, nil
	if !s.DialectChosen {
		s.Guess = p.Dialect
	}
	s.Progress, s.RunProblem, s.early = nil, nil, nil
	if s.Switching { // its results are on the screen, empty
		s.Switching = false
		s.Progress = &message.Progress{State: message.Running}
	} else {
		s.takeAnalysed(p.Analysed)
		s.AllTexts = false
	}
	s.ResetView()
}

// takePast stores the list of runs that have ended. That of the open file may have been deleted, or
// restored.
func (s *State) takePast(past *message.PastRuns) {
	s.Past = past
	s.knowSignIn(past.SignIn)
	if p := s.Progress; p != nil {
		now := *p
		now.Deleted = p.Run != "" && p.Run == past.Removed
		s.Progress = &now
	}
}

func (s *State) takeProblem(p *message.Problem) {
	if p == nil {
		return
	}
	switch p.About {
	case message.AboutText:
		s.ScoringText, s.Verdict, s.TextProblem = false, nil, p
	case message.AboutFile:
		s.FileProblem, s.Downloading = p, false
		if v := &s.Versus; v.IsPending() && v.Runs[0] == "" {
			v.Problem = p.Detail
		}
		if s.Switching {
			s.Switching = false
			s.Progress = &message.Progress{State: message.Broken, Problem: p}
		}
		if s.Progress == nil { // it could not be opened, or not be read to its end
			s.Count = nil
		}
	case message.AboutRun:
		s.RunProblem = p
	case message.AboutPast:
		s.PastProblem = p
		if v := &s.Versus; v.IsPending() && v.Runs[0] != "" {
			v.Problem = p.Detail
		}
	case message.AboutCorrections:
		s.SendingCorrections, s.CorrectionsProblem = false, p
	case message.AboutTopics:
		s.refuseScheme(p)
	case message.AboutPlace:
		s.PlaceProblem, s.Moving, s.Fetch = p, false, nil
	case message.AboutWorker:
		s.endWorker(p)
	}
}

// endWorker marks everything that waited for the worker as failed.
func (s *State) endWorker(p *message.Problem) {
	s.ScoringText, s.Verdict, s.TextProblem = false, nil, p
	s.FileProblem, s.Downloading = p, false
	if s.Running() || s.Paused() {
		stopped := *s.Progress
		stopped.State, stopped.Problem = message.Broken, p
		s.Progress, s.RunProblem, s.FileProblem, s.Switching = &stopped, p, nil, false
	}
}

func (s *State) knowSignIn(at *wire.SignIn) {
	if at != nil {
		s.SignIn = at
	}
}

// OpenFile replaces the open file by another.
func (s *State) OpenFile(name string) {
	s.Screen, s.File = ScreenCheck, name
	s.Preview, s.Count, s.FileProblem = nil, nil, nil
	s.Progress, s.RunProblem, s.Downloading, s.Resuming, s.DialectChosen = nil, nil, false, false,
		false
	s.ColumnsChosen, s.CellSettings = false, message.CellSettings{}
	s.Analysed, s.AllTexts, s.Switching = nil, false, false
	s.ResetView()
}

// ShowRow selects the review that is shown in full; 0 for none.
func (s *State) ShowRow(row int) { s.Row, s.Whole, s.RowExplained = row, nil, nil }

// ResetView clears the view, but not the count of views.
func (s *State) ResetView() {
	s.View, s.viewFilters = message.View{ID: s.View.ID}, nil
	s.Selection, s.Filtered, s.DroppedFilters, s.Correction = nil, nil, nil, nil
	s.ModelComparison, s.SendingCorrections, s.CorrectionsProblem = nil, false, nil
	s.GroupBy, s.Groups, s.Spans, s.Values = "", nil, nil, [2]string{}
	s.Versus = Comparison{ID: s.Versus.ID}
	s.Topic, s.TopicForm, s.AllTopics, s.TopicSteps, s.TopicNote = "", "", false, nil, ""
	s.ShowRow(0)
}

// Closed holds closed results.
type Closed struct {
	File string `json:"file"`
	Run  string `json:"run"` // their run's ID; "" if it is not kept
	// of the file's other texts
	Others []string `json:"others,omitempty"`
	Query  string   `json:"query"` // of the view
}

// OrphanRuns returns the kept runs that nothing else on the page returns to: not the open one, that
// of Undo, that of a file of the queue, or that of another text of the open file.
func (s *State) OrphanRuns() (left []message.KeptRun) {
	if s.Kept == nil {
		return nil
	}
	needed := map[string]bool{}
	if p := s.Progress; p != nil {
		needed[p.Run] = true
	}
	if c := s.Closed; c != nil {
		needed[c.Run] = true
		for _, id := range c.Others {
			needed[id] = true
		}
	}
	if s.Queue != nil {
		for _, f := range s.Queue.Files {
			needed[f.Run] = true
		}
	}
	for _, a := range s.Analysed {
		needed[a.Run] = true
	}
	for _, r := range s.Kept.Runs {
		if !needed[r.ID] {
			left = append(left, r)
		}
	}
	return left
}

// CloseFile returns to the first screen.
func (s *State) CloseFile() {
	s.OpenFile("")
	s.Screen = ScreenHome
}

// SetText sets the typed text; the previous verdict stays visible until the next arrives, but not
// after the box was emptied.
func (s *State) SetText(text string) {
	s.Text = text
	s.TextID++
	s.TextProblem = nil
	if Blank(text) {
		s.ScoringText, s.Verdict, s.Explained = false, nil, nil
	}
}

// BestRating returns the best rating on the file's own scale; 0 if that is stars.
func (s *State) BestRating() float64 {
	switch sum := &s.Progress.Summary; {
	case sum.NPS != nil:
		return 10
	case sum.Ratings != nil:
		return sum.Ratings.Best
	}
	return 0
}

// Running reports whether scores are arriving.
func (s *State) Running() bool { return s.Progress != nil && s.Progress.State == message.Running }

// Paused reports whether nothing more is sent for now.
func (s *State) Paused() bool { return s.Progress != nil && s.Progress.State == message.Paused }

// ReloadedRun returns the run that a reload resumes automatically, finished or not. It is "" for a
// run that is not kept, or that the user stopped: resuming that one is only offered.
func (s *State) ReloadedRun() string {
	p := s.Progress
	if p == nil || p.State == message.Cancelled || s.Paused() && s.Locked == nil {
		return ""
	}
	return p.Run
}

// What the Escape key closes.
const (
	LeaveTopic = "topic"
	LeaveRun   = "run"
	LeaveFile  = "file"
)

// Escape returns what the Escape key closes on this screen, "" for nothing. A run in the background
// of another screen is not closed.
func (s *State) Escape() string {
	runs := s.Running() || s.Paused()
	switch {
	case s.Screen == ScreenResults && s.Topic != "":
		return LeaveTopic
	case s.Screen == ScreenResults && runs:
		return LeaveRun
	case s.Screen == ScreenCheck && !runs:
		return LeaveFile
	}
	return ""
}

// ToScore returns the number of rows of the open file that can be scored.
func (s *State) ToScore() int {
	if s.Count == nil {
		return 0
	}
	return s.Count.Rows - s.Count.Empty - s.Count.Unreadable
}

// WantsKey returns the problem to show if the server requires authentication (for scoring, for the
// current screen or for jobs), else nil.
func (s *State) WantsKey() *message.Problem {
	looks := s.Screen == ScreenHistory || s.Screen == ScreenRun
	switch {
	case s.Locked != nil:
		return s.Locked
	case (s.Screen == ScreenJob || s.Screen == ScreenHome) && s.jobsLocked() && s.knowsWho():
		return &message.Problem{Detail: "Sign in, or give your key, to see " +
			"the files that you left to the server.",
			WayOut: "They appear here then."}
	case looks && s.PastProblem != nil && s.PastProblem.SignIn:
		return s.PastProblem
	case s.Screen == ScreenHistory && s.Past != nil && s.Past.Locked:
		return &message.Problem{Detail: "Sign in, or give your key, to see " +
			"the runs that the server keeps for you.",
			WayOut: "The runs kept on this device are listed below."}
	}
	return nil
}

// knowsWho reports whether the server was asked how users authenticate.
func (s *State) knowsWho() bool { return s.SignIn != nil || s.Past != nil && !s.Past.Looking }

// takeCorrection applies a correction that the worker has kept.
func (s *State) takeCorrection(c *message.Correction) {
	s.Correction = c
	if w := s.Whole; w != nil && w.Row.Row == c.Row {
		whole := *w
		whole.Row.Corrected, whole.Same = c.Sentiment, c.Reviews
		s.Whole = &whole
	}
	s.takeCorrected(c.Corrected)
}

func (s *State) takeCorrected(c *message.Corrected) {
	if s.Progress != nil {
		p := *s.Progress
		p.Summary.Corrected = c
		s.Progress = &p
	}
}

// ScoreButton returns the label of the button that starts a run.
func (s *State) ScoreButton() string {
	c := s.Count
	switch {
	case c == nil:
		return "Score the reviews"
	case !c.Done:
		return "Counting… " + format.Number(c.Rows) + " rows so far"
	}
	text := "Score " + format.Plural(s.ToScore(), "review", "reviews")
	if c.Seconds > 0 && !s.Moving { // where it takes a different time
		seconds := c.Seconds
		if s.WantsTopics() {
			seconds *= message.TopicsCost
		}
		text += ", " + format.About(seconds)
	}
	if c.Price > 0 && s.Where != message.OnDevice {
		text += ", " + format.Dollars(c.Price)
	}
	return text
}

// Title returns the title of the browser's tab.
func (s *State) Title() string {
	const name = "Reviewlens"
	switch p := s.Progress; {
	case s.Screen == ScreenHistory:
		return "History · " + name
	case s.Screen == ScreenRun && s.PastRun != nil:
		return s.PastRun.Name + " · " + name
	case s.File == "":
		return name
	case s.Running() && p.Rows > 0:
		return strconv.Itoa(100*p.Done/p.Rows) + "% · " + s.File
	case p != nil && p.State == message.Finished && p.Summary.Scored > p.Summary.Unread:
		if sum := s.Shown(); s.IsFiltered() && !s.Stale() && sum.Scored > sum.Unread {
			return format.Percent(sum.Share.Share) + " positive · " + s.Only() + " · " + s.File
		}
		return format.Percent(p.Summary.Share.Share) + " positive · " + s.File
	}
	return s.File + " · " + name
}

// Runs returns the runs that are listed.
func (s *State) Runs() (runs []message.PastRun) {
	if s.Past == nil {
		return nil
	}
	for _, r := range s.Past.Runs {
		if strings.Contains(strings.ToLower(r.Name), strings.ToLower(s.NameFilter)) {
			runs = append(runs, r)
		}
	}
	return runs
}
