// Package memory implements history.Store in memory, for tests. A server that persists nothing has
// no Store.
package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"

	"reviewlens/api/history"
)

// Store is an in-memory history.Store.
type Store struct {
	quota history.Quota
	mu    sync.Mutex
	runs  map[string]map[string]history.Run // by user and id
}

// New returns an empty store.
func New() *Store {
	return &Store{quota: history.DefaultQuota, runs: map[string]map[string]history.Run{}}
}

// SetQuota changes the quota of each user. It must be called before the store is used.
func (s *Store) SetQuota(q history.Quota) { s.quota = q }

func (s *Store) Put(ctx context.Context, user string, r history.Run) error {
	if err := cmp.Or(ctx.Err(), history.Check(&r)); err != nil {
		return err
	}
	r.Figures, r.Trend = bytes.Clone(r.Figures), slices.Clone(r.Trend)
	s.mu.Lock()
	defer s.mu.Unlock()
	others, bytes := 0, int64(0)
	for id, other := range s.runs[user] {
		if id != r.ID {
			others++
			bytes += history.Size(len(other.Figures))
		}
	}
	if err := s.quota.Check(len(r.Figures), others, bytes); err != nil {
		return err
	}
	if s.runs[user] == nil {
		s.runs[user] = map[string]history.Run{}
	}
	s.runs[user][r.ID] = r
	return nil
}

func (s *Store) Get(ctx context.Context, user, id string) (history.Run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.runs[user][id]
	if err := ctx.Err(); err != nil {
		return history.Run{}, err
	}
	if !ok {
		return history.Run{}, history.ErrNotFound
	}
	r.Figures, r.Trend = bytes.Clone(r.Figures), slices.Clone(r.Trend)
	return r, nil
}

func (s *Store) List(ctx context.Context, user, cursor string,
	limit int) (list []history.Summary, next string, err error) {
	created, id, err := history.ParseCursor(cursor)
	if err = cmp.Or(ctx.Err(), err); err != nil {
		return nil, "", err
	}
	s.mu.Lock()
	for _, r := range s.runs[user] {
		if at := r.Created.UnixMilli(); at < created || at == created && r.ID > id {
			r.Trend = slices.Clone(r.Trend)
			list = append(list, r.RunSummary)
		}
	}
	s.mu.Unlock()
	slices.SortFunc(list,
		func(a, b history.Summary) int {
			return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID))
		})
	if limit = history.Limit(limit); len(list) > limit {
		list = list[:limit]
		next = history.Cursor(list[limit-1])
	}
	return list, next, nil
}

func (s *Store) Rename(ctx context.Context, user, id, name string) error {
	if err := cmp.Or(ctx.Err(), history.CheckName(name)); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.runs[user][id]
	if !ok {
		return history.ErrNotFound
	}
	r.Name = name
	s.runs[user][id] = r
	return nil
}

func (s *Store) Delete(ctx context.Context, user, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.runs[user], id)
	return ctx.Err()
}

func (s *Store) DeleteAll(ctx context.Context, user string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.runs, user)
	return ctx.Err()
}

// Close does nothing.
func (s *Store) Close() error { return nil }
