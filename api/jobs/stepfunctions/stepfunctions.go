// Package stepfunctions is a jobs.Service on AWS: a bucket keeps the files, a state machine of Step Functions has them scored
// by Lambda functions (deploy/cloud/jobs.yaml makes all three).
//
// A job is a folder of the bucket, jobs/<owner>/<id>/. The owner is there as a hash, so that whatever is asked for one owner
// can reach no other's:
//
//	job.json               what was asked
//	input                  the file; its owner uploads it to an address that is good for one hour and one file
//	plan.json, ranges.json how it is read, and where ranges of about 500 records begin
//	parts/<n>-<rows>       what became of the rows of range n (scoring.Table.AppendRows)
//	result, report         what it made
//	end.json               what became of it
//
// Beside those folders, where the operator asked for it, lie the rows of all jobs without their texts, for reports (rowsKey).
//
// The upload's event starts the execution, whose name is the job's id: a second event, or a second upload, starts nothing. An
// event that got lost is made up for when the job is asked for.
// The first step reads the file once and writes its ranges, a distributed map scores each in a function of its own, and the
// last step puts the parts together in the file's order (Steps). A range that fails is tried again by the state machine; one
// that goes on failing costs its own rows their scores, and is listed (wire.Job.Failed). Every step can be run twice: it
// writes the same again.
//
// Service is for the function behind the API. It needs s3:GetObject, PutObject and DeleteObject on the bucket's objects,
// s3:ListBucket, the bucket's key (kms:Decrypt, GenerateDataKey), and states:StartExecution, DescribeExecution and StopExecution. Uploads and
// downloads go by addresses that it signs, so they have its rights to one object, for a time.
package stepfunctions

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"reviewlens/api/awsretry"
	"reviewlens/api/jobs"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews/table"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// Bounds of a job. What a state machine passes between its steps may have 256 KB: a range's empty outcome has 3 bytes, and
// there are at most Rows/rangeRows + FileBytes/rangeBytes ranges.
const (
	FileBytes = 1 << 30
	Rows      = 5_000_000 // a row takes 12 bytes of the last step's memory, a distinct text 40
	PerOwner  = 100       // counted before a job is made: of two that come at a time both may be
	Age       = 7 * 24 * time.Hour

	uploadTime   = time.Hour
	downloadTime = 15 * time.Minute
	eventTime    = time.Minute
	maxBody      = 6 << 20 // of a file that comes with its request
)

// Service is the jobs.Service.
type Service struct {
	bucket  *bucket
	machine *sfn.Client
	arn     string        // the state machine's
	late    time.Duration // after which a file's event has got lost
}

// Open makes a Service of a bucket and a state machine; it asks neither yet. Region and credentials come from where the AWS SDK
// looks for them.
func Open(ctx context.Context, bucketName, machineARN string) (*Service, error) {
	if bucketName == "" || !isMachine(machineARN) {
		return nil, fmt.Errorf("bucket %q and state machine %q; want a bucket's name and the ARN of a state machine", bucketName, machineARN)
	}
	files, machine, err := clients(ctx, awsretry.Request)
	if err != nil {
		return nil, err
	}
	return &Service{&bucket{files, bucketName}, machine, machineARN, eventTime}, nil
}

func isMachine(arn string) bool {
	return strings.HasPrefix(arn, "arn:") && strings.Contains(arn, ":stateMachine:")
}

// execution is the ARN of a job's execution.
func (s *Service) execution(id string) *string {
	arn := strings.Replace(s.arn, ":stateMachine:", ":execution:", 1) + ":" + id
	return &arn
}

// record is job.json.
type record struct {
	ID      string    `json:"id"`
	Key     string    `json:"key,omitempty"` // hash of its Idempotency-Key
	Column  string    `json:"column,omitempty"`
	Title   string    `json:"title,omitempty"`
	Guard   bool      `json:"guard,omitempty"`
	Model   string    `json:"model,omitempty"` // that was asked for
	Bytes   int64     `json:"bytes"`
	Created time.Time `json:"created"`
}

