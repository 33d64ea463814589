package api

import (
	"strings"
	"testing"

	"reviewlens/api/history/memory"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/tokenizer/batch"
)

// Every route understands a query completely or refuses it: a guard that is silently off is worse.
func TestQueriesAreUnderstoodWhole(t *testing.T) {
	plain, _, _ := newHandler(t, nil)
	h := New(Options{Models: scoring.SingleModel(engineOf(t, plain)), History: memory.New()})
	for _, r := range allRoutes(h) {
		path := strings.ReplaceAll(r.path, "{id}", "x")
		for query, named := range map[string]string{
			"guard=1;x=2": "semicolon", "limit=%zz": `"%zz"`, "colum=review": `"colum"`,
			"Guard=1": `"Guard"`, "x": `"x"`, "=1": `""`,
		} {
			w := do(h, r.method, path+"?"+query, "text/csv", strings.NewReader("review\n=1+1\n"))
			if e, _ := wire.DecodeProblem(w.Body.Bytes()); w.Code != 400 || e == nil ||
				e.Code != wire.BadParameter || !strings.Contains(e.Detail, named) {
				t.Errorf("%s %s?%s answers %d %s, want a refusal that names %s", r.method, path,
					query, w.Code, w.Body, named)
			}
		}
		for _, name := range queryParameters[r.method+" "+r.path] {
			w := do(h, r.method, path+"?"+name+"=1&"+name+"=0", "text/csv",
				strings.NewReader("review\n=1+1\n"))
			if w.Code != 400 || !strings.Contains(w.Body.String(), "2 times") {
				t.Errorf("%s %s with %s twice answers %d %s", r.method, path, name, w.Code, w.Body)
			}
		}
	}
	body := string(frame(t, batch.Request{Model: engineOf(t, plain).Model().Manifest.ID,
		Texts: [][][]int32{{{101, 2204, 102}}}}))
	for _, sent := range [][3]string{
		{"/v1/score?guard=1", wire.TypeJSON, `{"texts": ["good"]}`},
		{"/v1/score?guard=1", wire.TypeJSONLines, `{"review": "=1+1"}`},
		{"/v1/score?guard", wire.TypeCSV, "review\n=1+1\n"},
		{"/v1/score?topics=", wire.TypeCSV, "review\ngood\n"},
		{"/v1/score?guard=1", wire.TypeJSON, `[{"review": "=1+1"}, {"review": "good"}]`},
		{"/v1/score?model=x", wire.TypeFrame, body},
	} {
		w := do(h, "POST", sent[0], sent[1], strings.NewReader(sent[2]))
		if e, _ := wire.DecodeProblem(w.Body.Bytes()); w.Code != 400 ||
			e == nil || e.Code != wire.BadParameter {
			t.Errorf("%s, of no effect or meaning with %s: %d %s", sent[0], sent[1], w.Code, w.Body)
		}
	}
	w := do(h, "POST", "/v1/score?guard=1&column=note", "text/csv",
		strings.NewReader("note,review\n=1+1,good\n"))
	if w.Code != 200 || !strings.Contains(w.Body.String(), "'=1+1") {
		t.Errorf("guard=1 answers %d %s", w.Code, w.Body)
	}
}
