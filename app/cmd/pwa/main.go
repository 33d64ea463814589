// Command pwa is the page's program, run by the browser as web/app.wasm.
package main

import (
	goapp "github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app"
)

func main() {
	app.Route()
	goapp.RunWhenOnBrowser()
}
