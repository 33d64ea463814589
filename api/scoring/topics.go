package scoring

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strings"
	"unicode/utf8"

	"reviewlens/api/model"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	"reviewlens/reviews/findings"
	"reviewlens/reviews/stats"
	"reviewlens/reviews/table"
	reviewtext "reviewlens/reviews/text"
	"reviewlens/reviews/topics"
	"reviewlens/tokenizer"
)

// RequireTopics returns a *wire.Error if the model does not find topics.
func RequireTopics(e Engine) error { return e.Model().RequireAspects() }

// ctxFlag is a boolean context value for calls of an engine.
type ctxFlag int

const (
	moreToCome ctxFlag = iota
	accepted
	charged
	openOnly
	selfCheck
	parts
)

func (m ctxFlag) with(ctx context.Context) context.Context {
	return context.WithValue(ctx, m, true)
}
func (m ctxFlag) of(ctx context.Context) bool { return ctx.Value(m) != nil }

// WithMoreToCome marks an engine call that another call of the same request will follow.
func WithMoreToCome(ctx context.Context) context.Context {
	return moreToCome.with(ctx)
}

// MoreToCome reports whether another call of the same request will follow.
func MoreToCome(ctx context.Context) bool {
	return moreToCome.of(ctx)
}

// WithAccepted marks an engine call whose request was accepted with an earlier call and must not be
// refused because of what it was charged then.
func WithAccepted(ctx context.Context) context.Context {
	return accepted.with(ctx)
}

// WithParts marks an engine call for parts of texts that an earlier call of the request scored
// whole: the parts are work, but no further reviews.
func WithParts(ctx context.Context) context.Context {
	return parts.with(ctx)
}

// HasParts reports whether an engine call is for parts of texts.
func HasParts(ctx context.Context) bool {
	return parts.of(ctx)
}

// Accepted reports whether the request was accepted with an earlier engine call.
func Accepted(ctx context.Context) bool {
	return accepted.of(ctx)
}

// WithCharged marks an engine call that repeats a failed one, which already charged its texts.
func WithCharged(ctx context.Context) context.Context {
	return charged.with(ctx)
}

// Charged reports whether the texts were already charged with an earlier engine call.
func Charged(ctx context.Context) bool {
	return charged.of(ctx)
}

// ScoreAll scores texts and, if topics is set, finds their spans.
func ScoreAll(ctx context.Context, e Engine, windows [][][]int32, topics bool) (
	scores []reviews.Score, spans [][]aspects.Span, err error) {
	if !topics {
		scores, err = e.Score(ctx, windows)
		return scores, nil, err
	}
	if scores, err = e.Score(WithMoreToCome(ctx), windows); err != nil {
		return nil, nil, err
	}
	if spans, err = e.Aspects(ctx, windows); err != nil {
		return nil, nil, err
	}
	for _, found := range spans {
		for i, s := range found {
			found[i] = s.Pack().Unpack() // rounded as in a frame
		}
	}
	return scores, spans, nil
}

// Mentions returns what the spans of a clean text mention and what a lexicon finds implied in it.
func Mentions(e Engine, l *aspects.Lexicon, clean []byte,
	spans []aspects.Span) (named []aspects.Mention) {
	if len(spans) > 0 {
		m := e.Model()
		encoding := encodePart(m, clean)
		named = aspects.Mentions(nil, clean, encoding.Offsets,
			m.Windows.Lengths(len(encoding.IDs)), spans)
	}
	return l.Add(clean, named)
}

const (
	firstPart = 64 << 10
	// lastPieces is more than a word has, or an emoji that is read as words: where a text is cut
	// changes no piece before them.
	lastPieces = 256
)

