package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"reviewlens/api/scoring"
	"reviewlens/api/trace"
	"reviewlens/reviews"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what /metrics tells. Labels have few values: routes, statuses and names of sentiments, never what a client sent.
type metrics struct {
	registry *prometheus.Registry
	seconds  *prometheus.HistogramVec // of requests, by route and status
	texts    *prometheus.CounterVec   // scored, by sentiment
	windows  prometheus.Counter
	tokens   prometheus.Counter
	positive prometheus.Histogram // the probabilities: a drift of their mean is a drift of the input or the model
}

func newMetrics(models scoring.Models, waiting func() int) *metrics {
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
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "reviewlens_score_requests", Help: "Score requests that are waiting or running."},
			func() float64 { return float64(waiting()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "reviewlens_models", Help: "Models that can be asked for; 0 while the server is not ready."},
			func() float64 { return float64(len(models.IDs())) }))
	if store, ok := models.(interface{ Behind() bool }); ok {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "reviewlens_models_behind", Help: "1 while the store cannot be read or names a model that cannot be used; the one before serves."},
			func() float64 {
				if store.Behind() {
					return 1
				}
				return 0
			}))
	}
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *metrics) request(route string, status int, took time.Duration) {
	m.seconds.WithLabelValues(route, strconv.Itoa(status)).Observe(took.Seconds())
}

// metered counts what engines score, and holds it to its owner's rate and the request's budget.
type metered struct {
	scoring.Models
	metrics *metrics
	meter   *meter
	rates   *rates
	patient bool // work waits for its owner's rate
}

func (m metered) Acquire(id string) (scoring.Engine, func(), error) {
	e, release, err := m.Models.Acquire(id)
	if err != nil {
		return nil, nil, err
	}
	return meteredEngine{e, m}, release, nil
}

type meteredEngine struct {
	scoring.Engine
	m metered
}

func (e meteredEngine) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	windows, tokens := 0, 0
	for _, text := range texts {
		windows += len(text)
		for _, w := range text {
			tokens += len(w)
		}
	}
	if b, ok := budget(ctx); ok {
		if err := b.fits(tokens, e.m.meter.speed(ctx)); err != nil {
			return nil, err
		}
	}
	debt := e.m.rates.pay(scoring.Owner(ctx), len(texts))
	if patient, _ := ctx.Value(backgroundKey{}).(bool); (patient || e.m.patient) && debt > 0 {
		select {
		case <-time.After(debt):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	e.m.meter.enter(windows, tokens)
	scores, err := e.Engine.Score(ctx, texts)
	e.m.meter.leave(windows, tokens, err == nil)
	if err != nil {
		return nil, err
	}
	windows, tokens = 0, 0
	scored, positive, confidence := 0, 0.0, 0.0
	for i, s := range scores {
		if s.Sentiment == reviews.None {
			continue
		}
		e.m.metrics.texts.WithLabelValues(s.Sentiment.String()).Inc()
		e.m.metrics.positive.Observe(s.Positive)
		scored++
		positive += s.Positive
		confidence += max(s.Positive, 1-s.Positive)
		windows += len(texts[i])
		for _, w := range texts[i] {
			tokens += len(w)
		}
	}
	e.m.metrics.windows.Add(float64(windows))
	e.m.metrics.tokens.Add(float64(tokens))
	trace.From(ctx).Scored(trace.Scores{Model: e.Model().Manifest.ID, Texts: scored, Windows: windows, Tokens: tokens, Positive: positive, Confidence: confidence})
	return scores, nil
}
