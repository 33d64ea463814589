package table

import "bytes"

// If a quote is not closed properly, its extent is ambiguous. Three readings of the record compete:
// with all its quotes (scan), to the end of its line (scan, lineOnly), and to the end of its line
// with well-formed quotes only (scanStrict). The first with the expected number of fields wins,
// unless its quotes swallow other rows.

// wantFields returns the number of fields a record should have; 0 before the first, if it is
// unknown.
func (s *scanner) wantFields() int {
	if s.expected > 0 {
		return s.expected
	}
	return s.width
}

// isRepaired reports whether the record is not read as written.
func (s *scanner) isRepaired() bool {
	return s.unterminatedQuote || s.bareQuote || s.textQuote || s.lostDelimiter || s.merged > 0
}

// discardFast discards the result of a fast reading, so that scan reads the record again.
func (s *scanner) discardFast() {
	s.fast = max(s.fast, s.pos+s.size+1)
	s.work += int64(s.size)
	s.again = s.size
	s.recordState, s.recordEnds = recordState{}, 0
}

// noteReread notes that a record was read again. If it now ends elsewhere, the index is invalid,
// and not rebuilt before its end, so that work stays linear.
func (s *scanner) noteReread() {
	if canIndex && s.index != nil && s.size != s.again {
		s.fast = max(s.fast, s.index.end())
		s.index.drop()
	}
	s.again = 0
}

// isAcceptable reports whether the result of a fast reading can be accepted: it swallows no rows,
// and it has the expected number of fields or contains no quote that could be the cause.
func (s *scanner) isAcceptable() bool {
	if s.recordState.lines && s.swallowsRows() {
		return false
	}
	return s.wrongFields == 0 || s.wrongFields == s.wantFields() || !s.quoted ||
		bytes.IndexByte(s.buf[s.pos:s.pos+s.size], s.quote) < 0
}

// swallowsRows reports whether a well-formed record found by a fast reading swallows rows. Most
// records lack the necessary line ends and delimiters.
func (s *scanner) swallowsRows() bool {
	s.recordEnds = s.lineEnds()
	rows, separators := s.recordEnds-min(s.eol, 1), s.wantFields()-1
	if rows == 0 || separators < 1 || !s.quoted {
		return false
	}
	need := s.minDelimiters(false)
	if rows = min(rows, maxSwallowed); rows*separators < need {
		return false
	}
	if canIndex && s.indexed && s.indexedDelimiters() < separators+max(separators, need) {
		return false
	}
	b := s.buf[s.pos : s.pos+s.size]
	if s.firstEnd >= 0 { // second lines are mostly text: no delimiters, or blanks after them
		at := s.firstEnd + 1
		for at < len(b) && (b[at] == '\n' || b[at] == '\r') {
			at++
		}
		next := indexSpecial(b[at:], s.delimiter)
		if next < 0 || b[at+next] != s.delimiter {
			return false
		}
		if s.prose() && at+next+1 < len(b) && b[at+next+1] == ' ' && b[at] != s.quote {
			return false
		}
	}
	return s.swallows(s.size, false)
}

// prose reports whether the delimiter is also a punctuation mark in texts (there followed by a
// space).
func (s *scanner) prose() bool { return (s.delimiter == ',' || s.delimiter == ';') && !s.spaced }

// countedEnds is lineEnds, computed once a record.
func (s *scanner) countedEnds() int {
	if n := s.recordEnds; n > 0 {
		s.recordEnds = 0
		return n
	}
	return s.lineEnds()
}

// scanLine reads the line at pos as a record. s.open then describes the unclosed field of the
// reading with lineOnly.
func (s *scanner) scanLine() outcome {
	out := s.scan(true)
	if out == whole {
		s.repairLine()
	}
	return out
}

