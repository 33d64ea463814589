package api

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"

	"reviewlens/api/admission"
	"reviewlens/api/jobs"
	"reviewlens/api/scoring"
	"reviewlens/api/tempfile"
	"reviewlens/api/wire"
	"reviewlens/reviews/table"
)

// input is a decoded body. Exactly one of texts, frame and file is set.
type input struct {
	frame []byte
	texts []string
	file  *scoring.File
	size  admission.Size // of the body or, if it was rewritten, of the resulting file
	kept  int64          // bytes of the body that are held in memory
	close func()         // must be called once the input is no longer read
}

// read decodes the body by Content-Type, or by its first bytes where the type is missing or generic
// (curl sends everything as a form unless told otherwise).
func (h *Handler) read(w http.ResponseWriter, r *http.Request, report bool) (in input, err error) {
	in.close = func() {}
	how, err := scoring.ParseQuery(r.URL.Query())
	if err != nil {
		return in, err
	}
	if r.ContentLength > h.fileBytes { // of any type: kind would wait for its first bytes
		return in, tooLarge(h.fileBytes)
	}
	use := admission.Use{Report: report, Topics: r.URL.Query().Get(findTopics) == "1"}
	contentType, body, err := mediaType(w, r)
	if err != nil {
		return in, err
	}
	if isFile(contentType) {
		return h.readFile(w, r, body, use, how)
	}
	if err := refuseReading(r.URL.Query()); err != nil {
		return in, err
	}
	if !slices.Contains([]string{wire.TypeFrame, wire.TypeJSON, wire.TypePlain}, contentType) {
		return in, unsupported(r, contentType, fmt.Sprintf("this takes %s with "+
			"{\"texts\": [...]}, %s, %s, %s with a review a line, or %s. With curl, send a file by "+
			"--data-binary @file.",
			wire.TypeJSON, wire.TypeCSV, wire.TypeJSONLines, wire.TypePlain, wire.TypeFrame))
	}
	whole, err := readBody(w, r, body)
	if err != nil {
		return in, err
	}
	memory := admission.TextsMemory(int64(len(whole)))
	if use.Topics {
		memory += admission.MentionsMemory(int64(len(whole)))
	}
	if report { // a report reads texts as a file
		memory += admission.FileMemory(
			admission.Size{Bytes: int64(len(whole)), Lines: int64(Limits.Texts)}, 0, use)
	}
	if err := start(r, memory, false); err != nil {
		return in, err
	}
	switch contentType {
	case wire.TypeFrame:
		in.frame = whole
	case wire.TypeJSON:
		in.texts, err = decodeTexts(whole)
	default:
		in.texts, err = decodeLines(whole)
	}
	return in, err
}

// mediaType returns the media type of a body, "" if it is unsupported or noBody, and the body. It
// may have peeked at the first bytes.
func mediaType(w http.ResponseWriter, r *http.Request) (string, *body, error) {
	from := receive(w, r)
	contentType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Header.Get("Content-Type") == "" || err == nil &&
		slices.Contains(genericTypes, contentType) {
		head, err := from.head()
		if err != nil && err != io.EOF {
			return "", nil, bodyError(r, err, int64(Limits.Bytes))
		}
		switch contentType = detect(head); {
		case contentType == "":
			contentType = noBody
		case contentType == wire.TypeCSV && len(head) < longHead &&
			!bytes.ContainsAny(head, "\r\n") && table.DetectForm("", head) == table.Plain:
			contentType = "" // a form, or a file whose line ends curl -d removed
		}
		return contentType, from, nil
	}
	if err != nil {
		contentType = ""
	}
	if contentType == wire.TypeJSON { // of texts, or a document with reviews
		head, err := from.head()
		if err != nil && err != io.EOF {
			return "", nil, bodyError(r, err, int64(Limits.Bytes))
		}
		if detect(head) == wire.TypeJSONLines {
			contentType = wire.TypeJSONLines
		}
	}
	return contentType, from, nil
}

// noBody is what kind returns in place of a media type for an empty body without one.
const noBody = "no body"

// unsupported returns the error for a media type, as kind returns it, that a route does not take.
func unsupported(r *http.Request, contentType, takes string) error {
	why := "Content-Type is " + quote(r.Header.Get("Content-Type"))
	if contentType == noBody {
		why = "The body is empty"
	}
	return &wire.Error{Code: wire.UnsupportedType, Detail: why + "; " + takes}
}

// head returns the first bytes of a body: peekBytes, or longHead if these contain no line end, as
// in a header with all questions of a survey, or begin an object that may still have "texts".
func (b *body) head() ([]byte, error) {
	head, err := b.Peek(peekBytes)
	if err != nil || bytes.HasPrefix(head, []byte("RVL")) {
		return head, err
	}
	enough := bytes.ContainsAny(head, "\r\n")
	if bytes.HasPrefix(bytes.TrimLeft(withoutBOM(head), " \t\r\n"), []byte("{")) {
		enough = hasTexts(head)
	}
	if enough {
		return head, nil
	}
	b.Bound(longHead, bodyTime)
	b.Reader = bufio.NewReaderSize(b.Reader, longHead)
	return b.Peek(longHead)
}

