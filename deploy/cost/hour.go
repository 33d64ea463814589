package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"reviewlens/deploy/cost/bill"
	"reviewlens/deploy/cost/load"
)

// Lambda's default limits of an account
// (docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html), and the settings of the templates.
const (
	accountConcurrency = 1000
	scalingPerSecond   = 100 // 1,000 environments in ten seconds
	scalingAtOnce      = 1000
	requestsPerSecond  = 50 // deploy/cloud/api.yaml, RequestsPerSecond
	burst              = 100
	coldStart          = 0.5 // seconds; deploy/README.md has the measurements
	spread             = 0.9 // standard deviation of the logarithm of a review's length
)

// inAnHour simulates this many reviews in an hour, as the page sends them and one by one, with the
// templates' throttle and with one that lets them through.
func inAnHour(out io.Writer, p bill.Prices, m bill.Measured, w bill.Workload,
	reviews float64) error {
	if reviews > 1e8 {
		return fmt.Errorf("%s reviews in an hour are not played; at most 100,000,000",
			number(reviews))
	}
	w.Reviews = reviews
	fmt.Fprintf(out, "%s reviews of %.0f tokens in an hour; %s, %d MB; an account of %d "+
		"functions at once, %d more a second; clients try %d times.\n",
		number(reviews), w.Tokens, w.Arch, w.Memory, accountConcurrency, scalingPerSecond,
		load.Page.Attempts)
	fmt.Fprint(out, "Requests come independently, at one rate; formulas take retries for new "+
		"requests. Per cent of attempts are refused, of requests given up.\n\n")
	fmt.Fprint(out, "| | requests/s | through the API | load | places for 0.1% | refused, % | "+
		"formulas | attempts | given up, % | most at once | cold | p50 s | p99 s | $ |\n")
	fmt.Fprint(out, "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, alone := range []bool{false, true} {
		w.Alone = alone
		b := bill.Lambda(p, m, w)
		perSecond, mean := b.Requests/3600, b.Millis/1000
		name, deviation := "as the page sends them", spread/math.Sqrt(b.PerRequest)
		if alone {
			name, deviation = "one by one", spread
		}
		service := func(r *rand.Rand) float64 {
			return mean * math.Exp(deviation*r.NormFloat64()-deviation*deviation/2)
		}
		enough := math.Ceil(1.5 * perSecond)
		for _, rate := range []float64{requestsPerSecond, enough} {
			system := load.System{Concurrency: accountConcurrency, Rate: rate,
				Burst: max(burst,
					rate), Init: coldStart, Scaling: scalingPerSecond, ScalingMost: scalingAtOnce}
			seconds := 3600.
			if perSecond > 500 {
				seconds = 600 // ten minutes are as conclusive
			}
			got := load.Simulate(system, load.Page,
				load.Demand{PerSecond: perSecond, Seconds: seconds, Service: service}, 1)
			formula := load.Answer(system, load.Page, perSecond, mean)
			answered := 1 - got.Lost/got.Requests
			// a request that the gateway refuses costs nothing; one that Lambda refuses costs a
			// request of the gateway
			through := got.Attempts / got.Requests
			if rate < perSecond {
				through = answered
			}
			usd := 0.
			for _, l := range b.Lines {
				if l.Name == "HTTP API" {
					l.USD *= through
				} else {
					l.USD *= answered
				}
				usd += l.USD
			}
			fmt.Fprintf(out, "| %s | %.1f | %.0f/s | %.1f | %d | %.2f | %.2f | %.2f | %.2f | %d "+
				"| %.0f | %.2f | %.2f | %.2f |\n", name, perSecond, rate, perSecond*mean,
				load.Places(perSecond*mean,
					0.001), 100*got.Throttled, 100*formula.Throttled, got.Attempts/got.Requests,
				100*got.Lost/got.Requests, got.Peak, got.Cold, got.P50, got.P99, usd)
		}
	}
	fmt.Fprintf(out, "\nTo let them through: make deploy SET=\"RequestsPerSecond=... Burst=...\" "+
		"with the larger rate of the line, and an account that has the places.\n")
	return nil
}
