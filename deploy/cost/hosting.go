package main

import (
	"fmt"
	"io"
	"math"

	"reviewlens/deploy/cost/bill"
)

// hosting prints the monthly cost of each place where `make deploy` can run the model (Hosting=),
// and which one to take.
func hosting(out io.Writer, p bill.Prices, m bill.Measured, w bill.Workload) {
	fmt.Fprint(out, "| Hosting= | $ a month | |\n|---|---|---|\n")
	for _, h := range bill.Hosts(p, m, w) {
		note := map[string]string{
			"lambda": "the function runs the model",
			"realtime": fmt.Sprintf("%.0f of ml.c7g.large, half idle, behind the function",
				h.Machines),
			"serverless": "behind the function; if as fast as one of its memory, and always warm",
			"async":      "a queue of files for programs, no door; machines only while they work",
		}[h.Name]
		fmt.Fprintf(out, "| %s | %.2f | %s |\n", h.Name, h.USD, note)
	}
	from := bill.HostFrom(p, m, w)
	advice := "Take lambda: an endpoint costs more at any size."
	switch {
	case !math.IsInf(from, 1) && w.Reviews >= from:
		advice = fmt.Sprintf("Take realtime if these reviews come evenly over the month: from %s "+
			"on it costs less.", number(from))
	case !math.IsInf(from, 1):
		advice = fmt.Sprintf("Take lambda: realtime costs less from %s reviews a month on, if "+
			"they come evenly.", number(from))
	}
	fmt.Fprintf(out, "\n%s serverless pays for the function that waits and for the endpoint, and "+
		"begins with minutes where nobody asked before: only for who must have the model in "+
		"SageMaker. async answers into a bucket; files of /v1/jobs need no endpoint.\n\n", advice)
}
