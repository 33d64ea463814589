package worker

import (
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/app/journal"
	"reviewlens/app/journal/journaltest"
	"reviewlens/app/message"
)

// questions is a file with three open questions.
const questions = "stars,Why did you come?,How was your stay?,What else?\n" +
	"5,it is near my home,good food and a good room,\n" +
	"1,a friend said so then,bad and loud at night,bad bad bad lift\n" +
	"3,my work brought me here,good beds I must say,\n" +
	"2,near the good old harbour,bad air in the room,good tea at least\n" +
	"4,only for one night,good place for my dog,bad bad parking again\n"

// choice returns the text of a file by its label.
func choice(t *testing.T, p message.Preview, label string) message.Columns {
	t.Helper()
	for _, c := range p.Choices {
		if c.Label == label {
			return c.Columns
		}
	}
	t.Fatalf("no text %q in %+v", label, p.Choices)
	return message.Columns{}
}

// analyse analyses another text, and waits for the end.
func (p *page) analyse(t *testing.T, c message.Columns) (message.Preview, message.Progress) {
	t.Helper()
	p.w.Do(message.Command{Name: message.Analyse, Columns: &c}, nil)
	preview := *p.preview(t)
	end := p.wait(t, "end", func(e message.Event) bool {
		return e.Name == message.EventProgress && e.Progress.State != message.Running
	})
	return preview, *end.Progress
}

// Texts with the same name, or with names that begin alike, are distinguished, so that each can be
// chosen; so are other columns.
func TestTextsOfTheSameName(t *testing.T) {
	long := "Why did you come? " + strings.Repeat("Say as much as you like. ", 9)
	for name, header := range map[string]string{
		"the same":    "Why?,Why?,What else?",
		"alike":       long + "First.," + long + "Second.,What else?",
		"and further": "Why?,Why?,Why?",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPage(t, &server{model: "aaaaaaaaaaaa"})
				_, rows, _ := strings.Cut(questions, "\n")
				preview, _ := p.open(t, "survey.csv", "stars,"+header+"\n"+rows)
				labels, names := map[string]bool{}, map[string]bool{}
				for _, c := range preview.Choices {
					labels[c.Label] = true
				}
				for _, h := range preview.Header {
					names[h] = true
				}
				if len(labels) != 4 || len(labels) != len(preview.Choices) || len(names) != 4 {
					t.Fatalf("%+v of columns %q", preview.Choices, preview.Header)
				}
				second := preview.Choices[1]
				if !strings.HasSuffix(second.Label, " (column 3)") ||
					second.Columns.Text != 2 || second.Columns.Second != 0 {
					t.Errorf("the second text: %+v", second)
				}
				shown, end := p.analyse(t, choice(t, preview, second.Label))
				if shown.Choice().Label != second.Label || end.Summary.Scored != 5 {
					t.Errorf("%q: %+v", shown.Choice().Label, end.Summary.Figures)
				}
				p.w.Do(message.Command{Name: message.Show, Row: 1}, nil)
				whole := p.wait(t, "the review", named(message.EventWhole)).Whole
				for _, f := range whole.Fields {
					if f.Name != preview.Header[f.Column] {
						t.Errorf("column %d is called %q beside a review, and %q elsewhere",
							f.Column, f.Name, preview.Header[f.Column])
					}
				}
			})
		})
	}
}

// Each text of a file is analysed separately, gives the results of a file with only that text, and
// is available again at once.
func TestTextsOfASurvey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa"}
		p := newPage(t, s)
		preview, _ := p.open(t, "survey.csv", questions)
		if len(preview.Choices) != 4 || preview.Choice().Label == "" {
			t.Fatalf("texts are %+v, read is %+v", preview.Choices, preview.Columns)
		}
		if len(preview.Questions)+len(preview.Doubts) > 0 { // which text is read is a choice
			t.Errorf("asked %+v, in doubt %q", preview.Questions, preview.Doubts)
		}
		stay, else_ := choice(t, preview, "How was your stay?"), choice(t, preview, "What else?")
		p.interpret(t, nil, &stay)
		first := p.start(t)
		if first.Summary.Scored != 5 {
			t.Fatalf("%+v", first.Summary.Figures)
		}

		shown, last := p.analyse(t, else_)
		if shown.Choice().Label != "What else?" || last.Summary.Scored != 3 ||
			last.Summary.Empty != 2 || last.State != message.Finished {
			t.Errorf("%q: %s, %+v", shown.Choice().Label, last.State, last.Summary.Figures)
		}
		alone := newPage(t, s)
		alone.open(t, "survey.csv", questions)
		alone.interpret(t, nil, &else_)
		if want := alone.start(t); want.Summary.Share != last.Summary.Share ||
			want.Summary.Negative != last.Summary.Negative {
			t.Errorf("%+v, want %+v", last.Summary.Figures, want.Summary.Figures)
		}

		_, all := p.analyse(t, choice(t, preview, "all 3 together"))
		if all.Summary.Scored != 5 || all.Summary.Empty != 0 {
			t.Errorf("all: %+v", all.Summary.Figures)
		}

		calls := s.calls
		again, back := p.analyse(t, stay)
		if again.Choice().Label != "How was your stay?" || back.Run != first.Run ||
			back.Summary.Share != first.Summary.Share || s.calls != calls {
			t.Errorf("back: %q, %+v, %d requests more", again.Choice().Label,
				back.Summary.Figures, s.calls-calls)
		}
		if _, csv := p.download(t); !strings.Contains(csv, "good food and a good room,,positive") {
			t.Errorf("the file has other scores: %s", csv)
		}
	})
}

