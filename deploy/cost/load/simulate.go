package load

import (
	"container/heap"
	"math/rand/v2"
	"slices"
)

// Demand is the load: requests and their service times.
type Demand struct {
	PerSecond float64
	Seconds   float64                    // duration
	Service   func(r *rand.Rand) float64 // seconds that a function needs for a request
	// instead of PerSecond and Seconds: the times, ascending
	Arrivals func(yield func(float64) bool)
}

// event is an attempt of a request at a time, or the end of one.
type event struct {
	at      float64
	request int32
	attempt int32 // 0: the end of service
}

type events []event

func (e events) Len() int           { return len(e) }
func (e events) Less(i, j int) bool { return e[i].at < e[j].at }
func (e events) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)        { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// bucket is a token bucket, filled at rate per second up to most; with rate 0 it is never empty.
type bucket struct{ rate, most, has, at float64 }

func (b *bucket) take(now float64) bool {
	if b.rate == 0 {
		return true
	}
	b.has = min(b.most, b.has+(now-b.at)*b.rate)
	b.at = now
	if b.has < 1 {
		return false
	}
	b.has--
	return true
}

// Simulate simulates the demand. The same seed gives the same outcome.
func Simulate(s System, c Client, d Demand, seed uint64) (o Outcome) {
	random := rand.New(rand.NewPCG(seed, 7))
	arrivals := d.Arrivals
	if arrivals == nil {
		arrivals = Poisson(rand.New(rand.NewPCG(seed, 8)), d.PerSecond, d.Seconds)
	}
	gate := bucket{s.Rate, s.Burst, s.Burst, 0}
	scaling := bucket{s.Scaling, s.ScalingMost, s.ScalingMost, 0}
	var (
		queue   events
		first   []float64 // arrival time of each request
		took    []float64
		running int
		there   = min(s.Warm, s.Concurrency) // environments
		busy    float64                      // seconds of all functions
		refused float64
		end     float64
	)
	attempt := func(e event) {
		o.Attempts++
		switch {
		case !gate.take(e.at):
		case running < there || there < s.Concurrency && scaling.take(e.at):
			service := d.Service(random)
			if running == there {
				there++
				o.Cold++
				service += s.Init
			}
			running++
			o.Peak = max(o.Peak, running)
			busy += service
			heap.Push(&queue, event{at: e.at + service, request: e.request})
			return
		}
		refused++
		if int(e.attempt) == c.Attempts {
			o.Lost++
			return
		}
		bound := c.FirstWait
		for range e.attempt - 1 {
			bound = min(2*bound, c.MostWait)
		}
		heap.Push(&queue, event{at: e.at + random.Float64()*bound, request: e.request,
			attempt: e.attempt + 1})
	}
	until := func(now float64, all bool) {
		for len(queue) > 0 && (all || queue[0].at <= now) {
			e := heap.Pop(&queue).(event)
			end = e.at
			if e.attempt > 0 {
				attempt(e)
				continue
			}
			running--
			took = append(took, e.at-first[e.request])
		}
	}
	for at := range arrivals {
		until(at, false)
		first = append(first, at)
		end = at
		attempt(event{at: at, request: int32(len(first) - 1), attempt: 1})
	}
	until(0, true)
	o.Requests = float64(len(first))
	if o.Attempts > 0 {
		o.Throttled = refused / o.Attempts
	}
	if end > 0 {
		o.Busy = busy / end
	}
	if len(took) > 0 {
		slices.Sort(took)
		o.P50, o.P99 = took[len(took)/2], took[len(took)*99/100]
	}
	return o
}

// Poisson returns times of independent arrivals.
func Poisson(random *rand.Rand, perSecond, seconds float64) func(yield func(float64) bool) {
	return func(yield func(float64) bool) {
		for at :=
			random.ExpFloat64() / perSecond; at < seconds; at += random.ExpFloat64() / perSecond {
			if !yield(at) {
				return
			}
		}
	}
}
