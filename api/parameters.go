package api

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

// queryParameters lists the parameters of each route that has any. A test compares them with
// openapi.json.
var queryParameters = map[string][]string{
	"POST /v1/score":  readingParameters("guard", "model", predictStars, findTopics),
	"POST /v1/report": readingParameters("model", predictStars, findTopics),
	"POST /v1/jobs":   readingParameters("bytes", "guard", "model", findTopics),
	"GET /v1/runs":    {"cursor", "limit"},

	"POST /v1/corrections": {"is"},
}

// predictStars requests the stars that the model predicts for each text. The name stars already
// denotes a column of a file.
const predictStars = "predict_stars"

// findTopics requests the topics that texts mention.
const findTopics = "topics"

// readingParameters returns others and the parameters that define how a file is read.
func readingParameters(others ...string) []string {
	names := append([]string{"column"}, others...)
	for _, o := range scoring.Options {
		names = append(names, o.Name)
	}
	slices.Sort(names)
	return names
}

// refuseReading refuses reading parameters for a request without a file, where they have no effect.
func refuseReading(query url.Values) error {
	for _, name := range readingParameters() {
		if query.Get(name) != "" {
			return badParameter("The parameter %s says how a file is read, and this request has none.", name)
		}
	}
	return nil
}

func badParameter(format string, args ...any) *wire.Error {
	return &wire.Error{Code: wire.BadParameter, Detail: fmt.Sprintf(format, args...)}
}

// requireParameters refuses a query that would be understood only in part: net/url drops invalid
// pairs, and a misspelt or repeated parameter would have no effect. It also refuses a part of a
// body (RFC 9110, 14.4), and headers of one value that are repeated: a proxy may have read another
// of them than this server would.
func requireParameters(known []string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Content-Range") != "" {
			fail(w, r, badParameter("Content-Range is set: a part would be taken for the whole. "+
				"Send all of it in one request."))
			return
		}
		for _, name := range []string{"Content-Type", "Authorization", "X-Api-Key"} {
			if n := len(r.Header.Values(name)); n > 1 {
				fail(w, r, badParameter("The header %s is there %d times; send it once.", name, n))
				return
			}
		}
		if err := checkQuery(r.URL.RawQuery, known); err != nil {
			fail(w, r, err)
			return
		}
		next(w, r)
	}
}

// refuseConditions refuses a request that should change a resource only if it is, or is not, the
// one that the client knows. What can be changed has no entity tags: such a condition would be
// ignored, and a resource be replaced that the client meant to keep.
func refuseConditions(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"If-Match", "If-None-Match"} {
			if r.Header.Values(name) != nil {
				fail(w, r, badParameter("%s cannot be checked: what this route changes has no "+
					"entity tags. Send the request without it.", name))
				return
			}
		}
		next(w, r)
	}
}

func checkQuery(raw string, known []string) error {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return badParameter("The query %s cannot be read: %v. Parameters are separated by &, and escaped "+
			"as in a form.", quote(raw), err)
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(known, name) {
			takes := "none"
			if len(known) > 0 {
				takes = strings.Join(known, ", ")
			}
			return badParameter("Unknown parameter %s; this route accepts: %s.", quote(name), takes)
		}
		if len(query[name]) > 1 {
			return badParameter("The parameter %s is given %d times; give it once.", name, len(query[name]))
		}
	}
	return nil
}

// flag parses a parameter that is 1, 0 or absent. An empty value is refused: "?guard" means 1, and
// "guard=" may mean 0.
func flag(query url.Values, name string) (bool, error) {
	switch value := query.Get(name); {
	case value == "0" || !query.Has(name):
		return false, nil
	case value == "1":
		return true, nil
	default:
		return false, badParameter("%s is %s; it can be 0 or 1.", name, quote(value))
	}
}

// parseExtras parses what is requested in addition to scores.
func parseExtras(query url.Values) (a scoring.Extras, err error) {
	if a.Stars, err = flag(query, predictStars); err == nil {
		a.Topics, err = flag(query, findTopics)
	}
	return a, err
}
