package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
)

// maxRows bounds what a file's rows cost: 36 bytes each, at most.
const maxRows = 5_000_000

// uploadTimeout is how long a file may take to arrive.
const uploadTimeout = 10 * time.Minute

// scoreFile answers a file (CSV, TSV, JSON lines, in any encoding) with the file and three columns more, row by row as the scores come.
// What can be wrong with a file is found before the first row is answered. Afterwards only the model can fail,
// and then the answer breaks off: a client sees an error, never a short file that looks whole.
//
// Query parameters: column and title name columns (or number them, from 1), guard=1 marks cells that a spreadsheet would run.
// The trailers Reviewlens-Rows and Reviewlens-Unscored count the rows.
func (h *Handler) scoreFile(w http.ResponseWriter, r *http.Request, body io.Reader) error {
	// A server's read timeout is meant for small bodies; and it would cancel a request that is scored for longer, though
	// all of it was read. Where there is no connection (Lambda) there is nothing to set.
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(uploadTimeout))
	source, remove, err := h.spool(w, r, body)
	if err != nil {
		return err
	}
	defer remove()
	_ = connection.SetReadDeadline(time.Time{})
	query := r.URL.Query()
	file, err := scoring.Open(source, query.Get("column"), query.Get("title"))
	if err != nil {
		return badFile(err)
	}
	e, release, err := h.models.Acquire("")
	if err != nil {
		return err
	}
	defer release()

	ctx, cancel := context.WithCancel(r.Context())
	table := scoring.NewTable(e, file, maxRows, nil)
	scored := make(chan error, 1)
	go func() { scored <- table.Score(ctx) }()

	header := w.Header()
	header.Set("Content-Type", fileType(file.Dialect))
	header.Set("Cache-Control", "no-store")
	header.Set("Trailer", "Reviewlens-Rows, Reviewlens-Unscored")
	header.Set("Reviewlens-Model", e.Model().Manifest.ID)
	out := &counted{Writer: w}
	err = table.Annotate(ctx, out, query.Get("guard") == "1")
	cancel()
	<-scored // the engine is released and the file removed only when nobody reads them
	switch {
	case err == nil:
		header.Set("Reviewlens-Rows", strconv.Itoa(table.Summary().Rows))
		header.Set("Reviewlens-Unscored", strconv.Itoa(len(table.Unscored())))
		return nil
	case out.bytes == 0:
		header.Del("Trailer")
		return badFile(err)
	}
	if r.Context().Err() == nil {
		log(r.Context()).Error("file not finished", "err", err)
	}
	panic(http.ErrAbortHandler)
}

// fileType is the media type of what Annotate writes.
func fileType(d reviews.Dialect) string {
	charset := d.Encoding
	if charset == "" {
		charset = reviews.UTF8
	}
	switch {
	case d.Keys != nil:
		return wire.TypeJSONLines
	case d.Delimiter == '\t':
		return "text/tab-separated-values; charset=" + charset
	}
	return wire.TypeCSV + "; charset=" + charset
}

// badFile makes a mistake in a file the sender's.
func badFile(err error) error {
	if e, ok := errors.AsType[*reviews.Error](err); ok {
		return &wire.Error{Code: wire.BadFile, Detail: e.Detail}
	}
	return err
}

// spool keeps a body where it can be read twice: small ones in memory, others in a temporary file.
func (h *Handler) spool(w http.ResponseWriter, r *http.Request, body io.Reader) (source io.ReaderAt, remove func(), err error) {
	if r.ContentLength > h.fileBytes {
		return nil, nil, tooLarge(h.fileBytes)
	}
	limited := http.MaxBytesReader(w, io.NopCloser(body), h.fileBytes)
	const inMemory = 1 << 20
	var head bytes.Buffer
	n, err := io.CopyN(&head, limited, inMemory)
	if err == io.EOF {
		return bytes.NewReader(head.Bytes()[:n]), func() {}, nil
	}
	if err != nil {
		return nil, nil, bodyError(r, err, h.fileBytes)
	}
	f, err := os.CreateTemp("", "reviewlens-*")
	if err != nil {
		return nil, nil, fmt.Errorf("keep a file to score: %w", err)
	}
	remove = func() {
		if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
			log(r.Context()).Warn("temporary file stays", "err", err)
		}
	}
	if _, err := f.Write(head.Bytes()); err != nil {
		remove()
		return nil, nil, fmt.Errorf("keep a file to score: %w", err)
	}
	if _, err := io.Copy(f, limited); err != nil {
		remove()
		if _, disk := errors.AsType[*os.PathError](err); disk {
			return nil, nil, fmt.Errorf("keep a file to score: %w", err)
		}
		return nil, nil, bodyError(r, err, h.fileBytes)
	}
	return f, remove, nil
}

// scoreLines answers plain text, a review a line. An empty line keeps its place.
func (h *Handler) scoreLines(w http.ResponseWriter, r *http.Request, body []byte) error {
	var texts []string
	for len(body) > 0 {
		line, rest, _ := bytes.Cut(body, []byte("\n"))
		if len(texts) == Limits.Texts {
			return &wire.Error{Code: wire.TooManyTexts, Detail: fmt.Sprintf("There are more than %d lines. Send fewer at a time, or a file as %s.", Limits.Texts, wire.TypeCSV)}
		}
		texts, body = append(texts, string(bytes.TrimSuffix(line, []byte("\r")))), rest
	}
	return h.answerTexts(w, r, texts)
}

// counted knows whether anything was written.
type counted struct {
	io.Writer
	bytes int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.bytes += int64(n)
	return n, err
}
