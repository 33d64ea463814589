//go:build unix

package scoring

import (
	"errors"
	"os"
	"syscall"
)

// openJournal opens or makes a file of that name. It follows no link, since somebody else may have
// put one there, and does not wait for the other end of a pipe.
func openJournal(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
}

// lock takes the file for this open file alone, until it is closed. ok is false where another has
// it. A file system without locks gives it to everybody, which costs scores, but makes none wrong.
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
