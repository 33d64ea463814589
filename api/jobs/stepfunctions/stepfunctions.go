// Package stepfunctions is a jobs.Service on AWS: a bucket stores the files, and a state machine of
// Step Functions runs Lambda functions that score them (deploy/cloud/jobs.yaml creates all three).
//
// A job is a folder of the bucket, jobs/<owner>/<id>/. The owner is hashed in the key, so that a
// request for one owner can never reach another's jobs:
//
//	job.json               the request
//	input                  the file; its owner uploads it to an address for one file and one hour
//	plan.json, ranges.json how it is read, and where ranges of about 500 records begin
//	parts/<n>-<rows>       the outcome of the rows of range n (scoring.Table.AppendRows)
//	result, report         the output
//	end.json               the outcome of the job
//
// If the operator enables it, the rows of all jobs, without their texts, are stored next to those
// folders for reports (rowsKey).
//
// The upload's event starts the execution, whose name is the job's ID: a second event, or a second
// upload, starts nothing. If the event was lost, the execution is started when the job is polled.
// The first step reads the file once and writes its ranges, a distributed map scores each range in
// a separate function, and the last step joins the parts in the order of the file (Steps). The
// state machine retries a range that fails; if it keeps failing, only its own rows have no scores,
// and they are listed (wire.Job.Failed). Every step is idempotent.
//
// Service is for the function behind the API. It needs s3:GetObject, PutObject and DeleteObject on
// the bucket's objects, s3:ListBucket, the bucket's key (kms:Decrypt, GenerateDataKey), and
// states:StartExecution, DescribeExecution and StopExecution. Uploads and downloads use addresses
// that it signs, which grant access to one object for a limited time.
package stepfunctions

import (
	"bytes"
	"cmp"
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
	"sync"
	"sync/atomic"
	"time"

	"reviewlens/api/awsretry"
	"reviewlens/api/jobs"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/table"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// Bounds of a job. A state machine passes at most 256 KB between its steps: the empty outcome of a
// range has 3 bytes, and there are at most Rows/rangeRows + FileBytes/rangeBytes ranges.
const (
	FileBytes = 5 << 30 // S3's limit for an upload in one request
	// The last step holds all rows in memory: a row takes 12 bytes, a distinct text 40, and as much
	// again until it is collected. In a function of fewer than RowsMB, the limit is lower (maxRows).
	Rows     = 8_000_000
	RowsMB   = 1769
	PerOwner = 100
	Age      = 7 * 24 * time.Hour

	uploadTime   = time.Hour
	roomAfter    = time.Hour // the Retry-After of too many jobs: their ages are not read
	downloadTime = 15 * time.Minute
	eventTime    = time.Minute
	maxBody      = 6 << 20 // of a file that is sent with its request
	maxLines     = 10 * maxBody
)

// Service implements jobs.Service on AWS.
type Service struct {
	bucket  *bucket
	machine *sfn.Client
	arn     string        // of the state machine
	late    time.Duration // after this time, a file's event is considered lost
}

// Open returns a Service for a bucket and a state machine; it contacts neither yet. Region and
// credentials come from the AWS SDK's default sources.
func Open(ctx context.Context, bucketName, machineARN string) (*Service, error) {
	if bucketName == "" || !isMachine(machineARN) {
		return nil, fmt.Errorf("bucket %q and state machine %q; want a bucket's name and the ARN of a state machine", bucketName, machineARN)
	}
	files, machine, err := clients(ctx, awsretry.Request)
	if err != nil {
		return nil, err
	}
	return &Service{newBucket(files, bucketName), machine, machineARN, eventTime}, nil
}

func isMachine(arn string) bool {
	return strings.HasPrefix(arn, "arn:") && strings.Contains(arn, ":stateMachine:")
}

// execution returns the ARN of a job's execution.
func (s *Service) execution(id string) *string {
	arn := strings.Replace(s.arn, ":stateMachine:", ":execution:", 1) + ":" + id
	return &arn
}

// record is job.json.
type record struct {
	ID  string `json:"id"`
	Key string `json:"key,omitempty"` // hash of its Idempotency-Key
	table.Options
	Guard   bool      `json:"guard,omitempty"`
	Topics  bool      `json:"topics,omitempty"`
	Model   string    `json:"model,omitempty"` // as requested
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

// Create stores the request, and the file if it was sent with it. Two requests with one key are the
// same if their parameters and files are equal; for a file that will be uploaded only the size is
// compared.
func (s *Service) Create(ctx context.Context, owner string, r jobs.Request) (job wire.Job, again bool, err error) {
	var body []byte // nil for a file that will be uploaded
	sum := sha256.New()
	if err := r.Digest(sum); err != nil {
		return job, false, err
	}
	fmt.Fprintf(sum, "%d ", r.Bytes)
	if r.Bytes == 0 {
		if body, err = io.ReadAll(io.LimitReader(r.Body, maxBody+1)); err != nil {
			return job, false, err
		}
		sum.Write(body)
	}
	made := &record{
		ID: strings.ToLower(rand.Text()), Options: r.Options, Guard: r.Guard, Topics: r.Topics,
		Model: cmp.Or(r.Model, r.Assigned),
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
		return s.again(ctx, owner, first, body, err)
	}
	if err := s.checkRequest(ctx, owner, r, made.Bytes, body); err != nil {
		return job, false, err
	}
	folder := ownerFolder("jobs", owner) + made.ID + "/"
	if err := s.bucket.putJSON(ctx, folder+"job.json", made); err != nil {
		return job, false, err
	}
	// Concurrent requests have each found space for one job. Now each counts all of them: more may
	// be refused than necessary, but none is kept beyond the limit.
	if err := s.room(ctx, owner, PerOwner); err != nil {
		return job, false, errors.Join(err, s.bucket.remove(ctx, []string{folder + "job.json"}))
	}
	if key != "" {
		// a concurrent request has the same key
		if ours, err := s.claim(ctx, key, claimed, version); err != nil {
			return job, false, err
		} else if !ours {
			first, _, err = s.first(ctx, owner, key, claimed)
			return s.again(ctx, owner, first, body, errors.Join(err, s.bucket.remove(ctx, []string{folder + "job.json"})))
		}
	}
	if err := s.putInput(ctx, folder, body); err != nil {
		return job, false, err
	}
	job, err = s.public(ctx, folder, made)
	return job, false, err
}

// claim records the first request with an Idempotency-Key.
type claim struct {
	ID      string `json:"id"`
	Request string `json:"request"` // its hash
}

// first returns the job that was created with a key, nil if there is none; version is that of a
// claim whose job was deleted.
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
		err = jobs.KeyReusedError()
	}
	return first, version, err
}

