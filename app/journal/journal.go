// Package journal persists runs on the device, so that a run continues after its tab was closed,
// crashed or reloaded.
//
// A run is two files of a Folder: ID.run, the log, and, where there is room, ID.file, a copy of the
// reviews. The log only grows. Its first record says what is scored and how (Head); each later one
// holds scores, or one correction. A record is
//
//	length  u32      of the payload, little-endian
//	payload          Head as JSON,
//	                 or scores of 15 bytes: number u32, check u32, positive f32, windows u16,
//	                 cut u8,
//	                 or a correction of 9: number u32, check u32, sentiment u8, of which the
//	                 upper half is the one sent to the server,
//	                 or "STAR" and stars of 10: number u32, check u32, stars u16,
//	                 or "SPAN" and mentions of 15: number u32, check u32, start u32, size u8,
//	                 polarity u8, probability u8
//	CRC-32C u32      of the payload
//
// A record that a crash left half-written is cut off when the log is opened; everything before it
// counts. A damaged record ends the log: the scores after it are requested again, which costs time
// and loses nothing.
//
// Of several corrections of a text the last one counts, and so does the last one sent to the
// server: that is in a record before the correction, so that a program too old to know it takes the
// correction. Stars belong to a score that precedes them, and exist only if the model predicts
// them. The mentions of a text, in runs that find topics, are one record; a text without any has
// one of size 0. A program too old to know corrections, stars or mentions treats the first of them
// as damage: it drops what follows, and never reads one as a score.
//
// A score or a correction refers to a text by its number, in the order of first appearance in the
// file, and by a checksum of its bytes, so that a later version which reads the file differently
// never gives a text the score of another.
package journal

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"
	"strings"
	"sync"
)

// Folder stores runs: OPFS in the browser. A file is open in one place at a time; Open fails if it
// is open elsewhere, in another tab.
type Folder interface {
	List() ([]string, error)
	Open(name string) (File, error) // created if absent
	Remove(name string) error       // nil if absent
	Space() (used, free int64)      // bytes of the origin
}

// File is a file of a Folder.
type File interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
	Size() (int64, error)
	Flush() error
	Close() error
}

// Head describes what a run scores, and how.
type Head struct {
	Version int    `json:"version"`
	ID      string `json:"id"`
	File    string `json:"file"` // its name
	Bytes   int64  `json:"bytes"`
	// of a file that is not copied, to recognise it
	Sum     string          `json:"sum,omitempty"`
	Copied  bool            `json:"copied"`
	Model   string          `json:"model"`
	Join    string          `json:"join"`    // how title and text were joined
	Reading json.RawMessage `json:"reading"` // dialect and columns, as the worker writes them
	Rows    int             `json:"rows"`
	Texts   int             `json:"texts"` // to be scored
	Topics  bool            `json:"topics,omitempty"`
	// the same for all runs of one file, if it has several texts
	Group string `json:"group,omitempty"`
}

// Score is the record of one distinct text.
type Score struct {
	Number   int32
	Check    uint32
	Positive float32
	Windows  uint16 // 0 when Open passes stars: Number, Check and Stars of an earlier score
	Cut      bool
	Stars    uint16 // as reviews.PackedStars; 0 for none
}

// Correction is a reader's sentiment for a text instead of its score.
type Correction struct {
	Number    int32
	Check     uint32
	Sentiment uint8 // in the worker's numbering, up to 15; 0 removes an earlier one
	Sent      uint8 // the one sent to the server, likewise; 0 for none
}

// Mention is a place in a text that mentions an aspect, from which topics are made.
type Mention struct {
	Number      int32
	Check       uint32
	Start       uint32 // byte of the text
	Size        uint8  // in bytes; 0: the text has no mentions
	Polarity    uint8  // as aspects.Polarity
	Probability uint8  // of 255
}

