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
	// Load gets a model ready: the one that is kept, or, with the API key, the server's. It may say
	// how far it is. It returns how many windows may be run at a time: Run and Tags are safe for
	// that many.
	Load(ctx context.Context, m wire.Manifest, key string,
		progress func(have, all int64)) (parallel int, err error)
	// Run returns what the graph says of one window, which is the same whatever runs beside it.
	Run(ctx context.Context, dtype string, window []int32) (Logits, error)
	// LoadAspects gets the aspect model ready that belongs to the model of the last Load; it is
	// kept like that one. Without a network one that is not kept is *client.Unavailable.
	LoadAspects(ctx context.Context, m wire.Manifest, key string,
		progress func(have, all int64)) error
	// Tags returns the logits of the tags of each token, aspects.Tags a token, after LoadAspects.
	Tags(ctx context.Context, dtype string, window []int32) ([]float32, error)
}

// Logits are a graph's outputs for a window.
type Logits struct {
	Sentiment [2]float32 // {negative, positive}
	Stars     [5]float32 // of one to five stars; zeros where the graph has none
}

// local is what is known of the model on this device.
type local struct {
	mu      sync.Mutex
	read    bool
	kept    keptModel
	current string // ID of the model that the device was asked for last
}

// keptModel is what has to be known of a model to use it without a server.
type keptModel struct {
	Manifest wire.Manifest `json:"manifest"`
	Vocab    string        `json:"vocab,omitempty"` // "" for the built-in one
}

const keptModelFile = "device.json"

// recall returns the model that is, or was before, on this device.
func (s *Scorer) recall() (k keptModel, ok bool) {
	if s.Device == nil {
		return k, false
	}
	s.local.mu.Lock()
	defer s.local.mu.Unlock()
	if !s.local.read {
		s.local.read = true
		// nothing there, or half of it
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

func (s *Scorer) remember(k keptModel) {
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

// Unload forgets the model on this device, and reports whether it was what scored.
func (s *Scorer) Unload() (scored bool) {
	s.local.mu.Lock()
	s.local.kept, s.local.read = keptModel{}, true
	if s.Folder != nil {
		s.Folder.Remove(keptModelFile) // of what stays, the next load finds no model
	}
	s.local.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.where == message.OnDevice || s.away
}

// Kept reports whether a model is on this device.
func (s *Scorer) Kept() bool {
	_, ok := s.recall()
	return ok
}

// loadDevice makes the model that scores on this device: of the server's model, or of the kept one
// where the server does not answer.
func (s *Scorer) loadDevice(ctx context.Context, where string, askServer bool) (*Model, error) {
	if s.Device == nil {
		return nil, errors.New("this browser cannot score on the device")
	}
	k, known := s.recall()
	if askServer {
		manifest, err := s.askModel(ctx, where, known)
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
	if k.Manifest.Inputs.DType == "" { // an export of Hugging Face's, which brings no golden texts
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
	s.remember(k)
	return m, nil
}

// askModel asks the server for its model: once, where there is another way.
func (s *Scorer) askModel(ctx context.Context, where string, once bool) (m wire.Manifest,
	err error) {
	if once {
		if !s.Online() {
			return m, &client.Unavailable{Err: errors.New("offline")}
		}
		limited, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		return s.Client.Model(limited)
	}
	err = s.withRetry(ctx, Retry{}, 0, s.unlessMoved(where, func(ctx context.Context) (err error) {
		m, err = s.Client.Model(ctx)
		return err
	}))
	return m, err
}

// unlessMoved is do for a model that is loaded for a place, and errMoved once scoring has moved
// from there.
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

// errMoved ends the loading of a model for a place where scoring is no more.
var errMoved = errors.New("scoring has moved")

// device is a model on this device.
type device struct {
	Device
	scorer   *Scorer
	model    *Model
	manifest wire.Manifest
	aspects  *aspectModel
	turn     chan struct{} // as many as windows are run now; its capacity is how many may be
}

// aspectModel is what is known of the aspect model on this device.
type aspectModel struct {
	mu    sync.Mutex
	tried bool // to load it
	err   error
}

// loadAspects gets the aspect model ready, once. One that cannot be had now is no error: ok is
// false.
func (d device) loadAspects(ctx context.Context, p Retry) (ok bool, err error) {
	d.aspects.mu.Lock()
	defer d.aspects.mu.Unlock()
	if !d.aspects.tried {
		p.hasFallback = true
		told := false
		err := d.scorer.withRetry(ctx, p, 0, func(ctx context.Context) error {
			return d.LoadAspects(ctx, d.manifest, d.scorer.Client.Key(), func(have, all int64) {
				if p.OnWait != nil && all > 0 {
					told = true
					p.OnWait("Fetching what finds topics, once: " +
						strconv.FormatInt(100*have/all, 10) + "%.")
				}
			})
		})
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if told {
			p.OnWait("")
		}
		d.aspects.tried, d.aspects.err = true, err
	}
	if noAnswer(d.aspects.err) {
		d.aspects.tried = false // the network may be back for the next
		return false, nil
	}
	return d.aspects.err == nil, d.aspects.err
}

// score computes as many windows at a time as the device can, each alone, as the server does. A
// run goes on with a second request while the last windows of the first leave room.
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

// read scores the windows of one text, one after the other.
func (d device) read(ctx context.Context, to *Answer, windows [][]int32, spans bool) error {
	logits, stars := make([][2]float32, len(windows)), make([][5]float32, len(windows))
	for w, window := range windows {
		if err := d.enter(ctx); err != nil {
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

// enter waits for a turn to run a window: a typed text or an explanation takes turns with a run.
// It fails as a server does that has changed its model, where the device was given another one.
func (d device) enter(ctx context.Context) error {
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

// errOtherModel refuses to score by a model that the device had, or does not have.
var errOtherModel = &wire.Error{Code: wire.UnknownModel,
	Detail: "This device has another model now."}

// movedToDevice reports whether people have moved scoring to the device.
func (s *Scorer) movedToDevice() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.where == message.OnDevice
}

// Place says where scoring happens from now on: message.OnDevice, or on the server for anything
// else. What is scored after it has returned, and what has no answer yet, waits for a model there,
// and fails where none can be had: nothing is sent to a server from which scoring was taken away.
func (s *Scorer) Place(where string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.where, s.away = where, false
	s.model = nil
	s.stopWaiting()
}
