package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"reviewlens/api/wire"
)

// A full disk: a tmpfs of 48 MB in the server's own mount namespace, so that no other process has
// it and it vanishes with the server. It has the server's temporary files, jobs, history and cache.
// Data that cannot be stored is refused as storage-full; requests that need no disk are scored;
// with room again, all works as before.
func TestDiskFull(t *testing.T) {
	long(t)
	all := corpus(t)
	if out, err := inNamespace(exec.Command("sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt")).
		CombinedOutput(); err != nil {
		t.Skipf("needs to mount a tmpfs in a namespace of its own, as root or where users may "+
			"make namespaces: %v %s", err, out)
	}
	b := serveBucket(t)
	disk := t.TempDir()
	s := launch(t, onDisk(disk, "48m"), "-jobs", filepath.Join(disk, "jobs"), "-history",
		filepath.Join(disk, "history.db"), "-cache", filepath.Join(disk,
			"cache"), "-model", bucketAddress)
	s.await()
	s.awaitReady(t)
	s.rest(t)
	inside := fmt.Sprintf("/proc/%d/root%s", s.Pid, disk) // the same folder as the server sees it

	large := all.wide(0, reviewCount, 1000) // over the megabyte that is kept in memory
	run := func(id string) string {
		return fmt.Sprintf(
			`{"id":%q,"created":"2026-01-02T03:04:05Z","name":"a run","model":%q,"figures":{"x":%q}}`, id, b.id, strings.Repeat("y", 100_000))
	}
	if a := s.ask("PUT", "/v1/runs/first", wire.TypeJSON, run("first")); a.status != 204 {
		t.Fatalf("a run is not kept: %d %s", a.status, a.body)
	}
	var before wire.Job
	s.ask("POST", "/v1/jobs", wire.TypeCSV, all.file(0, 40)).json(t, &before)
	wait(t, "a job", func() bool {
		s.ask("GET", "/v1/jobs/"+before.ID, "", "").json(t, &before)
		return before.State == wire.Finished
	})

	filler := filepath.Join(inside, "filler")
	fill(t, filler)
	for round := range 10 {
		what := fmt.Sprintf("full disk, round %d: ", round)
		for _, path := range []string{"/v1/score", "/v1/report", "/v1/jobs"} {
			s.refuses(t, path, large).refused(t, what+"a large file to "+path, wire.StorageFull)
		}
		s.ask("POST", "/v1/jobs", wire.TypeCSV, all.file(0, 40)).
			refused(t, what+"a job", wire.StorageFull)
		s.ask("PUT", "/v1/runs/second", wire.TypeJSON, run("second")).
			refused(t, what+"a run", wire.StorageFull)
		all.check(t, what+"a small file",
			s.ask("POST", "/v1/score", wire.TypeCSV, all.file(0, 200)), 0, 200)
		all.checkTexts(t, what+"texts",
			s.ask("POST", "/v1/score", wire.TypeJSON, all.texts(0, 20)), 0, 20)
		all.check(t, what+"an earlier job's result",
			s.ask("GET", "/v1/jobs/"+before.ID+"/result", "", ""), 0, 40)
		if a := s.ask("GET", "/v1/runs/first", "", ""); a.status != 200 {
			t.Errorf("%san earlier run: %d %s", what, a.status, a.body)
		}
	}
	if a := s.ask("GET", "/v1/runs/second", "", ""); a.status != 404 {
		t.Errorf("a run that was refused is there: %d %s", a.status, a.body)
	}

	// Room for a job's file, but not for its result.
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	medium := all.wide(0, 400, 4000)
	leave(t, filler, int64(len(medium))+300<<10)
	a := s.ask("POST", "/v1/jobs", wire.TypeCSV, medium)
	var half wire.Job
	a.json(t, &half)
	wait(t, "the job that finds no room", func() bool {
		s.ask("GET", "/v1/jobs/"+half.ID, "", "").json(t, &half)
		return half.State == wire.Failed || half.State == wire.Finished
	})
	if half.State != wire.Failed || half.Error == nil || half.Error.Err().Code != wire.StorageFull {
		t.Errorf("a job whose result has no room is %+v, %+v", half, half.Error)
	}
	s.ask("GET", "/v1/jobs/"+half.ID+"/result", "", "").refused(t, "its result", wire.JobUnfinished)

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	all.check(t, "with room again", s.ask("POST", "/v1/score", wire.TypeCSV, large), 0, reviewCount)
	if a := s.ask("PUT", "/v1/runs/second", wire.TypeJSON, run("second")); a.status != 204 {
		t.Errorf("with room again a run is not kept: %d %s", a.status, a.body)
	}
	var after wire.Job
	s.ask("POST", "/v1/jobs", wire.TypeCSV, medium).json(t, &after)
	wait(t, "a job with room again", func() bool {
		s.ask("GET", "/v1/jobs/"+after.ID, "", "").json(t, &after)
		return after.State != wire.Waiting && after.State != wire.Running
	})
	all.check(t, "its result", s.ask("GET", "/v1/jobs/"+after.ID+"/result", "", ""), 0, 400)
	if left, _ := filepath.Glob(filepath.Join(inside, "reviewlens-*")); len(left) > 0 {
		t.Errorf("temporary files are left: %q", left)
	}
	at := s.goroutines
	goroutines, _ := s.recovered(t, 96<<20)
	s.stop()

	// The model's cache has no room at all: the model is used from memory.
	s = launch(t, onDisk(disk, "8m"), "-history", "none", "-cache", filepath.Join(disk, "cache"),
		"-model", bucketAddress)
	s.await()
	s.awaitReady(t)
	all.checkTexts(t, "without room for the cache",
		s.ask("POST", "/v1/score", wire.TypeJSON, all.texts(0, 30)), 0, 30)
	wait(t, "word of it in the log",
		func() bool { return strings.Contains(s.Log.String(), "not kept in the cache") })
	inside = fmt.Sprintf("/proc/%d/root%s", s.Pid, disk)
	if files, err := filepath.Glob(filepath.Join(inside, "cache", "*")); err != nil ||
		len(files) == 0 {
		t.Errorf("the cache was not where it should be: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(inside, "cache", "*.part")); len(left) > 0 {
		t.Errorf("left in the cache: %q", left)
	}
	s.stop()
	saw(t, "a full disk (tmpfs of 48 MB) under temporary files, jobs, history and cache",
		"`storage-full` (507) for each, small files and texts scored, nothing kept by halves; "+
			"with room again all works; goroutines %d, then %d", at, goroutines)
}

// refuses sends a large file that is not read to its end. If the connection ends after the answer,
// a client may see only that; then it retries.
func (s *server) refuses(t *testing.T, path, file string) (a answer) {
	t.Helper()
	var err error
	for range 10 {
		if a, err = s.send("POST", path, wire.TypeCSV, strings.NewReader(file)); err == nil {
			return a
		}
	}
	t.Fatalf("%s: %v", path, err)
	return a
}

// onDisk runs a command with its folder of temporary files on a disk of this size.
func onDisk(folder, size string) func(*exec.Cmd) {
	return func(cmd *exec.Cmd) {
		args := append([]string{"sh", "-c",
			`mount -t tmpfs -o size="$1" tmpfs "$TMPDIR" && shift && exec "$@"`, "sh", size, cmd.Path}, cmd.Args[1:]...)
		cmd.Path, cmd.Args = "/bin/sh", args
		cmd.Env = append(cmd.Env, "TMPDIR="+folder)
		inNamespace(cmd)
	}
}

// inNamespace gives a command its own mount namespace, and, if the user is not root, its own user
// namespace for that.
func inNamespace(cmd *exec.Cmd) *exec.Cmd {
	attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	attr.Unshareflags = syscall.CLONE_NEWNS // mounts stay inside
	cmd.SysProcAttr = attr
	return cmd
}

// fill writes a file until the disk is full.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 64<<10); len(block) > 0; {
		if _, err := f.Write(block); err != nil {
			block = block[:len(block)/2]
		}
	}
}

// leave writes a file until this many bytes are left.
func leave(t *testing.T, name string, bytes int64) {
	t.Helper()
	var stat syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(name), &stat); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, make([]byte, int64(stat.Bavail)*stat.Bsize-bytes),
		0o600); err != nil {
		t.Fatal(err)
	}
}
