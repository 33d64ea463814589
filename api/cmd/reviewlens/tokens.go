package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"reviewlens/api/model"
	"reviewlens/api/tokenizers"
	"reviewlens/api/wire"
	"reviewlens/tokenizer"
)

const tokensUsage = `usage: reviewlens tokens [flags] < texts.jsonl

Shows what a model reads. A line of stdin is {"text": "..."}, or {"text": "...", "pair": "..."} for two texts; a
line of stdout is {"ids": [...], "offsets": [[start, end], ...]}, and "types" (0 for text, 1 for pair) where there
is a pair. Offsets count the bytes of the text in UTF-8; those of [CLS] and [SEP] are [0, 0].

  echo '{"text": "Great blender!"}' | reviewlens tokens -pieces
  reviewlens tokens -model some/tokenizer.json < texts.jsonl

Bytes that are not UTF-8 are read as U+FFFD, as Python's errors="replace" does, and so is half a surrogate pair in
an escape; U+FFFD has three bytes. Lines before a bad one are written, none after it.
`

// maxLineBytes bounds a line of stdin.
const maxLineBytes = 16 << 20

func tokens(ctx context.Context, c *call) error {
	flags := flag.NewFlagSet("tokens", flag.ContinueOnError)
	name := flags.String("model", "", "`path` of another model: its folder, tokenizer.json or "+
		"vocab.txt (default: the one inside the program)")
	special := flags.Bool("special", false, "add [CLS] and [SEP], as the model reads them")
	pieces := flags.Bool("pieces", false, "add the pieces that the IDs stand for")
	rest, done, err := c.parse(flags, tokensUsage)
	if err != nil || done {
		return err
	}
	if len(rest) > 0 {
		return usageError("tokens reads stdin and takes no file; got %q", rest[0])
	}
	t, err := openTokenizer(*name)
	if err != nil {
		return err
	}
	if inexact := t.Inexact(); len(inexact) > 0 {
		fmt.Fprintf(c.stderr, "reviewlens: %s: IDs may differ from Hugging Face's on unusual "+
			"text, because of: %s\n", *name, strings.Join(inexact, ", "))
	}
	var piece func(int32) string
	if *pieces {
		piece = t.Pieces()
	}
	out := bufio.NewWriterSize(c.stdout, 1<<16)
	write := json.NewEncoder(out)
	write.SetEscapeHTML(false)
	err = eachLine(ctx, c.stdin, func(text, pair []byte) error {
		e, err := t.Encode(text, pair, *special)
		if err != nil {
			return err
		}
		return write.Encode(tokenLine(e, pair != nil, piece))
	})
	return errors.Join(err, out.Flush())
}

// openTokenizer opens the tokenizer of a model folder, of a folder or file as models ship them, or
// for "" the embedded one.
func openTokenizer(name string) (*tokenizers.Tokenizer, error) {
	load := model.Default
	if name != "" {
		if _, err := os.Stat(filepath.Join(name, "manifest.json")); err != nil {
			return tokenizers.Open(name)
		}
		load = func() (*model.Model, error) { return model.Open(name) }
	}
	m, err := load()
	if err != nil {
		return nil, err
	}
	if t := m.Text(); t != nil {
		return t, nil
	}
	return tokenizers.Of(m.Tokenizer), nil
}

// tokensLine is a line of the output.
type tokensLine struct {
	IDs     []int32  `json:"ids"`
	Offsets [][2]int `json:"offsets"`
	Types   []int8   `json:"types,omitzero"`
	Pieces  []string `json:"pieces,omitzero"`
}

func tokenLine(e tokenizer.Encoding, pair bool, piece func(int32) string) tokensLine {
	// [], not null
	line := tokensLine{IDs: append([]int32{}, e.IDs...), Offsets: append([][2]int{}, e.Offsets...)}
	if pair {
		line.Types = append([]int8{}, e.Types...)
	}
	if piece != nil {
		line.Pieces = make([]string, len(e.IDs))
		for i, id := range e.IDs {
			line.Pieces[i] = piece(id)
		}
	}
	return line
}

// eachLine calls do with the text and the pair (or nil) of each line of JSON.
func eachLine(ctx context.Context, r io.Reader, do func(text, pair []byte) error) error {
	lines := bufio.NewScanner(newPatientReader(ctx, r))
	lines.Buffer(nil, maxLineBytes)
	n := 1
	for ; ctx.Err() == nil && lines.Scan(); n++ {
		var line map[member]json.RawMessage
		err := json.Unmarshal(replaceInvalid(bytes.TrimPrefix(lines.Bytes(), []byte("\ufeff"))),
			&line)
		if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return fmt.Errorf("stdin: line %d: %s; want {\"text\": \"...\"}", n,
				wire.WrongType(e, "it"))
		}
		if err != nil {
			return fmt.Errorf("stdin: line %d: %w; want {\"text\": \"...\"}", n, err)
		}
		text, err := asText(line, "text")
		if err != nil {
			return fmt.Errorf("stdin: line %d: %w", n, err)
		}
		pair, err := asText(line, "pair")
		if err != nil {
			return fmt.Errorf("stdin: line %d: %w", n, err)
		}
		if text == nil {
			return fmt.Errorf("stdin: line %d has no \"text\"; want {\"text\": \"...\"}", n)
		}
		if err := do(text, pair); err != nil {
			return fmt.Errorf("stdin: line %d: %w", n, err)
		}
	}
	if ctx.Err() != nil {
		return &exit{130, errors.New("interrupted; the output ends early")}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("stdin: line %d has more than %d MB; cut its text", n, maxLineBytes>>20)
	} else if err != nil {
		return fmt.Errorf("stdin: %w", err)
	}
	return nil
}

// member is the name of a line's member, "" for an unused one: a map of them stays small and,
// unlike a struct, does not accept "Text" for "text".
type member string

func (m *member) UnmarshalText(name []byte) error {
	if *m = member(name); *m != "text" && *m != "pair" {
		*m = ""
	}
	return nil
}

// asText returns a string member; nil for null or a missing one.
func asText(line map[member]json.RawMessage, name member) ([]byte, error) {
	var s *string
	if line[name] == nil {
		return nil, nil
	}
	err := json.Unmarshal(line[name], &s)
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return nil, fmt.Errorf("%q is a JSON %s; want a string", name, e.Value)
	}
	if err != nil || s == nil {
		return nil, err
	}
	return append([]byte{}, *s...), nil
}

// replaceInvalid replaces each maximal prefix of an invalid character by one U+FFFD, as Python
// does; Go would write one for each byte, and offsets would differ.
func replaceInvalid(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	var out bytes.Buffer
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			for size < len(b) && !utf8.FullRune(b[:size+1]) {
				size++
			}
		}
		out.WriteRune(r)
		b = b[size:]
	}
	return out.Bytes()
}
