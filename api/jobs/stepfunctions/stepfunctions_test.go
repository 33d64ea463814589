package stepfunctions

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"reviewlens/api/jobs"
	"reviewlens/api/model"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews/table"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"
)

func code(err error) wire.Code {
	if e, ok := errors.AsType[*wire.Error](err); ok {
		return e.Code
	}
	return ""
}

// rows returns lines of a CSV that are hard to read in parts: quoted newlines at boundaries, quotes
// not doubled or not closed, missing or additional fields, repeated texts, empty ones.
func rows(n int) string {
	var b strings.Builder
	for i := range n {
		switch i % 11 {
		case 1:
			fmt.Fprintf(&b, "%d,\"a review\nof %d lines,\r\n\"\"quoted\"\"\",5,2024-03-%02d\r\n",
				i, i, i%28+1)
		case 3:
			fmt.Fprintf(&b, "%d,good lid,4,2024-04-01\n", i)
		case 4:
			fmt.Fprintf(&b, "%d,,1,\n", i)
		case 5:
			fmt.Fprintf(&b, "%d,short one\n", i)
		case 6:
			fmt.Fprintf(&b, "%d,\"the 5\" pipe broke, sadly\",1,2024-04-02\n", i)
		case 7:
			fmt.Fprintf(&b, "%d,\"never closed %d,2,2024-04-02\n", i, i)
		case 8:
			fmt.Fprintf(&b, "%d,too many,3,2024-04-02,x,y\n\n", i)
		default:
			fmt.Fprintf(&b, "%d,\"It broke on day %d, and nobody answers\",%d,2024-05-%02d\n", i, i,
				i%5+1, i%28+1)
		}
	}
	return b.String()
}

