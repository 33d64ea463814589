package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// SnapStart is the value of AWS_LAMBDA_INITIALIZATION_TYPE if Lambda takes a snapshot of the
// process after its init, and starts every later process from it.
const SnapStart = "snap-start"

// restoreTime is Lambda's time limit for what follows a restore.
const restoreTime = 10 * time.Second

// Snapshot reports to the Runtime API at an address that the process is ready for its snapshot, and
// returns in a process restored from it, after calling after. All restored processes share the
// memory of the snapshot, so after must create everything that is random, unique, open or expires
// (IDs, salts, connections, credentials). Its error is reported to Lambda and returned.
func Snapshot(ctx context.Context, address string, after func(context.Context) error) error {
	// no connection may be in the snapshot; the request lasts until the restore
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	base := "http://" + address + "/2018-06-01/runtime/restore/"
	if err := send(ctx, client, http.MethodGet, base+"next", nil, http.StatusOK); err != nil {
		return fmt.Errorf("wait for the restore: %w", err)
	}
	restoring, cancel := context.WithTimeout(ctx, restoreTime)
	defer cancel()
	err := after(restoring)
	if err == nil {
		return nil
	}
	body, _ := json.Marshal(map[string]string{"errorType": "Restore", "errorMessage": err.Error()})
	return errors.Join(err,
		send(ctx, client, http.MethodPost, base+"error", body, http.StatusAccepted))
}

// send sends a request to the Runtime API.
func send(ctx context.Context, client *http.Client, method, url string, body []byte,
	want int) error {
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Lambda-Runtime-Function-Error-Type", "Runtime.AfterRestoreError")
	}
	response, err := client.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != want {
		return fmt.Errorf("%s %s is answered with %d, want %d", method, r.URL.Path,
			response.StatusCode, want)
	}
	return nil
}
