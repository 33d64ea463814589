package worker

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/api/wire"
	"reviewlens/app/client"
	"reviewlens/app/journal"
	"reviewlens/app/journal/journaltest"
	"reviewlens/app/message"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	"reviewlens/reviews/table"
	"reviewlens/tokenizer/batch"
)

// vocab has the letters, so that every lower-case word has IDs.
var vocab = func() string {
	pieces := []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", ",", "good", "bad"}
	for c := 'a'; c <= 'z'; c++ {
		pieces = append(pieces, string(c), "##"+string(c))
	}
	for c := '0'; c <= '9'; c++ {
		pieces = append(pieces, string(c), "##"+string(c))
	}
	return strings.Join(pieces, "\n") + "\n"
}()

// server is a Reviewlens server in memory. A text scores 0.99 with "good" in it, 0.01 with "bad",
// else 0.5.
type server struct {
	model  string
	kind   string                          // of its tokenizer
	emoji  string                          // how its tokenizer reads them
	stars  bool                            // its model predicts four for every text
	topics bool                            // its model finds kettles and zebras: see spansIn
	export bool                            // its model is a Hugging Face export
	before func(call int) *client.Response // nil: answer as usual; else the answer
	refuse func(text [][]int32) bool       // texts for which a request is refused
	delay  time.Duration                   // of each answer
	join   string                          // of title and text; "" is the default model's
	spread bool                            // each request has a delay of its own

	gone    atomic.Bool // it does not answer
	offline atomic.Bool // the browser's network state
	key     string      // that it requires

	mu          sync.Mutex
	calls       int // of /v1/score
	texts       map[string]int
	read        int // of the texts, for topics
	bodies      [][]byte
	runs        func(r client.Request) *client.Response // answers what is not nil
	other       string                                  // ID of another model: see otherSays
	tries       bool                                    // it tries that one, and counts corrections
	corrections []string                                // corrections that it received
	more        string                                  // at the end of the fetched vocabulary
}

