package worker

import (
	"encoding/json"
	"errors"
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

// forget drops the events that have arrived.
func (p *page) forget() {
	for synctest.Wait(); len(p.events) > 0; {
		<-p.events
	}
}

// kept requests the list of kept runs.
func (p *page) kept(t *testing.T) message.KeptRuns {
	t.Helper()
	p.forget() // lists sent without a request
	p.w.Do(message.Command{Name: message.List}, nil)
	return *p.wait(t, "list", named(message.EventKept)).Kept
}

// resume continues a kept run and waits for the end.
func (p *page) resume(t *testing.T, id string, source Source) *message.Progress {
	t.Helper()
	p.w.Do(message.Command{Name: message.Resume, Run: id}, source)
	e := p.wait(t, "end", func(e message.Event) bool {
		return e.Name == message.EventProblem || e.Name == message.EventProgress &&
			e.Progress.State != message.Running
	})
	return e.Progress
}

// A tab that ends after any write is followed by one that continues: the file comes out as if
// nothing had happened, and kept scores are not requested again.
func TestKilledAndGoneOnWith(t *testing.T) {
	content := many(600)
	synctest.Test(t, func(t *testing.T) {
		whole := &journaltest.Folder{}
		p := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, whole)
		p.open(t, "r.csv", content)
		p.start(t)
		_, want := p.download(t)

		for kill := int64(1); kill < whole.Written(); kill += 97 {
			folder := &journaltest.Folder{Kill: kill}
			p := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, folder)
			p.open(t, "r.csv", content)
			p.start(t) // the tab ends here, as far as the folder is concerned
			s := &server{model: "aaaaaaaaaaaa"}
			after := newPageOn(t, s, folder.After())
			runs := after.kept(t).Runs
			if len(runs) == 0 {
				if kill > int64(len(content))+500 {
					t.Fatalf("killed at %d: nothing is kept", kill)
				}
				continue // nothing was scored yet
			}
			if runs[0].File != "r.csv" || runs[0].Rows != 600 || runs[0].Texts != 300 ||
				runs[0].NeedsFile {
				t.Fatalf("kept = %+v", runs[0])
			}
			end := after.resume(t, runs[0].ID, nil)
			if end == nil || end.State != message.Finished || end.Summary.Scored != 600 {
				t.Fatalf("killed at %d: the end = %+v", kill, end)
			}
			if _, got := after.download(t); got != want {
				t.Fatalf("killed at %d: the file differs", kill)
			}
			delete(s.texts, s.golden())
			if len(s.texts) != 300-runs[0].Scored {
				t.Fatalf("killed at %d: %d texts were sent, %d of 300 were kept", kill,
					len(s.texts), runs[0].Scored)
			}
		}
		time.Sleep(time.Second) // killed tabs keep trying to store their results for a while
	})
}

// goneSource cannot be read any more once it is gone.
type goneSource struct {
	*strings.Reader
	gone *atomic.Bool
}

func (s goneSource) ReadAt(p []byte, at int64) (int, error) {
	if s.gone.Load() {
		return 0, errors.New("the requested file could not be found")
	}
	return s.Reader.ReadAt(p, at)
}

// A run whose file is removed stops and says so, and how to go on: with the kept copy, if there is
// one.
func TestRunOfAFileThatIsRemoved(t *testing.T) {
	content := many(60_000)
	for quota, want := range map[int64]string{0: "Reload the page", 100_000: "Choose it again"} {
		synctest.Test(t, func(t *testing.T) {
			folder := &journaltest.Folder{Quota: quota}
			s := &server{model: "aaaaaaaaaaaa", delay: time.Second}
			p := newPageOn(t, s, folder)
			source := goneSource{strings.NewReader(content), new(atomic.Bool)}
			p.w.Do(message.Command{Name: message.Open, File: "r.csv"}, source)
			p.wait(t, "count", func(e message.Event) bool {
				return e.Name == message.EventCount && e.Count.Done
			})
			p.w.Do(message.Command{Name: message.Start}, nil)
			p.wait(t, "progress", func(e message.Event) bool {
				return e.Name == message.EventProgress && e.Progress.Done > 0
			})
			source.gone.Store(true)
			end := p.wait(t, "end", func(e message.Event) bool {
				return e.Name == message.EventProgress && e.Progress.State != message.Running
			}).Progress
			if end.State != message.Broken || end.Problem == nil ||
				!strings.HasPrefix(end.Problem.Detail, "Reading r.csv failed: ") ||
				!strings.Contains(end.Problem.WayOut, want) {
				t.Fatalf("the end = %+v, %+v", end, end.Problem)
			}
			if quota > 0 {
				return
			}
			after := newPageOn(t, s, folder.After())
			end = after.resume(t, end.Run, nil)
			if end == nil || end.State != message.Finished || end.Summary.Scored != 60_000 {
				t.Errorf("from the copy: %+v", end)
			}
		})
	}
}

func TestWithoutRoomTheFileIsAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{Quota: 100_000} // less than the spare space
		content := many(600)
		s := &server{model: "aaaaaaaaaaaa", delay: time.Second}
		p := newPageOn(t, s, folder)
		p.open(t, "r.csv", content)
		p.w.Do(message.Command{Name: message.Start}, nil)
		p.wait(t, "progress",
			func(e message.Event) bool {
				return e.Name == message.EventProgress && e.Progress.Done > 0
			})
		after := newPageOn(t, s, folder.After())
		run := after.kept(t).Runs[0]
		if !run.NeedsFile || run.Scored == 0 || run.Scored == 300 {
			t.Fatalf("kept = %+v", run)
		}
		if end := after.resume(t, run.ID,
			strings.NewReader(strings.Replace(content, "bad", "sad", 1))); end != nil {
			t.Errorf("another file = %+v", end)
		}
		if end := after.resume(t, run.ID, strings.NewReader(content)); end == nil ||
			end.State != message.Finished || end.Summary.Scored != 600 {
			t.Errorf("the end = %+v", end)
		}
	})
}

// The parts of a run that cannot be stored are reported with its progress: all of it, those after
// the device was full, or its numbers in the history.
func TestUnkeptIsReported(t *testing.T) {
	for name, tt := range map[string]struct {
		folder                journal.Folder
		run, unkept, unlisted bool
	}{
		"room":       {&journaltest.Folder{}, true, false, false},
		"nowhere":    {nil, false, true, false},
		"no room":    {&journaltest.Folder{Quota: 100}, false, true, false},
		"too little": {&journaltest.Folder{Quota: 3000}, true, true, true},
		"none left":  {&journaltest.Folder{Quota: 6000}, true, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, tt.folder)
				p.open(t, "r.csv", many(600))
				last := p.start(t)
				synctest.Wait()
				p.w.Do(message.Command{Name: message.List}, nil)
				p.wait(t, "list", func(e message.Event) bool {
					if e.Name == message.EventProgress {
						last = *e.Progress
					}
					return e.Name == message.EventKept
				})
				if last.State != message.Finished || (last.Run != "") != tt.run ||
					last.Unkept != tt.unkept || last.Unlisted != tt.unlisted {
					t.Errorf("the end: run %q, unkept %v, unlisted %v", last.Run, last.Unkept,
						last.Unlisted)
				}
			})
		})
	}
}

// Kept data is deleted when a finished run is dismissed; an unfinished one stays until it is
// discarded.
func TestKeptUntilDismissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		p := newPageOn(t, &server{model: "aaaaaaaaaaaa", delay: time.Second}, folder)
		// the file and its scores; its numbers stay in the history, the device's for trials
		left := func() int {
			names, _ := folder.List()
			return len(slices.DeleteFunc(names, func(name string) bool {
				return strings.HasSuffix(name, ".past") || name == "unit"
			}))
		}
		p.open(t, "r.csv", many(600))
		if end := p.start(t); end.Run == "" || left() != 2 {
			t.Errorf("while it is open: run %q, %d files", end.Run, left())
		}
		p.w.Do(message.Command{Name: message.Close}, nil)
		if kept := p.wait(t, "list", named(message.EventKept)).Kept; len(kept.Runs) != 0 ||
			left() != 0 {
			t.Errorf("after it was dismissed: %+v, %d files", kept, left())
		}

		p.open(t, "r.csv", many(600))
		p.w.Do(message.Command{Name: message.Start}, nil)
		p.wait(t, "progress",
			func(e message.Event) bool {
				return e.Name == message.EventProgress && e.Progress.Done > 0
			})
		p.w.Do(message.Command{Name: message.Close}, nil)
		kept := p.wait(t, "list", named(message.EventKept)).Kept
		if len(kept.Runs) != 1 || kept.Used == 0 {
			t.Fatalf("closed in its midst: %+v", kept)
		}
		p.w.Do(message.Command{Name: message.Discard, Run: kept.Runs[0].ID}, nil)
		if kept := p.wait(t, "list", named(message.EventKept)).Kept; len(kept.Runs) != 0 ||
			left() != 0 {
			t.Errorf("after it was thrown away: %+v, %d files", kept, left())
		}
	})
}

