package scoring

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"reviewlens/reviews"
	"reviewlens/reviews/table"
)

// cancelling is a source that cancels a context when it is read beyond a position, and counts later
// reads.
type cancelling struct {
	io.ReaderAt
	at     int64
	cancel func()
	later  int
}

func (c *cancelling) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, off)
	if c.later > 0 {
		c.later += n
	} else if off+int64(n) > c.at {
		c.cancel()
		c.later = 1
	}
	return n, err
}

// All readers of a file stop when their context is done, even within a record.
func TestReadingHearsTheContext(t *testing.T) {
	rows := "id,review\n1,good one here\n" + strings.Repeat("2,good one here\n", 200_000)
	record := "id,review\n1,good one here\n2,\"" + strings.Repeat("x, y\n", 1<<20) + "\"\n3,good\n"
	e := newFake(t)
	for name, file := range map[string]string{"rows": rows, "one record": record} {
		for what, do := range map[string]func(context.Context, *File) error{
			"Open": func(ctx context.Context, f *File) error {
				_, err := Open(ctx, f.Source, table.Options{})
				return err
			},
			"Each": func(ctx context.Context, f *File) error {
				return f.Each(ctx, "{text}", func(table.Record, []byte) error { return nil })
			},
			"Measure": func(ctx context.Context, f *File) error { _, err := f.Measure(ctx, e); return err },
			"Score":   func(ctx context.Context, f *File) error { return NewTable(e, f, 0, nil).Score(ctx) },
			"Annotate": func(ctx context.Context, f *File) error {
				return table.Annotate(io.Discard, f.all(ctx), f.Dialect, table.Output{}, none)
			},
			"Convert": func(ctx context.Context, f *File) error {
				return table.Convert(io.Discard, f.all(ctx), f.Dialect, table.Output{}, none)
			},
		} {
			if what == "Open" && name == "rows" {
				continue // a hundred of them are in the first read
			}
			t.Run(name+"/"+what, func(t *testing.T) {
				f, err := Open(t.Context(), strings.NewReader(file), table.Options{})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				source := &cancelling{ReaderAt: f.Source, at: 300_000, cancel: cancel}
				f.Source = source
				if err := do(ctx, f); !errors.Is(err, context.Canceled) {
					t.Errorf("%v, want that it was cancelled", err)
				}
				if source.later > 1<<20 {
					t.Errorf("%d bytes were read later", source.later)
				}
			})
		}
	}
}

func none(int) reviews.Result { return reviews.Result{} }

func TestUnit(t *testing.T) {
	ctx := t.Context()
	for want, ctx := range map[string]context.Context{
		"":         WithOwner(ctx, Local),
		"run:7":    WithRun(WithOwner(ctx, Local), "7"),
		"owner:me": WithRun(WithOwner(ctx, "me"), "7"), // an owner has one model in all runs
	} {
		if got := Unit(ctx); got != want {
			t.Errorf("Unit = %q, want %q", got, want)
		}
	}
}

func TestTruth(t *testing.T) {
	for stars, want := range map[float64]reviews.Sentiment{
		0: reviews.None, 0.5: reviews.Negative, 2: reviews.Negative, 2.5: reviews.None,
		3: reviews.None, 4: reviews.Positive, 5: reviews.Positive,
	} {
		if got := reviews.StarsTruth(stars); got != want {
			t.Errorf("StarsTruth(%v) = %v, want %v", stars, got, want)
		}
	}
	ctx := WithTruth(t.Context(), []reviews.Sentiment{reviews.Negative})
	if TruthOf(ctx, 0) != reviews.Negative || TruthOf(ctx, 1) != reviews.None ||
		TruthOf(t.Context(), 0) != reviews.None {
		t.Error("TruthOf differs from what it came with")
	}
}
