// Package dynamodb implements history.Store in a table of Amazon DynamoDB, which many servers can
// share.
//
// The table (created by deploy/cloud/history.yaml) has the partition key user and the sort key id,
// a local index with the sort key place, and the TTL attribute expires. A user's runs are one
// partition, so a request for one user can never reach another's runs, and all reads are
// consistent.
//
// A second item for each user, in a partition of its own, decides between concurrent puts, so that
// no user exceeds the quota; it expires after a day without a put.
//
// Region and credentials come from the AWS SDK's default sources. The program needs
// dynamodb:PutItem, GetItem, UpdateItem, DeleteItem, BatchWriteItem and Query on the table, and
// Query on its index.
package dynamodb

import (
	"context"
	cryptorand "crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"time"

	"reviewlens/api/history"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Scheme is the prefix of the addresses that Open accepts.
const Scheme = "dynamodb://"

// index lists a user's runs by place.
const index = "newest"

// Store is a history.Store in DynamoDB.
type Store struct {
	client *dynamodb.Client
	table  string
	keep   time.Duration // 0: forever
	quota  history.Quota
}

// SetQuota changes the quota of each user. It must be called before the store is used.
func (s *Store) SetQuota(q history.Quota) { s.quota = q }

// Open returns a Store for an address, dynamodb://table or dynamodb://table?days=365, after which
// runs expire. It does not contact the table yet.
func Open(ctx context.Context, address string) (*Store, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme+"://" != Scheme || u.Host == "" || strings.Trim(u.Path, "/") != "" {
		return nil, fmt.Errorf("%q is no place for the history; want dynamodb://table or dynamodb://table?days=365", address)
	}
	s := &Store{table: u.Host, quota: history.DefaultQuota}
	for name, values := range u.Query() {
		days, err := strconv.Atoi(values[0])
		if name != "days" || err != nil || days < 1 || days > 36500 {
			return nil, fmt.Errorf("%q: %s is %q; want days from 1 to 36500", address, name, values[0])
		}
		s.keep = time.Duration(days) * 24 * time.Hour
	}
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	if c.Region == "" {
		return nil, fmt.Errorf("%s: no region; set AWS_REGION, or a region in the profile", address)
	}
	s.client = dynamodb.NewFromConfig(c)
	return s, nil
}

func (s *Store) Put(ctx context.Context, user string, r history.Run) error {
	if err := history.Check(&r); err != nil {
		return err
	}
	summary, err := json.Marshal(sized{r.RunSummary, len(r.Figures)})
	if err != nil {
		return err
	}
	item := key(user, r.ID)
	item["place"] = text(place(r.Created.UnixMilli(), r.ID))
	item["name"] = text(r.Name) // an attribute of its own, since Rename changes only this
	item["summary"] = &types.AttributeValueMemberB{Value: summary}
	if len(r.Figures) > 0 {
		item["figures"] = &types.AttributeValueMemberB{Value: r.Figures}
	}
	if s.keep > 0 {
		item["expires"] = seconds(time.Now().Add(s.keep))
	}
	// A put that loses a race counts again. Another put has succeeded then, so the loop ends.
	for {
		err := s.putIfUnchanged(ctx, user, r, item)
		if !errors.Is(err, errRace) {
			return err
		}
		select {
		case <-time.After(rand.N(50 * time.Millisecond)):
		case <-ctx.Done():
			return s.explain(errors.Join(history.ErrBusy, ctx.Err()))
		}
	}
}

// errRace reports a concurrent put of the same user.
var errRace = errors.New("another run of the user was put meanwhile")

// putIfUnchanged stores a run if the quota has space for it, in one write that fails with errRace
// if any other run of the user was put since the count began. Deletions and expired runs only make
// space. A counter would have to be updated by all that deletes runs, DynamoDB's expiry included.
func (s *Store) putIfUnchanged(
	ctx context.Context, user string, r history.Run, item map[string]types.AttributeValue,
) error {
	puts := map[string]types.AttributeValue{"user": text("p:" + user), "id": text("puts")}
	out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, Key: puts, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return s.explain(err)
	}
	if err := s.fits(ctx, user, r); err != nil {
		return err
	}
	change := &types.Put{TableName: &s.table, Item: maps.Clone(puts),
		ConditionExpression:      aws.String("attribute_not_exists(#version)"),
		ExpressionAttributeNames: map[string]string{"#version": "version"}}
	if version, ok := out.Item["version"]; ok {
		change.ConditionExpression = aws.String("#version = :version")
		change.ExpressionAttributeValues = map[string]types.AttributeValue{":version": version}
	}
	change.Item["version"] = text(cryptorand.Text())
	// long after any put that began with this version
	change.Item["expires"] = seconds(time.Now().Add(24 * time.Hour))
	_, err = s.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{
		TransactItems: []types.TransactWriteItem{
			{Put: change}, {Put: &types.Put{TableName: &s.table, Item: item}},
		},
	})
	if canceled, ok := errors.AsType[*types.TransactionCanceledException](err); ok {
		for _, reason := range canceled.CancellationReasons {
			switch aws.ToString(reason.Code) {
			case "ConditionalCheckFailed", "TransactionConflict":
				return errRace
			case "ThrottlingError", "ProvisionedThroughputExceeded":
				err = errors.Join(history.ErrBusy, err)
			}
		}
	}
	return s.explain(err)
}

