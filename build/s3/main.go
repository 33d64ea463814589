// Command s3 is an S3 server in memory, for tests of programs that call it over HTTP:
//
//	go run ./build/s3 reviews other
//
// creates the buckets reviews and other, prints the server's address and serves until it is
// stopped, or until its stdin ends. Signatures and permissions are not checked.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

func main() {
	backend := s3mem.New()
	for _, name := range os.Args[1:] {
		if err := backend.CreateBucket(name); err != nil {
			log.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("http://" + l.Addr().String())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	log.Fatal(http.Serve(l, gofakes3.New(backend).Server()))
}