// Of several files scored one after the other, each can be opened again without requesting a score.
func TestSeveralFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa"}
		folder := &journaltest.Folder{}
		p := newPageOn(t, s, folder)
		p.open(t, "a.csv", many(60))
		first := p.start(t)
		time.Sleep(time.Second) // IDs are times
		p.w.Do(message.Command{Name: message.Open, File: "b.csv", Keep: true},
			strings.NewReader(many(30)))
		p.wait(t, "preview", named(message.EventPreview))
		p.wait(t, "count", func(e message.Event) bool {
			return e.Name == message.EventCount && e.Count.Done
		})
		p.start(t)
		sent := func() (n int) {
			for text, times := range s.texts {
				if text != s.golden() { // measures the server's speed
					n += times
				}
			}
			return n
		}
		before := sent()
		p.w.Do(message.Command{Name: message.Resume, Run: first.Run, Keep: true}, nil)
		again := *p.wait(t, "end", func(e message.Event) bool {
			return e.Name == message.EventProgress && e.Progress.State == message.Finished
		}).Progress
		if again.Rows != 60 || again.Summary.Positive != first.Summary.Positive ||
			again.Run != first.Run || sent() != before {
			t.Errorf("opened again: %+v after %d texts more", again, sent()-before)
		}
		p.w.Do(message.Command{Name: message.Close}, nil) // dismisses only a.csv
		kept := p.wait(t, "list", named(message.EventKept)).Kept
		if len(kept.Runs) != 1 || kept.Runs[0].File != "b.csv" ||
			kept.Runs[0].Scored != kept.Runs[0].Texts {
			t.Errorf("kept = %+v", kept.Runs)
		}
	})
}

// Open results can still be opened from the list, and so can those of another text of their file:
// nothing of them is dismissed on the way.
func TestOpenedWhileItIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, &journaltest.Folder{})
		p.open(t, "r.csv", many(60))
		first := p.start(t)
		for range 2 {
			end := p.resume(t, first.Run, nil)
			if end == nil || end.State != message.Finished || end.Run != first.Run ||
				end.Summary.Positive != first.Summary.Positive {
				t.Fatalf("run %s does not come back: %v", first.Run, end != nil)
			}
		}
	})
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		_, _, first, second := analyseTwo(t, folder)
		p := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, folder.After())
		for _, run := range []string{first.Run, second.Run, second.Run, first.Run} {
			if end := p.resume(t, run, nil); end == nil || end.Run != run ||
				end.State != message.Finished {
				t.Fatalf("run %s does not come back: %v", run, end != nil)
			}
		}
	})
}

// The page's list follows the effects of opening a file, or a run, on the kept runs.
func TestListedAfterOpening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPageOn(t, &server{model: "aaaaaaaaaaaa", delay: time.Second},
			&journaltest.Folder{})
		listed := func(what string, want ...string) {
			t.Helper()
			var ids []string
			for _, r := range p.wait(t, "list", named(message.EventKept)).Kept.Runs {
				ids = append(ids, r.ID)
			}
			if !slices.Equal(ids, want) {
				t.Errorf("%s: kept = %q, want %q", what, ids, want)
			}
		}
		p.w.Do(message.Command{Name: message.Open, File: "a.csv"}, strings.NewReader(many(600)))
		listed("opened")
		p.wait(t, "count", func(e message.Event) bool {
			return e.Name == message.EventCount && e.Count.Done
		})
		p.w.Do(message.Command{Name: message.Start}, nil)
		run := p.wait(t, "progress", func(e message.Event) bool {
			return e.Name == message.EventProgress && e.Progress.Done > 0
		}).Progress.Run
		p.w.Do(message.Command{Name: message.Open, File: "b.csv"}, strings.NewReader(many(60)))
		listed("another is opened", run)
		time.Sleep(time.Second)
		p.w.Do(message.Command{Name: message.Resume, Run: run}, nil)
		listed("it is gone on with")
		p.wait(t, "end", func(e message.Event) bool {
			return e.Name == message.EventProgress && e.Progress.State == message.Finished
		})
		p.w.Do(message.Command{Name: message.Open, File: "b.csv"}, strings.NewReader(many(60)))
		listed("another is opened after its end")
		p.w.Do(message.Command{Name: message.Resume, Run: run}, nil)
		listed("it is gone")
	})
}

