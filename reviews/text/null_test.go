package text

import "testing"

func TestIsNull(t *testing.T) {
	for _, cell := range []string{"", " ", "NULL", `\N`, "nan", "NaN", "N/A", "n/a.", "None", "-",
		"--", "–", "...", "#N/A", "(blank)", "<NA>", "No Negative",
		"#NAME?", "#value!", "#DIV/0!", "[deleted]", "[removed]", "\"[deleted]\"",
		"[object Object]",
		"There are no comments available for this review", "This review has no text.",
		"Nothing.", "nothing", "No review text", "keine", "Rien", "なし", "无"} {
		if !IsNull([]byte(cell)) {
			t.Errorf("IsNull(%q) = false", cell)
		}
	}
	for _, cell := range []string{"No", "Yes", "Nope", "None of it works", "Nothing works", "5",
		"!", "ok", "Removed", "Deleted", "#name", "# 1!", "[deleted] it at once",
		"Bad", "A", "👎", "Nan's kettle", "no negative points here at all"} {
		if IsNull([]byte(cell)) {
			t.Errorf("IsNull(%q) = true", cell)
		}
	}
}

func TestJoinDropsWhatIsNoText(t *testing.T) {
	for _, tt := range [][3]string{
		{"Great", "NULL", "Great"},
		{"nan", "It works.", "It works."},
		{"N/A", "None", ""},
		{"", "The media could not be loaded.\n\n  Love it.", "Love it."},
		{"Great", "Die Medien konnten nicht geladen werden. Love it.", "Great. Love it."},
		{"", "Boils fast and… Read more", "Boils fast and"},
		{"", "I want to Read more", "I want to"},
		{"", "Read more", ""},
		{"Great", "(Translated by Google) It boils fast.\n\n(Original)\nEs kocht schnell.",
			"Great. It boils fast."},
		{"", "Es kocht schnell.\n\n(Translated by Google)\nIt boils fast.", "It boils fast."},
		{"", "__label__2 __label__new Great: It boils fast.", "Great: It boils fast."},
		{"", "(Translated by Google)", "(Translated by Google)"},
		{"", "The media could not be loaded.", ""},
	} {
		if got :=
			string(Clean(Join(nil, "{title}. {text}", []byte(tt[0]), []byte(tt[1])))); got !=
			tt[2] {
			t.Errorf("%q, %q: %q, want %q", tt[0], tt[1], got, tt[2])
		}
	}
}
