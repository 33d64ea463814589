package state

import (
	"strconv"
	"strings"
	"testing"

	"reviewlens/api/wire"
	"reviewlens/app/message"
)

func previewOf(header ...string) *message.Preview {
	return &message.Preview{Header: header, Width: len(header),
		Dialect: message.Dialect{Encoding: "utf-8", Delimiter: ",", Header: true},
		Columns: message.Columns{Text: 0, Title: -1, Stars: -1, Date: -1, Product: -1, ID: -1}}
}

// Files are scored one after the other; one that cannot be read, one that stops and one without a
// text do not stop the others.
func TestQueue(t *testing.T) {
	q := NewQueue([]string{"a.csv", "b.csv", "torn.csv", "empty.csv", "away.csv", "c.csv"})
	s := &State{Queue: q, HasTopics: true, Preview: previewOf("id", "review", "stars")}
	s.Preview.Columns.Text, s.Preview.Columns.Stars = 1, 2 // chosen by the reader
	q.NoteReading(s)
	q.Running = true
	var done []string
	tell := func(e message.Event) (*message.Command, int) {
		t.Helper()
		s.Apply(e)
		do, open := q.Step(s, e)
		if do != nil {
			if do.Topics != (do.Name == message.Start) {
				t.Errorf("%s: topics are looked for: %v", do.Name, do.Topics)
			}
			done = append(done, q.Files[q.At].Name+" "+do.Name)
		}
		if open >= 0 {
			q.Open(open)
			s.OpenFile(q.Files[open].Name)
		}
		return do, open
	}
	preview := func(p *message.Preview) (*message.Command, int) {
		return tell(message.Event{Name: message.EventPreview, Preview: p})
	}
	count := func(rows, empty int) (*message.Command, int) {
		return tell(message.Event{Name: message.EventCount,
			Count: &message.Count{Done: true, Rows: rows, Empty: empty}})
	}
	progress := func(state string, positive int) (*message.Command, int) {
		return tell(message.Event{Name: message.EventProgress,
			Progress: &message.Progress{State: state, Rows: 3, Done: 3,
				Run:     "r" + q.Files[q.At].Name,
				Summary: message.Summary{Figures: wire.Figures{Scored: 3, Positive: positive}},
				Problem: &message.Problem{Detail: "The server has gone."}}})
	}
	q.Files[0].begin()
	progress(message.Running, 0)
	if _, open := progress(message.Finished, 2); open != 1 {
		t.Fatalf("after the first, %d is opened", open)
	}

	// Late events of the previous file are ignored.
	for _, tellLate := range []func(){func() { count(3, 0) },
		func() { progress(message.Finished, 1) }} {
		if tellLate(); q.Files[1].Stage != Scoring || len(done) > 0 {
			t.Fatalf("b.csv is %s before it is open; the worker was told %v",
				q.Files[1].Stage, done)
		}
	}

	// The next has the same columns in another order.
	do, _ := preview(previewOf("stars", "review", "id"))
	if do == nil || do.Name != message.Interpret || do.Columns.Text != 1 || do.Columns.Stars != 0 ||
		do.Dialect != nil {
		t.Fatalf("b.csv: %+v", do)
	}
	if do, _ := count(3, 0); do != nil {
		t.Error("b.csv is started as it was read at first")
	}
	again := previewOf("stars", "review", "id")
	again.Columns = *do.Columns
	preview(again)
	count(3, 0)
	if do, _ := count(3, 0); do != nil { // the count is sent again when the speed is known
		t.Error("b.csv is started twice")
	}
	progress(message.Finished, 1)

	if _, open := tell(message.Event{Name: message.EventProblem,
		Problem: &message.Problem{About: message.AboutFile, Detail: "It is torn."}}); open != 3 {
		t.Errorf("after one that cannot be read, %d is opened", open)
	}
	preview(previewOf("review", "x"))
	if _, open := count(4, 4); open != 4 {
		t.Errorf("after one without a text, %d is opened", open)
	}
	preview(previewOf("review"))
	count(3, 0)
	if _, open := progress(message.Broken, 0); open != 5 {
		t.Errorf("after one that stopped, %d is opened", open)
	}
	if _, open := preview(previewOf("opinion", "id")); open != -1 || q.Running {
		t.Errorf("after the last, %d is opened", open)
	}
	if got, want := strings.Join(done, ", "), "b.csv interpret, b.csv start, "+
		"away.csv start"; got != want {
		t.Errorf("the worker was told %q, want %q", got, want)
	}
	var texts []string
	for _, f := range q.Files {
		texts = append(texts, f.Name+": "+f.Stage+" "+f.Detail)
	}
	want := `a.csv: scored 
b.csv: scored 
torn.csv: failed It is torn
empty.csv: failed No row has a text
away.csv: failed The server has gone
c.csv: failed It has no column “review”, where a.csv has its reviews. Open it by itself`
	if got := strings.Join(texts, "\n"); got != want {
		t.Errorf("the queue:\n%s\nwant\n%s", got, want)
	}
	if q.Files[1].Summary.Positive != 1 || q.Files[4].Run != "raway.csv" {
		t.Errorf("%+v", q.Files)
	}
}

