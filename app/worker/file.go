package worker

import (
	"bytes"
	"context"
	"errors"
	"hash/maphash"
	"io"
	"iter"
	"maps"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"reviewlens/api/wire"
	"reviewlens/app/journal"
	"reviewlens/app/message"
	"reviewlens/app/worker/scorer"
	"reviewlens/reviews"
	"reviewlens/reviews/findings"
	apireading "reviewlens/reviews/reading"
	"reviewlens/reviews/table"
	"reviewlens/reviews/text"
	"reviewlens/reviews/topics"
)

// file is the open file and its state. The survey fills rows and texts; after that only the scores
// of texts change.
type file struct {
	name   string
	source Source
	from   origin
	seed   maphash.Seed

	runs sync.WaitGroup // that have not ended

	mu           sync.Mutex
	dialect      table.Dialect
	encoding     string // chosen by the reader; "" for none
	columns      table.Columns
	reading      *table.Reading
	text         string // label of the text that is analysed, if the file has several
	group        string // journal.Head.Group of the runs of its texts
	choices      []message.Choice
	analysed     []message.Analysed
	cells        message.CellSettings
	rows         list[row]
	products     []string // named in the file; the last may stand for all further ones
	texts        list[textState]
	failures     map[int32]string // text -> reason why it has no score
	count        message.Count
	perText      float64 // mean tokens of a text; 0 until the model is loaded
	price        float64 // of 1,000 tokens, in US dollars
	checkedTexts int     // texts whose language was checked
	unread       map[uint8]int
	surveyed     bool
	engine       *scorer.Model // the model that gave the scores; nil before the first
	model        string        // its id
	aggregate    *aggregate
	filters      []message.Filter // of the last requested view
	view         *view            // that view, once its rows are searched; nil for all rows
	log          *journal.Log     // of the run, if it is kept
	unkept       bool             // there is no log, or it can take no more
	restored     *restored        // of a kept run
	join         string           // of a kept run

	textTopics fileTopics
	scheme     topics.Scheme     // of the page
	ended      *message.Progress // of a run that has ended; it is in the history

	groups      *groups               // by the last requested column
	others      map[int]*groups       // by columns that filters on other values need
	corrections map[int32]*correction // by text
	// of a kept run or a previous reading, until the survey reaches the texts
	savedCorrections map[int32]journal.Correction
}

// row is one record of the file, in 16 bytes.
type row struct {
	low     uint32 // of its offset
	high    uint16
	stars   uint16 // in thousandths
	text    int32  // number of its text, or one of the two below
	day     reviews.Day
	product uint16 // number of its product, from 1; 0 for none
}

func newRow(offset int64, text int32, stars float64, day reviews.Day, product uint16) row {
	return row{low: uint32(offset), high: uint16(offset >> 32),
		stars: uint16(math.Round(1000 * stars)), text: text, day: day, product: product}
}

func (r row) offset() int64 { return int64(r.high)<<32 | int64(r.low) }

// facts returns the row's data other than its text.
func (r row) facts() reviews.Facts {
	return reviews.Facts{Stars: float64(r.stars) / 1000, Day: r.day, Product: int(r.product)}
}

const (
	emptyText     int32 = -1 // nothing to score
	unreadableRow int32 = -2 // over 16 MB, too many fields, or not a JSON object
)

// textState is one of the distinct texts of the file.
type textState struct {
	positive float32
	windows  uint16
	stars    reviews.PackedStars // 0 if the model predicts none
	state    state
	unread   text.UnreadReason
	read     bool // for topics
}

type state uint8

const (
	unscored state = iota
	failed
	blank // it has no tokens to score, only white space or control characters
	scored
	scoredCut // scored, but only its first windows
)

