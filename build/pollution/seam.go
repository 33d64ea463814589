package main

import (
	"bytes"

	"reviewlens/reviews/table"
)

// read is the only function that calls the product: it returns the table as "reviewlens table"
// writes it, without any flag, or nil if the file is rejected.
func read(data []byte) []byte {
	sample := data[:min(len(data), table.SniffBytes)]
	d, err := table.Sniff(sample, len(sample) == len(data))
	if table.IsEmpty(err) {
		return []byte{}
	}
	if err != nil {
		return nil
	}
	if d.Keys != nil {
		if d.Keys, err = table.Keys(bytes.NewReader(data), d); err != nil {
			return nil
		}
	}
	b := bytes.NewBuffer([]byte{})
	if err := table.WritePlain(b, bytes.NewReader(data), d, nil); err != nil {
		return nil
	}
	return b.Bytes()
}
