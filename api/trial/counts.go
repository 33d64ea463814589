package trial

import (
	"encoding/json"
	"errors"
	"fmt"

	"reviewlens/reviews/paired"
)

// Counts are the servers' counts of a trial. All of them except Units are sums, so counts of
// several servers merge by addition.
type Counts struct {
	Pairs paired.Counts `json:"pairs"` // texts that both models scored; A is the current one

	Dropped int `json:"dropped"` // texts of the sample that were not scored, because of other work
	Failed  int `json:"failed"`  // texts of the sample on which the challenger failed

	// texts that both models scored under the same conditions, to compare their speed
	Timed  int        `json:"timed"`
	Millis [2]float64 `json:"millis"` // of these, for the current model and the challenger

	Requests [2]int `json:"requests"` // calls of the engines for requests
	Errors   [2]int `json:"errors"`   // of these, those that failed by our fault
	Units    Units  `json:"units"`

	// Texts whose score people corrected, by model; Pairs.Corrected has the models that agree.
	Corrected [2]int `json:"corrected"`
}

// Merge adds the counts of o.
func (c *Counts) Merge(o Counts) {
	c.Pairs.Merge(o.Pairs)
	c.Dropped += o.Dropped
	c.Failed += o.Failed
	c.Timed += o.Timed
	for i := range 2 {
		c.Millis[i] += o.Millis[i]
		c.Requests[i] += o.Requests[i]
		c.Errors[i] += o.Errors[i]
		c.Corrected[i] += o.Corrected[i]
	}
	c.Units.merge(o.Units)
}

// none reports whether nothing was counted.
func (c *Counts) none() bool {
	return c.Pairs.Pairs == 0 && c.Dropped == 0 && c.Failed == 0 && c.Timed == 0 &&
		c.Requests == [2]int{} && c.Corrected == [2]int{} && c.Units.none()
}

// part is an object of the store with a part of a trial's counts.
type part struct {
	Schema int    `json:"schema"`
	Counts Counts `json:"counts"`
	// Writes identifies the last writes, each by a random text: a server whose write failed finds
	// out whether it took effect all the same, and does not count twice.
	Writes []string `json:"writes"`
}

const (
	partSchema = 1
	keptWrites = 256 // some hundred servers make as many in ten minutes
)

// parts is the number of objects that servers write to. Each entry chooses one at random, and those
// of one part are written one after the other: with a write every half minute, eight are enough for
// some hundred servers.
const parts = 8

func parsePart(data []byte) (p part, err error) {
	if data == nil {
		return part{Schema: partSchema}, nil
	}
	const remedy = "delete it, which loses its counts"
	if err := json.Unmarshal(data, &p); err != nil {
		return p, fmt.Errorf("%w; %s", err, remedy)
	}
	if p.Schema > partSchema {
		return p, fmt.Errorf("schema is %d, and this program knows %d; use a newer program",
			p.Schema, partSchema)
	}
	if p.Schema != partSchema {
		return p, fmt.Errorf("schema is %d, want %d; %s", p.Schema, partSchema, remedy)
	}
	for _, seen := range p.Counts.Units.Seen {
		if seen != nil && len(seen) != Buckets/8 {
			return p, errors.New("units are not of this program; " + remedy)
		}
	}
	return p, nil
}
