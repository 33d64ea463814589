package state

import (
	"reflect"
	"slices"
	"strings"

	"reviewlens/app/format"
	"reviewlens/app/message"
)

// Queue is a set of files that were opened together. First their previews are confirmed: only the
// first one's if the others are read the same way (Same), else each in turn. Then they are scored
// one by one (Running). A failed file does not stop the others.
type Queue struct {
	Files   []Queued
	At      int // the file that is open
	Running bool
	Same    bool

	halted bool // it was paused before the scoring of the open file began
	first  *message.Preview
}

// Queued is a file of a Queue.
type Queued struct {
	Name    string
	Stage   string
	Dialect *message.Dialect // chosen by the reader; nil for the guessed one
	Guess   message.Dialect  // guessed for a file with a Dialect
	Columns *message.Columns
	Cells   *message.CellSettings
	Detail  string // why it failed
	Note    string // columns of the first file that it lacks, if it is read like that one

	Rows, Done int
	Run        string           // its ID on this device
	Summary    *message.Summary // once it is scored

	readingSent, rereading, started bool
}

// Stages of a Queued file.
const (
	Waiting = "waiting"
	Scoring = "scoring"
	Scored  = "scored"
	Failed  = "failed"
)

// NewQueue returns a queue of files with the given names.
func NewQueue(names []string) *Queue {
	q := &Queue{Same: true}
	for _, name := range names {
		q.Files = append(q.Files, Queued{Name: name, Stage: Waiting})
	}
	return q
}

// Next returns the first file that waits, -1 if none does.
func (q *Queue) Next() int {
	return slices.IndexFunc(q.Files, func(f Queued) bool { return f.Stage == Waiting })
}

// UnsavedFiles returns the files that a reload would lose: a file is kept once its run has begun.
func (q *Queue) UnsavedFiles() (names []string) {
	for _, f := range q.Files {
		if f.Stage == Waiting || f.Stage == Scoring && f.Run == "" {
			names = append(names, f.Name)
		}
	}
	return names
}

// nextPreview returns the next file to be previewed before any is scored, -1 if there is none.
func (q *Queue) nextPreview() int {
	for i := q.At + 1; i < len(q.Files) && !q.Same; i++ {
		if f := q.Files[i]; f.Stage == Waiting && f.Columns == nil {
			return i
		}
	}
	return -1
}

// Start confirms the preview of the open file. It returns the index of the file to open next (to
// preview or, if Running, to score), or -1 if the open file itself is to be scored now: when it is
// next, or when it has been tried before and is read differently now.
func (q *Queue) Start(s *State) int {
	q.NoteReading(s)
	f := &q.Files[q.At]
	if next := q.nextPreview(); next >= 0 {
		*f = Queued{Name: f.Name, Stage: Waiting, Dialect: f.Dialect, Guess: f.Guess,
			Columns: f.Columns, Cells: f.Cells}
		return next
	}
	q.Running, q.halted = true, false
	if next := q.Next(); f.Stage == Waiting && next != q.At {
		return next
	}
	f.begin()
	return -1
}

// LeaveOut skips the open file. It returns the file to open next, as Start does; -1 if there is
// none.
func (q *Queue) LeaveOut() int {
	f := &q.Files[q.At]
	f.Stage, f.Detail = Failed, "left out"
	if q.At == 0 {
		q.Same = false // the first file no longer serves as the pattern
	}
	if next := q.nextPreview(); next >= 0 {
		return next
	}
	next := q.Next()
	q.Running = next >= 0
	return next
}

// Open records that file i is open from now on: to be previewed or returned to, or, if the queue is
// Going, to be scored. It stops the activity on any other file.
func (q *Queue) Open(i int) {
	if f := &q.Files[q.At]; i != q.At && f.Stage == Scoring {
		f.Stage, f.Detail = Failed, "stopped"
	}
	q.At = i
	f := &q.Files[i]
	if q.Running {
		f.Stage = Scoring
	}
	if q.Running || f.Stage == Waiting {
		f.readingSent, f.rereading = false, false
	}
}

