package worker

import (
	"bytes"
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"reviewlens/api/wire"
	"reviewlens/app/journal"
	"reviewlens/app/message"
	"reviewlens/app/worker/scorer"
	"reviewlens/reviews/aspects"
	"reviewlens/reviews/bitset"
	"reviewlens/reviews/findings"
	"reviewlens/reviews/topics"
)

// fileTopics holds the topics of a file's texts, if they are wanted; file.mu guards it.
type fileTopics struct {
	// holds their mentions by fingerprint, which is the same for texts that are equal to the model
	counter      topics.Counter
	fingerprints list[uint64] // fingerprints by text
	any          bool         // a text was read
	named        int          // reviews that were scored when topics were last named
	// of a kept run, by text, until the survey reaches the texts
	kept   map[int32][]journal.Mention
	result *topics.Result // of the current counter and scheme; nil if they have changed
}

// addMentions counts the mentions of a text, whose first row is row. f.mu is held.
func (f *file) addMentions(number int32, row int, windows [][]int32, mentions []aspects.Mention) {
	f.texts.at(int(number)).read, f.textTopics.any = true, true
	r, facts := f.result(row), f.rows.at(row).facts()
	if r.Unread != 0 {
		return
	}
	for f.textTopics.fingerprints.len() < f.texts.len() {
		f.textTopics.fingerprints.add(0)
	}
	fingerprint := scorer.Fingerprint(windows)
	*f.textTopics.fingerprints.at(int(number)) = fingerprint
	f.textTopics.counter.Add(topics.Text{Fingerprint: fingerprint, Row: row,
		Sentiment: r.Sentiment, Day: facts.Day, Product: facts.Product}, mentions)
	f.textTopics.result = nil
}

// mentions returns the mentions of row i, nil if its text was not read for topics. f.mu is held.
func (f *file) mentions(i int) []aspects.Mention {
	number := int(f.rows.at(i).text)
	if number < 0 || number >= f.textTopics.fingerprints.len() {
		return nil
	}
	return f.textTopics.counter.Of(*f.textTopics.fingerprints.at(number))
}

// keepMentions appends the model's mentions in a text in the form that a log stores.
func keepMentions(dst []journal.Mention, number int32, joined []byte,
	found []aspects.Mention) []journal.Mention {
	m := journal.Mention{Number: number, Check: journal.Check(joined)}
	none := len(dst)
	for _, one := range found {
		if size := one.End - one.Start; size <= math.MaxUint8 {
			m.Start, m.Size, m.Polarity = uint32(one.Start), uint8(size), uint8(one.Polarity)
			m.Probability = uint8(math.Round(math.MaxUint8 * float64(one.Probability)))
			dst = append(dst, m)
		}
	}
	if len(dst) == none {
		dst = append(dst, m)
	}
	return dst
}

// keptMentions returns the mentions of a text that are stored in a log.
func keptMentions(joined []byte, kept []journal.Mention) (found []aspects.Mention) {
	for _, m := range kept {
		start, end := int(m.Start), int(m.Start)+int(m.Size)
		if m.Size == 0 || end > len(joined) || m.Polarity > uint8(aspects.Neutral) {
			continue
		}
		found = append(found, aspects.Mention{Start: start, End: end,
			Term:        string(bytes.Join(bytes.Fields(joined[start:end]), []byte{' '})),
			Polarity:    aspects.Polarity(m.Polarity),
			Probability: float32(m.Probability) / math.MaxUint8,
			Context:     aspects.ContextOf(joined, start, end)})
	}
	return found
}

// keep adds a mention of a kept run.
func (s *fileTopics) keep(m journal.Mention) {
	if s.kept == nil {
		s.kept = map[int32][]journal.Mention{}
	}
	s.kept[m.Number] = append(s.kept[m.Number], m)
}

// topics returns the topics of the reviews, in the periods of the run's trend. f.mu is held.
func (f *file) topics() *topics.Result {
	if f.textTopics.result == nil {
		r := f.topicsOf(f.aggregate, nil)
		f.textTopics.result = &r
	}
	return f.textTopics.result
}

