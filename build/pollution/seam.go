package main

import (
	"bytes"

	"reviewlens/reviews"
)

// read is the one place where the product is asked: the table as "reviewlens table" writes it, without
// any flag; nil where it refuses the file.
func read(data []byte) []byte {
	sample := data[:min(len(data), reviews.SniffBytes)]
	d, err := reviews.Sniff(sample, len(sample) == len(data))
	if err != nil {
		return nil
	}
	if d.Keys != nil {
		if d.Keys, err = reviews.Keys(bytes.NewReader(data), d); err != nil {
			return nil
		}
	}
	b := bytes.NewBuffer([]byte{})
	if err := reviews.WritePlain(b, bytes.NewReader(data), d, nil); err != nil {
		return nil
	}
	return b.Bytes()
}
