package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
)

// messageWriter is stderr, or stdout if a command prints text of others. File names, column names
// and responses of servers are untrusted: to keep them from controlling the terminal or passing for
// another message, it escapes control characters and indents lines after the first. Each Write is
// one message. Escapes are those of JSON, so that a JSON log remains valid.
type messageWriter struct{ w io.Writer }

func (m messageWriter) Write(p []byte) (int, error) {
	const indent = "  "
	text, newline := strings.CutSuffix(string(p), "\n")
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = escapeControls(line, "\t")
		if i > 0 && !strings.HasPrefix(line, indent) {
			lines[i] = indent + lines[i]
		}
	}
	text = strings.Join(lines, "\n")
	if newline {
		text += "\n"
	}
	if _, err := io.WriteString(m.w, text); err != nil {
		return 0, err
	}
	return len(p), nil
}

// terminal returns the terminal on which messages are shown, if any.
func terminal(stderr io.Writer) (f *os.File, ok bool) {
	if m, wrapped := stderr.(messageWriter); wrapped {
		stderr = m.w
	}
	f, ok = stderr.(*os.File)
	return f, ok && term.IsTerminal(int(f.Fd()))
}

// escapeControls escapes what a terminal interprets instead of showing, except characters in keep.
func escapeControls(s, keep string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			// not UTF-8: 0x9b is ESC [ where a terminal has 8-bit controls
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case controls(r) && !strings.ContainsRune(keep, r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// controls reports whether a terminal interprets r. Directional embeddings change the order in
// which text is shown.
func controls(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || '\u202a' <= r &&
		r <= '\u202e' || '\u2066' <= r && r <= '\u2069'
}
