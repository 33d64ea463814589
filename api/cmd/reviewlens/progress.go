package main

import (
	"io"
	"math"
	"time"

	"github.com/schollz/progressbar/v3"
)

// newBar draws a bar for so many reviews where someone sees it. rows is not asked where nobody
// does.
func newBar(stderr io.Writer, rows func() (int64, error)) *progressbar.ProgressBar {
	// of unknown length it would start a spinner that races with Add
	silent := progressbar.DefaultSilent(math.MaxInt64)
	to, ok := terminal(stderr)
	if !ok {
		return silent
	}
	n, err := rows()
	if err != nil {
		return silent // who reads the file next meets it too, and tells
	}
	return progressbar.NewOptions64(n, progressbar.OptionSetWriter(to),
		progressbar.OptionSetItsString("reviews"),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(30))
}

// newBytesBar draws a bar for a file that is sent, where someone sees it.
func newBytesBar(stderr io.Writer, size int64) *progressbar.ProgressBar {
	to, ok := terminal(stderr)
	if !ok {
		return progressbar.DefaultSilent(math.MaxInt64)
	}
	return progressbar.NewOptions64(size, progressbar.OptionSetWriter(to),
		progressbar.OptionSetDescription("sending"),
		progressbar.OptionShowBytes(true), progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(30))
}
