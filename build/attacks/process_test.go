package attacks

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// secret is a review that must not exist anywhere once its process has exited.
const secret = "a private review of a private person\n"

// A killed server, or a killed command, leaves no review in the folder of temporary files.
func TestNothingIsLeftInTemporaryFiles(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("looks into /proc for the open file")
	}
	body := "review\n" + strings.Repeat(secret, 3<<20/len(secret))
	t.Run("an upload", func(t *testing.T) {
		s := start(t, nil)
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: 100000000\r\n\r\n%s", body)
		killWhileHeld(t, s.Process.Process, s.temp, s.KillAndWait)
	})
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.WriteString(z, body)
	z.Close()
	book := excelize.NewFile()
	defer book.Close()
	book.SetCellStr("Sheet1", "A1", "review")
	for i := range 40_000 { // each another shared string
		book.SetCellStr("Sheet1", fmt.Sprintf("A%d", i+2), fmt.Sprint(i, secret))
	}
	workbook, err := book.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string]struct {
		file  string
		stdin string
		data  []byte
	}{
		"a pipe":    {"-", body, nil},
		"gzip file": {"reviews.csv.gz", "", packed.Bytes()},
		"workbook":  {"reviews.xlsx", "", workbook.Bytes()},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			temp := filepath.Join(dir, "tmp")
			if err := os.Mkdir(temp, 0o700); err != nil {
				t.Fatal(err)
			}
			if in.data != nil {
				if err := os.WriteFile(filepath.Join(dir, in.file), in.data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command(program(t), "score", in.file, "-o", "scored.csv")
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "TMPDIR="+temp)
			stdin, err := cmd.StdinPipe() // stays open, so that a pipe never reaches its end
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			go io.WriteString(stdin, in.stdin)
			killWhileHeld(t, cmd.Process, temp, func() {
				cmd.Process.Kill()
				cmd.Wait()
			})
		})
	}
}

// killWhileHeld waits until a process has a nonempty temporary file, kills it, and checks the
// remains.
func killWhileHeld(t *testing.T, p *os.Process, temp string, kill func()) {
	t.Helper()
	held := false
	for end := time.Now().Add(wait); !held && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p.Pid))
		for _, f := range files {
			target, _ := os.Readlink(f)
			info, err := os.Stat(f)
			held = held || strings.HasPrefix(target, temp) && err == nil && info.Size() > 0
		}
	}
	kill()
	if !held {
		t.Fatal("the process held no temporary file")
	}
	filepath.WalkDir(temp, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			t.Errorf("it left %s", path)
		}
		return err
	})
}
