package bill

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
)

//go:embed measured.json
var measured []byte

// Measured is the result of `make bench-cost` on one machine, with one function that answers one
// event after the other.
type Measured struct {
	Made    string  `json:"made"`
	Machine string  `json:"machine"`
	Model   string  `json:"model"`      // ID
	Texts   string  `json:"texts"`      // description of the scored texts
	Tokens  float64 `json:"tokens"`     // mean per text
	Chars   []int   `json:"characters"` // of the texts, at 20 evenly spaced ranks
	Points  []Point `json:"points"`     // by rising VCPU
	Others  float64 `json:"others"`     // CPUs used by other programs meanwhile
}

// Point is a measurement of the function under a quota of processors.
type Point struct {
	VCPU   float64 `json:"vcpu"`
	Millis float64 `json:"millisPer1000Tokens"` // from event to answer, median of the rounds
	Least  float64 `json:"least"`
	Most   float64 `json:"most"`
	CPU    float64 `json:"cpuMillisPer1000Tokens"` // of the process, on all threads
	Empty  float64 `json:"millisOfAnEmptyRequest"`
}

// Measurement returns the contents of measured.json.
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

// Millis returns the time of 1,000 tokens on vcpu processors, and whether that is within the
// measured range. Between points it is interpolated; above, the serial share of the work is derived
// from the last two points (Amdahl); below the first, the time is inversely proportional to vcpu.
func (m Measured) Millis(vcpu float64) (millis float64, inside bool) {
	first, last := m.Points[0], m.Points[len(m.Points)-1]
	switch {
	case vcpu < first.VCPU:
		return first.Millis * first.VCPU / vcpu, false
	case vcpu > last.VCPU:
		before := m.Points[len(m.Points)-2]
		ratio := last.VCPU / before.VCPU
		// share of the time on before.VCPU
		serial := max(0, (last.Millis/before.Millis*ratio-1)/(ratio-1))
		return before.Millis * (serial + (1-serial)*before.VCPU/vcpu), false
	}
	for i, p := range m.Points[1:] {
		if q := m.Points[i]; vcpu <= p.VCPU {
			part := (vcpu - q.VCPU) / (p.VCPU - q.VCPU)
			// processor time changes little, so that is interpolated
			work := (1-part)*q.Millis*q.VCPU + part*p.Millis*p.VCPU
			return work / vcpu, true
		}
	}
	return last.Millis, true
}

// empty returns the time of a request without tokens.
func (m Measured) empty(vcpu float64) float64 {
	for _, p := range m.Points {
		if vcpu <= p.VCPU {
			return p.Empty
		}
	}
	return m.Points[len(m.Points)-1].Empty
}