// The cloud produces what a local server does: the same bytes, for every kind of file.
func TestSameAsLocal(t *testing.T) {
	const header = "id,review,stars,date\n"
	var lines, wrapped strings.Builder
	one, two := 1, 2
	for i := range 1200 {
		fmt.Fprintf(&lines, `{"id": %d, "review": "It broke\non day %d", "stars": %d}`+"\n", i,
			i%700, i%5+1)
		fmt.Fprintf(&wrapped, `"%d,""It broke, on day %d"",%d"`+"\n", i, i, i%5+1)
	}
	wide := func(s string) string {
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, tt := range []struct {
		name, file string
		r          jobs.Request
	}{
		{"CSV", header + rows(1700), jobs.Request{}},
		{"with a BOM, guarded", "\ufeff" + header + rows(1100) + "9,=1+1,2,2024-01-01\n",
			jobs.Request{Guard: true}},
		{"with topics", header + rows(1100), jobs.Request{Topics: true}},
		{"a JSON document, with topics", `[` +
			strings.ReplaceAll(strings.TrimSpace(lines.String()), "\n", ",\n") + "]",
			jobs.Request{Topics: true}},
		{"without a header", rows(1300), jobs.Request{Options: table.Options{Text: "2"}}},
		{"a row", "id,review\n1,good lid", jobs.Request{}},
		{"a row without a header", "1,\"It broke on the first day, and nobody answers\"",
			jobs.Request{Options: table.Options{Text: "2"}}},
		{"JSON lines with a BOM", "\ufeff" + lines.String() + "[1]\n", jobs.Request{}},
		{"a JSON document", `{"page": 1, "reviews": [` +
			strings.ReplaceAll(strings.TrimSpace(lines.String()), "\n", ",\n") + "]}",
			jobs.Request{}},
		{"in two parts", "pros,cons,date\n" +
			strings.Repeat("good lid and good food,bad price,3/4/2024\n"+
				"Nothing,bad on the first day,4/4/2024\n", 700),
			jobs.Request{Options: table.Options{Order: table.DayFirst}}},
		{"below lines", "All of 2024,\nreview,grade\nin words,of 5\n" +
			strings.Repeat("good lid,5\nbad lid,1\n", 700),
			jobs.Request{Options: table.Options{LinesAbove: &one, HeaderRows: &two}}},
		{"wrapped", "\"id,review,stars\"\n" + wrapped.String(), jobs.Request{}},
		{"UTF-16", wide(header + rows(1200)), jobs.Request{}},
		{"a JSON document in UTF-16", wide("[\n{\"review\": \"good lid\"}\n]"),
			jobs.Request{Options: table.Options{Encoding: table.UTF16LE}}},
		{"Windows-1252", "id;review\r\n" +
			strings.Repeat("1;caf\xe9 was lovely and the staff was so kind\r\n2;tr\xe8s bien, "+
				"rien \xe0 dire de plus\r\n", 600), jobs.Request{}},
		{"long texts", "id,review\n" +
			strings.Repeat("1,"+strings.Repeat("It broke on the first day. ", 1000)+"\n2,fine\n",
				60), jobs.Request{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := newFake(t)
			if tt.r.Topics {
				m := *e.model
				m.Aspects = &model.Aspects{}
				e.model = &m
			}
			wantFile, wantReport, wantType := local(t, e, tt.file, tt.r)
			if tt.r.Topics != bytes.Contains(wantReport, []byte(`"topics":{"reviews":`)) ||
				tt.r.Topics != bytes.Contains(wantFile, []byte("topics")) {
				t.Errorf("topics are asked for: %v; the report is %s", tt.r.Topics, wantReport)
			}
			c := newCloudOf(t, e)
			j := c.submit("me", tt.file, tt.r)
			j = c.until("me", j.ID, wire.Finished)
			if j.Done != j.Rows || j.Rows == 0 || j.Failed != nil ||
				j.Model != e.model.Manifest.ID || j.Upload != nil {
				t.Errorf("finished %+v", j)
			}
			got, gotType := c.read("me", j.ID, jobs.Annotated)
			if !bytes.Equal(got, wantFile) || gotType != wantType {
				t.Errorf("the result (%s) is not the local one (%s):\n%s", gotType, wantType,
					cmp.Diff(string(wantFile), string(got)))
			}
			got, _ = c.read("me", j.ID, jobs.Report)
			if diff := cmp.Diff(string(wantReport), string(got)+"\n"); diff != "" {
				t.Errorf("the report is not the local one:\n%s", diff)
			}
			if c.started() != 1 {
				t.Errorf("%d executions were started", c.started())
			}
		})
	}
}

func newCloudOf(t *testing.T, e scoring.Engine) *cloud {
	return newCloud(t, scoring.SingleModel(e))
}

// A file of many ranges has a boundary of two ranges inside each kind of record.
func TestCut(t *testing.T) {
	f, err := scoring.Open(t.Context(), strings.NewReader("id,review\n"+rows(100)), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	size := int64(len("id,review\n" + rows(100)))
	ranges, err := cut(t.Context(), f, "{text}", size, 3, Rows)
	if err != nil || len(ranges) < 20 || ranges[0].From != int64(len("id,review\n")) {
		t.Fatalf("%d ranges, %v", len(ranges), err)
	}
	at := int64(0)
	for i, r := range ranges {
		if r.N != i || r.From < at || r.To <= r.From || r.Rows < 1 || r.Rows > 3 {
			t.Errorf("range %d is %+v after byte %d", i, r, at)
		}
		at = r.To
	}
	if at != size {
		t.Errorf("the ranges end at %d of %d bytes", at, size)
	}
}

// A failure in one range is retried, and finally only that range's rows have no scores.
func TestRangeThatFails(t *testing.T) {
	var file strings.Builder
	file.WriteString("id,review\n")
	for i := range 1400 {
		fmt.Fprintf(&file, "%d,It broke on day %d\n", i, i)
	}
	e := newFake(t)
	c := newCloudOf(t, e)
	var failures atomic.Int32
	c.breakS3(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/parts/000001") {
			failures.Add(1)
			w.WriteHeader(http.StatusForbidden)
			return true
		}
		return false
	})
	var mu sync.Mutex
	sums := map[string]StepResult{} // sums
	c.steps.OnStep = func(d StepResult) {
		mu.Lock()
		defer mu.Unlock()
		sum := sums[d.Step]
		sums[d.Step] = StepResult{Scored: sum.Scored + d.Scored, Lost: sum.Lost + d.Lost,
			Failed: sum.Failed || d.Failed}
	}
	j := c.submit("me", file.String(), jobs.Request{})
	j = c.until("me", j.ID, wire.Finished)
	c.running.Wait()
	if diff := cmp.Diff(map[string]StepResult{"plan": {}, "score": {Scored: 900, Failed: true},
		"finish": {Lost: 500}}, sums); diff != "" {
		t.Errorf("told of the steps: %s", diff)
	}
	if diff := cmp.Diff([]wire.Span{{First: 501, Last: 1000}}, j.Failed); diff != "" ||
		failures.Load() != 3 {
		t.Errorf("failed rows, after %d tries: %s", failures.Load(), diff)
	}
	want, _, _ := local(t, e, file.String(), jobs.Request{})
	lines := strings.Split(string(want), "\n")
	for i := 501; i <= 1000; i++ {
		lines[i] = lines[i][:strings.Index(lines[i], ",")] +
			fmt.Sprintf(",It broke on day %d,,,", i-1)
	}
	got, _ := c.read("me", j.ID, jobs.Annotated)
	if diff := cmp.Diff(strings.Join(lines, "\n"), string(got)); diff != "" {
		t.Error(diff)
	}
	got, _ = c.read("me", j.ID, jobs.Report)
	var report wire.Report
	if err := json.Unmarshal(got, &report); err != nil || report.Rows != 1400 ||
		report.Failed != 500 || report.Scored != 900 {
		t.Errorf("report %+v, %v", report, err)
	}
}

func (c *cloud) breakS3(f func(http.ResponseWriter, *http.Request) bool) { c.broken.Store(&f) }

