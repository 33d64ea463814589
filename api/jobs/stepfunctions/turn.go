package stepfunctions

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// turnKey is the object that names the job whose turn it is.
const turnKey = "jobs/turn.json"

// turn is turn.json.
type turn struct {
	Job string `json:"job"` // its id, which is its execution's name
}

// Busy is the answer to a plan whose turn has not come. The state machine asks again after a while.
type Busy struct{ Job string }

func (b *Busy) Error() string { return fmt.Sprintf("job %s is being scored", b.Job) }

// takeTurn makes this job the one that is scored, or returns Busy while another one is. A map's MaxConcurrency bounds the functions
// of one job alone; with one job at a time it bounds those of all. A turn needs no release: it is over when its job's execution is,
// however that ended. Of two that take it at once, S3's conditional write lets one.
func (w *work) takeTurn() error {
	var now turn
	version, err := w.bucket.getJSON(w.ctx, turnKey, &now)
	if err != nil && !errors.Is(err, errAbsent) {
		return err
	}
	if now.Job == w.record.ID { // this step's own, at an earlier try
		return nil
	}
	if now.Job != "" {
		arn := strings.Replace(w.arn, ":stateMachine:", ":execution:", 1) + ":" + now.Job
		run, err := w.machine.DescribeExecution(w.ctx, &sfn.DescribeExecutionInput{ExecutionArn: &arn})
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
