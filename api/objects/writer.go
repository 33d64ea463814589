package objects

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// partBytes is the size of a Writer's buffer; S3 requires parts of at least 5 MB, and allows 10,000
// parts.
const partBytes = 16 << 20

// Writer uploads an object, which exists once Close has succeeded. Abort discards the uploaded
// parts; a Writer whose process is killed leaves parts behind, which a rule of the bucket for
// incomplete uploads deletes.
type Writer struct {
	Bucket      *Bucket
	Key         string
	ContentType string // "" for none
	New         bool   // fail (fs.ErrExist) in Close if the object exists by then

	ctx   context.Context
	name  string  // unique to this Writer, in the metadata of its object: unlessMade
	id    *string // of the multipart upload, once it exists
	parts []types.CompletedPart
	buf   bytes.Buffer
}

// NewWriter returns a Writer of an object. It does not contact the bucket yet; Begin does.
func NewWriter(ctx context.Context, b *Bucket, key, contentType string) *Writer {
	return &Writer{Bucket: b, Key: key, ContentType: contentType, ctx: ctx, name: rand.Text()}
}

func (w *Writer) Write(p []byte) (written int, err error) {
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

// Begin starts the upload now, which fails if the object may not be written.
func (w *Writer) Begin() error {
	if w.id != nil {
		return nil
	}
	out, err := w.Bucket.Client.CreateMultipartUpload(w.ctx, &s3.CreateMultipartUploadInput{
		Bucket: &w.Bucket.Name, Key: &w.Key, ContentType: w.contentType(),
		Metadata: w.metadata(), ChecksumAlgorithm: types.ChecksumAlgorithmCrc32})
	if err != nil {
		return w.Bucket.Explain(w.Key, err)
	}
	w.id = out.UploadId
	return nil
}

func (w *Writer) contentType() *string {
	if w.ContentType == "" {
		return nil
	}
	return &w.ContentType
}

// send uploads the buffer as the next part.
func (w *Writer) send() error {
	if err := w.Begin(); err != nil {
		return err
	}
	number := int32(len(w.parts) + 1)
	out, err := w.Bucket.Client.UploadPart(w.ctx,
		&s3.UploadPartInput{Bucket: &w.Bucket.Name, Key: &w.Key, UploadId: w.id,
			PartNumber: &number, Body: bytes.NewReader(w.buf.Bytes()),
			ChecksumAlgorithm: types.ChecksumAlgorithmCrc32})
	if err != nil {
		return w.Bucket.Explain(w.Key, err)
	}
	w.parts = append(w.parts,
		types.CompletedPart{ETag: out.ETag, PartNumber: &number, ChecksumCRC32: out.ChecksumCRC32})
	w.buf.Reset()
	return nil
}

// Close uploads the rest and creates the object.
func (w *Writer) Close() error {
	var condition *string
	if w.New {
		condition = aws.String("*")
	}
	if len(w.parts) == 0 { // one request, also for an empty object
		_, err := w.Bucket.Client.PutObject(w.ctx, &s3.PutObjectInput{Bucket: &w.Bucket.Name,
			Key: &w.Key, Body: bytes.NewReader(w.buf.Bytes()), ContentType: w.contentType(),
			Metadata: w.metadata(), IfNoneMatch: condition})
		return errors.Join(w.unlessMade(w.Bucket.Explain(w.Key, err)), w.Abort())
	}
	if w.buf.Len() > 0 {
		if err := w.send(); err != nil {
			return err
		}
	}
	_, err := w.Bucket.Client.CompleteMultipartUpload(w.ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &w.Bucket.Name, Key: &w.Key, UploadId: w.id, IfNoneMatch: condition,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: w.parts},
	})
	return w.unlessMade(w.Bucket.Explain(w.Key, err))
}

// writerName is the key of the metadata by which a Writer recognizes its own object.
const writerName = "reviewlens-writer"

func (w *Writer) metadata() map[string]string { return map[string]string{writerName: w.name} }

// unlessMade returns the error of the request that creates the object, nil if the object was
// created. If S3's response is lost, the client repeats the request and finds that the object
// exists, or that the upload no longer does.
func (w *Writer) unlessMade(err error) error {
	if !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	out, headErr := w.Bucket.Client.HeadObject(w.ctx,
		&s3.HeadObjectInput{Bucket: &w.Bucket.Name, Key: &w.Key})
	if headErr == nil && out.Metadata[writerName] == w.name {
		return nil
	}
	return err
}

// Abort discards the uploaded parts, also after the context is done. An object created by Close
// remains.
func (w *Writer) Abort() error {
	if w.id == nil {
		return nil
	}
	const patience = 10 * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), patience)
	defer cancel()
	_, err := w.Bucket.Client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{
		Bucket: &w.Bucket.Name, Key: &w.Key, UploadId: w.id})
	w.id = nil
	return w.Bucket.Explain(w.Key, err)
}
