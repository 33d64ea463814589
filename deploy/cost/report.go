package main

import (
	"fmt"
	"io"
	"math"
	"strings"

	"reviewlens/deploy/cost/bill"
)

// The goals of the service.
const (
	mostPerMillion = 1.50 // dollars per million average reviews, without the fixed costs
	leastFactor    = 300  // minimum ratio of Comprehend's price
)

// machines are the machines that run all month: names in prices.json, and descriptions.
var machines = []struct{ name, what string }{
	{"sagemaker-2vcpu", "a SageMaker endpoint (ml.c7g.large)"},
	{"ec2-2vcpu", "a machine that is always on (m7g.large)"},
}

// report prints a month's bill with those of other services, and how both change with memory and
// use.
func report(out io.Writer, p bill.Prices, m bill.Measured, w bill.Workload) error {
	b := bill.Lambda(p, m, w)
	how := "as the page sends them"
	if w.Alone {
		how = "one by one"
	}
	fmt.Fprintf(out, "%s reviews a month of %.0f tokens, %s; %s, %d MB, %s\n", number(w.Reviews),
		w.Tokens, how, w.Arch, w.Memory, p.Region)
	fmt.Fprintf(out, "%s requests of %.0f reviews and %.0f ms each\n\n", number(b.Requests),
		b.PerRequest, b.Millis)
	fmt.Fprint(out, "| | $ a month | $ a million |\n|---|---|---|\n")
	for _, l := range b.Lines {
		fmt.Fprintf(out, "| %s | %.2f | %.3f |\n", l.Name, l.USD, l.USD/w.Reviews*1e6)
	}
	fmt.Fprintf(out, "| **with use** | **%.2f** | **%.2f** |\n", bill.Sum(b.Lines), b.PerMillion(w))
	for _, l := range b.Fixed {
		fmt.Fprintf(out, "| %s, used or not | %.2f | |\n", l.Name, l.USD)
	}
	fmt.Fprintf(out, "| **in all** | **%.2f** | |\n\n", bill.Sum(b.Lines)+bill.Sum(b.Fixed))

	comprehend := bill.Comprehend(p, m, w)
	fmt.Fprint(out, "| the same reviews by | $ a month | times ours (with use) |\n|---|---|---|\n")
	for _, other := range []struct {
		name string
		usd  float64
	}{{"Amazon Comprehend", comprehend}, {"Google Cloud Natural Language", bill.Google(p, m, w)}} {
		fmt.Fprintf(out, "| %s | %.0f | %.0f |\n", other.name, other.usd,
			other.usd/bill.Sum(b.Lines))
	}
	for _, other := range machines {
		n, usd := bill.Always(p, m, w, other.name)
		fmt.Fprintf(out, "| %s, %.0f of them half idle | %.0f | %.1f |\n", other.what, n, usd,
			usd/bill.Sum(b.Lines))
	}
	fmt.Fprintln(out)
	for _, other := range machines {
		if from := bill.BreakEven(p, m, w, other.name); math.IsInf(from, 1) {
			fmt.Fprintf(out, "Lambda is never dearer than %s.\n", other.what)
		} else {
			fmt.Fprintf(out, "From %s reviews a month on %s costs less than Lambda.\n",
				number(from), other.what)
		}
	}

	fmt.Fprintln(out)
	hosting(out, p, m, w)
	fmt.Fprint(out, "| MB | vCPU | ms a 1,000 tokens | ms a review alone | $ a million, as the "+
		"page sends them | $ a million, one by one | |\n|---|---|---|---|---|---|---|\n")
	for _, memory := range []int{885, 1769, 3538, 7076, 10240} {
		v := w
		v.Memory, v.Alone = memory, false
		many := bill.Lambda(p, m, v)
		v.Alone = true
		alone := bill.Lambda(p, m, v)
		each, inside := m.Millis(many.VCPU)
		note := "measured"
		if !inside {
			note = "extrapolated"
		}
		fmt.Fprintf(out, "| %d | %.1f | %.0f | %.0f | %.2f | %.2f | %s |\n", memory, many.VCPU,
			each, alone.Millis, many.PerMillion(v), alone.PerMillion(v), note)
	}
	fmt.Fprintf(out, "\nTimes: %s, on %s: %s. arm64 is taken to be as fast; where it is slower "+
		"by more than %.0f%%, x86_64 costs less.\n",
		m.Made, m.Machine, m.Texts, 100*(bill.Dearer(p)-1))
	fmt.Fprintf(out, "Prices: read on %s, deploy/cost/bill/prices.json has each one's page. "+
		"Allowances that are free, and X-Ray, are left out.\n\n", p.Read)
	average := w
	average.Tokens = m.Tokens
	average.Alone = false
	per := bill.Lambda(p, m, average).PerMillion(average)
	fmt.Fprintln(out, goal(per <= mostPerMillion, "at most $%.2f a million average reviews (%.0f "+
		"tokens): $%.2f", mostPerMillion, m.Tokens, per))
	factor := bill.Comprehend(p, m, average) / average.Reviews * 1e6 / per
	fmt.Fprintln(out, goal(factor >= leastFactor, "at least %d times under Comprehend: %.0f times",
		leastFactor, factor))
	return nil
}

// inBrief prints a summary of the cost before a deployment.
func inBrief(out io.Writer, p bill.Prices, m bill.Measured, w bill.Workload) error {
	b := bill.Lambda(p, m, w)
	w.Alone = true
	alone := bill.Lambda(p, m, w)
	_, err := fmt.Fprintf(out, `costs about $%.0f a month unused (%s), and
  $%.2f a million reviews of %.0f tokens from the page, $%.2f one by one (%s, %d MB, list prices of us-east-1 read on %s)
  more: go run ./deploy/cost -memory %d -arch %s
`, bill.Sum(b.Fixed), strings.ToLower(b.Fixed[0].Name)+fmt.Sprintf(" $%.0f", b.Fixed[0].USD), b.PerMillion(w), w.Tokens, alone.PerMillion(w), w.Arch, w.Memory, p.Read, w.Memory, w.Arch)
	return err
}

func goal(met bool, format string, args ...any) string {
	word := "MET"
	if !met {
		word = "NOT MET"
	}
	return fmt.Sprintf("Goal, "+format+" - "+word, args...)
}

// number formats a number with grouped thousands.
func number(v float64) string {
	digits := fmt.Sprintf("%.0f", v)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
