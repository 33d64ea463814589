package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"reviewlens/app/journal"
	"reviewlens/app/message"
	"reviewlens/app/worker/scorer"
	"reviewlens/reviews"
)

// savedReading is the settings with which a kept run's file is read.
type savedReading struct {
	Dialect message.Dialect      `json:"dialect"`
	Columns message.Columns      `json:"columns"`
	Cells   message.CellSettings `json:"told,omitzero"`
	Text    string               `json:"text,omitempty"` // file.text
	// file.choices
	Choices []message.Choice `json:"choices,omitempty"`
	UTF8    bool             `json:"utf8,omitempty"` // origin.utf8
}

// restored holds the scores of a kept run by the number of their text, until the survey reaches the
// texts.
type restored list[journal.Score]

func (r *restored) put(s journal.Score) {
	l := (*list[journal.Score])(r)
	if s.Number < 0 || int(s.Number) > 1<<28 {
		return
	}
	if s.Windows == 0 { // the stars of an earlier score
		if int(s.Number) < l.len() {
			if known := l.at(int(s.Number)); known.Number == s.Number && known.Check == s.Check {
				known.Stars = s.Stars
			}
		}
		return
	}
	for l.len() <= int(s.Number) {
		l.add(journal.Score{Number: -1})
	}
	*l.at(int(s.Number)) = s
}

// text returns the state of a text: scored, if the kept run has its score.
func (r *restored) text(number int32, joined []byte) textState {
	l := (*list[journal.Score])(r)
	if int(number) >= l.len() {
		return textState{}
	}
	s := l.at(int(number))
	if s.Number != number || s.Check != journal.Check(joined) {
		return textState{}
	}
	t := textState{positive: s.Positive, windows: s.Windows, state: scored,
		stars: reviews.PackedStars(s.Stars), unread: scorer.Readability(joined)}
	if s.Cut {
		t.state = scoredCut
	}
	return t
}

// spare is the space that must stay free after the copy: a file's log is smaller than the file.
const spare = 16 << 20

// newID returns the ID of a run that begins now.
func newID() string { return strconv.FormatInt(time.Now().UnixMicro(), 36) }

// persist begins the log of f's run, with a copy of the file if there is room, else with its hash.
// It returns nil for a run that cannot be kept, which is scored all the same.
func (w *Worker) persist(ctx context.Context, f *file, e *scorer.Model,
	topics bool) *journal.Log {
	if w.Folder == nil {
		return nil
	}
	w.folderSem <- struct{}{}
	l, err := journal.Reserve(w.Folder, newID())
	<-w.folderSem
	if err != nil {
		return nil
	}
	f.mu.Lock()
	how, err := json.Marshal(savedReading{f.shape(), message.Columns(f.columns), f.cells, f.text,
		f.choices, f.from.utf8})
	h := journal.Head{File: f.name, Bytes: f.source.Size(), Model: e.ID, Join: e.Join, Reading: how,
		Rows: f.rows.len(), Texts: f.texts.len(), Topics: topics}
	if f.text != "" {
		h.Group = f.group
	}
	f.mu.Unlock()
	if _, free := w.Folder.Space(); err == nil && free > h.Bytes+spare {
		h.Copied = w.copyFile(ctx, l, f.source) == nil
	}
	if err == nil && !h.Copied {
		err = w.Folder.Remove(l.Head.ID + ".file")
		if err == nil {
			h.Sum, err = w.sum(ctx, f.source)
		}
	}
	if err == nil {
		err = l.Begin(h)
	}
	if err != nil {
		l.Remove()
		return nil
	}
	return l
}

func (w *Worker) copyFile(ctx context.Context, l *journal.Log, from Source) (err error) {
	to, err := l.Copy()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	if err := w.each(ctx, from,
		func(b []byte, at int64) error { _, err := to.WriteAt(b, at); return err }); err != nil {
		return err
	}
	return to.Flush()
}

// sum returns a digest of the digests of a file's chunks, because the browser's digest function
// needs all of its input in memory.
func (w *Worker) sum(ctx context.Context, from Source) (string, error) {
	if w.Digest == nil {
		return "", errors.New("this browser gives no digests here")
	}
	var sums []byte
	err := w.each(ctx, from, func(b []byte, _ int64) error {
		sum, err := w.Digest(b)
		sums = append(sums, sum...)
		return err
	})
	if err != nil {
		return "", err
	}
	return w.Digest(sums)
}