// Scores of a model that the server no longer has are not mixed with those of its new one.
func TestGoneOnWithAnotherModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		p := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, folder)
		p.open(t, "r.csv", many(600))
		p.start(t)
		s := &server{model: "bbbbbbbbbbbb"}
		after := newPageOn(t, s, folder.After())
		id := after.kept(t).Runs[0].ID
		if end := after.resume(t, id, nil); end == nil || end.State != message.Finished ||
			end.Run != id {
			t.Fatalf("the end = %+v", end)
		}
		delete(s.texts, s.golden())
		if len(s.texts) != 300 {
			t.Errorf("%d texts were scored by the new model, want all 300", len(s.texts))
		}
	})
}

// slowFolder takes time to open a file, as a browser does; a second open meanwhile fails.
type slowFolder struct{ *journaltest.Folder }

func (f slowFolder) Open(name string) (journal.File, error) {
	opened, err := f.Folder.Open(name)
	time.Sleep(time.Millisecond)
	return opened, err
}

// Runs that are discarded while others are listed are deleted all the same, and the last list sent
// reflects it.
func TestThrownAwayAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPageOn(t, &server{model: "aaaaaaaaaaaa", delay: time.Second},
			slowFolder{&journaltest.Folder{}})
		var ids []string
		for _, name := range []string{"a.csv", "b.csv", "c.csv"} {
			p.w.Do(message.Command{Name: message.Open, File: name, Keep: true},
				strings.NewReader(many(30)))
			p.wait(t, "preview", named(message.EventPreview))
			p.wait(t, "count", func(e message.Event) bool {
				return e.Name == message.EventCount && e.Count.Done
			})
			ids = append(ids, p.start(t).Run)
			time.Sleep(time.Second) // IDs are times
		}
		p.w.Do(message.Command{Name: message.List}, nil)
		p.w.Do(message.Command{Name: message.Close}, nil) // dismisses c.csv
		p.w.Do(message.Command{Name: message.Discard, Run: ids[0]}, nil)
		p.w.Do(message.Command{Name: message.Discard, Run: ids[1]}, nil)
		var last *message.KeptRuns
		for range 4 {
			last = p.wait(t, "list", named(message.EventKept)).Kept
		}
		if len(last.Runs) != 0 {
			t.Errorf("the last list has %+v", last.Runs)
		}
		if kept := p.kept(t); len(kept.Runs) != 0 {
			t.Errorf("kept = %+v", kept.Runs)
		}
	})
}

// A run can be resumed while the runs are listed.
func TestResumedWhileListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPageOn(t, &server{model: "aaaaaaaaaaaa", delay: time.Second},
			slowFolder{&journaltest.Folder{}})
		p.open(t, "a.csv", many(30))
		id := p.start(t).Run
		p.w.Do(message.Command{Name: message.Open, File: "b.csv", Keep: true},
			strings.NewReader(many(30)))
		p.wait(t, "preview", named(message.EventPreview))
		p.wait(t, "count", func(e message.Event) bool {
			return e.Name == message.EventCount && e.Count.Done
		})
		p.w.Do(message.Command{Name: message.List}, nil)
		time.Sleep(time.Millisecond / 2) // it has a.csv open now
		if end := p.resume(t, id, nil); end == nil || end.State != message.Finished {
			t.Errorf("the end = %+v", end)
		}
	})
}

