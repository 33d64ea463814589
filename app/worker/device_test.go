package worker

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/api/wire"
	"reviewlens/app/client"
	"reviewlens/app/journal/journaltest"
	"reviewlens/app/message"
	"reviewlens/app/worker/scorer"
	"reviewlens/reviews/aspects"
)

// device is a model that gives logits whose probabilities are the server's of worker_test.go.
type device struct {
	server *server
	loaded string
	runs   int
	takes  time.Duration // each run
	// of the aspect model
	lacks  error // why it cannot be had
	loads  int
	tagged int // windows
}

func (d *device) Load(ctx context.Context, m wire.Manifest, key string,
	progress func(have, all int64)) error {
	if key != d.server.key {
		return &wire.Error{Code: wire.Unauthorized, Detail: "This server wants an API key."}
	}
	progress(1, 2)
	d.loaded = m.ID
	return nil
}

func (d *device) Run(ctx context.Context, dtype string, window []int32) (scorer.Logits, error) {
	d.runs++
	time.Sleep(d.takes)
	switch {
	case slices.Contains(window, good):
		return toLogits(0, 4.59512), nil
	case slices.Contains(window, bad):
		return toLogits(4.59512, 0), nil
	}
	return toLogits(0, 0), nil
}

func (d *device) LoadAspects(ctx context.Context, m wire.Manifest, key string,
	progress func(have, all int64)) error {
	progress(1, 2)
	d.loads++
	return d.lacks
}

// Tags are those of spansIn.
func (d *device) Tags(ctx context.Context, dtype string, window []int32) ([]float32, error) {
	d.tagged++
	logits := make([]float32, aspects.Tags*len(window))
	set := func(token, tag int, logit float32) { logits[aspects.Tags*token+tag] = logit }
	for token := range window {
		set(token, 0, 1)
	}
	for _, s := range spansIn(0, window) {
		for i := range s.Tokens {
			set(s.First+i, 1+2*int(s.Polarity)+min(i, 1), 20)
		}
	}
	return logits, nil
}

func toLogits(negative, positive float32) scorer.Logits {
	return scorer.Logits{Sentiment: [2]float32{negative, positive}, Stars: saidStars}
}

// saidStars are the logits of all texts: as good as four stars, as the server of worker_test.go has
// it.
var saidStars = [5]float32{0, 0, 0, 100, 0}

func (p *page) onDevice(t *testing.T, s *server) *device {
	d := &device{server: s}
	p.w.scorer.Device = d
	return d
}

// place moves scoring and waits until it has moved.
func (p *page) place(t *testing.T, where string) {
	t.Helper()
	p.w.Do(message.Command{Name: message.Place, Where: where}, nil)
	p.wait(t, "moved", func(e message.Event) bool {
		return e.Name == message.EventReady && e.Ready.Where == where
	})
}

// A file that is scored on the device is the file that the server's scores make, and nothing is
// sent.
func TestOnTheDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa"}
		p := newPage(t, s)
		d := p.onDevice(t, s)
		p.open(t, "r.csv", many(300))
		p.start(t)
		_, want := p.download(t)
		p.w.Do(message.Command{Name: message.Close}, nil)
		p.place(t, message.OnDevice)
		calls := s.calls
		p.open(t, "r.csv", many(300))
		if end := p.start(t); end.State != message.Finished || end.Summary.Scored != 300 {
			t.Errorf("the end = %+v", end)
		}
		if _, got := p.download(t); got != want {
			t.Error("the file differs from the server's")
		}
		if s.calls != calls || d.runs < 150 {
			t.Errorf("%d requests, %d runs on the device", s.calls-calls, d.runs)
		}
		p.w.Do(message.Command{Name: message.Close}, nil)
		p.place(t, message.OnServer)
		p.open(t, "r.csv", many(300))
		p.start(t)
		if s.calls == calls {
			t.Error("back on the server, nothing was sent")
		}
	})
}

