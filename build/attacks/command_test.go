package attacks

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// The file that -o names is written, and keeps its kind and mode: pipe, link, private file.
func TestOutputsStayWhatTheyAre(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("makes pipes")
	}
	dir := t.TempDir()
	file := func(name, data string, mode os.FileMode) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(data), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	in := file("in.csv", "review\ngood one\n", 0o644)
	score := func(out string) (stderr string) {
		t.Helper()
		cmd := exec.Command(program(t), "score", in, "-o", out)
		output, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("-o %s: %v %s", out, err, output)
		}
		return string(output)
	}

	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan string, 1)
	go func() {
		data, _ := os.ReadFile(pipe)
		read <- string(data)
	}()
	score(pipe)
	if info, err := os.Lstat(pipe); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Errorf("the pipe is now %v, %v", info.Mode(), err) // its reader waits for ever
	} else if got := <-read; !strings.HasPrefix(got, "review,sentiment") {
		t.Errorf("the pipe's reader got %q", got)
	}

	target, link := file("target.csv", "old", 0o644), filepath.Join(dir, "link.csv")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	score(link)
	if got, _ := os.ReadFile(target); !strings.HasPrefix(string(got), "review,sentiment") {
		t.Errorf("the link's target holds %q", got)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != os.ModeSymlink {
		t.Errorf("the link is now %v, %v", info.Mode(), err)
	}

	private := file("private.csv", "old", 0o600)
	score(private)
	if info, err := os.Stat(private); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("a private output is now %v, %v", info.Mode(), err)
	}
}

// A link that an attacker planted where progress is kept is not followed.
func TestPlantedJournal(t *testing.T) {
	dir := t.TempDir()
	victim := filepath.Join(dir, "victim")
	in := filepath.Join(dir, "in.csv")
	for name, data := range map[string]string{victim: "precious", in: "review\ngood one\n"} {
		if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(victim, filepath.Join(dir, ".out.csv.resume")); err != nil {
		t.Fatal(err)
	}
	output, err := exec.Command(program(t), "score", in, "-o", filepath.Join(dir, "out.csv")).
		CombinedOutput()
	if got, _ := os.ReadFile(victim); string(got) != "precious" {
		t.Errorf("the file behind the link holds %q (%v, %s)", got, err, output)
	}
}

// Names with a terminal's control sequences are not printed verbatim.
func TestControlCharactersInMessages(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a\x1b]0;owned\x07b.csv")
	if err := os.WriteFile(name, []byte("co\x1b[31ml,other\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"score", name}, {"score", name, "-column", "x\x1b[2J"},
		{"report", name}, {"score", name + "\x1b[0m"}} {
		cmd := exec.Command(program(t), args...)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		cmd.Run() // each of them may fail; its output is checked
		if strings.ContainsAny(stderr.String(), "\x1b\x07") {
			t.Errorf("%q says %q", args, stderr.String())
		}
	}
}
