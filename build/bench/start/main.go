// Command start measures how long `reviewlens serve` takes from the start of its process to its
// first score: with the model inside the program and one of 250 MB from a folder,
// and the large one from S3 with an empty cache and from the cache.
//
//	make bench-start
//
// S3 is gofakes3 in this process, on the same cores, so a download costs the CPU time of both ends.
// The large model is the embedded one padded with random weights that no layer reads: these are
// fetched, hashed and parsed as usual, but not laid out for the processor's kernels, which a
// full-size model would add to each line equally. Rounds are interleaved. CPU is the processor time
// of the process, including the kernel's, on all threads. Memory is the process's resident set, at
// its peak and a second after the score.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"reviewlens/api/model"
	defaultmodel "reviewlens/api/model/default"
	"reviewlens/api/model/s3"
	"reviewlens/api/model/store"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

const (
	program    = "bin/reviewlens"
	rounds     = 5
	modelBytes = 250_000_000
	address    = "s3://models/large"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "start:", err)
		os.Exit(1)
	}
}

func run() error {
	dir, err := os.MkdirTemp("", "reviewlens-start-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	folder, cold, warm := filepath.Join(dir, "model"), filepath.Join(dir,
		"cold"), filepath.Join(dir, "warm")
	small := filepath.Join(dir, "small")
	large, err := pad(defaultmodel.ONNX, modelBytes-len(defaultmodel.ONNX))
	if err != nil {
		return err
	}
	if err := errors.Join(writeModel(small, defaultmodel.ONNX),
		writeModel(folder, large)); err != nil {
		return err
	}
	url, err := publish(folder)
	if err != nil {
		return err
	}
	ways := []*way{
		{name: fmt.Sprintf("%d MB from a folder", len(defaultmodel.ONNX)/1e6), flags: []string{"-model", small}},
		{name: "250 MB from a folder", flags: []string{"-model", folder}},
		{name: "250 MB from S3, empty cache", flags: []string{"-model", address, "-cache", cold}},
		{name: "250 MB from the cache", flags: []string{"-model", address, "-cache", warm}},
	}
	bare := &way{name: "one bare GET of the graph, for comparison"}
	for round := range rounds + 1 { // the first warms the cache and the disk
		for _, w := range ways {
			if err := os.RemoveAll(cold); err != nil {
				return err
			}
			s, err := w.start()
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			if round > 0 {
				w.samples = append(w.samples, s)
			}
		}
		start := time.Now()
		if err := get(url); err != nil {
			return err
		}
		bare.samples = append(bare.samples, sample{took: time.Since(start)})
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	fmt.Fprintln(out, "| start to first score\t| s, median\t| least to most\t| CPU s\t| peak "+
		"MB\t| MB afterwards\t|")
	fmt.Fprintln(out, "|---\t|---\t|---\t|---\t|---\t|---\t|")
	for _, w := range append(ways, bare) {
		slices.SortFunc(w.samples, func(a, b sample) int { return int(a.took - b.took) })
		n := len(w.samples)
		m := w.samples[n/2]
		fmt.Fprintf(out, "| %s\t| %.2f\t| %.2f to %.2f\t| %s\t|\n", w.name, m.took.Seconds(),
			w.samples[0].took.Seconds(), w.samples[n-1].took.Seconds(), m)
	}
	return out.Flush()
}

type way struct {
	name    string
	flags   []string
	samples []sample
}

type sample struct {
	took, cpu   time.Duration
	peak, after int64 // bytes
}

// String returns the columns after the time; they are empty if no process was measured.
func (s sample) String() string {
	if s.peak == 0 {
		return "\t| \t| "
	}
	return fmt.Sprintf("%.2f\t| %d\t| %d", s.cpu.Seconds(), s.peak>>20, s.after>>20)
}

// start runs the server until it has scored a review.
func (w *way) start() (s sample, err error) {
	started := time.Now()
	cmd := exec.Command(program, append([]string{"serve", "-addr", "127.0.0.1:0"}, w.flags...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return s, err
	}
	if err := cmd.Start(); err != nil {
		return s, err
	}
	defer func() {
		err = errors.Join(err, cmd.Process.Signal(syscall.SIGTERM), cmd.Wait())
		s.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return s, fmt.Errorf("%w: %s", err, stderr.Bytes())
	}
	r, err := http.Post(strings.TrimSpace(line[strings.Index(line, "http"):])+"/v1/score",
		"text/plain", strings.NewReader("A lovely kettle."))
	if err != nil {
		return s, err
	}
	defer r.Body.Close()
	if body, err := io.ReadAll(r.Body); err != nil || r.StatusCode != http.StatusOK ||
		!bytes.Contains(body, []byte("positive")) {
		return s, fmt.Errorf("%s %s %v; %s", r.Status, body, err, stderr.Bytes())
	}
	s.took = time.Since(started)
	time.Sleep(time.Second)
	s.peak, s.after, err = memory(cmd.Process.Pid)
	return s, err
}

// memory returns the resident set of a process, from Linux's /proc.
func memory(pid int) (peak, now int64, err error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(data)) {
		for prefix, to := range map[string]*int64{"VmHWM:": &peak, "VmRSS:": &now} {
			if rest, ok := strings.CutPrefix(line, prefix); ok {
				if _, err := fmt.Sscanf(rest, "%d kB", to); err != nil {
					return 0, 0, err
				}
				*to <<= 10
			}
		}
	}
	return peak, now, nil
}

// publish starts S3 with the folder's model in it, and returns the address of its graph.
func publish(folder string) (url string, err error) {
	backend := s3mem.New()
	if err := backend.CreateBucket("models"); err != nil {
		return "", err
	}
	server := httptest.NewServer(gofakes3.New(backend).Server()) // ends with this process
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": server.URL,
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"} {
		if err := os.Setenv(name, value); err != nil {
			return "", err
		}
	}
	ctx := context.Background()
	place, err := s3.Open(ctx, address, "")
	if err != nil {
		return "", err
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	to := store.New(place, nil)
	id, _, err := to.Publish(ctx, store.New(store.Folder(folder), nil))
	if err == nil {
		_, err = to.Activate(ctx, id)
	}
	return server.URL + "/models/large/" + id + "/model.onnx", err
}

func get(url string) error {
	r, err := http.Get(url)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	_, err = io.Copy(io.Discard, r.Body)
	return err
}

// writeModel writes a model folder whose graph scores like the embedded one. Only two golden texts
// are checked at the start, so that the time is the model's and not theirs.
func writeModel(dir string, graph []byte) error {
	var m map[string]any
	d := json.NewDecoder(strings.NewReader(defaultmodel.Manifest))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		return err
	}
	m["files"] = []any{model.Describe("model.onnx", graph),
		model.Describe("vocab.txt", []byte(defaultmodel.Vocab))}
	m["golden"] = m["golden"].([]any)[:2]
	delete(m, "aspects") // no topics are requested
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if m["id"], err = model.ID(data); err != nil {
		return err
	}
	if data, err = json.Marshal(m); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for name, content := range map[string][]byte{"manifest.json": data, "model.onnx": graph,
		"vocab.txt": []byte(defaultmodel.Vocab)} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// pad adds a tensor of size random bytes to a graph: GraphProto.initializer (5) of ModelProto.graph
// (7).
func pad(onnx []byte, size int) ([]byte, error) {
	weights := make([]byte, size/4*4)
	random := rand.New(rand.NewPCG(1, 2))
	for i := 0; i < len(weights); i += 4 {
		// a float between 0.0078 and 0.0156
		binary.LittleEndian.PutUint32(weights[i:], 0x3c000000|random.Uint32()>>9)
	}
	var tensor []byte
	tensor = binary.AppendUvarint(append(tensor, 1<<3), uint64(len(weights)/4)) // dims
	tensor = append(tensor, 2<<3, 1)                                            // data_type: float
	tensor = appendField(tensor, 8, []byte("padding"))                          // name
	tensor = appendField(tensor, 9, weights)                                    // raw_data

	var out []byte
	for rest := onnx; len(rest) > 0; {
		key, n := binary.Uvarint(rest)
		end := n
		switch key & 7 {
		case 0:
			_, m := binary.Uvarint(rest[n:])
			end += m
		case 2:
			length, m := binary.Uvarint(rest[n:])
			end += m + int(length)
			if key>>3 == 7 {
				out = appendField(out, 7, appendField(slices.Clone(rest[n+m:end]), 5, tensor))
				rest = rest[end:]
				continue
			}
		default:
			return nil, fmt.Errorf("an ONNX file with a field of wire type %d", key&7)
		}
		out = append(out, rest[:end]...)
		rest = rest[end:]
	}
	return out, nil
}

func appendField(dst []byte, number uint64, payload []byte) []byte {
	dst = binary.AppendUvarint(dst, number<<3|2)
	return append(binary.AppendUvarint(dst, uint64(len(payload))), payload...)
}
