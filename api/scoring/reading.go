package scoring

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"

	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/findings"
	"reviewlens/reviews/reading"
	"reviewlens/reviews/report"
	"reviewlens/reviews/table"
	"reviewlens/reviews/text"
	"reviewlens/tokenizer"
)

// Describe describes how the file was read; nil if the texts did not come from a file. found lists
// cells that were not understood, nil if the rows were not read.
func (f *File) Describe(found *table.Findings) *wire.Reading {
	if f.texts {
		return nil
	}
	return reading.Of(&f.Reading, found)
}

// Header returns the reading (Describe) as ASCII JSON for a header, or only its sentence if that
// would be long.
func (f *File) Header() string {
	const most = 4 << 10 // proxies accept 8 KB of headers
	reading := f.Describe(nil)
	if reading == nil {
		return ""
	}
	header := asciiJSON(reading)
	if len(header) > most {
		sentence := reviews.Clip([]byte(reading.Sentence), most/8)
		header = asciiJSON(map[string]string{"sentence": sentence})
	}
	return header
}

// asciiJSON returns v as JSON, with characters escaped that a header cannot have: those beyond
// ASCII, and DEL, which encoding/json leaves as it is.
func asciiJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // v has strings and numbers only
	}
	var out []byte
	for _, r := range string(b) {
		if r < 0x7f {
			out = append(out, byte(r))
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			out = fmt.Appendf(out, "\\u%04x", unit)
		}
	}
	return string(out)
}

// RequireCertain returns an error listing all doubts about how the file is read. It reads it once.
func (f *File) RequireCertain(ctx context.Context) error {
	doubts := f.Doubts()
	var found table.Findings
	texts, unread, reasons := 0, 0, map[uint8]int{}
	err := f.each(ctx, "{text}", func(r table.Record, body []byte) error {
		found.AddFacts(&f.Reading, r)
		if len(body) > 0 {
			texts++
			const english, emoji = true, true // emoji are a review, if not for every model
			why := text.Readability(body, tokenizer.HasEmoji).For(english, emoji)
			if why != text.Readable {
				unread++
				reasons[uint8(why)]++
			}
		}
		return nil
	}, found.AddLeftOut)
	if err != nil {
		return err
	}
	if unread*50 >= texts && unread > 0 { // every file has a few
		noWords, languages := findings.Languages(reasons)
		detail := strings.TrimSuffix(report.Apart(unread, noWords, languages), ".")
		doubts = append(doubts, table.Doubt{Detail: detail})
	}
	for _, detail := range found.All() {
		doubts = append(doubts, table.Doubt{Detail: detail})
	}
	if len(doubts) == 0 {
		return nil
	}
	return DoubtsError(doubts)
}

// DoubtsError returns the error for a file with doubts when Options.Strict is set.
func DoubtsError(doubts []table.Doubt) *table.Error {
	details := make([]string, len(doubts))
	for i, doubt := range doubts {
		if details[i] = doubt.Detail; doubt.Option != "" {
			details[i] += " (" + doubt.Option + " settles it)"
		}
	}
	detail := "strict is asked for, and " + strings.Join(details, "; ")
	return &table.Error{Detail: detail, Doubts: doubts}
}
