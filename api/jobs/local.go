package jobs

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews/table"
)

// Bounds of a Local.
type Bounds struct {
	FileBytes int64 // of one file
	Bytes     int64 // of all files, results included
	Jobs      int   // of all owners
	PerOwner  int   // of each owner
	// OwnerBytes bounds the files of each owner, including deleted results that are still being
	// read; 0 means Bytes.
	OwnerBytes int64
	Age        time.Duration // after which a job is deleted
	// Running is the number of jobs that run concurrently, without those that wait for memory or
	// for their owner's rate: the second keeps the engine busy while the first reads or writes.
	Running int
	Rows    int // of one file; each takes scoring.RowMemory
}

// Defaults are the bounds for one machine.
var Defaults = Bounds{FileBytes: 1 << 30, Bytes: 20 << 30, OwnerBytes: 5 << 30, Jobs: 1000, PerOwner: 100, Age: 7 * 24 * time.Hour, Running: 2, Rows: 5_000_000}

// Local stores each job in a folder, named by its ID, with job.json (record), input, and the
// outputs. An incomplete job has newPrefix before its ID, a deleted one gonePrefix. Only one
// process at a time can open the parent folder. Other files in it are not touched.
type Local struct {
	dir    string
	bounds Bounds
	log    *slog.Logger
	lock   *os.File
	bytes  atomic.Int64 // of all files

	// Reserve, if set before Start, acquires the memory for reading a file, until release is
	// called.
	Reserve func(ctx context.Context, file Size) (release func(), err error)

	usage sync.Mutex       // guards the following; may be locked while mu is held
	owned map[string]int64 // bytes of the files of each owner

	mu      sync.Mutex
	jobs    map[string]*job
	keys    map[jobKey]*job
	workers map[*job]struct{} // the running jobs, deleted ones included
	damaged []damagedFolder
	clock   clock

	wake    chan struct{}
	stop    context.CancelFunc
	stopped context.Context
	busy    sync.WaitGroup
}

const (
	newPrefix  = ".new-"
	gonePrefix = ".gone-"
)

// IsID reports whether name has the form of a job ID.
func IsID(name string) bool {
	const alphabet = "abcdefghijklmnopqrstuvwxyz234567" // that of rand.Text, in lower case
	return len(name) == len(rand.Text()) && strings.Trim(name, alphabet) == ""
}

// isPartial reports whether name is that of an incomplete or a deleted job.
func isPartial(name string) bool {
	id, incomplete := strings.CutPrefix(name, newPrefix)
	if !incomplete {
		var deleted bool
		if id, deleted = strings.CutPrefix(name, gonePrefix); !deleted {
			return false
		}
	}
	return IsID(id)
}

// jobKey is the hash of an Idempotency-Key, and its owner.
type jobKey struct{ owner, hash string }

func (j *job) key() jobKey { return jobKey{j.Owner, j.Key} }

// errLocked is the error of OpenLocal for a folder that another process has locked.
var errLocked = errors.New("another Reviewlens server uses this folder")

