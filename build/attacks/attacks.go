// Package attacks holds no code, only tests that attack bin/reviewlens and check how it responds.
//
// Each runs the program as a process of its own on loopback, with folders of its own. Requests are
// written byte by byte, as no client library would write them. The table in http_test.go holds what
// one request shows; what takes a process, a signal or a measurement has a test of its own. Costs
// are compared as ratios of the server's own CPU time, never with a clock.
//
// `go test ./build/attacks` runs the quick part, `make test-attacks` all of it (flag -full).
package attacks
