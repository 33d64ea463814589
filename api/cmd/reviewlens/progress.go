package main

import (
	"io"
	"math"
	"time"

	"github.com/schollz/progressbar/v3"
)

// newBar returns a progress bar of reviews, visible on a terminal only. rows counts them and is not
// called otherwise.
func newBar(stderr io.Writer, rows func() (int64, error)) *progressbar.ProgressBar {
	// with an unknown length it would start a spinner that races with Add
	silent := progressbar.DefaultSilent(math.MaxInt64)
	to, ok := terminal(stderr)
	if !ok {
		return silent
	}
	n, err := rows()
	if err != nil {
		return silent // the next reader of the file reports the error
	}
	return progressbar.NewOptions64(n, progressbar.OptionSetWriter(to),
		progressbar.OptionSetItsString("reviews"),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(30))
}

// newBytesBar returns a progress bar of an upload, visible on a terminal only.
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