// repairLine rereads the single-line record that scan found, which has malformed quotes, if that
// gives the right number of fields.
func (s *scanner) repairLine() {
	want := s.wantFields()
	if s.n == want || want == 0 || s.n > MaxColumns || !s.quoted {
		return
	}
	b := s.buf[s.pos : s.pos+s.size]
	if bytes.IndexByte(b, s.quote) < 0 {
		return
	}
	found, open := s.recordState, s.open
	if (s.bareQuote || s.unterminatedQuote) && (s.scanStrict() || s.scanUndoubled()) ||
		!found.unterminatedQuote && s.scanLostDelimiter() {
		s.open = open
		return
	}
	s.scan(true)
	s.open, s.recordState = open, found
}

// scanLostDelimiter finds the fields of the line at pos, one of which lacks the delimiter next to a
// quoted field: 5"Great, I like it" or "a title""and a text". It reports whether the record then
// has the right number of fields.
func (s *scanner) scanLostDelimiter() bool {
	s.fields, s.n = s.fields[:0], 0
	lost, pairs, pairField, pairAt := 0, 0, 0, 0 // a pair of quotes between two texts, 0 for none
	for i := 0; ; i++ {
		i = s.begin(i)
		from := i
		if !s.need(i) || s.at(i) != s.quote {
			var ok bool
			if i, ok = s.textEnd(i); !ok {
				return false
			}
			at := bytes.IndexByte(s.buf[s.pos+from:s.pos+i], s.quote)
			if at < 0 || lost > 0 {
				s.add(span{from: int32(from), to: int32(i)})
				if s.endRecord(i) {
					break
				}
				continue
			}
			lost++
			i = from + at
			s.add(span{from: int32(from), to: int32(i)})
		}
		f, end, ok := s.strictField(i)
		if !ok {
			return false
		}
		for at := int(f.from) + 1; f.doubled && at+2 < int(f.to); at++ {
			if s.at(at) == s.quote {
				if s.at(at+1) == s.quote {
					pairs++
					if endsText(s.at(at-1)) && isLetter(s.at(at+2)) {
						pairField, pairAt = s.n, at
					}
				}
				at++
			}
		}
		s.doubled = s.doubled || f.doubled
		s.add(f)
		if s.endRecord(end) {
			break
		}
		i = end
	}
	want := s.wantFields()
	if lost == 0 && pairs == 1 && pairAt > 0 && s.n == want-1 && s.n < MaxColumns {
		f, before := s.fields[pairField], s.fields[pairField]
		before.to, f.from = int32(pairAt), int32(pairAt+2)
		s.fields[pairField] = before
		s.fields = append(s.fields, f)
		copy(s.fields[pairField+2:], s.fields[pairField+1:])
		s.fields[pairField+1] = f
		s.n, lost = s.n+1, 1
	}
	if s.n != want || lost != 1 {
		return false
	}
	s.bareQuote, s.lostDelimiter = false, true
	return true
}

// endsText reports whether c may be the last byte of a text. Digits are excluded: a quote after one
// means inches.
func endsText(c byte) bool { return isLetter(c) || c > ' ' && c < 0x7f && (c < '0' || c > '9') }

// isLetter reports whether c is an ASCII letter or a non-ASCII byte.
func isLetter(c byte) bool { return c|' ' >= 'a' && c|' ' <= 'z' || c >= 0x80 }

// scanStrict finds the fields of the line at pos, reading fields whose opening quote is not closed
// properly as text. It reports whether the record has the right number of fields.
func (s *scanner) scanStrict() bool {
	if !s.scanQuotes(s.strictField) {
		return false
	}
	s.unterminatedQuote, s.textQuote = false, true
	return true
}

// scanUndoubled is like scanStrict, for quotes that are not doubled: the last one before a
// delimiter closes.
func (s *scanner) scanUndoubled() bool {
	if !s.scanQuotes(s.lenientField) {
		return false
	}
	s.unterminatedQuote, s.bareQuote = false, true
	return true
}

