package aspects

import (
	"strings"
	"sync"
	"unicode/utf8"

	"reviewlens/reviews/stem"
)

// reader splits texts into words and is reusable.
type reader struct {
	words   []word
	lowered []byte // the words in lower case, each after a "="
	matches []match
}

var readers = sync.Pool{New: func() any { return new(reader) }}

// word is a word of a text.
type word struct {
	start, end int32 // bytes of the text
	at         int32 // position of its "=" in lowered
	size       uint8 // in lowered
	stem       uint8
	breaks     bool // it begins a clause
	dashed     bool // it follows a dash, which ends the scope of the words before it
	opinion    bool // it is the opinion on something else
	kind       kind
	classes    classes
}

// kind is the effect of a word on the words after it, as a set of bits.
type kind uint64

const (
	filler    kind = 1 << iota // "very", "the": may stand within a phrase
	negated                    // "not", "never", "without"
	unreal                     // "if", "hope": the following is not stated as fact
	wished                     // "wish": the following is not the case
	maybe                      // "could": a wish before "be"
	much                       // "lot", "constant"
	focus                      // "only": a "not" before it does not negate what follows
	trouble                    // "problem": "without" before it leaves praise after it as praise
	spared                     // after "no problems with"; set by before only
	beyond                     // "never": nothing could be, or was, like it
	met                        // "find": the verb of "never found better"
	compares                   // "easier"
	toBe                       // "be": turns "could" before it into a wish
	person                     // "I": the subject of "like"
	degree                     // "very": "little" after it means hardly any
	keeps                      // the words after a later "from" are negated
	restarts                   // "is": after "and", it begins another statement
	undoes                     // "prevent": if negated, the following is the case
	undone                     // "fixed": before "my", the following is over
	upTo                       // "until": the following is so in the past tense or after praise
	past                       // "broke"; so are words in -ed
	present                    // "is": the following is not in the past tense
	solves                     // "fixed" before "my"
	ends                       // "recommend": takes a negation; set by before: praise stays negated
	dislikes                   // "don't": "like" after it is an opinion
	bears                      // "stand": after "can't" it is an opinion
	helper                     // "plumber": a person who fixed something broken
	apart                      // "besides": the following differs from the rest
	despite                    // "despite": as apart, if the rest is praise
	halts                      // "stopped": the following word in -ing is over
	formerly                   // "used" in "used to hurt": the following is over
	fine                       // "worked": the words after a later "until" have happened
	replaced                   // "a" after "to replace": the following is another product
	doubtful                   // "supposedly": praise after it is not deserved
	auxiliary                  // "is": at the start of a sentence with a "?" it makes a question
	queried                    // a word of such a question; set by read only
)

// kinds maps words to their kinds.
var kinds = sync.OnceValue(func() map[string]kind {
	out := map[string]kind{}
	for k, list := range map[kind]string{
		filler: `a an the my your its it their this that these some any so very really too pretty
			extremely super quite way bit little just even rather fairly somewhat incredibly
			absolutely totally completely still almost always all also much far more most as was
			were is are be been being me you him her us them i we they he she had have has`,
		negated: `not no never cannot don't doesn't didn't isn't wasn't won't wouldn't
			couldn't can't aren't weren't hasn't haven't hadn't ain't without hardly barely
			scarcely neither nor none nothing nobody lack lacks lacking zero rarely seldom
			couldn't remove removes eliminate eliminates eliminating eliminated prevent prevents
			prevented reduce reduces relieve relieves avoid less fewer minimal nowhere non`,
		unreal: `if unless hope hoping hoped hopefully expect expecting whether would might may
			imagine suppose someday incase`,
		upTo: `until till`,
		past: `was were had got became began broke fell tore wore quit ran went came gave blew bit
			bent shrank shrunk froze burnt kept took found felt lost sprung caught grew`,
		halts:   `stopped stops quit quits`,
		apart:   `besides except minus`,
		despite: `despite`,
		fine: `fine good great well perfect perfectly nice works worked loved liked enjoyed
			happy`,
		present: `is are am it's they're i'm get gets become becomes has have be`,
		wished:  `wish wished supposed expected`,
		maybe:   `could couldn't should`,
		much: `lot lots much constant constantly loud strong heavy tons terribly plenty
			bunch too full`,
		focus: `only just doubt wonder believe regret regrets hesitate complain complaining beat
			bad`,
		ends: `recommend recommended recommending buy buying again worth happy impressed good great
			work works working like tell told mention mentions realize realized realise realised
			help helps`,
		ends | bears: `stand bear tolerate`,
		trouble:      `problem problems issue issues complaint complaints`,
		doubtful:     `supposedly allegedly`,
		toBe:         `be have use been`,
		person:       `i we they he she really also do did would`,
		degree:       `very so too`,
		keeps:        `keep keeps kept keeping stop stops stopped`,
		beyond:       `never won't can't cannot couldn't wouldn't haven't hadn't hardly`,
		met: `find found have had own owned feel felt get got ask asked see seen hear heard try
			tried use used wear worn taste tasted buy bought want wanted knew thought believed
			imagined dreamed`,
		compares: `better worse easier cheaper quieter softer sturdier lighter louder comfier nicer
			smoother faster quicker`,
		restarts: `is was are were it it's they they're i we he she has had will does this these
			now`,
		undoes: `remove eliminate prevent reduce relieve avoid stop fix cure seal kill rid repair
			fill hide mask`,
		undone: `relieved eliminated`,
		undoes | undone: `removes eliminates prevents reduces relieves stops fixes cures seals kills
			clears prevented reduced stopped fixed cured sealed killed cleared repairs repaired
			patched removed fills filled covers covered hides masks masked`,
		auxiliary: `is are was were does do did can could will would should has have`,
		helper: `plumber landlord mechanic electrician contractor handyman repairman serviceman
			technician technicians tech installer maintenance husband wife hubby son daughter dad
			mom father mother brother uncle grandpa boyfriend girlfriend friend friends neighbor
			neighbour guy guys man men woman lady person people someone somebody who team staff
			support service manager agent rep representative owner seller dealer dealership
			manufacturer company vendor shop store engineer engineers developer developers devs
			doctor dentist vet crew boss myself himself`,
		dislikes: `don't doesn't didn't not never`,
	} {
		for w := range strings.FieldsSeq(list) {
			out[w] |= k
		}
	}
	return out
})

