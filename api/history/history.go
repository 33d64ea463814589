// Package history keeps what came out of runs, so that people see their trend across files. A Run is figures: counts,
// phrases, settings. It has no review text, and is at most MaxBytes as JSON.
//
// A Store keeps runs apart by user: no call sees or touches another user's. Each implementation (memory, sqlite, dynamodb) is a
// package of its own and passes historytest.Run. Errors are ErrNotFound, ErrCursor, ErrInvalid, ErrQuota and ErrFull, wrapped with
// what was wrong, or the implementation's own; a done context ends a call with its error.
package history

import (
	"bytes"
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

// Limits of what is kept.
const (
	MaxBytes = 300 << 10 // of a Run as JSON; DynamoDB takes 400 KB an item
	MaxName  = 200       // characters of a name
	MaxTrend = 60        // points of a Summary's trend
	MaxList  = 100       // runs that List gives at a time
)

// Quota is how much a Store keeps for each user. A run that would exceed it is refused with ErrQuota, unless it replaces one
// that takes as much.
type Quota struct {
	Runs  int
	Bytes int64 // of runs, as Size has them
}

// DefaultQuota is a run a day for three years, and 64 MB.
var DefaultQuota = Quota{Runs: 1000, Bytes: 64 << 20}

// Size is what a run counts: its figures, and a summary of the usual length. Names and trends are bounded by Check.
func Size(figures int) int64 { return int64(figures) + 1<<10 }

// Check says whether a run of so many bytes of figures can be kept beside so many others that have so many bytes.
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
	ErrCursor   = errors.New("the cursor is not one that List gave")
	ErrInvalid  = errors.New("the run cannot be kept")
	ErrFull     = errors.New("there is no room for the run")
	ErrQuota    = errors.New("the user has as many runs as can be kept")
	ErrBusy     = errors.New("the store is asked for too much; the same works in a moment")
)

// Summary is a run as a list shows it; Run has the figures behind it, too.
type (
	Summary = wire.RunSummary
	Run     = wire.Run
)

// Store keeps runs. It is safe for concurrent use.
type Store interface {
	// Put keeps a run; one with the same id is replaced. It is refused where it exceeds the user's quota.
	Put(ctx context.Context, user string, r Run) error
	// Get gives a run back as it was put, under the name it was last given.
	Get(ctx context.Context, user, id string) (Run, error)
	// List gives up to limit summaries (1 to MaxList), the newest first and of equally old ones the smaller id. cursor is ""
	// for the first page, else what the page before gave as next; next is "" after the last. Runs that come or go meanwhile
	// move no other run across pages.
	List(ctx context.Context, user, cursor string, limit int) (list []Summary, next string, err error)
	// Rename gives a run another name.
	Rename(ctx context.Context, user, id, name string) error
	// Delete forgets a run; one that is not there is forgotten already.
	Delete(ctx context.Context, user, id string) error
	// DeleteAll forgets every run of the user.
	DeleteAll(ctx context.Context, user string) error
	// Close frees what the store holds.
	Close() error
}

// Check says what keeps a run from being kept, as an ErrInvalid, and rounds its time as stores do.
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
	if y := r.Created.Year(); y < 1970 || y > 9999 { // before the epoch cursors would not sort
		return invalid("created is %s, want a time from 1970 on", r.Created.Format(time.RFC3339))
	}
	r.Created = r.Created.UTC().Truncate(time.Millisecond)
	if len(r.Model) > 64 {
		return invalid("model has %d bytes, want an id", len(r.Model))
	}
	const most = 1 << 40 // rows, so that sums of them stay numbers
	if min(r.Rows, r.Positive, r.Negative, r.Unsure) < 0 || max(r.Rows, r.Positive, r.Negative, r.Unsure) > most || r.Positive+r.Negative+r.Unsure > r.Rows {
		return invalid("%d positive, %d negative and %d unsure of %d rows do not add up", r.Positive, r.Negative, r.Unsure, r.Rows)
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
	if len(r.Figures) > 0 && (!json.Valid(r.Figures) || bytes.TrimLeft(r.Figures, " \t\r\n")[0] != '{') {
		return invalid("figures are not a JSON object")
	}
	return nil
}

// CheckID accepts ids that fit into an address: 1 to 64 letters, digits, - and _.
func CheckID(id string) error {
	odd := func(c rune) bool {
		return !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '_')
	}
	if id == "" || len(id) > 64 || strings.IndexFunc(id, odd) >= 0 {
		return fmt.Errorf("%w: its id should be 1 to 64 letters, digits, - and _", ErrInvalid)
	}
	return nil
}

// CheckName accepts names that can be shown.
func CheckName(name string) error {
	if n := utf8.RuneCountInString(name); !utf8.ValidString(name) || n == 0 || n > MaxName {
		return fmt.Errorf("%w: its name should have 1 to %d characters", ErrInvalid, MaxName)
	}
	return nil
}

// Limit bounds what a caller of List asks for.
func Limit(limit int) int { return min(max(limit, 1), MaxList) }

// Cursor marks the place right behind a run in the order of List; ParseCursor reads it.
func Cursor(last Summary) string {
	return base64.RawURLEncoding.EncodeToString(strconv.AppendInt(nil, last.Created.UnixMilli(), 10)) + "." + last.ID
}

// ParseCursor gives the time, in milliseconds since the epoch, and the id of the run that Cursor was given. "" is the
// place before the first.
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
