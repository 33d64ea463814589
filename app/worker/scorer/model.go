package scorer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"reviewlens/api/wire"
	"reviewlens/app/message"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	"reviewlens/tokenizer"
	"reviewlens/tokenizer/batch"
)

// Model is one model as the worker needs it: how text is cut into windows, and what a probability
// is called.
type Model struct {
	ID      string
	Join    string
	Rule    reviews.Rule
	Golden  []wire.Golden
	English bool // it reads only English
	Emoji   bool // it reads them as words
	Topics  bool // it has an aspect model: Read

	// What the server stated with the model; zero for one on this device.
	Limits wire.Limits
	Price  float64 // US dollars per 1,000 tokens
	signIn *wire.SignIn
	jobs   *wire.JobLimits
	others []string // IDs of the other models of the server
	// the server tries a model, and counts corrections
	corrections bool

	stars    *reviews.StarRule // nil if it predicts no stars
	tokens   *tokenizer.Tokenizer
	settings batch.Settings
	aspects  *wire.Aspects // nil if it has none
	starts   func() []bool // by ID: whether the piece begins a word
	engine   engine        // that it was loaded from; see Scorer.engineOf
}

// loading is an attempt to load the model. Other callers wait for it and share its outcome.
type loading struct {
	done  chan struct{}
	model *Model
	err   error
	moved bool // or its caller has gone: the outcome is not shared
	// reason of a stall, "" if there is none; Scorer.mu is held
	waiting string
}

// setWaiting records why the model being loaded has to wait, for AwaitModel; "" once it need not.
func (s *Scorer) setWaiting(why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loading != nil {
		s.loading.waiting = why
	}
}