// A queue that is held before a file is being scored waits there for the user, and reads the file
// again when continued; once the file is scored, its run is what ends.
func TestQueueIsHeld(t *testing.T) {
	q := NewQueue([]string{"a.csv", "b.csv", "c.csv"})
	s := &State{Queue: q, Preview: previewOf("id", "review")}
	s.Preview.Columns.Text = 1
	tell := func(e message.Event) (*message.Command, int) {
		s.Apply(e)
		return q.Step(s, e)
	}
	counted := message.Event{Name: message.EventCount, Count: &message.Count{Done: true, Rows: 3}}
	preview := message.Event{Name: message.EventPreview, Preview: previewOf("review", "id")}
	q.NoteReading(s)
	q.Start(s)
	if q.StopBeforeRun(s) {
		t.Error("the first is being scored")
	}
	tell(message.Event{Name: message.EventProgress,
		Progress: &message.Progress{State: message.Finished, Run: "ra"}})
	for name, before := range map[string]func(){"opened": func() {}, "counted": func() {
		tell(preview)
	}} {
		q.Running = true
		q.Open(1)
		s.OpenFile("b.csv")
		before()
		s.Progress = &message.Progress{State: message.Running}
		if !q.StopBeforeRun(s) || s.Progress != nil || q.Files[0].Stage != Scored ||
			q.Button() != "Score 2 files" {
			t.Errorf("while it is %s: %+v, %q", name, q.Files, q.Button())
		}
		tell(preview)
		if do, open := tell(counted); do != nil || open >= 0 || q.StopBeforeRun(s) {
			t.Errorf("while it is %s: it goes on with %+v, %d", name, do, open)
		}
	}
	q.Running = true
	q.Open(1)
	s.OpenFile("b.csv")
	preview.Preview = previewOf("id", "review")
	do, _ := tell(preview)
	if do == nil || do.Name != message.Interpret || do.Columns.Text != 1 {
		t.Fatalf("it is not read like the first: %+v", do)
	}
	preview.Preview.Columns = *do.Columns
	tell(preview)
	if do, _ := tell(counted); do == nil || do.Name != message.Start || q.StopBeforeRun(s) {
		t.Errorf("it is not scored: %+v", do)
	}
}

