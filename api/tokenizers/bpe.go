package tokenizers

import (
	"container/heap"
	"fmt"
	"strings"
	"unicode/utf8"
)

// token is a token of a word: its ID and its byte range in the word.
type token struct{ id, start, end int }

// vocab maps tokens to IDs.
type vocab map[string]int

// byteTokens returns the IDs of <0x00> to <0xFF> for the bytes of s, or false if one is missing.
func (v vocab) byteTokens(s string) (ids []int, ok bool) {
	for _, b := range []byte(s) {
		id, ok := v[fmt.Sprintf("<0x%02X>", b)]
		if !ok {
			return nil, false
		}
		ids = append(ids, id)
	}
	return ids, true
}

// bpe is byte pair encoding as implemented by the reference: of all pairs that can be merged it
// merges the first in the list of merges, and the leftmost of equal ones, until none is left.
type bpe struct {
	vocab          vocab
	merges         map[[2]int]merge
	unk            int // -1 if there is none: unknown characters are dropped
	prefix, suffix string
	fuseUnk        bool
	byteFallback   bool
	ignoreMerges   bool
}

type merge struct{ rank, id int }

func newBPE(c modelConfig) (model, error) {
	if c.Dropout != nil && *c.Dropout != 0 {
		return nil, fmt.Errorf("model.dropout is %v, so that IDs would be random; set it to null",
			*c.Dropout)
	}
	ids, merges, err := c.bpe()
	if err != nil {
		return nil, err
	}
	b := &bpe{ids, make(map[[2]int]merge, len(merges)), -1, c.Prefix, c.Suffix, c.FuseUnk,
		c.ByteFallback, c.IgnoreMerges}
	for rank, m := range merges {
		left, ok := ids[m[0]]
		right, ok2 := ids[m[1]]
		id, ok3 := ids[m[0]+strings.TrimPrefix(m[1], c.Prefix)]
		if !ok || !ok2 || !ok3 {
			return nil, fmt.Errorf("model.merges: merge %d, of %q and %q, is not of tokens in "+
				"model.vocab", rank, m[0], m[1])
		}
		b.merges[[2]int{left, right}] = merge{rank, id}
	}
	if c.UnkToken != "" {
		id, ok := ids[c.UnkToken]
		if !ok {
			return nil, fmt.Errorf("model.unk_token is %q, which is not in model.vocab", c.UnkToken)
		}
		b.unk = id
	}
	return b, nil
}

// symbol is a part of a word, in a linked list of the remaining parts.
type symbol struct {
	id, size       int // bytes; 0 if merged into the previous one
	previous, next int // -1 if there is none
}

func (b *bpe) ids() vocab { return b.vocab }

func (b *bpe) tokenize(word string) ([]token, error) {
	if id, ok := b.vocab[word]; ok && b.ignoreMerges {
		return []token{{id, 0, len(word)}}, nil
	}
	symbols := b.symbols(word)
	var queue candidates
	push := func(left int) {
		if left < 0 || symbols[left].next < 0 {
			return
		}
		right := symbols[symbols[left].next]
		if m, ok := b.merges[[2]int{symbols[left].id, right.id}]; ok {
			heap.Push(&queue, candidate{m, left})
		}
	}
	for i := range symbols {
		push(i)
	}
	for len(queue) > 0 {
		c := heap.Pop(&queue).(candidate)
		left := &symbols[c.at]
		if left.size == 0 || left.next < 0 {
			continue
		}
		right := &symbols[left.next]
		if m, ok := b.merges[[2]int{left.id, right.id}]; !ok || m.id != c.id {
			continue // one of them has been merged since
		}
		left.id = c.id
		left.size += right.size
		right.size = 0
		left.next = right.next
		if right.next >= 0 {
			symbols[right.next].previous = c.at
		}
		push(left.previous)
		push(c.at)
	}
	var tokens []token
	at := 0
	for i := 0; len(symbols) > 0 && i >= 0; i = symbols[i].next {
		s := symbols[i]
		tokens = append(tokens, token{s.id, at, at + s.size})
		at += s.size
	}
	return tokens, nil
}

// symbols returns the characters of a word, or their bytes or the unknown token if they are not in
// the vocabulary.
func (b *bpe) symbols(word string) (symbols []symbol) {
	add := func(id, size int) {
		n := len(symbols)
		if n > 0 {
			symbols[n-1].next = n
		}
		symbols = append(symbols, symbol{id, size, n - 1, -1})
	}
	unknown := 0 // bytes of an unknown token that has not been added yet
	flush := func() {
		if unknown > 0 {
			add(b.unk, unknown)
		}
		unknown = 0
	}
	for i := 0; i < len(word); {
		_, size := utf8.DecodeRuneInString(word[i:])
		s := word[i : i+size]
		if i > 0 {
			s = b.prefix + s
		}
		if i += size; i == len(word) {
			s += b.suffix
		}
		if id, ok := b.vocab[s]; ok {
			flush()
			add(id, size)
			continue
		}
		if b.byteFallback {
			if ids, ok := b.vocab.byteTokens(s); ok {
				for _, id := range ids {
					add(id, 1)
				}
				continue
			}
		}
		if b.unk >= 0 {
			if !b.fuseUnk {
				flush()
			}
			unknown += size
		}
	}
	flush()
	return symbols
}

type candidate struct {
	merge
	at int
}

// candidates is a heap ordered by rank, then by position.
type candidates []candidate

func (c candidates) Len() int { return len(c) }
func (c candidates) Less(i, j int) bool {
	return c[i].rank < c[j].rank || c[i].rank == c[j].rank && c[i].at < c[j].at
}
func (c candidates) Swap(i, j int) { c[i], c[j] = c[j], c[i] }
func (c *candidates) Push(x any)   { *c = append(*c, x.(candidate)) }
func (c *candidates) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}
