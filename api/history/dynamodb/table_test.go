package dynamodb_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// table simulates the part of DynamoDB that the store uses, in the test's process. It knows the
// store's expressions by their text and refuses any other; `make test-cloud` checks their meaning
// with an emulator. Like DynamoDB it refuses empty keys and items over 400 KB, answers queries page
// by page, and leaves writes of a batch unprocessed.
type table struct {
	mu      sync.Mutex
	items   map[string]map[string]item // by user and id
	batches int                        // number of requests
	broken  func(action string) error  // called before each; nil: never fails
}

type (
	item  map[string]value
	value map[string]any // {"S": ...}, {"N": ...} or {"B": ...}
)

const (
	pageItems = 7 // per query; DynamoDB's pages end at 1 MB
	maxItem   = 400_000
)

// call holds the relevant fields of requests.
type call struct {
	TableName, IndexName                     string
	Key, Item, ExclusiveStartKey             item
	KeyConditionExpression, FilterExpression string
	ConditionExpression, UpdateExpression    string
	ProjectionExpression                     string
	ExpressionAttributeValues                item
	TransactItems                            []struct{ Put *call }
	Limit                                    int
	ConsistentRead                           bool
	RequestItems                             map[string][]struct{ DeleteRequest struct{ Key item } }
}

func serve(t testing.TB) (*table, string) {
	t.Helper()
	db := &table{items: map[string]map[string]item{}}
	server := httptest.NewServer(db)
	t.Cleanup(server.Close)
	return db, server.URL
}

func (db *table) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	db.mu.Lock()
	defer db.mu.Unlock()
	var c call
	d := json.NewDecoder(r.Body)
	err := d.Decode(&c)
	var answer any
	_, name, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if err == nil && db.broken != nil {
		err = db.broken(name)
	}
	if err == nil {
		answer, err = db.answer(name, c)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	if err != nil {
		kind, message, _ := strings.Cut(err.Error(), ": ")
		w.WriteHeader(http.StatusBadRequest)
		problem := map[string]any{
			"__type": "com.amazonaws.dynamodb.v20120810#" + kind, "message": message,
		}
		if kind == "TransactionCanceledException" { // because of the first item
			problem["CancellationReasons"] = []any{map[string]string{"Code": message},
				map[string]string{"Code": "None"}}
		}
		answer = problem
	}
	json.NewEncoder(w).Encode(answer)
}

func (db *table) answer(name string, c call) (any, error) {
	if name == "TransactWriteItems" {
		return db.transact(c)
	}
	if name != "BatchWriteItem" && c.TableName != "runs" {
		return nil, fmt.Errorf("ResourceNotFoundException: no table %q", c.TableName)
	}
	key := c.Key
	if key == nil {
		key = c.Item
	}
	user, id := key.text("user"), key.text("id")
	if key != nil && (user == "" || id == "") {
		return nil, fmt.Errorf("ValidationException: an empty key")
	}
	switch name {
	case "GetItem":
		if found, ok := db.items[user][id]; ok && c.ConsistentRead {
			return map[string]any{"Item": found}, nil
		}
		return map[string]any{}, nil
	case "DeleteItem":
		delete(db.items[user], id)
		return map[string]any{}, nil
	case "UpdateItem":
		if c.ConditionExpression != "attribute_exists(id)" || c.UpdateExpression != "SET #name = :name" {
			return nil, unknown(c.ConditionExpression + c.UpdateExpression)
		}
		found, ok := db.items[user][id]
		if !ok {
			return nil, fmt.Errorf("ConditionalCheckFailedException: the condition does not hold")
		}
		found = maps.Clone(found)
		found["name"] = c.ExpressionAttributeValues[":name"]
		db.items[user][id] = found
		return map[string]any{}, nil
	case "Query":
		return db.query(c)
	case "BatchWriteItem":
		return db.deleteSome(c)
	}
	return nil, fmt.Errorf("UnknownOperationException: %s", name)
}

