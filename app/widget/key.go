package widget

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// CorrectionKey returns the correction that a key stands for; ok is false for any other key.
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

// pressed returns the key of an event; "" with Alt, Ctrl or Cmd, which browsers use; not Ctrl+Z.
func pressed(e app.Event) string {
	key := e.Get("key").String()
	if e.Get("altKey").Bool() || key != "z" &&
		(e.Get("ctrlKey").Bool() || e.Get("metaKey").Bool()) {
		return ""
	}
	return key
}
