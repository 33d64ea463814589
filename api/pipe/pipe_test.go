package pipe

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"reviewlens/api/model"
	"reviewlens/api/model/modeltest"
	"reviewlens/api/scoring"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
)

// fake scores a text by its number of tokens, and counts its calls.
type fake struct {
	model *model.Model
	hold  chan struct{} // nil, or closed when scoring may continue
	err   error

	mu    sync.Mutex
	texts int
}

func newFake(t *testing.T) *fake {
	t.Helper()
	return &fake{model: modeltest.Plain(t)}
}

func (e *fake) Model() *model.Model { return e.model }

func (e *fake) Windows(dst [][]int32, text []byte) ([][]int32, bool, error) {
	return e.model.Cut(dst, text)
}

func (*fake) Aspects(_ context.Context, texts [][][]int32) ([][]aspects.Span, error) {
	return make([][]aspects.Span, len(texts)), nil
}

func (e *fake) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	if e.hold != nil {
		<-e.hold
	}
	e.mu.Lock()
	e.texts += len(texts)
	e.mu.Unlock()
	scores := make([]reviews.Score, len(texts))
	for i, windows := range texts {
		p := float64(len(windows[0])) / 1000
		scores[i] = reviews.Score{Positive: p, Sentiment: reviews.Negative}
	}
	return scores, errors.Join(e.err, ctx.Err())
}

func TestScore(t *testing.T) {
	scored := func(id, positive string) string {
		return `{"id":` + id + `,"sentiment":"negative","positive":` + positive +
			`,"windows":1,"cut":false,"error":null}`
	}
	without := func(id, why string) string {
		return `{"id":` + id +
			`,"sentiment":null,"positive":null,"windows":0,"cut":false,"error":` +
			why + `}`
	}
	long := `{"id":9,"text":"` + strings.Repeat("a", maxLine) + `"}`
	lines := []struct{ in, want string }{
		{"\ufeff" + `{"id":1,"text":"good"}`, scored("1", "0.0030")},
		{``, ``},
		{`{"text":"very good","id":"b","other":NaN}`, scored(`"b"`, "0.0040")},
		{`{"id":{"k":[1,2]},"text":"good","title":"good"}`, scored(`{"k":[1,2]}`, "0.0050")},
		{`{"id":12345678901234567890,"text":null}`, without("12345678901234567890", "null")},
		{`{"id":5,"text":"  "}`, without("5", "null")},
		{`{"id":6}`, without("6", `"line 7: it has no \"text\""`)},
		{`{"id":7,"text":12}`, without("7", `"line 8: \"text\" is no string"`)},
		{`not JSON`, without("null", `"line 9: it is no JSON: `+
			`invalid character 'o' in literal null (expecting 'u')"`)},
		{`["text"]`, without("null", `"line 10: it is no JSON object but an array"`)},
		{long, without("null", `"line 11: it has 16777235 bytes; the most is 16777216"`)},
		{`{"id":10,"text":NaN,"title":-Infinity}`, without("10", "null")},
		{`{"id":"NaN \" NaN","text":"NaN is good"}`, scored(`"NaN \" NaN"`, "0.0050")},
		{`{"id":11,"text":"good","title":["x"]}`,
			without("11", `"line 14: \"title\" is no string"`)},
		{`null`, without("null", `"line 15: it is no JSON object but null"`)},
		{`{"id":12,"text":"👍"}`, `{"id":12,"sentiment":"unsure","positive":0.0030,"windows":1,` +
			`"cut":false,"unread":"no words","error":null}`},
		// names are case-sensitive
		{`{"id":13,"ID":"x","text":"good","Text":7,"Title":7,"TEXT":"","tıtle":7}`,
			scored("13", "0.0030")},
		{`{"ID":1,"Text":"good"}`, without("null", `"line 18: it has no \"text\""`)},
		{`{"id":14,"text":"very good","text":"good"}`,
			without("14", `"line 19: \"text\" is there twice"`)},
		{`{"id":15,"\u0074ext":"good"}`, scored("15", "0.0030")},
		// only ASCII blanks make an empty line, as for worker.sh
		{"\u00a0", without("null", `"line 21: it is no JSON: `+
			`invalid character 'Â' looking for beginning of value"`)},
		{"{\"id\":16,\"text\":\"caf\xe9\"}",
			without("16", `"line 22: Byte 21, 0xe9, is no UTF-8, in which texts are sent."`)},
		{"{\"id\":\"\xe9\",\"text\":\"good\"}",
			without("null", `"line 23: Byte 8, 0xe9, is no UTF-8, in which texts are sent."`)},
		{`{"id":null,"text":"good"}`, scored("null", "0.0030")}, // no end of line
	}
	var in, want []string
	for _, line := range lines {
		in = append(in, line.in)
		if line.want != "" {
			want = append(want, line.want)
		}
	}
	var out bytes.Buffer
	counts, err := Score(t.Context(), newFake(t), strings.NewReader(strings.Join(in, "\n")),
		&out, scoring.Extras{})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(got) != len(want) {
		t.Errorf("%d lines, want %d", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Errorf("line %d:\n got %s\nwant %s", i+1, got[i], want[i])
		}
	}
	if counts != (Counts{Rows: 23, Scored: 8, Empty: 3, Failed: 12, Unread: 1}) {
		t.Errorf("counts = %+v", counts)
	}
}

