package stepfunctions

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path"
	"regexp"
	"time"

	"reviewlens/api/awsretry"
	"reviewlens/api/jobs"
	"reviewlens/api/objects"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// Steps performs the steps of the state machine, and starts an execution when a file has arrived.
// An error means that a retry may succeed; a permanent failure is recorded as the job's end. A step
// of a deleted job does nothing.
//
// It needs s3:GetObject and PutObject on the bucket's objects, s3:DeleteObject on those that it
// writes, s3:ListBucket, the bucket's key, and states:StartExecution; with InTurn also
// states:DescribeExecution.
type Steps struct {
	Models scoring.Models
	Log    *slog.Logger
	Rows   bool             // store the rows of every job for reports
	InTurn bool             // score one job at a time, see takeTurn
	OnStep func(StepResult) // called after each step; may be nil
	// MemoryMB is the function's memory, which limits the rows of a job; 0 is at least RowsMB.
	MemoryMB int

	files   *s3.Client
	machine *sfn.Client
	arn     string
}

// OpenSteps returns Steps for a state machine. Each event names its bucket.
func OpenSteps(ctx context.Context, machineARN string, models scoring.Models,
	log *slog.Logger) (*Steps, error) {
	if !isMachine(machineARN) {
		return nil, fmt.Errorf("%q is no ARN of a state machine", machineARN)
	}
	files, machine, err := clients(ctx, awsretry.Step)
	if err != nil {
		return nil, err
	}
	return &Steps{Models: models, Log: log, files: files, machine: machine, arn: machineARN}, nil
}

// StepResult is the outcome of a step.
type StepResult struct {
	Step   string
	Begun  time.Time
	Took   time.Duration
	Scored int // rows with a score
	Lost   int // rows without a score, in a finish step
	Failed bool
}

// event is one of three kinds: a step (with a range, in the map), a list of steps (from
// ItemBatcher), or objects that S3 reports.
type event struct {
	Step   string `json:"step"` // plan, score or finish
	Bucket string `json:"bucket"`
	Job    string `json:"job"` // its folder, without the slash
	Range  *chunk `json:"range"`

	Items []event `json:"Items"`

	Records []struct {
		EventSource string `json:"eventSource"`
		S3          struct {
			Bucket struct{ Name string }
			Object struct{ Key string }
		} `json:"s3"`
	} `json:"Records"`
}

// Event reports whether a payload is for Steps rather than an HTTP request.
func Event(payload []byte) bool {
	var e event
	return json.Unmarshal(payload, &e) == nil &&
		(e.Step != "" || len(e.Items) > 0 || len(e.Records) > 0)
}

// outcome is a step's response, which decides how the state machine continues.
type outcome struct {
	State state `json:"state"`
	Wait  int   `json:"wait,omitempty"` // seconds until the step is repeated, if queued
}

type state string

const (
	done    state = "done"
	queued  state = "queued" // of a plan step: another job is being scored
	failed  state = "failed" // permanently: end.json has the reason
	deleted state = "gone"
)

// Invoke handles one event.
func (s *Steps) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var e event
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, fmt.Errorf("the event is no step: %w", err)
	}
	for _, r := range e.Records {
		if err := s.arrived(ctx, r.EventSource, r.S3.Bucket.Name, r.S3.Object.Key); err != nil {
			return nil, err
		}
	}
	out := outcome{State: done}
	steps := e.Items
	if e.Step != "" {
		steps = append(steps, e)
	}
	for _, step := range steps {
		result := StepResult{Step: step.Step, Begun: time.Now()}
		var err error
		out, err = s.step(ctx, step, &result)
		result.Took, result.Failed = time.Since(result.Begun), err != nil
		if s.OnStep != nil {
			s.OnStep(result)
		}
		if err != nil {
			return nil, fmt.Errorf("%s of %s: %w", step.Step, step.Job, err)
		}
		s.Log.Info("job", "job", path.Base(step.Job), "step", step.Step, "state", out.State,
			"millis", result.Took.Milliseconds())
	}
	return json.Marshal(out)
}

// inputs matches the keys of files that start an execution.
var inputs = regexp.MustCompile(`^(jobs/[0-9a-f]{32}/([a-z2-7]{26}))/input$`)

