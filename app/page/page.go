// Package page declares the functions of web/page.js, so that the compiler checks their calls. They
// do what only JavaScript can do, or what must work before this program has loaded.
package page

import (
	"time"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

func script() app.Value { return app.Window().Get("reviewlens") }

// Listen registers f for the messages of the worker, of files and of the charts, including the
// earlier ones.
func Listen(f app.Func) { script().Call("listen", f) }

// Send sends the worker a command, in JSON, and the file that it is about, nil for none.
func Send(command string, file app.Value) { script().Call("send", command, file) }

// Clock returns a time by this device's clock. In a browser, time.Local has one offset for the
// whole year.
func Clock(t time.Time) string {
	here := t.Local()
	if !app.IsServer {
		date := app.Window().Get("Date").New(float64(t.UnixMilli()))
		minutes := date.Call("getTimezoneOffset").Int() // that UTC is ahead
		here = t.In(time.FixedZone("", -60*minutes))
	}
	return here.Format("2 Jan 2006, 15:04")
}

// Keep stores a value for the lifetime of this tab; Kept returns it, "" if there is none.
func Keep(name, value string) { script().Call("keep", name, value) }

// Kept returns the value stored by Keep.
func Kept(name string) string { return script().Call("kept", name).String() }

// Prefer stores a choice of the reader for all tabs, until it is changed; Preferred returns it, ""
// for none.
func Prefer(name, value string)    { script().Call("prefer", name, value) }
func Preferred(name string) string { return script().Call("preferred", name).String() }

// WantsExample reports whether the page's address asks for the example.
func WantsExample() bool { return script().Get("wantsExample").Bool() }

// Example loads the example and passes it on as a file.
func Example() { script().Call("example") }

// File returns a file with the given text.
func File(name, text string) app.Value { return script().Call("file", name, text) }

// Reload loads the page's new version; the box will hold the draft.
func Reload(draft string) { script().Call("reload", draft) }

// Save offers a blob as a download.
func Save(name string, blob app.Value) { script().Call("save", name, blob) }

// SaveText offers a text as a download.
func SaveText(name, mediaType, text string) { script().Call("saveText", name, mediaType, text) }

// SavePicture offers a chart, by the ID of its element, as a "png" or an "svg".
func SavePicture(chart, kind, name string) { script().Call("picture", chart, kind, name) }

// SaveTable offers a table, by its ID, as a CSV file.
func SaveTable(table, name string) { script().Call("table", table, name) }

// Draw calls a function of web/charts.js to draw data, in JSON, into an element.
func Draw(element app.Value, function, data string) {
	script().Call("chart", element, function, data)
}

// Undraw releases what Draw drew.
func Undraw(element app.Value) { script().Call("unchart", element) }

// Focus moves the keyboard focus to an element, by its ID.
func Focus(id string) { script().Call("focus", id) }

// Reveal scrolls to an element, by its ID.
func Reveal(id string) { script().Call("reveal", id) }

// Back returns the focus to the element that had it before the last Modal, if it still exists.
func Back() { script().Call("back") }

// Modal opens a <dialog> that is not open.
func Modal(dialog app.Value) { script().Call("modal", dialog) }

// Copy copies a text to the clipboard; the message "copied" confirms it, and passes what on.
func Copy(text, what string) { script().Call("copy", text, what) }

// SignIn opens a window for signing in at a wire.SignIn, in JSON.
func SignIn(at string) { script().Call("signIn", at) }

// SignOut signs the user out.
func SignOut() { script().Call("signOut") }

// SignedIn reports whether a user is signed in.
func SignedIn() bool { return script().Call("signedIn").Bool() }

// Renew renews an expired sign-in, and reports whether that can be tried.
func Renew() bool { return script().Call("renew").Bool() }

// ForgetModel deletes the model that is stored on this device.
func ForgetModel() { script().Call("forgetModel") }

// SubmitJob sends a file to the server's jobs, with options in JSON, and returns its key.
func SubmitJob(options string, file app.Value) (key string) {
	return script().Call("leave", options, file).String()
}

// WatchJobs reports on the jobs known to this device, from now on.
func WatchJobs() { script().Call("watchJobs") }

// SaveJob offers the result of a job as a download.
func SaveJob(key, name string) { script().Call("saveJob", key, name) }

// RemoveJob deletes a job from the server.
func RemoveJob(key string) { script().Call("removeJob", key) }
