package trial

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"reviewlens/api/model/store"
	"reviewlens/reviews/paired"
)

func judged(both, gained, lost int) (c Counts) {
	c.Pairs.Pairs = both + gained + lost
	c.Pairs.Judged = c.Pairs.Pairs
	c.Pairs.Right = [2][2]int{{0, gained}, {lost, both}}
	return c
}

func TestDecide(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	with := func(change func(*Counts)) Counts {
		c := judged(3000, 60, 20)
		change(&c)
		return c
	}
	for _, tt := range []struct {
		name   string
		counts Counts
		after  time.Duration
		stop   bool
		ready  bool
		want   string
	}{
		{"nothing", Counts{}, 48 * time.Hour, false, false, "No text with stars was seen"},
		{"worse", judged(1000, 10, 60), time.Minute, true, false,
			"agrees with the stars less often"},
		{"few", judged(80, 0, 10), time.Hour, false, false, "is not known yet"},
		{"better, soon", judged(3000, 60, 20), time.Hour, false, false, "ready after 2000 texts"},
		{"better, few", judged(900, 60, 10), 48 * time.Hour, false, false,
			"ready after 2000 texts"},
		{"better", judged(3000, 60, 20), 25 * time.Hour, false, true, "The challenger is ready"},
		{"equal", judged(40_000, 100, 100), 25 * time.Hour, false, true, "The challenger is ready"},
		{"fails", with(func(c *Counts) { c.Failed = 40 }), time.Hour, true, false,
			"failed on 40 of 3120 texts"},
		{"fails twice", with(func(c *Counts) { c.Failed = 2 }), 25 * time.Hour, false, true,
			"ready"},
		{"requests fail", with(func(c *Counts) {
			c.Requests, c.Errors = [2]int{1000, 100}, [2]int{1, 3}
		}), time.Hour, true, false, "failed in 3 of 100 requests, the current model in 1 of 1000"},
		{"all requests fail", with(func(c *Counts) {
			c.Requests, c.Errors = [2]int{1000, 100}, [2]int{500, 50}
		}), time.Hour, false, false, "not worse so far"},
		{"slow", with(func(c *Counts) { c.Timed, c.Millis = 50, [2]float64{500, 1100} }), time.Hour,
			true, false, "takes 2.2 times as long"},
		{"slow once", with(func(c *Counts) { c.Timed, c.Millis = 5, [2]float64{50, 1100} }),
			time.Hour, false, false, "not worse so far"},
		{"split is off", with(func(c *Counts) {
			for b := range 4000 {
				c.Units.see(0, 0, 9999-b)
			}
		}), 25 * time.Hour, false, false, "the split is off"},
	} {
		trial := &store.Trial{ID: "0123456789ab", Share: 0.5, Since: start}
		d := Decide(trial, &tt.counts, start.Add(tt.after))
		if d.Stop != tt.stop || d.Ready != tt.ready || !strings.Contains(d.Why, tt.want) {
			t.Errorf("%s: %+v, want stop %v, ready %v, %q", tt.name, d, tt.stop, tt.ready, tt.want)
		}
	}
}

// The guarantees of a trial, over 1,000 simulated ones that are judged after every 50 texts with
// stars, by the rule that servers apply.
func TestTrialsSimulated(t *testing.T) {
	const trials = 1000
	random := rand.New(rand.NewPCG(7, 8))
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	trial := &store.Trial{ID: "0123456789ab", Since: start}
	// run judges a trial until it stops, the challenger is proven better, or most texts are read.
	run := func(gain, loss float64, most int) (stopped, better bool, texts int) {
		var c Counts
		for c.Pairs.Judged < most {
			for range 50 {
				c.Pairs.Pairs++
				c.Pairs.Judged++
				switch x := random.Float64(); {
				case x < gain:
					c.Pairs.Right[0][1]++
				case x < gain+loss:
					c.Pairs.Right[1][0]++
				default:
					c.Pairs.Right[1][1]++
				}
			}
			d := Decide(trial, &c, start.Add(48*time.Hour))
			if d.Stop || d.Verdict == paired.Better {
				return d.Stop, d.Verdict == paired.Better, c.Pairs.Judged
			}
		}
		return false, false, most
	}
	for _, tt := range []struct {
		name       string
		gain, loss float64
		most       int
		stop       bool // or better
		within     int  // texts, of nine in ten trials
	}{
		{"3 points worse, 7% of texts differ: stopped", 0.02, 0.05, 20_000, true, 1400},
		{"1 point better, 3% of texts differ: known", 0.02, 0.01, 40_000, false, 5400},
	} {
		var took []int
		right := 0
		for range trials {
			stopped, better, texts := run(tt.gain, tt.loss, tt.most)
			if stopped == tt.stop && better == !tt.stop {
				right++
			}
			took = append(took, texts)
		}
		slices.Sort(took)
		t.Logf("%s after %d texts (p90 %d), %d of %d trials", tt.name, took[trials/2],
			took[trials*9/10], right, trials)
		if took[trials*9/10] > tt.within || right < trials*95/100 {
			t.Errorf("%s: p90 %d texts, want %d; %d of %d right", tt.name, took[trials*9/10],
				tt.within, right, trials)
		}
	}
	wrong, naive := 0, 0
	for range trials {
		if stopped, _, _ := run(0.015, 0.015, 20_000); stopped {
			wrong++
		}
	}
	const naives = 300
	for range naives { // the result of a 5% test at every look
		gained, lost, n := 0, 0, 0
		for n < 20_000 {
			for range 50 {
				n++
				switch x := random.Float64(); {
				case x < 0.015:
					gained++
				case x < 0.03:
					lost++
				}
			}
			if d := float64(gained - lost); gained+lost > 0 && d*d > 3.84*float64(gained+lost) {
				naive++
				break
			}
		}
	}
	t.Logf("equal models, 3%% of texts differ: %.1f%% of trials are stopped within 20,000 "+
		"texts; a test of 5%% at every look errs in %.1f%%", 100*float64(wrong)/trials,
		100*float64(naive)/naives)
	if wrong > trials*5/100 {
		t.Errorf("%d of %d trials of equal models are stopped; want 5%% at most", wrong, trials)
	}
}
