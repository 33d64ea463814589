package text

import (
	"strings"
	"unicode"
)

// Language names the language of a text if it is surely not English, else it is "". The model reads English; a warning is
// all that hangs on this, so that a doubt says nothing.
//
// Scripts other than Latin are told by their letters. In Latin script the small words decide that every sentence of a
// language is made of: those that only the other language has, letters that English lacks among them, must outweigh those
// that only English has. Names of products and loan words are in no list, so they change nothing.
func Language(text string) string {
	if name := byScript(text); name != "" {
		return name
	}
	words := strings.FieldsFunc(strings.ToLower(text[:min(len(text), judgedBytes)]), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '\'' && r != '’'
	})
	if len(words) < fewestWords {
		return ""
	}
	best, name := 0.0, ""
	foreign := 0.0
	for _, w := range words {
		if strings.ContainsFunc(w, func(r rune) bool { return r > 0x7f && unicode.IsLetter(r) }) {
			foreign++
		}
	}
	for l, list := range languageWords {
		only, english := 0.0, 0.0 // words of one language that the other has not
		for _, w := range words {
			w = strings.ReplaceAll(w, "’", "'")
			if at := strings.IndexByte(w, '\''); at > 0 && at <= 2 && !list[w] { // l'appareil, dell'uso: the article counts
				w = w[:at]
			}
			switch ours, theirs := list[w], englishWords[w] || isEnglishContraction(w); {
			case ours && !theirs:
				only++
			case theirs && !ours:
				english++
			}
		}
		// A letter that English lacks is a hint, not a proof: café, naïve, Škoda.
		score := only + min(foreign, only)/2
		if score > english+0.5 && score >= max(enough, float64(len(words))/12) && (score > best || score == best && l < name) {
			best, name = score, l
		}
	}
	return name
}

const (
	judgedBytes = 4000
	fewestWords = 3
	enough      = 1.5
)

// byScript tells the languages whose letters are not Latin. Han with kana is Japanese.
func byScript(text string) string {
	letters, latin, kana := 0, 0, 0
	counts := map[string]int{}
	for _, r := range text[:min(len(text), judgedBytes)] {
		if !unicode.IsLetter(r) {
			continue
		}
		letters++
		if r < 0x250 {
			latin++
			continue
		}
		for _, s := range scripts {
			if unicode.Is(s.table, r) {
				counts[s.name]++
				if s.name == "Japanese" {
					kana++
				}
				break
			}
		}
	}
	best, name := 0, ""
	for _, s := range scripts {
		if counts[s.name] > best {
			best, name = counts[s.name], s.name
		}
	}
	if name == "Chinese" && kana > 0 {
		best, name = best+kana, "Japanese"
	}
	if letters == 0 || 2*best < letters {
		return ""
	}
	return name
}

var scripts = []struct {
	name  string
	table *unicode.RangeTable
}{
	{"Russian or another language in Cyrillic", unicode.Cyrillic}, {"Greek", unicode.Greek}, {"Arabic or another language in its script", unicode.Arabic},
	{"Hebrew", unicode.Hebrew}, {"Hindi or another language in Devanagari", unicode.Devanagari}, {"Bengali", unicode.Bengali}, {"Tamil", unicode.Tamil},
	{"Telugu", unicode.Telugu}, {"Thai", unicode.Thai}, {"Korean", unicode.Hangul}, {"Japanese", unicode.Hiragana}, {"Japanese", unicode.Katakana},
	{"Chinese", unicode.Han},
}

func isEnglishContraction(w string) bool {
	for _, end := range []string{"n't", "'s", "'m", "'ve", "'ll", "'re", "'d"} {
		if strings.HasSuffix(w, end) {
			return true
		}
	}
	return false
}

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

