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

// jsonMembers calls each with the members of a line that is one JSON object (objectIn); a string
// comes without quotes, null as nothing, any other value as it is written. It is false, and each is
// not called, for any other line.
func jsonMembers(line []byte, each func(key, value []byte)) bool {
	object, _, ok := objectIn(line)
	if ok {
		eachMember(object, each)
	}
	return ok
}

// objectIn is the JSON object that a line is. One that is JSON only as programs print it (NaN,
// single quotes, see jsonParser) is written anew.
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

// eachMember is jsonMembers of an object that is strict JSON.
func eachMember(object []byte, each func(key, value []byte)) {
	rawMembers(object, func(key, value []byte) { each(key, jsonText(value)) })
}

// jsonCells is jsonMembers and, after each nested object, its members in their own right, by the
// names of both with a point between them: review.body. Arrays stay as they are written. The key is
// valid during the call.
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

// wrapped gives the value of an object that stands for it: {"$numberInt": "5"}, {"$oid": "..."} and
// {"$date": ...} of MongoDB's extended JSON, {"N": "5"} of DynamoDB and {"integerValue": "5"} of
// Firestore, {"label": "..."} of Apple's feeds, {"$t": "..."} and {"#text": "..."} of XML that
// became JSON. Their attributes are left out.
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

// wrappers are the names of members that hold the value of an object that stands for it.
var wrappers = []string{`label"`, `S"`, `N"`, `BOOL"`, `stringValue"`, `integerValue"`,
	`doubleValue"`, `timestampValue"`, `booleanValue"`}

// isWrapper reports whether b begins with one of them.
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

// isObject reports whether a value, as jsonMembers gives it, is an object with members. Its members
// are columns, and the object itself is none.
func isObject(value []byte) bool {
	return len(value) > 2 && value[0] == '{' && value[len(value)-1] == '}' && len(bytes.TrimSpace(value[1:len(value)-1])) > 0 && json.Valid(value)
}

// rawMembers calls each with the members of an object, each value as it is written. b is strict
// JSON, an object.
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

// rawElements calls each with the elements of an array, as they are written. b is strict JSON, an
// array.
func rawElements(b []byte, each func(value []byte)) {
	for i := skipSpace(b, 1); b[i] != ']'; {
		end := skipJSON(b, i)
		each(b[i:end])
		if i = skipSpace(b, end); b[i] == ',' {
			i = skipSpace(b, i+1)
		}
	}
}

// jsonText is a value as jsonMembers gives it.
func jsonText(value []byte) []byte {
	switch value[0] {
	case '"':
		return unquoteJSON(value)
	case 'n':
		return nil
	}
	return value
}

// skipJSON is where the value that begins at i ends. b is valid.
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

// mostKeys bounds the columns of JSON lines.
const mostKeys = 200

// sniffJSON returns the names of all members in the sample, in the order of their first appearance,
// if its lines are objects in strict JSON, but for one in ten.
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
			break // it may go on beyond the sample
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
			if len(keys) < mostKeys && !isObject(value) && !known[string(key)] {
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

// appendObject appends a line with members for the new columns more; a line that is no object, once
// it is decoded, stays as it is. One that is no strict JSON becomes it.
func (a *annotator) appendObject(dst, line []byte, names *added, r reviews.Result) []byte {
	decoded := line
	if !isASCII(line) { // a backslash may be the second byte of a character
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

// escapeBeyondASCII is JSON in ASCII.
func escapeBeyondASCII(b []byte) (out []byte) {
	if isASCII(b) {
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

// appendJSONMembers appends the members that a line gets.
func appendJSONMembers(dst []byte, names *added, columns []int, r reviews.Result) []byte {
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
