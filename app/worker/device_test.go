package worker

import (
	"context"
	"slices"
	"strings"
	"sync"
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

// device is a model whose logits give the probabilities of the server in worker_test.go.
type device struct {
	server *server
	loaded string
	takes  time.Duration // each run

	parallel int // windows that it runs at a time; 1 for 0
	mu       sync.Mutex
	runs     int
	now      int // windows being run
	most     int // maximum of now
	// of the aspect model
	lacks  error // why it is not available
	loads  int
	tagged int // windows
}

func (d *device) Load(ctx context.Context, m wire.Manifest, key string,
	progress func(have, all int64)) (parallel int, err error) {
	if key != d.server.key {
		return 0, &wire.Error{Code: wire.Unauthorized, Detail: "This server wants an API key."}
	}
	progress(1, 2)
	d.loaded = m.ID
	return max(1, d.parallel), nil
}

func (d *device) Run(ctx context.Context, dtype string, window []int32) (scorer.Logits, error) {
	d.mu.Lock()
	d.runs++
	d.now++
	d.most = max(d.most, d.now)
	d.mu.Unlock()
	time.Sleep(d.takes)
	d.mu.Lock()
	d.now--
	d.mu.Unlock()
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

// Tags returns the tags of spansIn.
func (d *device) Tags(ctx context.Context, dtype string, window []int32) ([]float32, error) {
	d.mu.Lock()
	d.tagged++
	d.mu.Unlock()
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
	return scorer.Logits{Sentiment: [2]float32{negative, positive}, Stars: fakeStars}
}

// fakeStars are the logits of all texts: close to four stars, like the server in worker_test.go.
var fakeStars = [5]float32{0, 0, 0, 100, 0}

func (p *page) onDevice(t *testing.T, s *server) *device {
	d := &device{server: s}
	p.w.scorer.Device = d
	return d
}

// newPageOnDevice returns a page that scores on the device, which has the model of s.
func newPageOnDevice(t *testing.T, s *server, folder *journaltest.Folder) *page {
	t.Helper()
	p := newPageOn(t, s, folder)
	p.onDevice(t, s)
	p.place(t, message.OnDevice)
	return p
}

// place moves scoring and waits until it has moved.
func (p *page) place(t *testing.T, where string) {
	t.Helper()
	p.w.Do(message.Command{Name: message.Place, Where: where}, nil)
	p.wait(t, "moved", func(e message.Event) bool {
		return e.Name == message.EventReady && e.Ready.Where == where
	})
}

// A file scored on the device is identical to one with the server's scores, and nothing is sent.
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
		synctest.Wait() // for requests in flight to the server
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

// A device runs as many windows at a time as it allows, and the file is the same for any number.
func TestParallelOnTheDevice(t *testing.T) {
	var files []string
	var took []time.Duration
	for _, parallel := range []int{1, 2, 7} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{model: "aaaaaaaaaaaa"}
			p := newPage(t, s)
			d := p.onDevice(t, s)
			d.parallel, d.takes = parallel, 20*time.Millisecond
			p.place(t, message.OnDevice)
			p.open(t, "r.csv", many(2000))
			start := time.Now()
			if end := p.start(t); end.State != message.Finished || end.Summary.Scored != 2000 {
				t.Errorf("%d at a time: the end = %+v", parallel, end)
			}
			took = append(took, time.Since(start))
			if d.most != parallel || s.calls != 0 {
				t.Errorf("%d windows at a time, want %d; %d requests", d.most, parallel, s.calls)
			}
			_, file := p.download(t)
			files = append(files, file)
		})
	}
	for i := 1; i < len(files); i++ {
		if files[i] != files[0] {
			t.Error("the file differs with how many windows are run at a time")
		}
	}
	// A bubble's clock advances only by the time of windows: except at the end, none is idle.
	if t.Failed() {
		return
	}
	for i, parallel := range []time.Duration{1, 2, 7} {
		if took[i]*parallel > took[0]*1015/1000 {
			t.Errorf("with %d windows at a time a run took %v, with one %v", parallel, took[i],
				took[0])
		}
	}
}

