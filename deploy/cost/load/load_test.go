package load

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Published values of Erlang's loss formula.
func TestErlangB(t *testing.T) {
	for _, tt := range []struct {
		places     int
		load, want float64
	}{
		{1, 1, 0.5}, {2, 1, 0.2}, {2, 1.6, 1.28 / 3.88}, {10, 4.461, 0.01},
		{100, 84.06, 0.01}, {0, 3, 1},
	} {
		if got := erlangB(tt.places, tt.load); math.Abs(got-tt.want) > 1e-4 {
			t.Errorf("erlangB(%d, %v) = %.5f, want %.5f", tt.places, tt.load, got, tt.want)
		}
	}
	if got := Places(84.06, 0.01001); got != 100 {
		t.Errorf("Places(84.06, 1%%) = %d, want 100", got)
	}
}

var kinds = map[string]func(r *rand.Rand) float64{
	"constant":    func(*rand.Rand) float64 { return 0.5 },
	"exponential": func(r *rand.Rand) float64 { return 0.5 * r.ExpFloat64() },
	"log-normal":  func(r *rand.Rand) float64 { return 0.5 * math.Exp(r.NormFloat64()*0.8-0.32) },
}

// Without retries, the simulation agrees with Erlang's formula, for any distribution.
func TestSimulateIsErlang(t *testing.T) {
	for name, service := range kinds {
		s := System{Concurrency: 20, Warm: 20}
		got := Simulate(s, Once, Demand{PerSecond: 40, Seconds: 20000, Service: service}, 1)
		want := Answer(s, Once, 40, 0.5)
		if math.Abs(got.Throttled-want.Throttled) > 0.004 || math.Abs(got.Busy-want.Busy) > 0.1 ||
			got.Lost != math.Round(got.Throttled*got.Requests) {
			t.Errorf("%s: %.4f throttled, %.2f busy; Erlang says %.4f, %.2f", name, got.Throttled,
				got.Busy, want.Throttled, want.Busy)
		}
		if got.Peak != 20 || math.Abs(got.Requests-800000) > 4000 {
			t.Errorf("%s: a peak of %d, %v requests", name, got.Peak, got.Requests)
		}
	}
}

// With retries, the formula's independent retries are nearly accurate, since clients wait much
// longer than a service takes.
func TestRetries(t *testing.T) {
	for name, s := range map[string]System{
		"few places": {Concurrency: 20, Warm: 20},
		"a gate":     {Concurrency: 100, Warm: 100, Rate: 30, Burst: 60},
	} {
		got := Simulate(s, Page,
			Demand{PerSecond: 40, Seconds: 5000, Service: kinds["log-normal"]}, 2)
		want := Answer(s, Page, 40, 0.5)
		if math.Abs(got.Attempts/got.Requests/want.Attempts*want.Requests-1) > 0.1 ||
			math.Abs(got.Lost/got.Requests-want.Lost/want.Requests) > 0.02 {
			t.Errorf("%s: %.2f attempts a request, %.3f lost; the formulas say %.2f, %.3f", name,
				got.Attempts/got.Requests, got.Lost/got.Requests, want.Attempts/want.Requests, want.Lost/want.Requests)
		}
	}
}

func TestColdStarts(t *testing.T) {
	d := Demand{Service: func(*rand.Rand) float64 { return 1 },
		Arrivals: slices.Values([]float64{0, 0, 0, 0.5, 3})}
	got := Simulate(System{Concurrency: 10, Init: 0.25, Scaling: 2, ScalingMost: 2}, Once, d, 1)
	// Two start at once, the third finds the bucket empty; half a second later it has a token; at 3
	// one is free.
	if got.Cold != 3 || got.Lost != 1 || got.Peak != 3 || math.Abs(got.P99-1.25) > 1e-9 {
		t.Errorf("%+v", got)
	}
}

func TestSameSeedSameOutcome(t *testing.T) {
	d := Demand{PerSecond: 40, Seconds: 60, Service: kinds["exponential"]}
	s := System{Concurrency: 20}
	if a, b := Simulate(s, Page, d, 3), Simulate(s, Page, d, 3); a != b {
		t.Errorf("%+v and %+v", a, b)
	}
}

func TestNothingComes(t *testing.T) {
	if got := Simulate(System{Concurrency: 1}, Page, Demand{PerSecond: 1, Seconds: 0},
		1); got != (Outcome{}) {
		t.Errorf("%+v", got)
	}
}
