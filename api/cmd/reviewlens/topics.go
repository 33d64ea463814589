package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"unicode"

	"reviewlens/api/infer"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews/excerpt"
	"reviewlens/reviews/topics"
)

const topicsUsage = `usage: reviewlens topics FILE... [flags]

Scores reviews, of one file or several, as "reviewlens score" does, and lists what they speak of:
for each topic, how many reviews speak of it, how many of these complain about it (with the 95%
interval), how many points the share of positive reviews would gain if nobody did, and two reviews
with the place in brackets.

  reviewlens topics reviews.csv
  reviewlens topics reviews.csv -o topics.json

Topics are found by a model for it, in English. With topics of your own in a file, which rename,
merge, split, hide or pin those that are found, the list has them:

  reviewlens topics reviews.csv -topics my.json

  {"version": 1, "topics": [
    {"name": "Space bar", "terms": ["space bar", "space key"], "pinned": true},
    {"name": "Customs", "phrases": ["customs fee"], "pinned": true},
    {"name": "time", "terms": ["time"], "hidden": true},
    {"name": "Wire", "terms": ["wire"], "apart": true}
  ]}

A term takes the whole topic that it names; one that is "apart" takes nothing else with it, and so
splits a topic ("apartTerms" names those of several terms that are). Phrases are looked for in the
texts.

` + readingUsage + `
Exit status: 0 every row has a score, 1 it could not be done, 2 wrong command line, 3 some rows have
no score (the first 100 are listed), 130 interrupted. With 1, 2 and 130 no output is written.
`

func topicsCommand(ctx context.Context, c *call) error {
	flags := flag.NewFlagSet("topics", flag.ContinueOnError)
	s := scoreCommand{many: true, topics: topicsOption{find: wanted}}
	s.defineOutput(flags)
	s.reading.define(flags)
	s.engine.define(flags)
	asJSON := flags.Bool("json", false, "write the topics as JSON, as they are in "+
		"a report (default: where the name after -o ends in .json)")
	scheme := flags.String("topics", "", "`file` with topics of your own, as JSON")
	rest, done, err := c.parse(flags, topicsUsage)
	if err != nil || done {
		return err
	}
	if !*asJSON {
		format, err := topicsEndings.format(s.output, jsonSettles)
		if err != nil {
			return err
		}
		*asJSON = format == "json"
	}
	if s.topics.file = *scheme; *scheme != "" {
		if s.topics.own, err = readScheme(*scheme, ownTopics); err != nil {
			return err
		}
	}
	return s.run(ctx, c, rest, func(subject) (writer, error) {
		return func(ctx context.Context, w io.Writer, t *scoring.Table) error {
			r, err := t.Report(ctx)
			if err != nil {
				return err
			}
			printUnused(c.stderr, r)
			if *asJSON {
				e := json.NewEncoder(w)
				e.SetEscapeHTML(false)
				return e.Encode(r.Topics)
			}
			return writeTopics(w, r.Topics)
		}, nil
	})
}

var topicsEndings = endings{{".txt", "text"}, {".json", "json"}}

// topicsOption is the value of -topics: whether to find topics, and the user's scheme.
type topicsOption struct {
	find topicsMode
	own  topics.Scheme
	file string // of own; "" for none
}

// topicsMode is whether to find topics.
type topicsMode uint8

const (
	unwanted topicsMode = iota
	wanted
	whereFound // if the model supports it
)

// parseTopics parses the value of a flag that is true, false or the file of a scheme.
func parseTopics(value string) (o topicsOption, err error) {
	switch value {
	case "":
		o.find = whereFound
	case "false", "0":
	case "true", "1":
		o.find = wanted
	default:
		o.find, o.file = wanted, value
		o.own, err = readScheme(value, "true, false or "+ownTopics)
	}
	return o, err
}

const ownTopics = "a file with topics of your own, as JSON"

