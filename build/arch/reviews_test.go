package arch

import (
	"slices"
	"strings"
	"testing"
)

// The packages under reviews import one another in these directions only.
func TestReviewsBySubject(t *testing.T) {
	for pkg, allowed := range map[string][]string{
		"reviewlens/reviews":        {},
		"reviewlens/reviews/bitset": {},
		"reviewlens/reviews/table":  {"reviewlens/reviews", "reviewlens/reviews/text"},
		"reviewlens/reviews/stats":  {"reviewlens/reviews"},
		"reviewlens/reviews/phrases": {"reviewlens/reviews", "reviewlens/reviews/stats",
			"reviewlens/reviews/stem"},
		"reviewlens/reviews/changes": {"reviewlens/reviews", "reviewlens/reviews/stats"},
		"reviewlens/reviews/figures": {},
		"reviewlens/reviews/aspects": {"reviewlens/reviews/stem"},
		"reviewlens/reviews/topics": {"reviewlens/reviews", "reviewlens/reviews/aspects",
			"reviewlens/reviews/changes", "reviewlens/reviews/stats", "reviewlens/reviews/stem"},
		"reviewlens/reviews/excerpt": {"reviewlens/reviews/stem"},
		"reviewlens/reviews/findings": {"reviewlens/reviews/changes", "reviewlens/reviews/excerpt",
			"reviewlens/reviews/figures", "reviewlens/reviews/phrases", "reviewlens/reviews/stats",
			"reviewlens/reviews/text", "reviewlens/reviews/topics"},
		"reviewlens/reviews/report": {"reviewlens/reviews/excerpt", "reviewlens/reviews/figures"},
		"reviewlens/reviews/paired": {"reviewlens/reviews", "reviewlens/reviews/figures",
			"reviewlens/reviews/stats"},
		"reviewlens/reviews/stem": {},
		"reviewlens/reviews/text": {},
	} {
		for _, dep := range run(t, "", "go", "list", "-f", `{{join .Imports "\n"}}`, pkg) {
			if strings.HasPrefix(dep, "reviewlens/") && !slices.Contains(allowed, dep) {
				t.Errorf("%s imports %s", pkg, dep)
			}
		}
	}
}

// The page's worker links reviews/stats, so a variable that is computed at the start would slow
// down every visit.
func TestStatsInitializesNothing(t *testing.T) {
	for _, pkg := range []string{"reviewlens/reviews", "reviewlens/reviews/stats"} {
		if found := initialized(t, pkg); len(found) > 0 {
			t.Errorf("%s computes %s at package initialization", pkg, strings.Join(found, ", "))
		}
	}
}
