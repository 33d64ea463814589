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
	share     = 0.2 // of a processor, each
	offered   = 3.2 // how many functions the requests would keep busy if none were refused
	lasts     = 60 * time.Second
	played    = 40 // simulations
)

// burst sends single reviews, at random times, to functions of which each takes one at a time; who
// finds none free comes back as the page does.
func burst() (err error) {
	if err := build(); err != nil {
		return err
	}
	list, what, err := texts(500)
	if err != nil {
		return err
	}
	var events [][]byte
	for _, text := range list {
		body, err := json.Marshal(wire.ScoreRequest{Texts: []string{text}})
		if err != nil {
			return err
		}
		e, err := event("POST", "/v1/score", wire.TypeJSON, string(body))
		if err != nil {
			return err
		}
		events = append(events, e)
	}
	free := make(chan *function, functions)
	for i := range functions {
		f, err := start(fmt.Sprint(i), 1, share)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.stop()) }()
		free <- f
	}

	// How fast they are, one after the other.
	random := rand.New(rand.NewPCG(1, 2))
	calibration := 0.
	const tries = 80
	for range tries {
		f := <-free
		took, err := f.answer(events[random.IntN(len(events))])
		if err != nil {
			return err
		}
		calibration += took.Seconds() / tries
		free <- f
	}

	var (
		mu       sync.Mutex
		all      sync.WaitGroup
		failures []error
		services []float64 // seconds
		took     []float64
		got      load.Outcome
		begun    = time.Now()
		last     time.Duration
		times    = slices.Collect(load.Poisson(random, offered/calibration, lasts.Seconds()))
	)
	one := func(seed uint64, e []byte) {
		random := rand.New(rand.NewPCG(seed, 3))
		arrived := time.Now()
		bound := load.Page.FirstWait
		for attempt := 1; ; attempt++ {
			mu.Lock()
			got.Attempts++
			mu.Unlock()
			select {
			case f := <-free:
				service, err := f.answer(e)
				free <- f
				mu.Lock()
				defer mu.Unlock()
				failures = append(failures, err)
				services = append(services, service.Seconds())
				took = append(took, time.Since(arrived).Seconds())
				last = max(last, time.Since(begun))
				return
			default:
			}
			mu.Lock()
			got.Throttled++
			if attempt == load.Page.Attempts {
				got.Lost++
				mu.Unlock()
				return
			}
			mu.Unlock()
			time.Sleep(time.Duration(random.Float64() * bound * float64(time.Second)))
			bound = min(2*bound, load.Page.MostWait)
		}
	}
	for i, at := range times {
		time.Sleep(time.Until(begun.Add(time.Duration(at * float64(time.Second)))))
		e := events[random.IntN(len(events))]
		all.Go(func() { one(uint64(i), e) })
	}
	all.Wait()
	if err := errors.Join(failures...); err != nil {
		return err
	}
	got.Requests = float64(len(times))
	got.Throttled /= got.Attempts
	mean := 0.
	for _, s := range services {
		mean += s / float64(len(services))
	}
	got.Busy = mean * float64(len(services)) / last.Seconds()
	slices.Sort(took)
	got.P50, got.P99 = took[len(took)/2], took[len(took)*99/100]

	system := load.System{Concurrency: functions, Warm: functions}
	var games []load.Outcome
	for seed := range uint64(played) {
		games = append(games, load.Simulate(system, load.Page, load.Demand{
			Arrivals: slices.Values(times),
			Service:  func(r *rand.Rand) float64 { return services[r.IntN(len(services))] },
		}, seed))
	}
	formula := load.Answer(system, load.Page, got.Requests/lasts.Seconds(), mean)

	fmt.Printf("%s; %d %s; %d functions on %g of a CPU each, %.0f requests in %v, %.0f ms each\n\n",
		processor(), len(list), what, functions, share, got.Requests, lasts, 1000*mean)
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
