package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"reviewlens/api/model"
	"reviewlens/build/bench/synthetic"
)

// Both versions of control groups get the same limits, each in its own format. The files of a real
// group exist once its folder does; here they are written.
func TestQuota(t *testing.T) {
	for _, tt := range []struct {
		name string
		v2   bool
		want map[string]string
	}{
		{"version 1", false,
			map[string]string{"cpu/x/cpu.cfs_period_us": "20000", "cpu/x/cpu.cfs_quota_us": "10000",
				"cpu/x/cgroup.procs": "42", "cpu/x/cpu.shares": "262144"}},
		{"version 2", true, map[string]string{"x/cpu.max": "10000 20000", "x/cgroup.procs": "42",
			"x/cpu.weight": "10000"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			if err := os.Mkdir(filepath.Join(root, "cpu"), 0o755); err != nil {
				t.Fatal(err)
			}
			if tt.v2 {
				if err := os.WriteFile(filepath.Join(root, "cgroup.controllers"), nil,
					0o644); err != nil {
					t.Fatal(err)
				}
			}
			q, err := newQuota(root, "x")
			if err != nil {
				t.Fatal(err)
			}
			if err := q.set(0.5); err != nil {
				t.Fatal(err)
			}
			if err := q.add(42); err != nil {
				t.Fatal(err)
			}
			for file, want := range tt.want {
				if got, err := os.ReadFile(filepath.Join(root, file)); err != nil ||
					string(got) != want {
					t.Errorf("%s holds %q (%v), want %q", file, got, err, want)
				}
			}
		})
	}
	if _, err := newQuota(filepath.Join(t.TempDir(), "nowhere"), "x"); err == nil ||
		!strings.Contains(err.Error(), "root") {
		t.Errorf("without control groups: %v", err)
	}
}

// Every token is sent once, in requests of a fixed size.
func TestPack(t *testing.T) {
	m, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	list := synthetic.Texts(300)
	events, tokens, err := pack(m, list)
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, text := range list {
		_, n, err := pack(m, []string{text})
		if err != nil {
			t.Fatal(err)
		}
		want += n
	}
	if tokens != want || len(events) < tokens/(frameTokens+512) ||
		len(events) > tokens/frameTokens+1 {
		t.Errorf("%d tokens in %d events, want %d tokens", tokens, len(events), want)
	}
}
