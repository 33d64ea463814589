// Package pipe scores a stream of reviews as JSON lines, for Spark, a queue's worker or any other
// engine that runs a child process.
//
// An input line is an object with "id" (any JSON value, returned unchanged), "text" and optionally
// "title". An output line has the same "id", "sentiment" (null without a score), "positive" (four
// decimals, as in a scored file), "windows", "cut" (true if only the first windows were scored) and
// "error" (null, or why there is no score). A text that the model cannot read is "unsure" and has
// "unread", the reason. If requested, there are "stars" and "name", and "mentions": the aspects of
// the text, as objects with "text", "aspect", "polarity" and "probability". Every line that is not
// blank results in one line, in the same order; one that is not UTF-8 in an error, without its "id"
// if that is not UTF-8 either. Empty input gives empty output.
//
// Lines are scored in chunks. A chunk is sent to the engine when it is full and whenever no further
// complete line is available yet, so a client that writes a few lines, and perhaps a part of
// another, and waits for their results gets them. Equal texts of a chunk are scored once. Memory is
// that of a few chunks, whatever the input.
package pipe

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	"reviewlens/reviews/text"
	"reviewlens/tokenizer/batch"
)

// A chunk ends with the text that exceeds one of these limits; chunks is the number in progress.
const (
	chunkTexts  = 256
	chunkTokens = 16 << 10
	chunkBytes  = 1 << 20
	chunks      = 3
)

// maxLine bounds a line, in bytes. A longer line is skipped and results in an error line.
const maxLine = 16 << 20

// Counts are the numbers of lines by outcome.
type Counts struct {
	Rows   int // lines that are not blank
	Scored int
	Empty  int // rows without a text
	Failed int // rows with an error
	Cut    int // rows scored in their first windows only
	Unread int // rows of Scored that the model cannot read
}

// row is a result line. Its score is that of texts[text] of its chunk if text >= 0.
type row struct {
	id      json.RawMessage // nil if there is none
	text    int
	clean   []byte // the text, if its mentions are requested
	windows int
	cut     bool
	unread  text.UnreadReason
	err     string
}

type chunk struct {
	rows   []row
	texts  [][][]int32
	first  map[batch.Fingerprint]int // of the texts
	tokens int
	bytes  int
	scores []reviews.Score
	spans  [][]aspects.Span
	err    error
	done   chan struct{}
}

