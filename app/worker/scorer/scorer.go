// Package scorer gives texts, cut into windows of token IDs, their probabilities.
//
// It manages the server's model (Model) and where it runs: on the server, with retries while it is
// busy or unreachable (Retry, Congestion), or on this device. A device that has the model takes
// over if the server does not answer. Both give the same scores, up to differences between
// processors.
//
// Errors are *client.Unavailable (not possible now) or *wire.Error (refused by the server); Problem
// makes them displayable. A text that alone caused a refusal has the error in its Answer.
package scorer

import (
	"context"
	"sync"

	"reviewlens/app/client"
	"reviewlens/app/journal"
	"reviewlens/app/message"
)

// Options are what differs between the browser and a test.
type Options struct {
	Client *client.Client
	// used for models whose tokenizer's hash is its own; others are fetched
	Vocab string
	Hash  string // SHA-256 of Vocab, as the manifest writes it
	// SHA-256 in hex; nil where the browser has none: on a page over plain HTTP
	Digest func(data []byte) (string, error)
	Device Device         // runs the model here; nil where it cannot be run
	Folder journal.Folder // remembers which model is on this device; nil: nothing does
	Online func() bool    // false only where there is surely no network
	// tells the page, unless ctx has ended: Ready, Fetch, Locked
	Send func(ctx context.Context, e message.Event)
}

// Scorer has texts scored. Its methods are safe for concurrent use.
type Scorer struct {
	Options
	local local

	mu      sync.Mutex
	model   *Model   // nil until it is known
	where   string   // message.OnDevice, or the server for anything else
	away    bool     // the server has gone: the device scores until someone says otherwise
	loading *loading // nil where nobody asks for it
	keys    int      // given so far
	named   bool     // Client was told the device's unit
	wanted  *wanted  // nil while nobody waits for a key
}

// New makes a scorer. It asks the server nothing before the first call that needs it.
func New(o Options) *Scorer {
	return &Scorer{Options: o}
}
