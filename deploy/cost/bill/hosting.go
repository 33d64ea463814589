package bill

import "math"

// Host is what a workload costs in one of the places where `make deploy` can have the model run.
// The function stays the door of all but async, so each has what Lambda costs without the model.
type Host struct {
	Name     string  // as Hosting= has it
	USD      float64 // a month, what is there anyway included
	Machines float64 // that are always on; 0 for none
}

// A frame asks the endpoint with 4 bytes a token (api/infer/remote), and waits for the answer.
const frameToken = 4.

// Hosts are the places, in the order of deploy.py. Of serverless it is taken that it is as fast as
// a function of the same memory, which AWS does not say, and that it never starts; of async, that
// its machines run only while they work.
func Hosts(p Prices, m Measured, w Workload) []Host {
	lambda := Lambda(p, m, w)
	fixed := Sum(lambda.Fixed)
	inside := Sum(lambda.Lines)

	// the door: it waits for the endpoint as long as it would score, with the least memory
	door := w
	door.Memory = 512
	waiting := lambda.Requests * float64(door.Memory) / 1024 * math.Ceil(lambda.Millis) / 1000
	through := inside - p.of("lambda-"+w.Arch, lambda.GBSeconds) + p.of("lambda-"+w.Arch, waiting)
	data := p.of("sagemaker-data", w.Reviews*(w.Tokens*frameToken+frameBytes)/1e9)

	machines, always := Always(p, m, w, "sagemaker-2vcpu")
	each, _ := m.Millis(2)
	busy := w.Reviews * w.Tokens / 1000 * each / 1000 / 3600 // hours of one machine
	return []Host{
		{"lambda", inside + fixed, 0},
		{"realtime", through + always + data + fixed, machines},
		{"serverless", through + p.of("sagemaker-serverless", lambda.GBSeconds) + data + fixed, 0},
		{"async", p.of("sagemaker-2vcpu", busy) + data + fixed, 0},
	}
}

// HostFrom is from how many reviews a month on realtime costs less than the function alone; +Inf
// where it never does.
func HostFrom(p Prices, m Measured, w Workload) float64 {
	for reviews := 1e6; reviews < 1e12; reviews *= 1.01 {
		w.Reviews = reviews
		if hosts := Hosts(p, m, w); hosts[1].USD < hosts[0].USD {
			return reviews
		}
	}
	return math.Inf(1)
}
