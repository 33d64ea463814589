package aspects

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// sentence is a line of testdata/implied.txt or testdata/free.txt.
type sentence struct {
	aspect   string
	polarity Polarity
	text     string
	unseen   bool // while the lexicon was written
	literal  bool // it has the aspect's word
}

func sentences(t *testing.T, name string) (out []sentence) {
	file, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(file)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.SplitN(strings.TrimSpace(line), " ", 3)
		s := sentence{text: parts[2]}
		s.aspect, s.unseen = strings.CutPrefix(parts[0], "*")
		if parts[1] == "-" {
			s.polarity = Negative
		}
		s.literal = strings.Contains(strings.ToLower(s.text), s.aspect) ||
			s.aspect == "ease" && strings.Contains(strings.ToLower(s.text), "easy")
		out = append(out, s)
	}
	return out
}

// found counts what the lexicon finds in sentences, by a word for each kind.
type found struct {
	right, all map[string]int
	other      int // mentions of another aspect or polarity than the sentence's
}

func (f *found) String() string {
	var out []string
	for _, kind := range slices.Sorted(maps.Keys(f.all)) {
		out = append(out, fmt.Sprintf("%s %d of %d", kind, f.right[kind], f.all[kind]))
	}
	return fmt.Sprintf("%s; other mentions: %d", strings.Join(out, ", "), f.other)
}

// findIn reads a file of testdata. It logs sentences that are not found, except for those that
// nobody has looked at.
func findIn(t *testing.T, name string) *found {
	f := &found{right: map[string]int{}, all: map[string]int{}}
	for _, s := range sentences(t, name) {
		kinds := []string{"all", s.aspect, "without the word", "seen"}
		if s.literal {
			kinds[2] = "with the word"
		}
		if s.unseen {
			kinds[3] = "unseen"
		}
		right := false
		got := ""
		for _, m := range Default().Add([]byte(s.text), nil) {
			got += fmt.Sprintf(" %s %v (%s)", m.Aspect, m.Polarity, m.Term)
			if m.Aspect == s.aspect && m.Polarity == s.polarity {
				right = true
			} else {
				f.other++
			}
		}
		for _, kind := range kinds {
			f.all[kind]++
			if right {
				f.right[kind]++
			}
		}
		if !right && !s.unseen {
			t.Logf("%s %v: %q:%s", s.aspect, s.polarity, s.text, got)
		}
	}
	return f
}

// wantFound fails the test if less than percent of a kind of sentences are found.
func wantFound(t *testing.T, f *found, kind string, percent int) {
	t.Helper()
	if 100*f.right[kind] < percent*f.all[kind] {
		t.Errorf("%s: %d of %d are found, want %d%%", kind, f.right[kind], f.all[kind], percent)
	}
}

// In 80% of sentences about 12 aspects, the lexicon finds aspect and polarity, also in those
// written after it, and finds little else in them.
func TestImplied(t *testing.T) {
	f := findIn(t, "implied.txt")
	t.Log(f)
	wantFound(t, f, "all", 80)
	wantFound(t, f, "unseen", 80)
	if 10*f.other > f.all["all"] {
		t.Errorf("%d other mentions in %d sentences, want one in ten at most", f.other,
			f.all["all"])
	}
}

// In sentences worded differently from the lexicon it finds far fewer: phrases for some of them
// find no others.
func TestImpliedFreely(t *testing.T) {
	f := findIn(t, "free.txt")
	t.Log(f)
	wantFound(t, f, "seen", 55)
	wantFound(t, f, "unseen", 20)
}

// The same holds for these, some of which imply nothing: anything found in those is false. Those of
// fresh.txt are figurative.
func TestImpliedPlainly(t *testing.T) {
	for _, tt := range []struct {
		file          string
		found, wanted int // at least
		falsely       int // maximum, of a hundred that imply nothing
	}{
		{"plain.txt", 550, 1700, 15},
		{"fresh.txt", 1, 60, 20},
	} {
		var wanted, found, other, none, wrong int
		for _, s := range sentences(t, tt.file) {
			for _, m := range Default().Add([]byte(s.text), nil) {
				switch {
				case s.aspect == "none":
					wrong++
				case m.Aspect == s.aspect && m.Polarity == s.polarity:
					found++
				default:
					other++
				}
			}
			if s.aspect == "none" {
				none++
			} else {
				wanted++
			}
		}
		t.Logf("%s: %d of %d, and %d others; %d false mentions in %d that imply nothing", tt.file,
			found, wanted, other, wrong, none)
		if found < tt.found || wanted < tt.wanted || 100*wrong > tt.falsely*none {
			t.Errorf("want %d of %d at least, and %d false mentions in a hundred at most",
				tt.found, tt.wanted, tt.falsely)
		}
	}
}

// describe returns the mentions of a text, as "[term] aspect polarity".
func describe(l *Lexicon, text string, named ...Mention) string {
	var out []string
	for _, m := range l.Add([]byte(text), named) {
		out = append(out, fmt.Sprintf("[%s] %s %v", text[m.Start:m.End], m.Aspect, m.Polarity))
	}
	return strings.Join(out, "; ")
}