// A typed text and its reasons do not wait for the rows of a run: they take turns.
func TestTurnsOnTheDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa"}
		p := newPage(t, s)
		d := p.onDevice(t, s)
		p.place(t, message.OnDevice)
		p.open(t, "r.csv", many(3000))
		d.takes = 50 * time.Millisecond
		p.w.Do(message.Command{Name: message.Start}, nil)
		p.wait(t, "scores", func(e message.Event) bool {
			return e.Name == message.EventProgress && e.Progress.Done > 0
		})
		began := time.Now()
		p.w.Do(message.Command{Name: message.Score, ID: 1, Text: "a good one"}, nil)
		p.wait(t, "verdict", named(message.EventVerdict))
		if took := time.Since(began); took > 4*scorer.MaxInFlight*d.takes {
			t.Errorf("the verdict took %v beside a run", took)
		}
		if x := p.wait(t, "reasons",
			func(e message.Event) bool {
				return e.Name == message.EventExplained && e.Explained.Done
			}).Explained; len(x.Words) == 0 || x.Words[0].Text != "good" {
			t.Errorf("reasons = %+v", x)
		}
		p.w.Do(message.Command{Name: message.Cancel}, nil)
		p.wait(t, "the end", func(e message.Event) bool {
			return e.Name == message.EventProgress && e.Progress.State == message.Cancelled
		})
	})
}

// Without a network the device is chosen by itself if the model is there, from the start and in the
// midst of a run.
func TestOfflineOnTheDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		s := &server{model: "aaaaaaaaaaaa"}
		p := newPageOn(t, s, folder)
		p.onDevice(t, s)
		p.place(t, message.OnDevice)
		p.place(t, message.OnServer)
		p.open(t, "r.csv", many(3000))
		s.change(func() {
			s.before = func(call int) *client.Response {
				if call > 4 {
					return &client.Response{}
				}
				return nil
			}
		})
		if end := p.start(t); end.State != message.Finished || end.Summary.Scored != 3000 {
			t.Errorf("the network went in its midst: %+v", end)
		}

		s.gone.Store(true)
		after := newPageOn(t, s, folder.After())
		d := after.onDevice(t, s)
		after.w.Do(message.Command{Name: message.Score, ID: 1, Text: "a good one"}, nil)
		if v := after.wait(t, "verdict", named(message.EventVerdict)).
			Verdict; v.Sentiment != "positive" || d.loaded != s.model {
			t.Errorf("verdict without a network = %+v by %q", v, d.loaded)
		}
	})
}

func TestModelForTheDeviceWantsAKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa", key: "k"}
		p := newPage(t, s)
		p.onDevice(t, s)
		p.w.Do(message.Command{Name: message.Place, Where: message.OnDevice}, nil)
		p.wait(t, "locked", named(message.EventLocked))
		p.w.Do(message.Command{Name: message.Key, Key: "k"}, nil)
		p.wait(t, "moved", func(e message.Event) bool {
			return e.Name == message.EventReady && e.Ready.Where == message.OnDevice
		})
	})
}

// Once scoring was moved to the device nothing is sent, not even while its model comes, or where
// none can be had.
func TestNothingIsSentFromTheDevice(t *testing.T) {
	for name, problem := range map[string]*wire.Error{
		"slow":   nil,
		"broken": {Code: wire.Internal, Detail: "The model does not fit."},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{model: "aaaaaaaaaaaa"}
				p := newPage(t, s)
				p.w.scorer.Device = &reluctant{p.onDevice(t, s), problem}
				p.w.Do(message.Command{Name: message.Place, Where: message.OnDevice}, nil)
				p.w.Do(message.Command{Name: message.Score, ID: 1, Text: "good"}, nil)
				if problem == nil {
					v := p.wait(t, "verdict", named(message.EventVerdict)).Verdict
					if v.Sentiment != "positive" {
						t.Errorf("the verdict is %+v", v)
					}
				} else {
					p.wait(t, "problem", func(e message.Event) bool {
						p := e.Problem
						return e.Name == message.EventProblem && p.About == message.AboutText
					})
				}
				if s.calls != 0 {
					t.Errorf("%d requests were sent", s.calls)
				}
			})
		})
	}
}

// reluctant is a device whose model takes a minute to come, or has a problem.
type reluctant struct {
	*device
	problem *wire.Error
}

func (r *reluctant) Load(ctx context.Context, m wire.Manifest, key string,
	progress func(have, all int64)) error {
	time.Sleep(time.Minute)
	if r.problem != nil {
		return r.problem
	}
	return r.device.Load(ctx, m, key, progress)
}
