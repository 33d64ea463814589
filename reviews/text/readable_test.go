package text

import (
	"os"
	"strings"
	"testing"
)

func TestReadability(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "no words",
		"👍👍👍":                               "no words",
		"!!! ... ;-)":                       "no words",
		"5":                                 "no words",
		"4.5":                               "no words",
		"★★★★★":                             "no words",
		strings.Repeat("a", 101):            "no words",
		"5/5":                               "",
		"10 / 10":                           "",
		"5 stars":                           "",
		"ok":                                "",
		"A+":                                "",
		"👍 good":                            "",
		"Works. I don't need the cable.":    "",
		"Super! Super! Super!":              "",
		"S-L-O-W":                           "",
		"antenna, antenna, antenna":         "",
		"Sehr gut, gerne wieder":            "language: German",
		"C'est l'appareil qu'il me fallait": "language: French",
		"iPhone 12 Pro Max用に買いました":          "language: Japanese",
		"iPhone 12 Pro Max 用着很合适":           "language: Chinese",
		"Я купил iPhone, доволен":           "language: Russian or another language in Cyrillic",
		"ძალიან კარგი":                      "language: another script",
		"\xff\xfe\xff":                      "no words",
	} {
		if got := Readability([]byte(text), nil).String(); got != want {
			t.Errorf("Readability(%q) = %q, want %q", text, got, want)
		}
	}
}

// The numbers are stored in files: each that is used has a name of its own, and no other has one.
func TestUnreadNames(t *testing.T) {
	names := map[string]UnreadReason{}
	for n := range 256 {
		u := UnreadReason(n)
		name := u.Language()
		if before, ok := names[name]; ok && name != "" {
			t.Errorf("%d and %d are %q", before, u, name)
		}
		names[name] = u
	}
	if want := len(languages) + len(scripts) + 2; len(names) != want {
		t.Errorf("%d names, want %d", len(names), want)
	}
	if firstScript+UnreadReason(len(scripts)) > firstLanguage {
		t.Error("numbers of scripts and of languages overlap")
	}
	if got := scripts[kana].name + scripts[han].name; got != "JapaneseChinese" {
		t.Errorf("kana and han are %s", got)
	}
}

// Reviews of at least five words, however plain, are recognized 19 times in 20; shorter ones often.
func TestShortTexts(t *testing.T) {
	data, err := os.ReadFile("testdata/short.txt")
	if err != nil {
		t.Fatal(err)
	}
	language := ""
	type tally struct{ all, noticed, long, longNoticed int }
	sums := map[string]*tally{}
	sum := &tally{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		name, isName := strings.CutPrefix(line, "= ")
		switch {
		case line == "" || line[0] == '#':
			continue
		case isName:
			if language = name; sums[name] == nil {
				sums[name] = &tally{}
			}
			continue
		}
		noticed := Readability([]byte(line), nil) > NoWords
		for _, s := range []*tally{sum, sums[language]} {
			s.all++
			long := len(strings.Fields(line)) >= 5
			if noticed {
				s.noticed++
			}
			if long {
				s.long++
			}
			if long && noticed {
				s.longNoticed++
			}
		}
		if !noticed {
			t.Logf("%s is not noticed: %s", language, line)
		}
	}
	t.Logf("noticed: %+v", *sum)
	if len(sums) != 15 || 100*sum.longNoticed < 95*sum.long || 100*sum.noticed < 90*sum.all {
		t.Errorf("%d languages, %+v", len(sums), *sum)
	}
	for name, s := range sums {
		if 10*s.longNoticed < 9*s.long {
			t.Errorf("%s: %+v", name, *s)
		}
	}
}

func TestFor(t *testing.T) {
	always := func([]byte) bool { return true }
	for _, tt := range []struct {
		text           string
		english, emoji bool
		want           UnreadReason
	}{
		{"!!!", true, true, Readable},
		{"!!!", true, false, NoWords},
		{"!!!", false, false, Readable},
		{"Works well.", true, true, Readable},
		{"Es ist sehr gut und ich bin zufrieden.", false, true, Readable},
	} {
		if got := Readability([]byte(tt.text), always).For(tt.english, tt.emoji); got != tt.want {
			t.Errorf("%q, English %t, emoji %t: %d, want %d", tt.text, tt.english, tt.emoji, got,
				tt.want)
		}
	}
	if got := NoWords.For(true, true); got != NoWords {
		t.Errorf("a text without words and emoji: %d", got)
	}
	german := Readability([]byte("Es ist sehr gut und ich bin zufrieden."), always)
	if german.Language() != "German" || german.For(true, true) != german {
		t.Errorf("German: %v, of a model that reads emoji: %v", german, german.For(true, true))
	}
}

func TestApostropheBehindALongWord(t *testing.T) {
	for _, text := range []string{
		"I 'l" + strings.Repeat("o", 36) + "ve' it", strings.Repeat("é", 25) + "’s a kettle",
	} {
		Readability([]byte(text), nil) // must not panic
	}
}

func FuzzReadability(f *testing.F) {
	f.Add("I 'l" + strings.Repeat("o", 36) + "ve' it")
	f.Add("don't l’appareil 5/5 \xff 👍🏽")
	f.Fuzz(func(t *testing.T, text string) {
		reason := Readability([]byte(text), nil)
		if again := Readability([]byte(text), nil); again != reason {
			t.Errorf("%q: %v, then %v", text, reason, again)
		}
	})
}
