package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"reviewlens/api/infer/infertest"
	"reviewlens/api/scoring"
	"reviewlens/build/planted"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"reviewlens": main})
}

// The scripts are terminal sessions, one for each task of a user.
func TestScripts(t *testing.T) {
	library := infertest.Library(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("ORT", library)
			exports, err := filepath.Abs("../../infer/testdata")
			if err != nil {
				return err
			}
			e.Setenv("EXPORTS", exports)
			b := newTestBucket(t)
			testBuckets.Store(b.url, b)
			e.Setenv("XDG_CACHE_HOME", filepath.Join(e.WorkDir, ".cache"))
			for name, value := range environmentOf(b.url) {
				e.Setenv(name, value)
			}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"large":    large,
			"huge":     huge,
			"workbook": workbook,
			"half":     half,
			"archive":  archiveScript,
			"long":     long,
			"variant":  variantScript,
			"planted":  plantedScript,
			"server":   serverScript(t, lazily(t)),
			"serving":  servingScript(),
			"runs":     runsScript,
			"lock":     lockJournal,
			"object":   objectScript,
			"forbid":   forbidScript,
			"uploads":  uploadsScript,
			"parquet":  parquetScript,
			"typed":    typedScript,

			"same-report": sameReportScript,
			"await":       awaitScript,
			"unlock":      unlockJournal,
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "root":
				return os.Geteuid() == 0, nil
			case "mknod":
				return canMakeDevices(t), nil
			}
			return false, fmt.Errorf("no condition %q", name)
		},
	})
}

// plantedScript writes a file with a known problem: planted FILE.
func plantedScript(ts *testscript.TestScript, neg bool, args []string) {
	var b bytes.Buffer
	ts.Check(planted.Write(&b))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o666))
}

// large writes a CSV of ROWS different rows: large FILE ROWS.
func large(ts *testscript.TestScript, neg bool, args []string) {
	var b bytes.Buffer
	b.WriteString("id,review\n")
	rows := 0
	fmt.Sscan(args[1], &rows)
	for i := range rows {
		fmt.Fprintf(&b, "%d,Number %d broke on the very first day and nobody at the shop wanted to hear about it.\n", i, i)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o666))
}

// huge writes a CSV whose second row has a text of BYTES bytes: huge FILE BYTES.
func huge(ts *testscript.TestScript, neg bool, args []string) {
	size := 0
	fmt.Sscan(args[1], &size)
	text := strings.Repeat("It never worked as it should. ", size/30)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("id,review\n1,Lovely.\n2,"+text+"\n3,Awful.\n"),
		0o666))
}

// workbook writes a workbook of two sheets, one of them empty, and of more with other reviews:
// workbook FILE [SHEET ...].
func workbook(ts *testscript.TestScript, neg bool, args []string) {
	book := excelize.NewFile()
	for i, row := range [][]any{{"stars", "review"}, {5, "Quick, quiet"},
		{1, `She said "never again". It broke.`}} {
		ts.Check(book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row))
	}
	_, err := book.NewSheet("Notes")
	ts.Check(err)
	for _, name := range args[1:] {
		_, err := book.NewSheet(name)
		ts.Check(err)
		ts.Check(book.SetSheetRow(name, "A1", &[]any{"grade", "comment"}))
		ts.Check(book.SetSheetRow(name, "A2", &[]any{4, "It is quiet, and easy to clean"}))
		ts.Check(book.SetSheetRow(name, "A3", &[]any{2, "It broke on the second day"}))
	}
	ts.Check(book.SaveAs(ts.MkAbs(args[0])))
}

// lockJournal locks the journal of an output until unlock, as a concurrent run does: lock FILE.
func lockJournal(ts *testscript.TestScript, neg bool, args []string) {
	j, err := scoring.OpenJournal(ts.MkAbs(args[0]))
	ts.Check(err)
	close := sync.OnceValue(func() error { _, err := j.Close(); return err })
	ts.Defer(func() { close() })
	journals.Store(ts, close)
}