// A file at which a queue is held is read like the first, once: then as the user chooses.
func TestQueueIsHeldAtAFileLikeTheFirst(t *testing.T) {
	for name, opened := range map[string]bool{"as it is opened": false, "once it is open": true} {
		t.Run(name, func(t *testing.T) {
			q := NewQueue([]string{"a.csv", "b.csv"})
			s := &State{Queue: q, Preview: previewOf("review", "comment"),
				CellSettings: message.CellSettings{Order: message.DayFirst}}
			s.Preview.Columns.Text = 1
			tell := func(e message.Event) (*message.Command, int) {
				s.Apply(e)
				return q.Step(s, e)
			}
			preview := func(text int) (*message.Command, int) {
				p := previewOf("id", "review", "comment")
				p.Columns.Text = text
				return tell(message.Event{Name: message.EventPreview, Preview: p})
			}
			like := func(do *message.Command) {
				t.Helper()
				if do == nil || do.Name != message.Interpret || do.Columns.Text != 2 ||
					do.Cells == nil || do.Cells.Order != message.DayFirst {
					t.Fatalf("it is not read like the first: %+v", do)
				}
			}
			q.Start(s)
			tell(message.Event{Name: message.EventProgress,
				Progress: &message.Progress{State: message.Finished, Run: "ra"}})
			q.Open(1)
			s.OpenFile("b.csv")
			if opened {
				do, _ := preview(1)
				like(do)
			}
			if !q.StopBeforeRun(s) {
				t.Fatal("it is not held")
			}
			if !opened {
				do, _ := preview(1)
				like(do)
			}
			if do, _ := preview(2); do != nil {
				t.Errorf("it is read once more: %+v", do)
			}
			if q.Start(s); q.Files[1].Columns == nil || q.Files[1].Columns.Text != 2 {
				t.Errorf("it is scored as it was guessed: %+v", q.Files[1].Columns)
			}

			// Held again, with other settings, it is read with those.
			q.Files[1] = Queued{Name: "b.csv", Stage: Waiting}
			q.Running = true
			q.Open(1)
			s.OpenFile("b.csv")
			preview(1)
			preview(2)
			q.StopBeforeRun(s)
			s.ColumnsChosen = true
			if do, _ := preview(1); do != nil {
				t.Errorf("what a person says of it is undone: %+v", do)
			}
			if q.Start(s); q.Files[1].Columns.Text != 1 {
				t.Errorf("it is scored otherwise than it was told: %+v", q.Files[1].Columns)
			}
		})
	}
}

// A queue that is paused before a file is being scored still reads it, and its run begins paused,
// unless the user continues before that.
func TestQueueIsPaused(t *testing.T) {
	for name, tt := range map[string]struct {
		on, halted bool
		open       string
	}{"paused": {false, true, "c.csv"}, "gone on with": {true, false, "c.csv"},
		"one that fails is between": {false, true, "torn.csv"}} {
		t.Run(name, func(t *testing.T) {
			q := NewQueue([]string{"a.csv", tt.open, "c.csv"})
			s := &State{Queue: q, Preview: previewOf("review")}
			tell := func(e message.Event) (*message.Command, int) {
				s.Apply(e)
				return q.Step(s, e)
			}
			q.Start(s)
			if s.Progress = q.PendingProgress(); q.Pause(s) || !s.Running() {
				t.Error("the first is being scored")
			}
			tell(message.Event{Name: message.EventProgress,
				Progress: &message.Progress{State: message.Finished, Run: "ra"}})
			q.Open(1)
			s.OpenFile(tt.open)
			if s.Progress = q.PendingProgress(); !q.Pause(s) || !s.Paused() || !q.Running {
				t.Fatalf("it is not paused: %+v", s.Progress)
			}
			if tt.open == "torn.csv" {
				_, next := tell(message.Event{Name: message.EventProblem,
					Problem: &message.Problem{About: message.AboutFile, Detail: "It is torn."}})
				q.Open(next)
				s.OpenFile("c.csv")
				if s.Progress = q.PendingProgress(); !s.Paused() {
					t.Error("the next goes on")
				}
			}
			if tt.on && !q.Continue() {
				t.Error("its run is begun, though it is not open")
			}
			tell(message.Event{Name: message.EventPreview, Preview: previewOf("review")})
			do, _ := tell(message.Event{Name: message.EventCount,
				Count: &message.Count{Done: true, Rows: 3}})
			if do == nil || do.Name != message.Start || do.Halted != tt.halted {
				t.Fatalf("the worker is told %+v", do)
			}
			if q.Pause(s) || q.Continue() {
				t.Error("its run, which is begun, is not the worker's")
			}
		})
	}
}