// Continue records that the user continues with the open file. It reports whether its run is yet to
// begin: Step begins it.
func (q *Queue) Continue() (yet bool) {
	f := &q.Files[q.At]
	if f.Stage == Failed {
		f.Stage, f.Detail = Scoring, ""
	}
	q.halted = false
	return q.Running && !f.started
}

// Pause makes the run of the open file begin paused, and reports whether it is yet to begin.
func (q *Queue) Pause(s *State) bool {
	if !q.Running || q.Files[q.At].started {
		return false
	}
	q.halted = true
	s.Progress = q.PendingProgress()
	return true
}

// PendingProgress returns the progress of an open file whose run the queue has yet to begin.
func (q *Queue) PendingProgress() *message.Progress {
	if q.halted {
		return &message.Progress{State: message.Paused}
	}
	return &message.Progress{State: message.Running}
}

// StopBeforeRun pauses the queue if the open file is not being scored yet (so there is no run to
// cancel), and reports whether it did.
func (q *Queue) StopBeforeRun(s *State) bool {
	f := &q.Files[q.At]
	if !q.Running || f.started {
		return false
	}
	q.Running, q.halted, s.Progress = false, false, nil
	f.Stage = Waiting
	return true
}

// FirstScored returns a file that was scored, -1 if there is none.
func (q *Queue) FirstScored() int {
	return slices.IndexFunc(q.Files, func(f Queued) bool { return f.Stage == Scored })
}

// ReopenIndex returns a file whose results can be shown again instead of the open one, which has
// none; -1 if there is none.
func (q *Queue) ReopenIndex() int {
	if q.Running || q.Files[q.At].Stage == Scored {
		return -1
	}
	return slices.IndexFunc(q.Files, func(f Queued) bool {
		return f.Stage == Scored && f.Run != ""
	})
}

// begin records that a file is being scored as it was previewed.
func (f *Queued) begin() {
	f.Stage, f.Detail, f.Note, f.Summary = Scoring, "", "", nil
	f.readingSent, f.started = true, true
}

// NoteReading records how the open file is to be read, if it could be opened.
func (q *Queue) NoteReading(s *State) {
	if q.At == 0 {
		q.first = s.Preview
	}
	if s.Preview == nil {
		return
	}
	f := &q.Files[q.At]
	c := s.Preview.Columns
	f.Columns = &c
	if d := s.Preview.Dialect; s.DialectChosen {
		f.Dialect, f.Guess = &d, s.Guess
	}
	if cells := s.CellSettings; cells != (message.CellSettings{}) {
		f.Cells = &cells
	}
}

// reading returns the command to read file i differently than it was, nil if it can stay so; why is
// the reason if it cannot be read as it should.
func (q *Queue) reading(i int, first *message.Preview, p *message.Preview) (do *message.Command,
	why string) {
	f := q.Files[i]
	if f.Columns == nil && i > 0 && q.Same { // like the first: by the names of its columns
		columns, note, lacks := likeFirst(*q.Files[0].Columns, first, p)
		if lacks != "" {
			return nil, "It has no column “" + lacks + "”, where " + q.Files[0].Name +
				" has its reviews. Open it by itself."
		}
		f.Columns, f.Cells, q.Files[i].Note = &columns, q.Files[0].Cells, note
		if chosen := q.Files[0].Dialect; chosen != nil {
			d := withChanges(p.Dialect, q.Files[0].Guess, *chosen)
			f.Dialect = &d
		}
	}
	do = &message.Command{Name: message.Interpret, Cells: f.Cells}
	if f.Columns != nil && !f.Columns.Equal(p.Columns) {
		do.Columns = f.Columns
	}
	if f.Dialect != nil && !reflect.DeepEqual(*f.Dialect, p.Dialect) {
		do.Dialect = f.Dialect
	}
	if do.Columns == nil && do.Dialect == nil && do.Cells == nil {
		return nil, ""
	}
	do.Columns = f.Columns // else they would be guessed again
	return do, ""
}

