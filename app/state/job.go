package state

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"reviewlens/api/wire"
	"reviewlens/app/format"
	"reviewlens/app/message"
)

// Job is a file that was uploaded to the server as a job (web/jobs.js reports its state).
type Job struct {
	Key     string           `json:"key"` // on this device
	Name    string           `json:"name"`
	Bytes   int64            `json:"bytes"`
	Sent    int64            `json:"sent"` // of Bytes
	Job     *wire.Job        `json:"job"`  // nil while this page sends the file, or requests it
	Report  *message.Summary `json:"report"`
	Problem string           `json:"problem"` // reason why its progress is unknown
	Trouble string           `json:"trouble"` // error of the last download, or deletion
	Status  int              `json:"status"`  // HTTP status of either; see Locked
	Gone    bool             `json:"gone"`
}

// Locked reports whether the server requires authentication for the job.
func (j *Job) Locked() bool { return j.Status == 401 }

// Sending reports whether this page sends the file.
func (j *Job) Sending() bool {
	return j.Job == nil && j.Bytes > 0 && j.Problem == "" && !j.Locked()
}

// NotSent reports whether the server waits for the file, which this page is not sending.
func (j *Job) NotSent() bool { return j.Job != nil && j.Job.Upload != nil }

// TakeJob applies an update of a job, and reports whether the server has since begun to require
// authentication for jobs. A Problem or Trouble keeps the job's known state.
func (s *State) TakeJob(j Job) (locked bool) {
	before := s.jobsLocked()
	if j.Locked() {
		j.Problem, j.Trouble = "", "" // WantsKey reports it
	}
	s.takeJob(j)
	return !before && s.jobsLocked()
}

func (s *State) takeJob(j Job) {
	for i := range s.Jobs {
		switch {
		case s.Jobs[i].Key != j.Key:
			continue
		case j.Gone:
			s.Jobs = append(s.Jobs[:i:i], s.Jobs[i+1:]...)
		case j.Locked():
			s.Jobs[i].Status = j.Status
		case j.Trouble != "":
			s.Jobs[i].Trouble, s.Jobs[i].Status = j.Trouble, j.Status
		case j.Problem != "" && j.Job == nil:
			s.Jobs[i].Problem, s.Jobs[i].Status = j.Problem, j.Status
		case j.Job == nil && !j.Sending(): // it is being requested again
		default:
			j.Trouble = s.Jobs[i].Trouble // until the next try
			s.Jobs[i] = j
		}
		return
	}
	if !j.Gone {
		s.Jobs = append(s.Jobs, j)
	}
}

// jobsLocked reports whether the server requires authentication for a job.
func (s *State) jobsLocked() bool {
	return slices.ContainsFunc(s.Jobs, func(j Job) bool { return j.Locked() })
}

// UnlockJobs records that jobs are being requested again with new credentials.
func (s *State) UnlockJobs() {
	for i := range s.Jobs {
		if s.Jobs[i].Locked() {
			s.Jobs[i].Status = 0
		}
	}
}

// Job returns the job with a key, nil if there is none.
func (s *State) Job(key string) *Job {
	for i := range s.Jobs {
		if s.Jobs[i].Key == key {
			return &s.Jobs[i]
		}
	}
	return nil
}

// Text describes the progress of a job.
func (j *Job) Text() string {
	switch {
	case j.Problem != "" && j.Report == nil:
		return j.Problem
	case j.Job == nil && j.Locked():
		return "waits for a sign-in or a key"
	case j.Job == nil && !j.Sending():
		return "being asked for"
	case j.NotSent():
		return "not sent whole"
	case j.Job == nil:
		return "sending, " + format.Bytes(j.Sent) + " of " + format.Bytes(j.Bytes)
	case j.Job.State == wire.Waiting:
		return "waits for its turn"
	case j.Job.State == wire.Failed && j.Job.Error != nil:
		return j.Job.Error.Detail
	case j.Job.State == wire.Failed:
		return "it failed"
	case j.Report == nil && j.Job.Rows == 0:
		return "being read"
	case j.Report == nil:
		return format.Number(j.Job.Done) + " of " + format.Number(j.Job.Rows) + " rows scored"
	case j.Report.Scored == 0:
		return "no review has a score"
	}
	return format.Feeling(j.Report.Scored, j.Report.Unread, j.Report.Share)
}

// JobQuery returns the options with which the server reads the file by the same columns.
func JobQuery(p *message.Preview) url.Values {
	name := func(i int) string {
		switch {
		case i < 0:
			return "-"
		case i < len(p.Dialect.Keys): // the server may find other keys before it
			return p.Dialect.Keys[i]
		}
		return strconv.Itoa(i + 1)
	}
	c := p.Columns
	var texts []string
	for _, i := range c.Texts() {
		texts = append(texts, name(i))
	}
	text := cmp.Or(strings.Join(texts, ","), name(-1))
	return url.Values{"column": {text}, "title": {name(c.Title)}, "stars": {name(c.Stars)},
		"date": {name(c.Date)}, "product": {name(c.Product)}}
}

// OfJob returns the state that the parts of the screen use to render a job.
func OfJob(j *Job) State {
	return State{
		Screen: ScreenJob, NumbersOnly: true, File: j.Name, Model: j.Job.Model,
		Progress: &message.Progress{State: message.Finished, Rows: j.Job.Rows, Done: j.Job.Rows,
			Summary: *j.Report},
	}
}
