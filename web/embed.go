// Package web holds the page's files as build/site made them, so that the server is one file.
// Sources lie beside it: styles, icons, the little JavaScript there is, the example. dist/ is made,
// not committed.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Site is the root of the page's files; a .br lies beside each that is worth compressing. It holds
// no index.html until build/site has run.
func Site() fs.FS {
	site, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the path is a constant
	}
	return site
}
