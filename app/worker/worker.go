// Package worker runs in the browser's Web Worker, away from the page's thread: it reads a file,
// cuts and tokenizes the reviews, has them scored by the server, and stores the results.
//
// Do accepts commands; the function given to New receives events (package message). Several
// activities run concurrently as goroutines; Do never blocks. On js/wasm all goroutines and the
// event loop share one thread, so every loop here calls yield, which lets the event loop run at
// least every 15 ms: a Cancel takes effect within 100 ms. A run that begins automatically once its
// file is surveyed is registered with its command (pendingRun), so that Pause, Cancel and Start
// apply to it before it has begun.
//
// No text of the file is kept in memory. A row takes 16 bytes: its byte offset, its stars and the
// number of its text (equal texts share one and are scored once). A distinct text takes 12 bytes of
// score and, while the file is first read, about 16 of index. Lists and the download read the file
// again.
//
// The page shows all rows, or those that pass the filters of its view (message.View): products,
// days, stars, sentiments, values of a column, words, phrases, topics. Everything it shows follows
// the view, and nothing is scored again. One predicate (file.predicate, and textPredicate for
// filters on text) selects the rows of a view, from the 16 bytes of each row if these suffice; the
// view stores them as a bit set. The same code then counts them: aggregate, topics, groups,
// changes, comparisons and download consult the set, where nil means all rows. So the figures of a
// view equal those of a file with only its rows, which TestFilteredIsAFileOfItsRows verifies.
// Counts and topics are available at once; phrases, and those that grew with a change, need one
// more pass over the file, which reports its progress and waits until no more scores arrive. The
// history always stores the figures of all rows.
//
// A file is scored by one model. When the server changes it, the run stops and reports that, and
// its scores are dropped rather than mixed.
//
// It is one package because its activities share one Worker: the file, its rows and the mutex that
// guards them.
package worker

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"reviewlens/api/wire"
	"reviewlens/app/client"
	"reviewlens/app/journal"
	"reviewlens/app/message"
	"reviewlens/app/worker/scorer"
	"reviewlens/reviews"
	"reviewlens/reviews/text"
	"reviewlens/reviews/topics"
)

// Source is a file that can be read at any offset, repeatedly.
type Source interface {
	io.ReaderAt
	Size() int64
}

// Sink receives a download. Done delivers it under a name; without Done it is dropped.
type Sink interface {
	io.Writer
	Done(name string) error
}

// Options are the dependencies that differ between the browser and a test.
type Options struct {
	Client *client.Client
	// used for models whose tokenizer has this hash; others are fetched
	Vocab string
	Hash  string // SHA-256 of Vocab, as the manifest writes it
	// SHA-256 in hex; nil if the browser has none: on a page over plain HTTP
	Digest  func(data []byte) (string, error)
	Send    func(message.Event) // called from many goroutines, one at a time
	NewSink func() Sink
	Yield   func()         // lets the event loop run once
	Device  scorer.Device  // runs the model here; nil if it cannot be run
	Folder  journal.Folder // where runs are kept until they are dismissed; nil for nowhere
	Online  func() bool    // false only if there is certainly no network
	Unpack  func(Packing, Source) ([]Part, error)
}

// ErrNotLoaded is returned by Options.Unpack if the unpacker could not be loaded.
var ErrNotLoaded = errors.New("what reads workbooks did not load")

// Packing is a format that a file of reviews may be packed in.
type Packing string

// Packings.
const (
	Gzip     Packing = "gzip"
	Workbook Packing = "workbook" // .xlsx; its sheets become CSVs
)

// Part is a file inside a packed one: the only one, or a sheet of a workbook, in their order.
type Part struct {
	Name string // of a sheet
	Source
}

// Worker executes the commands of the page. Its methods are safe for concurrent use.
type Worker struct {
	Options
	scorer  *scorer.Scorer
	sending sync.Mutex
	history history
	// a semaphore, held while the folder's runs are listed, opened or removed: a file is open once
	folderSem chan struct{}

	mu              sync.Mutex
	stopText        context.CancelFunc
	stopPlace       context.CancelFunc
	stopFile        context.CancelFunc // ends survey, run, rows and download of the open file
	stopRun         context.CancelFunc
	stopView        context.CancelFunc
	stopShow        context.CancelFunc
	stopPast        context.CancelFunc
	stopOpenRun     context.CancelFunc
	stopGroup       context.CancelFunc
	stopCompare     context.CancelFunc
	stopVersus      context.CancelFunc
	stopUpload      context.CancelFunc
	file            *file
	aside           []*file       // the same file by other texts that were analysed before
	others          []keptText    // the same, from before the page was reloaded
	scheme          topics.Scheme // of the page
	running         *attempt
	coming          *pendingRun     // nil if no run is to begin automatically
	tokensPerSecond float64         // of the server, as last measured; 0 until then
	warmed          chan struct{}   // closed when warmUp has ended; nil before the first file
	fileContext     context.Context // ends with stopFile: the open file is closed, or read anew

	breath struct {
		sync.Mutex
		last time.Time
	}
}