// transact puts an item on a condition, and another with it.
func (db *table) transact(c call) (any, error) {
	if len(c.TransactItems) != 2 || c.TransactItems[0].Put == nil ||
		c.TransactItems[1].Put == nil || c.TransactItems[1].Put.ConditionExpression != "" {
		return nil, unknown("other transactions")
	}
	first := *c.TransactItems[0].Put
	version := db.items[first.Item.text("user")][first.Item.text("id")].text("version")
	want := first.ExpressionAttributeValues.text(":version")
	switch {
	case first.ConditionExpression == "attribute_not_exists(#version)" && want == "":
	case first.ConditionExpression == "#version = :version" && want != "":
	default:
		return nil, unknown(first.ConditionExpression)
	}
	if version != want {
		return nil, errors.New("TransactionCanceledException: ConditionalCheckFailed")
	}
	for _, w := range c.TransactItems {
		if size, _ := json.Marshal(w.Put.Item); len(size)*3/4 > maxItem { // base64 on the wire
			return nil, errors.New("ValidationException: the item is too large")
		}
		if w.Put.TableName != "runs" {
			return nil, fmt.Errorf("ResourceNotFoundException: no table %q", w.Put.TableName)
		}
	}
	for _, w := range c.TransactItems {
		db.put(w.Put.Item)
	}
	return map[string]any{}, nil
}

func (db *table) put(it item) {
	user := it.text("user")
	if db.items[user] == nil {
		db.items[user] = map[string]item{}
	}
	db.items[user][it.text("id")] = it
}

func (db *table) query(c call) (any, error) {
	values := c.ExpressionAttributeValues
	sort, after := "id", ""
	switch {
	case !c.ConsistentRead:
		return nil, unknown("a query that is not consistent")
	case c.IndexName == "" && c.KeyConditionExpression == "#user = :user" && c.FilterExpression == "" && c.ProjectionExpression == "id":
	case c.IndexName == "newest" && c.KeyConditionExpression == "#user = :user AND place > :place" && c.FilterExpression == "attribute_not_exists(expires) OR expires > :now":
		sort, after = "place", values.text(":place")
	default:
		return nil, unknown(c.IndexName + c.KeyConditionExpression + c.FilterExpression)
	}
	if start := c.ExclusiveStartKey.text(sort); start != "" {
		after = start
	}
	found := slices.SortedFunc(maps.Values(db.items[values.text(":user")]), func(a, b item) int { return strings.Compare(a.text(sort), b.text(sort)) })
	read, kept := 0, []item{}
	answer := map[string]any{}
	for _, it := range found {
		if it.text(sort) <= after {
			continue
		}
		if read == pageItems || c.Limit > 0 && read == c.Limit {
			answer["LastEvaluatedKey"] = it.previous(found, sort)
			break
		}
		read++
		if sort == "place" {
			if expires, ok := it["expires"]; ok && len(expires["N"].(string)) <= len(values[":now"]["N"].(string)) && expires["N"].(string) <= values[":now"]["N"].(string) {
				continue // counted, as in DynamoDB, but not returned
			}
			it = maps.Clone(it)
			delete(it, "figures") // not in the index
		}
		kept = append(kept, it)
	}
	answer["Items"] = kept
	return answer, nil
}

// deleteSome leaves the last request of every second batch unprocessed.
func (db *table) deleteSome(c call) (any, error) {
	requests := c.RequestItems["runs"]
	if len(requests) == 0 || len(requests) > 25 {
		return nil, fmt.Errorf("ValidationException: %d requests", len(requests))
	}
	undone := map[string]any{}
	if db.batches++; db.batches%2 == 1 && len(requests) > 1 {
		undone["runs"] = requests[len(requests)-1:]
		requests = requests[:len(requests)-1]
	}
	for _, r := range requests {
		delete(db.items[r.DeleteRequest.Key.text("user")], r.DeleteRequest.Key.text("id"))
	}
	return map[string]any{"UnprocessedItems": undone}, nil
}

func (it item) text(name string) string {
	s, _ := it[name]["S"].(string)
	return s
}

// previous returns the item before it.
func (it item) previous(all []item, sort string) item {
	i := slices.IndexFunc(all, func(other item) bool { return other.text(sort) == it.text(sort) })
	before := all[i-1]
	key := item{"user": before["user"], "id": before["id"]}
	key[sort] = before[sort]
	return key
}

func unknown(expression string) error {
	return fmt.Errorf("ValidationException: this table does not know %q", bytes.TrimSpace([]byte(expression)))
}
