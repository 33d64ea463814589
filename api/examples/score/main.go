// Command score shows how a program uses the API: it scores texts, then a file in one request, then
// the same file as a job.
//
//	go run ./api/examples/score reviews.csv
//
// REVIEWLENS is the server's address, REVIEWLENS_API_KEY an API key where the server requires one.
// Only the standard library is used.
package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

var server = cmp.Or(os.Getenv("REVIEWLENS"), "http://localhost:8000")

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: score reviews.csv")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "score:", err)
		os.Exit(1)
	}
}

// ask returns the response's header and body. An error is a problem whose detail describes the fix.
func ask(method, path string, body []byte, header http.Header) (http.Header, []byte, error) {
	r, err := http.NewRequest(method, server+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	r.Header = header
	r.Header.Set("Authorization", "Bearer "+cmp.Or(os.Getenv("REVIEWLENS_API_KEY"), "none"))
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s: %s", method, path, response.Status, answer)
	}
	return response.Header, answer, err
}

func run(name string) error {
	texts, _ := json.Marshal(
		map[string][]string{"texts": {"Works as it should.", "Broke after two days."}})
	_, answer, err := ask("POST", "/v1/score", texts,
		http.Header{"Content-Type": {"application/json"}})
	if err != nil {
		return err
	}
	fmt.Printf("%s", answer)

	file, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	csv := func() http.Header { return http.Header{"Content-Type": {"text/csv"}} }
	for _, path := range []string{"/v1/score", "/v1/report"} {
		if _, answer, err = ask("POST", path, file, csv()); err != nil {
			return err
		}
		fmt.Printf("%s", answer)
	}

	// Repeated after a broken connection, the same key and file create no second job.
	sum := sha256.Sum256(file)
	header := csv()
	header.Set("Idempotency-Key", hex.EncodeToString(sum[:]))
	created, _, err := ask("POST", "/v1/jobs", file, header)
	if err != nil {
		return err
	}
	at := created.Get("Location")
	for {
		_, answer, err := ask("GET", at, nil, http.Header{})
		if err != nil {
			return err
		}
		var job struct {
			State string
			Error struct{ Detail string }
		}
		if err := json.Unmarshal(answer, &job); err != nil {
			return err
		}
		if job.State == "failed" {
			return fmt.Errorf("job failed: %s", job.Error.Detail)
		}
		if job.State == "finished" {
			break
		}
		time.Sleep(500 * time.Millisecond)
	}
	if _, answer, err = ask("GET", at+"/result", nil, http.Header{}); err != nil {
		return err
	}
	fmt.Printf("%s", answer)
	_, _, err = ask("DELETE", at, nil, http.Header{})
	return err
}
