// Package objects reads, writes and lists objects of any size in S3.
//
// A Reader is an io.ReaderAt that resumes an interrupted response. A Writer is a multipart upload:
// the object exists only once Close has succeeded, and is never partial. One part is held in
// memory.
//
// Region and credentials come from the AWS SDK's default sources (environment, profile, role of the
// machine), and so does another endpoint, AWS_ENDPOINT_URL. Errors contain the address of the
// object, and wrap fs.ErrNotExist, fs.ErrExist (the condition of a write does not hold) or
// fs.ErrPermission if one applies; none applies to a missing bucket.
package objects

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/http"
	"time"

	"reviewlens/api/awsretry"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Scheme is the prefix of an object's address.
const Scheme = "s3://"

// Config returns the default configuration with retries of throttled requests for patience.
func Config(ctx context.Context, patience time.Duration) (aws.Config, error) {
	return config.LoadDefaultConfig(ctx,
		config.WithRetryer(func() aws.Retryer { return awsretry.New(patience) }))
}

// ErrNoRegion is the error of NewClient if no region is configured.
var ErrNoRegion = errors.New("no region; set AWS_REGION, or a region in the profile")

// NewClient returns a client of S3.
func NewClient(c aws.Config) (*s3.Client, error) {
	client := s3.NewFromConfig(c, func(o *s3.Options) {
		// not AWS: bucket names rarely resolve as hosts, and there are no regions
		if o.BaseEndpoint != nil {
			o.UsePathStyle = true
			if o.Region == "" {
				o.Region = "us-east-1"
			}
		}
		// S3 has checksums of whole objects only, but ranges are read here; models have theirs in
		// the manifest
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	})
	if client.Options().Region == "" {
		return nil, ErrNoRegion
	}
	return client, nil
}

// Bucket is a bucket and its client.
type Bucket struct {
	Client *s3.Client
	Name   string
}

// Info describes an object.
type Info struct {
	Key, ETag string
	Size      int64
}

// Head returns the description of an object.
func (b *Bucket) Head(ctx context.Context, key string) (Info, error) {
	out, err := b.Client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.Name, Key: &key})
	if err != nil {
		return Info{}, b.Explain(key, err)
	}
	return Info{key, aws.ToString(out.ETag), aws.ToInt64(out.ContentLength)}, nil
}

// List returns the objects whose keys begin with prefix, in order. An error ends the sequence.
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		pages := s3.NewListObjectsV2Paginator(b.Client,
			&s3.ListObjectsV2Input{Bucket: &b.Name, Prefix: &prefix})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(Info{}, b.Explain(prefix, err))
				return
			}
			for _, o := range page.Contents {
				info := Info{aws.ToString(o.Key), aws.ToString(o.ETag), aws.ToInt64(o.Size)}
				if !yield(info, nil) {
					return
				}
			}
		}
	}
}

// Explain adds the address of an object to an error of the client.
func (b *Bucket) Explain(key string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s%s/%s: %w", Scheme, b.Name, key, named(err))
}

// named maps an error of the client to the package's errors.
func named(err error) error {
	code := ""
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		code = api.ErrorCode()
	}
	if code == "NoSuchBucket" {
		return err
	}
	switch Status(err) {
	case http.StatusNotFound:
		return fs.ErrNotExist
	// 409: it is being written concurrently
	case http.StatusPreconditionFailed, http.StatusConflict:
		return fs.ErrExist
	case http.StatusForbidden: // also for a missing object, if s3:ListBucket is not granted
		return fmt.Errorf("%w: %s", fs.ErrPermission, code)
	}
	return err
}

// Status returns the HTTP status of an error; 0 if it has none.
func Status(err error) int {
	if response, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		return response.HTTPStatusCode()
	}
	return 0
}
