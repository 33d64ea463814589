package stepfunctions

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"reviewlens/api/objects"
	"reviewlens/api/wire"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// Errors that callers distinguish.
var (
	errAbsent = fs.ErrNotExist // there is no such object
	errTaken  = fs.ErrExist    // another process wrote it
)

// clients returns clients of S3 and Step Functions with the default credentials. They retry
// throttled requests for patience.
func clients(ctx context.Context, patience time.Duration) (*s3.Client, *sfn.Client, error) {
	c, err := objects.Config(ctx, patience)
	if err != nil {
		return nil, nil, fmt.Errorf("jobs: %w", err)
	}
	if c.Region == "" {
		return nil, nil, fmt.Errorf("jobs: %w", objects.ErrNoRegion)
	}
	files, err := objects.NewClient(c)
	return files, sfn.NewFromConfig(c), err
}

// bucket reads and writes objects.
type bucket struct{ objects.Bucket }

func newBucket(client *s3.Client, name string) *bucket {
	return &bucket{objects.Bucket{Client: client, Name: name}}
}

func (b *bucket) get(ctx context.Context, key string, from,
	to int64) (data []byte, version string, err error) {
	in := &s3.GetObjectInput{Bucket: &b.Name, Key: &key}
	if to > 0 {
		in.Range = aws.String(fmt.Sprintf("bytes=%d-%d", from, to-1))
	}
	// for a body that breaks off; the client itself retries requests without a response (awsretry)
	const tries = 5
	for i := 0; ; i++ {
		out, err := b.Client.GetObject(ctx, in)
		if err != nil {
			return nil, "", b.Explain(key, err)
		}
		data, err := io.ReadAll(out.Body)
		out.Body.Close()
		if err == nil && to > 0 && int64(len(data)) != to-from {
			err = io.ErrUnexpectedEOF
		}
		if err == nil || i == tries-1 || ctx.Err() != nil {
			return data, aws.ToString(out.ETag), b.Explain(key, err)
		}
		objects.Pause(ctx, i+1)
	}
}

func (b *bucket) getJSON(ctx context.Context, key string, out any) (version string, err error) {
	data, version, err := b.get(ctx, key, 0, 0)
	if err != nil {
		return "", err
	}
	return version, decodeJSON(data, key, out)
}

// size returns the size of an object.
func (b *bucket) size(ctx context.Context, key string) (int64, error) {
	info, err := b.Head(ctx, key)
	return info.Size, err
}

// arrived returns the time at which an object was written.
func (b *bucket) arrived(ctx context.Context, key string) (time.Time, error) {
	out, err := b.Client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.Name, Key: &key})
	if err != nil {
		return time.Time{}, b.Explain(key, err)
	}
	return aws.ToTime(out.LastModified), nil
}

func (b *bucket) put(ctx context.Context, key, contentType string, data []byte) error {
	in := &s3.PutObjectInput{Bucket: &b.Name, Key: &key, Body: bytes.NewReader(data)}
	if contentType != "" {
		in.ContentType = &contentType
	}
	_, err := b.Client.PutObject(ctx, in)
	return b.Explain(key, err)
}

// create writes an object unless it exists; then the error is errTaken.
func (b *bucket) create(ctx context.Context, key string, data []byte) error {
	_, err := b.Client.PutObject(ctx, &s3.PutObjectInput{Bucket: &b.Name, Key: &key,
		Body: bytes.NewReader(data), IfNoneMatch: aws.String("*")})
	return b.Explain(key, err)
}

func (b *bucket) putJSON(ctx context.Context, key string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return b.put(ctx, key, wire.TypeJSON, data)
}

// claim writes an object only if it does not exist or, with a version, only over that version; else
// the error is errTaken. The error may be errTaken even if this call wrote the object: the client
// repeats a write whose response was lost.
func (b *bucket) claim(ctx context.Context, key string, v any, version string) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	in := &s3.PutObjectInput{Bucket: &b.Name, Key: &key, Body: bytes.NewReader(data),
		ContentType: aws.String(wire.TypeJSON), IfNoneMatch: aws.String("*")}
	if version != "" {
		in.IfNoneMatch, in.IfMatch = nil, &version
	}
	_, err = b.Client.PutObject(ctx, in)
	return b.Explain(key, err)
}