// claim reports whether this request is the first with its key; version is that of the claim that
// it replaces, "" for none. If S3's response is lost, the client writes again and its own claim
// fails the condition, so the stored claim decides.
func (s *Service) claim(ctx context.Context, key string, c claim, version string) (bool, error) {
	err := s.bucket.claim(ctx, key, c, version)
	if !errors.Is(err, errTaken) {
		return err == nil, err
	}
	var now claim
	if _, err := s.bucket.getJSON(ctx, key, &now); err != nil && !errors.Is(err, errAbsent) {
		return false, err
	}
	return now.ID == c.ID, nil
}

// putInput stores a file that was sent with its request, nil for none. An existing file is kept: it
// is the same, from a repetition of the request.
func (s *Service) putInput(ctx context.Context, folder string, body []byte) error {
	if body == nil {
		return nil
	}
	if err := s.bucket.create(ctx, folder+"input", body); !errors.Is(err, errTaken) {
		return err
	}
	return nil
}

// again responds to a request whose key was used before. It stores the file sent with it if the
// first request ended before storing it.
func (s *Service) again(ctx context.Context, owner string, first *record, body []byte,
	err error) (wire.Job, bool, error) {
	if err != nil {
		return wire.Job{}, false, err
	}
	if first == nil { // claimed, then deleted at once
		return wire.Job{}, false, &wire.Error{Code: wire.KeyInUse, Detail: "A request with this Idempotency-Key is being answered. Try again in a moment."}
	}
	folder := ownerFolder("jobs", owner) + first.ID + "/"
	if body != nil {
		_, err := s.bucket.size(ctx, folder+"input")
		if errors.Is(err, errAbsent) {
			err = s.putInput(ctx, folder, body)
		}
		if err != nil {
			return wire.Job{}, true, err
		}
	}
	job, err := s.public(ctx, folder, first)
	return job, true, err
}