// readScheme reads the user's topics from the file that -topics names. takes describes the valid
// values: in other commands the flag is a switch.
func readScheme(name, takes string) (own topics.Scheme, err error) {
	const most = 2 << 20 // twice the limit of ParseScheme
	if strings.HasPrefix(name, "-") {
		return own, usageError("-topics takes %s; got %s", takes, name)
	}
	f, err := os.Open(name)
	if err != nil {
		return own, fmt.Errorf("-topics takes %s: %w", takes, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most))
	if err == nil {
		own, err = topics.ParseScheme(data)
	}
	if err != nil {
		return own, fmt.Errorf("-topics takes %s: %s: %w", takes, name, err)
	}
	return own, nil
}

// enable enables topics on the table, and prints their cost before scoring begins.
func (o topicsOption) enable(stderr io.Writer, e *infer.Engine, t *scoring.Table) error {
	find := o.find == wanted || o.find == whereFound && e.Model().Aspects != nil
	if err := t.FindTopics(find, o.own); err != nil {
		return err
	}
	if o.find == whereFound && find {
		fmt.Fprintln(stderr, "topics are found as well, which takes 1.7 times as long; "+
			"-topics=false leaves them out")
	}
	return nil
}

// printUnused prints the topics of a scheme that no review mentions.
func printUnused(stderr io.Writer, r *wire.Report) {
	if r.Topics != nil && len(r.Topics.Unused) > 0 {
		fmt.Fprintf(stderr, "no review speaks of %s\n", strings.Join(r.Topics.Unused, ", "))
	}
}

// quotesShown is the maximum number of quoted reviews per topic.
const quotesShown = 2

// writeTopics writes the list as text.
func writeTopics(w io.Writer, t *wire.Topics) error {
	if len(t.List) == 0 {
		_, err := fmt.Fprintf(w, "No topic is mentioned in enough of the %d reviews.\n",
			t.Reviews)
		return err
	}
	var quotes [][]wire.Quote
	var lines strings.Builder
	table := tabwriter.NewWriter(&lines, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TOPIC\tREVIEWS\tNEGATIVE\tIMPACT\t")
	for _, topic := range t.List {
		stand := map[string]string{"complained": "more complaints than others",
			"praised": "fewer complaints than others"}[topic.Stand]
		fmt.Fprintf(table, "%s\t%d\t%.0f%% (%.0f%% to %.0f%%)\t%+.1f\t%s\n", oneLine(topic.Name),
			topic.Reviews, 100*topic.Share.Share, 100*topic.Share.Low, 100*topic.Share.High,
			topic.Impact, stand)
		quotes = append(quotes, topic.Quotes[:min(len(topic.Quotes), quotesShown)])
	}
	table.Flush() // into memory
	head, rest, _ := strings.Cut(lines.String(), "\n")
	out := strings.TrimRight(head, " ") + "\n"
	for i, line := range strings.Split(strings.TrimSuffix(rest, "\n"), "\n") {
		out += strings.TrimRight(line, " ") + "\n"
		for _, q := range quotes[i] {
			out += "    " + quote(q) + "\n"
		}
	}
	out += fmt.Sprintf("\n%d of %d distinct reviews speak of these. Impact: points that the share "+
		"of positive\nreviews would gain if nobody complained about it.\n", t.Spoken, t.Reviews)
	_, err := io.WriteString(w, out)
	return err
}

// quoted is the maximum length of a quote around its mention.
var quoted = excerpt.Size{Before: 40, After: 50}

// quote returns the part of a review around the mention of a topic, which is in brackets.
func quote(q wire.Quote) string {
	before, match, after := quoted.Runes(q.Text, q.Start, q.End)
	return oneLine(before) + "[" + oneLine(match) + "]" + oneLine(after)
}

// oneLine returns text of a review that is safe for a terminal: without control characters, and
// with white space collapsed to single blanks.
func oneLine(s string) string {
	var b strings.Builder
	blank := false
	for _, r := range s {
		switch space := unicode.IsSpace(r); {
		case space && blank, !space && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)):
			continue
		case space:
			b.WriteByte(' ')
			blank = true
		default:
			b.WriteRune(r)
			blank = false
		}
	}
	return b.String()
}
