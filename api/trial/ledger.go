package trial

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"time"

	"reviewlens/api/model/store"
)

// readCounts returns the sum of all servers' counts of a trial.
func readCounts(ctx context.Context, s *store.Store, trial string) (Counts, error) {
	c, _, err := readWrites(ctx, s, trial)
	return c, err
}

// readWrites is like readCounts, but also returns the last writes of all parts.
func readWrites(ctx context.Context, s *store.Store, trial string) (all Counts, writes []string,
	err error) {
	for i := range parts {
		data, _, err := s.TrialCounts(ctx, trial, i)
		if err != nil {
			return Counts{}, nil, fmt.Errorf("counts of trial %s: %w", trial, err)
		}
		p, err := parsePart(data)
		if err != nil {
			return Counts{}, nil, fmt.Errorf("%s: trials/%s/%d.json: %w", s, trial, i, err)
		}
		all.Merge(p.Counts)
		writes = append(writes, p.Writes...)
	}
	return all, writes, nil
}

// writeTries is the number of attempts to write an entry before it is kept for the next time.
const writeTries = 6

// entry is an addition of a server to the counts of a trial in the store.
type entry struct {
	trial  string
	counts Counts
	write  string // identifies this entry in part.Writes
	part   int
}

func newEntry(trial string, c Counts) *entry {
	return &entry{trial: trial, counts: c, write: rand.Text()[:13], part: mathrand.IntN(parts)}
}

// add writes the entry once: after an error it may be called again, until it returns nil.
func (e *entry) add(ctx context.Context, s *store.Store) (err error) {
	for try := range writeTries {
		if try > 0 {
			select {
			case <-time.After(time.Duration(mathrand.Int64N(int64(50*time.Millisecond) << try))):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		var data []byte
		var version string
		if data, version, err = s.TrialCounts(ctx, e.trial, e.part); err != nil {
			continue
		}
		var p part
		if p, err = parsePart(data); err != nil {
			return fmt.Errorf("trials/%s/%d.json: %w", e.trial, e.part, err)
		}
		// A write that failed may have taken effect: its response was lost, or the store's client
		// retried it and met its own change. So the entry stays with its part.
		if slices.Contains(p.Writes, e.write) {
			return nil
		}
		p.Counts.Merge(e.counts)
		p.Writes = append(p.Writes, e.write)
		p.Writes = p.Writes[max(0, len(p.Writes)-keptWrites):]
		if data, err = json.Marshal(p); err != nil {
			return err
		}
		if err = s.ReplaceTrialCounts(ctx, e.trial, e.part, data, version); err == nil {
			return nil
		}
	}
	return err
}