// encodePart encodes the beginning of a text, at least what its windows hold: to encode some
// megabytes takes a hundred times as much memory.
func encodePart(m *model.Model, clean []byte) tokenizer.Encoding {
	room := m.Windows.Room()
	for n := firstPart; n < len(clean); n *= 2 {
		if encoding := m.Tokenizer.Encode(clean[:n]); len(encoding.IDs) >= room+lastPieces {
			return encoding
		}
	}
	return m.Tokenizer.Encode(clean)
}

// RoundProbability returns a mention's probability rounded to three decimals, as it is written.
func RoundProbability(m aspects.Mention) float64 {
	return math.Round(1000*float64(m.Probability)) / 1000
}

// addMentions adds the mentions in a text that the model can read to its result.
func addMentions(r *wire.Result, e Engine, sent string, spans []aspects.Span) {
	body := reviewtext.Body(nil, []byte(sent)) // a part of it
	before := strings.Index(sent, string(body))
	clean, trace := reviewtext.CleanTraced(body)
	bytes, points := 0, 0 // of sent, up to the last boundary
	point := func(i int) int {
		i = max(before+trace.At(i), bytes)
		points += utf8.RuneCountInString(sent[bytes:i])
		bytes = i
		return points
	}
	for _, found := range Mentions(e, aspects.Default(), clean, spans) {
		start := point(found.Start)
		r.Mentions = append(r.Mentions, wire.Mention{Text: found.Term, Start: start,
			End: point(found.End), Aspect: found.Name(), Polarity: found.Polarity.String(),
			Probability: RoundProbability(found), Other: found.Context&aspects.Other > 0})
	}
}

// rowSpans holds the spans of a table's rows, in 5 bytes per row and 6 per span.
type rowSpans struct {
	from  []uint32 // of each row: index into all
	count []uint8
	all   []aspects.Packed
}

func (s *rowSpans) addRow() { s.from, s.count = append(s.from, 0), append(s.count, 0) }

func (s *rowSpans) set(row int32, spans []aspects.Span) {
	spans = spans[:min(len(spans), math.MaxUint8)]
	s.from[row], s.count[row] = uint32(len(s.all)), uint8(len(spans))
	for _, span := range spans {
		s.all = append(s.all, span.Pack())
	}
}

func (s *rowSpans) of(row int32) (spans []aspects.Span) {
	for _, p := range s.all[s.from[row]:][:s.count[row]] {
		spans = append(spans, p.Unpack())
	}
	return spans
}

// append appends the spans of a row (AppendRows).
func (s *rowSpans) append(dst []byte, row int32) []byte {
	dst = append(dst, s.count[row])
	for _, p := range s.all[s.from[row]:][:s.count[row]] {
		dst = binary.LittleEndian.AppendUint16(dst, p.First)
		dst = append(dst, p.Window, p.Tokens, p.Polarity, p.Probability)
	}
	return dst
}

// read adds a row with the spans at the start of b and returns their length in bytes.
func (s *rowSpans) read(b []byte) (taken int, err error) {
	if len(b) == 0 || len(b) < 1+spanBytes*int(b[0]) {
		return 0, errors.New("the spans of the last of the scored rows are not whole")
	}
	s.addRow()
	n := b[0]
	row := len(s.count) - 1
	s.from[row], s.count[row] = uint32(len(s.all)), n
	for b = b[1:]; n > 0; n-- {
		p := aspects.Packed{First: binary.LittleEndian.Uint16(b), Window: b[2], Tokens: b[3],
			Polarity: b[4], Probability: b[5]}
		if p.Polarity > uint8(aspects.Neutral) {
			return 0, fmt.Errorf("a scored row has a span of the polarity %d", p.Polarity)
		}
		s.all = append(s.all, p)
		b = b[spanBytes:]
	}
	return 1 + spanBytes*int(s.count[row]), nil
}

// Forker is a source that is optimised for one sequential reader. Fork returns an independent
// reader, which must be closed.
type Forker interface {
	Fork() (source io.ReaderAt, closeSource func())
}

