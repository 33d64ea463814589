package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"reviewlens/api/wire"
	"reviewlens/deploy/cost/load"
)

const (
	functions = 4
	share     = 0.2 // of a processor, per function
	offered   = 3.2 // mean number of busy functions if no request were refused
	lasts     = 60 * time.Second
	played    = 40 // simulations
)

// burst sends single reviews at random times to functions that each handle one at a time; a refused
// request is retried as the page does it. It prints the result next to the prediction of package
// load, and fails if the result is outside of what load simulates.
func burst() (err error) {
	if err := build(); err != nil {
		return err
	}
	list, what, err := texts(500)
	if err != nil {
		return err
	}
	events, err := singles(list)
	if err != nil {
		return err
	}
	t := &traffic{free: make(chan *function, functions), events: events,
		random: rand.New(rand.NewPCG(1, 2))}
	for i := range functions {
		f, err := start(fmt.Sprint(i), 1, share)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.stop()) }()
		t.free <- f
	}
	calibration, err := t.oneByOne(80)
	if err != nil {
		return err
	}
	times := slices.Collect(load.Poisson(t.random, offered/calibration, lasts.Seconds()))
	if err := t.send(times); err != nil {
		return err
	}
	got, mean := t.outcome()
	fmt.Printf("%s; %d %s; %d functions on %g of a CPU each, %.0f requests in %v, %.0f ms each\n\n",
		processor(), len(list), what, functions, share, got.Requests, lasts, 1000*mean)
	system := load.System{Concurrency: functions, Warm: functions}
	return printOutcomes(got, t.simulate(system, times),
		load.Answer(system, load.Page, got.Requests/lasts.Seconds(), mean))
}

// singles returns one event per text.
func singles(list []string) (events [][]byte, err error) {
	for _, text := range list {
		body, err := json.Marshal(wire.ScoreRequest{Texts: []string{text}})
		if err != nil {
			return nil, err
		}
		e, err := event("POST", "/v1/score", wire.TypeJSON, string(body))
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, nil
}

// traffic is a series of requests to functions, and their results.
type traffic struct {
	free   chan *function // functions that have no request
	events [][]byte       // requests are drawn from these
	random *rand.Rand

	started time.Time

	mu       sync.Mutex
	failures []error
	services []float64 // seconds that functions took
	took     []float64 // seconds from the first attempt to the answer
	last     time.Duration
	counts   load.Outcome // Requests, Attempts, Lost; Throttled as a number
}

func (t *traffic) event() []byte { return t.events[t.random.IntN(len(t.events))] }

// oneByOne returns the mean seconds that a function takes while there is one request at a time.
func (t *traffic) oneByOne(tries int) (mean float64, err error) {
	for range tries {
		f := <-t.free
		took, err := f.answer(t.event())
		if err != nil {
			return 0, err
		}
		mean += took.Seconds() / float64(tries)
		t.free <- f
	}
	return mean, nil
}

// send sends requests at these times, in seconds, and waits until all have ended.
func (t *traffic) send(times []float64) error {
	var all sync.WaitGroup
	t.started = time.Now()
	for i, at := range times {
		time.Sleep(time.Until(t.started.Add(time.Duration(at * float64(time.Second)))))
		e := t.event()
		all.Go(func() { t.request(uint64(i), e) })
	}
	all.Wait()
	t.counts.Requests = float64(len(times))
	return errors.Join(t.failures...)
}

// request attempts one request until a function is free for it, or until it gives up.
func (t *traffic) request(seed uint64, e []byte) {
	random := rand.New(rand.NewPCG(seed, 3))
	arrived := time.Now()
	bound := load.Page.FirstWait
	for attempt := 1; ; attempt++ {
		t.mu.Lock()
		t.counts.Attempts++
		t.mu.Unlock()
		select {
		case f := <-t.free:
			service, err := f.answer(e)
			t.free <- f
			t.mu.Lock()
			defer t.mu.Unlock()
			t.failures = append(t.failures, err)
			t.services = append(t.services, service.Seconds())
			t.took = append(t.took, time.Since(arrived).Seconds())
			t.last = max(t.last, time.Since(t.started))
			return
		default:
		}
		t.mu.Lock()
		t.counts.Throttled++
		if attempt == load.Page.Attempts {
			t.counts.Lost++
			t.mu.Unlock()
			return
		}
		t.mu.Unlock()
		time.Sleep(time.Duration(random.Float64() * bound * float64(time.Second)))
		bound = min(2*bound, load.Page.MostWait)
	}
}

// outcome returns the outcome of all requests, and the mean seconds that a function took.
func (t *traffic) outcome() (got load.Outcome, mean float64) {
	got = t.counts
	got.Throttled /= got.Attempts
	for _, s := range t.services {
		mean += s / float64(len(t.services))
	}
	got.Busy = mean * float64(len(t.services)) / t.last.Seconds()
	took := slices.Sorted(slices.Values(t.took))
	got.P50, got.P99 = took[len(took)/2], took[len(took)*99/100]
	return got, mean
}

// simulate simulates requests at the same times, each with one of the measured service times.
func (t *traffic) simulate(system load.System, times []float64) (games []load.Outcome) {
	for seed := range uint64(played) {
		games = append(games, load.Simulate(system, load.Page, load.Demand{
			Arrivals: slices.Values(times),
			Service:  func(r *rand.Rand) float64 { return t.services[r.IntN(len(t.services))] },
		}, seed))
	}
	return games
}

// printOutcomes prints the measured outcome next to the simulated and the computed one. It returns
// an error if a value is outside of the simulated range.
func printOutcomes(got load.Outcome, games []load.Outcome, formula load.Outcome) error {
	fmt.Printf("| | happened | simulated, %d times | formulas |\n|---|---|---|---|\n", played)
	apart := 0
	for _, row := range []struct {
		name    string
		of      func(load.Outcome) float64
		formula float64 // 0: none
	}{
		{"attempts refused, %", func(o load.Outcome) float64 { return 100 * o.Throttled },
			100 * formula.Throttled},
		{"attempts a request", func(o load.Outcome) float64 { return o.Attempts / o.Requests },
			formula.Attempts / formula.Requests},
		{"requests given up, %", func(o load.Outcome) float64 { return 100 * o.Lost / o.Requests },
			100 * formula.Lost / formula.Requests},
		{"functions busy, mean", func(o load.Outcome) float64 { return o.Busy }, 0},
		{"half answered within, s", func(o load.Outcome) float64 { return o.P50 }, 0},
		{"99% answered within, s", func(o load.Outcome) float64 { return o.P99 }, 0},
	} {
		var values []float64
		for _, g := range games {
			values = append(values, row.of(g))
		}
		low, high, have := slices.Min(values), slices.Max(values), row.of(got)
		note := ""
		if slack := 0.02 * high; have < low-slack || have > high+slack {
			apart++
			note = " (outside)"
		}
		formulas := "-"
		if row.formula > 0 {
			formulas = fmt.Sprintf("%.2f", row.formula)
		}
		fmt.Printf("| %s | %.2f | %.2f to %.2f%s | %s |\n", row.name, have, low, high,
			note, formulas)
	}
	if apart > 0 {
		return fmt.Errorf("%d of these lie outside of what was simulated", apart)
	}
	return nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func round(v float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(v*p) / p
}