// readHeld returns the command to read the file at which the queue was held before it could be read
// as it should; the settings then count as the user's.
func (q *Queue) readHeld(s *State) *message.Command {
	f := &q.Files[q.At]
	if f.Stage != Waiting || f.readingSent {
		return nil
	}
	f.readingSent = true
	do, _ := q.reading(q.At, q.first, s.Preview) // the screen shows what it lacks
	if do == nil {
		return nil
	}
	s.ColumnsChosen = s.ColumnsChosen || do.Columns != nil
	s.DialectChosen = s.DialectChosen || do.Dialect != nil
	if do.Cells != nil {
		s.CellSettings = *do.Cells
	}
	return do
}

// likeFirst maps the column roles of the first file to p by column name. A role whose column p
// lacks keeps its guessed column, unless that has another role; note says so. lacks is the name of
// a text column that p lacks, "" for none.
func likeFirst(like message.Columns, first, p *message.Preview) (c message.Columns, note,
	lacks string) {
	var texts []int
	for _, i := range like.Texts() {
		at := named(first, p, i)
		if at < 0 {
			return c, "", columnName(first, i)
		}
		texts = append(texts, at)
	}
	c.SetTexts(texts)
	roles := func(c *message.Columns) [5]*int {
		return [...]*int{&c.Title, &c.Stars, &c.Date, &c.Product, &c.ID}
	}
	taken := texts
	for k, from := range roles(&like) {
		at := named(first, p, *from)
		*roles(&c)[k] = at
		taken = append(taken, at)
	}
	var notes []string
	for k, from := range roles(&like) {
		role, guess := roles(&c)[k], *roles(&p.Columns)[k]
		if *from < 0 || *role >= 0 {
			continue
		}
		lack := "no column “" + columnName(first, *from) + "”"
		if guess >= 0 && !slices.Contains(taken, guess) {
			*role = guess
			lack += ", “" + columnName(p, guess) + "” is read for it"
		}
		notes = append(notes, lack)
	}
	return c, strings.Join(notes, "; "), ""
}

// named returns the column of p with the name of column i of first; if that has no name, or none
// that is shown, the column in the same position. It is -1 if there is none.
func named(first, p *message.Preview, i int) int {
	names := first.Dialect.Header || first.Dialect.Keys != nil
	switch {
	case i < 0:
	case names && i < len(first.Header):
		return slices.Index(p.Header, first.Header[i])
	case i < p.Width && (!names || p.Width == first.Width):
		return i
	}
	return -1
}

// withChanges applies to d the settings in which told differs from guess, which are the user's
// changes to another file; the rest of that file's dialect does not apply here.
func withChanges(d, guess, chosen message.Dialect) message.Dialect {
	if chosen.Encoding != guess.Encoding {
		d.Encoding, d.BOM = chosen.Encoding, d.BOM && d.Encoding == chosen.Encoding
	}
	change(&d.Delimiter, guess.Delimiter, chosen.Delimiter)
	change(&d.Quoted, guess.Quoted, chosen.Quoted)
	change(&d.DoubleEncoded, guess.DoubleEncoded, chosen.DoubleEncoded)
	change(&d.Preamble, guess.Preamble, chosen.Preamble)
	change(&d.Header, guess.Header, chosen.Header)
	change(&d.HeaderRows, guess.HeaderRows, chosen.HeaderRows)
	change(&d.NamesRow, guess.NamesRow, chosen.NamesRow)
	return d
}

func change[T comparable](v *T, from, to T) {
	if to != from {
		*v = to
	}
}