// OpenLocal opens a folder, creating it if necessary, and reads the jobs in it. Start runs them.
func OpenLocal(dir string, bounds Bounds, log *slog.Logger) (*Local, error) {
	l := &Local{
		dir: dir, bounds: bounds, log: log,
		jobs: map[string]*job{}, keys: map[jobKey]*job{}, workers: map[*job]struct{}{},
		owned: map[string]int64{}, wake: make(chan struct{}, 1),
	}
	l.stopped, l.stop = context.WithCancel(context.Background())
	if err := os.MkdirAll(dir, 0o700); err != nil { // reviews are private
		return nil, fmt.Errorf("jobs: %w", err)
	}
	var err error
	if l.lock, err = os.OpenFile(filepath.Join(dir, ".lock"), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	if err := syscall.Flock(int(l.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("jobs: %s: %w", dir, errLocked), l.lock.Close())
	}
	var alive time.Time // time of the folder's last use
	if info, err := l.lock.Stat(); err == nil {
		alive = info.ModTime()
	}
	l.clock = newClock(time.Now, alive)
	if err := l.find(); err != nil {
		return nil, errors.Join(fmt.Errorf("jobs: %w", err), l.lock.Close())
	}
	return l, nil
}

// find reads the jobs in the folder.
func (l *Local) find() error {
	entries, err := os.ReadDir(l.dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		path := filepath.Join(l.dir, entry.Name())
		switch {
		case !entry.IsDir():
			continue
		case isPartial(entry.Name()):
			if err := os.RemoveAll(path); err != nil {
				return err
			}
			continue
		case strings.HasPrefix(entry.Name(), "."): // of another program
			continue
		}
		j, err := readJob(path)
		if err != nil { // a folder of another program, or a damaged disk
			l.keepDamaged(path, entry, err)
			continue
		}
		l.charge(j.Owner, j.size())
		l.add(j)
	}
	return nil
}

// add registers a job. l.mu must be held unless l is not shared yet.
func (l *Local) add(j *job) {
	l.jobs[j.ID] = j
	if first := l.keys[j.key()]; j.Key != "" && (first == nil || first.Created.Before(j.Created)) {
		l.keys[j.key()] = j // an expired job may have had the key
	}
}

// Limits returns the limits of one owner.
func (l *Local) Limits() wire.JobLimits {
	return wire.JobLimits{Bytes: l.bounds.FileBytes, Jobs: l.bounds.PerOwner, Hours: int(l.bounds.Age / time.Hour)}
}

// Create stores a file.
func (l *Local) Create(ctx context.Context, owner string, r Request) (out wire.Job, again bool, err error) {
	l.sweep()
	if err := l.checkRoom(owner); err != nil {
		if r.Key == "" || !l.hasKey(owner, r.Key) {
			return out, false, err
		}
	}
	id := strings.ToLower(rand.Text())
	temporary := filepath.Join(l.dir, newPrefix+id)
	if err := os.Mkdir(temporary, 0o700); err != nil {
		return out, false, full(err)
	}
	size := int64(0)
	defer func() {
		if err != nil || again {
			err = errors.Join(err, os.RemoveAll(temporary))
			l.charge(owner, -size)
		}
	}()
	sum := sha256.New()
	if err := r.Digest(sum); err != nil {
		return out, false, err
	}
	input := filepath.Join(temporary, inputName)
	if size, err = l.writeFile(input, owner, r.Body, sum); err != nil {
		return out, false, full(err)
	}
	j := &job{dir: temporary}
	j.record = record{
		Schema: schema, ID: id, Owner: owner, Options: r.Options, Guard: r.Guard, Topics: r.Topics,
		AskedModel: cmp.Or(r.Model, r.Assigned),
		State:      wire.Waiting, Created: time.Now().UTC(), InputBytes: size,
	}
	if r.Key != "" {
		key := sha256.Sum256([]byte(r.Key))
		j.Key, j.Body = hex.EncodeToString(key[:]), hex.EncodeToString(sum.Sum(nil))
		// before the file is checked: the response must be that of the first request
		if out, again, err := l.replay(owner, j.Key, j.Body); again || err != nil {
			return out, again, err
		}
	}
	if size, err = l.rewriteDocument(ctx, j); err != nil {
		return out, false, full(scoring.BadFile(err))
	}
	if err := l.check(ctx, j); err != nil {
		return out, false, err
	}
	if err := j.write(); err != nil {
		return out, false, full(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if first := l.keyed(j.key()); j.Key != "" && first != nil { // a concurrent repetition
		if first.Body != j.Body {
			return out, false, KeyReusedError()
		}
		return first.public(l.bounds.Age), true, nil
	}
	if err := l.roomFor(owner); err != nil {
		return out, false, err
	}
	j.dir = filepath.Join(l.dir, id)
	if err := errors.Join(os.Rename(temporary, j.dir), syncDir(l.dir)); err != nil {
		return out, false, full(err)
	}
	l.add(j)
	l.poke()
	return j.public(l.bounds.Age), false, nil
}

func (l *Local) hasKey(owner, key string) bool {
	sum := sha256.Sum256([]byte(key))
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.keyed(jobKey{owner, hex.EncodeToString(sum[:])}) != nil
}

// keyed returns the job that was created with a key, unless it has expired. l.mu must be held.
func (l *Local) keyed(key jobKey) *job {
	if j := l.keys[key]; j != nil && !l.expired(j) {
		return j
	}
	return nil
}

// expired reports whether a job has exceeded its age. It may still exist: sweep deletes no jobs
// before it trusts the clock.
func (l *Local) expired(j *job) bool { return l.clock.age(j.Created) > l.bounds.Age }

// replay returns the job that was created with a key.
func (l *Local) replay(owner, key, body string) (out wire.Job, again bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := l.keyed(jobKey{owner, key})
	switch {
	case first == nil:
		return out, false, nil
	case first.Body != body:
		return out, false, KeyReusedError()
	}
	return first.public(l.bounds.Age), true, nil
}

// checkRoom returns an error if the owner cannot create another job.
func (l *Local) checkRoom(owner string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.roomFor(owner)
}

func (l *Local) roomFor(owner string) error {
	own, all := 0, 0
	ownLeft, left := l.bounds.Age, l.bounds.Age // until the first of them expires
	for _, j := range l.jobs {
		if l.expired(j) {
			continue
		}
		expires := l.bounds.Age - l.clock.age(j.Created)
		all, left = all+1, min(left, expires)
		if j.Owner == owner {
			own, ownLeft = own+1, min(ownLeft, expires)
		}
	}
	switch {
	case own >= l.bounds.PerOwner:
		return TooManyJobsError(own, ownLeft)
	case all >= l.bounds.Jobs:
		return &wire.Error{Code: wire.TooManyJobs, Detail: "This server has as many jobs as it " +
			"keeps; one is deleted when it expires, or by its owner.", RetryAfter: left}
	}
	return nil
}

// writeFile writes a file while there is space. The bytes written are counted in l.bytes even if it
// fails.
func (l *Local) writeFile(name, owner string, from io.Reader, sum hash.Hash) (
	size int64, err error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, err
	}
	out := &bounded{f: f, l: l, owner: owner}
	defer func() { size, err = out.size, errors.Join(err, f.Close()) }()
	var w io.Writer = out
	if sum != nil {
		w = io.MultiWriter(out, sum)
	}
	if _, err = io.Copy(w, from); err != nil {
		return 0, err
	}
	return 0, f.Sync()
}

// bounded is a writer that fails when there is no space left.
type bounded struct {
	f     *os.File
	l     *Local
	owner string
	size  int64
}

func (b *bounded) Write(p []byte) (int, error) {
	if err := b.l.reserveBytes(b.owner, int64(len(p))); err != nil {
		return 0, err
	}
	b.size += int64(len(p))
	return b.f.Write(p)
}

// reserveBytes reserves n bytes for an owner's files, if there is space.
func (l *Local) reserveBytes(owner string, n int64) error {
	l.usage.Lock()
	defer l.usage.Unlock()
	if most := l.bounds.OwnerBytes; most > 0 && l.owned[owner]+n > most {
		return &wire.Error{Code: wire.StorageFull, Detail: fmt.Sprintf("The files of your jobs, with results that are still read, may have %.1f MB; delete a job that is not needed.", float64(most)/(1<<20))}
	}
	if l.bytes.Load()+n > l.bounds.Bytes {
		return noRoom()
	}
	l.account(owner, n)
	return nil
}

// charge adds n bytes to an owner's usage; n is negative for deleted files.
func (l *Local) charge(owner string, n int64) {
	l.usage.Lock()
	defer l.usage.Unlock()
	l.account(owner, n)
}

// account changes both counts. l.usage must be held.
func (l *Local) account(owner string, n int64) {
	l.bytes.Add(n)
	if l.owned[owner] += n; l.owned[owner] == 0 {
		delete(l.owned, owner)
	}
}

func noRoom() error {
	return &wire.Error{Code: wire.StorageFull, Detail: "There is no room for the files of one more job; delete one that is not needed, or try again later."}
}

// IsDiskFull reports whether an error is that of a full disk, or of a disk quota used up.
func IsDiskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// full maps the error of a full disk to one for the client.
func full(err error) error {
	if IsDiskFull(err) {
		return noRoom()
	}
	return err
}

// Get returns the state of a job.
func (l *Local) Get(_ context.Context, owner, id string) (wire.Job, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	j, err := l.of(owner, id)
	if err != nil {
		return wire.Job{}, err
	}
	return j.public(l.bounds.Age), nil
}

// List returns the jobs of an owner, newest first.
func (l *Local) List(_ context.Context, owner string) ([]wire.Job, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := []wire.Job{}
	for _, j := range l.jobs {
		if j.Owner == owner && !l.expired(j) {
			list = append(list, j.public(l.bounds.Age))
		}
	}
	Newest(list)
	return list, nil
}

// of returns an owner's job. l.mu must be held.
func (l *Local) of(owner, id string) (*job, error) {
	j := l.jobs[id]
	if j == nil || j.Owner != owner || l.expired(j) {
		return nil, NotFoundError()
	}
	return j, nil
}

// Open opens a part of a finished job.
func (l *Local) Open(_ context.Context, owner, id string, part Part) (*Result, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	j, err := l.of(owner, id)
	if err != nil {
		return nil, err
	}
	if err := UnfinishedError(j.public(l.bounds.Age)); err != nil {
		return nil, err
	}
	if err := j.verify(); err != nil {
		l.log.Error("job is damaged", "job", id, "err", err)
		return nil, damagedError()
	}
	f, err := os.Open(filepath.Join(j.dir, string(part)))
	if err != nil {
		return nil, err
	}
	j.open++
	kind := wire.TypeJSON
	if part == Annotated {
		kind = j.Type
	}
	return &Result{ReadSeekCloser: &openPart{File: f, l: l, j: j}, Type: kind, Model: j.Model}, nil
}

// openPart is a part that is being read. Its bytes count against its owner until it is closed, even
// if the job is deleted meanwhile.
type openPart struct {
	*os.File
	l    *Local
	j    *job
	once sync.Once
}

func (p *openPart) Close() error {
	p.once.Do(func() {
		p.l.mu.Lock()
		defer p.l.mu.Unlock()
		if p.j.open--; p.j.open == 0 && p.j.deleted {
			p.l.charge(p.j.Owner, -p.j.size())
		}
	})
	return p.File.Close()
}

// Delete deletes a job. Its folder is renamed first, so that it does not reappear if the server
// stops now.
func (l *Local) Delete(_ context.Context, owner, id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	j, err := l.of(owner, id)
	if err != nil {
		return err
	}
	return l.remove(j)
}

// remove deletes a job. l.mu must be held.
func (l *Local) remove(j *job) error {
	gone := filepath.Join(l.dir, gonePrefix+j.ID)
	if err := os.Rename(j.dir, gone); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // a folder that is not there was removed by others
	}
	j.dir = gone
	delete(l.jobs, j.ID)
	if l.keys[j.key()] == j {
		delete(l.keys, j.key())
	}
	if j.cancel != nil { // its worker deletes the files after it has stopped
		j.cancel()
		return nil
	}
	if j.deleted = true; j.open == 0 {
		l.charge(j.Owner, -j.size())
	}
	return os.RemoveAll(gone)
}

// sweep deletes expired jobs.
func (l *Local) sweep() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if alive := l.clock.tick(); !alive.IsZero() {
		if err := os.Chtimes(l.lock.Name(), alive, alive); err != nil {
			l.log.Warn("time of use is not noted", "err", err)
		}
	}
	if !l.clock.trusted() {
		return
	}
	for _, j := range l.jobs {
		if l.expired(j) {
			if err := l.remove(j); err != nil {
				l.log.Error("old job stays", "job", j.ID, "err", err)
			}
		}
	}
	l.sweepDamaged()
}