// each reads a file from its beginning to its end.
func (w *Worker) each(ctx context.Context, from Source, do func(b []byte, at int64) error) error {
	b := make([]byte, 256<<10)
	for at := int64(0); at < from.Size(); {
		n, err := from.ReadAt(b[:min(int64(len(b)), from.Size()-at)], at)
		if err == io.EOF && at+int64(n) == from.Size() {
			err = nil
		}
		if err == nil {
			err = do(b[:n], at)
		}
		if err == nil {
			err = w.yield(ctx)
		}
		if err != nil {
			return err
		}
		at += int64(n)
	}
	return nil
}

// logScores logs the scores of a job, and its mentions. A log that can take no more (over quota) is
// given up; the run continues.
func (f *file) logScores(j job, answers []scorer.Answer, mentions []journal.Mention) {
	f.mu.Lock()
	l := f.log
	f.mu.Unlock()
	if l == nil {
		return
	}
	var scores []journal.Score
	for k, number := range j.texts {
		if answers[k].Err == "" {
			scores = append(scores, journal.Score{
				Number: number, Check: journal.Check(j.words[k]), Positive: answers[k].Positive,
				Windows: uint16(len(j.windows[k])), Cut: j.cut[k],
				Stars: uint16(answers[k].Stars),
			})
		}
	}
	if l.Append(scores) != nil || l.Mention(mentions) != nil {
		f.mu.Lock()
		f.giveUpLog()
		f.mu.Unlock()
	}
}

// giveUpLog closes a log that can take no more. f.mu is held.
func (f *file) giveUpLog() {
	f.unkept = true
	if f.log != nil {
		f.log.Close()
	}
}

// ending is the fate of a run when its file is closed.
type ending uint8

const (
	// a finished run is deleted, unless a reader has corrected it; others are kept
	dismissed ending = iota
	// the run is deleted, finished or not, unless a reader has corrected it
	forgotten
	keptOpen // the run is kept, to be opened again
)

// release closes the kept run of f, which is no longer open, or deletes it.
func (w *Worker) release(f *file, what ending) {
	if f == nil {
		return
	}
	f.mu.Lock()
	l, done := f.log, f.aggregate != nil && f.aggregate.sums.Rows == f.rows.len()
	corrected := len(f.corrections) > 0 || !f.surveyed && len(f.savedCorrections) > 0
	f.log = nil
	source, ours := f.source.(*copied)
	f.mu.Unlock()
	if ours {
		source.Close()
	}
	switch {
	case l == nil:
	case !corrected && (what == forgotten || what == dismissed && done):
		w.folderSem <- struct{}{}
		l.Remove()
		<-w.folderSem
	default:
		l.Close()
	}
}

// releaseForReread ends the kept run of a file that is about to be read in another way, since its
// texts may change. The run is deleted, unless its copy is the open file or it has corrections:
// then only the log is closed.
func (w *Worker) releaseForReread(f *file) {
	if _, ours := f.source.(*copied); !ours {
		w.release(f, forgotten)
		return
	}
	f.mu.Lock()
	l := f.log
	f.log = nil
	f.mu.Unlock()
	if l != nil {
		l.Close()
	}
}

// copied is a Source in the Folder.
type copied struct {
	journal.File
	size int64
}

func (c *copied) Size() int64 { return c.size }

// resume calls continueRun and sends its problem, if any, to the page.
func (w *Worker) resume(ctx context.Context, id string, chosen Source) {
	if p := w.continueRun(ctx, id, chosen); p != nil {
		w.send(ctx, message.Event{Name: message.EventProblem, Problem: p})
		w.sendKept()
	}
}