func TestLexicon(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"They are comfortable.", "[comfortable] comfort positive"},
		{"They are not very comfortable.", "[comfortable] comfort negative"},
		{"Not only comfortable, also cheap.", "[comfortable] comfort positive"},
		{"It could be more comfortable", "[comfortable] comfort negative"},
		{"It could not be more comfortable", "[comfortable] comfort positive"},
		{"If you want a comfortable one", ""},
		{"It never broke", "[broke] durability positive"},
		{"We just broke even", ""},
		{"That sounds like a plan", ""},
		{"The sound is great", "[sound] sound positive"},
		{"The sound", ""},
		{"The sound is not great", "[sound] sound negative"},
		{"great sound, poor battery", "[sound] sound positive; [battery] battery negative"},
		{"great sound but poor battery", "[sound] sound positive; [battery] battery negative"},
		{"no noise", "[noise] noise positive"},
		{"a lot of noise", "[noise] noise negative"},
		{"it has noise", ""},
		{"It is anything but easy", "[easy] ease negative"},
		{"slow delivery", "[delivery] delivery negative"},
		{"Do not waste your money", "[waste your money] price negative"},
		{"It GETS VERY HOT", "[GETS VERY HOT] heat negative"},
		{"they don’t hold up", "[hold up] durability negative"},
		{"I own the Comfy Three", ""},
		{"broke", "[broke] durability negative"},
		{"My feet really hurt", "[My feet really hurt] comfort negative"},
		{"My feet never hurt", "[My feet never hurt] comfort positive"},
		{"my feet are fine. It hurts", "[hurts] comfort negative"},
		{"It lasted 2.5 days", "[lasted 2.5 days] durability negative"},
		{"It arrived two days late", "[two days late] delivery negative"},
		{"Far from easy", "[easy] ease negative"},
		{"the least comfortable chair", "[comfortable] comfort negative"},
		{"It makes very little noise", "[makes very little noise] noise positive"},
		{"I expected more comfort", "[comfort] comfort negative"},
		{"I have yet to feel any discomfort", "[discomfort] comfort positive"},
		{"it is easy to use, not to mention easy to clean",
			"[easy to use] ease positive; [easy to clean] ease positive"},
		{"minimal strain on my wrists", "[strain on my wrists] comfort positive"},
		{"The last six months were fine", ""},
		{"hands down the best lamp", ""},
		{"it takes a great deal of force", ""},
		{"high quality bass", "[high quality] quality positive"},
		{"No problems with the setup", "[setup] ease positive"},
		{"My knees hurt much less", "[hurt] comfort positive"},
		{"it broke less than a week later", "[broke] durability negative"},
		{"It is not new and is out of warranty", "[out of warranty] durability negative"},
		{"It eases the pain in my knee", "[eases the pain] comfort positive"},
		{"I have wrist pain from work", ""},
		{"with loud tools", ""},
		{"I can't hear the world outside", ""},
		{"do not waste your time", ""},
		{"I type all day at work", ""},
		{"he was bent on a new one", ""},
		{"after a week it loosened up", ""},
		{"every now and again (not often)", ""},
		{"some friendly advice", ""},
		{"it keeps my feet from hurting", "[my feet from hurting] comfort positive"},
		{"the wedges are a solid choice", ""},
		{"it is a solid piece of wood", "[is a solid] durability positive"},
		{"I have very small hands", ""},
		{"I know that sounds horrible", ""},
		{"we have failed to understand it", ""},
		{"it was not worth sending back", ""},
		{"it took a week to learn", ""},
		{"it is quite odd even to try it", ""},
		{"this will be my last", ""},
		{"an elbow bent on the desk", ""},
		{"I was ticked off by coarse grinds", ""},
		{"it beeps when it is done", ""},
		{"baby steps, then a crawl", ""},
		{"a crooked line", ""},
		{"standing up for the anthem", ""},
		{"hours on end", ""},
		{"the pair right next to it", ""},
		{"he loves singing", ""},
		{"I singed my hair", "[singed] heat negative"},
		{"simply to see what happens", ""},
		{"the craftsmanship is poor", "[craftsmanship] quality negative"},
		{"don't buy this junk", "[junk] quality negative"},
		{"it holds a charge for days", "[holds a charge] battery positive"},
		{"it doesn't hold a charge", "[hold a charge] battery negative"},
		{"the keys are a little noisy", "[noisy] noise negative"},
		{"it is a huge Disney fan", ""},
		{"it is huge", "[it is huge] size negative"},
		{"return it for a full refund", ""},
		{"they gave me a full refund", "[gave me a full refund] service positive"},
		{"don't waste your hard earned money", "[hard earned] price negative"},
		{"it was not worth the hassle", ""},
		{"it's more than worth the money", "[more than worth] price positive"},
		{"not a deal breaker", ""},
		{"it promptly stopped", ""},
		{"a book that is hard to put down", ""},
		{"I have pain in my hands", ""},
		{"it gave me pain in my hands", "[pain in my hands] comfort negative"},
		{"I no longer have pain in my hands", "[no longer have pain] comfort positive"},
		{"until I am forced to (when it breaks)", ""},
		{"can't go a minute without crashing", "[crashing] reliability negative"},
		{"works without crashing", "[crashing] reliability positive"},
		{"for extreme comfort", ""},
		{"a quiet office", ""},
		{"it is hard to beat the price", "[hard to beat the price] price positive"},
		{"the price is so cheap", "[price is so cheap] price positive"},
		{"the low battery indicator is on", ""},
		{"it doesn't get any easier", "[doesn't get any easier] ease positive"},
		{"into hard to reach places", ""},
		{"my old one bit the dust", ""},
		{"I don't know how well it will hold up", ""},
		{"they replaced it for me", "[they replaced it] service positive"},
		{"the one they replaced", ""},
		{"Without a doubt the most comfortable shoes.", "[comfortable] comfort positive"},
		{"I can't believe how comfortable these are.", "[comfortable] comfort positive"},
		{"I could not believe how quiet it is", "[quiet] noise positive"},
		{"I can't believe how uncomfortable these are.", "[uncomfortable] comfort negative"},
		{"I don't believe it is comfortable", "[comfortable] comfort negative"},
		{"You won't find a more comfortable chair.", "[comfortable] comfort positive"},
		{"You will not find a more comfortable chair.", "[comfortable] comfort positive"},
		{"I never had a more comfortable pair.", "[comfortable] comfort positive"},
		{"I never had a more uncomfortable pair.", "[uncomfortable] comfort negative"},
		{"Couldn't ask for a more comfortable chair", "[comfortable] comfort positive"},
		{"Nothing is more comfortable", "[comfortable] comfort positive"},
		{"I've never heard better sound", "[sound] sound positive"},
		{"You won't hear worse sound", "[sound] sound negative"},
		{"I never had an easier time", "[easier] ease positive"},
		{"They are not more comfortable", "[comfortable] comfort negative"},
		{"I can't find a comfortable position", "[comfortable] comfort negative"},
		{"It won't get more comfortable", "[comfortable] comfort negative"},
		{"I haven't found them more comfortable", "[comfortable] comfort negative"},
		{"nothing makes it more comfortable", "[comfortable] comfort negative"},
		{"no more comfortable than a rock", "[comfortable] comfort negative"},
		{"the sound is not better", "[sound] sound negative"},
		{"No issues and easy to use", "[easy to use] ease positive"},
		{"No complaints and very comfortable.", "[comfortable] comfort positive"},
		{"works without a problem and easy to use", "[easy to use] ease positive"},
		{"never an issue and comfortable", "[comfortable] comfort positive"},
		{"No issues with the setup", "[setup] ease positive"},
		{"no problems with leaks", "[leaks] durability positive"},
		{"no problems or leaks", "[leaks] durability positive"},
		{"not a problem and not comfortable", "[comfortable] comfort negative"},
		{"Worked great until it broke.", "[broke] durability negative"},
		{"I loved it till it leaked all over my bag.", "[leaked] durability negative"},
		{"It was fine until the motor died.", "[motor died] durability negative"},
		{"I will use them until they break.", ""},
		{"My son wears them until they are too small.", ""},
		{"Cook it until it gets hot.", ""},
		{"I use them until they are worn out.", ""},
		{"Wait until it is more comfortable.", ""},
		{"The game is too easy.", "[easy] ease negative"},
		{"So easy it is almost too easy.", "[easy] ease positive; [easy] ease positive"},
		{"The couch is too comfortable, I fall asleep.", "[comfortable] comfort positive"},
		{"The cushion is almost too comfortable", "[cushion] comfort positive"},
		{"The pillow is too soft.", "[pillow is too soft] comfort negative"},
		{"It is very easy too use.", "[easy too use] ease positive"},
		{"Food was too tasty", "[tasty] taste positive"},
		{"It is not too heavy", "[not too heavy] weight positive"},
		{"It was so easy, too.", "[easy] ease positive"},
		{"Fixed the leak in our roof.", "[leak] durability positive"},
		{"Got rid of the mold in our shower.", "[mold] cleanliness positive"},
		{"Repaired the crack in my windshield.", "[crack] durability positive"},
		{"Fixed a leaking pipe.", "[leaking] durability positive"},
		{"Fixed my squeaky door.", "[squeaky] noise positive"},
		{"It really stopped the leak.", "[leak] durability positive"},
		{"I fixed the leak myself.", "[leak] durability negative"},
		{"It has completely stopped the leak.", "[leak] durability positive"},
		{"This new tape fixed the leak.", "[leak] durability positive"},
		{"Works great and fixed the leak.", "[leak] durability positive"},
		{"The plumber fixed the leak.", "[leak] durability negative"},
		{"My husband fixed the squeak with oil.", "[squeak] noise negative"},
		{"Adding a washer stopped the leak.", "[leak] durability negative"},
		{"The landlord got rid of the mold.", "[mold] cleanliness negative"},
		{"I had to fix the leak.", "[leak] durability negative"},
		{"I don't have to fix leaks anymore.", "[leaks] durability positive"},
		{"I have no need to fix any leaks now.", "[leaks] durability positive"},
		{"I can't get it to stop leaking.", "[leaking] durability negative"},
		{"I can't get rid of the mold.", "[mold] cleanliness negative"},
		{"Do not buy this it leaks", "[leaks] durability negative"},
		{"would not recommend it broke", "[broke] durability negative"},
		{"not happy it broke", "[broke] durability negative"},
		{"never again it broke after a week", "[broke] durability negative"},
		{"no regrets super comfortable", "[comfortable] comfort positive"},
		{"can't complain very comfortable", "[comfortable] comfort positive"},
		{"It's not like those cheap flimsy ones.", "[flimsy] durability positive"},
		{"nothing like the itchy ones", "[itchy] comfort positive"},
		{"I do not like how flimsy it is", "[flimsy] durability negative"},
		{"You can't even tell it was cracked.", "[cracked] durability positive"},
		{"I can't tell you how comfortable it is", "[comfortable] comfort positive"},
		{"They don't tell you it leaks", "[leaks] durability negative"},
		{"No more buying flimsy bags.", "[flimsy] durability positive"},
		{"Not buying again it broke", "[broke] durability negative"},
		{"There is no bad aftertaste.", "[aftertaste] taste positive"},
		{"Never had a bad leak.", "[leak] durability positive"},
		{"not bad and easy to use", "[easy to use] ease positive"},
		{"I can't stand the smell.", "[smell] smell negative"},
		{"I don't like the smell.", "[smell] smell negative"},
		{"They did nothing about the noise.", ""},
		{"A non-stick, easy to clean pan.", "[easy to clean] ease positive"},
		{"The non-slip comfortable grip.", "[comfortable] comfort positive"},
		{"The non-stick coating started peeling.", "[started peeling] durability negative"},
		{"A non-toxic paint.", "[toxic] safety positive"},
		{"Nothing fancy just simple to use.", "[simple to use] ease positive"},
		{"The app won't load it just crashes.", "[crashes] reliability negative"},
		{"A screen with no glare and very light weight.", "[light weight] weight positive"},
		{"Not too big and comfortable.",
			"[Not too big] size positive; [comfortable] comfort positive"},
		{"There were no cracks and no smell or leaks.", "[no cracks] durability positive; " +
			"[no smell] smell positive; [leaks] durability positive"},
		{"It is not durable and comfortable.",
			"[durable] durability negative; [comfortable] comfort negative"},
		{"It's not working and leaks.", "[leaks] durability negative"},
		{"Not even three weeks later it broke.",
			"[three weeks later it broke] durability negative"},
		{"After not even a month of use the handle snapped.", "[snapped] durability negative"},
		{"Not even 2 days, then it leaks.", "[leaks] durability negative"},
		{"It did not even leak.", "[leak] durability positive"},
		{"It didn't even crack in two years of use.", "[crack] durability positive"},
		{"Don't get ripped off.", "[ripped off] price negative"},
		{"Do not get this junk.", "[junk] quality negative"},
		{"They don't get loose.", "[get loose] durability positive"},
		{"Nothing beats the price.", "[Nothing beats the price] price positive"},
		{"It runs a size small.", "[runs a size small] size negative"},
		{"I need to charge twice a day.", "[charge twice] battery negative"},
		{"I was charged twice.", "[charged twice] service negative"},
		{"You can change the font size too.", ""},
		{"They are two sizes too big.", "[two sizes too] size negative"},
		{"Good luck getting a refund.", ""},
		{"I had good luck with the refund.", "[refund] service positive"},
		{"Had it been sturdier I would keep it.", ""},
		{"The so-called easy setup took a day.", "[easy] ease negative"},
		{"The so called lid is flimsy.", "[flimsy] durability negative"},
		{"Their supposedly great service.", "[service] service negative"},
		{"Zero stars for a complete rip off.", "[rip off] price negative"},
		{"No idea why it leaks.", "[leaks] durability negative"},
		{"They never fixed the leak.", "[leak] durability negative"},
		{"Won't stop leaking.", "[leaking] durability negative"},
		{"Doesn't prevent leaks.", "[leaks] durability negative"},
		{"It didn't reduce the noise.", ""},
		{"Non-stop squeaking.", "[squeaking] noise negative"},
		{"Nobody mentions how noisy it is.", "[noisy] noise negative"},
		{"A new tent should not have leaked.", "[leaked] durability negative"},
		{"It should not be this uncomfortable.", "[uncomfortable] comfort negative"},
		{"For the price it should not leak", "[leak] durability negative"},
		{"It is not worth the cheap price",
			"[not worth] price negative; [cheap price] price negative"},
		{"It does not work reliably", "[reliably] reliability negative"},
		{"I don't know how long it will last", ""},
		{"You cannot buy a better designed lamp", "[designed] design positive"},
		{"Please fix the crashes", "[crashes] reliability negative"},
		{"It prevents leaks.", "[leaks] durability positive"},
		{"I was worried about leaks but so far so good.", ""},
		{"Worried about the noise but it is silent.", "[silent] noise positive"},
		{"I was afraid of it breaking but it has held up.", "[held up] durability positive"},
		{"I was concerned about durability but it is solid.", "[is solid] durability positive"},
		{"I was a bit worried about the size but it fits.", "[it fits] size positive"},
		{"My concern was the durability.", ""},
		{"I had concerns about the size.", ""},
		{"I thought it was going to be flimsy but it's not.", ""},
		{"I was worried it was going to be too heavy.", ""},
		{"I am worried about the durability.", "[durability] durability negative"},
		{"My only concern is the noise.", "[noise] noise negative"},
		{"I'm afraid it broke.", "[broke] durability negative"},
		{"I was never worried about leaks.", "[leaks] durability positive"},
		{"As far as comfort is concerned they are comfortable.",
			"[comfort] comfort positive"},
		{"As far as I was concerned it was flimsy.", "[flimsy] durability negative"},
		{"We thought it was flimsy.", "[flimsy] durability negative"},
		{"I don't use it because it hurts.", "[hurts] comfort negative"},
		{"I can't review it because they sent me the wrong one.",
			"[sent me the wrong one] delivery negative"},
		{"Not because it is comfortable.", "[comfortable] comfort negative"},
		{"I was worried because it was so heavy.", "[so heavy] weight negative"},
		{"The tape stopped the leak.", "[leak] durability positive"},
		{"Flex Seal stopped the leak.", "[leak] durability positive"},
		{"WD-40 fixed the squeak.", "[squeak] noise positive"},
		{"The pads stopped the squeaking.", "[squeaking] noise positive"},
		{"I think the tape stopped the leak.", "[leak] durability positive"},
		{"A few drops of this oil removed the squeak.", "[squeak] noise positive"},
		{"The latest update fixed the crashing.", "[crashing] reliability positive"},
		{"The tape never stopped the leak.", "[leak] durability negative"},
		{"Nothing stopped the leak.", "[leak] durability negative"},
		{"I finally fixed the leak.", "[leak] durability negative"},
		{"The new owner fixed the leak.", "[leak] durability negative"},
		{"Support fixed the crashes.", "[crashes] reliability negative"},
		{"Replacing the screw fixed the squeak.", "[squeak] noise negative"},
		{"It works well until it just stops working.", "[stops working] durability negative"},
		{"Fine until it tips over and leaks.", "[leaks] durability negative"},
		{"The bag was strong until it sprung a leak.", "[leak] durability negative"},
		{"It kept warm until it shrunk in the wash.", "[shrunk] durability negative"},
		{"I had no problems until it broke.", "[broke] durability negative"},
		{"No issues until it started leaking.", "[leaking] durability negative"},
		{"We had no trouble until the screen cracked.",
			"[no trouble] ease positive; [cracked] durability negative"},
		{"I didn't notice until it leaked everywhere.", "[leaked] durability negative"},
		{"It wasn't a month until it fell apart.", "[fell apart] durability negative"},
		{"It didn't take long before it broke.", "[broke] durability negative"},
		{"It wasn't a week before it leaked.", "[leaked] durability negative"},
		{"It does not leak until you fill it to the brim.", "[leak] durability positive"},
		{"I had no comfortable chair until I found it.", "[comfortable] comfort negative"},
		{"I had no good chair until I found this comfortable one.", ""},
		{"I never wear them until they hurt.", ""},
		{"Two weeks before it was comfortable.", "[comfortable] comfort positive"},
		{"I've never been more comfortable.", "[comfortable] comfort positive"},
		{"I've never been so comfortable.", "[comfortable] comfort positive"},
		{"I've never worn shoes this comfortable.", "[comfortable] comfort positive"},
		{"I never had such a noisy fan.", "[noisy] noise negative"},
		{"I've never owned a tent that leaked so much.", "[leaked] durability negative"},
		{"I've never seen a tent leak like this.", "[leak] durability negative"},
		{"Never seen anything break so fast.", "[break] durability negative"},
		{"I never had a leak so I'm happy.", "[leak] durability positive"},
		{"I never saw it, never had this crack.", "[crack] durability positive"},
		{"It was never so comfortable.", "[comfortable] comfort negative"},
		{"I have never seen this tent leak.", "[leak] durability positive"},
		{"They have never been comfortable.", "[comfortable] comfort negative"},
		{"Not just loud but hot.", "[loud] noise negative"},
		{"Not just easy to use but comfortable.",
			"[easy to use] ease positive; [comfortable] comfort positive"},
		{"It is not very easy to use.", "[not very easy to use] ease negative"},
		{"Better than expected and easy to use.", "[easy to use] ease positive"},
		{"Works as expected and easy to use.", "[easy to use] ease positive"},
		{"It is what I expected and comfortable.", "[comfortable] comfort positive"},
		{"I expected it to be comfortable.", "[comfortable] comfort negative"},
		{"It was expected to be comfortable.", "[comfortable] comfort negative"},
		{"Other than the noise, it's great.", "[noise] noise negative"},
		{"Aside from the smell it's perfect.", "[smell] smell negative"},
		{"I love it apart from the price.", "[price] price negative"},
		{"Great machine besides the noise.", "[noise] noise negative"},
		{"Despite the noise I like it.", "[noise] noise negative"},
		{"Works great even with the noise.", "[noise] noise negative"},
		{"Great other than comfort.", "[comfort] comfort negative"},
		{"There is nothing good about it except the price.", "[price] price positive"},
		{"Great except the sound was so bad.", "[sound was so bad] sound negative"},
		{"Despite the great sound I returned it.", "[sound] sound positive"},
		{"Other than that the sound is great.", "[sound] sound positive"},
		{"No box except for the instructions.", ""},
		{"Great, even with noise cancelling.", ""},
		{"My back stopped hurting.", "[My back stopped hurting] comfort positive"},
		{"The pain stopped after two nights.", "[pain stopped] comfort positive"},
		{"It stopped leaking.", "[leaking] durability positive"},
		{"The phone quit holding a charge.", "[holding a charge] battery negative"},
		{"It stopped being comfortable.", "[comfortable] comfort negative"},
		{"It stopped working.", "[stopped working] durability negative"},
		{"It never stopped leaking.", "[leaking] durability negative"},
		{"It quit after two weeks.", "[quit after two] durability negative"},
		{"My back used to hurt.", "[My back used to hurt] comfort positive"},
		{"It used to be comfortable.", "[comfortable] comfort negative"},
		{"Used to be so sturdy.", "[sturdy] durability negative"},
		{"I used to wake up with back pain.", "[wake up with back pain] comfort positive"},
		{"I am used to comfortable shoes.", "[comfortable] comfort positive"},
		{"I got used to having it hurt.", "[hurt] comfort negative"},
		{"It is used to cook the food quickly and is easy to clean.",
			"[easy to clean] ease positive"},
		{"Not sure how long it will last but so far so good.", ""},
		{"No idea how durable it is yet.", ""},
		{"Time will tell how durable it is.", ""},
		{"I wonder how long they will last.", ""},
		{"I can't wait to see how comfortable it is.", "[comfortable] comfort positive"},
		{"I don't know how they made it so comfortable.", "[comfortable] comfort positive"},
		{"You have no idea how comfortable it is.", "[comfortable] comfort positive"},
		{"I had no idea how uncomfortable it was.", "[uncomfortable] comfort negative"},
		{"You can see how flimsy it is.", "[flimsy] durability negative"},
		{"I don't see how that is comfortable.", "[comfortable] comfort negative"},
		{"You should not have any leaks with this.", ""},
		{"You shouldn't have any problems with leaks.", ""},
		{"With proper care it shouldn't rust.", ""},
		{"Shoes should never fall apart after a month.", "[fall apart] durability negative"},
		{"It should never have broken.", "[broken] durability negative"},
		{"You should never run out of charge.", "[never run out] battery positive"},
		{"It should not have any leaks.", "[leaks] durability negative"},
		{"I have never broken it.", "[never broken] durability positive"},
		{"You can't go wrong with this sturdy tent.", "[sturdy] durability positive"},
		{"I never knew a chair could be this comfortable.", "[comfortable] comfort positive"},
		{"Other chairs are not as comfortable as this one.", "[comfortable] comfort positive"},
		{"It is not as comfortable as the old one.", "[comfortable] comfort negative"},
		{"The price was too good to pass up.", "[price] price positive"},
		{"You can not beat the price.", "[not beat the price] price positive"},
		{"The price could not be beat.", "[price could not be beat] price positive"},
		{"At that price how can you go wrong?",
			"[price how can you go wrong] price positive"},
		{"No setup required.", "[No setup required] ease positive"},
		{"You won't look back.", ""},
		{"Is it comfortable? No.", ""},
		{"It is quiet. Does it leak?", "[quiet] noise positive"},
		{"Did I mention how quiet it is?", "[quiet] noise positive"},
		{"Why is it so noisy?", "[noisy] noise negative"},
		{"It needs to be durable.", ""},
		{"It needs to be on the charger all the time.",
			"[on the charger all the time] battery negative"},
		{"The lid doesnt fit.", "[doesnt fit] size negative"},
		{"It wont hold a charge", "[wont hold a charge] battery negative"},
		{"You cant beat the price.", "[cant beat the price] price positive"},
		{"I bought two in case one breaks.", ""},
		{"In this case it broke.", "[broke] durability negative"},
		{"I bought it to replace one that broke.", ""},
		{"Replaced my flimsy tent with this sturdy one.", "[sturdy] durability positive"},
		{"A replacement for my leaking hose.", ""},
		{"I had to replace the broken lid.",
			"[had to replace] durability negative; [broken] durability negative"},
		{"Avoid this flimsy tent.", "[flimsy] durability negative"},
		{"Keep away from these flimsy tents.", "[flimsy] durability negative"},
		{"I oiled it to avoid leaks.", "[leaks] durability positive"},
		{"I was looking for a quiet fan.", ""},
		{"It is just what I was looking for and it is quiet.", "[quiet] noise positive"},
		{"I'd love better sound.", ""},
		{"Remove the battery first.", ""},
		{"It lacks comfort.", "[comfort] comfort negative"},
		{"It is earth-friendly.", ""},
		{"Pros - friendly", "[friendly] service positive"},
		{"There is no glare - easy to read.", "[easy to read] ease positive"},
		{"Not for me -- flimsy.", "[flimsy] durability negative"},
		{"Great sound - really.", "[sound] sound positive"},
		{"The service was too good", "[service] service positive"},
		{"A price too good to be true", "[price] price negative"},
		{"The staff is too friendly", "[staff is too friendly] service positive"},
		{"The sound is not too great", "[sound] sound negative"},
		{"The sound is less than stellar", "[sound] sound negative"},
		{"Great sound in less than an hour", "[sound] sound positive"},
		{"The sound is unbelievable", "[sound] sound positive"},
		{"The battery seems to last forever",
			"[battery seems to last forever] battery positive"},
		{"Don't bother with tech support.", ""},
		{"The noise doesn't bother me", "[noise] noise positive"},
		{"The volume is too soft", "[volume is too soft] sound negative"},
		{"It is not user-friendly", "[not user-friendly] ease negative"},
		{"", ""},
	} {
		if got := describe(Default(), tt.text); got != tt.want {
			t.Errorf("%q: %s; want %s", tt.text, got, tt.want)
		}
	}
}

