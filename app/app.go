// Package app is the page: it renders one State and turns user actions into commands for the worker
// (package worker, in its own thread), which does all parsing, tokenizing and server calls. Nothing
// here does heavy work.
//
// Below it are state (the page's model), format (the wording of numbers and findings), widget (the
// parts of screens) and page (the functions of web/page.js: the few things that must work before
// this program has loaded). Package message defines the messages between page and worker.
//
// Each screen and card has a file: screen_home (type a review), screen_preview (is the file read
// correctly), card_progress and screen_results (the scores), card_texts (which of several texts is
// analysed), filters (which reviews these are of), group and compare (by a column, two groups, two
// periods), browse (the reviews behind a figure), detail (one review), correct (a reader's
// correction), history and screen_run (runs that have ended).
//
// It is one package because its screens and cards render the same State and call each other's
// unexported methods.
package app

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/message"
	"reviewlens/app/page"
	"reviewlens/app/state"
	"reviewlens/app/widget"
)

// Route registers the page with go-app; the browser's program and the builder of the site call it.
func Route() { app.Route("/", &App{}) }

// Start runs the page in the browser, until the browser closes it.
func Start() {
	page.Yield() // between initialization and the first screen
	app.RunWhenOnBrowser()
}

// App is the only component with state.
type App struct {
	app.Compo

	state state.State
	// box is the content of the box when it was last rendered afresh. The browser owns it from then
	// on: writing each keystroke back would move the cursor.
	box          string
	named        string // likewise, of the history's search
	focus        bool
	dragged      bool
	reloaded     string    // this tab's run before the reload; "" for none
	update       bool      // a newer version of the page is ready
	lastSelectAt time.Time // when the view was last requested

	drawn    state.Screen // last, and for which file
	acted    bool         // on the run, with a button that disappears afterwards
	deleted  bool         // likewise, a run of the history
	sections []section    // of the results, and how many of them are rendered so far
	turn     int
	summary  string // as last rendered, to be copied: newer numbers may be on their way

	file   app.Value   // the open one, nil for a kept copy
	files  []app.Value // of the queue
	listen app.Func
	// ctx is the component's own context: calls deferred in a button's context are dropped when the
	// button is unmounted.
	ctx app.Context
}

// OnInit takes over the text typed into the served HTML before this program had loaded.
func (a *App) OnInit() {
	if app.IsServer {
		return
	}
	if shell := app.Window().GetElementByID("review"); shell.Truthy() {
		a.box = shell.Get("value").String()
		a.state.SetText(a.box)
		a.focus = true
	}
}

// OnMount connects the page to its worker.
func (a *App) OnMount(ctx app.Context) {
	a.ctx = ctx
	a.listen = app.FuncOf(func(_ app.Value, args []app.Value) any {
		a.onPageMessage(ctx, args)
		return nil
	})
	page.Listen(a.listen)
	if page.WantsExample() {
		page.Example()
	}
	if page.Preferred("where") == message.OnDevice { // before anything can be sent
		a.moveTo(message.OnDevice)
	}
	a.state.NoTopics = page.Preferred("find-topics") != ""
	if a.state.KeepScheme(page.Preferred("topics")) {
		a.sendScheme()
	}
	a.state.SignedIn = page.SignedIn()
	if left := page.Kept("left"); left != "" {
		a.state.LostFiles = strings.Split(left, "\n")
	}
	var closed state.Closed
	if json.Unmarshal([]byte(page.Kept("closed")), &closed) == nil && closed.Run != "" {
		a.state.Closed = &closed
	}
	a.reloaded = page.Kept("run")
	page.Keep("run", "") // do not resume a run that keeps crashing the page
	a.send(message.Command{Name: message.List, Run: a.reloaded}, nil)
	page.WatchJobs()
	if a.focus {
		ctx.Defer(func(app.Context) { focusBox() })
	}
	if !state.Blank(a.state.Text) {
		a.scoreText()
	}
}

