// Command lambda runs Reviewlens in AWS Lambda (runtime provided.al2023), as the bootstrap of a zip
// that also contains ONNX Runtime.
//
// The library and the model are loaded in the init phase, before the first event is requested. A
// model that cannot be loaded, or fails its self-test, ends the process with the reason on stderr:
// Lambda reports the init as failed, and no event reaches a wrong model. With SnapStart
// (AWS_LAMBDA_INITIALIZATION_TYPE) the snapshot contains the loaded model only; clients of AWS and
// random values are created after each restore (lambda.Snapshot). Logs go to stderr and metrics
// (CloudWatch's embedded metric format) to stdout, both as lines of JSON.
//
// Environment, read once at the start:
//
//	REVIEWLENS_MODEL         folder of another model, relative to the bootstrap, or a store whose
//	                         current model is followed, s3://bucket/prefix (default: the embedded
//	                         one)
//	REVIEWLENS_ENGINE        endpoint that runs the model: sagemaker://endpoint, or
//	                         sagemaker://endpoint?serverless=1 (default: this function)
//	REVIEWLENS_HISTORY       dynamodb://table that keeps runs (default: none). Runs belong to the
//	                         token's subject or the API key; if neither is checked, all clients
//	                         share them
//	REVIEWLENS_JOBS          bucket of large files
//	REVIEWLENS_JOBS_MACHINE  ARN of the state machine that has them scored (api/jobs/stepfunctions).
//	                         Set both for the function that serves /v1/jobs, and only this for the
//	                         one that the state machine invokes (default: no jobs)
//	REVIEWLENS_JOBS_ROWS     yes: the latter keeps the rows of every job, without their texts, for
//	                         reports (deploy/cloud/reporting.yaml)
//	REVIEWLENS_JOBS_IN_TURN  yes: the latter scores one large file at a time, so that JobConcurrency
//	                         limits all of them together
//	REVIEWLENS_API_KEYS      API keys, separated by commas; unset if an authorizer checks tokens
//	REVIEWLENS_ORIGIN        required value of the header X-Reviewlens-Origin, which the proxy
//	                         before the API adds (default: requests may come from anywhere)
//	REVIEWLENS_SIGN_IN       where users sign in, as reported to the page by /v1/config: wire.SignIn
//	                         as JSON. The authorizer of the API verifies their tokens
//	OTEL_...                 where spans are sent, if anywhere (api/telemetry)
//
// and the variables set by Lambda: AWS_LAMBDA_RUNTIME_API, AWS_LAMBDA_FUNCTION_NAME, _VERSION and
// _MEMORY_SIZE, LAMBDA_TASK_ROOT, AWS_REGION and credentials.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"reviewlens/api"
	"reviewlens/api/admission"
	"reviewlens/api/history"
	"reviewlens/api/history/dynamodb"
	"reviewlens/api/jobs/stepfunctions"
	"reviewlens/api/lambda"
	"reviewlens/api/model/s3"
	"reviewlens/api/scoring"
	"reviewlens/api/telemetry"
	"reviewlens/api/trial"
	"reviewlens/api/wire"
	"reviewlens/web"

	aws "github.com/aws/aws-lambda-go/lambda"
)

// started is the start time of the process, as early as Go code can record it.
var started = time.Now()

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Getenv, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "reviewlens:", err)
		os.Exit(1)
	}
}

// run handles events until ctx is done, then finishes those in progress. Lambda sends SIGTERM only
// if an extension is registered; otherwise it ends the idle process, which has nothing left to do.
func run(ctx context.Context, getenv func(string) string, stdout, stderr io.Writer) (err error) {
	log := slog.New(slog.NewJSONHandler(stderr, nil))
	if getenv("AWS_LAMBDA_RUNTIME_API") == "" {
		return errors.New("AWS_LAMBDA_RUNTIME_API is not set: this program is the bootstrap of a " +
			"Lambda function; `reviewlens serve` is the same service on a machine of your own")
	}
	var keys api.Keys
	if list := getenv("REVIEWLENS_API_KEYS"); list != "" {
		if keys, err = api.ParseKeys(list); err != nil {
			return fmt.Errorf("REVIEWLENS_API_KEYS: %w", err)
		}
	}
	var signIn *wire.SignIn
	if text := getenv("REVIEWLENS_SIGN_IN"); text != "" {
		if err := json.Unmarshal([]byte(text), &signIn); err != nil || signIn.Issuer == "" ||
			signIn.Client == "" || signIn.Authorize == "" || signIn.Token == "" {
			return fmt.Errorf("REVIEWLENS_SIGN_IN: want JSON with issuer, client, authorize, "+
				"token and scope (%v)", err)
		}
	}
	snapshot := getenv("AWS_LAMBDA_INITIALIZATION_TYPE") == lambda.SnapStart
	if snapshot && strings.HasPrefix(getenv("REVIEWLENS_MODEL"), s3.Scheme) {
		return errors.New("REVIEWLENS_MODEL: SnapStart takes a model that is inside; what " +
			"follows a bucket has connections and credentials, which do not outlive a snapshot")
	}
	away := getenv("REVIEWLENS_ENGINE")
	if snapshot && away != "" {
		return errors.New("REVIEWLENS_ENGINE: SnapStart takes a model that runs inside; what asks an " +
			"endpoint has connections and credentials, which do not outlive a snapshot")
	}
	admission.LimitCollector(admission.ProcessLimit())
	models, closeModels, loaded, err := openModels(ctx, getenv("REVIEWLENS_MODEL"), getenv("LAMBDA_TASK_ROOT"),
		away, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeModels()) }()
	var function *drainingFunction
	start := func(since time.Time) error {
		function, err = assemble(ctx, getenv, stdout, log,
			parts{models, loaded, keys, signIn, since})
		return err
	}
	if !snapshot {
		err = start(started)
	} else {
		err = lambda.Snapshot(ctx, getenv("AWS_LAMBDA_RUNTIME_API"),
			func(context.Context) error { return start(time.Now()) })
	}
	if err != nil {
		return err
	}
	go aws.StartWithOptions(function) // never returns: it ends the process when Lambda is gone
	<-ctx.Done()
	function.busy.drain()
	return nil
}