// solvesReach is the maximum number of words after "fixed" that name what it fixed.
const solvesReach = 3

// maxSubjectWords is the maximum number of words in the subject of "fixed", not counting articles.
const maxSubjectWords = 5

// formerlyReach is the maximum number of words after "used" that it affects.
const formerlyReach = 4

// keptWithin is the maximum number of words between "keeps" and "from".
const keptWithin = 4

// praisedWithin is the number of words before "until" that are searched for praise.
const praisedWithin = 6

// unheardWithin is the maximum distance in words from "never had" to what follows it.
const unheardWithin = 7

// stoodWithin is the number of preceding words that stands looks at.
const stoodWithin = 4

// read splits a text into words.
func (r *reader) read(text []byte) {
	r.words, r.lowered = r.words[:0], r.lowered[:0]
	known, spelled := kinds(), contractions()
	breaks, dashed := true, false
	sentence := 0 // its first word
	for i := 0; i < len(text); {
		if !isWordByte(text[i]) && wordCharacter(text[i:]) == 0 {
			mark, size := asciiMark(text[i:])
			dashed = dashed || mark == '-' && isDash(text, i)
			switch mark {
			case ' ', '\t', '-', '"', '*', '_', '/', '&', '(', '$', '%':
			case '?':
				r.markQuestion(sentence)
				fallthrough
			case '.', '!', '\n', ':', ';':
				sentence = len(r.words)
				fallthrough
			default:
				breaks = true
			}
			i += size
			continue
		}
		from := i
		for i < len(text) {
			if isWordByte(text[i]) {
				i++
				continue
			}
			size := wordCharacter(text[i:])
			if size == 0 && isPoint(text, i) {
				size = 1
			}
			if size == 0 {
				break
			}
			i += size
		}
		if i-from > maxWordBytes {
			breaks = true
			continue
		}
		at := len(r.lowered)
		r.lowered = append(r.lowered, '=')
		for j := from; j < i; j++ {
			c := text[j]
			switch {
			case c >= 'A' && c <= 'Z':
				c |= ' '
			case c == 0xe2 && j+2 < i && text[j+1] == 0x80 && (text[j+2] == 0x99 ||
				text[j+2] == 0x98):
				c = '\''
				j += 2
			}
			r.lowered = append(r.lowered, c)
		}
		lowered := r.lowered[at+1:]
		if full := spelled[string(lowered)]; full != "" {
			r.lowered = append(r.lowered[:at+1], full...)
			lowered = r.lowered[at+1:]
		}
		w := word{start: int32(from), end: int32(i), at: int32(at), size: uint8(len(lowered)),
			stem: uint8(stem.Size(lowered)), kind: known[string(lowered)]}
		breaks = r.applyIdioms(&w, lowered) || breaks
		w.breaks, breaks = breaks, false
		w.dashed, dashed = dashed, false
		r.words = append(r.words, w)
	}
}

// asciiMark returns the character of ASCII that divides words as the one at the start of text does,
// and the size of that one. Beyond ASCII there are spaces, ends of sentences, and others, such as
// dashes and emoji, that divide as a comma does.
func asciiMark(text []byte) (mark byte, size int) {
	r, size := utf8.DecodeRune(text)
	switch {
	case r < utf8.RuneSelf:
		return byte(r), size
	case isSpacing(r):
		return ' ', size
	case r == '\u2026' || r == '\u3002' || r == '\uff01':
		return '.', size
	case r == '\uff1f':
		return '?', size
	}
	return ',', size
}

// isDash reports whether the hyphen text[i] stands for a dash: "no glare - easy to read".
func isDash(text []byte, i int) bool {
	return i > 0 && i+1 < len(text) &&
		(text[i-1] == '-' || text[i-1] == ' ' && text[i+1] == ' ')
}

// contractions maps contractions without their apostrophe to those with it, for which there are
// phrases: "doesnt fit". Those that are mostly other words ("were", "ill") are not included.
var contractions = sync.OnceValue(func() map[string]string {
	out := map[string]string{"im": "i'm", "ive": "i've"}
	for w := range strings.FieldsSeq(`can't don't doesn't didn't won't isn't wasn't aren't weren't
		couldn't wouldn't shouldn't hasn't haven't hadn't`) {
		out[strings.Replace(w, "'", "", 1)] = w
	}
	return out
})

// markQuestion marks the words of a question that begins at a word, if the answer is yes or no: "Is
// it comfortable?", unlike "Did I mention how comfortable it is?".
func (r *reader) markQuestion(first int) {
	if first+1 >= len(r.words) || r.words[first].kind&auxiliary == 0 ||
		string(r.exact(first+1)) == "=i" {
		return
	}
	if first+2 < len(r.words) && string(r.exact(first+2)) == "=believe" {
		return // "Can you believe how noisy it is?"
	}
	for i := first; i < len(r.words); i++ {
		r.words[i].kind |= queried
	}
}

