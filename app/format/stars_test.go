package format

import (
	"testing"

	"reviewlens/app/message"
)

func TestSounds(t *testing.T) {
	for _, c := range []struct {
		s    message.Scored
		want string
	}{
		{message.Scored{Sentiment: "positive"}, ""},
		{message.Scored{Sentiment: "unsure", Stars: 3, Unread: "no words"}, ""},
		{message.Scored{Stars: 4.26}, "Predicted stars: 4.3 of 5."},
		{message.Scored{Stars: 2.5}, "Predicted stars: 2.5 of 5, neutral."},
		{message.Scored{Stars: 3.5}, "Predicted stars: 3.5 of 5, neutral."},
		{message.Scored{Stars: 3, Mixed: true},
			"Predicted stars: 3.0 of 5, mixed: some parts praise, others complain."},
	} {
		if got := Sounds(c.s); got != c.want {
			t.Errorf("Sounds(%+v) = %q, want %q", c.s, got, c.want)
		}
	}
}
