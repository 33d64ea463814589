//go:build !unix

package scoring

import "os"

// openJournal opens or makes a file of that name.
func openJournal(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
}

// lock gives the file to everybody, which costs scores where two runs have it, but makes none
// wrong.
func lock(*os.File) (ok bool, err error) { return true, nil }
