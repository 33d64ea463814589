package store

import (
	"fmt"
	"os"
	"syscall"
)

// memory is bytes outside of the Go heap: 250 MB that are given back at once, and that neither count when
// the collector decides how large the heap may grow nor wait for it.
type memory struct {
	bytes []byte
}

// allocate gives n bytes, all zero; the system finds each page when it is first written.
func allocate(n int64) (*memory, error) {
	b, err := syscall.Mmap(-1, 0, int(n), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		return nil, fmt.Errorf("%d bytes of memory: %w", n, err)
	}
	return &memory{b}, nil
}

// mapFile shows a file's pages. The file must never be cut short: reading beyond its end would be a fault.
func mapFile(f *os.File, n int64) (*memory, error) {
	b, err := syscall.Mmap(int(f.Fd()), 0, int(n), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", f.Name(), err)
	}
	return &memory{b}, nil
}

func (m *memory) free() {
	if m.bytes != nil {
		syscall.Munmap(m.bytes) // fails only for what was not mapped
	}
	m.bytes = nil
}

// tryLock takes f for this open file alone, until it is closed; the system closes it when the process dies.
func tryLock(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == syscall.EWOULDBLOCK {
		return false, nil
	}
	return err == nil, err
}
