package main

import (
	"fmt"
	"io"

	"reviewlens/deploy/cost/bill"
)

// bulkCPUs is the number of processors on which the table divides the work: 100 DPUs of Glue.
const bulkCPUs = 400

// packing is the assumed compression ratio of packed files: of Parquet and gzip.
const packing = 3

// bulkTable prints the cost of 10^6 to 10^10 reviews next to the data.
func bulkTable(out io.Writer, p bill.Prices, b bill.Bulk, tokens float64) {
	fmt.Fprintf(out, "Reviews of %.0f tokens scored beside the data, $ of compute (%s):\n\n",
		tokens, p.Region)
	fmt.Fprint(out, "| reviews | vCPU-hours | hours on 400 vCPUs |")
	for _, e := range bill.Engines {
		fmt.Fprintf(out, " %s |", e.Name)
	}
	fmt.Fprint(out, "\n|---|---|---|---|---|---|---|---|\n")
	for n := 1e6; n <= 1e10; n *= 10 {
		spark, _ := bill.Engines[len(bill.Engines)-1].Of(p, b, n*tokens)
		fmt.Fprintf(out, "| %s | %s | %.1f |", number(n), number(spark), spark/bulkCPUs)
		for _, e := range bill.Engines {
			_, usd := e.Of(p, b, n*tokens)
			fmt.Fprintf(out, " %s |", dollars(usd))
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintf(out, `
Processor time: %.0f ms a 1,000 tokens, model %s, measured %s on %s; Spark takes %.2f of
the program's own, and %.0f s a job, measured %s. Prices as above, without storage and requests.
`, b.CPU, b.Model, b.Made, b.Machine, b.Spark.Over, b.Spark.Fixed, b.Spark.Made)
}

// dollars formats an amount, with cents if it is small.
func dollars(usd float64) string {
	if usd < 100 {
		return fmt.Sprintf("%.2f", usd)
	}
	return number(usd)
}

// ofBytes prints in a line the maximum cost of files of this size on an engine: all bytes are taken
// for text.
func ofBytes(out io.Writer, p bill.Prices, b bill.Bulk, id string, bytes float64,
	packed bool) error {
	how := ""
	if packed {
		bytes *= packing
		how = fmt.Sprintf("; packed files are taken for %d times their size", packing)
	}
	tokens := bytes / b.BytesPerToken
	if id == "local" {
		_, err := fmt.Fprintf(out, "nothing but about %.2f hours of a processor of this machine, "+
			"if %s MB are text%s\n", tokens*b.CPU/1e6/3600, number(bytes/1e6), how)
		return err
	}
	for _, e := range bill.Engines {
		if e.ID == id {
			hours, usd := e.Of(p, b, tokens)
			_, err := fmt.Fprintf(out, "about $%s of %s: %.2f vCPU-hours, if %s MB are text%s "+
				"(list prices of us-east-1 read on %s)\n", dollars(usd), e.Name, hours,
				number(bytes/1e6), how, p.Read)
			return err
		}
	}
	return fmt.Errorf("there is no engine %q", id)
}
