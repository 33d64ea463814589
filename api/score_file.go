package api

import (
	"context"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"

	"reviewlens/api/admission"
	"reviewlens/api/scoring"
)

// maxRows bounds the memory of one file's rows (scoring.RowMemory).
const maxRows = 5_000_000

// scoreFile responds to a file (CSV, TSV, JSON lines, in any encoding) with the file and three more
// columns, row by row as the scores become available. Mistakes in the file are found before the
// first row is sent. Afterwards only the model can fail, which aborts the response: a client sees
// an error, never a truncated file that looks complete. HTTP/1.0, which some proxies use, has no
// chunks that would show this: such a response is buffered and sent with its length.
//
// Query parameters: model selects a model, predict_stars=1 adds two more columns and topics=1 one,
// guard=1 escapes cells that a spreadsheet would run as formulas, and scoring.Options define how
// the file is read; the header Reviewlens-Reading reports how it was. The trailers Reviewlens-Rows,
// Reviewlens-Unscored and Reviewlens-Mended count rows.
func (h *Handler) scoreFile(w http.ResponseWriter, r *http.Request, in input,
	escapeFormulas bool, extras scoring.Extras) error {
	file := in.file
	e, release, err := h.models.Acquire(r.Context(), r.URL.Query().Get("model"))
	if err != nil {
		return err
	}
	release = sync.OnceFunc(release)
	defer release()
	table := scoring.NewTable(e, file, maxRows, nil)
	if err := table.Enable(extras); err != nil {
		return err
	}
	ctx, err := h.measure(r.Context(), e, file, extras)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	ticket := ticketOf(r.Context())
	scored := make(chan error, 1)
	go func() {
		err := table.Score(ctx)
		table.DropFingerprints()
		release()
		if ticket != nil { // only sending remains, for which the client may take its time
			keep := admission.AnswerMemory(in.size, in.kept, extras.Topics) +
				admission.ColumnsMemory(len(file.Names))
			if r.Header.Get("Idempotency-Key") != "" {
				keep += admission.ReplayMemory(in.size.Bytes, maxReplay)
			}
			ticket.Scored(keep)
		}
		scored <- err
	}()
	stop := sync.OnceFunc(func() {
		cancel()
		<-scored
	})
	defer stop() // the file must not be removed while it is read, even if Annotate panics

	header := w.Header()
	header.Set("Content-Type", file.Type())
	header.Set("Cache-Control", "no-store")
	header.Set("Trailer", "Reviewlens-Rows, Reviewlens-Unscored, Reviewlens-Mended")
	header.Set("Reviewlens-Model", e.Model().Manifest.ID)
	header.Set("Reviewlens-Reading", file.Header())
	out := &counted{Writer: w}
	var whole *os.File // the response, if it cannot be sent in chunks
	if !r.ProtoAtLeast(1, 1) {
		header.Del("Trailer")
		var remove func()
		if whole, remove, err = temporary(r); err != nil {
			return err
		}
		defer remove()
		out.Writer = &reservedFile{to: whole, ticket: ticket}
	}
	err = table.Annotate(ctx, out, escapeFormulas)
	stop()
	switch {
	case err == nil:
		header.Set("Reviewlens-Rows", strconv.Itoa(table.Summary().Rows))
		header.Set("Reviewlens-Unscored", strconv.Itoa(table.Unscored().Rows))
		header.Set("Reviewlens-Mended", strconv.Itoa(table.Repaired().Rows))
		if whole != nil {
			header.Set("Content-Length", strconv.FormatInt(out.bytes, 10))
			if _, err := io.Copy(w, io.NewSectionReader(whole, 0, out.bytes)); err != nil {
				panic(http.ErrAbortHandler)
			}
		}
		return nil
	case out.bytes == 0 || whole != nil:
		header.Del("Trailer")
		return full(scoring.BadFile(err))
	}
	if r.Context().Err() == nil {
		log(r.Context()).Error("file not finished", "err", err)
	}
	panic(http.ErrAbortHandler)
}

// counted records whether anything was written.
type counted struct {
	io.Writer
	bytes int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.bytes += int64(n)
	return n, err
}