// topicsOf returns the topics of some rows, in the periods of the trend of t, which counts them;
// nil for all rows. f.mu is held.
func (f *file) topicsOf(t *aggregate, in bitset.Set) topics.Result {
	o := topics.Options{}
	if t != nil {
		_, o.Periods = t.sums.Trend()
		o.Products, _ = t.sums.MostReviewed(findings.MaxProducts)
	}
	if in != nil {
		o.Rows = func(yield func(topics.Text) bool) {
			for i := range f.rows.len() {
				row := f.rows.at(i)
				if !in.Has(i) || row.text < 0 || int(row.text) >= f.textTopics.fingerprints.len() {
					continue
				}
				if !yield(topics.Text{Fingerprint: *f.textTopics.fingerprints.at(int(row.text)),
					Row: i, Day: row.day, Product: int(row.product)}) {
					return
				}
			}
		}
	}
	if in != nil {
		return f.topics().Of(o)
	}
	return f.textTopics.counter.Topics(f.scheme, o)
}

// readTopics names the topics when they are due (see readDrivers), and sends them.
func (w *Worker) readTopics(ctx context.Context, f *file, last bool) {
	f.mu.Lock()
	t := f.aggregate
	n := t.sums.Scored
	due := last || n >= minVoters && float64(n) >= driversGrowth*float64(f.textTopics.named)
	if due {
		f.textTopics.named = n
	}
	f.mu.Unlock()
	if due {
		w.sendTopics(ctx, f)
	}
}

// sendTopics sends the topics of the reviews.
func (w *Worker) sendTopics(ctx context.Context, f *file) {
	f.mu.Lock()
	if !f.textTopics.any {
		f.mu.Unlock()
		return
	}
	r, t := *f.topics(), f.aggregate
	f.mu.Unlock()
	w.send(ctx, message.Event{Name: message.EventTopics, Topics: f.takeTopics(t, r)})
}

// takeTopics stores the topics of an aggregate's rows.
func (f *file) takeTopics(t *aggregate, r topics.Result) *wire.Topics {
	f.mu.Lock()
	names := slices.Clone(f.products)
	f.mu.Unlock()
	out := findings.Topics(r, names, f.quoteWhole)
	t.mu.Lock()
	t.topics = out
	t.mu.Unlock()
	return out
}

// quoteWhole reads a row, and its text as it was read for topics.
func (f *file) quoteWhole(i int) (row wire.Row, whole string, ok bool) {
	f.mu.Lock()
	columns, template := f.columns, f.template()
	f.mu.Unlock()
	rows := f.quote([]int{i}, message.MaxText)
	if len(rows) == 0 {
		return row, "", false
	}
	err := f.readOn(i, 1, func(_ int, fields [][]byte) {
		whole = string(join(nil, template, columns, fields))
	})
	row = rows[0]
	row.Title = "" // the text begins with it
	return row, whole, err == nil
}

// arrange applies the scheme of the page. It returns the remaining work: to send the topics of the
// open file under it.
func (w *Worker) arrange(own message.Scheme) (rest func()) {
	ctx := context.Background()
	scheme := topics.Scheme{Version: own.Version}
	for _, t := range own.Topics {
		scheme.Topics = append(scheme.Topics, topics.Own(t))
	}
	if len(scheme.Topics) > 0 {
		if err := scheme.Check(); err != nil {
			w.send(ctx, message.Event{Name: message.EventProblem, Problem: &message.Problem{
				About: message.AboutTopics, Detail: "Your topics cannot be used: " + err.Error() +
					".",
				WayOut: "The previous topics are still in use."}})
			return func() {}
		}
	}
	w.mu.Lock()
	w.scheme = scheme
	f := w.file
	w.mu.Unlock()
	if f == nil {
		return func() {}
	}
	f.mu.Lock()
	f.scheme, f.textTopics.result = scheme, nil
	f.mu.Unlock()
	return func() { w.arranged(ctx, f) }
}

