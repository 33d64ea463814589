package worker

import (
	"testing"
	"testing/synctest"

	"reviewlens/api/wire"
	"reviewlens/app/journal"
	"reviewlens/app/message"

	"github.com/google/go-cmp/cmp"
)

// A verdict has the stars that the model predicts, on the server and on the device alike; if a
// model predicts none, none are requested (see server).
func TestVerdictStars(t *testing.T) {
	for stars, want := range map[bool]float64{false: 0, true: 4} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{model: "aaaaaaaaaaaa", stars: stars}
			p := newPage(t, s)
			p.onDevice(t, s)
			for _, where := range []string{message.OnServer, message.OnDevice} {
				p.place(t, where)
				p.w.Do(message.Command{Name: message.Score, ID: 1, Text: "a good lid it is"}, nil)
				got := p.wait(t, "the verdict", func(e message.Event) bool {
					return e.Name == message.EventVerdict || e.Name == message.EventProblem
				})
				if got.Verdict == nil || got.Verdict.Stars != want ||
					got.Verdict.Sentiment != "positive" {
					t.Errorf("%s, stars %v: %+v", where, stars, got)
				}
			}
		})
	}
}

// A file's rows have stars, its summary their mean and the difference to those given.
func TestFileStars(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa", stars: true})
		p.open(t, "r.csv", "stars,review\n5,a good lid it is\n1,a bad lid it is\n4,\n"+
			"2,Das ist leider ein bad Deckel\n")
		want := &wire.Predicted{Rows: 2, Mean: 4, Difference: new(float64)}
		*want.Difference = -1
		first := p.start(t).Summary.Predicted
		if d := cmp.Diff(want, first); d != "" {
			t.Errorf("-want +got: %s", d)
		}
		p.w.file.mu.Lock()
		defer p.w.file.mu.Unlock()
		if r := p.w.file.result(0); r.Stars != 4 || r.Mixed {
			t.Errorf("the row is %+v", r)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		p.open(t, "r.csv", "stars,review\n5,a good lid it is\n")
		if got := p.start(t).Summary.Predicted; got != nil {
			t.Errorf("a model without stars has %+v", got)
		}
	})
}

// Stars that are kept belong to the score before them, and to no other text.
func TestRestoredStars(t *testing.T) {
	r := new(restored)
	lid, lamp := []byte("a good lid it is"), []byte("a good lamp it is")
	r.put(journal.Score{Number: 0, Stars: 300}) // of none
	r.put(journal.Score{Number: 0, Check: journal.Check(lid), Positive: 0.9, Windows: 1})
	r.put(journal.Score{Number: 1, Check: journal.Check(lamp), Positive: 0.9, Windows: 1})
	r.put(journal.Score{Number: 0, Check: journal.Check(lid), Stars: 400})
	r.put(journal.Score{Number: 1, Check: journal.Check(lid), Stars: 200}) // of another text
	if got := r.text(0, lid); got.stars != 400 || got.state != scored {
		t.Errorf("the first text is %+v", got)
	}
	if got := r.text(1, lamp); got.stars != 0 || got.state != scored {
		t.Errorf("the second text is %+v", got)
	}
}
