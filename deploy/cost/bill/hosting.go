package bill

import "math"

// Host is the cost of a workload in one of the places where `make deploy` can run the model.
// Requests pass through the function in all but async, so each of these includes the cost of Lambda
// without the model.
type Host struct {
	Name     string  // value of Hosting=
	USD      float64 // per month, fixed costs included
	Machines float64 // always on; 0 for none
}

// A frame sends 4 bytes per token to the endpoint (api/infer/remote), and waits for the answer.
const frameToken = 4.

// Hosts returns the cost of each place, in the order of deploy.py. Assumptions: serverless is as
// fast as a function of the same memory, which AWS does not state, and has no cold starts; async
// has machines only while they work.
func Hosts(p Prices, m Measured, w Workload) []Host {
	lambda := Lambda(p, m, w)
	fixed := Sum(lambda.Fixed)
	inside := Sum(lambda.Lines)

	// the function: it waits for the endpoint as long as scoring would take, with the least memory
	door := w
	door.Memory = 512
	waiting := lambda.Requests * float64(door.Memory) / 1024 * math.Ceil(lambda.Millis) / 1000
	through := inside - p.of("lambda-"+w.Arch, lambda.GBSeconds) + p.of("lambda-"+w.Arch, waiting)
	data := p.of("sagemaker-data", w.Reviews*(w.Tokens*frameToken+frameBytes)/1e9)

	machines, always := Always(p, m, w, "sagemaker-2vcpu")
	each, _ := m.Millis(2)
	busy := w.Reviews * w.Tokens / 1000 * each / 1000 / 3600 // of one machine
	return []Host{
		{"lambda", inside + fixed, 0},
		{"realtime", through + always + data + fixed, machines},
		{"serverless", through + p.of("sagemaker-serverless", lambda.GBSeconds) + data + fixed, 0},
		{"async", p.of("sagemaker-2vcpu", busy) + data + fixed, 0},
	}
}

// HostFrom returns the number of reviews per month from which on realtime costs less than the
// function alone; +Inf if it never does.
func HostFrom(p Prices, m Measured, w Workload) float64 {
	for reviews := 1e6; reviews < 1e12; reviews *= 1.01 {
		w.Reviews = reviews
		if hosts := Hosts(p, m, w); hosts[1].USD < hosts[0].USD {
			return reviews
		}
	}
	return math.Inf(1)
}