// A file that failed and is read in another way is scored while it is open, also once no other
// waits; the waiting files have their turn after it.
func TestQueueReadsAFailedFileAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		others []string // stages of those before and after the one that failed
		button string
		next   int
	}{
		"all others are scored": {[]string{Scored, Scored}, "Score 1 file", -1},
		"one waits":             {[]string{Scored, Waiting}, "Score 2 files", 2},
	} {
		t.Run(name, func(t *testing.T) {
			q := NewQueue([]string{"a.csv", "empty.csv", "c.csv"})
			for i, stage := range []string{tt.others[0], Failed, tt.others[1]} {
				f := &q.Files[i]
				f.Stage, f.readingSent, f.started = stage, stage != Waiting, stage == Scored
			}
			q.At, q.Files[1].Detail = 1, "No row has a text"
			s := &State{Queue: q}
			s.OpenFile("empty.csv")
			s.Apply(message.Event{Name: message.EventPreview, Preview: previewOf("id", "review")})
			if text := q.Button(); text != tt.button {
				t.Errorf("button = %q, want %q", text, tt.button)
			}
			if open := q.Start(s); open != -1 || !q.Running || q.Files[1].Stage != Scoring ||
				q.Files[1].Detail != "" {
				t.Fatalf("%d is opened, %+v", open, q)
			}
			_, open := q.Step(s, message.Event{Name: message.EventProgress,
				Progress: &message.Progress{State: message.Finished}})
			if open != tt.next || q.Files[1].Stage != Scored || q.Running != (tt.next >= 0) {
				t.Errorf("%d is opened after it, want %d: %+v", open, tt.next, q)
			}
		})
	}
}

// If each file is previewed, they are scored in order after the last; leaving one out then opens no
// file that was previewed or scored before.
func TestQueueIsLookedAt(t *testing.T) {
	q := NewQueue([]string{"a.csv", "b.csv", "c.csv"})
	q.Same = false
	s := &State{Queue: q, Preview: previewOf("review")}
	if open := q.Start(s); open != 1 || q.Running {
		t.Fatalf("%d is opened after the first", open)
	}
	q.At = 1
	if open := q.LeaveOut(); open != 2 || q.Running {
		t.Fatalf("%d is opened after the one that is left out", open)
	}
	if q.At = 2; q.Button() != "Score 2 files" {
		t.Errorf("button = %q", q.Button())
	}
	if open := q.Start(s); open != 0 || !q.Running {
		t.Fatalf("%d is opened to be scored", open)
	}
	q.Files[0].Stage, q.Files[2].Stage, q.At, q.Running = Scored, Scored, 1, false
	if open := q.LeaveOut(); open != -1 || q.Running || q.FirstScored() != 0 {
		t.Errorf("%d is opened where all are scored: %+v", open, q)
	}
}

// Cancelling stops the queue until the user continues; a correction is recorded for the open file.
func TestQueueCancelled(t *testing.T) {
	q := NewQueue([]string{"a.csv", "b.csv"})
	s := &State{Queue: q}
	q.Running, q.Files[0].Stage, q.Files[0].started = true, Scoring, true
	if _, open := q.Step(s,
		message.Event{Name: message.EventProgress,
			Progress: &message.Progress{State: message.Cancelled}}); open != -1 || q.Running ||
		q.Next() != 1 {
		t.Errorf("%+v, %d is opened", q, open)
	}
	q.Files[0].Summary = &message.Summary{}
	q.Step(s, message.Event{Name: message.EventCorrection,
		Correction: &message.Correction{Corrected: &message.Corrected{Reviews: 2}}})
	if q.Files[0].Summary.Corrected == nil {
		t.Error("the correction is not noted")
	}
	if text := NewQueue([]string{"a", "b", "c"}).Button(); text != "Score 3 files" {
		t.Errorf("button = %q", text)
	}
	one := NewQueue([]string{"a", "b"})
	if one.Same = false; one.Button() != "Next file" {
		t.Errorf("button = %q", one.Button())
	}
}

