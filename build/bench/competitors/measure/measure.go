// Package measure runs the benchmarks written in Go, natively and as WASM: our tokenizer and
// reader, sugarme's tokenizer (which hugot uses without native code) and encoding/csv.
package measure

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"time"

	"reviewlens/reviews/table"
	"reviewlens/tokenizer"

	"github.com/sugarme/tokenizer/pretrained"
)

// Result is the measurement of one candidate on all texts or one file. Hashes are FNV-1a of each
// text's IDs.
type Result struct {
	Seconds float64  `json:"seconds"`
	Hashes  []uint32 `json:"hashes,omitempty"`
	Panics  int      `json:"panics,omitempty"`
	Rows    int      `json:"rows,omitempty"`
	Fields  int      `json:"fields,omitempty"`
}

// seconds returns the mean duration of a pass: as many as fit into a second, after one warm-up.
func seconds(pass func()) float64 {
	pass()
	start, passes := time.Now(), 0
	for passes == 0 || time.Since(start) < time.Second {
		pass()
		passes++
	}
	return time.Since(start).Seconds() / float64(passes)
}

// Tokens measures the tokenizers on texts, one per line. sugarme's is so slow that it reads only
// the first 40 kB; its Seconds are scaled to all texts.
func Tokens(texts, vocab, config []byte) (map[string]Result, error) {
	ours, err := tokenizer.New(bytes.NewReader(vocab), tokenizer.Config{Lowercase: true})
	if err != nil {
		return nil, err
	}
	lines := bytes.Split(texts, []byte("\n"))
	out := map[string]Result{}
	ids := make([]int32, 0, 1<<16)
	r := Result{}
	for _, line := range lines {
		ids = ours.Append(ids[:0], line)
		r.Hashes = append(r.Hashes, hash(ids))
	}
	r.Seconds = seconds(func() {
		for _, line := range lines {
			ids = ours.Append(ids[:0], line)
		}
	})
	out["reviewlens"] = r

	theirs, err := pretrained.FromReader(bytes.NewReader(config))
	if err != nil {
		return nil, fmt.Errorf("sugarme/tokenizer: %w", err)
	}
	encode := func(text string) (ids []int, panicked bool) {
		defer func() { panicked = recover() != nil }()
		e, err := theirs.EncodeSingle(text, false)
		if err != nil {
			return nil, true
		}
		return e.Ids, false
	}
	few, size := lines, 0
	for i, line := range lines {
		if size += len(line); size > 40<<10 {
			few = lines[:i+1]
			break
		}
	}
	r = Result{}
	for _, line := range few {
		got, panicked := encode(string(line))
		ids = ids[:0]
		for _, id := range got {
			ids = append(ids, int32(id))
		}
		if panicked {
			r.Panics++
		}
		r.Hashes = append(r.Hashes, hash(ids))
	}
	r.Seconds = seconds(func() {
		for _, line := range few {
			encode(string(line))
		}
	}) * float64(len(texts)) / float64(size)
	out["sugarme/tokenizer (and hugot)"] = r
	return out, nil
}

func hash(ids []int32) uint32 {
	h := uint32(0x811c9dc5)
	for _, id := range ids {
		for s := 0; s < 32; s += 8 {
			h = (h ^ uint32(id)>>s&255) * 0x01000193
		}
	}
	return h
}

// Readers are functions that read all of a CSV file.
var Readers = map[string]func(file []byte) (rows, fields int){
	"reviewlens": func(file []byte) (rows, fields int) {
		r := table.NewReader(bytes.NewReader(file), table.Dialect{Delimiter: ',', Quoted: true})
		for {
			record, err := r.Read()
			if err != nil {
				return rows, fields
			}
			rows, fields = rows+1, fields+len(record.Fields)
		}
	},
	"encoding/csv": func(file []byte) (rows, fields int) {
		r := csv.NewReader(bytes.NewReader(file))
		r.ReuseRecord = true
		for {
			record, err := r.Read()
			if err != nil {
				return rows, fields
			}
			rows, fields = rows+1, fields+len(record)
		}
	},
}

// CSV measures the readers on a file for a second each, after a warm-up, one pass of each in turn,
// so that other load on the machine affects all alike. Seconds are the mean.
func CSV(file []byte) map[string]Result {
	out := map[string]Result{}
	for name, read := range Readers {
		r := Result{}
		r.Rows, r.Fields = read(file)
		out[name] = r
	}
	passes := 0
	for start := time.Now(); time.Since(start) < time.Duration(len(Readers))*time.Second; passes++ {
		for name, read := range Readers {
			r, start := out[name], time.Now()
			read(file)
			r.Seconds += time.Since(start).Seconds()
			out[name] = r
		}
	}
	for name, r := range out {
		r.Seconds /= float64(passes)
		out[name] = r
	}
	return out
}