// applyIdioms applies the idioms that end with a word, in lower case, to that word and the words
// before it in r. breaks reports whether the word begins a clause.
func (r *reader) applyIdioms(w *word, lowered []byte) (breaks bool) {
	if n := len(r.words); n > 1 && string(r.exact(n-1)) == "=to" && r.habit(n-2, lowered) {
		r.words[n-2].kind |= formerly
	}
	r.applyNegations(w, lowered)
	r.endNegations(w, lowered)
	r.applyDoubts(w, lowered)
	switch string(lowered) {
	case "a", "an", "the", "my", "our", "your", "any", "all", "one":
		r.solve()
		if r.replaces() {
			w.kind |= replaced
		}
		if n := len(r.words); n > 2 && string(lowered) == "any" && string(r.exact(n-1)) == "=have" {
			switch not := n - 2; string(r.exact(not)) {
			case "=shouldn't":
				r.markPrediction(not, not)
			case "=not", "=never":
				if string(r.exact(not-1)) == "=should" {
					r.markPrediction(not, not-1)
				}
			}
		}
	case "before":
		if n := len(r.words); n > 0 && r.occursBefore(negated, "=no") {
			switch string(r.stem(n - 1)) {
			case "long", "day", "week", "month", "year":
				w.kind |= upTo // "it did not take long before it broke"
			}
		}
	case "but":
		return !r.follows("=anything")
	case "although", "though", "however", "while", "except", "yet":
		return true
	}
	return false
}

// applyNegations applies idioms that negate the next words: "far from easy".
func (r *reader) applyNegations(w *word, lowered []byte) {
	switch string(lowered) {
	case "least":
		if !r.follows("=at") {
			w.kind |= negated // "the least comfortable"
		}
	case "advertised", "comfortable", "easy", "friendly", "good", "great", "happy", "helpful",
		"ideal", "impressed", "impressive", "perfect", "pleased", "reliable", "satisfactory",
		"spectacular", "stellar":
		if n := len(r.words); n > 1 && r.follows("=than") && string(r.exact(n-2)) == "=less" {
			r.words[n-1].kind |= negated // "less than stellar"
		}
	case "to":
		if r.follows("=yet") {
			w.kind |= negated // "have yet to feel"
		}
	case "from":
		if r.follows("=far") {
			w.kind |= negated // "far from easy"
		}
		if r.follows("=away") {
			break // "keep away from these flimsy ones"
		}
		for i := max(0, len(r.words)-keptWithin); i < len(r.words); i++ {
			if r.words[i].kind&keeps > 0 {
				w.kind |= negated // "keeps my feet from hurting"
			}
		}
	case "little":
		if n := len(r.words); n > 0 && r.words[n-1].kind&degree > 0 {
			w.kind |= negated // "very little noise"
		}
	case "but":
		if r.follows("=anything") {
			w.kind |= negated // "anything but easy"
		}
	}
}

// endNegations applies idioms in which a negation does not negate the next words: "not to mention".
func (r *reader) endNegations(w *word, lowered []byte) {
	switch string(lowered) {
	case "this", "these", "it", "them", "at":
		if r.follows("=avoid") {
			// "avoid this flimsy tent", unlike "to avoid leaks"
			r.words[len(r.words)-1].kind &^= negated
		}
	case "than":
		if n := len(r.words); n > 0 {
			r.words[n-1].kind &^= negated // "in less than an hour"
		}
	case "get":
		r.warn()
	case "hour", "hours", "day", "days", "week", "weeks", "month", "months", "year", "years",
		"times", "use", "uses":
		r.limitTime()
	case "expensive":
		if r.follows("=less") {
			r.words[len(r.words)-1].kind &^= negated // "the less expensive ones sound good"
		}
	case "mention":
		if n := len(r.words); n > 1 && string(r.exact(n-2)) == "=not" {
			r.words[n-2].kind &^= negated // "not to mention"
		}
	case "about", "against":
		if n := len(r.words); n > 1 && string(r.exact(n-1)) == "=nothing" &&
			strings.HasPrefix(string(r.exact(n-2)), "=d") {
			r.words[n-1].kind &^= negated // "did nothing about the noise"
		}
	case "star", "stars":
		if r.follows("=zero") || r.follows("=no") {
			r.words[len(r.words)-1].kind &^= negated // "zero stars for a rip-off"
		}
	case "stop":
		if r.follows("=non") {
			r.words[len(r.words)-1].kind &^= negated // "non-stop"
		}
	case "not", "never":
		if n := len(r.words); n > 0 && string(r.exact(n-1)) == "=should" &&
			(string(lowered) == "not" || n == 1 || !r.isPrediction(n-2)) {
			w.kind &^= negated // "it should not have broken", as "shouldn't"
			r.words[n-1].kind &^= maybe
			if r.occursBefore(0, "=care") {
				w.kind |= unreal
			}
		}
	}
}

// warn ends the effect of "don't" at the start of a clause, before "get" as the next word: "don't
// get ripped off" warns of what the seller does.
func (r *reader) warn() {
	n := len(r.words) - 1
	if n > 0 && string(r.exact(n)) == "=not" && string(r.exact(n-1)) == "=do" {
		n--
	}
	if n >= 0 && r.words[n].breaks {
		switch string(r.exact(n)) {
		case "=don't", "=dont", "=do":
			r.words[len(r.words)-1].kind &^= negated
		}
	}
}

// limitTime ends the effect of "not even" before a time, of which the next word is the unit: "not
// even three weeks later it broke".
func (r *reader) limitTime() {
	const farthest = 3 // words from the unit
	for i := len(r.words) - 1; i > 0 && len(r.words)-i <= farthest; i-- {
		switch word := string(r.exact(i)); word {
		case "=even":
			if string(r.exact(i-1)) == "=not" {
				r.words[i-1].kind &^= negated
			}
			return
		case "=a", "=an", "=one", "=two", "=three", "=four", "=five", "=six", "=ten", "=half",
			"=full", "=whole", "=few", "=couple", "=of":
		default:
			if word[1] < '0' || word[1] > '9' {
				return
			}
		}
	}
}