// New returns a worker. It makes no request before the first command that needs the server.
func New(o Options) *Worker {
	w := &Worker{Options: o, folderSem: make(chan struct{}, 1)}
	w.scorer = scorer.New(scorer.Options{
		Client: o.Client, Vocab: o.Vocab, Hash: o.Hash, Digest: o.Digest, Device: o.Device,
		Folder: o.Folder, Online: o.Online, Send: w.send,
	})
	return w
}

// Do starts the execution of c and returns. Source is the file of an Open, else nil.
func (w *Worker) Do(c message.Command, source Source) {
	switch c.Name {
	case message.Score:
		ctx := w.replace(&w.stopText)
		go w.scoreText(ctx, c.ID, c.Text)
	case message.Open, message.Close, message.Resume, message.Interpret, message.Sheet,
		message.Analyse:
		w.doFile(c, source)
	case message.List:
		go w.sendKeptRun(c.Run)
	case message.Discard:
		go w.discard(c.Run)
	case message.Start, message.Pause, message.Cancel:
		w.doRun(c)
	case message.Place:
		w.replace(&w.stopVersus) // both are requests to the server
		w.replace(&w.stopUpload)
		ctx := w.replace(&w.stopPlace)
		w.scorer.Place(c.Where)
		w.mu.Lock()
		w.tokensPerSecond = 0 // measured elsewhere
		w.mu.Unlock()
		go w.load(ctx)
	case message.Unload:
		go w.unload()
	case message.Key:
		w.scorer.SetKey(c.Key)
	case message.Past, message.OpenRun, message.RenameRun, message.DeleteRun, message.RestoreRun,
		message.UploadRun:
		w.doPast(c)
	case message.Compare, message.CompareModels:
		w.doCompare(c)
	case message.Arrange:
		if c.Scheme != nil {
			rest := w.arrange(*c.Scheme)
			go rest()
		}
	default:
		if f := w.opened(); f != nil {
			w.doOpened(f, c)
		}
	}
}

// doFile opens a file, closes it or reads it in another way.
func (w *Worker) doFile(c message.Command, source Source) {
	w.setPendingRun(nil)
	switch c.Name {
	case message.Open:
		if f := w.opened(); c.Wait && f != nil {
			go w.doAfter(f, c, source)
			return
		}
		ctx := w.replace(&w.stopFile)
		w.closeFile(c.Keep)
		go w.sendKept()
		w.startWarmUp(ctx)
		go w.open(ctx, c.File, source)
	case message.Close:
		w.replace(&w.stopFile)
		w.closeFile(c.Keep)
		go w.sendKept()
	case message.Resume:
		ctx := w.replace(&w.stopFile)
		w.closeFile(c.Keep || w.isOpen(c.Run))
		if w.Folder != nil {
			w.startWarmUp(ctx)
			go w.resume(ctx, c.Run, source)
		}
	case message.Interpret:
		if f := w.opened(); f != nil {
			ctx := w.replace(&w.stopFile)
			old := f
			f = f.reopened()
			f.savedCorrections = old.allCorrections()
			w.releaseForReread(old)
			w.dropAside(w.releaseForReread)
			w.mu.Lock()
			w.file = f
			w.mu.Unlock()
			go w.interpret(ctx, f, c.Dialect, c.Columns, c.Cells)
		}
	case message.Analyse:
		f := w.opened()
		if f == nil || c.Columns == nil {
			return
		}
		next := &pendingRun{}
		w.setPendingRun(next)
		if c.Wait {
			go w.analyseAfter(f, c, next)
			return
		}
		w.startAnalysing(f, c, next)
	case message.Sheet:
		if f := w.opened(); f != nil && f.from.at(c.From) {
			ctx := w.replace(&w.stopFile)
			w.releaseForReread(f)
			w.dropAside(w.releaseForReread)
			go w.openSheet(ctx, f.name, f.from.parts, c.From)
		}
	}
}