// A run that is closed while it is being opened stays, and can be resumed.
func TestLeftWhileItIsOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPageOn(t, &server{model: "aaaaaaaaaaaa", delay: time.Second},
			slowFolder{&journaltest.Folder{}})
		p.open(t, "a.csv", many(30))
		id := p.start(t).Run
		p.w.Do(message.Command{Name: message.Close, Keep: true}, nil)
		p.wait(t, "list", named(message.EventKept))
		p.w.Do(message.Command{Name: message.Resume, Run: id}, nil)
		time.Sleep(time.Millisecond / 2) // its log is being opened
		p.open(t, "b.csv", many(30))
		time.Sleep(time.Second)
		if runs := p.kept(t).Runs; len(runs) != 1 || runs[0].ID != id {
			t.Errorf("kept = %+v, want run %s", runs, id)
		}
		if end := p.resume(t, id, nil); end == nil || end.State != message.Finished {
			t.Errorf("the end = %+v", end)
		}
	})
}

// A reloaded page finds its run, though the previous worker still holds it.
func TestListedOnceFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		p := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, folder)
		p.open(t, "a.csv", many(30))
		id := p.start(t).Run
		for _, name := range []string{id + ".run", id + ".file"} {
			p.w.Do(message.Command{Name: message.Open, File: "b.csv", Keep: true},
				strings.NewReader(many(30)))
			p.wait(t, "preview", named(message.EventPreview))
			p.forget()
			held, err := folder.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			p.w.Do(message.Command{Name: message.List, Run: id}, nil)
			first := p.wait(t, "list", named(message.EventKept)).Kept
			if len(first.Runs) > 0 {
				t.Errorf("while %s is held: kept = %+v", name, first.Runs)
			}
			time.Sleep(3 * time.Second)
			held.Close()
			if then := p.wait(t, "list", named(message.EventKept)).Kept; len(then.Runs) != 1 ||
				then.Runs[0].ID != id {
				t.Errorf("after %s is free: kept = %+v", name, then.Runs)
			}
		}
	})
}

// A run stored before texts could be in two columns has one, and one stored since has both.
func TestReadingKeptBefore(t *testing.T) {
	const dialect = `{"dialect":{"encoding":"utf-8","delimiter":",","quoted":true,"header":true},`
	for columns, want := range map[string]message.Columns{
		`"columns":{"text":2,"title":1,"stars":-1,"date":0,"product":-1,"id":-1}}`: {
			Text: 2, Title: 1, Stars: -1, Date: 0, Product: -1, ID: -1},
		`"columns":{"text":2,"title":1,"stars":-1,"date":0,"product":-1,"id":-1,"second":4}}`: {
			Text: 2, Title: 1, Stars: -1, Date: 0, Product: -1, ID: -1, Second: 4},
		`"columns":{"text":2,"title":-1,"stars":-1,"date":0,"product":-1,"id":-1,"second":4,` +
			`"more":[4,6]}}`: {Text: 2, Title: -1, Stars: -1, Date: 0, Product: -1, ID: -1,
			Second: 4, More: []int{4, 6}},
	} {
		var how savedReading
		if err := json.Unmarshal([]byte(dialect+columns), &how); err != nil ||
			!how.Columns.Equal(want) {
			t.Errorf("%s is %+v, %v", columns, how.Columns, err)
		}
		back, err := json.Marshal(how)
		if err != nil || string(back) != dialect+columns {
			t.Errorf("%s, %v, want %s", back, err, dialect+columns)
		}
	}
}

// A review of two parts is scored as one, and is the same after its run was killed.
func TestKeptInTwoParts(t *testing.T) {
	content := "pros,cons\nFriendly staff and a great location,No Negative\n" +
		"Nothing,Cold shower and noise\nThe pool is lovely,A bit expensive for us\nNothing,N/A\n"
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		p := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, folder)
		preview, count := p.open(t, "r.csv", content)
		if c := preview.Columns; c.Text != 0 || c.Second != 2 {
			t.Fatalf("%+v", c)
		}
		if count.Rows != 4 || count.Empty != 1 || count.Distinct != 3 {
			t.Fatalf("%+v", count)
		}
		p.start(t)
		_, want := p.download(t)
		after := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, folder.After())
		after.resume(t, after.kept(t).Runs[0].ID, nil)
		if _, got := after.download(t); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		after.w.Do(message.Command{Name: message.Show, Row: 3}, nil)
		whole := after.wait(t, "whole", named(message.EventWhole)).Whole
		text := "The pool is lovely.\nA bit expensive for us"
		if whole.Row.Text != text || len(whole.Fields) != 0 {
			t.Errorf("%+v, want the text %q and no fields", whole, text)
		}
	})
}
