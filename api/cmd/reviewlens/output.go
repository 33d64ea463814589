package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"reviewlens/api/objects"
	"reviewlens/reviews/table"
)

// output is the file that -o names. openOutput fails before any work if it cannot be written.
//
// A regular file is replaced atomically once all of it has been written. It keeps the mode, owner
// and group of the file it replaces; a new file is readable at most by those who can read the
// input, since it contains the same text. Links are followed. Anything else that exists (a pipe, a
// device) is written directly, as is stdout. An S3 object is created atomically and replaces none.
type output struct {
	name   string      // as given
	path   string      // of the regular file, with links resolved; "" for a stream
	most   fs.FileMode // maximum permissions of a new file
	stream io.Writer
	closer io.Closer       // of the stream, or nil
	object *objects.Writer // of S3, or nil
}

// openOutput opens stdout for "-", or the named file. sources are all files that are read, nil for
// one that is not a file: none of them may be the output. Opening a pipe blocks until it has a
// reader or ctx is done.
func (c *call) openOutput(ctx context.Context, name string,
	sources ...fs.FileInfo) (*output, error) {
	o := &output{name: name, most: 0o666}
	base := filepath.Base(name)
	if name == "-" {
		o.stream = c.stdout
		return o, checkStdout(c.stdout, sources)
	}
	if name == "" {
		return nil, usageError("-o is empty; name a file, or - for stdout")
	}
	if isObject(name) {
		var err error
		o.object, err = c.newObject(ctx, name)
		return o, err
	}
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir() || os.IsPathSeparator(name[len(name)-1]) || base == "." ||
		base == "..":
		return nil, usageError("-o %s is a folder; name a file in it", name)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("-o: %w", err)
	// the file that the shell opened, perhaps for appending
	case err == nil && isStdout(info, c.stdout):
		o.stream = c.stdout
		return o, checkStdout(c.stdout, sources)
	case err == nil && !info.Mode().IsRegular():
		return o, o.open(ctx, 0)
	}
	for _, source := range sources {
		if source == nil || !source.Mode().IsRegular() {
			continue
		}
		if info != nil && os.SameFile(info, source) {
			return nil, usageError("-o %s is the input; name another file", name)
		}
		o.most = o.most&source.Mode().Perm() | 0o600
	}
	target, err := o.resolve()
	if err != nil {
		return nil, err
	}
	// /dev/fd/3 of a file that was deleted
	if info != nil && (target == nil || !os.SameFile(info, target)) {
		o.path = ""
		return o, o.open(ctx, os.O_TRUNC)
	}
	return o, o.try()
}

// endings lists the name extensions of what a command writes, in the order of the help, with their
// formats.
type endings []struct{ ending, format string }

// format returns the format of an output's extension; "" if it has none or one without meaning. Any
// other is refused, since no program would open such a file. settles, if not "", is appended to the
// error and explains how to use such a name.
func (e endings) format(name, settles string) (string, error) {
	is := extension(name)
	var known []string
	for _, one := range e {
		if one.ending == is {
			return one.format, nil
		}
		known = append(known, one.ending)
	}
	if is == "" || slices.Contains(temporaryEndings, is) || isStream(name) {
		return "", nil
	}
	return "", usageError("-o %s: %s is not written; the endings that are: %s%s", name, is,
		strings.Join(known, ", "), settles)
}

// temporaryEndings lists extensions of temporary names, used until a file is complete or replaced.
var temporaryEndings = []string{".bak", ".new", ".old", ".out", ".part", ".partial", ".tmp",
	".temp"}

// formatSettles and jsonSettles explain how to use a name with another extension.
const (
	formatSettles = "; -format says what is under another name"
	jsonSettles   = "; -json writes JSON under any name"
)

// isStream reports whether a name is that of a pipe, device or folder, which implies no format.
func isStream(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !info.Mode().IsRegular()
}

// checkEnding refuses an output name whose extension contradicts the format.
func checkEnding(name string, has table.Format) error {
	means, ok := formats[extension(name)]
	switch extension(name) {
	case ".tsv", ".tab": // a name need not match the delimiter
		means, ok = table.CSV, true
	}
	if !ok || means == has {
		return nil
	}
	is, ending := "CSV", ".csv"
	if has == table.JSONLines {
		is, ending = "JSON lines", ".jsonl"
	}
	return usageError("-o %s: the output is %s; name it %s", name, is, ending)
}

// isStdout reports whether info describes the same file as stdout, as for /dev/stdout.
func isStdout(info fs.FileInfo, stdout io.Writer) bool {
	f, ok := stdout.(*os.File)
	if !ok {
		return false
	}
	its, err := f.Stat()
	return err == nil && os.SameFile(info, its)
}

// checkStdout refuses a stdout that is an input, as for score r.csv >> r.csv.
func checkStdout(stdout io.Writer, sources []fs.FileInfo) error {
	for _, source := range sources {
		if source != nil && source.Mode().IsRegular() && isStdout(source, stdout) {
			return usageError("stdout is the input %s; name another file with -o", source.Name())
		}
	}
	return nil
}

// open opens a stream. Opening a pipe blocks until it has a reader.
func (o *output) open(ctx context.Context, flags int) error {
	f, err := openFile(ctx, o.name, os.O_WRONLY|flags)
	o.stream, o.closer = f, f
	return interrupted(ctx, err)
}

