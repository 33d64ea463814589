package main

import (
	"math/rand/v2"
	"strings"
)

// phrases are what texts of a language are combined from. Each list is cut at "/".
type phrases struct {
	subjects, good, bad, more string // a sentence is subject + opinion + ending
	end, space                string // "." and " ", or what the language has
	goodTitles, badTitles     string
	replies, descriptions     string
	months                    string // January to December
}

// languages are those of the texts, in a fixed order.
var languages = []string{"en", "de", "fr", "es", "it", "nl", "pt", "pl", "cs", "sv", "tr", "ru", "ja", "ko", "zh", "zh-tw"}

var phrasesOf = map[string]phrases{
	"en": {
		subjects: "The kettle/This lamp/My new charger/The room/The app/Their support team/The second one I bought",
		good:     "works exactly as it should/is better than I had hoped/still looks new after months/was a lovely surprise/makes every morning easier",
		bad:      "broke within a week/stopped working overnight/was dirty and far too loud/is a waste of money/made me send it back at once",
		more:     "and my family agrees/, to be honest/considering the price/even though I read the manual twice/and that is all I can say",
		end:      ".", space: " ",
		goodTitles: "Love it/Five stars/Great value/Would buy again", badTitles: "Not good/Disappointed/Do not buy/Broke at once",
		replies:      "Thank you so much for your kind words, we hope to see you again soon!/We are sorry to hear this. Please write to our support team so that we can put it right.",
		descriptions: "Stainless steel kettle with 1.7 litres, automatic shut-off, a cool handle and a two year guarantee, made for busy kitchens.",
		months:       "January/February/March/April/May/June/July/August/September/October/November/December",
	},
	"de": {
		subjects: "Der Wasserkocher/Diese Lampe/Das Zimmer/Die App/Der Kundendienst/Das zweite Gerät",
		good:     "funktioniert genau wie es soll/ist besser als erwartet/sieht nach Monaten noch wie neu aus/war eine schöne Überraschung",
		bad:      "ging nach einer Woche kaputt/war schmutzig und viel zu laut/ist reine Geldverschwendung/hat mich sehr enttäuscht",
		more:     ", ehrlich gesagt/, und das für den Preis/, obwohl ich die Anleitung gelesen habe", end: ".", space: " ",
		goodTitles: "Sehr zufrieden/Klare Empfehlung/Top Qualität", badTitles: "Enttäuschend/Nie wieder/Leider kaputt",
		replies:      "Vielen Dank für Ihre freundliche Bewertung, wir freuen uns auf Ihren nächsten Besuch!/Es tut uns leid, bitte melden Sie sich bei unserem Kundendienst.",
		descriptions: "Wasserkocher aus Edelstahl mit 1,7 Litern, Abschaltautomatik, kühlem Griff und zwei Jahren Garantie für jede Küche.",
		months:       "Januar/Februar/März/April/Mai/Juni/Juli/August/September/Oktober/November/Dezember",
	},
	"fr": {
		subjects: "La bouilloire/Cette lampe/La chambre/L'application/Le service client",
		good:     "fonctionne parfaitement/est meilleure que prévu/a été une très belle surprise/nous a beaucoup plu",
		bad:      "est tombée en panne au bout d'une semaine/était sale et trop bruyante/est une perte d'argent/m'a beaucoup déçu",
		more:     ", franchement/pour ce prix-là/malgré la notice que j'ai lue deux fois", end: ".", space: " ",
		goodTitles: "Très satisfait/Je recommande/Excellent produit", badTitles: "Déçu/À éviter/Mauvaise qualité",
		replies:      "Merci beaucoup pour votre message, à très bientôt chez nous !/Nous sommes désolés, veuillez contacter notre service client.",
		descriptions: "Bouilloire en acier de 1,7 litre, arrêt automatique, poignée froide et garantie de deux ans pour toutes les cuisines.",
		months:       "janvier/février/mars/avril/mai/juin/juillet/août/septembre/octobre/novembre/décembre",
	},
	"es": {
		subjects: "El hervidor/Esta lámpara/La habitación/La aplicación/El servicio de atención",
		good:     "funciona como debe/es mejor de lo que esperaba/fue una grata sorpresa/nos encantó a todos",
		bad:      "se rompió en una semana/estaba sucio y era muy ruidoso/es tirar el dinero/me decepcionó mucho",
		more:     ", la verdad/por ese precio/aunque leí las instrucciones dos veces", end: ".", space: " ",
		goodTitles: "Muy contento/Lo recomiendo/Buena compra", badTitles: "Decepcionado/No lo compren/Mala calidad",
		replies:      "¡Muchas gracias por su opinión, esperamos verle pronto de nuevo!/Lo sentimos mucho, escriba por favor a nuestro servicio.",
		descriptions: "Hervidor de acero de 1,7 litros con apagado automático, asa fría y dos años de garantía para cualquier cocina.",
		months:       "enero/febrero/marzo/abril/mayo/junio/julio/agosto/septiembre/octubre/noviembre/diciembre",
	},
	"it": {
		subjects: "Il bollitore/Questa lampada/La camera/L'applicazione/Il servizio clienti",
		good:     "funziona benissimo/è meglio di quanto sperassi/è stata una bella sorpresa/piace a tutta la famiglia",
		bad:      "si è rotto dopo una settimana/era sporco e troppo rumoroso/è uno spreco di soldi/mi ha deluso molto",
		more:     ", sinceramente/a questo prezzo/anche se ho letto le istruzioni due volte", end: ".", space: " ",
		goodTitles: "Molto soddisfatto/Lo consiglio/Ottimo acquisto", badTitles: "Deluso/Da evitare/Pessima qualità",
		replies:      "Grazie mille per le belle parole, a presto!/Ci dispiace molto, scriva per favore al nostro servizio clienti.",
		descriptions: "Bollitore in acciaio da 1,7 litri con spegnimento automatico, manico freddo e due anni di garanzia per ogni cucina.",
		months:       "gennaio/febbraio/marzo/aprile/maggio/giugno/luglio/agosto/settembre/ottobre/novembre/dicembre",
	},
	"nl": {
		subjects: "De waterkoker/Deze lamp/De kamer/De app/De klantenservice",
		good:     "werkt precies zoals het hoort/is beter dan verwacht/was een fijne verrassing/ziet er nog als nieuw uit",
		bad:      "ging na een week kapot/was vies en veel te luid/is weggegooid geld/viel me erg tegen",
		more:     ", eerlijk gezegd/voor deze prijs/terwijl ik de handleiding twee keer las", end: ".", space: " ",
		goodTitles: "Erg tevreden/Een aanrader/Goede koop", badTitles: "Teleurgesteld/Niet kopen/Slechte kwaliteit",
		replies:      "Hartelijk dank voor uw beoordeling, graag tot ziens!/Het spijt ons, neem alstublieft contact op met onze klantenservice.",
		descriptions: "Waterkoker van staal, 1,7 liter, met automatische uitschakeling, koele greep en twee jaar garantie voor elke keuken.",
		months:       "januari/februari/maart/april/mei/juni/juli/augustus/september/oktober/november/december",
	},
	"pt": {
		subjects: "A chaleira/Este candeeiro/O quarto/O aplicativo/O atendimento",
		good:     "funciona como deve/é melhor do que eu esperava/foi uma ótima surpresa/agradou a todos",
		bad:      "quebrou em uma semana/estava sujo e muito barulhento/é dinheiro jogado fora/me decepcionou muito",
		more:     ", sinceramente/por esse preço/embora eu tenha lido as instruções", end: ".", space: " ",
		goodTitles: "Muito satisfeito/Recomendo/Ótima compra", badTitles: "Decepcionado/Não comprem/Má qualidade",
		replies:      "Muito obrigado pela avaliação, esperamos vê-lo em breve!/Lamentamos muito, por favor escreva ao nosso atendimento.",
		descriptions: "Chaleira de aço de 1,7 litros com desligamento automático, cabo frio e dois anos de garantia para a cozinha.",
		months:       "janeiro/fevereiro/março/abril/maio/junho/julho/agosto/setembro/outubro/novembro/dezembro",
	},
	"pl": {
		subjects: "Czajnik/Ta lampa/Pokój/Aplikacja/Obsługa klienta",
		good:     "działa dokładnie tak, jak powinno/to miłe zaskoczenie/spełnia wszystkie oczekiwania/ciągle wygląda jak nowe",
		bad:      "zepsuło się po tygodniu/to strata pieniędzy/było brudne i zbyt głośne/bardzo nas rozczarowało",
		more:     ", szczerze mówiąc/jak na tę cenę/chociaż czytałem instrukcję", end: ".", space: " ",
		goodTitles: "Bardzo polecam/Świetny zakup/Jestem zadowolony", badTitles: "Rozczarowanie/Nie polecam/Słaba jakość",
		replies:      "Dziękujemy serdecznie za opinię i zapraszamy ponownie!/Bardzo nam przykro, prosimy o kontakt z obsługą klienta.",
		descriptions: "Czajnik ze stali o pojemności 1,7 litra, z automatycznym wyłączaniem, zimnym uchwytem i gwarancją na dwa lata.",
		months:       "stycznia/lutego/marca/kwietnia/maja/czerwca/lipca/sierpnia/września/października/listopada/grudnia",
	},
	"cs": {
		subjects: "Konvice/Tato lampa/Pokoj/Aplikace/Zákaznická podpora",
		good:     "funguje přesně jak má/je lepší než jsem čekal/byla příjemným překvapením",
		bad:      "se po týdnu rozbila/byla špinavá a příliš hlučná/je vyhozené peníze",
		more:     ", upřímně řečeno/za tu cenu/i když jsem četl návod", end: ".", space: " ",
		goodTitles: "Velmi spokojen/Doporučuji/Skvělý nákup", badTitles: "Zklamání/Nekupujte/Špatná kvalita",
		replies:      "Děkujeme za hodnocení a těšíme se na vás!/Je nám líto, napište prosím naší podpoře.",
		descriptions: "Konvice z oceli o objemu 1,7 litru s automatickým vypnutím, studenou rukojetí a zárukou dva roky.",
		months:       "ledna/února/března/dubna/května/června/července/srpna/září/října/listopadu/prosince",
	},
	"sv": {
		subjects: "Vattenkokaren/Den här lampan/Rummet/Appen/Kundtjänsten",
		good:     "fungerar precis som den ska/är bättre än väntat/var en trevlig överraskning",
		bad:      "gick sönder efter en vecka/var smutsig och alldeles för högljudd/är slöseri med pengar",
		more:     ", ärligt talat/för det priset/trots att jag läste bruksanvisningen", end: ".", space: " ",
		goodTitles: "Mycket nöjd/Rekommenderas/Bra köp", badTitles: "Besviken/Köp inte/Dålig kvalitet",
		replies:      "Tack så mycket för ditt omdöme, välkommen åter!/Vi beklagar, skriv gärna till vår kundtjänst.",
		descriptions: "Vattenkokare i stål på 1,7 liter med automatisk avstängning, svalt handtag och två års garanti.",
		months:       "januari/februari/mars/april/maj/juni/juli/augusti/september/oktober/november/december",
	},
	"tr": {
		subjects: "Su ısıtıcısı/Bu lamba/Oda/Uygulama/Müşteri hizmetleri",
		good:     "tam olması gerektiği gibi çalışıyor/beklediğimden daha iyi/çok güzel bir sürpriz oldu",
		bad:      "bir hafta içinde bozuldu/kirli ve çok gürültülüydü/tamamen para kaybı",
		more:     ", dürüst olmak gerekirse/bu fiyata göre/kılavuzu iki kez okumama rağmen", end: ".", space: " ",
		goodTitles: "Çok memnunum/Tavsiye ederim/Harika ürün", badTitles: "Hayal kırıklığı/Almayın/Kötü kalite",
		replies:      "Güzel yorumunuz için teşekkür ederiz, yine bekleriz!/Çok üzgünüz, lütfen destek ekibimize yazın.",
		descriptions: "1,7 litrelik çelik su ısıtıcısı, otomatik kapanma, serin sap ve iki yıl garanti.",
		months:       "Ocak/Şubat/Mart/Nisan/Mayıs/Haziran/Temmuz/Ağustos/Eylül/Ekim/Kasım/Aralık",
	},
	"ru": {
		subjects: "Чайник/Эта лампа/Номер/Приложение/Служба поддержки",
		good:     "работает как надо/оказалось лучше, чем я ждал/стало приятным сюрпризом/до сих пор как новое",
		bad:      "сломалось через неделю/было грязным и слишком шумным/пустая трата денег/сильно разочаровало",
		more:     ", если честно/за такую цену/хотя инструкцию я прочитал", end: ".", space: " ",
		goodTitles: "Очень доволен/Рекомендую/Отличная покупка", badTitles: "Разочарован/Не берите/Плохое качество",
		replies:      "Большое спасибо за отзыв, ждём вас снова!/Нам очень жаль, напишите, пожалуйста, в нашу поддержку.",
		descriptions: "Чайник из стали на 1,7 литра с автоматическим отключением, холодной ручкой и гарантией два года.",
		months:       "января/февраля/марта/апреля/мая/июня/июля/августа/сентября/октября/ноября/декабря",
	},
	"ja": {
		subjects: "このケトルは/部屋は/アプリは/サポートの対応は/二つ目に買ったものは", good: "とても使いやすいです/思っていたより良かったです/毎朝の準備が楽になりました/まだ新品のようです",
		bad: "一週間で壊れました/汚くてうるさかったです/お金の無駄でした/すぐに返品しました", more: "。家族も同じ意見です/。値段を考えれば当然です/。説明書は二回読みました", end: "。", space: "",
		goodTitles: "大満足/おすすめです/買って良かった", badTitles: "残念/買わないでください/すぐ壊れた",
		replies:      "このたびはご投稿ありがとうございます。またのご利用をお待ちしております。/ご不便をおかけし申し訳ございません。サポートまでご連絡ください。",
		descriptions: "容量1.7リットルのステンレス製ケトル。自動電源オフ、熱くならない取っ手、二年保証付き。",
		months:       "1月/2月/3月/4月/5月/6月/7月/8月/9月/10月/11月/12月",
	},
	"ko": {
		subjects: "이 주전자는/방은/앱은/고객센터는/두 번째로 산 제품은", good: "아주 잘 작동합니다/생각보다 훨씬 좋아요/매일 아침이 편해졌어요/아직도 새것 같아요",
		bad: "일주일 만에 고장났어요/더럽고 너무 시끄러웠어요/돈 낭비였습니다/바로 반품했어요", more: ". 가족도 같은 생각입니다/. 가격을 생각하면 그렇습니다/. 설명서는 두 번 읽었어요", end: ".", space: " ",
		goodTitles: "대만족/추천합니다/잘 샀어요", badTitles: "실망/사지 마세요/바로 고장",
		replies:      "소중한 후기 감사합니다. 다시 찾아 주세요!/불편을 드려 죄송합니다. 고객센터로 연락 주세요.",
		descriptions: "1.7리터 스테인리스 주전자, 자동 전원 차단, 뜨겁지 않은 손잡이, 2년 보증.",
		months:       "1월/2월/3월/4월/5월/6월/7월/8월/9월/10월/11월/12월",
	},
	"zh": {
		subjects: "这个水壶/房间/这款应用/客服/第二次买的这个", good: "非常好用/比我想的要好/用了几个月还像新的/让早上轻松多了",
		bad: "一个星期就坏了/又脏又吵/完全是浪费钱/马上就退货了", more: "，家里人也这么说/，这个价格也就这样/，说明书我看了两遍", end: "。", space: "",
		goodTitles: "非常满意/推荐购买/物超所值", badTitles: "很失望/不要买/质量太差",
		replies:      "感谢您的评价，欢迎再次光临！/非常抱歉，请联系我们的客服，我们会尽快处理。",
		descriptions: "不锈钢电水壶，容量1.7升，自动断电，手柄不烫，保修两年，适合各种厨房。",
		months:       "1月/2月/3月/4月/5月/6月/7月/8月/9月/10月/11月/12月",
	},
	"zh-tw": {
		subjects: "這個水壺/房間/這個應用程式/客服/第二次買的這個", good: "非常好用/比我想的要好/用了幾個月還像新的/讓早上輕鬆多了",
		bad: "一個星期就壞了/又髒又吵/完全是浪費錢/馬上就退貨了", more: "，家裡人也這麼說/，這個價格也就這樣/，說明書我看了兩遍", end: "。", space: "",
		goodTitles: "非常滿意/推薦購買/物超所值", badTitles: "很失望/不要買/品質太差",
		replies:      "感謝您的評價，歡迎再次光臨！/非常抱歉，請聯絡我們的客服，我們會盡快處理。",
		descriptions: "不鏽鋼電水壺，容量1.7公升，自動斷電，手柄不燙，保固兩年，適合各種廚房。",
		months:       "1月/2月/3月/4月/5月/6月/7月/8月/9月/10月/11月/12月",
	},
}

