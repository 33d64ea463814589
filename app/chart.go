package app

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/reviews/report"
)

// histogramData, starsData and trendData return the input of the functions of web/charts.js.
func histogramData(s message.Summary) string {
	return format.JSON(map[string]any{"counts": s.Histogram, "band": s.Band})
}

func starsData(s message.Summary) string {
	type bar struct {
		wire.Sum
		Percents []string `json:"percents"` // of negative, unsure, positive
	}
	bars := make([]bar, len(s.Stars))
	for i, c := range s.Stars {
		p := report.Percents(c.Positive, c.Negative, c.Undecided())
		bars[i] = bar{c, []string{p[1], p[2], p[0]}}
	}
	return format.JSON(bars)
}

func trendData(s message.Summary) string {
	labels := make([]string, len(s.Periods))
	for i, p := range s.Periods {
		labels[i] = format.When(s.Unit, p.From)
	}
	return format.JSON(map[string]any{"labels": labels, "periods": s.Periods})
}

// shareCell renders a share; in a saved table that of no reviews is "".
func shareCell(i wire.Interval) app.UI {
	exact := ""
	if !format.OfNone(i) {
		exact = format.Exact(i.Share)
	}
	return app.Td().Class("number").DataSet("csv", exact).Text(format.Share(i))
}

// betweenCell renders the interval of a share.
func betweenCell(i wire.Interval) app.UI {
	exact := ","
	if !format.OfNone(i) {
		exact = format.Exact(i.Low) + "," + format.Exact(i.High)
	}
	return app.Td().Class("number", "between").DataSet("csv", exact).Text(format.Between(i))
}