// result returns what is written and counted for row i. f.mu is held.
func (f *file) result(i int) reviews.Result {
	number := f.rows.at(i).text
	switch number {
	case emptyText:
		return reviews.Result{}
	case unreadableRow:
		if f.dialect.Keys != nil {
			return reviews.Result{Err: "This line is no JSON object, or larger than 16 MB."}
		}
		return reviews.Result{Err: "This row is larger than 16 MB, or has more than 10,000 fields."}
	}
	t := *f.texts.at(int(number))
	switch t.state {
	case failed:
		return reviews.Result{Err: f.failures[number]}
	case unscored:
		return reviews.Result{Err: "Not scored yet."}
	case blank:
		return reviews.Result{}
	}
	p := float64(t.positive)
	result := reviews.Result{
		Score:   reviews.Score{Positive: p, Sentiment: f.engine.Rule.Name(p)},
		Windows: int(t.windows),
		Cut:     t.state == scoredCut,
	}
	result.Stars, result.Mixed, _ = t.stars.Unpack()
	if u := f.engine.Unread(t.unread); u != text.Readable {
		result.Sentiment, result.Unread = reviews.Unsure, uint8(u)
	}
	return result
}

func newFile(name string, source Source) *file {
	return &file{name: name, source: source, seed: maphash.MakeSeed(), restored: new(restored),
		group: newID()}
}

// origin is the source of a file.
type origin struct {
	parts  []Part // the sheets of a workbook
	sheet  int    // index of the one that is read
	notes  []string
	doubts []string
	utf8   bool // it was rewritten in UTF-8, whatever the encoding of its source
}

// at reports whether there is a sheet i.
func (o origin) at(i int) bool { return i >= 0 && i < len(o.parts) }

// openSheet opens a sheet of a workbook; -1 selects the one that holds reviews.
func (w *Worker) openSheet(ctx context.Context, name string, sheets []Part, chosen int) {
	from := origin{parts: sheets, sheet: chosen, utf8: true}
	if chosen < 0 {
		from.sheet = 0
		var choice table.Sheets
		for _, s := range sheets {
			head := make([]byte, min(s.Size(), table.SniffBytes))
			n, err := s.ReadAt(head, 0)
			if err != nil && err != io.EOF {
				p := unreadable(name, err)
				w.send(ctx, message.Event{Name: message.EventProblem, Problem: p})
				return
			}
			choice.Add(s.Name, head[:n], int64(n) == s.Size())
		}
		for i, s := range sheets {
			if s.Name == choice.Best {
				from.sheet = i
			}
		}
		if note := choice.Note(); note != "" {
			from.notes = append(from.notes, note)
		}
		if doubt := choice.Doubt(); doubt != "" {
			from.doubts = append(from.doubts, doubt)
		}
	}
	w.openFrom(ctx, name, sheets[from.sheet], from)
}

// open guesses the file's dialect and shows its first rows, then reads it all once.
func (w *Worker) open(ctx context.Context, name string, source Source) {
	w.openFrom(ctx, name, source, origin{})
}

func (w *Worker) openFrom(ctx context.Context, name string, source Source, from origin) {
	sample := make([]byte, min(source.Size(), table.SniffBytes))
	if _, err := source.ReadAt(sample, 0); err != nil && err != io.EOF {
		w.send(ctx, message.Event{Name: message.EventProblem, Problem: unreadable(name, err)})
		return
	}
	whole := int64(len(sample)) == source.Size()
	switch form := table.DetectForm(name, sample); form {
	case table.Gzip, table.Workbook:
		packing, inside := packed(name, form)
		parts, err := w.Unpack(packing, source)
		if err == nil && len(parts) == 0 {
			err = errors.New("it has no sheets")
		}
		if err != nil {
			problem := message.Problem{About: message.AboutFile,
				Detail: name + " cannot be unpacked: " + err.Error() + ".",
				WayOut: "It may be damaged. Unpack it, or save the sheet as CSV, and drop that."}
			if errors.Is(err, ErrNotLoaded) {
				problem.WayOut = "Try it again when there is a network, or save the sheet as " +
					"CSV, and drop that."
			}
			w.send(ctx, message.Event{Name: message.EventProblem, Problem: &problem})
			return
		}
		if len(parts) > 1 {
			w.openSheet(ctx, inside, parts, -1)
			return
		}
		from.utf8 = packing == Workbook
		w.openFrom(ctx, inside, parts[0], from)
		return
	case table.JSONDocument, table.DrawnTable:
		lines, records, err := rewritten(ctx, source, maxDocument)
		if err != nil {
			w.send(ctx, message.Event{Name: message.EventProblem, Problem: unreadable(name, err)})
			return
		}
		source = lines
		if sample, whole, err = table.Sample(lines, lines.Size()); err != nil {
			w.send(ctx, message.Event{Name: message.EventProblem, Problem: unreadable(name, err)})
			return
		}
		from.notes = append(from.notes, records.String())
		from.utf8 = from.utf8 || records.Decoded
	default:
		if refusal := form.Refusal(name); refusal != "" {
			err := &table.Error{Detail: refusal}
			w.send(ctx, message.Event{Name: message.EventProblem, Problem: unreadable(name, err)})
			return
		}
	}
	f := newFile(name, source)
	f.from = from
	dialect, err := table.Sniff(sample, whole)
	if err != nil {
		w.send(ctx, message.Event{Name: message.EventProblem, Problem: unreadable(name, err)})
		return
	}
	if f.dialect, err = table.Tail(ctx, source, source.Size(), dialect); err != nil {
		w.send(ctx, message.Event{Name: message.EventProblem, Problem: unreadable(name, err)})
		return
	}
	w.mu.Lock()
	if ctx.Err() == nil { // not already replaced by a later file
		w.file = f
	}
	w.mu.Unlock()
	w.interpret(ctx, f, nil, nil, nil)
}

