package trial

import (
	"fmt"
	"math"
	"time"

	"reviewlens/api/model/store"
	"reviewlens/reviews/paired"
)

// The rule of a trial. The accuracy is compared by paired.Sequence with its defaults: an error of
// 5% over all looks together, and a tolerated loss of half a point.
const (
	readyPairs = 2000           // with stars, before a challenger is ready
	readyAfter = 24 * time.Hour // to cover every hour of a day

	maxFailed = 0.01 // of texts or requests
	minFailed = 3

	maxSlower = 2.0 // times the current model's time
	minTimed  = 50
)

// Decision is the result of the rule for a trial.
type Decision struct {
	Verdict paired.Verdict
	Stop    bool   // stop the trial at once
	Ready   bool   // the challenger may be promoted
	Why     string // a sentence
}

// Decide applies the rule. It may be called at any time and any number of times.
func Decide(t *store.Trial, c *Counts, now time.Time) Decision {
	var rule paired.Sequence
	d := Decision{Verdict: rule.Decide(&c.Pairs)}
	stop := func(format string, args ...any) Decision {
		d.Stop, d.Why = true, fmt.Sprintf(format, args...)
		return d
	}
	if f, n := c.Failed, c.Failed+c.Pairs.Pairs; failing(f, n) {
		return stop("The challenger failed on %d of %d texts.", f, n)
	}
	if failing(c.Errors[1], c.Requests[1]) && rate(c.Errors[1], c.Requests[1]) >
		2*rate(c.Errors[0], c.Requests[0]) {
		return stop("The challenger failed in %d of %d requests, the current model in %d of %d.",
			c.Errors[1], c.Requests[1], c.Errors[0], c.Requests[0])
	}
	if c.Timed >= minTimed && c.Millis[1] > maxSlower*c.Millis[0] {
		return stop("The challenger takes %.1f times as long as the current model (%d texts).",
			c.Millis[1]/c.Millis[0], c.Timed)
	}
	interval := rule.Interval(&c.Pairs)
	between := fmt.Sprintf("%s to %s points (%d texts with stars)", points(interval.Low),
		points(interval.High), c.Pairs.Judged)
	split := c.Units.split(t)
	age := now.Sub(t.Since)
	switch {
	case d.Verdict == paired.Worse:
		return stop("The challenger agrees with the stars less often: by %s.", between)
	case c.Pairs.Judged == 0:
		d.Why = "No text with stars was seen: which model is right more often is not known."
	case d.Verdict == paired.Undecided:
		d.Why = fmt.Sprintf("Which model agrees with the stars more often is not known yet: "+
			"the challenger's accuracy differs by %s.", between)
	case split.Off:
		d.Why = fmt.Sprintf("The challenger is not worse, but the split is off: it answered %d of "+
			"%d parts of the owners, and was given %s.", split.Seen[1],
			split.Seen[0]+split.Seen[1], store.Percent(split.Expected))
	case c.Pairs.Judged < readyPairs || age < readyAfter:
		d.Why = fmt.Sprintf("The challenger is not worse so far: its accuracy differs by %s. "+
			"It is ready after %d texts with stars and a day.", between, readyPairs)
	default:
		d.Ready = true
		d.Why = fmt.Sprintf("The challenger is ready: its accuracy differs by %s.", between)
	}
	return d
}

func failing(failed, of int) bool { return failed >= minFailed && rate(failed, of) > maxFailed }

func rate(failed, of int) float64 { return float64(failed) / float64(max(of, 1)) }

// points formats a difference of shares in percentage points, with its sign.
func points(share float64) string {
	return fmt.Sprintf("%+.1f", math.Round(1000*share)/10)
}
