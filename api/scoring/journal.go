package scoring

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math"
	"os"
	"strings"
	"sync"

	"reviewlens/reviews"
	"reviewlens/tokenizer/batch"
)

// Journal is an Engine that caches each score in a file, so that an interrupted run can resume. A
// score belongs to the token IDs of a text, not to a row: the input may have changed meanwhile.
//
// The file begins with "RVJ1" and the 12 characters of the model's ID. A score is 28 bytes,
// little-endian: the fingerprint of the windows (2 u64), the probability (f64) and the CRC-32C of
// both. For a model that predicts stars the file begins with "RVJ2", and a score is 30 bytes: the
// packed stars (u16) precede the CRC. Resume truncates a partial or damaged end, as after a crash,
// and overwrites the file of another model. Only one Journal at a time can have the file open.
type Journal struct {
	Engine
	Known int // scores read from the file

	mu    sync.Mutex
	known map[batch.Fingerprint]reviews.Score
	stars bool // the file contains stars
	file  *os.File
	err   error // the first write error; scoring continues without the file
}

const (
	journalMagic = "RVJ1"
	starsMagic   = "RVJ2"
	journalHead  = len(journalMagic) + 12
	journalScore = 28
	starsScore   = journalScore + 2
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrJournalInUse is returned by OpenJournal if another open Journal has the file.
var ErrJournalInUse = errors.New("the journal is in use")

// OpenJournal opens or creates the file, readable by its owner only, and locks it until Close or
// Remove. A link or another kind of file is an error and is left unchanged. Call Resume next.
func OpenJournal(name string) (*Journal, error) {
	for {
		f, err := openJournal(name)
		if info, e := os.Lstat(name); err != nil && e == nil && !info.Mode().IsRegular() {
			err = errors.New("it is a link, a folder or a device, and no journal; remove it or name another output")
		}
		if err != nil {
			return nil, fmt.Errorf("journal %s: %w", name, err)
		}
		current, err := lockJournal(f, name)
		if err == nil && current {
			return &Journal{file: f}, nil
		}
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, fmt.Errorf("journal %s: %w", name, err)
		}
	}
}

// lockJournal locks the file and checks that it is a journal. current is false if the previous
// holder of the lock has removed the file meanwhile.
func lockJournal(f *os.File, name string) (current bool, err error) {
	if ok, err := lock(f); !ok {
		return false, cmp.Or(err, ErrJournalInUse)
	}
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	if now, err := os.Lstat(name); err != nil || !os.SameFile(info, now) {
		if err == nil && now.Mode().IsRegular() || errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		return false, cmp.Or(err, errNoJournal)
	}
	if !info.Mode().IsRegular() {
		return false, errNoJournal
	}
	// A crash may have left only a part of the header.
	head := make([]byte, min(int64(len(journalMagic)), info.Size()))
	if _, err := f.ReadAt(head, 0); err != nil {
		return false, err
	}
	if !strings.HasPrefix(journalMagic, string(head)) &&
		!strings.HasPrefix(starsMagic, string(head)) {
		return false, errNoJournal
	}
	return true, nil
}

var errNoJournal = errors.New("the file is there and is no journal; remove it or name another output")

// Resume reads the scores of e's model from the file. Missing scores are computed by e.
func (j *Journal) Resume(e Engine) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("journal %s: %w", j.file.Name(), err)
		}
	}()
	magic := journalMagic
	if j.stars = e.Model().Stars != nil; j.stars {
		magic = starsMagic
	}
	head := []byte(magic + e.Model().Manifest.ID)
	if len(head) != journalHead {
		return fmt.Errorf("the model's id %q has %d characters, want 12", e.Model().Manifest.ID, len(head)-len(journalMagic))
	}
	data, err := io.ReadAll(j.file)
	if err != nil {
		return err
	}
	j.Engine, j.known = e, map[batch.Fingerprint]reviews.Score{}
	end := int64(0)
	if bytes.HasPrefix(data, head) {
		end = int64(journalHead + j.read(data[journalHead:]))
	}
	if err := j.file.Truncate(end); err != nil {
		return err
	}
	if end == 0 {
		if _, err := j.file.WriteAt(head, 0); err != nil {
			return err
		}
		end = int64(journalHead)
	}
	if _, err := j.file.Seek(end, io.SeekStart); err != nil {
		return err
	}
	j.Known = len(j.known)
	return nil
}

// read reads the scores in b up to the first damaged or incomplete one and returns their length.
func (j *Journal) read(b []byte) (n int) {
	body := journalScore - crc32.Size
	if j.stars {
		body = starsScore - crc32.Size
	}
	rule := j.Model().Rule
	for ; n+body+crc32.Size <= len(b); n += body + crc32.Size {
		s := b[n : n+body+crc32.Size]
		positive := math.Float64frombits(binary.LittleEndian.Uint64(s[16:]))
		score := reviews.Score{Positive: positive, Sentiment: rule.Name(positive)}
		ok := positive >= 0 && positive <= 1
		if j.stars && ok {
			packed := reviews.PackedStars(binary.LittleEndian.Uint16(s[24:]))
			score.Stars, score.Mixed, ok = packed.Unpack()
		}
		if !ok || crc32.Checksum(s[:body], castagnoli) != binary.LittleEndian.Uint32(s[body:]) {
			break
		}
		j.known[batch.Fingerprint{binary.LittleEndian.Uint64(s),
			binary.LittleEndian.Uint64(s[8:])}] = score
	}
	return n
}

// Score returns scores from the file; the engine computes those that are missing.
func (j *Journal) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	scores := make([]reviews.Score, len(texts))
	var missing [][][]int32
	var at []int
	fingerprints := make([]batch.Fingerprint, len(texts))
	j.mu.Lock()
	for i, windows := range texts {
		fingerprints[i] = batch.FingerprintOf(windows)
		if known, ok := j.known[fingerprints[i]]; ok {
			scores[i] = known
		} else {
			missing, at = append(missing, windows), append(at, i)
		}
	}
	j.mu.Unlock()
	fresh, err := j.Engine.Score(ctx, missing)
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
		for _, half := range fingerprints[at[k]] {
			lines = binary.LittleEndian.AppendUint64(lines, half)
		}
		lines = binary.LittleEndian.AppendUint64(lines, math.Float64bits(s.Positive))
		if j.stars {
			lines = binary.LittleEndian.AppendUint16(lines, uint16(s.Pack()))
		}
		lines = binary.LittleEndian.AppendUint32(lines, crc32.Checksum(lines[from:], castagnoli))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err == nil {
		_, j.err = j.file.Write(lines)
	}
	return scores, nil
}

// Close closes the file and returns the first write error, after which scores are missing. A file
// without scores is removed; kept reports whether the file remains.
func (j *Journal) Close() (kept bool, err error) {
	info, err := j.file.Stat()
	if err == nil && info.Size() <= int64(journalHead) {
		return false, j.Remove()
	}
	return true, errors.Join(err, j.err, j.file.Close())
}

// Remove deletes the file while it is still locked, then closes it.
func (j *Journal) Remove() error {
	err := os.Remove(j.file.Name())
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, j.file.Close())
}