// packed returns how to unpack a form, and the name of the file inside.
func packed(name string, form table.Form) (p Packing, inside string) {
	base := strings.TrimSuffix(name, path.Ext(name))
	if form == table.Workbook {
		return Workbook, base + ".csv"
	}
	return Gzip, base
}

// maxDocument bounds the JSON lines that a document is converted to: they stay in memory.
const maxDocument = 256 << 20

// rewritten converts a JSON document to JSON lines, up to most bytes.
func rewritten(ctx context.Context, source Source, most int) (Source, table.Records, error) {
	out := &bounded{most: most}
	records, err := table.WriteDocument(ctx, out, source, source.Size(), "")
	if err != nil {
		return nil, records, err
	}
	return bytes.NewReader(out.Bytes()), records, nil
}

// bounded is a buffer that holds up to most bytes.
type bounded struct {
	bytes.Buffer
	most int
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > b.most {
		return 0, &table.Error{Detail: "The records of this JSON document have more than " +
			strconv.Itoa(b.most>>20) +
			" MB, which is more than a page holds. Write one object a line: jq -c '.[]' " +
			"reviews.json > reviews.jsonl"}
	}
	return b.Buffer.Write(p)
}

// reopened returns a fresh file for the same source and dialect. A run of the previous reading may
// still be ending on the old one.
func (f *file) reopened() *file {
	f.mu.Lock()
	defer f.mu.Unlock()
	next := newFile(f.name, f.source)
	next.dialect, next.cells, next.from, next.group = f.dialect, f.cells, f.from, f.group
	next.encoding = f.encoding
	return next
}

// interpret reads f with the given settings.
func (w *Worker) interpret(
	ctx context.Context, f *file, d *message.Dialect, c *message.Columns,
	cells *message.CellSettings,
) {
	f.mu.Lock()
	if cells != nil {
		f.cells = *cells
	}
	options := table.Options{
		Columns: (*table.Columns)(c), Order: table.Order(f.cells.Order), StarsOf: f.cells.StarsOf,
	}
	f.mu.Unlock()

	reading, err := f.openAs(ctx, d, options)
	if err != nil {
		w.send(ctx, message.Event{Name: message.EventProblem, Problem: unreadable(f.name, err)})
		return
	}
	preview := f.preview(reading)
	f.mu.Lock()
	f.reading = reading
	f.columns = reading.Columns
	f.text, f.choices = preview.Choice().Label, preview.Choices
	f.mu.Unlock()
	w.send(ctx, message.Event{Name: message.EventPreview, Preview: preview})
	w.sendPendingRun(ctx)
	w.survey(ctx, f)
}

// openAs opens f with dialect d, nil for the current one. If d begins the table on another line or
// separates fields differently, the width and end in d are those of the previous table, and are
// detected again.
func (f *file) openAs(ctx context.Context, d *message.Dialect, options table.Options) (
	*table.Reading, error) {
	f.mu.Lock()
	was := f.dialect
	f.mu.Unlock()
	dialect := was
	if d != nil {
		dialect = dialectOf(*d)
		if f.from.utf8 {
			dialect.Encoding = was.Encoding
		}
		if dialect.Delimiter != was.Delimiter {
			dialect.Tables = 0
		}
		if dialect.Preamble != was.Preamble || dialect.Delimiter != was.Delimiter ||
			dialect.Quoted != was.Quoted || dialect.DoubleEncoded != was.DoubleEncoded {
			var err error
			if dialect, err = table.Below(ctx, f.source, f.source.Size(), dialect); err != nil {
				return nil, err
			}
		}
		f.mu.Lock()
		if f.dialect = dialect; dialect.Encoding != was.Encoding {
			f.encoding = dialect.Encoding
		}
		f.mu.Unlock()
	}
	f.mu.Lock()
	options.Dialect, options.Encoding = &dialect, f.encoding
	f.mu.Unlock()
	return table.Open(ctx, f.source, f.source.Size(), options)
}