// FindTopics enables topics with the user's scheme, or disables them. It must be called before
// Score. The error, a *wire.Error, is that of RequireTopics.
func (t *Table) FindTopics(enable bool, own topics.Scheme) error {
	if t.findTopics = enable; !enable {
		return nil
	}
	t.scheme, t.lexicon = own, aspects.Default().With(own.Phrases())
	return RequireTopics(t.engine)
}

// mentions returns the mentions of a scored row. text is the row's own.
func (t *Table) mentions(index int, text []byte) []aspects.Mention {
	t.mu.Lock()
	r := t.rows[index]
	spans := t.spans.of(r.firstRow)
	t.mu.Unlock()
	if r.unread != reviewtext.Readable || r.flags&lost != 0 {
		return nil
	}
	return Mentions(t.engine, t.lexicon, text, spans)
}

// withTopics wraps result to add each row's topics. It reads the file a second time, in step with
// the caller, which must ask for the rows in order. stop ends the reading and returns its error.
func (t *Table) withTopics(ctx context.Context, result func(index int) reviews.Result) (
	with func(index int) reviews.Result, stop func() error) {
	var err error
	file, closeSource := *t.files[0], func() {}
	if source, ok := file.Source.(Forker); ok {
		file.Source, closeSource = source.Fork()
	}
	next, end := iter.Pull2(func(yield func(int, []byte) bool) {
		err = file.Each(ctx, t.engine.Model().Manifest.Join,
			func(r table.Record, text []byte) error {
				if !yield(r.Index, text) {
					return errStop{}
				}
				return nil
			})
	})
	differ := false
	with = func(index int) reviews.Result {
		got := result(index)
		at, text, ok := next()
		differ = differ || ok && at != index
		if ok && at == index && got.Sentiment != reviews.None {
			got.Topics = aspects.Cell(t.mentions(index, text))
		}
		return got
	}
	return with, func() error {
		end()
		closeSource()
		if err == (errStop{}) {
			err = nil
		}
		if differ {
			err = cmp.Or(err, t.changedFile(len(t.rows)))
		}
		return err
	}
}

// topics returns the topics of the rows. Score must have returned. It reads the file again, twice
// if there are reviews to quote.
func (t *Table) topics(ctx context.Context, sums *stats.Summary,
	names []string) (*wire.Topics, error) {
	var counter topics.Counter
	var products reviews.Products
	fingerprints := t.fingerprints()
	err := t.eachFacts(ctx, &products, func(r table.Record, text []byte, f reviews.Facts) error {
		now := t.rows[r.Index]
		if int(now.firstRow) != r.Index || now.unread != reviewtext.Readable || r.Err != nil {
			return nil
		}
		counter.Add(topics.Text{
			Fingerprint: fingerprints[r.Index][0], Row: r.Index,
			Sentiment: t.at(r.Index).Sentiment, Day: f.Day, Product: f.Product,
		}, t.mentions(r.Index, text))
		return nil
	})
	if err != nil {
		return nil, err
	}
	_, periods := sums.Trend()
	named, _ := sums.MostReviewed(findings.MaxProducts)
	found := counter.Topics(t.scheme, topics.Options{Periods: periods, Products: named})
	quoted, err := t.quoted(ctx, found.Quoted())
	if err != nil {
		return nil, err
	}
	return findings.Topics(found, names, func(row int) (wire.Row, string, bool) {
		q, ok := quoted[row]
		return q.row, q.text, ok
	}), nil
}

// quotedRow is a row as a report shows it and the text to which its mentions refer.
type quotedRow struct {
	row  wire.Row
	text string
}

// quoted reads the rows of the given indices, which must be sorted.
func (t *Table) quoted(ctx context.Context, rows []int) (map[int]quotedRow, error) {
	out := make(map[int]quotedRow, len(rows))
	return out, t.visit(ctx, rows, func(f *File, r table.Record, text []byte) {
		out[r.Index] = quotedRow{t.row(f, r, reportText), string(text)}
	})
}
