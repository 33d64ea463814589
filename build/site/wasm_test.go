package main

import (
	"bytes"
	"maps"
	"slices"
	"testing"
)

// section returns a section of a module, of less than 128 bytes.
func section(id byte, body string) string {
	return string(append([]byte{id, byte(len(body))}, body...))
}

// module returns a module with a data section between two others.
func module(data string) []byte {
	return []byte(wasmHeader + section(5, "\x01\x00\x04") + section(dataSection, data) +
		section(0, "\x04name"))
}

// memory returns the contents of a data section, by address, and its number of segments.
func memory(t *testing.T, program []byte) (filled map[int]byte, segments int) {
	t.Helper()
	r := wasmReader{rest: program[len(wasmHeader):]}
	filled = map[int]byte{}
	for len(r.rest) > 0 {
		id := r.byte()
		body := r.bytes(r.number())
		if id != dataSection {
			continue
		}
		all, err := readData(body)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range all {
			for i, b := range s.data {
				if b != 0 {
					filled[s.offset+i] = b
				}
			}
		}
		segments += len(all)
	}
	return filled, segments
}

func TestJoinData(t *testing.T) {
	data := appendData(nil, []segment{{63, []byte("ab")}, {64 + joinGap + 1, []byte("c")},
		{64 + 2*joinGap + 3, []byte("d")}, {3, []byte{1}}, {1 << 20, []byte("e")}})
	program := module(string(data))
	joined, err := joinData(program)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := memory(t, program)
	got, n := memory(t, joined)
	if !maps.Equal(got, want) || n != 3 {
		t.Errorf("%d segments fill %v, want 3 and %v", n, got, want)
	}
	if again, err := joinData(joined); err != nil || !bytes.Equal(again, joined) {
		t.Errorf("joined again: %q, %v, want %q", again, err, joined)
	}
	whole := []int{len(wasmHeader), len(wasmHeader) + 5, len(wasmHeader) + 5 + 2 + len(data)}
	for i := range program { // a prefix is a program only if it ends with a section
		if _, err := joinData(program[:i]); (err == nil) != slices.Contains(whole, i) {
			t.Errorf("the first %d bytes: %v", i, err)
		}
	}
}

func TestJoinDataRefuses(t *testing.T) {
	for name, program := range map[string][]byte{
		"no program": []byte("<!DOCTYPE html>"),
		"overlap": module(string(appendData(nil, []segment{{5, []byte("ab")},
			{6, []byte("c")}}))),
		"passive":   module("\x01\x01\x01a"),
		"more":      module("\x02\x00\x41\x05\x0b\x01a"),
		"negative":  module("\x01\x00\x41\x7f\x0b\x01a"),
		"a count":   slices.Concat([]byte(wasmHeader), []byte(section(countSection, "\x01"))),
		"too large": slices.Concat([]byte(wasmHeader), []byte{dataSection, 0xff, 0xff, 0xff, 0x7f}),
	} {
		if out, err := joinData(program); err == nil {
			t.Errorf("%s: %q", name, out)
		}
	}
}
