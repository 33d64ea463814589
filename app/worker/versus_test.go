package worker

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/app/client"
	"reviewlens/app/journal/journaltest"
	"reviewlens/app/message"
	"reviewlens/reviews/paired"
)

// versus compares with another model and waits for the end.
func (p *page) versus(t *testing.T, id string) message.ModelComparison {
	t.Helper()
	p.w.Do(message.Command{Name: message.CompareModels, Model: id}, nil)
	return *p.wait(t, "end of the comparison", func(e message.Event) bool {
		return e.Name == message.EventModelComparison && e.Versus.Done
	}).Versus
}

// Another model of the server scores the same texts, each once; the file keeps its own scores.
func TestCompareModels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa", other: "bbbbbbbbbbbb", spread: true}
		p := newPage(t, s)
		p.w.Do(message.Command{Name: message.Place}, nil)
		ready := p.wait(t, "the model", func(e message.Event) bool {
			return e.Name == message.EventReady && e.Ready != nil
		}).Ready
		if !slices.Equal(ready.Others, []string{"bbbbbbbbbbbb"}) || ready.Corrections {
			t.Errorf("ready = %+v", ready)
		}
		p.open(t, "r.csv", many(600)) // rows 2, 5, 8 ... are bad; each text occurs twice
		before := p.start(t)
		p.correct(t, 2, "unsure")
		v := p.versus(t, "bbbbbbbbbbbb")
		f := v.Figures
		if v.Problem != "" || v.Texts != 300 || v.Failed != 0 || f.Pairs != 300 ||
			f.Names[0] != [3]int{0, 100, 0} || f.Changed.Share != 1.0/3 {
			t.Errorf("versus = %+v", v)
		}
		// stars are those of the first row with a text: rows 1, 2, 3, 7, 8, 9 ...
		judged := 0
		for i := range 600 {
			if i%6 < 3 && i%5 != 2 {
				judged++
			}
		}
		if f.Judged != judged {
			t.Errorf("%d judged, want %d", f.Judged, judged)
		}
		if c := f.Corrected; c.Texts != 1 || c.A != 0 || c.B != 1 {
			t.Errorf("corrected = %+v", c)
		}
		if len(v.Changed) != paired.MaxMoved {
			t.Fatalf("%d rows are shown", len(v.Changed))
		}
		for i, c := range v.Changed { // all moved equally: the first of the file
			if want := 6*i + 2; c.Row.Row != want || c.Sentiment != "negative" ||
				c.SentimentB != "unsure" || c.PositiveB < 0.449 || c.PositiveB > 0.451 ||
				!strings.HasPrefix(c.Text, "bad kettle") {
				t.Fatalf("row %d = %+v, want row %d", i, c, want)
			}
		}
		if r := p.row(t, 2); r.Sentiment != "negative" {
			t.Errorf("row 2 has %s now", r.Sentiment)
		}
		if again := p.start(t); again.Summary.Negative != before.Summary.Negative {
			t.Errorf("negative = %d, then %d", before.Summary.Negative, again.Summary.Negative)
		}
	})
}

// Texts that neither model can read are not compared: the user sees no score of them.
func TestCompareModelsUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa", other: "bbbbbbbbbbbb"})
		p.open(t, "r.csv", "review,stars\na good kettle,5\na good lid,5\n"+
			"Das ist leider ein guter Deckel.,1\n")
		p.start(t)
		if v := p.versus(t, "bbbbbbbbbbbb"); v.Problem != "" || v.Texts != 2 ||
			v.Figures.Judged != 2 {
			t.Errorf("versus = %+v", v)
		}
	})
}

// A comparison that fails says why; nothing is sent once scoring is moved to the device.
func TestCompareModelsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa", other: "bbbbbbbbbbbb"}
		p := newPage(t, s)
		p.open(t, "r.csv", many(60))
		p.start(t)
		if v := p.versus(t, "cccccccccccc"); v.Problem == "" || v.Texts != 0 {
			t.Errorf("with a model that is not there: %+v", v)
		}
		calls := s.calls
		p.w.Do(message.Command{Name: message.Place, Where: message.OnDevice}, nil)
		if v := p.versus(t, "bbbbbbbbbbbb"); v.Problem != "Texts are scored on this device, and "+
			"nothing is sent to the server." || s.calls != calls {
			t.Errorf("%d calls, then %d; %+v", calls, s.calls, v)
		}
	})
}