// onPageMessage handles the messages of web/page.js: worker events, opened files, chart clicks,
// sign-in and jobs.
func (a *App) onPageMessage(ctx app.Context, args []app.Value) {
	kind := args[0].String()
	switch kind {
	case "event":
		text, blob := args[1].String(), app.Undefined()
		if len(args) > 2 { // absent if page.js itself reports that the worker failed
			blob = args[2]
		}
		// for the table only: the rest need not be rendered again
		if rows := rowsIn(text); rows != nil {
			ctx.NewActionWithValue(widget.RowsNow, rows)
			return
		}
		ctx.Dispatch(func(app.Context) { a.onWorkerEvent(text, blob) })
	case "file":
		file := args[1]
		ctx.Dispatch(func(app.Context) { a.open(file) })
	case "files":
		var files []app.Value
		for i := range args[1].Length() {
			files = append(files, args[1].Index(i))
		}
		ctx.Dispatch(func(app.Context) { a.openAll(files) })
	case "drag":
		over := args[1].Bool()
		ctx.Dispatch(func(app.Context) { a.dragged = over })
	case "text":
		text := args[1].String()
		ctx.Dispatch(func(app.Context) { a.paste(text) })
	case "pick":
		kind, index, name := args[1].String(), args[2].Int(), args[3].String()
		ctx.Dispatch(func(app.Context) { a.onPick(kind, index, name) })
	case "signed":
		ok, why := args[1].Bool(), args[2].String()
		ctx.Dispatch(func(app.Context) { a.signed(ok, why) })
	case "job":
		var j state.Job
		if err := json.Unmarshal([]byte(args[1].String()), &j); err == nil {
			ctx.Dispatch(func(app.Context) { a.takeJob(j) })
		}
	case "topics":
		text := args[1].String()
		ctx.Dispatch(func(app.Context) { a.loadTopics(text) })
	case "own topics":
		ctx.Dispatch(func(app.Context) {
			if a.state.TakeScheme(page.Preferred("topics")) {
				a.sendScheme()
				a.refreshTopicView()
			}
		})
	case "copied":
		run := args[1].String()
		ctx.Dispatch(func(app.Context) { a.state.Copied = run })
	case "saved":
		ctx.Dispatch(func(app.Context) { a.state.Downloading = false })
	case "escape":
		ctx.Dispatch(func(app.Context) { a.escape() })
	}
}

// OnDismount releases the listener of the worker's events.
func (a *App) OnDismount() {
	if a.listen != nil {
		a.listen.Release()
	}
}

// OnNav shows the screen of the requested address, or the first screen if it has nothing to show.
func (a *App) OnNav(ctx app.Context) {
	path, query, _ := strings.Cut(ctx.Page().URL().EscapedFragment(), "?")
	screen, rest, _ := strings.Cut(path, "/")
	if plain, err := url.PathUnescape(rest); err == nil {
		rest = plain
	}
	want := state.Screen(screen)
	row, _ := strconv.Atoi(rest)
	if topic, ok := strings.CutPrefix(rest, "topic/"); ok && want == state.ScreenResults {
		a.state.Topic = topic
	} else if rest == "" {
		a.state.Topic, a.state.TopicForm = "", ""
	}
	if want == state.ScreenRun || want == state.ScreenJob {
		row = 0 // the ID of a run or job may be a number
	}
	if row == 0 || a.state.Progress == nil { // back from a review
		if a.state.Row > 0 {
			a.ctx.Defer(func(app.Context) { page.Back() })
		}
		a.state.ShowRow(0)
	} else if row != a.state.Row {
		a.openRow(row)
	}
	if want == state.ScreenResults {
		a.applyQuery(query)
	}
	switch {
	case want == state.ScreenResults && a.state.Progress != nil, want == state.ScreenCheck &&
		a.state.File != "":
		a.state.Screen = want
	case want == state.ScreenHistory:
		a.openHistory()
	case want == state.ScreenRun && rest != "":
		a.openPast(rest)
	case want == state.ScreenJob && rest != "":
		a.openJob(rest)
	default:
		a.show(state.ScreenHome)
	}
	ctx.Page().SetTitle(a.state.Title())
}

