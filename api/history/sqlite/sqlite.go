// Package sqlite implements history.Store in one SQLite file. Several processes may share the file:
// writers wait for each other.
package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"reviewlens/api/history"

	"modernc.org/sqlite" // SQLite in Go, without cgo
	sqlite3 "modernc.org/sqlite/lib"
)

// Store is a history.Store in a SQLite file.
type Store struct {
	db    *sql.DB
	quota history.Quota
}

// SetQuota changes the quota of each user. It must be called before the store is used.
func (s *Store) SetQuota(q history.Quota) { s.quota = q }

// version is the schema version, stored in the file. Later versions migrate here; an older program
// refuses a newer file.
const version = 1

const tables = `
CREATE TABLE IF NOT EXISTS runs (
	user    TEXT NOT NULL,
	id      TEXT NOT NULL,
	created INTEGER NOT NULL, -- milliseconds since the epoch
	name    TEXT NOT NULL,
	summary BLOB NOT NULL,    -- JSON, its name as it was put
	figures BLOB,             -- JSON
	PRIMARY KEY (user, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS runs_newest ON runs (user, created DESC, id);
`

// Open opens the file, or creates it and its folder, readable by the owner only.
func Open(file string) (s *Store, err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	// SQLite would create it with the umask
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("history %s: %w", file, err)
	}
	// Write-ahead logging lets readers continue during a write. Transactions take the write lock at
	// once, because one that begins as a reader cannot wait for it.
	settings := url.Values{"_txlock": {"immediate"},
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)",
			"secure_delete(ON)"}}
	db, err := sql.Open("sqlite",
		(&url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath(),
			RawQuery: settings.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("history %s: %w", file, err)
	}
	db.SetMaxOpenConns(4)
	s = &Store{db, history.DefaultQuota}
	if err := s.prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("history %s: %w", file, err), db.Close())
	}
	return s, nil
}

func (s *Store) prepare() error {
	if err := s.check(); err != nil {
		return err
	}
	tx, err := s.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback() // no effect after Commit
	var have int
	if err := tx.QueryRow("PRAGMA user_version").Scan(&have); err != nil {
		return err
	}
	if have > version {
		return fmt.Errorf("the file is of version %d and this program knows %d; use a newer "+
			"program or another file", have, version)
	}
	if _, err := tx.Exec(tables + fmt.Sprintf("PRAGMA user_version = %d", version)); err != nil {
		return err
	}
	return tx.Commit()
}

// check detects corruption, which would otherwise surface in a later request, or as an empty list.
func (s *Store) check() error {
	rows, err := s.db.Query("PRAGMA quick_check(3)")
	if err != nil {
		return fmt.Errorf("the file is damaged: %w; keep a copy of it, and start with another "+
			"file or a backup", err)
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var what string
		if err := rows.Scan(&what); err != nil {
			return err
		}
		if what != "ok" {
			found = append(found, what)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("the file is damaged: %w; keep a copy of it, and start with another "+
			"file or a backup", err)
	}
	if len(found) > 0 {
		return fmt.Errorf("the file is damaged: %s; keep a copy of it, and start with another "+
			"file or a backup", strings.Join(found, "; "))
	}
	return nil
}

func (s *Store) Put(ctx context.Context, user string, r history.Run) error {
	if err := history.Check(&r); err != nil {
		return err
	}
	summary, err := json.Marshal(r.RunSummary)
	if err != nil {
		return err
	}
	// the transaction holds the write lock: no run is added between the count and the insertion
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return explain(err)
	}
	defer tx.Rollback() // no effect after Commit
	var others int
	var figures int64
	row := tx.QueryRowContext(ctx, "SELECT count(*), coalesce(sum(length(figures)), 0) FROM runs "+
		"WHERE user = ? AND id <> ?", user, r.ID)
	if err := row.Scan(&others, &figures); err != nil {
		return err
	}
	if err := s.quota.Check(len(r.Figures), others, figures+
		int64(others)*history.Size(0)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO runs (user, id, created, name, "+
		"summary, figures) VALUES (?, ?, ?, ?, ?, ?)",
		user, r.ID, r.Created.UnixMilli(), r.Name, summary, []byte(r.Figures)); err != nil {
		return explain(err)
	}
	return explain(tx.Commit())
}

// explain maps the error of a full disk to history.ErrFull, and that of a write lock that another
// process did not release in time to history.ErrBusy.
func explain(err error) error {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_FULL:
			return fmt.Errorf("%w: %w", history.ErrFull, err)
		case sqlite3.SQLITE_BUSY:
			return fmt.Errorf("%w: %w", history.ErrBusy, err)
		}
	}
	return err
}

func (s *Store) Get(ctx context.Context, user, id string) (r history.Run, err error) {
	var name string
	var summary, figures []byte
	row := s.db.QueryRowContext(ctx,
		"SELECT name, summary, figures FROM runs WHERE user = ? AND id = ?", user, id)
	if err := row.Scan(&name, &summary, &figures); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			err = history.ErrNotFound
		}
		return r, err
	}
	return history.ParseRun(summary, figures, id, name)
}

func (s *Store) List(ctx context.Context, user, cursor string,
	limit int) (list []history.Summary, next string, err error) {
	created, id, err := history.ParseCursor(cursor)
	if err != nil {
		return nil, "", err
	}
	limit = history.Limit(limit)
	rows, err := s.db.QueryContext(ctx, `SELECT id, created, name, summary FROM runs
		WHERE user = ?1 AND (created < ?2 OR created = ?2 AND id > ?3)
		ORDER BY created DESC, id LIMIT ?4`, user, created, id, limit+1)
	if err != nil {
		return nil, "", err
	}
	defer func() { err = cmp.Or(err, rows.Err(), rows.Close()) }()
	for rows.Next() {
		if len(list) == limit {
			return list, history.Cursor(list[limit-1]), nil
		}
		var id, name string
		var millis int64
		var summary []byte
		if err := rows.Scan(&id, &millis, &name, &summary); err != nil {
			return nil, "", err
		}
		list = append(list,
			history.ParseSummary(summary, id, name, time.UnixMilli(millis).UTC()))
	}
	return list, "", nil
}

func (s *Store) Rename(ctx context.Context, user, id, name string) error {
	if err := history.CheckName(name); err != nil {
		return err
	}
	result, err := s.db.ExecContext(ctx, "UPDATE runs SET name = ? WHERE user = ? AND id = ?",
		name, user, id)
	if err != nil {
		return explain(err)
	}
	if n, err := result.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		return history.ErrNotFound
	}
	return nil
}

func (s *Store) Delete(ctx context.Context, user, id string) error {
	_, err := s.db.ExecContext(ctx, "DELETE FROM runs WHERE user = ? AND id = ?", user, id)
	return explain(err)
}

func (s *Store) DeleteAll(ctx context.Context, user string) error {
	_, err := s.db.ExecContext(ctx, "DELETE FROM runs WHERE user = ?", user)
	return explain(err)
}

// Close waits for running calls and closes the file. Any later call of another method fails.
func (s *Store) Close() error { return s.db.Close() }

var _ history.Store = (*Store)(nil)