// hashOf returns a SHA-256 in the format of manifests.
func hashOf(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

const good, bad = 7, 8 // IDs

// otherSays returns the other model's probability: it scores bad texts as unsure.
func otherSays(p float32) float32 {
	if p < 0.1 {
		return 0.45
	}
	return p
}

func (s *server) send(ctx context.Context, r client.Request) (client.Response, error) {
	if s.gone.Load() {
		return client.Response{}, errors.New("connection refused")
	}
	if s.runs != nil {
		if answer := s.runs(r); answer != nil {
			return *answer, nil
		}
	}
	reply := func(v any) (client.Response, error) {
		body, err := json.Marshal(v)
		return client.Response{Status: 200, ContentType: wire.TypeJSON, Body: body}, err
	}
	s.mu.Lock()
	current := s.model
	s.mu.Unlock()
	path, query, _ := strings.Cut(r.Path, "?")
	switch path {
	case "/v1/model", "/v1/models/" + s.other:
		if path != "/v1/model" {
			current = s.other
		}
		m := wire.Manifest{ID: current, Join: cmp.Or(s.join, "{title}. {text}"), Temperature: 1,
			Unsure: [2]float64{0.4, 0.6}}
		if !s.export {
			m.Inputs.DType = "int64"
		}
		m.Tokenizer.Kind, m.Tokenizer.Emoji = s.kind, s.emoji
		m.Tokenizer.SHA256, m.Tokenizer.Lowercase = hashOf([]byte(vocab)), true
		if s.stars {
			m.Stars = &wire.Stars{Temperature: 1, Bias: make([]float64, 5)}
		}
		if s.topics {
			m.Aspects = &wire.Aspects{File: "aspects.onnx", Labels: aspects.Labels[:],
				Temperature: 1, Certain: 0.5}
		}
		m.Window.Size, m.Window.Max, m.Window.Combine = 32, 4, "mean"
		m.Golden = []wire.Golden{{Text: "good", Positive: 0.99}}
		return reply(m)
	case "/v1/config":
		config := wire.Config{Limits: wire.Limits{Bytes: 1 << 20, Texts: 100, Tokens: 5000},
			Cost: &wire.Cost{Price: 2}, Corrections: s.tries}
		if s.other != "" {
			config.Models = []string{current, s.other}
		}
		return reply(config)
	case "/v1/models/" + current + "/tokenizer":
		return client.Response{Status: 200, ContentType: "text/plain",
			Body: []byte(vocab + s.more)}, nil
	case "/v1/score":
	case "/v1/corrections":
		s.mu.Lock()
		defer s.mu.Unlock()
		request, err := batch.DecodeRequest(r.Body,
			batch.Limits{Texts: 100, Windows: 4, Length: 32, Tokens: 5000, Vocab: 1000})
		s.corrections = append(s.corrections, fmt.Sprintf("%s %d texts %s", request.Model,
			len(request.Texts), query))
		if err != nil {
			return client.Response{}, err
		}
		return reply(wire.Counted{Counted: len(request.Texts)})
	default:
		return client.Response{Status: 404}, nil
	}
	if s.spread {
		time.Sleep(time.Duration(crc32.ChecksumIEEE(r.Body)%1e6) * time.Microsecond)
	}
	time.Sleep(s.delay) // not while holding the mutex: synctest would not see it as idle
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	s.bodies = append(s.bodies, r.Body)
	if s.before != nil {
		if instead := s.before(s.calls); instead != nil {
			if instead.Status == 0 {
				return client.Response{}, errors.New("connection refused")
			}
			return *instead, nil
		}
	}
	problem := func(status int, e *wire.Error) (client.Response, error) {
		out, err := reply(e.Problem(status))
		out.Status = status
		return out, err
	}
	if r.Key != s.key {
		return problem(401, &wire.Error{Code: wire.Unauthorized, Detail: "This server wants " +
			"an API key."})
	}
	request, err := batch.DecodeRequest(r.Body,
		batch.Limits{Texts: 100, Windows: 4, Length: 32, Tokens: 5000, Vocab: 1000})
	if e, ok := errors.AsType[*wire.Error](err); ok {
		return problem(400, e)
	}
	other := s.other != "" && request.Model == s.other
	if request.Model != s.model && !other {
		return problem(409, &wire.Error{Code: wire.UnknownModel, Detail: "another model",
			Model: s.model})
	}
	if request.Stars != s.stars && !other {
		return problem(400, &wire.Error{Code: wire.BadParameter,
			Detail: fmt.Sprintf("stars are asked for: %v", request.Stars)})
	}
	if request.Spans && !s.topics {
		return problem(400, &wire.Error{Code: wire.BadParameter, Detail: "it finds no topics"})
	}
	scores := batch.Scores{Model: request.Model}
	for _, text := range request.Texts {
		if request.Spans {
			var spans []batch.Span
			for w, window := range text {
				for _, span := range spansIn(w, window) {
					spans = append(spans, batch.Span(span.Pack()))
				}
			}
			scores.Spans = append(scores.Spans, spans)
			s.read++
		}
		if s.refuse != nil && s.refuse(text) {
			return problem(400, &wire.Error{Code: wire.BadFrame,
				Detail: "this one cannot be scored"})
		}
		if s.texts == nil {
			s.texts = map[string]int{}
		}
		s.texts[fmt.Sprint(text)]++
		p := float32(0.5)
		if slices.Contains(text[0], good) {
			p = 0.99
		} else if slices.Contains(text[0], bad) {
			p = 0.01
		}
		if other {
			p = otherSays(p)
		}
		scores.Status, scores.Positive = append(scores.Status, 0), append(scores.Positive, p)
		if s.stars && !other {
			scores.Stars = append(scores.Stars, 400)
		}
	}
	frame, err := batch.AppendScores(nil, scores)
	return client.Response{Status: 200, ContentType: wire.TypeScores, Body: frame}, err
}

// page is the other side of a worker: it collects events.
type page struct {
	w      *Worker
	events chan message.Event
	file   bytes.Buffer // the last download
	sheets []Part       // of any workbook
}

func newPage(t *testing.T, s *server) *page { return newPageOn(t, s, &journaltest.Folder{}) }

// newPageOn returns a page that keeps runs in a folder, which may hold some.
func newPageOn(t *testing.T, s *server, folder journal.Folder) *page {
	p := &page{events: make(chan message.Event, 10_000)}
	p.w = New(Options{
		Client:  client.New(s.send),
		Vocab:   vocab,
		Hash:    hashOf([]byte(vocab)),
		Digest:  func(data []byte) (string, error) { return hashOf(data), nil },
		Folder:  folder,
		Send:    func(e message.Event) { p.events <- e },
		NewSink: func() Sink { p.file.Reset(); return sink{p} },
		Yield:   func() {},
		Online:  func() bool { return !s.offline.Load() },
		Unpack: func(packing Packing, s Source) ([]Part, error) {
			if packing != Gzip {
				return p.sheets, nil
			}
			z, err := gzip.NewReader(io.NewSectionReader(s, 0, s.Size()))
			if err != nil {
				return nil, err
			}
			data, err := io.ReadAll(z)
			return []Part{{"", bytes.NewReader(data)}}, err
		},
	})
	t.Cleanup(func() {
		p.w.Do(message.Command{Name: message.Close}, nil)
		time.Sleep(s.delay + time.Second) // for a file that is open, addToHistory waits for a while
		synctest.Wait()
	})
	return p
}

type sink struct{ *page }

func (s sink) Write(b []byte) (int, error) { return s.file.Write(b) }
func (s sink) Done(name string) error {
	s.events <- message.Event{Name: message.EventDownload, File: name}
	return nil
}

// wait returns the next event that is wanted; a minute of (fake) time without one fails the test.
func (p *page) wait(t *testing.T, what string, want func(message.Event) bool) message.Event {
	t.Helper()
	for end := time.After(10 * time.Minute); ; {
		select {
		case e := <-p.events:
			if want(e) {
				return e
			}
		case <-end:
			t.Fatalf("no event: %s", what)
		}
	}
}

func named(name string) func(message.Event) bool {
	return func(e message.Event) bool { return e.Name == name }
}

// open opens a file and waits until it is counted.
func (p *page) open(t *testing.T, name, content string) (message.Preview, message.Count) {
	t.Helper()
	p.w.Do(message.Command{Name: message.Open, File: name}, strings.NewReader(content))
	preview := p.wait(t, "preview",
		func(e message.Event) bool {
			return e.Name == message.EventPreview || e.Name == message.EventProblem
		})
	if preview.Preview == nil {
		t.Fatalf("%s is refused: %+v", name, preview.Problem)
	}
	count := p.wait(t, "count",
		func(e message.Event) bool { return e.Name == message.EventCount && e.Count.Done })
	return *preview.Preview, *count.Count
}

// interpret reads the file differently and waits until it is counted again.
func (p *page) interpret(t *testing.T, d *message.Dialect, c *message.Columns) message.Count {
	t.Helper()
	p.w.Do(message.Command{Name: message.Interpret, Dialect: d, Columns: c}, nil)
	p.wait(t, "preview", named(message.EventPreview))
	return *p.wait(t, "count",
		func(e message.Event) bool { return e.Name == message.EventCount && e.Count.Done }).Count
}

// start scores the file and waits for the end.
func (p *page) start(t *testing.T) message.Progress {
	t.Helper()
	p.w.Do(message.Command{Name: message.Start}, nil)
	return *p.wait(t, "end of the run", func(e message.Event) bool {
		return e.Name == message.EventProgress && e.Progress.State != message.Running
	}).Progress
}

func (p *page) download(t *testing.T) (name, content string) {
	t.Helper()
	p.w.Do(message.Command{Name: message.Download}, nil)
	e := p.wait(t, "download", named(message.EventDownload))
	return e.File, p.file.String()
}

// many returns a file of n rows; each text occurs twice.
func many(n int) string {
	var b strings.Builder
	b.WriteString("id,stars,review\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,%d,\"%s kettle, zebra %d\"\n", i, i%5+1,
			[]string{"good", "bad", "odd"}[i%3], i/6*6+i%3)
	}
	return b.String()
}

func TestFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa"}
		p := newPage(t, s)
		preview, count := p.open(t, "r.csv", many(300)+"300,5,\n301,1,\"torn good\n")
		if preview.Columns.Text != 2 || preview.Columns.Stars != 1 ||
			len(preview.Rows) != message.PreviewRows || !preview.Dialect.Header {
			t.Errorf("preview = %+v", preview)
		}
		if count.Rows != 302 || count.Empty != 1 || count.Distinct != 151 || count.Repaired != 1 ||
			!strings.HasPrefix(count.RepairNote, "1 row was malformed") ||
			count.Tokens == 0 || count.Price != 0.002*float64(count.Tokens) {
			t.Errorf("count = %+v", count)
		}
		end := p.start(t)
		sum := end.Summary
		if end.State != message.Finished || end.Done != 302 || sum.Scored != 301 ||
			sum.Positive != 101 || sum.Negative != 100 || sum.Unsure != 100 || sum.Empty != 1 ||
			sum.Repeated != 150 {
			t.Errorf("progress = %+v", end)
		}
		if len(sum.MostPositive) != maxListed || sum.MostPositive[0].Row != 1 ||
			!strings.Contains(sum.MostNegative[0].Text, "bad kettle") {
			t.Errorf("lists = %+v, %+v", sum.MostPositive, sum.MostNegative)
		}
		var texts []string
		for _, d := range sum.Drivers {
			texts = append(texts, d.Sentiment+" "+d.Phrase)
			for _, r := range d.Rows {
				if r.Sentiment != d.Sentiment || !strings.Contains(r.Text, d.Phrase) {
					t.Errorf("driver %q shows %+v", d.Phrase, r)
				}
			}
		}
		if !slices.Equal(texts, []string{"negative bad kettle", "positive good kettle"}) {
			t.Errorf("drivers = %q", texts)
		}
		if sum.Band != [2]float64{0.4, 0.6} {
			t.Errorf("band = %v", sum.Band)
		}
		s.sentAtMost(t, 1)
		name, content := p.download(t)
		lines := strings.Split(content, "\n")
		if name != "r-scored.csv" || lines[0] != "id,stars,review,sentiment,positive,windows" ||
			lines[1] != "0,1,\"good kettle, zebra 0\",positive,0.9900,1" ||
			lines[2] != "1,2,\"bad kettle, zebra 1\",negative,0.0100,1" ||
			lines[301] != "300,5,,,," || lines[302] != "301,1,\"\"\"torn good\",positive,0.9900,1" {
			t.Errorf("%s = %q ... %q", name, lines[:3], lines[301:])
		}
		p.w.Do(message.Command{Name: message.Rows, From: 299, To: 400}, nil)
		rows := p.wait(t, "rows", named(message.EventRows)).Rows
		if rows.From != 299 || len(rows.Rows) != 3 || rows.Rows[1].Sentiment != "" ||
			rows.Rows[2].Text != `"torn good` {
			t.Errorf("rows = %+v", rows)
		}
		for _, body := range s.bodies {
			if bytes.Contains(body, []byte("zebra")) || bytes.Contains(body, []byte("kettle")) {
				t.Fatal("a request holds text")
			}
		}
	})
}