// scanQuotes finds the fields of the line at pos, using closed to read quoted fields. It reports
// whether the record has the right number of fields.
func (s *scanner) scanQuotes(closed func(from int) (f span, end int, ok bool)) bool {
	s.fields, s.n = s.fields[:0], 0
	hopeless := false // no remaining quote on the line closes a field
	for i := 0; ; i++ {
		i = s.begin(i)
		from := i
		if s.quoted && !hopeless && s.need(i) && s.at(i) == s.quote {
			f, end, ok := closed(i)
			hopeless = end < 0
			if ok {
				s.doubled = s.doubled || f.doubled
				s.add(f)
				if s.endRecord(end) {
					break
				}
				i = end
				continue
			}
		}
		var ok bool
		if i, ok = s.textEnd(i); !ok {
			return false
		}
		s.add(span{from: int32(from), to: int32(i)})
		if s.endRecord(i) {
			break
		}
	}
	return s.n == s.wantFields()
}

// lenientField reads the quoted field that opens at from, up to the first quote before a delimiter
// or the end of the line. end is -1 if there is none.
func (s *scanner) lenientField(from int) (f span, end int, ok bool) {
	f = span{from: int32(from + 1), quoted: true}
	for i := from + 1; s.need(i); i++ {
		s.work++
		switch c := s.at(i); {
		case c == '\n' || c == '\r':
			return f, -1, false
		case c != s.quote:
		case !s.need(i+1) || s.at(i+1) == s.delimiter || s.at(i+1) == '\n' || s.at(i+1) == '\r':
			f.to = int32(i)
			return f, i + 1, true
		}
	}
	return f, -1, false
}

// strictField reads the quoted field that opens at from, if it is closed on its line and all quotes
// inside it are doubled.
func (s *scanner) strictField(from int) (f span, end int, ok bool) {
	stray := s.bareQuote
	f = span{from: int32(from + 1), quoted: true}
	for i := from + 1; s.need(i); {
		c := s.at(i)
		s.work++
		i++
		switch {
		case c == '\n' || c == '\r':
			return f, 0, false
		case c != s.quote || s.isEscaped(int(f.from), i-1):
			continue
		}
		s.bareQuote = false
		end, closes := s.closes(&f, &i)
		ok := closes && !s.bareQuote
		broken := s.bareQuote
		s.bareQuote = stray
		if ok || broken {
			return f, end, ok
		}
	}
	return f, 0, false
}

// Up to maxSwallowed lines of a record are examined. They count as rows if they have enough
// delimiters (minDelimiters): a tab in a text is rare, a comma is not.
const maxSwallowed = 4

// minDelimiters returns that number of delimiters, over all lines but the first; stray means that a
// quote in the record is malformed.
func (s *scanner) minDelimiters(stray bool) int {
	switch {
	case s.spaced || s.delimiter == ' ':
		return 12
	case !s.prose():
		return 2
	case stray:
		return 4
	}
	return 6
}

// swallows reports whether the record of size bytes at pos consists of several rows, the first of
// which has a quote that is closed in a later row: each line by itself has the right number of
// fields.
func (s *scanner) swallows(size int, stray bool) bool {
	want := s.wantFields()
	if want < 2 || !s.quoted {
		return false
	}
	b := s.buf[s.pos : s.pos+size]
	end := bytes.IndexByte(b, '\n')
	if end < 0 && s.cr {
		end = bytes.IndexByte(b, '\r')
	}
	if end < 0 {
		return false
	}
	prose, need := s.prose(), s.minDelimiters(stray)
	first := b[:end]
	for line := 0; line < maxSwallowed; line++ {
		for b = b[end:]; len(b) > 0 && (b[0] == '\n' || b[0] == '\r'); {
			b = b[1:]
		}
		if len(b) == 0 {
			break
		}
		var fields int
		fields, end = s.lineFields(b, want, prose)
		s.work += int64(end)
		if fields != want {
			return false
		}
		need -= want - 1
	}
	if need > 0 {
		return false
	}
	if fields, _ := s.lineFields(first, want, false); fields != want {
		return false
	}
	if stray { // the writer of the file does not double quotes in texts
		return true
	}
	return !s.hasDoubled(size)
}

