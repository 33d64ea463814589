// Package faults holds no code, only tests that inject failures (disks, S3, models, clients) and
// check that bin/reviewlens still answers correctly.
//
// Each test starts the program as a process of its own on this machine's loopback, with folders of
// its own; S3 is gofakes3 in the test's process behind a handler that fails as S3 does. What every
// test asserts: an answer of status 200 is whole and right, row by row, by what the program's own
// `score` wrote for the same reviews; every row that was taken is answered once; a refusal is a
// problem that names the way out; and when it is over the server has the goroutines and the memory
// that it had before.
//
// `go test ./build/faults` runs the quick part, `make test-faults` all of it (flag -full) and
// prints the table of build/faults/README.md.
package faults
