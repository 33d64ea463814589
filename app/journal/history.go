package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Past is the result of a complete run: the file ID.past, lines of JSON. The first line holds the
// figures, each later one a summary, of which the last complete one counts: renaming appends a
// line, and an incomplete one has no effect. Instead of the figures there may be a mark that they
// were removed, which lasts as long as the run itself is kept.
type Past struct {
	ID      string
	Summary json.RawMessage // shown in lists
	Figures json.RawMessage // shown in charts; nil in PastRuns
}

// ErrRemoved is an ErrNone: the result of a kept run was removed, and must not be stored again when
// the run is opened again.
var ErrRemoved = fmt.Errorf("%w any more: it was removed", ErrNone)

// removed is the mark of ErrRemoved. Figures left over from a crash never begin with it.
const removed = "removed\n"

// maxPast bounds the bytes read of a file; figures take some 20 KB.
const maxPast = 4 << 20

// KeepPast writes p, replacing any with the same ID.
func KeepPast(folder Folder, p Past) (err error) {
	f, err := openSoon(folder, p.ID+".past")
	if err != nil {
		return fmt.Errorf("keep what came out of run %s: %w", p.ID, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Truncate(0); err != nil {
		return err
	}
	lines := slices.Concat(p.Figures, []byte{'\n'}, p.Summary, []byte{'\n'})
	if _, err := f.WriteAt(lines, 0); err != nil {
		return fmt.Errorf("keep what came out of run %s: %w", p.ID, errors.Join(err, f.Truncate(0)))
	}
	return f.Flush()
}

// RenamePast replaces the summary of a run's result.
func RenamePast(folder Folder, id string, summary json.RawMessage) (err error) {
	f, err := openKept(folder, id)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, end, err := readPast(f, id)
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(slices.Concat(summary, []byte{'\n'}), end); err != nil {
		return errors.Join(err, f.Truncate(end))
	}
	return f.Flush()
}

// OpenPast returns the result of a run; ErrNone if it is not kept, ErrRemoved if it must not be.
func OpenPast(folder Folder, id string) (p Past, err error) {
	f, err := openKept(folder, id)
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	p, _, err = readPast(f, id)
	return p, err
}

// PastRuns lists the results of runs, the latest first, if IDs sort by time. It removes the marks
// of runs that no longer exist.
func PastRuns(folder Folder) (pasts []Past, err error) {
	names, err := folder.List()
	slices.Sort(names)
	slices.Reverse(names)
	for _, name := range names {
		id, ok := strings.CutSuffix(name, ".past")
		if !ok {
			continue
		}
		var p Past
		f, openErr := openSoon(folder, name)
		if openErr == nil {
			p, _, openErr = readPast(f, id)
			openErr = errors.Join(openErr, f.Close())
		}
		switch {
		case errors.Is(openErr, ErrRemoved) && !slices.Contains(names, id+".run"):
			err = errors.Join(err, folder.Remove(name))
		case openErr == nil:
			p.Figures = nil
			pasts = append(pasts, p)
		case !errors.Is(openErr, ErrNone): // a file that was never complete is no run
			err = errors.Join(err, openErr)
		}
	}
	return pasts, err
}

// RemovePast deletes the result of a run. If the run itself is kept, OpenPast returns ErrRemoved
// from then on, until KeepPast or Remove.
func RemovePast(folder Folder, id string) (err error) {
	names, err := folder.List()
	if err != nil {
		return err
	}
	if !slices.Contains(names, id+".run") {
		return folder.Remove(id + ".past")
	}
	f, err := openSoon(folder, id+".past")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	// write the mark first: a crash must not leave figures that are incomplete, but not removed
	if _, err := f.WriteAt([]byte(removed), 0); err != nil {
		return err
	}
	if err := f.Truncate(int64(len(removed))); err != nil {
		return err
	}
	return f.Flush()
}

// ClearRemoved removes the mark of a run whose figures were removed, if it has one: the run is
// gone, or begins anew.
func ClearRemoved(folder Folder, id string) error {
	if _, err := OpenPast(folder, id); !errors.Is(err, ErrRemoved) {
		return nil // Pasts tries again later if it cannot be read now
	}
	return folder.Remove(id + ".past")
}

// readPast reads a file to the end of its last whole line.
func readPast(f File, id string) (p Past, end int64, err error) {
	size, err := f.Size()
	if err != nil {
		return p, 0, err
	}
	if size > maxPast {
		return p, 0, fmt.Errorf("what is kept of run %s has %d bytes, want at most %d", id,
			size, maxPast)
	}
	data := make([]byte, size)
	if _, err := f.ReadAt(data, 0); err != nil && err != io.EOF {
		return p, 0, err
	}
	if bytes.HasPrefix(data, []byte(removed)) {
		return p, 0, ErrRemoved
	}
	data = data[:bytes.LastIndexByte(data, '\n')+1]
	figures, summaries, _ := bytes.Cut(data, []byte{'\n'})
	summaries = bytes.TrimRight(summaries, "\n")
	summary := summaries[bytes.LastIndexByte(summaries, '\n')+1:]
	if !json.Valid(figures) || !json.Valid(summary) {
		return p, 0, ErrNone
	}
	return Past{ID: id, Summary: summary, Figures: figures}, int64(len(data)), nil
}

// openKept opens an existing file: Folder.Open would create one.
func openKept(folder Folder, id string) (File, error) {
	names, err := folder.List()
	if err != nil {
		return nil, err
	}
	if !slices.Contains(names, id+".past") {
		return nil, ErrNone
	}
	return openSoon(folder, id+".past")
}

// openSoon waits briefly for a file that is open in another tab, which reads or writes one in
// milliseconds.
func openSoon(folder Folder, name string) (f File, err error) {
	for range 10 {
		if f, err = folder.Open(name); err == nil {
			return f, nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil, err
}