// resolve sets path to the target of symbolic links and returns its FileInfo, nil if it does not
// exist. filepath.EvalSymlinks fails on a link to a missing file.
func (o *output) resolve() (fs.FileInfo, error) {
	const most = 40 // the limit of Linux
	o.path = o.name
	for range most {
		info, err := os.Lstat(o.path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, nil
		case err != nil || info.Mode()&fs.ModeSymlink == 0:
			return info, err
		}
		to, err := os.Readlink(o.path)
		if err != nil {
			return nil, err
		}
		if !filepath.IsAbs(to) {
			to = o.beside(to)
		}
		o.path = to
	}
	return nil, fmt.Errorf("-o %s: %w", o.name, syscall.ELOOP)
}

// beside returns name in the folder of path. filepath.Join would convert link/../name to name.
func (o *output) beside(name string) string {
	dir, _ := filepath.Split(o.path)
	return dir + name
}

// try checks whether the file can be written, without changing anything.
func (o *output) try() error {
	if f, err := os.OpenFile(o.path, os.O_WRONLY, 0); err == nil {
		f.Close()
	} else if !errors.Is(err, fs.ErrNotExist) {
		// a read-only file could be replaced, but that is not intended
		return fmt.Errorf("-o: %w", err)
	}
	f, err := o.create()
	if err == nil {
		err = errors.Join(f.Close(), os.Remove(f.Name()))
	}
	return err
}

// create creates a temporary file in the same folder, so that the rename is atomic.
func (o *output) create() (*os.File, error) {
	old, err := os.Lstat(o.path)
	mode := o.most
	switch {
	case err == nil && !old.Mode().IsRegular():
		return nil, fmt.Errorf("-o %s is no longer a regular file", o.name)
	case err == nil:
		mode = 0o600 // until it has the owner and mode of the old file
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	// Keep the name short: the output's own may already have the maximum length.
	f, err := os.OpenFile(o.beside(".reviewlens-"+rand.Text()[:8]+".tmp"), os.O_WRONLY|os.O_CREATE|
		os.O_EXCL, mode)
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, fmt.Errorf("-o %s: no file can be made in its folder: %w", o.name, e.Err)
	}
	if err == nil && old != nil {
		if err = keepAccess(f, old); err != nil {
			err = errors.Join(fmt.Errorf("-o %s: its mode cannot be kept: %w", o.name, err),
				f.Close(), os.Remove(f.Name()))
		}
	}
	return f, err
}

// keepAccess copies the owner, group and mode of old to f, which was created with mode 0600.
func keepAccess(f *os.File, old fs.FileInfo) error {
	now, err := f.Stat()
	if err != nil {
		return err
	}
	mode := old.Mode().Perm()
	was, is := old.Sys().(*syscall.Stat_t), now.Sys().(*syscall.Stat_t)
	if was.Uid != is.Uid || was.Gid != is.Gid {
		// Only root can give files away; others can only set one of their own groups.
		if f.Chown(int(was.Uid), int(was.Gid)) != nil && f.Chown(-1, int(was.Gid)) != nil {
			mode = withoutGroup(mode)
		}
	}
	if mode == now.Mode().Perm() {
		return nil // file systems without modes refuse to change them
	}
	return f.Chmod(mode)
}

// withoutGroup returns mode with the group's permissions reduced to those of others, for a file
// whose group could not be kept.
func withoutGroup(mode fs.FileMode) fs.FileMode {
	group := mode & (mode & 0o007 << 3)
	return mode&^0o070 | group
}

// write writes the output all or nothing, except to a stream, and compresses it if the name
// requires.
func (o *output) write(write func(io.Writer) error) (err error) {
	if _, packed := unzipped(o.name); packed {
		write = zipped(write)
	}
	if o.stream != nil {
		return flushed(o.stream, write)
	}
	if o.object != nil {
		return o.writeObject(write)
	}
	f, err := o.create()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	err = flushed(f, write)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), o.path)
}

// interrupted is interrupted for the error of write: a stream has the beginning of the output.
func (o *output) interrupted(ctx context.Context, err error) error {
	if o.stream != nil && isInterrupt(ctx, err) {
		return &exit{130, errors.New("interrupted; the output ends early")}
	}
	return interrupted(ctx, err)
}

func (o *output) writeObject(write func(io.Writer) error) error {
	if err := write(o.object); err != nil {
		return err
	}
	err := o.object.Close()
	switch {
	case errors.Is(err, fs.ErrExist):
		return errors.New("it is there now: another run wrote it meanwhile, and it stays as it is")
	case err == nil:
		o.object = nil
	}
	return denied(err, rightsToWrite)
}

// close closes a stream that openOutput opened, or aborts an incomplete object.
func (o *output) close() error {
	if o.object != nil {
		return o.object.Abort()
	}
	if o.closer == nil {
		return nil
	}
	return o.closer.Close()
}

func flushed(w io.Writer, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(w, 1<<16)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}

// spool copies a source that can be read only once into a temporary file.
func spool(r io.Reader) (f *os.File, remove func() error, err error) {
	f, remove, err = scratch()
	if err != nil {
		return nil, nil, err
	}
	if _, err := io.Copy(f, r); err != nil {
		return nil, nil, errors.Join(temporary(err), remove())
	}
	return f, remove, nil
}

// temporary adds to the error of a temporary file how to have it on another disk, if that is full.
func temporary(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w; TMPDIR names another folder for temporary files", err)
	}
	return err
}
