package reviews

import (
	"bytes"
	"math"
	"strconv"
	"strings"
)

// ParseStars reads a rating as shops write it: "5", "4.0", "4,5", "5.0 out of 5 stars", "4/5", "8/10",
// "3 stars", "★★★★☆". The answer is on the scale of five; ok is false for anything else.
func ParseStars(field []byte) (stars float64, ok bool) {
	if len(field) > 1<<10 { // no rating, and not to be copied
		return 0, false
	}
	s := strings.ToLower(string(bytes.TrimSpace(field)))
	if s == "" || len(s) > 64 {
		return 0, false
	}
	if full := strings.Count(s, "★") + strings.Count(s, "⭐"); full > 0 {
		rest := strings.Trim(s, "★⭐☆✩ \ufe0f")
		if half := strings.Contains(rest, "½"); half && strings.Trim(rest, "½ ") == "" {
			return inRange(float64(full) + 0.5)
		}
		if rest != "" {
			return 0, false
		}
		return inRange(float64(full))
	}
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(s, "stars"), "star"))
	scale := 5.0
	for _, of := range []string{" out of ", "/", " of ", " von ", " sur "} {
		if value, top, found := strings.Cut(s, of); found {
			if scale, ok = number(top); !ok || scale < 1 {
				return 0, false
			}
			s = value
			break
		}
	}
	value, ok := number(s)
	if !ok {
		return 0, false
	}
	return inRange(value * 5 / scale)
}

func number(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	if s == "" || strings.ContainsAny(s, "_xXeEpPiInN+-") { // ParseFloat reads more than a person would
		return 0, false
	}
	v, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	return v, err == nil && !math.IsNaN(v)
}

func inRange(v float64) (float64, bool) {
	if v < 0.5 || v > 5 {
		return 0, false
	}
	return v, true
}
