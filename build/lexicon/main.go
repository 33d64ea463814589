// Command lexicon compares what the aspect lexicon finds in labelled reviews with their labels.
//
//	make evaluate-lexicon                 build/model/work/train.jsonl, which make prepare writes
//	make evaluate-lexicon ARGS=-examples  with sentences, which are text of the reviews
//
// A complaint in a happy review may be a complaint all the same, so the share of mentions whose
// polarity matches their review is not an accuracy. But a phrase that is as frequent in reviews of
// the other sentiment rarely means what the lexicon says: these are listed, the phrases with the
// most mentions against their reviews first.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"reviewlens/reviews/aspects"
	"reviewlens/reviews/text"
)

const (
	leastMentions = 6   // mentions of a listed phrase
	agreed        = 0.6 // share of matching mentions from which a phrase is not listed
	sentenceWords = 40  // longer sentences are lists or lack punctuation
	samples       = 3
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "lexicon:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("lexicon", flag.ContinueOnError)
	examples := flags.Bool("examples", false, "sentences of each phrase that is listed")
	limit := flags.Int("n", 100, "phrases that are listed")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("want one file of JSON lines with text and label, 0 or 1; make prepare " +
			"writes build/model/work/train.jsonl")
	}
	file, err := os.Open(flags.Arg(0))
	if err != nil {
		return err
	}
	defer file.Close()
	c := counts{}
	if err := c.read(bufio.NewReaderSize(file, 1<<20)); err != nil {
		return fmt.Errorf("%s: %w", flags.Arg(0), err)
	}
	c.print(out, *limit, *examples)
	return nil
}

// phrase is a text that was found, in lower case.
type phrase struct {
	aspect   string
	polarity aspects.Polarity
	term     string
}

// count is how often a phrase was found, and in how many reviews of its polarity.
type count struct {
	all, agree int
	against    []string // sentences of reviews of the other polarity
}

type counts map[phrase]*count

// read counts the mentions in the sentences of labelled reviews, each sentence once.
func (c counts) read(r io.Reader) error {
	seen := map[string]bool{}
	lexicon := aspects.Default()
	for d := json.NewDecoder(r); ; {
		var review struct {
			Text  string  `json:"text"`
			Label float64 `json:"label"`
		}
		if err := d.Decode(&review); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if review.Label != 0 && review.Label != 1 {
			continue
		}
		for _, s := range text.Sentences(review.Text) {
			if len(strings.Fields(s)) > sentenceWords || seen[s] {
				continue
			}
			seen[s] = true
			for _, m := range lexicon.Add([]byte(s), nil) {
				c.add(m, s, review.Label == 1)
			}
		}
	}
}

func (c counts) add(m aspects.Mention, sentence string, happy bool) {
	if m.Aspect == "" || m.Polarity == aspects.Neutral {
		return
	}
	key := phrase{m.Aspect, m.Polarity, strings.ToLower(m.Term)}
	if c[key] == nil {
		c[key] = &count{}
	}
	n := c[key]
	n.all++
	if happy == (m.Polarity == aspects.Positive) {
		n.agree++
	} else if len(n.against) < samples {
		n.against = append(n.against, strings.TrimSpace(sentence))
	}
}

func (n *count) share() float64 { return float64(n.agree) / float64(n.all) }

func (c counts) print(out io.Writer, limit int, examples bool) {
	var total count
	byAspect := map[string]*count{}
	var odd []phrase
	for p, n := range c {
		if byAspect[p.aspect] == nil {
			byAspect[p.aspect] = &count{}
		}
		for _, sum := range []*count{&total, byAspect[p.aspect]} {
			sum.all += n.all
			sum.agree += n.agree
		}
		if n.all >= leastMentions && n.share() < agreed {
			odd = append(odd, p)
		}
	}
	byAspect["all"] = &total
	for _, name := range append(aspects.Default().Aspects(), "all") {
		if n := byAspect[name]; n != nil && n.all > 0 {
			fmt.Fprintf(out, "%-12s %7d mentions, %.1f%% as their review\n", name, n.all,
				100*n.share())
		}
	}
	slices.SortFunc(odd, func(a, b phrase) int {
		return cmp.Or((c[b].all-c[b].agree)-(c[a].all-c[a].agree), cmp.Compare(a.term, b.term),
			cmp.Compare(a.aspect, b.aspect), int(a.polarity)-int(b.polarity))
	})
	for _, p := range odd[:min(limit, len(odd))] {
		n := c[p]
		fmt.Fprintf(out, "%d of %d against their review: %s %v %q\n", n.all-n.agree, n.all,
			p.aspect, p.polarity, p.term)
		if examples {
			for _, s := range n.against {
				fmt.Fprintf(out, "\t%s\n", s)
			}
		}
	}
}
