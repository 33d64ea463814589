// Package history stores the results of runs, so that people can follow trends across files. A Run
// holds figures: counts, phrases, settings. It contains no review texts, and is at most MaxBytes as
// JSON.
//
// A Store isolates users: no call can read or change another user's runs. Each implementation
// (memory, sqlite, dynamodb) is a separate package and passes historytest.Run. Errors are
// ErrNotFound, ErrUnreadable, ErrCursor, ErrInvalid, ErrQuota, ErrFull and ErrBusy, wrapped with
// the details, or the implementation's own; a call returns the context's error once its context is
// done.
package history

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"reviewlens/api/wire"
)

// Limits of stored runs.
const (
	MaxBytes = 300 << 10 // of a Run as JSON; DynamoDB's limit is 400 KB per item
	MaxName  = 200       // characters in a name
	MaxTrend = 60        // points of a Summary's trend
	MaxList  = 100       // runs per page of List
)

// Quota limits what a Store keeps for each user. A run that would exceed it is refused with
// ErrQuota, unless it replaces a run of at least its size.
type Quota struct {
	Runs  int
	Bytes int64 // of runs, as computed by Size
}

// DefaultQuota is one run a day for three years, and 64 MB.
var DefaultQuota = Quota{Runs: 1000, Bytes: 64 << 20}

// Size returns the bytes that a run counts against a quota: its figures and a summary of typical
// length. Check bounds names and trends.
func Size(figures int) int64 { return int64(figures) + 1<<10 }

// Check returns an error if the quota has no space for a run with figures of that many bytes in
// addition to others runs of bytes bytes in total.
func (q Quota) Check(figures, others int, bytes int64) error {
	switch {
	case others >= q.Runs:
		return fmt.Errorf("%w: %d runs", ErrQuota, q.Runs)
	case bytes+Size(figures) > q.Bytes:
		return fmt.Errorf("%w: %.1f MB", ErrQuota, float64(q.Bytes)/(1<<20))
	}
	return nil
}

var (
	ErrNotFound = errors.New("there is no such run")
	ErrCursor   = errors.New("the cursor was not returned by List")
	ErrInvalid  = errors.New("the run cannot be kept")
	ErrFull     = errors.New("there is no room to keep, rename or delete a run")
	ErrQuota    = errors.New("the user has reached the quota of stored runs")
	ErrBusy     = errors.New("the store is throttling requests; try again in a moment")
	// ErrUnreadable is the error for a run that is stored, but damaged.
	ErrUnreadable = errors.New("the stored run is damaged")
)

// Summary is a run as listed; Run also has the figures.
type (
	Summary = wire.RunSummary
	Run     = wire.Run
)

// Store stores runs. It is safe for concurrent use.
type Store interface {
	// Put stores a run and replaces one with the same ID. It returns ErrQuota if the run exceeds
	// the user's quota.
	Put(ctx context.Context, user string, r Run) error
	// Get returns a run as it was put, with its latest name; ErrUnreadable if it is damaged.
	Get(ctx context.Context, user, id string) (Run, error)
	// List returns up to limit summaries (1 to MaxList), newest first; runs of the same time are
	// ordered by ID. cursor is "" for the first page, otherwise the next of the previous page; next
	// is "" after the last page. Concurrent insertions and deletions move no other run across
	// pages. A damaged run is listed as unreadable, and hides no other run.
	List(ctx context.Context, user, cursor string,
		limit int) (list []Summary, next string, err error)
	// Rename changes the name of a run.
	Rename(ctx context.Context, user, id, name string) error
	// Delete deletes a run. Deleting a run that does not exist succeeds.
	Delete(ctx context.Context, user, id string) error
	// DeleteAll deletes every run of the user.
	DeleteAll(ctx context.Context, user string) error
	// Close releases the store's resources.
	Close() error
}

