package table

import (
	"strings"
	"testing"
)

// A name that several columns have is an error, and so is a column named as text and another role.
func TestNamesThatSettleNothing(t *testing.T) {
	const in = "id,comment,comment,Note,note,pros\n" +
		"1,Works as it should,Nothing to add,5,ok,It is quick\n" +
		"2,It broke at once,Never again,1,no,It was cheap\n"
	const twice = `"comment" is the name of columns 2 and 3; give the number`
	for _, tt := range []struct {
		options Options
		want    string // the error
	}{
		{Options{Text: "comment"}, twice},
		{Options{Text: "COMMENT"}, `"COMMENT" is the name of columns 2 and 3; give the number`},
		{Options{Text: "pros,comment"}, twice},
		{Options{Text: "comment,pros"}, twice},
		{Options{Text: "2", Title: "comment"}, twice},
		{Options{Text: "2", Stars: "comment"}, twice},
		{Options{Text: "2", Date: "comment"}, twice},
		{Options{Text: "2", Product: "comment"}, twice},
		{Options{Text: "2", ID: "comment"}, twice},
		{Options{Text: "2", Stars: "NOTE"},
			`"NOTE" is the name of columns 4 and 5; give the number`},
		{Options{Text: "2", Stars: "Note", Product: "note"}, ""},
		{Options{Text: "2,3", Title: "pros"}, ""},
		{Options{Text: "2", Title: "2"}, `"comment" is named as the text and as the title; ` +
			"name another column, or - for none"},
		{Options{Text: "pros,2", Stars: "pros"}, `"pros" is named as the text and as the stars; ` +
			"name another column, or - for none"},
		{Options{Text: "2", Title: "-"}, ""},
	} {
		_, err := Open(t.Context(), strings.NewReader(in), int64(len(in)), tt.options)
		if e, ok := err.(*Error); tt.want == "" && err != nil ||
			tt.want != "" && (!ok || !strings.HasPrefix(e.Detail, tt.want)) {
			t.Errorf("%+v: %v, want %q", tt.options, err, tt.want)
		}
	}
}