func unlockJournal(ts *testscript.TestScript, neg bool, args []string) {
	close, _ := journals.LoadAndDelete(ts)
	ts.Check(close.(func() error)())
}

// journals holds the journals that scripts have locked.
var journals sync.Map

// canMakeDevices tries it: root in a container may lack the right, or the disk may forbid devices.
func canMakeDevices(t *testing.T) bool {
	null := filepath.Join(t.TempDir(), "null")
	if err := exec.Command("mknod", null, "c", "1", "3").Run(); err != nil {
		return false
	}
	f, err := os.OpenFile(null, os.O_WRONLY, 0)
	if err == nil {
		f.Close()
	}
	return err == nil && os.Remove(null) == nil
}

// archiveScript packs files as zip: archive out.zip FILE...
func archiveScript(ts *testscript.TestScript, neg bool, args []string) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range args[1:] {
		w, err := z.Create(name)
		ts.Check(err)
		_, err = io.WriteString(w, ts.ReadFile(name))
		ts.Check(err)
	}
	ts.Check(z.Close())
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o666))
}

// half writes the first half of a file: half FROM TO.
func half(ts *testscript.TestScript, neg bool, args []string) {
	data := ts.ReadFile(args[0])
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(data[:len(data)/2]), 0o666))
}

// startServer runs serve until stop is called, which returns its error; the log is complete then.
func startServer(t *testing.T,
	flags ...string) (url string, stop func() error, stderr *bytes.Buffer) {
	t.Helper()
	args := append([]string{"serve", "-addr", "127.0.0.1:0", "-ort", infertest.Library(t),
		"-history", filepath.Join(t.TempDir(), "history.db"), "-jobs", t.TempDir()}, flags...)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	out, stdout := io.Pipe()
	done := make(chan error, 1)
	stderr = new(bytes.Buffer)
	go func() {
		done <- run(ctx, args, nil, stdout, stderr)
		stdout.Close()
	}()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() { stop() })
	line, err := bufio.NewReader(out).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "Reviewlens is at ")
	if err != nil || !ok {
		t.Fatalf("serve says %q, %v (%v)", line, err, stop())
	}
	return url, stop, stderr
}

// serve responds until it has to stop, and then finishes its requests.
func TestServe(t *testing.T) {
	url, stop, stderr := startServer(t)

	const secret = "The zebra kettle whistles marvellously"
	response, err := http.Post(url+"/v1/score", "application/json",
		strings.NewReader(`{"texts": ["`+secret+`", "It broke at once.", ""]}`))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Model   string
		Results []struct {
			Sentiment string
			Positive  *float64
			Error     any
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	r := answer.Results
	if len(r) != 3 || r[0].Sentiment != "positive" || r[1].Sentiment != "negative" ||
		r[2].Positive != nil || r[2].Error == nil {
		t.Errorf("answer = %+v", answer)
	}

	keep, err := http.NewRequest("PUT", url+"/v1/runs/a",
		strings.NewReader(`{"name": "May", "created": "2026-05-01T10:00:00Z", "rows": 1}`))
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := http.DefaultClient.Do(keep); err != nil ||
		kept.StatusCode != http.StatusNoContent {
		t.Errorf("a run is not kept: %v, %v", kept, err)
	}

	// A second server on the same address fails at once.
	second := run(t.Context(),
		[]string{"serve", "-addr", strings.TrimPrefix(url, "http://"), "-ort", infertest.Library(t),
			"-history", "none"}, nil, io.Discard, io.Discard)
	if second == nil || !strings.Contains(second.Error(), "is taken") {
		t.Errorf("a second server: %v", second)
	}

	if err := stop(); err != nil {
		t.Fatalf("serve = %v", err)
	}
	if strings.Contains(stderr.String(), "zebra") ||
		!strings.Contains(stderr.String(), "/v1/score") {
		t.Errorf("the log should have the request and not the text: %s", stderr.String())
	}
}