// list calls each with the keys that begin with prefix, in order.
func (b *bucket) list(ctx context.Context, prefix string, each func(key string)) error {
	for o, err := range b.List(ctx, prefix) {
		if err != nil {
			return err
		}
		each(o.Key)
	}
	return nil
}

// folders returns the names of the folders below prefix.
func (b *bucket) folders(ctx context.Context, prefix string) (names []string, err error) {
	pages := s3.NewListObjectsV2Paginator(b.Client,
		&s3.ListObjectsV2Input{Bucket: &b.Name, Prefix: &prefix, Delimiter: aws.String("/")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, b.Explain(prefix, err)
		}
		for _, folder := range page.CommonPrefixes {
			name := strings.TrimPrefix(aws.ToString(folder.Prefix), prefix)
			names = append(names, strings.Trim(name, "/"))
		}
	}
	return names, nil
}

// remove deletes objects. Deleting a missing object succeeds.
func (b *bucket) remove(ctx context.Context, keys []string) error {
	const most = 1000 // per request
	for len(keys) > 0 {
		n := min(len(keys), most)
		objects := make([]types.ObjectIdentifier, n)
		for i := range objects {
			objects[i].Key = &keys[i]
		}
		out, err := b.Client.DeleteObjects(ctx,
			&s3.DeleteObjectsInput{Bucket: &b.Name,
				Delete: &types.Delete{Objects: objects, Quiet: aws.Bool(true)}})
		if err == nil && len(out.Errors) > 0 {
			err = fmt.Errorf("%d of %d objects stay: %s", len(out.Errors), n,
				aws.ToString(out.Errors[0].Code))
		}
		if err != nil {
			return b.Explain(keys[0], err)
		}
		keys = keys[n:]
	}
	return nil
}

// lifetime returns how long a signed address is valid, at most most: it expires with the
// credentials that signed it. If their expiry is unknown (in the environment of a Lambda function),
// it returns most; a client that polls the job gets a fresh address.
func (b *bucket) lifetime(ctx context.Context, most time.Duration) (time.Duration, error) {
	credentials, err := b.Client.Options().Credentials.Retrieve(ctx)
	if err != nil {
		return 0, err
	}
	if left := time.Until(credentials.Expires).Truncate(time.Second); credentials.CanExpire &&
		left < most {
		return max(left, time.Second), nil
	}
	return most, nil
}

// upload signs an address for uploading one object that does not exist yet, of exactly this size.
func (b *bucket) upload(ctx context.Context, key string, size int64) (*wire.Upload, error) {
	lifetime, err := b.lifetime(ctx, uploadTime)
	if err != nil {
		return nil, b.Explain(key, err)
	}
	presign := s3.NewPresignClient(b.Client, s3.WithPresignExpires(lifetime),
		s3.WithPresignClientFromClientOptions(func(o *s3.Options) {
			// the checksum would be that of an empty body
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		}))
	signed, err := presign.PresignPutObject(ctx,
		&s3.PutObjectInput{Bucket: &b.Name, Key: &key, ContentLength: &size,
			IfNoneMatch: aws.String("*")})
	if err != nil {
		return nil, b.Explain(key, err)
	}
	return &wire.Upload{URL: signed.URL, Headers: map[string]string{"If-None-Match": "*"},
		Expires: time.Now().UTC().Add(lifetime)}, nil
}

// download signs an address for downloading one object.
func (b *bucket) download(ctx context.Context, key string) (string, error) {
	signed, err := s3.NewPresignClient(b.Client, s3.WithPresignExpires(downloadTime)).
		PresignGetObject(ctx, &s3.GetObjectInput{Bucket: &b.Name, Key: &key})
	if err != nil {
		return "", b.Explain(key, err)
	}
	return signed.URL, nil
}
