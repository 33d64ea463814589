// Command pwa is the page's program, run by the browser as web/app.wasm.
package main

import "reviewlens/app"

func main() {
	app.Route()
	app.Start()
}