// Transient errors of S3 change nothing but the time: each request is refused three times, as often
// as the SDK's own retryer tries, and the first response with each piece of the file breaks off in
// the middle.
func TestS3ThatIsBad(t *testing.T) {
	file := "id,review\n" + rows(1200)
	e := newFake(t)
	want, _, _ := local(t, e, file, jobs.Request{})
	c := newCloudOf(t, e)
	var mu sync.Mutex
	seen := map[string]int{} // requests and their counts
	var refused, broke int
	c.breakS3(func(w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		request := fmt.Sprint(r.Method, r.URL.Path, r.URL.Query().Get("partNumber"),
			r.Header.Get("Range"))
		seen[request]++
		switch n := seen[request]; {
		case n <= 3:
			refused++
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, "<Error><Code>SlowDown</Code><Message>no</Message></Error>")
			return true
		case n == 4 && r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/input"):
			broke++
			w.Header().Set("Content-Length", "1000000")
			w.WriteHeader(http.StatusPartialContent)
			fmt.Fprint(w, file[:1])
			panic(http.ErrAbortHandler)
		}
		return false
	})
	j, _, err := c.service.Create(t.Context(), "me", jobs.Request{Bytes: int64(len(file))})
	if err != nil {
		t.Fatal(err)
	}
	for c.put(j.Upload, file) != 200 {
	}
	c.running.Wait()
	c.broken.Store(nil)
	j = c.until("me", j.ID, wire.Finished)
	if got, _ := c.read("me", j.ID, jobs.Annotated); j.Failed != nil || !bytes.Equal(got, want) ||
		refused < 15 || broke < 3 {
		t.Errorf("after %d refusals and %d broken answers: %+v\n%s", refused, broke, j,
			cmp.Diff(string(want), string(got)))
	}
}

// An upload address expires with the credentials that signed it, and reports that.
func TestUploadEndsWithItsCredentials(t *testing.T) {
	for _, tt := range []struct {
		name  string
		left  time.Duration // of the credentials; 0: they do not expire
		least time.Duration
		most  time.Duration
	}{
		{"credentials that do not end", 0, uploadTime - time.Minute, uploadTime},
		{"credentials that last longer", 2 * uploadTime, uploadTime - time.Minute, uploadTime},
		{"credentials that end before", 20 * time.Minute, 19 * time.Minute, 20 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCloudOf(t, newFake(t))
			client := s3.New(c.service.bucket.Client.Options(), func(o *s3.Options) {
				o.Credentials = aws.CredentialsProviderFunc(
					func(context.Context) (aws.Credentials, error) {
						return aws.Credentials{AccessKeyID: "a", SecretAccessKey: "b",
							CanExpire: tt.left > 0, Expires: time.Now().Add(tt.left)}, nil
					})
			})
			up, err := newBucket(client, "jobs").upload(t.Context(), "jobs/x/input", 10)
			if err != nil {
				t.Fatal(err)
			}
			u, err := url.Parse(up.URL)
			if err != nil {
				t.Fatal(err)
			}
			signed, err := time.ParseDuration(u.Query().Get("X-Amz-Expires") + "s")
			if left := time.Until(up.Expires); err != nil || left < tt.least || left > tt.most ||
				signed < tt.least || signed > tt.most {
				t.Errorf("signed for %v (%v), told %v; want %v to %v", signed, err, left,
					tt.least, tt.most)
			}
		})
	}
}

// With InTurn one job is scored at a time: of those that arrive together one plans, the others are
// queued until its execution has ended. That is no error, which an alarm would count.
func TestJobsInTurn(t *testing.T) {
	c := newCloudOf(t, newFake(t))
	c.steps.InTurn = true
	c.hold = make(chan struct{})
	file := "id,review\n" + rows(30)
	first := c.submit("me", file, jobs.Request{})
	c.planned("me", first.ID)
	second := c.submit("you", file, jobs.Request{})
	step := func(owner, id string) string {
		event, _ := json.Marshal(
			map[string]string{"step": "plan", "bucket": "jobs",
				"job": ownerFolder("jobs", owner) + id})
		out, err := c.steps.Invoke(t.Context(), event)
		return fmt.Sprint(string(out), err)
	}
	const planned, waits = `{"state":"done"}<nil>`, `{"state":"queued","wait":5}<nil>`
	for range 3 {
		if got := step("you", second.ID); got != waits {
			t.Fatalf("beside another job: %s, want %s", got, waits)
		}
	}
	if got := step("me", first.ID); got != planned {
		t.Errorf("its own turn, again: %s, want %s", got, planned)
	}
	close(c.hold)
	c.until("me", first.ID, wire.Finished)
	c.until("you", second.ID, wire.Finished)

	// A turn whose execution is missing or failed is over; of many jobs that want it one gets it.
	c.mu.Lock()
	c.executions[second.ID] = "FAILED"
	c.mu.Unlock()
	var got atomic.Int32
	var all sync.WaitGroup
	for i := range 8 {
		owner := fmt.Sprint("owner", i)
		j, _, err := c.service.Create(t.Context(), owner, jobs.Request{Bytes: int64(len(file))})
		if err != nil {
			t.Fatal(err)
		}
		c.mu.Lock()
		c.executions[j.ID] = "RUNNING"
		c.mu.Unlock()
		if err := c.service.bucket.put(t.Context(), ownerFolder("jobs", owner)+j.ID+
			"/input", "", []byte(file)); err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			switch out := step(owner, j.ID); out {
			case planned:
				got.Add(1)
			case waits:
			default:
				t.Error(out)
			}
		})
	}
	all.Wait()
	if got.Load() != 1 {
		t.Errorf("%d jobs have the turn", got.Load())
	}
}

