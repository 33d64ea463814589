// Package scorer gives texts, cut into windows of token IDs, their probabilities.
//
// It knows the model (Model), which is the server's, and where it runs: on the server, which is
// asked again and again while it is busy or out of reach (Retry, Congestion), or on this device. A
// device that has the server's model goes on by itself where the server does not answer. The
// scores of a text are the same either way, but for the kind of processor.
//
// Errors are *client.Unavailable for what cannot be served now, *wire.Error for what the server
// refused; Problem makes them fit to show. A text at fault alone has its error in its Answer.
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
