package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"reviewlens/api/model"
	"reviewlens/api/wire"
)

// TrialName is the object that holds the running trial of a store, or the last one.
const TrialName = "trial.json"

// trialSchema must be raised by changes that older programs must not act on.
const trialSchema = 1

// Bounds of a trial.
const (
	maxShare  = 0.5                 // of owners and runs
	maxShadow = 0.2                 // of texts
	MaxTrial  = 30 * 24 * time.Hour // its duration
)

// Trial describes a trial of a model, the challenger, against the current one. Like the pointer, it
// is replaced by compare-and-swap. It contains the pointer as it was, and ends as soon as the
// pointer changes: so a promotion is one write, that of the pointer, and activating any model ends
// the trial, without an order in which two objects would have to be written.
type Trial struct {
	Schema  int       `json:"schema"`
	ID      string    `json:"id"`      // of this trial
	Model   string    `json:"model"`   // the challenger
	Pointer Pointer   `json:"pointer"` // names the model that the challenger may replace
	Share   float64   `json:"share"`   // share of owners and runs that get the challenger
	Shadow  float64   `json:"shadow"`  // share of the other texts that it scores unseen
	Step    int       `json:"step"`    // number of changes of Share
	Since   time.Time `json:"since"`
	Until   time.Time `json:"until"`
	Auto    bool      `json:"auto,omitempty"` // promote it once it is ready
	Ended   *Ending   `json:"ended,omitempty"`
}

// Ending records why a trial was ended.
type Ending struct {
	Time time.Time `json:"time"`
	Why  string    `json:"why"`            // a sentence
	Self bool      `json:"self,omitempty"` // ended by a server, by the trial's rule
}

// TrialState is the state of a trial.
type TrialState string

// The states of a trial.
const (
	TrialRunning  TrialState = "running"
	TrialExpired  TrialState = "expired"  // its time is up
	TrialStopped  TrialState = "stopped"  // by an operator or by its rule
	TrialPromoted TrialState = "promoted" // the challenger is current
	TrialReplaced TrialState = "replaced" // another model became current
)

// State returns a trial's state, given the store's pointer and the time.
func (t *Trial) State(p Pointer, now time.Time) TrialState {
	switch {
	case t.Ended != nil:
		return TrialStopped
	case p.ID == t.Model:
		return TrialPromoted
	case !samePointer(p, t.Pointer):
		return TrialReplaced
	case !now.Before(t.Until):
		return TrialExpired
	}
	return TrialRunning
}

func samePointer(a, b Pointer) bool {
	return a.ID == b.ID && a.Previous == b.Previous && a.Time.Equal(b.Time)
}

// Trial returns the latest trial of the store, nil if there never was one.
func (s *Store) Trial(ctx context.Context) (*Trial, error) {
	t, _, err := s.trial(ctx)
	return t, err
}

func (s *Store) trial(ctx context.Context) (t *Trial, version string, err error) {
	ctx, cancel := context.WithTimeout(ctx, smallTimeout)
	defer cancel()
	data, version, err := s.place.Read(ctx, TrialName, maxPointerBytes)
	if Absent(err) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	bad := func(err error) (*Trial, string, error) {
		return nil, version, fmt.Errorf("%s: %s: %w; delete it to end the trial", s.place,
			TrialName, err)
	}
	if err := json.Unmarshal(data, &t); err != nil {
		return bad(err)
	}
	switch {
	case t == nil:
		return bad(errors.New("it is empty"))
	case t.Schema > trialSchema:
		return nil, version, fmt.Errorf("%s: %s: schema is %d, and this program knows %d; "+
			"use a newer program", s.place, TrialName, t.Schema, trialSchema)
	case t.Schema != trialSchema:
		return bad(fmt.Errorf("schema is %d, want %d", t.Schema, trialSchema))
	case !model.IsID(t.Model) || !model.IsID(t.Pointer.ID) || !model.IsID(t.ID):
		return bad(fmt.Errorf("id, model and pointer are %.40q, %.40q and %.40q, want ids", t.ID,
			t.Model, t.Pointer.ID))
	case !(t.Share >= 0 && t.Share <= maxShare && t.Shadow >= 0 && t.Shadow <= maxShadow):
		return bad(fmt.Errorf("share and shadow are %v and %v, want at most %v and %v", t.Share,
			t.Shadow, maxShare, maxShadow))
	}
	return t, version, nil
}

// TrialChange is an operator's change to a trial; nil keeps the value, or takes the default.
type TrialChange struct {
	Share, Shadow *float64
	For           *time.Duration // from now
	Auto          *bool
}