// applyDoubts applies idioms after which words are not stated as fact: "in case it breaks".
func (r *reader) applyDoubts(w *word, lowered []byte) {
	switch string(lowered) {
	case "case":
		if r.follows("=in") {
			w.kind |= unreal // "in case it breaks"
		}
	case "love", "like", "prefer":
		if r.follows("=i'd") {
			w.kind |= unreal // "I'd love better sound"
		}
	case "for":
		if r.seeks() {
			w.kind |= unreal // "I was looking for a quiet fan"
		}
	case "called":
		if r.follows("=so") {
			w.kind |= doubtful // "the so-called easy setup"
		}
	case "luck":
		if n := len(r.words); r.follows("=good") && r.words[n-1].breaks {
			w.kind |= unreal // "good luck getting a refund", unlike "I had good luck with"
		}
	case "been":
		if n := len(r.words); n > 1 && r.words[n-2].breaks && string(r.exact(n-2)) == "=had" {
			w.kind |= unreal // "had it been sturdier"
		}
	case "more":
		n := len(r.words)
		if r.follows("=much") || r.follows("=far") {
			n--
		}
		if n > 0 {
			switch string(r.exact(n - 1)) {
			case "=a", "=an", "=something", "=anything":
				w.kind |= unreal // "I need a more sturdy one"
			}
		}
	case "shouldn't":
		if r.occursBefore(0, "=care") {
			w.kind |= unreal // "with proper care it shouldn't rust"
		}
	case "worried", "afraid", "concerned", "nervous", "scared", "skeptical", "sceptical",
		"hesitant", "doubts":
		if !r.occursBefore(present, "=far") {
			w.kind |= unreal // "I was worried about leaks", unlike "I am worried about leaks"
		}
	case "concern", "concerns":
		if r.occursBefore(0, "=had") {
			w.kind |= unreal
		}
	case "was", "were":
		if n := len(r.words); n > 0 && strings.HasPrefix(string(r.exact(n-1)), "=concern") {
			w.kind |= unreal // "my concern was the noise"
		}
	case "expected":
		n := len(r.words)
		if n > 1 && r.words[n-1].kind&person > 0 {
			n--
		}
		if n > 0 {
			switch string(r.exact(n - 1)) {
			case "=than", "=as", "=what":
				w.kind &^= wished // "better than expected and comfortable"
			}
		}
	case "going", "gonna":
		if r.occursBefore(unreal, "=thought") {
			w.kind |= unreal // "I thought it was going to be flimsy"
		}
	}
}

// replaces reports whether the next words are what the product was bought for: "to replace a",
// "as a replacement for my". Who had to replace a thing may mean the product itself.
func (r *reader) replaces() bool {
	verb := len(r.words) - 1
	if verb > 0 && string(r.exact(verb)) == "=for" {
		return string(r.exact(verb-1)) == "=replacement"
	}
	if verb < 0 {
		return false
	}
	switch string(r.exact(verb)) {
	case "=replaced", "=replaces":
		return true
	case "=replacing":
		return !r.words[verb].breaks // unlike "replacing the screw fixed the leak"
	case "=replace":
		if verb < 2 || string(r.exact(verb-1)) != "=to" {
			return false
		}
		switch string(r.exact(verb - 2)) {
		case "=had", "=have", "=having", "=has", "=need", "=needed", "=refused", "=refuse":
			return false
		}
		return true
	}
	return false
}

// seeks reports whether "for" follows a verb such as "looking", and what is sought follows: "I was
// looking for a quiet fan", unlike "just what I was looking for".
func (r *reader) seeks() bool {
	verb := len(r.words) - 1
	if verb < 0 {
		return false
	}
	switch string(r.exact(verb)) {
	case "=looking", "=searching", "=shopping", "=hunting", "=searched", "=looked":
		return !r.occursBefore(0, "=what") && !r.occursBefore(0, "=not")
	}
	return false
}

// habit reports whether "used" and a verb describe a past habit: "it used to hurt", but not "I am
// used to it", "a pan used to cook".
func (r *reader) habit(used int, verb []byte) bool {
	if string(r.exact(used)) != "=used" {
		return false
	}
	switch string(verb) {
	case "be", "have", "hurt", "ache", "last", "love", "like", "get", "wake", "leak", "break",
		"crash", "work", "fit", "feel", "taste", "smell", "sound", "come", "run", "hold", "cost",
		"squeak":
		return used == 0 || r.words[used].breaks ||
			r.words[used-1].kind&(present|past|toBe) == 0 // not "am used to", "got used to"
	}
	return false
}

// markPrediction marks the words after "you should not have any" as not stated as fact.
func (r *reader) markPrediction(not, should int) {
	if should > 0 && r.isPrediction(should-1) {
		r.words[not].kind = r.words[not].kind&^negated | unreal
	}
}

// isPrediction reports whether "should" after a word is a prediction: "you should never run out",
// unlike "it should never have run out".
func (r *reader) isPrediction(i int) bool {
	switch string(r.exact(i)) {
	case "=you", "=i", "=we", "=he", "=she":
		return true
	}
	return false
}

// occursBefore reports whether one of the last words in the current clause has one of the kinds k,
// or is exact.
func (r *reader) occursBefore(k kind, exact string) bool {
	for i := len(r.words) - 1; i >= max(0, len(r.words)-stoodWithin); i-- {
		if r.words[i].kind&k > 0 || string(r.exact(i)) == exact {
			return true
		}
		if r.words[i].breaks {
			return false
		}
	}
	return false
}

