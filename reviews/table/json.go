package table

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"reviewlens/reviews"
)

// jsonMembers calls each for the members of a line that is one JSON object (objectIn): strings
// without quotes, null as empty, any other value as written. For any other line it returns false
// without calling each.
func jsonMembers(line []byte, each func(key, value []byte)) bool {
	object, _, ok := objectIn(line)
	if ok {
		eachMember(object, each)
	}
	return ok
}

// objectIn returns the JSON object that a line consists of. An object that is only JSON as printed
// by programs (NaN, single quotes, see jsonParser) is rewritten, and anew is set.
func objectIn(line []byte) (object []byte, anew, ok bool) {
	line = bytes.Trim(line, " \t\r\n")
	if len(line) == 0 || line[0] != '{' {
		return nil, false, false
	}
	if json.Valid(line) {
		return line, false, true
	}
	size := max(16, min(len(line), 64<<10))
	p := &jsonParser{ctx: context.Background(), line: 1, inside: true,
		r: bufio.NewReaderSize(bytes.NewReader(line), size)}
	c, err := p.next()
	if err == nil {
		err = p.value(c)
	}
	if _, end := p.skip(); err != nil || end != io.EOF || !json.Valid(p.record) {
		return nil, false, false
	}
	return p.record, true, true
}

// eachMember is jsonMembers for an object in strict JSON.
func eachMember(object []byte, each func(key, value []byte)) {
	rawMembers(object, func(key, value []byte) { each(key, jsonText(value)) })
}

// jsonCells is jsonMembers that also calls each, after a nested object, for its members, by both
// names joined with a point: review.body. Arrays stay as written. The key is only valid during the
// call.
func jsonCells(line []byte, each func(key, value []byte)) bool {
	return jsonMembers(line, func(key, value []byte) { nestedCells(key, value, 1, each) })
}

func nestedCells(key, value []byte, depth int, each func(key, value []byte)) {
	const deepest = 5
	if inner, ok := wrapped(value); ok {
		value = inner
	}
	each(key, value)
	if depth == deepest || !isObject(value) {
		return
	}
	name := append(bytes.Clone(key), '.')
	eachMember(value, func(inner, value []byte) {
		nestedCells(append(name, inner...), value, depth+1, each)
	})
}

// wrapped returns the value that an object wraps: {"$numberInt": "5"}, {"$oid": "..."} and
// {"$date": ...} of MongoDB's extended JSON, {"N": "5"} of DynamoDB and {"integerValue": "5"} of
// Firestore, {"label": "..."} of Apple's feeds, {"$t": "..."} and {"#text": "..."} of XML converted
// to JSON. Their attributes are dropped.
func wrapped(value []byte) (inner []byte, ok bool) {
	if len(value) < 2 || value[0] != '{' {
		return nil, false
	}
	name := bytes.TrimLeft(value[1:], " \t\r\n")
	if len(name) < 3 || name[0] != '"' || !isWrapper(name[1:]) {
		return nil, false
	}
	if !json.Valid(value) {
		return nil, false
	}
	members, others := 0, false
	eachMember(value, func(key, value []byte) {
		switch members++; {
		case members == 1 || len(key) > 0 && (key[0] == '$' || key[0] == '#'):
			inner = value
		case string(key) != "attributes":
			others = true
		}
	})
	if others || members > 2 {
		return nil, false
	}
	if deeper, ok := wrapped(inner); ok { // {"$date": {"$numberLong": "..."}}
		return deeper, true
	}
	return inner, true
}

// wrappers are the names of members that hold the value of a wrapper object.
var wrappers = []string{`label"`, `S"`, `N"`, `BOOL"`, `stringValue"`, `integerValue"`,
	`doubleValue"`, `timestampValue"`, `booleanValue"`}

// isWrapper reports whether b begins with the name of such a member.
func isWrapper(b []byte) bool {
	if b[0] == '$' || b[0] == '#' {
		return true
	}
	for _, name := range wrappers {
		if string(b[:min(len(name), len(b))]) == name {
			return true
		}
	}
	return false
}

// isObject reports whether a value, as passed by jsonMembers, is an object with members. Its
// members are columns; the object itself is not.
func isObject(value []byte) bool {
	return len(value) > 2 && value[0] == '{' && value[len(value)-1] == '}' && len(bytes.TrimSpace(value[1:len(value)-1])) > 0 && json.Valid(value)
}

// rawMembers calls each for the members of an object, with each value as written. b is an object in
// strict JSON.
func rawMembers(b []byte, each func(key, value []byte)) {
	for i := skipSpace(b, 1); b[i] != '}'; {
		end := skipJSON(b, i)
		key := unquoteJSON(b[i:end])
		i = skipSpace(b, skipSpace(b, end)+1)
		end = skipJSON(b, i)
		each(key, b[i:end])
		if i = skipSpace(b, end); b[i] == ',' {
			i = skipSpace(b, i+1)
		}
	}
}