var englishWords = wordSet(`the a an and or but if of to in on at by for with from as is are was were be been being it its this that these those
i me my we us our you your he him his she her they them their there here what which who when where why how not no nor so too very just only also even still
have has had do does did will would can could should may might must than then after before again once all any both each few more most other some such own same
one two three first last out off over under up down about into through while because until very much many little well back never always ever
get got go goes went made make makes use used using buy bought work works worked good great bad nice love like product price quality time day days week weeks
month months year years really now new old broke broken easy hard small big perfect excellent poor cheap money item order ordered arrived recommend`)

// languageWords are the commonest small words of each language, and some that reviews are full of.
var languageWords = map[string]map[string]bool{
	"Spanish": wordSet(`el la los las un una unos unas de del al y o pero que no se me te le lo nos su sus mi mis es son está están era fue ha han he muy más menos
		con sin para por como cuando donde porque si ya también todo toda todos nada bien mal este esta estos eso esa producto calidad precio compra compré funciona llegó
		tiene tengo hay bueno buena después antes hasta desde dos días semana mejor recomiendo gusta`),
	"French": wordSet(`le la les l un une des du de d et ou mais que qu qui ne n pas plus se s me m te nous vous il elle ils elles je j on ce c cette ces mon ma mes son sa ses
		est sont était a ont ai été être avoir avec sans pour par dans sur sous comme quand où si très bien mal tout tous toute rien aussi après avant jusqu depuis
		produit qualité prix achat acheté fonctionne reçu bon bonne deux jours semaine mieux recommande trop au aux en y leur`),
	"German": wordSet(`der die das den dem des ein eine einen einem einer eines und oder aber dass ich mich mir du er sie es wir ihr uns man mein meine sein seine ihre
		ist sind war waren bin hat haben habe hatte wird werden wurde kann nicht kein keine nur auch noch schon sehr mehr als wie wenn weil mit ohne für von vom zu zum zur
		auf aus bei nach vor seit bis in im am an alles nichts gut schlecht nie immer leider produkt qualität preis gekauft funktioniert zwei tagen woche besser empfehlen`),
	"Italian": wordSet(`il lo la i gli le l un uno una di del della dei delle dell al alla allo ai e ed o ma che chi non si mi ti ci vi ne lo li è sono era ho ha hanno abbiamo
		molto più meno con senza per da dal dalla in nel nella su sul come quando dove perché se già anche tutto tutti niente bene male questo questa quello mio mia suo sua
		prodotto qualità prezzo acquisto comprato funziona arrivato buono buona dopo prima fino due giorni settimana meglio consiglio`),
	"Portuguese": wordSet(`o a os as um uma uns umas de do da dos das ao à no na nos nas em e ou mas que não se me te lhe nos eu ele ela eles você meu minha seu sua é são era foi
		está estão tem tenho há muito mais menos com sem para por pelo pela como quando onde porque já também tudo todos nada bem mal este esta isso essa produto qualidade preço
		compra comprei funciona chegou bom boa depois antes até desde dois dias semana melhor recomendo gostei`),
	"Dutch": wordSet(`de het een en of maar dat die dit deze ik mij je jij u hij zij ze wij we ons mijn zijn haar hun er is was waren ben heb heeft hebben had wordt worden kan niet geen
		ook nog al zeer heel meer dan als wanneer omdat met zonder voor van te naar op uit bij na sinds tot in aan om over alles niets goed slecht nooit altijd helaas product
		kwaliteit prijs gekocht werkt twee dagen week beter aanraden`),
	"Swedish": wordSet(`en ett den det de och eller men att som jag mig du han hon vi oss ni min mitt mina sin sitt är var har hade blev blir kan inte ingen inget bara också mycket mer
		än när om för med utan av till från på i ur hos efter innan sedan allt inget bra dålig aldrig alltid tyvärr produkten kvalitet pris köpte köpt fungerar två dagar vecka
		bättre rekommenderar så här där`),
	"Danish or Norwegian": wordSet(`en et den det de og eller men at som jeg mig meg du han hun vi os oss min mit mitt mine sin er var har havde hadde blev ble bliver blir kan ikke ingen
		intet bare kun også meget mye mere mer end enn når hvis om for med uden uten af av til fra på i ud hos efter etter før siden alt godt dårlig aldrig aldri altid alltid
		desværre produktet kvalitet pris købte kjøpte virker to dage dager uge uke bedre anbefaler så her der`),
	"Finnish": wordSet(`ja tai mutta että joka jotka se ne tämä nämä tuo minä minun sinä hän me te he on ovat oli olivat olen ole ollut ei en eivät voi vain myös vielä jo hyvin erittäin
		enemmän kuin kun jos koska kanssa ilman jälkeen ennen asti kaikki mitään hyvä huono koskaan aina valitettavasti tuote laatu hinta ostin toimii kaksi päivää viikon
		viikkoa parempi suosittelen todella paljon niin siitä sen tuotteen`),
	"Polish": wordSet(`i a w we z ze na do od po za przez przy dla o u bez pod nad się nie to ten ta te tego tej jest są był była było będzie mam ma mają że który która które ale lub czy
		jak gdy kiedy gdzie bo już też tylko bardzo więcej mniej niż co nic wszystko dobrze źle mój moja jego jej produkt jakość cena kupiłem kupiłam działa dwa dni tydzień
		lepszy polecam po tygodniu więc go dlatego chociaż od moje mojej nikt każdemu jestem ładnie naszej`),
	"Czech or Slovak": wordSet(`a i v ve z ze na do od po za přes při pro o u bez pod nad se si ne nie to ten ta toto je jsou byl byla bylo bude mám má mají že který která které ale nebo
		jak když kdy kde protože už také jen velmi více než co nic všechno dobře špatně můj moje jeho její výrobek kvalita cena koupil koupila funguje dva dny týden lepší
		doporučuji jsem mi po není`),
	"Turkish": wordSet(`ve veya ama bir bu şu o ben beni bana sen biz siz onlar benim için ile gibi kadar daha çok az en değil yok var mi mı mu mü da de ki ne nasıl hiç her bile sonra önce
		ürün ürünü kalite kalitesi fiyat fiyatı aldım çalışıyor geldi iyi kötü güzel iki gün hafta tavsiye ederim oldu olarak ancak sadece memnun kaldım`),
	"Vietnamese": wordSet(`và hoặc nhưng là của cho với không có được này đó tôi mình bạn chúng rất quá nhiều ít hơn như khi nếu vì đã đang sẽ chỉ cũng còn sau trước đến từ trong
		ngoài trên dưới mọi gì tốt xấu đẹp sản phẩm chất lượng giá mua dùng hoạt động hai ngày tuần nên hàng giao một các những thì mà`),
	"Indonesian or Malay": wordSet(`dan atau tetapi tapi yang di ke dari untuk dengan tanpa pada ini itu saya aku kami kita anda dia mereka adalah ada tidak tak bukan sudah belum akan bisa
		dapat sangat lebih kurang seperti ketika jika karena juga hanya masih setelah sebelum sampai semua baik buruk bagus produk barang kualitas harga beli membeli berfungsi
		dua hari minggu sekali rekomendasi nya cepat rusak`),
	"Romanian": wordSet(`și si sau dar că ca care nu se mă te îl o le un una unei unui al a ai ale de la din în pe cu fără pentru prin este sunt era a fost am ai are au foarte mai mult
		puțin decât când unde dacă deja doar tot toate nimic bine rău acest această acesta meu mea său sa produs produsul calitate calitatea preț prețul cumpărat funcționează
		bun bună după înainte până două zile săptămână recomand`),
	"Hungarian": wordSet(`a az egy és vagy de hogy nem ne is ez az ezt azt én te ő mi ti ők van volt lesz vannak voltak nincs csak még már nagyon több mint ha mert amikor ahol aki ami
		minden semmi jó jól rossz soha mindig sajnos termék minőség ára vettem működik két nap napig hét után előtt óta jobb ajánlom meg el ki fel le mindenkinek`),
}
