package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"reviewlens/api/lambda/lambdatest"
	"reviewlens/build/bench/library"
)

const work = "build/work/function"

// build creates a folder with the contents of the zip: bootstrap and native library.
func build() error {
	native, err := library.Find()
	if err != nil {
		return err
	}
	link := filepath.Join(work, filepath.Base(native))
	if err := errors.Join(os.MkdirAll(work, 0o755), os.RemoveAll(link),
		os.Symlink(native, link)); err != nil {
		return err
	}
	if out, err := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o",
		filepath.Join(work, "bootstrap"), "./api/cmd/lambda").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// function is a running bootstrap with its own Runtime API.
type function struct {
	*lambdatest.Runtime
	cmd    *exec.Cmd
	group  *quota
	stderr bytes.Buffer
	init   time.Duration // from the start of the process until it asks for an event
}

// start runs a function that sees the given number of processors and may use a share of them, and
// waits until it asks for its first event.
func start(name string, sees int, share float64, env ...string) (f *function, err error) {
	f = &function{}
	if f.group, err = newQuota("/sys/fs/cgroup",
		fmt.Sprintf("reviewlens-%d-%s", os.Getpid(), name)); err != nil {
		return nil, err
	}
	if f.Runtime, err = lambdatest.Start(); err != nil {
		return nil, errors.Join(err, f.group.remove())
	}
	dir, err := filepath.Abs(work)
	if err != nil {
		return nil, err
	}
	f.cmd = exec.Command(filepath.Join(dir, "bootstrap"))
	f.cmd.Env = append(env, "AWS_LAMBDA_RUNTIME_API="+f.Addr(), "AWS_LAMBDA_FUNCTION_NAME=reviews",
		"LAMBDA_TASK_ROOT="+dir, "GOMAXPROCS="+strconv.Itoa(sees))
	f.cmd.Stderr = &f.stderr
	started := time.Now()
	if err := errors.Join(f.group.set(share), f.cmd.Start(),
		f.group.add(f.cmd.Process.Pid)); err != nil {
		return nil, errors.Join(err, f.stop())
	}
	select {
	case <-f.Ready():
		f.init = time.Since(started)
		return f, nil
	case <-time.After(time.Minute):
		return nil, errors.Join(fmt.Errorf("the function asks for no event: %s", f.stderr.Bytes()),
			f.stop())
	}
}

func (f *function) stop() error {
	err := f.cmd.Process.Kill()
	f.cmd.Wait()
	return errors.Join(err, f.Close(), f.group.remove())
}

// answer sends an event to the function and waits for its response.
func (f *function) answer(event []byte) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	started := time.Now()
	payload, err := f.Invoke(ctx, event, 30*time.Second)
	took := time.Since(started)
	if err != nil {
		return 0, err
	}
	r, err := lambdatest.Answer(payload)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("the function answers %d: %.200s", r.StatusCode, payload)
	}
	return took, err
}

// cpu returns the processor time that the process has used, on all threads.
func (f *function) cpu() (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", f.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	// from the state (field 3) on
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	return ticks(fields[11], fields[12])
}

// machineCPU returns the processor time of all processes, and the period that it covers.
func machineCPU() (time.Duration, error) {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(data[:bytes.IndexByte(data, '\n')]))
	// user, nice, system, irq, softirq
	return ticks(fields[1], fields[2], fields[3], fields[6], fields[7])
}

// ticks adds counts of hundredths of a second, the unit in every Linux that Go runs on.
func ticks(counts ...string) (sum time.Duration, err error) {
	for _, c := range counts {
		n, err := strconv.ParseInt(c, 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(n) * 10 * time.Millisecond
	}
	return sum, nil
}

// processor returns the name of the machine's processor.
func processor() string {
	data, _ := os.ReadFile("/proc/cpuinfo")
	name := runtime.GOARCH
	for line := range strings.Lines(string(data)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			name = strings.TrimSpace(value)
		}
		if strings.HasPrefix(line, "flags") {
			for _, known := range []string{"avx2", "avx512_vnni"} {
				if strings.Contains(line, " "+known) {
					name += ", " + strings.ToUpper(known)
				}
			}
			break
		}
	}
	return fmt.Sprintf("%s, %d CPUs", name, runtime.NumCPU())
}