// rewriteDocument converts a job's file to JSON lines if it is a JSON document, and returns its
// size; j.Options then describes the lines.
func (l *Local) rewriteDocument(ctx context.Context, j *job) (size int64, err error) {
	name := filepath.Join(j.dir, inputName)
	f, err := os.Open(name)
	if err != nil {
		return j.InputBytes, err
	}
	defer f.Close()
	is, err := scoring.IsDocument(f, j.InputBytes)
	if err != nil || !is {
		return j.InputBytes, err
	}
	r, w := io.Pipe()
	written := make(chan struct{})
	var records table.Records
	go func() {
		defer close(written)
		w.CloseWithError(recovered(func() error {
			var err error
			records, err = table.WriteDocument(ctx, scoring.LimitWriter(w, l.bounds.FileBytes,
				LargeRecordsError(l.bounds.FileBytes)), f, j.InputBytes, j.Options.Encoding)
			return err
		}))
	}()
	lines, err := l.writeFile(name+".lines", j.Owner, r, nil)
	r.Close()
	<-written
	if err == nil {
		err = os.Rename(name+".lines", name)
	}
	if err != nil {
		return j.InputBytes + lines, err
	}
	l.charge(j.Owner, -j.InputBytes)
	j.InputBytes = lines
	j.Options = j.Options.AfterDecoding(records.Decoded)
	return lines, nil
}

