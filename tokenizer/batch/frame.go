package batch

import (
	"encoding/binary"
	"fmt"
	"math"

	"reviewlens/api/wire"
)

const (
	requestMagic = "RVL"
	scoresMagic  = "RVS"
	version      = 1
	starsVersion = 2 // of an answer with stars
	spansVersion = 3 // of an answer with spans
	wideIDs      = 1 // flags bit 0
	wantStars    = 2 // flags bit 1
	wantSpans    = 4 // flags bit 2
)

// Sizes in bytes of a text in an answer.
const (
	scoreBytes      = 5
	starsBytes      = 2
	spanBytes       = 6
	maxSpans        = math.MaxUint8
	polarities      = 3
	firstAfterCLS   = 1
	spansScoreBytes = scoreBytes + starsBytes + 1 // without the spans
)

// Values of Scores.Status.
const (
	Scored byte = 0
	Failed byte = 1 // internal error; the server's log has the cause
)

// Request is a decoded request frame.
type Request struct {
	Model string
	Texts [][][]int32 // text, window, ID
	Stars bool        // stars are requested
	Spans bool        // spans are requested
}

// Limits bound a request frame; each is checked before any allocation. A limit of 0 allows none.
type Limits struct {
	Texts   int // per frame
	Windows int // per text
	Length  int // per window, counting [CLS] and [SEP]
	Tokens  int // per frame
	Vocab   int // IDs must be in [0, Vocab)
}

// Scores is the answer to a Request: Status 0 is scored; Positive is calibrated, in [0, 1].
type Scores struct {
	Model    string
	Status   []byte
	Positive []float32 // same length as Status
	Stars    []uint16  // same length, or nil: hundredths, see the package comment
	Spans    [][]Span  // same length, or nil; with spans, missing Stars are decoded as zeros
}

// Span is an aspect in the windows of a text: Tokens tokens from First ([CLS] is 0) in the window
// of that index. The fields are those of aspects.Packed.
type Span struct {
	First       uint16
	Window      uint8
	Tokens      uint8
	Polarity    uint8 // 0 positive, 1 negative, 2 neutral
	Probability uint8 // in 255ths
}

// valid reports whether the span is allowed in an answer.
func (s Span) valid() bool {
	return s.First >= firstAfterCLS && s.Tokens > 0 && s.Polarity < polarities
}

// AppendRequest appends r as a frame to dst. IDs take two bytes each unless one of them needs four.
func AppendRequest(dst []byte, r Request) ([]byte, error) {
	var flags byte
	if r.Stars {
		flags |= wantStars
	}
	if r.Spans {
		flags |= wantSpans
	}
	windows, ids := 0, 0
	for t, text := range r.Texts {
		if len(text) < 1 || len(text) > math.MaxUint16 {
			return dst, fmt.Errorf("frame: text %d has %d windows; want 1 to %d", t+1, len(text), math.MaxUint16)
		}
		for _, window := range text {
			if len(window) < 2 || len(window) > math.MaxUint16 {
				return dst, fmt.Errorf("frame: text %d has a window of %d IDs; want 2 to %d", t+1, len(window), math.MaxUint16)
			}
			var bits int32 // union of all IDs' bits
			for _, id := range window {
				bits |= id
			}
			if bits < 0 {
				return dst, fmt.Errorf("frame: text %d has a negative ID", t+1)
			}
			if bits > math.MaxUint16 {
				flags |= wideIDs
			}
			ids += len(window)
		}
		windows += len(text)
	}
	width := 2
	if flags&wideIDs != 0 {
		width = 4
	}
	start := len(dst)
	dst, err := appendHead(dst, requestMagic, []byte{version, flags}, r.Model, len(r.Texts), 2*len(r.Texts)+2*windows+width*ids)
	if err != nil {
		return dst[:start], err
	}
	for _, text := range r.Texts {
		dst = binary.LittleEndian.AppendUint16(dst, uint16(len(text)))
	}
	for _, text := range r.Texts {
		for _, window := range text {
			dst = binary.LittleEndian.AppendUint16(dst, uint16(len(window)))
		}
	}
	at := len(dst)
	dst = dst[:at+width*ids] // appendHead has reserved the space
	for _, text := range r.Texts {
		for _, window := range text {
			to := dst[at : at+width*len(window)]
			at += len(to)
			if width == 4 {
				for i, id := range window {
					binary.LittleEndian.PutUint32(to[4*i:], uint32(id))
				}
				continue
			}
			for i, id := range window {
				binary.LittleEndian.PutUint16(to[2*i:], uint16(id))
			}
		}
	}
	return dst, nil
}

