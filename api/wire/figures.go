package wire

import "reviewlens/reviews/figures"

// The response of POST /v1/report and its parts. They are the types of package figures, which
// everything that counts scored reviews shares.
type (
	Report      = figures.Report
	ReportFile  = figures.ReportFile
	Figures     = figures.Figures
	Reading     = figures.Reading
	Doubt       = figures.Doubt
	Confidence  = figures.Confidence
	Language    = figures.Language
	Columns     = figures.Columns
	Interval    = figures.Interval
	Sum         = figures.Sum
	Ratings     = figures.Ratings
	NPS         = figures.NPS
	Predicted   = figures.Predicted
	Period      = figures.Period
	Change      = figures.Change
	ChangePoint = figures.ChangePoint
	Growth      = figures.Growth
	Product     = figures.Product
	Driver      = figures.Driver
	Row         = figures.Row
	Paired      = figures.Paired
	Topics      = figures.Topics
	Topic       = figures.Topic
	TopicPeriod = figures.TopicPeriod
	Quote       = figures.Quote
	Suggestion  = figures.Suggestion
)
