package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"reviewlens/api/model/store"
	"reviewlens/api/trial"
)

func TestMessagesDoNotControlTheTerminal(t *testing.T) {
	for _, c := range []struct{ name, message, want string }{
		{"plain", "reviews.csv: 3 of 4 rows\n", "reviews.csv: 3 of 4 rows\n"},
		{"no newline", "sending", "sending"},
		{"only a newline", "\n", "\n"},
		{"letters, emoji and tabs", "Größe 数 👩‍👩‍👧\t\ufffd\n", "Größe 数 👩‍👩‍👧\t\ufffd\n"},
		{"window title", "a\x1b]0;owned\a.csv\n", `a\u001b]0;owned\u0007.csv` + "\n"},
		{"8-bit controls", "a\u009b2J\x9b2J\n", `a\u009b2J\x9b2J` + "\n"},
		{"carriage return and delete", "bad\rgood\x7f\n", `bad\u000dgood\u007f` + "\n"},
		{"direction", "\u202egnp.exe\u2066\n", `\u202egnp.exe\u2066` + "\n"},
		{"line separators", "a\u2028b\n", `a\u2028b` + "\n"},
		{"another message", "a\nreviewlens: done\n", "a\n  reviewlens: done\n"},
		{"lines of ours", "the job stays:\n  reviewlens submit -job 1\n",
			"the job stays:\n  reviewlens submit -job 1\n"},
	} {
		var out bytes.Buffer
		n, err := fmt.Fprint(messageWriter{&out}, c.message)
		if out.String() != c.want || n != len(c.message) || err != nil {
			t.Errorf("%s: Write(%q) = %d, %v and writes %q, want %q", c.name, c.message, n, err,
				&out, c.want)
		}
	}
}

// The reason for the end of a trial is text of another operator.
func TestReasonDoesNotControlTheTerminal(t *testing.T) {
	o := trial.Outcome{Ended: &store.Ending{Why: "too\x1b[31m slow\nverdict better"}}
	var out bytes.Buffer
	err := o.WriteText(messageWriter{&out})
	if want := "too\\u001b[31m slow\n  verdict better\n"; err != nil ||
		!strings.Contains(out.String(), want) {
		t.Errorf("WriteText = %q, %v", &out, err)
	}
}

// The log of serve uses the same writer, and remains JSON with the same content.
func TestLogStaysJSON(t *testing.T) {
	const path = "/\x1b[2J\u009b\x7f\u202e\nx"
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(messageWriter{&out}, nil)).Info("request", "path", path)
	var record struct{ Path string }
	if err := json.Unmarshal(out.Bytes(), &record); err != nil || record.Path != path {
		t.Errorf("the log has %q (%v), want %q", record.Path, err, path)
	}
	if line := bytes.TrimSuffix(out.Bytes(), []byte("\n")); bytes.ContainsFunc(line, controls) {
		t.Errorf("the log has control characters: %q", line)
	}
}
