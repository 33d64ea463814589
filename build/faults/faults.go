// Package faults holds no code, only tests that inject failures (disks, S3, models, clients) and
// check that bin/reviewlens still answers correctly.
//
// Each test starts the program as a separate process on this machine's loopback, with its own
// folders; S3 is gofakes3 in the test's process behind a handler that fails as S3 does. Every test
// asserts: an answer of status 200 is complete and correct, row by row, compared with what the
// program's own `score` wrote for the same reviews; every accepted row is answered once; a refusal
// is a problem that names the remedy; and at the end the server has as many goroutines and as much
// memory as before.
//
// `go test ./build/faults` runs the quick part, `make test-faults` all of it (flag -full) and
// prints the table of build/faults/README.md.
package faults
