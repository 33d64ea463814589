// Package attacks holds no code, only tests that attack bin/reviewlens and check how it responds.
//
// Each test runs the program as a separate process on loopback, with its own folders. Requests are
// written byte by byte, as no client library would write them. The table in http_test.go has the
// cases that take one request; those that need a process, a signal or a measurement have their own
// test. Costs are compared as ratios of the server's own CPU time, never with a clock.
//
// `go test ./build/attacks` runs the quick part, `make test-attacks` all of it (flag -full).
package attacks
