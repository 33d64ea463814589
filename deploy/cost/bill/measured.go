package bill

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
)

//go:embed measured.json
var measured []byte

// Measured is what `make bench-cost` found on one machine, with one function that answers one event
// after the other.
type Measured struct {
	Made    string  `json:"made"`
	Machine string  `json:"machine"`
	Model   string  `json:"model"`      // ID
	Texts   string  `json:"texts"`      // what was scored
	Tokens  float64 `json:"tokens"`     // a text, mean
	Chars   []int   `json:"characters"` // of the texts, at 20 evenly spaced ranks
	Points  []Point `json:"points"`     // by rising VCPU
	Others  float64 `json:"others"`     // CPUs that other programs used meanwhile
}

// Point is the function under a quota of so many processors.
type Point struct {
	VCPU   float64 `json:"vcpu"`
	Millis float64 `json:"millisPer1000Tokens"` // from event to answer, median of the rounds
	Least  float64 `json:"least"`
	Most   float64 `json:"most"`
	CPU    float64 `json:"cpuMillisPer1000Tokens"` // of the process, on all threads
	Empty  float64 `json:"millisOfAnEmptyRequest"`
}

// Measurement is measured.json.
func Measurement() (Measured, error) { return parseMeasured(measured) }

func parseMeasured(data []byte) (m Measured, err error) {
	if err := json.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("measured.json: %w", err)
	}
	if len(m.Points) < 2 || len(m.Chars) == 0 || m.Tokens <= 0 {
		return m, errors.New("measured.json lacks points or texts; `make bench-cost` writes it")
	}
	for i, p := range m.Points {
		if p.VCPU <= 0 || p.Millis <= 0 || i > 0 && p.VCPU <= m.Points[i-1].VCPU {
			return m, fmt.Errorf("measured.json: point %d is not positive, or does not rise", i)
		}
	}
	return m, nil
}

// Millis is what 1,000 tokens take on so many processors, and whether that was measured, or lies
// between what was; beyond, the share of work that does not spread over processors is taken from
// the last two points (Amdahl), and below the first a processor that is there half of the time
// takes twice as long.
func (m Measured) Millis(vcpu float64) (millis float64, inside bool) {
	first, last := m.Points[0], m.Points[len(m.Points)-1]
	switch {
	case vcpu < first.VCPU:
		return first.Millis * first.VCPU / vcpu, false
	case vcpu > last.VCPU:
		before := m.Points[len(m.Points)-2]
		ratio := last.VCPU / before.VCPU
		// of the time on before.VCPU
		serial := max(0, (last.Millis/before.Millis*ratio-1)/(ratio-1))
		return before.Millis * (serial + (1-serial)*before.VCPU/vcpu), false
	}
	for i, p := range m.Points[1:] {
		if q := m.Points[i]; vcpu <= p.VCPU {
			part := (vcpu - q.VCPU) / (p.VCPU - q.VCPU)
			// processor time changes little, so that is what is drawn a line through
			work := (1-part)*q.Millis*q.VCPU + part*p.Millis*p.VCPU
			return work / vcpu, true
		}
	}
	return last.Millis, true
}

// empty is what a request takes beside its tokens.
func (m Measured) empty(vcpu float64) float64 {
	for _, p := range m.Points {
		if vcpu <= p.VCPU {
			return p.Empty
		}
	}
	return m.Points[len(m.Points)-1].Empty
}