// Words are opinions by their stem, except words with another meaning that have the same stem:
// "made" is not mad. Some phrases describe other things as well.
func TestOtherMeanings(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"The flavor made me want more.", ""},
		{"I can't get into this story.", ""},
		{"I couldn't get into them", "[couldn't get into them] size negative"},
		{"It took me a couple of weeks to get used to it.", ""},
		{"It took a couple of weeks to get it",
			"[took a couple of weeks to get] delivery negative"},
		{"The wind has no direction and is useless.", ""},
		{"It mixes tea with milk and hot water.", ""},
		{"It has a short learning curve", "[short learning curve] ease positive"},
		{"The time between cleaning and setup", ""},
		{"A great low price", "[low price] price positive"},
		{"The plastic is thin and of low quality.", "[low quality] quality negative"},
		{"The highs are crisp and clear", "[highs are crisp and clear] sound positive"},
		{"It packs a lot into a very small box.", ""},
		{"The portion is very small", "[very small] size negative"},
		{"My son can't stop playing this game.", ""},
		{"It stopped playing after a week", "[stopped playing] durability negative"},
		{"The fan keeps going off at night.", ""},
		{"It just keeps going.", "[keeps going] durability positive"},
		{"I don't know how I survived without it.", ""},
		{"It survived a fall", "[survived] durability positive"},
		{"The popcorn is buttery and salty.", ""},
		{"Buttery soft sheets", "[Buttery soft] comfort positive"},
		{"The glare made my eyes tired.", ""},
		{"It made my eyes sting", "[made my eyes sting] smell negative"},
		{"The screen is crystal clear.", ""},
		{"Voices are crystal clear", "[Voices are crystal clear] sound positive"},
		{"The bread is fairly soft.", ""},
		{"The lining is fairly soft", "[is fairly soft] comfort positive"},
		{"Check the service charge in the bill.", ""},
		{"The shipping charge is outrageous", "[shipping charge] price negative"},
		{"No shipping charges", "[shipping charges] price positive"},
		{"Dinner without burning a hole in your pocket",
			"[burning a hole in your pocket] price positive"},
		{"Its special offers are obnoxious.", ""},
		{"The sound made me cry happy tears.", "[sound] sound positive"},
		{"The look of these hats is what I wanted.", ""},
		{"The agent gave us a car with a full tank.", ""},
		{"I hate the look", "[look] design negative"},

		{"The signal goes through walls.", ""},
		{"I can hear it through walls.", "[hear it through walls] noise negative"},
		{"My skin is softer after one use!", ""},
		{"It was useless after one use", "[useless after one use] durability negative"},
		{"This is my third pair, the best shoes ever.", ""},
		{"Our room was very big and so large", ""},
		{"Perfect for wide feet.", "[for wide feet] size positive"},
		{"A cheaper alternative that works", ""},
		{"The handle ripped off.", "[handle ripped off] durability negative"},
		{"It is a rip off", "[rip off] price negative"},
		{"It arrived with all the hardware.", ""},
		{"It arrived with a dent", "[arrived with a dent] delivery negative"},
		{"It still hasn't broken after five years.", "[still hasn't broken] durability positive"},
		{"Hung it up in the hallway.", ""},
		{"They hung up on me", "[hung up on] service negative"},
		{"Coffee runs down the side of the pot.", ""},
		{"The battery runs for days", "[battery runs for] battery positive"},
		{"I wake up with soft skin.", ""},
		{"The food blew me away.", ""},
		{"It took weeks to see results.", ""},
		{"2 years later and still no refund", "[no refund] service negative"},
		{"It should last longer", "[should last longer] durability negative"},
		{"Just bought a third one in blue to keep at the office.", ""},
		{"the third one in 2 months", "[third one in 2 months] durability negative"},
		{"The new one should last longer.", "[new one should last longer] durability positive"},
		{"These should last longer than my old ones.",
			"[should last longer than my old] durability positive"},
		{"I waited two hours before washing it off.", ""},
		{"Wait a few minutes for it to dry.", ""},
		{"We waited 40 minutes to be seated", "[waited 40 minutes to be] service negative"},
		{"I can hear my baby in the next room.", ""},
		{"I blew out my hair in ten minutes and it was limp after one wash.", ""},
		{"It blew out after a week", "[blew out] durability negative"},
		{"It is a piece of junk in my book.", "[junk] quality negative"},
		{"I keep all the junk in my trunk.", ""},
		{"Too many ads", "[Too many ads] ads negative"},
		{"It gave my dog diarrhea", "[diarrhea] health negative"},
		{"I bought this watch after seeing ads on Facebook.", ""},
		{"You have to watch a long ad.", "[to watch a long ad] ads negative"},
		{"There are a few ads.", ""},
		{"quite a few ads", "[quite a few ads] ads negative"},
		{"My dog has a sensitive stomach.", ""},
		{"My dog has a sensitive stomach and loves it.", "[sensitive stomach] health positive"},
		{"gentle on my stomach", "[gentle on my stomach] health positive"},
		{"The car gets terrible gas mileage.", ""},
		{"It saved me a vet bill.", ""},
		{"We arrived by bus late at night.", ""},
		{"We landed in Rome late at night.", ""},
		{"The bus was 20 minutes late.", "[bus was 20 minutes late] punctuality negative"},
		{"I got my money back in a week.", ""},
		{"I want my money back.", "[want my money] price negative"},
		{"I never got my money back.", "[never got my money back] price negative"},
		{"The cover comes off for washing.", ""},
		{"Makeup comes off with one wipe.", ""},
		{"The handle comes off.", "[comes off] durability negative"},
		{"The stain was gone after one wash.", ""},
		{"My headache was gone after 20 minutes.", ""},
		{"The shine was gone after one wash.", "[gone after one] durability negative"},
		{"The wifi keeps cutting out.", "[keeps cutting out] reliability negative"},
		{"The sound keeps cutting out.", "[sound keeps cutting out] sound negative"},
		{"I can't hear the fan.", "[can't hear the fan] noise positive"},
		{"Couldn't hear a thing from the street.",
			"[Couldn't hear a thing from the street] noise positive"},
		{"I can't hear anything.", "[can't hear anything] sound negative"},
		{"Like sleeping on a cloud.", "[Like sleeping on a cloud] comfort positive"},
		{"Like sleeping on a rock.", "[Like sleeping on a rock] comfort negative"},
		{"It takes up no space.", "[takes up no] size positive"},
		{"It takes up hardly any space.", "[takes up hardly] size positive"},
		{"It takes up the whole desk.", "[takes up] size negative"},
		{"I gave up after 50 pages.", ""},
		{"It gave up after a month.", "[It gave up after] durability negative"},
		{"The lid is a pain in the neck.", "[is a pain in the neck] ease negative"},
		{"It gave me pain in the neck.", "[pain in the neck] comfort negative"},
		{"It made me nauseous.", "[made me nauseous] health negative"},
		{"The smell made me nauseous.", "[smell made me nauseous] smell negative"},
		{"I blew up the mattress.", ""},
		{"The mattress blew up.", "[blew up] durability negative"},
		{"It deflates quickly for storage.", ""},
		{"It deflates every night.", "[deflates] durability negative"},
		{"It tastes like a lemon.", ""},
		{"I got a lemon.", "[a lemon] durability negative"},
		{"It shrinks pores.", ""},
		{"It shrinks in the wash.", "[shrinks] durability negative"},
		{"My dog loves that it squeaks.", ""},
		{"I love it but it squeaks.", "[squeaks] noise negative"},
		{"I nearly broke my neck.", ""},
		{"I broke my first one.", "[broke] durability negative"},
		{"I waited two hours for the glue to dry.", ""},
		{"I waited two hours for my food.", "[waited two hours for] service negative"},
		{"It freezes ice in ten minutes.", ""},
		{"It freezes every day.", "[freezes] reliability negative"},
		{"Used for a week and still learning.", ""},
		{"A week and still waiting.", "[week and still waiting] delivery negative"},
		{"It is so nice to have music in the kitchen.", ""},
		{"They were so nice to us.", "[so nice to us] service positive"},
		{"It is not simply a toy.", ""},
		{"Use it or simply throw it out.", ""},
		{"The trick to use is patience.", ""},
		{"It wakes me up every morning.", ""},
		{"It eliminates a good deal of dust.", ""},
		{"It did not cost near as much.", "[cost near as much] price positive"},
		{"Break it into four pieces.", ""},
		{"The dog will break free.", ""},
		{"It will break.", "[break] durability negative"},
		{"At very little cost.", "[little cost] price positive"},
		{"They don't cost $200.", "[don't cost $200] price positive"},
		{"It is not cost-effective.", "[not cost-effective] price negative"},
		{"You need a more durable bag.", ""},
		{"I would get something much more comfortable.", ""},
		{"It is a lot more durable.", "[durable] durability positive"},
		{"You won't find a more durable bag.", "[durable] durability positive"},
		{"They are harder to find every year.", ""},
		{"It doesn't take up a lot of room.", "[doesn't take up a lot of room] size positive"},
		{"It is the same price everywhere.", ""},
		{"It sounded like a good deal.", ""},
		{"It needs a better design.", ""},
		{"It has a better design.", "[design] design positive"},
		{"I would buy something sturdier.", ""},
		{"It is a sturdier bag.", "[sturdier] durability positive"},
		{"It is designed to fold.", ""},
		{"A well designed bag.", "[well designed] design positive"},
		{"It is easy to scratch.", "[easy to scratch] durability negative"},
		{"A quiet ringer.", "[quiet ringer] sound negative"},
		{"Not for the faint of heart.", ""},
		{"I don't know why I waited so long to buy one.", ""},
		{"It takes so long to boot.", ""},
		{"It took so long to arrive.", "[took so long to arrive] delivery negative"},
		{"It died in two days.", "[It died] durability negative"},
		{"It was here in two days.", "[here in two days] delivery positive"},
		{"My cat still hasn't lost interest.", ""},
		{"It still hasn't arrived.", "[still hasn't arrived] delivery negative"},
		{"The bubble wrap was thin.", ""},
		{"I missed the window to return it.", ""},
		{"I still haven't heard the last song.", ""},
		{"I haven't heard back.", "[haven't heard back] service negative"},
		{"The keys did not respond.", "[keys did not respond] reliability negative"},
		{"The seller did not respond.", "[not respond] service negative"},
		{"The menus are slow to respond.", "[menus are slow to respond] reliability negative"},
		{"They were slow to respond.", "[slow to respond] service negative"},
		{"It is worth getting used to.", ""},
		{"Cleaning it wears me out.", ""},
		{"The sole wears out.", "[wears out] durability negative"},
		{"Wake on LAN fails.", ""},
		{"No hassle to set up.", "[No hassle] ease positive"},
		{"The refund came with no hassle.", "[refund came with no hassle] service positive"},
		{"Great keyboard for the Mac owner.", ""},
		{"A polite delivery man.", "[polite] service positive"},
		{"Well balanced sound.", "[Well balanced sound] sound positive"},
		{"The knife is well balanced.", ""},
		{"A very clear picture.", ""},
		{"Calls are crystal clear.", "[Calls are crystal clear] sound positive"},
		{"No support for Windows 98.", ""},
		{"It is painful to install.", "[painful to install] ease negative"},
		{"A painful story.", ""},
		{"I feel good about the price.", "[price] price positive"},
		{"It gives out a strong signal.", ""},
		{"The motor finally gave out.", "[gave out] durability negative"},
		{"I have owned several brands over the years.", ""},
		{"I have owned it for ten years.", "[owned it for ten years] durability positive"},
		{"The connection is solid.", "[connection is solid] reliability positive"},
		{"The price was very low.", "[price was very low] price positive"},
		{"A low price but low quality.", "[low price] price positive; " +
			"[low quality] quality negative"},
		{"Less expensive ones sound as good.", "[sound] sound positive"},
		{"It is less bulky and easier to use.",
			"[bulky] size positive; [easier to use] ease positive"},
		{"I spent many hours typing on it.", ""},
		{"Sold in a blister pack.", ""},
		{"Clicking the button does nothing.", ""},
		{"There is no sound at all from it.", "[sound] sound negative"},
		{"I plugged in all my devices.", ""},
		{"The battery lasts several days.", "[battery lasts several days] battery positive"},
		{"The battery lasts two hours.", "[battery lasts two] battery negative"},
		{"I have to charge it once a month.", "[have to charge it once a month] battery positive"},
		{"I have to charge it twice a day.", "[have to charge] battery negative"},
	} {
		if got := describe(Default(), tt.text); got != tt.want {
			t.Errorf("%q: %s; want %s", tt.text, got, tt.want)
		}
	}
}

