package table

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"reviewlens/reviews"
)

// showRows returns the output of Rows for a file, as lines.
func showRows(t *testing.T, file string, d Dialect, o Output) (string, error) {
	t.Helper()
	var out strings.Builder
	err := Rows(func() io.Reader { return strings.NewReader(file) }, d, o,
		func(names, added []string, records int) error {
			fmt.Fprintf(&out, "%q %q %d\n", names, added, records)
			return nil
		}, func(cells [][]byte, r reviews.Result) error {
			for _, cell := range cells {
				if cell == nil {
					out.WriteString("- ")
				} else {
					fmt.Fprintf(&out, "%q ", cell)
				}
			}
			fmt.Fprintln(&out, r.Windows)
			return nil
		}, func(index int) reviews.Result { return reviews.Result{Windows: index + 1} })
	return out.String(), err
}

func TestRows(t *testing.T) {
	for _, tt := range []struct {
		name, file string
		d          Dialect
		o          Output
		want       string
	}{
		{"a table", "id,review\n1,\"a\nb\"\n2\n,\n",
			Dialect{Delimiter: ',', Quoted: true, Header: true}, Output{},
			`["id" "review"] ["sentiment" "positive" "windows"] 3` + "\n" +
				`"1" "a\nb" 1` + "\n" + `"2" - 2` + "\n" + `"" "" 3` + "\n"},
		{"names taken, none, twice, and beyond the header", "sentiment,,x,x\n1,2,3,4,5\n",
			Dialect{Delimiter: ',', Quoted: true, Header: true}, Output{Topics: true},
			`["sentiment" "column_2" "x" "x_2" "column_5"] ` +
				`["sentiment_2" "positive_2" "windows_2" "topics"] 1` + "\n" +
				`"1" "2" "3" "4" "5" 1` + "\n"},
		{"lines of text", "one\ntwo\n", Dialect{}, Output{},
			`["text"] ["sentiment" "positive" "windows"] 2` + "\n" + `"one" 1` + "\n" + `"two" 2` +
				"\n"},
		{"JSON lines",
			`{"text": "a"}` + "\n" + `{"text` + "\n" + `{"late": 1, "text": null}` + "\n",
			Dialect{Keys: []string{"text", "late"}}, Output{},
			`["text" "late"] ["sentiment" "positive" "windows"] -1` + "\n" + `"a" - 1` + "\n" +
				"- - 2\n" + `- "1" 3` + "\n"},
	} {
		got, err := showRows(t, tt.file, tt.d, tt.o)
		if err != nil || got != tt.want {
			t.Errorf("%s: %v\n%swant\n%s", tt.name, err, got, tt.want)
		}
	}
}

// A single long record makes all others lack cells: this is refused before it takes long.
func TestRowsAreNotPaddedWithoutEnd(t *testing.T) {
	file := "a,b\n" + strings.Repeat(",", 9_000) + "\n" + strings.Repeat("1,2\n", 3_000)
	d := Dialect{Delimiter: ',', Quoted: true, Header: true}
	_, err := showRows(t, file, d, Output{})
	if e, ok := errors.AsType[*Error](err); !ok || !strings.Contains(e.Detail, "the rows lack") {
		t.Errorf("Rows = %v", err)
	}
}