// A file that was cancelled, or whose run stopped, counts as being scored while the user continues
// it, and as scored at its end. The others keep waiting.
func TestQueueGoesOnWithOneFile(t *testing.T) {
	q := NewQueue([]string{"a.csv", "b.csv"})
	s := &State{Queue: q}
	tell := func(p message.Progress) {
		t.Helper()
		p.Run = "r"
		e := message.Event{Name: message.EventProgress, Progress: &p}
		s.Apply(e)
		if do, open := q.Step(s, e); do != nil || open != -1 || q.Running {
			t.Errorf("%s: the worker is told %v, %d is opened: %+v", p.State, do, open, q)
		}
	}
	was := func(stage, text string) {
		t.Helper()
		if f := q.Files[0]; f.Stage != stage || f.Text() != text {
			t.Errorf("it is %s, %q, want %s, %q", f.Stage, f.Text(), stage, text)
		}
	}
	q.Files[0] = Queued{Name: "a.csv", Stage: Failed, Detail: "cancelled", Run: "r",
		readingSent: true,
		started:     true}
	s.OpenFile("a.csv")
	scored := message.Summary{Figures: wire.Figures{Scored: 4, Unread: 1,
		Share: wire.Interval{Share: 0.5, Low: 0.4, High: 0.6}}}
	tell(message.Progress{State: message.Finished, Rows: 9, Summary: scored})
	was(Failed, "cancelled") // a late event of another file

	s.Apply(message.Event{Name: message.EventPreview, Preview: previewOf("review")})
	tell(message.Progress{State: message.Running, Rows: 4, Done: 1})
	was(Scoring, "1 of 4")
	tell(message.Progress{State: message.Broken, Rows: 4, Done: 1,
		Problem: &message.Problem{Detail: "It broke."}})
	was(Failed, "It broke")
	q.Continue()
	was(Scoring, "1 of 4")
	tell(message.Progress{State: message.Paused, Rows: 4, Done: 2})
	was(Scoring, "2 of 4")
	q.Open(1)
	was(Failed, "stopped")
	q.Open(0)
	tell(message.Progress{State: message.Finished, Rows: 4, Done: 4, Summary: scored})
	was(Scored, "3 reviews, 50% positive (40% to 60%)")
	tell(message.Progress{State: message.Running, Rows: 4}) // for its topics
	was(Scored, "3 reviews, 50% positive (40% to 60%)")
	if q.Next() != 1 {
		t.Errorf("the next is %d", q.Next())
	}
}

// The reader's changes to the first file's dialect apply to the next ones, and nothing else of it:
// each has its own lines above the table, and its own end.
func TestQueueDialect(t *testing.T) {
	first := previewOf("id", "review")
	first.Columns.Text, first.Dialect.Until, first.Dialect.Width = 1, 5000, 2
	q := NewQueue([]string{"a.csv", "b.csv"})
	s := &State{Queue: q}
	read := func(change func(*message.Dialect)) {
		t.Helper()
		s.OpenFile("a.csv")
		p := *first
		s.Apply(message.Event{Name: message.EventPreview, Preview: &p})
		s.DialectChosen = true
		corrected := p
		change(&corrected.Dialect)
		s.Apply(message.Event{Name: message.EventPreview, Preview: &corrected})
		q.NoteReading(s)
	}
	next := func() message.Dialect {
		t.Helper()
		p := previewOf("id", "review")
		p.Columns.Text, p.Dialect.Until, p.Dialect.Preamble = 1, 90, 2
		q.Files[1] = Queued{Name: "b.csv", Stage: Waiting}
		do, why := q.reading(1, q.first, p)
		if why != "" {
			t.Fatal(why)
		}
		if do == nil || do.Dialect == nil {
			return p.Dialect
		}
		return *do.Dialect
	}

	read(func(d *message.Dialect) { d.HeaderRows, d.NamesRow = 2, 1 })
	if d := next(); d.HeaderRows != 2 || d.NamesRow != 1 || d.Until != 90 || d.Preamble != 2 {
		t.Errorf("two rows of headings: %+v", d)
	}
	read(func(d *message.Dialect) { d.Preamble = 4 })
	if d := next(); d.Preamble != 4 || d.Until != 90 || d.Delimiter != "," {
		t.Errorf("four lines above the table: %+v", d)
	}
	read(func(d *message.Dialect) { d.Encoding, d.Quoted = "windows-1252", true })
	if d := next(); d.Encoding != "windows-1252" || !d.Quoted || d.Preamble != 2 {
		t.Errorf("another encoding: %+v", d)
	}
}