// solve marks the word before "the", "my" or the like if it is a verb such as "fixed", or ends "got
// rid of", with the product as its subject. If somebody else fixed a thing, it was broken.
func (r *reader) solve() {
	verb := len(r.words) - 1
	if verb > 1 && string(r.exact(verb)) == "=of" && string(r.exact(verb-1)) == "=rid" {
		if verb -= 2; string(r.exact(verb)) != "=got" && string(r.exact(verb)) != "=gets" {
			return
		}
	} else if verb < 0 || r.words[verb].kind&undone == 0 {
		return
	}
	if r.ofProduct(verb) {
		r.words[len(r.words)-1].kind |= solves
	}
}

// ofProduct reports whether the subject of a verb may be the product: there is none, it is "it",
// "this new tape" or another thing, but not a person or an action of one, or follows "and" with no
// person nearby. An update counts as the product, too: what it fixed is over.
func (r *reader) ofProduct(verb int) bool {
	words, and, article := 0, false, false
	for i := verb - 1; i >= 0 && !r.words[i+1].breaks && !(and && i < verb-3); i-- {
		switch word := string(r.exact(i)); word {
		case "=this", "=these", "=it", "=that", "=which":
			return true
		case "=i", "=we", "=they", "=he", "=she", "=you", "=to", "=could":
			return article // "I think the tape"
		case "=and":
			if words > 0 {
				return article
			}
			and = true
		case "=has", "=have", "=had", "=also", "=just", "=even":
		case "=the", "=a", "=an", "=my", "=our":
			article = article || words > 0
		default:
			if r.words[i].kind&helper > 0 || strings.HasSuffix(word, "ing") &&
				(r.words[i].breaks || i == 0 || r.words[i-1].kind&filler == 0) {
				return false // "the plumber", "adding a washer"
			}
			if !and && !strings.HasSuffix(word, "ly") {
				words++
			}
			if words > maxSubjectWords {
				return false
			}
		}
	}
	return true
}

// follows reports whether the word that was read last is exactly that one.
func (r *reader) follows(word string) bool {
	n := len(r.words)
	return n > 0 && string(r.exact(n-1)) == word
}

// exact returns a word in lower case with "=" before it, and stem the word without its ending.
func (r *reader) exact(i int) []byte {
	w := &r.words[i]
	return r.lowered[w.at:][:1+w.size]
}

func (r *reader) stem(i int) []byte {
	w := &r.words[i]
	return r.lowered[w.at+1:][:w.stem]
}

// before returns the effects of the preceding words in its clause on a word. "Not only" is not a
// negation, nor is "without" after another one, "could" is a wish only before "be", and "would not"
// and "not expect" state facts.
func (r *reader) before(first int) kind { return r.effectsBefore(first, true) }

// effectsBefore implements before; deep also applies the words before those words.
func (r *reader) effectsBefore(first int, deep bool) (k kind) {
	var and, or, with, just bool
	for n, i := 0, first; n < negationReach && i > 0 && !r.words[i].breaks &&
		!r.words[i].dashed; n++ {
		i--
		found := r.words[i].kind
		next := r.words[i+1].kind
		word := string(r.exact(i))
		if word == "=and" && next&restarts > 0 && i+1 < first {
			return k // "it is not worth a repair and is out of warranty"
		}
		if word == "=because" && (i == 0 || r.words[i-1].kind&negated == 0) {
			return k // "I don't use it because it hurts"
		}
		if found&upTo > 0 {
			return k | upTo // "no problems until it broke"
		}
		if found&doubtful > 0 {
			return k | ends // "the so-called easy setup"
		}
		if (and || with) && (word == "=less" || word == "=fewer") {
			continue // "less bulky and easier to use"
		}
		and, or = and || word == "=and", or || word == "=or"
		with = with || word == "=with"
		if i+1 == first && next&compares > 0 && r.another(i) {
			found |= unreal // "I need a sturdier one", unlike "it is a sturdier one"
		}
		if word == "=be" && r.needed(i) {
			found |= unreal // "it needs to be durable"
		}
		if found&replaced > 0 && !with {
			return k | unreal // "to replace a broken one", unlike "with this sturdy one"
		}
		if found&negated > 0 {
			switch {
			case just && next&focus == 0, word == "=non" && i+1 < first:
				return k // "nothing fancy, just simple", "a non-stick easy to clean pan"
			case and && r.limited(i):
				return k | spared // "no glare and light", "not too heavy and sturdy"
			}
		}
		just = just || word == "=just"
		if found&negated > 0 && !or {
			if of := r.focusOf(i, first); of&trouble > 0 && !and {
				return k | spared
			} else if of&ends > 0 {
				return r.endsAt(k, first)
			} else if of > 0 {
				return k
			}
		}
		if deep && word == "=how" {
			switch r.wonders(i, first) {
			case unreal:
				return k | unreal // "not sure how long it will last"
			case focus:
				return k // "I don't know how they made it so comfortable"
			}
		}
		switch {
		case deep && (word == "=how" || word == "=why" || found&undoes > 0 && !r.isUnneeded(i)):
			if r.effectsBefore(i, false)&negated > 0 {
				return r.endsAt(k, first) // "nobody mentions how noisy it is"
			}
		case deep && word == "=without" && r.effectsBefore(i, false)&negated > 0:
			return k // "cannot go a minute without crashing"
		case found&unreal > 0 && (next&negated > 0 || i > 0 && r.words[i-1].kind&negated > 0):
			found &^= unreal
		case found&maybe > 0 && (next&toBe == 0 || i+1 == first) &&
			(i+2 >= len(r.words) || r.words[i+2].kind&toBe == 0 || i+2 > first):
			found &^= maybe
		}
		if found&maybe > 0 {
			found |= wished
		}
		if found&formerly > 0 && n < formerlyReach || found&halts > 0 && r.stopped(i+1, first) {
			if deep && r.effectsBefore(i, false)&negated > 0 {
				return r.endsAt(k, first) // "it never stopped leaking"
			}
			found |= negated
		}
		if found&solves > 0 && n < solvesReach {
			found |= spared
		}
		k |= found &^ ends
	}
	if k&negated > 0 && r.isNegatedComparative(first) {
		k &^= negated | wished | unreal
	}
	return k
}

