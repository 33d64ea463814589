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
	count       = 400  // texts per round
	frameTokens = 5000 // per request, as the page sends them to a server of this speed
	rounds      = 5
)

var shares = []float64{0.5, 1, 2}

// measure times one function on several shares of the processors, in interleaved rounds.
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
	// a function of up to 3 GB sees two processors, even if it may use little of them
	f, err := start("measured", 2, 2)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.stop()) }()

	t := &timing{f: f, frames: frames, empty: empty, millis: map[float64][]float64{},
		own: map[float64][]float64{}, trips: map[float64][]float64{}, tokens: tokens}
	others, err := t.takeRounds()
	if err != nil {
		return err
	}
	result := bill.Measured{Made: time.Now().UTC().Format(time.DateOnly), Machine: processor(),
		Model: m.Manifest.ID, Texts: fmt.Sprintf("%d %s", count, what),
		Tokens: round(float64(tokens)/count, 1), Others: round(others, 2), Chars: lengths(list)}
	fmt.Printf("%s; %s; %.1f tokens each, %d a request; %d rounds; others used %.2f CPUs "+
		"meanwhile\n\n", result.Machine, result.Texts, result.Tokens, frameTokens, rounds, others)
	result.Points = t.print()
	data, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(measured, append(data, '\n'), 0o644)
}

// lengths returns 20 quantiles of the texts' lengths in characters.
func lengths(list []string) (chars []int) {
	all := make([]int, len(list))
	for i, text := range list {
		all[i] = utf8.RuneCountInString(text)
	}
	slices.Sort(all)
	for i := range 20 {
		chars = append(chars, all[(2*i+1)*len(all)/40])
	}
	return chars
}

// timing has the times of a function on each share of the processors, one value per round.
type timing struct {
	f      *function
	frames [][]byte
	empty  []byte // a request without texts to score
	tokens int    // of all frames

	millis map[float64][]float64 // per 1,000 tokens
	own    map[float64][]float64 // processor time per 1,000 tokens
	trips  map[float64][]float64 // of an empty request
}

// takeRounds runs all rounds, and returns how many processors other programs used meanwhile.
func (t *timing) takeRounds() (others float64, err error) {
	started, mine := time.Now(), time.Duration(0)
	all, err := machineCPU()
	if err != nil {
		return 0, err
	}
	for round := range rounds + 1 { // the first warms caches
		for _, share := range shares {
			spent, err := t.takeRound(share, round > 0)
			if err != nil {
				return 0, err
			}
			mine += spent
		}
	}
	now, err := machineCPU()
	return (now - all - mine).Seconds() / time.Since(started).Seconds(), err
}

// takeRound sends all frames on a share of the processors, and returns the processor time that the
// function used for them.
func (t *timing) takeRound(share float64, counts bool) (spent time.Duration, err error) {
	if err := t.f.group.set(share); err != nil {
		return 0, err
	}
	before, err := t.f.cpu()
	if err != nil {
		return 0, err
	}
	var took time.Duration
	for _, frame := range t.frames {
		d, err := t.f.answer(frame)
		if err != nil {
			return 0, err
		}
		took += d
	}
	after, err := t.f.cpu()
	if err != nil {
		return 0, err
	}
	spent = after - before
	for range 20 {
		d, err := t.f.answer(t.empty)
		if err != nil {
			return 0, err
		}
		if counts {
			t.trips[share] = append(t.trips[share], 1000*d.Seconds())
		}
	}
	if counts {
		per := 1e6 / float64(t.tokens)
		t.millis[share] = append(t.millis[share], took.Seconds()*per)
		t.own[share] = append(t.own[share], spent.Seconds()*per)
	}
	return spent, nil
}

// print prints the table, and returns its rows.
func (t *timing) print() (points []bill.Point) {
	fmt.Print("| vCPU | ms a 1,000 tokens | least to most | processor ms | ms of an empty " +
		"request |\n|---|---|---|---|---|\n")
	for _, share := range shares {
		millis := t.millis[share]
		p := bill.Point{VCPU: share, Millis: round(median(millis), 1),
			Least: round(slices.Min(millis), 1), Most: round(slices.Max(millis), 1),
			CPU: round(median(t.own[share]), 1), Empty: round(median(t.trips[share]), 2)}
		points = append(points, p)
		fmt.Printf("| %g | %.1f | %.1f to %.1f | %.1f | %.2f |\n", p.VCPU, p.Millis, p.Least,
			p.Most, p.CPU, p.Empty)
	}
	return points
}

// pack packs texts into events, each a frame of the given number of tokens.
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
		n := batch.Tokens(windows)
		size, tokens = size+n, tokens+n
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

// event returns the event that an HTTP API sends for a request.
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
