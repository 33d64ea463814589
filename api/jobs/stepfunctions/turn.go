package stepfunctions

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// turnKey is the object that names the job being scored.
const turnKey = "jobs/turn.json"

// turn is turn.json.
type turn struct {
	Job string `json:"job"` // its ID, which is the name of its execution
}

// Busy is the error of a plan step while another job is being scored. The state machine retries
// after a while.
type Busy struct{ Job string }

func (b *Busy) Error() string { return fmt.Sprintf("job %s is being scored", b.Job) }

// takeTurn makes this job the one being scored, or returns Busy while another one is. A map's
// MaxConcurrency bounds the functions of one job only; with one job at a time it bounds those of
// all. A turn need not be released: it ends with the job's execution, whatever its outcome. If two
// jobs take it concurrently, S3's conditional write lets one succeed.
func (w *work) takeTurn() error {
	var now turn
	version, err := w.bucket.getJSON(w.ctx, turnKey, &now)
	if err != nil && !errors.Is(err, errAbsent) {
		return err
	}
	if now.Job == w.record.ID { // taken by an earlier attempt of this step
		return nil
	}
	if now.Job != "" {
		arn := strings.Replace(w.arn, ":stateMachine:", ":execution:", 1) + ":" + now.Job
		run, err := w.machine.DescribeExecution(w.ctx,
			&sfn.DescribeExecutionInput{ExecutionArn: &arn})
		if _, none := errors.AsType[*types.ExecutionDoesNotExist](err); err != nil && !none {
			return err
		}
		if err == nil && run.Status == types.ExecutionStatusRunning {
			return &Busy{now.Job}
		}
	}
	err = w.bucket.claim(w.ctx, turnKey, turn{w.record.ID}, version)
	if errors.Is(err, errTaken) {
		return &Busy{"another"}
	}
	return err
}