// sentAtMost checks how often each text was sent; the golden text, by which the worker measures the
// speed, may be sent more often.
func (s *server) sentAtMost(t *testing.T, times int) {
	t.Helper()
	for text, n := range s.texts {
		if n > times && text != s.golden() {
			t.Errorf("a text was sent %d times", n)
		}
	}
}

// golden returns the text by which the worker measures the server's speed.
func (s *server) golden() string { return fmt.Sprint([][]int32{{2, good, 3}}) }

func TestCancelAndGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa", delay: time.Second}
		p := newPage(t, s)
		p.open(t, "r.csv", many(2000))
		p.w.Do(message.Command{Name: message.Start}, nil)
		p.wait(t, "progress",
			func(e message.Event) bool {
				return e.Name == message.EventProgress && e.Progress.Done > 100
			})
		p.w.Do(message.Command{Name: message.Cancel}, nil)
		stopped := p.wait(t, "cancelled", func(e message.Event) bool {
			return e.Name == message.EventProgress && e.Progress.State == message.Cancelled
		}).Progress
		if stopped.Done == 0 || stopped.Done == 2000 {
			t.Errorf("cancelled after %d rows", stopped.Done)
		}
		name, content := p.download(t)
		if name != "r-partly-scored.csv" || strings.Count(content, "\n") != 2001 {
			t.Errorf("%s has %d lines, want every row", name, strings.Count(content, "\n"))
		}
		end := p.start(t)
		if end.State != message.Finished || end.Done != 2000 || end.Summary.Scored != 2000 {
			t.Errorf("the end = %+v", end)
		}
		s.sentAtMost(t, 2) // what was in flight when it was cancelled may be sent again
	})
}

func TestServerFailsForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa", before: func(call int) *client.Response {
			switch {
			case call <= 2: // one of the two may measure the speed
				return &client.Response{Status: 429, RetryAfter: 7 * time.Second}
			case call == 3:
				return &client.Response{} // no connection
			case call == 4:
				return &client.Response{Status: 502, Body: []byte("<html>Bad Gateway</html>")}
			}
			return nil
		}}
		p := newPage(t, s)
		p.open(t, "r.csv", many(100))
		start := time.Now()
		end := p.start(t)
		if end.State != message.Finished || end.Summary.Scored != 100 {
			t.Errorf("the end = %+v", end)
		}
		if time.Since(start) < 7*time.Second {
			t.Errorf("took %v, less than the server asked to wait", time.Since(start))
		}
	})
}

func TestServerGoneForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := false
		s := &server{model: "aaaaaaaaaaaa"}
		s.before = func(call int) *client.Response {
			if gone {
				return &client.Response{}
			}
			return nil
		}
		p := newPage(t, s)
		p.open(t, "r.csv", many(60))
		s.mu.Lock()
		gone = true
		s.mu.Unlock()
		end := p.start(t)
		if end.State != message.Broken || end.Problem == nil || end.Problem.WayOut == "" ||
			!end.Problem.Retry {
			t.Errorf("the end = %+v, problem %+v", end, end.Problem)
		}
		s.mu.Lock()
		gone = false
		s.mu.Unlock()
		if end := p.start(t); end.State != message.Finished || end.Summary.Scored != 60 {
			t.Errorf("going on = %+v", end)
		}
	})
}

// newOfflinePage is newPage without a network.
func newOfflinePage(t *testing.T) (*server, *page) {
	s := &server{model: "aaaaaaaaaaaa"}
	s.offline.Store(true)
	s.gone.Store(true)
	return s, newPage(t, s)
}

// Without a network, and with a model that has never been requested, a run and a typed text report
// what they wait for, and continue automatically.
func TestOfflineBeforeTheModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := newOfflinePage(t)
		p.w.Do(message.Command{Name: message.Score, ID: 1, Text: "It is good."}, nil)
		p.wait(t, "why the text waits", func(e message.Event) bool {
			return e.Name == message.EventProblem && e.Problem.About == message.AboutText &&
				strings.Contains(e.Problem.Detail, "offline")
		})
		p.open(t, "r.csv", many(60))
		p.w.Do(message.Command{Name: message.Start}, nil)
		p.wait(t, "why the run waits", waitsOffline)
		s.gone.Store(false)
		s.offline.Store(false)
		if end := p.wait(t, "the end", inState(message.Finished)).
			Progress; end.Summary.Scored != 60 || end.Waiting != "" {
			t.Errorf("the end = %+v", end)
		}
	})
}

