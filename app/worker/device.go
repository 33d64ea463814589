package worker

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
	// Run gives the logits {negative, positive} of one window; one at a time.
	Run(ctx context.Context, dtype string, window []int32) ([2]float32, error)
}

// local is what the worker knows of the model on this device.
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
func (w *Worker) recall() (k keptModel, ok bool) {
	if w.Device == nil {
		return k, false
	}
	w.local.mu.Lock()
	defer w.local.mu.Unlock()
	if !w.local.read {
		w.local.read = true
		// nothing there, or half of it
		if data := w.readKept(); json.Unmarshal(data, &w.local.kept) != nil {
			w.local.kept = keptModel{}
		}
	}
	return w.local.kept, w.local.kept.Manifest.ID != ""
}

func (w *Worker) readKept() []byte {
	if w.Folder == nil {
		return nil
	}
	f, err := w.Folder.Open(keptModelFile)
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

func (w *Worker) remember(k keptModel) {
	w.local.mu.Lock()
	defer w.local.mu.Unlock()
	w.local.kept, w.local.read = k, true
	data, err := json.Marshal(k)
	if err != nil || w.Folder == nil {
		return
	}
	f, err := w.Folder.Open(keptModelFile)
	if err != nil {
		return
	}
	defer f.Close()
	if f.Truncate(0) == nil {
		f.WriteAt(data, 0)
	}
}

// unload forgets the model on this device.
func (w *Worker) unload() {
	w.local.mu.Lock()
	w.local.kept, w.local.read = keptModel{}, true
	if w.Folder != nil {
		w.Folder.Remove(keptModelFile) // of what stays, the next load finds no model
	}
	w.local.mu.Unlock()
	w.mu.Lock()
	here := w.where == message.OnDevice || w.away
	w.mu.Unlock()
	if here {
		w.Do(message.Command{Name: message.Place, Where: message.OnServer}, nil)
	}
	w.tellKept()
}

// loadDevice makes the engine that scores on this device: of the server's model, or of the kept one
// where the server does not answer.
func (w *Worker) loadDevice(ctx context.Context, askServer bool) (*engine, error) {
	if w.Device == nil {
		return nil, errors.New("this browser cannot score on the device")
	}
	k, known := w.recall()
	if askServer {
		manifest, err := w.askModel(ctx, known)
		switch {
		case err != nil && !known:
			return nil, err
		case err == nil && k.Manifest.ID != manifest.ID:
			vocab, err := w.vocabOf(ctx, manifest)
			if err != nil {
				return nil, err
			}
			k = keptModel{Manifest: manifest}
			if vocab != w.Vocab {
				k.Vocab = vocab
			}
		}
	}
	vocab := k.Vocab
	if vocab == "" {
		vocab = w.Vocab
	}
	e, err := newEngine(k.Manifest, vocab)
	if err != nil {
		return nil, err
	}
	e.onDevice, e.dtype = true, k.Manifest.Inputs.DType
	err = w.withRetry(ctx, retryOptions{}, 0, func(ctx context.Context) error {
		return w.Device.Load(ctx, k.Manifest, w.Client.Key(), func(have, all int64) {
			w.send(ctx, message.Event{Name: message.EventFetch,
				Fetch: &message.Fetch{Have: have, All: all}})
		})
	})
	if err != nil {
		return nil, err
	}
	w.remember(k)
	return e, nil
}

// askModel asks the server for its model: once, where there is another way.
func (w *Worker) askModel(ctx context.Context, once bool) (m wire.Manifest, err error) {
	if once {
		if !w.Online() {
			return m, &client.Unavailable{Err: errors.New("offline")}
		}
		limited, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		return w.Client.Model(limited)
	}
	err = w.withRetry(ctx, retryOptions{}, 0, func(ctx context.Context) (err error) {
		m, err = w.Client.Model(ctx)
		return err
	})
	return m, err
}

// scoreHere scores texts on this device, a window at a time, as the server does.
func (w *Worker) scoreHere(ctx context.Context, e *engine, texts [][][]int32) ([]answer, error) {
	out := make([]answer, len(texts))
	var logits [][2]float32
	for i, windows := range texts {
		logits = logits[:0]
		for _, window := range windows {
			select { // for this window only: a typed text or an explanation takes turns with a run
			case w.local.turn <- struct{}{}:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			l, err := w.Device.Run(ctx, e.dtype, window)
			<-w.local.turn
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err != nil {
				return nil, fmt.Errorf("score on this device: %w", err)
			}
			logits = append(logits, l)
		}
		s := reviews.Decide(e.rule, logits)
		if s.Sentiment == reviews.None {
			out[i].err = "The model gave no number for this text."
		}
		out[i].positive = float32(s.Positive)
	}
	return out, nil
}

// place says where scoring happens from now on.
func (w *Worker) place(ctx context.Context, where string) {
	w.mu.Lock()
	w.where, w.away = where, false
	w.engine = nil
	w.mu.Unlock()
	if _, err := w.model(ctx); err != nil && ctx.Err() == nil {
		p := problem(message.AboutPlace, err)
		w.send(ctx, message.Event{Name: message.EventProblem, Problem: p})
	}
}
