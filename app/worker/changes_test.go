package worker

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/app/message"
)

// melting returns reviews of two kettles over two years, of which B melts from the second one on.
func melting() string {
	random := rand.New(rand.NewPCG(1, 5))
	var b strings.Builder
	b.WriteString("id,date,product,review\n")
	for i := range 900 {
		day := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, random.IntN(730))
		product, text := []string{"A", "B"}[random.IntN(2)], "good kettle"
		switch x := random.Float64(); {
		case product == "B" && day.Year() == 2025 && x < 0.5:
			text = "bad kettle, the base melts"
		case x < 0.15:
			text = "bad kettle, the lid broke"
		}
		fmt.Fprintf(&b, "%d,%s,Kettle %s,\"%s, zebra %d\"\n", i, day.Format(time.DateOnly), product,
			text, i)
	}
	return b.String()
}

func TestChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		p.open(t, "kettles.csv", melting())
		p.start(t)
		e := p.wait(t, "changes", func(e message.Event) bool {
			return e.Name == message.EventProgress && len(e.Progress.Summary.Changes) > 0
		})
		if e.Progress.State != message.Finished || len(e.Progress.Summary.Changes) != 1 {
			t.Fatalf("progress = %s, changes %+v", e.Progress.State, e.Progress.Summary.Changes)
		}
		c := e.Progress.Summary.Changes[0]
		if c.Product != "Kettle B" || c.From < "2024-12-01" || c.From > "2025-02-01" ||
			c.After.Share < 2*c.Before.Share {
			t.Errorf("the change is %+v", c)
		}
		if len(c.Phrases) == 0 || !strings.Contains(c.Phrases[0].Phrase, "melts") ||
			c.Phrases[0].Reviews[0] != 0 || len(c.Phrases[0].Rows) == 0 {
			t.Errorf("its phrases are %+v", c.Phrases)
		}
	})
}

// slowSource takes a second for each read.
type slowSource struct{ *strings.Reader }

func (s slowSource) ReadAt(p []byte, at int64) (int, error) {
	time.Sleep(time.Second)
	return s.Reader.ReadAt(p, at)
}

// The search for changes in a file that has been replaced sends nothing more.
func TestChangesOfReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		source := slowSource{strings.NewReader(melting())}
		p.w.Do(message.Command{Name: message.Open, File: "kettles.csv"}, source)
		p.wait(t, "count", func(e message.Event) bool {
			return e.Name == message.EventCount && e.Count.Done
		})
		p.w.Do(message.Command{Name: message.Start}, nil)
		p.wait(t, "end", func(e message.Event) bool {
			return e.Name == message.EventProgress && e.Progress.State == message.Finished
		})
		p.w.Do(message.Command{Name: message.Open, File: "b.csv"}, strings.NewReader(many(30)))
		time.Sleep(time.Minute)
		p.w.Do(message.Command{Name: message.List}, nil)
		p.wait(t, "list", func(e message.Event) bool {
			if e.Name == message.EventProgress {
				t.Errorf("the file that was replaced says %s", e.Progress.State)
			}
			return e.Name == message.EventKept
		})
	})
}

// The next of several files waits until the previous one is fully analysed, and in the history.
func TestChangesOfSeveralFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		p.w.Do(message.Command{Name: message.Open, File: "kettles.csv"},
			slowSource{strings.NewReader(melting())})
		p.wait(t, "count", func(e message.Event) bool {
			return e.Name == message.EventCount && e.Count.Done
		})
		first := p.start(t)
		p.w.Do(message.Command{Name: message.Open, File: "b.csv", Keep: true, Wait: true},
			strings.NewReader(many(30)))
		if next := p.wait(t, "preview", named(message.EventPreview)).
			Preview; next.File != "b.csv" {
			t.Errorf("%s is opened next", next.File)
		}
		p.w.Do(message.Command{Name: message.OpenRun, Run: first.Run}, nil)
		kept := p.wait(t, "run", named(message.EventRun)).Run
		if c := kept.Summary.Changes; len(c) != 1 || len(c[0].Phrases) == 0 {
			t.Errorf("the history has the changes %+v", c)
		}
	})
}
