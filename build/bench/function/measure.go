package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"reviewlens/api/lambda/lambdatest"
	"reviewlens/api/model"
	"reviewlens/api/wire"
	"reviewlens/deploy/cost/bill"
	"reviewlens/tokenizer/batch"
)

const (
	measured    = "deploy/cost/bill/measured.json"
	count       = 400  // texts of a round
	frameTokens = 5000 // of a request, as the page sends them to a server of this speed
	rounds      = 5
)

var shares = []float64{0.5, 1, 2}

// measure times one function on shares of the processors, in interleaved rounds.
func measure() (err error) {
	if err := build(); err != nil {
		return err
	}
	list, what, err := texts(count)
	if err != nil {
		return err
	}
	m, err := model.Default()
	if err != nil {
		return err
	}
	frames, tokens, err := pack(m, list)
	if err != nil {
		return err
	}
	empty, err := event("GET", "/v1/model", "", "")
	if err != nil {
		return err
	}
	// a function of up to 3 GB sees two processors, however little of them it may use
	f, err := start("measured", 2, 2)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.stop()) }()

	millis := map[float64][]float64{}
	own := map[float64][]float64{}
	trips := map[float64][]float64{}
	begun, all, mine := time.Now(), time.Duration(0), time.Duration(0)
	if all, err = machineCPU(); err != nil {
		return err
	}
	for round := range rounds + 1 { // the first warms caches
		for _, share := range shares {
			if err := f.group.set(share); err != nil {
				return err
			}
			before, err := f.cpu()
			if err != nil {
				return err
			}
			var took time.Duration
			for _, frame := range frames {
				t, err := f.answer(frame)
				if err != nil {
					return err
				}
				took += t
			}
			after, err := f.cpu()
			if err != nil {
				return err
			}
			mine += after - before
			for range 20 {
				t, err := f.answer(empty)
				if err != nil {
					return err
				}
				if round > 0 {
					trips[share] = append(trips[share], 1000*t.Seconds())
				}
			}
			if round > 0 {
				per := 1e6 / float64(tokens)
				millis[share] = append(millis[share], took.Seconds()*per)
				own[share] = append(own[share], (after-before).Seconds()*per)
			}
		}
	}
	now, err := machineCPU()
	if err != nil {
		return err
	}
	others := (now - all - mine).Seconds() / time.Since(begun).Seconds()

	result := bill.Measured{Made: time.Now().UTC().Format(time.DateOnly), Machine: processor(),
		Texts:  fmt.Sprintf("%d %s", count, what),
		Tokens: round(float64(tokens)/count, 1), Others: round(others, 2)}
	lengths := make([]int, len(list))
	for i, text := range list {
		lengths[i] = utf8.RuneCountInString(text)
	}
	slices.Sort(lengths)
	for i := range 20 {
		result.Chars = append(result.Chars, lengths[(2*i+1)*len(lengths)/40])
	}
	fmt.Printf("%s; %s; %.1f tokens each, %d a request; %d rounds; others used %.2f CPUs "+
		"meanwhile\n\n", result.Machine, result.Texts, result.Tokens, frameTokens, rounds, others)
	fmt.Print("| vCPU | ms a 1,000 tokens | least to most | processor ms | ms of an empty " +
		"request |\n|---|---|---|---|---|\n")
	for _, share := range shares {
		p := bill.Point{VCPU: share, Millis: round(median(millis[share]), 1),
			Least: round(slices.Min(millis[share]), 1), Most: round(slices.Max(millis[share]), 1),
			CPU: round(median(own[share]), 1), Empty: round(median(trips[share]), 2)}
		result.Points = append(result.Points, p)
		fmt.Printf("| %g | %.1f | %.1f to %.1f | %.1f | %.2f |\n", p.VCPU, p.Millis, p.Least,
			p.Most, p.CPU, p.Empty)
	}
	data, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(measured, append(data, '\n'), 0o644)
}

// pack makes events of texts, each a frame of so many tokens.
func pack(m *model.Model, list []string) (events [][]byte, tokens int, err error) {
	var texts [][][]int32
	size := 0
	flush := func() error {
		frame, err := batch.AppendRequest(nil, batch.Request{Model: m.Manifest.ID, Texts: texts})
		if err != nil {
			return err
		}
		e, err := event("POST", "/v1/score", wire.TypeFrame, string(frame))
		events, texts, size = append(events, e), nil, 0
		return err
	}
	for _, text := range list {
		windows, _ := m.Windows.Windows(nil, m.Tokenizer.Append(nil, []byte(text)),
			m.Tokenizer.CLS(), m.Tokenizer.SEP())
		for _, w := range windows {
			size += len(w)
			tokens += len(w)
		}
		if texts = append(texts, windows); size >= frameTokens {
			if err := flush(); err != nil {
				return nil, 0, err
			}
		}
	}
	if len(texts) > 0 {
		err = flush()
	}
	return events, tokens, err
}

// event is what an HTTP API makes of a request.
func event(method, path, contentType, body string) ([]byte, error) {
	r, err := http.NewRequest(method, "https://api.example"+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return lambdatest.Event(r)
}