// While the server is away or busy, a typed text and a run report why they wait, before the last
// attempt has failed. The typed text's way out is not that of a run.
func TestWaitsForTheServer(t *testing.T) {
	textProblem := func(want string) func(e message.Event) bool {
		return func(e message.Event) bool {
			return e.Name == message.EventProblem && e.Problem.About == message.AboutText &&
				strings.Contains(e.Problem.Detail, want)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa"}
		s.gone.Store(true)
		p := newPage(t, s)
		p.w.Do(message.Command{Name: message.Score, ID: 1, Text: "It is good."}, nil)
		p.wait(t, "the model is awaited", textProblem("does not answer. Trying again."))
		p.open(t, "r.csv", many(60))
		p.w.Do(message.Command{Name: message.Start}, nil)
		p.wait(t, "why the run waits", func(e message.Event) bool {
			return e.Name == message.EventProgress &&
				strings.Contains(e.Progress.Waiting, "does not answer")
		})
		s.gone.Store(false)
		if end := p.wait(t, "the end", inState(message.Finished)).Progress; end.Waiting != "" {
			t.Errorf("the end = %+v", end)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa"}
		s.runs = func(r client.Request) *client.Response {
			if !strings.HasSuffix(r.Path, "/v1/score") {
				return nil
			}
			return &client.Response{Status: 429, RetryAfter: time.Second}
		}
		p := newPage(t, s)
		p.w.Do(message.Command{Name: message.Score, ID: 1, Text: "It is good."}, nil)
		p.wait(t, "busy", textProblem("busy with other requests. Trying again."))
		e := p.wait(t, "the last attempt", func(e message.Event) bool {
			return e.Name == message.EventProblem && e.Problem.Retry
		})
		if got := e.Problem.WayOut; got != "Try again in a minute; your text is still here." {
			t.Errorf("the way out = %q", got)
		}
	})
}

// waitsOffline reports whether an event says that a run waits for the network.
func waitsOffline(e message.Event) bool {
	return e.Name == message.EventProgress && strings.Contains(e.Progress.Waiting, "offline")
}

// A kept run that is resumed without a network and a model says what it waits for, and continues.
func TestResumedOffline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		p := newPageOn(t, &server{model: "aaaaaaaaaaaa"}, folder)
		p.open(t, "r.csv", many(60))
		run := p.start(t).Run

		s := &server{model: "aaaaaaaaaaaa"}
		s.offline.Store(true)
		s.gone.Store(true)
		p = newPageOn(t, s, folder.After())
		p.w.Do(message.Command{Name: message.Resume, Run: run}, nil)
		p.wait(t, "why the run waits", waitsOffline)
		s.gone.Store(false)
		s.offline.Store(false)
		end := p.wait(t, "the end", inState(message.Finished)).Progress
		if end.Run != run || end.Summary.Scored != 60 || end.Waiting != "" {
			t.Errorf("the end = %+v", end)
		}
	})
}

// Rows are counted without a server, which comes later: then the estimate is sent, too.
func TestServerComesLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := newOfflinePage(t)
		start := time.Now()
		_, count := p.open(t, "r.csv", many(60))
		if took := time.Since(start); count.Rows != 60 || count.Tokens != 0 ||
			took > 5*time.Second {
			t.Errorf("counted %+v after %v", count, took)
		}
		time.Sleep(time.Hour)
		s.gone.Store(false)
		s.offline.Store(false)
		p.wait(t, "tokens", func(e message.Event) bool {
			return e.Name == message.EventCount && e.Count.Tokens > 0 && e.Count.Done
		})
		if end := p.start(t); end.State != message.Finished || end.Summary.Scored != 60 {
			t.Errorf("the end = %+v", end)
		}
	})
}

func TestOneTextIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// of more than one window
		s := &server{model: "aaaaaaaaaaaa",
			refuse: func(text [][]int32) bool { return len(text) > 1 }}
		p := newPage(t, s)
		long := strings.Repeat("good ", 100)
		p.open(t, "r.csv", many(50)+"50,1,"+long+"\n51,1,good\n")
		end := p.start(t)
		if end.State != message.Finished || end.Summary.Scored != 51 || end.Summary.Failed != 1 ||
			len(end.Summary.Problems) != 1 || end.Summary.Problems[0].Row != 51 {
			t.Errorf("the end = %+v", end)
		}
		if _, content := p.download(t); !strings.Contains(content,
			long+",,,\n51,1,good,positive,0.9900,1") {
			t.Error("the refused row should stand in its place without a score")
		}
	})
}

// A model whose tokenizer only the server has: the page says so and what to do, and sends nothing.
func TestModelTakesTextsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa", kind: wire.TextOnly}
		p := newPage(t, s)
		p.open(t, "r.csv", many(60))
		end := p.start(t)
		if end.State != message.Broken || end.Problem == nil ||
			!strings.Contains(end.Problem.Detail, "takes texts") || end.Problem.WayOut == "" ||
			s.calls != 0 {
			t.Errorf("the end = %+v, problem %+v, after %d requests", end, end.Problem, s.calls)
		}
	})
}

func TestModelChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa"}
		p := newPage(t, s)
		score := func(id int, text string) message.Event {
			p.w.Do(message.Command{Name: message.Score, ID: id, Text: text}, nil)
			return p.wait(t, "verdict",
				func(e message.Event) bool {
					return e.Name == message.EventVerdict || e.Name == message.EventProblem
				})
		}
		if v := score(1, "a good one").Verdict; v == nil || v.ID != 1 ||
			v.Sentiment != "positive" || v.Windows != 1 {
			t.Errorf("verdict = %+v", v)
		}
		if v := score(2, " \n").Verdict; v == nil || v.Sentiment != "" {
			t.Errorf("verdict of nothing = %+v", v)
		}
		s.mu.Lock()
		s.model = "bbbbbbbbbbbb"
		s.mu.Unlock()
		// requested again with the new model
		if v := score(3, "a bad one").Verdict; v == nil || v.Sentiment != "negative" {
			t.Errorf("verdict after the change = %+v", v)
		}

		p.open(t, "r.csv", many(300))
		s.mu.Lock()
		s.before = func(call int) *client.Response { s.model = "cccccccccccc"; return nil }
		s.mu.Unlock()
		end := p.start(t)
		if end.State != message.Broken || end.Problem == nil ||
			!strings.Contains(end.Problem.Detail, "changed its model") {
			t.Errorf("the end = %+v", end)
		}
		if end := p.start(t); end.State != message.Finished || end.Summary.Scored != 300 {
			t.Errorf("with the new model = %+v", end)
		}
	})
}

func TestReadDifferently(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		preview, _ := p.open(t, "r.csv", "id,first,second\n1,good one here now,bad\n2,good thing "+
			"in it,bad\n3,good fun for all,bad\n")
		if preview.Columns.Text != 1 {
			t.Fatalf("columns = %+v", preview.Columns)
		}
		c := preview.Columns
		c.Text = 2
		p.interpret(t, nil, &c)
		if end := p.start(t); end.Summary.Negative != 3 {
			t.Errorf("the second column = %+v", end.Summary)
		}
		d := preview.Dialect
		d.Header = false
		if count := p.interpret(t, &d, &c); count.Rows != 4 {
			t.Errorf("without a header there are %d rows, want 4", count.Rows)
		}
	})
}

// The lines above the table select one of several tables, each with its own end and width; another
// delimiter gives another table.
func TestReadAnotherTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		const shops = "shop,city\n1,Leeds\n2,Ghent\n"
		preview, count := p.open(t, "r.csv", shops+"\nid,stars,review\n1,5,good one here now\n"+
			"2,4,good thing in it\n3,5,good fun for all\n")
		if preview.Dialect.Preamble != 4 || count.Rows != 3 {
			t.Fatalf("%+v, %+v", preview.Dialect, count)
		}
		d := preview.Dialect
		d.Preamble = 0
		if count := p.interpret(t, &d, nil); count.Rows != 2 || count.Repaired != 0 {
			t.Errorf("the first table: %+v", count)
		}
		if count := p.interpret(t, &preview.Dialect, nil); count.Rows != 3 || count.Repaired != 0 {
			t.Errorf("the second one again: %+v", count)
		}
		d.Delimiter = ";"
		if count := p.interpret(t, &d, nil); count.Rows != 6 || count.Repaired != 0 {
			t.Errorf("with semicolons: %+v", count)
		}
	})
}

// A run that is still ending when the file is read differently must not meet the new reading.
func TestReadDifferentlyWhileItRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		preview, _ := p.open(t, "r.csv", many(2000))
		p.w.Do(message.Command{Name: message.Start}, nil)
		p.wait(t, "the run",
			func(e message.Event) bool {
				return e.Name == message.EventProgress && e.Progress.Done > 0
			})
		c := preview.Columns
		c.Stars = -1
		if count := p.interpret(t, nil, &c); count.Rows != 2000 {
			t.Errorf("counted %+v", count)
		}
		if end := p.start(t); end.State != message.Finished || end.Summary.Scored != 2000 ||
			end.Summary.Stars[0].Rows != 0 {
			t.Errorf("the end = %+v", end)
		}
	})
}

func TestPackedFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		io.WriteString(z, many(100))
		z.Close()
		preview, count := p.open(t, "r.csv.gz", b.String())
		if preview.File != "r.csv" || count.Rows != 100 {
			t.Errorf("unpacked: %s, %d rows", preview.File, count.Rows)
		}
		p.w.Do(message.Command{Name: message.Open, File: "cut.csv.gz"},
			strings.NewReader(b.String()[:b.Len()/2]))
		e := p.wait(t, "failed", named(message.EventProblem))
		if !strings.Contains(e.Problem.Detail, "cut.csv.gz cannot be unpacked") ||
			e.Problem.WayOut == "" {
			t.Errorf("half of it: %+v", e.Problem)
		}
		p.w.Unpack = func(Packing, Source) ([]Part, error) { return nil, ErrNotLoaded }
		p.w.Do(message.Command{Name: message.Open, File: "r.xlsx"},
			strings.NewReader("PK\x03\x04 xl/workbook.xml"))
		e = p.wait(t, "failed", named(message.EventProblem))
		if e.Problem.Detail != "r.xlsx cannot be unpacked: what reads workbooks did not load." ||
			!strings.HasPrefix(e.Problem.WayOut, "Try it again when there is a network") {
			t.Errorf("without what unpacks it: %+v", e.Problem)
		}
	})
}

