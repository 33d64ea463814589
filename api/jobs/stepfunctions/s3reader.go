package stepfunctions

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// object is an io.ReaderAt of an immutable object, optimised for sequential reads: consecutive
// ReadAt calls share one GetObject stream, whatever their sizes. An interrupted stream is requested
// again from where it broke off. It is not safe for concurrent use.
type object struct {
	ctx    context.Context
	bucket *bucket
	key    string
	size   int64
	body   io.ReadCloser // the object from at on; nil: not requested
	at     int64
}

func (o *object) ReadAt(p []byte, off int64) (n int, err error) {
	const tries = 4
	end := min(off+int64(len(p)), o.size)
	for failed := 0; off+int64(n) < end; {
		m := 0
		if err = o.seek(off + int64(n)); err == nil {
			m, err = io.ReadFull(o.body, p[n:end-off])
			n += m
			o.at += int64(m)
		}
		if err == nil {
			continue
		}
		o.Close()
		if m > 0 {
			failed = 0
		}
		if failed++; failed == tries || o.ctx.Err() != nil {
			return n, fmt.Errorf("s3://%s/%s at byte %d: %w", o.bucket.name, o.key,
				off+int64(n), err)
		}
		pause(o.ctx, failed)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Fork is another reader of the object (scoring.Forker).
func (o *object) Fork() (io.ReaderAt, func()) {
	again := &object{ctx: o.ctx, bucket: o.bucket, key: o.key, size: o.size}
	return again, again.Close
}

// Size is how large the object is.
func (o *object) Size() int64 { return o.size }

// seek has the body begin at an offset.
func (o *object) seek(off int64) error {
	if o.body != nil && o.at == off {
		return nil
	}
	o.Close()
	out, err := o.bucket.client.GetObject(o.ctx,
		&s3.GetObjectInput{Bucket: &o.bucket.name, Key: &o.key,
			Range: aws.String(fmt.Sprintf("bytes=%d-", off))})
	if err != nil {
		return err
	}
	o.body, o.at = out.Body, off
	return nil
}

func (o *object) Close() {
	if o.body != nil {
		o.body.Close()
		o.body = nil
	}
}

// partBytes is the size of a writer's buffer; S3 requires parts of at least 5 MB, and allows
// 10,000.
const partBytes = 16 << 20

// writer uploads what is written as an object, which exists once Close has succeeded. A writer that
// is abandoned without Close leaves parts behind, which the bucket deletes after a day.
type writer struct {
	ctx         context.Context
	bucket      *bucket
	key         string
	contentType string
	id          *string // of the multipart upload, once there is one
	parts       []types.CompletedPart
	buf         bytes.Buffer
}

func (w *writer) Write(p []byte) (written int, err error) {
	for len(p) > 0 {
		n := min(len(p), partBytes-w.buf.Len())
		w.buf.Write(p[:n])
		if p = p[n:]; w.buf.Len() == partBytes {
			if err := w.send(); err != nil {
				return written, err
			}
		}
		written += n
	}
	return written, nil
}

// send uploads the buffer as the next part.
func (w *writer) send() error {
	if w.id == nil {
		out, err := w.bucket.client.CreateMultipartUpload(w.ctx, &s3.CreateMultipartUploadInput{
			Bucket: &w.bucket.name, Key: &w.key, ContentType: &w.contentType, ChecksumAlgorithm: types.ChecksumAlgorithmCrc32})
		if err != nil {
			return w.bucket.explain(w.key, err)
		}
		w.id = out.UploadId
	}
	number := int32(len(w.parts) + 1)
	out, err := w.bucket.client.UploadPart(w.ctx,
		&s3.UploadPartInput{Bucket: &w.bucket.name, Key: &w.key, UploadId: w.id,
			PartNumber: &number,
			Body: bytes.NewReader(
				w.buf.Bytes()), ChecksumAlgorithm: types.ChecksumAlgorithmCrc32})
	if err != nil {
		return w.bucket.explain(w.key, err)
	}
	w.parts = append(w.parts,
		types.CompletedPart{ETag: out.ETag, PartNumber: &number, ChecksumCRC32: out.ChecksumCRC32})
	w.buf.Reset()
	return nil
}

func (w *writer) Close() error {
	if w.id == nil {
		return w.bucket.put(w.ctx, w.key, w.contentType, w.buf.Bytes())
	}
	if w.buf.Len() > 0 {
		if err := w.send(); err != nil {
			return err
		}
	}
	_, err := w.bucket.client.CompleteMultipartUpload(w.ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &w.bucket.name, Key: &w.key, UploadId: w.id,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: w.parts},
	})
	return w.bucket.explain(w.key, err)
}