// Defaults of a new trial: nobody gets the challenger until an operator gives it a share.
const (
	defaultShadow = 0.05
	defaultTrial  = 7 * 24 * time.Hour
)

// Try starts a trial of a published model, or changes the running trial of it. Owners who have the
// challenger keep it when the share rises.
func (s *Store) Try(ctx context.Context, id string, c TrialChange) (*Trial, error) {
	if !model.IsID(id) {
		return nil, fmt.Errorf("%.40q is not a model's id", id)
	}
	p, _, err := s.pointer(ctx)
	if Absent(err) {
		if _, err := s.readSmall(ctx, ManifestName, maxSmallBytes); err == nil {
			return nil, fmt.Errorf("%s is one model's folder, not a store of many", s.place)
		}
		return nil, fmt.Errorf("%s has no current model to try %s against; activate one first",
			s.place, id)
	}
	if err != nil {
		return nil, err
	}
	old, version, err := s.trial(ctx)
	if err != nil {
		return nil, err
	}
	if id == p.ID {
		return nil, fmt.Errorf("%s is the current model; a trial takes another", id)
	}
	if err := s.comparable(ctx, p.ID, id); err != nil {
		return nil, err
	}
	now := time.Now().UTC().Truncate(time.Second)
	runs := old != nil && old.State(p, now) == TrialRunning
	if runs && old.Model != id {
		return nil, fmt.Errorf("a trial of %s runs; stop it before you try %s", old.Model, id)
	}
	var t Trial
	if runs {
		t = *old
	} else {
		t = Trial{Schema: trialSchema, ID: newTrialID(), Model: id, Pointer: p, Since: now,
			Shadow: defaultShadow, Until: now.Add(defaultTrial)}
	}
	if err := t.change(c, now); err != nil {
		return nil, err
	}
	return &t, s.replaceTrial(ctx, &t, version)
}

// change applies a change, or returns an error that describes what is wrong with it.
func (t *Trial) change(c TrialChange, now time.Time) error {
	if c.Share != nil {
		if share := *c.Share; !(share >= 0 && share <= maxShare) {
			return fmt.Errorf("the share is %s; a trial gives the challenger 0%% to %s of "+
				"owners and runs", Percent(share), Percent(maxShare))
		} else if share != t.Share {
			t.Share = share
			t.Step++
		}
	}
	if c.Shadow != nil {
		if t.Shadow = *c.Shadow; !(t.Shadow >= 0 && t.Shadow <= maxShadow) {
			return fmt.Errorf("the shadow is %s; the challenger reads 0%% to %s of the texts",
				Percent(t.Shadow), Percent(maxShadow))
		}
	}
	if c.For != nil {
		switch {
		case *c.For <= 0:
			return fmt.Errorf("the trial would end in the past, %v ago", -*c.For)
		case *c.For > MaxTrial:
			return fmt.Errorf("the trial would last %v; want %d days (%v) at most", *c.For,
				MaxTrial/(24*time.Hour), MaxTrial)
		}
		t.Until = now.Add(*c.For)
	}
	if c.Auto != nil {
		t.Auto = *c.Auto
	}
	if t.Share == 0 && t.Shadow == 0 {
		return errors.New("share and shadow are both 0%: nothing would be tried")
	}
	return nil
}

// Percent formats a share between 0 and 1 as a percentage.
func Percent(share float64) string { return fmt.Sprintf("%.4g%%", 100*share) }

// comparable returns an error unless the challenger is complete, reads the same token IDs as the
// current model, and predicts all that it does: a trial gives both the same windows, and the owners
// of the challenger send the same requests as the others.
func (s *Store) comparable(ctx context.Context, current, challenger string) error {
	_, b, err := s.Manifest(ctx, challenger)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s has no model %s, or only a part of one; publish it first", s.place,
			challenger)
	}
	if err != nil {
		return fmt.Errorf("model %s of %s: %w", challenger, s.place, err)
	}
	_, a, err := s.Manifest(ctx, current)
	if err != nil {
		return fmt.Errorf("model %s of %s: %w", current, s.place, err)
	}
	if how := differ(a, b); how != "" {
		return fmt.Errorf("%s %s; compare the two on a file instead (reviewlens models compare)",
			challenger, how)
	}
	_, free, err := s.Load(ctx, challenger)
	if err != nil {
		return err
	}
	free()
	return nil
}