// A job that has waited for long tries less often.
func TestPause(t *testing.T) {
	for age, want := range map[time.Duration]time.Duration{0: minWait, 20 * time.Second: minWait,
		100 * time.Second: 25 * time.Second, time.Hour: maxWait, -time.Hour: minWait} {
		if got := pause(age); got != want {
			t.Errorf("pause(%v) = %v, want %v", age, got, want)
		}
	}
}

// A file of more rows than the function's memory can assemble is refused before any is scored.
func TestRowsOfASmallFunction(t *testing.T) {
	for memoryMB, want := range map[int]int{0: Rows, 512: 2_315_000, 1768: Rows - 10_000,
		RowsMB: Rows, 10240: Rows} {
		if got := maxRows(memoryMB); got < want || got > want+10_000 || got > Rows {
			t.Errorf("maxRows(%d) = %d, want about %d", memoryMB, got, want)
		}
	}
	file := "review\n" + strings.Repeat("ok\n", maxRows(1))
	e := newFake(t)
	var scored atomic.Int32
	e.broken = func(texts int) error { scored.Add(int32(texts)); return nil }
	c := newCloudOf(t, e)
	c.steps.MemoryMB = 1
	j := c.submit("me", file, jobs.Request{})
	c.until("me", j.ID, wire.Finished)
	scored.Store(0)
	j = c.submit("me", file+"ok\n", jobs.Request{})
	j = c.until("me", j.ID, wire.Failed)
	const detail = "The file has more than 4522 rows. Cut it in parts, or put it into a bucket and " +
		"score it there with make bulk. A deployment with Memory=1769 takes 8000000 rows."
	if j.Error == nil || j.Error.Err().Code != wire.TooManyTexts || j.Error.Detail != detail ||
		scored.Load() != 0 {
		t.Errorf("failed with %+v after %d texts, want %s: %s", j.Error, scored.Load(),
			wire.TooManyTexts, detail)
	}
}

// planned waits until a job's ranges exist.
func (c *cloud) planned(owner, id string) {
	c.t.Helper()
	for range 1500 {
		if _, err := c.service.bucket.size(c.t.Context(), ownerFolder("jobs", owner)+id+
			"/plan.json"); err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	c.t.Fatal("the job is never planned")
}

// A file that cannot be scored at all fails the job, with an error to its owner that depends on
// whose fault it is.
func TestJobsThatFail(t *testing.T) {
	good := "id,review\n1,good lid\n"
	for _, tt := range []struct {
		name, file string
		r          jobs.Request
		broken     error
		want       wire.Code
		detail     string
	}{
		{"no row", "id,review\n", jobs.Request{}, nil, wire.BadFile, ""},
		{"no such column", good, jobs.Request{Options: table.Options{Text: "txet"}}, nil,
			wire.BadFile, `no column "txet"; columns are id, review`},
		{"no such model", good, jobs.Request{Model: "000000000000"}, nil, wire.UnknownModel, ""},
		{"no topics", good, jobs.Request{Topics: true}, nil, wire.BadParameter, "finds no topics"},
		{"no range can be scored", good, jobs.Request{}, errors.New("broken"), wire.Internal,
			"no row of the file could be scored"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := newFake(t)
			m := *e.model
			m.Aspects = nil
			e.model = &m
			e.broken = func(int) error { return tt.broken }
			c := newCloudOf(t, e)
			j := c.submit("me", tt.file, tt.r)
			j = c.until("me", j.ID, wire.Failed)
			if j.Error == nil || j.Error.Err().Code != tt.want ||
				!strings.Contains(j.Error.Detail, tt.detail) {
				t.Errorf("failed with %+v, want %s", j.Error, tt.want)
			}
			if _, err := c.service.Open(t.Context(), "me", j.ID,
				jobs.Annotated); code(err) != wire.JobUnfinished {
				t.Errorf("Open = %v", err)
			}
		})
	}
	t.Run("the execution fails", func(t *testing.T) { // such as out of memory
		c := newCloudOf(t, newFake(t))
		c.breakS3(func(w http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "/plan.json") && r.Method == http.MethodPut {
				w.WriteHeader(http.StatusForbidden)
				return true
			}
			return false
		})
		j := c.submit("me", good, jobs.Request{})
		if j = c.until("me", j.ID, wire.Failed); j.Error.Err().Code != wire.Internal {
			t.Errorf("failed with %+v", j.Error)
		}
	})
}