// end is end.json.
type end struct {
	Error  *wire.Problem `json:"error,omitempty"` // why it failed
	Failed []wire.Span   `json:"failed,omitempty"`
}

func ownerFolder(kind, owner string) string {
	sum := sha256.Sum256([]byte(owner))
	return kind + "/" + hex.EncodeToString(sum[:16]) + "/"
}

func (s *Service) Limits() wire.JobLimits {
	return wire.JobLimits{Bytes: FileBytes, Jobs: PerOwner, Hours: int(Age / time.Hour), Upload: true}
}

// Create keeps what was asked, and the file if it came with the request. Requests with one key are the same if what they say
// of the file is: of one that is uploaded that is its size alone.
func (s *Service) Create(ctx context.Context, owner string, r jobs.Request) (job wire.Job, again bool, err error) {
	var body []byte
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %q %v %q %d ", r.Column, r.Title, r.Guard, r.Model, r.Bytes)
	if r.Bytes == 0 {
		if body, err = io.ReadAll(io.LimitReader(r.Body, maxBody+1)); err != nil {
			return job, false, err
		}
		sum.Write(body)
	}
	made := &record{
		ID: strings.ToLower(rand.Text()), Column: r.Column, Title: r.Title, Guard: r.Guard, Model: r.Model,
		Bytes: r.Bytes + int64(len(body)), Created: time.Now().UTC(),
	}
	var key string
	if r.Key != "" {
		hash := sha256.Sum256([]byte(r.Key))
		made.Key = hex.EncodeToString(hash[:16])
		key = ownerFolder("keys", owner) + made.Key
	}
	claimed := claim{ID: made.ID, Request: hex.EncodeToString(sum.Sum(nil))}
	first, version, err := s.first(ctx, owner, key, claimed)
	if err != nil || first != nil {
		return s.again(ctx, owner, first, err)
	}
	if err := s.accept(ctx, owner, r, made.Bytes, body); err != nil {
		return job, false, err
	}
	folder := ownerFolder("jobs", owner) + made.ID + "/"
	if err := s.bucket.putJSON(ctx, folder+"job.json", made); err != nil {
		return job, false, err
	}
	if key != "" {
		if err := s.bucket.claim(ctx, key, claimed, version); errors.Is(err, errTaken) { // it came twice at a time
			first, _, err = s.first(ctx, owner, key, claimed)
			return s.again(ctx, owner, first, errors.Join(err, s.bucket.remove(ctx, []string{folder + "job.json"})))
		} else if err != nil {
			return job, false, err
		}
	}
	if r.Bytes == 0 {
		if err := s.bucket.put(ctx, folder+"input", "", body); err != nil {
			return job, false, err
		}
	}
	job, err = s.told(ctx, folder, made)
	return job, false, err
}

// claim is what an Idempotency-Key came with.
type claim struct {
	ID      string `json:"id"`
	Request string `json:"request"` // hash of it
}

// first gives the job that came with a key before, nil if there is none; version is that of a claim whose job is gone.
func (s *Service) first(ctx context.Context, owner, key string, now claim) (first *record, version string, err error) {
	if key == "" {
		return nil, "", nil
	}
	var was claim
	version, err = s.bucket.getJSON(ctx, key, &was)
	if errors.Is(err, errAbsent) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	first, _, err = s.find(ctx, owner, was.ID)
	if e, ok := errors.AsType[*wire.Error](err); ok && e.Code == wire.NotFound {
		return nil, version, nil
	}
	if err == nil && was.Request != now.Request {
		err = jobs.Reused()
	}
	return first, version, err
}

// again answers a request that came before.
func (s *Service) again(ctx context.Context, owner string, first *record, err error) (wire.Job, bool, error) {
	if err != nil {
		return wire.Job{}, false, err
	}
	if first == nil { // taken, and gone at once
		return wire.Job{}, false, &wire.Error{Code: wire.KeyInUse, Detail: "A request with this Idempotency-Key is being answered. Try again in a moment."}
	}
	job, err := s.told(ctx, ownerFolder("jobs", owner)+first.ID+"/", first)
	return job, true, err
}