const (
	version         = 1
	scoreBytes      = 15
	correctionBytes = 9
	starsMagic      = "STAR"
	starsBytes      = 10 // with the magic, no other record has such a length
	mentionsMagic   = "SPAN"
	mentionBytes    = 15 // with the magic, no other record has such a length
	maxRecord       = 1 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Check returns the Score.Check of a text.
func Check(text []byte) uint32 { return crc32.Checksum(text, castagnoli) }

// ErrNone means that a log holds no run: it was never begun, or its beginning is damaged.
var ErrNone = errors.New("there is no run in this log")

// Log is an open log. Its methods are safe for concurrent use; after Close they do nothing.
type Log struct {
	Head   Head
	folder Folder

	mu   sync.Mutex
	file File // nil when closed
	end  int64
}

// Reserve reserves an ID for a new run, until Begin or Remove.
func Reserve(folder Folder, id string) (*Log, error) {
	f, err := folder.Open(id + ".run")
	if err != nil {
		return nil, fmt.Errorf("keep run %s: %w", id, err)
	}
	return &Log{Head: Head{ID: id}, folder: folder, file: f}, nil
}

// Begin writes the first record. The copy that it names must be complete by now.
func (l *Log) Begin(h Head) error {
	h.Version, h.ID = version, l.Head.ID
	l.Head = h
	payload, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return l.record(payload)
}

// Restart deletes the scores and begins anew with another head.
func (l *Log) Restart(h Head) error {
	l.mu.Lock()
	if l.file == nil {
		l.mu.Unlock()
		return nil
	}
	l.end = 0
	err := l.file.Truncate(0)
	l.mu.Unlock()
	if err != nil {
		return err
	}
	return l.Begin(h)
}

// Copy opens the file that the run's reviews are, or will be, copied to.
func (l *Log) Copy() (File, error) { return l.folder.Open(l.Head.ID + ".file") }

// Open opens the log of a run and cuts off an incomplete record. It calls keep with each score,
// correct with each correction, mention with each mention; each may be nil.
func Open(folder Folder, id string, keep func(Score), correct func(Correction),
	mention func(Mention)) (l *Log, err error) {
	f, err := folder.Open(id + ".run")
	if err != nil {
		return nil, fmt.Errorf("open run %s: %w", id, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	l = &Log{folder: folder, file: f}
	for first := true; ; first = false {
		payload, err := read(f, l.end, size)
		if err != nil {
			return nil, fmt.Errorf("open run %s: %w", id, err)
		}
		switch {
		case payload == nil && first, first &&
			(json.Unmarshal(payload, &l.Head) != nil || l.Head.Version != version ||
				l.Head.ID != id):
			return nil, ErrNone
		case payload == nil:
			if l.end < size {
				err = f.Truncate(l.end)
			}
			return l, err
		case !first && len(payload) == correctionBytes:
			if correct != nil {
				correct(Correction{Number: int32(binary.LittleEndian.Uint32(payload)),
					Check:     binary.LittleEndian.Uint32(payload[4:]),
					Sentiment: payload[8] & 15, Sent: payload[8] >> 4})
			}
		case !first && isStars(payload):
			for s := range slices.Chunk(payload[len(starsMagic):], starsBytes) {
				if keep != nil {
					keep(Score{Number: int32(binary.LittleEndian.Uint32(s)),
						Check: binary.LittleEndian.Uint32(s[4:]),
						Stars: binary.LittleEndian.Uint16(s[8:])})
				}
			}
		case !first && isMentions(payload):
			for m := range slices.Chunk(payload[len(mentionsMagic):], mentionBytes) {
				if mention != nil {
					mention(Mention{Number: int32(binary.LittleEndian.Uint32(m)),
						Check: binary.LittleEndian.Uint32(m[4:]),
						Start: binary.LittleEndian.Uint32(m[8:]), Size: m[12], Polarity: m[13],
						Probability: m[14]})
				}
			}
		case !first && keep != nil:
			for s := range slices.Chunk(payload, scoreBytes) {
				keep(Score{
					Number:   int32(binary.LittleEndian.Uint32(s)),
					Check:    binary.LittleEndian.Uint32(s[4:]),
					Positive: math.Float32frombits(binary.LittleEndian.Uint32(s[8:])),
					Windows:  binary.LittleEndian.Uint16(s[12:]), Cut: s[14] != 0,
				})
			}
		}
		l.end += int64(len(payload)) + 8
	}
}

// read returns the payload of the record at offset, nil if there is no complete one.
func read(f File, offset, size int64) ([]byte, error) {
	var length [4]byte
	if size-offset < 8 {
		return nil, nil
	}
	if _, err := f.ReadAt(length[:], offset); err != nil {
		return nil, err
	}
	n := int64(binary.LittleEndian.Uint32(length[:]))
	if n == 0 || n > maxRecord || n > size-offset-8 {
		return nil, nil
	}
	b := make([]byte, n+4)
	if _, err := f.ReadAt(b, offset+4); err != nil && err != io.EOF {
		return nil, err
	}
	payload := b[:n]
	if crc32.Checksum(payload, castagnoli) != binary.LittleEndian.Uint32(b[n:]) || offset > 0 &&
		n%scoreBytes != 0 && n != correctionBytes && !isStars(payload) && !isMentions(payload) {
		return nil, nil
	}
	return payload, nil
}

// isStars reports whether a record holds stars: it has 4+10n bytes, never a multiple of 15.
func isStars(payload []byte) bool {
	return len(payload)%starsBytes == len(starsMagic) &&
		string(payload[:len(starsMagic)]) == starsMagic
}

// isMentions reports whether a record holds mentions: it has 4+15n bytes, which is never a multiple
// of 15.
func isMentions(payload []byte) bool {
	return len(payload)%mentionBytes == len(mentionsMagic) &&
		string(payload[:len(mentionsMagic)]) == mentionsMagic
}

// Mention adds mentions: all those of their texts. After an error the log is unchanged.
func (l *Log) Mention(mentions []Mention) error {
	payload := []byte(mentionsMagic)
	for _, m := range mentions {
		payload = binary.LittleEndian.AppendUint32(payload, uint32(m.Number))
		payload = binary.LittleEndian.AppendUint32(payload, m.Check)
		payload = binary.LittleEndian.AppendUint32(payload, m.Start)
		payload = append(payload, m.Size, m.Polarity, m.Probability)
	}
	if len(payload) > maxRecord {
		return fmt.Errorf("keep run %s: %d mentions are too many for a record", l.Head.ID,
			len(mentions))
	}
	if len(mentions) == 0 {
		return nil
	}
	return l.record(payload)
}

// appendStars adds the stars of those scores that have some.
func (l *Log) appendStars(scores []Score) error {
	payload := []byte(starsMagic)
	for _, s := range scores {
		if s.Stars == 0 {
			continue
		}
		payload = binary.LittleEndian.AppendUint32(payload, uint32(s.Number))
		payload = binary.LittleEndian.AppendUint32(payload, s.Check)
		payload = binary.LittleEndian.AppendUint16(payload, s.Stars)
	}
	if len(payload) == len(starsMagic) {
		return nil
	}
	return l.record(payload)
}

// Append adds scores. After an error the log is unchanged, except for scores without stars.
func (l *Log) Append(scores []Score) error {
	for part := range slices.Chunk(scores, maxRecord/scoreBytes) {
		payload := make([]byte, 0, len(part)*scoreBytes)
		for _, s := range part {
			payload = binary.LittleEndian.AppendUint32(payload, uint32(s.Number))
			payload = binary.LittleEndian.AppendUint32(payload, s.Check)
			payload = binary.LittleEndian.AppendUint32(payload, math.Float32bits(s.Positive))
			payload = binary.LittleEndian.AppendUint16(payload, s.Windows)
			cut := byte(0)
			if s.Cut {
				cut = 1
			}
			payload = append(payload, cut)
		}
		if err := l.record(payload); err != nil {
			return err
		}
		if err := l.appendStars(part); err != nil {
			return err
		}
	}
	return nil
}

// Correct adds a correction. After an error the log is unchanged; a closed log accepts none.
func (l *Log) Correct(c Correction) error {
	l.mu.Lock()
	closed := l.file == nil
	l.mu.Unlock()
	if closed {
		return fmt.Errorf("keep run %s: its log is closed", l.Head.ID)
	}
	payload := binary.LittleEndian.AppendUint32(nil, uint32(c.Number))
	payload = binary.LittleEndian.AppendUint32(payload, c.Check)
	if c.Sent > 0 {
		if err := l.record(append(payload, c.Sent<<4|c.Sentiment)); err != nil {
			return err
		}
	}
	return l.record(append(payload, c.Sentiment))
}

func (l *Log) record(payload []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(payload)))
	b = append(b, payload...)
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(payload, castagnoli))
	if _, err := l.file.WriteAt(b, l.end); err != nil {
		return fmt.Errorf("keep run %s: %w", l.Head.ID, errors.Join(err, l.file.Truncate(l.end)))
	}
	l.end += int64(len(b))
	return l.file.Flush()
}