// unreadable returns the problem that a file cannot be opened, naming the kinds of file that can.
func unreadable(name string, err error) *message.Problem {
	return &message.Problem{
		About: message.AboutFile, Detail: name + " cannot be read: " + err.Error(),
		WayOut: "Drop a CSV, TSV, XLSX or JSON file, as spreadsheets and shops export them.",
	}
}

// preview returns the first rows of a reading.
func (f *file) preview(r *table.Reading) *message.Preview {
	p := &message.Preview{
		File:       f.name,
		Bytes:      f.source.Size(),
		Dialect:    f.shape(),
		Width:      len(r.Header),
		Rows:       [][]string{},
		Groups:     groupable(r.Head),
		Columns:    message.Columns(r.Columns),
		Confidence: message.Confidence(r.Confidence),
		Sentence:   r.Sentence(),
		Cells:      message.CellSettings{Order: message.MonthFirst, StarsOf: starsOf(r.Scale)},
	}
	p.Notes = f.from.notes
	for _, detail := range f.from.doubts {
		p.Doubts = append(p.Doubts, wire.Doubt{Detail: detail})
	}
	for _, sheet := range f.from.parts {
		p.Sheets = append(p.Sheets, reviews.Clip([]byte(sheet.Name), message.MaxCell))
	}
	p.Sheet, p.UTF8 = f.from.sheet, f.from.utf8
	p.OtherPreamble = r.OtherTable()
	p.Reading = apireading.Of(r, nil)
	p.Choices, p.Analysed = f.choices, f.analysed
	if p.Choices == nil {
		p.Choices = choicesOf(r)
	}
	survey := p.IsSurvey()
	for _, doubt := range p.Reading.Doubts {
		if doubt.Parameter != "text" || !survey {
			doubt.Detail = table.Brief(doubt.Detail)
			p.Doubts = append(p.Doubts, doubt)
		}
	}
	switch {
	case r.Dates.YearFirst:
		p.Cells.Order = 0
	case r.Dates.DayFirst:
		p.Cells.Order = message.DayFirst
	}
	for _, q := range r.Questions() {
		if c := q.Options[1].Columns; survey && c != nil && c.Text != r.Columns.Text {
			continue // the choice of the text covers it, with all texts
		}
		question := message.Question{Doubt: q.Doubt, Ask: q.Ask}
		var labels []string
		for i, o := range q.Options {
			if o.Columns != nil {
				o.Label = uniqueName(o.Label, o.Columns.Text, labels)
			}
			labels = append(labels, o.Label)
			question.Options[i] = message.Option{
				Label: o.Label, Order: int8(o.Order), Columns: (*message.Columns)(o.Columns),
				Rows: o.Rows,
			}
		}
		p.Questions = append(p.Questions, question)
	}
	for _, row := range r.Head {
		p.Width = max(p.Width, len(row))
		if len(p.Rows) == message.PreviewRows {
			continue
		}
		var shown []string
		for _, cell := range row[:min(len(row), message.MaxColumns)] {
			shown = append(shown, reviews.Clip([]byte(cell), message.MaxCell))
		}
		p.Rows = append(p.Rows, shown)
	}
	p.Header = columnNames(r.Header, min(p.Width, message.MaxColumns))
	return p
}

// columnNames returns the page's names of the first n columns: the header's, "Column 1" where it
// has none, and no two alike.
func columnNames(header []string, n int) (names []string) {
	for i := range n {
		name := "Column " + strconv.Itoa(i+1)
		if i < len(header) && strings.TrimSpace(header[i]) != "" {
			name = reviews.Clip([]byte(header[i]), message.MaxCell)
		}
		names = append(names, uniqueName(name, i, names))
	}
	return names
}

