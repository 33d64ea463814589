package dynamodb_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"reviewlens/api/history"
	"reviewlens/api/history/dynamodb"
	"reviewlens/api/history/historytest"
)

// open opens an address on an endpoint, with fake credentials.
func open(t testing.TB, endpoint, address string) *dynamodb.Store {
	t.Helper()
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "us-east-1", "AWS_CONFIG_FILE": os.DevNull,
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": ""} {
		t.(*testing.T).Setenv(name, value)
	}
	s, err := dynamodb.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	historytest.Run(t, func(t testing.TB) history.Store {
		_, endpoint := serve(t)
		return open(t, endpoint, "dynamodb://runs")
	})
}

// The conformance suite on a table created by deploy/cloud/history.yaml: an existing one, with
// users that only the test has.
func TestStoreOfATable(t *testing.T) {
	address := os.Getenv("REVIEWLENS_TEST_HISTORY")
	if address == "" {
		t.Skip("needs a table: REVIEWLENS_TEST_HISTORY=dynamodb://table and where it is, as `make test-cloud` sets them")
	}
	n := 0
	historytest.Run(t, func(t testing.TB) history.Store {
		s, err := dynamodb.Open(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		n++
		return apart{s, fmt.Sprintf("%d-%d/", time.Now().UnixNano(), n)}
	})
}

func run(id string, created time.Time) history.Run {
	return history.Run{RunSummary: history.Summary{ID: id, Name: id, Created: created, Rows: 1, Positive: 1}}
}

// DynamoDB deletes an item within days of its expiry; until then it must not be returned.
func TestRunsAreForgotten(t *testing.T) {
	db, endpoint := serve(t)
	s := open(t, endpoint, "dynamodb://runs?days=30")
	const days = 30 * 24 * time.Hour
	earliest := time.Now().Add(days).Unix()
	for i := range 20 {
		if err := s.Put(t.Context(), "u", run(fmt.Sprintf("r%02d", i), time.UnixMilli(int64(i)))); err != nil {
			t.Fatal(err)
		}
	}
	latest := time.Now().Add(days).Unix()
	kept := fmt.Sprint(db.items["u:u"]["r00"]["expires"]["N"])
	if at, err := strconv.ParseInt(kept, 10, 64); err != nil || at < earliest || at > latest {
		t.Errorf("a run expires at %s, want %d to %d", kept, earliest, latest)
	}
	for i := range 19 { // all except the newest
		db.items["u:u"][fmt.Sprintf("r%02d", i)]["expires"] = value{"N": fmt.Sprint(time.Now().Unix() - 1)}
	}
	if _, err := s.Get(t.Context(), "u", "r00"); err != history.ErrNotFound {
		t.Errorf("Get of a forgotten run = %v, want ErrNotFound", err)
	}
	list, next, err := s.List(t.Context(), "u", "", 5)
	if err != nil || len(list) != 1 || list[0].ID != "r19" || next != "" {
		t.Errorf("List = %v, %q, %v, want r19 alone", list, next, err)
	}
}

// A damaged run hides no other one, and keeps none from being put.
func TestDamagedRun(t *testing.T) {
	db, endpoint := serve(t)
	s := open(t, endpoint, "dynamodb://runs")
	for i, id := range []string{"old", "cut", "bare", "new"} {
		if err := s.Put(t.Context(), "u", run(id, time.UnixMilli(int64(i)))); err != nil {
			t.Fatal(err)
		}
	}
	db.items["u:u"]["cut"]["summary"] = value{"B": []byte(`{"id": "cut", "rows`)}
	delete(db.items["u:u"]["bare"], "summary")
	delete(db.items["u:u"]["bare"], "name")
	if err := s.Put(t.Context(), "u", run("newest", time.UnixMilli(9))); err != nil {
		t.Errorf("Put beside a damaged run = %v", err)
	}
	list, next, err := s.List(t.Context(), "u", "", 5)
	if err != nil || next != "" {
		t.Fatalf("List = %v, %q", err, next)
	}
	var got []string
	for _, r := range list {
		got = append(got, fmt.Sprint(r.ID, r.Name, r.Created.UnixMilli(), r.Rows, r.Unreadable))
	}
	want := []string{"newestnewest9 1 false", "newnew3 1 false", "barebare2 0 true",
		"cutcut1 0 true", "oldold0 1 false"}
	if !slices.Equal(got, want) {
		t.Errorf("List = %q, want %q", got, want)
	}
	for _, id := range []string{"cut", "bare"} {
		if _, err := s.Get(t.Context(), "u", id); !errors.Is(err, history.ErrUnreadable) {
			t.Errorf("Get(%s) = %v, want ErrUnreadable", id, err)
		}
	}
}

// A user has more runs than one page of a query, and DynamoDB may leave deletions unprocessed.
func TestDeleteAllOfMany(t *testing.T) {
	db, endpoint := serve(t)
	s := open(t, endpoint, "dynamodb://runs")
	for i := range 120 {
		if err := s.Put(t.Context(), "u", run(fmt.Sprint(i), time.UnixMilli(1))); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.DeleteAll(t.Context(), "u"); err != nil || len(db.items["u:u"]) != 0 {
		t.Errorf("DeleteAll leaves %d runs, %v", len(db.items["u:u"]), err)
	}
	if db.batches < 5 {
		t.Errorf("%d batches", db.batches)
	}
}

// A throttled table is retried; if that continues, the store is busy and its runs unchanged.
func TestThrottled(t *testing.T) {
	db, endpoint := serve(t)
	s := open(t, endpoint, "dynamodb://runs")
	if err := s.Put(t.Context(), "u", run("a", time.UnixMilli(1))); err != nil {
		t.Fatal(err)
	}
	most, calls := 1, map[string]int{}
	db.broken = func(action string) error {
		if calls[action]++; calls[action] <= most {
			return errors.New("ProvisionedThroughputExceededException: slower")
		}
		return nil
	}
	_, getErr := s.Get(t.Context(), "u", "a")
	renameErr := s.Rename(t.Context(), "u", "a", "b")
	putErr := s.Put(t.Context(), "u", run("b", time.UnixMilli(2)))
	if err := errors.Join(getErr, renameErr, putErr); err != nil || calls["TransactWriteItems"] != 2 {
		t.Errorf("throttled once, they are %v; calls %v", err, calls)
	}
	most = 1000
	if err := s.Put(t.Context(), "u", run("c", time.UnixMilli(3))); !errors.Is(err, history.ErrBusy) {
		t.Errorf("throttled for ever, Put is %v", err)
	}
	db.broken = nil
	if list, _, err := s.List(t.Context(), "u", "", 5); err != nil || len(list) != 2 {
		t.Errorf("the table has %v, %v", list, err)
	}
}

// Two servers that put runs of a user concurrently do not both get the last place.
func TestQuotaHoldsBetweenServers(t *testing.T) {
	db, endpoint := serve(t)
	s := open(t, endpoint, "dynamodb://runs")
	s.SetQuota(history.Quota{Runs: 2, Bytes: 1 << 20})
	if err := s.Put(t.Context(), "u", run("a", time.UnixMilli(1))); err != nil {
		t.Fatal(err)
	}
	writes := 0
	db.broken = func(action string) error {
		if action != "TransactWriteItems" && action != "PutItem" {
			return nil
		}
		if writes++; writes == 1 { // another server's put comes between the count and the write
			other := maps.Clone(db.items["u:u"]["a"])
			other["id"], other["place"] = value{"S": "b"}, value{"S": "0b"}
			db.put(other)
			puts := maps.Clone(db.items["p:u"]["puts"])
			puts["version"] = value{"S": "another"}
			db.put(puts)
		}
		return nil
	}
	err := s.Put(t.Context(), "u", run("c", time.UnixMilli(3)))
	if !errors.Is(err, history.ErrQuota) {
		t.Errorf("the third of two runs: Put = %v, want ErrQuota", err)
	}
	if err := s.Put(t.Context(), "u", run("a", time.UnixMilli(4))); err != nil {
		t.Errorf("a run that is there: Put = %v", err)
	}
	if n := len(db.items["u:u"]); n != 2 || writes != 2 {
		t.Errorf("the table has %d runs after %d writes", n, writes)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	db.broken = func(action string) error {
		if action == "TransactWriteItems" {
			return errors.New("TransactionCanceledException: TransactionConflict")
		}
		return nil
	}
	err = s.Put(ctx, "u", run("a", time.UnixMilli(5)))
	if !errors.Is(err, history.ErrBusy) && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a put that loses every race: %v", err)
	}
}

func TestMistakes(t *testing.T) {
	_, endpoint := serve(t)
	s := open(t, endpoint, "dynamodb://other")
	if _, err := s.Get(t.Context(), "u", "a"); err == nil || !strings.Contains(err.Error(), "history table other") {
		t.Errorf("Get of no table = %v", err)
	}
	for address, want := range map[string]string{
		"dynamodb://": "want dynamodb://table", "s3://runs": "want dynamodb://table", "dynamodb://runs/x": "want dynamodb://table",
		"dynamodb://runs?days=0": "want days", "dynamodb://runs?days=x": "want days", "dynamodb://runs?weeks=1": "want days",
	} {
		if _, err := dynamodb.Open(t.Context(), address); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%q) = %v, want %q", address, err, want)
		}
	}
	t.Setenv("AWS_REGION", "")
	if _, err := dynamodb.Open(t.Context(), "dynamodb://runs"); err == nil || !strings.Contains(err.Error(), "AWS_REGION") {
		t.Errorf("Open without a region = %v", err)
	}
}

// apart gives a test separate users in a shared table.
type apart struct {
	*dynamodb.Store
	prefix string
}

func (a apart) Put(ctx context.Context, user string, r history.Run) error {
	return a.Store.Put(ctx, a.prefix+user, r)
}

func (a apart) Get(ctx context.Context, user, id string) (history.Run, error) {
	return a.Store.Get(ctx, a.prefix+user, id)
}

func (a apart) List(ctx context.Context, user, cursor string, limit int) ([]history.Summary, string, error) {
	return a.Store.List(ctx, a.prefix+user, cursor, limit)
}

func (a apart) Rename(ctx context.Context, user, id, name string) error {
	return a.Store.Rename(ctx, a.prefix+user, id, name)
}

func (a apart) Delete(ctx context.Context, user, id string) error {
	return a.Store.Delete(ctx, a.prefix+user, id)
}

func (a apart) DeleteAll(ctx context.Context, user string) error {
	return a.Store.DeleteAll(ctx, a.prefix+user)
}
