// Package scorer computes the probabilities of texts, cut into windows of token IDs.
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

// Options are the dependencies that differ between the browser and a test.
type Options struct {
	Client *client.Client
	// used for models whose tokenizer has this hash; others are fetched
	Vocab string
	Hash  string // SHA-256 of Vocab, as the manifest writes it
	// SHA-256 in hex; nil if the browser has none: on a page over plain HTTP
	Digest func(data []byte) (string, error)
	Device Device         // runs the model here; nil if it cannot be run
	Folder journal.Folder // stores which model is on this device; nil for nowhere
	Online func() bool    // false only if there is certainly no network
	// sends an event to the page, unless ctx has ended: Ready, Fetch, Locked
	Send func(ctx context.Context, e message.Event)
}

// Scorer scores texts. Its methods are safe for concurrent use.
type Scorer struct {
	Options
	local local

	mu         sync.Mutex
	model      *Model   // nil until it is known
	where      string   // message.OnDevice, or the server for anything else
	serverLost bool     // the server is unreachable: the device scores until the user changes it
	loading    *loading // nil if no caller is loading it
	keys       int      // given so far
	named      bool     // Client has the device's unit
	wanted     *keyWait // nil while nothing waits for a key
}

// New returns a scorer. It makes no request before the first call that needs the server.
func New(o Options) *Scorer {
	return &Scorer{Options: o}
}
