package page

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// Yield ends a task of the page's thread and goes on in the next, so that the browser can draw and
// answer in between. A sleep does not do it: one that is over early never leaves the task. Nor may
// anything that go-app calls yield: an answer to a click that comes in the midst of a drawing would
// be drawn over.
func Yield() {
	if app.IsServer {
		return
	}
	next := make(chan struct{})
	done := app.FuncOf(func(app.Value, []app.Value) any {
		close(next)
		return nil
	})
	defer done.Release()
	app.Window().Call("setTimeout", done)
	<-next
}