// The history distinguishes the texts of a file, and nothing is left of them once it is closed.
func TestTextsInTheHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		p := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, folder)
		preview, _ := p.open(t, "survey.csv", questions)
		stay := choice(t, preview, "How was your stay?")
		p.interpret(t, nil, &stay)
		p.start(t)
		time.Sleep(time.Second) // run IDs are times
		p.analyse(t, choice(t, preview, "What else?"))
		synctest.Wait() // until the second is in the history
		var names []string
		for _, r := range p.past(t, message.Command{Name: message.Past}).Runs {
			names = append(names, r.Name)
		}
		if got := strings.Join(names, "; "); got !=
			"survey.csv: What else?; survey.csv: How was your stay?" {
			t.Errorf("runs are %s", got)
		}
		p.w.Do(message.Command{Name: message.Close}, nil)
		if kept := p.kept(t); len(kept.Runs) != 0 {
			t.Errorf("kept: %+v", kept.Runs)
		}
	})
}

// Texts remain the file's whichever is analysed: if most people write the same, as they may about
// what they like and do not like, a column is taken for a text only together with the other.
func TestTextsThatRepeat(t *testing.T) {
	const file = "stars,What do you like?,What should we improve?,Anything else to say?\n" +
		"5,the good food,it is a bad bad room,near the harbour it is good\n" +
		"5,the good food,it is a bad bad room,bad air in all of the rooms\n" +
		"1,the good food,it is a bad bad room,a friend of mine said so\n" +
		"2,the good food,a bad bad lift here,good tea at the very least\n" +
		"3,the good room,a bad bad lift here,my dog had a good time\n" +
		"3,the good room,a bad bad lift here,loud at night and bad\n"
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		p := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, folder)
		preview, _ := p.open(t, "survey.csv", file)
		labels := func(p message.Preview) (all []string) {
			for _, c := range p.Choices {
				all = append(all, c.Label)
			}
			return all
		}
		want := labels(preview)
		if len(want) < 3 {
			t.Fatalf("texts are %q", want)
		}
		p.start(t)
		time.Sleep(time.Second) // run IDs are times
		shown, end := p.analyse(t, choice(t, preview, "Anything else to say?"))
		if got := labels(shown); !slices.Equal(got, want) {
			t.Errorf("texts are %q, want %q", got, want)
		}
		synctest.Wait()
		after := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, folder.After())
		after.w.Do(message.Command{Name: message.Resume, Run: end.Run}, nil)
		again := after.preview(t)
		if got := labels(*again); !slices.Equal(got, want) || len(again.Analysed) != 1 {
			t.Errorf("after a reload: %q with %+v, want %q", got, again.Analysed, want)
		}
	})
}

// analyseTwo makes a page analyse two texts of a survey, and returns them with the ends of their
// runs, which are in the history by then.
func analyseTwo(t *testing.T, folder *journaltest.Folder) (stay, else_ message.Columns,
	first, second message.Progress) {
	t.Helper()
	p := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, folder)
	preview, _ := p.open(t, "survey.csv", questions)
	stay, else_ = choice(t, preview, "How was your stay?"), choice(t, preview, "What else?")
	p.interpret(t, nil, &stay)
	first = p.start(t)
	time.Sleep(time.Second) // run IDs are times
	_, second = p.analyse(t, else_)
	synctest.Wait()
	return stay, else_, first, second
}