// rawElements calls each for the elements of an array, as written. b is an array in strict JSON.
func rawElements(b []byte, each func(value []byte)) {
	for i := skipSpace(b, 1); b[i] != ']'; {
		end := skipJSON(b, i)
		each(b[i:end])
		if i = skipSpace(b, end); b[i] == ',' {
			i = skipSpace(b, i+1)
		}
	}
}

// jsonText returns a value as jsonMembers passes it.
func jsonText(value []byte) []byte {
	switch value[0] {
	case '"':
		return unquoteJSON(value)
	case 'n':
		return nil
	}
	return value
}

// skipJSON returns the end of the value that begins at i. b is valid.
func skipJSON(b []byte, i int) int {
	depth := 0
	for {
		switch b[i] {
		case '"':
			for i++; b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ' ', '\t', '\r', '\n', ',', ':':
		default: // a number or a name
			for i+1 < len(b) && bytes.IndexByte([]byte(" \t\r\n,:]}"), b[i+1]) < 0 {
				i++
			}
		}
		i++
		if depth == 0 {
			return i
		}
	}
}

func skipSpace(b []byte, i int) int {
	for b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n' {
		i++
	}
	return i
}

func unquoteJSON(b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 {
		return b[1 : len(b)-1]
	}
	var s string
	if json.Unmarshal(b, &s) != nil {
		return b[1 : len(b)-1]
	}
	return []byte(s)
}

// maxKeys limits the columns of JSON lines.
const maxKeys = 200

// sniffJSON returns the names of all members in the sample, in the order of their first appearance,
// if at least nine in ten lines are objects in strict JSON.
func sniffJSON(sample []byte, whole bool, d Dialect) []string {
	d.Delimiter, d.Quoted, d.Header = 0, false, false
	r := NewReader(bytes.NewReader(sample), d)
	var keys []string
	known := map[string]bool{}
	objects, lines := 0, 0
	for lines < 10*sniffRecords {
		rec, err := r.Read()
		if err != nil || rec.Err != nil {
			break
		}
		if !whole && r.s.srcErr == io.EOF && rec.Offset+rec.Bytes+4 > int64(len(sample)) && lines > 0 {
			break // it may continue beyond the sample
		}
		lines++
		object, anew, ok := objectIn(rec.Fields[0])
		if !ok {
			continue
		}
		if !anew {
			objects++
		}
		jsonCells(object, func(key, value []byte) {
			if len(keys) < maxKeys && !isObject(value) && !known[string(key)] {
				known[string(key)] = true
				keys = append(keys, string(key))
			}
		})
	}
	if lines == 0 || objects*10 < lines*9 {
		return nil
	}
	return keys
}

// appendObject appends a line with the members of the new columns added. A line that is not an
// object once decoded stays as it is. An object that is not strict JSON is rewritten as strict
// JSON.
func (a *annotator) appendObject(dst, line []byte, names *newCells, r reviews.Result) []byte {
	decoded := line
	if !reviews.IsASCII(line) { // a backslash may be the second byte of a character
		a.line, _ = a.decode.append(a.line[:0], line)
		decoded = a.line
	}
	object, anew, ok := objectIn(decoded)
	if !ok {
		return append(dst, line...)
	}
	fits := func(b []byte) []byte { return b }
	if !isUnicode(a.d.Encoding) {
		fits = escapeBeyondASCII
	}
	if anew {
		line = fits(object)
	}
	end := bytes.LastIndexByte(line, '}')
	dst = append(dst, line[:end]...)
	if object[skipSpace(object, 1)] != '}' {
		dst = append(dst, ',')
	}
	return append(append(dst, fits(appendJSONMembers(nil, names, a.columns, r))...), line[end:]...)
}

// escapeBeyondASCII returns b with non-ASCII characters escaped.
func escapeBeyondASCII(b []byte) (out []byte) {
	if reviews.IsASCII(b) {
		return b
	}
	for _, r := range string(b) {
		if r < utf8.RuneSelf {
			out = append(out, byte(r))
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
	}
	return out
}

// appendJSONMembers appends the new members of a line.
func appendJSONMembers(dst []byte, names *newCells, columns []int, r reviews.Result) []byte {
	values := resultCells(r)
	for _, i := range columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		value := values[i]
		switch {
		case value == "":
			value = "null"
		case i == topicsColumn:
			value = string(jsonString([]byte(value)))
		case i == 0, i == nameColumn:
			value = `"` + value + `"`
		}
		dst = append(append(append(append(dst, '"'), names[i]...), `":`...), value...)
	}
	return dst
}
