package storetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"

	"reviewlens/api/model"
	"reviewlens/api/model/store"
	"reviewlens/api/wire"
)

// Memory is a Place in memory; the zero value is empty. Fail, if set, is called before each read:
// its error replaces the read's result. It may also block until ctx is done.
type Memory struct {
	mu      sync.Mutex
	objects map[string][]byte
	fail    func(ctx context.Context, name string) error
}

// Fail sets the failure of subsequent reads; nil for none.
func (p *Memory) Fail(fail func(ctx context.Context, name string) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = fail
}

func (p *Memory) String() string { return "memory" }

func (p *Memory) get(ctx context.Context, name string) ([]byte, error) {
	p.mu.Lock()
	fail := p.fail
	p.mu.Unlock()
	if fail != nil {
		if err := fail(ctx, name); err != nil {
			return nil, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	data, ok := p.objects[name]
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return data, nil
}

func (p *Memory) Read(ctx context.Context, name string, maxBytes int64) ([]byte, string, error) {
	data, err := p.get(ctx, name)
	if err != nil {
		return nil, "", err
	}
	if int64(len(data)) > maxBytes {
		return nil, "", fmt.Errorf("%s has %d bytes, want at most %d", name, len(data), maxBytes)
	}
	return bytes.Clone(data), model.Describe("", data).SHA256, nil
}

func (p *Memory) ReadRange(ctx context.Context, name string, from,
	to int64) (io.ReadCloser, int64, error) {
	data, err := p.get(ctx, name)
	if err != nil {
		return nil, 0, err
	}
	size := int64(len(data))
	return io.NopCloser(bytes.NewReader(data[min(from, size):min(to, size)])), size, nil
}

func (p *Memory) Create(_ context.Context, name string, _ wire.File, content io.ReadSeeker) error {
	data, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	return p.put(name, data, "", fs.ErrExist)
}

func (p *Memory) Replace(_ context.Context, name string, data []byte, version string) error {
	return p.put(name, bytes.Clone(data), version, store.ErrChanged)
}

func (p *Memory) put(name string, data []byte, version string, otherwise error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := ""
	if old, ok := p.objects[name]; ok {
		now = model.Describe("", old).SHA256
	}
	if now != version {
		return fmt.Errorf("%s: %w", name, otherwise)
	}
	if p.objects == nil {
		p.objects = make(map[string][]byte)
	}
	p.objects[name] = data
	return nil
}

func (p *Memory) Folders(context.Context) (names []string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := make(map[string]bool)
	for name := range p.objects {
		if folder, _, ok := strings.Cut(name, "/"); ok && !seen[folder] {
			seen[folder] = true
			names = append(names, folder)
		}
	}
	return names, nil
}