// A reloaded page returns to each text that was analysed without a request, and to unfinished ones
// with only the rest.
func TestTextsAfterAReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		stay, else_, first, second := analyseTwo(t, folder)
		s := &server{model: "aaaaaaaaaaaa"}
		p := newPageOn(t, s, folder.After())
		p.w.Do(message.Command{Name: message.Resume, Run: second.Run}, nil)
		again := *p.preview(t)
		end := *p.wait(t, "end", func(e message.Event) bool {
			return e.Name == message.EventProgress && e.Progress.State != message.Running
		}).Progress
		want := message.Analysed{Text: "How was your stay?", Done: true, Run: first.Run, Scored: 5,
			Share: first.Summary.Share}
		if len(again.Analysed) != 1 || again.Analysed[0] != want ||
			end.Summary.Share != second.Summary.Share {
			t.Errorf("known are %+v, want %+v; the end is %+v", again.Analysed, want, end)
		}
		shown, back := p.analyse(t, stay)
		if shown.Choice().Label != "How was your stay?" || back.Run != first.Run ||
			back.Summary.Share != first.Summary.Share || back.State != message.Finished {
			t.Errorf("%q: %+v, want %+v", shown.Choice().Label, back, first)
		}
		if _, there := p.analyse(t, else_); there.Run != second.Run {
			t.Errorf("the text before comes back as run %s, want %s", there.Run, second.Run)
		}
		delete(s.texts, s.golden())
		if len(s.texts) > 0 {
			t.Errorf("%d texts were scored again", len(s.texts))
		}
		p.w.Do(message.Command{Name: message.Close}, nil)
		if kept := p.kept(t); len(kept.Runs) != 0 {
			t.Errorf("kept: %+v", kept.Runs)
		}
	})
}

// Of texts not requested after a reload, nothing is left once the file is closed; with Keep, all
// is.
func TestTextsNotAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		_, _, first, _ := analyseTwo(t, folder)
		for _, keep := range []bool{true, false} {
			p := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, folder.After())
			p.resume(t, first.Run, nil)
			synctest.Wait()
			p.w.Do(message.Command{Name: message.Close, Keep: keep}, nil)
			want := 0
			if keep {
				want = 2
			}
			if kept := p.kept(t); len(kept.Runs) != want {
				t.Errorf("kept, %t: %+v", keep, kept.Runs)
			}
		}
	})
}

// The user's commands for a text before its run has begun apply to that run: nothing is sent of one
// that was cancelled or paused, until it is continued.
func TestSaidBeforeARunBegins(t *testing.T) {
	const stop, halt, on = message.Cancel, message.Pause, message.Start
	for name, tt := range map[string]struct {
		wait     bool
		commands []string
		want     string
	}{
		"cancelled":                   {false, []string{stop}, message.Cancelled},
		"cancelled, one of all":       {true, []string{stop}, message.Cancelled},
		"paused":                      {false, []string{halt}, message.Paused},
		"paused, one of all":          {true, []string{halt}, message.Paused},
		"paused, then cancelled":      {true, []string{halt, stop}, message.Cancelled},
		"cancelled, and gone on with": {false, []string{stop, on}, message.Finished},
		"paused, and gone on with":    {true, []string{halt, on}, message.Finished},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{model: "aaaaaaaaaaaa"}
				p := newPage(t, s)
				preview, _ := p.open(t, "survey.csv", questions)
				stay := choice(t, preview, "How was your stay?")
				p.interpret(t, nil, &stay)
				p.start(t)
				p.forget()
				calls := s.calls
				other := choice(t, preview, "What else?")
				p.w.Do(message.Command{Name: message.Analyse, Columns: &other, Wait: tt.wait}, nil)
				for _, what := range tt.commands {
					p.w.Do(message.Command{Name: what}, nil)
				}
				p.preview(t)
				p.wait(t, tt.want, inState(tt.want))
				time.Sleep(time.Minute)
				p.forget()
				if tt.want == message.Finished {
					return
				}
				if s.calls != calls {
					t.Errorf("%d requests were sent", s.calls-calls)
				}
				p.w.Do(message.Command{Name: message.Start}, nil)
				end := p.wait(t, "the end", inState(message.Finished)).Progress
				if end.Summary.Scored != 3 {
					t.Errorf("gone on with: %+v", end.Summary.Figures)
				}
			})
		})
	}
}

// A command that comes while the run begins is not lost.
func TestCancelledAsItBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		p.open(t, "survey.csv", questions)
		for i := range 2000 {
			p.w.setPendingRun(&pendingRun{halted: true})
			p.w.mu.Lock()
			visit := p.w.fileContext
			p.w.mu.Unlock()
			var ready atomic.Bool
			go func() {
				ready.Store(true)
				p.w.begin(visit, p.w.opened(), false)
			}()
			for !ready.Load() {
				runtime.Gosched()
			}
			for range i % 100 { // a moment
				ready.Load()
			}
			p.w.Do(message.Command{Name: message.Cancel}, nil)
			p.wait(t, "cancelled", inState(message.Cancelled))
			p.forget()
		}
	})
}

