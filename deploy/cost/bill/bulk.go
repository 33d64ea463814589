package bill

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
)

//go:embed bulk.json
var bulk []byte

// Bulk is what the program takes of a processor where it runs beside the data, as
// `make bench-program` found, and what Spark adds to that.
type Bulk struct {
	Made          string  `json:"made"`
	Machine       string  `json:"machine"`
	Model         string  `json:"model"`
	Reviews       int     `json:"reviews"`                // that were scored
	Tokens        float64 `json:"tokens"`                 // a review, mean
	BytesPerToken float64 `json:"bytesPerToken"`          // of the file
	CPU           float64 `json:"cpuMillisPer1000Tokens"` // processor time
	Start         float64 `json:"cpuSecondsToStart"`      // the program

	Spark Spark `json:"spark"`
}

// Spark is what `make bench-bulk` found.
type Spark struct {
	Made  string  `json:"made"`
	Over  float64 `json:"over"`            // processor time of a job, of the program's alone
	Fixed float64 `json:"fixedCPUSeconds"` // of a job with one row
}

// Bulks is bulk.json.
func Bulks() (b Bulk, err error) {
	if err := json.Unmarshal(bulk, &b); err != nil {
		return b, fmt.Errorf("bulk.json: %w", err)
	}
	if b.CPU <= 0 || b.Tokens <= 0 || b.BytesPerToken <= 0 || b.Spark.Over < 1 {
		return b, errors.New("bulk.json lacks figures; `make bench-program` writes them")
	}
	return b, nil
}

// Engine is something that scores very many reviews in AWS.
type Engine struct {
	ID, Name string
	Spark    bool
	hour     func(Prices) float64 // $ for a processor
}

// Engines are what reviews can be scored with beside the data. Processors of all are taken to be as
// fast as the one that was measured.
var Engines = []Engine{
	{"lambda", "Lambda, arm64 (files of /v1/jobs)", false, func(p Prices) float64 {
		return 3600 * perVCPU / 1024 * p.of("lambda-arm64", 1)
	}},
	{"batch", "Batch on m7g.large (deploy/batch)", false, func(p Prices) float64 {
		return p.of("ec2-2vcpu", 1) / 2
	}},
	{"glue", "Glue, G.1X", true, func(p Prices) float64 {
		return p.of("glue", 1) / cpusOfWorker * workers / (workers - 1)
	}},
	{"flex", "Glue FLEX, G.1X", true, func(p Prices) float64 {
		return p.of("glue-flex", 1) / cpusOfWorker * workers / (workers - 1)
	}},
	{"emr", "EMR Serverless, x86-64, 3.5 GB a vCPU", true, func(p Prices) float64 {
		worker := cpusOfWorker*p.of("emr-vcpu", 1) + gbOfWorker*p.of("emr-gb", 1)
		return worker / cpusOfWorker * (workers + 1) / workers
	}},
}

// What deploy/bulk.py asks for, whose test compares. One of Glue's workers is the driver, which
// scores nothing; EMR has one beside them. Of EMR memory is billed in whole GB, with Spark's
// overhead of a tenth.
const (
	workers      = 10
	cpusOfWorker = 4
	gbOfWorker   = 14
)

// Of is what tokens take on an engine, in hours of a processor and dollars. Storage, requests to it
// and capacity that waits are not in it.
func (e Engine) Of(p Prices, b Bulk, tokens float64) (hours, usd float64) {
	seconds := tokens * b.CPU / 1e6
	if e.Spark {
		seconds = seconds*b.Spark.Over + b.Spark.Fixed
	}
	hours = seconds / 3600
	return hours, hours * e.hour(p)
}