// uniqueName makes a column name unique by adding its number, since the page identifies columns and
// texts by name.
func uniqueName(name string, column int, others []string) string {
	for slices.Contains(others, name) {
		name += " (column " + strconv.Itoa(column+1) + ")"
	}
	return name
}

// delimiter returns the delimiter of d, "" if a line is one field.
func delimiter(d table.Dialect) string {
	if d.Delimiter == 0 {
		return ""
	}
	return string(rune(d.Delimiter))
}

// records returns the rows of f as d reads it (without the records left out), until ctx ends. The
// event loop runs between them. An error, of ctx or of reading the file, is the last element.
func (w *Worker) records(ctx context.Context, f *file, d table.Dialect) iter.Seq2[table.Record,
	error] {
	return func(yield func(table.Record, error) bool) {
		r := table.NewReader(io.NewSectionReader(f.source, 0, f.source.Size()), d)
		for {
			record, err := r.Read()
			if err == io.EOF {
				return
			}
			if err == nil {
				err = w.yield(ctx)
			}
			if err == nil && record.LeftOut != "" {
				continue
			}
			if !yield(record, err) || err != nil {
				return
			}
		}
	}
}

// estimateTokens tokenizes the first texts to estimate the amount of work.
func (w *Worker) estimateTokens(ctx context.Context, f *file) error {
	const enough = 2000 // the mean of reviews is then within 5%
	e, err := w.scorer.Model(ctx)
	if err != nil {
		return err
	}
	f.mu.Lock()
	d, columns := f.dialect, f.columns
	f.mu.Unlock()
	var known index
	var joined []byte
	tokens := 0
	unread := map[uint8]int{}
	for record, err := range w.records(ctx, f, d) {
		if err != nil || known.hashes.len() == enough {
			break // the survey reports what is wrong with the file
		}
		joined = join(joined[:0], e.Join, columns, record.Fields)
		if len(joined) == 0 {
			continue
		}
		if _, repeats := known.number(maphash.Bytes(f.seed, joined)); !repeats {
			windows, _ := e.Encode(joined)
			tokens += scorer.Tokens(windows)
			if u := e.Unread(scorer.Readability(joined)); u != text.Readable {
				unread[uint8(u)]++
			}
		}
	}
	f.mu.Lock()
	f.checkedTexts, f.unread = known.hashes.len(), unread
	f.perText, f.price = float64(tokens)/float64(max(1, known.hashes.len())), e.Price
	f.mu.Unlock()
	return nil
}

// template returns how the model of the scores joins a title and a text. f.mu is held.
func (f *file) template() string {
	switch {
	case f.engine != nil:
		return f.engine.Join
	case f.join != "":
		return f.join
	}
	return "{title}. {text}"
}

// survey reads the whole file once: row offsets, equal texts, repairs. It does not wait for the
// server: without one it still counts the rows, and the run reports the problem.
func (w *Worker) survey(ctx context.Context, f *file) {
	gauged := make(chan error, 1)
	go func() { gauged <- w.estimateTokens(ctx, f) }()
	e := w.scorer.TryModel(ctx)
	s := &survey{f: f, corrections: map[int32]*correction{}}
	f.mu.Lock()
	dialect := f.dialect
	s.columns, s.reading, s.template = f.columns, f.reading, f.template()
	if e != nil && f.join == "" {
		s.template = e.Join
	}
	f.mu.Unlock()
	progress := newPacer()
	for record, err := range w.records(ctx, f, dialect) {
		if err != nil {
			w.send(ctx, message.Event{Name: message.EventProblem, Problem: changed(f.name, err)})
			return
		}
		s.add(record)
		if progress.due() {
			w.sendCount(ctx, s)
		}
	}
	s.finish()
	if e == nil {
		w.sendCount(ctx, s)
	}
	go w.sendEstimates(ctx, s, gauged)
}

// sendEstimates completes the counts of a survey once the model is known and the speed measured.
func (w *Worker) sendEstimates(ctx context.Context, s *survey, gauged <-chan error) {
	err := <-gauged
	w.sendCount(ctx, s)
	if err != nil {
		w.send(ctx, message.Event{Name: message.EventProblem,
			Problem: scorer.Problem(message.AboutRun, err)})
		return
	}
	// The speed arrives after a small file has been read; how long after depends on the server.
	w.mu.Lock()
	warmed := w.warmed
	w.mu.Unlock()
	select {
	case <-warmed:
		w.sendCount(ctx, s)
	case <-ctx.Done():
	}
}

