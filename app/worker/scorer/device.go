package scorer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"reviewlens/api/wire"
	"reviewlens/app/client"
	"reviewlens/app/message"
	"reviewlens/reviews"
)

// Device runs the server's model on this device.
type Device interface {
	// Load makes a model ready: the kept one, or, with the API key, the server's. It may report
	// progress. It returns how many windows may run at a time: Run and Tags are safe for that many.
	Load(ctx context.Context, m wire.Manifest, key string,
		progress func(have, all int64)) (parallel int, err error)
	// Run returns the graph's outputs for one window, whatever else runs concurrently.
	Run(ctx context.Context, dtype string, window []int32) (Logits, error)
	// LoadAspects makes the aspect model of the last loaded model ready; it is kept like that one.
	// Without a network, one that is not kept gives *client.Unavailable.
	LoadAspects(ctx context.Context, m wire.Manifest, key string,
		progress func(have, all int64)) error
	// Tags returns the tag logits of each token, aspects.Tags per token, after LoadAspects.
	Tags(ctx context.Context, dtype string, window []int32) ([]float32, error)
}

// Logits are a graph's outputs for a window.
type Logits struct {
	Sentiment [2]float32 // {negative, positive}
	Stars     [5]float32 // of one to five stars; zeros if the graph has none
}

// local is the state of the model on this device.
type local struct {
	mu      sync.Mutex
	read    bool
	kept    keptModel
	current string // ID of the model last requested from the device
}

// keptModel is the data needed to use a model without a server.
type keptModel struct {
	Manifest wire.Manifest `json:"manifest"`
	Vocab    string        `json:"vocab,omitempty"` // "" for the built-in one
}

const keptModelFile = "device.json"

// loadKept returns the model that is on this device, or was on it in an earlier session.
func (s *Scorer) loadKept() (k keptModel, ok bool) {
	if s.Device == nil {
		return k, false
	}
	s.local.mu.Lock()
	defer s.local.mu.Unlock()
	if !s.local.read {
		s.local.read = true
		// absent, or incomplete
		if data := s.readKept(); json.Unmarshal(data, &s.local.kept) != nil {
			s.local.kept = keptModel{}
		}
	}
	return s.local.kept, s.local.kept.Manifest.ID != ""
}

func (s *Scorer) readKept() []byte {
	if s.Folder == nil {
		return nil
	}
	f, err := s.Folder.Open(keptModelFile)
	if err != nil {
		return nil
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil || size > 64<<20 {
		return nil
	}
	data := make([]byte, size)
	if _, err := f.ReadAt(data, 0); err != nil && err != io.EOF {
		return nil
	}
	return data
}

func (s *Scorer) saveKept(k keptModel) {
	s.local.mu.Lock()
	defer s.local.mu.Unlock()
	s.local.kept, s.local.read = k, true
	data, err := json.Marshal(k)
	if err != nil || s.Folder == nil {
		return
	}
	f, err := s.Folder.Open(keptModelFile)
	if err != nil {
		return
	}
	defer f.Close()
	if f.Truncate(0) == nil {
		f.WriteAt(data, 0)
	}
}

// Unload deletes the model on this device, and reports whether it was the one scoring.
func (s *Scorer) Unload() (scored bool) {
	s.local.mu.Lock()
	s.local.kept, s.local.read = keptModel{}, true
	if s.Folder != nil {
		s.Folder.Remove(keptModelFile) // without it, the next load ignores the other files
	}
	s.local.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.where == message.OnDevice || s.serverLost
}

// Kept reports whether a model is on this device.
func (s *Scorer) Kept() bool {
	_, ok := s.loadKept()
	return ok
}

// loadDevice returns the model that scores on this device: the server's, or the kept one if the
// server does not answer.
func (s *Scorer) loadDevice(ctx context.Context, where string, fromServer bool) (*Model, error) {
	if s.Device == nil {
		return nil, errors.New("this browser cannot score on the device")
	}
	k, known := s.loadKept()
	if fromServer {
		manifest, err := s.fetchModel(ctx, where, known)
		switch {
		case err != nil && !known:
			return nil, err
		case err == nil && k.Manifest.ID != manifest.ID:
			vocab, err := s.vocabOf(ctx, where, manifest)
			if err != nil {
				return nil, err
			}
			k = keptModel{Manifest: manifest}
			if vocab != s.Vocab {
				k.Vocab = vocab
			}
		}
	}
	if k.Manifest.Inputs.DType == "" { // a Hugging Face export, without golden texts
		return nil, fmt.Errorf("the model %s cannot be run on this device: it does not say how "+
			"its graph is fed", k.Manifest.ID)
	}
	vocab := k.Vocab
	if vocab == "" {
		vocab = s.Vocab
	}
	m, err := newModel(k.Manifest, vocab)
	if err != nil {
		return nil, err
	}
	s.local.mu.Lock()
	s.local.current = m.ID
	s.local.mu.Unlock()
	parallel := 0
	err = s.withRetry(ctx, Retry{}, 0, s.unlessMoved(where, func(ctx context.Context) (err error) {
		parallel, err = s.Device.Load(ctx, k.Manifest, s.Client.Key(), func(have, all int64) {
			s.Send(ctx, message.Event{Name: message.EventFetch,
				Fetch: &message.Fetch{Have: have, All: all}})
		})
		return err
	}))
	if err != nil {
		return nil, err
	}
	m.engine = device{Device: s.Device, scorer: s, model: m, manifest: k.Manifest,
		aspects: new(aspectModel), turn: make(chan struct{}, parallel)}
	s.saveKept(k)
	return m, nil
}

// fetchModel requests the server's model; only once if there is a fallback.
func (s *Scorer) fetchModel(ctx context.Context, where string, once bool) (m wire.Manifest,
	err error) {
	if once {
		if !s.Online() {
			return m, &client.Unavailable{Err: errors.New("offline")}
		}
		limited, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		return s.Client.Model(limited)
	}
	fetch := s.unlessMoved(where, func(ctx context.Context) (err error) {
		m, err = s.Client.Model(ctx)
		return err
	})
	err = s.withRetry(ctx, Retry{OnWait: s.setWaiting}, 0, fetch)
	return m, err
}

// unlessMoved returns do for a model that is loaded for a place; it returns errMoved once scoring
// has moved from there.
func (s *Scorer) unlessMoved(where string, do func(ctx context.Context) error) func(
	ctx context.Context) error {
	return func(ctx context.Context) error {
		s.mu.Lock()
		moved := s.where != where
		s.mu.Unlock()
		if moved {
			return errMoved
		}
		return do(ctx)
	}
}

// errMoved ends the loading of a model for a place where scoring no longer runs.
var errMoved = errors.New("scoring has moved")

// device is a model on this device.
type device struct {
	Device
	scorer   *Scorer
	model    *Model
	manifest wire.Manifest
	aspects  *aspectModel
	turn     chan struct{} // semaphore of the windows being run; its capacity is the limit
}

// aspectModel is the state of the aspect model on this device.
type aspectModel struct {
	mu    sync.Mutex
	tried bool // loading was attempted
	err   error
}

// loadAspects makes the aspect model ready, once. If it is not available now, ok is false and err
// is nil.
func (d device) loadAspects(ctx context.Context, p Retry) (ok bool, err error) {
	d.aspects.mu.Lock()
	defer d.aspects.mu.Unlock()
	if !d.aspects.tried {
		p.hasFallback = true
		waiting := false
		err := d.scorer.withRetry(ctx, p, 0, func(ctx context.Context) error {
			return d.LoadAspects(ctx, d.manifest, d.scorer.Client.Key(), func(have, all int64) {
				if p.OnWait != nil && all > 0 {
					waiting = true
					p.OnWait("Fetching what finds topics, once: " +
						strconv.FormatInt(100*have/all, 10) + "%.")
				}
			})
		})
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if waiting {
			p.OnWait("")
		}
		d.aspects.tried, d.aspects.err = true, err
	}
	if noAnswer(d.aspects.err) {
		d.aspects.tried = false // the network may be back for the next request
		return false, nil
	}
	return d.aspects.err == nil, d.aspects.err
}

// score computes as many windows at a time as the device can, each alone, as the server does. A run
// starts a second request while the last windows of the first leave capacity.
func (d device) score(ctx context.Context, texts [][][]int32, spans bool,
	p Retry) ([]Answer, error) {
	if spans {
		var err error
		if spans, err = d.loadAspects(ctx, p); err != nil {
			return nil, fmt.Errorf("find topics on this device: %w", err)
		}
	}
	p.Congestion.allow(2)
	out := make([]Answer, len(texts))
	scoring, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var readers sync.WaitGroup
	for range min(cap(d.turn), len(texts)) {
		readers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(texts)); i = next.Add(1) - 1 {
				if err := d.read(scoring, &out[i], texts[i], spans); err != nil {
					cancel(fmt.Errorf("score on this device: %w", err))
					return
				}
			}
		})
	}
	readers.Wait()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case scoring.Err() != nil:
		return nil, context.Cause(scoring)
	}
	return out, nil
}

