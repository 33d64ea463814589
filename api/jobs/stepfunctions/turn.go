package stepfunctions

import (
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// turnKey is the object that names the job being scored.
const turnKey = "jobs/turn.json"

// turn is turn.json.
type turn struct {
	Job string `json:"job"` // its ID, which is the name of its execution
}

// A job waits at least minWait for its turn, and at most maxWait between two attempts. Each attempt
// is 9 of the 25,000 events that an execution may have: at maxWait they last for 46 hours.
const (
	minWait = 5 * time.Second
	maxWait = time.Minute
)

// pause returns how long a job of this age waits before it tries again to take its turn.
func pause(age time.Duration) time.Duration {
	return min(max(minWait, age/4), maxWait)
}

// takeTurn makes this job the one being scored; it returns false while another one is. A map's
// MaxConcurrency bounds the functions of one job only; with one job at a time it bounds those of
// all. A turn need not be released: it ends with the job's execution, whatever its outcome. If two
// jobs take it concurrently, S3's conditional write lets one succeed.
func (w *work) takeTurn() (bool, error) {
	var now turn
	version, err := w.bucket.getJSON(w.ctx, turnKey, &now)
	if err != nil && !errors.Is(err, errAbsent) {
		return false, err
	}
	if now.Job == w.record.ID { // taken by an earlier attempt of this step
		return true, nil
	}
	if now.Job != "" {
		arn := strings.Replace(w.arn, ":stateMachine:", ":execution:", 1) + ":" + now.Job
		run, err := w.machine.DescribeExecution(w.ctx,
			&sfn.DescribeExecutionInput{ExecutionArn: &arn})
		if _, none := errors.AsType[*types.ExecutionDoesNotExist](err); err != nil && !none {
			return false, err
		}
		if err == nil && run.Status == types.ExecutionStatusRunning {
			return false, nil
		}
	}
	err = w.bucket.claim(w.ctx, turnKey, turn{w.record.ID}, version)
	if errors.Is(err, errTaken) {
		return false, nil
	}
	return err == nil, err
}
