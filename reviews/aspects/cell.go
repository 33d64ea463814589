package aspects

import "strings"

// Name returns the name of a mention's aspect.
func (m Mention) Name() string {
	if m.Aspect != "" {
		return m.Aspect
	}
	return strings.ToLower(m.Term)
}

// Cell returns the aspects of a text as written in a file: "bass:negative; comfort:positive", each
// name once, mixed if it has both signs. No name contains a colon, a semicolon or quotes. Aspects
// of other products are omitted.
func Cell(found []Mention) string {
	const positive, negative = 1 << Positive, 1 << Negative
	var names []string
	signs := map[string]int{}
	for _, m := range found {
		if m.Context&Other > 0 {
			continue
		}
		name := strings.Join(strings.FieldsFunc(m.Name(), func(r rune) bool {
			return strings.ContainsRune(" :;\"\\", r)
		}), " ")
		if signs[name] == 0 {
			names = append(names, name)
		}
		signs[name] |= 1 << m.Polarity
	}
	for i, name := range names {
		polarity := Neutral.String()
		switch signs[name] & (positive | negative) {
		case positive:
			polarity = Positive.String()
		case negative:
			polarity = Negative.String()
		case positive | negative:
			polarity = "mixed"
		}
		names[i] = name + ":" + polarity
	}
	return strings.Join(names, "; ")
}