// What phones and word processors type means what ASCII does.
func TestTypography(t *testing.T) {
	for _, tt := range []struct{ typed, want string }{
		{"These are comfortable\u2026 and they broke\u2026",
			"[comfortable] comfort positive; [broke] durability negative"},
		{"They are \u201ccomfortable\u201d.", "[comfortable] comfort positive"},
		{"They are \u00abcomfortable\u00bb.", "[comfortable] comfort positive"},
		{"It\u2019s comfortable\u2014but it broke\u2014twice.",
			"[comfortable] comfort positive; [broke] durability negative"},
		{"It is comfortable\U0001F600", "[comfortable] comfort positive"},
		{"It is comfortable\u2764\ufe0f so far", "[comfortable] comfort positive"},
		{"Very\u00a0comfortable\u00a0shoes", "[comfortable] comfort positive"},
		{"It doesn\u2019t fit.", "[doesn\u2019t fit] size negative"},
	} {
		if got := describe(Default(), tt.typed); got != tt.want {
			t.Errorf("%q: %s; want %s", tt.typed, got, tt.want)
		}
	}
	for _, text := range []string{"My old headphones were ok but it's got good bass.",
		"My last pair was cheap and they're of good bass.",
		"The other brands broke so I'm glad of the bass.", "My old one\"s bass", "old - bass"} {
		at := strings.Index(text, "bass")
		want := ContextOf([]byte(text), at, at+4)
		for ascii, typed := range map[string]string{"'": "\u2019", " ": "\u00a0",
			`"`: "\u201d", "-": "\u2010"} {
			other := strings.ReplaceAll(text, ascii, typed)
			at := strings.Index(other, "bass")
			if got := ContextOf([]byte(other), at, at+4); got != want {
				t.Errorf("%q has context %b; want %b", other, got, want)
			}
		}
	}
}

