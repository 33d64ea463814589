package api

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"reviewlens/api/wire"
)

// queryParameters are those of each route that has any. openapi.json describes them, and a test
// compares.
var queryParameters = map[string][]string{
	"POST /v1/score":  {"column", "guard", "model", "title"},
	"POST /v1/report": {"column", "model", "title"},
	"POST /v1/jobs":   {"bytes", "column", "guard", "model", "title"},
	"GET /v1/runs":    {"cursor", "limit"},
}

// requireParameters refuses a query that would be understood in part: net/url drops pairs that it
// cannot read, and a parameter that is misspelt, or given twice, would be of no effect.
func requireParameters(known []string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := checkQuery(r.URL.RawQuery, known); err != nil {
			fail(w, r, err)
			return
		}
		next(w, r)
	}
}

func checkQuery(raw string, known []string) error {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return &wire.Error{Code: wire.BadParameter, Detail: fmt.Sprintf("The query %s cannot be read: %v. Parameters are separated by &, and escaped as in a form.", quote(raw), err)}
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(known, name) {
			takes := "none"
			if len(known) > 0 {
				takes = strings.Join(known, ", ")
			}
			return &wire.Error{Code: wire.BadParameter, Detail: fmt.Sprintf("There is no parameter %s here; there are: %s.", quote(name), takes)}
		}
		if len(query[name]) > 1 {
			return &wire.Error{Code: wire.BadParameter, Detail: fmt.Sprintf("The parameter %s is given %d times; give it once.", name, len(query[name]))}
		}
	}
	return nil
}
