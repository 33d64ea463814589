package trial

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"reviewlens/api/model/store"
)

// Shares are those of chance; an owner who has the challenger keeps it while the share rises.
func TestGives(t *testing.T) {
	const owners = 100_000
	trial := &store.Trial{ID: "0123456789ab"}
	had := make([]bool, owners)
	for _, share := range []float64{0, 0.001, 0.1, 0.5} {
		trial.Share = share
		given := 0
		for i := range owners {
			got := assigns(trial, fmt.Sprint("owner:", i))
			if got {
				given++
			}
			if had[i] && !got {
				t.Fatalf("owner %d loses the challenger at %v", i, share)
			}
			had[i] = got
		}
		// 3.29 standard deviations: the 99.9% band
		away := math.Abs(float64(given) - share*owners)
		if away > 3.29*math.Sqrt(share*(1-share)*owners) {
			t.Errorf("share %v gives it to %d of %d", share, given, owners)
		}
	}
	other := &store.Trial{ID: "ba9876543210", Share: 0.5}
	both := 0
	for i := range owners {
		if had[i] && assigns(other, fmt.Sprint("owner:", i)) {
			both++
		}
	}
	if math.Abs(float64(both)-owners/4) > 3.29*math.Sqrt(owners*3/16) {
		t.Errorf("two trials give it to the same %d of %d; want a quarter", both, owners)
	}
	if assigns(other, "") {
		t.Error("who is not known gets the challenger")
	}
}

// answers returns the units of a trial's owners; the share lost of the challenger's is missing.
func answers(random *rand.Rand, t *store.Trial, owners int, lost float64) (u Units) {
	for range owners {
		unit := fmt.Sprint("owner:", random.Uint64())
		bucket, model := Bucket(t.ID, unit), 0
		if assigns(t, unit) {
			if model = 1; random.Float64() < lost {
				continue
			}
		}
		u.see(t.Step, model, bucket)
	}
	return u
}

// The sample ratio test does not fire if nothing is lost, for few owners and for more than there
// are buckets, and fires if a fifth of the challenger's owners get no response.
func TestSampleRatio(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, owners := range []int{30, 1000, 5000, 20_000} {
		wrong := 0
		const trials = 100
		for i := range trials {
			trial := &store.Trial{ID: fmt.Sprintf("%012x", i), Share: []float64{0.1, 0.5}[i%2],
				Step: 3}
			u := answers(random, trial, owners, 0)
			if u.split(trial).Off {
				wrong++
			}
		}
		t.Logf("%d owners, nothing lost: off in %d of %d trials", owners, wrong, trials)
		if wrong > 2 {
			t.Errorf("%d owners: off in %d of %d trials, want 0.1%%", owners, wrong, trials)
		}
	}
	trial := &store.Trial{ID: "0123456789ab", Share: 0.5}
	lossy := answers(random, trial, 2000, 0.2)
	if s := lossy.split(trial); !s.Off {
		t.Errorf("with a fifth lost: %+v", s)
	}
	trial.Step++ // the units seen are of another share
	if s := lossy.split(trial); s.Off || s.Seen != [2]int{} {
		t.Errorf("after a change of the share: %+v", s)
	}
}

func TestUnitsMerge(t *testing.T) {
	trial := &store.Trial{ID: "0123456789ab", Share: 0.5, Step: 1}
	random := rand.New(rand.NewPCG(3, 4))
	whole := answers(random, trial, 500, 0)
	var a, b, merged Units
	random = rand.New(rand.NewPCG(3, 4))
	for i := range 500 {
		unit := fmt.Sprint("owner:", random.Uint64())
		model := 0
		if assigns(trial, unit) {
			model = 1
			random.Float64()
		}
		a.see(1, model, Bucket(trial.ID, unit))
		if i%2 == 0 { // seen by both servers
			b.see(1, model, Bucket(trial.ID, unit))
		}
	}
	old := Units{}
	old.see(0, 0, 7)
	merged.merge(old)
	merged.merge(b)
	merged.merge(a)
	merged.merge(old)
	if got, want := merged.split(trial), whole.split(trial); got != want || want.Seen[0] < 200 {
		t.Errorf("merged %+v, want %+v", got, want)
	}
}
