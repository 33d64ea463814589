package trace

import (
	"context"
	"sync"
	"testing"
	"time"
)

func TestWithoutTrace(t *testing.T) {
	none := From(context.Background())
	none.Add(Span{Phase: Run}) // must not panic
	none.Scored(Scores{Texts: 1})
	if none != nil {
		t.Errorf("From(a context without) = %v, want nil", none)
	}
	if n := testing.AllocsPerRun(100,
		func() { From(context.Background()).Add(Span{Phase: Run}) }); n != 0 {
		t.Errorf("a request that nobody traces costs %v allocations, want 0", n)
	}
}

func TestTrace(t *testing.T) {
	ctx, tr := With(context.Background())
	begin := time.Unix(0, 0)
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			From(ctx).Add(Span{Phase: Run, Begin: begin, End: begin.Add(time.Millisecond)})
			From(ctx).Scored(Scores{Model: "m", Texts: 2, Windows: 3, Tokens: 10, Positive: 0.5,
				Confidence: 0.75})
		})
	}
	all.Wait()
	if got := tr.Total(Run); got != 200*time.Millisecond {
		t.Errorf("Total(Run) = %v, want 200ms: those beyond the kept spans count too", got)
	}
	if got := len(tr.Spans()); got != maxSpans {
		t.Errorf("%d spans are kept, want %d", got, maxSpans)
	}
	if got, want := tr.Scores(), (Scores{"m", 400, 600, 2000, 100, 150}); got != want {
		t.Errorf("Scores() = %+v, want %+v", got, want)
	}
}
