package state

import (
	"reviewlens/api/wire"
	"reviewlens/app/message"
)

// Report returns what the page shows in the format of POST /v1/report.
func (s *State) Report() wire.Report {
	sum := s.Shown()
	r := wire.Report{Model: s.ScoredBy(), Rows: s.Progress.Done, Figures: sum.Figures}
	if s.IsFiltered() {
		r.Rows = sum.Scored + sum.Empty + sum.Failed
	}
	if p := s.Preview; p != nil {
		name := func(i int) string {
			if i >= 0 && i < len(p.Header) {
				return p.Header[i]
			}
			return ""
		}
		if p.Reading != nil {
			reading := *p.Reading
			if s.Count != nil {
				reading.Findings = append([]string{}, s.Count.Doubts...)
				if note := s.Count.RepairNote; note != "" {
					reading.Findings = append(reading.Findings, note)
				}
			}
			r.Reading = &reading
		}
		c := p.Columns
		r.Columns = wire.Columns{Text: name(c.Text), Second: name(c.Second - 1),
			Title: name(c.Title),
			Stars: name(c.Stars), Date: name(c.Date), Product: name(c.Product), ID: name(c.ID)}
		for _, i := range c.More {
			r.Columns.More = append(r.Columns.More, name(i))
		}
	}
	return r
}

// OfRun returns the state that the parts of the screen use to render a run.
func OfRun(r *message.PastRun) State {
	return State{
		Screen: ScreenRun, NumbersOnly: true, File: r.Name, Model: r.Model,
		Progress: &message.Progress{State: message.Finished, Rows: r.Rows, Done: r.Rows,
			Summary: *r.Summary},
	}
}
