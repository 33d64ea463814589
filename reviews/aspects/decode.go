package aspects

import "math"

// Labels lists the names of the tags, in order.
var Labels = [Tags]string{"O", "B-positive", "I-positive", "B-negative", "I-negative",
	"B-neutral", "I-neutral"}

// MaxTokens is the maximum length of a span. A longer one names nothing, and is dropped.
const MaxTokens = 255

// maxWindow is the maximum number of words of a window for which Decode does not allocate: the
// positions of a BERT model.
const maxWindow = 512

// Decode appends the spans of a window to dst, from the logits of its tokens' tags: Tags for each,
// in the order of the tokens. starts states which tokens begin a word. The first and the last token
// are [CLS] and [SEP], and have no tag.
//
// A word has the tag of its first piece; a window that begins within a word takes the rest for a
// word. Of the sequences of tags in which an I follows a B or an I of the same polarity, Decode
// uses the one with the greatest sum of logits (Viterbi). So a span across the border of two
// windows is two spans. If sums are equal, the tag that comes first in Labels wins.
//
// The probability of a span is the minimum of its words' probabilities, each the softmax of the
// logits divided by temperature; if logits are not finite it is 0. Decode allocates only to grow
// dst, and for windows of more than 512 words.
//
// build/model/aspects/tagger.py implements the same rule.
func Decode(dst []Span, window int, logits []float32, starts []bool, temperature float64) []Span {
	var fixed [maxWindow]uint8
	path := viterbi(fixed[:0], logits, starts)
	last := len(starts) - 1 // [SEP]
	word := 0
	var open Span
	flush := func() {
		if open.Tokens > 0 && open.Tokens <= MaxTokens {
			dst = append(dst, open)
		}
		open.Tokens = 0
	}
	for token := 1; token < last; token++ {
		if token > 1 && !starts[token] {
			if open.Tokens > 0 {
				open.Tokens++
			}
			continue
		}
		tag := path[word]
		word++
		if tag == 0 || tag&1 == 1 { // O or B
			flush()
		}
		if tag == 0 {
			continue
		}
		p := probability(logits[Tags*token:Tags*token+Tags], tag, temperature)
		if tag&1 == 1 {
			open = Span{Window: window, First: token, Tokens: 1,
				Polarity: Polarity((tag - 1) / 2), Probability: p}
			continue
		}
		open.Tokens++
		open.Probability = min(open.Probability, p)
	}
	flush()
	return dst
}

// viterbi appends the tag of each word to path.
//
// The best predecessor of O or a B is the same for all of them: the best of all tags. An I has two
// possible predecessors. So one byte per word suffices for the back pointers: the best tag in its
// lowest three bits, and a bit for each polarity whose I followed an I.
func viterbi(path []uint8, logits []float32, starts []bool) []uint8 {
	var sums [Tags]float64
	best := uint8(0)
	for token := 1; token < len(starts)-1; token++ {
		first := token == 1
		if !first && !starts[token] {
			continue
		}
		l := logits[Tags*token : Tags*token+Tags]
		back := best
		before := sums[best]
		sums[0] = before + float64(l[0])
		for b := 1; b < Tags; b += 2 {
			inside := sums[b]
			if sums[b+1] > inside {
				inside = sums[b+1]
				back |= 8 << (b / 2)
			}
			if first {
				inside = math.Inf(-1)
			}
			sums[b] = before + float64(l[b])
			sums[b+1] = inside + float64(l[b+1])
		}
		path = append(path, back)
		best = 0
		for tag := range sums {
			if sums[tag] > sums[best] {
				best = uint8(tag)
			}
		}
	}
	tag := best
	for i := len(path) - 1; i >= 0; i-- {
		back := path[i]
		path[i] = tag
		switch {
		case tag == 0 || tag&1 == 1:
			tag = back & 7
		case back&(8<<(tag/2-1)) == 0: // the I of this polarity followed its B
			tag--
		}
	}
	return path
}

// probability returns the softmax of a tag.
func probability(logits []float32, tag uint8, temperature float64) float32 {
	sum := 0.0
	for _, l := range logits {
		sum += math.Exp(float64(l-logits[tag]) / temperature)
	}
	if p := 1 / sum; p >= 0 {
		return float32(p)
	}
	return 0 // not a number
}