// hasDoubled reports whether the record of size bytes at pos has a doubled quote. It searches again
// none of what it searched in vain.
func (s *scanner) hasDoubled(size int) bool {
	if s.undoubledFrom <= s.pos && s.pos+size <= s.undoubledTo {
		return false
	}
	at := bytes.Index(s.buf[s.pos:s.pos+size], []byte{s.quote, s.quote})
	if at >= 0 {
		s.work += int64(at)
		return true
	}
	s.work += int64(size)
	s.undoubledFrom, s.undoubledTo = s.pos, s.pos+size
	return false
}

// lineFields counts the fields of the line that b begins with, up to most; end is where it stopped.
// With prose, a delimiter before a blank is punctuation, and the count is 0.
func (s *scanner) lineFields(b []byte, most int, prose bool) (n, end int) {
	unclosed := false
	for i := 0; n < most; i++ { // a field begins at i
		if i < len(b) && b[i] == s.quote && !unclosed {
			at := s.closedAt(b, i)
			if unclosed = at < 0; !unclosed {
				i = at
			}
		}
		at := indexSpecial(b[i:], s.delimiter)
		n++
		if at < 0 {
			return n, len(b)
		}
		if i += at; b[i] != s.delimiter {
			return n, i
		}
		if prose && i+1 < len(b) && b[i+1] == ' ' {
			return 0, i
		}
	}
	return n + 1, min(len(b), most)
}

// closedAt returns where the field that opens with a quote at b[from] ends on its line; -1 if it
// does not.
func (s *scanner) closedAt(b []byte, from int) int {
	for i := from + 1; i < len(b); i++ {
		switch c := b[i]; {
		case c == '\n' || c == '\r':
			return -1
		case c != s.quote:
		case i+1 == len(b) || b[i+1] == s.delimiter || b[i+1] == '\n' || b[i+1] == '\r':
			return i + 1
		case b[i+1] == s.quote:
			i++
		}
	}
	return -1
}

// merge joins the surplus fields into the column of surplus. If that is the last column, empty
// fields after it are padding. A field in quotes ends with them. A surplus column beyond the
// expected ones takes none.
func (s *scanner) merge() {
	if s.surplus > s.expected {
		return
	}
	more := len(s.fields) - s.expected
	filled := false
	for _, f := range s.fields[s.expected:] {
		filled = filled || f.from < f.to
	}
	if s.surplus == s.expected && !filled || s.fields[s.surplus-1].quoted {
		return
	}
	first, last := s.fields[s.surplus-1], s.fields[s.surplus-1+more]
	f := span{from: first.from, to: last.to}
	if last.quoted {
		f.to++
	}
	f.doubled = s.backslash && first.doubled
	s.fields[s.surplus-1] = f
	s.fields = append(s.fields[:s.surplus], s.fields[s.surplus+more:]...)
	s.merged = s.expected + more
}

// begin returns where the field at i begins: after blanks, if they are not part of it.
func (s *scanner) begin(i int) int {
	for s.spaced && s.need(i) && s.at(i) == ' ' {
		i++
	}
	return i
}

// isEscaped reports whether the byte at i is preceded by an odd number of backslashes, in a field
// that begins at from.
func (s *scanner) isEscaped(from, i int) bool {
	if !s.backslash {
		return false
	}
	n := 0
	for i-n > from && s.at(i-n-1) == '\\' {
		n++
	}
	s.work += int64(n)
	return n&1 == 1
}

// appendUnescaped appends the text of a field with doubled quotes or backslash escapes.
func (s *scanner) appendUnescaped(dst, field []byte) []byte {
	switch {
	case s.plain:
		return appendUndoubled(dst, field)
	case s.backslash && string(field) == `\N`: // null in MySQL
		return append(dst, field...)
	}
	for i := 0; i < len(field); i++ {
		c := field[i]
		switch {
		case i+1 == len(field):
		case s.quoted && c == s.quote && field[i+1] == s.quote:
			i++
		case c == '\\' && s.backslash:
			switch next := field[i+1]; next {
			case 'n':
				c = '\n'
			case 't':
				c = '\t'
			case 'r':
				c = '\r'
			case s.quote, s.delimiter, '\\', '"', '\'', '\n', '\r':
				c = next
			default:
				i-- // it is text
			}
			i++
		}
		dst = append(dst, c)
	}
	return dst
}