// A named aspect takes precedence over an implied one, and all mentions get their contexts.
func TestNamedWins(t *testing.T) {
	text := "this seat is comfortable, and it broke"
	got := Default().Add([]byte(text), []Mention{
		{Start: 13, End: 24, Term: "comfortable", Polarity: Neutral, Probability: 0.9},
		{Start: 5, End: 9, Term: "seat", Polarity: Positive, Probability: 0.9},
	})
	if len(got) != 3 || got[0].Term != "seat" || got[0].Context != This|Within ||
		got[1].Aspect != "" || got[2].Aspect != "durability" {
		t.Errorf("mentions = %+v", got)
	}
}

func TestWith(t *testing.T) {
	own := Default().With([]string{"customs fee", "broke"})
	if got := describe(own, "A Customs-Fees surprise, awful. It broke"); got !=
		"[Customs-Fees]  neutral; [broke]  neutral" {
		t.Errorf("with own phrases: %s", got)
	}
	if got := describe(own, "the customs fee was awful"); got != "[customs fee]  negative" {
		t.Errorf("with own phrases: %s", got)
	}
	for _, tt := range []struct{ text, phrase, want string }{
		{"They sent two photos of it.", "sent two photos of it", "neutral"},
		{"It vanished so very quickly.", "vanished quickly", "neutral"},
		{"It was left in the very rain.", "left in the rain", "neutral"},
		{"My battery died.", "battery died", "negative"},
	} {
		at := strings.Index(tt.text, "battery")
		var tagged []Mention
		if at >= 0 {
			tagged = []Mention{{Start: at, End: at + 7, Term: "battery", Polarity: Negative}}
		}
		found := false
		for _, m := range Default().With([]string{tt.phrase}).Add([]byte(tt.text), tagged) {
			found = found || m.Term == tt.phrase && m.Polarity.String() == tt.want
		}
		if !found {
			t.Errorf("%q is not found in %q, %s", tt.phrase, tt.text, tt.want)
		}
	}
	got := describe(Default(), "the customs fee broke it")
	if got != "[broke] durability negative" {
		t.Errorf("the default has them too: %s", got)
	}
}