// parts is the state that a SnapStart snapshot may contain: the parsed environment and the model.
type parts struct {
	models scoring.Models
	loaded []any // attributes that describe them in the log
	keys   api.Keys
	signIn *wire.SignIn
	start  time.Time // start of the process, or of its restore from a snapshot
}

// assemble creates the function. All clients of AWS, IDs and salts are created here: with
// SnapStart, after the restore.
func assemble(ctx context.Context, getenv func(string) string, stdout io.Writer, log *slog.Logger,
	p parts) (_ *drainingFunction, err error) {
	var kept history.Store
	if where := getenv("REVIEWLENS_HISTORY"); where != "" {
		if kept, err = dynamodb.Open(ctx, where); err != nil {
			return nil, fmt.Errorf("REVIEWLENS_HISTORY: %w", err)
		}
	}
	tracer, err := telemetry.Open(ctx, log)
	if err != nil {
		return nil, err
	}

	jobs, err := openJobs(ctx, getenv("REVIEWLENS_JOBS"), getenv("REVIEWLENS_JOBS_MACHINE"),
		p.models, log)
	if err != nil {
		return nil, err
	}

	metrics := &lambda.Metrics{Out: stdout, Log: log,
		Function: getenv("AWS_LAMBDA_FUNCTION_NAME"),
		Version:  getenv("AWS_LAMBDA_FUNCTION_VERSION"), Init: time.Since(p.start)}
	runner, _ := p.models.(*trial.Runner) // nil: the model is embedded, and there are no trials
	settle := func(ctx context.Context) {
		start := time.Now()
		metrics.Trial(start, runner.Settle(ctx))
	}
	function := &lambda.Function{
		Handler: tracer.Handler(
			api.New(api.Options{Models: p.models, Site: web.Site(), Log: log, Keys: p.keys,
				SignIn: p.signIn, History: kept, Jobs: jobs.service, Budget: lambda.Budget,
				AnyOrigin: true})),
		Log:     log,
		Origin:  getenv("REVIEWLENS_ORIGIN"),
		Checked: metrics.Checked,
		Done: func(i lambda.Invocation) {
			metrics.Done(i)
			settle(i.Context)
			flush, cancel := context.WithTimeout(i.Context, telemetry.FlushTimeout) // then the process is frozen
			defer cancel()
			tracer.Flush(flush)
		},
	}
	if steps := jobs.steps; steps != nil {
		steps.Rows, steps.InTurn = getenv("REVIEWLENS_JOBS_ROWS") ==
			"yes", getenv("REVIEWLENS_JOBS_IN_TURN") == "yes"
		// 0, which is no limit, if it is not set
		steps.MemoryMB, _ = strconv.Atoi(getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"))
		steps.OnStep = func(did stepfunctions.StepResult) { metrics.Step(lambda.Step(did)) }
	}
	log.Info("ready", append(p.loaded, "initMillis", metrics.Init.Milliseconds())...)
	return &drainingFunction{function, jobs.steps, settle, new(invocations)}, nil
}

// invocations tracks the running invocations.
type invocations struct{ sync.RWMutex }

// drain waits for running invocations and blocks new ones.
func (i *invocations) drain() { i.Lock() }

// drainingFunction lets invocations finish before the process ends.
type drainingFunction struct {
	*lambda.Function
	steps  *stepfunctions.Steps      // nil: none
	settle func(ctx context.Context) // completes the work of a trial before the process is frozen
	busy   *invocations
}

func (f *drainingFunction) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	f.busy.RLock()
	defer f.busy.RUnlock()
	if f.steps != nil && stepfunctions.Event(payload) {
		defer f.settle(ctx)
		return f.steps.Invoke(ctx, payload)
	}
	return f.Function.Invoke(ctx, payload)
}
