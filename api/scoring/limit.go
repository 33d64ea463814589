package scoring

import "io"

// LimitWriter returns a Writer to w that fails with err once it is given more than limit bytes.
// Records of a JSON document are rewritten into one: their names are repeated in each line, so they
// may be many times larger than the document.
func LimitWriter(w io.Writer, limit int64, err error) io.Writer {
	return &limitedWriter{w, limit, err}
}

type limitedWriter struct {
	w    io.Writer
	left int64
	err  error
}

func (l *limitedWriter) Write(p []byte) (int, error) {
	if l.left -= int64(len(p)); l.left < 0 {
		return 0, l.err
	}
	return l.w.Write(p)
}