// In a file that is read like the first, a role whose column it lacks keeps its guess, and its line
// says so; without a column of text it is not scored.
func TestQueueLacksAColumn(t *testing.T) {
	like := func(texts []int, title, stars, date int) message.Columns {
		c := message.Columns{Title: title, Stars: stars, Date: date, Product: -1, ID: -1}
		c.SetTexts(texts)
		return c
	}
	wide := make([]string, message.MaxColumns)
	for i := range wide {
		wide[i] = "c" + strconv.Itoa(i)
	}
	tooWide := func(width int) *message.Preview {
		p := previewOf(wide...)
		p.Width = width
		return p
	}
	other := previewOf("review", "stars", "day", "x")
	other.Columns = like([]int{0}, -1, 1, 2)
	for name, tt := range map[string]struct {
		first   *message.Preview
		columns message.Columns
		p       *message.Preview
		want    message.Columns
		note    string
		why     string // prefix
	}{
		"stars under another name, and a date": {previewOf("review", "rating", "date"),
			like([]int{0}, -1, 1, 2), other, other.Columns, "no column “rating”, “stars” is read " +
				"for it; no column “date”, “day” is read for it", ""},
		"its guess is taken": {previewOf("review", "day", "rating"),
			like([]int{0}, 1, 2, -1), other, like([]int{0}, 2, 1, -1),
			"no column “rating”, “stars” is read for it", ""},
		"no guess": {previewOf("review", "title"), like([]int{0}, 1, -1, -1), other,
			like([]int{0}, -1, -1, -1), "no column “title”", ""},
		"a third text": {previewOf("review", "x", "y"), like([]int{0, 1, 2}, -1, -1, -1), other,
			message.Columns{}, "", "It has no column “y”"},
		"a second text": {previewOf("review", "y", "x"), like([]int{0, 1, 2}, -1, -1, -1), other,
			message.Columns{}, "", "It has no column “y”"},
		"columns that have no name here": {tooWide(120), like([]int{0, 117}, -1, -1, 118),
			tooWide(120), like([]int{0, 117}, -1, -1, 118), "", ""},
		"of another file": {tooWide(120), like([]int{0}, -1, -1, 117), tooWide(130),
			like([]int{0}, -1, -1, -1), "no column “Column 118”", ""},
		"a text of another file": {tooWide(120), like([]int{0, 1, 117}, -1, -1, -1),
			tooWide(130), message.Columns{}, "", "It has no column “Column 118”"},
	} {
		t.Run(name, func(t *testing.T) {
			q := NewQueue([]string{"a.csv", "b.csv"})
			q.Files[0].Columns = &tt.columns
			do, why := q.reading(1, tt.first, tt.p)
			if tt.why != "" {
				if !strings.HasPrefix(why, tt.why) {
					t.Errorf("why = %q, want %q", why, tt.why)
				}
				return
			}
			c := &tt.p.Columns
			if do != nil {
				c = do.Columns
			}
			if why != "" || !c.Equal(tt.want) {
				t.Errorf("it is read as %+v, %q, want %+v", *c, why, tt.want)
			}
			f := &q.Files[1]
			f.Stage, f.Summary = Scored, &message.Summary{Figures: wire.Figures{Scored: 3}}
			if f.Note != tt.note || !strings.HasSuffix(f.Text(), tt.note) {
				t.Errorf("its line is %q, want the note %q", f.Text(), tt.note)
			}
		})
	}
}