// Check returns an ErrInvalid if a run cannot be stored, and rounds its time as stores do.
func Check(r *Run) error {
	invalid := func(format string, args ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{ErrInvalid}, args...)...)
	}
	if err := CheckID(r.ID); err != nil {
		return err
	}
	if err := CheckName(r.Name); err != nil {
		return err
	}
	r.Created = r.Created.UTC().Truncate(time.Millisecond)
	// cursors do not sort before the epoch, and JSON has no time after 9999
	if y := r.Created.Year(); y < 1970 || y > 9999 {
		return invalid("created is %s, want a time from 1970 to 9999 in UTC",
			r.Created.Format(time.RFC3339))
	}
	if r.Unreadable {
		return invalid("it is one that could not be read")
	}
	if len(r.Model) > 64 {
		return invalid("model has %d bytes, want an id", len(r.Model))
	}
	const most = 1 << 40 // rows, so that sums do not overflow
	if min(r.Rows, r.Positive, r.Negative, r.Unsure) < 0 ||
		max(r.Rows, r.Positive, r.Negative, r.Unsure) > most ||
		r.Positive+r.Negative+r.Unsure > r.Rows {
		return invalid("%d positive, %d negative and %d unsure of %d rows do not add up",
			r.Positive, r.Negative, r.Unsure, r.Rows)
	}
	if len(r.Trend) > MaxTrend {
		return invalid("trend has %d points, want at most %d", len(r.Trend), MaxTrend)
	}
	for i, share := range r.Trend {
		if !(share >= 0 && share <= 1) {
			return invalid("trend[%d] is %v, want a share from 0 to 1", i, share)
		}
	}
	if len(r.Figures) > MaxBytes {
		return invalid("figures have %d bytes, want at most %d", len(r.Figures), MaxBytes)
	}
	if len(r.Figures) > 0 &&
		(!json.Valid(r.Figures) || bytes.TrimLeft(r.Figures, " \t\r\n")[0] != '{') {
		return invalid("figures are not a JSON object")
	}
	return nil
}

// ParseSummary decodes the stored summary of a run. The summary of a damaged one is unreadable.
func ParseSummary(data []byte, id, name string, created time.Time) Summary {
	var s Summary
	if err := json.Unmarshal(data, &s); err != nil || s.ID != id {
		s = Summary{ID: id, Created: created, Unreadable: true}
	}
	s.Name = cmp.Or(name, id)
	return s
}

// ParseRun decodes a stored run. The error is ErrUnreadable.
func ParseRun(summary, figures []byte, id, name string) (Run, error) {
	r := Run{RunSummary: ParseSummary(summary, id, name, time.Time{}), Figures: figures}
	if r.Unreadable || len(figures) > 0 && !json.Valid(figures) {
		return Run{}, fmt.Errorf("run %s: %w", id, ErrUnreadable)
	}
	return r, nil
}

// CheckID returns an ErrInvalid unless id can be part of a URL: 1 to 64 letters, digits, - and _.
func CheckID(id string) error {
	odd := func(c rune) bool {
		return !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' ||
			c == '-' || c == '_')
	}
	if id == "" || len(id) > 64 || strings.IndexFunc(id, odd) >= 0 {
		return fmt.Errorf("%w: its id should be 1 to 64 letters, digits, - and _", ErrInvalid)
	}
	return nil
}

// CheckName returns an ErrInvalid unless name can be displayed: 1 to MaxName characters of UTF-8.
func CheckName(name string) error {
	if n := utf8.RuneCountInString(name); !utf8.ValidString(name) || n == 0 || n > MaxName {
		return fmt.Errorf("%w: its name should have 1 to %d characters", ErrInvalid, MaxName)
	}
	return nil
}

// Limit clamps the limit that a caller of List requests.
func Limit(limit int) int { return min(max(limit, 1), MaxList) }

// Cursor encodes the position right after a run in the order of List; ParseCursor decodes it.
func Cursor(last Summary) string {
	return base64.RawURLEncoding.EncodeToString(
		strconv.AppendInt(nil, last.Created.UnixMilli(), 10)) + "." + last.ID
}

// ParseCursor returns the time, in milliseconds since the epoch, and the ID of the run that was
// passed to Cursor. "" is the position before the first run.
func ParseCursor(cursor string) (created int64, id string, err error) {
	if cursor == "" {
		return 1<<63 - 1, "", nil
	}
	when, id, ok := strings.Cut(cursor, ".")
	digits, err := base64.RawURLEncoding.DecodeString(when)
	if ok && err == nil {
		created, err = strconv.ParseInt(string(digits), 10, 64)
	}
	if !ok || err != nil || created < 0 || CheckID(id) != nil {
		return 0, "", ErrCursor
	}
	return created, id, nil
}