// continueRun opens and continues a kept run, or returns the problem. chosen is the user's file if
// no copy was kept.
func (w *Worker) continueRun(ctx context.Context, id string, chosen Source) *message.Problem {
	fail := func(detail, wayOut string) *message.Problem {
		return &message.Problem{About: message.AboutFile, Detail: detail, WayOut: wayOut}
	}
	kept := new(restored)
	latest := map[int32]journal.Correction{}
	var keptTopics fileTopics
	w.folderSem <- struct{}{}
	l, err := journal.Open(w.Folder, id, kept.put,
		func(c journal.Correction) {
			c.Sent = cmp.Or(c.Sent, latest[c.Number].Sent)
			latest[c.Number] = c
		}, keptTopics.keep)
	if err == nil {
		w.listKept() // without this one, which is open now
	}
	<-w.folderSem
	if err != nil {
		return fail("This run cannot be opened: "+err.Error()+".",
			"It may be open in another tab. Close it there, or score the file again.")
	}
	var how savedReading
	source := chosen
	if err = json.Unmarshal(l.Head.Reading, &how); err == nil && l.Head.Copied {
		var c journal.File
		if c, err = l.Copy(); err == nil {
			source = &copied{c, l.Head.Bytes}
			if size, sizeErr := c.Size(); sizeErr != nil || size != l.Head.Bytes {
				err = errors.Join(sizeErr,
					fmt.Errorf("the copy of %s has %d bytes, want %d", l.Head.File, size,
						l.Head.Bytes), c.Close())
			}
		}
	} else if err == nil {
		same := source != nil && source.Size() == l.Head.Bytes
		if same {
			var sum string
			sum, err = w.sum(ctx, source)
			same = sum == l.Head.Sum
		}
		if err == nil && !same {
			l.Close()
			return fail("This is not the file that was being scored: "+l.Head.File+
				" had other contents.", "Choose "+l.Head.File+" as it was then.")
		}
	}
	if err != nil {
		l.Close()
		return fail("The file of this run cannot be read: "+err.Error()+".",
			"Score the file again.")
	}
	f := newFile(l.Head.File, source)
	f.log, f.model, f.join = l, l.Head.Model, l.Head.Join
	f.restored, f.savedCorrections = kept, latest
	f.textTopics, f.dialect, f.from.utf8 = keptTopics, dialectOf(how.Dialect), how.UTF8
	if how.Text != "" {
		f.group, f.choices, f.analysed = l.Head.Group, how.Choices, w.findOthers(l.Head.Group)
	}
	w.mu.Lock()
	open := ctx.Err() == nil // else it was closed meanwhile
	if open {
		w.file = f
	}
	w.mu.Unlock()
	if !open {
		w.release(f, keptOpen)
		return nil
	}
	w.interpret(ctx, f, nil, &how.Columns, &how.Cells)
	f.mu.Lock()
	ready := f.surveyed
	f.mu.Unlock()
	if ready {
		w.begin(ctx, f, l.Head.Topics || keptTopics.kept != nil)
	}
	return nil
}

// sendKept lists the kept runs.
func (w *Worker) sendKept() {
	w.folderSem <- struct{}{}
	defer func() { <-w.folderSem }()
	w.listKept()
}

// releaseTime bounds how long the worker of a page that was closed or reloaded may hold its run:
// browsers stop a busy one after a few seconds.
const releaseTime = 15 * time.Second

// sendKeptRun lists the kept runs. If run id is held elsewhere, by a page that is closing, it sends
// the list again once the run is free.
func (w *Worker) sendKeptRun(id string) {
	if id == "" || w.Folder == nil {
		w.sendKept()
		return
	}
	held := func() bool {
		w.folderSem <- struct{}{}
		defer func() { <-w.folderSem }()
		return journal.Held(w.Folder, id)
	}
	if held() {
		w.sendKept()
	}
	for end := time.Now().Add(releaseTime); held(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			return
		}
	}
	w.sendKept()
}

// listKept is sendKept for callers that hold w.keeping.
func (w *Worker) listKept() {
	out := &message.KeptRuns{Runs: []message.KeptRun{}}
	if w.Folder != nil {
		runs, _ := journal.Runs(w.Folder) // a run that cannot be listed cannot be resumed
		for _, r := range runs {
			var how savedReading
			_ = json.Unmarshal(r.Reading, &how) // not needed for a run that cannot be read
			out.Runs = append(out.Runs,
				message.KeptRun{ID: r.ID, File: r.File, Text: how.Text, Rows: r.Rows,
					Texts: r.Texts, Scored: r.Scored, Corrected: r.Corrected, NeedsFile: !r.Copied})
		}
		out.Used, out.Free = w.Folder.Space()
	}
	out.Model = w.scorer.Kept()
	w.send(context.Background(), message.Event{Name: message.EventKept, Kept: out})
}

// discard deletes a kept run.
func (w *Worker) discard(id string) {
	if w.Folder == nil {
		return
	}
	w.folderSem <- struct{}{}
	defer func() { <-w.folderSem }()
	runs, _ := journal.Runs(w.Folder)
	for _, r := range runs {
		if r.ID == id {
			journal.Remove(w.Folder, r.ID)
		}
	}
	w.listKept()
}
