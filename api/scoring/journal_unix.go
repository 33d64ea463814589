//go:build unix

package scoring

import (
	"errors"
	"os"
	"syscall"
)

// openJournal opens or creates the named file. It does not follow links, since another user may
// have put one there, and does not wait for the other end of a pipe.
func openJournal(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
}

// lock locks the file until it is closed. ok is false if another open file holds the lock. On a
// file system without locks it always succeeds; then scores may be lost, but none becomes wrong.
func lock(f *os.File) (ok bool, err error) {
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case err == syscall.EWOULDBLOCK:
		return false, nil
	case errors.Is(err, errors.ErrUnsupported) || err == syscall.ENOLCK:
		return true, nil
	}
	return err == nil, err
}
