package jobs

import "time"

// clock measures the age of jobs even if the machine's clock is changed.
//
// While the process runs, time follows the monotonic clock. A wall clock that jumps ahead is
// trusted only after it has been ahead for an hour, since the monotonic clock stops while a machine
// sleeps. When the wall clock is set back, its earlier time was wrong, and jobs become younger at
// once. After more than a day between two processes the wall clock is not trusted for an hour
// either: a machine may boot with a wrong clock and correct it within minutes.
type clock struct {
	wall     func() time.Time
	base     time.Time     // start of the process by the best known wall clock
	start    time.Time     // the same, with the monotonic clock
	doubtful bool          // the folder was unused for long before the start
	ahead    time.Duration // monotonic time since which the wall clock is ahead; 0 if it is not
	noted    time.Duration // when the time of last use was recorded
}

const (
	longPause    = 24 * time.Hour
	distrustTime = time.Hour   // how long the wall clock is not trusted after a jump
	noteEvery    = time.Minute // how often the time of last use is recorded
)

// newClock starts a clock. alive is the time of the folder's last use; wall is time.Now except in
// tests.
func newClock(wall func() time.Time, alive time.Time) clock {
	now := wall()
	return clock{wall: wall, base: now.Round(0), start: time.Now(), doubtful: !alive.IsZero() &&
		now.Sub(alive) > longPause, noted: -noteEvery}
}

// age returns the time since created.
func (c *clock) age(created time.Time) time.Duration {
	return c.base.Add(time.Since(c.start)).Sub(created)
}

// trusted reports whether jobs may be deleted because of their age.
func (c *clock) trusted() bool { return !c.doubtful || time.Since(c.start) > distrustTime }

// tick follows the wall clock. It returns the time to record as that of the last use, or zero if a
// record is not due yet.
func (c *clock) tick() (alive time.Time) {
	passed := time.Since(c.start)
	switch base := c.wall().Round(0).Add(-passed); {
	case base.Before(c.base):
		c.base, c.ahead = base, 0
	case base.Sub(c.base) < time.Minute:
		c.ahead = 0
	case c.ahead == 0:
		c.ahead = max(passed, 1)
	case passed-c.ahead > distrustTime:
		c.base, c.ahead = base, 0
	}
	if passed-c.noted < noteEvery {
		return time.Time{}
	}
	c.noted = passed
	return c.base.Add(passed)
}