// check reads the start of the file as the job will.
func (l *Local) check(ctx context.Context, j *job) error {
	within, cancel := context.WithTimeout(ctx, checkWait)
	defer cancel()
	release, err := l.reserve(within, Size{Bytes: j.InputBytes})
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return &wire.Error{Code: wire.Overloaded, Detail: "Other work has the memory that it takes to look at this file; try again in a moment.", RetryAfter: time.Minute}
	}
	if err != nil {
		return err
	}
	defer release()
	f, err := os.Open(filepath.Join(j.dir, inputName))
	if err != nil {
		return err
	}
	defer f.Close()
	file, err := scoring.Open(ctx, f, j.Options)
	if err != nil {
		return scoring.BadFile(err)
	}
	j.Reading = file.Describe(nil)
	return file.CheckGuard(j.Guard)
}

// checkWait is how long Create waits for memory to check a file.
const checkWait = time.Minute

// reserve acquires memory, if Reserve is set.
func (l *Local) reserve(ctx context.Context, file Size) (release func(), err error) {
	if l.Reserve == nil {
		return func() {}, nil
	}
	defer scoring.Waiting(ctx)()
	return l.Reserve(ctx, file)
}

// damagedFolder is the folder of a job whose record cannot be read. It is kept for inspection as
// long as a job would be.
type damagedFolder struct {
	path  string
	since time.Time
	bytes int64
}

