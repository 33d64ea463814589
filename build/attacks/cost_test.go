package attacks

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"reviewlens/api/wire"
)

// Files that are made to cost more than their size. The cost of a file of four times the size is
// compared with that of one.
var costly = []struct {
	name string
	file func(bytes int) string
}{
	{"quotes that open and do not close, on one line", func(n int) string {
		return "id,review\n1,good\n2,\"a," + strings.Repeat("\"a,", n/3) + "\n3,good\n"
	}},
	{"lines that each open a quote", func(n int) string {
		return "id,review\n1,good\n" + strings.Repeat("2,\"a\n", n/5)
	}},
	{"JSON with many members on a line", func(n int) string {
		var b strings.Builder
		b.WriteString(`{"review": "good"`)
		for i := 0; b.Len() < n; i++ {
			fmt.Fprintf(&b, `,"m%d":"a"`, i%9000)
		}
		return b.String() + "}\n{\"review\": \"good\"}\n"
	}},
	{"rows without a text",
		func(n int) string { return "id,review\n1,good\n" + strings.Repeat(",\n", n/2) }},
	{"one long word", func(n int) string {
		return "id,review\n1," +
			strings.Repeat("a", n) + "\n"
	}},
	{"commas", func(n int) string { return "id,review\n1,good\n" + strings.Repeat(",", n) + "\n" }},
}

func TestCostIsLinear(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	size := 256 << 10
	if *full {
		size = 2 << 20
	}
	for _, f := range costly {
		t.Run(f.name, func(t *testing.T) {
			s := start(t, nil)
			s.send(t, ask("POST", "/v1/score", "review\ngood\n", "Content-Type: text/csv"))
			took := func(n int) float64 {
				before := s.cpuTicks(t)
				// within wait, with any answer
				s.send(t, ask("POST", "/v1/score", f.file(n), "Content-Type: text/csv"))
				return float64(s.cpuTicks(t) - before)
			}
			const noise = 10 // ticks of 10 ms: garbage collection and other requests
			once, four := took(size), took(4*size)
			t.Logf("%v ticks, then %v", once, four)
			if four > 8*(once+noise) {
				t.Errorf("four times as much takes %v ticks instead of %v", four, once)
			}
			if peak := s.peak(t); peak > 400<<20 && !*full {
				t.Errorf("%d bytes take %d MB", 4*size, peak>>20)
			}
		})
	}
}

// cpuTicks returns the processor time of the server so far.
func (s *server) cpuTicks(t testing.TB) int {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.Pid))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return user + system
}

// peak returns the peak memory of the server, in bytes.
func (s *server) peak(t testing.TB) int {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "VmHWM:")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}

// A table with an absurd number of columns is refused quickly.
func TestTooManyColumns(t *testing.T) {
	s := start(t, nil)
	for _, body := range []string{
		"review" + strings.Repeat(",a", 1_000_000) + "\ngood" +
			strings.Repeat(",b", 1_000_000) + "\n",
		strings.Repeat("\t", 3<<20) + "\n",
	} {
		for _, path := range []string{"/v1/score", "/v1/report"} {
			a := s.send(t, ask("POST", path, body, "Content-Type: text/csv"))
			if wrong := refused(400, wire.BadFile, "columns")(a); wrong != "" {
				t.Errorf("%s answers %d %.200s; %s", path, a.status, a.body, wrong)
			}
		}
	}
}

// Cells that a spreadsheet would execute are escaped in every position.
func TestGuardedCells(t *testing.T) {
	s := start(t, nil)
	for _, cell := range []string{"=1+1", "+cmd|x", "-1+cmd|x", "@SUM(1)", "\t=1", "\r=1", "\n=1+1",
		"＝1+1", "＋1", "－1", "＠x"} {
		a := s.send(t, ask("POST", "/v1/score?guard=1&column=review", "note,review\n\""+cell+
			"\",good one\n", "Content-Type: text/csv"))
		if a.status != 200 || !strings.Contains(a.body, "'"+cell) {
			t.Errorf("guard of %q answers %d %q", cell, a.status, a.body)
		}
	}
}

// One key keeps a bounded number of runs, without affecting those of another.
func TestRunsAreBounded(t *testing.T) {
	if !*full {
		t.Skip("keeps a thousand runs: make test-attacks")
	}
	s := start(t, []string{"REVIEWLENS_API_KEYS=" + keyOne + "," + keyTwo})
	put := func(key string, i int) answer {
		return s.send(t, ask("PUT", fmt.Sprintf("/v1/runs/r%d", i), run, "X-Api-Key: "+key))
	}
	for i := range 2000 {
		if a := put(keyOne, i); a.status != 204 {
			if wrong := refused(507, wire.StorageFull, "delete")(a); wrong != "" {
				t.Errorf("run %d answers %d %s; %s", i, a.status, a.body, wrong)
			}
			if a := put(keyTwo, 0); a.status != 204 {
				t.Errorf("another key: %d %s", a.status, a.body)
			}
			return
		}
	}
	t.Error("one key kept 2000 runs")
}