// checkRequest returns an error if a job cannot be accepted.
func (s *Service) checkRequest(ctx context.Context, owner string, r jobs.Request, size int64,
	body []byte) error {
	switch {
	case r.Bytes == 0 && len(body) > maxBody:
		return &wire.Error{Code: wire.BodyTooLarge, Detail: fmt.Sprintf("A file over %d MB is uploaded: ask with bytes=, its size, and without a body.", maxBody>>20)}
	case size > FileBytes:
		return jobs.TooLarge(size, FileBytes)
	case r.Bytes == 0:
		if err := check(ctx, body, r.Options, r.Guard); err != nil {
			return scoring.BadFile(err)
		}
	}
	return s.room(ctx, owner, PerOwner-1)
}

// room returns an error if an owner has more than most jobs.
func (s *Service) room(ctx context.Context, owner string, most int) error {
	folder := ownerFolder("jobs", owner)
	ids, err := s.bucket.folders(ctx, folder)
	if err != nil || len(ids) <= most {
		return err
	}
	// a folder may be left by an interrupted Delete, or by an upload that ended after it
	var have atomic.Int32
	errs := each(ids, func(id string) error {
		_, err := s.bucket.size(ctx, folder+id+"/job.json")
		if errors.Is(err, errAbsent) {
			return nil
		}
		have.Add(1)
		return err
	})
	if n := int(have.Load()); errs == nil && n > most {
		return jobs.TooManyJobsError(min(n, PerOwner), roomAfter)
	}
	return errs
}

// concurrent is the number of an owner's jobs that are read concurrently: each takes up to some
// three requests.
const concurrent = 8

// each calls f with every id, in several goroutines, and joins the errors.
func each(ids []string, f func(id string) error) error {
	errs := make([]error, len(ids))
	turns := make(chan struct{}, concurrent)
	var group sync.WaitGroup
	for i, id := range ids {
		turns <- struct{}{}
		group.Go(func() {
			defer func() { <-turns }()
			errs[i] = f(id)
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// errLarge is the error of check for a document whose records have more than maxLines bytes.
var errLarge = errors.New("the records are large")

// check reads a file that was sent with its request as the job will. The records of a document are
// not read if they have more than maxLines bytes: the job does so, and stores them.
func check(ctx context.Context, body []byte, options table.Options, guard bool) error {
	is, err := scoring.IsDocument(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return err
	}
	if is {
		var lines bytes.Buffer
		records, err := table.WriteDocument(ctx, scoring.LimitWriter(&lines, maxLines, errLarge),
			bytes.NewReader(body), int64(len(body)), options.Encoding)
		switch {
		case errors.Is(err, errLarge):
			return nil
		case err != nil:
			return err
		}
		body, options = lines.Bytes(), options.AfterDecoding(records.Decoded)
	}
	file, err := scoring.Open(ctx, bytes.NewReader(body), options)
	if err != nil {
		return err
	}
	return file.CheckGuard(guard)
}

// find returns an owner's job and its folder.
func (s *Service) find(ctx context.Context, owner, id string) (*record, string, error) {
	if !jobs.IsID(id) {
		return nil, "", jobs.NotFoundError()
	}
	folder := ownerFolder("jobs", owner) + id + "/"
	r := new(record)
	_, err := s.bucket.getJSON(ctx, folder+"job.json", r)
	// the bucket deletes it within a day
	if errors.Is(err, errAbsent) || err == nil && time.Since(r.Created) > Age {
		return nil, "", jobs.NotFoundError()
	}
	return r, folder, err
}

func (s *Service) Get(ctx context.Context, owner, id string) (wire.Job, error) {
	r, folder, err := s.find(ctx, owner, id)
	if err != nil {
		return wire.Job{}, err
	}
	return s.public(ctx, folder, r)
}

func (s *Service) List(ctx context.Context, owner string) ([]wire.Job, error) {
	ids, err := s.bucket.folders(ctx, ownerFolder("jobs", owner))
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	found := make([]wire.Job, 0, len(ids))
	err = each(ids, func(id string) error {
		job, err := s.Get(ctx, owner, id)
		if e, ok := errors.AsType[*wire.Error](err); ok && e.Code == wire.NotFound {
			return nil // expired, or deleted meanwhile
		}
		if err == nil {
			mu.Lock()
			defer mu.Unlock()
			found = append(found, job)
		}
		return err
	})
	jobs.Newest(found)
	return found, err
}

// public returns a job as shown to its owner.
func (s *Service) public(ctx context.Context, folder string, r *record) (wire.Job, error) {
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
		case err == nil && time.Since(arrived) > s.late: // its event was lost
			err = start(ctx, s.machine, s.arn, s.bucket.Name, strings.TrimSuffix(folder, "/"), r.ID)
		}
		return out, err
	}
	if err != nil {
		return out, err
	}
	if run.Status == types.ExecutionStatusRunning {
		out.State = wire.Running
		err := s.progress(ctx, folder, &out)
		return out, err
	}
	if ended, err := s.ended(ctx, folder, &out); ended || err != nil { // it ended meanwhile
		return out, err
	}
	out.State = wire.Failed
	out.Error = (&wire.Error{Code: wire.Internal, Detail: "Something broke on our side; the state machine's execution has it under the job's id."}).Problem(0)
	return out, nil
}

// ended adds end.json and plan.json to a job; it returns false if the job has not ended.
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
	// a file that could not be read has no plan
	if _, err := s.bucket.getJSON(ctx, folder+"plan.json", &p); err != nil && !errors.Is(err, errAbsent) {
		return false, err
	}
	out.Rows, out.Model, out.Reading = p.Rows, p.Model, p.Reading
	if out.State == wire.Finished {
		out.Done = p.Rows
	}
	return true, nil
}

// progress counts the rows of the existing parts, using their names.
func (s *Service) progress(ctx context.Context, folder string, out *wire.Job) error {
	var p plan
	if _, err := s.bucket.getJSON(ctx, folder+"plan.json", &p); errors.Is(err, errAbsent) {
		return nil
	} else if err != nil {
		return err
	}
	out.Rows, out.Model, out.Reading = p.Rows, p.Model, p.Reading
	return s.bucket.list(ctx, folder+"parts/", func(key string) {
		_, rows, _ := strings.Cut(key[strings.LastIndexByte(key, '/')+1:], "-")
		n, _ := strconv.Atoi(rows)
		out.Done += n
	})
}

// Open returns an address from which the part can be downloaded.
func (s *Service) Open(ctx context.Context, owner, id string, part jobs.Part) (*jobs.Result, error) {
	r, folder, err := s.find(ctx, owner, id)
	if err != nil {
		return nil, err
	}
	job, err := s.public(ctx, folder, r)
	if err != nil {
		return nil, err
	}
	if err := jobs.UnfinishedError(job); err != nil {
		return nil, err
	}
	url, err := s.bucket.download(ctx, folder+string(part))
	return &jobs.Result{URL: url, Model: job.Model}, err
}

// Delete stops the execution and removes the folder, job.json last, so that an interrupted Delete
// can be repeated. A step that is running may still write objects: those from before job.json was
// removed are removed after it, those from then on by the step itself (work.written).
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
	var claims []string
	if r.Key != "" {
		claims = []string{ownerFolder("keys", owner) + r.Key}
	}
	if err := s.clear(ctx, folder, r, claims); err != nil {
		return err
	}
	if err := s.bucket.remove(ctx, []string{folder + "job.json"}); err != nil {
		return err
	}
	return s.clear(ctx, folder, r, nil)
}