// limited reports whether praise after "and" is outside the scope of a negation: "no glare", "not
// too heavy".
func (r *reader) limited(negation int) bool {
	switch string(r.exact(negation)) {
	case "=no", "=without", "=zero":
		return true
	}
	switch string(r.exact(negation + 1)) {
	case "=too", "=overly":
		return true
	}
	return false
}

// wonders returns unreal if "how" and what follows it is unknown, focus if a negation before "how"
// applies to something else, and 0 otherwise.
func (r *reader) wonders(how, first int) kind {
	verb := how - 1
	for n := 0; n < 2 && verb > 0 && !r.words[verb+1].breaks; n++ {
		switch string(r.exact(verb)) {
		case "=for", "=about", "=of", "=exactly", "=just", "=yet":
			verb--
		}
	}
	if verb < 0 || r.words[verb+1].breaks {
		return 0
	}
	before, negative, you := "", false, false
	if verb > 0 && !r.words[verb].breaks {
		before = string(r.exact(verb - 1))
	}
	for i, n := verb, 0; n < negationReach && i > 0 && !r.words[i].breaks; n++ {
		i--
		negative = negative || r.words[i].kind&negated > 0
		you = you || string(r.exact(i)) == "=you"
	}
	switch word := string(r.exact(verb)); word {
	case "=wonder", "=wondering":
		return unreal
	case "=see", "=tell":
		switch before {
		case "=will", "=we'll", "=i'll", "=well", "=let's", "=lets", "=us":
			if !negative {
				return unreal // "time will tell how durable it is"
			}
		case "=to":
			if verb > 1 && string(r.exact(verb-2)) == "=wait" && negative {
				return focus // "can't wait to see how comfortable it is"
			}
		}
		if word == "=tell" && negative {
			return unreal
		}
	case "=know", "=idea", "=sure", "=say", "=certain":
		switch manner := how+1 < first && r.words[how+1].kind&(filler|restarts) > 0 &&
			r.words[how+1].kind&degree == 0; {
		case !negative:
		case manner:
			if r.soBefore(first, first+1) {
				return focus
			}
		case you || (word == "=know" || word == "=idea") && r.isPastTense(verb):
			return focus // "you have no idea how comfortable it is"
		default:
			return unreal
		}
	}
	return 0
}

// isPastTense reports whether a verb is in the past tense: "I had no idea".
func (r *reader) isPastTense(verb int) bool {
	for i, n := verb, 0; n < 3 && i > 0 && !r.words[i].breaks; n++ {
		i--
		switch string(r.exact(i)) {
		case "=had", "=didn't", "=did", "=never":
			return true
		}
	}
	return false
}

// stopped reports whether "stopped", just before the word next, applies to the phrase that begins
// at first.
func (r *reader) stopped(next, first int) bool {
	if next < first && string(r.exact(next)) == "=being" {
		next++
	}
	return next == first && (next > 0 && string(r.exact(next-1)) == "=being" ||
		strings.HasSuffix(string(r.exact(first)), "ing"))
}

// isUnneeded reports whether a verb need not be done: "I don't have to fix leaks", but not "can't
// get it to stop leaking".
func (r *reader) isUnneeded(verb int) bool {
	if verb < 2 || r.words[verb].breaks || r.words[verb-1].breaks ||
		string(r.exact(verb-1)) != "=to" {
		return false
	}
	switch string(r.exact(verb - 2)) {
	case "=have", "=need", "=having", "=has", "=needing":
		return true
	}
	return false
}

// endsAt returns the result of before if a negation applies to a verb before first, not to first:
// k, and ends (praise stays negated), except for an unmatched comparative.
func (r *reader) endsAt(k kind, first int) kind {
	if r.isNegatedComparative(first) {
		return k &^ unreal
	}
	return k | ends
}

// focusOf returns the kind of the word between a negation and the word first that the negation
// applies to instead of first: "only" in "not only comfortable" and, after an article, "doubt" in
// "without a doubt comfortable". It returns 0 if there is none.
func (r *reader) focusOf(negation, first int) kind {
	for i := negation + 1; i < first; i++ {
		k := r.words[i].kind
		switch {
		case string(r.exact(i)) == "=believe" && !r.isHyperbole(negation):
			return 0 // "I don't believe it is comfortable"
		case string(r.exact(i)) == "=wrong" && i > 0 && string(r.exact(i-1)) == "=go":
			return focus // "you can't go wrong with this sturdy one"
		case string(r.exact(i)) == "=go":
		case string(r.exact(i)) == "=bad" && r.denies(negation):
			return 0 // "no bad leaks", unlike "not bad"
		case string(r.exact(i)) == "=tell" && string(r.exact(i+1)) == "=you" &&
			r.isHyperbole(negation):
			return focus // "I can't tell you how comfortable it is"
		case k&ends > 0 && !r.endsHere(negation, i):
			return 0
		case k&(focus|ends|trouble) > 0 && (i == negation+1 || k&filler == 0):
			return k
		case k&filler == 0:
			return 0
		}
	}
	return 0
}

