package aspects

import (
	"strings"
	"testing"
)

func TestContextOf(t *testing.T) {
	for _, tt := range []struct {
		text string // the mention in brackets
		want Context
	}{
		{"I like this [kettle]", This | Within},
		{"These [cups] leak", This},
		{"good value at this [price]", Within},
		{"it is louder than my [X200]", Other | Within | Capital},
		{"My old [router] was fine", Other | Within},
		{"my old one had a better [battery]", Other | Within},
		{"My old one died, the [battery] of this is good", Within},
		{"Unlike the previous [model], it works", Other | Within},
		{"compared to the [Acme], it is slow", Other | Within | Capital},
		{"[Battery] is great", Capital},
		{"It broke. [Battery] is great", Capital},
		{"the [Battery] is great", Within | Capital},
		{"GREAT [BATTERY]", Capital},
		{"the other day the [lid] broke", Within},
		{"the sound is better than [expected]", Other | Within},
		{"my old drill was heavy and also lacked [power]", Other | Within},
		{"an older Acme lamp that became [dim]", Other | Within},
		{"I bought it to replace my old lamp and the [light] is better", Within},
		{"when my old lamp died I bought this for its [light]", Within},
		{"the buds that came with my phone [hurt]", Other | Within},
		{"whereas the Acme has a weak [motor]", Other | Within},
		{"other brands I tried had a poor [fit]", Other | Within},
		{"the other keys have a good [feel]", Within},
		{"I previously owned a pair with better [bass]", Other | Within},
		{"some reviewers have mentioned that the [hinge] squeaks", Other | Within},
		{"I read reviews about a loose [lid]", Other | Within},
		{"the [battery] of my old one died", Other | Within},
		{"the [keys] on other brands are stiff", Other | Within},
		{"the [keys] on my laptop are stiff", Within},
		{"in less than a week the [lid] broke", Within},
		{"easier than most [kettles]", Other | Within},
		{"my old ears like the [volume]", Within},
		{"it replaced my old lamp, which had a weak [bulb]", Other | Within},
		{"other than that I have a good [feeling]", Within},
		{"the other one is [broken]", Within},
		{"four instead of five for a dull [knob]", Within},
		{"people say it [breaks]", Other | Within},
		{"I have heard that they [rust]", Other | Within},
		{"I had read about lids that [rattle]", Other | Within},
		{"the best sound I ever heard from a [speaker]", Within},
		{"I never heard that they [rust]", Within},
		{"some reviewers said they [run small]", Other | Within},
		{"I say it [breaks]", Within},
		{"As others mentioned it [runs small]", Within},
		{"like many other reviewers said they [run small]", Within},
		{"as many people have said it [runs small]", Within},
		{"the one I had before [leaked]", Other | Within},
		{"the brand I used before was [noisy]", Other | Within},
		{"the pair I've tried before was [noisy]", Other | Within},
		{"a year of use before the handle [broke]", Within},
		{"it can be used before the battery [dies]", Within},
		{"hardly used before the seams [ripped]", Within},
		{"more expensive than most but [worth] it", Within},
		{"better than my Dyson and half the [price]", Within},
		{"a bit smaller than expected but very [comfortable]", Within},
		{"lighter than advertised and [sturdy]", Within},
		{"broke in less than 2 weeks of [use]", Within},
		{"more than enough [space]", Within},
		{"quieter than my old noisy [fan]", Other | Within},
		{"compared to the old one and [noise]", Other | Within},
		{"my older son says the [sound] is great", Within},
		{"my last order [arrived broken]", Within},
		{"my old order of flimsy [bags]", Within},
		{"in my old house the [signal] drops", Within},
		{"my old house was [noisy]", Other | Within},
		{"Acme claims that setup is a [breeze], but it is not", Other | Within},
		{"claims of \"[easy]\" setup are nonsense", Other | Within},
		{"it works as claimed and the [sound] is good", Within},
		{"I claimed my money back and the [service] was slow", Within},
		{"If you want good [bass], then you should look elsewhere", Other | Within},
		{"looking for sound and [performance] (or more), try somewhere else.", Other | Within},
		{"If you want good [bass], this is it. Do not look elsewhere", Within},
		{"the [bass] is bad, I will look elsewhere", Within},
		{"a toy drill is [quieter] than this", Other | Within},
		{"the Acme has a better [sound] than these do", Other | Within},
		{"much better [value] per ounce than this", Other | Within},
		{"nothing is [easier] than this", Within},
		{"you can't find a better [value] than this", Within},
		{"a drill should [last longer] than this", Within},
		{"it is [quieter] than these other drills", Within},
		{"[]", 0},
	} {
		start := strings.IndexByte(tt.text, '[')
		end := strings.IndexByte(tt.text, ']') - 1
		text := strings.NewReplacer("[", "", "]", "").Replace(tt.text)
		if got := ContextOf([]byte(text), start, end); got != tt.want {
			t.Errorf("%s: %04b, want %04b", tt.text, got, tt.want)
		}
	}
}

// Whatever the bytes, a context is found without looking outside of them.
func FuzzContextOf(f *testing.F) {
	f.Add([]byte("my old router’s battery"), 7, 13)
	f.Fuzz(func(t *testing.T, text []byte, start, end int) {
		ContextOf(text, start, end)
	})
}
