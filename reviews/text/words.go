package text

import "sync"

// languages lists the languages other than English that are recognized by their words, by their
// number (UnreadReason). Append new ones at the end: numbers are stored in files.
var languages = [...]struct{ name, words string }{
	{"Spanish", `además ahora ahí al antes aplicación aquí así atención aunque años barato batería bien
		bonito buena buenas bueno buenos cada caja calidad cama caro color comida como compra
		compré con contenta contento cosa cosas cuando cumple de debe del desayuno desde después
		devolución devolver dice dinero donde dos durante días el ellos encanta entonces entre
		envío era es esa eso esperaba esta estaba este estos está están excelente fue fueron
		funciona funcionó fácil gracias gran grande gusta ha habitación hace hacer han hasta hay
		he hecho hija hijo hotel juego la las le limpio llega llegó lo los mal mala malo
		materiales me mejor mejores menos meses mi mis misma mismo mucha mucho muchos mujer muy
		más nada nadie ni no nos nuestra nunca o otra otro otros pantalla para pedido peor
		pequeña pequeño perfecta perfecto pero personal poca poco poder por porque precio primer
		primera producto puede puedo pues que queda quedó quiero recomendable recomendado
		recomiendan recomiendo regalo rompió roto ruido rápida rápido se según semana ser
		servicio si siempre sin sirve sobre solo son su sucio sus sólo talla tamaño también tan
		tanto tardó te tengo tiempo tienda tiene toda todo todos tres ubicación un una unas uno
		unos usar uso vale veces vendedor ver vez volver volveremos y ya útil`},
	{"French", `a accueil achat acheter acheté ai alors an ans appli application après argent arrivé
		arrivée attention au aucun aucune aussi autre autres aux avais avait avant avec avez
		avoir avons batterie beaucoup bien bon bonjour bonne bruit cadeau car casse cassé ce
		cela celui ces cet cette chambre cher chez chose choses chère colis commande commandé
		comme conforme conseille content contente couleur coup dans de depuis des deux doit
		dommage donc du dès déconseille déjeuner déjà déçu déçue elle elles emplacement en
		encore entre envoyé est et eux facile faire fait fille fils fois fonctionne grand grande
		gros hôtel ici idéal il ils jamais je jeu jours jusqu la le les leur leurs lit livraison
		là ma mais mal marche mari mauvais mauvaise me merci mes mieux moins mois mon même mêmes
		ne ni nos notre nous nul nulle on ont ou où panne par parfait parfaite pas pendant
		personnel petit petite peu peut peux photo plus pour pratique premier première prix
		produit propre qu qualité quand que quel quelle qui rapide ravi ravie recommande renvoyé
		repas retour reçu rien sa sale sans satisfait satisfaite sauf se selon semaine sera
		serait service ses si son sont sous suis superbe sur taille te temps toujours tous tout
		toute trois trop très téléphone un une utilisation utiliser valeur vendeur vers veux
		voir vos votre vous vraiment y ça ètes écran étaient étais était été être`},
	{"German", `aber absolut akku alles als also am an ankommen auch auf aus aussieht bedienung
		begeistert bei bekommen bereits besser bestellt bestellung bett bildschirm bin bis bitte
		da dafür damit dank danke dann das dass defekt dem den der deren des die diese diesem
		diesen dieser dieses doch dort drei du durch ein eine einem einen einer eines einfach
		empfehlen empfehlenswert empfehlung enttäuschend enttäuscht er erste ersten erwartet es
		essen etwas euch farbe fast frau frühstück funktioniert fällt für gab ganz gar gegen
		gehen geht gekauft geld geliefert gemacht gerne gerät geschenk gibt ging gleich groß
		große größe gut gute guter gutes habe haben handy hat hatte hatten heute hier hotel hält
		händler hätte ich ihm ihn ihnen ihr ihre im immer in ist jahr jahre jahren jede jeder
		jederzeit jetzt kam kann kaputt kaufempfehlung kein keine klare klein kleine kommt
		konnte können könnte lage laut leider leise leistung liebt lieferung läuft machen macht
		mag mal man mann mehr mein meine meinem meinen meiner mich mir mit monat monate monaten
		muss musste mutter nach nicht nichts nie noch nur oder ohne passt personal preis produkt
		qualität sauber schade schlecht schlechte schmutzig schnell schnelle schon schrott sehr
		sein seine seit sie sieht sind sofort sogar sohn soll sollte sondern sowie spiel
		spielzeug stimmt stürzt super tag tagen tochter toll tolle tolles und uns unser unsere
		unter verpackung viel viele vielen vom von vor war ware waren warum was weder weil
		welche wenig wenn wer werden wie wieder will wir wird wirklich wo woche wollte wurde
		während wäre würde zeit ziemlich zimmer zu zufrieden zum zur zurück zurückgeschickt zwei
		zwischen über überhaupt`},
	{"Italian", `abbiamo acquisto adoro agli ai al albergo alla alle allo altra altri altro anche ancora
		anni app applicazione arrivata arrivato assolutamente aveva avevo batteria bella bello
		bene brutto buona buono camera caro che chi ci cibo cioè circa colazione colore come
		comoda comodo comprato con consegna consigliato consiglio contenta contento cosa cose
		così da dai dal dalla dalle davvero dei del dell della delle delusa deluso deve di
		difettoso diverso dopo dove due dura e eccellente economico ed era erano fa facile
		fantastico fare fatto figlia figlio fino foto fra funziona gentile gentilissimi gioco
		giorni già gli grande grazie ha hanno ho hotel i il in infatti la le lei letto li lo
		loro lui lì ma mai male marito materiale materiali meglio meno mesi mi mia mille mio
		moglie molta molti molto ne neanche negli nel nella nelle nemmeno nessuno niente noi non
		nostra nostro o ogni ora ordinato ordine ottima ottimi ottimo pacco peggio per perché
		perfetta perfetto personale però pessima pessimo piace piccola piccolo più poca pochi
		poco posizione posso pratico prezzo prima primo prodotto pulita pulito puntuale può
		qualità quando quello questa questo qui quindi regalo reso restituito rispetto
		ristorante ritardo rotta rotto rumore rumorosa schermo sconsiglio se sempre senza
		servizio settimana si sia siamo sicuramente soddisfatta soddisfatto soldi solo soltanto
		sono spedizione spesa sporco stanza stata stato stessa stesso su sua subito sul sulla
		sulle suo taglia tanta tanto telefono tempo ti torneremo tra tre troppa troppo tutti
		tutto un una uno usare uso utile vale vedere veloce venditore veramente verso vi voglio
		voi volta volte è`},
	{"Portuguese", `a adorei agora ainda ali amei anos antes ao aos apenas aplicativo aqui as assim
		atendimento atrasada atrasado até barato barulho bateria bem benefício boa bom bonito
		cada café cama caro celular chegaram chegou coisa coisas com comida como compra comprei
		cor custo da das de defeito depois desde desta deste deve devolver dias dinheiro do dois
		dos e ela ele eles em entrega então envio era esperava esposa essa esta estava estavam
		este estou está estão eu excelente expectativas faz fazer feito fica ficou filha filho
		foi foram frágil fui funciona funcionar funcionou funcionários fácil gostamos gostei
		grande hora horrível hotel há inglês isso jogo já lhe limpo linda lindo lo localização
		loja mais mal manhã mas material mau me melhor menos meses mesma mesmo meu minha muita
		muito muitos má na nada nas nem nesta neste ninguém no nos num numa nunca não o obrigada
		obrigado onde os ou outra outro outros para pedido pela pelas pelo pelos pena pequena
		pequeno perfeita perfeito pessoal pior pode por porque português porém posso pouca pouco
		pra presente preço primeira primeiro pro produto prático péssima péssimo qualidade
		quando quarto que quebrado quebrou quero recomendado recomendo rápida rápido satisfeita
		satisfeito se sem semana sempre ser serve serviço seu som sou sua sujo são só tamanho
		também tanto te tela tem tempo tenho ter tinha tive toda todos troca três tudo tão um
		uma umas uns usar uso vale veio vendedor ver vez vezes você à às é ótima ótimo útil`},
	{"Dutch", `aan aangekomen aankoop aanraden aanrader al alleen alles als altijd andere apparaat
		batterij bed bedankt beetje ben beschadigd besteld bestellen bestelling beter bij blijft
		boven cadeau daar dagen dan dank dat de deed deze die dit dochter doen doet door drie
		dus duur echt een eens eerste elke en er erg eten even fijn fijne gaan gaat gebruik
		gebruiken geeft geen gekocht geld gemaakt geslapen ging goed goede goedkoop groot grote
		haar had handig heb hebben heeft heel helaas helemaal hem het hier hij hoe hoewel hotel
		houdt hun ieder iedereen iets ik in is jaar jaren je jij jullie kamer kan kapot keer
		klantenservice klein kleine kleur komen komt kon kreeg krijg krijgen kunnen kwaliteit
		kwam laat lawaai leuk leuke levering ligging loopt maakt maanden maar maat mag makkelijk
		man meer met mij mijn mijne moest moet moeten mooi mooie na naar nadat niemand niet
		niets nog nooit nu of om omdat onder ons ontbijt onze ook op over perfect personeel
		precies prijs prima product reageert retour scherm schone schoon sinds slecht slechte
		snel snelle soms spel staat steeds te tegen telefoon teleurgesteld terug teruggestuurd
		terwijl tevreden tijd tijdens toch toen tot tussen twee u uit uitziet vaak valt van veel
		verkoper verpakking verwacht vies vind vindt voor voordat vriendelijk vriendelijke vrouw
		waar waarom wanneer waren was wat we week weer weinig wel werkt wie wij wil wilde winkel
		worden wordt zal ze zeer zelf zien ziet zij zijn zit zodat zonder zoon zou zouden`},
	{"Swedish", `aldrig alla alldeles allt alltid andra annan använda användning app appen att av bara
		batteri batteriet beställde beställt besviken billig billigt blev blir bra butik bäst
		bättre dagar dagen de dem den deras det dotter du dyr dyrt där då dålig dåliga dåligt
		efter eller en enkel enkelt er era ett fick fin fina fint fortfarande fru frukost
		frukosten från fungerar färg får för förpackning första förväntat ganska genom gick
		gjorde gången går gör göra hade han har hela helt hon hos hotell hur här hålla håller
		hög i ibland igen ingen inget innan inte jag kan kom kommer kunde kvalitet köpa köpet
		köpt köpte leverans levererades lite liten litet läge lätt man mat maten materialet med
		mellan men mer mig min mina missnöjd mitt mobil mot mycket månader många måste ni nu när
		någon något några nöjd nöjda och också ofta om oss pengar perfekt personal personalen
		plast precis present pris prisvärd produkten på redan rekommendera rekommenderar riktigt
		rum rummet se sedan sen ser sin sitt själv skulle skärm små snabb snabbt snygg som son
		spel stor stora storlek stort stämmer svarar säljare sämre säng så sönder tack tid till
		tillbaka trasig tre trots två tyst tyvärr under ur ut utan vad var vara varför varit
		varje vecka vem verkligen vi vill ville väldigt väntade vår våra än ännu är år över`},
	{"Danish or Norwegian", `af aldri aldrig alltid alt altid anbefaler at av bare bedre ble blev blir bliver dage
		dager de den der desværre det du dårlig efter eller en end enn er et etter for fra før
		godt hadde han har havde her hos hun hvis i ikke ingen intet jeg kan kjøpte kun kvalitet
		købte med meg meget men mer mere mig min mine mit mitt mye når og også om os oss pris
		produktet på siden sin som så til to ud uden uge uke uten var vi virker`},
	{"Finnish", `aina asti ei eivät en enemmän ennen erittäin että he hinta huono hyvin hyvä hän ilman ja
		jo joka jos jotka jälkeen kaikki kaksi kanssa koska koskaan kuin kun laatu me minun minä
		mitään mutta myös ne niin nämä ole olen oli olivat ollut on ostin ovat paljon parempi
		päivää se sen siitä sinä suosittelen tai te todella toimii tuo tuote tuotteen tämä vain
		valitettavasti vielä viikkoa viikon voi`},
	{"Polish", `a ale aplikacja bardzo bateria bez bo brudno być był była było były będzie całkiem cena
		chcę chociaż ci cię co czas czy czysto czysty córka dla dlatego dni do dobra dobre dobry
		dobrze dostawa dostałam dostałem drogi drogo duża duże dużo duży dwa działa działać
		dziękuję ekran fajna fajne fajny gdy gdzie go gra hałas hotel i ich idealna idealny im
		inna inny jak jakości jakością jakość jedzenie jego jej jest jestem jeszcze już każdemu
		każdy kiedy kiepska kiepski kolor która które który kupiłam kupiłem lat lepszy lub ma
		mają mam materiał mała małe mało mały mi miał miała miesiąc miesiącu miesięcy mieć miła
		miły mnie mniej mogę moja moje mojej może można muszę mój mąż na nad nam naprawdę nas
		naszej nic nie niestety nigdy nikt niż nowa nowy o obsługa oczekiwania od odesłać
		opakowanie opis opisem paczka pieniądze pierwszy piękny po pod pokoje pokoju pokój
		polecam polecić ponieważ prezent produkt prosty przesyłka przez przy przyszedł przyszła
		przyszło pęknięty raz razu robi rok rozczarowany rozmiar się sklep sklepu sobie
		sprzedawca super swoje syn szybka szybki szybko są słaba słabe słaby ta tak tam tani
		tanie te tego tej telefon ten teraz też to trochę trzeba trzy tutaj tydzień tygodniu
		tylko u uszkodzony użycia użyciu używać w wam was we więc więcej wolno wszystkim
		wszystko wygląda wygodne wygodny wykonania wykonanie z za zadowolona zadowolony
		zamówienie zamówiłam zamówiłem zawsze zdjęciu ze zepsute zepsuł zepsuła zgodnie zgodny
		zrobić zwrot zła zły ładna ładne ładnie ładny łatwe łatwo łatwy łóżko śniadanie świetna
		świetne świetny źle że żona`},
	{"Czech or Slovak", `a ale bez bude byl byla bylo cena co dny do dobře doporučuji dva funguje i jak je jeho
		její jen jsem jsou kde kdy když koupil koupila která které který kvalita lepší mají mi
		moje má mám můj na nad ne nebo není než nic nie o od po pod pro protože přes při se si
		ta také ten to toto týden u už v ve velmi více výrobek všechno z za ze špatně že`},
	{"Turkish", `aldık aldım almam almayın alın ama ancak annem artık asla ay aynı ayrıca az bana bayıldı
		bayıldım başarılı başarısız başka beden bedeni belki ben beni benim berbat beğendim
		beğenmedim bile bir biraz bitiyor biz bol bozuldu bu bunu böyle bütün büyük da daha dar
		de değil değildi diğer donuyor duruyor ederim ekran en erken etmem ettim eğer eşim fakat
		fazla fazlasıyla fiyat fiyatı fiyatına gayet geldi gelmedi geç gibi gönderdi göre gün
		güncelleme gürültü güzel hafta hala harika hasarlı hediye hemen her herkese hiç hızlı
		iade iki ile ilk iyi için kadar kahvaltı kaldım kalite kaliteli kalitesi kalitesiz kargo
		kargosu karşı kere kez ki kirli kolay konum kullandım kullanımı kullanıyorum kullanışlı
		kumaş kumaşı kutu kötü küçük kırık kırıldı kızım malzeme malzemesi mağaza mağazadan
		memnun memnunum mi mu mü mükemmel mı nasıl ne o oda odalar odası olan olarak oldu
		oldukça olduğu olmadı olmuş oluyor ona onlar onu otel oyun oğlum paket paketleme para
		paranızı personel pil pili pratik rengi renk sadece sana satıcı sen sipariş siz sonra
		süper sürekli tam tavsiye telefon temiz teşekkür teşekkürler tüm uygulama uygulaması var
		vardı ve verdim veya yatak yavaş yemek yine yok yoktu yıl zaten zor çalışmadı çalışmıyor
		çalışıyor çok çünkü önce öneririm öyle ürün ürünler ürünü ürünün üzere üç şarj şekilde
		şey şu`},
	{"Vietnamese", `bạn cho chúng chất chỉ các còn có cũng của dùng dưới giao giá gì hai hoạt hoặc hàng hơn
		khi không là lượng mua mà mình mọi một ngoài ngày nhiều như nhưng những này nên nếu phẩm
		quá rất sau sản sẽ thì trong trên trước tuần tôi tốt từ và vì với xấu ít đang đã đó được
		đẹp đến động`},
	{"Indonesian or Malay", `ada adalah akan aku anda atau bagus baik barang beli belum berfungsi bisa bukan buruk
		cepat dan dapat dari dengan di dia dua hanya harga hari ini itu jika juga kami karena ke
		ketika kita kualitas kurang lebih masih membeli mereka minggu nya pada produk
		rekomendasi rusak sampai sangat saya sebelum sekali semua seperti setelah sudah tak
		tanpa tapi tetapi tidak untuk yang`},
	{"Romanian", `a această acest acesta ai al ale am are au bine bun bună ca calitate calitatea care cu
		cumpărat când că dacă dar de decât deja din doar două după era este foarte fost
		funcționează fără la le mai mea meu mult mă nimic nu o pe pentru preț prețul prin produs
		produsul puțin până recomand rău sa sau se si sunt săptămână său te toate tot un una
		unde unei unui zile îl în înainte și`},
	{"Hungarian", `a ahol ajánlom aki ami amikor az azt csak de egy el előtt ez ezt fel ha hogy hét is jobb
		jó jól ki két le lesz meg mert mi minden mindenkinek mindig mint minőség már még működik
		nagyon nap napig ne nem nincs rossz sajnos semmi soha te termék ti több után vagy van
		vannak vettem volt voltak ára én és óta ő ők`},
}

