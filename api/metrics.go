package api

import (
	"net/http"
	"strconv"
	"time"

	"reviewlens/api/admission"
	"reviewlens/api/scoring"
	"reviewlens/api/trial"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics holds what /metrics reports. Labels have few values: routes, statuses and sentiments,
// never anything that a client sent.
type metrics struct {
	registry *prometheus.Registry
	seconds  *prometheus.HistogramVec // of requests, by route and status
	texts    *prometheus.CounterVec   // scored, by sentiment
	windows  prometheus.Counter
	tokens   prometheus.Counter
	// the probabilities: a drift of their mean indicates a drift of the input or the model
	positive prometheus.Histogram
}

func newMetrics(models scoring.Models, usage func() admission.Usage) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "reviewlens_request_seconds", Help: "Time from a request's head to the end of its answer.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}}, []string{"route", "status"}),
		texts:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "reviewlens_texts_total", Help: "Texts scored."}, []string{"sentiment"}),
		windows: prometheus.NewCounter(prometheus.CounterOpts{Name: "reviewlens_windows_total", Help: "Windows of scored texts, equal texts counted each."}),
		tokens:  prometheus.NewCounter(prometheus.CounterOpts{Name: "reviewlens_tokens_total", Help: "Token IDs in these windows."}),
		positive: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "reviewlens_positive", Help: "Calibrated probability of being positive, of scored texts.",
			Buckets: prometheus.LinearBuckets(.1, .1, 9)}),
	}
	m.registry.MustRegister(m.seconds, m.texts, m.windows, m.tokens, m.positive,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "reviewlens_score_requests", Help: "Requests that have a place in the engine."},
			func() float64 { return float64(usage().Running) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "reviewlens_arriving_requests", Help: "Requests whose bodies arrive."},
			func() float64 { return float64(usage().Arriving) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "reviewlens_admitted_bytes", Help: "Memory of admitted requests and jobs, by estimate."},
			func() float64 { return float64(usage().Memory) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "reviewlens_temporary_bytes", Help: "Temporary files of admitted requests."},
			func() float64 { return float64(usage().Disk) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "reviewlens_models", Help: "Models that can be asked for; 0 while the server is not ready."},
			func() float64 { return float64(len(models.IDs())) }))
	if store, ok := models.(interface{ Stale() bool }); ok {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "reviewlens_models_behind", Help: "1 while the store cannot be read or names a model that cannot be used; the one before serves."},
			func() float64 {
				if store.Stale() {
					return 1
				}
				return 0
			}))
	}
	if trials, ok := models.(*trial.Runner); ok {
		m.registry.MustRegister(trial.Collector(trials))
	}
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *metrics) request(route string, status int, took time.Duration) {
	m.seconds.WithLabelValues(route, strconv.Itoa(status)).Observe(took.Seconds())
}
