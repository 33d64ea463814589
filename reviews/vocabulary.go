package reviews

import (
	"encoding/binary"
	"hash/maphash"
	"strings"
)

// vocabulary numbers the words that phrases are made of, from 1.
type vocabulary struct {
	seed    maphash.Seed
	factors [3]uint64 // of short words' hash
	words   []entry
	at      table
	own     int // words[:own] are there from the beginning
}

type entry struct {
	head    uint64 // of text
	text    string
	phrase  uint32 // that it is by itself, 0 if there is none
	stop    bool
	verdict bool
}

func newVocabulary(seed maphash.Seed) *vocabulary {
	v := &vocabulary{seed: seed, words: make([]entry, 1), at: newTable(), factors: factors()}
	for w := range strings.FieldsSeq(stopWords) {
		v.words[v.add([]byte(w))].stop = true
	}
	for w := range strings.FieldsSeq(verdictWords) {
		v.words[v.add([]byte(w))].verdict = true
	}
	v.own = len(v.words)
	return v
}

// head is the first eight bytes of a word; most words are no longer.
func head(w []byte) (h uint64) {
	if cap(w) >= 8 {
		return binary.LittleEndian.Uint64(w[:8]) & (1<<(8*min(len(w), 8)) - 1)
	}
	for i, c := range w {
		h |= uint64(c) << (8 * i)
	}
	return h
}

func (v *vocabulary) hash(w []byte, head uint64) uint32 {
	if len(w) > 8 {
		return uint32(maphash.Bytes(v.seed, w))
	}
	return universal(v.factors, uint32(head), uint32(head>>32), 0)
}

// find gives the number of a word, 0 if it has none. It begins with a slot where it may be.
func (v *vocabulary) find(w []byte, head uint64, hash uint32, slot uint64) uint32 {
	for i := v.at.first(hash); slot != 0; slot = v.at.slots[i] {
		if uint32(slot>>32) == hash {
			if e := &v.words[uint32(slot)]; e.head == head && len(e.text) == len(w) && (len(w) <= 8 || e.text == string(w)) {
				return uint32(slot)
			}
		}
		i = v.at.next(i)
	}
	return 0
}

// add gives the number of a word, a new one if it had none.
func (v *vocabulary) add(w []byte) uint32 {
	head := head(w)
	hash := v.hash(w, head)
	if n := v.find(w, head, hash, v.at.slots[v.at.first(hash)]); n > 0 {
		return n
	}
	v.words = append(v.words, entry{head: head, text: string(w), stop: barred(w)})
	n := uint32(len(v.words) - 1)
	v.at.put(hash, n)
	return n
}

// barred reports whether no phrase may begin or end with a word because of what it is made of.
func barred(w []byte) bool {
	return len(w) > longestWord || len(w) < 2 || w[0] >= '0' && w[0] <= '9'
}

// keep drops all words but those that are there from the beginning and those that used names by their numbers. It leaves
// their new numbers there.
func (v *vocabulary) keep(used []uint32) {
	kept := v.words[:v.own]
	for n := v.own; n < len(v.words); n++ {
		if used[n] != 0 {
			used[n] = uint32(len(kept))
			kept = append(kept, v.words[n])
		}
	}
	for n := range kept {
		kept[n].phrase = 0
	}
	for n := range v.own {
		used[n] = uint32(n)
	}
	clear(v.words[len(kept):])
	v.words = kept
	v.at.clear()
	for n, w := range v.words[1:] {
		v.at.put(v.hash([]byte(w.text), w.head), uint32(n+1))
	}
}
