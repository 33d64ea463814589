package widget

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// CorrectionKey is what a key says of the review that is looked at; ok is false for any other.
func CorrectionKey(key string) (sentiment string, ok bool) {
	switch key {
	case "p", "P":
		return "positive", true
	case "n", "N":
		return "negative", true
	case "u", "U":
		return "unsure", true
	case "z", "Z":
		return "", true
	}
	return "", false
}

// Pressed is the key of an event, "" if it is held with others that the browser has a meaning for.
func Pressed(e app.Event) string {
	key := e.Get("key").String()
	if e.Get("altKey").Bool() || key != "z" &&
		(e.Get("ctrlKey").Bool() || e.Get("metaKey").Bool()) {
		return ""
	}
	return key
}
