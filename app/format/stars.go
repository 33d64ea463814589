package format

import (
	"strconv"

	"reviewlens/app/message"
)

// Sounds returns the stars that a text sounds like; "" if none are predicted, or it is unreadable.
func Sounds(s message.Scored) string {
	if s.Stars == 0 || s.Unread != "" {
		return ""
	}
	sentence := "Predicted stars: " + strconv.FormatFloat(s.Stars, 'f', 1, 64) + " of 5"
	if s.Mixed {
		sentence += ", mixed: some parts praise, others complain"
	} else if s.Stars >= 2.5 && s.Stars <= 3.5 {
		sentence += ", neutral"
	}
	return sentence + "."
}