// endsHere reports whether a word that takes a negation does so here: "like" is not a verb in "not
// like the flimsy ones", and neither "no more buying flimsy bags" nor "can't tell it was torn"
// describes a product as such.
func (r *reader) endsHere(negation, i int) bool {
	switch string(r.exact(i)) {
	case "=like":
		k := r.words[negation].kind
		if string(r.exact(negation)) != "=not" {
			return k&(dislikes|beyond) > 0
		}
		if negation == 0 || r.words[negation].breaks {
			return false
		}
		switch string(r.exact(negation - 1)) {
		case "=do", "=does", "=did", "=would", "=i":
			return true
		}
		return false
	case "=buying":
		return string(r.exact(negation)) != "=no"
	case "=tell":
		if !r.isHyperbole(negation) || i+1 == len(r.words) {
			return true
		}
		switch string(r.exact(i + 1)) {
		case "=you", "=me", "=us", "=how", "=if", "=whether":
			return true
		}
		return false
	}
	return true
}

// denies reports whether a negation states that something does not exist: "no leaks".
func (r *reader) denies(negation int) bool {
	switch string(r.exact(negation)) {
	case "=no", "=without", "=never", "=zero":
		return true
	}
	return false
}

// isHyperbole reports whether a negation expresses disbelief or superiority rather than denial: "I
// can't believe how comfortable it is", "you will not find a better one".
func (r *reader) isHyperbole(negation int) bool {
	if string(r.exact(negation)) != "=not" {
		return r.words[negation].kind&beyond > 0
	}
	if negation == 0 || r.words[negation].breaks {
		return false
	}
	switch string(r.exact(negation - 1)) {
	case "=can", "=could", "=will", "=would", "=have", "=had":
		return true
	}
	return false
}

// isNegatedComparative reports whether a word is a comparative after a negation, which is praise:
// "I never had a more comfortable chair", "you won't find better sound", "nothing is easier".
func (r *reader) isNegatedComparative(i int) bool {
	at := i
	if i > 0 && !r.words[i].breaks {
		switch string(r.exact(i - 1)) {
		case "=more", "=better", "=worse":
			at--
		}
	}
	if at == i && r.words[i].kind&compares == 0 {
		return false
	}
	article := false
	for at > 0 && !r.words[at].breaks {
		at--
		switch word := string(r.exact(at)); {
		case word == "=a", word == "=an", word == "=anything":
			article = true
		case word == "=any", word == "=for", word == "=much", word == "=is", word == "=was":
		case word == "=nothing":
			return true
		case (word == "=get" || word == "=got") && !article: // "it won't get more comfortable"
			return false
		default:
			return r.neverMet(at)
		}
	}
	return false
}

// isUnprecedented reports whether words[first:end] are described as unprecedented, so that a
// negation does not invert them: "I never had such a noisy fan", "never seen a tent leak like
// this".
func (r *reader) isUnprecedented(first, end int) bool {
	if !r.soBefore(first, end) && !r.soBehind(end) {
		return false
	}
	for i, n := first, 0; n < unheardWithin && i > 0 && !r.words[i].breaks; n++ {
		i--
		if r.neverMet(i) {
			return true
		}
	}
	return false
}

// neverMet reports whether a word is the verb of "never had" or "never been".
func (r *reader) neverMet(verb int) bool {
	if string(r.exact(verb)) == "=been" {
		return verb > 0 && !r.words[verb].breaks && string(r.exact(verb-1)) == "=never"
	}
	return r.words[verb].kind&met > 0 && r.never(verb)
}

// excepted returns apart if a phrase, or its article, follows "other than" or "except for", despite
// if it follows "despite" or "even with the", and 0 otherwise: "except the noise is loud" has an
// opinion of its own.
func (r *reader) excepted(m *match) kind {
	if m.end < len(r.words) && !r.words[m.end].breaks {
		switch string(r.exact(m.end)) {
		case "=it's", "=they're", "=i'm":
		case "=being":
			return 0
		default:
			if r.words[m.end].kind&(present|past|negated|focus) > 0 {
				return 0
			}
		}
	}
	i := m.first - 1
	article := i > 0 && !r.words[m.first].breaks && r.words[i].kind&filler > 0 &&
		string(r.exact(i)) != "=that"
	if article {
		i--
	}
	if i < 0 || r.words[i+1].breaks {
		return 0
	}
	if k := r.words[i].kind & (apart | despite); k > 0 || i == 0 {
		return k
	}
	switch string(r.exact(i-1)) + string(r.exact(i)) {
	case "=other=than", "=aside=from", "=apart=from", "=except=for":
		return apart
	case "=not=for":
		if i > 1 && string(r.exact(i-2)) == "=if" {
			return apart
		}
	case "=spite=of":
		return despite
	case "=even=with":
		if article {
			return despite
		}
	}
	return 0
}

// soBefore reports whether "so", "such" or "this" precedes words[first:end], or is one of the first
// two of them. "This" as the object of the verb is a thing: "never had this break".
func (r *reader) soBefore(first, end int) bool {
	for i := min(first+1, end-1); i >= max(0, first-2); i-- {
		switch string(r.exact(i)) {
		case "=so", "=such":
			return true
		case "=this":
			if i > 0 && (r.words[i-1].kind&met == 0 || string(r.exact(i-1)) == "=felt") {
				return true
			}
		}
		if i <= first && (r.words[i].breaks || i < first && r.words[i].kind&filler == 0) {
			return false
		}
	}
	return false
}

