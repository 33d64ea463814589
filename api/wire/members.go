package wire

import (
	"encoding/json"
	"fmt"
	"strings"
)

// CheckMembers returns an *Error if a JSON body that is decoded into a struct has a member twice.
func CheckMembers(body []byte) error {
	if name := RepeatedMember(body, true); name != "" {
		return &Error{Code: BadJSON,
			Detail: fmt.Sprintf("The member %q is there twice; send it once.", name)}
	}
	return nil
}

// RepeatedMember returns the name of a member that an object of a JSON document has more than once,
// at any depth, or "" if there is none: package json would use the last value and ignore the
// others. If fold is set, names that differ in case are the same, as in json.Unmarshal into a
// struct. body is valid JSON.
func RepeatedMember(body []byte, fold bool) string {
	var open []map[string]bool // the names so far of each object around the position
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '{':
			open = append(open, nil)
		case '}':
			open = open[:len(open)-1]
		case '"':
			end := stringEnd(body, i)
			if !isName(body[end:]) {
				i = end - 1
				continue
			}
			var name string
			if json.Unmarshal(body[i:end], &name) != nil {
				return "" // not valid
			}
			key := name
			if fold {
				key = strings.ToLower(name)
			}
			names := &open[len(open)-1]
			if (*names)[key] {
				return name
			}
			if *names == nil {
				*names = map[string]bool{}
			}
			(*names)[key] = true
			i = end - 1
		}
	}
	return ""
}

// stringEnd returns the position after the string that begins at i.
func stringEnd(body []byte, i int) int {
	for i++; i < len(body) && body[i] != '"'; i++ {
		if body[i] == '\\' {
			i++
		}
	}
	return min(i+1, len(body))
}

// isName reports whether the string before rest is the name of a member.
func isName(rest []byte) bool {
	for _, c := range rest {
		switch c {
		case ' ', '\t', '\r', '\n':
		default:
			return c == ':'
		}
	}
	return false
}
