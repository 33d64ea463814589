package worker

import "time"

// pacer says when it is time to tell the page again how far something is: four times a second.
type pacer struct{ last time.Time }

func newPacer() pacer { return pacer{time.Now()} }

// due reports whether it is time; if so, the next time is a quarter of a second from now.
func (p *pacer) due() bool {
	if time.Since(p.last) <= 250*time.Millisecond {
		return false
	}
	p.last = time.Now()
	return true
}
