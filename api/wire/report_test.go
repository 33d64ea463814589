package wire

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestColumnsJSON(t *testing.T) {
	for _, tt := range []struct {
		c    Columns
		want string
	}{
		{Columns{Text: "review", Stars: "rating"},
			`{"text":"review","title":"","stars":"rating","date":"","product":"","id":""}`},
		{Columns{Text: "pros", Second: "cons"},
			`{"text":["pros","cons"],"title":"","stars":"","date":"","product":"","id":""}`},
		{Columns{Text: "a", Second: "b", More: []string{"c", "d"}},
			`{"text":["a","b","c","d"],"title":"","stars":"","date":"","product":"","id":""}`},
		{Columns{}, `{"text":"","title":"","stars":"","date":"","product":"","id":""}`},
	} {
		got, err := json.Marshal(tt.c)
		if err != nil || string(got) != tt.want {
			t.Errorf("%+v is %s, %v, want %s", tt.c, got, err, tt.want)
		}
		var back Columns
		if err := json.Unmarshal(got, &back); err != nil || !reflect.DeepEqual(back, tt.c) {
			t.Errorf("%s is %+v, %v", got, back, err)
		}
	}
	var c Columns
	if err := json.Unmarshal([]byte(`{"text": 5}`), &c); err == nil {
		t.Errorf("a number is %+v", c)
	}
}
