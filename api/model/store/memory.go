package store

import (
	"fmt"
	"os"
	"syscall"
)

// memory is a block of bytes outside the Go heap: 250 MB that are released at once, and that the
// garbage collector neither counts nor scans.
type memory struct {
	bytes []byte
}

// allocate returns n zero bytes; the system allocates each page on first write.
func allocate(n int64) (*memory, error) {
	b, err := syscall.Mmap(-1, 0, int(n), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|
		syscall.MAP_ANON)
	if err != nil {
		return nil, fmt.Errorf("%d bytes of memory: %w", n, err)
	}
	return &memory{b}, nil
}

// mapFile maps a file into memory. The file must never be truncated: reading beyond its end would
// fault.
func mapFile(f *os.File, n int64) (*memory, error) {
	b, err := syscall.Mmap(int(f.Fd()), 0, int(n), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", f.Name(), err)
	}
	return &memory{b}, nil
}

func (m *memory) free() {
	if m.bytes != nil {
		syscall.Munmap(m.bytes) // fails only for memory that is not mapped
	}
	m.bytes = nil
}

// tryLock locks f for this open file, until it is closed; the system releases the lock when the
// process dies.
func tryLock(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == syscall.EWOULDBLOCK {
		return false, nil
	}
	return err == nil, err
}