// OnAppUpdate records that a newer version is available.
func (a *App) OnAppUpdate(ctx app.Context) { a.update = ctx.AppUpdateAvailable() }

// onWorkerEvent applies an event of the worker.
func (a *App) onWorkerEvent(text string, blob app.Value) {
	var e message.Event
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		app.Log("event of the worker:", err)
		return
	}
	if !a.state.Apply(e) {
		return
	}
	a.stepTexts(e)
	if a.state.ApplyPendingQuery() {
		a.goTo(a.state.Address())
	}
	a.stepQueue(e)
	if e.Name == message.EventProgress && a.state.Resuming {
		a.state.Resuming = false
		if a.state.Screen == state.ScreenCheck {
			a.navigate(state.ScreenResults)
		}
	}
	switch {
	case e.Name == message.EventKept:
		a.onKept()
	case e.Name == message.EventPast:
		a.afterDelete()
	case e.Name == message.EventLocked:
		if !a.state.Renewing { // a job may have started the renewal
			a.state.Renewing = page.Renew()
		}
	case e.Name == message.EventProgress:
		page.Keep("run", a.state.ReloadedRun())
		if a.acted && !a.state.Running() {
			a.acted = false
			a.ctx.Defer(func(app.Context) { page.Focus("continue") })
		}
		if a.state.LoseTopics() && a.state.Screen == state.ScreenResults {
			a.goTo(a.state.Address())
		}
		a.refresh()
	case e.Problem != nil && e.Problem.About == message.AboutTopics:
		a.keepTopics() // the previous ones
		if !a.state.ViewIsCurrent() {
			a.applyFilters()
		}
	case e.Name == message.EventCorrection:
		a.ctx.NewAction(widget.RowsAgain)
		if a.state.FilterBy(message.IsCorrected) {
			a.requestView()
		}
	case e.Name == message.EventDownload:
		page.Save(e.File, blob)
	}
	a.ctx.Page().SetTitle(a.state.Title())
}

// rowsIn returns the rows of an event with rows, else nil.
func rowsIn(text string) *message.RowRange {
	if !strings.HasPrefix(text, `{"name":"`+message.EventRows+`"`) {
		return nil
	}
	var e message.Event
	if json.Unmarshal([]byte(text), &e) != nil {
		return nil
	}
	return e.Rows
}

// send sends the worker a command.
func (a *App) send(c message.Command, file app.Value) {
	text, err := json.Marshal(c)
	if err != nil {
		app.Log("command for the worker:", err)
		return
	}
	page.Send(string(text), file)
}

// navigate shows a screen at its address.
func (a *App) navigate(to state.Screen) {
	a.show(to)
	switch to {
	case state.ScreenHome:
		a.ctx.Navigate("/")
	case state.ScreenResults:
		a.goTo(a.state.Address())
	default:
		a.ctx.Navigate("/#" + string(to))
	}
}

// goTo changes the address, unless it is already current: go-app would create a new page in place
// of the loaded one.
func (a *App) goTo(address string) {
	if "/#"+a.ctx.Page().URL().EscapedFragment() != address {
		a.ctx.Navigate(address)
	}
}

// show renders a screen; the box keeps its content.
func (a *App) show(to state.Screen) {
	if to == state.ScreenHome && a.state.Screen != state.ScreenHome {
		a.box = a.state.Text
	}
	a.state.Screen = to
}

// scoreText sends the typed text to be scored.
func (a *App) scoreText() {
	if state.Blank(a.state.Text) {
		return
	}
	a.state.ScoringText = true
	a.send(message.Command{Name: message.Score, ID: a.state.TextID, Text: a.state.Text}, nil)
}

// open reads a File that was dropped, picked or pasted.
func (a *App) open(file app.Value) {
	a.clearPrevious()
	a.forgetLeft()
	a.file = file
	name := file.Get("name").String()
	a.state.OpenFile(name)
	a.navigate(state.ScreenCheck)
	a.send(message.Command{Name: message.Open, File: name}, file)
	a.ctx.Page().SetTitle(a.state.Title())
}

