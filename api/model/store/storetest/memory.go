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

// Memory is a Place in memory; the zero value is empty. The function set by Fail is called before
// each read: its error replaces the read's result. It may also block until ctx is done.
type Memory struct {
	mu      sync.Mutex
	objects map[string][]byte
	fail    func(ctx context.Context, name string) error
}

// Fail sets the failure of subsequent reads; nil for none.
func (m *Memory) Fail(fail func(ctx context.Context, name string) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = fail
}

func (m *Memory) String() string { return "memory" }

func (m *Memory) get(ctx context.Context, name string) ([]byte, error) {
	m.mu.Lock()
	fail := m.fail
	m.mu.Unlock()
	if fail != nil {
		if err := fail(ctx, name); err != nil {
			return nil, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.objects[name]
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return data, nil
}

func (m *Memory) Read(ctx context.Context, name string, maxBytes int64) ([]byte, string, error) {
	data, err := m.get(ctx, name)
	if err != nil {
		return nil, "", err
	}
	if int64(len(data)) > maxBytes {
		return nil, "", fmt.Errorf("%s has %d bytes, want at most %d", name, len(data), maxBytes)
	}
	return bytes.Clone(data), model.Describe("", data).SHA256, nil
}

func (m *Memory) ReadRange(ctx context.Context, name string, from,
	to int64) (io.ReadCloser, int64, error) {
	data, err := m.get(ctx, name)
	if err != nil {
		return nil, 0, err
	}
	size := int64(len(data))
	return io.NopCloser(bytes.NewReader(data[min(from, size):min(to, size)])), size, nil
}

func (m *Memory) Create(_ context.Context, name string, _ wire.File, content io.ReadSeeker) error {
	data, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	return m.put(name, data, "", fs.ErrExist)
}

func (m *Memory) Replace(_ context.Context, name string, data []byte, version string) error {
	return m.put(name, bytes.Clone(data), version, store.ErrChanged)
}

func (m *Memory) put(name string, data []byte, version string, otherwise error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := ""
	if old, ok := m.objects[name]; ok {
		now = model.Describe("", old).SHA256
	}
	if now != version {
		return fmt.Errorf("%s: %w", name, otherwise)
	}
	if m.objects == nil {
		m.objects = make(map[string][]byte)
	}
	m.objects[name] = data
	return nil
}

func (m *Memory) Folders(context.Context) (names []string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	seen := make(map[string]bool)
	for name := range m.objects {
		if folder, _, ok := strings.Cut(name, "/"); ok && !seen[folder] {
			seen[folder] = true
			names = append(names, folder)
		}
	}
	return names, nil
}
