package app

import (
	"reviewlens/app/format"
	"reviewlens/app/message"
)

// histogramData, starsData and trendData are what the functions of web/charts.js take.
func histogramData(s message.Summary) string {
	return format.JSON(map[string]any{"counts": s.Histogram, "band": s.Band})
}

func starsData(s message.Summary) string { return format.JSON(s.Stars) }

func trendData(s message.Summary) string {
	labels := make([]string, len(s.Periods))
	for i, p := range s.Periods {
		labels[i] = format.When(s.Unit, p.From)
	}
	return format.JSON(map[string]any{"labels": labels, "periods": s.Periods})
}