// The same for a text that was analysed before a reload: its kept run is not resumed.
func TestSaidBeforeAKeptTextIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		stay, _, first, second := analyseTwo(t, folder)
		s := &server{model: "bbbbbbbbbbbb"} // with which all is scored again
		p := newPageOn(t, s, folder.After())
		p.resume(t, second.Run, nil)
		p.forget()
		calls := s.calls
		p.w.Do(message.Command{Name: message.Analyse, Columns: &stay}, nil)
		p.w.Do(message.Command{Name: message.Cancel}, nil)
		p.preview(t)
		p.wait(t, "cancelled", inState(message.Cancelled))
		time.Sleep(time.Minute)
		p.forget()
		if s.calls != calls {
			t.Errorf("%d requests were sent", s.calls-calls)
		}
		if end := p.start(t); end.Run != first.Run || end.Summary.Scored != 5 {
			t.Errorf("gone on with: run %s, %+v", end.Run, end.Summary.Figures)
		}
	})
}

// A run that is to begin paused sends nothing until it is continued, and likewise one that is
// paused as it begins.
func TestBeginsHalted(t *testing.T) {
	for name, commands := range map[string][]message.Command{
		"halted": {{Name: message.Start, Halted: true}},
		"paused": {{Name: message.Start}, {Name: message.Pause}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{model: "aaaaaaaaaaaa"}
				p := newPage(t, s)
				p.open(t, "r.csv", many(60))
				p.forget()
				calls := s.calls
				for _, c := range commands {
					p.w.Do(c, nil)
				}
				p.wait(t, "paused", inState(message.Paused))
				time.Sleep(time.Minute)
				p.forget()
				if s.calls != calls {
					t.Errorf("%d requests were sent", s.calls-calls)
				}
				p.w.Do(message.Command{Name: message.Start}, nil)
				p.wait(t, "the end", inState(message.Finished))
			})
		})
	}
}

// A run interrupted by a request for another text continues when its text is requested again.
func TestTextLeftInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		preview, _ := p.open(t, "survey.csv", questions)
		stay := choice(t, preview, "How was your stay?")
		p.interpret(t, nil, &stay)
		p.w.Do(message.Command{Name: message.Start}, nil)
		_, other := p.analyse(t, choice(t, preview, "What else?"))
		_, back := p.analyse(t, stay)
		if other.Summary.Scored != 3 || back.Summary.Scored != 5 ||
			back.State != message.Finished {
			t.Errorf("%+v, then %+v", other.Summary.Figures, back.Summary.Figures)
		}
	})
}

// heldFolder is a Folder whose copies of files are read only while hold is closed or nil.
type heldFolder struct {
	*journaltest.Folder
	hold chan struct{}
}

func (f *heldFolder) Open(name string) (journal.File, error) {
	file, err := f.Folder.Open(name)
	if err == nil && strings.HasSuffix(name, ".file") {
		file = &heldFile{file, f}
	}
	return file, err
}

type heldFile struct {
	journal.File
	f *heldFolder
}

func (s *heldFile) ReadAt(p []byte, at int64) (int, error) {
	if s.f.hold != nil {
		<-s.f.hold
	}
	return s.File.ReadAt(p, at)
}

// A kept run that is left while its file is read again is neither lost nor scored again.
func TestTextLeftWhileReread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		stay, else_, first, second := analyseTwo(t, folder)
		s := &server{model: "aaaaaaaaaaaa"}
		slow := &heldFolder{Folder: folder.After()}
		p := newPageOn(t, s, slow)
		p.resume(t, second.Run, nil)
		slow.hold = make(chan struct{})
		p.w.Do(message.Command{Name: message.Analyse, Columns: &stay}, nil)
		synctest.Wait() // it reads
		p.w.Do(message.Command{Name: message.Analyse, Columns: &else_}, nil)
		close(slow.hold)
		synctest.Wait()
		p.forget()
		_, back := p.analyse(t, stay)
		if back.Run != first.Run || back.Summary.Scored != 5 {
			t.Errorf("back as run %s, %+v; want %s", back.Run, back.Summary.Figures, first.Run)
		}
		delete(s.texts, s.golden())
		if len(s.texts) > 0 {
			t.Errorf("%d texts were scored again", len(s.texts))
		}
	})
}
