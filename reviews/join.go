package reviews

import (
	"bytes"
	"strings"
)

// Join appends to dst the one text of a title and a body, by the manifest's template, such as
// "{title}. {text}": the words between the two stand only where both are there. Spaces around either are
// dropped. A template without both names gives the body.
func Join(dst []byte, template string, title, text []byte) []byte {
	title, text = bytes.TrimSpace(title), bytes.TrimSpace(text)
	before, rest, ok := strings.Cut(template, "{title}")
	joint, after, found := strings.Cut(rest, "{text}")
	if !ok || !found || len(title) == 0 {
		return append(dst, text...)
	}
	if len(text) == 0 {
		return append(dst, title...)
	}
	dst = append(append(dst, before...), title...)
	dst = append(append(dst, joint...), text...)
	return append(dst, after...)
}