// Corrections are sent to the server when the reader wants it, each once.
func TestTellCorrections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa", other: "bbbbbbbbbbbb", tries: true}
		p := newPage(t, s)
		p.open(t, "r.csv", many(600))
		p.start(t)
		p.correct(t, 1, "negative")
		if c := p.correct(t, 2, "unsure").Corrected; c.Texts != 2 || c.Sent != 0 ||
			s.corrections != nil {
			t.Errorf("before: %+v, said %v", c, s.corrections)
		}
		tell := func() message.Corrected {
			p.w.Do(message.Command{Name: message.UploadCorrections}, nil)
			return *p.wait(t, "told", func(e message.Event) bool {
				return e.Name == message.EventCorrectionsSent &&
					e.Corrected.Sent == e.Corrected.Texts
			}).Corrected
		}
		if c := tell(); c.Texts != 2 {
			t.Errorf("told: %+v", c)
		}
		if c := p.correct(t, 2, "positive").Corrected; c.Sent != 1 {
			t.Errorf("said otherwise afterwards: %+v", c)
		}
		p.correct(t, 7, "unsure")
		tell()
		if got, want := s.corrections, []string{"aaaaaaaaaaaa 1 texts is=negative",
			"aaaaaaaaaaaa 1 texts is=unsure", "aaaaaaaaaaaa 1 texts is=positive",
			"aaaaaaaaaaaa 1 texts is=unsure"}; !slices.Equal(got, want) {
			t.Errorf("said %q, want %q", got, want)
		}
		p.correct(t, 8, "positive")
		p.w.Do(message.Command{Name: message.Place, Where: message.OnDevice}, nil)
		p.w.Do(message.Command{Name: message.UploadCorrections}, nil)
		problem := p.wait(t, "refusal", func(e message.Event) bool {
			return e.Name == message.EventProblem && e.Problem.About == message.AboutCorrections
		}).Problem
		if !strings.Contains(problem.Detail, "nothing is sent") || len(s.corrections) != 4 {
			t.Errorf("problem = %+v, said %v", problem, s.corrections)
		}
	})
}

// After a reload no correction is sent to the server again, except one that has changed.
func TestToldBeforeAReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa", other: "bbbbbbbbbbbb", tries: true}
		folder := &journaltest.Folder{}
		p := newPageOn(t, s, folder)
		p.open(t, "r.csv", many(600))
		run := p.start(t).Run
		p.correct(t, 1, "negative")
		p.correct(t, 2, "unsure")
		p.w.Do(message.Command{Name: message.UploadCorrections}, nil)
		p.wait(t, "told", func(e message.Event) bool {
			return e.Name == message.EventCorrectionsSent && e.Corrected.Sent == 2
		})
		p.correct(t, 2, "positive")
		after := newPageOn(t, s, folder.After())
		if c := after.resume(t, run, nil).Summary.Corrected; c.Texts != 2 || c.Sent != 1 {
			t.Errorf("after a reload: %+v", c)
		}
	})
}

// A correction made while an older one is being sent to the server survives a reload.
func TestSaidWhileToldBeforeAReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa", other: "bbbbbbbbbbbb", tries: true}
		s.runs = func(r client.Request) *client.Response {
			if strings.HasPrefix(r.Path, "/v1/corrections") {
				time.Sleep(time.Minute)
			}
			return nil
		}
		folder := &journaltest.Folder{}
		p := newPageOn(t, s, folder)
		p.open(t, "r.csv", many(600))
		run := p.start(t).Run
		for _, row := range []int{1, 2} { // 1 is removed, and 2 is changed
			p.correct(t, row, "unsure")
			p.w.Do(message.Command{Name: message.UploadCorrections}, nil)
			synctest.Wait()
			p.correct(t, row, "")
			if row == 2 {
				p.correct(t, row, "positive")
			}
			p.wait(t, "told", named(message.EventCorrectionsSent))
		}
		after := newPageOn(t, s, folder.After())
		if c := after.resume(t, run, nil).Summary.Corrected; c == nil || c.Texts != 1 ||
			c.Sent != 0 {
			t.Errorf("after a reload: %+v", c)
		}
		for i, want := range []string{"", "positive"} {
			if r := after.row(t, i+1); r.Corrected != want {
				t.Errorf("row %d is corrected to %q, want %q", i+1, r.Corrected, want)
			}
		}
	})
}

// A device sends the same number to all servers' trials, from its first request on; a request that
// cannot be kept apart from others does not identify the client.
func TestUnit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		numbers := map[string]int{}
		s := &server{model: "aaaaaaaaaaaa"}
		s.runs = func(r client.Request) *client.Response {
			numbers[r.Run]++
			return nil
		}
		for range 3 {
			p := newPageOn(t, s, folder)
			p.open(t, "r.csv", many(60))
			p.start(t)
			folder = folder.After()
		}
		if len(numbers) != 1 || numbers[""] > 0 {
			t.Errorf("numbers = %v, want one", numbers)
		}
		for number := range numbers {
			var n int
			if _, err := fmt.Sscanf(number, "%d", &n); err != nil || n < 0 || n >= 10_000 ||
				fmt.Sprint(n) != number {
				t.Errorf("number %q is not below 10,000", number)
			}
		}
	})
}