// differ describes why b cannot be tried against a, the current model: it reads the input in
// another way, or lacks a prediction. It returns "" if there is no reason.
func differ(a, b *wire.Manifest) string {
	another := func(what string) string {
		return fmt.Sprintf("has another %s than the current model %s, "+
			"so that a trial could not give both the same", what, a.ID)
	}
	lacks := func(what, does string) string {
		return fmt.Sprintf("lacks %s, which the current model %s %s, "+
			"so that it would refuse requests for them", what, a.ID, does)
	}
	switch {
	case a.Tokenizer.Kind != b.Tokenizer.Kind, a.Tokenizer.SHA256 != b.Tokenizer.SHA256,
		a.Tokenizer.Lowercase != b.Tokenizer.Lowercase, a.Tokenizer.Emoji != b.Tokenizer.Emoji:
		return another("tokenizer")
	case a.Window.Size != b.Window.Size, a.Window.Max != b.Window.Max:
		return another("window")
	case a.Join != b.Join:
		return another("way to join title and text")
	case a.Stars != nil && b.Stars == nil:
		return lacks("stars", "predicts")
	case a.Aspects != nil && b.Aspects == nil:
		return lacks("topics", "finds")
	}
	return ""
}

func newTrialID() string {
	var b [6]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func (s *Store) replaceTrial(ctx context.Context, t *Trial, version string) error {
	data, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if err := s.place.Replace(ctx, TrialName, append(data, '\n'), version); err != nil {
		return fmt.Errorf("%s: %w", s.place, err)
	}
	return nil
}

// running returns the running trial, and its version and pointer, needed to replace it.
func (s *Store) running(ctx context.Context) (t *Trial, version string, p Pointer, err error) {
	t, version, err = s.trial(ctx)
	if err != nil {
		return nil, "", p, err
	}
	if p, err = s.Current(ctx); err != nil {
		return nil, "", p, err
	}
	if t == nil {
		return nil, "", p, fmt.Errorf("%s has no trial; \"reviewlens models try\" begins one",
			s.place)
	}
	if state := t.State(p, time.Now()); state != TrialRunning {
		return t, "", p, &NotRunning{Model: t.Model, State: state}
	}
	return t, version, p, nil
}

// NotRunning is the error for a trial that is over.
type NotRunning struct {
	Model string
	State TrialState
}

func (e *NotRunning) Error() string {
	how := map[TrialState]string{
		TrialExpired: "its time is up", TrialStopped: "it was stopped",
		TrialPromoted: "the model is current now", TrialReplaced: "another model became current",
	}[e.State]
	return fmt.Sprintf("the trial of %s is over: %s", e.Model, how)
}

// StopTrial ends the running trial; trial, if not "", must be its ID. From then on only runs that
// name the challenger get it.
func (s *Store) StopTrial(ctx context.Context, trial string, end Ending) (*Trial, error) {
	t, version, _, err := s.running(ctx)
	if err != nil {
		return t, err
	}
	if trial != "" && trial != t.ID {
		return t, &NotRunning{Model: t.Model, State: TrialReplaced}
	}
	if end.Time.IsZero() {
		end.Time = time.Now().UTC().Truncate(time.Second)
	}
	end.Why = cmp.Or(end.Why, "an operator stopped it")
	if most := 500; len(end.Why) > most {
		end.Why = end.Why[:most] + "..."
	}
	t.Ended = &end
	return t, s.replaceTrial(ctx, t, version)
}

// Promote makes the challenger of the running trial the current model: one write, that of the
// pointer, if that is unchanged since the trial began. trial, if not "", must be the ID of the
// running trial.
func (s *Store) Promote(ctx context.Context, trial string) (Pointer, error) {
	t, _, _, err := s.running(ctx)
	if err != nil {
		return Pointer{}, err
	}
	if trial != "" && trial != t.ID {
		return Pointer{}, &NotRunning{Model: t.Model, State: TrialReplaced}
	}
	return s.point(ctx, func(now Pointer) (string, error) {
		if !samePointer(now, t.Pointer) {
			return "", fmt.Errorf("%s: %w", s.place, ErrChanged)
		}
		return t.Model, nil
	})
}

// TrialCounts reads a part of the servers' counts of a trial; nil data if it does not exist yet.
func (s *Store) TrialCounts(ctx context.Context, trial string, part int) (data []byte,
	version string, err error) {
	ctx, cancel := context.WithTimeout(ctx, smallTimeout)
	defer cancel()
	data, version, err = s.place.Read(ctx, countsName(trial, part), maxSmallBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	return data, version, err
}

// ReplaceTrialCounts replaces a part if its version is unchanged; else the error is ErrChanged.
func (s *Store) ReplaceTrialCounts(ctx context.Context, trial string, part int, data []byte,
	version string) error {
	ctx, cancel := context.WithTimeout(ctx, smallTimeout)
	defer cancel()
	return s.place.Replace(ctx, countsName(trial, part), data, version)
}

func countsName(trial string, part int) string {
	return fmt.Sprintf("trials/%s/%d.json", trial, part)
}
