package text

// scripts lists those other than Latin, by their number (UnreadReason).
var scripts = [...]struct {
	name      string
	spaceless bool   // written without spaces between words
	ranges    string // first and last, in pairs
}{
	{"another script", false, ""},
	{"Russian or another language in Cyrillic", false,
		"\u0400\u052f\u1c80\u1c8f\u2de0\u2dff\ua640\ua69f"},
	{"Greek", false, "\u0370\u03ff\u1f00\u1fff"},
	{"Arabic or another language in its script", false,
		"\u0600\u06ff\u0750\u077f\u08a0\u08ff\ufb50\ufdff\ufe70\ufefc"},
	{"Hebrew", false, "\u0590\u05ff\ufb1d\ufb4f"},
	{"Hindi or another language in Devanagari", false, "\u0900\u097f\ua8e0\ua8ff"},
	{"Bengali", false, "\u0980\u09ff"},
	{"Tamil", false, "\u0b80\u0bff"},
	{"Telugu", false, "\u0c00\u0c7f"},
	{"Thai", true, "\u0e00\u0e7f"},
	{"Korean", false, "\u1100\u11ff\u3130\u318f\ua960\ua97f\uac00\ud7ff"},
	{"Japanese", true, "\u3040\u30ff\u31f0\u31ff\uff66\uff9f"},
	{"Chinese", true,
		"\u2e80\u2fdf\u3005\u3007\u3400\u4dbf\u4e00\u9fff\uf900\ufaff\U00020000\U0003ffff"},
}

const (
	latinScript = -1

	rareScript = 0
	kana       = 11
	han        = 12
)

// scriptOf returns the number of a letter's script, or latinScript.
func scriptOf(r rune) int {
	if r < 0x250 || 0x1e00 <= r && r <= 0x1eff {
		return latinScript
	}
	for s := range scripts {
		from, odd := rune(0), false
		for _, to := range scripts[s].ranges {
			if odd && from <= r && r <= to {
				return s
			}
			from, odd = to, !odd
		}
	}
	return rareScript
}