// midRun returns a page in the middle of a run on its device.
func midRun(t *testing.T, s *server) (*page, *device) {
	t.Helper()
	p := newPage(t, s)
	d := p.onDevice(t, s)
	p.place(t, message.OnDevice)
	p.open(t, "r.csv", many(3000))
	d.takes = 50 * time.Millisecond
	p.w.Do(message.Command{Name: message.Start}, nil)
	p.wait(t, "scores", func(e message.Event) bool {
		return e.Name == message.EventProgress && e.Progress.Done > 0
	})
	return p, d
}

// A run is not scored by another model that the device loads during it.
func TestOtherModelOnTheDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa"}
		p, d := midRun(t, s)
		s.change(func() { s.model = "bbbbbbbbbbbb" })
		p.w.Do(message.Command{Name: message.Place, Where: message.OnDevice}, nil)
		end := p.wait(t, "the end", func(e message.Event) bool {
			return e.Name == message.EventProgress && e.Progress.State != message.Running
		})
		if end.Progress.State != message.Broken || d.loaded != "bbbbbbbbbbbb" {
			t.Errorf("the end = %+v by model %s", end.Progress, d.loaded)
		}
	})
}

// A typed text and its explanation do not wait for the rows of a run: they alternate.
func TestTurnsOnTheDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa"}
		p, d := midRun(t, s)
		start := time.Now()
		p.w.Do(message.Command{Name: message.Score, ID: 1, Text: "a good one"}, nil)
		p.wait(t, "verdict", named(message.EventVerdict))
		if took := time.Since(start); took > 4*scorer.MaxInFlight*d.takes {
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

// Without a network the device is chosen automatically if it has the model, from the start and
// during a run.
func TestOfflineOnTheDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		s := &server{model: "aaaaaaaaaaaa"}
		p := newPageOnDevice(t, s, folder)
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

// A run that began on the device, as the server was gone, moves to the server on request.
func TestBackToTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		s := &server{model: "aaaaaaaaaaaa"}
		newPageOnDevice(t, s, folder)
		s.gone.Store(true)
		after := newPageOn(t, s, folder.After())
		after.onDevice(t, s).takes = 50 * time.Millisecond
		after.open(t, "r.csv", many(3000))
		after.w.Do(message.Command{Name: message.Start}, nil)
		after.wait(t, "scores", func(e message.Event) bool {
			return e.Name == message.EventProgress && e.Progress.Done > 0
		})
		s.gone.Store(false)
		after.place(t, message.OnServer)
		end := after.wait(t, "the end", func(e message.Event) bool {
			return e.Name == message.EventProgress && e.Progress.State != message.Running
		}).Progress
		if end.State != message.Finished || end.Summary.Scored != 3000 || s.calls == 0 {
			t.Errorf("%s after %d texts and %d calls of the server", end.State,
				end.Summary.Scored, s.calls)
		}
	})
}

// The time that a file takes is sent again when scoring moves.
func TestSecondsElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa", delay: time.Second}
		p := newPage(t, s)
		d := p.onDevice(t, s)
		d.takes = 5 * time.Second
		_, there := p.open(t, "r.csv", many(300))
		if there.Seconds == 0 { // the first is sent before it is known
			there = *p.wait(t, "count", named(message.EventCount)).Count
		}
		p.place(t, message.OnDevice)
		here := *p.wait(t, "count", named(message.EventCount)).Count
		if r := here.Seconds / there.Seconds; r < 4.9 || r > 5.1 || here.Rows != 300 {
			t.Errorf("%f s on the server, %f s here", there.Seconds, here.Seconds)
		}
	})
}

