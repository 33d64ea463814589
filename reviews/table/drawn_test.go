package table

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
)

func TestDrawnTables(t *testing.T) {
	const want = `{"id":"1","review":"Works well, daily"}` + "\n" +
		`{"id":"2","review":"It broke"}` + "\n"
	for name, tt := range map[string]struct{ in, want string }{
		"mysql": {"+----+-------------------+\n| id | review            |\n" +
			"+----+-------------------+\n" +
			"|  1 | Works well, daily |\n|  2 | It broke          |\n+----+-------------------+\n" +
			"2 rows in set (0.00 sec)\n\n", want},
		"mysql, below its prompt": {"mysql> select id, review from reviews;\r\n" +
			"+----+--------+\r\n" +
			"| id | review |\r\n+----+--------+\r\n|  1 | NULL   |\r\n+----+--------+\r\n",
			`{"id":"1","review":null}` + "\n"},
		"a bar in a cell": {"+----+----------+\n| id | review   |\n+----+----------+\n" +
			"|  1 | Good|bad |\n+----+----------+\n", `{"id":"1","review":"Good|bad"}` + "\n"},
		"a line end in a cell": {"+----+-----------+\n| id | review    |\n+----+-----------+\n" +
			"|  1 | Good.\nBad. |\n|  2 | So so     |\n+----+-----------+\n",
			`{"id":"1","review":"Good.\nBad."}` + "\n" + `{"id":"2","review":"So so"}` + "\n"},
		"psql": {" id |      review       \n----+-------------------\n  1 | Works well, daily\n" +
			"  2 | It broke\n(2 rows)\n\n", want},
		"psql with line ends": {"" +
			" id | review \n----+--------\n  1 | Good. +\n    | Bad.\n  2 | So so\n(2 rows)\n",
			`{"id":"1","review":"Good.\nBad."}` + "\n" + `{"id":"2","review":"So so"}` + "\n"},
		"psql with line ends in Chinese": {"" +
			" id | review \n----+--------\n  1 | 很好  +\n    | 很好\n(1 row)\n",
			`{"id":"1","review":"很好\n很好"}` + "\n"},
		"psql with a review that ends in a mark": {"" +
			" id | review \n----+--------\n  1 | A++\n    | So so\n(2 rows)\n",
			`{"id":"1","review":"A++"}` + "\n" + `{"id":"","review":"So so"}` + "\n"},
		"psql with marks of sellers": {" id | seller | review \n----+--------+--------\n" +
			"  1 | A+++   | Good +++\n  2 | B      | C++\n  3 | D     +| So so\n    | E      | \n",
			`{"id":"1","seller":"A+++","review":"Good +++"}` + "\n" +
				`{"id":"2","seller":"B","review":"C++"}` + "\n" +
				`{"id":"3","seller":"D\nE","review":"So so"}` + "\n"},
		"Markdown": {"| id | review |\n|---:|:-------|\n" +
			"| 1 | Works well, daily |\n| 2 | It broke |\n", want},
		"Markdown without outer bars, and marks": {"" +
			"# Reviews\n\nid | review\n---|---\n1 | Good \\| \"bad\"<br>x\n",
			`{"id":"1","review":"Good | \"bad\"\nx"}` + "\n"},
		"a grid, with a cell of two lines": {"+----+----------+\n| id | review   |\n" +
			"+====+==========+\n|  1 | Good     |\n|    | so far   |\n+----+----------+\n" +
			"|  2 | So so    |\n+----+----------+\n",
			`{"id":"1","review":"Good\nso far"}` + "\n" + `{"id":"2","review":"So so"}` + "\n"},
		"an outline": {"+----+----------+\n| id | review   |\n+====+==========+\n" +
			"|  1 | Good     |\n|  2 | So so    |\n+----+----------+\n",
			`{"id":"1","review":"Good"}` + "\n" + `{"id":"2","review":"So so"}` + "\n"},
		"boxes of DuckDB": {"┌───────┬──────────┐\n│  id   │  review  │\n│ int32 │ varchar  │\n" +
			"├───────┼──────────┤\n│     1 │ Good|bad │\n│     2 │ So ─ so  │\n" +
			"├───────┴──────────┤\n│ 2 rows 2 columns │\n└──────────────────┘\n",
			`{"id":"1","review":"Good|bad"}` + "\n" + `{"id":"2","review":"So - so"}` + "\n"},
		"a heavy header": {"┏━━━━┳━━━━━━━━┓\n┃ id ┃ review ┃\n┡━━━━╇━━━━━━━━┩\n" +
			"│ 1  │ Good   │\n└────┴────────┘\n", `{"id":"1","review":"Good"}` + "\n"},
		"a double grid": {"╒════╤════════╕\n│ id │ review │\n╞════╪════════╡\n│ 1  │ Good   │\n" +
			"├────┼────────┤\n│ 2  │ So so  │\n╘════╧════════╛\n",
			`{"id":"1","review":"Good"}` + "\n" + `{"id":"2","review":"So so"}` + "\n"},
		"Spark": {"+---+------+\n| id|review|\n+---+------+\n|  1|  Good|\n+---+------+\n" +
			"only showing top 1 row\n\n", `{"id":"1","review":"Good"}` + "\n"},
		"psql, a last row that ends in +": {" a | b \n---+---\n 1 | x+\n   | y+\n(1 row)\n",
			`{"a":"1","b":"x\ny+"}` + "\n"},
		"psql, a + above an empty line": {" a | b \n---+---\n 1+| x \n\n",
			`{"a":"1+","b":"x"}` + "\n"},
		"Markdown above prose": {"| id | review |\n|----|--------|\n| 1 | Good |\n\nThat is all.\n",
			`{"id":"1","review":"Good"}` + "\n"},
	} {
		if form := DetectForm("", []byte(tt.in)); form != DrawnTable {
			t.Errorf("%s: the form is %s", name, form)
			continue
		}
		var out bytes.Buffer
		in := strings.NewReader(tt.in)
		r, err := WriteDocument(context.Background(), &out, in, in.Size(), "")
		if err != nil || out.String() != tt.want || r.Count != strings.Count(tt.want, "\n") {
			t.Errorf("%s: %d records, %v\n%s\nwant\n%s", name, r.Count, err, out.String(), tt.want)
		}
	}
	for name, tt := range map[string]struct{ in, says string }{
		"bars that no rule has": {"| a | b |\n|---|---|\n| 1 | Good | bad | x |\n", "Line 3"},
		"the end of the file":   {"+---+---+\n| a | b |\n+---+---+\n| 1 | Good\n", "cut off"},
		"something else below": {"+---+---+\n| a | b |\n+---+---+\n" +
			"| 1 | Go |\n+---+---+\nERROR 2013\n", "Line 6"},
		"a row below prose": {"| a | b |\n|---|---|\n| 1 | x |\n\nMore:\n| 2 | y |\n", "Line 6"},
		"the rest of a row": {"┏━━━┳━━━━━━┓\n┃ a ┃ b    ┃\n┡━━━╇━━━━━━┩\n│ 1 │ Not  │\n" +
			"│   │ good │\n└───┴──────┘\n", "Line 5"},
		"a bar in a row of psql": {" a | b \n---+---\n 12345 | b | c\n", "Line 3"},
	} {
		r := strings.NewReader(tt.in)
		_, err := WriteDocument(context.Background(), &bytes.Buffer{}, r, r.Size(), "")
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want an error with %q", name, err, tt.says)
		}
	}
	for _, in := range []string{
		"id|review\n1|Good -- really\n2|---\n",
		"review,stars\n\"a | b\",5\n",
		"id;review\n-- | --;x\n",
	} {
		if form := DetectForm("", []byte(in)); form != Plain {
			t.Errorf("%q is a %s", in, form)
		}
	}
}

// FuzzDrawn checks that a drawn table is written as one object a line, as many as are counted.
func FuzzDrawn(f *testing.F) {
	f.Add("+--+--+\n| a| b|\n+--+--+\n| 1|x\n y|\n+--+--+\n1 row in set\n")
	f.Add(" a | b \n---+---\n 1 | x+\n   | y\n(1 row)\n")
	f.Add(" a | b \n---+---\n 1+| x \n\n 2 | y\n")
	f.Add("|a|b|\n|-|--|\n|1|x\\|y|\n")
	f.Fuzz(func(t *testing.T, in string) {
		var out bytes.Buffer
		records, err := writeDrawn(&out, strings.NewReader(in))
		if err != nil {
			return
		}
		lines := 0
		for line := range bytes.Lines(out.Bytes()) {
			lines++
			if !json.Valid(line) {
				t.Errorf("%q became %q", in, line)
			}
		}
		if lines != records.Count {
			t.Errorf("%d lines of %d records of %q", lines, records.Count, in)
		}
	})
}