// From the request to the end, invisible to all other owners.
func TestLifeOfAJob(t *testing.T) {
	c := newCloudOf(t, newFake(t))
	c.hold, c.batched = make(chan struct{}), true
	file := "id,review\n" + rows(1200)
	ask := jobs.Request{Bytes: int64(len(file)), Key: "one", Guard: true}
	j, again, err := c.service.Create(t.Context(), "me", ask)
	if err != nil || again || j.Upload == nil || j.Expires.Sub(j.Created) != Age {
		t.Fatalf("made %+v, %v, %v", j, again, err)
	}
	if got, again, err := c.service.Create(t.Context(), "me", ask); err != nil || !again ||
		got.ID != j.ID || got.Upload == nil {
		t.Errorf("the same again gives %+v, %v, %v", got, again, err)
	}
	if _, _, err := c.service.Create(t.Context(), "me",
		jobs.Request{Bytes: 7, Key: "one"}); code(err) != wire.KeyReused {
		t.Errorf("another file with the key: %v", err)
	}
	if got, again, err := c.service.Create(t.Context(), "you", ask); err != nil || again ||
		got.ID == j.ID {
		t.Errorf("another's key gives %+v, %v, %v", got, again, err)
	}
	if status := c.put(j.Upload, file); status != 200 {
		t.Fatalf("the upload answers %d", status)
	}
	if status := c.put(j.Upload, "id,review\n1,another\n"); status != 412 {
		t.Errorf("a second upload answers %d", status)
	}
	for j.Rows == 0 {
		if j, err = c.service.Get(t.Context(), "me", j.ID); err != nil {
			t.Fatal(err)
		}
	}
	if j.State != wire.Running || j.Done != 0 || j.Upload != nil {
		t.Errorf("in the middle it is %+v", j)
	}
	if _, err := c.service.Open(t.Context(), "me", j.ID,
		jobs.Report); code(err) != wire.JobUnfinished || !strings.Contains(err.Error(), "0 of ") {
		t.Errorf("Open in the middle: %v", err)
	}
	close(c.hold)
	c.until("me", j.ID, wire.Finished)
	for what, err := range map[string]error{
		"another's Get":    second(c.service.Get(t.Context(), "you", j.ID)),
		"another's Open":   second(c.service.Open(t.Context(), "you", j.ID, jobs.Annotated)),
		"another's Delete": c.service.Delete(t.Context(), "you", j.ID),
		"no id":            second(c.service.Get(t.Context(), "me", "../"+j.ID)),
		"no job":           second(c.service.Get(t.Context(), "me", strings.Repeat("a", 26))),
	} {
		if code(err) != wire.NotFound {
			t.Errorf("%s = %v, want NotFound", what, err)
		}
	}
	if err := c.service.Delete(t.Context(), "me", j.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.service.Get(t.Context(), "me", j.ID); code(err) != wire.NotFound {
		t.Errorf("a deleted job: %v", err)
	}
	if left := c.keys(ownerFolder("jobs", "me"), ownerFolder("keys", "me")); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
	if got, again, err := c.service.Create(t.Context(), "me", ask); err != nil || again ||
		got.ID == j.ID {
		t.Errorf("the key of a deleted job gives %+v, %v, %v", got, again, err)
	}
}

func second[T any](_ T, err error) error { return err }

func (c *cloud) keys(prefixes ...string) (keys []string) {
	for _, prefix := range prefixes {
		if err := c.service.bucket.list(c.t.Context(), prefix,
			func(key string) { keys = append(keys, key) }); err != nil {
			c.t.Error(err)
		}
	}
	return keys
}

// A job that is deleted while it runs stops, and its steps do nothing.
func TestDeleteWhileItRuns(t *testing.T) {
	c := newCloudOf(t, newFake(t))
	c.hold = make(chan struct{})
	j := c.submit("me", "id,review\n"+rows(1200), jobs.Request{})
	for got := j; got.Rows == 0; {
		var err error
		if got, err = c.service.Get(t.Context(), "me", j.ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.service.Delete(t.Context(), "me", j.ID); err != nil {
		t.Fatal(err)
	}
	if c.status(j.ID) != "ABORTED" {
		t.Errorf("the execution is %s", c.status(j.ID))
	}
	close(c.hold)
	c.running.Wait()
	folder := ownerFolder("jobs", "me") + j.ID
	for _, step := range []string{`"plan"`, `"score", "range": {"rows": 1, "to": 5}`, `"finish"`} {
		out, err := c.steps.Invoke(t.Context(),
			fmt.Appendf(nil, `{"bucket": "jobs", "job": %q, "step": %s}`, folder, step))
		if err != nil || string(out) != `{"state":"gone"}` {
			t.Errorf("%s of a deleted job gives %s, %v", step, out, err)
		}
	}
	if left := c.keys(folder); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
}

// Whatever object a step is writing when its job is deleted is gone once the step has ended.
func TestDeleteDuringAWrite(t *testing.T) {
	csv, document := "id,review\n"+rows(30), `[{"review": "good lid"}]`
	for _, tt := range []struct{ name, file, key string }{
		{"records of a document", document, "/lines"},
		{"ranges", csv, "/ranges.json"},
		{"plan", csv, "/plan.json"},
		{"part", csv, "/parts/000000-"},
		{"report", csv, "/report"},
		{"result", csv, "/result"},
		{"rows", csv, "/rows/"},
		{"end", csv, "/end.json"},
		{"end of a file that cannot be read", "id,review\n", "/end.json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCloudOf(t, newFake(t))
			c.steps.Rows = true
			writing, deleted := make(chan struct{}), make(chan struct{})
			var once sync.Once
			c.breakS3(func(_ http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodPut && strings.Contains(r.URL.Path, tt.key) {
					once.Do(func() { close(writing); <-deleted })
				}
				return false
			})
			j := c.submit("me", tt.file, jobs.Request{})
			<-writing
			if err := c.service.Delete(t.Context(), "me", j.ID); err != nil {
				t.Error(err)
			}
			close(deleted)
			c.running.Wait()
			if left := c.keys("jobs/", "rows/"); len(left) > 0 {
				t.Errorf("%q are left", left)
			}
		})
	}
}

// An object that is written after Delete has listed the folder, and before it removes job.json, is
// removed too.
func TestDeleteFindsLateObjects(t *testing.T) {
	c := newCloudOf(t, newFake(t))
	c.deaf = true
	j := c.submit("me", "id,review\n"+rows(30), jobs.Request{Key: "one"})
	var once sync.Once
	c.breakS3(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost && r.URL.Query().Has("delete") {
			once.Do(func() {
				late := ownerFolder("jobs", "me") + j.ID + "/parts/000000-30"
				if err := c.service.bucket.put(t.Context(), late, "", nil); err != nil {
					t.Error(err)
				}
			})
		}
		return false
	})
	if err := c.service.Delete(t.Context(), "me", j.ID); err != nil {
		t.Fatal(err)
	}
	if left := c.keys(""); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
}

// Folders without a job.json are no jobs: they take no room, and are not listed.
func TestFoldersWithoutAJob(t *testing.T) {
	c := newCloudOf(t, newFake(t))
	folder := ownerFolder("jobs", "me")
	for i := range PerOwner {
		key := fmt.Sprintf("%s%026d/input", folder, i)
		if err := c.service.bucket.put(t.Context(), key, "", nil); err != nil {
			t.Fatal(err)
		}
	}
	for range PerOwner {
		if _, _, err := c.service.Create(t.Context(), "me", jobs.Request{Bytes: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := c.service.List(t.Context(), "me"); err != nil || len(list) != PerOwner {
		t.Errorf("%d jobs are listed, %v; want %d", len(list), err, PerOwner)
	}
	if _, _, err := c.service.Create(t.Context(), "me",
		jobs.Request{Bytes: 1}); code(err) != wire.TooManyJobs {
		t.Errorf("one job more: %v", err)
	}
}

// Refusals happen before anything is stored.
func TestRefusals(t *testing.T) {
	c := newCloudOf(t, newFake(t))
	for name, tt := range map[string]struct {
		r    jobs.Request
		want wire.Code
	}{
		"too large": {jobs.Request{Bytes: FileBytes + 1}, wire.BodyTooLarge},
		"too large a body": {jobs.Request{Body: strings.NewReader(strings.Repeat("x", maxBody+1))},
			wire.BodyTooLarge},
		"no row": {jobs.Request{Body: strings.NewReader("id,review\n")}, wire.BadFile},
	} {
		if _, _, err := c.service.Create(t.Context(), "me", tt.r); code(err) != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	if left := c.keys(""); len(left) > 0 {
		t.Errorf("%q are kept", left)
	}
	for range PerOwner { // waiting for their files
		if _, _, err := c.service.Create(t.Context(), "me", jobs.Request{Bytes: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := c.service.Create(t.Context(), "me",
		jobs.Request{Bytes: 1}); code(err) != wire.TooManyJobs {
		t.Errorf("one job more: %v", err)
	}
	if _, _, err := c.service.Create(t.Context(), "you", jobs.Request{Bytes: 1}); err != nil {
		t.Errorf("another's first: %v", err)
	}
}

// Records that are many times larger than their document are left to the job.
func TestCheckOfLargeRecords(t *testing.T) {
	body := []byte(`{"columns":["review","` + strings.Repeat("n", 3000) +
		`"],"data":[["good lid",1]` + strings.Repeat(`,["good lid",2]`, maxLines/3000) + `]}`)
	if err := check(t.Context(), body, table.Options{}, false); err != nil {
		t.Errorf("%d bytes: %v", len(body), err)
	}
	if err := check(t.Context(), body[:len(body)-3], table.Options{}, false); err == nil {
		t.Error("the start of a document is accepted")
	}
}

// Two servers that create jobs of an owner concurrently do not both get the last place.
func TestLastPlace(t *testing.T) {
	c := newCloudOf(t, newFake(t))
	for range PerOwner - 1 {
		if _, _, err := c.service.Create(t.Context(), "me", jobs.Request{Bytes: 1}); err != nil {
			t.Fatal(err)
		}
	}
	var between atomic.Bool
	c.breakS3(func(_ http.ResponseWriter, r *http.Request) bool {
		// another server's job comes between the count and this one
		if r.Method == http.MethodPut && between.CompareAndSwap(false, true) {
			other := ownerFolder("jobs", "me") + "other/job.json"
			err := c.service.bucket.putJSON(t.Context(), other, record{ID: "other"})
			if err != nil {
				t.Error(err)
			}
		}
		return false
	})
	_, _, err := c.service.Create(t.Context(), "me", jobs.Request{Bytes: 1})
	if code(err) != wire.TooManyJobs {
		t.Errorf("the job beyond the last: %v", err)
	}
	names, err := c.service.bucket.folders(t.Context(), ownerFolder("jobs", "me"))
	if err != nil || len(names) != PerOwner {
		t.Errorf("there are %d jobs, %v; want %d", len(names), err, PerOwner)
	}
	// the other server's record has an invalid ID
	list, err := c.service.List(t.Context(), "me")
	if err != nil || len(list) != PerOwner-1 || list[0].Created.Before(list[1].Created) {
		t.Errorf("%d are listed, %v; want %d", len(list), err, PerOwner-1)
	}
	if list, err := c.service.List(t.Context(), "you"); err != nil || len(list) != 0 {
		t.Errorf("of another %v are listed, %v", list, err)
	}
}

// A small file may come with its request, as on any server. An expired job is unknown.
func TestFileInTheBody(t *testing.T) {
	e := newFake(t)
	c := newCloudOf(t, e)
	file := "id,review\n" + rows(30)
	j, _, err := c.service.Create(t.Context(), "me", jobs.Request{Body: strings.NewReader(file)})
	if err != nil || j.Upload != nil {
		t.Fatalf("made %+v, %v", j, err)
	}
	c.until("me", j.ID, wire.Finished)
	want, _, _ := local(t, e, file, jobs.Request{})
	if got, _ := c.read("me", j.ID, jobs.Annotated); !bytes.Equal(got, want) {
		t.Error(cmp.Diff(string(want), string(got)))
	}
	old := record{ID: j.ID, Created: time.Now().Add(-Age - time.Hour)}
	if err := c.service.bucket.putJSON(t.Context(), ownerFolder("jobs", "me")+j.ID+
		"/job.json", old); err != nil {
		t.Fatal(err)
	}
	if _, err := c.service.Get(t.Context(), "me", j.ID); code(err) != wire.NotFound {
		t.Errorf("an old job: %v", err)
	}
}

// loseAnswer performs the first matching request, and breaks the connection before the response.
func (c *cloud) loseAnswer(is func(*http.Request) bool) (lost *atomic.Bool) {
	lost = new(atomic.Bool)
	c.breakS3(func(_ http.ResponseWriter, r *http.Request) bool {
		if is(r) && lost.CompareAndSwap(false, true) {
			c.pass(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		return false
	})
	return lost
}

// If S3 wrote a claim of a key but its response was lost, the retry finds its own claim: the job
// exists, and the key is its own.
func TestClaimWithoutAnswer(t *testing.T) {
	for _, before := range []bool{false, true} {
		t.Run(fmt.Sprintf("after a deleted job %t", before), func(t *testing.T) {
			c := newCloudOf(t, newFake(t))
			ask := jobs.Request{Bytes: 9, Key: "one"}
			if before { // its claim is replaced
				j, _, err := c.service.Create(t.Context(), "me", ask)
				if err != nil {
					t.Fatal(err)
				}
				job := ownerFolder("jobs", "me") + j.ID + "/job.json"
				if err := c.service.bucket.remove(t.Context(), []string{job}); err != nil {
					t.Fatal(err)
				}
			}
			lost := c.loseAnswer(func(r *http.Request) bool {
				return r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/keys/")
			})
			j, again, err := c.service.Create(t.Context(), "me", ask)
			if err != nil || again || j.Upload == nil || !lost.Load() {
				t.Fatalf("made %+v, %v, %v; an answer was lost: %t", j, again, err, lost.Load())
			}
			if _, err := c.service.Get(t.Context(), "me", j.ID); err != nil {
				t.Errorf("the job that was accepted: %v", err)
			}
			got, again, err := c.service.Create(t.Context(), "me", ask)
			if err != nil || !again || got.ID != j.ID {
				t.Errorf("the same again gives %+v, %v, %v", got, again, err)
			}
		})
	}
}

// If a request ended after its key was claimed and before its file was stored, its repetition
// stores the file, and the job runs.
func TestFileOfARepetition(t *testing.T) {
	c := newCloudOf(t, newFake(t))
	file := "id,review\n" + rows(30)
	ask := func(body string) (wire.Job, bool, error) {
		return c.service.Create(t.Context(), "me",
			jobs.Request{Body: strings.NewReader(body), Key: "one"})
	}
	c.breakS3(func(w http.ResponseWriter, r *http.Request) bool {
		refused := r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/input")
		if refused {
			w.WriteHeader(http.StatusForbidden)
		}
		return refused
	})
	if _, _, err := ask(file); err == nil || code(err) != "" {
		t.Fatalf("the file cannot be kept: %v", err)
	}
	if _, _, err := ask(file); err == nil || code(err) != "" {
		t.Errorf("nor that of the repetition: %v", err)
	}
	c.broken.Store(nil)
	if _, _, err := ask(file + "x,y\n"); code(err) != wire.KeyReused {
		t.Errorf("another file with the key: %v", err)
	}
	j, again, err := ask(file)
	if err != nil || !again || j.Upload != nil {
		t.Fatalf("the repetition gives %+v, %v, %v", j, again, err)
	}
	c.until("me", j.ID, wire.Finished)
	if got, again, err := ask(file); err != nil || !again || got.ID != j.ID ||
		got.State != wire.Finished || c.started() != 1 {
		t.Errorf("after its end: %+v, %v, %v, %d executions", got, again, err, c.started())
	}
}

// A file whose event was lost is not lost: a request for the job starts it.
func TestEventThatGetsLost(t *testing.T) {
	c := newCloudOf(t, newFake(t))
	c.deaf = true
	j := c.submit("me", "id,review\n"+rows(30), jobs.Request{})
	if got, err := c.service.Get(t.Context(), "me", j.ID); err != nil ||
		got.State != wire.Waiting || got.Upload != nil || c.started() != 0 {
		t.Errorf("while the event may come: %+v, %v, %d executions", got, err, c.started())
	}
	c.service.late = -time.Hour
	c.until("me", j.ID, wire.Finished)
	if c.started() != 1 {
		t.Errorf("%d executions were started", c.started())
	}
}

// Events that are not for jobs start nothing, and are not errors either: Lambda would send them
// again.
func TestEvents(t *testing.T) {
	c := newCloudOf(t, newFake(t))
	for _, key := range []string{"jobs/x/input", "keys/a", "jobs%2F" + strings.Repeat("0", 32) +
		"%2F..%2Finput", ""} {
		c.tell(key)
	}
	if c.started() != 0 {
		t.Errorf("%d executions were started", c.started())
	}
	// of a deleted job
	c.tell("jobs%2F" + strings.Repeat("0", 32) + "%2F" + strings.Repeat("a", 26) + "%2Finput")
	c.running.Wait()
	if c.started() != 1 || c.status(strings.Repeat("a", 26)) != "SUCCEEDED" {
		t.Errorf("%d executions were started, the last is %s", c.started(),
			c.status(strings.Repeat("a", 26)))
	}
	for event, ours := range map[string]bool{
		`{"step": "plan"}`: true, `{"Items": [{"step": "score"}]}`: true, `{"Records": [{}]}`: true,
		`{"version": "2.0", "requestContext": {"http": {"method": "GET"}}}`: false,
		`{"Records": []}`: false, `[]`: false, ``: false,
	} {
		if Event([]byte(event)) != ours {
			t.Errorf("Event(%s) = %v", event, !ours)
		}
	}
	for _, event := range []string{`{"step": "score", "job": "x"}`,
		`{"step": "dance", "bucket": "jobs", "job": "x"}`} {
		if err := c.service.bucket.putJSON(t.Context(), "x/job.json", record{}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.steps.Invoke(t.Context(),
			[]byte(strings.Replace(event, `"job"`, `"bucket": "jobs", "job"`, 1))); err == nil {
			t.Errorf("%s is done", event)
		}
	}
	for _, arn := range []string{"", "arn:aws:lambda:x", "x"} {
		if _, err := Open(t.Context(), "jobs", arn); err == nil {
			t.Errorf("Open takes the machine %q", arn)
		}
	}
}

// Records stored before there were more options are read as intended.
func TestKeptBefore(t *testing.T) {
	const job = `{"id":"abcdefghijklmnopqrstuvwxyz","key":"k","column":"review","title":"-",` +
		`"guard":true,"model":"m","bytes":9,"created":"2024-03-04T05:06:07Z"}`
	var r record
	if err := decodeJSON([]byte(job), "job.json", &r); err != nil {
		t.Fatal(err)
	}
	want := table.Options{Text: "review", Title: "-"}
	if r.Options != want || r.ID != "abcdefghijklmnopqrstuvwxyz" {
		t.Errorf("%+v, want %+v", r, want)
	}
	if again, err := json.Marshal(r); err != nil || string(again) != job {
		t.Errorf("%s, %v, want %s", again, err, job)
	}
	const planned = `{"model":"m","bytes":9,"rows":2,"ranges":1,"dialect":{"Encoding":"utf-8",` +
		`"BOM":false,"Delimiter":44,"Quoted":true,"Header":true,"DoubleEncoded":false,"Keys":null},` +
		`"columns":{"Text":1,"Title":-1,"Stars":2,"Date":-1,"Product":-1,"ID":0},"width":3}`
	var p plan
	if err := decodeJSON([]byte(planned), "plan.json", &p); err != nil {
		t.Fatal(err)
	}
	columns := table.Columns{Text: 1, Title: -1, Stars: 2, Date: -1, Product: -1}
	if !reflect.DeepEqual(p.Columns, columns) {
		t.Errorf("%+v, want %+v", p.Columns, columns)
	}
	if again, err := json.Marshal(p); err != nil || string(again) != planned {
		t.Errorf("%s, %v, want %s", again, err, planned)
	}
}