// arranged sends the topics of f under a new scheme, if they were sent before.
func (w *Worker) arranged(ctx context.Context, f *file) {
	f.mu.Lock()
	t, ended := f.aggregate, f.ended
	f.mu.Unlock()
	if t == nil {
		return
	}
	t.mu.Lock()
	found := t.topics != nil
	t.mu.Unlock()
	if !found {
		return
	}
	w.sendTopics(ctx, f)
	f.mu.Lock()
	v := f.view // the page may have requested another meanwhile, with the same rows
	f.mu.Unlock()
	if v != nil {
		w.topicsOfView(ctx, f, v)
	}
	if ended != nil {
		p := *ended
		t.mu.Lock()
		p.Summary.Topics = t.topics
		t.mu.Unlock()
		w.addToHistory(f, p)
	}
}

// mentionsTopic returns a predicate that reports whether the text of a row mentions a topic, with
// the given polarity if any. f.mu is held by the callers of mentionsTopic and of the predicate.
func (f *file) mentionsTopic(topic, polarity string) func(i int) bool {
	mentioning := map[uint64]bool{} // fingerprints
	fingerprints := &f.textTopics.fingerprints
	r := f.topics()
	for at := range r.Topics {
		if r.Topics[at].Name != topic {
			continue
		}
		for m := range r.Mentions(at) {
			if polarity == "" || m.Polarity.String() == polarity {
				mentioning[*fingerprints.at(int(f.rows.at(m.Row).text))] = true
			}
		}
	}
	return func(i int) bool {
		t := int(f.rows.at(i).text)
		return t >= 0 && t < fingerprints.len() && mentioning[*fingerprints.at(t)]
	}
}

// shownMentions returns the positions in a row's title and text, as shown, that mention a topic.
func (f *file) shownMentions(i int, fields [][]byte,
	shown message.Row) (out []message.TopicMention) {
	f.mu.Lock()
	defer f.mu.Unlock()
	mentions := f.mentions(i)
	if len(mentions) == 0 {
		return nil
	}
	joined := join(nil, f.template(), f.columns, fields)
	r := f.topics()
	title, hasTitle := placeOf(shown.Title, joined, bytes.Index)
	body, hasBody := placeOf(shown.Text, joined, bytes.LastIndex)
	for _, m := range mentions {
		topic := r.Topic(m)
		if topic < 0 {
			continue
		}
		s := message.TopicMention{Polarity: m.Polarity.String(), Topic: r.Topics[topic].Name}
		switch {
		case hasBody && m.Start >= body && m.End <= body+len(shown.Text):
			s.From, s.To = m.Start-body, m.End-body
		case hasTitle && m.Start >= title && m.End <= title+len(shown.Title):
			s.From, s.To, s.Title = m.Start-title, m.End-title, true
		default:
			continue // beyond what is shown
		}
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b message.TopicMention) int {
		if a.Title != b.Title {
			if a.Title {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.From, b.From)
	})
	return out
}

// placeOf returns the position of part, as shown, in the text; ok is false if it is not in it. What
// is shown may be cut, and may have white space around it that the text lacks.
func placeOf(part string, joined []byte, find func(s, sep []byte) int) (at int, ok bool) {
	bare := bytes.TrimSpace([]byte(part))
	if len(bare) == 0 {
		return 0, false
	}
	at = find(joined, bare)
	return at - strings.Index(part, string(bare)), at >= 0
}

// mentions returns the mentions in the texts of a job, if they were requested, and also in the form
// that a log stores.
func (a *attempt) mentions(j *job, answers []scorer.Answer) (found [][]aspects.Mention,
	keep []journal.Mention) {
	found = make([][]aspects.Mention, len(j.texts))
	for k, number := range j.texts {
		if answers[k].Read && answers[k].Err == "" {
			named := a.e.Mentions(j.words[k], j.windows[k], answers[k].Spans)
			keep = keepMentions(keep, number, j.words[k], named)
			found[k] = a.lexicon.Add(j.words[k], named)
		}
	}
	return found, keep
}
