package jobs

import "time"

// clock tells how old jobs are, though the machine's clock is set meanwhile.
//
// While the process runs, time passes as the monotonic clock says. A wall clock that jumps ahead is believed when it has been
// ahead for an hour: the monotonic clock stands still while a machine sleeps. When the wall clock is set back, what it said
// before was wrong, and jobs are taken to be younger at once. After a pause of more than a day between two processes the wall
// clock is not believed for an hour either: a machine may start with a wrong one, and correct it within minutes.
type clock struct {
	wall     func() time.Time
	base     time.Time     // when the process began, by a wall clock that is right as far as is known
	began    time.Time     // the same, with the monotonic clock
	doubtful bool          // the pause before was long
	ahead    time.Duration // since when, by the monotonic clock, the wall clock is ahead; 0 if it is not
	noted    time.Duration // when the time of use was noted last
}

const (
	longPause = 24 * time.Hour
	doubt     = time.Hour   // how long the wall clock is not believed after one
	noteEvery = time.Minute // how often the time of use is noted
)

// newClock starts a clock. alive is when the folder was last in use; wall is time.Now but in tests.
func newClock(wall func() time.Time, alive time.Time) clock {
	now := wall()
	return clock{wall: wall, base: now.Round(0), began: time.Now(), doubtful: !alive.IsZero() && now.Sub(alive) > longPause, noted: -noteEvery}
}

// age is how long ago something was made.
func (c *clock) age(created time.Time) time.Duration {
	return c.base.Add(time.Since(c.began)).Sub(created)
}

// believed reports whether jobs may be deleted for their age.
func (c *clock) believed() bool { return !c.doubtful || time.Since(c.began) > doubt }

// tick follows the wall clock, and gives the time to note as that of the last use, if it is time for that.
func (c *clock) tick() (alive time.Time) {
	passed := time.Since(c.began)
	switch base := c.wall().Round(0).Add(-passed); {
	case base.Before(c.base):
		c.base, c.ahead = base, 0
	case base.Sub(c.base) < time.Minute:
		c.ahead = 0
	case c.ahead == 0:
		c.ahead = max(passed, 1)
	case passed-c.ahead > doubt:
		c.base, c.ahead = base, 0
	}
	if passed-c.noted < noteEvery {
		return time.Time{}
	}
	c.noted = passed
	return c.base.Add(passed)
}