func TestNothing(t *testing.T) {
	for _, in := range []string{"", "\n", " \n\n"} {
		var out bytes.Buffer
		counts, err := Score(t.Context(), newFake(t), strings.NewReader(in), &out, scoring.Extras{})
		if err != nil || out.Len() > 0 || counts != (Counts{}) {
			t.Errorf("%q: %q, %+v, %v", in, &out, counts, err)
		}
	}
}

// Many lines come back in order, equal texts of a chunk are scored once.
func TestOrder(t *testing.T) {
	const n = 20_000
	var in bytes.Buffer
	for i := range n {
		fmt.Fprintf(&in, "{\"id\":%d,\"text\":\"number %d\"}\n", i, i%50)
	}
	e := newFake(t)
	var out bytes.Buffer
	if _, err := Score(t.Context(), e, &in, &out, scoring.Extras{}); err != nil {
		t.Fatal(err)
	}
	lines := 0
	for s := bufio.NewScanner(&out); s.Scan(); lines++ {
		if want := fmt.Sprintf("{\"id\":%d,\"sentiment\":\"negative\"",
			lines); !strings.HasPrefix(s.Text(), want) {
			t.Fatalf("line %d is %q", lines, s.Text())
		}
	}
	if lines != n {
		t.Errorf("%d lines, want %d", lines, n)
	}
	if e.texts > n/4 {
		t.Errorf("%d texts were scored; 50 are distinct", e.texts)
	}
}

// A line is answered when only a part of the next one has arrived, as from a buffered writer.
func TestPartOfALine(t *testing.T) {
	in, ask := io.Pipe()
	hear, out := io.Pipe()
	go func() {
		_, err := Score(t.Context(), newFake(t), in, out, scoring.Extras{})
		out.CloseWithError(err)
	}()
	answers := bufio.NewReader(hear)
	written := make(chan struct{})
	go func() {
		io.WriteString(ask, `{"id":1,"text":"good"}`+"\n"+`{"id":2,"te`)
		close(written)
	}()
	if line, err := answers.ReadString('\n'); err != nil || !strings.HasPrefix(line, `{"id":1,`) {
		t.Fatalf("the answer is %q, %v", line, err)
	}
	<-written
	io.WriteString(ask, `xt":"good"}`)
	ask.Close()
	if line, err := answers.ReadString('\n'); err != nil || !strings.HasPrefix(line, `{"id":2,`) {
		t.Fatalf("the second answer is %q, %v", line, err)
	}
}

// A client that waits for each result before the next line gets it.
func TestDialogue(t *testing.T) {
	in, ask := io.Pipe()
	hear, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		_, err := Score(t.Context(), newFake(t), in, out, scoring.Extras{})
		out.CloseWithError(err)
		ended <- err
	}()
	answers := bufio.NewReader(hear)
	for i := range 20 {
		fmt.Fprintf(ask, "{\"id\":%d,\"text\":\"good\"}\n", i)
		line, err := answers.ReadString('\n')
		if err != nil || !strings.HasPrefix(line, fmt.Sprintf("{\"id\":%d,", i)) {
			t.Fatalf("answer %d: %q, %v", i, line, err)
		}
	}
	ask.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// An interrupted pipe finishes the lines it has read, and reads no more.
func TestInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	e := newFake(t)
	e.hold = make(chan struct{})
	in, ask := io.Pipe()
	var out bytes.Buffer
	ended := make(chan error, 1)
	go func() {
		_, err := Score(ctx, e, in, &out, scoring.Extras{})
		ended <- err
	}()
	fmt.Fprintln(ask, `{"id":1,"text":"good"}`)
	fmt.Fprintln(ask, `{"id":2,"text":"good"}`) // the first has been taken once this is read
	stop()
	close(e.hold)
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
	if !strings.HasPrefix(out.String(), `{"id":1,`) || !strings.HasSuffix(out.String(), "}\n") {
		t.Errorf("answers = %q", &out)
	}
	ask.Close()
}

// A failure is an error, and the output before it consists of complete lines.
func TestFailures(t *testing.T) {
	broken := errors.New("broken")
	e := newFake(t)
	e.err = broken
	line := "{\"id\":1,\"text\":\"good\"}\n"
	if _, err := Score(t.Context(), e, strings.NewReader(line),
		io.Discard, scoring.Extras{}); !errors.Is(err,
		broken) {
		t.Errorf("engine: %v", err)
	}
	var out bytes.Buffer
	_, err := Score(t.Context(), newFake(t),
		io.MultiReader(strings.NewReader(line), failing{broken}), &out, scoring.Extras{})
	if !errors.Is(err, broken) || !strings.HasSuffix(out.String(), "\n") {
		t.Errorf("input: %v after %q", err, &out)
	}
	many := strings.Repeat(line, 100_000)
	if _, err := Score(t.Context(), newFake(t), strings.NewReader(many),
		failing{broken}, scoring.Extras{}); !errors.Is(err, broken) {
		t.Errorf("output: %v", err)
	}
}

// A panic while lines are read is an error of Score, and does not end the process.
func TestPanicWhileReading(t *testing.T) {
	_, err := Score(t.Context(), newFake(t), failing{}, io.Discard, scoring.Extras{})
	if err == nil || !strings.Contains(err.Error(), "panic") {
		t.Errorf("error = %v", err)
	}
}

// failing is a Reader that fails, or panics without an error, and a Writer that fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		panic("no error")
	}
	return 0, f.err
}

func (f failing) Write([]byte) (int, error) { return 0, f.err }
