package batch

import "testing"

// 256 texts of 1 to 700 pieces in windows of 128: one request of the page. Bytes are the frame's.
func benchRequest(b *testing.B) (Request, []byte) {
	s := Settings{Size: 128, Max: 32}
	r := Request{Model: "0123456789ab"}
	pieces := make([]int32, 700)
	for i := range pieces {
		pieces[i] = int32(i * 43)
	}
	for t := range 256 {
		windows, _ := s.Windows(nil, pieces[:1+t*t*699/255/255], 101, 102)
		r.Texts = append(r.Texts, windows)
	}
	body, err := AppendRequest(nil, r)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	return r, body
}

func BenchmarkAppendRequest(b *testing.B) {
	r, body := benchRequest(b)
	for b.Loop() {
		body, _ = AppendRequest(body[:0], r)
	}
}

func BenchmarkDecodeRequest(b *testing.B) {
	_, body := benchRequest(b)
	for b.Loop() {
		if _, err := DecodeRequest(body, limits); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPrint(b *testing.B) {
	r, _ := benchRequest(b)
	for b.Loop() {
		for _, text := range r.Texts {
			FingerprintOf(text)
		}
	}
}
