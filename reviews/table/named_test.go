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
		asked Asked
		want  string // the error
	}{
		{Asked{Text: "comment"}, twice},
		{Asked{Text: "COMMENT"}, `"COMMENT" is the name of columns 2 and 3; give the number`},
		{Asked{Text: "pros,comment"}, twice},
		{Asked{Text: "comment,pros"}, twice},
		{Asked{Text: "2", Title: "comment"}, twice},
		{Asked{Text: "2", Stars: "comment"}, twice},
		{Asked{Text: "2", Date: "comment"}, twice},
		{Asked{Text: "2", Product: "comment"}, twice},
		{Asked{Text: "2", ID: "comment"}, twice},
		{Asked{Text: "2", Stars: "NOTE"}, `"NOTE" is the name of columns 4 and 5; give the number`},
		{Asked{Text: "2", Stars: "Note", Product: "note"}, ""},
		{Asked{Text: "2,3", Title: "pros"}, ""},
		{Asked{Text: "2", Title: "2"}, `"comment" is named as the text and as the title; ` +
			"name another column, or - for none"},
		{Asked{Text: "pros,2", Stars: "pros"}, `"pros" is named as the text and as the stars; ` +
			"name another column, or - for none"},
		{Asked{Text: "2", Title: "-"}, ""},
	} {
		_, err := Open(t.Context(), strings.NewReader(in), int64(len(in)), tt.asked)
		if e, ok := err.(*Error); tt.want == "" && err != nil ||
			tt.want != "" && (!ok || !strings.HasPrefix(e.Detail, tt.want)) {
			t.Errorf("%+v: %v, want %q", tt.asked, err, tt.want)
		}
	}
}
