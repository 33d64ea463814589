package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// occupy keeps n processors busy until stop is called. The loops are part of this process, so none
// outlives it.
func occupy(n int) (stop func()) {
	var over atomic.Bool
	var group sync.WaitGroup
	for range n {
		group.Go(func() {
			for !over.Load() {
			}
		})
	}
	return func() {
		over.Store(true)
		group.Wait()
	}
}

// runBounded runs a command until it ends, ctx ends or the timeout expires. Then the command and
// all its descendants get SIGTERM and, after a grace period, SIGKILL; runBounded returns when they
// have exited. late reports that the timeout expired.
func runBounded(ctx context.Context, cmd *exec.Cmd, timeout,
	grace time.Duration) (late bool, err error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return false, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	bound := time.NewTimer(timeout)
	defer bound.Stop()
	select {
	case err := <-done:
		return false, err
	case <-bound.C:
		late = true
	case <-ctx.Done():
	}
	// Some children lead their own process group (a browser does), so the group alone is not
	// everything. The list is taken before any process ends: later, orphans cannot be distinguished
	// from other processes.
	all := append(descendants(cmd.Process.Pid), process{pid: cmd.Process.Pid})
	for _, p := range all {
		p.signal(syscall.SIGTERM)
	}
	select {
	case err = <-done:
	case <-time.After(grace):
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		err = <-done
	}
	children := all[:len(all)-1] // the command itself has been waited for
	for _, p := range children {
		p.signal(syscall.SIGKILL)
	}
	for _, p := range children { // the kernel ends them after kill has returned
		for end := time.Now().Add(time.Minute); p.alive() && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
	}
	if err == nil {
		err = errors.New("the command was told to end")
	}
	return late, err
}

// process is a running process; its start distinguishes it from a later one with the same ID.
type process struct {
	pid   int
	start string
}

// alive reports whether the process has not ended yet; a zombie is not alive.
func (p process) alive() bool {
	_, start, ok := stat(p.pid)
	return ok && start == p.start
}

func (p process) signal(s syscall.Signal) {
	if p.start == "" || p.alive() {
		_ = syscall.Kill(p.pid, s)
	}
}

// descendants returns the children of a process, their children and so on, from /proc (Linux).
func descendants(pid int) (found []process) {
	names, _ := filepath.Glob("/proc/[0-9]*")
	children := map[int][]process{}
	for _, name := range names {
		child, err := strconv.Atoi(filepath.Base(name))
		if err != nil {
			continue
		}
		if parent, start, ok := stat(child); ok {
			children[parent] = append(children[parent], process{child, start})
		}
	}
	for next := []int{pid}; len(next) > 0; next = next[1:] {
		for _, child := range children[next[0]] {
			found = append(found, child)
			next = append(next, child.pid)
		}
	}
	return found
}

// stat reads the parent and the start time of a process that has not ended from /proc.
func stat(pid int) (parent int, start string, ok bool) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, "", false
	}
	// The second field is the command in parentheses and may contain spaces.
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	if len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return 0, "", false
	}
	parent, err = strconv.Atoi(fields[1])
	return parent, fields[19], err == nil
}