// writer invents the texts of one file.
type writer struct {
	*rand.Rand
	phrases
	emoji bool // the file's encoding has them
	lines bool // a text may have several lines
}

func (w *writer) pick(list string) string {
	parts := strings.Split(list, "/")
	return parts[w.IntN(len(parts))]
}

// text is one to four sentences with the opinion that belongs to a number of stars.
func (w *writer) text(stars float64) string {
	if w.IntN(8) == 0 { // many reviews are two words
		return w.title(stars) + w.end
	}
	var b strings.Builder
	for i := range 1 + w.IntN(4) {
		if i > 0 {
			if w.lines && w.IntN(12) == 0 {
				b.WriteString("\n")
			} else {
				b.WriteString(w.space)
			}
		}
		good := stars > 3 || stars == 3 && w.IntN(2) == 0
		opinion := w.bad
		if good {
			opinion = w.good
		}
		b.WriteString(w.pick(w.subjects) + w.space + w.pick(opinion))
		if w.IntN(2) == 0 {
			more := w.pick(w.more)
			if more[0] != ',' && more[0] != '.' {
				b.WriteString(w.space)
			}
			b.WriteString(more)
		}
		b.WriteString(w.end)
	}
	text := b.String()
	switch {
	case w.emoji && w.IntN(15) == 0:
		text += " 👍"
	case w.IntN(20) == 0:
		text = strings.Replace(text, w.space, w.space+"\"1.7\""+w.space, 1)
	}
	return text
}

func (w *writer) title(stars float64) string {
	if stars > 3 {
		return w.pick(w.goodTitles)
	}
	return w.pick(w.badTitles)
}
