package page

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// Yield ends a task of the page's thread and continues in the next, so that the browser can render
// and respond in between. Sleep does not do it: one that ends early never leaves the task. Nothing
// that go-app calls may yield: the result of a click handled during a rendering would be
// overwritten.
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