func isFile(contentType string) bool {
	return slices.Contains([]string{wire.TypeCSV, "text/tab-separated-values", wire.TypeJSONLines,
		"application/x-ndjson", "application/jsonlines", "application/x-jsonlines"}, contentType)
}

// peekBytes is the number of bytes that detect sees, or longHead if these do not suffice.
const (
	peekBytes = 4 << 10
	longHead  = 64 << 10
)

// genericTypes are media types that do not describe a body: its first bytes decide.
var genericTypes = []string{"application/octet-stream", "application/x-www-form-urlencoded",
	"binary/octet-stream"}

// detect guesses the media type of a body from its first bytes; "" for an empty body.
func detect(head []byte) string {
	trimmed := bytes.TrimLeft(withoutBOM(head), " \t\r\n")
	switch {
	case len(trimmed) == 0:
		return ""
	case bytes.HasPrefix(head, []byte("RVL")):
		return wire.TypeFrame
	case trimmed[0] == '{':
		line, _, more := bytes.Cut(trimmed, []byte("\n"))
		if more && json.Valid(line) && !hasTexts(line) {
			return wire.TypeJSONLines
		}
		if isDocument(head) {
			return wire.TypeJSONLines
		}
		return wire.TypeJSON
	case isDocument(head):
		return wire.TypeJSONLines
	}
	return wire.TypeCSV
}

// isDocument reports whether head begins a JSON document with an array of objects, which is read as
// a file.
func isDocument(head []byte) bool {
	head = bytes.TrimLeft(withoutBOM(head), " \t\r\n")
	return (bytes.HasPrefix(head, []byte("[")) || bytes.HasPrefix(head, []byte("{")) &&
		!hasTexts(head)) && holdsObjects(head)
}

// hasTexts reports whether head begins a JSON object whose member "texts" is a list, as far as it
// contains that member.
func hasTexts(head []byte) bool {
	d := json.NewDecoder(bytes.NewReader(withoutBOM(head)))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return false
	}
	name := true // the next token of the object itself is a member's name, not its value
	for depth := 1; ; {
		token, err := d.Token()
		if err != nil {
			return false
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
			continue
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		switch {
		case depth == 0:
			return false
		case depth > 1:
		case name && token == "texts":
			value, err := d.Token()
			return err == nil && value == json.Delim('[')
		default:
			name = !name
		}
	}
}

// holdsObjects reports whether an array of objects begins in head.
func holdsObjects(head []byte) bool {
	for {
		_, after, found := bytes.Cut(head, []byte("["))
		if !found {
			return false
		}
		if head = bytes.TrimLeft(after, " \t\r\n"); bytes.HasPrefix(head, []byte("{")) {
			return true
		}
	}
}

// readFile stores a file so that it can be read repeatedly, and detects its format once the request
// has acquired its place and memory.
func (h *Handler) readFile(
	w http.ResponseWriter, r *http.Request, body *body, use admission.Use, how table.Options,
) (in input, err error) {
	source, size, remove, err := h.spool(w, r, body)
	if err != nil {
		return input{close: func() {}}, err
	}
	kept := size.Bytes
	if kept > inMemory {
		kept = 0
	}
	if err := start(r, admission.FileMemory(size, kept, use), kept == 0); err != nil {
		remove()
		return input{close: func() {}}, err
	}
	source, size, remove, err = rewriteDocument(r, source, size, h.fileBytes, use, &how, remove)
	if err != nil {
		remove()
		return input{close: func() {}}, scoring.BadFile(err)
	}
	file, err := scoring.Open(r.Context(), source, how)
	if err != nil {
		remove()
		return input{close: func() {}}, scoring.BadFile(err)
	}
	if ticket := ticketOf(r.Context()); ticket != nil {
		if err := ticket.Grow(admission.ColumnsMemory(len(file.Names))); err != nil {
			remove()
			return input{close: func() {}}, err
		}
	}
	return input{file: file, size: size, kept: kept, close: remove}, nil
}

// rewriteDocument converts a JSON document to JSON lines in a temporary file and accounts for the
// memory of scoring them. It returns their size, since a document may be one line, and changes how
// to describe them. Any other source is returned as it is; scoring.Open refuses packed ones. remove
// deletes both files.
func rewriteDocument(r *http.Request, source io.ReaderAt, size admission.Size, limit int64,
	use admission.Use, how *table.Options, remove func(),
) (io.ReaderAt, admission.Size, func(), error) {
	is, err := scoring.IsDocument(source, size.Bytes)
	if err != nil {
		return nil, size, remove, err
	}
	if !is {
		return source, size, remove, nil
	}
	f, removeLines, err := temporary(r)
	if err != nil {
		return nil, size, remove, err
	}
	both := func() { removeLines(); remove() }
	ticket := ticketOf(r.Context())
	var lines admission.Size
	to := scoring.LimitWriter(io.MultiWriter(&reservedFile{to: f, ticket: ticket}, &lines), limit,
		tooLarge(limit))
	records, err := table.WriteDocument(r.Context(), to, source, size.Bytes, how.Encoding)
	if err != nil {
		return nil, size, both, full(err)
	}
	*how = how.AfterDecoding(records.Decoded)
	if ticket != nil {
		if err := ticket.Grow(admission.FileMemory(lines, 0, use)); err != nil {
			return nil, size, both, err
		}
	}
	return f, lines, both, nil
}