// A JSON document is read as the lines it is rewritten to, within bounds; unsupported formats are
// named.
func TestForms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		const in = "{\"total\": 2,\n \"reviews\": [{\"review\": \"a good one\"}, {\"review\": " +
			"\"a bad one\"}]}"
		preview, count := p.open(t, "r.json", in)
		if preview.File != "r.json" || count.Rows != 2 ||
			preview.Header[preview.Columns.Text] != "review" {
			t.Errorf("a document: %+v, %d rows", preview, count.Rows)
		}
		for name, tt := range map[string]struct{ in, want string }{
			"cut.json": {in[:len(in)-4], "cut off"},
			"page.xls": {"<html><body><table>", "web page saved as .xls"},
			"r.zip":    {"PK\x03\x04", "zip archive"},
			"r.xls":    {"\xd0\xcf\x11\xe0", "old Excel workbook"},
		} {
			p.w.Do(message.Command{Name: message.Open, File: name}, strings.NewReader(tt.in))
			e := p.wait(t, "refused", named(message.EventProblem))
			if !strings.Contains(e.Problem.Detail, tt.want) || e.Problem.WayOut == "" {
				t.Errorf("%s: %+v, want %s", name, e.Problem, tt.want)
			}
		}
	})
	r := strings.NewReader(`[{"review": "a good one"}]`)
	_, _, err := rewritten(t.Context(), r, 10)
	if err == nil || !strings.Contains(err.Error(), "one object a line") {
		t.Errorf("a document that is too large: %v", err)
	}
}

// Data of rows other than their texts: dates, products, and stars that the text contradicts.
func TestDatesProductsAndStars(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		var b strings.Builder
		b.WriteString("date,product,stars,review\n")
		for i := range 60 {
			word, product := "good", "kettle"
			if i >= 30 {
				word = "bad"
			}
			if i%3 == 0 {
				product = "toaster"
			}
			fmt.Fprintf(&b, "%d/%d/2024,%s,5,\"It is %s, number %d of all.\"\n", 13+i%15, 1+i/15,
				product, word, i)
		}
		p.open(t, "r.csv", b.String())
		sum := p.start(t).Summary
		if sum.Unit != "week" || len(sum.Periods) != 16 || sum.Periods[0].From != "2024-01-08" ||
			sum.Periods[0].Positive == 0 || sum.Periods[15].Negative == 0 {
			t.Errorf("periods of a %s: %+v", sum.Unit, sum.Periods)
		}
		if c := sum.Change; c == nil || c.Before.Share != 1 || c.After.Share != 0 ||
			c.Delta.High > -0.8 || c.From != "2024-03-13" {
			t.Errorf("change = %+v", c)
		}
		if sum.ProductCount != 2 || sum.Products[0].Name != "kettle" ||
			sum.Products[0].Rows != 40 || sum.Products[1].Negative != 10 {
			t.Errorf("products = %+v", sum.Products)
		}
		if sum.Against != 30 || len(sum.MostAgainst) != maxListed || sum.MostAgainst[0].Row != 31 {
			t.Errorf("against their stars: %d, %+v", sum.Against, sum.MostAgainst)
		}
	})
}

func TestFilesThatCannotBeRead(t *testing.T) {
	for name, content := range map[string]string{"empty.csv": "", "book.xlsx": "PK\x03\x04",
		"bytes.csv": strings.Repeat("\x00\x01\x02", 300)} {
		synctest.Test(t, func(t *testing.T) {
			p := newPage(t, &server{model: "aaaaaaaaaaaa"})
			p.w.Do(message.Command{Name: message.Open, File: name}, strings.NewReader(content))
			e := p.wait(t, "failed", named(message.EventProblem))
			if e.Problem.About != message.AboutFile ||
				e.Problem.WayOut == "" {
				t.Errorf("%s: %+v", name, e)
			}
		})
	}
}

// The downloaded file is the one that table.Annotate makes of the same scores.
func TestDownloadIsAnnotate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := "\ufeffreview;n\r\n\"good; " +
			"\"\"really\"\"\";1\r\n\r\nbad\r\n;3\r\n\"odd\r\none\";4"
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		p.open(t, "r.csv", content)
		p.start(t)
		_, got := p.download(t)
		scores := []float64{0.99, 0.01, -1, 0.5}
		rule := reviews.Rule{Combine: "mean", Temperature: 1, Unsure: [2]float64{0.4, 0.6}}
		var want bytes.Buffer
		err := table.Annotate(&want, strings.NewReader(content),
			table.Dialect{Delimiter: ';', Quoted: true, Header: true, BOM: true}, table.Output{},
			func(i int) reviews.Result {
				if scores[i] < 0 {
					return reviews.Result{}
				}
				return reviews.Result{Score: reviews.Score{Positive: float64(float32(scores[i])),
					Sentiment: rule.Name(scores[i])}, Windows: 1}
			})
		if err != nil || got != want.String() {
			t.Errorf("download = %q, want %q (%v)", got, want.String(), err)
		}
	})
}

