package worker

import "time"

// pacer limits progress events to the page to four per second.
type pacer struct{ last time.Time }

func newPacer() pacer { return pacer{time.Now()} }

// due reports whether an event is due; if so, the next one is in a quarter of a second.
func (p *pacer) due() bool {
	if time.Since(p.last) <= 250*time.Millisecond {
		return false
	}
	p.last = time.Now()
	return true
}
