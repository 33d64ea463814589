// Package load predicts how functions cope with many requests at once: how many functions run, how
// many requests are refused and retried, and how long they take including retries.
//
// The model is a loss system with retries, like Lambda: a request that finds no free function is
// refused at once (429), and the client backs off and tries again. It assumes that requests arrive
// independently of each other at a constant rate (Poisson); that a function answers one at a time,
// in a time that does not depend on the load; and that environments, once started, stay. Answer
// uses formulas, which treat retries as independent arrivals, too. Simulate simulates every
// request, with bursts, cold starts and the clients' real waits.
package load

import "math"

// System is the service that receives requests.
type System struct {
	Concurrency int     // functions that may run at once
	Warm        int     // environments at the start
	Rate        float64 // requests per second that the gateway accepts; 0: any
	Burst       float64 // requests that it accepts at once
	Init        float64 // duration of a cold start in seconds
	Scaling     float64 // environments that may be added per second; 0: any
	ScalingMost float64 // environments that may be added at once
}

// Client is a retry policy: exponential backoff with full jitter.
type Client struct {
	Attempts  int
	FirstWait float64 // seconds
	MostWait  float64
}

// Page is the policy of app/worker/scorer/retry.go.
var Page = Client{Attempts: 10, FirstWait: 0.5, MostWait: 20}

// Once never retries.
var Once = Client{Attempts: 1}

// erlangB returns the share of requests that find none of the places free, where load is arrivals
// per second times seconds per request. It holds for service times of any distribution
// (Sevastyanov).
func erlangB(places int, load float64) float64 {
	b := 1.
	for n := 1; n <= places; n++ {
		b = load * b / (float64(n) + load*b)
	}
	return b
}

// Places returns how many places are needed so that at most a share of requests is turned away.
func Places(load, share float64) int {
	b := 1.
	for n := 1; ; n++ {
		b = load * b / (float64(n) + load*b)
		if b <= share {
			return n
		}
	}
}

// Outcome is the result of a load.
type Outcome struct {
	Requests  float64
	Attempts  float64 // of all requests
	Throttled float64 // of the attempts
	Lost      float64 // requests that gave up
	Busy      float64 // running functions, mean
	Peak      int     // running functions, maximum; 0: not known from the formulas
	Cold      float64
	P50, P99  float64 // seconds from first attempt to answer; 0: not known from the formulas
}

// Answer is like Simulate, by formulas, for perSecond requests of service seconds each, over a
// second.
func Answer(s System, c Client, perSecond, service float64) Outcome {
	refused := func(attempts float64) float64 { // of this many per second
		through := attempts
		if s.Rate > 0 {
			through = min(attempts, s.Rate)
		}
		return 1 - through/attempts*(1-erlangB(s.Concurrency, through*service))
	}
	tries := func(p float64) float64 { // mean per request
		if p == 1 {
			return float64(c.Attempts)
		}
		return (1 - math.Pow(p, float64(c.Attempts))) / (1 - p)
	}
	low, high := perSecond, perSecond*float64(c.Attempts)
	// attempts = perSecond * tries(refused(attempts)), whose right side rises with attempts
	for range 200 {
		at := (low + high) / 2
		if perSecond*tries(refused(at)) > at {
			low = at
		} else {
			high = at
		}
	}
	p := refused(low)
	lost := math.Pow(p, float64(c.Attempts))
	return Outcome{Requests: perSecond, Attempts: low, Throttled: p, Lost: perSecond * lost,
		Busy: perSecond * (1 - lost) * service}
}