// Members of a downloaded file have names that no line of it has.
func TestDownloadKnowsTheNamesOfAllLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		p.open(t, "r.jsonl", strings.Repeat(`{"review":"good"}`+"\n", table.SniffBytes/10)+
			`{"review":"good","sentiment":{"label":"bad","score":1}}`)
		p.start(t)
		_, got := p.download(t)
		if first, _, _ := strings.Cut(got, "\n"); !strings.HasPrefix(first,
			`{"review":"good","sentiment_2":"positive",`) {
			t.Errorf("the first line is %s", first)
		}
	})
}

// A vocabulary other than the built-in one is fetched, and must be the one that the manifest names,
// or nothing is scored with it.
func TestFetchedVocabularyIsChecked(t *testing.T) {
	for _, tt := range []struct {
		name, more string
		digest     bool
		fails      bool
	}{
		{"as the manifest names it", "", true, false},
		{"another", "other\n", true, true},
		{"as it came, where the browser has no digests", "other\n", false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPage(t, &server{model: "m1", more: tt.more})
				p.w.scorer.Hash = "of another vocabulary"
				if !tt.digest {
					p.w.scorer.Digest = nil
				}
				p.w.Do(message.Command{Name: message.Score, ID: 1, Text: "good"}, nil)
				synctest.Wait()
				var judged, failed bool
				for len(p.events) > 0 {
					switch e := <-p.events; e.Name {
					case message.EventVerdict:
						judged = true
					case message.EventProblem:
						failed = strings.Contains(e.Problem.Detail,
							"not the one its manifest names")
					}
				}
				if judged == tt.fails || failed != tt.fails {
					t.Errorf("judged %v, failed %v", judged, failed)
				}
			})
		})
	}
}

// However slow the server is, the time that a file takes is sent once its speed is known.
func TestSpeedOfASlowServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa", delay: 10 * time.Second}
		p := newPage(t, s)
		p.w.Do(message.Command{Name: message.Open, File: "a.csv"}, strings.NewReader(many(10)))
		p.wait(t, "the time that the file takes", func(e message.Event) bool {
			return e.Name == message.EventCount && e.Count.Done && e.Count.Seconds > 0
		})
	})
}

// The sheet of a workbook with reviews is read, and named, and another one once it is chosen.
func TestSheets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		other := "id,comment\n" + strings.Repeat("1,a good one it is\n", 3)
		p.sheets = []Part{{"Cover", strings.NewReader("Feedback\n")},
			{"Reviews", strings.NewReader(many(100))}, {"Old", strings.NewReader(other)}, {"Empty",
				strings.NewReader("")}}
		book := "PK\x03\x04" + strings.Repeat("\x00", 26) + "xl/"
		preview, count := p.open(t, "r.xlsx", book)
		if preview.File != "r.csv" || count.Rows != 100 || preview.Sheet != 1 ||
			len(preview.Sheets) != 4 {
			t.Errorf("%+v, %d rows", preview, count.Rows)
		}
		const note = `Reviews from the sheet "Reviews"; not read: "Cover", "Old".`
		if len(preview.Notes) != 1 || preview.Notes[0] != note {
			t.Errorf("it says %q, want %q", preview.Notes, note)
		}
		r := preview.Reading
		if r == nil || r.Sentence != preview.Sentence || r.Columns.Text == "" {
			t.Errorf("the reading is %+v", r)
		}
		c := preview.Columns
		if count := p.interpret(t, nil, &c); count.Rows != 100 {
			t.Errorf("read otherwise: %+v", count)
		}
		p.w.Do(message.Command{Name: message.Sheet, From: 2}, nil)
		next := p.wait(t, "preview", named(message.EventPreview)).Preview
		p.wait(t, "count", func(e message.Event) bool {
			return e.Name == message.EventCount && e.Count.Done && e.Count.Rows == 3
		})
		if next.Sheet != 2 || next.Sheets[1] != "Reviews" || len(next.Notes) != 0 {
			t.Errorf("the other sheet: %+v", next)
		}
		p.w.Do(message.Command{Name: message.Sheet, From: 4}, nil) // there is no such sheet
		if end := p.start(t); end.Summary.Scored != 3 {
			t.Errorf("scored %+v", end)
		}
	})
}

// The page lists all encodings in which files are read.
func TestEncodings(t *testing.T) {
	var named []string
	for _, e := range message.Encodings {
		named = append(named, e[0])
	}
	if !slices.Equal(named, table.Encodings) {
		t.Errorf("the page names %q; read are %q", named, table.Encodings)
	}
}
