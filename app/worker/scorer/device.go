package scorer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"reviewlens/api/wire"
	"reviewlens/app/client"
	"reviewlens/app/message"
	"reviewlens/reviews"
)

// Device runs the server's model on this device.
type Device interface {
	// Load gets a model ready: the one that is kept, or, with the API key, the server's. It may say
	// how far it is.
	Load(ctx context.Context, m wire.Manifest, key string, progress func(have, all int64)) error
	// Run gives what the graph says of one window; one at a time.
	Run(ctx context.Context, dtype string, window []int32) (Logits, error)
}

// Logits are a graph's outputs for a window.
type Logits struct {
	Sentiment [2]float32 // {negative, positive}
	Stars     [5]float32 // of one to five stars; zeros where the graph has none
}

// local is what is known of the model on this device.
type local struct {
	turn chan struct{} // holds one while a window is run

	mu   sync.Mutex
	read bool
	kept keptModel
}

// keptModel is what has to be known of a model to use it without a server.
type keptModel struct {
	Manifest wire.Manifest `json:"manifest"`
	Vocab    string        `json:"vocab,omitempty"` // "" for the built-in one
}

const keptModelFile = "device.json"

// recall gives the model that is, or was before, on this device.
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
func (s *Scorer) loadDevice(ctx context.Context, askServer bool) (*Model, error) {
	if s.Device == nil {
		return nil, errors.New("this browser cannot score on the device")
	}
	k, known := s.recall()
	if askServer {
		manifest, err := s.askModel(ctx, known)
		switch {
		case err != nil && !known:
			return nil, err
		case err == nil && k.Manifest.ID != manifest.ID:
			vocab, err := s.vocabOf(ctx, manifest)
			if err != nil {
				return nil, err
			}
			k = keptModel{Manifest: manifest}
			if vocab != s.Vocab {
				k.Vocab = vocab
			}
		}
	}
	vocab := k.Vocab
	if vocab == "" {
		vocab = s.Vocab
	}
	m, err := newModel(k.Manifest, vocab)
	if err != nil {
		return nil, err
	}
	m.engine = device{s.Device, s.local.turn, k.Manifest.Inputs.DType, m.Rule, m.stars}
	err = s.withRetry(ctx, Retry{}, 0, func(ctx context.Context) error {
		return s.Device.Load(ctx, k.Manifest, s.Client.Key(), func(have, all int64) {
			s.Send(ctx, message.Event{Name: message.EventFetch,
				Fetch: &message.Fetch{Have: have, All: all}})
		})
	})
	if err != nil {
		return nil, err
	}
	s.remember(k)
	return m, nil
}

// askModel asks the server for its model: once, where there is another way.
func (s *Scorer) askModel(ctx context.Context, once bool) (m wire.Manifest, err error) {
	if once {
		if !s.Online() {
			return m, &client.Unavailable{Err: errors.New("offline")}
		}
		limited, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		return s.Client.Model(limited)
	}
	err = s.withRetry(ctx, Retry{}, 0, func(ctx context.Context) (err error) {
		m, err = s.Client.Model(ctx)
		return err
	})
	return m, err
}

// device is a model on this device.
type device struct {
	Device
	turn  chan struct{}
	dtype string // of the model's inputs
	rule  reviews.Rule
	stars *reviews.StarRule // nil for a model without
}

// score computes a window at a time, as the server does.
func (d device) score(ctx context.Context, texts [][][]int32, _ Retry) ([]Answer, error) {
	out := make([]Answer, len(texts))
	var logits [][2]float32
	var stars [][5]float32
	for i, windows := range texts {
		logits, stars = logits[:0], stars[:0]
		for _, window := range windows {
			select { // for this window only: a typed text or an explanation takes turns with a run
			case d.turn <- struct{}{}:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			l, err := d.Run(ctx, d.dtype, window)
			<-d.turn
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err != nil {
				return nil, fmt.Errorf("score on this device: %w", err)
			}
			logits, stars = append(logits, l.Sentiment), append(stars, l.Stars)
		}
		s := reviews.Decide(d.rule, logits)
		if s.Sentiment == reviews.None {
			out[i].Err = "The model gave no number for this text."
		}
		out[i].Positive = float32(s.Positive)
		if d.stars != nil {
			s.Stars, _ = d.stars.Decide(stars)
			s.Mixed = d.rule.Mixed(logits)
			out[i].Stars = s.Pack()
		}
	}
	return out, nil
}

// Place says where scoring happens from now on: message.OnDevice, or on the server for anything
// else. What is scored after it has returned waits for a model there, and fails where none can be
// had: nothing is sent to a server from which scoring was taken away.
func (s *Scorer) Place(where string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.where, s.away = where, false
	s.model = nil
}
