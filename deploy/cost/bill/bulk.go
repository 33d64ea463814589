package bill

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
)

//go:embed bulk.json
var bulk []byte

// Bulk is the processor time of the program where it runs next to the data, as measured by `make
// bench-program`, and the overhead of Spark.
type Bulk struct {
	Made          string  `json:"made"`
	Machine       string  `json:"machine"`
	Model         string  `json:"model"`
	Reviews       int     `json:"reviews"`                // scored reviews
	Tokens        float64 `json:"tokens"`                 // mean per review
	BytesPerToken float64 `json:"bytesPerToken"`          // of the file
	CPU           float64 `json:"cpuMillisPer1000Tokens"` // processor time
	Start         float64 `json:"cpuSecondsToStart"`      // to start the program

	Spark Spark `json:"spark"`
}

// Spark is the result of `make bench-bulk`.
type Spark struct {
	Made  string  `json:"made"`
	Over  float64 `json:"over"`            // processor time of a job / of the program alone
	Fixed float64 `json:"fixedCPUSeconds"` // of a job with one row
}

// Bulks returns the contents of bulk.json.
func Bulks() (b Bulk, err error) {
	if err := json.Unmarshal(bulk, &b); err != nil {
		return b, fmt.Errorf("bulk.json: %w", err)
	}
	if b.CPU <= 0 || b.Tokens <= 0 || b.BytesPerToken <= 0 || b.Spark.Over < 1 {
		return b, errors.New("bulk.json lacks figures; `make bench-program` writes them")
	}
	return b, nil
}

// Engine is a service that scores very many reviews in AWS.
type Engine struct {
	ID, Name string
	Spark    bool
	hour     func(Prices) float64 // $ per processor
}

// Engines are the services that score reviews next to the data. Their processors are assumed to be
// as fast as the measured one.
var Engines = []Engine{
	{"lambda", "Lambda, arm64 (files of /v1/jobs)", false, func(p Prices) float64 {
		return 3600 * perVCPU / 1024 * p.of("lambda-arm64", 1)
	}},
	{"batch", "Batch on m7g.large (deploy/batch)", false, func(p Prices) float64 {
		return p.of("ec2-2vcpu", 1) / 2
	}},
	{"glue", "Glue, G.1X", true, func(p Prices) float64 { return onGlue(p.of("glue", 1)) }},
	{"flex", "Glue FLEX, G.1X", true, func(p Prices) float64 {
		return onGlue(p.of("glue-flex", 1))
	}},
	{"emr", "EMR Serverless, x86-64, 3.5 GB a vCPU", true, func(p Prices) float64 {
		worker := cpusOfWorker*p.of("emr-vcpu", 1) + gbOfWorker*p.of("emr-gb", 1)
		return worker / cpusOfWorker * (workers + 1) / workers
	}},
}

// The resources that deploy/bulk.py requests; its test compares them. One of Glue's workers is the
// driver, which scores nothing; EMR's driver is an additional one. EMR bills memory in whole GB,
// with Spark's overhead of a tenth.
const (
	workers      = 10
	cpusOfWorker = 4
	gbOfWorker   = 14
)

// onGlue returns the price of a processor hour that scores, from that of a worker's hour.
func onGlue(worker float64) float64 { return worker / cpusOfWorker * workers / (workers - 1) }

// Of returns the processor hours and dollars that tokens take on an engine. Storage, requests to it
// and idle capacity are not included.
func (e Engine) Of(p Prices, b Bulk, tokens float64) (hours, usd float64) {
	seconds := tokens * b.CPU / 1e6
	if e.Spark {
		seconds = seconds*b.Spark.Over + b.Spark.Fixed
	}
	hours = seconds / 3600
	return hours, hours * e.hour(p)
}