// sized is a summary as stored in the table: with the size of the figures, which are not part of
// the index.
type sized struct {
	history.Summary
	Figures int `json:"figuresBytes"`
}

// fits returns an error if the user's quota has no space for a run. It counts the existing runs.
func (s *Store) fits(ctx context.Context, user string, r history.Run) error {
	others, bytes := 0, int64(0)
	for pages := dynamodb.NewQueryPaginator(s.client, s.query(user, math.MaxInt64, "")); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return s.explain(err)
		}
		for _, item := range page.Items {
			if id, ok := item["id"].(*types.AttributeValueMemberS); ok && id.Value == r.ID {
				continue
			}
			others++
			bytes += history.Size(figuresSize(item))
		}
	}
	return s.quota.Check(len(r.Figures), others, bytes)
}

// figuresSize returns the size of the figures of an item of the index: an estimate for a run that
// was stored before sizes were, or that is damaged.
func figuresSize(item map[string]types.AttributeValue) int {
	const estimate = history.MaxBytes / 16
	size := sized{Figures: estimate}
	if err := json.Unmarshal(binary(item["summary"]), &size); err != nil {
		return estimate
	}
	return size.Figures
}

func (s *Store) Get(ctx context.Context, user, id string) (r history.Run, err error) {
	if history.CheckID(id) != nil {
		return r, history.ErrNotFound // DynamoDB accepts no empty key
	}
	out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table, Key: key(user, id), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return r, s.explain(err)
	}
	if out.Item == nil || expired(out.Item) {
		return r, history.ErrNotFound
	}
	return history.ParseRun(binary(out.Item["summary"]), binary(out.Item["figures"]), id,
		str(out.Item["name"]))
}

func (s *Store) List(ctx context.Context, user, cursor string, limit int) (list []history.Summary, next string, err error) {
	created, id, err := history.ParseCursor(cursor)
	if err != nil {
		return nil, "", err
	}
	limit = history.Limit(limit)
	in := s.query(user, created, id)
	in.Limit = aws.Int32(int32(limit) + 1)
	for pages := dynamodb.NewQueryPaginator(s.client, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, "", s.explain(err)
		}
		for _, item := range page.Items {
			if len(list) == limit {
				return list, history.Cursor(list[limit-1]), nil
			}
			list = append(list, summary(item))
		}
	}
	return list, "", nil
}

// query returns the query for a user's runs after a place, newest first.
func (s *Store) query(user string, created int64, id string) *dynamodb.QueryInput {
	return &dynamodb.QueryInput{
		TableName: &s.table, IndexName: aws.String(index), ConsistentRead: aws.Bool(true),
		// The cursor's place, not its item, which may have been deleted.
		KeyConditionExpression: aws.String("#user = :user AND place > :place"),
		// DynamoDB deletes expired items within days, not at once.
		FilterExpression:         aws.String("attribute_not_exists(expires) OR expires > :now"),
		ExpressionAttributeNames: map[string]string{"#user": "user"}, // a reserved word
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":user": text(partition(user)), ":place": text(place(created, id)), ":now": seconds(time.Now()),
		},
	}
}