// Step applies an event of the open file to the queue, after Apply. It returns the command for the
// worker, and the file to open next, -1 for none.
func (q *Queue) Step(s *State, e message.Event) (do *message.Command, open int) {
	f := &q.Files[q.At]
	if e.Name == message.EventCorrection && f.Summary != nil {
		f.Summary.Corrected = e.Correction.Corrected
	}
	if !q.Running {
		// The user continues with it. The scores of a file that was scored stay meanwhile.
		if p := e.Progress; e.Name == message.EventProgress && s.Preview != nil &&
			(f.Stage != Scored || p.State == message.Finished) {
			f.take(p)
		}
		if e.Name == message.EventPreview {
			return q.readHeld(s), -1
		}
		return nil, -1
	}
	if f.Stage != Scoring {
		return nil, -1
	}
	next := func() (*message.Command, int) {
		open := q.Next()
		q.Running = open >= 0
		q.halted = q.halted && q.Running
		return nil, open
	}
	fail := func(why string) (*message.Command, int) {
		f.fail(why)
		return next()
	}
	switch e.Name {
	case message.EventPreview:
		f.rereading = false
		if q.At == 0 {
			q.first = e.Preview
		}
		if f.readingSent {
			break
		}
		f.readingSent = true
		again, why := q.reading(q.At, q.first, e.Preview)
		if why != "" {
			return fail(why)
		}
		// later events of the previous reading are ignored
		f.rereading = again != nil
		return again, -1
	case message.EventCount:
		switch {
		case !f.readingSent: // a late event of the previous file
		case !e.Count.Done || f.rereading || f.started:
		case s.Preview.Columns.Text < 0:
			return fail("It is not clear which column holds the reviews. Open it by itself.")
		case s.ToScore() == 0:
			return fail("No row has a text.")
		default:
			f.started = true
			do = &message.Command{Name: message.Start, Topics: s.WantsTopics(), Halted: q.halted}
			q.halted = false
			return do, -1
		}
	case message.EventProblem:
		if !f.started && e.Problem != nil && e.Problem.About == message.AboutFile {
			return fail(e.Problem.Detail)
		}
	case message.EventProgress:
		if !f.started {
			break
		}
		f.take(e.Progress)
		switch e.Progress.State {
		case message.Finished, message.Broken:
			return next()
		case message.Cancelled: // by the user, who may still want the others
			q.Running = false
		}
	}
	return nil, -1
}

// take records the progress of the file's run.
func (f *Queued) take(p *message.Progress) {
	f.Rows, f.Done, f.Run = p.Rows, p.Done, p.Run
	switch p.State {
	case message.Finished:
		summary := p.Summary
		f.Stage, f.Detail, f.Summary = Scored, "", &summary
	case message.Broken:
		why := "The run stopped."
		if p.Problem != nil {
			why = p.Problem.Detail
		}
		f.fail(why)
	case message.Cancelled:
		f.fail("cancelled")
	default:
		f.Stage, f.Detail = Scoring, ""
	}
}

func (f *Queued) fail(why string) { f.Stage, f.Detail = Failed, strings.TrimSuffix(why, ".") }

// Button returns the label of the button under the preview of one of several files.
func (q *Queue) Button() string {
	if q.nextPreview() >= 0 {
		return "Next file"
	}
	n := 0
	for i, f := range q.Files {
		if f.Stage == Waiting || i == q.At {
			n++
		}
	}
	return "Score " + format.Plural(n, "file", "files")
}

// Text describes the progress of one of the files.
func (f Queued) Text() string {
	switch {
	case f.Stage == Scored && f.Summary.Scored > 0:
		text := format.Feeling(f.Summary.Scored, f.Summary.Unread, f.Summary.Share)
		if f.Note != "" {
			text += "; " + f.Note
		}
		return text
	case f.Stage == Scored:
		return "no review has a score"
	case f.Stage == Failed:
		return f.Detail
	case f.Stage == Scoring && f.Rows > 0:
		return format.Number(f.Done) + " of " + format.Number(f.Rows)
	case f.Stage == Scoring:
		return "opening…"
	}
	return "waits"
}