// waiting returns why the model has to wait; "" if it need not.
func (s *Scorer) waiting() string {
	if !s.Online() {
		return offline
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loading == nil {
		return ""
	}
	return s.loading.waiting
}

// Model returns the server's model, which it requests once; concurrent callers share the response.
func (s *Scorer) Model(ctx context.Context) (*Model, error) {
	for {
		s.mu.Lock()
		if s.model != nil {
			defer s.mu.Unlock()
			return s.model, nil
		}
		l, where := s.loading, s.where
		if l != nil {
			s.mu.Unlock()
			select {
			case <-l.done:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			if l.moved {
				continue
			}
			return l.model, l.err
		}
		l = &loading{done: make(chan struct{})}
		s.loading = l
		s.mu.Unlock()
		l.model, l.err = s.load(ctx, where)
		s.mu.Lock()
		moved := s.where != where || errors.Is(l.err, errMoved)
		if !moved {
			s.model = l.model
		}
		l.moved = moved || ctx.Err() != nil
		s.loading = nil
		close(l.done)
		s.mu.Unlock()
		if moved {
			continue
		}
		if l.err == nil {
			ready := &message.Ready{Model: l.model.ID, SignIn: l.model.signIn,
				Jobs: l.model.jobs, Where: message.OnServer, Topics: l.model.Topics,
				Others: l.model.others, Corrections: l.model.corrections}
			if l.model.OnDevice() {
				ready.Where = message.OnDevice
			}
			s.Send(ctx, message.Event{Name: message.EventReady, Ready: ready})
		}
		return l.model, l.err
	}
}

// AwaitModel is Model, and calls onWait as Retry does: with the reason while it has to wait, and
// with "" once it is loaded.
func (s *Scorer) AwaitModel(ctx context.Context, onWait func(why string)) (*Model, error) {
	got := make(chan func() (*Model, error), 1)
	go func() {
		m, err := s.Model(ctx)
		got <- func() (*Model, error) { return m, err }
	}()
	reported := ""
	for {
		select {
		case answer := <-got:
			if reported != "" {
				onWait("")
			}
			return answer()
		case <-time.After(offlineWait):
			if why := s.waiting(); why != "" && why != reported {
				reported = why
				onWait(why)
			}
		}
	}
}

// TryModel returns the model if it arrives within a short wait, else nil.
func (s *Scorer) TryModel(ctx context.Context) *Model {
	got := make(chan *Model, 1)
	go func() {
		m, _ := s.Model(ctx)
		got <- m
	}()
	select {
	case m := <-got:
		return m
	case <-time.After(2 * time.Second):
		return nil
	}
}

// Forget makes the next call of Model ask again, unless another caller has already.
func (s *Scorer) Forget(m *Model) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.model == m {
		s.model = nil
	}
}

func (s *Scorer) load(ctx context.Context, where string) (*Model, error) {
	s.mu.Lock()
	away := s.serverLost
	s.mu.Unlock()
	if where == message.OnDevice || away {
		return s.loadDevice(ctx, where, !away)
	}
	s.mu.Lock()
	first := !s.named
	s.named = true
	s.mu.Unlock()
	if first {
		s.Client.SetRun(s.unit())
	}
	k, known := s.loadKept()
	manifest, err := s.fetchModel(ctx, where, known)
	if known && noAnswer(err) {
		return s.loadDevice(ctx, where, false)
	}
	if known && err != nil {
		manifest, err = s.fetchModel(ctx, where, false)
	}
	if err != nil {
		return nil, err
	}
	vocab := k.Vocab
	if manifest.ID != k.Manifest.ID || vocab == "" {
		if vocab, err = s.vocabOf(ctx, where, manifest); err != nil {
			return nil, err
		}
	}
	m, err := newModel(manifest, vocab)
	if err != nil {
		return nil, err
	}
	m.engine = remote{s, m.ID, m.stars != nil}
	// a server that states no limits enforces none
	if config, err := s.Client.Config(ctx); err == nil {
		m.Limits, m.signIn, m.jobs = config.Limits, config.SignIn, config.Jobs
		m.corrections = config.Corrections
		for _, id := range config.Models {
			if id != m.ID {
				m.others = append(m.others, id)
			}
		}
		if config.Cost != nil {
			m.Price = config.Cost.Price
		}
	}
	return m, nil
}

// ModelByID returns another model of the server, to be compared with the one that scored.
func (s *Scorer) ModelByID(ctx context.Context, id string) (*Model, error) {
	s.mu.Lock()
	where, here := s.where, s.where == message.OnDevice || s.serverLost
	s.mu.Unlock()
	if here {
		return nil, errOnDevice
	}
	var manifest wire.Manifest
	err := s.withRetry(ctx, Retry{}, 0, func(ctx context.Context) (err error) {
		manifest, err = s.Client.ModelOf(ctx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	vocab, err := s.vocabOf(ctx, where, manifest)
	if err != nil {
		return nil, err
	}
	m, err := newModel(manifest, vocab)
	if err != nil {
		return nil, err
	}
	m.engine = remote{s, m.ID, false}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.model != nil { // the server's list, whichever model was requested
		m.Limits = s.model.Limits
	}
	return m, nil
}

// Correct sends the server a reader's sentiment for a text that m has scored.
func (s *Scorer) Correct(ctx context.Context, m *Model, text [][]int32, sentiment string) error {
	s.mu.Lock()
	here := s.where == message.OnDevice || s.serverLost
	s.mu.Unlock()
	if here {
		return errOnDevice
	}
	return s.withRetry(ctx, Retry{}, 0, func(ctx context.Context) error {
		return s.Client.Correct(ctx, batch.Request{Model: m.ID, Texts: [][][]int32{text}},
			sentiment)
	})
}

// errOnDevice rejects what only the server can do while nothing may be sent to it.
var errOnDevice = &wire.Error{Code: wire.NotFound,
	Detail: "Texts are scored on this device, and nothing is sent to the server."}

// vocabOf returns the vocabulary of a model: the built-in one, or the server's. Without a Digest
// function it is not verified, like the programs that came from the same server. Some models have
// no vocabulary that works in the browser; sending texts instead would break the page's promise.
func (s *Scorer) vocabOf(ctx context.Context, where string, m wire.Manifest) (string, error) {
	if m.Tokenizer.Kind != "" {
		return "", &wire.Error{Code: wire.NoFrames,
			Detail: "This server's model has a tokenizer that browsers do not have: it takes " +
				"texts, and this page sends none."}
	}
	if m.Tokenizer.SHA256 == s.Hash {
		return s.Vocab, nil
	}
	var fetched []byte
	fetch := s.unlessMoved(where, func(ctx context.Context) (err error) {
		fetched, err = s.Client.Vocab(ctx, m.ID)
		return err
	})
	err := s.withRetry(ctx, Retry{OnWait: s.setWaiting}, 0, fetch)
	if err != nil || s.Digest == nil {
		return string(fetched), err
	}
	sum, err := s.Digest(fetched)
	if err == nil && sum != m.Tokenizer.SHA256 {
		err = fmt.Errorf("the vocabulary of model %s is not the one its manifest names", m.ID)
	}
	return string(fetched), err
}

func newModel(m wire.Manifest, vocab string) (*Model, error) {
	if emoji := m.Tokenizer.Emoji; emoji != "" && !m.ReadsEmoji() {
		return nil, fmt.Errorf("model %s reads emoji as %q, which this page does not know: "+
			"reload it", m.ID, emoji)
	}
	tokens, err := tokenizer.New(strings.NewReader(vocab),
		tokenizer.Config{Lowercase: m.Tokenizer.Lowercase, Emoji: m.ReadsEmoji()})
	if err != nil {
		return nil, fmt.Errorf("read the vocabulary of model %s: %w", m.ID, err)
	}
	var stars *reviews.StarRule
	if s := m.Stars; s != nil {
		stars = &reviews.StarRule{Temperature: s.Temperature}
		if copy(stars.Bias[:], s.Bias) != len(s.Bias) || stars.Check() != nil {
			return nil, fmt.Errorf("model %s has stars that this page does not know: reload it",
				m.ID)
		}
	}
	// labels in another order are those of a model for another page
	finds := m.Aspects != nil && slices.Equal(m.Aspects.Labels, aspects.Labels[:])
	return &Model{
		Topics:   finds,
		aspects:  m.Aspects,
		starts:   sync.OnceValue(tokens.Starts),
		stars:    stars,
		ID:       m.ID,
		Join:     m.Join,
		tokens:   tokens,
		settings: batch.Settings{Size: m.Window.Size, Max: m.Window.Max},
		Rule: reviews.Rule{Combine: m.Window.Combine, Temperature: m.Temperature,
			Unsure: m.Unsure},
		Golden:  m.Golden,
		English: m.English(),
		Emoji:   m.ReadsEmoji(),
	}, nil
}

// Encode cuts a text into windows of token IDs; none if the text has nothing to read.
func (m *Model) Encode(text []byte) (windows [][]int32, cut bool) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, false
	}
	pieces := m.tokens.AppendMost(nil, text, m.settings.Room())
	return m.settings.Windows(nil, pieces, m.tokens.CLS(), m.tokens.SEP())
}

// spans appends the spans that the aspect model finds in the window with index at, except those
// below its least probability.
func (m *Model) spans(dst []aspects.Span, at int, tags []float32, window []int32) []aspects.Span {
	starts, all := make([]bool, len(window)), m.starts()
	for i, id := range window {
		starts[i] = all[id]
	}
	from := len(dst)
	dst = aspects.Decode(dst, at, tags, starts, m.aspects.Temperature)
	kept := dst[:from]
	for _, s := range dst[from:] {
		if float64(s.Probability) >= m.aspects.Certain {
			kept = append(kept, s)
		}
	}
	return kept
}

// Mentions maps the spans of a text, which has these windows, to its bytes.
func (m *Model) Mentions(text []byte, windows [][]int32, spans []aspects.Span) []aspects.Mention {
	if len(spans) == 0 {
		return nil
	}
	lengths := make([]int, len(windows))
	for i, w := range windows {
		lengths[i] = len(w)
	}
	return aspects.Mentions(nil, text, m.tokens.Encode(text).Offsets, lengths, spans)
}

// Fingerprint returns the fingerprint of a text's windows: texts that are equal to the model have
// the same.
func Fingerprint(windows [][]int32) uint64 { return batch.FingerprintOf(windows)[0] }

// Tokens returns the number of tokens in windows.
func Tokens(windows [][]int32) int { return batch.Tokens(windows) }
