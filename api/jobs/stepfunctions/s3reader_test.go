package stepfunctions

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// An object of several parts is what was written, and is read whole though answers break off.
func TestS3Reader(t *testing.T) {
	c := newCloudOf(t, newFake(t))
	want := make([]byte, 2*partBytes+12345)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range want {
		want[i] = byte(r.Uint32())
	}
	w := &writer{ctx: t.Context(), bucket: c.service.bucket, key: "big", contentType: "text/csv"}
	if _, err := io.Copy(w,
		io.MultiReader(bytes.NewReader(want[:99]), bytes.NewReader(want[99:]))); err != nil {
		t.Fatal(err)
	}
	if len(w.parts) < 2 {
		t.Errorf("%d parts were sent before the end", len(w.parts))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var n atomic.Int32
	c.breakS3(func(w http.ResponseWriter, r *http.Request) bool {
		if n.Add(1) > 6 {
			return false
		}
		c.pass(&cutOff{ResponseWriter: w, left: 1 << 20}, r)
		return true
	})
	o := &object{ctx: t.Context(), bucket: c.service.bucket, key: "big", size: int64(len(want))}
	defer o.Close()
	got, err := io.ReadAll(io.NewSectionReader(o, 0, 1<<62))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("read %d of %d bytes, %v, after %d answers", len(got), len(want), err, n.Load())
	}
	if n.Load() < 6 {
		t.Errorf("only %d answers broke off", n.Load())
	}
	part := make([]byte, 10)
	if n, err := o.ReadAt(part, 5); n != 10 || err != nil || !bytes.Equal(part, want[5:15]) {
		t.Errorf("ReadAt = %d, %v", n, err)
	}
	if n, err := o.ReadAt(part, int64(len(want))-3); n != 3 || err != io.EOF {
		t.Errorf("ReadAt the end = %d, %v", n, err)
	}
	c.breakS3(func(w http.ResponseWriter, r *http.Request) bool {
		w.WriteHeader(http.StatusForbidden)
		return true
	})
	if _, err := o.ReadAt(part, 0); err == nil ||
		!strings.Contains(err.Error(), "s3://jobs/big at byte 0") {
		t.Errorf("ReadAt of what is forbidden: %v", err)
	}
}

// cutOff ends the connection after some bytes.
type cutOff struct {
	http.ResponseWriter
	left int
}

func (c *cutOff) Write(p []byte) (int, error) {
	if len(p) > c.left {
		c.ResponseWriter.Write(p[:c.left])
		http.NewResponseController(c.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	c.left -= len(p)
	return c.ResponseWriter.Write(p)
}
