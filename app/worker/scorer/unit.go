package scorer

import (
	"math/rand/v2"
	"strconv"
)

// For anonymous clients, a trial assigns a model by device: each device draws a random number once.
// The number is below units, so that many devices share it and it identifies nobody.
const (
	units    = 10_000
	unitFile = "unit"
)

// unit returns the number of this device, as requests send it. If nothing can be stored, it is the
// number of this worker.
func (s *Scorer) unit() string {
	number := strconv.Itoa(rand.IntN(units))
	if s.Folder == nil {
		return number
	}
	f, err := s.Folder.Open(unitFile)
	if err != nil { // open in another tab
		return number
	}
	defer f.Close()
	kept := make([]byte, len("9999")+1)
	n, _ := f.ReadAt(kept, 0)
	if i, err := strconv.Atoi(string(kept[:n])); err == nil && i >= 0 && i < units {
		return strconv.Itoa(i)
	}
	if f.Truncate(0) == nil {
		f.WriteAt([]byte(number), 0) // if it is not written whole, the next worker draws another
	}
	return number
}