func TestParseLexicon(t *testing.T) {
	for text, want := range map[string]string{
		"good\n":                                 "line 1",
		"comfort:\n* soft":                       "no sign",
		"comfort:\n+ a b c d e f g":              "7 words",
		"comfort:\n+ a %body":                    "unknown class",
		"comfort:\n+ a ..":                       "gap",
		"comfort:\n+ a .. b .. c":                "gap",
		"%body foot":                             "no class",
		"%body = foot\ncomfort:\n+ %body, %body": "there already",
		"comfort:\n+ soft, softs":                "there already",
		"opinion:\n+ very good":                  "no opinion",
		"opinion:\n? good":                       "no opinion",
		"comfort:\n+ soft\n- hard, soft":         "line 3",
	} {
		if _, err := parseLexicon(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// Words that look at preceding words do so in bounded time, however many there are.
func TestRepeatedWords(t *testing.T) {
	for _, word := range []string{"fixed ", "how ", "without ", "not fixed ", "how without ",
		"used to hurt "} {
		describe(Default(), strings.Repeat(word, 10_000)+"the leak is loud")
	}
}

// A text of repeated words takes no more than its share of time per word.
func BenchmarkLexicon(b *testing.B) {
	text := []byte(strings.Repeat("It is very comfortable but the sound was not so great. ", 1e4))
	l := Default()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		l.Add(text, nil)
	}
}

// Mentions lie within the text, in order, whatever it is.
func FuzzLexicon(f *testing.F) {
	f.Add("the sound isn’t great, it broke — do not waste your money", 4, 9)
	f.Add("is is is is not \xff\xe2\x80", 0, 2)
	f.Fuzz(func(t *testing.T, text string, start, end int) {
		var named []Mention
		if 0 <= start && start < end && end <= len(text) {
			named = []Mention{{Start: start, End: end, Term: text[start:end]}}
		}
		last := 0
		for _, m := range Default().Add([]byte(text), named) {
			if m.Start < last || m.End <= m.Start || m.End > len(text) {
				t.Fatalf("%q: mention %+v", text, m)
			}
			if m.Aspect != "" {
				last = m.End
			}
		}
	})
}