// doRun starts, pauses or ends the run of the open file, or one that is to begin.
func (w *Worker) doRun(c message.Command) {
	if w.updatePendingRun(c.Name) {
		return
	}
	f := w.opened()
	switch c.Name {
	case message.Start:
		if f == nil {
			return
		}
		if a := w.runs(f); a != nil && a.paused() {
			a.pause(false)
			return
		}
		w.start(f, c.Topics, c.Halted)
	case message.Pause:
		if a := w.runs(f); a != nil {
			a.pause(true)
		}
	case message.Cancel:
		w.replace(&w.stopRun)
	}
}

// doCompare compares runs of the history, groups of the open file, or its scores with those of
// another model.
func (w *Worker) doCompare(c message.Command) {
	f := w.opened()
	switch {
	case c.Name == message.CompareModels:
		ctx := w.replace(&w.stopVersus)
		if f != nil && c.Model != "" {
			go w.compareModels(ctx, f, c.Model)
		}
	case c.Pair == nil:
	case c.Pair.Runs[0] != "":
		go w.compareRuns(w.replace(&w.stopCompare), *c.Pair)
	case f != nil:
		ctx := w.replace(&w.stopCompare)
		go w.compare(ctx, f, *c.Pair)
	}
}

// doOpened executes a command on the rows of the open file.
func (w *Worker) doOpened(f *file, c message.Command) {
	switch c.Name {
	case message.Rows:
		id := 0
		if c.View != nil {
			id = c.View.ID
		}
		go w.list(f, id, c.From, c.To)
	case message.Show:
		ctx := w.replace(&w.stopShow)
		go w.show(ctx, f, c.Row-1)
	case message.Select:
		if c.View != nil {
			ctx := w.replace(&w.stopView)
			f.mu.Lock()
			f.filters = c.View.Filters
			f.mu.Unlock()
			go w.selectRows(ctx, f, *c.View)
		}
	case message.Group:
		ctx := w.replace(&w.stopGroup)
		go w.group(ctx, f, c.Column)
	case message.UploadCorrections:
		go w.uploadCorrections(w.replace(&w.stopUpload), f)
	case message.Download:
		if c.What == message.Corrections {
			go w.saveCorrections(f)
			break
		}
		go w.download(f, c.What == message.WithTopics, c.Only)
	case message.Correct:
		rest := w.correct(f, c.Row-1, c.Sentiment)
		go rest()
	}
}

// closeFile closes the open file. A finished run is deleted unless keep is set.
func (w *Worker) closeFile(keep bool) {
	w.mu.Lock()
	f, others := w.file, w.others
	w.file = nil
	w.mu.Unlock()
	what := dismissed
	if keep {
		what, others = keptOpen, nil
	}
	w.release(f, what)
	for _, o := range others {
		if o.run != "" && o.done {
			w.folderSem <- struct{}{}
			journal.Remove(w.Folder, o.run)
			<-w.folderSem
		}
	}
	w.dropAside(func(f *file) { w.release(f, what) })
}

// isOpen reports whether a kept run is that of the open file or of another text of it.
func (w *Worker) isOpen(run string) bool {
	w.mu.Lock()
	files := slices.Clone(w.aside)
	if w.file != nil {
		files = append(files, w.file)
	}
	open := slices.ContainsFunc(w.others, func(o keptText) bool { return o.run == run })
	w.mu.Unlock()
	return open || slices.ContainsFunc(files, func(f *file) bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.log != nil && f.log.Head.ID == run
	})
}

// runs returns the run of f that has not ended, or nil.
func (w *Worker) runs(f *file) *attempt {
	w.mu.Lock()
	defer w.mu.Unlock()
	if a := w.running; a != nil && a.f == f && a.ctx.Err() == nil {
		return a
	}
	return nil
}

func (w *Worker) opened() *file {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.file
}

// replace ends the activity that stop ends and returns the context of its successor. Ending a
// file's activities ends its run too.
func (w *Worker) replace(stop *context.CancelFunc) context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.replaceLocked(stop)
}