// Score writes a result to out for each line of in, until in ends, with the additional outputs of
// extras, null where there is no score. When ctx is done it stops reading, finishes the lines read,
// and returns ctx's error. If the model cannot compute the additional outputs, the error is a
// *wire.Error. Other errors are those of in, out and the engine; the output before them consists of
// complete lines.
func Score(ctx context.Context, e scoring.Engine, in io.Reader, out io.Writer,
	extras scoring.Extras) (Counts, error) {
	if err := extras.Check(e); err != nil {
		return Counts{}, err
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	p := &pipeline{engine: e, extras: extras, stop: stop,
		taken: make(chan *chunk), underWay: make(chan *chunk, chunks-1)}
	r := &reader{e: e, in: bufio.NewReaderSize(in, 64<<10), keep: extras.Topics}
	go p.read(working, r) // abandoned while it waits for input when ctx is done
	var writing sync.WaitGroup
	writing.Go(func() { p.write(out) })
	err := p.score(ctx, working)
	close(p.underWay)
	writing.Wait()
	switch {
	case p.writeErr != nil:
		err = p.writeErr
	case err == nil:
		err = p.readErr // taken is closed
	}
	return p.counts, err
}

// pipeline passes chunks from read to score to write, which run concurrently.
type pipeline struct {
	engine   scoring.Engine
	extras   scoring.Extras
	stop     func()      // ends reading and scoring
	taken    chan *chunk // from read to score
	underWay chan *chunk // from score to write, in the order of the lines
	readErr  error       // of read, once taken is closed
	counts   Counts      // set by write, as is writeErr
	writeErr error       // of out or the engine
}

// read reads chunks until the input ends or fails, or working is done.
func (p *pipeline) read(working context.Context, r *reader) {
	defer close(p.taken)
	defer scoring.RecoverTo(&p.readErr)
	for {
		c, err := r.chunk()
		if len(c.rows) > 0 {
			select {
			case p.taken <- c:
			case <-working.Done():
				return
			}
		}
		if err != nil {
			if err != io.EOF {
				p.readErr = err
			}
			return
		}
	}
}

// score starts scoring each chunk that is read. It returns when there are no more, when working is
// done, or, with its error, when ctx is done.
func (p *pipeline) score(ctx, working context.Context) error {
	for {
		if err := ctx.Err(); err != nil { // select might prefer a waiting chunk
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-working.Done():
			return nil
		case c, ok := <-p.taken:
			if !ok {
				return nil
			}
			go c.score(working, p.engine, p.extras)
			p.underWay <- c
		}
	}
}

// write writes the results of each chunk when it is scored. After the first error it only receives.
func (p *pipeline) write(out io.Writer) {
	w := bufio.NewWriterSize(out, 64<<10)
	for c := range p.underWay {
		<-c.done
		if p.writeErr != nil {
			continue
		}
		if p.writeErr = c.err; p.writeErr == nil {
			p.writeErr = c.write(w, &p.counts, p.engine, p.extras)
		}
		if p.writeErr != nil {
			p.stop()
		}
	}
}

func (c *chunk) score(ctx context.Context, e scoring.Engine, extras scoring.Extras) {
	defer close(c.done)
	defer scoring.RecoverTo(&c.err) // a panic would end the program without the results
	if len(c.texts) > 0 {
		c.scores, c.spans, c.err = scoring.ScoreAll(ctx, e, c.texts, extras.Topics)
	}
}

// write writes the results of a chunk and counts them.
func (c *chunk) write(w *bufio.Writer, counts *Counts, e scoring.Engine,
	extras scoring.Extras) error {
	var b []byte
	for _, r := range c.rows {
		counts.Rows++
		s := reviews.Score{}
		switch {
		case r.err != "":
			counts.Failed++
		case r.text < 0:
			counts.Empty++
		default:
			if s = c.scores[r.text]; s.Sentiment == reviews.None {
				r.err = "the model gave no score"
				counts.Failed++
				break
			}
			counts.Scored++
			if r.unread != text.Readable {
				counts.Unread++
				s.Sentiment = reviews.Unsure
			}
			if r.cut {
				counts.Cut++
			}
		}
		var mentions []byte
		if extras.Topics {
			mentions = c.mentions(e, r, s)
		}
		b = r.append(b[:0], s, extras.Stars, mentions)
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return w.Flush()
}

// mentions returns the mentions of a row as JSON; null if there is no score.
func (c *chunk) mentions(e scoring.Engine, r row, s reviews.Score) []byte {
	type mention struct {
		Text        string  `json:"text"`
		Aspect      string  `json:"aspect"`
		Polarity    string  `json:"polarity"`
		Probability float64 `json:"probability"`
		Other       bool    `json:"other,omitempty"`
	}
	if s.Sentiment == reviews.None {
		return []byte("null")
	}
	all := []mention{}
	if r.unread == text.Readable {
		for _, found := range scoring.Mentions(e, aspects.Default(), r.clean, c.spans[r.text]) {
			all = append(all, mention{found.Term, found.Name(), found.Polarity.String(),
				scoring.RoundProbability(found), found.Context&aspects.Other > 0})
		}
	}
	b, _ := json.Marshal(all) // strings and finite numbers
	return b
}

// append appends the result line of a row, with mentions unless they are empty.
func (r *row) append(b []byte, s reviews.Score, stars bool, mentions []byte) []byte {
	b = append(b, `{"id":`...)
	if len(r.id) > 0 {
		b = append(b, r.id...)
	} else {
		b = append(b, "null"...)
	}
	if s.Sentiment == reviews.None {
		b = append(b, `,"sentiment":null,"positive":null`...)
	} else {
		b = append(b, `,"sentiment":"`...)
		b = append(b, s.Sentiment.String()...)
		b = append(b, `","positive":`...)
		b = strconv.AppendFloat(b, s.Positive, 'f', 4, 64)
	}
	if n, _, _ := s.Pack().Unpack(); stars && n == 0 {
		b = append(b, `,"stars":null,"name":null`...)
	} else if stars {
		b = strconv.AppendFloat(append(b, `,"stars":`...), n, 'f', 2, 64)
		b = append(append(b, `,"name":"`...), s.Name(r.unread != text.Readable)...)
		b = append(b, '"')
	}
	if len(mentions) > 0 {
		b = append(append(b, `,"mentions":`...), mentions...)
	}
	b = append(b, `,"windows":`...)
	b = strconv.AppendInt(b, int64(r.windows), 10)
	b = append(b, `,"cut":`...)
	b = strconv.AppendBool(b, r.cut)
	if r.unread != text.Readable {
		b = append(b, `,"unread":"`...)
		b = append(append(b, r.unread.String()...), '"')
	}
	b = append(b, `,"error":`...)
	if r.err == "" {
		return append(b, "null}\n"...)
	}
	message, _ := json.Marshal(r.err) // a string
	return append(append(b, message...), "}\n"...)
}

// reader reads lines into chunks.
type reader struct {
	e    scoring.Engine
	in   *bufio.Reader
	line int
	text []byte
	keep bool // keep the texts of rows
}

// chunk reads the next lines, as many as are available, and at least one unless the input ends.
func (r *reader) chunk() (*chunk, error) {
	c := &chunk{first: map[batch.Fingerprint]int{}, done: make(chan struct{})}
	for {
		line, long, err := r.next()
		if err != nil && err != io.EOF {
			return c, err
		}
		if long > 0 {
			detail := fmt.Sprintf("line %d: it has %d bytes; the most is %d", r.line, long, maxLine)
			c.rows = append(c.rows, row{text: -1, err: detail})
		} else if line = bytes.Trim(r.unmarked(line), " \t\r\n\v\f"); len(line) > 0 {
			if err := r.add(c, line); err != nil {
				return c, err
			}
		}
		full := len(c.texts) >= chunkTexts || c.tokens >= chunkTokens || c.bytes >= chunkBytes ||
			len(c.rows) >= 16*chunkTexts
		if err != nil || full || len(c.rows) > 0 && !r.hasLine() {
			return c, err
		}
	}
}

// hasLine reports whether the next line is there to its end, so that reading it cannot block.
func (r *reader) hasLine() bool {
	buffered, _ := r.in.Peek(r.in.Buffered())
	return bytes.IndexByte(buffered, '\n') >= 0
}

// unmarked returns a line without the byte order mark that some programs write at the start.
func (r *reader) unmarked(line []byte) []byte {
	if r.line == 1 {
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	return line
}

// next reads a line. long is the length of a line over maxLine, which is skipped.
func (r *reader) next() (line []byte, long int, err error) {
	r.line++
	for {
		part, err := r.in.ReadSlice('\n')
		switch {
		case long > 0:
			long += len(part)
		case len(line)+len(part) > maxLine:
			line, long = nil, len(line)+len(part)
		case err == bufio.ErrBufferFull || line != nil:
			line = append(line, part...)
		default:
			return part, 0, err
		}
		if err != bufio.ErrBufferFull {
			return line, long, err
		}
	}
}

// add adds a line to a chunk. An error is the engine's.
func (r *reader) add(c *chunk, line []byte) error {
	c.bytes += len(line)
	fail := func(id json.RawMessage, format string, args ...any) {
		detail := fmt.Sprintf("line %d: ", r.line) + fmt.Sprintf(format, args...)
		c.rows = append(c.rows, row{id: id, text: -1, err: detail})
	}
	var in map[member]json.RawMessage
	err := json.Unmarshal(line, &in)
	if err != nil {
		in = nil
		err = json.Unmarshal(nullNumbers(line), &in)
	}
	if other, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		fail(nil, "it is no JSON object but %s %s", article(other.Value), other.Value)
		return nil
	}
	if err != nil {
		fail(nil, "it is no JSON: %v", err)
		return nil
	}
	id := in[idMember]
	if string(line) == "null" {
		fail(nil, "it is no JSON object but null")
		return nil
	}
	if bad := wire.CheckUTF8(line); bad != nil { // package json would replace the bytes
		if !utf8.Valid(id) {
			id = nil
		}
		fail(id, "%v", bad)
		return nil
	}
	if name := wire.RepeatedMember(line, false); name != "" {
		fail(id, "%q is there twice", name)
		return nil
	}
	if in[textMember] == nil {
		fail(id, `it has no "text"`)
		return nil
	}
	body, okText := asText(in[textMember])
	title, okTitle := asText(in[titleMember])
	switch {
	case !okText:
		fail(id, `"text" is no string`)
		return nil
	case !okTitle:
		fail(id, `"title" is no string`)
		return nil
	}
	r.text = text.Join(r.text[:0], r.e.Model().Manifest.Join, title, body)
	clean := text.Clean(r.text)
	windows, cut, err := r.e.Windows(nil, clean)
	if bad, ok := errors.AsType[*wire.Error](err); ok {
		fail(id, "%s", bad.Detail)
		return nil
	}
	if err != nil {
		return err
	}
	if len(windows) == 0 {
		c.rows = append(c.rows, row{id: id, text: -1})
		return nil
	}
	unread := scoring.Unread(r.e, clean)
	fingerprint := batch.FingerprintOf(windows)
	at, known := c.first[fingerprint]
	if !known {
		at = len(c.texts)
		c.first[fingerprint] = at
		c.texts = append(c.texts, windows)
		c.tokens += batch.Tokens(windows)
	}
	now := row{id: id, text: at, windows: len(windows), cut: cut, unread: unread}
	if r.keep {
		now.clean = bytes.Clone(clean)
	}
	c.rows = append(c.rows, now)
	return nil
}

// member is a member of an input object. All unknown members share one key, so a map holds few
// entries, however many there are; unlike a struct field, id does not match "ID".
type member uint8

const (
	otherMember member = iota
	idMember
	textMember
	titleMember
)

func (m *member) UnmarshalText(name []byte) error {
	switch string(name) {
	case "id":
		*m = idMember
	case "text":
		*m = textMember
	case "title":
		*m = titleMember
	default:
		*m = otherMember
	}
	return nil
}

func article(word string) string {
	if strings.ContainsAny(word[:min(1, len(word))], "aeiou") {
		return "an"
	}
	return "a"
}

// asText decodes a JSON string; null or a missing value is nil.
func asText(raw json.RawMessage) (b []byte, ok bool) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, true
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return nil, false
	}
	return []byte(s), true
}

// nullNumbers replaces NaN, Infinity and -Infinity outside strings by null. Python's json writes
// them for missing values.
func nullNumbers(line []byte) []byte {
	out := make([]byte, 0, len(line))
	for i := 0; i < len(line); {
		if line[i] == '"' {
			end := i + 1
			for end < len(line) && line[end] != '"' {
				if line[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end+1, len(line))
			out = append(out, line[i:end]...)
			i = end
			continue
		}
		replaced := false
		for _, word := range []string{"NaN", "-Infinity", "Infinity"} {
			if bytes.HasPrefix(line[i:], []byte(word)) {
				out = append(out, "null"...)
				i += len(word)
				replaced = true
				break
			}
		}
		if !replaced {
			out = append(out, line[i])
			i++
		}
	}
	return out
}