// read scores the windows of one text sequentially.
func (d device) read(ctx context.Context, to *Answer, windows [][]int32, spans bool) error {
	logits, stars := make([][2]float32, len(windows)), make([][5]float32, len(windows))
	for w, window := range windows {
		if err := d.acquire(ctx); err != nil {
			return err
		}
		l, err := d.Run(ctx, d.manifest.Inputs.DType, window)
		logits[w], stars[w] = l.Sentiment, l.Stars
		if err == nil && spans {
			var tags []float32
			if tags, err = d.Tags(ctx, d.manifest.Inputs.DType, window); err == nil {
				to.Spans = d.model.spans(to.Spans, w, tags, window)
			}
		}
		<-d.turn
		if err != nil {
			return err
		}
	}
	s := reviews.Decide(d.model.Rule, logits)
	if s.Sentiment == reviews.None {
		to.Err = "The model gave no number for this text."
	}
	to.Positive, to.Read = float32(s.Positive), spans
	if d.model.stars != nil {
		s.Stars, _ = d.model.stars.Decide(stars)
		s.Mixed = d.model.Rule.Mixed(logits)
		to.Stars = s.Pack()
	}
	return nil
}

// acquire waits for a turn to run a window: a typed text or an explanation alternates with a run.
// If the device has loaded another model since, it fails like a server that has changed its model.
func (d device) acquire(ctx context.Context) error {
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	d.scorer.local.mu.Lock()
	defer d.scorer.local.mu.Unlock()
	if d.scorer.local.current != d.model.ID {
		<-d.turn
		return errOtherModel
	}
	return nil
}

// errOtherModel rejects scoring by a model that the device no longer has, or never had.
var errOtherModel = &wire.Error{Code: wire.UnknownModel,
	Detail: "This device has another model now."}

// movedToDevice reports whether the user has moved scoring to the device.
func (s *Scorer) movedToDevice() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.where == message.OnDevice
}

// Place sets where scoring runs from now on: message.OnDevice, or the server for anything else.
// Requests made after it returns, and those still unanswered, wait for a model there, and fail if
// none is available: nothing is sent to a server after scoring was moved away from it.
func (s *Scorer) Place(where string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.where, s.serverLost = where, false
	s.model = nil
	s.stopWaiting()
}
