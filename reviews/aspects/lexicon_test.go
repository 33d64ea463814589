package aspects

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// sentence is a line of testdata/implied.txt.
type sentence struct {
	aspect   string
	polarity Polarity
	text     string
	unseen   bool // while the lexicon was written
	literal  bool // it has the aspect's word
}

func sentences(t *testing.T) (out []sentence) {
	file, err := os.ReadFile("testdata/implied.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(file)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.SplitN(strings.TrimSpace(line), " ", 3)
		s := sentence{text: parts[2]}
		s.aspect, s.unseen = strings.CutPrefix(parts[0], "*")
		if parts[1] == "-" {
			s.polarity = Negative
		}
		s.literal = strings.Contains(strings.ToLower(s.text), s.aspect) ||
			s.aspect == "ease" && strings.Contains(strings.ToLower(s.text), "easy")
		out = append(out, s)
	}
	return out
}

// Of sentences that speak of 12 aspects, the lexicon finds aspect and polarity in 80%, and little
// else.
func TestImplied(t *testing.T) {
	type count struct{ right, all int }
	var whole, unseen, literal, without count
	byAspect := map[string]*count{}
	wrong := 0
	for _, s := range sentences(t) {
		right := false
		told := ""
		for _, m := range Default().Add([]byte(s.text), nil) {
			told += fmt.Sprintf(" %s %v (%s)", m.Aspect, m.Polarity, m.Term)
			if m.Aspect == s.aspect && m.Polarity == s.polarity {
				right = true
			} else {
				wrong++
			}
		}
		if byAspect[s.aspect] == nil {
			byAspect[s.aspect] = new(count)
		}
		counts := []*count{&whole, byAspect[s.aspect]}
		if s.unseen {
			counts = append(counts, &unseen)
		}
		if s.literal {
			counts = append(counts, &literal)
		} else {
			counts = append(counts, &without)
		}
		for _, c := range counts {
			c.all++
			if right {
				c.right++
			}
		}
		if (!right || testing.Verbose()) && (!s.unseen || os.Getenv("UNSEEN") != "") {
			t.Logf("%v: %s %v: %q:%s", right, s.aspect, s.polarity, s.text, told)
		}
	}
	for aspect, c := range byAspect {
		t.Logf("%-10s %d of %d", aspect, c.right, c.all)
	}
	t.Logf("all: %d of %d; those not looked at before: %d of %d; with the word: %d of %d; without "+
		"it: %d of %d; other mentions: %d", whole.right, whole.all, unseen.right, unseen.all,
		literal.right, literal.all, without.right, without.all, wrong)
	for _, c := range []count{whole, unseen} {
		if 10*c.right < 8*c.all {
			t.Errorf("%d of %d are found, want 80%%", c.right, c.all)
		}
	}
}