// replaceLocked is replace for a caller that holds w.mu.
func (w *Worker) replaceLocked(stop *context.CancelFunc) context.Context {
	if *stop != nil {
		(*stop)()
	}
	if stop == &w.stopFile {
		for _, also := range []context.CancelFunc{w.stopRun, w.stopView, w.stopShow, w.stopGroup,
			w.stopCompare, w.stopVersus, w.stopUpload} {
			if also != nil {
				also()
			}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	*stop = cancel
	if stop == &w.stopFile {
		w.fileContext = ctx
	}
	return ctx
}

// send sends an event to the page, unless its activity has been replaced.
func (w *Worker) send(ctx context.Context, e message.Event) {
	w.sending.Lock()
	defer w.sending.Unlock()
	if ctx.Err() == nil {
		w.Send(e)
	}
}

// yield lets the event loop run if 15 ms have passed since it last did, and reports whether ctx has
// ended.
func (w *Worker) yield(ctx context.Context) error {
	const often = 15 * time.Millisecond
	w.breath.Lock()
	due := time.Since(w.breath.last) > often
	w.breath.Unlock()
	if due {
		w.Yield()
		w.breath.Lock()
		w.breath.last = time.Now()
		w.breath.Unlock()
	}
	return ctx.Err()
}

// scoreText scores a typed text.
func (w *Worker) scoreText(ctx context.Context, id int, text string) {
	v, err := w.verdict(ctx, text)
	if err != nil {
		w.send(ctx, message.Event{Name: message.EventProblem,
			Problem: scorer.Problem(message.AboutText, err)})
		return
	}
	w.send(ctx, message.Event{Name: message.EventVerdict,
		Verdict: &message.Verdict{ID: id, Scored: v}})
	if v.Sentiment != "" {
		w.explain(ctx, nil, message.Explained{ID: id}, text, "", v)
	}
}

func (w *Worker) verdict(ctx context.Context, review string) (message.Scored, error) {
	last := ""
	onWait := func(why string) { // the verdict ends this state
		if why != last && (scorer.IsRetrying(why) || why != "" && !w.Online()) {
			last = why
			w.send(ctx, message.Event{Name: message.EventProblem,
				Problem: &message.Problem{About: message.AboutText, Detail: why}})
		}
	}
	for again := false; ; again = true {
		e, err := w.scorer.AwaitModel(ctx, onWait)
		if err != nil {
			return message.Scored{}, err
		}
		clean := text.Alone([]byte(review))
		windows, cut := e.Encode(clean)
		if len(windows) == 0 {
			return message.Scored{}, nil
		}
		positive, err := w.scorer.Score(ctx, e, [][][]int32{windows},
			scorer.Retry{OnWait: onWait})
		// the server has changed its model since the last text
		if scorer.IsOtherModel(err) && !again {
			w.scorer.Forget(e)
			continue
		}
		if err != nil {
			return message.Scored{}, err
		}
		if positive[0].Err != "" {
			return message.Scored{}, &wire.Error{Code: wire.Internal, Detail: positive[0].Err}
		}
		p := float64(positive[0].Positive)
		scored := message.Scored{Sentiment: e.Rule.Name(p).String(), Positive: p,
			Windows: len(windows), Cut: cut}
		scored.Stars, scored.Mixed, _ = positive[0].Stars.Unpack()
		if u := e.Unread(scorer.Readability(clean)); u != text.Readable {
			scored.Sentiment, scored.Unread = reviews.Unsure.String(), u.String()
		}
		return scored, nil
	}
}

// load loads the model where scoring was moved to, and sends how long the open file takes there.
func (w *Worker) load(ctx context.Context) {
	if _, err := w.scorer.Model(ctx); err != nil {
		p := scorer.Problem(message.AboutPlace, err)
		w.send(ctx, message.Event{Name: message.EventProblem, Problem: p})
		return
	}
	f := w.opened()
	if f == nil || w.runs(f) != nil { // the run measures it itself
		return
	}
	w.warmUp(ctx)
	w.mu.Lock()
	speed := w.tokensPerSecond
	w.mu.Unlock()
	f.mu.Lock()
	if speed > 0 {
		f.count.Seconds = float64(f.count.Tokens) / speed
	}
	c, known := f.count, f.surveyed
	f.mu.Unlock()
	if known && w.opened() == f {
		w.send(ctx, message.Event{Name: message.EventCount, Count: &c})
	}
}

// unload deletes the model on this device.
func (w *Worker) unload() {
	if w.scorer.Unload() {
		w.Do(message.Command{Name: message.Place, Where: message.OnServer}, nil)
	}
	w.sendKept()
}
