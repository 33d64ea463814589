package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"reviewlens/api/model"
	"reviewlens/api/wire"
)

// fetchOptions configures how a file is fetched.
type fetchOptions struct {
	partBytes int64         // per range
	parallel  int           // concurrent ranges
	attempts  int           // per range
	backOff   time.Duration // before the second attempt; doubled before each further one
	stall     time.Duration // maximum time for the next stallBytes of a range
}

// defaultFetch suits S3, which gives some 90 MB/s per connection and advises ranges of 8 to 16 MB.
// Five waits from 0.2 s up total 6 s, which outlasts the 503s of a prefix that S3 spreads over more
// machines.
var defaultFetch = fetchOptions{partBytes: 8 << 20, parallel: 8, attempts: 6,
	backOff: 200 * time.Millisecond, stall: 15 * time.Second}

// stallBytes must arrive within fetchOptions.stall, so that a connection that only trickles is
// abandoned as well.
const stallBytes = 64 << 10

var errStalled = errors.New("no data arrives")

// fetch reads a file in parallel ranges, directly into their place in memory of the length in the
// manifest, and hashes it in order as it arrives. It also writes the hashed bytes to to and ignores
// errors of that.
func fetch(ctx context.Context, p Place, name string, f wire.File, to io.Writer,
	o fetchOptions) (_ *memory, err error) {
	m, err := allocate(f.Bytes)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	var workers sync.WaitGroup
	defer func() {
		cancel(nil)
		workers.Wait() // the workers write to m
		if err != nil {
			m.free()
		}
	}()

	parts := int((f.Bytes + o.partBytes - 1) / o.partBytes)
	part := func(i int) (from, to int64) {
		return int64(i) * o.partBytes, min(int64(i+1)*o.partBytes, f.Bytes)
	}
	arrived := make([]chan struct{}, parts)
	for i := range arrived {
		arrived[i] = make(chan struct{})
	}
	var next atomic.Int64
	for range min(o.parallel, parts) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < parts; i = int(next.Add(1)) - 1 {
				from, to := part(i)
				if err := fetchPart(ctx, p, name, m.bytes[from:to], from, f, o); err != nil {
					cancel(err)
					return
				}
				close(arrived[i])
			}
		})
	}

	hash, copied := sha256.New(), error(nil)
	for i := range parts {
		select {
		case <-arrived[i]:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		from, end := part(i)
		hash.Write(m.bytes[from:end])
		if copied == nil {
			_, copied = to.Write(m.bytes[from:end])
		}
	}
	return m, model.Verify(f, f.Bytes, hash.Sum(nil))
}

// fetchPart reads one range, with retries.
func fetchPart(ctx context.Context, p Place, name string, dst []byte, from int64, f wire.File,
	o fetchOptions) error {
	wait := o.backOff
	for attempt := 1; ; attempt++ {
		err := readPart(ctx, p, name, dst, from, f, o.stall)
		if err == nil {
			return nil
		}
		if _, wrong := errors.AsType[*wrongLength](err); wrong || Absent(err) || ctx.Err() != nil {
			return err
		}
		if attempt == o.attempts {
			return fmt.Errorf("%d attempts at bytes %d to %d of %s: %w", attempt, from,
				from+int64(len(dst))-1, name, err)
		}
		select {
		case <-time.After(wait/2 + rand.N(wait)):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		wait *= 2
	}
}

// wrongLength is the error of an object whose length no retry can change.
type wrongLength struct{ error }

func readPart(ctx context.Context, p Place, name string, dst []byte, from int64, f wire.File,
	stall time.Duration) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(stall, func() { cancel(errStalled) })
	defer timer.Stop()
	defer func() {
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
	}()

	body, size, err := p.ReadRange(ctx, name, from, from+int64(len(dst)))
	if err != nil {
		return err
	}
	defer body.Close()
	if size != f.Bytes {
		return &wrongLength{model.Verify(f, size, nil)}
	}
	for n, reported := 0, 0; n < len(dst); {
		read, err := body.Read(dst[n:])
		n += read
		if n == len(dst) {
			return nil
		}
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		if n-reported >= stallBytes {
			timer.Reset(stall)
			reported = n
		}
	}
	return nil
}
