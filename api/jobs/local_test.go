package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/api/model"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	"reviewlens/reviews/table"
)

// fake scores every text the same; it calls hold first, if that is set.
type fake struct {
	model *model.Model
	hold  func(ctx context.Context) error
	texts atomic.Int64
}

func (e *fake) Model() *model.Model { return e.model }

func (e *fake) Windows(dst [][]int32, text []byte) ([][]int32, bool, error) {
	return e.model.Cut(dst, text)
}

func (*fake) Aspects(_ context.Context, texts [][][]int32) ([][]aspects.Span, error) {
	return make([][]aspects.Span, len(texts)), nil
}

func (e *fake) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	if e.hold != nil {
		if err := e.hold(ctx); err != nil {
			return nil, err
		}
	}
	e.texts.Add(int64(len(texts)))
	scores := make([]reviews.Score, len(texts))
	for i := range scores {
		scores[i] = reviews.Score{Positive: 0.9, Sentiment: reviews.Positive}
	}
	return scores, ctx.Err()
}

func newFake(t *testing.T, hold func(ctx context.Context) error) *fake {
	t.Helper()
	m, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	return &fake{model: m, hold: hold}
}

var quiet = slog.New(slog.DiscardHandler)

func open(t *testing.T, dir string, change func(*Bounds)) *Local {
	t.Helper()
	bounds := Defaults
	if change != nil {
		change(&bounds)
	}
	l, err := OpenLocal(dir, bounds, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

const file = "id,review\n1,good lid\n2,\n3,good lid\n4,bad motor\n"

const annotated = "id,review,sentiment,positive,windows\n1,good " +
	"lid,positive,0.9000,1\n2,,,,\n3,good lid,positive,0.9000,1\n4,bad motor,positive,0.9000,1\n"

func create(t *testing.T, l *Local, owner, body string) wire.Job {
	t.Helper()
	j, _, err := l.Create(t.Context(), owner, Request{Body: strings.NewReader(body)})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// until waits for a state. A slow machine is not a failure: go test's timeout is the bound.
func until(t *testing.T, l *Local, owner, id string, want wire.JobState) wire.Job {
	t.Helper()
	for {
		j, err := l.Get(t.Context(), owner, id)
		if err != nil {
			t.Fatal(err)
		}
		if j.State == want {
			return j
		}
		if j.State == wire.Failed || j.State == wire.Finished {
			t.Fatalf("the job is %s, want %s: %+v", j.State, want, j.Error)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func read(t *testing.T, l *Local, owner, id string, part Part) string {
	t.Helper()
	r, err := l.Open(t.Context(), owner, id, part)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func code(err error) wire.Code {
	if e, ok := errors.AsType[*wire.Error](err); ok {
		return e.Code
	}
	return ""
}

func TestJob(t *testing.T) {
	l := open(t, t.TempDir(), nil)
	defer l.Close()
	e := newFake(t, nil)
	l.Start(scoring.SingleModel(e))
	j := create(t, l, "me", file)
	if j.State != wire.Waiting || j.ID == "" || j.Expires.Sub(j.Created) != Defaults.Age {
		t.Errorf("created %+v", j)
	}
	j = until(t, l, "me", j.ID, wire.Finished)
	if j.Rows != 4 || j.Done != 4 || j.Model != e.model.Manifest.ID {
		t.Errorf("finished %+v", j)
	}
	if got := read(t, l, "me", j.ID, Annotated); got != annotated {
		t.Errorf("annotated:\n%s\nwant:\n%s", got, annotated)
	}
	var report wire.Report
	if err := json.Unmarshal([]byte(read(t, l, "me", j.ID, Report)), &report); err != nil ||
		report.Rows != 4 || report.Scored != 3 || report.Positive != 3 {
		t.Errorf("report %+v, %v", report, err)
	}
	for what, err := range map[string]error{
		"another's Get":    second(l.Get(t.Context(), "you", j.ID)),
		"another's Open":   second(l.Open(t.Context(), "you", j.ID, Annotated)),
		"another's Delete": l.Delete(t.Context(), "you", j.ID),
		"unknown Get":      second(l.Get(t.Context(), "me", "../"+j.ID)),
	} {
		if code(err) != wire.NotFound {
			t.Errorf("%s = %v, want NotFound", what, err)
		}
	}
	if err := l.Delete(t.Context(), "me", j.ID); err != nil {
		t.Error(err)
	}
	if _, err := l.Get(t.Context(), "me", j.ID); code(err) != wire.NotFound {
		t.Errorf("a deleted job: %v", err)
	}
	if l.bytes.Load() != 0 || len(folders(t, l.dir)) != 0 {
		t.Errorf("%d bytes and %v are left", l.bytes.Load(), folders(t, l.dir))
	}
}

func second[T any](_ T, err error) error { return err }

// folders returns the folders of jobs, of deleted ones and of incomplete ones.
func folders(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// A job survives a stop and a kill in progress, and produces the same output.
func TestJobSurvives(t *testing.T) {
	dir := t.TempDir()
	started := make(chan struct{}, 100)
	blocked := newFake(t,
		func(ctx context.Context) error { started <- struct{}{}; <-ctx.Done(); return ctx.Err() })
	l := open(t, dir, nil)
	l.Start(scoring.SingleModel(blocked))
	j := create(t, l, "me", file)
	<-started
	if got, _ := l.Get(t.Context(), "me", j.ID); got.State != wire.Running || got.Rows != 4 {
		t.Errorf("in the middle it is %+v", got)
	}
	if _, err := l.Open(t.Context(), "me", j.ID, Annotated); code(err) != wire.JobUnfinished {
		t.Errorf("Open in the middle: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	stopped, err := readJob(filepath.Join(dir, j.ID))
	if err != nil || stopped.State != wire.Waiting || stopped.Starts != 0 {
		t.Errorf("after the stop it is %+v, %v", stopped, err)
	}

	// The state after a kill: the record is running, with a partial result and an unfinished
	// upload.
	stopped.State, stopped.Starts = wire.Running, 1
	if err := stopped.write(); err != nil {
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(dir, j.ID, string(Annotated)), []byte("id,review,sent"), 0o600)
	os.Mkdir(filepath.Join(dir, newPrefix+strings.Repeat("a", len(j.ID))), 0o700)
	os.Mkdir(filepath.Join(dir, gonePrefix+strings.Repeat("b", len(j.ID))), 0o700)
	for _, name := range []string{"somebody's", ".git", newPrefix + "x"} {
		os.Mkdir(filepath.Join(dir, name), 0o700)
	}

	l = open(t, dir, nil)
	defer l.Close()
	if got := l.bytes.Load(); got != int64(len(file)) {
		t.Errorf("%d bytes are charged before it begins again, want those of the file", got)
	}
	l.Start(scoring.SingleModel(newFake(t, nil)))
	until(t, l, "me", j.ID, wire.Finished)
	if got := read(t, l, "me", j.ID, Annotated); got != annotated {
		t.Errorf("annotated:\n%s\nwant:\n%s", got, annotated)
	}
	all := len(file) + len(annotated) + len(read(t, l, "me", j.ID, Report))
	if got := l.bytes.Load(); got != int64(all) {
		t.Errorf("%d bytes are charged for files of %d", got, all)
	}
	if got := folders(t, dir); len(got) != 4 { // the job, and files of others
		t.Errorf("folders are %v", got)
	}
	if _, err := OpenLocal(dir, Defaults, quiet); !errors.Is(err, errLocked) {
		t.Errorf("a second process gets %v", err)
	}
}

// A job that crashes the server each time is abandoned; the server is not.
func TestJobThatKills(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, nil)
	j := create(t, l, "me", file)
	l.Close()
	record, err := readJob(filepath.Join(dir, j.ID))
	if err != nil {
		t.Fatal(err)
	}
	record.State, record.Starts = wire.Running, maxStarts
	if err := record.write(); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir, nil)
	defer l.Close()
	l.Start(scoring.SingleModel(newFake(t, func(context.Context) error { panic("secret") })))
	got := failed(t, l, j.ID)
	if !strings.Contains(got.Detail, "Create it again") {
		t.Errorf("the job that kills fails with %q", got.Detail)
	}
	other := create(t, l, "me", file)
	if p := failed(t, l, other.ID); p.Err().Code != wire.Internal ||
		strings.Contains(p.Detail, "secret") || got.Err().Code != wire.Internal {
		t.Errorf("the jobs failed with %+v and %+v", got, p)
	}
	if _, err := l.Open(t.Context(), "me", other.ID, Report); code(err) != wire.JobUnfinished {
		t.Errorf("Open of a failed job: %v", err)
	}
}

func failed(t *testing.T, l *Local, id string) *wire.Problem {
	t.Helper()
	for {
		if j, err := l.Get(t.Context(), "me", id); err == nil && j.State == wire.Failed {
			return j.Error
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Delete stops a running job, and its worker ends.
func TestDeleteStops(t *testing.T) {
	before := runtime.NumGoroutine()
	started, stopped := make(chan struct{}, 100), make(chan struct{}, 100)
	l := open(t, t.TempDir(), nil)
	l.Start(scoring.SingleModel(newFake(t, func(ctx context.Context) error {
		started <- struct{}{}
		<-ctx.Done()
		stopped <- struct{}{}
		return ctx.Err()
	})))
	j := create(t, l, "me", file)
	<-started
	if err := l.Delete(t.Context(), "me", j.ID); err != nil {
		t.Fatal(err)
	}
	<-stopped
	for len(folders(t, l.dir)) > 0 || l.bytes.Load() != 0 {
		time.Sleep(10 * time.Millisecond)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	// the stacks of go test's timeout show one that stays
	for runtime.NumGoroutine() > before {
		time.Sleep(10 * time.Millisecond)
	}
}

func TestBounds(t *testing.T) {
	l := open(t, t.TempDir(),
		func(b *Bounds) { b.PerOwner, b.Jobs, b.Bytes = 2, 3, 4*int64(len(file)) })
	defer l.Close()
	create(t, l, "me", file)
	create(t, l, "me", file)
	_, _, err := l.Create(t.Context(), "me", Request{Body: strings.NewReader(file)})
	// when the first of the two expires
	if e, _ := errors.AsType[*wire.Error](err); code(err) != wire.TooManyJobs ||
		e.RetryAfter > l.bounds.Age || e.RetryAfter < l.bounds.Age-time.Hour {
		t.Errorf("one more of an owner: %v", err)
	}
	list, err := l.List(t.Context(), "me")
	if err != nil || len(list) != 2 || list[0].Created.Before(list[1].Created) {
		t.Errorf("the jobs of an owner are listed as %+v, %v", list, err)
	}
	if _, _, err := l.Create(t.Context(), "you",
		Request{Body: strings.NewReader(strings.Repeat(file, 3))}); code(err) != wire.StorageFull {
		t.Errorf("more bytes than there is room for: %v", err)
	}
	create(t, l, "you", file)
	if _, _, err := l.Create(t.Context(), "they",
		Request{Body: strings.NewReader(file)}); code(err) != wire.TooManyJobs {
		t.Errorf("one more of all: %v", err)
	}
	broken := errors.New("broken")
	for name, r := range map[string]Request{
		"no table":      {Body: strings.NewReader("\x89PNG")},
		"no column":     {Body: strings.NewReader(file), Options: table.Options{Text: "txet"}},
		"broken upload": {Body: io.MultiReader(strings.NewReader(file), failing{broken})},
	} {
		l.mu.Lock()
		l.bounds.Jobs = 10
		l.mu.Unlock()
		_, _, err := l.Create(t.Context(), "they", r)
		if code(err) != wire.BadFile && !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := l.bytes.Load(); got != 3*int64(len(file)) || len(folders(t, l.dir)) != 3 {
		t.Errorf("%d bytes and folders %v are kept, want those of 3 files", got, folders(t, l.dir))
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A job whose folder was removed by others says so, and can be deleted.
func TestLostFolder(t *testing.T) {
	l := open(t, t.TempDir(), nil)
	defer l.Close()
	l.Start(scoring.SingleModel(newFake(t, nil)))
	j := create(t, l, "me", file)
	until(t, l, "me", j.ID, wire.Finished)
	if err := os.RemoveAll(filepath.Join(l.dir, j.ID)); err != nil {
		t.Fatal(err)
	}
	_, err := l.Open(t.Context(), "me", j.ID, Annotated)
	if code(err) != wire.Internal || !strings.Contains(err.Error(), "send the file again") {
		t.Errorf("Open = %v", err)
	}
	if err := l.Delete(t.Context(), "me", j.ID); err != nil {
		t.Errorf("Delete = %v", err)
	}
	if list, err := l.List(t.Context(), "me"); err != nil || len(list) != 0 {
		t.Errorf("List = %v, %v", list, err)
	}
	if n := l.bytes.Load(); n != 0 {
		t.Errorf("%d bytes are counted", n)
	}
}

// A job is deleted when it expires, and its space is free again.
func TestAge(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		l := open(t, dir, func(b *Bounds) { b.PerOwner = 1 })
		defer l.Close()
		j := create(t, l, "me", file)
		time.Sleep(Defaults.Age - time.Second)
		if _, err := l.Get(t.Context(), "me", j.ID); err != nil {
			t.Errorf("a job that is not old yet: %v", err)
		}
		time.Sleep(2 * time.Second)
		if _, err := l.Get(t.Context(), "me", j.ID); code(err) != wire.NotFound {
			t.Errorf("an old job: %v", err)
		}
		if again := create(t, l, "me", file); again.ID == j.ID || len(folders(t, l.dir)) != 1 {
			t.Errorf("jobs %s and %s; folders %v", j.ID, again.ID, folders(t, l.dir))
		}
	})
}

// An expired job that the clock does not allow to delete yet neither answers to its key nor counts.
func TestExpiredKey(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ask := func(l *Local) (string, bool) {
			t.Helper()
			j, again, err := l.Create(t.Context(), "me",
				Request{Body: strings.NewReader(file), Key: "one"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := l.Get(t.Context(), "me", j.ID); err != nil {
				t.Errorf("the job of the answer: %v", err)
			}
			return j.ID, again
		}
		one := func(b *Bounds) { b.PerOwner = 1 }
		l := open(t, dir, one)
		old, _ := ask(l)
		l.Close()
		time.Sleep(Defaults.Age + time.Hour)
		l = open(t, dir, one)
		l.clock.doubtful = true // the folder's file is of another time than the test's
		id, again := ask(l)
		if id == old || again || len(folders(t, dir)) != 2 {
			t.Errorf("jobs %s and %s, %v; folders %v", old, id, again, folders(t, dir))
		}
		if last, again := ask(l); last != id || !again {
			t.Errorf("then %s, %v; want %s", last, again, id)
		}
		l.Close()
		l = open(t, dir, one)
		defer l.Close()
		l.clock.doubtful = true
		if last, again := ask(l); last != id || !again {
			t.Errorf("after a restart %s, %v; want %s", last, again, id)
		}
	})
}

// The same key and file return the same job, also after a restart and concurrently; the same key
// and another file return none.
func TestKeys(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, func(b *Bounds) { b.PerOwner = 1 })
	ask := func(owner, key, body, column string) (string, bool, error) {
		j, again, err := l.Create(t.Context(), owner,
			Request{Body: strings.NewReader(body), Key: key, Options: table.Options{Text: column}})
		return j.ID, again, err
	}
	type answer struct {
		id    string
		again bool
		err   error
	}
	answers := make(chan answer, 10)
	for range 10 {
		go func() {
			id, again, err := ask("me", "one", file, "")
			answers <- answer{id, again, err}
		}()
	}
	ids, first := map[string]bool{}, 0
	for range 10 {
		a := <-answers
		if a.err != nil {
			t.Error(a.err)
		}
		ids[a.id] = true
		if !a.again {
			first++
		}
	}
	if len(ids) != 1 || first != 1 {
		t.Errorf("10 at a time gave jobs %v, %d of them new", ids, first)
	}
	l.Close()
	l = open(t, dir, func(b *Bounds) { b.PerOwner = 1 })
	defer l.Close()
	if id, again, err := ask("me", "one", file, ""); err != nil || !again || !ids[id] {
		t.Errorf("after a restart: %s %v %v", id, again, err)
	}
	for _, tt := range [][2]string{{file + "5,more\n", ""}, {file, "review"}} {
		if _, _, err := ask("me", "one", tt[0], tt[1]); code(err) != wire.KeyReused {
			t.Errorf("another request with the key: %v", err)
		}
	}
	if id, again, err := ask("you", "one", file, ""); err != nil || again || ids[id] {
		t.Errorf("another owner's: %s %v %v", id, again, err)
	}
	if got := folders(t, dir); len(got) != 2 {
		t.Errorf("folders are %v", got)
	}
}

// A small job of one owner does not wait for all jobs of another.
func TestTurns(t *testing.T) {
	l := open(t, t.TempDir(), nil)
	defer l.Close()
	for i := range 3 {
		create(t, l, "me", fmt.Sprintf("%s5,number %d\n", file, i))
	}
	you := create(t, l, "you", file)
	_, first, _ := l.next()
	_, second, _ := l.next()
	if first.Owner != "me" || second.ID != you.ID {
		t.Errorf("%s's job is first, %s's second", first.Owner, second.Owner)
	}
	l.mu.Lock()
	first.cancel, second.cancel = nil, nil
	l.mu.Unlock()
}

// A job stored before there were more options is done as intended, and its request is still
// recognized.
func TestJobKeptBefore(t *testing.T) {
	const (
		id    = "abcdefghijklmnopqrstuvwxyz"
		input = "id,title,note\n1,Fine,good lid\n2,Bad,\n"
		kept  = `{"schema":1,"id":"` + id +
			`","owner":"me","key":"%s","body":"%s","column":"note",` +
			`"title":"-","guard":true,"state":"waiting","starts":0,"created":"%s","rows":0,` +
			`"inputBytes":%d,"madeBytes":0}`
	)
	request := Request{Body: strings.NewReader(input), Guard: true, Key: "one",
		Options: table.Options{Text: "note", Title: "-"}}
	key := sha256.Sum256([]byte("one"))
	body := sha256.Sum256([]byte(`"note" "-" true "" ` + input)) // as it was made then
	dir := t.TempDir()
	job := fmt.Sprintf(kept, hex.EncodeToString(key[:]), hex.EncodeToString(body[:]),
		time.Now().UTC().Format(time.RFC3339), len(input))
	if err := os.Mkdir(filepath.Join(dir, id), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{recordName: job, inputName: input} {
		if err := os.WriteFile(filepath.Join(dir, id, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l := open(t, dir, nil)
	if j, again, err := l.Create(t.Context(), "me", request); err != nil || !again || j.ID != id {
		t.Errorf("the same request is %+v, %v, %v", j, again, err)
	}
	l.Start(scoring.SingleModel(newFake(t, nil)))
	until(t, l, "me", id, wire.Finished)
	want := "id,title,note,sentiment,positive,windows\n1,Fine,good " +
		"lid,positive,0.9000,1\n2,Bad,,,,\n"
	if got := read(t, l, "me", id, Annotated); got != want {
		t.Errorf("the result is %s, want %s", got, want)
	}
}

// A JSON document is stored as its records, and takes no more space than they do.
func TestJobOfDocument(t *testing.T) {
	l := open(t, t.TempDir(), nil)
	l.Start(scoring.SingleModel(newFake(t, nil)))
	j := create(t, l, "me", "{\n  \"reviews\": [\n    {\"note\": \"good lid\"}\n  ]\n}\n")
	until(t, l, "me", j.ID, wire.Finished)
	result := read(t, l, "me", j.ID, Annotated)
	want := `{"note":"good lid","sentiment":"positive","positive":0.9000,"windows":1}` + "\n"
	if result != want {
		t.Errorf("the result is %s, want %s", result, want)
	}
	report := read(t, l, "me", j.ID, Report)
	lines := `{"note":"good lid"}` + "\n"
	if got, want := l.bytes.Load(), int64(len(lines)+len(result)+len(report)); got != want {
		t.Errorf("%d bytes are charged, want %d", got, want)
	}
}

// A document whose records, one a line with all names, exceed the limit of a file is refused, and
// leaves nothing.
func TestJobOfLargeRecords(t *testing.T) {
	l := open(t, t.TempDir(), func(b *Bounds) { b.FileBytes = 2000 })
	in := `{"columns":["review","` + strings.Repeat("n", 200) + `"],"data":[["good lid",1]` +
		strings.Repeat(`,["good lid",2]`, 20) + `]}`
	_, _, err := l.Create(t.Context(), "me", Request{Body: strings.NewReader(in)})
	if code(err) != wire.BodyTooLarge || !strings.Contains(err.Error(), "records") {
		t.Errorf("%d bytes with records of 5 KB: %v", len(in), err)
	}
	if got := l.bytes.Load(); got != 0 || len(folders(t, l.dir)) != 0 {
		t.Errorf("%d bytes and folders %v are kept", got, folders(t, l.dir))
	}
}
