package batch

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"reviewlens/api/wire"
)

// Clients that do not request stars send and get version 1, byte for byte; the others version 2.
func TestStarFrames(t *testing.T) {
	r := Request{Model: "m", Texts: [][][]int32{{{101, 7, 102}}}}
	plain, err := AppendRequest(nil, r)
	if err != nil {
		t.Fatal(err)
	}
	r.Stars = true
	request, err := AppendRequest(nil, r)
	if err != nil {
		t.Fatal(err)
	}
	if request[4] != wantStars || plain[4] != 0 || request[3] != version ||
		!bytes.Equal(request[5:], plain[5:]) {
		t.Errorf("the request is % x, without stars % x", request, plain)
	}
	for _, c := range []struct {
		body  []byte
		stars bool
	}{{plain, false}, {request, true}} {
		got, err := DecodeRequest(c.body, limits)
		if err != nil || got.Stars != c.stars {
			t.Errorf("% x: stars %v, %v", c.body, got.Stars, err)
		}
	}

	s := scores
	v1, err := AppendScores(nil, s)
	if err != nil {
		t.Fatal(err)
	}
	s.Stars = []uint16{314, 0, 0x8000 | 500}
	v2, err := AppendScores(nil, s)
	if err != nil {
		t.Fatal(err)
	}
	if v1[3] != version || v2[3] != starsVersion || len(v2) != len(v1)+2*len(s.Stars) {
		t.Errorf("the answers are % x and % x", v1, v2)
	}
	got, err := DecodeScores(v2)
	if err != nil || !slices.Equal(got.Stars, s.Stars) || !slices.Equal(got.Positive, s.Positive) ||
		!slices.Equal(got.Status, s.Status) {
		t.Errorf("DecodeScores = %+v, %v", got, err)
	}
	if got, err := DecodeScores(v1); err != nil || got.Stars != nil {
		t.Errorf("DecodeScores of version 1 = %+v, %v", got, err)
	}
	for size := range v2 {
		if _, err := DecodeScores(v2[:size]); err == nil {
			t.Errorf("a frame cut to %d bytes is taken", size)
		}
	}
}

func TestBadStars(t *testing.T) {
	s := scores
	for _, bad := range []uint16{1, 99, 501, 0x8000, 0xFFFF} {
		s.Stars = []uint16{300, bad, 300}
		if _, err := AppendScores(nil, s); err == nil {
			t.Errorf("AppendScores takes stars %#x", bad)
		}
		s.Stars[1] = 400
		body, err := AppendScores(nil, s)
		if err != nil {
			t.Fatal(err)
		}
		at := len(body) - 9 // the second text's
		body[at], body[at+1] = byte(bad), byte(bad>>8)
		_, err = DecodeScores(body)
		if e, ok := errors.AsType[*wire.Error](err); !ok || e.Code != wire.BadFrame ||
			!strings.Contains(e.Detail, "text 2 has stars") {
			t.Errorf("DecodeScores of stars %#x: %v", bad, err)
		}
	}
	s.Stars = []uint16{300}
	if _, err := AppendScores(nil, s); err == nil {
		t.Error("AppendScores takes stars of one text for three")
	}
	body, err := AppendScores(nil, scores)
	if err != nil {
		t.Fatal(err)
	}
	body[3] = 4
	if _, err := DecodeScores(body); err == nil ||
		!strings.Contains(err.Error(), "version 4; only 1 to 3 are known here") {
		t.Errorf("version 4: %v", err)
	}
}