// elided lists words of French and Italian that end in an apostrophe, before a vowel.
const elided = `l' d' s' n' m' t' j' c' qu' jusqu' lorsqu' puisqu' un' dell' all' nell' sull' dall' quest'`

// endings lists the endings of words that are common in other languages and rare in English.
const endings = `-a -i -aar -aat -ais -ait -ari -cht -cil -dad -dt -eht -ei -eit -ela -eli -ena -eni -ien -ig -ih
	-ik -ima -imi -ita -itt -iz -j -je -ki -kt -ldi -lla -lle -llt -lte -mos -nan -nas -nca -nde
	-nen -nos -nta -nte -nza -o -oen -oet -ois -ona -rar -rde -ria -rim -sta -ste -tel -tet -tta
	-u -uk -ux -va -wa -wy -ye -zie`

// englishWords lists the most common words of reviews in English.
const englishWords = `a able about absolutely acting actually add after again ago all almost along already
	also although always amazing an and another any anyone anything app are around arrived
	as at available average away awesome back bad based batteries battery be beautiful
	because been before being believe best better big bit black book books boring both
	bought box brand broke broken but buy buying by call came camera can cannot card care
	case change characters charge cheap class clean clear close color come comes comfortable
	compact company completely computer control cool cost could couple cover customer dark
	daughter day days deal decent decided definitely delivery design device did different
	disappointed display do does doing done dont down download due during each ease easier
	easily easy either else end enjoy enjoyed enough especially even ever every everyone
	everything exactly excellent except expect expected expensive experience extra extremely
	fact family fan fantastic far fast favorite feature features feel felt few film finally
	find fine first fit fix food for found four free friendly friends from full fun funny
	game games gave get gets getting gift give given gives go goes going good got great
	guess had half hand happy hard has have having he heavy help her here high highly him
	his hold home hope horrible hot hours house how however huge i idea if in included
	inside instead interesting into is issue issues it item its itself job just keep keeps
	kids kind know large last later least left less let level life light lightweight like
	liked line little live long longer look looking looks lost lot love loved loves low made
	main make makes making man many may maybe me memory might mind minutes model money month
	months more most movie movies much music must my myself name need needed needs never new
	next nice night no nor not note nothing now number of off often ok okay old on once one
	ones only open options or order ordered original other others otherwise our out outside
	over overall own page paid paper part past pay people perfect perfectly performance
	phone photos picture pictures piece place play played playing please plus point poor
	power pretty price print probably problem problems product products purchase purchased
	put quality quick quickly quite rather read reader reading real really reason received
	reception recommend recommended rest return review reviews right room run said same save
	saw say says screen second see seem seems seen service set several she short should show
	shows side simple simply since size slow small so software some someone something
	sometimes son soon sound space speed staff stars start started still stop storage store
	story strong stuff style such super support sure system tablet take taste tell terrible
	than thank thanks that the their them then there these they thing things think this
	those though thought three through time times to today together told too took top
	totally touch tried true try trying turn two type under understand unfortunately until
	up update us use used user uses using value version very video visit voice wait want
	wanted was waste watch water way we week weeks weight well went were what when where
	which while white who whole why wife will wish with within without wonderful work worked
	working works world worst worth would write writing wrong year years yet you young your
	zoom`

// knownWords maps words to their languages: bit 0 is English, bit n+1 is languages[n]. Endings are
// included, each after a "-".
var knownWords = sync.OnceValue(func() map[string]uint32 {
	m := make(map[string]uint32, 4500)
	add := func(list string, bit uint32) {
		from := 0
		for i := 0; i <= len(list); i++ {
			if i < len(list) && list[i] > ' ' {
				continue
			}
			if i > from {
				m[list[from:i]] |= bit
			}
			from = i + 1
		}
	}
	add(englishWords, 1)
	add(endings, 1<<31)
	for i, l := range languages {
		add(l.words, 2<<i)
		if l.name == "French" || l.name == "Italian" {
			add(elided, 2<<i)
		}
	}
	return m
})