// accept says why a job is not taken.
func (s *Service) accept(ctx context.Context, owner string, r jobs.Request, size int64, body []byte) error {
	switch {
	case r.Bytes == 0 && len(body) > maxBody:
		return &wire.Error{Code: wire.BodyTooLarge, Detail: fmt.Sprintf("A file over %d MB is uploaded: ask with bytes=, its size, and without a body.", maxBody>>20)}
	case size > FileBytes:
		return &wire.Error{Code: wire.BodyTooLarge, Detail: fmt.Sprintf("The file has %d bytes; the limit is %d. Cut it in parts.", size, int64(FileBytes))}
	case r.Bytes == 0:
		if _, err := scoring.Open(ctx, strings.NewReader(string(body)), r.Column, r.Title); err != nil {
			return jobs.BadFile(err)
		}
	}
	have, err := s.bucket.folders(ctx, ownerFolder("jobs", owner))
	if err == nil && have >= PerOwner {
		return &wire.Error{Code: wire.TooManyJobs, Detail: fmt.Sprintf("You have %d jobs here, which is the limit; delete one that you no longer need.", have), RetryAfter: time.Minute}
	}
	return err
}

// find gives an owner's job and its folder.
func (s *Service) find(ctx context.Context, owner, id string) (*record, string, error) {
	if !isID(id) {
		return nil, "", jobs.Unknown()
	}
	folder := ownerFolder("jobs", owner) + id + "/"
	r := new(record)
	_, err := s.bucket.getJSON(ctx, folder+"job.json", r)
	if errors.Is(err, errAbsent) || err == nil && time.Since(r.Created) > Age { // the bucket forgets it within a day
		return nil, "", jobs.Unknown()
	}
	return r, folder, err
}

// isID reports whether an id is one that Create made.
func isID(id string) bool {
	return len(id) == 26 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

func (s *Service) Get(ctx context.Context, owner, id string) (wire.Job, error) {
	r, folder, err := s.find(ctx, owner, id)
	if err != nil {
		return wire.Job{}, err
	}
	return s.told(ctx, folder, r)
}

// told is a job as its owner sees it.
func (s *Service) told(ctx context.Context, folder string, r *record) (wire.Job, error) {
	out := wire.Job{ID: r.ID, State: wire.Waiting, Created: r.Created, Expires: r.Created.Add(Age)}
	if ended, err := s.ended(ctx, folder, &out); ended || err != nil {
		return out, err
	}
	run, err := s.machine.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: s.execution(r.ID)})
	if _, none := errors.AsType[*types.ExecutionDoesNotExist](err); none {
		arrived, err := s.bucket.arrived(ctx, folder+"input")
		switch {
		case errors.Is(err, errAbsent):
			out.Upload, err = s.bucket.upload(ctx, folder+"input", r.Bytes)
		case err == nil && time.Since(arrived) > s.late: // its event got lost
			err = start(ctx, s.machine, s.arn, s.bucket.name, strings.TrimSuffix(folder, "/"), r.ID)
		}
		return out, err
	}
	if err != nil {
		return out, err
	}
	if run.Status == types.ExecutionStatusRunning {
		out.State = wire.Running
		return out, s.progress(ctx, folder, &out)
	}
	if ended, err := s.ended(ctx, folder, &out); ended || err != nil { // meanwhile
		return out, err
	}
	out.State = wire.Failed
	out.Error = (&wire.Error{Code: wire.Internal, Detail: "Something broke on our side; the state machine's execution has it under the job's id."}).Problem(0)
	return out, nil
}

