package scorer

import (
	"errors"

	"reviewlens/api/wire"
	"reviewlens/app/client"
	"reviewlens/app/message"
)

// Problem makes err displayable: what happened, and what to do about it.
func Problem(about string, err error) *message.Problem {
	p := &message.Problem{About: about, Detail: err.Error()}
	kept := "."
	switch about {
	case message.AboutRun:
		kept = "; what is scored so far is kept."
	case message.AboutText:
		kept = "; your text is still here."
	}
	if e, ok := errors.AsType[*client.Unavailable](err); ok {
		p.Retry = true
		switch {
		case e.Status == 0:
			p.Detail = "The server that scores the reviews does not answer."
			p.WayOut = "Check the connection, then try again" + kept
		case e.Status == 429:
			p.Detail = "The server is busy with other requests."
			p.WayOut = "Try again in a minute" + kept
		default:
			p.Detail = "The server could not score just now: " + e.Error() + "."
			if e, ok := errors.AsType[*wire.Error](e.Err); ok && e.Code != wire.Internal {
				p.Detail = e.Detail
			}
			p.WayOut = "Try again" + kept
		}
		return p
	}
	if e, ok := errors.AsType[*wire.Error](err); ok && e.Code == wire.NoFrames {
		p.WayOut = "Score the file from a terminal (reviewlens submit), or on a server with " +
			"another model."
	}
	if IsOtherModel(err) {
		p.Detail = "The server has changed its model while these reviews were being scored. " +
			"Scores of two models are never mixed."
		p.WayOut = "Score the file again with the new model."
		p.Retry = true
	}
	return p
}

// IsOtherModel reports whether err means that the server's model is not the requested one.
func IsOtherModel(err error) bool {
	e, ok := errors.AsType[*wire.Error](err)
	return ok && e.Code == wire.UnknownModel
}