// inMemory is the maximum size of a file kept in memory; a larger one is in a temporary file.
const inMemory = 1 << 20

// spool stores a body so that it can be read repeatedly: in memory if it is small, else in a
// temporary file.
func (h *Handler) spool(w http.ResponseWriter, r *http.Request,
	from *body) (source io.ReaderAt, size admission.Size, remove func(), err error) {
	if r.ContentLength > h.fileBytes {
		return nil, size, nil, tooLarge(h.fileBytes)
	}
	ticket := ticketOf(r.Context())
	from.Bound(inMemory, uploadTime)
	limited := http.MaxBytesReader(w, io.NopCloser(io.TeeReader(from, &size)), h.fileBytes)
	var head bytes.Buffer
	_, err = io.CopyN(&head, limited, inMemory+1)
	if err == io.EOF {
		return bytes.NewReader(head.Bytes()), size, func() {}, nil
	}
	if err != nil {
		return nil, size, nil, bodyError(r, err, h.fileBytes)
	}
	f, remove, err := temporary(r)
	if err != nil {
		return nil, size, nil, err
	}
	to := &reservedFile{to: f, ticket: ticket}
	if _, err = to.Write(head.Bytes()); err == nil {
		_, err = io.Copy(to, limited)
	}
	if err != nil {
		remove()
		if _, disk := errors.AsType[*os.PathError](err); disk {
			return nil, size, nil, full(fmt.Errorf("keep a file to score: %w", err))
		}
		return nil, size, nil, bodyError(r, err, h.fileBytes)
	}
	return f, size, remove, nil
}

// temporary creates a file that lives as long as a request.
func temporary(r *http.Request) (f *os.File, remove func(), err error) {
	kept, err := tempfile.Create()
	if err != nil {
		return nil, nil, full(fmt.Errorf("keep a file: %w", err))
	}
	return kept.File, func() {
		if err := kept.Close(); err != nil {
			log(r.Context()).Warn("temporary file not closed", "err", err)
		}
	}, nil
}

// full turns a full disk into an error for the sender, since a smaller file or a later attempt may
// succeed.
func full(err error) error {
	if jobs.IsDiskFull(err) {
		return &wire.Error{Code: wire.StorageFull,
			Detail: "The server has no disk space left for this request. Send a smaller " +
				"file (one below a megabyte needs no disk), or try again later."}
	}
	return err
}

// readBody reads a body of at most Limits.Bytes, and refuses a longer Content-Length before
// reading.
func readBody(w http.ResponseWriter, r *http.Request, from *body) ([]byte, error) {
	if r.ContentLength > int64(Limits.Bytes) {
		return nil, tooLarge(int64(Limits.Bytes))
	}
	from.Bound(int64(Limits.Bytes), bodyTime)
	limited := http.MaxBytesReader(w, io.NopCloser(from), int64(Limits.Bytes))
	const first = 64 << 10 // allocated up front, whatever Content-Length says
	whole := make([]byte, 0, min(max(r.ContentLength, 512), first))
	for {
		if len(whole) == cap(whole) {
			whole = slices.Grow(whole, max(cap(whole), 1))
		}
		n, err := limited.Read(whole[len(whole):cap(whole)])
		whole = whole[:len(whole)+n]
		if err == io.EOF && int64(len(whole)) < r.ContentLength {
			err = io.ErrUnexpectedEOF
		}
		if err == io.EOF {
			return whole, nil
		}
		if err != nil {
			return nil, bodyError(r, err, int64(Limits.Bytes))
		}
	}
}

// bodyError explains why a body could not be read.
func bodyError(r *http.Request, err error, limit int64) error {
	// before the context: a read deadline that expires also cancels it
	if e, ok := errors.AsType[*wire.Error](err); ok {
		return e
	}
	if r.Context().Err() != nil {
		return r.Context().Err()
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge(limit)
	}
	return &wire.Error{Code: wire.BadBody, Detail: "The body broke off before it was whole: " +
		err.Error() + "."}
}

func tooLarge(limit int64) *wire.Error {
	return &wire.Error{Code: wire.BodyTooLarge,
		Detail: fmt.Sprintf("The body has more than the limit of %.1f MB. Send fewer reviews "+
			"at a time.", float64(limit)/(1<<20))}
}