// ended tells of a job what end.json and plan.json have; false while it has not ended.
func (s *Service) ended(ctx context.Context, folder string, out *wire.Job) (bool, error) {
	var e end
	if _, err := s.bucket.getJSON(ctx, folder+"end.json", &e); errors.Is(err, errAbsent) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	if out.State, out.Error = wire.Failed, e.Error; e.Error == nil {
		out.State, out.Failed = wire.Finished, e.Failed
	}
	var p plan
	if _, err := s.bucket.getJSON(ctx, folder+"plan.json", &p); err != nil && !errors.Is(err, errAbsent) { // a file that could not be read has none
		return false, err
	}
	if out.Rows, out.Model = p.Rows, p.Model; out.State == wire.Finished {
		out.Done = p.Rows
	}
	return true, nil
}

// progress counts the rows of the parts that are there, by their names.
func (s *Service) progress(ctx context.Context, folder string, out *wire.Job) error {
	var p plan
	if _, err := s.bucket.getJSON(ctx, folder+"plan.json", &p); errors.Is(err, errAbsent) {
		return nil
	} else if err != nil {
		return err
	}
	out.Rows, out.Model = p.Rows, p.Model
	return s.bucket.list(ctx, folder+"parts/", func(key string) {
		_, rows, _ := strings.Cut(key[strings.LastIndexByte(key, '/')+1:], "-")
		n, _ := strconv.Atoi(rows)
		out.Done += n
	})
}

// Open gives an address from which the part can be fetched.
func (s *Service) Open(ctx context.Context, owner, id string, part jobs.Part) (*jobs.Result, error) {
	r, folder, err := s.find(ctx, owner, id)
	if err != nil {
		return nil, err
	}
	job, err := s.told(ctx, folder, r)
	if err != nil {
		return nil, err
	}
	if err := jobs.Unfinished(job); err != nil {
		return nil, err
	}
	url, err := s.bucket.download(ctx, folder+string(part))
	return &jobs.Result{URL: url, Model: job.Model}, err
}

// Delete stops the execution and removes the folder, job.json last: until then it can be asked again. A step that runs at this
// moment may still write a part, which goes when the bucket forgets it.
func (s *Service) Delete(ctx context.Context, owner, id string) error {
	r, folder, err := s.find(ctx, owner, id)
	if err != nil {
		return err
	}
	run, err := s.machine.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: s.execution(id)})
	if _, none := errors.AsType[*types.ExecutionDoesNotExist](err); none {
		err = nil
	} else if err == nil && run.Status == types.ExecutionStatusRunning {
		_, err = s.machine.StopExecution(ctx, &sfn.StopExecutionInput{ExecutionArn: s.execution(id)})
	}
	if err != nil {
		return err
	}
	var keys []string
	if err := s.bucket.list(ctx, folder, func(key string) {
		if key != folder+"job.json" {
			keys = append(keys, key)
		}
	}); err != nil {
		return err
	}
	keys = append(keys, rowsKey(folder, r))
	if r.Key != "" {
		keys = append(keys, ownerFolder("keys", owner)+r.Key)
	}
	if err := s.bucket.remove(ctx, keys); err != nil {
		return err
	}
	return s.bucket.remove(ctx, []string{folder + "job.json"})
}

// plan is plan.json: what every step has to know of the file.
type plan struct {
	Model   string        `json:"model"`
	Bytes   int64         `json:"bytes"`
	Rows    int           `json:"rows"`
	Ranges  int           `json:"ranges"`
	Dialect table.Dialect `json:"dialect"`
	Columns table.Columns `json:"columns"`
	Width   int           `json:"width"` // fields of the file's first record, by which a Reader knows how many the others should have; 0: it need not
	// Head is what stands in the file before its first row, where a header is that may come again; nil: no such.
	Head []byte `json:"head,omitempty"`
}

// chunk is a range of records, of ranges.json.
type chunk struct {
	N    int    `json:"n"`
	From int64  `json:"from"` // in bytes
	To   int64  `json:"to"`
	Rows int    `json:"rows"`
	Sum  uint32 `json:"sum"` // CRC-32C of its texts and their ends
}

func decodeJSON(data []byte, what string, out any) error {
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
