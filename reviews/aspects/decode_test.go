package aspects

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
)

// tagged returns the logits of a window whose tokens have these tags, and which of them begin a
// word; a token with a + before its tag continues one. Each has 9 for its tag and 0 for the others.
func tagged(tags ...string) (logits []float32, starts []bool) {
	logits, starts = make([]float32, Tags), []bool{true} // [CLS]
	for _, tag := range tags {
		starts = append(starts, tag[0] != '+')
		if tag[0] == '+' {
			tag = tag[1:]
		}
		var l [Tags]float32
		for i, short := range []string{"O", "B+", "I+", "B-", "I-", "B0", "I0"} {
			if tag == short {
				l[i] = 9
			}
		}
		logits = append(logits, l[:]...)
	}
	return append(logits, make([]float32, Tags)...), append(starts, true)
}

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		name string
		tags []string
		want []Span
	}{
		{"nothing", []string{"O", "O"}, nil},
		{"empty", nil, nil},
		{"a word", []string{"O", "B-", "O"}, []Span{{First: 2, Tokens: 1, Polarity: Negative}}},
		{"two words", []string{"B+", "I+", "O"}, []Span{{First: 1, Tokens: 2}}},
		{"to the end", []string{"O", "B0", "I0"},
			[]Span{{First: 2, Tokens: 2, Polarity: Neutral}}},
		{"side by side", []string{"B+", "B+", "B-"}, []Span{{First: 1, Tokens: 1},
			{First: 2, Tokens: 1}, {First: 3, Tokens: 1, Polarity: Negative}}},
		{"pieces have no say", []string{"B+", "+B-", "+O", "O", "+B0"},
			[]Span{{First: 1, Tokens: 3}}},
		{"pieces and words", []string{"B-", "+O", "I-", "+I+", "O"},
			[]Span{{First: 1, Tokens: 4, Polarity: Negative}}},
		{"begins within a word", []string{"+B+", "+O", "O"}, []Span{{First: 1, Tokens: 2}}},
	} {
		logits, starts := tagged(c.tags...)
		got := Decode(nil, 0, logits, starts, 1)
		for i := range got {
			if got[i].Probability < 0.95 || got[i].Probability >= 1 {
				t.Errorf("%s: %+v", c.name, got[i])
			}
			got[i].Probability = 0
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: Decode = %+v, want %+v", c.name, got, c.want)
		}
	}
}

// An I that follows an O is forbidden: the sum of the logits decides which of them changes.
func TestDecodeForbidden(t *testing.T) {
	logits, starts := tagged("O", "I+", "O")
	logits[2*Tags+1] = 8 // B-positive is the next best
	if got := Decode(nil, 3, logits, starts, 1); len(got) != 1 || got[0].First != 2 ||
		got[0].Window != 3 || got[0].Tokens != 1 {
		t.Errorf("a span that begins with I: %+v", got)
	}
	logits[2*Tags+1] = 0
	logits[1*Tags+1] = 5 // better O, I than B, I
	if got := Decode(nil, 0, logits, starts, 1); len(got) != 1 || got[0].Tokens != 2 ||
		got[0].First != 1 {
		t.Errorf("a B that an I makes worth it: %+v", got)
	}
	logits, starts = tagged("B+", "I-", "O")
	logits[2*Tags+2] = 8
	if got := Decode(nil, 0, logits, starts, 1); len(got) != 1 || got[0].Tokens != 2 ||
		got[0].Polarity != Positive {
		t.Errorf("an I of another polarity: %+v", got)
	}
}

func TestProbability(t *testing.T) {
	logits, starts := tagged("B-", "I-", "I-")
	logits[2*Tags+4] = 5 // the least sure one
	p := 1 / (1 + 6*math.Exp(-5.0/2))
	got := Decode(nil, 0, logits, starts, 2)
	if len(got) != 1 || math.Abs(float64(got[0].Probability)-p) > 1e-6 {
		t.Errorf("Decode = %+v, want a probability of %v", got, p)
	}
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)),
		float32(math.Inf(-1))} {
		for i := range logits {
			logits[i] = bad
		}
		for _, s := range Decode(nil, 0, logits, starts, 1) {
			if s.Probability != 0 {
				t.Errorf("logits %v: %+v", bad, s)
			}
		}
	}
}

