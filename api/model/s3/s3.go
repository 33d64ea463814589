// Package s3 implements store.Place in a bucket.
//
// Region and credentials come from the AWS SDK's default sources (environment, profile, role of the
// machine), and so does another endpoint, AWS_ENDPOINT_URL, which is used with path-style
// addresses. Reading needs s3:GetObject, and s3:ListBucket to tell a missing object from a
// forbidden one and to list models; publishing also needs s3:PutObject. Objects are created only if
// the key is free, and the pointer is replaced only if it is unchanged, by S3's conditional writes.
package s3

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"

	"reviewlens/api/awsretry"
	"reviewlens/api/model/store"
	"reviewlens/api/objects"
	"reviewlens/api/wire"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Scheme is the prefix of the addresses that Open accepts.
const Scheme = objects.Scheme

// Prefix is the Place s3://bucket/prefix.
type Prefix struct {
	client *s3.Client
	bucket string
	prefix string // "" or ending in a slash
	key    string
}

// Open returns a Place for an address; it does not contact the bucket yet. kmsKey, an ID, ARN or
// alias, encrypts what is written (SSE-KMS); without one the bucket's own setting applies.
func Open(ctx context.Context, address, kmsKey string) (*Prefix, error) {
	rest, ok := strings.CutPrefix(address, Scheme)
	bucket, prefix, _ := strings.Cut(rest, "/")
	if !ok || bucket == "" {
		return nil, fmt.Errorf("%q is no place for models; want s3://bucket or s3://bucket/prefix",
			address)
	}
	if prefix = strings.Trim(prefix, "/"); prefix != "" {
		prefix += "/"
	}
	c, err := objects.Config(ctx, awsretry.Step)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	client, err := objects.NewClient(c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	return &Prefix{client: client, bucket: bucket, prefix: prefix, key: kmsKey}, nil
}

func (p *Prefix) String() string { return strings.TrimSuffix(Scheme+p.bucket+"/"+p.prefix, "/") }

func (p *Prefix) Read(ctx context.Context, name string, maxBytes int64) ([]byte, string, error) {
	out, err := p.client.GetObject(ctx,
		&s3.GetObjectInput{Bucket: &p.bucket, Key: aws.String(p.prefix + name)})
	if err != nil {
		return nil, "", p.explain(name, err)
	}
	defer out.Body.Close()
	size := aws.ToInt64(out.ContentLength)
	if size > maxBytes {
		return nil, "", fmt.Errorf("%s%s has %d bytes, want at most %d", p, "/"+name,
			size, maxBytes)
	}
	data, err := io.ReadAll(io.LimitReader(out.Body, size+1))
	if err == nil && int64(len(data)) != size {
		err = io.ErrUnexpectedEOF
	}
	return data, aws.ToString(out.ETag), p.explain(name, err)
}

// ReadRange makes one attempt: callers that read ranges retry themselves, also within a range.
func (p *Prefix) ReadRange(ctx context.Context, name string, from,
	to int64) (io.ReadCloser, int64, error) {
	out, err := p.client.GetObject(ctx, &s3.GetObjectInput{
		Bucket: &p.bucket, Key: aws.String(p.prefix + name),
		Range: aws.String(fmt.Sprintf("bytes=%d-%d", from, to-1)),
	}, func(o *s3.Options) { o.RetryMaxAttempts = 1 })
	if objects.Status(err) == http.StatusRequestedRangeNotSatisfiable {
		head, err := p.client.HeadObject(ctx,
			&s3.HeadObjectInput{Bucket: &p.bucket, Key: aws.String(p.prefix + name)})
		if err != nil {
			return nil, 0, p.explain(name, err)
		}
		return http.NoBody, aws.ToInt64(head.ContentLength), nil // the object ends before from
	}
	if err != nil {
		return nil, 0, p.explain(name, err)
	}
	_, total, ok := strings.Cut(aws.ToString(out.ContentRange), "/")
	size, err := strconv.ParseInt(total, 10, 64)
	if !ok || err != nil {
		out.Body.Close()
		return nil, 0, p.explain(name,
			fmt.Errorf("the endpoint does not answer ranges: Content-Range is %q",
				aws.ToString(out.ContentRange)))
	}
	return out.Body, size, nil
}

func (p *Prefix) Create(ctx context.Context, name string, file wire.File,
	content io.ReadSeeker) error {
	sum, err := hex.DecodeString(file.SHA256)
	if err != nil {
		return err
	}
	return p.put(ctx, name, content, func(in *s3.PutObjectInput) {
		in.IfNoneMatch = aws.String("*")
		in.ContentLength = &file.Bytes
		// S3 verifies it on arrival
		in.ChecksumSHA256 = aws.String(base64.StdEncoding.EncodeToString(sum))
	}, fs.ErrExist)
}

// Replace succeeds if the object already has these bytes: if S3's response is lost, the client
// writes again and finds the version changed by its first attempt.
func (p *Prefix) Replace(ctx context.Context, name string, data []byte, version string) error {
	err := p.put(ctx, name, bytes.NewReader(data), func(in *s3.PutObjectInput) {
		in.ContentType = aws.String("application/json")
		if version == "" {
			in.IfNoneMatch = aws.String("*")
		} else {
			in.IfMatch = &version
		}
	}, store.ErrChanged)
	if errors.Is(err, store.ErrChanged) {
		now, _, readErr := p.Read(ctx, name, int64(len(data)))
		if readErr == nil && bytes.Equal(now, data) {
			return nil
		}
	}
	return err
}

// put writes an object; condition is the error to return if S3 rejects the write's condition.
func (p *Prefix) put(ctx context.Context, name string, content io.ReadSeeker,
	set func(*s3.PutObjectInput), condition error) error {
	in := &s3.PutObjectInput{Bucket: &p.bucket, Key: aws.String(p.prefix + name), Body: content}
	if p.key != "" {
		in.ServerSideEncryption, in.SSEKMSKeyId = types.ServerSideEncryptionAwsKms, &p.key
	}
	set(in)
	_, err := p.client.PutObject(ctx, in)
	switch objects.Status(err) {
	// 409: it is being written concurrently
	case http.StatusPreconditionFailed, http.StatusConflict:
		return fmt.Errorf("%s/%s: %w", p, name, condition)
	}
	return p.explain(name, err)
}

func (p *Prefix) Folders(ctx context.Context) (names []string, err error) {
	pages := s3.NewListObjectsV2Paginator(p.client,
		&s3.ListObjectsV2Input{Bucket: &p.bucket, Prefix: &p.prefix, Delimiter: aws.String("/")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, p.explain("", err)
		}
		for _, common := range page.CommonPrefixes {
			names = append(names,
				strings.TrimSuffix(strings.TrimPrefix(aws.ToString(common.Prefix), p.prefix), "/"))
		}
	}
	return names, nil
}

// explain adds the object's name and maps an error to those of package store. A missing bucket is
// not a missing object.
func (p *Prefix) explain(name string, err error) error {
	return (&objects.Bucket{Name: p.bucket}).Explain(strings.TrimSuffix(p.prefix+name, "/"), err)
}
