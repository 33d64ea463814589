package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"reviewlens/api/awsretry"
	"reviewlens/api/objects"
	"reviewlens/reviews/table"
)

// place is an S3 address of an object, a prefix (its key is "" or ends in a slash) or a pattern.
type place struct{ bucket, key string }

// isObject reports whether a name is an S3 address, not a file.
func isObject(name string) bool { return strings.HasPrefix(name, objects.Scheme) }

func parsePlace(name string) (place, error) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(name, objects.Scheme), "/")
	if bucket == "" || strings.ContainsAny(bucket, "*?[") {
		return place{}, usageError("%q names no bucket; want s3://bucket/key", name)
	}
	return place{bucket, key}, nil
}

func (a place) String() string { return objects.Scheme + a.bucket + "/" + a.key }

func (a place) isPrefix() bool { return a.key == "" || strings.HasSuffix(a.key, "/") }

func (a place) isPattern() bool { return strings.ContainsAny(a.key, "*?[") }

// manyObjects reports whether a name is an S3 prefix or pattern, which may match many files.
func manyObjects(name string) bool {
	a, err := parsePlace(name)
	return isObject(name) && err == nil && (a.isPrefix() || a.isPattern())
}

// root returns the prefix shared by all objects that a prefix or pattern matches.
func (a place) root() place {
	if at := strings.IndexAny(a.key, "*?["); at >= 0 {
		a.key = a.key[:strings.LastIndexByte(a.key[:at], '/')+1]
	}
	return a
}

// has reports whether a pattern or prefix matches the key.
func (a place) has(key string) bool {
	if a.isPrefix() && !a.isPattern() {
		return strings.HasPrefix(key, a.key)
	}
	ok, err := path.Match(a.key, key)
	return ok && err == nil
}

// bucket returns a bucket. All buckets of a call share one client, so that credentials are
// requested once and connections are reused.
func (c *call) bucket(ctx context.Context, name string) (*objects.Bucket, error) {
	if c.anyBucket.Client == nil {
		config, err := objects.Config(ctx, awsretry.Step)
		if err == nil {
			c.anyBucket.Client, err = objects.NewClient(config)
		}
		if err != nil {
			return nil, fmt.Errorf("%s%s: %w", objects.Scheme, name, err)
		}
	}
	return &objects.Bucket{Client: c.anyBucket.Client, Name: name}, nil
}

// denied adds the missing IAM permission to an access error.
func denied(err error, rights string) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w; %s", err, rights)
	}
	return err
}

const (
	rightsToRead  = "reading needs s3:GetObject on it, and s3:ListBucket on the bucket"
	rightsToList  = "listing needs s3:ListBucket on the bucket"
	rightsToWrite = "writing needs s3:PutObject and s3:AbortMultipartUpload on it"
)

// expand returns the objects that a prefix (at any depth) or a pattern matches, in order. As Spark
// does, it skips empty objects and hidden ones, whose name or folder begins with "_" or ".". Files
// of several formats are an error: one reading cannot be right for all of them.
func (c *call) expand(ctx context.Context, name string) ([]objects.Info, error) {
	a, err := parsePlace(name)
	if err != nil {
		return nil, err
	}
	if _, err := path.Match(a.key, ""); err != nil {
		return nil, usageError("%q is no pattern: %v", name, err)
	}
	b, err := c.bucket(ctx, a.bucket)
	if err != nil {
		return nil, err
	}
	var found []objects.Info
	kinds := map[string]string{}
	var kind []string
	for o, err := range b.List(ctx, a.root().key) {
		if err != nil {
			return nil, denied(err, rightsToList)
		}
		if o.Size == 0 || !a.has(o.Key) || isHidden(strings.TrimPrefix(o.Key, a.root().key)) {
			continue
		}
		is := formatOf(o.Key)
		if kinds[is] == "" {
			kinds[is] = o.Key
			kind = append(kind, fmt.Sprintf("%s (%s)", is, o.Key))
		}
		found = append(found, o)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("there are no files at %s", name)
	}
	if len(kind) > 1 {
		return nil, fmt.Errorf("%s has files of several formats: %s; name some of them with a "+
			"pattern, as %s*.csv", name, strings.Join(kind, ", "), a.root())
	}
	return found, nil
}

// isHidden reports whether Spark leaves out an object; _day=1 is a partition.
func isHidden(key string) bool {
	for part := range strings.SplitSeq(key, "/") {
		if strings.HasPrefix(part, ".") || strings.HasPrefix(part, "_") &&
			!strings.Contains(part, "=") {
			return true
		}
	}
	return false
}

// formatOf returns the format that a file's name implies.
func formatOf(key string) string {
	switch is := extension(key); is {
	case "":
		return "no ending"
	case ".ndjson":
		return ".jsonl"
	default:
		return is
	}
}

// openObject copies an object into a temporary file.
func (c *call) openObject(ctx context.Context, name string) (*input, error) {
	a, err := parsePlace(name)
	if err != nil {
		return nil, err
	}
	b, err := c.bucket(ctx, a.bucket)
	if err != nil {
		return nil, err
	}
	info, err := b.Head(ctx, a.key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w; the name of a prefix ends in a slash", err)
	}
	if err != nil {
		return nil, denied(err, rightsToRead)
	}
	r := objects.NewReader(ctx, b, info)
	defer r.Close()
	f, remove, err := spool(table.NewContextReader(ctx, io.NewSectionReader(r, 0, info.Size)))
	if err != nil {
		return nil, denied(err, rightsToRead)
	}
	return &input{name: name, file: f, close: remove}, nil
}

// newObject starts the upload of the object that -o names. The object appears only once it is
// complete and never replaces one: existence is checked before any work, and again by S3 on
// completion.
func (c *call) newObject(ctx context.Context, name string) (*objects.Writer, error) {
	a, err := parsePlace(name)
	if err != nil {
		return nil, err
	}
	if a.isPrefix() {
		return nil, usageError("-o %s is a prefix; name an object in it", name)
	}
	b, err := c.bucket(ctx, a.bucket)
	if err != nil {
		return nil, fmt.Errorf("-o: %w", err)
	}
	switch _, err := b.Head(ctx, a.key); {
	case err == nil:
		return nil, fmt.Errorf("-o %s is there already; remove it, or name another object", name)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission): // perhaps only for HEAD
	default:
		return nil, fmt.Errorf("-o: %w", err)
	}
	w := objects.NewWriter(ctx, b, a.key, mediaTypes[extension(name)])
	w.New = true
	if err := w.Begin(); err != nil {
		return nil, fmt.Errorf("-o: %w", denied(err, rightsToWrite))
	}
	return w, nil
}

var mediaTypes = map[string]string{
	".csv": "text/csv", ".html": "text/html; charset=utf-8", ".json": "application/json",
	".jsonl": "application/jsonl", ".parquet": "application/vnd.apache.parquet",
}