// A model whose manifest does not describe the inputs of its graph is not fetched to the device.
func TestModelThatNoDeviceRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa", export: true}
		p := newPage(t, s)
		d := p.onDevice(t, s)
		p.w.Do(message.Command{Name: message.Place, Where: message.OnDevice}, nil)
		e := p.wait(t, "problem", named(message.EventProblem))
		if !strings.Contains(e.Problem.Detail, "cannot be run on this device") || d.loaded != "" {
			t.Errorf("%+v, %q is loaded", e.Problem, d.loaded)
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

// Once scoring was moved to the device nothing is sent, not even while its model loads, or if none
// is available.
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

// The same holds for a run and for a text that the server has not answered yet: retries run here.
func TestNothingIsSentAfterTheMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa", delay: time.Second}
		p := newPage(t, s)
		d := p.onDevice(t, s)
		p.w.scorer.Device = &reluctant{d, nil}
		p.open(t, "r.csv", many(3000))
		p.w.Do(message.Command{Name: message.Start}, nil)
		p.wait(t, "scores", func(e message.Event) bool {
			return e.Name == message.EventProgress && e.Progress.Done > 0
		})
		s.change(func() { // half of the requests in flight are refused
			s.before = func(call int) *client.Response {
				if call%2 == 0 {
					return nil
				}
				return &client.Response{Status: 503}
			}
		})
		p.w.Do(message.Command{Name: message.Score, ID: 1, Text: "good"}, nil)
		p.w.Do(message.Command{Name: message.Place, Where: message.OnDevice}, nil)
		time.Sleep(s.delay)
		synctest.Wait() // the requests in flight have their answers
		calls := s.calls
		end := p.wait(t, "the end", func(e message.Event) bool {
			return e.Name == message.EventProgress && e.Progress.State != message.Running
		}).Progress
		if end.State != message.Finished || end.Summary.Scored != 3000 {
			t.Errorf("the end = %+v", end)
		}
		if s.calls != calls || d.runs == 0 {
			t.Errorf("%d requests after the move, %d runs on the device", s.calls-calls, d.runs)
		}
	})
}

// Requests that wait for a key of the server continue when scoring is moved to the device, which
// has the model; and the user is not asked for a key that nothing waits for.
func TestNoKeyIsAwaitedAfterTheMove(t *testing.T) {
	for name, tt := range map[string]struct {
		start, moved message.Command
		done         func(e message.Event) bool
	}{
		"a run": {message.Command{Name: message.Start},
			message.Command{Name: message.Place, Where: message.OnDevice},
			inState(message.Finished)},
		"a text": {message.Command{Name: message.Score, ID: 1, Text: "good"},
			message.Command{Name: message.Place, Where: message.OnDevice},
			named(message.EventVerdict)},
		"a run that is cancelled": {message.Command{Name: message.Start},
			message.Command{Name: message.Cancel}, inState(message.Cancelled)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{model: "aaaaaaaaaaaa"}
				p := newPage(t, s)
				p.w.scorer.Device = &keeper{p.onDevice(t, s)}
				p.open(t, "r.csv", many(300))
				time.Sleep(time.Second) // its speed is known
				s.change(func() { s.key = "k" })
				p.w.Do(tt.start, nil)
				p.wait(t, "locked", named(message.EventLocked))
				synctest.Wait()
				calls := s.calls
				p.w.Do(tt.moved, nil)
				p.wait(t, "the end", tt.done)
				synctest.Wait()
				if s.calls != calls || p.w.scorer.Locked() {
					t.Errorf("%d requests after it, locked: %v", s.calls-calls,
						p.w.scorer.Locked())
				}
			})
		})
	}
}

// keeper is a device that has the model.
type keeper struct{ *device }

func (k *keeper) Load(ctx context.Context, m wire.Manifest, key string,
	progress func(have, all int64)) (parallel int, err error) {
	return 1, nil
}

// A request for the model to a server that requires a key does not delay the device's.
func TestModelIsAskedWhereScoringIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa"}
		wants := true // once, so that the device's own request is answered
		s.runs = func(r client.Request) *client.Response {
			if r.Path != "/v1/model" || !wants {
				return nil
			}
			wants = false
			return &client.Response{Status: 401, ContentType: wire.TypeProblem,
				Body: []byte(`{"type": "/problems/unauthorized", "status": 401}`)}
		}
		p := newPage(t, s)
		p.onDevice(t, s)
		p.w.Do(message.Command{Name: message.Score, ID: 1, Text: "good"}, nil)
		p.wait(t, "locked", named(message.EventLocked))
		p.w.Do(message.Command{Name: message.Place, Where: message.OnDevice}, nil)
		p.wait(t, "verdict", named(message.EventVerdict))
		if s.calls != 0 || p.w.scorer.Locked() {
			t.Errorf("%d requests, locked: %v", s.calls, p.w.scorer.Locked())
		}
	})
}

// reluctant is a device whose model takes a minute to load, or has a problem.
type reluctant struct {
	*device
	problem *wire.Error
}

func (r *reluctant) Load(ctx context.Context, m wire.Manifest, key string,
	progress func(have, all int64)) (parallel int, err error) {
	time.Sleep(time.Minute)
	if r.problem != nil {
		return 0, r.problem
	}
	return r.device.Load(ctx, m, key, progress)
}
