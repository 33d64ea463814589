package api

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The examples run unchanged against a server that requires a key.
func TestExamples(t *testing.T) {
	key := strings.Repeat("k", minKey)
	keys, _ := ParseKeys(key)
	server := httptest.NewServer(newJobs(t, keys))
	defer server.Close()
	dir := t.TempDir()
	reviews := filepath.Join(dir, "reviews.csv")
	if err := os.WriteFile(reviews, []byte("id,review\n1,good lid\n2,bad motor\n"),
		0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{
		{"sh", "examples/score.sh"},
		{"python3", "examples/score.py"},
		{"go", "run", "./examples/score"},
	} {
		t.Run(command[0], func(t *testing.T) {
			if _, err := exec.LookPath(command[0]); err != nil {
				t.Skipf("needs %s", command[0])
			}
			if command[0] == "sh" {
				if _, err := exec.LookPath("curl"); err != nil {
					t.Skip("needs curl")
				}
			}
			run := exec.CommandContext(t.Context(), command[0], append(command[1:], reviews)...)
			run.Env = append(os.Environ(), "REVIEWLENS="+server.URL, "REVIEWLENS_API_KEY="+key)
			var stderr strings.Builder
			run.Stderr = &stderr
			out, err := run.Output()
			if err != nil {
				t.Fatalf("%v\n%s%s", err, out, &stderr)
			}
			// score and the job's result
			if n := strings.Count(string(out), "1,good lid,positive,0.0220,1\n2,bad "+
				"motor,positive,"); n != 2 {
				t.Errorf("the annotated file is there %d times, want 2:\n%s", n, out)
			}
		})
	}
}