// arrived starts the execution of a job whose file has been uploaded. S3 may report it twice.
func (s *Steps) arrived(ctx context.Context, source, bucket, key string) error {
	key, err := url.QueryUnescape(key) // as S3 encodes it in events
	m := inputs.FindStringSubmatch(key)
	if err != nil || source != "aws:s3" || m == nil {
		s.Log.Warn("an event of no job", "source", source, "bucket", bucket)
		return nil
	}
	return start(ctx, s.machine, s.arn, bucket, m[1], m[2])
}

// start starts the execution of a job, unless it exists.
func start(ctx context.Context, machine *sfn.Client, arn, bucket, job, id string) error {
	input, err := json.Marshal(map[string]string{"bucket": bucket, "job": job})
	if err != nil {
		return err
	}
	_, err = machine.StartExecution(ctx,
		&sfn.StartExecutionInput{StateMachineArn: &arn, Name: &id,
			Input: aws.String(string(input))})
	if _, there := errors.AsType[*types.ExecutionAlreadyExists](err); there {
		return nil
	}
	return err
}

// step performs one step. If the job was deleted, it returns the state deleted, whatever the error.
func (s *Steps) step(ctx context.Context, e event, result *StepResult) (outcome, error) {
	w := &work{Steps: s, ctx: ctx, bucket: newBucket(s.files, e.Bucket), folder: e.Job + "/"}
	if _, err := w.bucket.getJSON(ctx, w.folder+"job.json", &w.record); errors.Is(err, errAbsent) {
		return outcome{State: deleted}, nil
	} else if err != nil {
		return outcome{}, err
	}
	out, err := outcome{State: done}, error(nil)
	switch {
	case e.Step == "plan":
		ours := true
		if s.InTurn {
			ours, err = w.takeTurn()
		}
		if err == nil && !ours {
			wait := pause(time.Since(w.record.Created))
			return outcome{State: queued, Wait: int(wait / time.Second)}, nil
		}
		if err == nil {
			err = w.plan()
		}
	case e.Step == "score" && e.Range != nil:
		err = w.score(*e.Range)
		if err == nil {
			result.Scored = e.Range.Rows
		}
	case e.Step == "finish":
		result.Lost, err = w.finish()
	default:
		err = fmt.Errorf("there is no step %q, or it lacks what it needs", e.Step)
	}
	if refusal, ok := errors.AsType[*wire.Error](err); ok && !jobs.IsTemporary(err) {
		if e.Step == "score" { // its rows fail, not the job
			return outcome{}, err
		}
		out.State, err = failed, w.putJSON("end.json", end{Error: refusal.Problem(0)})
	}
	if errors.Is(err, errAbsent) {
		// deleted meanwhile
		if _, e := w.bucket.size(ctx, w.folder+"job.json"); errors.Is(e, errAbsent) {
			return outcome{State: deleted}, nil
		}
	}
	return out, err
}

// work is a step of a job in progress.
type work struct {
	*Steps
	ctx    context.Context
	bucket *bucket
	folder string
	record record
}

// putJSON writes a file of the job.
func (w *work) putJSON(name string, v any) error {
	if err := w.bucket.putJSON(w.ctx, w.folder+name, v); err != nil {
		return err
	}
	return w.written(w.folder + name)
}

// written is called after each write of an object. If the job was deleted meanwhile, it removes the
// object, and the error is errAbsent: Delete stops the execution, but not a step that is running.
// Of a write and a Delete at the same time, either written finds no job.json, or Delete, which
// lists the folder again after it has removed job.json, finds the object.
func (w *work) written(key string) error {
	_, err := w.bucket.size(w.ctx, w.folder+"job.json")
	if errors.Is(err, errAbsent) {
		if err := w.bucket.remove(w.ctx, []string{key}); err != nil {
			return err
		}
	}
	return err
}

// input opens a file of the job: the uploaded one, or that of a plan.
func (w *work) input(name string) (*objects.Reader, error) {
	key := w.folder + cmp.Or(name, "input")
	size, err := w.bucket.size(w.ctx, key)
	if err != nil {
		return nil, err
	}
	return objects.NewReader(w.ctx, &w.bucket.Bucket, objects.Info{Key: key, Size: size}), nil
}