// keepDamaged registers a folder of a job that cannot be read. Folders whose name is not a job's ID
// are not the server's and are left alone.
func (l *Local) keepDamaged(path string, entry os.DirEntry, cause error) {
	if !IsID(entry.Name()) {
		l.log.Warn("folder is not a job; it is left alone", "folder", path, "err", cause)
		return
	}
	l.log.Error("job cannot be read; send its file again", "folder", path, "err", cause,
		"deletedAfter", l.bounds.Age)
	folder := damagedFolder{path: path}
	err := filepath.WalkDir(path, func(_ string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if info.ModTime().After(folder.since) {
			folder.since = info.ModTime()
		}
		if info.Mode().IsRegular() {
			folder.bytes += info.Size()
		}
		return nil
	})
	if err != nil {
		l.log.Error("damaged job cannot be measured", "folder", path, "err", err)
	}
	l.charge("", folder.bytes)
	l.damaged = append(l.damaged, folder)
}

// sweepDamaged deletes expired damaged folders. l.mu must be held.
func (l *Local) sweepDamaged() {
	l.damaged = slices.DeleteFunc(l.damaged, func(f damagedFolder) bool {
		if l.clock.age(f.since) <= l.bounds.Age {
			return false
		}
		if err := os.RemoveAll(f.path); err != nil {
			l.log.Error("damaged job stays", "folder", f.path, "err", err)
			return false
		}
		l.charge("", -f.bytes)
		return true
	})
}
