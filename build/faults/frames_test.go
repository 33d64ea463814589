package faults

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"reviewlens/api"
	"reviewlens/api/wire"
	"reviewlens/tokenizer/batch"
)

// Random frames and mutated valid frames: a frame that the decoder rejects is refused as the
// sender's mistake; an accepted one gets as many scores as it has texts, and each is the score of
// the text when sent alone.
func TestMutatedFrames(t *testing.T) {
	all := corpus(t)
	s := start(t)
	s.rest(t)
	m := all.model
	limits := batch.Limits{Texts: api.Limits.Texts, Windows: m.Windows.Max, Length: m.Windows.Size,
		Tokens: api.Limits.Tokens, Vocab: m.Tokenizer.Size()}

	n := size(500, 10_000)
	var taken, refused, alone atomic.Int64
	var next atomic.Int64
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i := int(next.Add(1)); i <= n && !t.Failed(); i = int(next.Add(1)) {
				random := rand.New(rand.NewPCG(1, uint64(i)))
				body := mutated(random, all)
				want, bad := batch.DecodeRequest(body, limits)
				if bad == nil && want.Model != m.Manifest.ID {
					bad = errors.New("another model")
				}
				a, err := s.send("POST", "/v1/score", wire.TypeFrame,
					strings.NewReader(string(body)))
				switch {
				case err != nil:
					t.Errorf("frame %d: %v", i, err)
				case bad != nil:
					refused.Add(1)
					if _, ok := wire.DecodeProblem(a.body); !ok || a.status < 400 ||
						a.status > 499 {
						t.Errorf("frame %d (%v): answered %d %.200q", i, bad, a.status, a.body)
					}
				default:
					taken.Add(1)
					scores, err := batch.DecodeScores(a.body)
					if a.status != 200 || err != nil || scores.Model != m.Manifest.ID ||
						len(scores.Status) != len(want.Texts) {
						t.Errorf("frame %d: answered %d %.200q for %d texts (%v)", i, a.status,
							a.body, len(want.Texts), err)
						return
					}
					if len(want.Texts) > 1 && i%8 == 0 {
						alone.Add(1)
						k := random.IntN(len(want.Texts))
						if p, err := s.scoreAlone(m.Manifest.ID, want.Texts[k]); err != nil ||
							math.Abs(float64(p-scores.Positive[k])) > 1e-5 {
							t.Errorf("frame %d: text %d has %v there and %v alone (%v)", i, k,
								scores.Positive[k], p, err)
						}
					}
				}
			}
		})
	}
	group.Wait()
	if taken.Load() == 0 || refused.Load() == 0 || alone.Load() == 0 {
		t.Errorf("%d frames taken, %d refused, %d compared: each should be some", taken.Load(),
			refused.Load(), alone.Load())
	}
	goroutines, memory := s.recovered(t, 64<<20)
	saw(t, fmt.Sprintf("%d random and mutated frames", n),
		"%d refused as the sender's mistake, %d answered; goroutines %d, then %d; memory %d "+
			"MB, then %d",
		refused.Load(), taken.Load(), s.goroutines, goroutines, s.memory>>20, memory>>20)
}

func (s *server) scoreAlone(id string, text [][]int32) (float32, error) {
	frame, err := batch.AppendRequest(nil, batch.Request{Model: id, Texts: [][][]int32{text}})
	if err != nil {
		return 0, err
	}
	a, err := s.send("POST", "/v1/score", wire.TypeFrame, strings.NewReader(string(frame)))
	if err != nil {
		return 0, err
	}
	scores, err := batch.DecodeScores(a.body)
	if err != nil || len(scores.Positive) != 1 {
		return 0, fmt.Errorf("answered %d %.200q: %v", a.status, a.body, err)
	}
	return scores.Positive[0], nil
}

// mutated returns a frame of few short texts with a few errors, or random bytes.
func mutated(random *rand.Rand, all *reviewTable) []byte {
	if random.IntN(20) == 0 {
		body := make([]byte, random.IntN(300))
		for i := range body {
			body[i] = byte(random.Uint32())
		}
		if random.IntN(2) == 0 {
			copy(body, "RVL\x01")
		}
		return body
	}
	from := random.IntN(reviewCount - 4)
	body := []byte(all.frame(all.model.Manifest.ID, from, from+1+random.IntN(4)))
	head := 3 + 1 + 1 + 1 + len(all.model.Manifest.ID) + 4
	for range 1 + random.IntN(3) {
		at := random.IntN(len(body))
		switch random.IntN(8) {
		case 0:
			body[at] ^= 1 << random.IntN(8)
		case 1: // in the IDs, where a changed frame stays valid
			if at = len(body) - 1 - random.IntN(max(1, len(body)-head-12)); at >= 0 {
				body[at] = byte(random.Uint32())
			}
		case 2: // the low byte of an ID
			if at = len(body) - 2 - 2*random.IntN(max(1, (len(body)-head-12)/2)); at >= 0 {
				body[at] = byte(random.Uint32())
			}
		case 3:
			body = body[:at]
		case 4:
			body = append(body, body[at:min(len(body), at+random.IntN(16))]...)
		case 5:
			body = append(body[:at], body[min(len(body), at+1+random.IntN(8)):]...)
		case 6: // numbers at the edge, in the places of lengths
			if at := random.IntN(head + 12); at+4 <= len(body) {
				binary.LittleEndian.PutUint32(body[at:],
					[]uint32{0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xffff}[random.IntN(6)])
			}
		case 7: // no change
		}
		if len(body) == 0 {
			break
		}
	}
	return body
}