// RequestModel returns the model ID of a request frame, "" if its head cannot be read.
func RequestModel(body []byte) string {
	d := decoder{body: body}
	if _, err := d.requestHead(); err != nil {
		return ""
	}
	model, _, _ := d.modelAndTexts()
	return model
}

// requestHead reads the magic, the version and the flags, and returns the flags.
func (d *decoder) requestHead() (flags byte, err error) {
	if _, err := d.head(requestMagic, version); err != nil {
		return 0, err
	}
	if err := d.need(1, "flags"); err != nil {
		return 0, err
	}
	flags = d.body[d.at]
	if flags&^(wideIDs|wantStars|wantSpans) != 0 {
		return 0, d.fail(wire.BadFrame, "flags are 0x%02x; version 1 knows 0 to 7", flags)
	}
	d.at++
	return flags, nil
}

// DecodeRequest decodes a frame; errors are *wire.Error and name the byte. The caller checks
// whether this server has the model.
func DecodeRequest(body []byte, l Limits) (Request, error) {
	d := decoder{body: body}
	flags, err := d.requestHead()
	if err != nil {
		return Request{}, err
	}
	width := 2
	if flags&wideIDs != 0 {
		width = 4
	}
	model, texts, err := d.modelAndTexts()
	if err != nil {
		return Request{}, err
	}
	if texts > int64(l.Texts) {
		return Request{}, d.failBack(4, wire.TooManyTexts, "%d texts; the limit is %d", texts,
			l.Texts)
	}
	counts, windows, err := d.windowCounts(texts, l)
	if err != nil {
		return Request{}, err
	}
	lengths, tokens, err := d.windowLengths(counts, windows, l)
	if err != nil {
		return Request{}, err
	}
	if err := d.needLast(int64(width)*tokens, "IDs"); err != nil {
		return Request{}, err
	}
	r := Request{Model: model, Stars: flags&wantStars != 0, Spans: flags&wantSpans != 0}
	if r.Texts, err = d.texts(counts, lengths, tokens, width, l.Vocab); err != nil {
		return Request{}, err
	}
	return r, nil
}

// windowCounts reads the number of windows of each text. It returns their bytes and their sum.
func (d *decoder) windowCounts(texts int64, l Limits) (counts []byte, windows int64, err error) {
	if err := d.need(2*texts, "numbers of windows"); err != nil {
		return nil, 0, err
	}
	begin := d.at
	for t := range texts {
		n := d.uint16()
		switch {
		case n == 0:
			return nil, 0, d.failBack(2, wire.EmptyText, "text %d has no windows", t+1)
		case n > l.Windows:
			return nil, 0, d.failBack(2, wire.TooManyTokens,
				"text %d has %d windows; the limit is %d", t+1, n, l.Windows)
		}
		windows += int64(n)
	}
	return d.body[begin:d.at], windows, nil
}