// survey is the state of Worker.survey.
type survey struct {
	f        *file
	columns  table.Columns
	reading  *table.Reading
	template string // of a title and a text

	rows        list[row]
	texts       list[textState]
	products    reviews.Products
	known       index
	corrections map[int32]*correction // by the number of the text
	count       message.Count
	unclear     table.Findings
	joined      []byte
}

// add counts the next record.
func (s *survey) add(record table.Record) {
	if record.Repaired != "" {
		s.count.Repaired++
		if len(s.count.Repairs) < 20 {
			s.count.Repairs = append(s.count.Repairs,
				message.Repair{Row: record.Index + 1, Line: record.Line, What: record.Repaired})
		}
	}
	number := s.number(record)
	if c := s.corrections[number]; c != nil {
		c.rows++
	}
	stars, day := s.unclear.AddFacts(s.reading, record)
	s.rows.add(newRow(record.Offset, number, stars, day,
		s.products.Number(table.Cell(record.Fields, s.columns.Product))))
	s.count.Rows, s.count.Distinct = s.rows.len(), s.texts.len()
}

// number returns the number of a record's text, a new one if no previous record has the same text.
func (s *survey) number(record table.Record) int32 {
	if record.Err != nil {
		s.count.Unreadable++
		return unreadableRow
	}
	s.joined = join(s.joined[:0], s.template, s.columns, record.Fields)
	if len(s.joined) == 0 {
		s.count.Empty++
		return emptyText
	}
	number, repeats := s.known.number(maphash.Bytes(s.f.seed, s.joined))
	if !repeats {
		s.texts.add(s.f.restored.text(number, s.joined))
		if c := s.f.savedCorrection(number, s.rows.len(), s.joined); c != nil {
			s.corrections[number] = c
		}
	}
	return number
}

// finish stores everything found in the file.
func (s *survey) finish() {
	f := s.f
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rows, f.texts, f.products = s.rows, s.texts, s.products.Names
	f.failures = map[int32]string{}
	f.restored = new(restored)
	f.corrections = s.corrections
	maps.DeleteFunc(f.savedCorrections, func(number int32, _ journal.Correction) bool {
		return s.corrections[number] != nil
	})
	f.surveyed = true
	s.count.Done = true
}

// sendCount sends the counts of a survey, and the estimated cost of a run.
func (w *Worker) sendCount(ctx context.Context, s *survey) {
	c, f := s.count, s.f
	c.Repairs = append([]message.Repair{}, c.Repairs...)
	c.Doubts, c.RepairNote = s.unclear.Doubts(), s.unclear.Repairs()
	w.mu.Lock()
	speed := w.tokensPerSecond
	w.mu.Unlock()
	f.mu.Lock()
	c.Tokens = int(f.perText * float64(c.Distinct))
	c.Price = f.price * float64(c.Tokens) / 1000
	if speed > 0 {
		c.Seconds = float64(c.Tokens) / speed
	}
	c.Looked = f.checkedTexts
	c.NoWords, c.Languages = findings.Languages(f.unread)
	c.Unread = c.NoWords
	for _, l := range c.Languages {
		c.Unread += l.Rows
	}
	f.count = c
	f.mu.Unlock()
	w.send(ctx, message.Event{Name: message.EventCount, Count: &c})
}

// changed returns the problem that a file could not be read to its end.
func changed(name string, err error) *message.Problem {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return &message.Problem{
		About:  message.AboutFile,
		Detail: "Reading " + name + " failed: " + err.Error(),
		WayOut: "It may have been moved or changed. Choose it again.",
	}
}

// join builds the text of a row that is scored; its title and its text are joined as the model was
// trained to read them.
func join(dst []byte, template string, c table.Columns, fields [][]byte) []byte {
	return text.Clean(bytes.TrimSpace(c.Join(dst, template, fields)))
}

// starsOf returns a scale in the form of table.Options.StarsOf.
func starsOf(s reviews.Scale) float64 {
	if s.Grades {
		return -s.Best()
	}
	return s.Best()
}