// Close closes the log; the run stays kept.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	f := l.file
	l.file = nil
	return f.Close()
}

// Remove closes the log and deletes the run. Its copy must be closed.
func (l *Log) Remove() error {
	return errors.Join(l.Close(), Remove(l.folder, l.Head.ID))
}

// Remove deletes a run that is not open.
func Remove(folder Folder, id string) error {
	return errors.Join(folder.Remove(id+".file"), folder.Remove(id+".run"),
		ClearRemoved(folder, id))
}

// Run is a kept run.
type Run struct {
	Head
	Scored    int // texts
	Corrected int // texts
}

// Held reports whether there is a run with this ID whose log or copy is open elsewhere.
func Held(folder Folder, id string) bool {
	names, err := folder.List()
	if err != nil {
		return false
	}
	for _, name := range []string{id + ".run", id + ".file"} {
		if !slices.Contains(names, name) {
			continue
		}
		f, err := folder.Open(name)
		if err != nil || f.Close() != nil {
			return true
		}
	}
	return false
}

// Runs lists the runs that are not open anywhere, the latest first, if IDs sort by time. It removes
// runs that were never begun.
func Runs(folder Folder) ([]Run, error) {
	names, err := folder.List()
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	slices.Reverse(names)
	var runs []Run
	for _, name := range names {
		id, isLog := strings.CutSuffix(name, ".run")
		if !isLog {
			if id, isCopy := strings.CutSuffix(name, ".file"); isCopy &&
				!slices.Contains(names, id+".run") {
				err = errors.Join(err, folder.Remove(name))
			}
			continue
		}
		var scored numbers
		corrected := map[int32]bool{}
		l, openErr := Open(folder, id, func(s Score) { scored.add(s.Number) }, func(c Correction) {
			if corrected[c.Number] = true; c.Sentiment == 0 {
				delete(corrected, c.Number)
			}
		}, nil)
		switch {
		case openErr == nil:
			err = errors.Join(err, l.Close())
			if !Held(folder, id) {
				runs = append(runs, Run{Head: l.Head, Scored: scored.n, Corrected: len(corrected)})
			}
		case errors.Is(openErr, ErrNone):
			err = errors.Join(err, Remove(folder, id))
		} // else it is open in another tab
	}
	return runs, err
}

// numbers is a set of texts. The stars of a text, and its score when topics were found later, are
// records with the same number.
type numbers struct {
	bits []uint64
	n    int
}

func (s *numbers) add(number int32) {
	if number < 0 || number > 1<<28 { // no file has that many
		return
	}
	at, bit := int(number/64), uint64(1)<<(number%64)
	if at >= len(s.bits) {
		s.bits = append(s.bits, make([]uint64, at+1-len(s.bits))...)
	}
	if s.bits[at]&bit == 0 {
		s.bits[at] |= bit
		s.n++
	}
}
