package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"reviewlens/api/objects"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/parquet-go/parquet-go"
	"github.com/rogpeppe/go-internal/testscript"
)

// testBucket is the in-process S3 of one script. It has a bucket "models".
type testBucket struct {
	objects.Bucket
	url string

	mu     sync.Mutex
	refuse map[string]bool // methods that are forbidden
}

func newTestBucket(t *testing.T) *testBucket {
	backend := s3mem.New()
	if err := backend.CreateBucket("models"); err != nil {
		t.Fatal(err)
	}
	b := &testBucket{}
	handler := gofakes3.New(backend).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		refused := b.refuse[r.Method]
		b.mu.Unlock()
		if refused {
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	b.url = server.URL
	client, err := objects.NewClient(aws.Config{BaseEndpoint: &server.URL,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")})
	if err != nil {
		t.Fatal(err)
	}
	b.Bucket = objects.Bucket{Client: client, Name: "models"}
	return b
}

// testBuckets maps addresses, found in the environment of scripts, to their buckets.
var testBuckets sync.Map

func bucketOf(ts *testscript.TestScript) *testBucket {
	b, ok := testBuckets.Load(ts.Getenv("AWS_ENDPOINT_URL"))
	if !ok {
		ts.Fatalf("no bucket")
	}
	return b.(*testBucket)
}

// objectScript accesses objects: object put|get|remove ADDRESS FILE, object list PREFIX.
func objectScript(ts *testscript.TestScript, neg bool, args []string) {
	b := bucketOf(ts)
	a, err := parsePlace(args[1])
	ts.Check(err)
	ctx := context.Background()
	switch args[0] {
	case "put":
		w := objects.NewWriter(ctx, &b.Bucket, a.key, "")
		_, err := io.WriteString(w, ts.ReadFile(args[2]))
		ts.Check(errors.Join(err, w.Close()))
	case "get":
		info, err := b.Head(ctx, a.key)
		ts.Check(err)
		r := objects.NewReader(ctx, &b.Bucket, info)
		data, err := io.ReadAll(io.NewSectionReader(r, 0, info.Size))
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(args[2]), data, 0o666))
	case "remove":
		_, err := b.Client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.Name, Key: &a.key})
		ts.Check(err)
	case "list":
		var keys []string
		for o, err := range b.List(ctx, a.key) {
			ts.Check(err)
			keys = append(keys, o.Key)
		}
		fmt.Fprint(ts.Stdout(), strings.Join(keys, " "))
	}
}

// forbidScript makes S3 refuse requests of some methods: forbid METHOD...
func forbidScript(ts *testscript.TestScript, neg bool, args []string) {
	b := bucketOf(ts)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuse = map[string]bool{}
	for _, method := range args {
		b.refuse[method] = true
	}
}

// uploadsScript lists uploads that were neither completed nor aborted.
func uploadsScript(ts *testscript.TestScript, neg bool, args []string) {
	b := bucketOf(ts)
	out, err := b.Client.ListMultipartUploads(context.Background(),
		&s3.ListMultipartUploadsInput{Bucket: &b.Name})
	ts.Check(err)
	to := ts.Stdout() // empty output is an output, too
	for _, upload := range out.Uploads {
		fmt.Fprintln(to, aws.ToString(upload.Key))
	}
}

// parquetScript prints a Parquet file: its columns with their types and the model, then its rows.
func parquetScript(ts *testscript.TestScript, neg bool, args []string) {
	data := []byte(ts.ReadFile(args[0]))
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	ts.Check(err)
	var line []string
	for _, path := range f.Schema().Columns() {
		leaf, _ := f.Schema().Lookup(path...)
		line = append(line, strings.Join(path, ".")+":"+leaf.Node.Type().String())
	}
	model, _ := f.Lookup("reviewlens.model")
	fmt.Fprintln(ts.Stdout(), strings.Join(line, " "), "model="+model)
	for _, group := range f.RowGroups() {
		rows := group.Rows()
		buffer := make([]parquet.Row, 10)
		for err == nil {
			var n int
			n, err = rows.ReadRows(buffer)
			for _, row := range buffer[:n] {
				fmt.Fprintln(ts.Stdout(), showRow(row))
			}
		}
		if err == io.EOF {
			err = nil
		}
		ts.Check(errors.Join(err, rows.Close()))
	}
}

func showRow(row parquet.Row) string {
	var line []string
	for _, values := range row.Range {
		var shown []string
		for _, v := range values {
			s := v.String()
			if v.IsNull() {
				s = "null"
			} else if strings.ContainsAny(s, " \n") {
				s = fmt.Sprintf("%q", s)
			}
			shown = append(shown, s)
		}
		if len(values) > 1 || values[0].RepetitionLevel() > 0 || values[0].DefinitionLevel() > 1 {
			line = append(line, "["+strings.Join(shown, " ")+"]")
		} else {
			line = append(line, shown[0])
		}
	}
	return strings.Join(line, " ")
}

// typed is a row of several types.
type typed struct {
	Stars  int32    `parquet:"stars"`
	Bought *int32   `parquet:"bought,optional,date"`
	Tags   []string `parquet:"tags,list"`
	Review *string  `parquet:"review,optional"`
}

var typedRows = []typed{
	{5, new(int32(19787)), []string{"quick", "quiet"}, new("It is quick and quiet.")},
	{1, new(int32(19788)), nil, new("It broke on the second day.")},
	{3, nil, []string{"lid"}, nil},
}

// numbered is a row of columns with numbers as names.
type numbered struct {
	Stars  int64  `parquet:"0"`
	Review string `parquet:"1"`
}

var numberedRows = []numbered{{5, "It is quick and quiet."}, {1, "It broke on the second day."}}

func writeTyped[T any](w io.Writer, rows []T) error {
	p := parquet.NewGenericWriter[T](w)
	_, err := p.Write(rows)
	return errors.Join(err, p.Close())
}

// typedScript writes a Parquet file of several types, or of columns without names: typed FILE
// [numbered].
func typedScript(ts *testscript.TestScript, neg bool, args []string) {
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(args) > 1 {
		err = writeTyped(f, numberedRows)
	} else {
		err = writeTyped(f, typedRows)
	}
	ts.Check(errors.Join(err, f.Close()))
}

// sameReportScript compares two reports as JSON; the second is of a file with more columns and with
// probabilities of four decimals: same-report A B.
func sameReportScript(ts *testscript.TestScript, neg bool, args []string) {
	var reports [2]map[string]any
	for i := range reports {
		ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[i])), &reports[i]))
		delete(reports[i], "reading")
		delete(reports[i], "histogram") // a probability at a bin's edge
	}
	near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 1e-4 })
	if d := cmp.Diff(reports[0], reports[1], near); d != "" {
		ts.Fatalf("the reports differ: %s", d)
	}
	if len(reports[0]["drivers"].([]any)) == 0 {
		ts.Fatalf("the reports have no phrases")
	}
}

// A run over a prefix opens two objects per file, all with one client.
func TestBucketsShareAClient(t *testing.T) {
	t.Setenv("AWS_REGION", "us-east-1")
	var c call
	a, errA := c.bucket(t.Context(), "a")
	b, errB := c.bucket(t.Context(), "b")
	if errA != nil || errB != nil || a.Client != b.Client || a.Name != "a" || b.Name != "b" {
		t.Errorf("buckets %+v, %v; %+v, %v", a, errA, b, errB)
	}
}