// clear removes the objects of a job other than job.json, and those with the additional keys.
func (s *Service) clear(ctx context.Context, folder string, r *record, keys []string) error {
	if err := s.bucket.list(ctx, folder, func(key string) {
		if key != folder+"job.json" {
			keys = append(keys, key)
		}
	}); err != nil {
		return err
	}
	return s.bucket.remove(ctx, append(keys, rowsKey(folder, r)))
}

// plan is plan.json: the description of the file that every step needs.
type plan struct {
	Model   string        `json:"model"`
	Bytes   int64         `json:"bytes"`
	Rows    int           `json:"rows"`
	Ranges  int           `json:"ranges"`
	Dialect table.Dialect `json:"dialect"`
	Columns table.Columns `json:"columns"`
	Scale   reviews.Scale `json:"scale,omitzero"` // of the stars
	// Input is the name of the file to read: JSON lines if the uploaded file is a JSON document; ""
	// for the uploaded file.
	Input   string        `json:"input,omitempty"`
	Decoded bool          `json:"decoded,omitempty"` // Input is UTF-8, whatever was requested
	Reading *wire.Reading `json:"reading,omitempty"`
	Width   int           `json:"width"` // fields of the first record and, unless 0, of the others
	// Head is the part of the file before its first row, with a header that may be repeated; nil if
	// there is none.
	Head []byte `json:"head,omitempty"`
}

// chunk is a range of records, an element of ranges.json.
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
