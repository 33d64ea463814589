package scoring

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"sync"

	"reviewlens/reviews"
	"reviewlens/tokenizer/batch"
)

// Journal is an Engine that writes each score to a file and asks for none that the file has, so that a long run which was
// stopped goes on where it was. A score belongs to a text's token IDs, not to a row: the input may have changed meanwhile.
//
// The file begins with "RVJ1" and the 12 characters of the model's id. A score is 28 bytes, little-endian: the fingerprint of
// the windows (2 u64), the probability (f64) and the CRC-32C of both. What a crash left half-written or damaged at the
// end is cut off when the file is opened. The file of another model is begun anew.
type Journal struct {
	Engine
	Known int // scores that the file had

	mu    sync.Mutex
	known map[batch.Fingerprint]float64
	file  *os.File
	err   error // the first of writing; scoring goes on without the file
}

const (
	journalMagic = "RVJ1"
	journalHead  = len(journalMagic) + 12
	journalScore = 28
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// OpenJournal opens the file or makes it, readable by its owner only. A file that is something else is an error, and stays.
func OpenJournal(e Engine, name string) (j *Journal, err error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("journal %s: %w", name, err), f.Close())
		}
	}()
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	head := []byte(journalMagic + e.Model().Manifest.ID)
	if len(head) != journalHead {
		return nil, fmt.Errorf("the model's id %q has %d characters, want 12", e.Model().Manifest.ID, len(head)-len(journalMagic))
	}
	j = &Journal{Engine: e, file: f, known: map[batch.Fingerprint]float64{}}
	end := int64(0)
	switch {
	case bytes.HasPrefix(data, head):
		end = int64(journalHead + j.read(data[journalHead:]))
	case len(data) >= journalHead && !bytes.HasPrefix(data, []byte(journalMagic)):
		return nil, errors.New("the file is there and is no journal; remove it or name another output")
	}
	if err := f.Truncate(end); err != nil {
		return nil, err
	}
	if end == 0 {
		if _, err := f.WriteAt(head, 0); err != nil {
			return nil, err
		}
		end = int64(journalHead)
	}
	if _, err := f.Seek(end, io.SeekStart); err != nil {
		return nil, err
	}
	j.Known = len(j.known)
	return j, nil
}

// read takes the scores in b up to the first that is not whole, and gives how many bytes they are.
func (j *Journal) read(b []byte) (n int) {
	for ; n+journalScore <= len(b); n += journalScore {
		s := b[n : n+journalScore]
		positive := math.Float64frombits(binary.LittleEndian.Uint64(s[16:]))
		if crc32.Checksum(s[:24], castagnoli) != binary.LittleEndian.Uint32(s[24:]) || !(positive >= 0 && positive <= 1) {
			break
		}
		j.known[batch.Fingerprint{binary.LittleEndian.Uint64(s), binary.LittleEndian.Uint64(s[8:])}] = positive
	}
	return n
}

// Score asks the engine for what the file does not have.
func (j *Journal) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	scores := make([]reviews.Score, len(texts))
	var ask [][][]int32
	var at []int
	prints := make([]batch.Fingerprint, len(texts))
	rule := j.Model().Rule
	j.mu.Lock()
	for i, windows := range texts {
		prints[i] = batch.Print(windows)
		if positive, ok := j.known[prints[i]]; ok {
			scores[i] = reviews.Score{Positive: positive, Sentiment: rule.Name(positive)}
		} else {
			ask, at = append(ask, windows), append(at, i)
		}
	}
	j.mu.Unlock()
	fresh, err := j.Engine.Score(ctx, ask)
	if err != nil {
		return nil, err
	}
	var lines []byte
	for k, s := range fresh {
		scores[at[k]] = s
		if s.Sentiment == reviews.None {
			continue
		}
		from := len(lines)
		for _, half := range prints[at[k]] {
			lines = binary.LittleEndian.AppendUint64(lines, half)
		}
		lines = binary.LittleEndian.AppendUint64(lines, math.Float64bits(s.Positive))
		lines = binary.LittleEndian.AppendUint32(lines, crc32.Checksum(lines[from:], castagnoli))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err == nil {
		_, j.err = j.file.Write(lines)
	}
	return scores, nil
}

// Close lets go of the file and gives the first error of writing it: after one, the file lacks scores.
func (j *Journal) Close() error { return errors.Join(j.err, j.file.Close()) }
