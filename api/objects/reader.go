package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Reader is an io.ReaderAt of an object, optimised for sequential reads: consecutive ReadAt calls
// share one GetObject stream, whatever their sizes. An interrupted stream is requested again from
// where it broke off; it is an error if the object was replaced meanwhile, provided its ETag is
// known. It is not safe for concurrent use.
type Reader struct {
	ctx    context.Context
	bucket *Bucket
	info   Info
	body   io.ReadCloser // the object from at on; nil if not requested
	at     int64
}

// NewReader returns a Reader of an object; Close ends its stream. The ETag of info may be "".
func NewReader(ctx context.Context, b *Bucket, info Info) *Reader {
	return &Reader{ctx: ctx, bucket: b, info: info}
}

func (r *Reader) ReadAt(p []byte, off int64) (n int, err error) {
	const tries = 4
	end := min(off+int64(len(p)), r.info.Size)
	for failed := 0; off+int64(n) < end; {
		m := 0
		if err = r.seek(off + int64(n)); err == nil {
			m, err = io.ReadFull(r.body, p[n:end-off])
			n += m
			r.at += int64(m)
		}
		if err == nil {
			continue
		}
		r.Close()
		if m > 0 {
			failed = 0
		}
		failed++
		if failed == tries || r.ctx.Err() != nil || final(err) {
			return n, fmt.Errorf("%s%s/%s at byte %d: %w", Scheme, r.bucket.Name, r.info.Key,
				off+int64(n), err)
		}
		Pause(r.ctx, failed)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// final reports whether S3 would respond the same again.
func final(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) ||
		errors.Is(err, errReplaced)
}

var errReplaced = errors.New("it was replaced while it was read")

// Pause waits before an interrupted response is requested again, longer with each failure.
func Pause(ctx context.Context, failed int) {
	select {
	case <-time.After(time.Duration(failed) * 200 * time.Millisecond):
	case <-ctx.Done():
	}
}

// Fork returns another reader of the object and its Close (scoring.Forker).
func (r *Reader) Fork() (io.ReaderAt, func()) {
	again := NewReader(r.ctx, r.bucket, r.info)
	return again, again.Close
}

// Size returns the size of the object.
func (r *Reader) Size() int64 { return r.info.Size }

// seek makes the body begin at an offset.
func (r *Reader) seek(off int64) error {
	if r.body != nil && r.at == off {
		return nil
	}
	r.Close()
	in := &s3.GetObjectInput{Bucket: &r.bucket.Name, Key: &r.info.Key,
		Range: aws.String(fmt.Sprintf("bytes=%d-", off))}
	if r.info.ETag != "" {
		in.IfMatch = &r.info.ETag
	}
	out, err := r.bucket.Client.GetObject(r.ctx, in)
	if Status(err) == http.StatusPreconditionFailed {
		return errReplaced
	}
	if err != nil {
		return named(err)
	}
	r.body, r.at = out.Body, off
	return nil
}

// Close ends the current stream. A later ReadAt starts another.
func (r *Reader) Close() {
	if r.body != nil {
		r.body.Close()
		r.body = nil
	}
}