// windowLengths reads the number of IDs of each window. It returns their bytes and their sum.
func (d *decoder) windowLengths(counts []byte, windows int64, l Limits) (lengths []byte,
	tokens int64, err error) {
	if err := d.need(2*windows, "lengths of windows"); err != nil {
		return nil, 0, err
	}
	begin := d.at
	for t := range len(counts) / 2 {
		for range binary.LittleEndian.Uint16(counts[2*t:]) {
			n := d.uint16()
			tokens += int64(n)
			switch {
			case n < 2:
				return nil, 0, d.failBack(2, wire.BadFrame,
					"text %d has a window of %d IDs; [CLS] and [SEP] make it at least 2", t+1, n)
			case n > l.Length:
				return nil, 0, d.failBack(2, wire.TooManyTokens,
					"text %d has a window of %d IDs; the limit is %d", t+1, n, l.Length)
			case tokens > int64(l.Tokens):
				return nil, 0, d.failBack(2, wire.TooManyTokens,
					"more than %d tokens, from text %d on", l.Tokens, t+1)
			}
		}
	}
	return d.body[begin:d.at], tokens, nil
}

// texts reads the IDs of all windows, once counts, lengths and tokens have been checked against the
// body. All texts share three arrays.
func (d *decoder) texts(counts, lengths []byte, tokens int64, width, vocab int) ([][][]int32,
	error) {
	texts := make([][][]int32, len(counts)/2)
	windows := make([][]int32, len(lengths)/2)
	ids := make([]int32, tokens)
	for t := range texts {
		n := binary.LittleEndian.Uint16(counts[2*t:])
		texts[t], windows = windows[:n:n], windows[n:]
		for w := range texts[t] {
			n := binary.LittleEndian.Uint16(lengths)
			lengths = lengths[2:]
			texts[t][w], ids = ids[:n:n], ids[n:]
			if err := d.window(texts[t][w], width, t, vocab); err != nil {
				return nil, err
			}
		}
	}
	return texts, nil
}

// window reads the IDs of a window of text t, of width bytes each.
func (d *decoder) window(ids []int32, width, t, vocab int) error {
	at := d.at
	for i := range ids {
		var id uint32
		if width == 4 {
			id = binary.LittleEndian.Uint32(d.body[at:])
		} else {
			id = uint32(binary.LittleEndian.Uint16(d.body[at:]))
		}
		if int64(id) >= int64(vocab) {
			d.at = at
			return d.fail(wire.IDOutOfRange, "text %d has ID %d; the vocabulary has %d pieces",
				t+1, id, vocab)
		}
		ids[i] = int32(id)
		at += width
	}
	d.at = at
	return nil
}

// AppendScores appends s as a frame to dst.
func AppendScores(dst []byte, s Scores) ([]byte, error) {
	if len(s.Status) != len(s.Positive) {
		return dst, fmt.Errorf("frame: %d statuses and %d probabilities", len(s.Status), len(s.Positive))
	}
	for t, p := range s.Positive {
		if !(p >= 0 && p <= 1) {
			return dst, fmt.Errorf("frame: text %d has probability %v", t+1, p)
		}
	}
	head, each := []byte{version}, scoreBytes
	if s.Stars != nil {
		head, each = []byte{starsVersion}, scoreBytes+starsBytes
		if len(s.Stars) != len(s.Status) {
			return dst, fmt.Errorf("frame: %d statuses and %d stars", len(s.Status), len(s.Stars))
		}
		for t, stars := range s.Stars {
			if !validStars(stars) {
				return dst, fmt.Errorf("frame: text %d has stars %#x", t+1, stars)
			}
		}
	}
	more := 0
	if s.Spans != nil {
		head, each = []byte{spansVersion}, spansScoreBytes
		if len(s.Spans) != len(s.Status) {
			return dst, fmt.Errorf("frame: %d statuses and spans of %d", len(s.Status),
				len(s.Spans))
		}
		for t, spans := range s.Spans {
			if len(spans) > maxSpans {
				return dst, fmt.Errorf("frame: text %d has %d spans; the limit is %d", t+1,
					len(spans), maxSpans)
			}
			for _, span := range spans {
				if !span.valid() {
					return dst, fmt.Errorf("frame: text %d has the span %+v", t+1, span)
				}
			}
			more += spanBytes * len(spans)
		}
	}
	start := len(dst)
	dst, err := appendHead(dst, scoresMagic, head, s.Model, len(s.Status),
		each*len(s.Status)+more)
	if err != nil {
		return dst[:start], err
	}
	for t, status := range s.Status {
		dst = append(dst, status)
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(s.Positive[t]))
		switch {
		case s.Stars != nil:
			dst = binary.LittleEndian.AppendUint16(dst, s.Stars[t])
		case s.Spans != nil:
			dst = append(dst, 0, 0)
		}
		if s.Spans == nil {
			continue
		}
		dst = append(dst, uint8(len(s.Spans[t])))
		for _, span := range s.Spans[t] {
			dst = append(dst, span.Window)
			dst = binary.LittleEndian.AppendUint16(dst, span.First)
			dst = append(dst, span.Tokens, span.Polarity, span.Probability)
		}
	}
	return dst, nil
}

