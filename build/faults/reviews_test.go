package faults

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"reviewlens/api/model"
	"reviewlens/api/wire"
	"reviewlens/tokenizer/batch"
)

// reviewTable is a set of synthetic reviews, all different, and their scores.
type reviewTable struct {
	text      []string
	sentiment []string
	positive  []float64 // as in the file, 4 decimals
	windows   [][][]int32
	model     *model.Model
}

// reviewCount is the number of reviews.
var reviewCount int // set by TestMain

// corpus creates the reviews once; their scores are those written by `reviewlens score`, in a
// separate process.
func corpus(t testing.TB) *reviewTable {
	t.Helper()
	program(t) // or skip
	all, err := makeCorpus(program(t))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var (
	corpusOnce sync.Once
	corpusMade *reviewTable
	corpusErr  error
)

func makeCorpus(program string) (*reviewTable, error) {
	corpusOnce.Do(func() {
		all := &reviewTable{}
		random := rand.New(rand.NewPCG(6, 6))
		pick := func(list ...string) string { return list[random.IntN(len(list))] }
		for i := range reviewCount {
			text := fmt.Sprintf("%s %s no. %d %s", pick("The", "My", "This", "Our"),
				pick("kettle", "lamp", "chair", "radio", "knife", "tent"), i,
				pick("broke after two days", "works as it should", "is lovely", "leaks",
					"came late, and scratched", "does what it says", "smells of glue, I "+
						"sent it back"))
			if random.IntN(3) == 0 {
				text += pick(`, "really"`, "; never again", ".\nWould buy again",
					", très bien", " 👍")
			}
			all.text = append(all.text, text+".")
		}
		corpusMade, corpusErr = all, all.score(program)
	})
	return corpusMade, corpusErr
}

func (all *reviewTable) score(program string) error {
	var err error
	if all.model, err = model.Default(); err != nil {
		return err
	}
	for _, text := range all.text {
		pieces := all.model.Tokenizer.Append(nil, []byte(text))
		windows, _ := all.model.Windows.Windows(nil, pieces, all.model.Tokenizer.CLS(),
			all.model.Tokenizer.SEP())
		all.windows = append(all.windows, windows)
	}
	cmd := exec.Command(program, "score", "-column", "review", "-")
	cmd.Stdin = strings.NewReader(all.file(0, len(all.text)))
	var out, talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &talk
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("reviewlens score: %w: %s", err, talk.String())
	}
	records, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		return err
	}
	if len(records) != 1+len(all.text) {
		return fmt.Errorf("reviewlens score wrote %d rows, want %d", len(records)-1, len(all.text))
	}
	for i, r := range records[1:] {
		p, err := strconv.ParseFloat(r[4], 64)
		if err != nil || r[1] != all.text[i] {
			return fmt.Errorf("reviewlens score wrote %q for row %d", r, i)
		}
		all.sentiment, all.positive = append(all.sentiment, r[3]), append(all.positive, p)
	}
	return nil
}

// file returns the rows from up to to as CSV.
func (all *reviewTable) file(from, to int) string { return all.wide(from, to, 0) }

// wide returns the same with a third column of this many bytes.
func (all *reviewTable) wide(from, to, bytes int) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Write([]string{"id", "review", "note"})
	for i := from; i < to; i++ {
		w.Write([]string{strconv.Itoa(i), all.text[i], strings.Repeat("0", bytes)})
	}
	w.Flush()
	return b.String()
}

// texts returns the same as a JSON body.
func (all *reviewTable) texts(from, to int) string {
	body, err := json.Marshal(wire.ScoreRequest{Texts: all.text[from:to]})
	if err != nil {
		panic(err)
	}
	return string(body)
}

// frame returns the same as a frame for a model.
func (all *reviewTable) frame(id string, from, to int) string {
	frame, err := batch.AppendRequest(nil, batch.Request{Model: id, Texts: all.windows[from:to]})
	if err != nil {
		panic(err)
	}
	return string(frame)
}

// right reports whether a probability is that of a review: the file has 4 decimals.
func (all *reviewTable) right(i int, positive float64) bool {
	return math.Abs(positive-all.positive[i]) <= 0.00005+1e-6
}

// check compares an annotated file with the scores of its rows: each once, in order, and nothing
// more.
func (all *reviewTable) check(t testing.TB, what string, a answer, from, to int) {
	t.Helper()
	if a.status != 200 {
		t.Errorf("%s: answered %d %.300s", what, a.status, a.body)
		return
	}
	if err := all.wrong(a.body, from, to); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

func (all *reviewTable) wrong(file []byte, from, to int) error {
	records, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil {
		return err
	}
	if len(records) != 1+to-from {
		return fmt.Errorf("%d rows for %d", len(records)-1, to-from)
	}
	for k, r := range records[1:] {
		i := from + k
		if len(r) != 6 {
			return fmt.Errorf("row %d is %q", i, r)
		}
		p, err := strconv.ParseFloat(r[4], 64)
		if err != nil || r[0] != strconv.Itoa(i) || r[1] != all.text[i] ||
			r[3] != all.sentiment[i] || !all.right(i, p) {
			return fmt.Errorf("row %d is %q, want %s %.4f", i, r, all.sentiment[i], all.positive[i])
		}
	}
	return nil
}

// checkTexts checks an answer to JSON, checkFrame one to a frame.
func (all *reviewTable) checkTexts(t testing.TB, what string, a answer, from, to int) {
	t.Helper()
	if err := all.wrongTexts(a, from, to); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

func (all *reviewTable) wrongTexts(a answer, from, to int) error {
	var got wire.ScoreResponse
	if err := json.Unmarshal(a.body, &got); a.status != 200 || err != nil {
		return fmt.Errorf("answered %d %.300s", a.status, a.body)
	}
	if len(got.Results) != to-from || got.Model != all.model.Manifest.ID {
		return fmt.Errorf("%d results of model %s for %d texts", len(got.Results),
			got.Model, to-from)
	}
	for k, r := range got.Results {
		if r.Positive == nil || r.Error != nil || r.Sentiment != all.sentiment[from+k] ||
			!all.right(from+k, *r.Positive) {
			return fmt.Errorf("text %d has %+v, want %s %.4f", from+k, r, all.sentiment[from+k],
				all.positive[from+k])
		}
	}
	return nil
}

func (all *reviewTable) wrongFrame(a answer, from, to int) error {
	scores, err := batch.DecodeScores(a.body)
	if a.status != 200 || err != nil {
		return fmt.Errorf("answered %d %.300q %v", a.status, a.body, err)
	}
	if len(scores.Status) != to-from || scores.Model != all.model.Manifest.ID {
		return fmt.Errorf("%d scores of model %s for %d texts", len(scores.Status),
			scores.Model, to-from)
	}
	for k, p := range scores.Positive {
		if scores.Status[k] != batch.Scored || !all.right(from+k, float64(p)) {
			return fmt.Errorf("text %d has %d %v, want %.4f", from+k, scores.Status[k], p,
				all.positive[from+k])
		}
	}
	return nil
}
