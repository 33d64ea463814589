package infer_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"reviewlens/api/infer/infertest"
)

// ONNX Runtime leaves no identifier of the machine and no database of its use, and opens no socket:
// it would report to its maker. The test runs in a separate process with an empty home, since the
// library decides when it is loaded.
func TestLibraryReportsNothing(t *testing.T) {
	if os.Getenv("REVIEWLENS_TEST_HOME") != "" {
		e := infertest.Engine(t)
		if p := score(t, e, "Works as it should.")[0]; p <= 0 {
			t.Fatalf("scores %v", p)
		}
		open, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		for _, fd := range open {
			if to, _ := os.Readlink("/proc/self/fd/" + fd.Name()); strings.HasPrefix(to, "socket:") {
				t.Errorf("it has %s", to)
			}
		}
		return
	}
	infertest.Library(t)
	home := t.TempDir()
	again := exec.Command(os.Args[0], "-test.run", "^TestLibraryReportsNothing$", "-test.count", "1")
	for _, v := range os.Environ() {
		switch name, _, _ := strings.Cut(v, "="); name {
		case "ORT_DISABLE_TELEMETRY", "CI", "HOME", "XDG_CACHE_HOME", "TMPDIR": // CI disables it
		default:
			again.Env = append(again.Env, v)
		}
	}
	again.Env = append(again.Env, "HOME="+home, "TMPDIR="+home, "REVIEWLENS_TEST_HOME="+home)
	if out, err := again.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			t.Errorf("it left %s", path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
