// Command answer tokenizes texts for parity.py: it reads texts from stdin, each as its length (u32,
// little-endian) and its bytes, and writes for each the number of its IDs (u32) and the IDs (u32)
// to stdout.
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"reviewlens/tokenizer"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "answer:", err)
		os.Exit(1)
	}
}

func run(args []string, stdin io.Reader, stdout io.Writer) error {
	flags := flag.NewFlagSet("answer", flag.ContinueOnError)
	vocab := flags.String("vocab", "", "vocab.txt")
	lowercase := flags.Bool("lowercase", false, "lower-case and strip accents")
	settings := flags.String("tokenizer", "", "tokenizer.json, instead of these")
	if err := flags.Parse(args); err != nil {
		return err
	}
	t, err := open(*vocab, *lowercase, *settings)
	if err != nil {
		return err
	}
	in, out := bufio.NewReaderSize(stdin, 1<<20), bufio.NewWriterSize(stdout, 1<<20)
	var text, answer []byte
	var ids []int32
	for {
		var head [4]byte
		if _, err := io.ReadFull(in, head[:]); errors.Is(err, io.EOF) {
			return out.Flush()
		} else if err != nil {
			return err
		}
		n := int(binary.LittleEndian.Uint32(head[:]))
		if cap(text) < n {
			text = make([]byte, n)
		}
		text = text[:n]
		if _, err := io.ReadFull(in, text); err != nil {
			return err
		}
		ids = t.Append(ids[:0], text)
		answer = binary.LittleEndian.AppendUint32(answer[:0], uint32(len(ids)))
		for _, id := range ids {
			answer = binary.LittleEndian.AppendUint32(answer, uint32(id))
		}
		if _, err := out.Write(answer); err != nil {
			return err
		}
	}
}

func open(vocab string, lowercase bool, settings string) (*tokenizer.Tokenizer, error) {
	if settings != "" {
		data, err := os.ReadFile(settings)
		if err != nil {
			return nil, err
		}
		return tokenizer.Parse(data)
	}
	file, err := os.Open(vocab)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return tokenizer.New(file, tokenizer.Config{Lowercase: lowercase})
}