func (s *Store) Rename(ctx context.Context, user, id, name string) error {
	if err := history.CheckName(name); err != nil {
		return err
	}
	if history.CheckID(id) != nil {
		return history.ErrNotFound
	}
	_, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: key(user, id),
		// otherwise it would create an item
		ConditionExpression:       aws.String("attribute_exists(id)"),
		UpdateExpression:          aws.String("SET #name = :name"),
		ExpressionAttributeNames:  map[string]string{"#name": "name"},
		ExpressionAttributeValues: map[string]types.AttributeValue{":name": text(name)},
	})
	if _, absent := errors.AsType[*types.ConditionalCheckFailedException](err); absent {
		return history.ErrNotFound
	}
	return s.explain(err)
}

func (s *Store) Delete(ctx context.Context, user, id string) error {
	if history.CheckID(id) != nil {
		return nil
	}
	_, err := s.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.table, Key: key(user, id)})
	return s.explain(err)
}

// batch is the most items that DynamoDB deletes in one call.
const batch = 25

func (s *Store) DeleteAll(ctx context.Context, user string) error {
	in := &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("#user = :user"),
		ProjectionExpression:      aws.String("id"),
		ExpressionAttributeNames:  map[string]string{"#user": "user"},
		ExpressionAttributeValues: map[string]types.AttributeValue{":user": text(partition(user))},
	}
	var deletes []types.WriteRequest
	for pages := dynamodb.NewQueryPaginator(s.client, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return s.explain(err)
		}
		for _, item := range page.Items {
			deletes = append(deletes, types.WriteRequest{DeleteRequest: &types.DeleteRequest{
				Key: map[string]types.AttributeValue{"user": text(partition(user)), "id": item["id"]},
			}})
		}
	}
	pause := 50 * time.Millisecond
	for len(deletes) > 0 {
		now := deletes[:min(batch, len(deletes))]
		out, err := s.client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{s.table: now}})
		if err != nil {
			return s.explain(err)
		}
		left := out.UnprocessedItems[s.table]
		deletes = append(deletes[len(now):], left...)
		if len(left) == 0 {
			continue
		}
		select { // the table is throttled
		case <-time.After(pause):
			pause = min(2*pause, time.Second)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Close has nothing to release.
func (s *Store) Close() error { return nil }

// explain adds the table's name: the SDK's errors have only the call and the cause. A throttled
// call means that the table is busy: the SDK has already retried.
func (s *Store) explain(err error) error {
	if err == nil {
		return nil
	}
	if throttled.IsErrorThrottle(err) == aws.TrueTernary {
		err = errors.Join(history.ErrBusy, err)
	}
	return fmt.Errorf("history table %s: %w", s.table, err)
}

var throttled = retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}

// key returns the primary key of a run's item.
func key(user, id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"user": text(partition(user)), "id": text(id)}
}

// partition returns the partition key of a user. It is never empty, as DynamoDB requires.
func partition(user string) string { return "u:" + user }

// place returns a key that sorts as List does: newest first, then by ID.
func place(created int64, id string) string { return fmt.Sprintf("%016x", math.MaxInt64-created) + id }

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func seconds(t time.Time) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(t.Unix(), 10)}
}

func expired(item map[string]types.AttributeValue) bool {
	expires, ok := item["expires"].(*types.AttributeValueMemberN)
	if !ok {
		return false
	}
	at, err := strconv.ParseInt(expires.Value, 10, 64)
	return err == nil && at <= time.Now().Unix()
}

// summary decodes an item of the table or of its index.
func summary(item map[string]types.AttributeValue) history.Summary {
	return history.ParseSummary(binary(item["summary"]), str(item["id"]), str(item["name"]),
		created(str(item["place"])))
}

// created returns the time of a place; the zero time if the place is damaged.
func created(place string) time.Time {
	const digits = 16
	if len(place) < digits {
		return time.Time{}
	}
	left, err := strconv.ParseInt(place[:digits], 16, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(math.MaxInt64 - left).UTC()
}

// str returns the value of a text attribute, "" if it is none.
func str(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// binary returns the value of a binary attribute, nil if it is none.
func binary(v types.AttributeValue) []byte {
	if b, ok := v.(*types.AttributeValueMemberB); ok {
		return b.Value
	}
	return nil
}

var _ history.Store = (*Store)(nil)