// validStars reports whether these stars are allowed in an answer.
func validStars(stars uint16) bool {
	n := stars &^ 0x8000
	return stars == 0 || n >= 100 && n <= 500
}

// DecodeScores decodes a frame; errors are *wire.Error and name the byte.
func DecodeScores(body []byte) (Scores, error) {
	d := decoder{body: body}
	v, err := d.head(scoresMagic, spansVersion)
	if err != nil {
		return Scores{}, err
	}
	each := map[byte]int{version: scoreBytes, starsVersion: scoreBytes + starsBytes,
		spansVersion: spansScoreBytes}[v]
	model, texts, err := d.modelAndTexts()
	if err != nil {
		return Scores{}, err
	}
	if err := d.need(int64(each)*texts, "scores"); err != nil {
		return Scores{}, err
	}
	begin, end, spans := d.at, d.at+each*int(texts), 0
	if v == spansVersion {
		if end, spans, err = d.countSpans(int(texts)); err != nil {
			return Scores{}, err
		}
	}
	if d.at = end; end < len(body) {
		return Scores{}, d.fail(wire.BadFrame, "%d bytes too many", len(body)-end)
	}
	d.at = begin
	s := Scores{Model: model, Status: make([]byte, texts), Positive: make([]float32, texts)}
	if v >= starsVersion {
		s.Stars = make([]uint16, texts)
	}
	var all []Span
	if v == spansVersion {
		s.Spans, all = make([][]Span, texts), make([]Span, 0, spans)
	}
	for t := range s.Status {
		s.Status[t] = body[d.at]
		d.at++
		p := math.Float32frombits(binary.LittleEndian.Uint32(body[d.at:]))
		if !(p >= 0 && p <= 1) {
			return Scores{}, d.fail(wire.BadFrame, "text %d has probability %v", t+1, p)
		}
		s.Positive[t] = p
		d.at += 4
		if s.Stars == nil {
			continue
		}
		if s.Stars[t] = uint16(d.peek16(d.at)); !validStars(s.Stars[t]) {
			return Scores{}, d.fail(wire.BadFrame, "text %d has stars %#x", t+1, s.Stars[t])
		}
		d.at += 2
		if s.Spans == nil {
			continue
		}
		from, n := len(all), body[d.at]
		d.at++
		for range n {
			span := d.span()
			if !span.valid() {
				return Scores{}, d.failBack(spanBytes, wire.BadFrame, "text %d has the span %+v",
					t+1, span)
			}
			all = append(all, span)
		}
		s.Spans[t] = all[from:len(all):len(all)]
	}
	return s, nil
}

// countSpans returns the end of the last text's spans, and the number of spans of all texts.
func (d *decoder) countSpans(texts int) (end, spans int, err error) {
	begin := d.at
	defer func() {
		if err == nil {
			d.at = begin
		}
	}()
	for t := range texts {
		if err := d.need(spansScoreBytes, "scores"); err != nil {
			return 0, 0, err
		}
		n := int(d.body[d.at+spansScoreBytes-1])
		d.at += spansScoreBytes
		if err := d.need(int64(n)*spanBytes, fmt.Sprintf("spans of text %d", t+1)); err != nil {
			return 0, 0, err
		}
		d.at += n * spanBytes
		spans += n
	}
	return d.at, spans, nil
}

