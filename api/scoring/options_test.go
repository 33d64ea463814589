package scoring

import (
	"net/url"
	"testing"
)

// A query preserves the options as given.
func TestQueryOfOptions(t *testing.T) {
	for name, values := range map[string][]string{
		"stars_of": {"1", "5", "7.5", "100", "6-1", "5-1"},
		"dayfirst": {"true", "false"},
		"strict":   {"1"}, "header_rows": {"0", "2"}, "lines_above": {"3"},
		"title": {"-", "Headline"}, "encoding": {"windows-1254"},
	} {
		for _, value := range values {
			options, err := ParseQuery(url.Values{name: {value}})
			if err != nil || Query(options).Get(name) != value {
				t.Errorf("%s=%s became %+v, then %v; %v", name, value, options, Query(options), err)
			}
		}
	}
	for _, value := range []string{"0.5", "1-1", "-6", "6-2", "1001", "six"} {
		if options, err := ParseQuery(url.Values{"stars_of": {value}}); err == nil {
			t.Errorf("stars_of=%s became %v", value, options.StarsOf)
		}
	}
}
