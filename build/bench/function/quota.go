package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// period is the period of a quota, in microseconds. With the usual 100 ms a short request would
// find its whole share unused and run as if there were no quota.
const period = 20_000

// quota is a control group whose processes may use a share of the processors and have priority over
// others, so that other load on the machine has little effect.
type quota struct {
	dir string
	v2  bool
}

// newQuota creates a group below root, in either version of Linux's control groups. It needs root's
// rights.
func newQuota(root, name string) (*quota, error) {
	q := &quota{dir: filepath.Join(root, "cpu", name)}
	if _, err := os.Stat(filepath.Join(root, "cgroup.controllers")); err == nil {
		q.v2, q.dir = true, filepath.Join(root, name)
	}
	if err := os.Mkdir(q.dir, 0o755); err != nil {
		return nil, fmt.Errorf("a share of a processor is given by a control group: %w; it takes "+
			"Linux and root", err)
	}
	priority, value := "cpu.shares", "262144"
	if q.v2 {
		priority, value = "cpu.weight", "10000"
	}
	if err := q.write(priority, value); err != nil {
		return nil, errors.Join(fmt.Errorf("there is no controller of processors: %w", err),
			q.remove())
	}
	return q, nil
}

// set limits the group to the given number of processors.
func (q *quota) set(processors float64) error {
	micros := strconv.Itoa(int(processors * period))
	if q.v2 {
		return q.write("cpu.max", fmt.Sprintf("%s %d", micros, period))
	}
	return errors.Join(q.write("cpu.cfs_period_us", strconv.Itoa(period)),
		q.write("cpu.cfs_quota_us", micros))
}

func (q *quota) add(pid int) error { return q.write("cgroup.procs", strconv.Itoa(pid)) }

func (q *quota) write(file, value string) error {
	return os.WriteFile(filepath.Join(q.dir, file), []byte(value), 0o644)
}

// remove deletes an empty group.
func (q *quota) remove() error { return os.Remove(q.dir) }