func (d *decoder) span() Span {
	b := d.body[d.at : d.at+spanBytes]
	d.at += spanBytes
	return Span{Window: b[0], First: binary.LittleEndian.Uint16(b[1:]), Tokens: b[3],
		Polarity: b[4], Probability: b[5]}
}

// appendHead appends the common head of both frames, and reserves space for more bytes after it.
func appendHead(dst []byte, magic string, version []byte, model string,
	texts, more int) ([]byte, error) {
	if len(model) > math.MaxUint8 {
		return dst, fmt.Errorf("frame: model id of %d bytes; the limit is %d", len(model), math.MaxUint8)
	}
	if int64(texts) > math.MaxUint32 {
		return dst, fmt.Errorf("frame: %d texts; the limit is %d", texts, uint32(math.MaxUint32))
	}
	if room := len(magic) + len(version) + 1 + len(model) + 4 + more; cap(dst)-len(dst) < room {
		dst = append(make([]byte, 0, len(dst)+room), dst...)
	}
	dst = append(dst, magic...)
	dst = append(dst, version...)
	dst = append(dst, byte(len(model)))
	dst = append(dst, model...)
	return binary.LittleEndian.AppendUint32(dst, uint32(texts)), nil
}

// decoder decodes body from byte at.
type decoder struct {
	body []byte
	at   int
}

// fail returns an error about the current byte.
func (d *decoder) fail(code wire.Code, format string, args ...any) error {
	return &wire.Error{Code: code, Detail: fmt.Sprintf("Frame, byte %d: %s.", d.at, fmt.Sprintf(format, args...))}
}

// failBack returns an error about a number of the given size in bytes that has just been read.
func (d *decoder) failBack(bytes int, code wire.Code, format string, args ...any) error {
	d.at -= bytes
	return d.fail(code, format, args...)
}

// need returns an error if the body ends within the next n bytes.
func (d *decoder) need(n int64, what string) error {
	if int64(len(d.body)-d.at) < n {
		return d.fail(wire.BadFrame, "%d bytes of %s belong here, the frame ends after %d", n, what, len(d.body)-d.at)
	}
	return nil
}

// needLast returns an error unless the body ends after the next n bytes.
func (d *decoder) needLast(n int64, what string) error {
	if err := d.need(n, what); err != nil {
		return err
	}
	if end := d.at + int(n); end < len(d.body) {
		d.at = end
		return d.fail(wire.BadFrame, "%d bytes too many", len(d.body)-end)
	}
	return nil
}

func (d *decoder) uint16() int {
	n := d.peek16(d.at)
	d.at += 2
	return n
}

func (d *decoder) peek16(at int) int { return int(binary.LittleEndian.Uint16(d.body[at:])) }

// head reads the magic and the version, which is at most newest.
func (d *decoder) head(magic string, newest byte) (v byte, err error) {
	if err := d.need(4, "head"); err != nil {
		return 0, err
	}
	if got := d.body[:3]; string(got) != magic {
		return 0, d.fail(wire.BadFrame, "it begins with %q, not %q", got, magic)
	}
	d.at = 3
	if v = d.body[3]; v < version || v > newest {
		known := "only 1 is known here"
		if newest > version {
			known = fmt.Sprintf("only 1 to %d are known here", newest)
		}
		return 0, d.fail(wire.UnknownVersion, "version %d; %s", v, known)
	}
	d.at = 4
	return v, nil
}

// modelAndTexts reads the model ID and the number of texts.
func (d *decoder) modelAndTexts() (model string, texts int64, err error) {
	if err := d.need(1, "model id"); err != nil {
		return "", 0, err
	}
	n := int(d.body[d.at])
	d.at++
	if err := d.need(int64(n)+4, "model id and number of texts"); err != nil {
		return "", 0, err
	}
	model = string(d.body[d.at : d.at+n])
	texts = int64(binary.LittleEndian.Uint32(d.body[d.at+n:]))
	d.at += n + 4
	return model, texts, nil
}
