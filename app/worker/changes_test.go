package worker

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/app/message"
)

// melting makes reviews of two kettles over two years, of which B melts from the second one on.
func melting() string {
	random := rand.New(rand.NewPCG(1, 5))
	var b strings.Builder
	b.WriteString("id,date,product,review\n")
	for i := range 900 {
		day := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, random.IntN(730))
		product, text := []string{"A", "B"}[random.IntN(2)], "good kettle"
		switch x := random.Float64(); {
		case product == "B" && day.Year() == 2025 && x < 0.5:
			text = "bad kettle, the base melts"
		case x < 0.15:
			text = "bad kettle, the lid broke"
		}
		fmt.Fprintf(&b, "%d,%s,Kettle %s,\"%s, zebra %d\"\n", i, day.Format(time.DateOnly), product, text, i)
	}
	return b.String()
}

func TestChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		p.open(t, "kettles.csv", melting())
		p.start(t)
		e := p.wait(t, "changes", func(e message.Event) bool {
			return e.Name == message.EventProgress && len(e.Progress.Summary.Changes) > 0
		})
		if e.Progress.State != message.Finished || len(e.Progress.Summary.Changes) != 1 {
			t.Fatalf("progress = %s, changes %+v", e.Progress.State, e.Progress.Summary.Changes)
		}
		c := e.Progress.Summary.Changes[0]
		if c.Product != "Kettle B" || c.From < "2024-12-01" || c.From > "2025-02-01" || c.After.Share < 2*c.Before.Share {
			t.Errorf("the change is %+v", c)
		}
		if len(c.Phrases) == 0 || !strings.Contains(c.Phrases[0].Phrase, "melts") || c.Phrases[0].Reviews[0] != 0 ||
			len(c.Phrases[0].Rows) == 0 {
			t.Errorf("its phrases are %+v", c.Phrases)
		}
	})
}
