package trial

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/bits"

	"reviewlens/api/model/store"
)

// Buckets is the number of parts into which owners and runs are divided; a share is a number of
// them.
const Buckets = 10_000

// Bucket returns the bucket of an owner or a run (scoring.Unit) in a trial. It is a hash, so it is
// the same on every server, independent of other trials, and uniform.
func Bucket(trial, unit string) int {
	h := sha256.New()
	h.Write([]byte(trial))
	h.Write([]byte{0})
	h.Write([]byte(unit))
	// 2^64 is not a multiple of Buckets, which makes a difference of 1e-15
	return int(binary.BigEndian.Uint64(h.Sum(nil)) % Buckets)
}

// challengerBuckets returns the number of buckets that get the challenger: the first ones.
func challengerBuckets(t *store.Trial) int { return int(math.Round(t.Share * Buckets)) }

// assigns reports whether a trial assigns the challenger to an owner or a run; "" never gets it.
func assigns(t *store.Trial, unit string) bool {
	return unit != "" && Bucket(t.ID, unit) < challengerBuckets(t)
}

// Units records the buckets that have had a response since the share last changed. Units of several
// servers merge to their union.
type Units struct {
	Step int `json:"step"` // of the trial
	// a bit for each bucket: by the current model, by the challenger
	Seen [2][]byte `json:"seen"`
}

// see records a response of a model, 0 for the current one, at a step of the trial.
func (u *Units) see(step, model, bucket int) {
	if step != u.Step {
		*u = Units{Step: step}
	}
	if u.Seen[model] == nil {
		u.Seen[model] = make([]byte, Buckets/8)
	}
	u.Seen[model][bucket/8] |= 1 << (bucket % 8)
}

// merge adds the buckets of another server. Those of an earlier step are of another share, and are
// discarded.
func (u *Units) merge(o Units) {
	if o.Step > u.Step {
		*u = Units{Step: o.Step}
	}
	if o.Step < u.Step {
		return
	}
	for model, seen := range o.Seen {
		if len(seen) != Buckets/8 {
			continue
		}
		if u.Seen[model] == nil {
			u.Seen[model] = make([]byte, Buckets/8)
		}
		for i, b := range seen {
			u.Seen[model][i] |= b
		}
	}
}

func (u *Units) none() bool { return u.Seen[0] == nil && u.Seen[1] == nil }

// Split is the result of the sample ratio test.
type Split struct {
	// buckets with responses, by the current model and the challenger
	Seen     [2]int  `json:"seen"`
	Expected float64 `json:"expected"` // share of the challenger
	// Off means that fewer or more owners got a response of the challenger than chance explains (p
	// < 0.001): something keeps responses of one model from being given, and comparisons between
	// owners are not reliable.
	Off bool `json:"off"`
}

// chiSquare999 is the 99.9% quantile of chi-square with one degree of freedom.
const chiSquare999 = 10.827566

// split tests the sample ratio. Owners are spread over the buckets at random, so each bucket is as
// likely to be seen as any other, however many owners there are and whatever they send: among the
// seen ones, the number of the challenger's follows a hypergeometric distribution.
func (u *Units) split(t *store.Trial) Split {
	given := challengerBuckets(t)
	s := Split{Expected: float64(given) / Buckets}
	if u.Step != t.Step {
		return s
	}
	all := 0
	for i := range Buckets / 8 {
		var of [2]byte
		for model := range of {
			if u.Seen[model] != nil {
				of[model] = u.Seen[model][i]
				s.Seen[model] += bits.OnesCount8(of[model])
			}
		}
		all += bits.OnesCount8(of[0] | of[1])
	}
	seen := float64(all)
	mean := seen * s.Expected
	variance := mean * (1 - s.Expected) * (Buckets - seen) / (Buckets - 1)
	if mean < 5 || seen-mean < 5 || variance <= 0 {
		return s // too few for a test
	}
	away := math.Abs(float64(s.Seen[1])-mean) - 0.5 // with continuity correction
	s.Off = away > 0 && away*away/variance > chiSquare999
	return s
}
