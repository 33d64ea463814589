package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"reviewlens/api/lambda/lambdatest"
)

// The x86-64 zip under AWS's own Runtime Interface Emulator, which implements Lambda's side of the
// runtime protocol: events are answered by one process, an invalid one is an error and ends
// nothing, and a killed process is restarted. `make test-rie` runs this.
func TestRIE(t *testing.T) {
	emulator, zipped := os.Getenv("REVIEWLENS_RIE"), os.Getenv("REVIEWLENS_LAMBDA_X86_64")
	if emulator == "" || zipped == "" {
		t.Skip("needs `make test-rie`: the x86-64 zip and the Runtime Interface Emulator")
	}
	task := unzip(t, zipped)
	address := free(t)
	cmd := exec.Command(emulator, "--runtime-interface-emulator-address", address,
		"--runtime-api-address", free(t), filepath.Join(task, "bootstrap"))
	cmd.Dir = task
	cmd.Env = []string{"LAMBDA_TASK_ROOT=" + task, "AWS_LAMBDA_FUNCTION_NAME=reviews",
		"AWS_LAMBDA_FUNCTION_TIMEOUT=29", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=1769", "PATH=/usr/bin:/bin"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that the bootstrap ends with it
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	defer func() {
		if t.Failed() {
			data, _ := os.ReadFile(log.Name())
			t.Logf("%s", data)
		}
	}()
	for range 100 {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	invoke := func(event []byte) []byte {
		t.Helper()
		start := time.Now()
		r, err := http.Post("http://"+address+"/2015-03-31/functions/function/invocations",
			"application/json", bytes.NewReader(event))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		payload, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d bytes, answered with %d in %v", len(event), len(payload),
			time.Since(start).Round(time.Millisecond))
		return payload
	}

	texts := []string{"Great kettle!", "It leaks, and the handle gets hot."}
	scored := func() {
		t.Helper()
		scoresAsHere(t, invoke(asks(t, texts)), texts, 1e-5)
	}
	scored()
	first := bootstraps(t, task)
	scored()
	if got := invoke([]byte(`{"no": "event of ours"}`)); !strings.Contains(string(got),
		"errorMessage") {
		t.Errorf("an event of nobody's is answered %s", got)
	}
	var check struct {
		Texts int
		Error string
	}
	if got := invoke([]byte(`{"canary": true}`)); json.Unmarshal(got, &check) != nil ||
		check.Texts == 0 || check.Error != "" {
		t.Errorf("the canary says %s", got)
	}
	big := []string{strings.Repeat("x", 5<<20)}
	if response, err := lambdatest.Answer(invoke(asks(t, big))); err != nil ||
		response.StatusCode != 200 {
		t.Errorf("a text of five megabytes: %v, %v", response, err)
	}
	if again := bootstraps(t, task); len(first) != 1 || len(again) != 1 || first[0] != again[0] {
		t.Errorf("processes %v, then %v; want one, the same", first, again)
	}
	if err := syscall.Kill(first[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	invoke([]byte(`{"canary": true}`)) // reports the death
	scored()
	if again := bootstraps(t, task); len(again) != 1 || again[0] == first[0] {
		t.Errorf("after %v was killed there is %v", first, again)
	}
}

func unzip(t *testing.T, name string) string {
	t.Helper()
	z, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	dir := t.TempDir()
	if err := os.CopyFS(dir, z); err != nil {
		t.Fatal(err)
	}
	return dir
}

func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// bootstraps returns the processes that run the bootstrap of a folder.
func bootstraps(t *testing.T, task string) (pids []int) {
	t.Helper()
	links, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil && to == filepath.Join(task, "bootstrap") {
			var pid int
			if err := json.Unmarshal([]byte(strings.Split(link, "/")[2]), &pid); err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	return pids
}