// clearPrevious clears what another file replaces: the queue, the last closed results, and the run
// that a reload was to return to. The files that a reload lost are asked for until others are
// chosen.
func (a *App) clearPrevious() {
	a.reloaded = ""
	page.Keep("run", "")
	a.dropClosed()
	a.dropQueue()
}

// paste puts a shared text into the box.
func (a *App) paste(text string) {
	if box := app.Window().GetElementByID("review"); box.Truthy() {
		box.Set("value", text)
	}
	a.box = text
	a.state.SetText(text)
	a.scoreText()
}

func (a *App) escape() {
	switch a.state.Escape() {
	case state.LeaveTopic:
		a.closeTopic()
	case state.LeaveRun:
		a.cancel()
	case state.LeaveFile:
		a.close()
	}
}

// close closes the file and returns to the first screen; Undo reopens the file.
func (a *App) close() {
	file, p := a.file, a.state.Progress
	var c *state.Closed // unfinished or corrected results are listed with the kept runs
	if p != nil && (p.Run == "" || p.State == message.Finished && p.Summary.Corrected == nil) {
		c = &state.Closed{File: a.state.File, Run: p.Run, Query: a.state.Query(),
			Others: append(a.state.OtherRuns(), a.queueRuns()...)}
	}
	a.forget(c != nil)
	if c != nil {
		a.setClosed(c)
		a.file = file
	}
	a.navigate(state.ScreenHome)
	a.ctx.Page().SetTitle(a.state.Title())
}

// forget closes the file, and deletes its results unless keep is set.
func (a *App) forget(keep bool) {
	a.send(message.Command{Name: message.Close, Keep: keep}, nil)
	if keep {
		a.leaveQueue()
	} else {
		a.dropQueue()
	}
	page.Keep("run", "") // it is closed, and must not be resumed
	a.file = nil
	a.box = a.state.Text
	a.state.CloseFile()
}

// onSkip moves the focus. The link's address is none of a screen: go-app would show the first one.
func (a *App) onSkip(ctx app.Context, e app.Event) {
	e.PreventDefault()
	e.StopImmediatePropagation()
	page.Focus("main")
}

func focusBox() {
	if box := app.Window().GetElementByID("review"); box.Truthy() {
		box.Call("focus")
		const end = 1 << 30 // beyond any text
		box.Call("setSelectionRange", end, end)
	}
}

// Render renders the state.
func (a *App) Render() app.UI {
	var screen app.UI
	// The file is being read in another way.
	if a.state.Screen == state.ScreenResults && a.state.Progress == nil {
		a.state.Screen = state.ScreenCheck
	}
	if a.state.Screen != state.ScreenResults {
		a.turn = 0
	}
	// The clicked element is gone: the focus moves to its successor.
	now := a.state.Screen
	if now == state.ScreenCheck { // the next file of a queue differs
		now += state.Screen("/" + a.state.File)
	}
	if a.drawn != now && !app.IsServer {
		a.drawn = now
		a.ctx.Defer(func(app.Context) { page.Focus("main") })
	}
	switch a.state.Screen {
	case state.ScreenCheck:
		screen = a.previewScreen()
	case state.ScreenResults:
		screen = a.resultsScreen()
	case state.ScreenHistory:
		screen = a.historyScreen()
	case state.ScreenRun:
		screen = a.runScreen()
	case state.ScreenJob:
		screen = a.jobScreen()
	default:
		screen = a.homeScreen()
	}
	class := "page"
	if a.dragged {
		class += " dragged"
	}
	return app.Div().Class(class).Body(
		app.A().Class("skip").Href("#main").Text("Skip to the content").OnClick(a.onSkip),
		a.header(),
		app.Main().ID("main").TabIndex(-1).
			Class("main", "screen-"+strings.TrimSpace(string(a.state.Screen))).
			Body(a.apiKeyForm(), screen),
		a.footer(),
		a.detail(),
		app.Div().Class("drop").Aria("hidden", true).Body(app.P().Text("Drop the file to read it")),
	)
}