// allowed reports whether b may follow a.
func allowed(a, b int) bool { return b == 0 || b&1 == 1 || a == b || a == b-1 }

// best is viterbi by exhaustive search.
func best(logits []float32, words []int, before int) (sum float64, path []uint8) {
	if len(words) == 0 {
		return 0, nil
	}
	sum = math.Inf(-1)
	for tag := range Tags {
		if !allowed(before, tag) {
			continue
		}
		rest, tail := best(logits, words[1:], tag)
		if rest += float64(logits[Tags*words[0]+tag]); rest > sum {
			sum, path = rest, append([]uint8{uint8(tag)}, tail...)
		}
	}
	return sum, path
}

func TestDecodeIsBest(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		tokens := 2 + r.IntN(6)
		logits, starts := make([]float32, Tags*tokens), make([]bool, tokens)
		var words []int
		for i := range starts {
			starts[i] = r.IntN(3) > 0
			if i > 0 && i < tokens-1 && (starts[i] || i == 1) {
				words = append(words, i)
			}
		}
		for i := range logits {
			logits[i] = float32(r.NormFloat64())
		}
		_, want := best(logits, words, 0)
		if got := viterbi(nil, logits, starts); !reflect.DeepEqual(got, want) {
			t.Fatalf("viterbi of %v, %v = %v, want %v", logits, starts, got, want)
		}
	}
}

func TestPack(t *testing.T) {
	for _, s := range []Span{{}, {First: 65535, Window: 255, Tokens: 255, Polarity: Neutral,
		Probability: 1}, {First: 7, Window: 31, Tokens: 2, Polarity: Negative, Probability: 0.62}} {
		p := s.Pack()
		back := p.Unpack()
		if math.Abs(float64(back.Probability-s.Probability)) > 0.5/255 || back.Pack() != p {
			t.Errorf("%+v is packed as %+v, and that is %+v", s, p, back)
		}
		back.Probability = s.Probability
		if back != s {
			t.Errorf("%+v comes back as %+v", s, back)
		}
	}
}

func TestDecodeAllocations(t *testing.T) {
	logits, starts := tagged("O", "B+", "+I+", "I+", "O", "B-")
	dst := make([]Span, 0, 8)
	decode := func() { dst = Decode(dst[:0], 0, logits, starts, 1) }
	if n := testing.AllocsPerRun(10, decode); n > 0 {
		t.Errorf("Decode allocates %v times", n)
	}
}

// FuzzDecode checks that spans are in order within the window, and that each begins a word, is not
// too long, and has a probability.
func FuzzDecode(f *testing.F) {
	logits, starts := tagged("O", "B+", "+O", "I+", "B-")
	seed := make([]byte, 0, 4*len(logits))
	for _, l := range logits {
		seed = binary.LittleEndian.AppendUint32(seed, math.Float32bits(l))
	}
	f.Add(seed, uint64(0b1101011), 1.0)
	f.Add([]byte{}, uint64(0), 0.5)
	f.Fuzz(func(t *testing.T, data []byte, words uint64, temperature float64) {
		logits, starts = logits[:0], starts[:0]
		for len(data) >= 4*Tags {
			for range Tags {
				logits = append(logits, math.Float32frombits(binary.LittleEndian.Uint32(data)))
				data = data[4:]
			}
			starts = append(starts, words&1 == 1)
			words = words>>1 | words<<63
		}
		next := 1
		for _, s := range Decode(nil, 1, logits, starts, temperature) {
			if s.Window != 1 || s.First < next || s.Tokens < 1 || s.Tokens > MaxTokens ||
				s.First+s.Tokens > len(starts)-1 || s.Polarity > Neutral ||
				!(s.Probability >= 0 && s.Probability <= 1) {
				t.Fatalf("span %+v of a window of %d tokens, after %d", s, len(starts), next)
			}
			if s.First > 1 && !starts[s.First] {
				t.Fatalf("span %+v begins within a word", s)
			}
			next = s.First + s.Tokens
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	logits, starts := make([]float32, 128*Tags), make([]bool, 128)
	for i := range starts {
		starts[i] = r.IntN(5) > 0
		for tag := range Tags {
			logits[i*Tags+tag] = float32(r.NormFloat64())
		}
	}
	var dst []Span
	b.ReportAllocs()
	for b.Loop() {
		dst = Decode(dst[:0], 0, logits, starts, 1)
	}
}
