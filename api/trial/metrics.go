package trial

import "github.com/prometheus/client_golang/prometheus"

// collector reports this process's counts of the running trial. An Outcome has the sums of all
// processes.
type collector struct{ runner *Runner }

// Collector returns the metrics of a Runner, for Prometheus.
func Collector(r *Runner) prometheus.Collector { return collector{r} }

var (
	metricReady = prometheus.NewDesc("reviewlens_trial_ready",
		"1 once the challenger of the trial that runs is open and has passed its golden texts.",
		[]string{"challenger"}, nil)
	metricTexts = prometheus.NewDesc("reviewlens_trial_texts_total",
		"Texts of the sample that the challenger of a trial should read unseen.",
		[]string{"challenger", "outcome"}, nil)
	metricChanged = prometheus.NewDesc("reviewlens_trial_changed_total",
		"Texts read to which the challenger gives another name.", []string{"challenger"}, nil)
	metricJudged = prometheus.NewDesc("reviewlens_trial_judged_total",
		"Texts read whose stars are known, by the model that agrees with them.",
		[]string{"challenger", "right"}, nil)
	metricSeconds = prometheus.NewDesc("reviewlens_trial_seconds_total",
		"Time for texts that both models scored under the same conditions.",
		[]string{"challenger", "model"}, nil)
	metricRequests = prometheus.NewDesc("reviewlens_trial_requests_total",
		"Calls of the engines during a trial.", []string{"challenger", "model", "outcome"}, nil)
)

// Describe implements prometheus.Collector.
func (m collector) Describe(descriptions chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{metricReady, metricTexts, metricChanged, metricJudged,
		metricSeconds, metricRequests} {
		descriptions <- d
	}
}

// Collect implements prometheus.Collector.
func (m collector) Collect(metrics chan<- prometheus.Metric) {
	t, c, ok := m.runner.Local()
	if !ok {
		return
	}
	put := func(d *prometheus.Desc, value float64, labels ...string) {
		labels = append([]string{t.Model}, labels...)
		metrics <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, labels...)
	}
	ready := 0.0
	if t.Ready {
		ready = 1
	}
	metrics <- prometheus.MustNewConstMetric(metricReady, prometheus.GaugeValue, ready, t.Model)
	put(metricTexts, float64(c.Pairs.Pairs), "read")
	put(metricTexts, float64(c.Dropped), "dropped")
	put(metricTexts, float64(c.Failed), "failed")
	changed := 0
	for i, row := range c.Pairs.Names {
		for j, n := range row {
			if i != j {
				changed += n
			}
		}
	}
	put(metricChanged, float64(changed))
	put(metricJudged, float64(c.Pairs.Right[0][0]), "neither")
	put(metricJudged, float64(c.Pairs.Right[1][0]), "current")
	put(metricJudged, float64(c.Pairs.Right[0][1]), "challenger")
	put(metricJudged, float64(c.Pairs.Right[1][1]), "both")
	for i, model := range []string{"current", "challenger"} {
		put(metricSeconds, c.Millis[i]/1000, model)
		put(metricRequests, float64(c.Requests[i]-c.Errors[i]), model, "answered")
		put(metricRequests, float64(c.Errors[i]), model, "failed")
	}
}