// soBehind reports whether "so fast", "this bad" or "like this" follows a phrase, at word end or
// shortly after.
func (r *reader) soBehind(end int) bool {
	for i := end; i < min(end+3, len(r.words)-1) && !r.words[i].breaks; i++ {
		next := string(r.exact(i + 1))
		switch string(r.exact(i)) {
		case "=so", "=this":
			switch next {
			case "=much", "=fast", "=quick", "=quickly", "=bad", "=badly", "=soon", "=early",
				"=easily", "=often", "=many", "=hard", "=well", "=good":
				return !r.words[i+1].breaks
			}
		case "=like":
			return (next == "=this" || next == "=these") && !r.words[i+1].breaks
		}
	}
	return false
}

// needed reports whether "be" follows "needs to" and precedes no participle: "needs to be plugged
// in" is a fact.
func (r *reader) needed(be int) bool {
	return be > 1 && string(r.exact(be-1)) == "=to" && string(r.stem(be-2)) == "need" &&
		string(r.exact(be+1)) != "=on" && !strings.HasSuffix(string(r.exact(be+1)), "ed")
}

// another reports whether a word is "a" or "something" before a comparative, and no statement on
// the product: "is a better one", "has a better lid".
func (r *reader) another(i int) bool {
	switch string(r.exact(i)) {
	case "=a", "=something", "=anything":
		return i == 0 || r.words[i].breaks || r.words[i-1].kind&(present|past) == 0 &&
			string(r.exact(i-1)) != "=has"
	}
	return false
}

// asThis reports whether a phrase stands in "as comfortable as this", which praises this if others
// are not.
func (r *reader) asThis(first, end int) bool {
	if first == 0 || r.words[first].breaks || string(r.exact(first-1)) != "=as" ||
		end+1 >= len(r.words) || string(r.exact(end)) != "=as" {
		return false
	}
	switch string(r.exact(end + 1)) {
	case "=this", "=these":
		return !r.words[end].breaks && !r.words[end+1].breaks
	}
	return false
}

// never reports whether a verb is negated by a word for which amazes is true.
func (r *reader) never(verb int) bool {
	for i := verb; i > 0 && !r.words[i].breaks; {
		i--
		switch {
		case r.words[i].kind&negated > 0:
			return r.isHyperbole(i)
		case r.words[i].kind&filler == 0 && string(r.exact(i)) != "=ever":
			return false
		}
	}
	return false
}

// lacks reports whether the word before words[i], or before its article, is a negation.
func (r *reader) lacks(i int) bool {
	for n := 0; n < 2 && i > 0 && !r.words[i].breaks; n++ {
		i--
		if r.words[i].kind&negated > 0 {
			return !r.takes(i)
		}
		if r.words[i].kind&filler == 0 {
			return false
		}
	}
	return false
}

// takes reports whether a word counts as a negation since it takes something away: "remove the
// battery" is not "no battery".
func (r *reader) takes(i int) bool {
	switch string(r.stem(i)) {
	case "remov", "eliminat", "prevent", "reduc", "reliev", "avoid":
		return true
	}
	return false
}

// lessens reports whether "less" is at a word, or after its adverb: "it hurts much less". "Less
// than a week" does not count.
func (r *reader) lessens(i int) bool {
	for n := 0; n < 2 && i < len(r.words) && !r.words[i].breaks; n++ {
		if string(r.exact(i)) == "=less" {
			return i+1 == len(r.words) || string(r.exact(i+1)) != "=than"
		}
		if r.words[i].kind&filler == 0 {
			return false
		}
		i++
	}
	return false
}

// untilHappened reports whether a phrase after "until" is in the past tense or follows praise:
// "until it broke", "works until it breaks", not "until they are worn out".
func (r *reader) untilHappened(m *match) bool {
	found, now := false, false
	i := m.end - 1
	for ; i >= 0 && r.words[i].kind&upTo == 0; i-- {
		word := string(r.exact(i))
		now = now || r.words[i].kind&present > 0
		found = found || r.words[i].kind&past > 0 ||
			strings.HasSuffix(word, "ed") && !strings.HasSuffix(word, "eed")
	}
	if found && !now {
		return true
	}
	for n := 0; n < praisedWithin && i > 0 && !r.words[i].breaks; n++ {
		i--
		if k := r.words[i].kind; k&fine > 0 || k&trouble > 0 && r.lacks(i) {
			return true
		}
	}
	return false
}

// tooMuch reports whether "too" precedes a phrase or follows its "is", which makes praise a
// complaint. Nothing is too tasty: people who write so mean very.
func (r *reader) tooMuch(m *match) bool {
	switch m.aspect {
	case "ease", "comfort", "weight", "size", "speed":
	default:
		return false
	}
	for i := m.first + 1; i < m.end; i++ {
		if r.tooBefore(i) && i > m.first+1 && r.words[i-2].kind&filler > 0 {
			return true
		}
	}
	return r.tooBefore(m.first)
}

// tooBefore reports whether "too" precedes a word and means an excess of it: nothing is too
// comfortable or too good, unless it is "too good to be true", and "almost too easy" is just right.
func (r *reader) tooBefore(i int) bool {
	if i == 0 || r.words[i].breaks || string(r.exact(i-1)) != "=too" {
		return false
	}
	switch string(r.exact(i)) {
	case "=comfortable", "=comfy", "=cozy", "=cosy", "=great", "=nice", "=perfect", "=excellent",
		"=awesome", "=amazing", "=better", "=decent", "=friendly":
		return false
	case "=good":
		return i+2 < len(r.words) && string(r.exact(i+1)) == "=to" && string(r.exact(i+2)) == "=be"
	}
	return i == 1 || string(r.exact(i-2)) != "=almost"
}

// isPoint reports whether text[i] is the point or comma within a number: "2.5 hours".
func isPoint(text []byte, i int) bool {
	return (text[i] == '.' || text[i] == ',') && i > 0 && i+1 < len(text) && isDigit(text[i-1]) &&
		isDigit(text[i+1])
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
