// Package attacks holds no code: its tests do to bin/reviewlens what somebody hostile would, and
// say what has to come of it.
//
// Each runs the program as a process of its own on loopback, with folders of its own. Requests are
// written byte by byte, as no client library would write them. The table in http_test.go holds what
// one request shows; what takes a process, a signal or a measurement has a test of its own. Costs
// are compared as ratios of the server's own CPU time, never with a clock.
//
// `go test ./build/attacks` runs the quick part, `make test-attacks` all of it (flag -full).
package attacks
